"""The pictures of expected results: one for each definition of success, never joined with another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sacroiliac.report.html.pictures.scale import Tick, spot, ticks
from sacroiliac.report.wording import signed
from sacroiliac.review.model import ExpectedResult, Figure


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
    share = results[0].unit == "share"
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
    up = ticks((spot(value, height, bottom), amount(value, share)) for value in values)
    return Measured(measure, share, over_time, up, _months(results, longest), spot(0, height, bottom), panels)


def _arms(results: list[ExpectedResult], bottom: float, height: float, longest: float) -> tuple[Arm, ...]:
    found = []
    for marker, name in enumerate(dict.fromkeys(one.arm for one in results)):
        listed = tuple(sorted((one for one in results if one.arm == name), key=lambda one: one.months))
        points = tuple(
            Point(
                spot(one.months, longest),
                spot(one.figure.value, height, bottom),
                None if one.figure.low is None else spot(one.figure.low, height, bottom),
                None if one.figure.high is None else spot(one.figure.high, height, bottom),
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
        at = spot(month, longest)
        if not spots or spots[-1][0] - at >= 13:
            spots.append((at, f"{month:g}"))
    return ticks(reversed(spots))
