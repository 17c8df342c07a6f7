"""The review as a FHIR R4 Bundle: a ClinicalImpression, a RiskAssessment for each source, a CarePlan of what is
proposed, the Device that made them and the Provenance of all of them.

Nothing here is an order, and no clinician has looked at it: the impression is in progress, the assessments are
preliminary, the plan is a draft proposal. Identifiers are made from the review itself, so the same review
gives the same bytes.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

import msgspec

from sacroiliac.chart.fhir.definitions import INTERVAL, OPTIONS, SOURCES
from sacroiliac.report import wording
from sacroiliac.report.resources import Resource, entry, reference, written
from sacroiliac.review.model import Criterion, Flag, MedicationNotice, Option, Probability, Review, Said, Source

SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
NOT_STATED = "not stated"
UNCONFIRMED = "(!) not confirmed"
_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:sacroiliac:review")
_POSSIBLE = ("open", "undecided")


def render_all(reviews: Sequence[Review]) -> str:
    """One Bundle of type collection for all reviews; patient and program stand in it once."""
    entries = {one["fullUrl"]: one for review in reviews for one in _Writer(review).entries()}
    bundle = {
        "resourceType": "Bundle",
        "id": _identity(*entries),
        "type": "collection",
        "timestamp": _instant(reviews[0]),
        "entry": list(entries.values()),
    }
    return written(bundle)


def explain_all(reviews: Sequence[Review], name: str) -> str:
    """One thing of the review, as text (FHIR has no form for it)."""
    from sacroiliac.report import text

    return text.explain_all(reviews, name)


def _identity(*key: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(key)))


def _instant(review: Review) -> str:
    """The review date as an instant: the program never reads the clock."""
    return f"{review.who.review_date}T00:00:00Z"


def _notes(*lines: str) -> list[Resource]:
    return [{"text": line} for line in lines if line]


def _percent(value: float) -> float:
    """FHIR R4 gives a probability in percent."""
    return round(value * 100, 2)


def _quantity(value: float) -> Resource:
    return {"value": _percent(value), "unit": "%", "system": UCUM, "code": "%"}


def _coding(system: str, name: str, label: str) -> Resource:
    return {"system": system, "code": name.replace("_", "-"), "display": label}


def _confirmed(words: str, confirmed: bool) -> str:
    return words if confirmed else f"{words} {UNCONFIRMED}"


@dataclass
class _Writer:
    """Writes the resources of one review."""

    review: Review

    def entries(self) -> list[Resource]:
        """The resources, each with its urn:uuid."""
        risks = [self.risk(source) for source in self.review.sources]
        impression = self.impression(risks)
        made = [impression, *risks, self.plan(impression)]
        return [self.patient, self.device, *made, self.provenance(made)]

    # ---------------------------------------------------------------------------------- whom and what by

    @cached_property
    def key(self) -> str:
        """What makes this review another one than any other; not the folder its chart lies in."""
        who = self.review.who
        whole = msgspec.json.encode(self.review).decode()
        return whole.replace(json.dumps(who.chart, ensure_ascii=False)[1:-1], self.chart)

    @property
    def chart(self) -> str:
        return PurePath(self.review.who.chart).name

    @property
    def side(self) -> str:
        side = self.review.who.side
        return "side not documented" if side is None else f"{side} side"

    @property
    def program(self) -> str:
        versions = self.review.versions
        return f"sacroiliac {versions.program}, knowledge {versions.knowledge}"

    @cached_property
    def patient(self) -> Resource:
        """The patient by the identifier in the chart. A chart that gives none makes a patient of its own."""
        name = self.review.who.patient
        known = [] if name == NOT_STATED else [{"value": name}]
        identity = _identity("patient", name, self.chart, "" if known else self.key)
        return entry("Patient", identity, [f"Patient {name}"], identifier=known)

    @cached_property
    def device(self) -> Resource:
        versions = self.review.versions
        named = {"program": versions.program, "knowledge": versions.knowledge, "review schema": versions.review_schema}
        return entry(
            "Device",
            _identity("device", *named.values()),
            [self.program],
            deviceName=[{"name": "sacroiliac", "type": "model-name"}],
            type={"text": "clinical review program"},
            version=[{"type": {"text": name}, "value": value} for name, value in named.items()],
        )

    def made(self, kind: str, name: str, shown: Iterable[str], **content: Any) -> Resource:
        return entry(kind, _identity(self.key, kind, name), shown, **content)

    def rests_on(self, cite: Iterable[str]) -> str:
        """The publications behind a statement, each once; those nobody has seen are marked."""
        works: dict[str, str] = {}
        for key in cite:
            one = self.review.references.get(key)
            if one is not None:
                name = one.reference or one.id
                works.setdefault(name, _confirmed(f"{one.short} ({name})", one.status != "recalled"))
        return f"Rests on: {'; '.join(works.values())}." if works else ""

    # ------------------------------------------------------------------------------------------- sources

    def risk(self, source: Source) -> Resource:
        """How likely one source is."""
        interval = _interval(source.probability)
        moved = [f"{one.label}: {one.level} (times {one.ratio:.2g} on the odds)" for one in source.contributions]
        before = f"{_percent(source.before):g}% before any finding"
        figure = f"{source.label}: {_percent(source.probability.value):g}%, {interval}"
        coding = [_coding(SOURCES, source.id, source.label)]
        coding += [{"system": SNOMED, "code": source.snomed}] if source.snomed is not None else []
        prediction = {
            "extension": _interval_extension(source.probability),
            "outcome": {"coding": coding, "text": source.label},
            "probabilityDecimal": _percent(source.probability.value),
            "rationale": ". ".join([f"{interval}; {before}", *moved]) + ".",
        }
        cite = [key for one in source.contributions for key in one.cite]
        return self.made(
            "RiskAssessment",
            source.id,
            [f"{figure} ({self.side}, {self.review.who.review_date})"],
            status="preliminary",
            method={"text": f"Bayesian network over all sets of sources; {self.program}"},
            code={"text": f"Probability of a source of the pain, {self.side}"},
            subject=reference(self.patient),
            occurrenceDateTime=self.review.who.review_date,
            performer=reference(self.device),
            basis=self.basis(source),
            prediction=[{name: value for name, value in prediction.items() if value}],
            note=_notes(
                "An urgent red flag is present; the probabilities were not made for it." if self.review.urgent else "",
                f"{source.meaning}. Present now, in percent; several sources can be present at once, or none.",
                self.rests_on([*cite, *source.share.cite, *source.cite]),
            ),
        )

    def basis(self, source: Source) -> list[Resource]:
        """The entries of the chart that moved a source. They stay where they are: here is only where that is."""
        known = {one.id: one for one in self.review.findings}
        names = dict.fromkeys(name for one in source.contributions for name in one.findings)
        found: dict[str, Resource] = {}
        for finding in (known[name] for name in names if name in known):
            for place in finding.places:
                shown = f"{finding.label}: {finding.value} ({self.chart}, {place.place})"
                found.setdefault(shown, {"display": shown})
        return list(found.values())

    # ---------------------------------------------------------------------------------------- impression

    def impression(self, risks: Sequence[Resource]) -> Resource:
        """What the review says as a whole."""
        review = self.review
        said = [_confirmed(one.text, one.confirmed) for one in review.headline]
        flags = [one for one in review.red_flags if one.status == "present"]
        unasked = [one.label for one in review.red_flags if one.status == "not asked"]
        read = [one for one in review.injections if one.pattern is not None]
        return self.made(
            "ClinicalImpression",
            "impression",
            [f"Sacroiliac review, {self.side}, {review.who.review_date}", *said],
            status="in-progress",
            description=f"Sacroiliac review, {self.side}",
            subject=reference(self.patient),
            effectiveDateTime=review.who.review_date,
            date=review.who.review_date,
            summary="\n".join(said),
            finding=[
                *(_flag(one) for one in flags),
                *(_finding(f"Injection of {one.date}: {one.pattern.label}", one.pattern.meaning) for one in read if one.pattern),
                *(_notice(one) for one in review.medication.applies),
            ],
            prognosisReference=[reference(one) for one in risks],
            note=_notes(
                "For health professionals, who check every step. Not for emergencies; not a medical device.",
                f"Red flags not asked in full, so this is no all-clear: {'; '.join(unasked)}." if unasked else "",
                self.unconfirmed(),
                self.rests_on([*_cited(review.headline), *_cited(flags)]),
            ),
        )  # fmt: skip

    def unconfirmed(self) -> str:
        """What is on the chart and moves nothing, because its figures were read from memory."""
        labels = [self.review.labels.get(one, one) for one in self.review.sensitivity.unconfirmed_findings]
        return f"{UNCONFIRMED}, so left out of the probabilities: {', '.join(labels)}." if labels else ""

    # ---------------------------------------------------------------------------------------------- plan

    def plan(self, impression: Resource) -> Resource:
        """What is proposed. With an urgent red flag that is the first step only: nothing else is weighed before it."""
        review, step = self.review, self.review.first_step
        first = None if step is None else step.proposed.option
        listed = [one for one in review.options if one.id == first]
        if not review.urgent:
            listed += [one for one in review.options if one.id != first and one.status in _POSSIBLE]
        said = "" if step is None else f"First: {step.proposed.label}, because {step.proposed.because}."
        return self.made(
            "CarePlan",
            "plan",
            [f"Proposals, {self.side}, {review.who.review_date}. {said}", *(one.label for one in listed)],
            status="draft",
            intent="proposal",
            title=f"Proposals, {self.side}",
            description=said,
            subject=reference(self.patient),
            created=review.who.review_date,
            supportingInfo=[reference(impression)],
            activity=[self.activity(one, first) for one in listed],
            note=_notes("" if step is None else self.rests_on(step.proposed.cite)),
        )

    def activity(self, option: Option, first: str | None) -> Resource:
        """One option; ``first``: the one to begin with."""
        missing = wording.missing(one for part in option.criteria for one in part.result.would_meet)
        state = {
            "open": "Criteria met",
            "undecided": f"Open question, missing: {', '.join(missing)}" if missing else "Open question",
            "not now": "Criteria not met",
        }[option.status]
        place = "Proposed first. " if option.id == first else ""
        said = [
            f"{option.summary}",
            *(f"Unless: {one.text}." for one in option.stop if one.result.outcome != "not met"),
            *(f"Caution: {_sentence(one)}" for one in option.cautions),
            *(f"{UNCONFIRMED}, decides nothing: {one.text}." for one in option.criteria if not one.confirmed),
            self.rests_on([*option.cite, *_cited(option.criteria), *_cited(option.cautions)]),
        ]
        return {
            "detail": {
                "code": {"coding": [_coding(OPTIONS, option.id, option.label)], "text": option.label},
                "status": "not-started",
                "statusReason": {"text": f"{place}{state}."},
                "doNotPerform": False,
                "description": " ".join(one for one in said if one),
            }
        }

    # ---------------------------------------------------------------------------------------- provenance

    def provenance(self, made: Sequence[Resource]) -> Resource:
        """What made the others, from what."""
        review = self.review
        who = {**reference(self.device), "display": self.program}
        return self.made(
            "Provenance",
            "provenance",
            [f"Made by {self.program} from the chart {self.chart}"],
            target=[reference(one) for one in made],
            occurredDateTime=review.who.review_date,
            recorded=_instant(review),
            activity={"text": "Review of a chart"},
            agent=[{"type": {"coding": [{"system": PARTICIPANTS, "code": "assembler"}]}, "who": who}],
            entity=[{"role": "source", "what": {"display": self.chart}}],
        )


def _interval(probability: Probability) -> str:
    if not wording.known(probability):
        return "no interval"
    return f"90% interval {_percent(probability.low):g} to {_percent(probability.high):g}%"


def _interval_extension(probability: Probability) -> list[Resource]:
    if not wording.known(probability):
        return []
    limits = {"low": _quantity(probability.low), "high": _quantity(probability.high)}
    return [{"url": INTERVAL, "valueRange": limits}]


def _cited(listed: Iterable[Criterion | Flag | Said]) -> list[str]:
    return [key for one in listed for key in one.cite]


def _sentence(said: Said) -> str:
    return _confirmed(said.text, said.confirmed)


def _finding(words: str, basis: str) -> Resource:
    return {"itemCodeableConcept": {"text": words}, "basis": basis}


def _flag(flag: Flag) -> Resource:
    return _finding(f"Red flag: {flag.label}", ". ".join([flag.action, *map(_sentence, flag.figures)]))


def _notice(notice: MedicationNotice) -> Resource:
    return _finding(
        f"Medication safety ({notice.severity}): {notice.label}", _confirmed(notice.action, notice.confirmed)
    )
