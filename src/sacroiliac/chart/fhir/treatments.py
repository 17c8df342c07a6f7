"""Conservative treatment: single sessions become one record for each kind and course."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Fact
from sacroiliac.chart.fhir.reading import Reading, Session

WINDOW = "episode"


def together(reading: Reading) -> None:
    """One record per kind: from the first session to the last, with the number of days on which there was one.

    A break longer than the window of an episode begins a new record, so that therapy years ago does not look like years of
    therapy. Where a session is a course over several days, the number of visits is not known.
    """
    longest = reading.codes.knowledge.windows[WINDOW].days.value
    kinds: dict[str, list[Session]] = {}
    for one in reading.sessions:
        kinds.setdefault(one.kind, []).append(one)
    for kind, sessions in kinds.items():
        for course in _courses(sessions, longest):
            reading.facts.append(_record(kind, course))


def _courses(sessions: list[Session], longest: float) -> list[list[Session]]:
    courses: list[list[Session]] = []
    reached = 0
    for one in sorted(sessions, key=lambda one: (one.when, one.origin.place, one.origin.words)):
        if courses and one.when[0] - reached <= longest:
            courses[-1].append(one)
            reached = max(reached, one.when[1])
        else:
            courses.append([one])
            reached = one.when[1]
    return courses


def _record(kind: str, course: list[Session]) -> Fact:
    first, last = course[0], max(course, key=lambda one: (one.when[1], one.origin.place))
    start = first.when if not first.course else (first.when[0], first.when[0])
    end = last.when if not last.course else (last.when[1], last.when[1])
    value: dict[str, Any] = {"kind": kind, "start": start, "end": end}
    parts = {"kind": first.origin, "start": first.origin, "end": last.origin}
    if not any(one.course for one in course):
        value["visits"] = float(len({one.when for one in course}))
        parts["visits"] = first.origin
    visits = f", {value['visits']:g} days with a session" if "visits" in value else ""
    origin = replace(first.origin, words=f"{first.label}: {written_span(start)} to {written_span(end)}{visits}")
    days = tuple(sorted({one.when for one in course}))
    return Fact("treatments", value, origin, None, start, end, parts, label=first.label, days=days)
