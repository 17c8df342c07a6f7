"""Counts with unknowns: the interval is exactly what all completions of the missing values allow.

Every way to fill in what is missing is tried; the smallest and the largest count among them must be the bounds,
no wider and no narrower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import inf
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sacroiliac.rules import OpenList, parse, tree
from sacroiliac.rules.columns import from_rows
from tests.rules.generate import OFTEN, TODAY
from tests.rules.world import GUIDANCE, SIDES, VOCABULARY, day_of, moved, number_of

TESTS = VOCABULARY["positive"].values
CAUSES = VOCABULARY["causes"].values


def bounds(text: str, **facts: Any) -> tuple[float, float]:
    """The bounds of a number in one row."""
    rule = parse(f"{text} >= 0", VOCABULARY)
    assert isinstance(rule, tree.Compare)
    found = rule.left.evaluate(from_rows(VOCABULARY, [facts]))
    return float(found.lo[0]), float(found.hi[0])


def extremes(counts: Iterator[float]) -> tuple[float, float]:
    """The smallest and the largest."""
    listed = list(counts)
    return min(listed), max(listed)


# ----------------------------------------------------------------------------------------------------------- sets


def set_of(words: tuple[str, ...]) -> st.SearchStrategy[dict[str, list[str]]]:
    """A set of which some words are present, some absent and some not documented."""
    marks = st.lists(st.sampled_from(["present", "absent", "open"]), min_size=len(words), max_size=len(words))
    return marks.map(lambda marked: {
        mark: [word for word, have in zip(words, marked, strict=True) if have == mark] for mark in ("present", "absent")
    })  # fmt: skip


def every_set(words: tuple[str, ...], value: dict[str, list[str]]) -> Iterator[set[str]]:
    """Every set that a partly documented one can be."""
    open_words = [word for word in words if word not in value["present"] and word not in value["absent"]]
    for chosen in product([True, False], repeat=len(open_words)):
        yield {*value["present"], *(word for word, inside in zip(open_words, chosen, strict=True) if inside)}


SETS: dict[str, Callable[[set[str], set[str]], float]] = {
    "n(positive)": lambda tests, _: len(tests),
    "n(positive & {'faber', 'thrust'})": lambda tests, _: len(tests & {"faber", "thrust"}),
    "n(positive - {'faber', 'thrust'})": lambda tests, _: len(tests - {"faber", "thrust"}),
    "any_of(positive, {'thrust', 'shear'})": lambda tests, _: float(bool(tests & {"thrust", "shear"})),
    "any_of(positive & {'thrust'}, {'thrust', 'shear'})": lambda tests, _: float("thrust" in tests),
    "n(positive & {'faber', 'gaenslen'}) + any_of(positive, {'thrust', 'shear'})": (
        lambda tests, _: len(tests & {"faber", "gaenslen"}) + bool(tests & {"thrust", "shear"})
    ),
    "n(positive) - n(causes)": lambda tests, causes: len(tests) - len(causes),
    "n(positive) + n(causes) + 1": lambda tests, causes: len(tests) + len(causes) + 1,
}


@pytest.mark.parametrize("text", SETS)
@given(tests=set_of(TESTS), causes=set_of(CAUSES))
def test_counts_of_sets(text: str, tests: dict[str, list[str]], causes: dict[str, list[str]]) -> None:
    """Words that nobody spoke of can each be in the set or not."""
    expected = extremes(
        SETS[text](one, other) for one in every_set(TESTS, tests) for other in every_set(CAUSES, causes)
    )
    assert bounds(text, positive=tests, causes=causes) == expected


def test_the_rule_of_three_tests() -> None:
    """Of six tests: 2 positive and 1 negative is open, 2 positive and 4 negative fails, 3 positive is met."""
    six = {"tests": type(VOCABULARY["causes"])("set", tuple("abcdef"))}
    rule = parse("n(tests) >= 3", six)
    rows = [
        {"present": ["a", "b"], "absent": ["c"]},
        {"present": ["a", "b"], "absent": [*"cdef"]},
        {"present": [*"abc"]},
    ]
    assert rule.evaluate(from_rows(six, [{"tests": row} for row in rows])).tolist() == [1, 0, 2]


# -------------------------------------------------------------------------------------------------------- records

FIELDS: dict[str, tuple[Any, ...]] = {
    "contrast": (True, False),
    "guidance": GUIDANCE,
    "relief": (0, 49, 50, 74, 75, 100),
}
CONDITIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda entry: True,
    "relief__gte=75": lambda entry: entry["relief"] >= 75,
    "relief__gt=50": lambda entry: entry["relief"] > 50,
    "relief__lt=50": lambda entry: entry["relief"] < 50,
    "relief__lte=50": lambda entry: entry["relief"] <= 50,
    "relief=50": lambda entry: entry["relief"] == 50,
    "relief__gte=50, relief__lt=75": lambda entry: 50 <= entry["relief"] < 75,
    "contrast=True": lambda entry: entry["contrast"],
    "contrast=False": lambda entry: not entry["contrast"],
    "guidance='ct'": lambda entry: entry["guidance"] == "ct",
    "guidance__in=['fluoroscopy', 'ct']": lambda entry: entry["guidance"] in ("fluoroscopy", "ct"),
    "relief__gte=75, contrast=True, guidance__in=['fluoroscopy', 'ct']": (
        lambda entry: entry["relief"] >= 75 and entry["contrast"] and entry["guidance"] in ("fluoroscopy", "ct")
    ),
}  # fmt: skip
RELIEF = st.sampled_from([None, 0, 49, 50, 75, (0, 50), (50, 75), (75, 100), (50, 74)])
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "contrast": st.sampled_from([None, True, False]),
            "guidance": st.sampled_from([None, *GUIDANCE]),
            "relief": RELIEF,
        }
    ),
    max_size=3,
)


def every_entry(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every record that a partly documented one can be."""
    options = []
    for name, legal in FIELDS.items():
        value = entry[name]
        if isinstance(value, tuple):
            options.append([one for one in legal if value[0] <= one <= value[1]])
        else:
            options.append(list(legal) if value is None else [value])
    for chosen in product(*options):
        yield dict(zip(FIELDS, chosen, strict=True))


@pytest.mark.parametrize("conditions", CONDITIONS)
@given(entries=ENTRIES, complete=st.booleans())
def test_counts_of_records(conditions: str, entries: list[dict[str, Any]], complete: bool) -> None:
    """A block without a recorded relief may or may not have met the condition; an open list may go on for ever."""
    met = [{CONDITIONS[conditions](one) for one in every_entry(entry)} for entry in entries]
    low, high = sum(answers == {True} for answers in met), sum(True in answers for answers in met)
    rows = [{name: value for name, value in entry.items() if value is not None} for entry in entries]
    text = f"count(blocks, {conditions})" if conditions else "count(blocks)"
    assert bounds(text, blocks=rows if complete else OpenList(rows)) == (low, high if complete else inf)


def test_a_list_nobody_wrote() -> None:
    """No list is not an empty list."""
    assert bounds("count(blocks)") == (0, inf)
    assert bounds("count(blocks)", blocks=[]) == (0, 0)
    assert bounds("count(blocks)", blocks=OpenList()) == (0, inf)


# ------------------------------------------------------------------------------------------------------- sessions

WINDOW = {
    "": -inf,
    "months=1": float(number_of(moved(day_of(TODAY), -1))),
    "months=12": float(number_of(moved(day_of(TODAY), -12))),
}
NEAR = [
    TODAY - 400,
    TODAY - 367,
    TODAY - 366,
    TODAY - 365,
    TODAY - 32,
    TODAY - 31,
    TODAY - 30,
    TODAY - 1,
    TODAY,
    TODAY + 1,
]
DATES = st.one_of(
    st.none(),
    st.sampled_from(NEAR),
    st.tuples(st.sampled_from(NEAR), st.integers(1, 2)).map(lambda one: (one[0], one[0] + one[1])),
)
SESSIONS = st.lists(st.tuples(DATES, st.sampled_from([None, *SIDES])), max_size=4)


def every_day(date: Any, number: int) -> list[float]:
    """Every day on which an entry can have been; of an unknown date those that make a difference."""
    if date is None:
        return [*NEAR, TODAY - 5 - number, TODAY - 10_000 - number]
    return list(range(date[0], date[1] + 1)) if isinstance(date, tuple) else [date]


@pytest.mark.parametrize("months", WINDOW)
@pytest.mark.parametrize("side", ["", "side='left'", "side=requested_side"])
@given(entries=SESSIONS, requested=st.sampled_from(SIDES))
def test_sessions(months: str, side: str, entries: list[tuple[Any, str | None]], requested: str) -> None:
    """Entries without a day or a side: fewest and most service dates over every way they can have been."""
    assume(sum(date is None for date, _ in entries) <= 2)
    wanted = {"": SIDES, "side='left'": ("left", "bilateral")}.get(side)
    if wanted is None:
        wanted = SIDES if requested == "bilateral" else (requested, "bilateral")
    ways = []
    for number, (date, have) in enumerate(entries):
        counted = {WINDOW[months] <= day < TODAY and day for day in every_day(date, number)}
        if have is None and side and wanted != SIDES:
            counted.add(False)
        ways.append(counted if have is None or have in wanted else {False})
    expected = extremes(float(len(set(chosen) - {False})) for chosen in product(*ways))
    rows = [
        {name: value for name, value in (("date", date), ("side", have)) if value is not None} for date, have in entries
    ]
    text = f"sessions({', '.join(part for part in ('blocks', months, side) if part)})"
    assert bounds(text, blocks=rows, request_date=TODAY, requested_side=requested) == expected
    assert bounds(text, blocks=OpenList(rows), request_date=TODAY, requested_side=requested) == (expected[0], inf)


@OFTEN
@given(first=SESSIONS, second=SESSIONS)
def test_sessions_of_two_lists(first: list[Any], second: list[Any]) -> None:
    """Two lists together count a common day once."""
    assume(sum(date is None for date, _ in [*first, *second]) <= 2 and len(first) + len(second) <= 5)
    lists = [[{"date": date} if date is not None else {} for date, _ in listed] for listed in (first, second)]
    together = bounds("sessions(blocks, shots)", blocks=lists[0], shots=lists[1], request_date=TODAY)
    assert together == bounds("sessions(blocks)", blocks=[*lists[0], *lists[1]], request_date=TODAY)


def test_two_months_are_two_sessions() -> None:
    """Injections dated "March" and "May" were on two days, wherever in the month they were."""
    march, may = {"date": (TODAY - 92, TODAY - 62)}, {"date": (TODAY - 31, TODAY - 1)}
    assert bounds("sessions(blocks)", blocks=[march, may], request_date=TODAY) == (2, 2)
    assert bounds("sessions(blocks)", blocks=[march, march, may], request_date=TODAY) == (2, 3)
    assert bounds("sessions(blocks, months=1)", blocks=[march, may], request_date=TODAY) == (1, 1)


def test_without_a_request_date() -> None:
    """Nothing says that an entry came later, so it counts; what lies in a window of months nobody can say."""
    assert bounds("sessions(blocks)", blocks=[{"date": 5}, {"date": 9}]) == (2, 2)
    assert bounds("sessions(blocks, months=12)", blocks=[{"date": 5}, {"date": 9}]) == (0, 2)


def test_the_day_of_the_request_is_not_before_it() -> None:
    """Sessions are those before the request."""
    blocks = [{"date": TODAY}, {"date": TODAY - 1}]
    assert bounds("sessions(blocks)", blocks=blocks, request_date=TODAY) == (1, 1)


def test_the_side_of_the_request_must_be_known_unless_it_makes_no_difference() -> None:
    """An entry without a side is not "the same side" as a request without one; a bilateral one is of every side."""
    blocks = [{"date": TODAY - 9}, {"date": TODAY - 8, "side": "left"}, {"date": TODAY - 7, "side": "bilateral"}]
    assert bounds("sessions(blocks, side=requested_side)", blocks=blocks, request_date=TODAY) == (1, 3)
