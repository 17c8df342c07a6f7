"""A population by Spark on two cores, against the engine of one machine on two."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path

from bench.agreement import DisagreementError
from bench.table import Row, Section, duration
from bench.timing import Times, side_by_side
from sacroiliac.cohort import run as running
from sacroiliac.cohort.local import Local
from sacroiliac.cohort.run import Make
from sacroiliac.cohort.session import started
from sacroiliac.cohort.spark import Spark
from sacroiliac.knowledge import Knowledge

CHARTS, FEW, ROUNDS, CORES = 8_000, 50, 2, 2
WANTED = 2
MEMORY = 1 << 30


def measure(knowledge: Knowledge, charts: int = CHARTS, rounds: int = ROUNDS) -> Section:
    """The command as a user gives it, and the same with Spark already there.

    :raises DisagreementError: when the engines do not come to the same bytes
    """
    with tempfile.TemporaryDirectory() as folder:
        export, few = Path(folder) / "export", Path(folder) / "few"
        _sacroiliac("simulate", "charts", "-n", str(charts), "-o", str(export))
        _sacroiliac("simulate", "charts", "-n", str(FEW), "-o", str(few))
        places = (Path(folder) / f"results-{number}" for number in count())

        last: dict[str, Path] = {}

        def command(engine: str) -> None:
            last[engine] = next(places)
            options = ("--engine", engine, "--workers", str(CORES))
            _sacroiliac("cohort", "run", str(export), "-o", str(last[engine]), *options)

        def here(engine: Make, population: Path = export) -> None:
            running.run(
                population, next(places), knowledge, engine, as_of=None, memory=MEMORY, progress=_without_progress
            )

        whole = side_by_side({"local": lambda: command("local"), "spark": lambda: command("spark")}, rounds, warm=False)
        _same(last["local"], last["spark"])
        with started(None, CORES) as context:
            spark, local = partial(Spark, context=context), partial(Local, workers=CORES)
            here(spark, few)
            warm = side_by_side({"local": lambda: here(local), "spark": lambda: here(spark)}, rounds, warm=False)
    rows = (_row("Spark local[2], 2 processes", whole, WANTED), _row("same, Spark already started", warm))
    notes = (
        f"The review of {charts:,} simulated charts from Bulk Data files to Parquet. The first row is the whole command, "
        "with the start of Python, Java and Spark; in the second Spark is there, and the processes of the other engine "
        "are started. Both come to the same bytes.",
    )
    return Section("A population: Spark against one machine", rows, notes)


def _row(what: str, times: Times, most: float | None = None) -> Row:
    ours, peer = duration(times.seconds("spark")), duration(times.seconds("local"))
    return Row(what, ours, peer, times.ratio("spark", "local"), most=most)


def _sacroiliac(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "sacroiliac", *arguments], capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise RuntimeError(f"sacroiliac {' '.join(arguments)}: {done.stderr}")


def _same(one: Path, other: Path) -> None:
    for path in sorted(one.rglob("*")):
        if path.is_file() and path.read_bytes() != (other / path.relative_to(one)).read_bytes():
            raise DisagreementError(f"Spark and one machine differ in {path.relative_to(one)}")


def _without_progress(_: str, parts: Iterable[int], __: int) -> None:
    for _part in parts:
        pass
