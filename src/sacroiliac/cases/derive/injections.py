"""What the injections and operations add up to."""

from __future__ import annotations

import numpy as np

from sacroiliac.cases.derive.known import Known, derives, number
from sacroiliac.cases.found import Found
from sacroiliac.rules import calendar
from sacroiliac.rules.calendar import DAYS_PER_WEEK, MONTHS_PER_YEAR


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
    return Found(number((float(known.review - last.when[1]), float(known.review - last.when[0]))), (last,))


@derives("steroid_doses_12_months")
def _steroid_doses(known: Known) -> Found | None:
    if known.injections is None:
        return None
    start = calendar.add_months(np.array([float(known.review)]), -MONTHS_PER_YEAR)[0]
    recent = [one for one in known.injections if one.fact.when is None or one.fact.when[1] >= start]
    given = [one for one in recent if one.values.get("steroid") is True and one.fact.when is not None]
    perhaps = [one for one in recent if one.values.get("steroid") is not False]
    return Found(number((float(len(given)), float(len(perhaps)))), tuple(one.fact for one in recent))


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
    return Found(number(bounds), (last,))
