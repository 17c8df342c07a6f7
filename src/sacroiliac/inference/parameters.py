"""The numbers of the network as they are, as they might be, and one at a time at the ends of their range.

Column 0 of :attr:`Parameters.values` holds the values in the knowledge files. Then come the draws that
make the intervals: each number is drawn within its range, all numbers independently, spread evenly over
the range (Latin hypercube). Last come, for each assumption, the low and the high end of its range with
every other number as it is.

The numbers of one list (a row of the steroid table, over time) rise and fall together: they are one
assumption about one group of patients, and only so do they keep their order in every draw. Drawn apart, up
to a third of the draws would say that relief which lasts becomes more frequent with time.

The draws of a number depend on its place in the knowledge only, so adding, removing or reordering other
numbers does not change them; their order comes from a hash of that place, so the same knowledge gives the
same draws everywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from sacroiliac.inference.states import Floats, Ints
from sacroiliac.knowledge.model import Number

# A range is read as a central 95 percent interval, and draws stay inside it.
COVERED = 0.95


@dataclass(frozen=True)
class Parameters:
    """Numbers by place, and their values in every variant (float64, shape ``(numbers, variants)``)."""

    index: dict[str, int]
    values: Floats
    draws: slice
    swept: dict[str, tuple[int, int]]

    def __getitem__(self, place: str) -> Floats:
        """The values of the number at ``place`` in every variant (shape ``(variants,)``)."""
        return self.values[self.index[place]]

    @property
    def variants(self) -> int:
        """How many variants there are."""
        return int(self.values.shape[1])


def as_they_are(numbers: Iterable[tuple[str, Number]]) -> Parameters:
    """The numbers with one variant only: as the knowledge has them."""
    index, listed = _distinct(numbers)
    values = np.array([[number.value] for _, number in listed])
    return Parameters(index, values, slice(1, 1), {})


def swept(numbers: Iterable[tuple[str, Number]], draws: int) -> Parameters:
    """The numbers as they are, ``draws`` times drawn, and each assumption at both ends of its range."""
    index, listed = _distinct(numbers)
    assumed: dict[str, list[int]] = {}
    for row, (place, number) in enumerate(listed):
        if number.origin == "assumption" and number.range:
            assumed.setdefault(_moving(place), []).append(row)
    values = np.repeat(np.array([[number.value] for _, number in listed]), 1 + draws + 2 * len(assumed), axis=1)
    for row, (place, number) in enumerate(listed):
        if number.range is not None:
            values[row, 1 : 1 + draws] = at_steps(number, _steps(draws)[_order(_moving(place), draws)])
    ends: dict[str, tuple[int, int]] = {}
    for position, rows in enumerate(assumed.values()):
        low = 1 + draws + 2 * position
        for row in rows:
            values[row, low], values[row, low + 1] = listed[row][1].range or (values[row, 0], values[row, 0])
        ends[listed[rows[0]][0]] = (low, low + 1)
    return Parameters(index, values, slice(1, 1 + draws), ends)


def _moving(place: str) -> str:
    """What a number moves with: the list it stands in, otherwise only itself."""
    whole, _, last = place.rpartition(".")
    return whole if last.isdigit() else place


def _distinct(numbers: Iterable[tuple[str, Number]]) -> tuple[dict[str, int], list[tuple[str, Number]]]:
    """The row of each place, and the first place and number of each row.

    One and the same number that stands in several places of a table (the ratio of the whole joint complex, given
    for the joint and for the ligaments) is one number: it is drawn once and swept once.
    """
    index: dict[str, int] = {}
    rows: dict[tuple[str, str, Number], int] = {}
    listed: list[tuple[str, Number]] = []
    for place, number in numbers:
        steps = place.split(".")
        table = ".".join(steps[:3]) if steps[0] == "likelihoods" else steps[0]
        row = rows.setdefault((table, steps[-1], number), len(listed))
        if row == len(listed):
            listed.append((place, number))
        index[place] = row
    return index, listed


def at_steps(number: Number, steps: Floats) -> Floats:
    """Values of a number at the given steps: 0 is the value itself, -1 and 1 are the ends of its range.

    The steps are taken on the scale on which the number is free (log odds of a probability, logarithm of a
    ratio), below and above the value each in its own measure.
    """
    low, high = number.range or (number.value, number.value)
    scale, back = _scale(number.value, low, high)
    centre, bottom, top = scale(number.value), scale(low), scale(high)
    return back(centre + np.where(steps > 0, steps * (top - centre), steps * (centre - bottom)))


def _scale(value: float, low: float, high: float) -> tuple[Callable[[float], float], Callable[[Floats], Floats]]:
    if low > 0 and high < 1:
        return lambda p: float(np.log(p / (1 - p))), lambda x: 1 / (1 + np.exp(-x))
    if low > 0:
        return lambda ratio: float(np.log(ratio)), np.exp
    return lambda number: number, lambda x: x


@lru_cache(maxsize=8)
def _steps(draws: int) -> Floats:
    """Evenly likely steps: normal quantiles at the middles of ``draws`` equal parts of the central 95 percent."""
    edge = NormalDist().inv_cdf(0.5 + COVERED / 2)
    points = [(1 - COVERED) / 2 + COVERED * (position + 0.5) / draws for position in range(draws)]
    return np.array([NormalDist().inv_cdf(point) / edge for point in points])


def _order(place: str, draws: int) -> Ints:
    """An order of the draws that depends on ``place`` alone."""
    return np.argsort(np.frombuffer(hashlib.shake_128(place.encode()).digest(8 * draws), np.uint64), kind="stable")
