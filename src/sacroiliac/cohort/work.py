"""What a process of any engine does: units and buckets, by their numbers."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pyarrow as pa

from sacroiliac.cohort import bucket, disk, gather
from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.evaluate import Evaluator
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.plan import Plan
from sacroiliac.errors import InputError


class Work:
    """What a process needs to do any unit or bucket; what is costly is made when it is first needed."""

    def __init__(self, plan: Plan, folder: Path, work: Path, results: Path) -> None:
        self.plan, self.folder, self.work, self.results = plan, folder, work, results
        self._evaluator: Evaluator | None = None
        self._chunks: list[Path] | None = None

    @staticmethod
    def begin() -> None:
        """Make a process that does nothing else ready: files are their owner's alone, it takes one core, and nobody
        looks for cycles while it works (:meth:`review` does)."""
        os.umask(0o077)
        pa.set_cpu_count(1)
        pa.set_memory_pool(pa.system_memory_pool())  # the others keep what was given back to them
        gc.disable()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Work in this process, as :meth:`begin` has others do; afterwards all is as it was before."""
        umask, cores, pool, was_on = os.umask(0o077), pa.cpu_count(), pa.default_memory_pool(), gc.isenabled()
        self.begin()
        try:
            yield
        finally:
            os.umask(umask)
            pa.set_cpu_count(cores)
            pa.set_memory_pool(pool)
            gc.unfreeze()
            if was_on:
                gc.enable()

    def gather(self, number: int) -> Note:
        """Gather one unit.

        :raises InputError: when it cannot be written
        """
        return gather.gather(self.folder, self.plan.units[number], self.plan.buckets, self.work)

    def review(self, number: int) -> Count:
        """Review one bucket, when all units are gathered.

        :raises InputError: when results cannot be written, or what was done before is damaged
        """
        try:
            return bucket.review(number, lambda: self._rows(number), self._reviewer, self.work, self.results)
        except msgspec.MsgspecError:  # all else is decoded where it is read
            raise InputError(str(self.work / f"bucket-{number:06d}.json"), *disk.DAMAGED) from None
        finally:
            # Reviewing makes many objects and no cycles: looking for cycles all the time costs a fourth of it.
            gc.collect()
            gc.freeze()

    def _rows(self, number: int) -> Iterator[pa.Table]:
        return gather.bucket(self._listed(), number)

    def _listed(self) -> list[Path]:
        if self._chunks is None:
            self._chunks = gather.chunks(self.work, len(self.plan.units))
        return self._chunks

    def _reviewer(self) -> Evaluator:
        if self._evaluator is None:
            from sacroiliac.knowledge import load

            common = bucket.common(self._listed(), self.plan.buckets)
            self._evaluator = Evaluator(load(), self.plan.as_of, common)
        return self._evaluator
