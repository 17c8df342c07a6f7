"""Medication safety: the chart's drugs, and those being considered, against the rules M1 to M21."""

from __future__ import annotations

from typing import Any

import numpy as np

from sacroiliac.cases import Case
from sacroiliac.chart.facts import Fact
from sacroiliac.knowledge.model import MedicationRule
from sacroiliac.review import model
from sacroiliac.review.context import Context, place
from sacroiliac.rules import NOT_MET, Table
from sacroiliac.rules.columns import column

SEVERITY = ("do not give", "avoid", "adjust", "caution", "note")
TAKING = ("medications", "drug_classes", "cns_active_count")


def medication(context: Context, case: Case, table: Table, row: int) -> model.Medication:
    """The drugs of one case and what is unsafe about them."""
    taken = _words(case, "medications")
    planned = [drug for drug in _words(case, "planned_drugs") if drug not in taken]
    now = _notices(context, table, row, taken, planned=False)
    later = (
        _notices(context, *_with(context, case, table, row, planned), taken + planned, planned=True) if planned else []
    )
    known = {one.id for one in now if one.result.outcome == "met"}
    every = now + [one for one in later if one.id not in known]
    return model.Medication(
        recorded="medications" in case.findings,
        drugs=_drugs(context, case),
        morphine_equivalents=_morphine(case),
        applies=_sorted([one for one in every if one.result.outcome == "met"]),
        could_apply=_sorted([one for one in now if one.result.outcome == "not documented"]),
    )


def _words(case: Case, name: str) -> list[str]:
    found = case.findings.get(name)
    return [] if found is None else list(found.value["present"])


def _with(context: Context, case: Case, table: Table, row: int, planned: list[str]) -> tuple[Table, int]:
    """The case as if it took the planned drugs too."""
    drugs = _words(case, "medications") + planned
    absent = set() if "medications" not in case.findings else set(case.findings["medications"].value.get("absent", ()))
    absent -= set(drugs)
    every = context.knowledge.medications.classes
    (cns,) = [one for one in every if one.id == "cns_active"]
    values: dict[str, Any] = {
        "medications": {"present": drugs, "absent": sorted(absent)},
        "drug_classes": {
            "present": [one.id for one in every if set(one.members) & set(drugs)],
            "absent": [one.id for one in every if set(one.members) <= absent],
        },
        "cns_active_count": (float(len(set(drugs) & set(cns.members))), float("inf")),
    }
    columns = {name: column(table.vocabulary[name], [value]) for name, value in values.items()}
    return table.below(np.array([row]), table.vocabulary, columns), 0


def _notices(context: Context, table: Table, row: int, drugs: list[str], planned: bool) -> list[model.MedicationNotice]:
    found = []
    for rule in context.knowledge.medications.rules:
        if context.outcome(rule.when, table, row) == NOT_MET:
            continue
        result = context.result(rule.when, table, row)
        if result.outcome == "not documented" and not _concerns(rule, result, drugs):
            continue
        found.append(
            model.MedicationNotice(
                id=rule.id,
                number=rule.number,
                label=rule.label,
                severity=rule.severity,
                action=rule.action,
                planned=planned,
                result=result,
                confirmed=context.confirmed(rule.cite),
                cite=rule.cite,
            )
        )
    return found


def _concerns(rule: MedicationRule, result: model.RuleResult, drugs: list[str]) -> bool:
    """Whether an open rule is about a drug on the chart, and not about one nobody mentioned."""
    if rule.drugs and not set(rule.drugs) & set(drugs):
        return False
    return bool(drugs) and not {one.finding for one in result.would_meet} & set(TAKING)


def _sorted(found: list[model.MedicationNotice]) -> tuple[model.MedicationNotice, ...]:
    return tuple(sorted(found, key=lambda one: (SEVERITY.index(one.severity), one.number, one.id)))


def _drugs(context: Context, case: Case) -> tuple[model.Drug, ...]:
    found = case.findings.get("medications")
    # That the list is complete is a fact too, and no drug.
    drugs = [] if found is None else [fact for fact in found.facts if fact.concept in found.value["present"]]
    return tuple(_drug(context, fact) for fact in drugs)


def _drug(context: Context, fact: Fact) -> model.Drug:
    use = fact.value
    dose = "dose not recorded"
    if use.get("dose_mg") is not None and use.get("per_day") is not None:
        dose = f"{use['dose_mg'] * use['per_day']:g} mg a day"
    elif use.get("mcg_per_hour") is not None:
        dose = f"{use['mcg_per_hour']:g} mcg an hour"
    return model.Drug(
        id=fact.concept,
        label=context.knowledge.concepts[fact.concept].label,
        words=fact.label,
        dose=dose,
        place=place(fact),
    )


def _morphine(case: Case) -> str:
    found = case.findings.get("mme_per_day")
    if found is None:
        return "no opioid on the chart" if "medications" in case.findings else "not documented"
    if found.value == 0:
        return "no opioid on the chart"
    if isinstance(found.value, tuple) and not found.value[0]:
        return "not known: no dose is documented, or the drug has no factor in the table"
    if isinstance(found.value, tuple):
        return f"at least {found.value[0]:g} a day; the dose or the factor of an opioid is not known"
    return f"{found.value:g} a day"
