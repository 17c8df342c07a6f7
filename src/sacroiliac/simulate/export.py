"""A population as the files of a FHIR Bulk Data export: whole or not at all, in memory that does not grow with it."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from sacroiliac.chart.dates import written
from sacroiliac.errors import InputError
from sacroiliac.knowledge import load
from sacroiliac.processes import pool
from sacroiliac.simulate import scene
from sacroiliac.simulate.chart import Lines
from sacroiliac.simulate.population import BLOCK, TRUTH, Population, Settings

RESOURCES_AT_ONCE = 20_000
"""About so many resources are made before they are written: more use memory, fewer use time."""
PRIVATE = 0o077
COMPRESSION = 6


@dataclass
class Files:
    """The files of one export while they are written; each type has its own, and a new one after ``most`` lines."""

    folder: Path
    most: int
    zipped: bool
    open: dict[str, IO[bytes]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def name(self, kind: str, number: int) -> str:
        """The name of one file."""
        return f"{kind}.{number:04d}.ndjson{'.gz' if self.zipped else ''}"

    def add(self, kind: str, lines: Sequence[bytes]) -> None:
        """Add some lines of one type."""
        start = 0
        while start < len(lines):
            counts = self.counts.setdefault(kind, [])
            if not counts or counts[-1] == self.most:
                self._next(kind, counts)
            part = lines[start : start + self.most - counts[-1]]
            self.open[kind].write(b"\n".join(part) + b"\n")
            counts[-1] += len(part)
            start += len(part)

    def _next(self, kind: str, counts: list[int]) -> None:
        if kind in self.open:
            self.open[kind].close()
        counts.append(0)
        self.open[kind] = opened(self.folder / self.name(kind, len(counts)), self.zipped)

    def close(self) -> None:
        """Close every file."""
        for one in self.open.values():
            one.close()

    def manifest(self, until: int) -> bytes:
        """What the folder holds, as a server says it at the end of an export."""
        output = [
            {"type": kind, "url": self.name(kind, number), "count": count}
            for kind, counts in sorted(self.counts.items())
            for number, count in enumerate(counts, 1)
        ]
        found = {
            "transactionTime": f"{written(until)}T00:00:00Z",
            "request": "$export",
            "requiresAccessToken": False,
            "output": output,
            "error": [],
        }
        return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def opened(path: Path, zipped: bool) -> IO[bytes]:
    """A new file; a zipped one holds no time and no name, so that the same lines give the same bytes."""
    raw = path.open("xb")
    if not zipped:
        return raw
    made = gzip.GzipFile(filename="", mode="wb", compresslevel=COMPRESSION, fileobj=raw, mtime=0)
    made.myfileobj = raw  # type: ignore[assignment]  # closed with it
    return made  # type: ignore[return-value]


@dataclass(frozen=True)
class Target:
    """Where an export goes and how it is cut."""

    folder: Path
    truth: Path
    most: int
    zipped: bool


def write(
    settings: Settings, patients: int, target: Target, workers: int, told: Callable[[int], None]
) -> Mapping[str, int]:
    """Make a population; returns how many resources there are of each type.

    :param told: called with the number of patients made so far
    :raises InputError: when it cannot be written
    """
    with _ended(), _whole(target) as (folder, truth):
        files = Files(folder, target.most, target.zipped)
        try:
            for kind, lines in scene.lines(load().simulation.scene).items():
                files.add(kind, lines)
            made = 0
            for number, found in _made(settings, patients, workers):
                truth.write(b"\n".join(found.pop(TRUTH)) + b"\n")
                for kind, lines in found.items():
                    files.add(kind, lines)
                made += number
                told(made)
        finally:
            files.close()
        (folder / "manifest.json").write_bytes(files.manifest(settings.until))
    return {kind: sum(counts) for kind, counts in files.counts.items()}


def tasks(settings: Settings, patients: int) -> Iterator[range]:
    """The patients in parts: never across blocks, and of about :data:`RESOURCES_AT_ONCE` resources."""
    size = max(1, min(BLOCK, int(RESOURCES_AT_ONCE / settings.resources)))
    for block in range(0, patients, BLOCK):
        stop = min(block + BLOCK, patients)
        yield from (range(start, min(start + size, stop)) for start in range(block, stop, size))


def _made(settings: Settings, patients: int, workers: int) -> Iterator[tuple[int, Lines]]:
    """The lines of all patients, in their order."""
    if workers == 1:
        population = Population(load(), settings)
        for part in tasks(settings, patients):
            yield len(part), population.lines(part)
        return
    with pool(workers, _begin, settings) as processes:
        waiting: deque[tuple[int, Future[Lines]]] = deque()
        for part in tasks(settings, patients):
            waiting.append((len(part), processes.submit(_lines, part)))
            if len(waiting) > 2 * workers:
                number, done = waiting.popleft()
                yield number, done.result()
        for number, done in waiting:
            yield number, done.result()


_POPULATION: list[Population] = []


def _begin(settings: Settings) -> None:
    """Start of a process."""
    _POPULATION[:] = [Population(load(), settings)]


def _lines(part: range) -> Lines:
    return dict(_POPULATION[0].lines(part))


@contextmanager
def _ended() -> Iterator[None]:
    """Let a process that is told to end tidy up first, as after an error."""
    if threading.current_thread() is not threading.main_thread():  # others may not
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _whole(target: Target) -> Iterator[tuple[Path, IO[bytes]]]:
    """A folder and a file under other names, which take their own when all went well and else are taken away.

    :raises InputError: when they cannot be made
    """
    _free(target)
    mask = os.umask(PRIVATE)
    folder, truth = None, None
    try:
        target.folder.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.folder.name}.", dir=target.folder.parent))
        handle, name = tempfile.mkstemp(prefix=f".{target.truth.name}.", dir=target.truth.parent)
        truth = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield folder, file
        os.replace(truth, target.truth)
        try:
            os.replace(folder, target.folder)
        except OSError:
            target.truth.unlink()
            raise
    except OSError as error:
        cure = "Name a folder you may write to, on a disk with room for it."
        raise InputError(str(target.folder), f"cannot be written: {error.strerror or error}", cure) from None
    finally:
        os.umask(mask)
        if truth is not None:
            truth.unlink(missing_ok=True)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _free(target: Target) -> None:
    """Refuse to write over anything.

    :raises InputError: when the folder holds something, or the file is there
    """
    folder = target.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(str(folder), "is there already and not empty", "Name a new or an empty folder.")
    if target.truth.exists():
        raise InputError(str(target.truth), "is there already", "Name a new file with -t.")
    if folder.resolve() in target.truth.resolve().parents:
        raise InputError(
            str(target.truth), "is inside the export", "Keep the truth out of it: name another file with -t."
        )
    if not target.truth.parent.is_dir() and target.truth.parent != folder.parent:
        raise InputError(str(target.truth.parent), "is no folder", "Name a file in a folder that is there.")
