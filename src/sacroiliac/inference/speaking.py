"""Which groups of findings speak, where several say the same, and what each of them then says.

A group speaks once one of its readings is met, unless that reading leaves every level possible. A group that
speaks silences those it replaces, and damps those that lean on it or on one it replaces. All cases are gone through side by side;
one case is a batch of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from sacroiliac.knowledge.model import Group

Reading = tuple[str, int, int, tuple[int, ...]]
"""What one group says: its name, the lowest and highest level possible, and which of its dampings apply."""

Codes = NDArray[np.int16]
SILENT = 0
SIGN = 15  # the sign bit of a code


@dataclass(frozen=True)
class Speaking:
    """Some groups of one knowledge, in the order of the knowledge.

    What a group says is a code: 0 for nothing, otherwise one number for each reading and each choice of dampings.
    """

    groups: tuple[Group, ...]

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """How many codes each group has."""
        return tuple(1 + (len(group.readings) << len(group.damped_by)) for group in self.groups)

    @cached_property
    def _row(self) -> dict[str, int]:
        return {group.id: row for row, group in enumerate(self.groups)}

    @cached_property
    def _replaced(self) -> list[tuple[int, int]]:
        """Rows of groups, each with the row of one that replaces it."""
        return [
            (self._row[name], row)
            for row, group in enumerate(self.groups)
            for name in group.replaces
            if name in self._row
        ]

    @cached_property
    def _replacing(self) -> list[int]:
        return sorted({other for _, other in self._replaced})

    @cached_property
    def _damped(self) -> dict[int, list[tuple[int, list[int]]]]:
        """For each group that can be damped, the numbers of its dampings and the rows of the groups they come from: the
        one that is named, and those that replace it and so damp as it would have."""
        return {
            row: [
                (number, others)
                for number, one in enumerate(group.damped_by)
                if (
                    others := [other for other, by in enumerate(self.groups) if other != row and one.group in names(by)]
                )
            ]
            for row, group in enumerate(self.groups)
            if group.damped_by
        }

    @cached_property
    def _damping(self) -> list[int]:
        return sorted({other for listed in self._damped.values() for _, others in listed for other in others})

    @cached_property
    def idle(self) -> list[tuple[int, int]]:
        """Rows of groups, and readings of theirs that leave every level possible."""
        return [
            (row, reading)
            for row, group in enumerate(self.groups)
            for reading in range(len(group.readings))
            if span(group, reading) == (0, len(group.levels) - 1)
        ]

    def codes(self, readings: NDArray[np.int8]) -> Codes:
        """What every group says in every case.

        :param readings: index of the first reading that is met, -1 for none (shape ``(groups, cases)``)
        :return: codes (shape ``(groups, cases)``)
        """
        found = readings.astype(np.int16)
        for row, reading in self.idle:
            found[row][found[row] == reading] = -1
        # -1 has every bit set, so that "or" with it silences, and "minus" it counts one up.
        spoke = {row: ~(found[row] >> SIGN) for row in self._replacing}
        for row, other in self._replaced:
            found[row] |= spoke[other]
        spoke = {row: ~(found[row] >> SIGN) for row in self._damping}
        for row, damped_by in self._damped.items():
            found[row] <<= len(self.groups[row].damped_by)
            for number, others in damped_by:
                found[row] -= reduce(np.bitwise_or, [spoke[other] for other in others]) << number
            # Where the group is silent this has counted up from less than -1.
            np.maximum(found[row], -1, out=found[row])
        found += 1
        return found

    def reading(self, row: int, code: int) -> Reading:
        """What a code other than 0 of the group in ``row`` means."""
        group = self.groups[row]
        dampings = len(group.damped_by)
        lowest, highest = span(group, (code - 1) >> dampings)
        return group.id, lowest, highest, tuple(one for one in range(dampings) if (code - 1) >> one & 1)

    def said(self, codes: Sequence[int]) -> tuple[Reading, ...]:
        """What the groups say in one case, without those that are silent."""
        return tuple(self.reading(row, int(code)) for row, code in enumerate(codes) if code != SILENT)


def names(group: Group) -> tuple[str, ...]:
    """The groups in whose name a group speaks: its own, and those it replaces."""
    return group.id, *group.replaces


def span(group: Group, reading: int) -> tuple[int, int]:
    """The lowest and the highest level a reading leaves possible."""
    places = [group.levels.index(level) for level in group.readings[reading].levels]
    return min(places), max(places)
