"""The sets of sources that can be present at once: none, or up to three.

Everything the network knows is a weight for each of these sets. The sets are few (576 for 15 sources),
so they are enumerated: no sampling, no approximation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_AT_ONCE = 3
# Matrix products up to this many multiplications are done by one core. Waking the others for more costs many times
# what it saves here, above all where they are busy.
SMALL_PRODUCT = 500_000
Subset = tuple[int, ...]


@dataclass(frozen=True)
class States:
    """All sets of at most three of ``sources`` sources, ordered by size and then by source."""

    sources: int

    @cached_property
    def sets(self) -> tuple[Subset, ...]:
        """The sets; a set is the ascending indices of the sources present."""
        return tuple(one for size in range(MOST_AT_ONCE + 1) for one in combinations(range(self.sources), size))

    @cached_property
    def size(self) -> Ints:
        """How many sources each set has (int64, shape ``(states,)``)."""
        return np.array([len(one) for one in self.sets])

    @cached_property
    def membership(self) -> Floats:
        """1 where a source is in a set (float64, shape ``(sources, states)``)."""
        found = np.zeros((self.sources, len(self.sets)))
        for index, one in enumerate(self.sets):
            found[list(one), index] = 1
        return found

    @cached_property
    def _summing(self) -> Floats:
        return np.vstack([self.membership, np.ones(len(self.sets))])

    @cached_property
    def _pairs(self) -> tuple[slice, ...]:
        """For each first source the rows of the sets {first, later}."""
        start, found = 1 + self.sources, []
        for first in range(self.sources):
            stop = start + self.sources - 1 - first
            found.append(slice(start, stop))
            start = stop
        return tuple(found)

    @cached_property
    def _first_triple(self) -> int:
        """The row of the first set of three."""
        return int(np.searchsorted(self.size, MOST_AT_ONCE))

    @cached_property
    def _triples(self) -> tuple[tuple[int, int, slice], ...]:
        """For each pair that can be extended: its row, its second source, and the rows of {pair, later}."""
        row, start = 1 + self.sources, self._first_triple
        found = []
        for _first, second in combinations(range(self.sources), 2):
            stop = start + self.sources - 1 - second
            if stop > start:
                found.append((row, second, slice(start, stop)))
            row, start = row + 1, stop
        return tuple(found)

    def containing(self, subset: Subset) -> tuple[slice, ...]:
        """The rows of the sets that contain ``subset``, in runs of neighbours."""
        found = self._containing.get(subset)
        if found is None:
            found = self._containing[subset] = _runs(np.flatnonzero(self.membership[list(subset)].all(axis=0)))
        return found

    @cached_property
    def _containing(self) -> dict[Subset, tuple[slice, ...]]:
        return {}

    def _beyond(self, subset: Subset) -> tuple[slice, ...]:
        """The rows of the sets that contain ``subset``; of a pair, without itself and the sets it begins."""
        found = self._beyonds.get(subset)
        if found is None:
            rows = np.flatnonzero(self.membership[list(subset)].all(axis=0))
            if len(subset) == 2:
                rows = np.array([row for row in rows if self.sets[row][:2] != subset], np.int64)
            found = self._beyonds[subset] = _runs(rows)
        return found

    @cached_property
    def _beyonds(self) -> dict[Subset, tuple[slice, ...]]:
        return {}

    @cached_property
    def _row(self) -> dict[Subset, int]:
        return {one: row for row, one in enumerate(self.sets)}

    def weights(
        self, odds: Floats, by_size: Floats, factors: Mapping[Subset, Floats], out: Floats | None = None
    ) -> Floats:
        """The weight of every set in every column.

        :param odds: how each source multiplies the weight of a set it is in (shape ``(sources, columns)``)
        :param by_size: a weight for each size of set, 0 to 3 (shape ``(4, columns)``)
        :param factors: for some sets of two or three sources, what they add beyond their odds when they are
            together (shape ``(columns,)`` each)
        :param out: where to put the weights
        :return: weights, not normalised (shape ``(states, columns)``)
        """
        found = np.empty((len(self.sets), odds.shape[1])) if out is None else out
        found[0] = by_size[0]
        last = odds * by_size[3]
        for first, rows in enumerate(self._pairs):
            np.multiply(odds[first], odds[first + 1 :], out=found[rows])
        # What a pair adds is brought in before a third source joins it: the sets it begins then have it already.
        for subset, factor in factors.items():
            if len(subset) == 2:
                found[self._row[subset]] *= factor
        for row, second, rows in self._triples:
            np.multiply(found[row], last[second + 1 :], out=found[rows])
        np.multiply(odds, by_size[1], out=found[1 : 1 + self.sources])
        found[1 + self.sources : self._first_triple] *= by_size[2]
        for subset, factor in factors.items():
            for rows in self._beyond(subset):
                found[rows] *= factor
        return found

    def sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Summed weight of the sets that contain each source (shape ``(sources, columns)``), and of all sets."""
        found = product(self._summing, weights)
        return found[:-1], found[-1]


def _runs(rows: Ints) -> tuple[slice, ...]:
    """Ascending rows in runs of neighbours."""
    runs = np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1)
    return tuple(slice(int(run[0]), int(run[-1]) + 1) for run in runs if len(run))


def product(left: Floats, right: Floats) -> Floats:
    """``left @ right``, a few columns at a time, so that one core does it."""
    found = np.empty((len(left), right.shape[1]))
    step = max(1, SMALL_PRODUCT // left.size)
    for start in range(0, right.shape[1], step):
        np.matmul(left, right[:, start : start + step], out=found[:, start : start + step])
    return found
