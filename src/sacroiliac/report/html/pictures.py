"""The geometry of the pictures: where each mark stands, in percent of the width (and height) of its picture.

Percent, because an SVG without a view box keeps its text and marks at one size on every screen. Drawing is left
to ``templates/pictures.jinja``, colours to the style sheet. Nothing here knows a clinical number: scales come from the
figures that are drawn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

from sacroiliac.chart.dates import EPOCH, day_number, span
from sacroiliac.report.html.wording import percent, signed
from sacroiliac.review.model import (
    Contribution,
    ExpectedResult,
    Figure,
    FindingShown,
    Injection,
    Phase,
    Probability,
    Question,
    Review,
    Source,
    Why,
)

DAYS_PER_WEEK = 7


def _spot(part: float, whole: float = 1.0, start: float = 0.0) -> float:
    """Where a value stands between ``start`` and ``start + whole``, in percent, kept inside the picture."""
    return 0.0 if not math.isfinite(part) else round(min(max((part - start) / whole, 0.0), 1.0) * 100, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of an axis."""

    at: float
    words: str
    anchor: Literal["start", "middle", "end"] = "middle"


def _ticks(spots: Iterable[tuple[float, str]]) -> tuple[Tick, ...]:
    """Ticks whose words stay inside the picture: the first and last are set inwards."""
    return tuple(Tick(at, words, "start" if at < 2 else "end" if at > 98 else "middle") for at, words in spots)


# ------------------------------------------------------------------------------------------- probabilities


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of shares from nothing to ``top``."""

    top: float
    ticks: tuple[Tick, ...]


def scale(shares: Iterable[float]) -> Scale:
    """The shortest tidy axis on which all ``shares`` fit."""
    most = max((share for share in shares if math.isfinite(share)), default=1.0)
    steps = {0.1: 0.05, 0.25: 0.05, 0.5: 0.1, 0.75: 0.25, 1.0: 0.25}
    top = next((end for end in steps if most <= end), 1.0)
    number = round(top / steps[top])
    return Scale(top, _ticks((_spot(one, number), f"{one * steps[top] * 100:.0f}%") for one in range(number + 1)))


@dataclass(frozen=True, slots=True)
class Strip:
    """A dot, its whisker, and a hollow mark for where it was before."""

    value: float
    low: float
    high: float
    before: float | None = None


def strip(probability: Probability, top: float = 1.0, before: float | None = None) -> Strip:
    """A probability with its interval on an axis from nothing to ``top``."""
    low, high = (one if math.isfinite(one) else probability.value for one in (probability.low, probability.high))
    spot = None if before is None else _spot(before, top)
    return Strip(_spot(probability.value, top), _spot(low, top), _spot(high, top), spot)


def sources_scale(sources: Sequence[Source]) -> Scale:
    """The axis for some sources with their intervals."""
    return scale(
        share for source in sources for share in (source.probability.value, source.probability.high, source.before)
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar that adds up to 100 percent."""

    start: float
    width: float
    words: str


def stacked(shares: Sequence[float]) -> tuple[Segment, ...]:
    """Parts of a whole, side by side; a part too narrow for its words has none."""
    found, start = [], 0.0
    for share in shares:
        width = _spot(share)
        found.append(Segment(round(start, 2), width, percent(share) if width >= 9 else ""))
        start += width
    return tuple(found)


def why(reasons: Why) -> tuple[Segment, ...]:
    """The three explanations as parts of one bar."""
    return stacked([one.value for one in (reasons.not_the_source, reasons.missed, reasons.did_not_hold)])


# ------------------------------------------------------------------------------------- what moved a source


@dataclass(frozen=True, slots=True)
class Odds:
    """A diverging axis of factors on the odds: ``reach`` log odds to each side of the middle."""

    reach: float
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """A bar from the middle to one side."""

    start: float
    width: float
    towards: bool


FACTORS = (2, 5, 10, 100, 1_000, 100_000)


def odds(sources: Sequence[Source]) -> Odds:
    """One axis for all contributions of some sources, so that their bars can be compared."""
    most = max(
        (abs(one.log_odds) for source in sources for one in source.contributions if math.isfinite(one.log_odds)),
        default=0.0,
    )
    reach = max(most * 1.05, math.log(2.2))
    shown = [one for one in FACTORS if math.log(one) <= reach]
    while len(shown) > 2:
        shown = shown[1::2] if len(shown) > 3 else shown[::2]
    spots = [(0.0, "×1")] + [(math.log(one), f"×{one:,}") for one in shown]
    spots += [(-math.log(one), f"×1/{one:,}") for one in shown]
    return Odds(reach, _ticks(sorted((_spot(where, 2 * reach, -reach), words) for where, words in spots)))


def push(contribution: Contribution, axis: Odds) -> Push:
    """The bar of one contribution."""
    end = _spot(contribution.log_odds, 2 * axis.reach, -axis.reach)
    return Push(min(end, 50.0), round(abs(end - 50), 2), contribution.log_odds >= 0)


# --------------------------------------------------------------------------------------- what would tell most


def worth(question: Question, questions: Sequence[Question]) -> float:
    """How long the bar of a question is beside the longest."""
    return _spot(question.bits, max(one.bits for one in questions) or 1.0)


# -------------------------------------------------------------------------------------- the two phases

RELIEF = re.compile(r"(\d+(?:\.\d+)?)\s*% relief( or more)?")
LASTED = re.compile(r"for (\d+(?:\.\d+)?) (?:hour|week)")
NONE_GIVEN = "none given"
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


def relief(phase: Phase) -> tuple[float | None, bool, float | None]:
    """Relief in percent, whether it was at least that, and how long it lasted, as far as the words of a phase say."""
    found, lasted = RELIEF.search(phase.words), LASTED.search(phase.words)
    return (
        float(found[1]) if found else None,
        bool(found and found[2]),
        float(lasted[1]) if lasted else None,
    )


def phase(one: Phase, unit: Literal["hours", "weeks"]) -> PhasePlot:
    """The picture of one phase."""
    height, or_more, lasted = relief(one)
    ends = HOURS if unit == "hours" else WEEKS
    end = next((limit for limit in ends if (lasted or 0) <= limit), ends[-1])
    ticks = _ticks((_spot(part, 2), f"{end * part / 2:g}") for part in range(3))
    instead = ""
    if height is None:
        instead = "no steroid given" if one.category == NONE_GIVEN else "not recorded"
    return PhasePlot(unit, ticks, height, or_more, None if lasted is None else _spot(lasted, end), instead)


# --------------------------------------------------------------------------------------------- the calendar


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
class Event:
    """Something else on the calendar; without a letter when it was before the picture begins."""

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
    events: tuple[Event, ...]
    undated: tuple[int, ...]
    lanes: int


def calendar(review: Review) -> Calendar | None:
    """The calendar of a review; None when no injection has a date."""
    days = {one.number: _day(one.date) for one in review.injections}
    dated = [day for day in days.values() if day is not None]
    end = _day(review.who.review_date)
    if not dated or end is None:
        return None
    found = _dated(review.findings)
    start, end = _reach(min(dated), max([end, *dated]), [day for day, _, _, _ in found])
    whole = end - start
    placed = _placed(review.injections, days, start, whole)
    events = _events(found, start, whole)
    undated = tuple(number for number, day in days.items() if day is None)
    return Calendar(_days(start, end), placed, events, undated, max(one.lane for one in placed) + 1)


def _events(found: Sequence[tuple[int, str, str, str]], start: int, whole: int) -> tuple[Event, ...]:
    """What else has a date: marked with letters; what was before the picture begins, once for each kind."""
    earlier: dict[tuple[str, str], list[str]] = {}
    later: dict[tuple[int, str, str], str] = {}
    for day, words, when, finding in found:
        if day < start:
            earlier.setdefault((words, finding), []).append(when)
        else:
            later.setdefault((day, words, finding), when)
    marked = [
        Event(letter, _spot(day, whole, start), words, when, finding)
        for letter, ((day, words, finding), when) in zip(LETTERS, later.items(), strict=False)
    ]
    listed = [
        Event("", 0.0, words, ", ".join(dict.fromkeys(dates)), finding) for (words, finding), dates in earlier.items()
    ]
    return (*listed, *marked)


def _placed(
    injections: Sequence[Injection], days: dict[int, int | None], start: int, whole: int
) -> tuple[OnCalendar, ...]:
    placed: list[OnCalendar] = []
    for one in injections:
        day = days[one.number]
        if day is None:
            continue
        at = _spot(day, whole, start)
        taken = {other.lane for other in placed if abs(other.at - at) < 8}
        lane = next(lane for lane in range(len(placed) + 1) if lane not in taken)
        lasted = relief(one.steroid)[2]
        width = None if lasted is None else min(_spot(lasted * DAYS_PER_WEEK, whole), round(100 - at, 2))
        placed.append(
            OnCalendar(one.number, at, lane, phase(one.anaesthetic, "hours"), phase(one.steroid, "weeks"), width)
        )
    return tuple(placed)


def _day(written: str) -> int | None:
    """The middle of a date as it is written in a review, as a day number; None when it is no date."""
    try:
        return sum(span(written.split(" to ")[0])) // 2
    except ValueError:
        return None


def _dated(findings: Iterable[FindingShown]) -> list[tuple[int, str, str, str]]:
    """Findings that are themselves a date, and records other than the injections: day, words, date, finding."""
    found = []
    for one in findings:
        day = _day(one.value)
        if day is not None and len(one.value) >= 7:
            found.append((day, one.label, one.value, one.id))
        elif one.value.endswith("on the chart") and one.area != "injections":
            listed = [(place.date, _day(place.date or "")) for place in one.places]
            found += [(day, one.label, when or "", one.id) for when, day in listed if day is not None]
    return sorted(found)


def _reach(first: int, last: int, others: Sequence[int]) -> tuple[int, int]:
    """The days the calendar shows: what is long before the first injection does not squeeze it."""
    length = max(last - first, 56)
    earliest = first - max(length, 365)
    start = min([first - length // 12, *(day for day in others if earliest <= day <= last)])
    return start - max((last - start) // 40, 2), last + max((last - start) // 60, 1)


LETTERS = "abcdefghijklmnopqrstuvwxyz"
MONTHS = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240)
MOST_TICKS = 5


def _days(start: int, end: int) -> tuple[Tick, ...]:
    """Ticks at the first of a month or year, at most five."""
    first, last = (date.fromordinal(EPOCH.toordinal() + day) for day in (start, end))
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((one for one in MONTHS if months / one <= MOST_TICKS), MONTHS[-1])
    spots = []
    for month in range(first.year * 12, last.year * 12 + 13):
        day = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and first <= day <= last:
            at = _spot(day_number(day), end - start, start)
            spots.append((at, str(day.year) if step >= 12 else f"{day.year}-{day.month:02d}"))
    return tuple(Tick(at, words) for at, words in spots if 3 <= at <= 96)


# ------------------------------------------------------------------------------------------ expected results


@dataclass(frozen=True, slots=True)
class Point:
    """A published result on a picture; ``low`` and ``high`` where an interval was published."""

    across: float
    up: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One step between two results of the same arm."""

    from_: Point
    to: Point


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of one population: its results, and which marker it has."""

    name: str
    marker: int
    results: tuple[ExpectedResult, ...]
    points: tuple[Point, ...]

    def at(self, months: float) -> ExpectedResult | None:
        """Its result at one time."""
        return next((one for one in self.results if one.months == months), None)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The steps between its results."""
        return tuple(Line(one, other) for one, other in pairwise(self.points))


@dataclass(frozen=True, slots=True)
class Panel:
    """The arms of one population, by one definition."""

    population: str
    arms: tuple[Arm, ...]

    @property
    def months(self) -> list[float]:
        """The times at which any arm was judged."""
        return sorted({one.months for arm in self.arms for one in arm.results})

    @property
    def results(self) -> list[ExpectedResult]:
        """Every result of it."""
        return [one for arm in self.arms for one in arm.results]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The notes on its results, each once, with the results it is about."""
        noted: dict[str, list[ExpectedResult]] = {}
        for one in self.results:
            if one.note:
                noted.setdefault(one.note, []).append(one)
        return [(self.about(listed), note) for note, listed in noted.items()]

    @property
    def figures(self) -> list[tuple[str, Figure]]:
        """One figure for each origin its results have, with the results it stands for."""
        origins: dict[tuple[str, tuple[str, ...], bool], list[ExpectedResult]] = {}
        for one in self.results:
            origins.setdefault((one.figure.origin, one.figure.cite, one.figure.confirmed), []).append(one)
        return [(self.about(listed), listed[0].figure) for listed in origins.values()]

    def about(self, listed: Sequence[ExpectedResult]) -> str:
        """Which results these are: nothing when all, else their arm, their months, or both."""
        rest = [one for one in self.results if one not in listed]
        if not rest:
            return ""
        arms = " and ".join(dict.fromkeys(one.arm for one in listed))
        months = "month " + " and ".join(f"{month:g}" for month in sorted({one.months for one in listed}))
        if not {one.arm for one in listed} & {one.arm for one in rest}:
            return arms
        if not {one.months for one in listed} & {one.months for one in rest}:
            return months
        return f"{arms}, {months}"


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything expected by one definition of success: never joined with another."""

    measure: str
    share: bool
    over_time: bool
    up: tuple[Tick, ...]
    across: tuple[Tick, ...]
    zero: float
    panels: tuple[Panel, ...] = field(default=())

    def words(self, result: ExpectedResult) -> str:
        """A result as it is printed."""
        return amount(result.figure.value, self.share)

    def bounds(self, result: ExpectedResult) -> str:
        """Its published interval."""
        low, high = result.figure.low, result.figure.high
        if low is None or high is None:
            return ""
        return f"{amount(low, self.share)} to {amount(high, self.share)}"


def amount(value: float, share: bool) -> str:
    """A published number: shares in percent, changes with their sign."""
    if not share:
        return signed(float(f"{value:.3g}"))
    part = value * 100
    return f"{part:.1f}%" if 0 < part < 9.95 and round(part, 1) != round(part) else f"{part:.0f}%"


def expected(results: Sequence[ExpectedResult]) -> tuple[Measured, ...]:
    """The expected results of an option, one picture for each definition."""
    measures = list(dict.fromkeys(one.measure for one in results))
    return tuple(_measured(name, [one for one in results if one.measure == name]) for name in measures)


def _measured(measure: str, results: list[ExpectedResult]) -> Measured:
    share = "share" in measure.lower().split()
    over_time = any(
        len({one.months for one in results if (one.arm, one.population) == arm}) > 1
        for arm in {(one.arm, one.population) for one in results}
    )
    bottom, top, step = (0.0, 1.0, 0.5) if share else _tidy_range(results)
    height = top - bottom
    longest = max(one.months for one in results) or 1.0
    panels = tuple(
        Panel(population, _arms([one for one in results if one.population == population], bottom, height, longest))
        for population in dict.fromkeys(one.population for one in results)
    )
    number = round(height / step)
    values = [bottom + step * one for one in range(number + 1)]
    up = _ticks((_spot(value, height, bottom), amount(value, share)) for value in values)
    return Measured(measure, share, over_time, up, _months(results, longest), _spot(0, height, bottom), panels)


def _arms(results: list[ExpectedResult], bottom: float, height: float, longest: float) -> tuple[Arm, ...]:
    found = []
    for marker, name in enumerate(dict.fromkeys(one.arm for one in results)):
        listed = tuple(sorted((one for one in results if one.arm == name), key=lambda one: one.months))
        points = tuple(
            Point(
                _spot(one.months, longest),
                _spot(one.figure.value, height, bottom),
                None if one.figure.low is None else _spot(one.figure.low, height, bottom),
                None if one.figure.high is None else _spot(one.figure.high, height, bottom),
            )
            for one in listed
        )
        found.append(Arm(name, marker % 6, listed, points))
    return tuple(found)


def _tidy_range(results: list[ExpectedResult]) -> tuple[float, float, float]:
    """A tidy range that holds nought and all results, and the step of its ticks."""
    figures = [one.figure for one in results]
    values = [one for figure in figures for one in (figure.value, figure.low, figure.high) if one is not None]
    low, high = min(0.0, *values), max(0.0, *values)
    rough = (high - low) / 3 or 1.0
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(one * size for one in (1, 2, 5, 10) if one * size >= rough)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _months(results: Iterable[ExpectedResult], longest: float) -> tuple[Tick, ...]:
    """The times of the results as ticks, leaving out those that would run into each other."""
    spots: list[tuple[float, str]] = []
    for month in sorted({0.0, *(one.months for one in results)}, reverse=True):
        at = _spot(month, longest)
        if not spots or spots[-1][0] - at >= 13:
            spots.append((at, f"{month:g}"))
    return _ticks(reversed(spots))
