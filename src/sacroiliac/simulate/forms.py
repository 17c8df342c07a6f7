"""FHIR resources as forms: written once, with slots for what differs from one resource to the next."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from sacroiliac.chart.dates import written
from sacroiliac.chart.fhir.codes import ANSWERS, LOCAL, RESPONSE, field_code, local_code
from sacroiliac.chart.fhir.sides import MCODE
from sacroiliac.knowledge.model import Field, Finding, Knowledge

Resource = dict[str, Any]

# Slots: private characters, which no knowledge file holds. In every resource they stand in this order, as the keys of
# FHIR do: id, patient, then an encounter, days, values. A number has no quotes around it.
ID, PATIENT, VISIT, DAY, VALUE, NUMBER = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
NDC = "http://hl7.org/fhir/sid/ndc"
SIDES = {"left": "laterality_left", "right": "laterality_right", "bilateral": "laterality_bilateral"}
# The units of the knowledge as charts write them; counts and scores are plain numbers.
UNITS = {
    "percent": "%",
    "hours": "h",
    "weeks": "wk",
    "months": "mo",
    "years": "a",
    "mL": "mL",
    "mg": "mg",
    "kg/m2": "kg/m2",
}
CATEGORY = {"examination": "exam", "laboratory": "laboratory", "imaging": "imaging"}


def form(resource: Resource) -> bytes:
    """A resource as bytes with ``%b`` for each of its slots, in the order in which they stand."""
    made = msgspec.json.encode(resource).replace(b"%", b"%%").replace(f'"{NUMBER}"'.encode(), b"%b")
    for slot in (ID, PATIENT, VISIT, DAY, VALUE):
        made = made.replace(slot.encode(), b"%b")
    return made


def concept(code: Resource | None = None, text: str | None = None) -> Resource:
    """A CodeableConcept of one coding, of words, or of both."""
    found: Resource = {"coding": [code]} if code is not None else {}
    return found | ({"text": text} if text is not None else {})


def quantity(value: Any, unit: str | None = None) -> Resource:
    """A Quantity in a unit of the knowledge."""
    return {"value": value, "unit": UNITS[unit]} if unit in UNITS else {"value": value}


def about(patient: str) -> Resource:
    """The reference to a patient."""
    return {"reference": f"Patient/{patient}"}


class Days(dict[int, bytes]):
    """Days as FHIR writes them."""

    def __missing__(self, day: int) -> bytes:
        found = self[day] = written(day).encode()
        return found


class Forms:
    """The forms and codings of one knowledge, each made when it is first needed; ``rates``: how often which mess befalls."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.days = Days()
        mess = knowledge.simulation.mess
        self.rates = {name: float(getattr(mess, name).value) for name in mess.__struct_fields__}
        self._forms: dict[Hashable, bytes] = {}
        self._codings: dict[tuple[str, str | None], Resource | None] = {}

    def get(self, key: Hashable, make: Callable[[], Resource]) -> bytes:
        """The form under a key, made by ``make`` when it is not there yet."""
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = form(make())
        return found

    def coding(self, name: str, system: str | None = None) -> Resource:
        """The first coding of a concept that may be written.

        :raises KeyError: when there is none
        """
        found = self.may_write(name, system)
        if found is None:
            raise KeyError(name)
        return found

    def may_write(self, name: str, system: str | None = None) -> Resource | None:
        """The first coding of a concept that may be written (of one system), if it has one."""
        key = (name, system)
        if key not in self._codings:
            known = self.knowledge.concepts[name].codes
            fit = [one for one in known if one.emit and one.status == "verified" and system in (None, one.system)]
            self._codings[key] = (
                {"system": self.knowledge.systems[fit[0].system].uri, "code": fit[0].code} if fit else None
            )
        return self._codings[key]

    def local(self, code: str) -> Resource:
        """A coding of the project's own code system."""
        return {"system": self.knowledge.systems[LOCAL].uri, "code": code}

    def field(self, name: str) -> Resource:
        """The project's own code of a field of the injection record."""
        return concept(self.local(field_code(name)))

    @cached_property
    def response(self) -> Resource:
        """The code of the panel that holds what an injection did."""
        return concept(self.local(RESPONSE))

    def answer(self, word: str) -> Resource:
        """The project's own coding of a word by which a finding is answered."""
        return {"system": ANSWERS, "code": local_code(word)}

    @cached_property
    def joint(self) -> Mapping[str | None, Resource]:
        """The body site of the joint, by side."""
        place = self.coding("sacroiliac_joint")
        sided = {
            side: {"extension": [{"url": MCODE, "valueCodeableConcept": concept(self.coding(SIDES[side]))}]}
            for side in SIDES
        }
        return {None: concept(place)} | {side: one | concept(place) for side, one in sided.items()}

    @cached_property
    def of_joint(self) -> frozenset[str]:
        """The findings of the joint itself: those whose groups the examination cap holds back."""
        groups = self.knowledge.likelihoods.groups
        return frozenset(name for group in groups if group.capped for name in group.asks)

    def code(self, finding: Finding) -> Resource:
        """The code of an Observation of a finding: a published one where there is one, else the project's own."""
        coded = [one.concept for one in finding.codes if self.knowledge.concepts[one.concept].kind == "observation"]
        return self.coding(coded[0]) if coded else self.local(local_code(finding.id))

    def value(self, of: Finding | Field, value: Any, examined: bool = False) -> Resource:
        """A value of a finding or of a field of the injection record, as an Observation has it.

        :param examined: a test is positive or negative, anything else present or absent
        """
        match of.type:
            case "bool":
                words = ("positive", "negative") if examined else ("present", "absent")
                return {"valueCodeableConcept": concept(self.coding(words[0] if value else words[1]))}
            case "number":
                return {"valueQuantity": quantity(value, of.unit)}
        return {"valueCodeableConcept": concept(self.answer(value))}


def category(name: str) -> list[Resource]:
    """The category of an Observation."""
    return [concept({"system": f"{TERMINOLOGY}/observation-category", "code": name})]


def observation(code: Resource, kind: str, value: Resource, site: Resource | None = None, day: str = DAY) -> Resource:
    """An Observation with slots for id, patient, encounter and day."""
    found = {
        "resourceType": "Observation",
        "id": ID,
        "status": "final",
        "category": category(kind),
        "code": code,
        "subject": about(PATIENT),
        "encounter": {"reference": f"Encounter/{VISIT}"},
        "effectiveDateTime": day,
        **value,
    }
    return found | ({"bodySite": site} if site is not None else {})


def condition(code: Resource, clinical: str | None = "active", verification: str = "confirmed") -> Resource:
    """A Condition with slots for id, patient, the day it began, and the day it was written down or ended."""
    found: Resource = {"resourceType": "Condition", "id": ID}
    if clinical is not None:
        found["clinicalStatus"] = concept({"system": f"{TERMINOLOGY}/condition-clinical", "code": clinical})
    return found | {
        "verificationStatus": concept({"system": f"{TERMINOLOGY}/condition-ver-status", "code": verification}),
        "category": [concept({"system": f"{TERMINOLOGY}/condition-category", "code": "problem-list-item"})],
        "code": code,
        "subject": about(PATIENT),
        "onsetDateTime": DAY,
        "abatementDateTime" if clinical == "resolved" else "recordedDate": DAY,
    }


def encounter(words: str | None = None) -> Resource:
    """An Encounter with slots for id, patient, clinician, first and last day, and site."""
    return {
        "resourceType": "Encounter",
        "id": ID,
        "status": "finished",
        "class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB"},
        **({"type": [concept(text=words)]} if words else {}),
        "subject": about(PATIENT),
        "participant": [{"individual": {"reference": f"Practitioner/clinician-{VALUE}"}}],
        "period": {"start": DAY, "end": DAY},
        "serviceProvider": {"reference": f"Organization/site-{VALUE}"},
    }


def prescription(drug: Resource, dosage: Resource | None = None) -> Resource:
    """A MedicationRequest with slots for id, patient and day."""
    return {
        "resourceType": "MedicationRequest",
        "id": ID,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": drug,
        "subject": about(PATIENT),
        "authoredOn": DAY,
        **({"dosageInstruction": [dosage]} if dosage else {}),
    }
