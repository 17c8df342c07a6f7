"""Resources written by hand, in few words: only what a test is about stands in the test."""

from __future__ import annotations

from typing import Any

import msgspec

from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Chart, Fact, Unread
from sacroiliac.chart.fhir import document
from sacroiliac.knowledge import load

Resource = dict[str, Any]

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
UCUM = "http://unitsofmeasure.org"
LOCAL = "urn:sacroiliac:CodeSystem:findings"
ANSWERS = "urn:sacroiliac:CodeSystem:answers"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"
JOINT, LEFT, RIGHT, BOTH = "39723000", "7771000", "24028007", "51440002"
POSITIVE, NEGATIVE = "10828004", "260385009"

PATIENT: Resource = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-06-15"}
SUBJECT = {"reference": "Patient/p"}


def coded(system: str, code: str, display: str | None = None, words: str | None = None) -> Resource:
    """A CodeableConcept with one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": words} if words else {})


def status(code: str) -> Resource:
    """A status as a concept."""
    return {"coding": [{"code": code}]}


def quantity(value: float, unit: str | None = None, **more: Any) -> Resource:
    """A Quantity."""
    return {"value": value} | ({"unit": unit} if unit else {}) | more


def site(laterality: str | None = None, code: str = JOINT) -> Resource:
    """A body site, with the mCODE extension for its side."""
    place = coded(SNOMED, code)
    if laterality:
        place["extension"] = [{"url": MCODE, "valueCodeableConcept": coded(SNOMED, laterality)}]
    return place


def resource(kind: str, identity: str, **content: Any) -> Resource:
    """Any resource about the patient."""
    subject = (
        {"patient": SUBJECT}
        if kind in ("AllergyIntolerance", "Claim", "ExplanationOfBenefit")
        else {"subject": SUBJECT}
    )
    return {"resourceType": kind, "id": identity, **subject, **content}


def condition(identity: str, code: Resource, clinical: str | None = "active", **content: Any) -> Resource:
    """A Condition, active and recorded in January 2025 unless it says otherwise."""
    state = {"clinicalStatus": status(clinical)} if clinical else {}
    return resource("Condition", identity, **{"code": code, **state, "recordedDate": "2025-01-10", **content})


def observation(identity: str, code: Resource, **content: Any) -> Resource:
    """A final Observation of May 2025."""
    return resource(
        "Observation", identity, **{"status": "final", "code": code, "effectiveDateTime": "2025-05-02", **content}
    )


def exam(test: str, result: str = POSITIVE, side: str | None = RIGHT, **content: Any) -> Resource:
    """An examination by its local code."""
    place = {"bodySite": site(side)} if side else {}
    return observation(test, coded(LOCAL, test), **{"valueCodeableConcept": coded(SNOMED, result), **place, **content})


def procedure(identity: str, code: Resource, **content: Any) -> Resource:
    """A completed Procedure of March 2025."""
    more = {"status": "completed", "code": code, "performedDateTime": "2025-03-04"}
    return resource("Procedure", identity, **{**more, **content})


def injection(identity: str = "inj", side: str | None = RIGHT, **content: Any) -> Resource:
    """An injection of the joint on 4 March 2025, 09:00 to 09:20."""
    period = {"start": "2025-03-04T09:00:00-05:00", "end": "2025-03-04T09:20:00-05:00"}
    place = {"bodySite": [site(side)]} if side else {}
    found = procedure(identity, **{"code": coded(CPT, "27096"), "performedPeriod": period, **place, **content})
    if "performedDateTime" in content:
        del found["performedPeriod"]
    else:
        del found["performedDateTime"]
    return found


def drug(identity: str, name: str | Resource, **content: Any) -> Resource:
    """An active order of a drug, by the words of the product or by its code."""
    concept = {"text": name} if isinstance(name, str) else name
    more = {"status": "active", "intent": "order", "medicationCodeableConcept": concept, "authoredOn": "2025-01-05"}
    return resource("MedicationRequest", identity, **{**more, **content})


def given(identity: str, name: str | Resource, of: str = "inj", **content: Any) -> Resource:
    """A drug given as part of an injection."""
    concept = {"text": name} if isinstance(name, str) else name
    more = {
        "status": "completed", "medicationCodeableConcept": concept, "effectiveDateTime": "2025-03-04T09:10:00-05:00",
        "partOf": [{"reference": f"Procedure/{of}"}],
    }  # fmt: skip
    return resource("MedicationAdministration", identity, **{**more, **content})


def pain(identity: str, score: float, at: str, *more: tuple[str, str], **content: Any) -> Resource:
    """A numeric pain score at a moment; ``more`` are further codings."""
    codings = [{"system": system, "code": code} for system, code in ((LOINC, "72514-3"), *more)]
    return observation(
        identity,
        {"coding": codings},
        **{"effectiveDateTime": at, "valueQuantity": quantity(score, "{score}"), **content},
    )


def bundle(*resources: Resource, kind: str = "collection", patient: Resource | None = PATIENT) -> Resource:
    """A Bundle of the patient and these resources."""
    every = ([patient] if patient else []) + list(resources)
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in every]}


def read(*resources: Resource, **how: Any) -> Chart:
    """The chart of the patient and these resources."""
    return read_json(bundle(*resources, **how))


def read_json(content: Any) -> Chart:
    """The chart of one JSON document."""
    return document(msgspec.json.encode(content), "chart.json", load())


def facts(chart: Chart, concept: str) -> list[Fact]:
    """The facts of one concept."""
    return [fact for fact in chart.facts if fact.concept == concept]


def only(chart: Chart, concept: str) -> Fact:
    """The only fact of a concept."""
    (fact,) = facts(chart, concept)
    return fact


def record(chart: Chart) -> dict[str, Any]:
    """The values of the only injection of a chart."""
    value = only(chart, "sij_injections").value
    assert isinstance(value, dict)
    return value


def unread(chart: Chart, identity: str) -> list[Unread]:
    """What is listed as not used of one resource."""
    return [one for one in chart.coverage.unread if one.origin.place.split(", ")[0].endswith(f"/{identity}")]


def why(chart: Chart, identity: str) -> str:
    """Why a resource was not used, as one text."""
    return "; ".join(one.why for one in unread(chart, identity))


def day(written: str) -> tuple[int, int]:
    """A date as a span."""
    return span(written)
