"""Suppression: no small count is shown, or can be worked out from what is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from sacroiliac.cohort.report import ledger as ledgers
from sacroiliac.cohort.report.ledger import Ledger, suppressed

LEAST = 4
count = st.integers(0, 9)


def possible(ledger: Ledger, number: int) -> tuple[int, int]:
    """The least and the most that a suppressed count can be, for somebody who knows everything that is shown, how the
    counts are tied, and that nought is never suppressed."""
    size = len(ledger.counts)
    equations = np.zeros((len(ledger.sums), size))
    for row, (total, parts) in enumerate(ledger.sums):
        equations[row, total] -= 1
        for part in parts:
            equations[row, part] += 1
    low = [1 if one in ledger.hidden else ledger.counts[one] for one in range(size)]
    high = [sum(ledger.counts) + 99 if one in ledger.hidden else ledger.counts[one] for one in range(size)]
    ends = []
    for sign in (1, -1):
        aim = np.zeros(size)
        aim[number] = sign
        ties = LinearConstraint(equations, 0, 0) if len(equations) else ()
        found = milp(aim, constraints=ties, bounds=Bounds(low, high), integrality=np.ones(size))
        assert found.success, found.message
        ends.append(round(sign * found.fun))
    return ends[0], ends[1]


def check(ledger: Ledger) -> None:
    """No small count is shown, and none follows."""
    for number, one in enumerate(ledger.counts):
        if 0 < one < ledger.smallest:
            assert ledger.shown(number) is None
            least, most = possible(ledger, number)
            said = f"{one} of {ledger.counts} follows: {ledger.sums}, hidden {sorted(ledger.hidden)}"
            assert least < ledger.smallest <= most, said
        elif one == 0:
            assert ledger.shown(number) == 0


def whole(ledger: Ledger, parts: list[int]) -> int:
    """Enter the total of some counts."""
    total = ledger.add(sum(ledger.counts[part] for part in parts))
    ledger.tie(total, parts)
    return total


@settings(max_examples=150, deadline=None)
@given(st.lists(count, min_size=1, max_size=7))
def test_a_whole_and_its_parts(counts: list[int]) -> None:
    ledger = Ledger(LEAST)
    whole(ledger, [ledger.add(one) for one in counts])
    check(ledger)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(count, min_size=1, max_size=4), min_size=1, max_size=4))
def test_parts_of_parts(groups: list[list[int]]) -> None:
    ledger = Ledger(LEAST)
    whole(ledger, [whole(ledger, [ledger.add(one) for one in group]) for group in groups])
    check(ledger)


def grid(rows: list[list[int]], told: bool = True) -> Ledger:
    """A table with all its margins; its cells may stand nowhere."""
    ledger = Ledger(LEAST)
    cells = [[ledger.add(one, told) for one in row] for row in rows]
    total = whole(ledger, [whole(ledger, row) for row in cells])
    columns = [whole(ledger, list(column)) for column in zip(*cells, strict=True)]
    ledger.tie(total, columns)
    return ledger


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(count, min_size=width, max_size=width), min_size=1, max_size=5)
    )
)
def test_a_table_with_its_margins(rows: list[list[int]]) -> None:
    check(grid(rows))
    check(grid(rows, told=False))


@settings(max_examples=100, deadline=None)
@given(st.lists(count, min_size=2, max_size=6), st.data())
def test_two_ways_to_cut_one_whole(counts: list[int], data: st.DataObject) -> None:
    """As a measure beside a picture: some of the parts together are told as well, and so are the others."""
    ledger = Ledger(LEAST)
    parts = [ledger.add(one) for one in counts]
    total = whole(ledger, parts)
    cut = data.draw(st.integers(1, len(parts) - 1))
    ledger.tie(total, [whole(ledger, parts[:cut]), whole(ledger, parts[cut:])])
    check(ledger)


def test_one_small_count_hides_the_next_smallest() -> None:
    ledger = Ledger(11)
    numbers = [ledger.add(one) for one in (3, 40, 12, 0, 90)]
    whole(ledger, numbers)
    assert [ledger.shown(one) for one in numbers] == [None, 40, None, 0, 90]
    assert ledger.shown(5) == 145


def test_a_large_count_alone_hides_nothing() -> None:
    ledger = Ledger(11)
    whole(ledger, [ledger.add(one) for one in (11, 12, 0)])
    assert ledger.hidden == frozenset()


def test_counts_that_are_small_together_are_not_told_together() -> None:
    ledger = Ledger(11)
    numbers = [ledger.add(one) for one in (2, 3, 50, 60)]
    whole(ledger, numbers)
    assert [ledger.shown(one) for one in numbers] == [None, None, None, 60]


def test_a_small_whole_is_not_shown() -> None:
    ledger = Ledger(11)
    total = whole(ledger, [ledger.add(4), ledger.add(0)])
    assert ledger.shown(total) is None
    assert ledger.shown(1) == 0


@pytest.mark.parametrize(
    "rows",
    [
        # A bridge between two blocks follows from them though it is alone in no row or column.
        [[1, 2, 9, 9], [2, 3, 3, 9], [9, 9, 2, 3], [9, 9, 3, 2]],
        # The suppressed rows together are told by the others, and so is what is left of them.
        [[0, 0, 1, 4], [0, 2, 0, 0], [0, 3, 1, 0]],
        [[0, 0, 3, 2], [0, 2, 0, 1], [0, 3, 0, 1]],
        [[1, 1, 1, 1]],
    ],
)
def test_several_sums_taken_together_tell_nothing(rows: list[list[int]]) -> None:
    check(grid(rows))


def test_what_stands_nowhere_does_not_follow_either() -> None:
    ledger = Ledger(11)
    shared, alone = ledger.add(40, told=False), ledger.add(3, told=False)
    one, both = whole(ledger, [shared]), whole(ledger, [shared, alone])
    assert ledger.shown(one) == 40
    assert ledger.shown(both) is None
    many = Ledger(11)
    assert many.shown(whole(many, [many.add(40, told=False), many.add(12, told=False)])) == 52


def test_parts_add_up() -> None:
    ledger = Ledger(11)
    with pytest.raises(ValueError, match="do not add up"):
        ledger.tie(ledger.add(5), [ledger.add(4)])


def test_counts_that_nothing_ties_stand_for_themselves() -> None:
    assert suppressed([5, 50, 0], [], 11) == {0}


@pytest.mark.parametrize("status", [1, 2, 4])  # too many steps, no answer, trouble with the numbers
def test_where_the_program_gives_up_nothing_is_taken_for_safe(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More is suppressed then, up to all that is tied to a small count, and nothing that is not."""
    counts, sums = [3, 40, 12, 0, 90, 145, 50, 60, 110], [(5, (0, 1, 2, 3, 4)), (8, (6, 7))]
    assert suppressed(counts, sums, 11) == {0, 2}
    monkeypatch.setattr(ledgers, "linprog", lambda *_, **__: OptimizeResult(status=status, fun=None))
    assert suppressed(counts, sums, 11) == {0, 1, 2, 4, 5}
