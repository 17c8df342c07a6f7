"""The files of an export, cut into units of work, and the lines of a unit with their places."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from sacroiliac.chart import files as contents
from sacroiliac.errors import InputError

LINES = (".ndjson", ".jsonl")
DOCUMENT = ".json"
GATHERED = ".parquet"
PACKED = ".gz"
PACKED_OTHERWISE = frozenset({".7z", ".bz2", ".lz4", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst"})
QUARANTINE = "quarantine.ndjson"
# Files beside resources: of a Bulk Data export, and of gathered charts.
PLAN, KEPT = "plan.json", "gathered.json"
BESIDE = frozenset({"manifest.json", PLAN, KEPT, QUARANTINE})
# Plain files are cut into ranges of this many bytes, so that workers can share a large one.
RANGE = 256 << 20
BLOCK = 4 << 20
LONGEST_LINE = 64 << 20
"""A line that is longer is put into quarantine: a resource of this size is an embedded scan, or no resource."""

_NAME = "Name the folder of a FHIR Bulk Data export, or of one Bundle per patient."
_LACK = "without it charts would lack what it holds."


class Unit(msgspec.Struct, frozen=True):
    """A part of an export that one worker reads: a file, or a range of bytes of one.

    :param file: its place in the export
    :param start: the first byte; a line belongs to the unit in which it begins
    :param stop: the byte before which lines begin, None for the end of the file
    :param line: the number of the first line that begins in it
    :param changed: when the file was last written to, in nanoseconds
    """

    number: int
    file: str
    size: int
    start: int = 0
    stop: int | None = None
    line: int = 1
    changed: int = 0


class Broken(msgspec.Struct, frozen=True):
    """A line that cannot be used: its place, and why. Never what it says: that is about a patient."""

    file: str
    line: int
    reason: str


def files(folder: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """The files of an export that hold resources, in order, those that do not, and those that tell of gathered charts.

    :raises InputError: when the folder, or a part of it, cannot be read, or holds no such file
    """
    listed = _listed(folder)
    used = [one for one in listed if kind(one) is not None]
    if not used:
        cure = "Name a folder with .ndjson, .ndjson.gz, .json or .parquet files."
        if any(packed_otherwise(one) for one in listed):
            cure = "Unpack its files: only .ndjson.gz and .json.gz can be read packed."
        raise InputError(str(folder), "holds no file of resources", cure)
    gathered = [one for one in listed if one.name in (PLAN, KEPT)]
    for one in (*used, *gathered):
        try:
            str(one.relative_to(folder)).encode()  # it is written down with each resource
            if not stat.S_ISREG(one.stat().st_mode):
                raise InputError(str(one), "is a pipe or a device, and no file", f"Take it out: {_LACK}")
            with one.open("rb"):
                pass
        except UnicodeEncodeError:
            raise InputError(str(one), "has a name that is not in UTF-8", "Give it another one.") from None
        except OSError as error:
            raise _unreadable(one, error) from None
    unused = [one for one in listed if kind(one) is None and one.name not in BESIDE]
    return used, unused, gathered


def _listed(folder: Path) -> list[Path]:
    """All files below a folder, those of linked folders too, each folder once."""
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise InputError(str(folder), "is not a folder", _NAME)
    except FileNotFoundError:
        raise InputError(str(folder), "there is no such folder", _NAME) from None
    except OSError as error:
        raise _unreadable(folder, error) from None
    found, seen = [], set()
    try:
        for place, folders, names in os.walk(folder, onerror=_raised, followlinks=True):
            status = os.stat(place)
            if (status.st_dev, status.st_ino) in seen:  # a link led back here
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            folders.sort()
            # A link that leads nowhere is a file that cannot be read, and no reason to go on without it.
            found += [Path(place, name) for name in names]
    except OSError as error:
        raise _unreadable(Path(error.filename or folder), error) from None
    return sorted(found)


def _raised(error: OSError) -> None:
    raise error


def _unreadable(path: Path, error: OSError) -> InputError:
    cure = f"Change its permissions, or take it out: {_LACK}"
    return InputError(str(path), f"cannot be read: {error.strerror}", cure)


def kind(path: Path) -> str | None:
    """What a file holds by its name: lines, a document, gathered charts; None for anything else."""
    if path.name.startswith(".") or path.name in BESIDE:
        return None
    suffix = Path(path.stem).suffix if path.suffix.lower() == PACKED else path.suffix
    suffix = suffix.lower()
    return suffix if suffix in (*LINES, DOCUMENT, GATHERED) else None


def packed(path: Path) -> bool:
    """Whether a file is gzip: by its name, or as it begins (some servers pack what they send, whatever it is called)."""
    if path.suffix.lower() == PACKED:
        return True
    with path.open("rb") as file:
        return file.read(len(contents.GZIP)) == contents.GZIP


def packed_otherwise(path: Path) -> bool:
    """Whether a file may hold resources, but is packed in a way, or under a name, that is not known here."""
    kinds = [one.lower() for one in path.suffixes]
    return kinds == [PACKED] or not PACKED_OTHERWISE.isdisjoint(kinds[-2:] if kinds[-1:] == [PACKED] else kinds[-1:])


def units(folder: Path, used: list[Path], most: int = RANGE) -> list[Unit]:
    """The files in units of about ``most`` bytes."""
    found: list[Unit] = []
    for path in used:
        name, status = path.relative_to(folder).as_posix(), path.stat()
        size, changed = status.st_size, status.st_mtime_ns
        if size <= most or kind(path) not in LINES or packed(path):
            found.append(Unit(len(found), name, size, changed=changed))
            continue
        line = 1
        with path.open("rb") as file:
            for start in range(0, size, most):
                stop = start + most
                end = stop if stop < size else None
                found.append(Unit(len(found), name, min(most, size - start), start, end, line, changed))
                line += _lines_begun(file, start, min(stop, size))
    return found


def unchanged(folder: Path, unit: Unit) -> None:
    """Make sure that a file is as it was when the run was planned.

    :raises InputError: when it is not
    """
    path = folder / unit.file
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    longer = unit.stop is None and status.st_size != unit.start + unit.size
    if longer or status.st_mtime_ns != unit.changed:
        cure = "When nobody writes to the export any more, begin again with a new folder for the results."
        raise InputError(str(path), "has changed since the run began", cure)


def _lines_begun(file: BinaryIO, start: int, stop: int) -> int:
    """How many lines begin in a range (a line begins after each end of line before it)."""
    file.seek(max(start - 1, 0))
    left = stop - 1 - max(start - 1, 0)
    number = 1 if start == 0 else 0
    while left > 0:
        block = file.read(min(BLOCK, left))
        if not block:
            break
        number += block.count(b"\n")
        left -= len(block)
    return number


def lines(folder: Path, unit: Unit, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes] | Broken]:
    """The lines of a unit that are not blank, each with its number; what cannot be read is given as broken."""
    path = folder / unit.file
    with path.open("rb") as raw:
        if packed(path):
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield from _lines(unpacked, unit, longest)
        else:
            yield from _lines(raw, unit, longest)


def _lines(file: io.BufferedIOBase | BinaryIO, unit: Unit, longest: int) -> Iterator[tuple[int, bytes] | Broken]:
    number, left = unit.line, None if unit.stop is None else unit.stop - unit.start
    if unit.start:
        # The line that began before this range is another unit's.
        file.seek(unit.start - 1)
        left = left + 1 if left is not None else None
        skipped = _skip_line(file)
        left = left - skipped if left is not None else None
    held, too_long = b"", False
    while left is None or left > 0 or held:
        try:
            # What comes before damage in a packed file is still read.
            block = file.read1(BLOCK) if isinstance(file, gzip.GzipFile) else file.read(BLOCK)
        except (EOFError, zlib.error, gzip.BadGzipFile, OSError) as error:
            reason = "the file ends in the middle" if isinstance(error, EOFError) else "the file is damaged here"
            yield Broken(unit.file, number, f"{reason}; what follows is not read")
            return
        if not block:
            break
        parts = (held + block).split(b"\n")
        held = parts.pop()
        for part in parts:
            if left is not None and left <= 0:
                return
            if too_long:
                yield Broken(unit.file, number, _too_long(longest))
                too_long = False
            elif (line := _unmarked(part, number)).strip():
                yield number, line
            number += 1
            if left is not None:
                left -= len(part) + 1
        if left is not None and left <= 0 and not too_long:
            return  # what is held began behind this range
        if len(held) > longest:
            # Not held any longer; its number of bytes is still counted.
            if left is not None:
                left -= len(held)
            held, too_long = b"", True
    if too_long:
        yield Broken(unit.file, number, _too_long(longest))
    elif (line := _unmarked(held, number)).strip() and (left is None or left > 0):
        yield number, line


def _unmarked(line: bytes, number: int) -> bytes:
    """A line without the byte order mark that some programs begin a file with."""
    return line.removeprefix(codecs.BOM_UTF8) if number == 1 else line


def _skip_line(file: io.BufferedIOBase | BinaryIO) -> int:
    """Skip to the start of the next line; how many bytes were passed."""
    passed = 0
    while block := file.readline(BLOCK):
        passed += len(block)
        if block.endswith(b"\n"):
            break
    return passed


def _too_long(longest: int) -> str:
    return f"the line is longer than {longest >> 20} MiB"


def whole(path: Path) -> bytes:
    """The bytes of a document, unpacked, in UTF-8.

    :raises InputError: when it cannot be read, is too large, or is in another encoding
    """
    if not packed(path):
        return contents.content(path)
    try:
        with gzip.open(path) as unpacked:
            data = unpacked.read(contents.LARGEST + 1)
    except (EOFError, zlib.error, OSError):
        raise InputError(str(path), "the file is damaged", "Export or copy it again.") from None
    if len(data) > contents.LARGEST:
        raise InputError(str(path), "is larger than 1 GiB", "Give one Bundle per patient.")
    return contents.checked(data, str(path))
