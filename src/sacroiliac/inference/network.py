"""The network: sources, groups of findings and injections, put together from the knowledge."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sacroiliac.inference import blocks, groups, prior
from sacroiliac.inference.blocks import Block
from sacroiliac.inference.parameters import Parameters, as_they_are, swept
from sacroiliac.inference.prior import Context, Prior
from sacroiliac.inference.states import Floats, States, Subset
from sacroiliac.knowledge import walk
from sacroiliac.knowledge.model import Group, Knowledge

USED = ("sources", "likelihoods", "injections")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the chart says about one case, in the terms of the network.

    ``levels``: for each group that speaks, the lowest and highest level the chart is compatible with, and which
    of its dampings apply. Groups that are silent are left out.
    """

    context: Context
    levels: tuple[tuple[str, int, int, tuple[int, ...]], ...]
    blocks: tuple[Block, ...]


@dataclass
class Network:
    """The tables in every variant of the parameters; each is worked out when it is first needed."""

    knowledge: Knowledge
    parameters: Parameters
    uses: frozenset[str] = frozenset({"model"})
    states: States = field(init=False)
    kinds: blocks.Classes = field(init=False)
    sources: tuple[str, ...] = field(init=False)
    group: dict[str, Group] = field(init=False)
    _priors: dict[Context, Prior] = field(default_factory=dict)
    _tables: dict[tuple[str, tuple[int, ...]], groups.Table] = field(default_factory=dict)
    _factors: dict[tuple[str, int, int, tuple[int, ...]], tuple[Floats, dict[Subset, Floats]]] = field(
        default_factory=dict
    )
    _injections: blocks.Tables | None = None
    _read: dict[tuple[Block, ...], blocks.Read] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sources = tuple(source.id for source in self.knowledge.sources.sources)
        self.states = States(len(self.sources))
        self.kinds = blocks.classes(self.states, self.knowledge.sources)
        self.group = {group.id: group for group in self.knowledge.likelihoods.groups if group.use in self.uses}

    @property
    def variants(self) -> int:
        """Number of variants of the parameters."""
        return self.parameters.variants

    @property
    def complex(self) -> Subset:
        """The sources of the sacroiliac complex."""
        return tuple(row for row, source in enumerate(self.knowledge.sources.sources) if source.part_of is not None)

    def prior(self, context: Context) -> Prior:
        """The prior of a context."""
        if context not in self._priors:
            self._priors[context] = prior.fit(self.knowledge.sources, self.parameters, context)
        return self._priors[context]

    def table(self, name: str, dampings: tuple[int, ...] = ()) -> groups.Table:
        """The table of a group, with some of its dampings."""
        key = (name, dampings)
        if key not in self._tables:
            factors = [self.parameters[f"likelihoods.groups.{name}.damped_by.{row}.factor"] for row in dampings]
            damping = np.prod(factors, axis=0) if factors else np.ones(self.variants)
            self._tables[key] = groups.table(
                self.group[name], self.sources, self.knowledge.likelihoods, self.parameters, damping
            )
        return self._tables[key]

    def factors(
        self, name: str, lowest: int, highest: int, dampings: tuple[int, ...]
    ) -> tuple[Floats, dict[Subset, Floats]]:
        """What one group's reading adds to each set of sources (see :meth:`groups.Table.factors`)."""
        key = (name, lowest, highest, dampings)
        if key not in self._factors:
            self._factors[key] = self.table(name, dampings).factors(lowest, highest)
        return self._factors[key]

    def injections(self, injected: tuple[Block, ...]) -> blocks.Read:
        """What the injections of one side say."""
        if injected not in self._read:
            if self._injections is None:
                self._injections = blocks.tables(self.knowledge.injections, self.parameters, self.kinds)
            self._read[injected] = blocks.read(injected, self._injections)
        return self._read[injected]

    def weights(self, evidence: Evidence) -> Floats:
        """The weight of every set of sources given the evidence (shape ``(states, variants)``), not normalised.

        :raises ArithmeticError: when the evidence is impossible under the network; the message names what spoke.
        """
        before = self.prior(evidence.context)
        odds = before.odds.copy()
        together: dict[Subset, Floats] = {}
        scale = np.ones(self.variants)
        for reading in evidence.levels:
            none, found = self.factors(*reading)
            scale = scale * none
            for subset, factor in found.items():
                if len(subset) == 1:
                    odds[subset[0]] = odds[subset[0]] * factor
                else:
                    together[subset] = together.get(subset, 1.0) * factor
        found_weights = self.states.weights(odds, before.by_size * scale, together)
        found_weights *= self.class_factor(evidence)[self.kinds.of_state]
        if not (found_weights.sum(axis=0) > 0).all():
            spoke = ", ".join(self.group[name].label for name, *_ in evidence.levels)
            raise ArithmeticError(f"these findings cannot all be true under the model: {spoke}")
        return found_weights

    def class_factor(self, evidence: Evidence) -> Floats:
        """What injections and the examination cap add to each class of sets (shape ``(classes, variants)``)."""
        found = np.ones((self.kinds.number, self.variants))
        has_complex = (self.kinds.joint + self.kinds.ligament) > 0
        found[has_complex] *= self.cap(evidence)
        if evidence.blocks:
            read = self.injections(evidence.blocks)
            for phase in (*read.anaesthetic, *read.steroid):
                found = found * phase
        return found

    def cap(self, evidence: Evidence) -> Floats:
        """By how much the examination is held back (1: not at all), so that it raises the complex by the cap at most."""
        joint = self.complex[:1]
        ratio = np.ones(self.variants)
        for reading in evidence.levels:
            if self.group[reading[0]].capped:
                ratio = ratio * self.factors(*reading)[1].get(joint, 1.0)
        return np.minimum(1.0, self.parameters["likelihoods.limits.examination_cap"] / ratio)


class Model:
    """The networks made from one knowledge: as it is, and swept over the ranges of its numbers."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.numbers = [(place, one) for place, one in walk.numbers(knowledge) if place.partition(".")[0] in USED]

    @cached_property
    def point(self) -> Network:
        """The network with the numbers as they are."""
        return Network(self.knowledge, as_they_are(self.numbers))

    @cached_property
    def swept(self) -> Network:
        """The network with every number drawn within its range, and each assumption at both ends of its range."""
        return Network(self.knowledge, swept(self.numbers, self.knowledge.ranking.draws))

    @cached_property
    def with_unconfirmed(self) -> Network:
        """The network that also counts groups whose figures were not seen; for comparison only."""
        return Network(self.knowledge, as_they_are(self.numbers), frozenset({"model", "unconfirmed"}))
