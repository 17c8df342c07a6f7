"""What each case of a block has, drawn from the network: its sources, and what each group of findings says.

A case is one painful side. Nothing here has a number of its own: the prior, the tables of the groups and what groups
say to each other are those by which a review is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sacroiliac.inference import Evidence, Model, Rules
from sacroiliac.inference.evidence import first_met
from sacroiliac.inference.network import Network
from sacroiliac.inference.prior import Context
from sacroiliac.inference.speaking import Speaking
from sacroiliac.inference.states import Floats, Ints
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.rules import Table
from sacroiliac.simulate import people
from sacroiliac.simulate.expressed import COUNTED, Expressed, expressed, speaks

NOT_STATED = -1


@dataclass(frozen=True)
class Cases:
    """The cases of a block: first one for each patient, then the other sides of those who have pain on both.

    ``patient``: whose case it is; ``state``: its set of sources, by place in the network's sets; ``levels``: for each
    group the level its findings have, -1 where the chart says nothing (int8, shape ``(groups, cases)``).
    """

    patient: Ints
    state: Ints
    levels: np.ndarray


@dataclass
class Drawing:
    """The network of one knowledge, laid out for drawing."""

    knowledge: Knowledge
    _edges: dict[Context, Floats] = field(default_factory=dict)
    _levels: dict[tuple[str, tuple[int, ...]], Floats] = field(default_factory=dict)

    @cached_property
    def network(self) -> Network:
        """The network with the numbers as they are."""
        return Model(self.knowledge).point

    @cached_property
    def rules(self) -> Rules:
        """The parsed rules of the knowledge."""
        return Rules(self.knowledge)

    @cached_property
    def speaking(self) -> Speaking:
        """The groups, and what they say to each other."""
        return self.rules.speaking(frozenset({"model"}))

    @cached_property
    def groups(self) -> tuple[Expressed, ...]:
        """How each group reads in a chart."""
        return tuple(expressed(self.rules, group) for group in self.speaking.groups)

    @cached_property
    def shares(self) -> Floats:
        """How often each group is stated, by site (shape ``(groups, sites)``)."""
        sites, recorded = self.knowledge.simulation.scene.sites, self.knowledge.simulation.recorded
        spread = np.linspace(-1, 1, sites) if sites > 1 else np.zeros(1)
        often = recorded.site_spread.value**spread
        rates = np.array([self._rate(one) for one in self.groups])
        # Written so that "always" and "never" stay what they are at every site.
        return 1 - (1 - rates[:, None]) ** often

    def _rate(self, one: Expressed) -> float:
        recorded = self.knowledge.simulation.recorded
        if one.asked == COUNTED:
            return recorded.provocation.value
        if not one.group.asks:
            return recorded.diagnosis.value
        return float(getattr(recorded, one.group.stage).value)

    @cached_property
    def asked_together(self) -> list[int]:
        """For each group the first one that asks the same: they share their findings, so they are stated together."""
        first: dict[tuple[str, ...], int] = {}
        return [first.setdefault(group.asks or (group.id,), row) for row, group in enumerate(self.speaking.groups)]

    def draw(self, block: people.Block, rng: np.random.Generator) -> Cases:
        """The cases of a block."""
        patient = np.concatenate([np.arange(len(block)), np.flatnonzero(block.both)])
        known = people.columns(self.knowledge, block)
        state = self._states(known, patient, rng)
        chance = rng.random((len(self.groups), len(patient)))[self.asked_together]
        stated = chance < self.shares[:, block.site[patient]]
        readings = np.where(stated, self._readings(known)[:, patient], -1).astype(np.int8)
        return Cases(patient, state, self._draw_levels(state, readings, stated, rng))

    def contexts(self, known: Table) -> tuple[list[Context], Ints]:
        """The contexts of some patients, and which of them each patient has."""
        shares = np.stack([first_met(rules, known, len(rules)) for rules in self.rules.shares])
        contexts, context = np.unique(shares, axis=1, return_inverse=True)
        return [tuple(one) for one in contexts.T.tolist()], context.reshape(-1)

    def _states(self, known: Table, patient: Ints, rng: np.random.Generator) -> Ints:
        """The set of sources of each case."""
        contexts, of_patient = self.contexts(known)
        context, chance = of_patient[patient], rng.random(len(patient))
        found = np.empty(len(patient), np.int64)
        for number, one in enumerate(contexts):
            rows = context == number
            found[rows] = np.searchsorted(self._edges_of(one), chance[rows], side="right")
        return found

    def _edges_of(self, context: Context) -> Floats:
        if context not in self._edges:
            weights = self.network.weights(Evidence(context, (), ()))[:, 0]
            edges = np.cumsum(weights / weights.sum())
            edges[-1] = 1.0
            self._edges[context] = edges
        return self._edges[context]

    def _readings(self, known: Table) -> Ints:
        """A reading by which each group would speak of each patient, -1 where it never would (shape ``(groups, people)``)."""
        found = np.full((len(self.groups), known.length), -1)
        idle = set(self.speaking.idle)
        for row, one in enumerate(self.groups):
            if one.context:
                for level in range(len(one.levels)):
                    found[row] = np.maximum(found[row], speaks(self.rules, one, known, level))
            else:
                found[row] = next(number for number in range(len(one.group.readings)) if (row, number) not in idle)
        return found

    def _draw_levels(
        self, state: Ints, readings: np.ndarray, stated: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """The level of every group that is stated; one that others speak for keeps out."""
        codes = self.speaking.codes(readings)
        levels = np.full(codes.shape, NOT_STATED, np.int8)
        chance = rng.random(codes.shape)
        for row, one in enumerate(self.groups):
            for code in np.unique(codes[row][codes[row] > 0]).tolist():
                cases = np.flatnonzero(codes[row] == code)
                edges = self._edges_of_levels(one.group.id, self.speaking.reading(row, code)[3])
                levels[row, cases] = (chance[row, cases] > edges[:, state[cases]]).sum(axis=0)
        return levels

    def _edges_of_levels(self, name: str, dampings: tuple[int, ...]) -> Floats:
        key = (name, dampings)
        if key not in self._levels:
            self._levels[key] = np.cumsum(self.network.by_state(name, dampings), axis=0)[:-1]
        return self._levels[key]
