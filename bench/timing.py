"""Time several things in turns, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# What is short is repeated for about this long: a machine that is interrupted now and then would flatter it.
LEAST_SECONDS = 0.2


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


def side_by_side(
    work: Mapping[str, Callable[[], object]], rounds: int, least: float = LEAST_SECONDS, warm: bool = True
) -> Times:
    """Time everything in ``work`` once a round.

    :param least: for how many seconds each is repeated in a round, at least
    :param warm: run everything before, untimed; without it nothing is repeated
    """
    repeats = dict.fromkeys(work, 1)
    for name, run in work.items() if warm else ():
        run()
        repeats[name] = max(1, round(least / max(_seconds(run, 1), 1e-6)))
    found: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            found[name].append(_seconds(run, repeats[name]))
    return Times(found)


def _seconds(run: Callable[[], object], repeats: int) -> float:
    """How long one run takes, over some runs."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats
