"""What each command does. Reads, reviews, reports; decides nothing clinical."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from sacroiliac.cli import EXIT_INPUT, EXIT_OK, EXIT_URGENT
from sacroiliac.errors import InputError


def run(options: argparse.Namespace) -> int:
    """Run the command that was parsed; input that cannot be used ends in one message and exit code 2."""
    try:
        return _COMMANDS[options.command](options)
    except InputError as error:
        print(f"sacroiliac: {error}", file=sys.stderr)
        return EXIT_INPUT
    except BrokenPipeError:
        # Whoever read our output has gone (``| head``); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK


def write(text: str, output: str | None) -> None:
    """Write to the screen, or to a file: whole or not at all.

    :raises InputError: when the file cannot be written
    """
    if output is None:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(output)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(name, 0o600)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise InputError(
            output, f"cannot be written: {error.strerror}", "Name a file in a folder you may write to."
        ) from None


def _review(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read
    from sacroiliac.knowledge import load
    from sacroiliac.review import Reviewer

    knowledge = load()
    as_of = _day(options.as_of)
    chart = read(options.chart, knowledge)
    reviews = Reviewer(knowledge).review([chart], as_of, options.side)
    write(_rendered(options, reviews), options.output)
    return EXIT_URGENT if any(review.urgent for review in reviews) else EXIT_OK


def _rendered(options: argparse.Namespace, reviews: list) -> str:  # type: ignore[type-arg]
    import importlib

    report = importlib.import_module(f"sacroiliac.report.{options.format}")
    if options.explain:
        return "\n".join(report.explain(review, options.explain) for review in reviews)
    return "\n".join(report.render(review) for review in reviews)


def _day(written: str | None) -> int | None:
    from sacroiliac.chart.dates import span

    if written is None:
        return None
    try:
        first, last = span(written)
    except ValueError as error:
        raise InputError("--as-of", str(error), "Write it as 2025-06-30.") from None
    if first != last:
        raise InputError("--as-of", f"'{written}' is not one day", "Write it as 2025-06-30.")
    return last


_COMMANDS = {"review": _review}
