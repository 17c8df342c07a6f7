"""Counts that are published together, and which of them are not shown.

Small counts are suppressed. So that none can be worked out from what is left, all counts of a report stand in one
ledger with the sums that tie them: where a suppressed count would follow from others, more are suppressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

ZERO = 1e-9


@dataclass
class Ledger:
    """Counts by number, and relations between them: a total and the parts that make it up.

    :param smallest: the smallest count that is shown; nought is shown, too
    """

    smallest: int
    counts: list[int] = field(default_factory=list)
    sums: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(self, count: int) -> int:
        """Enter a count; its number is returned."""
        self.counts.append(count)
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
        return suppressed(self.counts, self.sums, self.smallest)


def suppressed(counts: Sequence[int], sums: Sequence[tuple[int, Sequence[int]]], smallest: int) -> frozenset[int]:
    """Which counts are not shown: those from one to below ``smallest``, and as many others as it takes that none of
    them follows from the sums, and that no sum of suppressed parts is itself small."""
    hidden = {number for number, count in enumerate(counts) if 0 < count < smallest}
    while True:
        more = set(_alone(counts, sums, smallest, hidden)) or set(_following(counts, sums, hidden))
        if not more:
            return frozenset(hidden)
        hidden |= more


def _alone(
    counts: Sequence[int], sums: Sequence[tuple[int, Sequence[int]]], smallest: int, hidden: set[int]
) -> Iterable[int]:
    """What must be suppressed beside a count that is suppressed alone, or with others that are small together."""
    for total, parts in sums:
        inside = [part for part in parts if part in hidden]
        if not inside and total not in hidden:
            continue
        one = len(inside) + (total in hidden) == 1
        small = total not in hidden and sum(counts[part] for part in inside) < smallest
        if one or small:
            yield from _next(counts, total, parts, hidden)


def _following(counts: Sequence[int], sums: Sequence[tuple[int, Sequence[int]]], hidden: set[int]) -> Iterable[int]:
    """What must be suppressed beside counts that follow from several sums taken together."""
    order = sorted(hidden)
    if not order:
        return
    place = {number: column for column, number in enumerate(order)}
    equations = np.zeros((len(sums), len(order)))
    for row, (total, parts) in enumerate(sums):
        for number, sign in ((total, -1), *((part, 1) for part in parts)):
            if number in place:
                equations[row, place[number]] += sign
    _, size, directions = np.linalg.svd(equations)
    free = directions[int((size > ZERO).sum()) :]
    for number in order:
        # What has no freedom left in any solution is determined; a count without a relation is always free.
        if np.all(np.abs(free[:, place[number]]) < ZERO):
            for total, parts in sums:
                if number == total or number in parts:
                    yield from _next(counts, total, parts, hidden)


def _next(counts: Sequence[int], total: int, parts: Sequence[int], hidden: set[int]) -> Iterable[int]:
    """The smallest part that is still shown, else the total."""
    shown = [part for part in parts if part not in hidden and counts[part] > 0]
    if shown:
        yield min(shown, key=lambda part: (counts[part], part))
    elif total not in hidden and counts[total] > 0:
        yield total
