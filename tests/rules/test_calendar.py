"""Calendar months, weeks, and what they do at the ends of months."""

from __future__ import annotations

from datetime import date
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.rules import calendar, parse
from sacroiliac.rules.columns import from_rows
from tests.rules.world import VOCABULARY, day_of, months_between, moved, number_of

DAYS = st.dates(date(1901, 1, 1), date(2199, 12, 31))


def months(start: float, end: float) -> float:
    """Months from one day number to another."""
    return float(calendar.months_between(np.array([float(start)]), np.array([float(end)]), np.nan)[0])


@given(start=DAYS, end=DAYS)
def test_months_agree_with_counting_them_one_by_one(start: date, end: date) -> None:
    """The columns give what a calendar gives."""
    first, last = number_of(start), number_of(end)
    assert months(first, last) == pytest.approx(months_between(first, last, inf))
    assert calendar.months_between_days(first, last) == months(first, last)


@given(day=DAYS, number=st.integers(-1200, 1200))
def test_moving_by_months(day: date, number: int) -> None:
    """The same day of another month, or its last."""
    found = calendar.add_months(np.array([float(number_of(day))]), number)
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    if 1800 < year < 2400:
        assert day_of(found[0]) == moved(day, number)
        assert (day_of(found[0]).year, day_of(found[0]).month) == (year, month + 1)


@given(start=DAYS, shift=st.integers(0, 70), end=DAYS)
def test_an_earlier_start_or_a_later_end_never_makes_it_shorter(start: date, shift: int, end: date) -> None:
    """Bounds of months come from the bounds of the dates, which is right only if this holds."""
    first, last = number_of(start), number_of(end)
    assert months(first - shift, last) >= months(first, last) - 1e-9
    assert months(first, last + shift) >= months(first, last) - 1e-9


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 1, 31), date(2025, 2, 28), 1.0),
        (date(2024, 2, 29), date(2025, 2, 28), 12.0),
        (date(2024, 11, 30), date(2025, 2, 28), 3.0),
        (date(2025, 1, 1), date(2025, 1, 16), 15 / 31),
        (date(2025, 3, 15), date(2025, 3, 15), 0.0),
        (date(2025, 3, 15), date(2025, 2, 15), -1.0),
        (date(2000, 2, 29), date(2001, 3, 1), 12 + 1 / 29),
    ],
)
def test_months_at_the_ends_of_months(start: date, end: date, expected: float) -> None:
    """Where a month has no such day its last day stands for it."""
    assert months(number_of(start), number_of(end)) == pytest.approx(expected)


def test_open_dates_stay_open() -> None:
    """What has no date has no duration."""
    open_dates = np.array([-inf, inf, 5.0])
    assert np.isnan(calendar.months_between(open_dates, np.array([5.0, 5.0, inf]), np.nan)).all()
    assert calendar.add_months(open_dates, 3)[:2].tolist() == [-inf, inf]


def outcome(rule: str, **facts: object) -> int:
    """What a rule says of one row."""
    return int(parse(rule, VOCABULARY).evaluate(from_rows(VOCABULARY, [facts]))[0])


def test_months_since_a_month() -> None:
    """ "Onset in January" is two to three months before the end of March: three months are open, two are met."""
    january = (number_of(date(2025, 1, 1)), number_of(date(2025, 1, 31)))
    march = number_of(date(2025, 3, 31))
    facts = {"onset": january, "request_date": march}
    assert [outcome(f"months_since(onset) >= {number}", **facts) for number in (2, 2.5, 3)] == [2, 1, 0]


def test_weeks_between() -> None:
    """Seven days are a week."""
    facts = {"onset": 0, "planned": {"day": 14}}
    assert outcome("weeks_between(onset, planned.day) == 2", **facts) == 2
    assert outcome("weeks_between(planned.day, onset) == -2", **facts) == 2
    assert outcome("weeks_between(onset, request_date) > 1", **facts) == 1
