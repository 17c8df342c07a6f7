"""What was understood of a chart, what not, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Chart, Fact, Unread
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.terminal import fitted


def render(chart: Chart, mistakes: Sequence[InputError], knowledge: Knowledge) -> str:
    """The report of ``sacroiliac check``."""
    lines = [f"{chart.file}: {chart.kind} chart of patient {chart.patient.id or 'not stated'}", "", "Understood:"]
    lines += [_understood(knowledge, fact, chart.kind == "plain") for fact in chart.facts]
    if not chart.facts:
        lines.append("  nothing")
    coverage = chart.coverage
    inferred = [fact.origin for fact in chart.facts if fact.inferred]
    partly = [one for one in coverage.unread if one.about(inferred)]
    if partly:
        lines += ["", "Understood, but inferred:", *map(_listed, partly)]
    not_used = [_listed(one) for one in (*coverage.unread, *coverage.texts) if one not in partly]
    not_used += [
        _without_side(knowledge, fact) for fact in chart.facts if fact.side is None and _sided(knowledge, fact)
    ]
    if not_used:
        lines += ["", "Read, but not used:", *not_used]
    if coverage.not_read:
        lines += [
            "",
            "Nothing was taken from: "
            + ", ".join(f"{name} {number}" for name, number in sorted(coverage.not_read.items())),
        ]
    if coverage.unknown_codes:
        lines += ["", "Codes not known:"]
        lines += [f"  {name} ({number})" for name, number in sorted(coverage.unknown_codes.items())]
    lines += [
        "",
        f"Not understood ({len(mistakes)}):" if mistakes else _nothing_left(chart),
    ]
    lines += [f"  {mistake}" for mistake in mistakes]
    return fitted("\n".join(lines))


def _nothing_left(chart: Chart) -> str:
    if chart.coverage.not_read or chart.coverage.unknown_codes:
        return "Everything else was understood."
    return "Nothing was left that could not be understood."


def _listed(one: Unread) -> str:
    return f"  {one.what}: {one.why} ({one.origin.place})"


def _understood(knowledge: Knowledge, fact: Fact, plain: bool) -> str:
    """A fact in one line: what it says, and where. Records of a plain chart are told field by field."""
    label = _label(knowledge, fact.concept)
    words = (fact.origin.words or fact.label).removeprefix(f"{fact.concept}: ").removeprefix(f"{label}: ")
    if isinstance(fact.value, dict) and plain:
        fields = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in fact.value.items())
        words = ", ".join(one for one in (words, fields) if one)
    side = f", {fact.side}" if fact.side else ""
    return f"  {label}: {words or _said(fact.value)} ({written_span(fact.when)}{side}; {fact.origin.place})"


def _said(value: object) -> str:
    """A value as the chart would write it; days as dates."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case (int() as first, int() as last):
            return written_span((first, last))
        case None:
            return "none"
    return str(value).replace("_", " ")


def _sided(knowledge: Knowledge, fact: Fact) -> bool:
    finding = knowledge.findings.get(fact.concept)
    return finding is not None and finding.side == "sided" and fact.value is not None


def _without_side(knowledge: Knowledge, fact: Fact) -> str:
    label, place = _label(knowledge, fact.concept), fact.origin.place
    return f"  {label}: the chart does not say which side; write 'side:' beside it ({place})"


def _label(knowledge: Knowledge, concept: str) -> str:
    if concept in knowledge.findings:
        return knowledge.findings[concept].label
    return knowledge.concepts[concept].label if concept in knowledge.concepts else concept
