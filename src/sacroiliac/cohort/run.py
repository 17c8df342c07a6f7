"""A run: an export in, tables out; stopped at any moment, it goes on where it was."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from sacroiliac.chart.dates import written
from sacroiliac.cohort import disk, gather, plan
from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.dictionary import dictionary
from sacroiliac.cohort.export import Broken
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.tables import TABLES
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

DICTIONARY = "dictionary.json"
OWN_DATES = (
    "Each chart was reviewed on the day of its last entry, so hardly anything can be overdue: 'cohort run --as-of' sets one "
    "day for all."
)


class Engine(Protocol):
    """What gathers the units of a run and reviews its buckets."""

    def gather(self) -> Iterator[Note]:
        """Gather all units, in any order."""

    def review(self) -> Iterator[Count]:
        """Review all buckets, in any order."""


class Summary(msgspec.Struct, frozen=True):
    """What a run came to. Written last: a folder without it holds no finished results.

    ``charts`` are those that were reviewed, ``not_reviewed`` those that could not be: they are in quarantine, too. Of the
    cases some are ``urgent``, and some ``concerned``: of this joint. ``resources`` are those about a patient, by type;
    ``nobody`` those that name none and that no chart needs; ``by_identifier`` of these name their patient by an
    identifier only. ``deleted`` are the deletions that the export tells of.
    """

    program: str
    knowledge: str
    as_of: str | None
    charts: int
    urgent: int
    concerned: int
    faults: int
    quarantined: int
    resources: dict[str, int]
    nobody: dict[str, int]
    unused_files: tuple[str, ...]
    rows: dict[str, int]
    not_reviewed: int = 0
    by_identifier: int = 0
    deleted: int = 0

    @property
    def dated(self) -> str:
        """What to know of the review dates, in a sentence; empty where one date was asked for."""
        return "" if self.as_of else OWN_DATES


class Kept(msgspec.Struct, frozen=True):
    """What gathering came to: charts, lines put into quarantine, rows of each file, and the rest as in
    :class:`Summary`."""

    program: str
    charts: int
    quarantined: int
    resources: dict[str, int]
    nobody: dict[str, int]
    unused_files: tuple[str, ...]
    parts: dict[str, int]
    by_identifier: int = 0
    deleted: int = 0


Make = Callable[[plan.Plan, Path, Path, Path], Engine]
Progress = Callable[[str, Iterable[int], int], None]


def run(
    folder: Path,
    results: Path,
    knowledge: Knowledge,
    engine: Make,
    *,
    as_of: int | None,
    memory: int,
    progress: Progress,
) -> Summary:
    """Review all charts of an export.

    :param engine: makes what does the work, from the plan, the export, the folder to work in and that of the results
    :param as_of: the review date as a day number; without it each chart's own
    :param memory: bytes a worker may use
    :param progress: shows how far a step has come: its name, how much each part of it adds, how much it is in all
    :raises InputError: when the export cannot be read, or the results not be written
    """
    plan.begun(results)
    made = plan.make(folder, knowledge, as_of, memory)
    before = _before(folder)
    with _begun(made, results) as (agreed, work):
        for name in TABLES:
            disk.folder(results / name)
        doing = engine(agreed, folder, work, results)
        notes = _gather(agreed, doing, progress)
        counts: list[Count] = []
        progress("reviewing", _counted(doing.review(), counts), _patients(notes))
        for name in TABLES:
            disk.tidy(results / name)
        disk.write(results / DICTIONARY, msgspec.json.format(msgspec.json.encode(dictionary(knowledge)), indent=2))
        return _finish(agreed, results, notes, counts, *before)


@contextmanager
def _begun(made: plan.Plan, results: Path) -> Iterator[tuple[plan.Plan, Path]]:
    """The plan to follow and the folder to work in; that is cleared away when all is done.

    Whoever is refused finds the folder as it was: it is looked at before anything is made, and again when nobody else
    can write there.
    """
    plan.agreed(made, results)
    disk.folder(results)
    work = results / plan.WORK
    disk.folder(work)
    with plan.alone(work):
        agreed = plan.agreed(made, results)
        if not (results / plan.PLAN).exists():
            disk.write(results / plan.PLAN, msgspec.json.encode(agreed))
        disk.tidy(results)
        yield agreed, work
    shutil.rmtree(work, ignore_errors=True)


def _gather(made: plan.Plan, doing: Engine, progress: Progress) -> list[Note]:
    notes: list[Note] = []
    progress("gathering", _gathered(doing.gather(), notes), sum(one.size for one in made.units))
    return notes


def _patients(notes: Iterable[Note]) -> int:
    """How many charts there are, about."""
    return sum(note.types.get("Patient", 0) + note.types.get("Bundle", 0) for note in notes)


def keep(folder: Path, output: Path, knowledge: Knowledge, engine: Make, *, memory: int, progress: Progress) -> Kept:
    """Gather the charts of an export and keep them as Parquet, to review them again and again.

    Arguments and errors as of :func:`run`.
    """
    plan.begun(output)
    made = plan.make(folder, knowledge, None, memory)
    with _begun(made, output) as (agreed, work):
        notes = _gather(agreed, engine(agreed, folder, work, output), progress)
        chunks = gather.chunks(work, len(agreed.units))
        parts: dict[str, int] = {}
        # The last one holds what many charts refer to.
        for number in range(agreed.buckets + 1):
            rows = list(gather.bucket(chunks, number))
            if rows:
                whole = pa.concat_tables(rows)
                disk.write_parquet(output / gather.part(number), whole)
                parts[gather.part(number)] = whole.num_rows
        broken = _quarantine(output, [one for note in notes for one in note.broken])
        kept = Kept(
            program=agreed.program,
            charts=_patients(notes),
            quarantined=broken,
            parts=parts,
            **_went_through(agreed, notes, None),
        )
        disk.write(output / plan.KEPT, msgspec.json.format(msgspec.json.encode(kept), indent=2))
        return kept


def _quarantine(results: Path, broken: list[Broken]) -> int:
    lines = [msgspec.json.encode(one) + b"\n" for one in sorted(broken, key=_place)]
    disk.write(results / plan.QUARANTINE, b"".join(lines))
    return len(lines)


def _gathered(notes: Iterator[Note], found: list[Note]) -> Iterator[int]:
    for note in notes:
        found.append(note)
        yield note.bytes


def _counted(counts: Iterator[Count], found: list[Count]) -> Iterator[int]:
    for count in counts:
        found.append(count)
        yield count.charts + len(count.broken)


def _went_through(made: plan.Plan, notes: list[Note], kept: Kept | None) -> dict[str, Any]:
    """What a run came to by gathering; with what was left out before, where the export had been gathered."""
    types = _added(one.types for one in notes)
    before = [kept] if kept else []
    told: list[Note | Kept] = [*notes, *before]
    return {
        "deleted": types.pop(gather.DELETED, 0),
        "resources": types,
        "nobody": _added(one.nobody for one in told),
        "unused_files": sum((one.unused_files for one in before), made.unused),
        "by_identifier": sum(one.by_identifier for one in told),
    }


def _before(folder: Path) -> tuple[Kept | None, list[Broken]]:
    """What was left out when the export was gathered; of one that was not, nothing.

    :raises InputError: when that cannot be read
    """
    if not (folder / plan.KEPT).exists():
        return None, []
    try:
        kept = msgspec.json.decode((folder / plan.KEPT).read_bytes(), type=Kept)
        lines = (folder / plan.QUARANTINE).read_bytes().splitlines()
        return kept, [msgspec.json.decode(line, type=Broken) for line in lines]
    except (OSError, msgspec.MsgspecError):
        raise InputError(str(folder / plan.QUARANTINE), "is missing or damaged", plan.GATHER) from None


def _finish(
    made: plan.Plan, results: Path, notes: list[Note], counts: list[Count], kept: Kept | None, before: list[Broken]
) -> Summary:
    broken = before + [one for note in notes for one in note.broken] + [one for count in counts for one in count.broken]
    quarantined = _quarantine(results, broken)
    summary = Summary(
        program=made.program,
        knowledge=made.knowledge,
        as_of=None if made.as_of is None else written(made.as_of),
        charts=sum(one.charts for one in counts),
        urgent=sum(one.urgent for one in counts),
        concerned=sum(one.concerned for one in counts),
        faults=sum(one.faults for one in counts),
        quarantined=quarantined,
        rows=_added(one.rows for one in counts),
        not_reviewed=sum(len(one.broken) for one in counts),
        **_went_through(made, notes, kept),
    )
    disk.write(results / plan.DONE, msgspec.json.format(msgspec.json.encode(summary), indent=2))
    return summary


def _place(one: Broken) -> tuple[str, int, str]:
    return one.file, one.line, one.reason


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return dict(sorted(found.items()))


def workers() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
