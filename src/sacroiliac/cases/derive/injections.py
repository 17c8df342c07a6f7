"""What the injections and operations add up to."""

from __future__ import annotations

import numpy as np

from sacroiliac.cases.derive.known import Known, derives, latest, number
from sacroiliac.cases.found import Found
from sacroiliac.rules import calendar
from sacroiliac.rules.calendar import DAYS_PER_WEEK, MONTHS_PER_YEAR


@derives("sij_injection_recorded")
def _injection_recorded(known: Known) -> Found:
    return Found(bool(known.injections), tuple(one.fact for one in known.injections or ()), "about the record itself")


@derives("days_since_injection")
def _days_since(known: Known) -> Found | None:
    facts = [one.fact for one in known.injections or ()]
    last = latest((fact.when for fact in facts), known.review)
    if last is None:
        return None
    bounds = (float(known.review - last[1]), float(known.review - last[0]))
    return Found(number(bounds), tuple(fact for fact in facts if fact.when is None or fact.when[1] >= last[0]))


@derives("steroid_doses_12_months")
def _steroid_doses(known: Known) -> Found | None:
    if known.injections is None:
        return None
    start = calendar.add_months(np.array([float(known.review)]), -MONTHS_PER_YEAR)[0]
    recent = [one for one in known.injections if one.fact.when is None or one.fact.when[1] >= start]
    steroid = [one for one in recent if one.values.get("steroid") is True]
    given = [one for one in steroid if one.fact.when is not None and one.fact.when[0] >= start]
    perhaps = float(sum(one.values.get("steroid") is not False for one in recent))
    most = np.inf if known.may_lack("sij_injections") else perhaps
    return Found(number((float(len(given)), most)), tuple(one.fact for one in recent))


@derives("weeks_since_sij_fusion")
def _weeks_since_fusion(known: Known) -> Found | None:
    if known.value("sij_fusion") is not True:
        return None
    facts = known.findings["sij_fusion"].facts
    last = latest((fact.when for fact in facts if fact.when is not None), known.review)
    if last is None:
        return None
    bounds = ((known.review - last[1]) / DAYS_PER_WEEK, (known.review - last[0]) / DAYS_PER_WEEK)
    return Found(number(bounds), facts)
