"""Who the patient is, and how long the pain lasts."""

from __future__ import annotations

from typing import Any

import numpy as np

from sacroiliac.cases.derive.known import Known, derives, months_between, months_since, number
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
    lived = None if known.patient.birth is None else months_since(known.patient.birth, known.review)
    return None if lived is None else Found(number(_whole_years(lived)), (), "from the date of birth")


def _whole_years(months: tuple[float, float]) -> tuple[float, float]:
    return float(months[0] // MONTHS_PER_YEAR), float(months[1] // MONTHS_PER_YEAR)


@derives("pregnant")
def _pregnant(known: Known) -> Found | None:
    return _not_asked(known, "pregnant", False)


@derives("months_postpartum")
def _postpartum(known: Known) -> Found | None:
    if known.value("ever_given_birth") is False:
        return Found(np.inf, known.rests_on(["ever_given_birth"]), "has not given birth")
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
    bounds = None if onset is None else months_since(onset, known.review)
    if bounds is None:
        return None
    return Found(number(bounds), known.rests_on(["pain_onset_date"]), f"since {written_span(onset)}")


AT_THE_LATEST = "at the latest when the present pain began"


@derives("age_at_onset_years")
def _age_at_onset(known: Known) -> Found | None:
    # Both name the present episode: back pain began then, or at any age before.
    onset, birth = known.value("pain_onset_date"), known.patient.birth
    if onset is not None and months_since(onset, known.review) is None:
        return None
    if onset is not None and birth is not None:
        _, latest = _whole_years(months_between(birth, onset))
        if latest < 0:
            return None
        return Found(number((0.0, latest)), known.rests_on(["pain_onset_date"]), AT_THE_LATEST)
    months, age = known.value("pain_duration_months"), known.value("age_years")
    if isinstance(months, float | int) and isinstance(age, float | int):
        # The age is in whole years: the birthday may be a day or a year ago.
        latest = max(0.0, float(age - np.floor(months / MONTHS_PER_YEAR)))
        return Found(number((0.0, latest)), known.rests_on(["pain_duration_months"]), AT_THE_LATEST)
    return None
