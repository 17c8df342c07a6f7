"""What is sent with a request: the Claim that asks, who and what it is about, the filled form, and what that rests on.

Nothing here is submitted or ordered: the Claim and the ServiceRequest are drafts, and no clinician has looked at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Any

from sacroiliac import __version__
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.chart.fhir.originals import Original, Originals
from sacroiliac.chart.fhir.sides import JOINT, LATERALITY, MCODE
from sacroiliac.report.dtr.answers import Answer, partial_date
from sacroiliac.report.dtr.form import billing
from sacroiliac.report.dtr.observations import observation
from sacroiliac.report.dtr.questions import Listing, Question
from sacroiliac.report.dtr.request import Request
from sacroiliac.report.dtr.resources import entry, identity
from sacroiliac.report.dtr.response import each, items
from sacroiliac.report.resources import Resource, reference

TERMS = "http://terminology.hl7.org/CodeSystem/"
CONTEXT = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/qr-context"
REQUESTED = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-requestedService"
NO_CLINICIAN = "Made by a program from a chart; no clinician has looked at it, and nothing has been sent."


@dataclass
class Packet:
    """The resources of one request."""

    request: Request
    originals: Originals = field(init=False)

    def __post_init__(self) -> None:
        self.originals = Originals(self.request.case.chart)

    @property
    def bundle(self) -> Resource:
        """Everything in one Bundle of type collection, the Claim first."""
        request = self.request
        entries = [self.claim, self.patient, self.payer, self.provider, self.coverage, self.service, self.device]
        entries += [self.response, *self.supporting]
        name = identity("Bundle", [one["fullUrl"] for one in entries], entries)
        return {
            "resourceType": "Bundle",
            "id": name,
            "language": "en",
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{name}"},
            "type": "collection",
            "timestamp": f"{request.date}T00:00:00Z",
            "entry": entries,
        }

    # -------------------------------------------------------------------------------------------- what is asked

    @cached_property
    def key(self) -> list[Any]:
        """What makes this request another one than any other; not the folder its chart lies in."""
        request, case = self.request, self.request.case
        return [request.form.canonical, self.chart, case.chart.patient.id, case.side, request.date]

    @property
    def chart(self) -> str:
        """The name of the chart, without its folder."""
        return PurePath(self.request.case.chart.file).name

    @property
    def label(self) -> str:
        """The service and the side."""
        form, side = self.request.form, self.request.case.side
        known = form.knowledge.coverage.service(form.service.service).label
        return f"{known}, {side} side" if side else known

    @cached_property
    def product(self) -> Resource:
        """The service by its billing code; of several the one that the chart requests. Descriptors are under licence."""
        listed = billing(self.request.knowledge, self.request.form.service)
        wanted = self.request.case.findings.get("requested_cpt")
        chosen = [one for one in listed if wanted is not None and one["code"] == wanted.value] or listed[:1]
        return {"coding": chosen} if chosen else {"text": self.label}

    @cached_property
    def sides(self) -> list[Resource]:
        """The codes of the side."""
        side = self.request.case.side
        return [self._snomed(name) for name, one in LATERALITY.items() if one == side]

    def _snomed(self, concept: str) -> Resource:
        known = self.request.knowledge
        codes = [one for one in known.concepts[concept].codes if one.system == "snomed" and one.status == "verified"]
        coding = [{"system": known.systems["snomed"].uri, "code": one.code, "display": one.display} for one in codes]
        return {"coding": coding[:1]}

    @cached_property
    def claim(self) -> Resource:
        """The request for authorisation, as a draft."""
        item = {
            "extension": [{"url": REQUESTED, "valueReference": reference(self.service)}],
            "sequence": 1,
            "informationSequence": [1],
            "productOrService": self.product,
            "servicedDate": None,
            "bodySite": self._snomed(JOINT),
            "subSite": self.sides,
        }
        category = {"coding": [{"system": f"{TERMS}claiminformationcategory", "code": "info"}]}
        return entry(
            "Claim",
            self.key,
            [f"Draft of a request for authorisation: {self.label}", NO_CLINICIAN],
            identifier=[{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity('claim number', self.key)}"}],
            status="draft",
            type={"coding": [{"system": f"{TERMS}claim-type", "code": "professional"}]},
            use="preauthorization",
            patient=reference(self.patient),
            created=self.request.date,
            insurer=reference(self.payer),
            provider=reference(self.provider),
            priority={"coding": [{"system": f"{TERMS}processpriority", "code": "normal"}]},
            supportingInfo=[{"sequence": 1, "category": category, "valueReference": reference(self.response)}],
            insurance=[{"sequence": 1, "focal": True, "coverage": reference(self.coverage)}],
            item=[{name: value for name, value in item.items() if value}],
        )

    @cached_property
    def service(self) -> Resource:
        """The service as a plan, not an order."""
        site = self._snomed(JOINT)
        if self.sides:
            site["extension"] = [{"url": MCODE, "valueCodeableConcept": one} for one in self.sides]
        return entry(
            "ServiceRequest",
            self.key,
            [f"Planned: {self.label}"],
            status="draft",
            intent="plan",
            code=self.product,
            subject=reference(self.patient),
            authoredOn=self.request.date,
            insurance=[reference(self.coverage)],
            bodySite=[site],
        )

    # -------------------------------------------------------------------------------------------- who

    @cached_property
    def patient(self) -> Resource:
        """The patient as the chart has it; of a chart without resources what it says of the patient."""
        patient = self.request.case.chart.patient
        found = None if patient.origin is None else self.originals.at(patient.origin)
        if found is not None:
            return {"fullUrl": self._url(found), "resource": dict(found.content)}
        birth = patient.birth
        return entry(
            "Patient",
            [self.chart, patient.id],
            [f"Patient {patient.id}"],
            identifier=[{"value": patient.id}] if patient.id else [],
            gender=patient.sex if patient.sex in ("female", "male") else None,
            birthDate=None if birth is None else partial_date(birth),
        )

    @cached_property
    def payer(self) -> Resource:
        """Whose policy it is."""
        policy = self.request.form.policy
        return entry("Organization", ["payer", policy.payer], [policy.payer], active=True, name=policy.payer)

    @cached_property
    def provider(self) -> Resource:
        """Who asks: charts do not say."""
        name = "Requesting clinic: to be filled in"
        return entry("Organization", ["provider", self.key], [name], name=name)

    @cached_property
    def coverage(self) -> Resource:
        """The insurance: its number stands in no chart."""
        return entry(
            "Coverage",
            self.key,
            [f"Insured by {self.request.form.policy.payer}; number and plan to be filled in"],
            status="draft",
            beneficiary=reference(self.patient),
            payor=[reference(self.payer)],
        )

    @cached_property
    def device(self) -> Resource:
        """The program that filled in the form."""
        versions = {"program": __version__, "knowledge": self.request.knowledge.version}
        return entry(
            "Device",
            versions,
            [f"sacroiliac {__version__}, knowledge {versions['knowledge']}"],
            deviceName=[{"name": "sacroiliac", "type": "model-name"}],
            version=[{"type": {"text": name}, "value": value} for name, value in versions.items()],
        )

    # -------------------------------------------------------------------------------------------- the filled form

    @cached_property
    def response(self) -> Resource:
        """The form, filled in as far as the chart says."""
        form, answers = self.request.form, self.request.answers
        blank = sum(answer is None for _, answer in self._asked)
        filled = len(self._asked) - blank
        shown = f"{form.policy.payer}, {self.label}: {filled} answers from the chart, {blank} left blank"
        listed = items(form, answers, self._named, self._referred)
        return entry(
            "QuestionnaireResponse",
            [self.key, listed],
            [shown, NO_CLINICIAN],
            extension=[{"url": CONTEXT, "valueReference": reference(one)} for one in (self.service, self.coverage)],
            basedOn=[reference(self.service)],
            questionnaire=form.canonical,
            status="in-progress" if blank else "completed",
            subject=reference(self.patient),
            authored=self.request.date,
            author=reference(self.device),
            item=listed,
        )

    @cached_property
    def _asked(self) -> list[tuple[Question | Listing, Answer | None]]:
        return list(each(self.request.form, self.request.answers))

    def _named(self, origin: Origin) -> str:
        """A place in the chart, without the folder the chart lies in."""
        file = PurePath(origin.file).name
        words = f": {origin.words}" if origin.words else ""
        return f"{file}, {origin.place}{words}" if origin.place else f"{file}{words}"

    def _referred(self, origin: Origin) -> str | None:
        found = self.originals.at(origin)
        if found is not None:
            return self._url(found)
        made = self._transcribed.get(origin)
        return None if made is None else str(made["fullUrl"])

    # -------------------------------------------------------------------------------------------- what it rests on

    @cached_property
    def _rests_on(self) -> dict[Origin, tuple[Fact, Answer, Any]]:
        """The places of all answers, with a fact and the question of each."""
        found: dict[Origin, tuple[Fact, Answer, Any]] = {}
        for one, answer in self._asked:
            if answer is not None and answer.facts:
                for place in answer.places:
                    found.setdefault(place, (answer.facts[0], answer, one))
        return found

    @cached_property
    def _transcribed(self) -> dict[Origin, Resource]:
        """Observations made of the lines of a plain chart that answer a question by themselves."""
        found = {}
        if self.request.case.chart.kind == "plain":
            for place, (fact, answer, one) in self._rests_on.items():
                made = None if isinstance(one, Listing) or answer.note else self._observation(fact, place)
                if made is not None:
                    found[place] = made
        return found

    def _observation(self, fact: Fact, place: Origin) -> Resource | None:
        """A line of a plain chart as an Observation."""
        site = self._snomed(JOINT)
        sides = [self._snomed(name) for name, one in LATERALITY.items() if one == fact.side]
        if sides:
            site["extension"] = [{"url": MCODE, "valueCodeableConcept": sides[0]}]
        content = observation(self.request.knowledge, fact)
        if content is None:
            return None
        return entry(
            "Observation",
            [self.chart, self.request.case.chart.patient.id, place.place, content],
            [f"Transcribed from {self._named(place)}"],
            status="preliminary",
            subject=reference(self.patient),
            bodySite=site if fact.side else None,
            note=[{"text": f"Transcribed from {self._named(place)}"}],
            **content,
        )

    @property
    def supporting(self) -> Iterator[Resource]:
        """The resources that answers came from: those of the chart, or what was made of its lines. Each once."""
        patient = self.patient["fullUrl"]
        for one in self._used.values():
            if self._url(one) != patient:
                yield {"fullUrl": self._url(one), "resource": self._linked(one.content, one.url)}
        yield from {one["fullUrl"]: one for one in self._transcribed.values()}.values()

    @cached_property
    def _used(self) -> dict[str, Original]:
        found = [self.originals.at(place) for place in self._rests_on]
        return {one.key: one for one in found if one is not None}

    def _url(self, one: Original) -> str:
        return one.url or f"urn:uuid:{identity('original', self.chart, one.key)}"

    def _linked(self, value: Any, base: str | None) -> Any:
        """A part of a resource with its references as they are in this Bundle; what is not in it is named only."""
        if isinstance(value, list):
            return [self._linked(one, base) for one in value]
        if not isinstance(value, dict):
            return value
        linked = {name: self._linked(one, base) for name, one in value.items()}
        written = value.get("reference")
        if isinstance(written, str) and not written.startswith(("#", "http")) and base is None:
            found = self.originals.meant(written, base)
            url = None if found is None else self._url(found)
            if found is not None and (found.key in self._used or url == self.patient["fullUrl"]):
                linked["reference"] = url
            else:
                del linked["reference"]
                linked.setdefault("display", written)
        return linked
