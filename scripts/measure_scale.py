"""Measure a population of three sizes on one core, and say what larger ones come to.

    .venv/bin/python scripts/measure_scale.py          # prints the tables of docs/scale.md; takes some minutes
    .venv/bin/python scripts/measure_scale.py --write  # and puts them there

Time is that of the processor, so that whatever else the machine does counts little. Buckets are as large as they are in
a run of millions, whatever the size measured.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from sacroiliac.cohort import disk, gather, plan
from sacroiliac.cohort.tables import TABLES
from sacroiliac.cohort.work import Work
from sacroiliac.knowledge import load

SIZES = (1_000, 3_000, 9_000)
RESOURCES = 100
"""Of each patient: ten million patients have a billion."""
LARGE = (1_000_000, 10_000_000)
MEMORY = (1 << 30, 4 << 30)
"""What a worker is given: for the sizes measured, and for ten million patients."""
PRICE = 0.05
"""For one core for one hour, in whatever money. An assumption: put in your own."""
OPENED, BUCKETS = 2_000, (100, 1_000, 10_000)
DOCUMENT = Path(__file__).parents[1] / "docs" / "scale.md"


@dataclass(frozen=True)
class Measured:
    """One size: seconds of the processor, bytes, and the most memory a process held (bytes)."""

    patients: int
    resources: int
    gathering: float
    reviewing: float
    memory: int
    bytes_in: int
    bytes_work: int
    bytes_out: int


def measured(patients: int, folder: Path) -> Measured:
    """Simulate and review so many patients, in a process of its own."""
    export = folder / f"export-{patients}"
    simulate = ["-m", "sacroiliac", "simulate", "charts", "-n", str(patients), "-o", str(export)]
    simulate += ["--resources", str(RESOURCES)]
    subprocess.run([sys.executable, *simulate], check=True, stdout=subprocess.DEVNULL)
    alone = [sys.executable, __file__, "--one", str(export), str(folder / f"results-{patients}")]
    done = subprocess.run(alone, check=True, stdout=subprocess.PIPE)
    return Measured(**json.loads(done.stdout))


def one(export: Path, results: Path) -> Measured:
    """Gather and review an export in this process."""
    made = plan.make(export, load(), None, MEMORY[0])
    size = sum(unit.size for unit in made.units)
    made = msgspec.structs.replace(made, buckets=-(-size * plan.PER_BUCKET // MEMORY[0]))
    for folder in (plan.WORK, *TABLES):
        disk.folder(results / folder)
    work = Work(made, export, results / plan.WORK, results)
    work.begin()
    begun = time.process_time()
    notes = [work.gather(unit.number) for unit in made.units]
    gathered = time.process_time()
    counts = [work.review(number) for number in range(made.buckets)]
    reviewed = time.process_time()
    return Measured(
        sum(count.charts for count in counts),
        sum(sum(note.types.values()) for note in notes),
        gathered - begun,
        reviewed - gathered,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
        size,
        _size(results / plan.WORK),
        sum(_size(results / name) for name in TABLES),
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def opening(folder: Path) -> list[float]:
    """Seconds of the processor to open a chunk and take one empty bucket out of it, by the number of buckets in it."""
    found = []
    for buckets in BUCKETS:
        path = folder / f"chunk-{buckets}.arrow"
        empty = pa.RecordBatch.from_pylist([], schema=gather.SCHEMA)
        disk.write_batches(path, gather.SCHEMA, [empty] * buckets)
        begun = time.process_time()
        list(gather.bucket([path] * OPENED, buckets // 2))
        found.append((time.process_time() - begun) / OPENED)
    return found


# ------------------------------------------------------------------------------------------------- what it says


def table(head: str, rows: list[str]) -> list[str]:
    """A table of Markdown."""
    return [head, re.sub(r"[^|]+", "---", head), *rows, ""]


def told(found: list[Measured], opened: list[float]) -> str:
    """The tables."""
    lines = [f"Python {platform.python_version()}, {platform.machine()}, one core of {_processor()}.", ""]
    lines += table(
        "| patients | resources of each | patients a second and core | gathering, ms each | reviewing, ms each "
        "| memory, MB | in, KB each | work, KB each | out, KB each |",
        [
            f"| {one.patients:,} | {one.resources / one.patients:.0f} "
            f"| {one.patients / (one.gathering + one.reviewing):,.0f} | {1e3 * one.gathering / one.patients:.2f} "
            f"| {1e3 * one.reviewing / one.patients:.2f} | {one.memory / 2**20:,.0f} "
            f"| {one.bytes_in / one.patients / 1e3:.1f} | {one.bytes_work / one.patients / 1e3:.1f} "
            f"| {one.bytes_out / one.patients / 1e3:.1f} |"
            for one in found
        ],
    )
    patients = np.array([one.patients for one in found], float)
    slope, start = np.polyfit(patients, [one.gathering + one.reviewing for one in found], 1)
    lines += [
        f"The line through them: {max(start, 0):.1f} s to start a process, and {1e3 * slope:.2f} ms for each patient.",
        "",
    ]
    lines += table(
        "| buckets in a chunk | µs to open it for one bucket |",
        [f"| {buckets:,} | {1e6 * seconds:,.0f} |" for buckets, seconds in zip(BUCKETS, opened, strict=True)],
    )
    fixed, each = np.polynomial.Polynomial.fit(BUCKETS, opened, 1).convert().coef
    last = found[-1]
    rows = []
    for number, memory in zip(LARGE, MEMORY, strict=True):
        size = number * last.bytes_in / last.patients
        buckets = size * plan.PER_BUCKET / memory
        chunks = size / gather.CHUNK
        opens = chunks * buckets * (max(fixed, 0) + each * buckets) / 3600
        hours = number * slope / 3600 + opens
        rows.append(
            f"| {number:,} | {memory >> 20:,} | {size / 1e9:,.0f} | {size / last.bytes_in * last.bytes_work / 1e9:,.0f} "
            f"| {size / last.bytes_in * last.bytes_out / 1e9:,.0f} | {chunks:,.0f} × {buckets:,.0f} | {opens:,.1f} "
            f"| {hours:,.1f} | {60 * hours / 64:,.0f} | {hours * 1e6 / number * PRICE:,.2f} |"
        )
    lines += table(
        "| patients | MB of a worker | in, GB | work, GB | out, GB | chunks (at most) × buckets | of it opening, core hours "
        f"| core hours | minutes on 64 cores | cost of a million charts at {PRICE} a core hour |",
        rows,
    )
    return "\n".join(lines)


def _processor() -> str:
    names = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return f"{len(names)} ({names[0]})"


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name}")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="patients")
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(one(*options.one))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = told([measured(size, folder) for size in options.sizes], opening(folder))
    print(text)
    if options.write:
        marks = r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)"
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(re.sub(marks, lambda _: f"\n{text}\n", document, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
