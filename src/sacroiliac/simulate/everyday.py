"""What fills charts and has nothing to do with the joint: vital signs, laboratory values, visits, other complaints."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from sacroiliac.knowledge.simulation import Everyday, Simulation
from sacroiliac.simulate import forms
from sacroiliac.simulate.chart import Chart
from sacroiliac.simulate.forms import DAY, ID, NUMBER, PATIENT, VALUE, Days, Resource, concept

YEARS_BACK = 5
CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource as a form, and what fills it besides id, patient and day."""

    type: str
    form: bytes
    one: Everyday
    decimals: bytes


class Filler:
    """Fills charts up to the number of resources that is wanted."""

    def __init__(self, known: Simulation, days: Days, mean: float) -> None:
        self.days = days
        self.kinds = [_kind(one) for one in known.everyday]
        self.edges = list(accumulate(one.share.value for one in known.everyday))
        self.spread = known.resource_spread.value
        # The mean of a log-normal number lies above its median.
        self.median = math.log(mean) - self.spread**2 / 2

    def fill(self, chart: Chart, last: int, chance: Random) -> int:
        """Add resources to a chart; returns how many it then has."""
        wanted = round(math.exp(chance.gauss(self.median, self.spread)))
        number = wanted - chart.number - 1
        patient, lines, days = chart.patient, chart.lines, self.days
        if number > 0:
            start, site, clinician = chart.number, b"%d" % (chart.site + 1), b"%d" % (chart.clinician + 1)
            random = chance.random
            for place, kind in enumerate(chance.choices(self.kinds, cum_weights=self.edges, k=number), start + 1):
                day = days[last - int(random() * YEARS_BACK * 365)]
                name = b"%b-%d" % (patient, place)
                one = kind.one
                if kind.type == "Observation":
                    assert one.low is not None and one.high is not None
                    value = kind.decimals % (one.low + random() * (one.high - one.low))
                    lines["Observation"].append(kind.form % (name, patient, day, value))
                elif kind.type == "Encounter":
                    lines["Encounter"].append(kind.form % (name, patient, clinician, day, day, site))
                elif kind.type == "Claim":
                    lines["Claim"].append(kind.form % (name, patient, day, site, patient, day))
                else:
                    lines[kind.type].append(kind.form % (name, patient, day))
            chart.number += number
        return chart.number + 1


def _kind(one: Everyday) -> Kind:
    whole = one.low is not None and float(one.low).is_integer() and float(one.high or 0).is_integer()
    return Kind(one.resource, forms.form(_MAKE[one.resource](one)), one, b"%.0f" if whole else b"%.1f")


def _coded(one: Everyday) -> Resource:
    return concept({"system": one.system, "code": one.code}, one.text)


def _observation(one: Everyday) -> Resource:
    return {
        "resourceType": "Observation",
        "id": ID,
        "status": "final",
        "category": forms.category(one.category or "survey"),
        "code": _coded(one),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": DAY,
        "valueQuantity": {"value": NUMBER, "unit": one.unit},
    }


def _condition(one: Everyday) -> Resource:
    found = forms.condition(_coded(one))
    del found["recordedDate"]
    return found


def _immunization(one: Everyday) -> Resource:
    return {
        "resourceType": "Immunization",
        "id": ID,
        "status": "completed",
        "vaccineCode": _coded(one),
        "patient": {"reference": f"Patient/{PATIENT}"},
        "occurrenceDateTime": DAY,
    }


def _medication(one: Everyday) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": ID,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": _coded(one),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": DAY,
    }


def _procedure(one: Everyday) -> Resource:
    return {
        "resourceType": "Procedure",
        "id": ID,
        "status": "completed",
        "code": _coded(one),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "performedDateTime": DAY,
    }


def _encounter(one: Everyday) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": ID,
        "status": "finished",
        "class": {"system": CLASS, "code": one.code},
        "type": [concept(text=one.text)],
        "subject": {"reference": f"Patient/{PATIENT}"},
        "participant": [{"individual": {"reference": f"Practitioner/clinician-{VALUE}"}}],
        "period": {"start": DAY, "end": DAY},
        "serviceProvider": {"reference": f"Organization/site-{VALUE}"},
    }


def _claim(one: Everyday) -> Resource:
    return {
        "resourceType": "Claim",
        "id": ID,
        "status": "active",
        "type": concept(text="professional"),
        "use": "claim",
        "patient": {"reference": f"Patient/{PATIENT}"},
        "created": DAY,
        "provider": {"reference": f"Organization/site-{VALUE}"},
        "priority": concept(text="normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/{PATIENT}-1"}}],
        "item": [
            {"sequence": 1, "productOrService": concept({"system": one.system, "code": one.code}), "servicedDate": DAY}
        ],
    }


_MAKE: dict[str, Callable[[Everyday], Resource]] = {
    "Observation": _observation,
    "Condition": _condition,
    "Immunization": _immunization,
    "MedicationRequest": _medication,
    "Procedure": _procedure,
    "Encounter": _encounter,
    "Claim": _claim,
}
