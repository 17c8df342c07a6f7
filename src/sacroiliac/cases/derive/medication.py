"""Drugs taken, their classes and doses, and kidney function."""

from __future__ import annotations

import numpy as np

from sacroiliac.cases.derive.known import Known, derives, number
from sacroiliac.cases.found import Found
from sacroiliac.chart.facts import Fact
from sacroiliac.rules.calendar import DAYS_PER_WEEK


def current(known: Known) -> list[Fact]:
    """The drugs taken at the review date."""
    found = []
    for fact in known.drugs:
        started = fact.when is None or fact.when[0] <= known.review
        stopped = fact.until is not None and fact.until[1] < known.review
        if started and not stopped:
            found.append(fact)
    return found


@derives("medications")
def _medications(known: Known) -> Found | None:
    drugs = current(known)
    names = list(dict.fromkeys(fact.concept for fact in drugs))
    if known.value("medication_list_complete") is True:
        others = [name for name in known.knowledge.findings["medications"].values if name not in names]
        facts = (*drugs, *known.rests_on(["medication_list_complete"]))
        return Found({"present": names, "absent": others}, facts, "the list is complete")
    return Found({"present": names}, tuple(drugs)) if names else None


@derives("drug_classes")
def _drug_classes(known: Known) -> Found | None:
    taken = known.value("medications")
    if taken is None:
        return None
    present, absent = set(taken["present"]), set(taken.get("absent", ()))
    classes = known.knowledge.medications.classes
    value = {
        "present": [one.id for one in classes if present & set(one.members)],
        "absent": [one.id for one in classes if set(one.members) <= absent],
    }
    return Found(value, known.rests_on(["medications"]))


@derives("cns_active_count")
def _cns_active(known: Known) -> Found | None:
    taken = known.value("medications")
    if taken is None:
        return None
    (cns,) = [one for one in known.knowledge.medications.classes if one.id == "cns_active"]
    listed = float(len(set(taken["present"]) & set(cns.members)))
    if set(cns.members) <= {*taken["present"], *taken.get("absent", ())}:
        return Found(listed, known.rests_on(["medications"]))
    # Drugs nobody wrote down may add to it.
    return Found((listed, np.inf), known.rests_on(["medications"]))


def _daily(fact: Fact) -> float | None:
    dose, times = fact.value.get("dose_mg"), fact.value.get("per_day")
    return None if dose is None or times is None else float(dose * times)


def _daily_total(known: Known, ingredient: str) -> Found | None:
    drugs = [fact for fact in current(known) if fact.concept == ingredient]
    doses = [dose for dose in map(_daily, drugs) if dose is not None]
    if not doses:
        return None
    total = float(sum(doses))
    return Found(
        number((total, total if len(doses) == len(drugs) else np.inf)), tuple(drugs), "from dose and frequency"
    )


@derives("gabapentin_mg_day")
def _gabapentin(known: Known) -> Found | None:
    return _daily_total(known, "gabapentin")


@derives("pregabalin_mg_day")
def _pregabalin(known: Known) -> Found | None:
    return _daily_total(known, "pregabalin")


@derives("duloxetine_mg_day")
def _duloxetine(known: Known) -> Found | None:
    return _daily_total(known, "duloxetine")


@derives("cyclobenzaprine_weeks")
def _cyclobenzaprine(known: Known) -> Found | None:
    drugs = [fact for fact in current(known) if fact.concept == "cyclobenzaprine"]
    starts = [fact.when for fact in drugs if fact.when is not None]
    if not starts:
        return None
    least = (known.review - min(known.review, *(start[1] for start in starts))) / DAYS_PER_WEEK
    most = (known.review - min(start[0] for start in starts)) / DAYS_PER_WEEK
    weeks = number((least, most if len(starts) == len(drugs) else np.inf))
    return Found(weeks, tuple(drugs), "since it was started")


@derives("mme_per_day")
def _mme(known: Known) -> Found | None:
    """Total morphine equivalents; at least the sum of the known doses where one dose is not known."""
    opioids = {one.ingredient: one for one in known.knowledge.medications.opioids}
    (listed,) = [one for one in known.knowledge.medications.classes if one.id == "opioids"]
    drugs = [fact for fact in current(known) if fact.concept in listed.members]
    if not drugs:
        taken = known.value("medications")
        none = taken is not None and set(listed.members) <= set(taken.get("absent", ()))
        return Found(0.0, known.rests_on(["medications"]), "no opioid on a complete list") if none else None
    total, complete = 0.0, True
    for fact in drugs:
        opioid = opioids.get(fact.concept)
        dose = _daily(fact) if opioid is None or opioid.per == "mg/day" else fact.value.get("mcg_per_hour")
        if opioid is None or dose is None:
            complete = False
        else:
            total += opioid.factor.value * dose
    note = "by the 2022 factors" if complete else "by the 2022 factors; the dose or factor of an opioid is not known"
    return Found(total if complete else (total, np.inf), tuple(drugs), note)


@derives("creatinine_clearance")
def _creatinine_clearance(known: Known) -> Found | None:
    age, weight, creatinine, sex = (known.value(name) for name in ("age_years", "weight_kg", "creatinine_mg_dl", "sex"))
    if None in (age, weight, creatinine, sex):
        return None
    formula = known.knowledge.medications.cockcroft_gault
    youngest, oldest = age if isinstance(age, tuple) else (age, age)
    least, most = (
        max((formula.age_from.value - years) * weight / (formula.divisor.value * creatinine), 0.0)
        * (formula.factor_women.value if sex == "female" else 1.0)
        for years in (oldest, youngest)
    )
    return Found(number((least, most)), known.rests_on(["weight_kg", "creatinine_mg_dl"]), "by Cockcroft and Gault")
