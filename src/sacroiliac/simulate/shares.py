"""Drawing one of several things by their shares."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, Protocol, TypeVar

from sacroiliac.knowledge.base import Number
from sacroiliac.knowledge.simulation import Span


class Shared(Protocol):
    """Something with a share."""

    @property
    def share(self) -> Number:
        """Its share of all."""


T = TypeVar("T", bound=Shared)


class Lot(Generic[T]):
    """Several things of which one is drawn; shares that do not add up to 1 keep their proportions."""

    def __init__(self, things: Sequence[T]) -> None:
        self.things = things
        self.edges = cumulative([one.share.value for one in things])

    def draw(self, chance: Random) -> T:
        """One of them."""
        return self.things[place(chance, self.edges)]


def cumulative(shares: Sequence[float]) -> list[float]:
    """Cumulative probabilities."""
    total = sum(shares)
    return list(accumulate(share / total for share in shares))


def days(chance: Random, span: Span) -> int:
    """A number of days within a span."""
    return chance.randrange(round(span.least.value), round(span.below.value))


def place(chance: Random, edges: Sequence[float]) -> int:
    """Where a random number falls among cumulative probabilities."""
    return min(bisect_right(edges, chance.random()), len(edges) - 1)
