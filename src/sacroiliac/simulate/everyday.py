"""What fills charts and has nothing to do with the joint: vital signs, laboratory values, visits, other complaints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log

from sacroiliac.knowledge.simulation import Everyday, Simulation
from sacroiliac.simulate import forms
from sacroiliac.simulate.chart import Chart
from sacroiliac.simulate.forms import DAY, ID, NUMBER, PATIENT, VALUE, Resource, concept
from sacroiliac.simulate.people import DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource as a form; a value is drawn evenly from ``low`` on over ``span`` and written as ``shown``."""

    type: str
    form: bytes
    low: float
    span: float
    shown: bytes


class Filler:
    """Fills charts with about ``mean`` resources each."""

    def __init__(self, known: Simulation, mean: float) -> None:
        self.kinds = [_kind(one) for one in known.everyday]
        self.edges = list(accumulate(one.share.value for one in known.everyday))
        self.days_back = known.years.value * DAYS_PER_YEAR
        self.spread = known.resource_spread.value
        # The mean of a log-normal number lies above its median.
        self.median = log(mean) - self.spread**2 / 2 if mean > 0 else None

    def fill(self, chart: Chart, last: int) -> int:
        """Add resources to a chart; returns how many it then has, with the patient."""
        if self.median is not None:
            chance = chart.chance
            number = round(exp(chance.gauss(self.median, self.spread)))
            kinds = chance.choices(self.kinds, cum_weights=self.edges, k=number)
            self._add(chart, last, kinds)
        return chart.number + 1

    def _add(self, chart: Chart, last: int, kinds: list[Kind]) -> None:
        patient, lines, days, random = chart.patient.encode(), chart.lines, chart.days, chart.chance.random
        site, clinician = b"%d" % (chart.site + 1), b"%d" % (chart.clinician + 1)
        back, number = self.days_back, chart.number
        for kind in kinds:
            number += 1
            name, day = b"%b-%d" % (patient, number), days[last - int(random() * back)]
            if kind.type == "Observation":
                values = (name, patient, day, kind.shown % (kind.low + random() * kind.span))
            elif kind.type == "Encounter":
                values = (name, patient, clinician, day, day, site)  # type: ignore[assignment]
            elif kind.type == "Claim":
                values = (name, patient, day, site, patient, day)  # type: ignore[assignment]
            elif kind.type == "Condition":
                values = (name, patient, day, day)
            else:
                values = (name, patient, day)  # type: ignore[assignment]
            lines[kind.type].append(kind.form % values)
        chart.number = number


def _kind(one: Everyday) -> Kind:
    low, high = one.low or 0.0, one.high or 0.0
    whole = low.is_integer() and high.is_integer()
    code = concept({"system": one.system, "code": one.code}, one.text)
    return Kind(
        one.resource, forms.form(_MAKE[one.resource](one, code)), low, high - low, b"%.0f" if whole else b"%.1f"
    )


def _observation(one: Everyday, code: Resource) -> Resource:
    return {
        "resourceType": "Observation",
        "id": ID,
        "status": "final",
        "category": forms.category(one.category or "survey"),
        "code": code,
        "subject": forms.about(PATIENT),
        "effectiveDateTime": DAY,
        "valueQuantity": {"value": NUMBER, "unit": one.unit},
    }


def _immunization(_: Everyday, code: Resource) -> Resource:
    return {
        "resourceType": "Immunization",
        "id": ID,
        "status": "completed",
        "vaccineCode": code,
        "patient": forms.about(PATIENT),
        "occurrenceDateTime": DAY,
    }


def _claim(_: Everyday, code: Resource) -> Resource:
    return {
        "resourceType": "Claim",
        "id": ID,
        "status": "active",
        "type": concept(text="professional"),
        "use": "claim",
        "patient": forms.about(PATIENT),
        "created": DAY,
        "provider": {"reference": f"Organization/site-{VALUE}"},
        "priority": concept(text="normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/{PATIENT}-1"}}],
        "item": [{"sequence": 1, "productOrService": code, "servicedDate": DAY}],
    }


_MAKE: dict[str, Callable[[Everyday, Resource], Resource]] = {
    "Observation": _observation,
    "Condition": lambda _, code: forms.condition(code),
    "Immunization": _immunization,
    "MedicationRequest": lambda _, code: forms.prescription(code),
    "Encounter": lambda one, _: forms.encounter(one.text),
    "Claim": _claim,
}
