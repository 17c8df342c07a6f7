"""What the chart held that was not understood, not used, or contradictory; and the findings with their places."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sacroiliac.cases import Case
from sacroiliac.cases.found import Entry, Found
from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Unread
from sacroiliac.knowledge.model import Finding, Knowledge
from sacroiliac.review import model
from sacroiliac.review.context import Context, place, place_of
from sacroiliac.review.labels import labels
from sacroiliac.review.words import lower, spaced

LONGEST = 200


def coverage(context: Context, case: Case) -> model.CoverageShown:
    """The coverage of one case: what the reader could not use, and what did not count for this side and date."""
    chart = case.chart.coverage
    inferred = [one.fact.origin for one in case.injections if one.fact.inferred]
    listed = {(one.what, one.why, str(one.origin)): one for one in (*chart.unread, *case.coverage.unread)}
    return model.CoverageShown(
        read=dict(sorted(chart.read.items())),
        not_read=dict(sorted(chart.not_read.items())),
        unknown_codes=dict(sorted(chart.unknown_codes.items(), key=lambda one: (-one[1], one[0]))),
        not_used=tuple(_not_used(one, one.about(inferred)) for one in listed.values()),
        texts=tuple(_not_used(one) for one in chart.texts),
        disagreements=tuple(
            model.Disagreement(
                finding=one.finding,
                label=context.knowledge.findings[one.finding].label,
                used=one.used,
                places=tuple(place(fact) for fact in one.facts),
            )
            for one in case.contradictions
        ),
    )


def _not_used(one: Unread, inferred: bool = False) -> model.NotUsed:
    return model.NotUsed(what=one.what, why=one.why, place=place_of(one.origin), inferred=inferred)


def findings(context: Context, case: Case) -> tuple[model.FindingShown, ...]:
    """Every finding of the case in words, in the order of the vocabulary."""
    shown = []
    called = labels(context.knowledge)
    listed = {*case.findings, *(name for name in ("sij_injections", "treatments") if _entries(case, name))}
    order = _order(context.knowledge)
    for finding in sorted((context.knowledge.findings[name] for name in listed), key=lambda one: order[one.id]):
        found = case.findings.get(finding.id)
        entries = _entries(case, finding.id)
        if entries:
            found = Found(list(entries), tuple(one.fact for one in entries))
        if found is None or finding.area == "record":
            continue
        value = in_words(finding, found.value, called)
        shown.append(
            model.FindingShown(
                id=finding.id,
                label=finding.label,
                area=finding.area,
                value=value,
                unit=_unit(finding, value),
                note=found.note,
                derived=bool(found.note) or not found.facts,
                places=tuple(place(fact) for fact in found.facts),
            )
        )
    return tuple(shown)


def _entries(case: Case, name: str) -> tuple[Entry, ...]:
    """The records of a case behind a finding that lists them."""
    return {"sij_injections": case.injections, "treatments": case.treatments}.get(name, ())


@lru_cache(maxsize=4)
def _order(knowledge: Knowledge) -> dict[str, int]:
    """The place of each finding in the vocabulary."""
    return {name: place for place, name in enumerate(knowledge.findings)}


def _unit(finding: Finding, value: str) -> str | None:
    """The unit as it is said after the value: ``of 10`` for a scale from 0 to 10, none where there is no number."""
    if finding.unit is None or not any(one.isdigit() for one in value):
        return None
    return f"of {finding.maximum:g}" if finding.unit == f"0-{finding.maximum or 0:g}" else finding.unit


def in_words(finding: Finding, value: Any, called: Mapping[str, str]) -> str:
    """The value of a finding in words; ``called`` gives labels for the words of sets."""
    match finding.type:
        case "bool" if finding.area == "examination":
            return "positive" if value else "negative"
        case "bool":
            return "yes" if value else "no"
        case "number":
            return _number(value)
        case "date":
            return written_span(value)
        case "text":
            return finding.words.get(value, spaced(value))
        case "set":
            content = value if isinstance(value, dict) else {"present": value}
            present, absent = (
                ", ".join(finding.words.get(one) or lower(called.get(one, spaced(one))) for one in content.get(key, ()))
                for key in ("present", "absent")
            )
            if len(absent) > LONGEST:
                absent = f"{len(content['absent'])} others"
            return (present or "none documented") + (f"; not: {absent}" if absent else "")
        case "records":
            return f"{len(value)} on the chart" if value else "none"
    return (
        "; ".join(f"{spaced(name)}: {_plain(one)}" for name, one in value.items() if one is not None)
        or "nothing stated"
    )


def _number(value: Any) -> str:
    if isinstance(value, tuple):
        low, high = value
        return f"at least {low:g}" if high == float("inf") else f"{low:.3g} to {high:.3g}"
    if value == float("inf"):
        return "never"
    return f"{value:.4g}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return written_span(value) if all(isinstance(one, int) for one in value) else _number(value)
    if isinstance(value, dict):
        return ", ".join(value.get("present", ())) or "none"
    return f"{value:g}" if isinstance(value, float) else spaced(str(value))
