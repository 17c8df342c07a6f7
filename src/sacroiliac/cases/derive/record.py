"""What the chart as a record says: true or false, never not documented.

A rule that must not take a missing answer for a good one, such as "a tumour that imaging has not excluded", asks these.
"""

from __future__ import annotations

from typing import Any

from sacroiliac.cases.derive.known import Known, derives
from sacroiliac.cases.found import Found
from sacroiliac.rules.calendar import DAYS_PER_WEEK

ABOUT = "about the record itself"


@derives("imaging_excluded_on_record")
def _excluded(known: Known) -> Found:
    """What imaging of the joint excludes by the chart; anything else is not excluded."""
    name = "img_sij_excludes"
    present = list((known.value(name) or {}).get("present", ()))
    legal = known.knowledge.findings["imaging_excluded_on_record"].values
    absent = [word for word in legal if word not in present]
    return Found({"present": present, "absent": absent}, known.rests_on([name]), ABOUT)


@derives("conservative_weeks_on_record")
def _weeks(known: Known) -> Found:
    """The weeks of conservative care that are certain; none where the chart says nothing."""
    weeks: Any = known.value("conservative_weeks") or 0.0
    least = weeks[0] if isinstance(weeks, tuple) else weeks
    return Found(float(least), known.rests_on(["conservative_weeks"]), ABOUT)


@derives("kidney_clearance_on_record")
def _clearance(known: Known) -> Found:
    name = "creatinine_clearance"
    return Found(known.value(name) is not None, known.rests_on([name]), ABOUT)


@derives("rfa_on_record")
def _radiofrequency(known: Known) -> Found:
    """The radiofrequency treatments that the chart holds, as a list that lacks none."""
    return Found(list(known.value("rfa_history") or ()), known.rests_on(["rfa_history"]), ABOUT)


@derives("rfa_wore_off")
def _wore_off(known: Known) -> Found | None:
    """Whether the relief of the last radiofrequency had ended by the review; None where its length is not known."""
    rows = known.value("rfa_history")
    if not rows:
        return None
    last = rows[-1]
    if last.get("date") is None or last.get("relief_weeks") is None:
        return None
    first_end, last_end = (day + last["relief_weeks"] * DAYS_PER_WEEK for day in last["date"])
    if last_end < known.review:
        return Found(True, known.rests_on(["rfa_history"]))
    return Found(False, known.rests_on(["rfa_history"])) if first_end >= known.review else None
