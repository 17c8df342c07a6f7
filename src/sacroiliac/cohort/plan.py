"""What a run is going to do, written down before it begins, so that it can be taken up again."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sacroiliac import __version__
from sacroiliac.cohort import disk, export
from sacroiliac.cohort.export import Unit
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

PLAN, DONE, WORK = "plan.json", "run.json", "work"
KEPT, QUARANTINE = "gathered.json", export.QUARANTINE
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
    used, unused = export.files(folder)
    units = export.units(folder, used)
    size = sum(one.size * (LARGER_UNPACKED if one.file.lower().endswith(export.PACKED) else 1) for one in units)
    return Plan(
        __version__,
        knowledge.version,
        as_of,
        max(-(-size * PER_BUCKET // memory), min(FEWEST, 1 + size // SHARED_FROM)),
        tuple(units),
        tuple(one.relative_to(folder).as_posix() for one in unused),
    )


def unfinished(results: Path) -> None:
    """Make sure that a folder does not hold finished results.

    :raises InputError: when it does
    """
    if (results / DONE).exists() or (results / KEPT).exists():
        shutil.rmtree(results / WORK, ignore_errors=True)  # it was stopped while it tidied up
        raise InputError(str(results), "holds a finished run", "Name a new folder for another one.")


def agreed(made: Plan, results: Path) -> Plan:
    """The plan to follow: the one that was begun in ``results``, else the one that was made, which is written there.

    :raises InputError: when the folder holds something else, another run, or one that is finished
    """
    path = results / PLAN
    if not path.exists():
        if any(one.name not in (WORK,) and not one.name.startswith(".") for one in results.iterdir()):
            raise InputError(str(results), "is not empty", "Name a new folder for the results.")
        disk.write(path, msgspec.json.encode(made))
        return made
    begun = msgspec.json.decode(path.read_bytes(), type=Plan)
    for what, one, other in (
        ("by another version of the program", begun.program, made.program),
        ("by another knowledge", begun.knowledge, made.knowledge),
        ("for another review date", begun.as_of, made.as_of),
        ("of another export, or of one that has changed", begun.units, made.units),
    ):
        if one != other:
            cure = "Give the command it was begun with, or name a new folder."
            raise InputError(str(results), f"holds a run that was begun {what}", cure)
    return begun


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Keep other runs out of a folder while this one works in it.

    :raises InputError: when another run is at work there
    """
    with disk.told(work), (work / "lock").open("w") as lock:
        os.chmod(work / "lock", 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                str(work.parent), "another run is writing there", "Wait for it, or name a new folder."
            ) from None
        yield
