"""Files that stand under their name only when they are whole, and are their owner's alone."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from sacroiliac.errors import InputError

GO_ON = "Make room, then give the same command again: it goes on where it stopped."


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a message.

    :raises InputError: when the disk is full, or may not be written to
    """
    try:
        yield
    except OSError as error:
        number = error.errno or _number(error)
        full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        cure = GO_ON if full else "Name a folder you may write to."
        raise InputError(str(path), f"cannot be written: {os.strerror(number) if number else error}", cure) from None


def _number(error: OSError) -> int | None:
    """The number of an error that Arrow has put into words."""
    found = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
    return int(found[1]) if found else None


def _whole(path: Path, write_to: Callable[[Path], None]) -> None:
    """Write under a name that nobody else uses, on any machine, then give it its own."""
    name = path.with_name(f".{path.name}.{uuid4().hex}")
    with told(path):
        try:
            write_to(name)
            os.chmod(name, 0o600)
            os.replace(name, path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


def write(path: Path, data: bytes) -> None:
    """Write bytes.

    :raises InputError: as :func:`told`
    """
    _whole(path, lambda name: _bytes(name, data))


def _bytes(name: Path, data: bytes) -> None:
    name.write_bytes(data)


def write_batches(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write record batches so that each can be read alone.

    :raises InputError: as :func:`told`
    """

    def write_to(name: Path) -> None:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.OSFile(str(name), "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)

    _whole(path, write_to)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet that every reader sees alike: words are words, whatever they were coded by.

    :raises InputError: as :func:`told`
    """
    _whole(path, lambda name: pq.write_table(table, name, compression="zstd", store_schema=False))


def folder(path: Path) -> None:
    """Make a folder that only its owner may look into.

    :raises InputError: as :func:`told`
    """
    with told(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
