"""Findings that are worked out from others: ages and durations, sets, counts, doses.

One small function each; all are listed in :data:`DERIVED`. A finding the chart states itself is left as it
is stated, and what cannot be worked out stays not documented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sacroiliac.cases.found import Entry, Findings, Found
from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Fact, Patient, Side, Span
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.rules import calendar

MONTHS_PER_YEAR = calendar.MONTHS_PER_YEAR
DAYS_PER_WEEK = calendar.DAYS_PER_WEEK

PROVOCATION = (
    "faber",
    "gaenslen",
    "thigh_thrust",
    "compression",
    "distraction",
    "sacral_thrust",
    "yeoman",
    "posterior_shear",
)
# Thigh thrust and posterior shear are one manoeuvre under two names.
MANOEUVRES: tuple[tuple[str, ...], ...] = (
    ("thigh_thrust", "posterior_shear"), ("faber",), ("gaenslen",), ("compression",), ("distraction",), ("sacral_thrust",), ("yeoman",),
)  # fmt: skip
IMAGING = ("img_sij_xray", "img_sij_ct_or_mri", "img_pelvis_ap", "img_lumbar_ct_or_mri")
THERAPY = ("pt", "chiropractic", "hep")
REHABILITATION = ("pt", "hep", "active_exercise")


@dataclass(frozen=True, slots=True)
class Known:
    """What a derivation may use: the findings so far, and the records and facts behind them."""

    knowledge: Knowledge
    patient: Patient
    side: Side | None
    review: int
    findings: Findings
    injections: Sequence[Entry] | None
    treatments: Sequence[Entry] | None
    drugs: Sequence[Fact]
    facts: Sequence[Fact]

    def value(self, name: str) -> Any:
        """The value of a finding, or None when it is not documented."""
        found = self.findings.get(name)
        return None if found is None else found.value

    def rests_on(self, names: Iterable[str]) -> tuple[Fact, ...]:
        """The facts behind some findings, each once."""
        facts = [fact for name in names if name in self.findings for fact in self.findings[name].facts]
        return tuple({id(fact): fact for fact in facts}.values())


Derivation = Callable[[Known], Found | None]
DERIVED: dict[str, Derivation] = {}


def derives(name: str) -> Callable[[Derivation], Derivation]:
    """Register the function that works out the finding ``name``."""

    def register(function: Derivation) -> Derivation:
        DERIVED[name] = function
        return function

    return register


def derive(known: Known) -> Findings:
    """All findings: those stated, and those that can be worked out from them, in the order of :data:`DERIVED`."""
    for name, function in DERIVED.items():
        if name not in known.findings:
            found = function(known)
            if found is not None:
                known.findings[name] = found
    return known.findings


# ---------------------------------------------------------------------------------------- dates and ages


def months_between(start: Span, end: Span) -> tuple[float, float]:
    """Fewest and most calendar months from one span to another."""
    days = np.array([[start[1], start[0]], [end[0], end[1]]], float)
    found = calendar.months_between(days[0], days[1], np.nan)
    return float(found[0]), float(found[1])


def _number(bounds: tuple[float, float]) -> float | tuple[float, float]:
    return bounds[0] if bounds[0] == bounds[1] else bounds


@derives("request_date")
def _request_date(known: Known) -> Found:
    return Found(known.review, (), "the review date")


@derives("requested_side")
def _requested_side(known: Known) -> Found | None:
    return Found(known.side, (), "the side of the case") if known.side else None


@derives("sex")
def _sex(known: Known) -> Found | None:
    return Found(known.patient.sex, ()) if known.patient.sex in ("female", "male") else None


@derives("age_years")
def _age(known: Known) -> Found | None:
    if known.patient.birth is None:
        return None
    low, high = months_between(known.patient.birth, (known.review, known.review))
    years = (float(low // MONTHS_PER_YEAR), float(high // MONTHS_PER_YEAR))
    return Found(_number(years), (), "from the date of birth")


@derives("pregnant")
def _pregnant(known: Known) -> Found | None:
    return _not_asked(known, "pregnant", False)


@derives("months_postpartum")
def _postpartum(known: Known) -> Found | None:
    return _not_asked(known, "months_postpartum", np.inf)


def _not_asked(known: Known, name: str, answer: Any) -> Found | None:
    """The answer to a question that is not for this patient, by sex or age; nothing when it is, or may be."""
    asked = known.knowledge.findings[name].asked_of
    assert asked is not None
    age = known.value("age_years")
    youngest = age[0] if isinstance(age, tuple) else age
    if known.value("sex") not in (None, asked.sex):
        return Found(answer, known.rests_on(["sex"]), f"not asked: recorded as {known.value('sex')}")
    if youngest is not None and youngest > asked.oldest.value:
        return Found(answer, known.rests_on(["age_years"]), f"not asked above {asked.oldest.value:g} years of age")
    return None


@derives("pain_duration_months")
def _duration(known: Known) -> Found | None:
    onset = known.value("pain_onset_date")
    if onset is None:
        return None
    bounds = months_between(onset, (known.review, known.review))
    return Found(_number(bounds), known.rests_on(["pain_onset_date"]), f"since {written_span(onset)}")


@derives("age_at_onset_years")
def _age_at_onset(known: Known) -> Found | None:
    onset, birth = known.value("pain_onset_date"), known.patient.birth
    if onset is not None and birth is not None:
        low, high = months_between(birth, onset)
        years = (float(low // MONTHS_PER_YEAR), float(high // MONTHS_PER_YEAR))
        return Found(_number(years), known.rests_on(["pain_onset_date"]), "from the dates of birth and onset")
    months, age = known.value("pain_duration_months"), known.value("age_years")
    if isinstance(months, float | int) and isinstance(age, float | int):
        years = (
            max(0.0, age - np.ceil(months / MONTHS_PER_YEAR)),
            max(0.0, age + 1 - np.floor(months / MONTHS_PER_YEAR)),
        )
        return Found(years, known.rests_on(["pain_duration_months"]), "from age and duration")
    return None


# ------------------------------------------------------------------------------------------ examination


@derives("provocation_positive")
def _positive(known: Known) -> Found | None:
    return _set_of(known, {name: name for name in PROVOCATION})


@derives("provocation_done")
def _done(known: Known) -> Found | None:
    done = [name for name in PROVOCATION if known.value(name) is not None]
    # A test nobody mentions may have been done: it is not documented, not absent.
    return Found({"present": done}, known.rests_on(done)) if done else None


@derives("provocation_count_done")
def _count_done(known: Known) -> Found | None:
    done = [group for group in MANOEUVRES if any(known.value(name) is not None for name in group)]
    return Found(float(len(done)), known.rests_on(PROVOCATION), "from the single tests") if done else None


@derives("provocation_count")
def _count(known: Known) -> Found | None:
    """Positive manoeuvres: at least those positive, at most those not negative among the six usual ones."""
    positive = [group for group in MANOEUVRES if any(known.value(name) is True for name in group)]
    negative = [
        group for group in MANOEUVRES if group not in positive and any(known.value(name) is False for name in group)
    ]
    if not positive and not negative:
        return None
    open_ones = [
        group for group in MANOEUVRES if group not in positive and group not in negative and group != ("yeoman",)
    ]
    bounds = (float(len(positive)), float(len(positive) + len(open_ones)))
    return Found(_number(bounds), known.rests_on(PROVOCATION), "from the single tests")


@derives("sij_exam_recorded")
def _exam_recorded(known: Known) -> Found:
    recorded = any(known.value(name) is not None for name in ("provocation_positive", "provocation_count"))
    return Found(recorded, known.rests_on(PROVOCATION), "about the record itself")


# ------------------------------------------------------------------------------------------------- sets


def _set_of(known: Known, words: Mapping[str, str]) -> Found | None:
    """A set from yes-or-no findings: ``words`` gives the finding behind each word."""
    values = {word: known.value(name) for word, name in words.items()}
    if all(value is None for value in values.values()):
        return None
    present = [word for word, value in values.items() if value is True]
    absent = [word for word, value in values.items() if value is False]
    return Found({"present": present, "absent": absent}, known.rests_on(words.values()), "from the single findings")


@derives("sacroiliitis_on_imaging")
def _sacroiliitis(known: Known) -> Found | None:
    names = ("mri_sacroiliitis", "mri_deep_oedema", "radiographic_sacroiliitis")
    values = [known.value(name) for name in names]
    if True in values:
        return Found(True, known.rests_on(names))
    seen = known.value("mri_sacroiliitis") is False or known.value("radiographic_sacroiliitis") is False
    return Found(False, known.rests_on(names)) if seen else None


@derives("pain_scale_named")
def _scale_named(known: Known) -> Found | None:
    names = [name for name in ("pain_nrs", "function_score") if known.value(name) is not None]
    return Found(True, known.rests_on(names), "a named score is on the chart") if names else None


@derives("img_age_months")
def _imaging_age(known: Known) -> Found | None:
    dated = [fact for name in IMAGING if known.value(name) is True for fact in known.findings[name].facts if fact.when]
    if not dated:
        return None
    newest = max(dated, key=lambda fact: fact.when[1] if fact.when else 0)
    assert newest.when is not None
    return Found(
        _number(months_between(newest.when, (known.review, known.review))), (newest,), "newest imaging on the chart"
    )


# ------------------------------------------------------------------------------------------- injections


@derives("sij_injection_recorded")
def _injection_recorded(known: Known) -> Found:
    return Found(bool(known.injections), tuple(one.fact for one in known.injections or ()), "about the record itself")


@derives("days_since_injection")
def _days_since(known: Known) -> Found | None:
    dated = [one.fact for one in known.injections or () if one.fact.when is not None]
    if not dated:
        return None
    last = max(dated, key=lambda fact: fact.when or (0, 0))
    assert last.when is not None
    return Found(_number((float(known.review - last.when[1]), float(known.review - last.when[0]))), (last,))


@derives("steroid_doses_12_months")
def _steroid_doses(known: Known) -> Found | None:
    if known.injections is None:
        return None
    start = calendar.add_months(np.array([float(known.review)]), -MONTHS_PER_YEAR)[0]
    recent = [one for one in known.injections if one.fact.when is None or one.fact.when[1] >= start]
    given = [one for one in recent if one.values.get("steroid") is True and one.fact.when is not None]
    perhaps = [one for one in recent if one.values.get("steroid") is not False]
    return Found(_number((float(len(given)), float(len(perhaps)))), tuple(one.fact for one in recent))


@derives("weeks_since_sij_fusion")
def _weeks_since_fusion(known: Known) -> Found | None:
    if known.value("sij_fusion") is not True:
        return None
    dated = [fact for fact in known.findings["sij_fusion"].facts if fact.when is not None]
    if not dated:
        return None
    last = max(dated, key=lambda fact: fact.when or (0, 0))
    assert last.when is not None
    bounds = ((known.review - last.when[1]) / DAYS_PER_WEEK, (known.review - last.when[0]) / DAYS_PER_WEEK)
    return Found(_number(bounds), (last,))


# ----------------------------------------------------------------------------------- conservative care


def _weeks(known: Known, kinds: Sequence[str] | None) -> Found | None:
    """Weeks covered by treatments of some kinds (all, when None): dated spans are counted once where they overlap."""
    chosen = [one for one in known.treatments or () if kinds is None or one.values.get("kind") in kinds]
    spans: list[tuple[int, int]] = []
    undated = 0.0
    facts = []
    for one in chosen:
        start, end = one.values.get("start"), one.values.get("end")
        if start is not None and (end is not None or one.values.get("ongoing")):
            last = known.review if end is None else min(end[0], known.review)
            spans.append((start[1], max(last, start[1])))
            facts.append(one.fact)
        elif one.values.get("weeks") is not None:
            undated = max(undated, one.values["weeks"])
            facts.append(one.fact)
    if not facts:
        return None
    covered, reached = 0, -(10**9)
    for first, last in sorted(spans):
        covered += max(0, last - max(first, reached))
        reached = max(reached, last)
    return Found(max(covered / DAYS_PER_WEEK, undated), tuple(facts), "from the treatments")


@derives("conservative_weeks")
def _conservative_weeks(known: Known) -> Found | None:
    return _weeks(known, None)


@derives("pt_weeks")
def _pt_weeks(known: Known) -> Found | None:
    return _weeks(known, THERAPY)


@derives("nsaid_weeks")
def _nsaid_weeks(known: Known) -> Found | None:
    return _weeks(known, ("nsaid",))


@derives("activity_modification_weeks")
def _activity_weeks(known: Known) -> Found | None:
    return _weeks(known, ("activity_modification",))


@derives("pt_visits")
def _visits(known: Known) -> Found | None:
    visits = [
        one for one in known.treatments or () if one.values.get("kind") == "pt" and one.values.get("visits") is not None
    ]
    return (
        Found(float(sum(one.values["visits"] for one in visits)), tuple(one.fact for one in visits)) if visits else None
    )


@derives("conservative_modalities")
def _modalities(known: Known) -> Found | None:
    legal = known.knowledge.findings["conservative_modalities"].values
    tried = [one for one in known.treatments or () if one.values.get("kind") in legal]
    kinds = list(dict.fromkeys(one.values["kind"] for one in tried))
    return Found({"present": kinds}, tuple(one.fact for one in tried)) if tried else None


@derives("conservative_recency_months")
def _recency(known: Known) -> Found | None:
    if any(one.values.get("ongoing") for one in known.treatments or ()):
        return Found(
            0.0, tuple(one.fact for one in known.treatments or () if one.values.get("ongoing")), "care is going on"
        )
    ended = [one for one in known.treatments or () if one.values.get("end") is not None]
    if not ended:
        return None
    last = max(ended, key=lambda one: one.values["end"])
    end = (min(last.values["end"][0], known.review), min(last.values["end"][1], known.review))
    return Found(_number(months_between(end, (known.review, known.review))), (last.fact,), "since the last care ended")


@derives("conservative_failed")
def _failed(known: Known) -> Found | None:
    listed = known.treatments or ()
    if listed and all(one.values.get("response") in ("none", "worse") for one in listed):
        return Found(True, tuple(one.fact for one in listed), "every treatment on the chart helped not at all")
    return None


@derives("active_rehab_now")
def _rehabilitation(known: Known) -> Found | None:
    listed = [one for one in known.treatments or () if one.values.get("kind") in REHABILITATION]
    going_on = [
        one
        for one in listed
        if one.values.get("ongoing") or (one.values.get("end") and one.values["end"][0] >= known.review)
    ]
    if going_on:
        return Found(True, tuple(one.fact for one in going_on))
    ended = [one for one in listed if one.values.get("end") is not None or one.values.get("ongoing") is False]
    return Found(False, tuple(one.fact for one in ended)) if ended and len(ended) == len(listed) else None


# ------------------------------------------------------------------------------------------- medication


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
    number = float(len(set(taken["present"]) & set(cns.members)))
    if set(cns.members) <= {*taken["present"], *taken.get("absent", ())}:
        return Found(number, known.rests_on(["medications"]))
    # Drugs nobody wrote down may add to it.
    return Found((number, np.inf), known.rests_on(["medications"]))


def _daily(fact: Fact) -> float | None:
    dose, times = fact.value.get("dose_mg"), fact.value.get("per_day")
    return None if dose is None or times is None else float(dose * times)


def _daily_total(known: Known, ingredient: str) -> Found | None:
    drugs = [fact for fact in current(known) if fact.concept == ingredient]
    doses = [_daily(fact) for fact in drugs]
    if not drugs or any(dose is None for dose in doses):
        return None
    return Found(float(sum(dose for dose in doses if dose is not None)), tuple(drugs), "from dose and frequency")


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
    drugs = [fact for fact in current(known) if fact.concept == "cyclobenzaprine" and fact.when is not None]
    if not drugs:
        return None
    first = min(drugs, key=lambda fact: fact.when or (0, 0))
    assert first.when is not None
    return Found((known.review - first.when[0]) / DAYS_PER_WEEK, (first,), "since it was started")


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
    if isinstance(age, tuple) or None in (age, weight, creatinine, sex):
        return None
    formula = known.knowledge.medications.cockcroft_gault
    value = (formula.age_from.value - age) * weight / (formula.divisor.value * creatinine)
    value *= formula.factor_women.value if sex == "female" else 1.0
    return Found(max(value, 0.0), known.rests_on(["weight_kg", "creatinine_mg_dl"]), "by Cockcroft and Gault")
