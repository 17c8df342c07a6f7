"""Scores over months in the arms of the trials, one patient at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from statistics import NormalDist

from sacroiliac.knowledge.simulation import Arm, Simulation, Trials
from sacroiliac.simulate.entropy import Score, score

MEASURES = ("pain", "disability", "utility")
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one patient by months after the treatment (0: before it); each on the scale of its outcome."""

    pain: Mapping[float, float]
    disability: Mapping[float, float]
    utility: Mapping[float, float]


@lru_cache(maxsize=8)
def arm(known: Simulation, name: str) -> tuple[Score, ...]:
    """The distributions of one arm, in the order of :data:`MEASURES`.

    :raises KeyError: when there is no such arm
    """
    found: dict[str, Arm] = {one.id: one for one in known.trials.arms}
    return tuple(score(getattr(found[name], measure)) for measure in MEASURES)


def follow(chance: Random, known: Trials, scores: tuple[Score, ...]) -> Scores:
    """One patient of an arm.

    What a baseline leaves open is shared in part between the visits of one score, and between the scores.
    """
    lasting = [chance.gauss(0, 1) for _ in scores]
    start = [chance.gauss(0, 1) for _ in scores]
    visits: dict[float, list[float]] = {}
    found: list[dict[float, float]] = []
    shared, together = known.between_visits.value, known.between_scores.value
    for place, one in enumerate(scores):
        drawn = start[0] if place == 0 else _mixed(together, start[0], start[place])
        first = _at(one.start, drawn)
        values = {0.0: one.points[one.first + first]}
        for visit, months in enumerate(one.months):
            own = _mixed(shared, lasting[place], chance.gauss(0, 1))
            of_pain = visits.setdefault(months, [own])[0]
            drawn = own if place == 0 else _mixed(together, of_pain, own)
            values[months] = one.points[_at(one.later[visit][first], drawn)]
        found.append(values)
    return Scores(*found)


def _mixed(share: float, common: float, own: float) -> float:
    """A standard normal number that has a correlation with ``common``."""
    return float(share * common + (1 - share * share) ** 0.5 * own)


def _at(edges: list[float], drawn: float) -> int:
    return min(bisect_right(edges, _NORMAL.cdf(drawn)), len(edges) - 1)
