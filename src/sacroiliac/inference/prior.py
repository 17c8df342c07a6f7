"""What is believed before any finding: how many sources, and which ones.

Within a number of sources, a set weighs by the product of its sources' odds. The odds are fitted so that
each source is as frequent as its share says. Shares that were measured in different clinics add up to more
than the number of sources allows; those marked ``kept`` stand, the others are scaled to what is left
(INTERPRETATIONS.md, "Shares that add up to more than one patient has").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sacroiliac.inference.parameters import Parameters
from sacroiliac.inference.states import Floats
from sacroiliac.knowledge.model import Sources

TOLERANCE = 1e-14
MOST_STEPS = 2_000
# Shares are kept inside these bounds in every variant, so that odds exist.
LEAST_SHARE, LEFT_FOR_OTHERS = 1e-6, 0.05

Context = tuple[int, ...]
"""Which share applies: one index for each complex, then one for each source that has shares of its own."""


@dataclass(frozen=True)
class Prior:
    """Odds of each source (shape ``(sources, variants)``), weight of each number of sources per unit of the
    summed products of odds (``(4, variants)``), and the shares that were reached (``(sources, variants)``)."""

    odds: Floats
    by_size: Floats
    shares: Floats


def places(sources: Sources, context: Context) -> tuple[list[str], list[str]]:
    """The places in the knowledge of the shares that apply: of the complexes, and of the sources."""
    complexes, rest = sources.complexes, context[len(sources.complexes) :]
    own = [source for source in sources.sources if source.shares]
    return (
        [f"sources.complexes.{one.id}.shares.{context[row]}.value" for row, one in enumerate(complexes)],
        [f"sources.sources.{one.id}.shares.{rest[row]}.value" for row, one in enumerate(own)],
    )


def fit(sources: Sources, parameters: Parameters, context: Context) -> Prior:
    """The prior of one context in every variant.

    :raises ArithmeticError: when no odds give these shares.
    """
    none, one, two = (parameters[f"sources.counts.{name}"] for name in ("none", "one", "two"))
    total = np.maximum(1.0, none + one + two)
    by_size = np.stack([none, one, two, np.maximum(total - none - one - two, 0.0)]) / total
    expected = by_size[1] + 2 * by_size[2] + 3 * by_size[3]
    shares = target_shares(sources, parameters, context, expected)
    odds = shares / (1 - shares)
    for _ in range(MOST_STEPS):
        reached, sums = _reached(odds, by_size)
        if np.abs(reached - shares).max() < TOLERANCE:
            return Prior(odds, by_size / sums, shares)
        odds = odds * (shares / reached)
        odds /= odds.sum(axis=0)
    raise ArithmeticError("the shares of the sources cannot be reached with these numbers of sources")


def target_shares(sources: Sources, parameters: Parameters, context: Context, expected: Floats) -> Floats:
    """The share of each source (shape ``(sources, variants)``), adding up to ``expected``."""
    of_complexes, of_sources = places(sources, context)
    complexes = {one.id: parameters[place] for one, place in zip(sources.complexes, of_complexes, strict=True)}
    own = iter(of_sources)
    split: dict[str, Floats] = {}
    for source in sources.sources:
        if source.part_of is not None:
            part = parameters[f"sources.sources.{source.id}.part"]
            split[source.part_of] = split.get(source.part_of, 0.0) + part
    rows, kept = [], []
    for source in sources.sources:
        if source.part_of is None:
            rows.append(parameters[next(own)])
        else:
            part = parameters[f"sources.sources.{source.id}.part"] / split[source.part_of]
            rows.append(complexes[source.part_of] * part)
        kept.append(source.kept or source.part_of is not None)
    found = np.clip(np.stack(rows), LEAST_SHARE, 1 - LEAST_SHARE)
    stay = np.array(kept)
    if not stay.all():
        room = np.maximum(expected - found[stay].sum(axis=0), LEFT_FOR_OTHERS)
        found[~stay] *= room / found[~stay].sum(axis=0)
    # Where the kept shares alone are more than there is room for, all of them give way together.
    return found * (expected / found.sum(axis=0))


def _reached(odds: Floats, by_size: Floats) -> tuple[Floats, Floats]:
    """How frequent each source is with these odds, and the summed products of odds for each size of set."""
    one, two, three = elementary(odds)
    # Sums over sets without a given source, by taking that source out again.
    without_one = one - odds
    without_two = two - odds * without_one
    ones = np.ones_like(one)
    sums = np.stack([ones, one, two, three])
    return odds * (by_size[1] / one + by_size[2] * without_one / two + by_size[3] * without_two / three), sums


def elementary(odds: Floats) -> tuple[Floats, Floats, Floats]:
    """Summed products of odds over all sets of one, two and three sources (each of shape ``(variants,)``)."""
    one = np.zeros(odds.shape[1])
    two, three = one.copy(), one.copy()
    for row in odds:
        three = three + row * two
        two = two + row * one
        one = one + row
    return one, two, three
