"""Three-valued logic, case by case: every combination of values, each written out and looked up in a table."""

from __future__ import annotations

from itertools import product
from math import inf
from typing import Any

import numpy as np
import pytest

from sacroiliac.rules import MET, NOT_DOCUMENTED, NOT_MET, Interval, explain, parse
from sacroiliac.rules.columns import from_rows
from sacroiliac.rules.tree import compare
from tests.rules.world import VOCABULARY

YES, NO, OPEN = True, False, None
CODES = {YES: MET, NO: NOT_MET, OPEN: NOT_DOCUMENTED}
WORDS = {YES: "yes", NO: "no", OPEN: "not documented"}
AND = {
    (YES, YES): YES, (YES, OPEN): OPEN, (YES, NO): NO,
    (OPEN, YES): OPEN, (OPEN, OPEN): OPEN, (OPEN, NO): NO,
    (NO, YES): NO, (NO, OPEN): NO, (NO, NO): NO,
}  # fmt: skip
OR = {
    (YES, YES): YES, (YES, OPEN): YES, (YES, NO): YES,
    (OPEN, YES): YES, (OPEN, OPEN): OPEN, (OPEN, NO): OPEN,
    (NO, YES): YES, (NO, OPEN): OPEN, (NO, NO): NO,
}  # fmt: skip
NOT = {YES: NO, OPEN: OPEN, NO: YES}


def answer(rule: str, **facts: Any) -> int:
    """What a rule says of one row."""
    row = {name: value for name, value in facts.items() if value is not None}
    return int(parse(rule, VOCABULARY).evaluate(from_rows(VOCABULARY, [row]))[0])


@pytest.mark.parametrize(("first", "second"), AND)
def test_and(first: bool | None, second: bool | None) -> None:
    """Not met as soon as one part is not met; otherwise open as long as one part is open."""
    assert answer("crps and pregnant", crps=first, pregnant=second) == CODES[AND[first, second]]


@pytest.mark.parametrize(("first", "second"), OR)
def test_or(first: bool | None, second: bool | None) -> None:
    """Met as soon as one part is met; otherwise open as long as one part is open."""
    assert answer("crps or pregnant", crps=first, pregnant=second) == CODES[OR[first, second]]


@pytest.mark.parametrize("value", NOT)
def test_not(value: bool | None) -> None:
    """The opposite of what is not documented is not documented."""
    assert answer("not crps", crps=value) == CODES[NOT[value]]


@pytest.mark.parametrize("values", list(product([YES, NO, OPEN], repeat=3)))
def test_three_parts_are_two_and_one(values: tuple[bool | None, ...]) -> None:
    """Three parts joined by one word mean the same as two and then the third."""
    facts = dict(zip(("crps", "pregnant"), values, strict=False)) | {"planned": {"contrast": values[2]}}
    for word in ("and", "or"):
        flat = answer(f"crps {word} pregnant {word} planned.contrast", **facts)
        assert flat == answer(f"(crps {word} pregnant) {word} planned.contrast", **facts)


@pytest.mark.parametrize(("first", "second"), AND)
def test_the_two_words_are_each_other_seen_from_behind(first: bool | None, second: bool | None) -> None:
    """De Morgan: "not (a and b)" is "not a or not b", also where something is open."""
    facts = {"crps": first, "pregnant": second}
    assert answer("not (crps and pregnant)", **facts) == answer("not crps or not pregnant", **facts)
    assert answer("not (crps or pregnant)", **facts) == answer("not crps and not pregnant", **facts)


@pytest.mark.parametrize("value", NOT)
def test_compared_with_true_or_false(value: bool | None) -> None:
    """A yes-or-no fact may be compared with True or False, which changes nothing about what is open."""
    assert answer("crps == True", crps=value) == answer("crps != False", crps=value) == CODES[value]
    assert answer("crps == False", crps=value) == answer("crps != True", crps=value) == CODES[NOT[value]]


def test_always() -> None:
    """True and False are rules, whatever the chart says."""
    assert (answer("True"), answer("False"), answer("True or crps"), answer("False and crps")) == (2, 0, 2, 0)


# ----------------------------------------------------------------------------------------------------- comparisons

POINTS = (-inf, 1.0, 2.0, 3.0, inf)
SPANS = [
    (low, high) for low in POINTS for high in POINTS if low <= high and (low, high) not in ((-inf, -inf), (inf, inf))
]
PLAIN = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def inside(span: tuple[float, float]) -> list[float]:
    """Enough numbers between two bounds to tell every comparison with whole numbers apart."""
    low, high = max(span[0], 0.0), min(span[1], 4.0)
    return [number / 2 for number in range(int(low * 2), int(high * 2) + 1)]


@pytest.mark.parametrize("operator", PLAIN)
def test_comparisons_of_bounds_agree_with_every_number_between_them(operator: Any) -> None:
    """Met where every pair of numbers within the bounds agrees, not met where every pair disagrees, else open."""
    pairs = list(product(SPANS, SPANS))
    left = Interval(np.array([a for (a, _), _ in pairs]), np.array([b for (_, b), _ in pairs]))
    right = Interval(np.array([a for _, (a, _) in pairs]), np.array([b for _, (_, b) in pairs]))
    found = compare(left, operator, right)
    for (first, second), code in zip(pairs, found, strict=True):
        every = {PLAIN[operator](a, b) for a in inside(first) for b in inside(second)}
        expected = NOT_DOCUMENTED if len(every) == 2 else MET if every == {True} else NOT_MET
        assert code == expected, f"{first} {operator} {second}: {every}"


@pytest.mark.parametrize(
    ("rule", "met", "not_met"),
    [
        ("nrs >= 5", 5, 4.9),
        ("nrs > 5", 5.1, 5),
        ("nrs <= 5", 5, 5.1),
        ("nrs < 5", 4.9, 5),
        ("nrs == 5", 5, 6),
        ("nrs != 5", 6, 5),
    ],
)
def test_a_number_at_the_limit(rule: str, met: float, not_met: float) -> None:
    """The limit itself counts where the sign says so."""
    assert (answer(rule, nrs=met), answer(rule, nrs=not_met), answer(rule)) == (MET, NOT_MET, NOT_DOCUMENTED)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((5, 8), MET),
        ((3, 4), NOT_MET),
        ((3, 8), NOT_DOCUMENTED),
        ((6, inf), MET),
        ((-inf, 4), NOT_MET),
        ((2, inf), NOT_DOCUMENTED),
    ],
)
def test_a_number_known_within_bounds(bounds: tuple[float, float], expected: int) -> None:
    """A number of which only bounds are known answers where the bounds do."""
    assert answer("nrs >= 5", nrs=bounds) == expected


def test_dates_are_compared_as_days() -> None:
    """A date known to the month is a span of days."""
    assert answer("onset < request_date", onset=(100, 130), request_date=131) == MET
    assert answer("onset < request_date", onset=(100, 130), request_date=100) == NOT_MET
    assert answer("onset < request_date", onset=(100, 130), request_date=120) == NOT_DOCUMENTED


# ------------------------------------------------------------------------------------------------- words and sets


@pytest.mark.parametrize(
    ("rule", "word", "expected"),
    [
        ("severity == 'mild'", "mild", MET),
        ("severity == 'mild'", "severe", NOT_MET),
        ("severity != 'mild'", "mild", NOT_MET),
        ("severity != 'mild'", None, NOT_DOCUMENTED),
        ("severity in ['moderate', 'severe']", "severe", MET),
        ("severity in ('moderate', 'severe')", "mild", NOT_MET),
        ("severity in {'moderate', 'severe'}", None, NOT_DOCUMENTED),
        ("severity not in ['moderate', 'severe']", "mild", MET),
        ("severity not in ['moderate', 'severe']", None, NOT_DOCUMENTED),
    ],
)
def test_words(rule: str, word: str | None, expected: int) -> None:
    """A word is one of some words or not; a word that is not documented is neither."""
    assert answer(rule, severity=word) == expected


def test_a_word_without_a_list_of_legal_words() -> None:
    """A billing code may be any word, also one that no row has."""
    table = from_rows(VOCABULARY, [{"billing": "27096"}, {"billing": "64451"}, {}])
    assert parse("billing == '27096'", VOCABULARY).evaluate(table).tolist() == [MET, NOT_MET, NOT_DOCUMENTED]
    assert parse("billing == '27279'", VOCABULARY).evaluate(table).tolist() == [NOT_MET, NOT_MET, NOT_DOCUMENTED]


SET = {"present": ["faber"], "absent": ["gaenslen"]}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("'faber' in positive", MET),
        ("'gaenslen' in positive", NOT_MET),
        ("'thrust' in positive", NOT_DOCUMENTED),
        ("'thrust' not in positive", NOT_DOCUMENTED),
        ("'faber' not in positive", NOT_MET),
        ("'faber' in positive - {'faber'}", NOT_MET),
        ("'thrust' in positive - {'thrust'}", NOT_MET),
        ("'thrust' in positive & {'faber'}", NOT_MET),
        ("'thrust' in positive & {'thrust'}", NOT_DOCUMENTED),
    ],
)
def test_words_in_sets(rule: str, expected: int) -> None:
    """A word nobody spoke of is neither in the set nor out of it; "&" and "-" put words out."""
    assert answer(rule, positive=SET) == expected


def test_a_set_given_as_a_list_is_complete() -> None:
    """What a complete list does not name is absent."""
    assert answer("'thrust' in positive", positive=["faber"]) == NOT_MET
    assert answer("n(positive) == 1", positive=["faber"]) == MET


def test_a_wide_set_keeps_all_its_words_apart() -> None:
    """A set of more words than fit one machine word."""
    words = tuple(f"drug{number}" for number in range(150))
    vocabulary = {"drugs": type(VOCABULARY["causes"])("set", words)}
    table = from_rows(
        vocabulary, [{"drugs": ["drug0", "drug63", "drug64", "drug149"]}, {"drugs": {"present": ["drug128"]}}]
    )
    assert parse("n(drugs) == 4", vocabulary).evaluate(table).tolist() == [MET, NOT_DOCUMENTED]
    assert parse("n(drugs & {'drug64', 'drug65'}) == 1", vocabulary).evaluate(table).tolist() == [MET, NOT_DOCUMENTED]
    assert parse("'drug149' in drugs - {'drug64'}", vocabulary).evaluate(table).tolist() == [MET, NOT_DOCUMENTED]
    rule = parse("any_of(drugs, {'drug128', 'drug1'}) >= 1", vocabulary)
    assert rule.evaluate(table).tolist() == [NOT_MET, MET]
    assert explain(parse("n(drugs & {'drug128'}) == 1", vocabulary), table, 1).parts[0].value == "1"


# -------------------------------------------------------------------------------------------------- explanations


@pytest.mark.parametrize(
    ("rule", "facts", "value"),
    [
        ("nrs >= 5", {"nrs": 7}, "7"),
        ("nrs >= 5", {}, "not documented"),
        ("nrs >= 5", {"nrs": (3, 8)}, "3 to 8"),
        ("nrs >= 5", {"nrs": (3, inf)}, "at least 3"),
        ("nrs >= 5", {"nrs": (-inf, 3)}, "at most 3"),
        ("nrs >= 5", {"nrs": inf}, "never"),
        ("onset < request_date", {"onset": 0}, "1970-01-01"),
        ("onset < request_date", {"onset": (0, 30)}, "1970-01-01 to 1970-01-31"),
        ("planned.day < request_date", {"planned": {"day": 0}}, "1970-01-01"),
        ("'disc' in causes", {"causes": ["disc", "hip"]}, "disc, hip"),
        ("'disc' in causes", {"causes": []}, "none"),
        ("'disc' in causes", {}, "not documented"),
        ("'disc' in causes", {"causes": {"present": ["hip"]}}, "hip (not documented: disc, facet)"),
        ("'disc' in causes", {"causes": {"absent": ["hip"]}}, "not documented: disc, facet"),
    ],
)
def test_values_in_words(rule: str, facts: dict[str, Any], value: str) -> None:
    """What is shown beside a fact, and never "none" where nobody looked."""
    assert explain(parse(rule, VOCABULARY), from_rows(VOCABULARY, [facts]), 0).parts[0].value == value


def test_an_explanation_in_full() -> None:
    """Each part with its answer or value, in reading order."""
    rule = parse("severity == 'severe' and (nrs >= 5 or not crps)", VOCABULARY)
    shown = explain(rule, from_rows(VOCABULARY, [{"severity": "severe", "crps": True}]), 0)
    lines = []

    def walk(part: Any, depth: int) -> None:
        lines.append("  " * depth + f"{part.text}: {part.outcome or ''}{f' ({part.value})' if part.value else ''}")
        for below in part.parts:
            walk(below, depth + 1)

    walk(shown, 0)
    assert lines == [
        "severity == 'severe' and (nrs >= 5 or not crps): not documented",
        "  severity == 'severe': met (severe)",
        "  nrs >= 5 or not crps: not documented",
        "    nrs >= 5: not documented",
        "      nrs:  (not documented)",
        "      5:  (5)",
        "    not crps: not met",
        "      crps: met",
    ]
