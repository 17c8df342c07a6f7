"""Time several things in turns, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds of every round, by the name of what was timed."""

    rounds: Mapping[str, list[float]]

    def seconds(self, name: str) -> float:
        """The median over all rounds."""
        return statistics.median(self.rounds[name])

    def ratio(self, over: str, under: str) -> float:
        """How many times as long ``over`` takes as ``under``: the median of what each round says."""
        pairs = zip(self.rounds[over], self.rounds[under], strict=True)
        return statistics.median(one / other for one, other in pairs)


def side_by_side(work: Mapping[str, Callable[[], object]], rounds: int, warm: bool = True) -> Times:
    """Time everything in ``work`` once a round.

    :param warm: run everything once before, untimed
    """
    found: dict[str, list[float]] = {name: [] for name in work}
    for number in range(-1 if warm else 0, rounds):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            if number >= 0:
                found[name].append(time.perf_counter() - start)
    return Times(found)
