"""Read a chart of any kind from a path."""

from __future__ import annotations

from pathlib import Path

from sacroiliac.chart import plain
from sacroiliac.chart.facts import Chart
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge


def read(path: str, knowledge: Knowledge, report: plain.Report | None = None) -> Chart:
    """The chart at ``path``.

    :param report: called for each mistake in a plain chart instead of stopping at the first
    :raises InputError: when the file cannot be read or used
    """
    text = _text(Path(path))
    return plain.read(text, path, knowledge, report)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(str(path), "there is no such file", "Check the name and the folder.") from None
    except IsADirectoryError:
        raise InputError(str(path), "is a folder", "Name a file.") from None
    except PermissionError:
        raise InputError(str(path), "may not be read", "Change its permissions.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start}", "not UTF-8 text", "Save the file as UTF-8.") from None
