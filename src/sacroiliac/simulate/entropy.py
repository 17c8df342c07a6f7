"""Scores drawn from what a trial printed: the flattest distribution that has the printed moments.

Trials print a mean, a standard deviation, perhaps that of the change, and the share that gained enough. Many
distributions have these; the one of greatest entropy adds nothing that was not printed. It is found on the points of the
scale, so that no score lies outside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from sacroiliac.inference.states import Floats
from sacroiliac.knowledge.simulation import Outcome, Visit

CLOSE = 1e-9
MOST_STEPS = 200


@dataclass(frozen=True)
class Score:
    """One score of an arm: where on its scale people start, and for each visit where they are by where they started.

    ``start`` and the rows of ``later`` are cumulative probabilities of ``points``; ``first`` is the place of the lowest
    baseline in them.
    """

    points: list[float]
    first: int
    start: list[float]
    months: tuple[float, ...]
    later: list[list[list[float]]]


def score(outcome: Outcome) -> Score:
    """The distributions of one score.

    :raises ArithmeticError: when no distribution on the scale has these moments
    """
    number = round((outcome.highest - outcome.lowest) / outcome.step)
    points = np.round(outcome.lowest + outcome.step * np.arange(number + 1), 10)
    first = int(np.searchsorted(points, outcome.entry.value - CLOSE))
    starts = points[first:]
    before = flattest(np.ones(1), _level(starts[None], outcome.baseline.value, outcome.baseline_sd.value))[0]
    later = [flattest(before, _moments(outcome, visit, starts, points)) for visit in outcome.visits]
    return Score(
        points.tolist(),
        first,
        list(accumulate(before.tolist())),
        tuple(visit.months for visit in outcome.visits),
        [np.cumsum(one, axis=1).tolist() for one in later],
    )


def _level(points: Floats, mean: float, sd: float) -> list[tuple[Floats, float]]:
    """Mean and spread as features with their targets, in units of the spread."""
    scaled = (points - mean) / sd
    return [(scaled, 0.0), (scaled**2, 1.0)]


def _moments(outcome: Outcome, visit: Visit, starts: Floats, points: Floats) -> list[tuple[Floats, float]]:
    """What was printed of one visit, as features of baseline and level with their targets."""
    before, after = np.meshgrid(starts, points, indexing="ij")
    found = _level(after, visit.mean.value, visit.sd.value)
    if visit.change_sd is not None:
        mean = visit.mean.value - outcome.baseline.value
        found.append((((after - before - mean) / visit.change_sd.value) ** 2, 1.0))
    if visit.response is not None and outcome.response_points is not None:
        gained = before - after >= outcome.response_points.value
        found.append((gained.astype(float), visit.response.value))
    return found


def flattest(before: Floats, moments: Sequence[tuple[Floats, float]]) -> Floats:
    """P(level | baseline) of greatest entropy with the given expectations.

    :param before: P(baseline) (shape ``(baselines,)``)
    :param moments: numbers (shape ``(baselines, levels)`` each) with the expectation that is given of them
    :return: shape ``(baselines, levels)``, rows adding up to 1
    :raises ArithmeticError: when there is none
    """
    stacked, wanted = np.stack([one for one, _ in moments]), np.array([target for _, target in moments])
    weights = np.zeros(len(wanted))
    value, found = _dual(before, stacked, wanted, weights)
    for _ in range(MOST_STEPS):
        inside = np.einsum("ij,kij->ki", found, stacked)
        gap = wanted - inside @ before
        if np.abs(gap).max() < CLOSE:
            return found
        curvature = np.einsum("i,ij,kij,lij->kl", before, found, stacked, stacked, optimize=True)
        curvature -= np.einsum("i,ki,li->kl", before, inside, inside)
        step = np.linalg.lstsq(curvature, gap, rcond=None)[0]
        size = 1.0
        # Far from the answer a whole step can lead away from it.
        while size > CLOSE:
            next_value, next_found = _dual(before, stacked, wanted, weights + size * step)
            if next_value <= value - CLOSE * size * float(gap @ step):
                break
            size /= 2
        weights, value, found = weights + size * step, next_value, next_found
    raise ArithmeticError("no distribution on this scale has the printed moments")


def _dual(before: Floats, features: Floats, targets: Floats, weights: Floats) -> tuple[float, Floats]:
    exponent = np.einsum("k,kij->ij", weights, features)
    highest = exponent.max(axis=1, keepdims=True)
    found = np.exp(exponent - highest)
    total = found.sum(axis=1, keepdims=True)
    value = float(before @ (np.log(total) + highest)[:, 0] - weights @ targets)
    return value, found / total
