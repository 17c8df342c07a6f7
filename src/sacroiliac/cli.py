"""The command line. Each command imports what it needs when it runs, so that help comes at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sacroiliac import __version__
from sacroiliac.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_URGENT

# The groups of services in the knowledge; named here so that help needs no knowledge (a test holds them together).
SERVICES = ("injection", "nerve-block", "radiofrequency", "fusion", "imaging", "rheumatology")
# The kinds of the worklist, likewise.
KINDS = ("red-flag", "re-evaluation", "unreadable", "repeat-radiofrequency", "not-requested", "one-fact")
ONE_SERVICE = "a kind of service (fusion), or one service (sij_rfa)"


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
    _of_a_case(review)
    _shown(
        review,
        "text",
        "json",
        "html",
        "fhir",
        opens="everything of that name: red flag, source, option, medication rule or finding",
    )

    coverage = commands.add_parser(
        "coverage",
        help="what each payer and society asks for",
        description="Hold a chart against every policy on one service: met, not met, not documented, unconfirmed.",
    )
    _of_a_case(coverage)
    coverage.add_argument("--service", choices=SERVICES, required=True, help="what is asked for")
    coverage.add_argument(
        "--policy", metavar="ID", action="append", default=[], help="only this policy; may be repeated"
    )
    _planned(coverage)
    _shown(coverage, "text", "json", "html", opens="one policy or item")

    packet = commands.add_parser("packet", help="make the packet of a request for prior authorization")
    _of_a_case(packet)
    _one_policy(packet, "fusion, injection, radiofrequency, ..., or a billing code")
    _planned(packet)
    packet.add_argument("--appeal", action="store_true", help="with what can be cited in an appeal, both sides")
    packet.add_argument("--paper", choices=("a4", "letter"), default="a4", help="paper of the page (default: a4)")
    packet.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="write to this file; it ends in .pdf, .html or .json"
    )

    form = commands.add_parser("questionnaire", help="write a policy as a FHIR Questionnaire")
    _one_policy(form, ONE_SERVICE)
    _to_a_file(form)

    dtr = commands.add_parser(
        "dtr",
        help="fill in the Questionnaire of a policy from a chart, for FHIR",
        description="Write a policy's Questionnaire, the response that a chart gives, and the bundle to send with it.",
    )
    _of_a_case(dtr)
    _one_policy(dtr, ONE_SERVICE)
    _planned(dtr)
    _to_a_folder(dtr)

    check = commands.add_parser("check", help="say what was understood of a chart, and what not")
    _chart(check)

    template = commands.add_parser("template", help="write a commented blank chart")
    _to_a_file(template)

    _cohort(commands.add_parser("cohort", help="review every chart of a population"))

    _knowledge(commands.add_parser("knowledge", help="browse and check the clinical content"))

    _simulate(commands.add_parser("simulate", help="make synthetic charts, for tests and demonstrations"))

    schema = commands.add_parser("schema", help="print the JSON Schema of a review, a coverage or a packet")
    schema.add_argument("what", choices=("review", "coverage", "packet"), help="what to describe")
    return top


def _cohort(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True, help="what to do")
    run = actions.add_parser(
        "run",
        help="review all charts of an export; results as Parquet",
        description="Review all charts of a FHIR Bulk Data export (a folder of NDJSON, plain or gzip), of a folder of one "
        "Bundle per patient, or of gathered charts (Parquet). A run that was stopped goes on where it was.",
    )
    _of_an_export(run)
    run.add_argument("--as-of", metavar="DATE", help="review date of all charts (default: the last entry of each)")
    run.add_argument("--engine", choices=("local", "spark"), default="local", help="what does it (default: local)")
    run.add_argument("--master", metavar="MASTER", help="cluster of Spark: yarn, spark://... (default: this machine)")
    gather = actions.add_parser(
        "gather",
        help="bring the charts of an export together, to review them again and again",
        description="Write the charts of an export as Parquet, each patient's resources together: another run over them "
        "does not sort the export again.",
    )
    _of_an_export(gather)
    worklist = actions.add_parser(
        "worklist",
        help="who needs what next, most urgent first",
        description="List who needs what next, most urgent first. It names patients: a file of it is its owner's alone.",
    )
    _results(worklist)
    for name, what in (("site", "site"), ("clinician", "clinician"), ("payer", "payer")):
        worklist.add_argument(f"--{name}", metavar="NAME", help=f"only cases of this {what}")
    worklist.add_argument(
        "--kind", choices=KINDS, action="append", default=[], help="only entries of this kind; may be repeated"
    )
    worklist.add_argument("--payers", metavar="FILE", help="which policies hold for the patients of which payer")
    worklist.add_argument("--format", choices=("text", "csv", "html"), default="text", help="how to write it")
    _to_a_file(worklist)
    report = actions.add_parser(
        "report",
        help="the picture of the whole population",
        description="Tell outcomes, documentation, delivery, relief, conversion and coverage of a population. It names "
        "nobody, and small counts are suppressed.",
    )
    _results(report)
    report.add_argument("--by", choices=("site", "clinician", "payer"), help="the measures of each of these, too")
    report.add_argument("--format", choices=("html", "fhir"), default="html", help="a page, or FHIR MeasureReports")
    report.add_argument("-o", "--output", metavar="FILE", required=True, help="write to this file")


def _of_an_export(command: argparse.ArgumentParser) -> None:
    command.add_argument("export", metavar="EXPORT", help="the folder of the export")
    command.add_argument(
        "-o", "--output", metavar="FOLDER", required=True, help="a new folder, or that of a stopped run"
    )
    command.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core)")
    command.add_argument("--memory", type=int, metavar="MB", default=1024, help="memory of a worker (default: 1024 MB)")


def _knowledge(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True, help="what to do")
    actions.add_parser("check", help="lint every knowledge file")
    listed = actions.add_parser("list", help="list what the knowledge holds")
    listed.add_argument("kind", nargs="?", help="only this kind (findings, sources, options, ...)")
    show = actions.add_parser("show", help="show one item with its numbers and where they come from")
    show.add_argument("id", metavar="ID", help="as 'knowledge list' names it")
    why = actions.add_parser("why", help="everything that rests on a citation")
    why.add_argument("id", metavar="ID", help="of a reference or an evidence record")
    _to_a_folder(actions.add_parser("schema", help="write the JSON Schema files of the knowledge, for editors"))
    export = actions.add_parser("export", help="write the criteria of the policies in languages of the field")
    export.add_argument("what", choices=("cql", "plandefinition"), help="CQL libraries, or FHIR resources with them")
    _to_a_folder(export)


def _simulate(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True, help="what to make")
    charts = actions.add_parser(
        "charts",
        help="a population as a FHIR Bulk Data export",
        description="Draw patients from the knowledge and write their charts as FHIR Bulk NDJSON. Nobody is real.",
    )
    _to_a_folder(charts)
    charts.add_argument(
        "-t", "--truth", metavar="FILE", help="what is true of the patients (default: beside the folder)"
    )
    charts.add_argument("-n", "--patients", metavar="N", type=int, required=True, help="how many patients")
    charts.add_argument(
        "--seed", metavar="S", type=int, default=1, help="another number gives other patients (default: 1)"
    )
    charts.add_argument(
        "--resources", metavar="N", type=int, default=40, help="mean number of resources of a patient (default: 40)"
    )
    charts.add_argument(
        "--effect", choices=("insite", "sham"), default="insite", help="what fusion does (default: insite, unblinded)"
    )
    charts.add_argument(
        "--as-of", metavar="DATE", default="2025-06-30", help="last day of the charts (default: 2025-06-30)"
    )
    charts.add_argument("--lines", metavar="N", type=int, default=1_000_000, help="most lines in a file")
    charts.add_argument("--gzip", action="store_true", help="compress the files")
    charts.add_argument("--workers", metavar="N", type=int, default=1, help="processes (default: 1)")


# ------------------------------------------------------------------------------- what several commands ask


def _chart(command: argparse.ArgumentParser) -> None:
    command.add_argument("chart", metavar="CHART", help="a FHIR bundle, NDJSON file or folder, or a plain chart")


def _results(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", metavar="RESULTS", help="the folder that 'cohort run' has finished")


def _of_a_case(command: argparse.ArgumentParser) -> None:
    _chart(command)
    command.add_argument("--as-of", metavar="DATE", help="review date (default: the chart's own, or its last entry)")
    command.add_argument("--side", choices=("left", "right"), help="only this side")


def _one_policy(command: argparse.ArgumentParser, services: str) -> None:
    command.add_argument("--service", metavar="SERVICE", required=True, help=services)
    command.add_argument("--policy", metavar="ID", required=True, help="its id or short name")


def _planned(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--plan", metavar="FILE", help="how it will be done: a file with 'planned:' as in a plain chart"
    )


def _shown(command: argparse.ArgumentParser, *formats: str, opens: str) -> None:
    command.add_argument("--format", choices=formats, default="text", help="how to write it (default: text)")
    _to_a_file(command)
    command.add_argument("--explain", metavar="NAME", help=f"open {opens} fully")


def _to_a_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of the screen")


def _to_a_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="FOLDER", required=True, help="a folder; made where it is not there")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is the return value."""
    options = parser().parse_args(arguments)
    from sacroiliac.commands import run

    return run(options)


def script() -> None:
    """The command as a process of its own.

    It ends as soon as all is written (:func:`sacroiliac.output.write` sees to that): giving back every object one
    by one would take a tenth of the run. Where it was stopped, or failed, its processes may be at work still.
    """
    try:
        code = main()
    except KeyboardInterrupt:  # while commands were being imported, or once more
        code = EXIT_INTERRUPTED
    if code not in (EXIT_OK, EXIT_URGENT) and "sacroiliac.processes" in sys.modules:
        from sacroiliac.processes import end

        end()
    os._exit(code)


if __name__ == "__main__":
    script()
