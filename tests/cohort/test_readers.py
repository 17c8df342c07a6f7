"""The results are plain Parquet: Polars and Spark read every table, row for row (DuckDB: the queries of the README)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars
import pytest

from sacroiliac.cohort.tables import TABLES

from . import exports
from .results import cohort, table

BY_SPARK = """
import json, sys
from pathlib import Path
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
for folder in map(Path, sys.argv[1:]):
    rows = spark.read.parquet(str(folder)).collect()
    print(json.dumps([folder.name, sorted(repr(row.asDict()) for row in rows)]))
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of random charts."""
    place = tmp_path_factory.mktemp("readers")
    export = exports.bulk(place / "export", exports.charts(40, seed=9))
    done = cohort("run", export, "-o", place / "results", "--workers", "1")
    assert done.returncode == 0, done.stderr
    return place / "results"


def rows(results: Path, name: str) -> list[str]:
    """The rows of a table as we read them, in an order that does not depend on who reads."""
    found = sorted(repr(row) for row in table(results, name))
    assert found, name
    return found


@pytest.mark.parametrize("name", TABLES)
def test_polars_reads_every_table(results: Path, name: str) -> None:
    found = polars.read_parquet(results / name / "*.parquet")
    assert sorted(repr(row) for row in found.to_dicts()) == rows(results, name)


@pytest.mark.skipif(
    shutil.which("java") is None and "CI" not in os.environ, reason="Spark needs a Java runtime (17 or newer)"
)
def test_spark_reads_every_table(results: Path) -> None:
    command = [sys.executable, "-c", BY_SPARK, *(str(results / name) for name in TABLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = dict(json.loads(line) for line in done.stdout.splitlines())
    assert found == {name: rows(results, name) for name in TABLES}
