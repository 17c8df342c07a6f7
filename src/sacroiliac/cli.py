"""The command line. Each command imports what it needs when it runs, so that help comes at once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from sacroiliac import __version__

# The groups of services in the knowledge; named here so that help needs no knowledge (a test holds them together).
SERVICES = ("injection", "nerve-block", "radiofrequency", "fusion", "imaging", "rheumatology")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="sacroiliac",
        description="Reads the chart of a patient whose sacroiliac joint injection did not last, and says why it may "
        "have failed, what is missing and what is open. For health professionals; not for emergencies.",
        epilog="Exit codes: 0 done; 1 review made and an urgent red flag is present; 2 input cannot be used.",
    )
    top.add_argument("--version", action="version", version=f"sacroiliac {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, help="what to do")

    review = commands.add_parser("review", help="review a chart", description="Review a chart (FHIR R4 or plain).")
    review.add_argument("chart", metavar="CHART", help="a FHIR bundle, NDJSON file or folder, or a plain chart")
    review.add_argument("--as-of", metavar="DATE", help="review date (default: the chart's own, or its last entry)")
    review.add_argument("--side", choices=("left", "right"), help="only this side")
    review.add_argument(
        "--format", choices=("text", "json", "html", "fhir"), default="text", help="how to write it (default: text)"
    )
    review.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of the screen")
    review.add_argument("--explain", metavar="NAME", help="open one source, option or finding fully")

    coverage = commands.add_parser(
        "coverage",
        help="what each payer and society asks for",
        description="Hold a chart against every policy on one service: met, not met, not documented, unconfirmed.",
    )
    coverage.add_argument("chart", metavar="CHART", help="a FHIR bundle, NDJSON file or folder, or a plain chart")
    coverage.add_argument("--service", choices=SERVICES, required=True, help="what is asked for")
    coverage.add_argument(
        "--policy", metavar="ID", action="append", default=[], help="only this policy; may be repeated"
    )
    coverage.add_argument("--as-of", metavar="DATE", help="review date (default: the chart's own, or its last entry)")
    coverage.add_argument("--side", choices=("left", "right"), help="only this side")
    coverage.add_argument(
        "--plan", metavar="FILE", help="how it will be done: a file with 'planned:' as in a plain chart"
    )
    coverage.add_argument(
        "--format", choices=("text", "json", "html"), default="text", help="how to write it (default: text)"
    )
    coverage.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of the screen")
    coverage.add_argument("--explain", metavar="NAME", help="open one policy or item fully")

    check = commands.add_parser("check", help="say what was understood of a chart, and what not")
    check.add_argument("chart", metavar="CHART", help="a FHIR bundle, NDJSON file or folder, or a plain chart")

    template = commands.add_parser("template", help="write a commented blank chart")
    template.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of the screen")

    knowledge = commands.add_parser("knowledge", help="browse and check the clinical content")
    actions = knowledge.add_subparsers(dest="action", metavar="ACTION", required=True, help="what to do")
    actions.add_parser("check", help="lint every knowledge file")
    listed = actions.add_parser("list", help="list what the knowledge holds")
    listed.add_argument("kind", nargs="?", help="only this kind (findings, sources, options, ...)")
    show = actions.add_parser("show", help="show one item with its numbers and where they come from")
    show.add_argument("id", metavar="ID", help="as 'knowledge list' names it")
    why = actions.add_parser("why", help="everything that rests on a citation")
    why.add_argument("id", metavar="ID", help="of a reference or an evidence record")
    schemas = actions.add_parser("schema", help="write the JSON Schema files of the knowledge, for editors")
    schemas.add_argument("-o", "--output", metavar="FOLDER", required=True, help="a folder; made where it is not there")
    export = actions.add_parser("export", help="write the criteria of the policies in languages of the field")
    export.add_argument("what", choices=("cql", "plandefinition"), help="CQL libraries, or FHIR resources with them")
    export.add_argument("-o", "--output", metavar="FOLDER", required=True, help="a folder; made where it is not there")

    schema = commands.add_parser("schema", help="print the JSON Schema of a review, a coverage or a packet")
    schema.add_argument("what", choices=("review", "coverage", "packet"), help="what to describe")

    packet = commands.add_parser("packet", help="make the packet of a request for prior authorization")
    packet.add_argument("chart", metavar="CHART", help="a FHIR bundle, NDJSON file or folder, or a plain chart")
    packet.add_argument(
        "--service", metavar="NAME", required=True, help="fusion, injection, radiofrequency, ..., or a billing code"
    )
    packet.add_argument("--policy", metavar="ID", required=True, help="as 'knowledge list policies' names it")
    packet.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="write to this file; it ends in .pdf, .html or .json"
    )
    packet.add_argument("--plan", metavar="FILE", help="how it will be done, instead of the plan in the chart")
    packet.add_argument("--as-of", metavar="DATE", help="review date (default: the chart's own, or its last entry)")
    packet.add_argument("--side", choices=("left", "right"), help="the side it is for")
    packet.add_argument("--appeal", action="store_true", help="with what can be cited in an appeal, both sides")
    packet.add_argument("--paper", choices=("a4", "letter"), default="a4", help="paper of the page (default: a4)")

    asked = "a kind of service (fusion), or one service (sij_rfa)"
    form = commands.add_parser("questionnaire", help="write a policy as a FHIR Questionnaire")
    form.add_argument("--service", metavar="SERVICE", required=True, help=asked)
    form.add_argument("--policy", metavar="ID", required=True, help="its id or short name")
    form.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of the screen")

    dtr = commands.add_parser(
        "dtr",
        help="fill in the Questionnaire of a policy from a chart, for FHIR",
        description="Write a policy's Questionnaire, the response that a chart gives, and the bundle to send with it.",
    )
    dtr.add_argument("chart", metavar="CHART", help="a FHIR bundle, NDJSON file or folder, or a plain chart")
    dtr.add_argument("--service", metavar="SERVICE", required=True, help=asked)
    dtr.add_argument("--policy", metavar="ID", required=True, help="its id or short name")
    dtr.add_argument("--as-of", metavar="DATE", help="review date (default: the chart's own, or its last entry)")
    dtr.add_argument("--side", choices=("left", "right"), help="this side; needed where the chart names both")
    dtr.add_argument("--plan", metavar="FILE", help="how it will be done: a file with 'planned:' as in a plain chart")
    dtr.add_argument("-o", "--output", metavar="FOLDER", required=True, help="a folder; made where it is not there")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is the return value."""
    options = parser().parse_args(arguments)
    from sacroiliac.commands import run

    return run(options)


def script() -> None:
    """The command as a process of its own.

    It ends as soon as all is written (:func:`sacroiliac.commands.write` sees to that): giving back every object one
    by one would take a tenth of the run.
    """
    os._exit(main())


if __name__ == "__main__":
    script()
