"""Rules and numbers in words."""

from __future__ import annotations

import pytest

from sacroiliac.report import wording
from sacroiliac.review.model import Explained, Probability
from sacroiliac.review.words import percent

NAMED = {
    "fever": "Fever or rigors",
    "dx_blocks": "Diagnostic blocks",
    "spine_red_flags": "Spine red flags",
    "weeks": "Weeks",
}


@pytest.mark.parametrize(
    ("rule", "value", "asked", "found", "needs"),
    [
        ("fever", None, "Fever or rigors", "not documented", ""),
        ("weeks >= 26", "10", "Weeks", "10", "at least 26"),
        ("months_since(last_tx.date) < 2", "1.6428", "Months since last therapeutic: date", "1.64", "less than 2"),
        ("count(dx_blocks, relief_percent__gte=50) >= 1", "0", "Number of diagnostic blocks (relief percent at least 50)", "0", "at least 1"),
        ("count(dx_blocks, sedation__in=['deep', 'general'], steroid=True) == 0", "1", "Number of diagnostic blocks (sedation of deep or general, steroid)", "1", "exactly 0"),
        ("'cauda_equina' in spine_red_flags", None, "Cauda equina (spine red flags)", "not documented", ""),
        ("probability.facet >= 0.2", "0.19123", "Probability of facet", "19%", "at least 20%"),
        ("n(spine_red_flags & {'cancer', 'fracture'}) == 2", "0 to 2", "How many of the spine red flags (cancer, fracture)", "0 to 2", "exactly 2"),
        ("any_of(spine_red_flags, ['cancer']) >= 1", "0", "How many of cancer, among the spine red flags", "0", "at least 1"),
        ("sessions(dx_blocks, months=12) >= 4", "2", "Sessions, diagnostic blocks (in 12 months)", "2", "at least 4"),
        ("n(spine_red_flags - {'cancer'}) > 0", "0", "How many of the spine red flags (without cancer)", "0", "more than 0"),
        ("weeks_between(a, b) <= 3", "5", "Weeks between a and b", "5", "at most 3"),
        ("weeks + fever > 2", "5", "Weeks plus Fever or rigors", "5", "more than 2"),
        ("n(excludes & {'tumor', 'infection'}) == 2", "2", "How many of the excludes (tumour, infection)", "2", "exactly 2"),
        ("not a rule at all", None, "not a rule at all", "", ""),
    ],
)  # fmt: skip
def test_a_rule_is_put_into_words(rule: str, value: str | None, asked: str, found: str, needs: str) -> None:
    parts = (Explained(text="x", value=value),) if value is not None else ()
    one = wording.reason(Explained(text=rule, outcome="not documented", parts=parts), NAMED)
    assert (one.asked, one.found, one.needs) == (asked, found, needs)


def test_a_rule_about_words_and_its_opposite_are_put_into_words() -> None:
    inner = Explained(text="injection.reached in ['joint', 'around']", outcome="met", value="joint")
    one = wording.reason(
        Explained(text="not injection.reached in ['joint', 'around']", outcome="not met", parts=(inner,)), {}
    )
    assert (one.asked, one.found, one.needs) == ("This injection: reached", "joint", "not joint or around")
    both = Explained(
        text="a and b", outcome="met", parts=(Explained(text="a", outcome="met"), Explained(text="b", outcome="met"))
    )
    compound = wording.reason(Explained(text="not (a and b)", outcome="not met", parts=(both,)), {})
    assert compound.asked == "This must not be so"
    assert [part.asked for part in wording.deciding(compound.parts[0])] == ["A", "B"]
    equal = Explained(text="pattern == 'too_early'", outcome="not met", value="late_gain")
    assert wording.reason(equal, {"late_gain": "better after weeks"}).found == "better after weeks"


def test_numbers_are_read_as_people_write_them() -> None:
    assert [percent(one) for one in (0.0, 0.004, 0.29, 0.996, 1.0, float("nan"))] == [
        "0%", "<1%", "29%", ">99%", "100%", "not worked out",
    ]  # fmt: skip
    assert wording.interval(Probability(value=0.2, low=0.15, high=0.43)) == "15–43"
    assert wording.interval(Probability(value=0.2, low=float("nan"), high=0.43)) == "no interval"
    assert [wording.factor(one) for one in (0.091, 2.24, 412.3)] == ["×0.091", "×2.2", "×412"]
    assert wording.tidy("18.0666 to 19 months") == "18.1 to 19 months"


@pytest.mark.parametrize(
    ("outcome", "found"), [("met", "no"), ("not met", "yes"), ("not documented", "not documented")]
)
def test_a_word_that_must_not_be_in_a_set_is_not_said_to_be_in_it(outcome: str, found: str) -> None:
    rule = Explained(text="'cancer' not in spine_red_flags", outcome=outcome)  # type: ignore[arg-type]
    one = wording.reason(rule, NAMED)
    assert (one.asked, one.found, one.needs) == ("Cancer (spine red flags)", found, "no")
