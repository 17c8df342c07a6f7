"""The review as a FHIR R4 Bundle: a ClinicalImpression, a RiskAssessment for each source, a CarePlan of what is
proposed, and the Provenance of all of them.

Nothing here is an order: the CarePlan is a draft proposal. Identifiers are made from the review itself, so
the same review gives the same bytes.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sacroiliac.review.model import Option, Probability, Review, Source

SNOMED = "http://snomed.info/sct"
SOURCES = "urn:sacroiliac:CodeSystem:sources"
OPTIONS = "urn:sacroiliac:CodeSystem:options"
_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:sacroiliac:review")
_OPEN = {"open": "not-started", "undecided": "not-started"}

Resource = dict[str, Any]


def render_all(reviews: Sequence[Review]) -> str:
    """One Bundle of type collection for all reviews."""
    entries = [entry for review in reviews for entry in _entries(review)]
    bundle = {"resourceType": "Bundle", "type": "collection", "timestamp": _instant(reviews[0]), "entry": entries}
    return json.dumps(bundle, indent=1, ensure_ascii=False) + "\n"


def explain_all(reviews: Sequence[Review], name: str) -> str:
    """One thing of the review, as text (FHIR has no form for it)."""
    from sacroiliac.report import text

    return text.explain_all(reviews, name)


def _entries(review: Review) -> list[Resource]:
    """The resources of one review, each with its urn:uuid."""
    patient = _resource(review, "Patient", "patient", identifier=[{"value": review.who.patient}])
    subject = {"reference": patient["fullUrl"]}
    risks = [_risk(review, source, subject) for source in review.sources]
    plan = _plan(review, subject)
    impression = _impression(review, subject, [risk["fullUrl"] for risk in risks], plan["fullUrl"])
    made = [impression, *risks, plan]
    return [patient, *made, _provenance(review, [one["fullUrl"] for one in made])]


def _resource(review: Review, kind: str, name: str, **content: Any) -> Resource:
    who, versions = review.who, review.versions
    key = "|".join([who.patient, who.side or "", who.review_date, who.chart, versions.knowledge, kind, name])
    identity = str(uuid.uuid5(_SPACE, key))
    words = {one: value for one, value in content.items() if value not in (None, [], "")}
    return {"fullUrl": f"urn:uuid:{identity}", "resource": {"resourceType": kind, "id": identity, **words}}


def _instant(review: Review) -> str:
    """The review date as an instant: the program never reads the clock."""
    return f"{review.who.review_date}T00:00:00Z"


def _coded(source: Source) -> Resource:
    coding = [{"system": SOURCES, "code": source.id.replace("_", "-"), "display": source.label}]
    if source.snomed is not None:
        coding.append({"system": SNOMED, "code": source.snomed})
    return {"coding": coding, "text": source.label}


def _interval(probability: Probability) -> str:
    return f"90% interval {probability.low:.3f} to {probability.high:.3f}"


def _risk(review: Review, source: Source, subject: Resource) -> Resource:
    moved = [f"{one.label}: {one.level} (times {one.ratio:.2g} on the odds)" for one in source.contributions]
    rationale = f"{_interval(source.probability)}; {source.before:.3f} before any finding. " + "; ".join(moved)
    return _resource(
        review,
        "RiskAssessment",
        source.id,
        status="final",
        method={"text": f"sacroiliac {review.versions.program}, knowledge {review.versions.knowledge}"},
        code={"text": "Probability of a pain source"},
        subject=subject,
        occurrenceDateTime=review.who.review_date,
        prediction=[
            {
                "outcome": _coded(source),
                "probabilityDecimal": round(source.probability.value, 4),
                "rationale": rationale.strip(),
            }
        ],
        note=[{"text": f"{source.meaning}. Interval: {_interval(source.probability)}."}],
    )


def _impression(review: Review, subject: Resource, risks: Sequence[str], plan: str) -> Resource:
    side = review.who.side or "not documented"
    flags = [flag for flag in review.red_flags if flag.status == "present"]
    return _resource(
        review,
        "ClinicalImpression",
        "impression",
        status="completed",
        description=f"Sacroiliac review, side {side}",
        subject=subject,
        effectiveDateTime=review.who.review_date,
        date=review.who.review_date,
        summary="\n".join(said.text for said in review.headline),
        finding=[{"itemCodeableConcept": {"text": f"Red flag: {flag.label}"}, "basis": flag.action} for flag in flags]
        + [
            {
                "itemCodeableConcept": {"text": f"Injection of {one.date}: {one.pattern.label}"},
                "basis": one.pattern.meaning,
            }
            for one in review.injections
            if one.pattern is not None
        ],
        prognosisReference=[{"reference": risk} for risk in risks],
        supportingInfo=[{"reference": plan}],
        note=[{"text": "For health professionals, who check every step. Not for emergencies; not a medical device."}],
    )


def _plan(review: Review, subject: Resource) -> Resource:
    step = review.first_step
    first = [] if step is None else [step.proposed.option]
    listed = sorted((one for one in review.options if one.status in _OPEN), key=lambda one: one.id not in first)
    return _resource(
        review,
        "CarePlan",
        "plan",
        status="draft",
        intent="proposal",
        title=f"Open options, {review.who.side or 'side not documented'}",
        description=None if step is None else f"First: {step.proposed.label}, because {step.proposed.because}.",
        subject=subject,
        created=review.who.review_date,
        activity=[_activity(one) for one in listed],
    )


def _activity(option: Option) -> Resource:
    missing = [one.label for part in option.criteria for one in part.result.would_meet]
    reason = (
        f"Open question; missing: {', '.join(dict.fromkeys(missing))}."
        if option.status == "undecided"
        else "Criteria met."
    )
    return {
        "detail": {
            "code": {
                "coding": [{"system": OPTIONS, "code": option.id.replace("_", "-"), "display": option.label}],
                "text": option.label,
            },
            "status": _OPEN[option.status],
            "statusReason": {"text": reason},
            "doNotPerform": False,
            "description": option.summary,
        }
    }


def _provenance(review: Review, targets: Sequence[str]) -> Resource:
    return _resource(
        review,
        "Provenance",
        "provenance",
        target=[{"reference": target} for target in targets],
        occurredDateTime=review.who.review_date,
        recorded=_instant(review),
        activity={"text": f"Review of the chart {review.who.chart}"},
        agent=[
            {
                "type": {"text": "program"},
                "who": {"display": f"sacroiliac {review.versions.program}, knowledge {review.versions.knowledge}"},
            }
        ],
        entity=[{"role": "source", "what": {"display": review.who.chart}}],
    )
