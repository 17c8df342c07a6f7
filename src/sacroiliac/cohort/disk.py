"""Files that stand under their name only when they are whole, and are their owner's alone."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from sacroiliac.errors import InputError

DAMAGED = "is damaged", "Delete the folder of the results, and start again."
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


def write(path: Path, data: bytes) -> None:
    """Write bytes.

    :raises InputError: as :func:`told`
    """
    with _to_be(path) as name:
        name.write_bytes(data)


def write_batches(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write record batches so that each can be read alone.

    :raises InputError: as :func:`told`
    """
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        _to_be(path) as name,
        pa.OSFile(str(name), "wb") as sink,
        pa.ipc.new_file(sink, schema, options=options) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet that every reader sees alike: words are words, whatever they were coded by.

    :raises InputError: as :func:`told`
    """
    with _to_be(path) as name:
        pq.write_table(table, name, compression="zstd", store_schema=False)


@contextmanager
def parquets(paths: Mapping[str, Path], schemas: Mapping[str, pa.Schema]) -> Iterator[Callable[[str, pa.Table], None]]:
    """Write several tables a piece at a time; they get their names when all are whole.

    :param paths: where each is to stand
    :param schemas: what a table has for columns of which no piece comes
    :return: takes the name of a table and a piece of it
    :raises InputError: as :func:`told`
    """
    with ExitStack() as stack:
        names = {one: stack.enter_context(_to_be(path)) for one, path in paths.items()}
        writers: dict[str, pq.ParquetWriter] = {}

        def write_piece(one: str, table: pa.Table) -> None:
            if one not in writers:
                writer = pq.ParquetWriter(names[one], table.schema, compression="zstd", store_schema=False)
                writers[one] = stack.enter_context(writer)
            writers[one].write_table(table)

        yield write_piece
        for one, schema in schemas.items():
            if one not in writers:
                write_piece(one, schema.empty_table())


@contextmanager
def _to_be(path: Path) -> Iterator[Path]:
    """A name that nobody else uses, on any machine, to write under; the file gets its own when that went well."""
    # From the root: Arrow takes "name:more" for the address of a file system.
    name = path.absolute().with_name(f".{path.name}.{uuid4().hex}")
    with told(path):
        try:
            yield name
            os.chmod(name, 0o600)
            os.replace(name, path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


_PART = re.compile(r"\.(.+)\.[0-9a-f]{32}")


def is_part(path: Path, name: str | None = None) -> bool:
    """Whether a file was begun to be written here, under any name or this one, and never got it."""
    found = _PART.fullmatch(path.name)
    return found is not None and name in (None, found[1]) and path.is_file()


def tidy(path: Path) -> None:
    """Take away what a run that was stopped had begun to write in a folder.

    :raises InputError: as :func:`told`
    """
    with told(path):
        for one in path.iterdir():
            if is_part(one):
                one.unlink(missing_ok=True)


def folder(path: Path) -> None:
    """Make a folder that only its owner may look into.

    :raises InputError: as :func:`told`
    """
    with told(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
