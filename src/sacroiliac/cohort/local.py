"""The engine of one machine: the units and buckets of a run, on its processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.plan import Plan
from sacroiliac.cohort.work import Work
from sacroiliac.processes import pool


class Local:
    """Runs a plan on ``workers`` processes; with one, in this process."""

    def __init__(self, plan: Plan, folder: Path, work: Path, results: Path, workers: int) -> None:
        self.work = Work(plan, folder, work, results)
        self.workers = workers

    def gather(self) -> Iterator[Note]:
        """Gather all units, in whatever order they are done."""
        return self._each("gather", len(self.work.plan.units))

    def review(self) -> Iterator[Count]:
        """Review all buckets, in whatever order they are done."""
        return self._each("review", self.work.plan.buckets)

    def _each(self, what: str, number: int) -> Iterator[Any]:
        if self.workers == 1:
            with self.work.here():
                for one in range(number):
                    yield getattr(self.work, what)(one)
            return
        with pool(min(self.workers, number), _begin, self.work) as found:
            for future in as_completed([found.submit(_do, what, one) for one in range(number)]):
                yield future.result()


_mine: Work | None = None


def _begin(work: Work) -> None:
    """Make this process ready."""
    global _mine
    _mine = work
    work.begin()


def _do(what: str, number: int) -> Any:
    assert _mine is not None
    return getattr(_mine, what)(number)
