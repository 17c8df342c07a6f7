"""What a run is going to do, written down before it begins, so that it can be taken up again."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from sacroiliac import __version__
from sacroiliac.cohort import disk, export, gather
from sacroiliac.cohort.export import Unit
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

T = TypeVar("T")
DONE, WORK, LOCK = "run.json", "work", "lock"
PLAN, KEPT, QUARANTINE = export.PLAN, export.KEPT, export.QUARANTINE
GATHER = "Gather the charts again, into a new folder."
LARGER_UNPACKED = 24
"""By how much an export grows when it is unpacked, about."""
PER_BUCKET = 64
"""What a worker may use, in buckets: it holds a bucket some times over, and the knowledge and a batch of reviews besides.
Smaller buckets than memory would bear, so that a large export takes hardly more than a small one."""

FEWEST, SHARED_FROM = 16, 4 << 20
"""Into how many buckets even a small export is cut, so that cores can share it; but none for less than so many bytes."""


class Plan(msgspec.Struct, frozen=True):
    """The input, what it is reviewed by, and how it is cut: everything the bytes of the results depend on."""

    program: str
    knowledge: str
    as_of: int | None
    buckets: int
    units: tuple[Unit, ...]
    unused: tuple[str, ...]


def make(folder: Path, knowledge: Knowledge, as_of: int | None, memory: int) -> Plan:
    """The plan for an export.

    :param memory: bytes a worker may use
    :raises InputError: when the export cannot be read
    """
    used, unused, gathered = export.files(folder)
    for place in sorted({one.parent for one in gathered}):
        _whole(place)
    units = export.units(folder, used)
    size = sum(one.size * (LARGER_UNPACKED if export.packed(folder / one.file) else 1) for one in units)
    return Plan(
        __version__,
        knowledge.version,
        as_of,
        max(-(-size * PER_BUCKET // memory), min(FEWEST, 1 + size // SHARED_FROM)),
        tuple(units),
        tuple(os.fsencode(one.relative_to(folder)).decode(errors="replace") for one in unused),
    )


class _Kept(msgspec.Struct):
    """What is needed here of :class:`sacroiliac.cohort.run.Kept`."""

    parts: dict[str, int]


def _whole(place: Path) -> None:
    """Make sure that a folder of gathered charts has them all.

    :raises InputError: when it was not finished, or lacks something
    """
    if not (place / KEPT).exists():
        if _decoded(place / PLAN, Plan) is not None and not (place / DONE).exists():
            cure = "Finish it with the command it was begun with, or name the export."
            raise InputError(str(place), "holds what was begun and not finished", cure)
        return
    kept = _decoded(place / KEPT, _Kept)
    if kept is None:
        raise InputError(str(place / KEPT), "is damaged, or of another version", GATHER)
    found = {one.name: gather.rows(one) for one in place.glob(gather.PARTS)}
    for name in sorted(kept.parts.keys() | found.keys()):
        if kept.parts.get(name) != found.get(name):
            problem = f"is not as {KEPT} says" if name in found else "is missing"
            raise InputError(str(place / name), problem, GATHER)


def _decoded(path: Path, kind: type[T]) -> T | None:
    """What a file of this program says; None when it is damaged, or of something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def begun(results: Path) -> Plan | None:
    """The plan that was begun in a folder; None for a folder that is new or empty. Nothing is made or changed there, but
    that a finished run is tidied up.

    :raises InputError: when it holds a finished run, or anything that is not of a run
    """
    with disk.told(results):
        held = list(results.iterdir()) if results.is_dir() else []
        names = {one.name for one in held}
        if PLAN not in names:
            if not all(_before_the_plan(one) for one in held):
                raise InputError(str(results), "is not empty", "Name a new folder for the results.")
            return None
        found = _decoded(results / PLAN, Plan)
    if found is None:
        cure = "Name a new folder; if this one is of a run that was stopped, delete it."
        raise InputError(str(results / PLAN), "is damaged, or no plan of this program", cure)
    if names & {DONE, KEPT}:
        shutil.rmtree(results / WORK, ignore_errors=True)  # it was stopped while it tidied up
        raise InputError(str(results), "holds a finished run", "Name a new folder for another one.")
    return found


def _before_the_plan(path: Path) -> bool:
    """Whether a run that was stopped before it had a plan leaves this: its lock, or a part of the plan."""
    if path.name == WORK and path.is_dir():
        return all(one.name == LOCK and not one.stat().st_size for one in path.iterdir())
    return disk.is_part(path, PLAN)


def agreed(made: Plan, results: Path) -> Plan:
    """The plan to follow: the one that was begun in ``results``, else the one that was made.

    :raises InputError: when the folder holds something else, another run, or one that is finished
    """
    found = begun(results)
    if found is None:
        return made
    for what, one, other in (
        ("by another version of the program", found.program, made.program),
        ("by another knowledge", found.knowledge, made.knowledge),
        ("for another review date", found.as_of, made.as_of),
        ("of another export, or of one that has changed", found.units, made.units),
    ):
        if one != other:
            cure = "Give the command it was begun with, or name a new folder."
            raise InputError(str(results), f"holds a run that was begun {what}", cure)
    return found


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Keep other runs out of a folder while this one works in it.

    :raises InputError: when another run is at work there
    """
    with disk.told(work), (work / LOCK).open("w") as lock:
        os.chmod(work / LOCK, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                str(work.parent), "another run is writing there", "Wait for it, or name a new folder."
            ) from None
        yield
