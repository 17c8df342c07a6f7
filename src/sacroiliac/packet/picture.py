"""The picture of the timeline: one lane for each kind of care, one for injections, one for procedures.

Drawn for paper: shapes differ as well as colours, and every mark has a number that the table below explains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sacroiliac.packet.model import Dated, Packet
from sacroiliac.report.html.pictures.calendar import months
from sacroiliac.report.html.pictures.scale import Tick, spot

# The size of the picture and its parts, in points of its own grid.
WIDTH, LABELS, RIGHT, LANE, TOP, AXIS, MARK = 720, 178, 14, 24, 18, 24, 18
LEAST_BAR = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Care that went on for a time; ``ongoing`` where it goes on at the review date."""

    number: int
    x: float
    width: float
    ongoing: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """An injection or a procedure."""

    number: int
    x: float
    kind: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture."""

    label: str
    y: float
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn."""

    width: int
    height: float
    left: float
    right: float
    top: float
    bottom: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    review: float
    words: str


def picture(packet: Packet) -> Picture | None:
    """The picture of a packet; None when nothing has a date."""
    numbered = [(number, one) for number, one in enumerate(packet.timeline, 1) if one.days is not None]
    if not numbered:
        return None
    first = min(one.days[0] for _, one in numbered if one.days)
    margin = max((packet.review_day - first) // 40, 5)
    start, whole = first - margin, max(packet.review_day - first + 2 * margin, 1)

    def x(day: float) -> float:
        return round(LABELS + spot(day, whole, start) / 100 * (WIDTH - LABELS - RIGHT), 1)

    lanes: list[Lane] = []
    for label in dict.fromkeys(one.label for _, one in numbered if one.kind == "care"):
        bars = tuple(_bar(number, one, x) for number, one in numbered if one.label == label and one.days)
        lanes.append(Lane(label, TOP + len(lanes) * LANE, bars=bars))
    for kind, name in (("injection", "Injections"), ("procedure", "Procedures")):
        for row, marks in enumerate(_rows([_mark(number, one, x) for number, one in numbered if one.kind == kind])):
            lanes.append(Lane(name if row == 0 else "", TOP + len(lanes) * LANE, marks=tuple(marks)))
    bottom = TOP + len(lanes) * LANE
    return Picture(
        width=WIDTH,
        height=bottom + AXIS,
        left=LABELS,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=bottom,
        lanes=tuple(lanes),
        ticks=tuple(Tick(x(start + tick.at / 100 * whole), tick.words) for tick in months(start, start + whole)),
        review=x(packet.review_day),
        words=_words(packet, [one for _, one in numbered]),
    )


def _bar(number: int, one: Dated, x: Callable[[float], float]) -> Bar:
    assert one.days is not None
    first, last = x(one.days[0]), x(max(one.days))
    return Bar(number, first, max(round(last - first, 1), LEAST_BAR), one.ongoing)


def _mark(number: int, one: Dated, x: Callable[[float], float]) -> Mark:
    assert one.days is not None
    return Mark(number, x(sum(one.days) / 2), one.kind)


def _rows(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Marks that would cover each other stand in rows below each other."""
    rows: list[list[Mark]] = []
    for mark in marks:
        free = next((row for row in rows if all(abs(mark.x - other.x) >= MARK for other in row)), None)
        if free is None:
            rows.append([mark])
        else:
            free.append(mark)
    return rows


def _words(packet: Packet, listed: Sequence[Dated]) -> str:
    """The picture in words, for those who cannot see it."""
    said = []
    for one in listed:
        until = "going on at the review date" if one.ongoing else f"to {one.last}" if one.last else ""
        said.append(" ".join(part for part in (one.label, str(one.first), until) if part))
    return f"Timeline up to the review date {packet.who.review_date}. " + "; ".join(said) + "."
