"""The command ``sacroiliac simulate charts``: its options, and how it tells how far it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sacroiliac.errors import InputError
from sacroiliac.simulate import export
from sacroiliac.simulate.population import Settings

LEAST_RESOURCES, MOST_RESOURCES = 40, 2000
WIDTH = 40


def run(options: argparse.Namespace, until: int) -> None:
    """Make the population that the options ask for.

    :param until: the last day, as a day number
    :raises InputError: when an option is out of range, or it cannot be written
    """
    _within("--patients", options.patients, 1, 10**9)
    _within("--resources", options.resources, LEAST_RESOURCES, MOST_RESOURCES)
    _within("--lines", options.lines, 1, 10**9)
    _within("--workers", options.workers, 1, 256)
    _within("--seed", options.seed, 0, 2**32 - 1)
    folder = Path(options.output)
    truth = Path(options.truth) if options.truth else folder.parent / f"{folder.name}.truth.ndjson"
    settings = Settings(options.seed, until, options.resources, options.effect)
    target = export.Target(folder, truth, options.lines, options.gzip)
    counts = export.write(settings, options.patients, target, options.workers, Progress(options.patients))
    total = sum(counts.values())
    print(f"{options.patients} patients, {total} resources in {folder}; what is true of them in {truth}")


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(name, f"{value} is not from {least} to {most}", f"Give a number from {least} to {most}.")


class Progress:
    """A bar on a terminal; nothing where nobody looks."""

    def __init__(self, patients: int) -> None:
        self.patients = patients
        self.shown = -1
        self.looked_at = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, made: int) -> None:
        """So many patients have been made."""
        percent = 100 * made // self.patients
        if self.looked_at and percent != self.shown:
            self.shown = percent
            bar = "#" * (WIDTH * percent // 100)
            print(
                f"\r[{bar:<{WIDTH}}] {percent:3d} %",
                end="\n" if made == self.patients else "",
                file=sys.stderr,
                flush=True,
            )
