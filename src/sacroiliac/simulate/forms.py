"""FHIR resources as forms: written once, with slots for what differs from one resource to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from sacroiliac.chart.dates import written
from sacroiliac.chart.fhir.codes import ANSWERS, LOCAL, field_code, local_code
from sacroiliac.chart.fhir.sides import MCODE
from sacroiliac.knowledge.model import Concept, Finding, Knowledge

Resource = dict[str, Any]

# Slots, in the order in which every form has them. None of these strings can come from the knowledge.
ID, PATIENT, VISIT, DAY, VALUE = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
"""Id, patient, encounter, day, and a text; :data:`NUMBER` is a number, which has no quotes around it."""
NUMBER = "\ue005"

CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
SIDES = {"left": "laterality_left", "right": "laterality_right", "bilateral": "laterality_bilateral"}
EXAM = ("examination",)


def form(resource: Resource) -> bytes:
    """A resource as bytes with ``%b`` for each of its slots, in the order in which they stand."""
    made = msgspec.json.encode(resource).replace(b"%", b"%%")
    made = made.replace(f'"{NUMBER}"'.encode(), b"%b")
    for slot in (ID, PATIENT, VISIT, DAY, VALUE):
        made = made.replace(slot.encode(), b"%b")
    return made


@dataclass
class Days:
    """Days as FHIR writes them."""

    _known: dict[int, bytes] = field(default_factory=dict)

    def __getitem__(self, day: int) -> bytes:
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = written(day).encode()
        return found


def concept(code: Resource | None = None, text: str | None = None) -> Resource:
    """A CodeableConcept of one coding, of words, or of both."""
    found: Resource = {"coding": [code]} if code is not None else {}
    return found | ({"text": text} if text is not None else {})


@dataclass
class Codings:
    """Codings of the knowledge."""

    knowledge: Knowledge
    _known: dict[tuple[str, str | None], Resource] = field(default_factory=dict)

    def of(self, name: str, system: str | None = None) -> Resource:
        """The first coding of a concept that may be written (of one system).

        :raises KeyError: when there is none
        """
        key = (name, system)
        if key not in self._known:
            known: Concept = self.knowledge.concepts[name]
            for one in known.codes:
                if one.emit and one.status == "verified" and system in (None, one.system):
                    self._known[key] = {"system": self.knowledge.systems[one.system].uri, "code": one.code}
                    break
            else:
                raise KeyError(name)
        return self._known[key]

    def may_write(self, name: str) -> bool:
        """Whether a concept has a coding that may be written."""
        return any(one.emit and one.status == "verified" for one in self.knowledge.concepts[name].codes)

    def local(self, name: str) -> Resource:
        """The project's own coding of a finding, or of another name with hyphens."""
        return {"system": self.knowledge.systems[LOCAL].uri, "code": local_code(name)}

    def field(self, name: str) -> Resource:
        """The project's own coding of a field of the injection record."""
        return {"system": self.knowledge.systems[LOCAL].uri, "code": field_code(name)}

    def answer(self, word: str) -> Resource:
        """A word by which a finding is answered."""
        return concept({"system": ANSWERS, "code": local_code(word)})

    @cached_property
    def joint(self) -> Mapping[str | None, Resource]:
        """The body site of the joint, by side."""
        place = self.of("sacroiliac_joint")
        return {None: concept(place)} | {
            side: {
                "extension": [{"url": MCODE, "valueCodeableConcept": concept(self.of(SIDES[side]))}],
                "coding": [place],
            }
            for side in SIDES
        }

    def value(self, finding: Finding, value: Any) -> Resource:
        """The value of an Observation of a finding."""
        match finding.type:
            case "bool":
                if finding.area == "examination":
                    return {"valueCodeableConcept": concept(self.of("positive" if value else "negative"))}
                return {"valueCodeableConcept": concept(self.of("present" if value else "absent"))}
            case "number":
                return {"valueQuantity": quantity(value, finding.unit)}
            case "date":
                return {"valueDateTime": value}
        return {"valueCodeableConcept": self.answer(value)}


# The units of the knowledge as charts write them; counts and scores are plain numbers.
UNITS = {
    "percent": "%",
    "hours": "h",
    "weeks": "wk",
    "months": "mo",
    "mL": "mL",
    "mg": "mg",
    "mg/L": "mg/L",
    "kg": "kg",
}


def quantity(value: Any, unit: str | None = None) -> Resource:
    """A Quantity in a unit of the knowledge."""
    return {"value": value, "unit": UNITS[unit]} if unit in UNITS else {"value": value}


def category(name: str) -> list[Resource]:
    """The category of an Observation."""
    return [concept({"system": CATEGORIES, "code": name})]


def observation(
    code: Resource, kind: str, value: Resource, site: Resource | None = None, day: str = DAY, status: str = "final"
) -> Resource:
    """An Observation with slots for id, patient, visit and day."""
    found = {
        "resourceType": "Observation",
        "id": ID,
        "status": status,
        "category": category(kind),
        "code": code,
        "subject": {"reference": f"Patient/{PATIENT}"},
        "encounter": {"reference": f"Encounter/{VISIT}"},
        "effectiveDateTime": day,
        **value,
    }
    return found | ({"bodySite": site} if site is not None else {})


def condition(
    code: Resource, clinical: str | None = "active", verification: str = "confirmed", ended: bool = False
) -> Resource:
    """A Condition with slots for id, patient, and the day it began (twice, where it has ended)."""
    found: Resource = {"resourceType": "Condition", "id": ID}
    if clinical is not None:
        found["clinicalStatus"] = concept({"system": CLINICAL, "code": clinical})
    return found | {
        "verificationStatus": concept({"system": VERIFICATION, "code": verification}),
        "category": [concept({"system": CONDITION_CATEGORY, "code": "problem-list-item"})],
        "code": code,
        "subject": {"reference": f"Patient/{PATIENT}"},
        "onsetDateTime": DAY,
        **({"abatementDateTime": DAY} if ended else {"recordedDate": DAY}),
    }
