"""The quality measures as a FHIR R4 Bundle: a Measure that defines each, and a MeasureReport of type summary.

A count that is suppressed is there without its value, with the reason why it is absent (``masked``); of nobody there is no
share (``not-applicable``). Identifiers are made from what the report says, so the same results give the same bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from sacroiliac.cohort.report.measured import measured
from sacroiliac.cohort.report.model import Bar, Measured, Report
from sacroiliac.cohort.results import Results
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.report.resources import Resource, entry
from sacroiliac.report.resources import written as as_json
from sacroiliac.review.references import cited
from sacroiliac.review.words import percent, upper

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
OWN = "Definition of this program; no publication defines it."
_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:sacroiliac:measure")
MASKED: Resource = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
NOT_APPLICABLE: Resource = {"extension": [{"url": ABSENT, "valueCode": "not-applicable"}]}


def written(results: Results, by: str | None) -> Iterator[str]:
    """The Bundle."""
    report = measured(results, by)
    entries: list[Resource] = []
    for one in report.measures:
        entries += [_measure(one, report, results.knowledge), _report(one, report)]
    bundle = {
        "resourceType": "Bundle",
        "id": _identity(*(one["fullUrl"] for one in entries)),
        "type": "collection",
        "entry": entries,
    }
    yield as_json(bundle)


def _identity(*key: object) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(map(str, key))))


def _url(one: Measured) -> str:
    return f"urn:sacroiliac:Measure:{one.measure.id.replace('_', '-')}"


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{TERMINOLOGY}/{system}", "code": code}]}


def _measure(one: Measured, report: Report, knowledge: Knowledge) -> Resource:
    """What is measured, and what it rests on."""
    known = one.measure
    artifacts = [{"type": "citation", "citation": cited(knowledge, key).text} for key in known.cite]
    return entry(
        "Measure",
        _identity("measure", known.id, report.knowledge),
        [known.label, f"Of {known.of}: {known.counts}."],
        url=_url(one),
        version=report.knowledge,
        name="".join(word.capitalize() for word in known.id.split("_")),
        title=known.label,
        status="draft",
        experimental=True,
        description=f"Of {known.of}: {known.counts}.",
        rationale=f"{upper(known.why)}.{'' if known.cite else ' ' + OWN}",
        relatedArtifact=artifacts or [{"type": "documentation", "display": OWN}],
        scoring=_coded("measure-scoring", "proportion"),
        type=[_coded("measure-type", "process")],
        improvementNotation=_coded("measure-improvement-notation", "increase"),
        group=[
            {
                "population": [
                    {"code": _coded("measure-population", name), "criteria": {"language": "text/plain", "expression": said}}
                    for name, said in (
                        ("initial-population", known.of),
                        ("denominator", known.of),
                        ("numerator", known.counts),
                    )
                ]
            }
        ],
    )  # fmt: skip


def _report(one: Measured, report: Report) -> Resource:
    """What was counted."""
    overall = one.overall
    group: Resource = _counted(overall)
    if one.parts:
        strata = [{"value": {"text": bar.label}, **_counted(bar)} for bar in one.parts]
        group["stratifier"] = [{"code": [{"text": report.by}], "stratum": strata}]
    absent = "suppressed" if overall.suppressed else "there is nobody to count"
    said = absent if overall.share is None else percent(overall.share)
    return entry(
        "MeasureReport",
        _identity(
            "report", one.measure.id, report.program, report.knowledge, report.by, *_numbers((overall, *one.parts))
        ),
        [
            f"{one.measure.label}: {said}",
            *filter(None, [report.dated]),
            f"Made by sacroiliac {report.program}, knowledge {report.knowledge}.",
        ],
        status="complete",
        type="summary",
        measure=f"{_url(one)}|{report.knowledge}",
        date=report.as_of,
        period={"start": report.period[0], "end": report.period[1]} if report.period else NOT_APPLICABLE,
        improvementNotation=_coded("measure-improvement-notation", "increase"),
        group=[group],
    )


def _numbers(bars: Iterable[Bar]) -> list[Any]:
    return [(bar.label, bar.count.shown, None if bar.of is None else bar.of.shown) for bar in bars]


def _counted(bar: Bar) -> Resource:
    """The populations and the score; a suppressed count has no value, and neither has its score, nor a share of nobody."""
    populations = []
    for name, count in (("initial-population", bar.of), ("denominator", bar.of), ("numerator", bar.count)):
        shown = None if count is None else count.shown
        told: Resource = {"_count": MASKED} if shown is None else {"count": shown}
        populations.append({"code": _coded("measure-population", name), **told})
    if bar.share is not None:
        score: Resource = {"value": round(bar.share * 100, 2), "unit": "%", "system": UCUM, "code": "%"}
    else:
        score = MASKED if bar.suppressed else NOT_APPLICABLE
    return {"population": populations, "measureScore": score}
