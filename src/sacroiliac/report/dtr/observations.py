"""Lines of a plain chart as FHIR Observations, in the form in which the project's reader takes them."""

from __future__ import annotations

from typing import Any

from sacroiliac.chart.facts import Fact
from sacroiliac.chart.fhir.codes import LOCAL, codes, local_code
from sacroiliac.chart.fhir.definitions import coded_word
from sacroiliac.knowledge.model import Finding, Knowledge
from sacroiliac.report.dtr.answers import partial_date
from sacroiliac.report.dtr.form import unit_code

Resource = dict[str, Any]


def observation(knowledge: Knowledge, fact: Fact) -> Resource | None:
    """The code, date and value of an Observation for a fact; None for facts that are no single finding."""
    if fact.concept not in codes(knowledge).findings_by_code.values():
        return None
    finding = knowledge.findings[fact.concept]
    value = _value(knowledge, finding, fact.value)
    if value is None:
        return None
    coding = {"system": knowledge.systems[LOCAL].uri, "code": local_code(finding.id), "display": finding.label}
    moment = None if fact.when is None else partial_date(fact.when)
    dated = {} if moment is None else {"effectiveDateTime": moment}
    return {"code": {"coding": [coding], "text": finding.label}, **dated, **value}


def _value(knowledge: Knowledge, finding: Finding, value: Any) -> Resource | None:
    match finding.type:
        case "bool" if isinstance(value, bool):
            words = ("positive", "negative") if finding.area == "examination" else ("present", "absent")
            concept = knowledge.concepts[words[0] if value else words[1]]
            code = next(one for one in concept.codes if one.system == "snomed")
            coding = {"system": knowledge.systems["snomed"].uri, "code": code.code, "display": code.display}
            return {"valueCodeableConcept": {"coding": [coding]}}
        case "number" if isinstance(value, (int, float)):
            quantity: Resource = {"value": int(value) if float(value).is_integer() else value}
            unit = unit_code(finding.unit)
            if unit is not None:
                quantity |= {"unit": finding.unit, "system": knowledge.systems["ucum"].uri, "code": unit}
            return {"valueQuantity": quantity}
        case "text" if finding.values and isinstance(value, str):
            return {"valueCodeableConcept": {"coding": [coded_word(finding, value)]}}
        case "date":
            day = partial_date(value)
            return None if day is None else {"valueDateTime": day}
    return None
