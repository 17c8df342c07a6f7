"""Where results go: to the screen, or to a file that stands under its name only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sacroiliac.errors import InputError
from sacroiliac.terminal import harmless


def write(content: str | bytes | Iterable[str], output: str | None) -> None:
    """Write to the screen (text only), or to a file: whole or not at all.

    :param content: all of it, or its parts one after the other
    :raises InputError: when it cannot be written
    """
    parts = (content,) if isinstance(content, str | bytes) else content
    try:
        if output is None:
            _to_screen(str(part) for part in parts)
        else:
            data = (part.encode() if isinstance(part, str) else part for part in parts)
            _to_file(data, _path(output))
    except BrokenPipeError:
        raise
    except OSError as error:
        cure = "Name a file in a folder you may write to."
        raise InputError(output or "the screen", f"cannot be written: {error.strerror or error}", cure) from None


def apart(output: str | None, *read: str | None, what: str = "chart") -> None:
    """Refuse to write over what is read, or into a folder that is: it would be read with the rest the next time.

    :param what: what is read, for the message
    :raises InputError: when the output is one of the files that are read, or is inside one of the folders
    """
    for one in read:
        if output and one:
            written, source = Path(os.path.realpath(output)), Path(os.path.realpath(one))
            if written == source and not os.path.isdir(source):
                raise InputError(output, f"is the {what} itself", "Name another file for the result.")
            if os.path.isdir(source) and source in (written, *written.parents):
                raise InputError(output, f"is inside the folder of the {what}", "Name one outside it.")


def _path(output: str) -> Path:
    try:
        return Path(os.path.realpath(output))
    except ValueError as error:  # a name that no file can have
        raise OSError(str(error)) from None


def _to_screen(parts: Iterable[str]) -> None:
    if sys.stdout is None or sys.stdout.closed:
        raise OSError("it is closed")
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    for part in parts:
        sys.stdout.write(harmless(part))
    sys.stdout.flush()


def _to_file(parts: Iterator[bytes], path: Path) -> None:
    """A regular file is replaced at once, and is its owner's alone; anything else (a device, a pipe) is written to."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(parts)
        return
    import tempfile  # slow to import, and the screen does not need it

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
        os.chmod(name, 0o600)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
