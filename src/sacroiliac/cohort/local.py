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

import pyarrow as pa

from sacroiliac.cohort import bucket, gather
from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.evaluate import Evaluator
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.plan import Plan


class Local:
    """Runs a plan on ``workers`` processes; with one, in this process."""

    def __init__(self, plan: Plan, folder: Path, work: Path, results: Path, workers: int) -> None:
        self.work = _Work(plan, folder, work, results)
        self.workers = workers

    def gather(self) -> Iterator[Note]:
        """Gather all units, in whatever order they are done."""
        return self._each("gather", len(self.work.plan.units))

    def review(self) -> Iterator[Count]:
        """Review all buckets, in whatever order they are done."""
        return self._each("review", self.work.plan.buckets)

    def _each(self, what: str, number: int) -> Iterator[Any]:
        if self.workers == 1:
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


class _Work:
    """What a process needs to do any unit or bucket; what is costly is made when it is first needed."""

    def __init__(self, plan: Plan, folder: Path, work: Path, results: Path) -> None:
        self.plan, self.folder, self.work, self.results = plan, folder, work, results
        self._evaluator: Evaluator | None = None
        self._chunks: list[Path] | None = None

    def gather(self, number: int) -> Note:
        return gather.gather(self.folder, self.plan.units[number], self.plan.buckets, self.work)

    def review(self, number: int) -> Count:
        return bucket.review(number, lambda: self._rows(number), self._reviewer, self.work, self.results)

    def _rows(self, number: int) -> pa.Table:
        if self._chunks is None:
            self._chunks = gather.chunks(self.work)
        return gather.bucket(self._chunks, number)

    def _reviewer(self) -> Evaluator:
        if self._evaluator is None:
            from sacroiliac.knowledge import load

            shared = bucket.shared(self.work, self.plan.buckets)
            self._evaluator = Evaluator(load(), self.plan.as_of, shared)
        return self._evaluator


_mine: _Work | None = None


def _begin(work: _Work) -> None:
    """Make this process ready. It ends with the process that started it, however that ends."""
    global _mine
    _mine = work
    os.umask(0o077)
    pa.set_cpu_count(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _do(what: str, number: int) -> Any:
    assert _mine is not None
    return getattr(_mine, what)(number)
