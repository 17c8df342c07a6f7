"""A run: an export in, tables out; stopped at any moment, it goes on where it was."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from sacroiliac.chart.dates import written
from sacroiliac.cohort import disk, plan
from sacroiliac.cohort.bucket import Count
from sacroiliac.cohort.export import Broken
from sacroiliac.cohort.gather import Note
from sacroiliac.cohort.tables import TABLES, dictionary
from sacroiliac.knowledge.model import Knowledge

QUARANTINE, DICTIONARY = "quarantine.ndjson", "dictionary.json"


class Engine(Protocol):
    """What gathers the units of a run and reviews its buckets."""

    def gather(self) -> Iterator[Note]:
        """Gather all units, in any order."""

    def review(self) -> Iterator[Count]:
        """Review all buckets, in any order."""


class Summary(msgspec.Struct, frozen=True):
    """What a run came to. Written last: a folder without it holds no finished results.

    ``resources`` are those about a patient, by type; ``nobody`` those that name none and that no chart needs.
    """

    program: str
    knowledge: str
    as_of: str | None
    charts: int
    urgent: int
    faults: int
    quarantined: int
    resources: dict[str, int]
    nobody: dict[str, int]
    unused_files: tuple[str, ...]
    rows: dict[str, int]


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
    made = plan.make(folder, knowledge, as_of, memory)
    plan.unfinished(results)
    disk.folder(results)
    work = results / plan.WORK
    disk.folder(work)
    with plan.alone(work):
        agreed = plan.agreed(made, results)
        for name in TABLES:
            disk.folder(results / name)
        doing = engine(agreed, folder, work, results)
        notes: list[Note] = []
        counts: list[Count] = []
        progress("gathering", _gathered(doing.gather(), notes), sum(one.size for one in agreed.units))
        total = sum(note.types.get("Patient", 0) + note.types.get("Bundle", 0) for note in notes)
        progress("reviewing", _counted(doing.review(), counts), total)
        for left in results.glob("*/.*"):
            left.unlink(missing_ok=True)  # begun by a run that was stopped
        summary = _finish(agreed, results, notes, counts)
    shutil.rmtree(work, ignore_errors=True)
    return summary


def _gathered(notes: Iterator[Note], found: list[Note]) -> Iterator[int]:
    for note in notes:
        found.append(note)
        yield note.bytes


def _counted(counts: Iterator[Count], found: list[Count]) -> Iterator[int]:
    for count in counts:
        found.append(count)
        yield count.charts


def _finish(made: plan.Plan, results: Path, notes: list[Note], counts: list[Count]) -> Summary:
    broken = [one for note in notes for one in note.broken] + [one for count in counts for one in count.broken]
    disk.write(results / QUARANTINE, b"".join(msgspec.json.encode(one) + b"\n" for one in sorted(broken, key=_place)))
    disk.write(results / DICTIONARY, msgspec.json.format(msgspec.json.encode(dictionary()), indent=2))
    summary = Summary(
        program=made.program,
        knowledge=made.knowledge,
        as_of=None if made.as_of is None else written(made.as_of),
        charts=sum(one.charts for one in counts),
        urgent=sum(one.urgent for one in counts),
        faults=sum(one.faults for one in counts),
        quarantined=len(broken),
        resources=_added(one.types for one in notes),
        nobody=_added(one.nobody for one in notes),
        unused_files=made.unused,
        rows=_added(one.rows for one in counts),
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
