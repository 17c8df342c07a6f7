"""The pictures of the sources: intervals, what moved them, why relief did not last, what would tell most."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sacroiliac.report.html.pictures.scale import Tick, spot, ticks
from sacroiliac.review.model import Contribution, Probability, Question, Source, Why
from sacroiliac.review.words import percent


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
    return Scale(top, ticks((spot(one, number), f"{one * steps[top] * 100:.0f}%") for one in range(number + 1)))


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
    earlier = None if before is None else spot(before, top)
    return Strip(spot(probability.value, top), spot(low, top), spot(high, top), earlier)


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
        width = spot(share)
        found.append(Segment(round(start, 2), width, percent(share) if width >= 9 else ""))
        start += width
    return tuple(found)


def why(reasons: Why) -> tuple[Segment, ...]:
    """The three explanations as parts of one bar."""
    return stacked([one.value for one in (reasons.not_the_source, reasons.missed, reasons.did_not_hold)])


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
    return Odds(reach, ticks(sorted((spot(where, 2 * reach, -reach), words) for where, words in spots)))


def push(contribution: Contribution, axis: Odds) -> Push:
    """The bar of one contribution."""
    end = spot(contribution.log_odds, 2 * axis.reach, -axis.reach)
    return Push(min(end, 50.0), round(abs(end - 50), 2), contribution.log_odds >= 0)


def worth(question: Question, questions: Sequence[Question]) -> float:
    """How long the bar of a question is beside the longest."""
    return spot(question.bits, max(one.bits for one in questions) or 1.0)
