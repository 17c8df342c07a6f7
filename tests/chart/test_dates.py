"""Dates as charts write them, and as the program writes them again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.chart import dates
from sacroiliac.errors import InputError

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@given(DAYS)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    number = dates.day_number(day)
    assert dates.written(number) == day.isoformat()
    assert dates.span(day.isoformat()) == (number, number)


@given(DAYS)
def test_a_month_and_a_year_are_all_their_days(day: date) -> None:
    """Every day of the month is in it, the days before and after are not."""
    for text in (day.isoformat()[:7], day.isoformat()[:4]):
        first, last = (date.fromisoformat(dates.written(number)) for number in dates.span(text))
        assert first <= day <= last
        assert first.isoformat().startswith(text)
        assert last.isoformat().startswith(text)
        assert not (first - timedelta(1)).isoformat().startswith(text)
        assert not (last + timedelta(1)).isoformat().startswith(text)


@given(DAYS, st.integers(0, 2))
def test_a_span_is_written_as_the_shortest_date_that_means_it(day: date, parts: int) -> None:
    text = day.isoformat()[: (4, 7, 10)[parts]]
    assert dates.written_span(dates.span(text)) == text


def test_a_span_that_no_date_means() -> None:
    first, last = dates.span("2025-03-05")[0], dates.span("2025-03-09")[0]
    assert dates.written_span((first, last)) == "2025-03-05 to 2025-03-09"
    assert dates.written_span(None) == "no date"


def test_a_moment_counts_as_its_day() -> None:
    assert dates.day_number(datetime(1970, 1, 2, 23, 59)) == 1
    assert dates.span("1970-01-02T23:59:59.999+14:00") == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "2025-3-5", "25-03-05", "2025/03/05", "05.03.2025", "2025-03-05T", "2025-03-05Tnoon", "2025-03-05 or so",
        "2025-03-05T10:30:00 on the ward", "2025-03T10:00", "+2025", "2025-", "2025-03-", "\N{FULLWIDTH DIGIT TWO}025",
        "2025-03-05\n2025-03-06", "now", "2025-03-05T10:30:00Z Z",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date; write it as 2024-03-05, 2024-03 or 2024"):
        dates.span(text)


def test_a_review_date_is_asked_for_in_one_form() -> None:
    """A chart may give a month or a year; a review is of one day."""
    with pytest.raises(InputError) as raised:
        dates.asked_day("tomorrow")
    assert str(raised.value) == "--as-of: 'tomorrow' is not a date. Write it as 2025-06-30."


@pytest.mark.parametrize("text", ["2025-02-29", "2025-00-01", "2025-13", "2025-04-31", "2025-01-00"])
def test_a_day_that_does_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match=f"there is no day {text}"):
        dates.span(text)


@pytest.mark.parametrize("text", ["0000", "0001-01-01", "1899-12-31", "2201", "9999-12-31"])
def test_a_year_nobody_can_mean(text: str) -> None:
    with pytest.raises(ValueError, match=f"the year {text[:4]} is not between 1900 and 2200"):
        dates.span(text)
