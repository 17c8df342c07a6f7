"""Run populations in tests, and read their results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sacroiliac.cohort.tables import TABLES

Row = dict[str, Any]


def cohort(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``sacroiliac cohort`` as a user does."""
    command = [sys.executable, "-m", "sacroiliac", "cohort", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def table(results: Path, name: str) -> list[Row]:
    """The rows of a table."""
    return pq.read_table(results / name).to_pylist()


def tables(results: Path) -> dict[str, list[Row]]:
    """The rows of all tables."""
    return {name: table(results, name) for name in TABLES}


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
