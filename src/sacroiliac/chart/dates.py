"""Dates as charts write them: a day, a month or a year."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from sacroiliac.chart.facts import Span
from sacroiliac.errors import InputError

EPOCH = date(1970, 1, 1)
EARLIEST, LATEST = 1900, 2200
_TIME = r"\d{2}(?::\d{2}){0,2}(?:\.\d+)? ?(?:Z|[+-]\d{2}:?\d{2})?"
_WRITTEN = re.compile(rf"(\d{{4}})(?:-(\d{{2}})(?:-(\d{{2}})(?:[Tt ]{_TIME})?)?)?", re.ASCII)

_AS_CHARTS_DO = "; write it as 2024-03-05, 2024-03 or 2024"


@lru_cache(maxsize=10_000)
def span(written: str) -> Span:
    """The first and last day that ``written`` may mean: ``2024-03-05`` (a time after it is left out of account),
    ``2024-03`` or ``2024``.

    :raises ValueError: when it is no such date, or not between the years 1900 and 2200.
    """
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise ValueError(f"'{written}' is not a date{_AS_CHARTS_DO}")
    year, month, day = match.groups()
    if not EARLIEST <= int(year) <= LATEST:
        raise ValueError(f"the year {year} is not between {EARLIEST} and {LATEST}")
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise ValueError(f"there is no day {written.strip()[:10]}") from None
    if day is not None:
        last = first
    elif month is not None:
        last = date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)
    else:
        last = date(first.year, 12, 31)
    return day_number(first), day_number(last)


def asked_day(written: str | None) -> int | None:
    """The day number of a review date that was asked for on the command line.

    :raises InputError: when it is not one day
    """
    if written is None:
        return None
    try:
        first, last = span(written)
    except ValueError as error:
        # A review is of one day: the months and years of charts would only mislead.
        raise InputError("--as-of", str(error).removesuffix(_AS_CHARTS_DO), "Write it as 2025-06-30.") from None
    if first != last:
        raise InputError("--as-of", f"'{written}' is not one day", "Write it as 2025-06-30.")
    return last


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return ((day.date() if isinstance(day, datetime) else day) - EPOCH).days


@lru_cache(maxsize=10_000)
def written(day: float) -> str:
    """A day number as ``2024-03-05``."""
    return (EPOCH + timedelta(days=int(day))).isoformat()


def written_span(days: Span | None) -> str:
    """A span as the shortest date that means it; "no date" for none."""
    if days is None:
        return "no date"
    first, last = written(days[0]), written(days[1])
    if first == last:
        return first
    for shorter in (first[:7], first[:4]):
        if span(shorter) == days:
            return shorter
    return f"{first} to {last}"
