"""Counts that are published together, and which of them are not shown.

Small counts are suppressed. So that none can be worked out from what is left, all counts of a report stand in one
ledger with the sums that tie them. More are suppressed until each small count could, by everything that is shown, as
well be one that is large enough: a linear program says how large it can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

FOUND, UNBOUNDED = 0, 3  # what linprog says of an answer, and of an aim without end
NEARLY = 1e-6


@dataclass
class Ledger:
    """Counts by number, and relations between them: a total and the parts that make it up.

    :param smallest: the smallest count that is shown; nought is shown, too
    """

    smallest: int
    counts: list[int] = field(default_factory=list)
    sums: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    untold: set[int] = field(default_factory=set)

    def add(self, count: int, told: bool = True) -> int:
        """Enter a count; its number is returned.

        :param told: whether the report holds it; what it does not hold may follow from what it does
        """
        self.counts.append(count)
        if not told:
            self.untold.add(len(self.counts) - 1)
        return len(self.counts) - 1

    def tie(self, total: int, parts: Iterable[int]) -> None:
        """Say that a count is the sum of others.

        :raises ValueError: when it is not
        """
        listed = tuple(parts)
        if self.counts[total] != sum(self.counts[part] for part in listed):
            raise ValueError("the parts do not add up to their total")
        self.sums.append((total, listed))

    def shown(self, number: int) -> int | None:
        """A count, or None where it is suppressed."""
        return None if number in self.hidden else self.counts[number]

    @cached_property
    def hidden(self) -> frozenset[int]:
        """The counts that are suppressed. Enter everything before this is asked for."""
        return suppressed(self.counts, self.sums, self.smallest, self.untold)


Sums = Sequence[tuple[int, Sequence[int]]]


def suppressed(counts: Sequence[int], sums: Sums, smallest: int, untold: Iterable[int] = ()) -> frozenset[int]:
    """Which counts are not shown: those from one to below ``smallest``, and others until each of those could, by all
    that is shown, as well be ``smallest`` or more.

    :param untold: counts that stand nowhere; that one of them is nought may be known all the same
    """
    small = [number for number, count in enumerate(counts) if 0 < count < smallest]
    hidden = {*small, *(number for number in untold if counts[number])}
    while more := {
        other
        for number in small
        if _most(number, counts, sums, hidden) < smallest
        for other in _nearest(number, counts, sums, hidden)
    }:
        hidden |= more
    return frozenset(hidden)


def _most(number: int, counts: Sequence[int], sums: Sums, hidden: set[int]) -> float:
    """The most that a suppressed count can be. Whoever reads the report knows that what is suppressed is not nought."""
    tied = _tied(number, sums, hidden)
    place = {one: column for column, one in enumerate(sorted({one for _, names in tied for one in names} & hidden))}
    if number not in place:
        return np.inf
    equations, known = np.zeros((len(tied), len(place))), np.zeros(len(tied))
    for row, (signs, names) in enumerate(tied):
        for one, sign in zip(names, signs, strict=True):
            if one in place:
                equations[row, place[one]] += sign
            else:
                known[row] -= sign * counts[one]
    aim = np.zeros(len(place))
    aim[place[number]] = -1
    found = linprog(aim, A_eq=equations, b_eq=known, bounds=(1, None))
    if found.status == UNBOUNDED:
        return np.inf  # of what can be as large as one likes there is no largest
    # Where it gives up, nothing is known, and what is not known to be safe is not.
    return np.floor(-found.fun + NEARLY) if found.status == FOUND else 0


def _tied(number: int, sums: Sums, hidden: set[int]) -> list[tuple[list[int], list[int]]]:
    """The sums that bear on a count, each as signs and numbers: its own, and those of what is suppressed in them."""
    left = [([-1, *([1] * len(parts))], [total, *parts]) for total, parts in sums]
    reached, found = {number}, []
    while near := [one for one in left if not reached.isdisjoint(one[1])]:
        found += near
        left = [one for one in left if one not in near]
        reached |= {one for _, names in near for one in names} & hidden
    return found


def _nearest(number: int, counts: Sequence[int], sums: Sums, hidden: set[int]) -> list[int]:
    """What to suppress beside a count: of each of its sums the smallest part that is still shown, else the total; where
    nothing is left, of the sums next to those."""
    reached: set[int] = set()
    further = {number}
    while further > reached:
        reached = further
        near = [(total, parts) for total, parts in sums if total in reached or not reached.isdisjoint(parts)]
        found = [one for total, parts in near for one in _next(total, parts, counts, hidden)]
        if found:
            return found
        further = reached | {one for total, parts in near for one in (total, *parts)}
    return []


def _next(total: int, parts: Sequence[int], counts: Sequence[int], hidden: set[int]) -> list[int]:
    shown = sorted((counts[part], part) for part in parts if part not in hidden and counts[part] > 0)
    if shown:
        return [shown[0][1]]
    return [total] if total not in hidden and counts[total] > 0 else []
