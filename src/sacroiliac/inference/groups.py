"""The likelihood of each group of findings, for every set of sources.

A group is a noisy-MAX over its levels: without any source it takes a level by its background
distribution; each source present draws a level of its own; the highest counts. With two levels this is
the noisy-OR: the leak is 1 - specificity, and a source alone gives its sensitivity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sacroiliac.inference.parameters import Parameters
from sacroiliac.inference.states import MOST_AT_ONCE, Floats, Subset
from sacroiliac.knowledge.model import Group, Likelihoods

# Ratios are kept this far from 1, so that a level that says nothing stays a level.
LEAST_EFFECT = 1e-4
# Two sources whose effects multiply up to rounding act independently.
ROUNDING = 1e-13
BISECTIONS = 60


@dataclass(frozen=True)
class Table:
    """One group in every variant.

    ``background`` has shape ``(levels, variants)``: P(level) without any source. ``below`` has shape
    ``(linked, levels, variants)``: by what factor a linked source multiplies P(at most this level).
    """

    linked: Subset
    background: Floats
    below: Floats

    def likelihood(self, present: Sequence[int], lowest: int, highest: int) -> Floats:
        """P(level between ``lowest`` and ``highest`` | exactly the linked sources ``present``), per variant."""
        return self._at_most(present, highest) - (self._at_most(present, lowest - 1) if lowest > 0 else 0.0)

    def _at_most(self, present: Sequence[int], level: int) -> Floats:
        found: Floats = self.background[: level + 1].sum(axis=0)
        for source in present:
            found = found * self.below[self.linked.index(source), level]
        return found

    def factors(self, lowest: int, highest: int) -> tuple[Floats, dict[Subset, Floats]]:
        """The likelihood split into what no source gives and what each set of sources adds.

        The likelihood of a set of sources is the first part times the factor of every subset of its linked
        sources. Only sets of two or three whose sources do not act independently have a factor other than 1.
        """
        none = self.likelihood((), lowest, highest)
        found: dict[Subset, Floats] = {}
        for size in range(1, MOST_AT_ONCE + 1):
            for subset in combinations(self.linked, size):
                value = self.likelihood(subset, lowest, highest) / none
                for smaller in range(1, size):
                    for inside in combinations(subset, smaller):
                        value = value / found.get(inside, 1.0)
                if size == 1 or np.abs(value - 1).max() > ROUNDING:
                    found[subset] = value
        return none, found


def table(
    group: Group, sources: Sequence[str], likelihoods: Likelihoods, parameters: Parameters, damping: Floats
) -> Table:
    """The table of one group.

    :param damping: by what the log likelihood ratios are multiplied besides the group's own weight
    """
    place = f"likelihoods.groups.{group.id}"
    weight = damping * (parameters[f"{place}.weight"] if group.weight is not None else 1.0)
    limits = "likelihoods.limits"
    largest = parameters[f"{limits}.largest_definitive_ratio" if group.definitive else f"{limits}.largest_ratio"]
    smallest = 1 / largest if group.definitive else parameters[f"{limits}.smallest_ratio"]
    ratios = []
    background = _background(group, parameters, place)
    for name in group.sources:
        raw = _ratios(group, name, parameters, place, background)
        ratios.append(np.clip(raw, smallest, largest) ** weight)
    background = _fitting(background, np.mean(ratios, axis=0))
    below = []
    for ratio in ratios:
        alone = background * ratio
        alone = alone / alone.sum(axis=0)
        factor = np.minimum(np.cumsum(alone, axis=0) / np.cumsum(background, axis=0), 1.0)
        factor[-1] = 1.0
        # A source may only push the level up, so its factor cannot fall as the level rises.
        below.append(np.minimum.accumulate(factor[::-1], axis=0)[::-1])
    linked = tuple(sorted(sources.index(name) for name in group.sources))
    order = [list(group.sources).index(sources[one]) for one in linked]
    return Table(linked, background, np.stack([below[one] for one in order]))


def _background(group: Group, parameters: Parameters, place: str) -> Floats:
    """P(level) without any source, before weighting (shape ``(levels, variants)``)."""
    if group.specificity is not None:
        negative = parameters[f"{place}.specificity"]
        return np.stack([negative, 1 - negative])
    if group.background:
        given = {name: parameters[f"{place}.background.{name}"] for name in group.background}
        rest = np.maximum(1 - sum(given.values()), 1e-3)
        found = np.stack([given.get(name, rest) for name in group.levels])
        return found / found.sum(axis=0)
    lower, upper = (
        np.mean([parameters[f"{place}.sources.{name}.ratios.{level}"] for name in group.sources], axis=0)
        for level in group.levels
    )
    upper, lower = np.maximum(upper, 1 + LEAST_EFFECT), np.minimum(lower, 1 - LEAST_EFFECT)
    negative = (upper - 1) / (upper - lower)
    return np.stack([negative, 1 - negative])


def _ratios(group: Group, name: str, parameters: Parameters, place: str, background: Floats) -> Floats:
    """Likelihood ratio of each level for one source (shape ``(levels, variants)``)."""
    likelihood = group.sources[name]
    if likelihood.sensitivity is not None:
        positive = parameters[f"{place}.sources.{name}.sensitivity"]
        found = np.stack([1 - positive, positive]) / background
    else:
        given = {level: parameters[f"{place}.sources.{name}.ratios.{level}"] for level in likelihood.ratios}
        rows = []
        for index, level in enumerate(group.levels):
            if level in given:
                rows.append(given[level])
            else:
                others = sum(background[group.levels.index(one)] * ratio for one, ratio in given.items())
                rows.append(np.maximum((1 - others) / background[index], 1e-3))
        found = np.stack(rows)
    found[0], found[-1] = np.minimum(found[0], 1 - LEAST_EFFECT), np.maximum(found[-1], 1 + LEAST_EFFECT)
    return found


def _fitting(background: Floats, ratio: Floats) -> Floats:
    """The background nearest to ``background`` (in relative entropy) with which ``ratio`` makes a distribution.

    Shrinking the ratios leaves ``sum(background * ratio)`` different from 1; with two levels the answer is the
    specificity that goes with the shrunk ratios. Where sources have ratios of their own, one background cannot
    fit them all: it fits their mean, so that the order of the sources does not matter, and what each source
    then gives is scaled to a distribution.
    """
    if len(ratio) == 2:
        negative = (ratio[1] - 1) / (ratio[1] - ratio[0])
        return np.stack([negative, 1 - negative])
    excess = ratio - 1
    low, high = np.full(ratio.shape[1], -200.0), np.full(ratio.shape[1], 200.0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        tilted = _tilted(background, excess, middle)
        above = (tilted * excess).sum(axis=0) > 0
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return _tilted(background, excess, (low + high) / 2)


def _tilted(background: Floats, excess: Floats, by: Floats) -> Floats:
    exponent = excess * by
    found = background * np.exp(exponent - exponent.max(axis=0))
    return found / found.sum(axis=0)
