"""Who the patient is, and how long the pain lasts."""

from __future__ import annotations

from typing import Any

import numpy as np

from sacroiliac.cases.derive.known import Known, derives, months_between, number
from sacroiliac.cases.found import Found
from sacroiliac.chart.dates import written_span
from sacroiliac.rules.calendar import MONTHS_PER_YEAR


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
    return Found(number(years), (), "from the date of birth")


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
    return Found(number(bounds), known.rests_on(["pain_onset_date"]), f"since {written_span(onset)}")


@derives("age_at_onset_years")
def _age_at_onset(known: Known) -> Found | None:
    onset, birth = known.value("pain_onset_date"), known.patient.birth
    if onset is not None and birth is not None:
        low, high = months_between(birth, onset)
        years = (float(low // MONTHS_PER_YEAR), float(high // MONTHS_PER_YEAR))
        return Found(number(years), known.rests_on(["pain_onset_date"]), "from the dates of birth and onset")
    months, age = known.value("pain_duration_months"), known.value("age_years")
    if isinstance(months, float | int) and isinstance(age, float | int):
        years = (
            max(0.0, age - np.ceil(months / MONTHS_PER_YEAR)),
            max(0.0, age + 1 - np.floor(months / MONTHS_PER_YEAR)),
        )
        return Found(years, known.rests_on(["pain_duration_months"]), "from age and duration")
    return None
