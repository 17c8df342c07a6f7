"""The picture of pain over time: injections with their two phases, pain scores, treatments and drugs, by date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, product
from string import ascii_lowercase
from typing import Literal

from sacroiliac.chart.dates import EPOCH, day_number
from sacroiliac.report.html.pictures.scale import Tick, spot, ticks
from sacroiliac.review.model import Event, Injection, Phase, Review

DAYS_PER_WEEK = 7
HOURS, WEEKS = (6.0, 12.0, 24.0, 48.0, 96.0), (4.0, 8.0, 12.0, 26.0, 52.0, 104.0)


@dataclass(frozen=True, slots=True)
class PhasePlot:
    """One phase of one injection: height is relief in percent, width how long it lasted."""

    unit: Literal["hours", "weeks"]
    ticks: tuple[Tick, ...]
    relief: float | None
    or_more: bool
    width: float | None
    instead: str = ""

    @property
    def top(self) -> float:
        """Distance of the top of the mark from the top of the picture, in percent."""
        return round(100 - (self.relief or 0.0), 2)


def phase(one: Phase) -> PhasePlot:
    """The picture of one phase."""
    ends = HOURS if one.unit == "hours" else WEEKS
    end = next((limit for limit in ends if (one.lasted or 0) <= limit), ends[-1])
    marks = ticks((spot(part, 2), f"{end * part / 2:g}") for part in range(3))
    instead = "" if one.percent is not None else "no steroid given" if one.recorded else "not recorded"
    relief = None if one.percent is None else min(max(one.percent, 0.0), 100.0)
    width = None if one.lasted is None else spot(one.lasted, end)
    return PhasePlot(one.unit, marks, relief, one.at_least, width, instead)


@dataclass(frozen=True, slots=True)
class OnCalendar:
    """One injection on the calendar: where it stands, and its two phases."""

    number: int
    at: float
    lane: int
    first_hours: PhasePlot
    weeks_after: PhasePlot
    width: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """A pain score: where it stands, and how high, in percent of its scale."""

    at: float
    up: float
    words: str


@dataclass(frozen=True, slots=True)
class Look:
    """A day on which pain or examination was asked about; nowhere when it was before the picture begins."""

    at: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Spell:
    """Something that went on for a time; it may begin before the picture or end with the review."""

    at: float
    width: float
    words: str
    when: str
    finding: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Something of one day; without a letter when it was before the picture begins."""

    letter: str
    at: float
    words: str
    when: str
    finding: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Injections and other dated things up to the review date."""

    ticks: tuple[Tick, ...]
    injections: tuple[OnCalendar, ...]
    scores: tuple[Score, ...]
    looks: tuple[Look, ...]
    spells: tuple[Spell, ...]
    marked: tuple[Marked, ...]
    undated: tuple[int, ...]
    lanes: int
    top: float | None


def calendar(review: Review) -> Calendar | None:
    """The calendar of a review; None when neither an injection nor a pain score has a date."""
    injected = {one.number: _day(one.first_day, one.last_day) for one in review.injections if one.first_day}
    days = {id(one): _day(one.first_day, one.last_day if one.kind == "pain" else None) for one in review.timeline}
    anchors = [*injected.values(), *(days[id(one)] for one in review.timeline if one.kind == "pain")]
    if not anchors:
        return None
    start, end = _reach(min(anchors), max([_day(review.who.review_date), *anchors]), days.values())
    whole = end - start
    placed = _placed(review.injections, injected, start, whole)
    scores = [one for one in review.timeline if one.kind == "pain" and one.value is not None and one.top]
    lasting = [one for one in review.timeline if one.kind in ("treatment", "drug") and one.last_day]
    shown = [one for one in lasting if _day(str(one.last_day)) >= start]
    looks = [one for one in review.timeline if one.kind == "look"]
    others = [one for one in review.timeline if one.kind not in ("pain", "look") and one not in shown]
    return Calendar(
        ticks=months(start, end),
        injections=placed,
        scores=tuple(
            Score(
                spot(days[id(one)], whole, start), spot(one.value or 0.0, one.top or 1.0), f"{one.label}: {one.value:g}"
            )
            for one in scores
        ),
        looks=tuple(
            Look(spot(day, whole, start) if (day := days[id(one)]) >= start else None, f"{_when(one)} ({one.note})")
            for one in looks
        ),
        spells=tuple(_spell(one, start, whole) for one in shown),
        marked=_marked(others, days, start, whole),
        undated=tuple(one.number for one in review.injections if not one.first_day),
        lanes=max((one.lane for one in placed), default=-1) + 1,
        top=max((one.top or 0.0 for one in scores), default=None),
    )


def _spell(one: Event, start: int, whole: int) -> Spell:
    first, last = spot(_day(one.first_day), whole, start), spot(_day(str(one.last_day)), whole, start)
    return Spell(first, round(max(last - first, 0.4), 2), one.label, f"{one.first_day} to {one.last_day}", one.finding)


def _marked(others: Sequence[Event], days: dict[int, int], start: int, whole: int) -> tuple[Marked, ...]:
    """What has one day: marked with letters; what was before the picture begins, once for each kind."""
    earlier: dict[tuple[str, str], list[str]] = {}
    later: dict[tuple[int, str, str], str] = {}
    for one in others:
        if days[id(one)] < start:
            earlier.setdefault((one.label, one.finding), []).append(_when(one))
        else:
            later.setdefault((days[id(one)], one.label, one.finding), _when(one))
    marked = [
        Marked(letter, spot(day, whole, start), words, when, finding)
        for letter, ((day, words, finding), when) in zip(_letters(), later.items(), strict=False)
    ]
    listed = [
        Marked("", 0.0, words, ", ".join(dict.fromkeys(dates)), finding) for (words, finding), dates in earlier.items()
    ]
    return (*listed, *marked)


def _when(one: Event) -> str:
    return one.first_day if one.last_day in (None, one.first_day) else f"{one.first_day} to {one.last_day}"


def _letters() -> Iterator[str]:
    """a to z, then aa to zz, and so on: as many as there are marks."""
    return ("".join(one) for length in count(1) for one in product(ascii_lowercase, repeat=length))


def _placed(injections: Sequence[Injection], days: dict[int, int], start: int, whole: int) -> tuple[OnCalendar, ...]:
    placed: list[OnCalendar] = []
    for one in injections:
        if one.number not in days:
            continue
        at = spot(days[one.number], whole, start)
        taken = {other.lane for other in placed if abs(other.at - at) < 8}
        lane = next(lane for lane in range(len(placed) + 1) if lane not in taken)
        lasted = one.steroid.lasted
        width = None if lasted is None else min(spot(lasted * DAYS_PER_WEEK, whole), round(100 - at, 2))
        placed.append(OnCalendar(one.number, at, lane, phase(one.anaesthetic), phase(one.steroid), width))
    return tuple(placed)


def _day(first: str | None, last: str | None = None) -> int:
    """The middle of a span of ISO days, as a day number."""
    ends = [day_number(date.fromisoformat(one)) for one in (first, last) if one]
    return sum(ends) // len(ends)


def _reach(first: int, last: int, others: Iterable[int]) -> tuple[int, int]:
    """The days the calendar shows: what is long before the first injection does not squeeze it."""
    length = max(last - first, 56)
    earliest = first - max(length, 365)
    start = min([first - length // 12, *(day for day in others if earliest <= day <= last)])
    return start - max((last - start) // 40, 2), last + max((last - start) // 60, 1)


STEPS = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240)
MOST_TICKS = 5


def months(start: int, end: int) -> tuple[Tick, ...]:
    """Ticks at the first of a month or year, at most five."""
    first, last = (date.fromordinal(EPOCH.toordinal() + day) for day in (start, end))
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((one for one in STEPS if months / one <= MOST_TICKS), STEPS[-1])
    spots = []
    for month in range(first.year * 12, last.year * 12 + 13):
        day = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and first <= day <= last:
            at = spot(day_number(day), end - start, start)
            spots.append((at, str(day.year) if step >= 12 else f"{day.year}-{day.month:02d}"))
    return tuple(Tick(at, words) for at, words in spots if 3 <= at <= 96)
