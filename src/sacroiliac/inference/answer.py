"""What the network answers for one case: probabilities with intervals, what moved them, and why it did not last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np

from sacroiliac.inference.blocks import PLACES, Block
from sacroiliac.inference.network import Evidence, Model, Network
from sacroiliac.inference.states import Floats, Subset, product

# Contributions are summed over this many points, and over more until they add up to the whole.
FEWEST_POINTS, MOST_POINTS = 16, 128
TOLERANCE = 1e-11
# Keeps shares of nothing from being divided by zero.
SMALLEST = float(np.finfo(np.float64).tiny)


class Estimate(msgspec.Struct, frozen=True):
    """A probability with its interval."""

    value: float
    low: float
    high: float


class Contribution(msgspec.Struct, frozen=True):
    """What one thing the chart says adds to the log odds of a source (natural logarithm).

    ``kind`` is ``group``, ``cap``, ``anaesthetic`` or ``steroid``; ``name`` the group, or the number of the
    injection (0 is the oldest).
    """

    kind: str
    name: str
    log_odds: float


class SourceAnswer(msgspec.Struct, frozen=True):
    """One source: before any finding, after all of them, and how it got from one to the other."""

    source: str
    before: float
    probability: Estimate
    contributions: tuple[Contribution, ...]


class Why(msgspec.Struct, frozen=True):
    """Why relief did not last, as probabilities that add up to one: the sacroiliac complex is not a source, it is
    but the drug did not reach the part that hurts, it is and was reached."""

    not_the_source: Estimate
    missed: Estimate
    did_not_hold: Estimate


class Answer(msgspec.Struct, frozen=True):
    """The network's answer for one case. ``complex`` is the joint or its ligaments; ``delivery`` tells, for each
    injection, how likely the drug went into the joint, around it, or elsewhere, given everything."""

    evidence: Evidence
    sources: tuple[SourceAnswer, ...]
    complex: Estimate
    none: Estimate
    delivery: tuple[tuple[Estimate, ...], ...]
    why: Why | None


def answer(model: Model, evidence: Evidence, index: int | None = None) -> Answer:
    """The answer for one case.

    :param index: the injection that ``why`` is about (None: the last one)
    :raises ArithmeticError: when the findings cannot all be true under the model
    """
    network = model.swept
    # The numbers as they are, and the draws; the ends of the assumptions are for the sensitivity.
    shown = slice(0, network.parameters.draws.stop)
    weights = network.weights(evidence)[:, shown]
    with_source, totals = network.states.sums(weights)
    has_complex = network.states.membership[list(network.complex)].any(axis=0)
    values = [*with_source, weights[has_complex].sum(axis=0), weights[0]]
    by_class = product(network.kinds.indicator, weights) if evidence.blocks else weights
    places = [_by_place(network, by_class, evidence, number) for number in range(len(evidence.blocks))]
    values += [place for split in places for place in split.sum(axis=1)]
    if places:
        turns_on = len(places) - 1 if index is None else index
        values += why_weights(network, places[turns_on], evidence.blocks[turns_on].spread)
    estimates = iter(_estimates(np.stack(values) / totals, model.knowledge.ranking.interval.value))
    moved = contributions(model.point, evidence)
    before = network.prior(evidence.context).shares[:, 0]
    return Answer(
        evidence,
        tuple(
            SourceAnswer(name, float(before[row]), next(estimates), moved[row])
            for row, name in enumerate(network.sources)
        ),
        complex=next(estimates),
        none=next(estimates),
        delivery=tuple(tuple(next(estimates) for _ in PLACES) for _ in places),
        why=Why(*estimates) if places else None,
    )


def _estimates(values: Floats, width: float) -> list[Estimate]:
    """Values with their intervals (arguments as for :func:`intervals`)."""
    return [Estimate(*one) for one in intervals(values, width).tolist()]


def intervals(values: Floats, width: float) -> Floats:
    """Values with their intervals: value, lower and upper end along the last axis.

    :param values: along the last axis first the value, then the draws
    :param width: the share of the draws inside an interval
    """
    point, drawn = values[..., 0], np.sort(values[..., 1:], axis=-1)
    low, high = (_quantile(drawn, at) for at in ((1 - width) / 2, (1 + width) / 2))
    return np.stack([point, np.minimum(low, point), np.maximum(high, point)], axis=-1)


def _quantile(ordered: Floats, at: float) -> Floats:
    """The quantile along the last axis of values in order, between two of them on a straight line.

    The same as ``np.quantile``, which at its first call imports what takes longer than a review.
    """
    place = at * (ordered.shape[-1] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[-1] - 1)
    return ordered[..., below] + (place - below) * (ordered[..., above] - ordered[..., below])


def _by_place(network: Network, by_class: Floats, evidence: Evidence, number: int) -> Floats:
    """The weight of every class split by where one injection went (shape ``(places, classes, columns)``)."""
    return place_given_class(network, evidence.blocks, number)[:, :, : by_class.shape[1]] * by_class


def place_given_class(network: Network, injected: tuple[Block, ...], number: int) -> Floats:
    """P(where one injection went | class of sets, all that is known of the injections) (``(places, classes, variants)``)."""
    split = network.injections(injected).places[number]
    return split / np.maximum(split.sum(axis=0), SMALLEST)


def why_weights(network: Network, places: Floats, spread: bool) -> list[Floats]:
    """The weight of the three explanations of :class:`Why`.

    :param places: the weight of each class, split by where the injection went (``(places, classes, ...)``)
    """
    joint, ligament = network.kinds.joint > 0, network.kinds.ligament > 0
    inside, around, _ = places
    # A large volume in the joint reaches the ligaments too.
    reached = inside[joint | ligament if spread else joint].sum(axis=0) + around[ligament].sum(axis=0)
    present = places[:, joint | ligament].sum(axis=(0, 1))
    return [places.sum(axis=(0, 1)) - present, present - reached, reached]


def contributions(network: Network, evidence: Evidence) -> tuple[tuple[Contribution, ...], ...]:
    """For each source what every part of the evidence adds to its log odds; they add up exactly.

    The order in which findings are added would change their shares, so none is chosen: all findings are
    brought in together, little by little, and each is credited with the difference it makes along the way
    (Aumann-Shapley values, integrated numerically). Where findings act on a source independently, this is
    the logarithm of the likelihood ratio.
    """
    names, logs = _parts(network, evidence)
    if not names:
        return tuple(() for _ in network.sources)
    before = network.prior(evidence.context)
    prior = network.states.weights(before.odds, before.by_size, {})[:, 0]
    # Sets that the prior or the evidence rules out have no part in any mean.
    possible = (prior > 0) & np.isfinite(logs).all(axis=0)
    path = _Path(network.states.membership[:, possible], np.log(prior[possible]), logs[:, possible])
    points = FEWEST_POINTS
    gained = path.gained(points)
    while points < MOST_POINTS and np.abs(gained.sum(axis=1) - path.whole).max() > TOLERANCE:
        points *= 2
        gained = path.gained(points)
    return tuple(
        tuple(Contribution(kind, name, float(value)) for (kind, name), value in zip(names, row, strict=True))
        for row in gained
    )


@dataclass(frozen=True)
class _Path:
    """The way from the prior to the posterior, with all parts of the evidence brought in at one pace.

    ``present`` has shape ``(sources, states)``, ``base`` (log weight in the prior) ``(states,)`` and ``logs``
    ``(parts, states)``.
    """

    present: Floats
    base: Floats
    logs: Floats

    @property
    def whole(self) -> Floats:
        """By how much all parts together change the log odds of each source."""
        return self._log_odds(1.0) - self._log_odds(0.0)

    def _log_odds(self, at: float) -> Floats:
        weight = self._weight(at)
        return np.log(self.present @ weight) - np.log((1 - self.present) @ weight)

    def _weight(self, at: float) -> Floats:
        log_weight = self.base + at * self.logs.sum(axis=0)
        return np.exp(log_weight - log_weight.max())

    def gained(self, points: int) -> Floats:
        """What each part adds to the log odds of each source (shape ``(sources, parts)``), by a sum over ``points``."""
        found = np.zeros((len(self.present), len(self.logs)))
        for point, share in zip(*_quadrature(points), strict=True):
            weight = self._weight(point)
            moments = np.vstack([weight, weight * self.logs]).T
            with_source, without = product(self.present, moments), product(1 - self.present, moments)
            found += share * (with_source[:, 1:] / with_source[:, :1] - without[:, 1:] / without[:, :1])
        return found


@lru_cache(maxsize=8)
def _quadrature(points: int) -> tuple[Floats, Floats]:
    """Places between 0 and 1, and their shares, of a Gauss-Legendre sum."""
    row = np.arange(1, points)
    beside = row / np.sqrt(4 * row**2 - 1)  # the recurrence of Legendre's polynomials (Golub and Welsch)
    places, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    return (places + 1) / 2, vectors[0] ** 2


def _parts(network: Network, evidence: Evidence) -> tuple[list[tuple[str, str]], Floats]:
    """The parts of the evidence, and the log likelihood each gives every set of sources (``(parts, states)``)."""
    names: list[tuple[str, str]] = []
    logs: list[Floats] = []

    def together(kind: str, name: str, factors: Mapping[Subset, Floats]) -> None:
        found = np.zeros(len(network.states.sets))
        for subset, factor in factors.items():
            for rows in network.states.containing(subset):
                found[rows] += np.log(factor[0])
        names.append((kind, name))
        logs.append(found)

    for reading in evidence.levels:
        together("group", reading[0], network.factors(*reading)[1])
    cap = network.cap(evidence)
    if cap:
        together("cap", "examination_cap", cap)
    for number, block in enumerate(evidence.blocks):
        read = network.injections(evidence.blocks)
        for kind, seen, phases in (
            ("anaesthetic", block.relief, read.anaesthetic),
            ("steroid", block.lasted, read.steroid),
        ):
            if seen is not None:
                with np.errstate(divide="ignore"):
                    by_class = np.log(phases[number][:, 0])
                names.append((kind, str(number)))
                logs.append(by_class[network.kinds.of_state])
    return names, np.stack(logs) if logs else np.zeros((0, len(network.states.sets)))
