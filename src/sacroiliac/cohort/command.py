"""The commands on populations: what was asked for, and what is said at the end."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from tqdm import tqdm

from sacroiliac.chart.dates import asked_day
from sacroiliac.cohort import bucket, export, plan
from sacroiliac.cohort import run as running
from sacroiliac.cohort.local import Local
from sacroiliac.cohort.run import Kept, Make, Summary
from sacroiliac.cohort.tables import TABLES
from sacroiliac.errors import EXIT_FAULT, EXIT_OK, InputError
from sacroiliac.knowledge import load
from sacroiliac.output import apart, write
from sacroiliac.review.words import many
from sacroiliac.terminal import WIDTH, fitted

if TYPE_CHECKING:
    from sacroiliac.cohort.results import Slice

LEAST_MEMORY = 256
MOST_LISTED = 5


def run(options: argparse.Namespace) -> int:
    """Review all charts of an export."""
    workers = _begin(options)
    begun = time.monotonic()
    folder, results = Path(options.export), Path(options.output)
    again = os.path.exists(results / plan.PLAN)
    with _engine(options, workers) as engine:
        summary = running.run(
            folder,
            results,
            load(),
            engine,
            as_of=asked_day(options.as_of),
            memory=options.memory << 20,
            progress=progress,
        )
    write(_told(summary, results, None if again else time.monotonic() - begun), None)
    return EXIT_FAULT if summary.faults else EXIT_OK


def gather(options: argparse.Namespace) -> int:
    """Gather the charts of an export."""
    workers = _begin(options)
    folder, output = Path(options.export), Path(options.output)
    kept = running.keep(
        folder, output, load(), partial(Local, workers=workers), memory=options.memory << 20, progress=progress
    )
    lines = [
        f"{many(kept.charts, 'chart')} gathered.",
        *_left_out(kept, output),
        f"Review them with: cohort run {output}",
    ]
    write(fitted("\n".join(lines)), None)
    return EXIT_OK


def _begin(options: argparse.Namespace) -> int:
    """Make ready for long work; how many processes it is to have.

    :raises InputError: when these, or their memory, are no use, or the results would be read with the export
    """
    apart(options.output, options.export, what="export")
    os.umask(0o077)
    workers: int = running.workers() if options.workers is None else options.workers
    if workers < 1:
        raise InputError("--workers", f"{workers} is not a number of processes", "Give 1 or more.")
    if options.memory < LEAST_MEMORY:
        raise InputError("--memory", f"{options.memory} MB is too little", f"Give {LEAST_MEMORY} or more.")
    return workers


@contextmanager
def _engine(options: argparse.Namespace, workers: int) -> Iterator[Make]:
    """What makes the engine that was asked for.

    :raises InputError: when it cannot be started
    """
    if options.engine == "local":
        if options.master is not None:
            raise InputError("--master", "is for Spark", "Add --engine spark, or leave it out.")
        yield partial(Local, workers=workers)
        return
    if options.master is not None and options.workers is not None:
        raise InputError("--workers", "is for this machine, not for a cluster", "Leave it or --master out.")
    from sacroiliac.cohort.session import started
    from sacroiliac.cohort.spark import Spark

    with started(options.master, workers) as context:
        yield partial(Spark, context=context)


def progress(what: str, parts: Iterable[int], total: int) -> None:
    """Show how far a step has come, where somebody is looking."""
    units = {"gathering": {"unit": "B", "unit_scale": True, "unit_divisor": 1024}, "reviewing": {"unit": " charts"}}
    with tqdm(total=total, desc=what, ncols=WIDTH, disable=not sys.stderr.isatty(), **units[what]) as bar:  # type: ignore[arg-type]
        for part in parts:
            bar.update(part)


def watched(slices: Sequence[Slice]) -> Iterable[Slice]:
    """Go through the slices of results, and show how far that has come, where somebody is looking."""
    return tqdm(slices, desc="reading", ncols=WIDTH, disable=len(slices) == 1 or not sys.stderr.isatty(), leave=False)


def _told(summary: Summary, results: Path, seconds: float | None) -> str:
    cases = summary.rows.get("cases", 0)
    # What was done before a stop took no time of this run.
    pace = (
        " in all, as the run was taken up again"
        if seconds is None
        else f": {summary.charts / seconds:,.0f} charts a second"
    )
    lines = [
        f"{many(summary.charts, 'chart')} reviewed, {many(cases, 'case')}{pace}.",
        f"{many(summary.urgent, 'case')} with an urgent red flag.",
    ]
    if elsewhere := cases - summary.concerned:
        lines.append(
            f"{many(elsewhere, 'case is', 'cases are')} of patients whose charts say nothing of this joint, on no worklist and in no report."
        )
    if summary.not_reviewed:
        by_fault = f", {summary.faults:,} of them by a fault of the program: please report it" if summary.faults else ""
        lines.append(f"Charts that could not be reviewed: {summary.not_reviewed:,}{by_fault}.")
    if summary.dated:
        lines.append(summary.dated)
        if days := _days(results):
            # A chart with a mistyped date stands out.
            lines.append(f"Review dates: {days[0]} to {days[1]}.")
    lines += _left_out(summary, results)
    lines.append(f"Results: {results} ({running.DICTIONARY} says what each column means).")
    return fitted("\n".join(lines))


def _days(results: Path) -> tuple[date, date] | None:
    """The first and the last review date, as the files of the cases state them; None where there is no case."""
    column = TABLES["cases"].schema.get_field_index("review_date")
    found = []
    cases = (results / "cases").resolve()  # "re:sults" would be taken for an address
    for part in sorted(cases.glob(bucket.PARTS)):
        read = pq.read_metadata(part)
        found += [read.row_group(one).column(column).statistics for one in range(read.num_row_groups)]
    told = [one for one in found if one is not None and one.has_min_max]
    return (min(one.min for one in told), max(one.max for one in told)) if told else None


def _left_out(summary: Summary | Kept, folder: Path) -> list[str]:
    """What was not used, in sentences."""
    lines = []
    if summary.quarantined:
        broken = many(summary.quarantined, "line or chart", "lines or charts")
        lines.append(f"{broken} put into quarantine: see {folder / plan.QUARANTINE}.")
    if summary.nobody:
        about = ", ".join(f"{number:,} {kind}" for kind, number in summary.nobody.items())
        lines.append(f"About no patient, and not used: {about}.")
    if summary.by_identifier:
        lines.append(
            f"Of these {summary.by_identifier:,} name their patient by an identifier only, which is not looked up."
        )
    if summary.deleted:
        lines.append(f"Deletions that the export tells of: {summary.deleted:,}. What they name is left out.")
    packed = [one for one in summary.unused_files if export.packed_otherwise(Path(one))]
    if packed:
        cure = "The charts lack what they hold: unpack them, and begin again in a new folder"
        lines.append(f"Warning: not read, as they are packed in a way that is not known here: {_some(packed)}. {cure}.")
    unused = [one for one in summary.unused_files if one not in packed]
    if unused:
        lines.append(f"Files that hold no resources: {_some(unused)}.")
    return lines


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_LISTED]) + (", ..." if len(names) > MOST_LISTED else "")


def worklist(options: argparse.Namespace) -> int:
    """Who needs what next."""
    from sacroiliac.cohort import payers
    from sacroiliac.cohort.results import opened
    from sacroiliac.cohort.worklist import as_csv, as_html, as_text
    from sacroiliac.cohort.worklist.entries import FILTERS, Worklist

    formats = {"text": as_text, "csv": as_csv, "html": as_html}
    folder = Path(options.results)
    apart(options.output, options.results, what="results")
    knowledge = load()
    theirs = None if options.payers is None else payers.read(Path(options.payers), knowledge)
    with opened(folder, knowledge, watched, theirs) as results:
        kinds = [one.replace("-", "_") for one in options.kind]
        found = Worklist(results, kinds, {one: getattr(options, one) for one in FILTERS})
        if unnamed := found.unnamed:
            print(
                fitted(f"Payers of {options.payers} that no case names: {', '.join(unnamed)}."), end="", file=sys.stderr
            )
        write(formats[options.format].written(found), options.output)
    return EXIT_OK


def report(options: argparse.Namespace) -> int:
    """The population as a whole."""
    from sacroiliac.cohort.report import as_fhir, as_html
    from sacroiliac.cohort.results import opened

    formats = {"html": as_html, "fhir": as_fhir}
    folder = Path(options.results)
    apart(options.output, options.results, what="results")
    with opened(folder, load(), watched) as results:
        write(formats[options.format].written(results, options.by), options.output)
    return EXIT_OK


COMMANDS = {"run": run, "gather": gather, "worklist": worklist, "report": report}
