"""A whole population, from the bytes of its export to Parquet: against parsing those bytes, and against itself."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from bench.table import Row, Section, duration, rate

PATIENTS, RESOURCES = 5_000, 40
TIMES = 10
# What the peer does: decode every line of the export, and keep nothing.
PARSE = """
import sys, orjson
from pathlib import Path
for path in sorted(Path(sys.argv[1]).glob("*.ndjson")):
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)
"""


@dataclass(frozen=True)
class Ran:
    """How long a process took, and the most memory it held (bytes)."""

    seconds: float
    memory: int


def measure(patients: int = PATIENTS) -> Section:
    """Runs over simulated patients."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = (_simulated(folder / str(number), number) for number in (patients, TIMES * patients))
        small = _run(few, folder / "r1", 1)
        large = _run(many, folder / "r2", 1)
        parsed = _timed([sys.executable, "-c", PARSE, str(many)])
        both = _run(many, folder / "r3", 2)
        cases = pq.read_table(folder / "r2" / "cases", columns=["evidence"]).column("evidence")
        size = sum(one.stat().st_size for one in many.glob("*.ndjson"))
        written = sum(one.stat().st_size for one in (folder / "r2").rglob("*.parquet"))
        distinct = len(cases.unique())
    number = TIMES * patients
    rows = (
        Row("whole run, orjson.loads alone", *_rates(number, large, parsed), large.seconds / parsed.seconds, most=2),
        Row("two workers, one worker", *_rates(number, both, large), large.seconds / both.seconds, least=1.7),
        Row(
            "ten times the patients: time",
            duration(large.seconds),
            duration(small.seconds),
            large.seconds / small.seconds,
            most=11,
        ),
        Row(
            "ten times the patients: memory",
            f"{large.memory >> 20:,} MB",
            f"{small.memory >> 20:,} MB",
            large.memory / small.memory,
            most=1.2,
        ),
    )
    notes = (
        f"{number:,} simulated patients, {RESOURCES} resources each on average, {size / 1e6:,.0f} MB of NDJSON to "
        f"{written / 1e6:,.0f} MB of Parquet, all tables: patients a second, one process, its start included.",
        f"{len(cases):,} cases have {distinct:,} distinct patterns of evidence: the network is asked once for each.",
    )
    return Section("Populations", rows, notes)


def _rates(number: int, ours: Ran, peer: Ran) -> tuple[str, str]:
    return rate(number / ours.seconds), rate(number / peer.seconds)


def _simulated(folder: Path, patients: int) -> Path:
    command = ["simulate", "charts", "-o", str(folder), "-t", f"{folder}.truth", "-n", str(patients)]
    _timed([sys.executable, "-m", "sacroiliac", *command, "--resources", str(RESOURCES)])
    return folder


def _run(export: Path, results: Path, workers: int) -> Ran:
    command = ["cohort", "run", str(export), "-o", str(results), "--workers", str(workers)]
    return _timed([sys.executable, "-m", "sacroiliac", *command])


# A process begins with the memory of the one that starts it, as the system counts; so a small one starts ours.
TIMED = """
import os, subprocess, sys, time
start = time.perf_counter()
begun = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(begun.pid, 0)
print(time.perf_counter() - start, used.ru_maxrss, status)
"""


def _timed(command: list[str]) -> Ran:
    """Run a process to its end.

    :raises subprocess.CalledProcessError: when it fails
    """
    done = subprocess.run([sys.executable, "-S", "-c", TIMED, *command], capture_output=True, text=True, check=True)
    seconds, memory, status = done.stdout.split()
    if int(status):
        raise subprocess.CalledProcessError(int(status), command, stderr=done.stderr)
    return Ran(float(seconds), int(memory) * 1024)
