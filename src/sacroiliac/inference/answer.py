"""What the network answers for one case: probabilities with intervals, what moved them, and why it did not last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sacroiliac.inference.blocks import PLACES
from sacroiliac.inference.network import Evidence, Model, Network
from sacroiliac.inference.states import Floats

QUADRATURE = 32


@dataclass(frozen=True, slots=True)
class Estimate:
    """A probability with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one thing the chart says adds to the log odds of a source (natural logarithm).

    ``kind`` is ``group``, ``cap``, ``anaesthetic`` or ``steroid``; ``name`` the group, or the number of the
    injection (0 is the oldest).
    """

    kind: str
    name: str
    log_odds: float


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """One source: before any finding, after all of them, and how it got from one to the other."""

    source: str
    before: float
    probability: Estimate
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why relief did not last, as probabilities that add up to one: the sacroiliac complex is not a source, it is
    but the drug did not reach the part that hurts, it is and was reached."""

    not_the_source: Estimate
    missed: Estimate
    did_not_hold: Estimate


@dataclass(frozen=True, slots=True)
class Answer:
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
    weights = network.weights(evidence)
    totals = weights.sum(axis=0)
    draws = network.parameters.draws
    width = model.knowledge.ranking.interval.value

    def estimate(values: Floats) -> Estimate:
        point = float(values[0])
        low, high = np.quantile(values[draws], [(1 - width) / 2, (1 + width) / 2])
        return Estimate(point, min(float(low), point), max(float(high), point))

    posterior = network.states.membership @ weights / totals
    has_complex = network.states.membership[list(network.complex)].any(axis=0)
    moved = contributions(model.point, evidence)
    before = network.prior(evidence.context).shares[:, 0]
    sources = tuple(
        SourceAnswer(name, float(before[row]), estimate(posterior[row]), moved[row])
        for row, name in enumerate(network.sources)
    )
    delivery: tuple[tuple[Estimate, ...], ...] = ()
    why = None
    if evidence.blocks:
        places = [_by_place(network, weights, evidence, number) / totals for number in range(len(evidence.blocks))]
        delivery = tuple(tuple(estimate(split.sum(axis=1)[place]) for place in range(len(PLACES))) for split in places)
        turns_on = len(places) - 1 if index is None else index
        why = _why(network, places[turns_on], evidence.blocks[turns_on].spread, estimate)
    return Answer(
        evidence,
        sources,
        estimate(weights[has_complex].sum(axis=0) / totals),
        estimate(weights[0] / totals),
        delivery,
        why,
    )


def _by_place(network: Network, weights: Floats, evidence: Evidence, number: int) -> Floats:
    """The weight of every set of sources split by where one injection went (``(places, states, variants)``)."""
    split = network.injections(evidence.blocks).places[number]
    share = split / split.sum(axis=0)
    return share[:, network.kinds.of_state] * weights


def _why(network: Network, places: Floats, spread: bool, estimate: Callable[[Floats], Estimate]) -> Why:
    joint, ligament = (network.states.membership[row] > 0 for row in network.complex)
    inside, around, _ = places
    if spread:
        # A large volume reaches the joint and the ligaments, whichever of the two it was put in.
        reached = (inside + around)[joint | ligament].sum(axis=0)
    else:
        reached = inside[joint].sum(axis=0) + around[ligament].sum(axis=0)
    present = places[:, joint | ligament].sum(axis=(0, 1))
    return Why(estimate(1 - present), estimate(present - reached), estimate(reached))


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
    base = np.log(network.states.weights(before.odds, before.by_size, {})[:, 0])
    points, shares = np.polynomial.legendre.leggauss(QUADRATURE)
    present = network.states.membership
    gained = np.zeros((len(network.sources), len(names)))
    for point, share in zip((points + 1) / 2, shares / 2, strict=True):
        log_weight = base + point * logs.sum(axis=0)
        weight = np.exp(log_weight - log_weight.max())
        with_source = present * weight
        without = (1 - present) * weight
        mean_with = with_source @ logs.T / with_source.sum(axis=1, keepdims=True)
        mean_without = without @ logs.T / without.sum(axis=1, keepdims=True)
        gained += share * (mean_with - mean_without)
    return tuple(
        tuple(Contribution(kind, name, float(value)) for (kind, name), value in zip(names, row, strict=True))
        for row in gained
    )


def _parts(network: Network, evidence: Evidence) -> tuple[list[tuple[str, str]], Floats]:
    """The parts of the evidence, and the log likelihood each gives every set of sources (``(parts, states)``)."""
    names: list[tuple[str, str]] = []
    logs: list[Floats] = []
    for reading in evidence.levels:
        found = np.zeros(len(network.states.sets))
        for subset, factor in network.factors(*reading)[1].items():
            found[network.states.containing_cached(subset)] += np.log(factor[0])
        names.append(("group", reading[0]))
        logs.append(found)
    cap = float(network.cap(evidence)[0])
    if cap < 1:
        has_complex = (network.kinds.joint + network.kinds.ligament) > 0
        names.append(("cap", "examination_cap"))
        logs.append(np.where(has_complex[network.kinds.of_state], np.log(cap), 0.0))
    if evidence.blocks:
        read = network.injections(evidence.blocks)
        for number, block in enumerate(evidence.blocks):
            if block.relief is not None:
                names.append(("anaesthetic", str(number)))
                logs.append(np.log(read.anaesthetic[number][:, 0])[network.kinds.of_state])
            if block.lasted is not None:
                names.append(("steroid", str(number)))
                logs.append(np.log(read.steroid[number][:, 0])[network.kinds.of_state])
    return names, np.stack(logs) if logs else np.zeros((0, len(network.states.sets)))
