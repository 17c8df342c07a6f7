"""Calendar arithmetic on columns of day numbers (days since 1970-01-01, float64, ``inf`` when open)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

import numpy as np

from sacroiliac.rules.columns import Floats

DAYS_PER_WEEK = 7
MONTHS_PER_YEAR = 12
EPOCH = date(1970, 1, 1).toordinal()


def add_months(days: Floats, months: Any) -> Floats:
    """The same day of the month ``months`` later, or that month's last day where it has none."""
    finite = np.isfinite(days)
    whole = np.where(finite, days, 0).astype("datetime64[D]")
    month = whole.astype("datetime64[M]")
    target = month + np.asarray(months).astype("timedelta64[M]")
    day = np.minimum(whole - month.astype("datetime64[D]"), _length(target) - np.timedelta64(1, "D"))
    moved = (target.astype("datetime64[D]") + day).astype(np.int64).astype(float)
    return np.where(finite, moved, days)


def months_between(start: Floats, end: Floats, otherwise: float) -> Floats:
    """Calendar months from ``start`` to ``end``: whole months, and the part of the month begun.

    ``otherwise`` is the answer where one of the two is open.
    """
    finite = np.isfinite(start) & np.isfinite(end)
    a, b = np.where(finite, start, 0.0), np.where(finite, end, 0.0)
    month_a = a.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    month_b = b.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    whole = month_b - month_a
    whole = np.where(add_months(a, whole) > b, whole - 1, whole)
    begun, ended = add_months(a, whole), add_months(a, whole + 1)
    return np.where(finite, whole + (b - begun) / (ended - begun), otherwise)


def months_between_days(start: int, end: int) -> float:
    """The same for one pair of known days, without the arrays."""
    a, b = date.fromordinal(start + EPOCH), date.fromordinal(end + EPOCH)
    whole = (b.year - a.year) * MONTHS_PER_YEAR + b.month - a.month
    begun = _day_after(a, whole)
    if begun > b:
        whole -= 1
        begun = _day_after(a, whole)
    return whole + (b - begun).days / (_day_after(a, whole + 1) - begun).days


def _day_after(day: date, months: int) -> date:
    """The same day of the month some months later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, MONTHS_PER_YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _length(month: Any) -> Any:
    """The length of each month (timedelta64[D])."""
    following = month + np.timedelta64(1, "M")
    return following.astype("datetime64[D]") - month.astype("datetime64[D]")
