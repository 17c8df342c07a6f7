"""The engine of one machine: the units and buckets of a run, on its processes."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.plan import Plan
from sacroiliac.cohort.work import Work


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
        # New processes, as forking one that has threads may lock up.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self.workers, number), context, _begin, (self.work,)) as pool:
            try:
                for future in as_completed([pool.submit(_do, what, one) for one in range(number)]):
                    yield future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


_mine: Work | None = None


def _begin(work: Work) -> None:
    """Make this process ready. It ends with the process that started it, however that ends."""
    global _mine
    _mine = work
    work.begin()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _do(what: str, number: int) -> Any:
    assert _mine is not None
    return getattr(_mine, what)(number)
