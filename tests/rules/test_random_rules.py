"""Random rules on random rows: the evaluator against the naive reading, and what must hold whatever the rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sacroiliac.rules import Table, explain, parse, tree
from sacroiliac.rules.columns import from_rows
from tests.rules.generate import OFTEN, OPERATORS, TODAY, completed, numbers, truths, with_rows
from tests.rules.world import OUTCOMES, VOCABULARY, naive, naive_number

Row = dict[str, Any]
NAMES = {2: "met", 1: "not documented", 0: "not met"}


def outcomes(rule: str, *listed: dict[str, Any]) -> list[int]:
    """What the evaluator says of some rows at once."""
    return [int(one) for one in parse(rule, VOCABULARY).evaluate(from_rows(VOCABULARY, listed))]


@OFTEN
@given(with_rows(truths(), 4))
def test_the_evaluator_agrees_with_the_naive_reading(case: tuple[str, list[Row]]) -> None:
    """Many rows at once give what a reading of each row by itself gives."""
    rule, listed = case
    expected = [OUTCOMES[naive(rule, row)] for row in listed]
    assert outcomes(rule, *listed) == expected, f"{rule} on {listed}"


@OFTEN
@given(with_rows(numbers().map(lambda text: f"{text} >= 0")))
def test_numbers_agree_with_the_naive_reading(case: tuple[str, list[Row]]) -> None:
    """The bounds of every number are those of the naive reading."""
    rule, (row,) = case
    parsed = parse(rule, VOCABULARY)
    assert isinstance(parsed, tree.Compare)
    found = parsed.left.evaluate(from_rows(VOCABULARY, [row]))
    assert (found.lo[0], found.hi[0]) == pytest.approx(naive_number(parsed.left.text, row)), rule


@OFTEN
@given(with_rows(truths()), st.data())
def test_documenting_more_never_takes_an_answer_back(case: tuple[str, list[Row]], data: st.DataObject) -> None:
    """Met stays met and not met stays not met, whatever else is written down: in part, or all of it."""
    rule, (row,) = case
    names = parse(rule, VOCABULARY).names
    further = data.draw(completed(row, names, wholly=False))
    whole = data.draw(completed(further, names, wholly=True))
    before, later, at_last = outcomes(rule, row, further, whole)
    for answer, then in ((before, later), (before, at_last), (later, at_last)):
        assert answer in (1, then), f"{rule}: {NAMES[answer]} became {NAMES[then]}\n{row}\n{further}\n{whole}"


@given(with_rows(truths(2)), st.data())
def test_a_rule_is_decided_when_everything_is_documented(case: tuple[str, list[Row]], data: st.DataObject) -> None:
    """With every fact of a row known, a rule is met or not met."""
    rule, (row,) = case
    whole = data.draw(completed({**row, "request_date": TODAY}, parse(rule, VOCABULARY).names, wholly=True))
    assert outcomes(rule, whole)[0] != 1, f"{rule} is open although all is known: {whole}"


@given(with_rows(truths(2), 4))
def test_a_row_is_not_touched_by_its_neighbours(case: tuple[str, list[Row]]) -> None:
    """A case alone and the same case in a batch get the same answer."""
    rule, listed = case
    assert outcomes(rule, *listed) == [outcomes(rule, row)[0] for row in listed], rule


@given(with_rows(truths(2), 3), st.lists(st.integers(0, 2), max_size=4))
def test_rows_can_be_taken_from_a_table(case: tuple[str, list[Row]], chosen: list[int]) -> None:
    """A table of chosen rows, some twice, answers as the rows do."""
    rule, listed = case
    table = from_rows(VOCABULARY, listed)
    taken = np.array([one for one in chosen if one < len(listed)], np.int64)
    below = table.below(taken, VOCABULARY, {})
    answers = parse(rule, VOCABULARY).evaluate(table)
    assert parse(rule, VOCABULARY).evaluate(below).tolist() == answers[taken].tolist()


@given(with_rows(truths(2)))
def test_a_rule_written_out_again_is_the_same_rule(case: tuple[str, list[Row]]) -> None:
    """The text that a part carries is itself a rule, with the same answer."""
    rule, (row,) = case
    text = parse(rule, VOCABULARY).text
    assert parse(text, VOCABULARY).text == text
    assert outcomes(rule, row) == outcomes(text, row)


@given(with_rows(truths(2)))
def test_the_explanation_has_the_answer_at_its_root_and_the_facts_at_its_leaves(case: tuple[str, list[Row]]) -> None:
    """What is shown as the reason is what was evaluated, and every fact of the rule can be found in it."""
    rule, (row,) = case
    parsed, table = parse(rule, VOCABULARY), from_rows(VOCABULARY, [row])
    shown = explain(parsed, table, 0)
    assert shown.outcome == NAMES[int(parsed.evaluate(table)[0])]
    leaves = " ".join(_leaves(shown))
    for name in parsed.names - {"request_date"}:
        assert name in leaves, f"{name} is not in the explanation of {rule}"


def _leaves(shown: Any) -> list[str]:
    return [leaf for part in shown.parts for leaf in _leaves(part)] if shown.parts else [shown.text]


@given(rule=truths(2))
def test_a_rule_names_the_facts_it_reads(rule: str) -> None:
    """Evaluating a rule asks for the facts that it names, and for no others."""
    parsed = parse(rule, VOCABULARY)
    table = Table(1, VOCABULARY, {})
    parsed.evaluate(table)
    assert set(table.columns) == parsed.names, rule


# ------------------------------------------------------------------------------------------- tests about the tests

FAMILIES = {tree.Part, tree.Fact, tree.Truthful, tree.Numeric, tree.Setlike}
KINDS = [one for one in vars(tree).values() if isinstance(one, type) and issubclass(one, tree.Part)]


def _parts(part: tree.Part) -> list[tree.Part]:
    return [part, *(below for one in part.parts for below in _parts(one))]


WORDS = [
    *(f"{name}(" for name in ("n", "any_of", "count", "sessions", "months_since", "weeks_between", "has")),
    *(f" {operator} " for operator in (*OPERATORS, "&", "-", "+", "in", "not in", "and", "or")),
    *("not (", "__gte=", "__lte=", "__gt=", "__lt=", "__in=", "contrast=", "months=", "side='", "side=requested_side"),
    *("relief__gte=50, relief__lt=75", "planned.drugs", "== True", "!= True", "0.5", "-1"),
]


def test_every_construct_and_every_answer_is_generated() -> None:
    """A construct that the random rules never hold, or an answer they never give, would never be tested."""
    kinds: set[type] = set()
    words: set[str] = set()
    answers: set[bool | None] = set()

    @settings(max_examples=1_500, phases=[Phase.generate], database=None)
    @given(with_rows(truths()))
    def look(case: tuple[str, list[Row]]) -> None:
        rule, (row,) = case
        kinds.update(type(part) for part in _parts(parse(rule, VOCABULARY)))
        words.update(word for word in WORDS if word in rule)
        answers.add(naive(rule, row))

    look()
    assert kinds == {one for one in KINDS if one not in FAMILIES}
    assert set(WORDS) - words == set()
    assert answers == {True, False, None}
