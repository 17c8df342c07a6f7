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

from sacroiliac.chart.dates import asked_day
from sacroiliac.errors import EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_OK, EXIT_URGENT, InputError
from sacroiliac.output import apart, write
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
        beside = "\n" if sys.stderr.isatty() else ""  # of what it shows of Ctrl-C, or of how far it had come
        print(f"{beside}Stopped.{_AFTER_A_STOP.get(_name(options), '')}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception:
        # Python would end with 1, which means a red flag here.
        import traceback

        traceback.print_exc()
        print("sacroiliac: this is a fault of the program, not of your input. Please report it.", file=sys.stderr)
        return EXIT_FAULT
    finally:
        gc.enable()


_GO_ON = " Give the same command again to go on."
_AFTER_A_STOP = {
    "cohort run": _GO_ON,
    "cohort gather": _GO_ON,
    "simulate charts": " What was begun was taken away again.",
}


def _name(options: argparse.Namespace) -> str:
    return f"{options.command} {getattr(options, 'action', '')}"


def _review(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read
    from sacroiliac.knowledge import load
    from sacroiliac.review import Reviewer

    knowledge = load()
    as_of = asked_day(options.as_of)
    chart = read(options.chart, knowledge)
    apart(options.output, options.chart)
    reviews = Reviewer(knowledge).review([chart], as_of, options.side, options.format == "json")
    write(_rendered(options, reviews), options.output)
    return EXIT_URGENT if any(review.urgent for review in reviews) else EXIT_OK


def _rendered(options: argparse.Namespace, reviews: Sequence[Review]) -> str:
    report = importlib.import_module(f"sacroiliac.report.{options.format}")
    if options.explain:
        return str(report.explain_all(reviews, options.explain))
    return str(report.render_all(reviews))


def _coverage(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read, read_plan
    from sacroiliac.knowledge import load
    from sacroiliac.review.policies.cover import Coverer

    knowledge = load()
    chart = read(options.chart, knowledge)
    apart(options.output, options.chart, options.plan)
    plan = read_plan(options.plan, knowledge)
    found = Coverer(knowledge).cover(
        chart, options.service, as_of=asked_day(options.as_of), side=options.side, policies=options.policy, plan=plan
    )
    report = importlib.import_module(f"sacroiliac.report.coverage.{options.format}")
    text = report.explain_all(found, options.explain) if options.explain else report.render_all(found)
    write(str(text), options.output)
    return EXIT_URGENT if any(one.urgent for one in found) else EXIT_OK


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

    apart(options.output, options.chart, options.plan)
    packet, content = made(options, asked_day(options.as_of))
    write(content, options.output)
    return EXIT_URGENT if packet.urgent else EXIT_OK


def _questionnaire(options: argparse.Namespace) -> int:
    from sacroiliac.knowledge import load
    from sacroiliac.report import dtr
    from sacroiliac.review.policies.cover import Coverer

    write(dtr.written(dtr.questionnaire(Coverer(load()), options.service, options.policy)), options.output)
    return EXIT_OK


def _dtr(options: argparse.Namespace) -> int:
    from sacroiliac.chart.read import read, read_plan
    from sacroiliac.knowledge import load
    from sacroiliac.report import dtr
    from sacroiliac.review.policies.cover import Coverer

    knowledge = load()
    chart = read(options.chart, knowledge)
    plan = read_plan(options.plan, knowledge)
    found = dtr.packet(
        Coverer(knowledge), chart, options.service, options.policy, as_of=asked_day(options.as_of), side=options.side, plan=plan
    )  # fmt: skip
    for file in (options.output, *(os.path.join(options.output, name) for name in found.named)):
        apart(file, options.chart, options.plan)
    _write_all({name: dtr.written(one) for name, one in found.named.items()}, options.output)
    return EXIT_URGENT if found.urgent else EXIT_OK


def _cohort(options: argparse.Namespace) -> int:
    try:
        import pyarrow  # noqa: F401 (whether it is there)
    except ImportError:
        cure = "Install it with: pip install 'sacroiliac[cohort]'"
        raise InputError("cohort", "what populations need is not installed", cure) from None
    from sacroiliac.cohort import command

    return command.COMMANDS[options.action](options)


def _simulate(options: argparse.Namespace) -> int:
    from sacroiliac.simulate.command import run as simulate

    until = asked_day(options.as_of)
    assert until is not None
    simulate(options, until)
    return EXIT_OK


_COMMANDS = {
    "cohort": _cohort,
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
