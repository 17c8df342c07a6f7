"""The engine of a cluster: the units and buckets of a run, as tasks of Spark.

A task is given a number and does what a process of the local engine does with it; what it comes to travels back. The
resources themselves do not pass through Spark: a unit is gathered into Arrow batches by patient on the disk that all
machines share, so a run that was stopped goes on, on a cluster or on one machine, and ends in the same bytes.
"""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.plan import Plan
from sacroiliac.cohort.work import Work
from sacroiliac.errors import InputError

if TYPE_CHECKING:
    from pyspark import SparkContext

T = TypeVar("T", Note, Count)
SHARED = "Give EXPORT and RESULTS as paths that lead to the same folders on every machine of the cluster."


class Refused(msgspec.Struct, frozen=True):
    """An :class:`InputError` on its way from a task: no use in trying again."""

    place: str
    problem: str
    cure: str


class Task:
    """What Spark sends to the workers; each makes its :class:`Work` once and keeps it for its next tasks.

    :param what: ``gather`` or ``review``, a method of :class:`Work`
    """

    _works: tuple[tuple[Path, Path], Work] | None = None

    def __init__(self, what: str, plan: Plan, folder: Path, work: Path, results: Path) -> None:
        self.what, self.plan, self.folder, self.work, self.results = what, plan, folder, work, results

    def __call__(self, number: int) -> bytes:
        """Do one unit or bucket; gives its note, count or refusal as JSON.

        :raises RuntimeError: at any fault, without the words of the error: they may hold what a chart says
        """
        try:
            for path in (self.folder, self.work):
                if not path.is_dir():
                    raise InputError(str(path), f"cannot be seen on the machine {socket.gethostname()}", SHARED)
            return msgspec.json.encode(getattr(self._mine(), self.what)(number))
        except InputError as error:
            return msgspec.json.encode(Refused(error.place, error.problem, error.cure))
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(at.filename)}:{at.lineno}"
            raise RuntimeError(f"{self.what} {number}: {type(error).__name__} at {where}") from None

    def _mine(self) -> Work:
        key = (self.folder, self.work)
        if Task._works is None or Task._works[0] != key:
            Task._works = key, Work(self.plan, self.folder, self.work, self.results)
            Task._works[1].begin()
        return Task._works[1]


class Spark:
    """Runs a plan on a cluster.

    :param context: Spark, see :func:`sacroiliac.cohort.session.started`
    """

    def __init__(self, plan: Plan, folder: Path, work: Path, results: Path, context: SparkContext) -> None:
        self.plan, self.context = plan, context
        self.paths = folder.resolve(), work.resolve(), results.resolve()

    def gather(self) -> Iterator[Note]:
        """Gather all units.

        :raises InputError: when a task was refused
        """
        return self._each("gather", len(self.plan.units), Note)

    def review(self) -> Iterator[Count]:
        """Review all buckets.

        :raises InputError: when a task was refused
        """
        return self._each("review", self.plan.buckets, Count)

    def _each(self, what: str, number: int, kind: type[T]) -> Iterator[T]:
        task = Task(what, self.plan, *self.paths)
        done = self.context.parallelize(range(number), number).map(task).collect()
        for one in done:
            found: T | Refused = _decoded(one, kind)
            if isinstance(found, Refused):
                raise InputError(found.place, found.problem, found.cure)
            yield found


def _decoded(data: bytes, kind: type[T]) -> T | Refused:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        return msgspec.json.decode(data, type=Refused)
