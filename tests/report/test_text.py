"""The text: fits 80 columns, says the urgent first, cites everything it says, and opens everything it names."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from sacroiliac.errors import InputError
from sacroiliac.report import text
from sacroiliac.report.explain import find, resting_on
from sacroiliac.report.text.page import bar, with_interval
from sacroiliac.review.model import Probability, Review
from sacroiliac.review.words import lower
from sacroiliac.terminal import WIDTH, fitted
from tests.charts import chart, reviewer, with_findings
from tests.test_examples import EXAMPLES, reviews

NAMES = [file.stem for file in EXAMPLES]
TITLES = [
    "IN SHORT",
    "RED FLAGS",
    "WHAT THE INJECTIONS SHOWED",
    "PAIN SOURCES",
    "WHAT IS MISSING, AND WHAT WOULD TELL MOST",
    "OPTIONS",
    "MEDICATION SAFETY",
    "WHAT SOCIETIES AND PAYERS ASK",
    "PROPOSED FIRST STEP",
    "WHAT THE CHART HELD THAT WAS NOT USED",
    "REFERENCES",
]
MARK = re.compile(r"\[(\d+(?:,\d+)*)\]")


def page(name: str) -> str:
    return text.render_all(reviews()[name])


def joined(words: str) -> str:
    """Lines that were wrapped, as one."""
    return " ".join(words.split())


def everything_named(review: Review) -> list[str]:
    """The id of everything a reader may want to open."""
    listed = [*review.sources, *review.options, *review.red_flags, *review.findings]
    notices = [*review.medication.applies, *review.medication.could_apply]
    asked = [one.finding for flag in review.red_flags for one in flag.ask]
    return [one.id for one in listed] + [one.id for one in notices] + asked


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_the_terminal(name: str) -> None:
    lines = page(name).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize("name", NAMES)
def test_every_section_is_there_and_in_order(name: str) -> None:
    titles = [line for line, below in pairwise(page(name).splitlines()) if below == "─" * WIDTH]
    assert titles == TITLES * len(reviews()[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_citation_leads_to_a_reference_and_every_reference_is_cited(name: str) -> None:
    for review in reviews()[name]:
        said, listed = text.render_all([review]).split("\nREFERENCES\n")
        cited = {int(number) for mark in MARK.findall(said) for number in mark.split(",")}
        numbered = [int(number) for number in re.findall(r"^\[(\d+)\]", listed, re.MULTILINE)]
        assert numbered == sorted(cited) == list(range(1, len(numbered) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_in_the_words_of_the_program(name: str) -> None:
    said = page(name).split("\nREFERENCES\n")[0].split("IN SHORT", 1)[1]
    # What stands in the chart is quoted as it stands there, in brackets or after a colon.
    said = said.split("\nWHAT THE CHART HELD")[0]
    assert not re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b|\bNone\b\)|\bnan\b|\binf\b|\bTrue\b|\bFalse\b", said)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_model_stands_with_its_interval(name: str) -> None:
    said = joined(page(name))
    for review in reviews()[name]:
        for source in review.sources[:8]:
            # Where a red flag calls for action today, no probability is shown that could delay it.
            assert (f"{source.short} {with_interval(source.probability)}" in said) is not review.urgent
        for option in review.options:
            assert joined(option.label) in said or (review.urgent and option.id != "emergency_referral")


def test_a_red_flag_of_the_first_tier_stands_first() -> None:
    said = page("fever-after-injection")
    assert said.index("STOP. ") < said.index("RED FLAGS")
    assert "Likeliest sources" not in said
    assert "Because: fever or rigors: yes" in joined(said)
    assert said.count("  Next: stop;") == 1
    assert "Next: repeat" not in said


def test_no_answer_is_never_shown_as_no() -> None:
    said = joined(text.render_all([with_findings({})]))
    assert "That is not an all-clear" in said
    assert "No current medication is documented. That is not the same as none." in said
    assert "No sacroiliac injection of this side is on the chart." in said
    assert "Answered no" not in said


@pytest.mark.parametrize("name", ["relief-lost-in-days", "after-fusion", "sacral-fracture"])
def test_everything_named_can_be_opened(name: str) -> None:
    (review,) = reviews()[name]
    for one in everything_named(review):
        opened = text.explain_all([review], one)
        for found in find(review, one):
            assert joined(found.label).upper() in joined(opened).upper()
        assert max(map(len, opened.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    ("chart_", "name"),
    [("fever-after-injection", "infection"), ("inflammatory-young-woman", "axial_spondyloarthritis")],
)
def test_a_red_flag_opens_before_the_source_of_the_same_name(chart_: str, name: str) -> None:
    (review,) = reviews()[chart_]
    (flag,) = (one for one in review.red_flags if one.id == name)
    (source,) = (one for one in review.sources if one.id == name)
    assert find(review, name) == (flag, source)
    opened = joined(text.explain_all([review], name)).lower()
    assert opened.index(joined(f"Do: {flag.action}.").lower()) < opened.index("in log odds")


def test_what_is_documented_is_not_also_opened_as_missing() -> None:
    """A list of injections is documented, and rules ask for more of it: it opens once, with its value."""
    (review,) = reviews()["relief-lost-in-days"]
    (found,) = find(review, "last_tx")
    assert found in review.findings


def test_what_was_ordered_is_not_told_as_read_and_as_not_read() -> None:
    """It was read, and nothing was taken from it."""
    said = joined(page("inflammatory-young-woman").split("\nWHAT THE CHART HELD")[1])
    assert "ordered or planned" in said
    assert "Nothing was taken from: ServiceRequest 1." in said
    assert "Not read" not in said


def test_what_a_review_turns_on_is_not_told_as_unused() -> None:
    """An injection known from a settled claim only: what is not known of it is listed as such."""
    said = joined(page("claim-only").split("\nWHAT THE CHART HELD")[1])
    assert "- Used, but inferred: Image-guided SIJ injection, billed as 27096: known from a settled claim only" in said


def test_an_option_is_opened_with_both_sides_and_its_results_month_by_month() -> None:
    opened = text.explain_all(reviews()["dual-blocks-rf-wore-off"], "mis_fusion")
    for title in ("Enter when:", "Do not, or resolve first:", "For it:", "Against it:", "Published results", "How:"):
        assert opened.count(f"\n{title}") == 1
    assert re.search(r"^ +6 months: \d+% \(p \[\d+\]\)", opened, re.MULTILINE)


def test_the_log_odds_of_an_opened_source_add_up() -> None:
    opened = text.explain_all(reviews()["relief-lost-in-days"], "sij_joint")
    before, *moved, after = (float(number) for number in re.findall(r"^ +([+-]\d\.\d{3})  ", opened, re.MULTILINE))
    assert before + sum(moved) == pytest.approx(after, abs=0.0005 * (len(moved) + 2))
    assert moved


def test_a_finding_shows_its_place_and_what_rests_on_it() -> None:
    opened = joined(text.explain_all(reviews()["hip-behind-it"], "thigh_thrust"))
    assert "(examples/" in opened or "hip-behind-it.yaml, line" in opened
    assert "Sacroiliac joint" in opened.split("What looks at it:")[1]


def test_a_finding_that_is_missing_shows_the_question() -> None:
    (review,) = reviews()["relief-lost-in-days"]
    opened = joined(text.explain_all([review], "hla_b27"))
    assert "Not documented. That is neither yes nor no. Ask: Is HLA-B27 positive?" in opened
    assert "option: Refer to rheumatology" in opened


def test_what_rests_on_an_answer_is_found_through_what_is_worked_out_from_it() -> None:
    (review,) = reviews()["relief-lost-in-days"]
    rests = resting_on(review, "thigh_thrust")
    assert ("option", "Diagnostic block of the joint, with proof") in rests
    assert ("source", "Sacroiliac joint") in rests
    assert resting_on(review, "nothing_of_this_name") == []


def test_of_two_sides_the_one_that_has_it_is_opened() -> None:
    head = "patient: {id: both, birth_date: 1970-06-15, sex: female}\nside: bilateral\nreview_date: 2025-06-01\n"
    body = "findings:\n  thigh_thrust: [{value: positive, side: left}]\n  fever: no\n"
    sides = reviewer().review([chart(body, head)])
    assert [one.who.side for one in sides] == ["left", "right"]
    both = text.explain_all(sides, "fever")
    assert both.index("Left:") < both.index("Right:")
    assert text.explain_all(sides, "thigh_thrust").count("Read at:") == 1
    with pytest.raises(InputError, match="nothing in this review is called 'nonsense'"):
        text.explain_all(sides, "nonsense")


def test_a_medication_rule_opens_by_its_number() -> None:
    (review,) = reviews()["relief-lost-in-days"]
    notice = review.medication.applies[0]
    assert lower(notice.label) in text.explain_all([review], notice.number).lower()


@pytest.mark.parametrize(
    ("value", "low", "high", "drawn"),
    [
        (0.5, 0.3, 0.8, "█████───"),
        (0.0, 0.0, 0.0, "▏"),
        (1.0, 1.0, 1.0, "██████████"),
        (float("nan"), float("nan"), float("nan"), ""),
    ],
)
def test_a_bar_shows_the_interval(value: float, low: float, high: float, drawn: str) -> None:
    assert bar(Probability(value=value, low=low, high=high), 10) == drawn


def test_long_lines_hang_under_their_start() -> None:
    shown = fitted("head\n\n  " + "word " * 40)
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert shown.splitlines()[1] == ""
    assert shown.splitlines()[3].startswith("      word")
    assert shown.split() == ["head"] + ["word"] * 40
