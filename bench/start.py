"""The command from a cold start, against Python's own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.table import Row, Section, duration
from bench.timing import side_by_side

ROOT = Path(__file__).parents[1]
CHART = "examples/hip-behind-it.yaml"
ROUNDS, FIRST_RUNS = 15, 3


def measure() -> Section:
    """Help, a review, and a review that has to read the knowledge files first."""
    command = str(Path(sys.executable).with_name("sacroiliac"))
    review = [command, "review", CHART]
    with tempfile.TemporaryDirectory() as folder:
        number = iter(range(FIRST_RUNS))
        python = {
            "pass": _run([sys.executable, "-c", "pass"], folder),
            "numpy": _run([sys.executable, "-c", "import numpy"], folder),
        }
        times = side_by_side(
            {**python, "help": _run([command, "--help"], folder), "review": _run(review, folder)}, ROUNDS
        )
        first = side_by_side(
            {"numpy": python["numpy"], "first": lambda: _run(review, f"{folder}/{next(number)}")()},
            FIRST_RUNS,
            warm=False,
        )
    rows = (
        Row(
            "sacroiliac --help, -c pass",
            duration(times.seconds("help")),
            duration(times.seconds("pass")),
            times.ratio("help", "pass"),
            most=3,
        ),
        Row(
            "review, -c 'import numpy'",
            duration(times.seconds("review")),
            duration(times.seconds("numpy")),
            times.ratio("review", "numpy"),
            most=4,
        ),
        Row(
            "first review ever, same",
            duration(first.seconds("first")),
            duration(first.seconds("numpy")),
            first.ratio("first", "numpy"),
        ),
    )
    notes = (
        f"Whole processes. The review is that of {CHART}, printed as text, with the compiled knowledge in the cache; "
        "the first review ever finds no cache, reads and checks the knowledge files and leaves them there compiled.",
    )
    return Section("Cold start", rows, notes)


def _run(command: list[str], cache: str) -> Callable[[], object]:
    """Run a command to its end, with a cache folder of its own.

    Compiled modules are kept, as they are wherever the program is installed: numpy's are there from its installation,
    and an environment that forbids writing ours would time Python's compiler.
    """
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run() -> None:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        # 1 says that a review found an urgent red flag; it is also how Python says that a program broke.
        if done.returncode not in (0, 1) or done.stderr:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()}")

    return run
