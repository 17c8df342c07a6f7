"""When something was: dates of any precision, periods, and the moment in a day where it matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Span
from sacroiliac.chart.fhir.bundle import tidy
from sacroiliac.chart.fhir.shapes import Object, part, text


@dataclass(frozen=True, slots=True)
class When:
    """When something was.

    :param days: its first day, as precisely as the chart says it
    :param last: its last day, when it is another one
    :param start: its first moment, when the chart gives a time of day
    :param end: its last moment
    :param problem: why a date in the chart was not used
    """

    days: Span | None = None
    last: Span | None = None
    start: datetime | None = None
    end: datetime | None = None
    problem: str = ""


NEVER = When()


def when(content: Object, name: str) -> When:
    """The time in ``<name>DateTime``, ``<name>Instant`` or ``<name>Period``."""
    for key in (f"{name}DateTime", f"{name}Instant"):
        if content.get(key) is not None:
            return point(text(content, key))
    found = part(content, f"{name}Period")
    return NEVER if found is None else period(found)


def point(written: str | None) -> When:
    """A written date or date and time."""
    if written is None:
        return NEVER
    days, problem = _days(written)
    moment = _moment(written) if days is not None else None
    return When(days, None, moment, moment, problem)


def period(content: Object) -> When:
    """A Period: from its start, or on its end where no start is given."""
    start, end = point(text(content, "start")), point(text(content, "end"))
    problem = start.problem or end.problem
    if start.days is None:
        return When(end.days, None, None, end.end, problem)
    if end.days is not None and end.days[1] < start.days[0]:
        return When(start.days, None, start.start, None, "it ends before it begins")
    last = end.days if end.days != start.days else None
    return When(start.days, last, start.start, end.end, problem)


def day(content: Object, *names: str) -> When:
    """The first of several plain dates that is there."""
    for name in names:
        found = point(text(content, name))
        if found.days is not None or found.problem:
            return found
    return NEVER


def _days(written: str) -> tuple[Span | None, str]:
    try:
        return span(written), ""
    except ValueError as error:
        return None, tidy(str(error), 120)


def _moment(written: str) -> datetime | None:
    if "T" not in written:
        return None
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def before(first: datetime | None, second: datetime | None) -> bool | None:
    """Whether one moment is before another; None when they cannot be compared."""
    if first is None or second is None or (first.tzinfo is None) != (second.tzinfo is None):
        return None
    return first < second
