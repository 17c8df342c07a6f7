"""What each command does. Reads, reviews, reports; decides nothing clinical."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sacroiliac.errors import EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_OK, EXIT_URGENT, InputError
from sacroiliac.terminal import fitted, harmless

if TYPE_CHECKING:
    from sacroiliac.knowledge import Knowledge
    from sacroiliac.review import Review

NAME = 36


def run(options: argparse.Namespace) -> int:
    """Run the command that was parsed; input that cannot be used ends in one message and exit code 2."""
    # A command is over soon and makes no cycles worth looking for; the sums of one chart are small, and starting
    # threads for them takes longer than they do.
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return _COMMANDS[options.command](options)
    except InputError as error:
        print(f"sacroiliac: {harmless(str(error))}", file=sys.stderr)
        return EXIT_INPUT
    except BrokenPipeError:
        # Whoever read our output has gone (``| head``); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception:
        # Python would end with 1, which means a red flag here.
        import traceback

        traceback.print_exc()
        print("sacroiliac: this is a fault of the program, not of your input. Please report it.", file=sys.stderr)
        return EXIT_FAULT
    finally:
        gc.enable()


def write(content: str | bytes, output: str | None) -> None:
    """Write to the screen (text only), or to a file: whole or not at all.

    :raises InputError: when it cannot be written
    """
    try:
        if output is None:
            _to_screen(str(content))
        else:
            data = content.encode() if isinstance(content, str) else content
            _to_file(data, Path(os.path.realpath(output)))
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        cure = "Name a file in a folder you may write to."
        raise InputError(output or "the screen", f"cannot be written: {reason}", cure) from None


def _to_screen(text: str) -> None:
    if sys.stdout is None:
        raise ValueError("it is closed")
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.stdout.write(harmless(text))
    sys.stdout.flush()


def _to_file(data: bytes, path: Path) -> None:
    """A regular file is replaced at once, and is its owner's alone; anything else (a device, a pipe) is written to."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    import tempfile  # slow to import, and the screen does not need it

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o600)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _review(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read
    from sacroiliac.knowledge import load
    from sacroiliac.review import Reviewer

    knowledge = load()
    as_of = _day(options.as_of)
    chart = read(options.chart, knowledge)
    _not_over(options.output, options.chart)
    reviews = Reviewer(knowledge).review([chart], as_of, options.side, options.format == "json")
    write(_rendered(options, reviews), options.output)
    return EXIT_URGENT if any(review.urgent for review in reviews) else EXIT_OK


def _rendered(options: argparse.Namespace, reviews: Sequence[Review]) -> str:
    report = importlib.import_module(f"sacroiliac.report.{options.format}")
    if options.explain:
        return str(report.explain_all(reviews, options.explain))
    return str(report.render_all(reviews))


def _coverage(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read
    from sacroiliac.knowledge import load
    from sacroiliac.review.policies.cover import Coverer

    knowledge = load()
    chart = read(options.chart, knowledge)
    _not_over(options.output, options.chart, options.plan)
    plan = read(options.plan, knowledge) if options.plan else None
    found = Coverer(knowledge).cover(
        chart, options.service, as_of=_day(options.as_of), side=options.side, policies=options.policy, plan=plan
    )
    report = importlib.import_module(f"sacroiliac.report.coverage.{options.format}")
    text = report.explain_all(found, options.explain) if options.explain else report.render_all(found)
    write(str(text), options.output)
    return EXIT_URGENT if any(one.urgent for one in found) else EXIT_OK


def _not_over(output: str | None, *read: str | None) -> None:
    """Refuse to write over what was read.

    :raises InputError: when the output is one of the files that were read
    """
    for one in read:
        if output and one and os.path.realpath(output) == os.path.realpath(one):
            raise InputError(output, "is the chart itself", "Name another file for the result.")


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


def _check(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read
    from sacroiliac.knowledge import load
    from sacroiliac.report import check

    mistakes: list[InputError] = []
    chart = read(options.chart, load(), mistakes.append)
    write(check.render(chart, mistakes, load()), None)
    return EXIT_INPUT if mistakes else EXIT_OK


def _template(options: argparse.Namespace) -> int:
    from sacroiliac.chart.template import template
    from sacroiliac.knowledge import load

    if options.output and Path(options.output).is_file():
        raise InputError(options.output, "is there already", "Name a new file: a chart is never overwritten.")
    write(template(load()), options.output)
    return EXIT_OK


def _knowledge(options: argparse.Namespace) -> int:
    from sacroiliac.knowledge import browse, load, schemas

    if options.action == "check":
        return _knowledge_check()
    knowledge = load()
    if options.action == "list":
        write(_listed(list(browse.listed(knowledge, options.kind))), None)
    elif options.action == "show":
        write(fitted(browse.show(knowledge, options.id)), None)
    elif options.action == "why":
        write(fitted(browse.why(knowledge, options.id)), None)
    elif options.action == "export":
        _write_all(_exported(options.what, knowledge), options.output)
    else:
        _write_all(schemas.schemas(), options.output)
    return EXIT_OK


def _exported(what: str, knowledge: Knowledge) -> Mapping[str, str]:
    """The policies in a language of the field, by file."""
    if what == "cql":
        from sacroiliac.export import cql

        return {f"{name}.cql": text for name, text in cql.libraries(knowledge).items()}
    from sacroiliac.export import plandefinition

    return plandefinition.files(knowledge)


def _write_all(files: Mapping[str, str], folder: str) -> None:
    """Write several files into a folder, which is made where it is not there.

    :raises InputError: when it cannot be
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(folder, f"cannot be made a folder: {reason}", "Name a folder you may write to.") from None
    for name, text in files.items():
        write(text, str(Path(folder) / name))


def _listed(rows: Sequence[tuple[str, str, str]]) -> str:
    """Items with their labels, under a heading for each kind."""
    lines: list[str] = []
    for number, (kind, name, label) in enumerate(rows):
        if not number or rows[number - 1][0] != kind:
            lines += ["", f"{kind}:"] if lines else [f"{kind}:"]
        lines.append(f"  {name:<{NAME}} {label}")
    return fitted("\n".join(lines), NAME + 1)


def _knowledge_check() -> int:
    from sacroiliac.knowledge import lint, loading

    knowledge = loading.read_unchecked(loading.DATA)
    faults = lint.check(knowledge)
    held = (
        f"{len(knowledge.findings)} findings, {len(knowledge.likelihoods.groups)} groups, "
        f"{len(knowledge.evidence)} evidence records, {len(knowledge.policies)} policies"
    )
    lines = [f"{fault.place}: {fault.problem}" for fault in faults]
    lines.append(f"{len(faults) or 'no'} fault{'' if len(faults) == 1 else 's'} in {held}.")
    write(fitted("\n".join(lines)), None)
    return EXIT_INPUT if faults else EXIT_OK


def _schema(options: argparse.Namespace) -> int:
    report = importlib.import_module(_SCHEMAS[options.what])
    write(report.schema(), None)
    return EXIT_OK


_SCHEMAS = {
    "review": "sacroiliac.report.json",
    "coverage": "sacroiliac.report.coverage.json",
    "packet": "sacroiliac.packet.json",
}


def _packet(options: argparse.Namespace) -> int:
    from sacroiliac.packet.command import made

    packet, content = made(options, _day(options.as_of))
    write(content, options.output)
    return EXIT_URGENT if packet.urgent else EXIT_OK


def _questionnaire(options: argparse.Namespace) -> int:
    from sacroiliac.knowledge import load
    from sacroiliac.report import dtr
    from sacroiliac.review.policies.cover import Coverer

    write(dtr.written(dtr.questionnaire(Coverer(load()), options.service, options.policy)), options.output)
    return EXIT_OK


def _dtr(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read
    from sacroiliac.knowledge import load
    from sacroiliac.report import dtr
    from sacroiliac.review.policies.cover import Coverer

    knowledge = load()
    chart = read(options.chart, knowledge)
    plan = read(options.plan, knowledge) if options.plan else None
    found = dtr.packet(
        Coverer(knowledge), chart, options.service, options.policy, as_of=_day(options.as_of), side=options.side, plan=plan
    )  # fmt: skip
    files = {str(Path(options.output) / name): dtr.written(one) for name, one in found.named.items()}
    for file in (options.output, *files):
        _not_over(file, options.chart, options.plan)
    try:
        os.makedirs(options.output, exist_ok=True)
    except OSError as error:
        raise InputError(options.output, f"cannot be made: {error.strerror}", "Name a folder of your own.") from None
    for file, text in files.items():
        write(text, file)
    return EXIT_URGENT if found.urgent else EXIT_OK


def _simulate(options: argparse.Namespace) -> int:
    from sacroiliac.simulate.command import run as simulate

    until = _day(options.as_of)
    assert until is not None
    simulate(options, until)
    return EXIT_OK


_COMMANDS = {
    "review": _review,
    "coverage": _coverage,
    "check": _check,
    "template": _template,
    "knowledge": _knowledge,
    "schema": _schema,
    "packet": _packet,
    "questionnaire": _questionnaire,
    "dtr": _dtr,
    "simulate": _simulate,
}
