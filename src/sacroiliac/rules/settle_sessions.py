"""The least that would change a number of sessions: entries without a day or a side, and open lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import msgspec
import numpy as np

from sacroiliac.rules import tree
from sacroiliac.rules.columns import MET, NOT_MET, Interval, Records, Table, Words
from sacroiliac.rules.plans import NOTHING, Missing, Plan, Sum, Unknown

Span = tuple[float, float]


class _Entry(msgspec.Struct, frozen=True):
    """An entry that is counted, or may be: its date as documented, the days it can be on if it is counted.

    All of ``missing`` shows it to count, ``out`` alone not to.
    """

    counted: bool
    date: Span
    possible: Span
    missing: tuple[Missing, ...]
    out: tuple[Missing, ...]

    @property
    def dated(self) -> bool:
        return self.date[0] == self.date[1]


def unknown_sessions(part: tree.Sessions, table: Table, row: int) -> Sum:
    """A number of sessions that is not known, as what is known of it and its unknown terms."""
    entries = list(_entries(part, table, row))
    names = [name for name in part.records if not cast(Records, table.column(name)).listed[row]]
    lists = [Unknown.open_list(name, part.text) for name in names]
    low, high = _least(entries, []), _most(entries, [])
    if low == high:
        return Sum(low, tuple(lists))
    facts = {fact for one in entries for fact in one.missing}
    common = set(_common(part, table, row))
    if common:
        # What all entries hang on together (the request date, the side) is not known: no single entry settles it.
        alone = Unknown(((0, NOTHING),), ((high - low, NOTHING),), (), frozenset(facts | common))
        return Sum(low, (alone, *lists))
    sure_days = {one.date[0] for one in entries if one.counted and one.dated}
    inexact = [one for one in entries if one.counted and not one.dated]
    open_ones = [one for one in entries if not one.counted and not (one.dated and one.date[0] in sure_days)]
    more, fewer = [*_one_a_day(open_ones), *inexact], [*_day_by_day(open_ones), *inexact]
    inside, outside = f"on a day of its own in {part.text}", f"on no other day in {part.text}"
    raised = tuple((_least(entries, one) - low, plan) for one, plan in _ladder(inside, more, lambda one: one.missing))
    lowered = tuple((_most(entries, one) - low, plan) for one, plan in _ladder(outside, fewer, lambda one: one.out))
    fixed = ((0, 0, lowered[-1][1]), (0, high - low, Plan.of(f"exactly in {part.text}", *facts)))
    return Sum(low, (Unknown(raised, lowered, fixed, frozenset(facts)), *lists))


def _entries(part: tree.Sessions, table: Table, row: int) -> Iterator[_Entry]:
    for name in part.records:
        records = cast(Records, table.column(name))
        read = part.entries(name, table)
        sides = cast(Words, records.fields["side"])
        start, stop = int(records.offsets[row]), int(records.offsets[row + 1])
        for entry in range(start, stop):
            if read.truth[entry] != NOT_MET:
                date = (float(read.date.lo[entry]), float(read.date.hi[entry]))
                fields = ["date"] if date[0] != date[1] else []
                fields += ["side"] if (part.side or part.side_fact) and sides.codes[entry] < 0 else []
                missing = tuple(Missing(name, f"{field} of entry {entry - start + 1}") for field in fields)
                counted = bool(read.truth[entry] == MET)
                # A day that is inside the window whichever it is cannot take the entry out; its side can.
                late = not counted and read.timely[entry] == MET
                yield _Entry(
                    counted,
                    date,
                    (float(read.possible.lo[entry]), float(read.possible.hi[entry])),
                    missing,
                    missing[-1:] if late else missing[:1],
                )


def _common(part: tree.Sessions, table: Table, row: int) -> Iterator[Missing]:
    """What is not known and bears on every entry."""
    request = cast(Interval, table.column(part.REQUEST))
    unlimited = part.months is None and np.isinf(request.lo[row]) and np.isinf(request.hi[row])
    if request.lo[row] != request.hi[row] and not unlimited:
        yield Missing(part.REQUEST)
    if part.side_fact is not None and cast(Words, table.column(part.side_fact)).codes[row] < 0:
        yield Missing(part.side_fact)


def _ladder(
    answer: str, entries: Sequence[_Entry], facts: Callable[[_Entry], tuple[Missing, ...]]
) -> Iterator[tuple[Sequence[_Entry], Plan]]:
    """No entry documented, the first, the first two, and so on."""
    plan = NOTHING
    yield [], plan
    for number, one in enumerate(entries, 1):
        plan = plan.joined(Plan.of(answer, *facts(one)))
        yield entries[:number], plan


def _one_a_day(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries that can each add a day (of several on one known day only one), those with least missing first."""
    found: list[_Entry] = []
    for one in sorted(entries, key=lambda one: len(one.missing)):
        if not (one.dated and any(one.date == other.date for other in found)):
            found.append(one)
    return found


def _day_by_day(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries in the order in which leaving them out frees most days: those alone on their day first."""
    return sorted(entries, key=lambda one: (sum(one.dated and one.date == other.date for other in entries), one.date))


def _least(entries: Sequence[_Entry], apart: Sequence[_Entry]) -> float:
    """The least number of days when the entries ``apart`` are shown to count, on days apart where they can be."""
    sure = [one.date for one in entries if one.counted and one not in apart]
    days = tree.days_apart([*(date for date in sure if date[0] == date[1]), *(one.possible for one in apart)])
    left = [(first, last) for first, last in sure if not any(first <= day <= last for day in days)]
    return len(days) + len(tree.days_together(left))


def _most(entries: Sequence[_Entry], gone: Sequence[_Entry]) -> float:
    """The greatest number of days when the entries ``gone`` are shown not to count, or to share a day with others."""
    together = tree.days_together(one.date for one in entries if one.counted and (one.dated or one in gone))
    left = [one.possible for one in entries if one not in gone and not (one.counted and one.dated)]
    return len(tree.days_apart([*((day, day) for day in together), *left]))
