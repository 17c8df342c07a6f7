"""The network: sources, groups of findings and injections, put together from the knowledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from sacroiliac.inference import blocks, groups, prior
from sacroiliac.inference.blocks import LEVELS, Block
from sacroiliac.inference.parameters import Parameters, as_they_are, swept
from sacroiliac.inference.prior import Context, Prior
from sacroiliac.inference.speaking import Reading
from sacroiliac.inference.states import MOST_AT_ONCE, Floats, States, Subset
from sacroiliac.knowledge import walk
from sacroiliac.knowledge.model import Group, Knowledge

USED = ("sources", "likelihoods", "injections")
# Variants of all readings of injections that are kept: of 201 variants those of the cases that are looked at together,
# which take some hundred kilobytes each.
MOST_KEPT = 40_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the chart says about one case, in the terms of the network.

    ``levels``: for each group that speaks, the lowest and highest level the chart is compatible with, and which
    of its dampings apply. Groups that are silent are left out.
    """

    context: Context
    levels: tuple[Reading, ...]
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
    _factors: dict[Reading, tuple[Floats, dict[Subset, Floats]]] = field(default_factory=dict)
    _by_state: dict[tuple[str, tuple[int, ...]], Floats] = field(default_factory=dict)
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

    def by_state(self, name: str, dampings: tuple[int, ...]) -> Floats:
        """P(level | set of sources) of a group, with the numbers as they are (shape ``(levels, states)``)."""
        key = (name, dampings)
        if key not in self._by_state:
            table = self.table(name, dampings)
            linked = self.states.membership[list(table.linked)].T @ 2 ** np.arange(len(table.linked))
            patterns, of_state = np.unique(linked, return_inverse=True)
            found = [
                [table.likelihood(present, level, level)[0] for present in _present(table.linked, patterns)]
                for level in range(len(self.group[name].levels))
            ]
            self._by_state[key] = np.array(found)[:, of_state.reshape(-1)]
        return self._by_state[key]

    def injections(self, injected: tuple[Block, ...]) -> blocks.Read:
        """What the injections of one side say."""
        if injected not in self._read:
            if len(self._read) * self.variants >= MOST_KEPT:
                del self._read[next(iter(self._read))]  # a population has more of them than fit into memory
            if self._injections is None:
                self._injections = blocks.Tables(self.knowledge.injections, self.parameters, self.kinds)
            self._read[injected] = blocks.read(injected, self._injections)
        return self._read[injected]

    def weights(self, evidence: Evidence, before: Prior | None = None) -> Floats:
        """The weight of every set of sources given the evidence (shape ``(states, variants)``), not normalised.

        :param before: another prior than that of the evidence's context
        :raises ArithmeticError: when the evidence is impossible under the network; the message names the findings
            that cannot be true together.
        """
        found = self._weights(evidence, before)
        if not _possible(found):
            raise ArithmeticError(
                f"these findings cannot all be true under the model: {', '.join(self._conflict(evidence))}"
            )
        return found

    def _weights(self, evidence: Evidence, before: Prior | None = None) -> Floats:
        before = before or self.prior(evidence.context)
        odds = before.odds.copy()
        together: dict[Subset, Floats] = {}
        scale = np.ones(self.variants)
        parts = [self.factors(*reading) for reading in evidence.levels]
        for none, found in (*parts, (np.ones(self.variants), self.cap(evidence))):
            scale = scale * none
            for subset, factor in found.items():
                if len(subset) == 1:
                    odds[subset[0]] = odds[subset[0]] * factor
                else:
                    together[subset] = together.get(subset, 1.0) * factor
        weights = self.states.weights(odds, before.by_size * scale, together)
        if evidence.blocks:
            weights *= self.class_factor(evidence.blocks)[self.kinds.of_state]
        return weights

    def class_factor(self, injected: tuple[Block, ...]) -> Floats:
        """What the injections of one side add to each class of sets (shape ``(classes, variants)``)."""
        read = self.injections(injected)
        return np.prod([*read.anaesthetic, *read.steroid], axis=0)

    def cap(self, evidence: Evidence) -> dict[Subset, Floats]:
        """By how much the examination is held back, so that it raises no part of the complex by more than the cap.

        :return: factors as in :meth:`groups.Table.factors`; empty where the cap holds nothing back
        """
        capped = [self.factors(*reading)[1] for reading in evidence.levels if self.group[reading[0]].capped]
        return held_back(capped, self.complex, self.parameters["likelihoods.limits.examination_cap"])

    def _conflict(self, evidence: Evidence) -> list[str]:
        """A smallest choice of findings and injections that are impossible together, in words."""
        levels, blocks = list(evidence.levels), list(evidence.blocks)
        for reading in evidence.levels:
            fewer = [one for one in levels if one != reading]
            if not _possible(self._weights(replace(evidence, levels=tuple(fewer), blocks=tuple(blocks)))):
                levels = fewer
        numbers = list(range(len(blocks)))
        for number in range(len(blocks)):
            rest = [one for one in numbers if one != number]
            fewer_blocks = tuple(blocks[one] for one in rest)
            if not _possible(self._weights(replace(evidence, levels=tuple(levels), blocks=fewer_blocks))):
                numbers = rest
        return [
            *(self.group[name].label for name, *_ in levels),
            *(f"injection {number + 1} ({_in_words(blocks[number])})" for number in numbers),
        ]


def _present(linked: Subset, patterns: Floats) -> list[Subset]:
    """The sources in each pattern of bits."""
    return [tuple(one for bit, one in enumerate(linked) if int(pattern) >> bit & 1) for pattern in patterns]


def held_back(capped: Sequence[Mapping[Subset, Floats]], complex_: Subset, cap: Floats) -> dict[Subset, Floats]:
    """What takes the product of some groups' factors back to ``cap``, for every part of the complex it exceeds.

    :param capped: the factors of the groups that are capped (see :meth:`groups.Table.factors`)
    :param cap: by how much any part of the complex may be raised
    :return: factors in the same form
    """
    found: dict[Subset, Floats] = {}
    for size in range(1, MOST_AT_ONCE + 1):
        for part in combinations(complex_, size):
            inside = [one for smaller in range(1, size + 1) for one in combinations(part, smaller)]
            ratio = np.prod([group[one] for group in capped for one in inside if one in group], axis=0)
            held = np.minimum(1.0, cap / ratio)
            for one in inside[:-1]:
                held = held / found.get(one, 1.0)
            found[part] = held
    return found if any((held != 1).any() for held in found.values()) else {}


def _possible(weights: Floats) -> bool:
    """Whether some set of sources is possible in every variant."""
    return bool((weights.sum(axis=0) > 0).all())


def _in_words(block: Block) -> str:
    relief = "relief not recorded" if block.relief is None else f"{LEVELS[block.relief]} relief"
    return relief if block.lasted is None else f"{relief}, lasting category {block.lasted[0]} to {block.lasted[1]}"


class Model:
    """The networks made from one knowledge: as it is, and swept over the ranges of its numbers."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.numbers = list(walk.numbers(knowledge, USED))

    @cached_property
    def point(self) -> Network:
        """The network with the numbers as they are."""
        return Network(self.knowledge, as_they_are(self.numbers))

    @cached_property
    def swept(self) -> Network:
        """The network with every number drawn within its range, and each assumption at both ends of its range."""
        return Network(self.knowledge, swept(self.numbers, self.knowledge.ranking.draws))

    @cached_property
    def drawn(self) -> Network:
        """The network with the numbers as they are and every number drawn, without the ends of the assumptions."""
        every = self.swept.parameters
        return Network(self.knowledge, replace(every, values=every.values[:, : every.draws.stop], swept={}))

    @cached_property
    def with_unconfirmed(self) -> Network:
        """The network that also counts groups whose figures were not seen; for comparison only."""
        return Network(self.knowledge, as_they_are(self.numbers), frozenset({"model", "unconfirmed"}))
