"""A FHIR bundle of any size, the same every time: one patient's injection with all that hangs on it, and her visits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

GRAPH = Path(__file__).parents[1] / "tests/chart/fhir/charts/injection-graph.json"
SERVER = "https://fhir.example.org/r4"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
CPT, ICD = "http://www.ama-assn.org/go/cpt", "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
FIRST_VISIT, BETWEEN = date(2022, 3, 7), timedelta(days=70)
# Category, code, display, value at the first visit, by how much it changes from visit to visit, unit.
MEASURED = (
    ("vital-signs", "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported", 5, 0.1, "{score}"),
    ("vital-signs", "29463-7", "Body weight", 75, 0.2, "kg"),
    ("vital-signs", "8867-4", "Heart rate", 68, 1, "/min"),
    ("vital-signs", "8310-5", "Body temperature", 36.5, 0, "Cel"),
    ("laboratory", "1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", 2, 0.1, "mg/L"),
    ("laboratory", "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", 0.9, 0, "mg/dL"),
    ("laboratory", "718-7", "Hemoglobin [Mass/volume] in Blood", 13.1, 0, "g/dL"),
    ("laboratory", "6690-2", "Leukocytes [#/volume] in Blood by Automated count", 6.2, 0.1, "10*3/uL"),
    ("laboratory", "2345-7", "Glucose [Mass/volume] in Serum or Plasma", 128, 1, "mg/dL"),
    ("laboratory", "2951-2", "Sodium [Moles/volume] in Serum or Plasma", 139, 0, "mmol/L"),
)
CONDITIONS = (
    ("I10", "Essential (primary) hypertension"),
    ("E78.5", "Hyperlipidemia, unspecified"),
    ("J30.2", "Other seasonal allergic rhinitis"),
    ("H52.4", "Presbyopia"),
)
DRUGS = (
    ("314076", "lisinopril 10 MG Oral Tablet"),
    ("198013", "naproxen 250 MG Oral Tablet"),
    ("861007", "metformin hydrochloride 500 MG Oral Tablet"),
    ("313782", "acetaminophen 325 MG Oral Tablet"),
)


def bundle(number: int) -> Resource:
    """A bundle of ``number`` resources: the injection graph of the tests, and visit after visit around it."""
    graph = json.loads(GRAPH.read_text(encoding="utf-8"))
    patient = next(one["resource"] for one in graph["entry"] if one["resource"]["resourceType"] == "Patient")
    more = islice(_visits(f"Patient/{patient['id']}"), number - len(graph["entry"]))
    graph["entry"] += [{"fullUrl": f"{SERVER}/{one['resourceType']}/{one['id']}", "resource": one} for one in more]
    return graph


def _visits(patient: str) -> Iterator[Resource]:
    for visit in count():
        yield from _visit(visit, (FIRST_VISIT + visit * BETWEEN).isoformat(), patient)


def _visit(visit: int, day: str, patient: str) -> Iterator[Resource]:
    """What one visit leaves in the record."""
    morning = f"{day}T09:30:00-05:00"

    def made(kind: str, name: str, **content: Any) -> Resource:
        profile = f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{kind.lower()}"
        meta = {"versionId": "1", "lastUpdated": f"{day}T17:00:00.000-05:00", "profile": [profile]}
        return {
            "resourceType": kind,
            "id": f"{name}-{visit}",
            "meta": meta,
            **content,
            "subject": {"reference": patient},
        }

    def at_visit(kind: str, name: str, **content: Any) -> Resource:
        return made(kind, name, **content, encounter={"reference": f"Encounter/visit-{visit}"})

    yield made("Encounter", "visit", status="finished", period={"start": morning, "end": f"{day}T10:00:00-05:00"})
    for category, code, display, first, change, unit in MEASURED:
        yield at_visit(
            "Observation",
            f"loinc-{code}",
            status="final",
            category=[{"coding": [{"system": CATEGORIES, "code": category}]}],
            code=_coded(LOINC, code, display),
            effectiveDateTime=morning,
            issued=f"{day}T12:00:00.000-05:00",
            valueQuantity={"value": round(first + visit * change, 1), "unit": unit, "system": UCUM, "code": unit},
        )
    yield at_visit(
        "DiagnosticReport",
        "panel",
        status="final",
        code=_coded(LOINC, "58410-2", "CBC panel - Blood by Automated count"),
        effectiveDateTime=morning,
        result=[{"reference": f"Observation/loinc-{code}-{visit}"} for code in ("718-7", "6690-2")],
    )
    yield at_visit(
        "Procedure",
        "exercise",
        status="completed",
        code=_coded(CPT, "97110", "Therapeutic exercise"),
        performedDateTime=day,
    )
    code, display = CONDITIONS[visit % len(CONDITIONS)]
    yield at_visit(
        "Condition",
        "diagnosis",
        clinicalStatus=_status("condition-clinical", "active"),
        verificationStatus=_status("condition-ver-status", "confirmed"),
        code=_coded(ICD, code, display),
        recordedDate=day,
    )
    code, display = DRUGS[visit % len(DRUGS)]
    yield at_visit(
        "MedicationRequest",
        "order",
        status="completed",
        intent="order",
        medicationCodeableConcept=_coded(RXNORM, code, display),
        authoredOn=day,
        dosageInstruction=[
            {
                "text": "1 tablet once a day",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
            }
        ],
    )
    yield made(
        "DocumentReference",
        "note",
        status="current",
        type=_coded(LOINC, "11506-3", "Progress note"),
        date=f"{day}T12:00:00.000-05:00",
        content=[{"attachment": {"contentType": "text/plain", "data": "Tm90ZQ=="}}],
    )


def _coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _status(name: str, code: str) -> Resource:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{name}", "code": code}]}
