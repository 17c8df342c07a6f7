"""The same network in two well-known Bayesian-network libraries.

Built from the knowledge by the tables of :mod:`.oracle`, not by those of the engine: the set of sources is the
root, groups of findings are its children, where an injection went is a hidden node of its own, the anaesthetic
phase depends on both, the steroid phase on all three. A likelihood that is weakened (a modifier that halves the
log likelihood ratio) and the examination cap are virtual evidence: a child of the root that is observed.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .oracle import LEVELS, PLACES, Oracle, Sources

Table = NDArray[np.float64]


@dataclass
class Node:
    """One variable: how many values, its parents, P(value | parents) with the value last, and what was seen.

    ``seen`` is a likelihood for each value (None: nothing was seen).
    """

    name: str
    values: int
    parents: tuple[str, ...]
    table: Table
    seen: list[float] | None = None


@dataclass
class Net:
    """All variables for one case of one knowledge, parents before children."""

    oracle: Oracle
    evidence: Any
    nodes: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sets = self.oracle.sets
        prior = self.oracle.prior(self.evidence.context)
        self.nodes.append(Node("root", len(self.sets), (), np.array([prior[one] for one in self.sets])))
        for number, reading in enumerate(self.evidence.levels):
            self._group(f"group{number}", reading)
        self._cap()
        for number in range(len(self.evidence.blocks)):
            self._block(number)

    def _group(self, name: str, reading: tuple[str, int, int, tuple[int, ...]]) -> None:
        group, lowest, highest, dampings = reading
        table = np.array([self.oracle.levels(group, dampings, one) for one in self.sets])
        seen = [float(lowest <= level <= highest) for level in range(table.shape[1])]
        self.nodes.append(Node(name, table.shape[1], ("root",), table, seen))

    def _cap(self) -> None:
        held = np.array([self.oracle.held_back(self.evidence.levels, one) for one in self.sets])
        if held.min() < 1:
            self._virtual("cap", ("root",), held)

    def _virtual(self, name: str, parents: tuple[str, ...], likelihood: Table) -> None:
        """A likelihood as a two-valued child that was seen to be true."""
        true = likelihood / likelihood.max()
        self.nodes.append(Node(name, 2, parents, np.stack([true, 1 - true], axis=-1), [1.0, 0.0]))

    def _over(self, shape: tuple[int, ...], value: Callable[..., Any]) -> Table:
        """A table with a value for every set of sources and every choice of the other parents.

        Sets of sources that no injection can tell apart are worked out once.
        """
        known: dict[Any, Table] = {}
        rows = []
        for one in self.sets:
            key = self._alike(one)
            if key not in known:
                known[key] = np.array([value(one, *others) for others in product(*(range(size) for size in shape))])
            rows.append(known[key])
        table = np.array(rows)
        return table.reshape(len(self.sets), *shape, *table.shape[2:])

    def _alike(self, one: Sources) -> Any:
        like = sum(source.answers_like_joint for source in self.oracle.sources if source.id in one)
        kinds = [len(self.oracle.of_kind(one, kind)) for kind in ("joint", "ligament", "inflammatory")]
        return (*kinds, like, len(one))

    def _block(self, number: int) -> None:
        block, blocks = self.evidence.blocks[number], self.evidence.blocks
        place, relief, lasting = f"place{number}", f"relief{number}", f"lasting{number}"
        delivered = self.oracle.delivered(block.delivery)
        self.nodes.append(Node(place, 3, (), np.array([delivered[one] for one in PLACES])))
        first = next((other for other in range(number) if blocks[other].relief == 2), None)
        depends = first is not None and block.relief is not None
        parents: tuple[str, ...] = ("root", place, f"place{first}") if depends else ("root", place)

        def level(one: Sources, here: int, before: int = -1) -> list[float]:
            if here == before:
                return self.oracle.after_high(one, PLACES[here], block)
            return self.oracle.relief(one, PLACES[here], block)

        seen = None if block.relief is None else [float(block.relief == one) for one in range(3)]
        self.nodes.append(Node(relief, 3, parents, self._over((3,) * (len(parents) - 1), level), seen))
        if block.lasted is not None:
            self._lasting(lasting, place, relief, block)
        if block.powers:
            self._weakened(number, first if depends else None)

    def _lasting(self, name: str, place: str, relief: str, block: Any) -> None:
        def categories(one: Sources, here: int, level: int) -> list[float]:
            there = [1.0, *self.oracle.lasting(one, PLACES[here], LEVELS[level], block), 0.0]
            return [there[time] - there[time + 1] for time in range(len(there) - 1)]

        table = self._over((3, 3), categories)
        lowest, highest = block.lasted
        seen = [float(lowest <= category <= highest) for category in range(table.shape[-1])]
        self.nodes.append(Node(name, table.shape[-1], ("root", place, relief), table, seen))

    def _weakened(self, number: int, first: int | None) -> None:
        block = self.evidence.blocks[number]

        def without(one: Sources) -> float:
            early = sum(relief for relief, _ in self.oracle.phases(one, block, None).values())
            return self.oracle.weakened(block, early)

        def given(one: Sources, before: int) -> float:
            early = sum(relief for relief, _ in self.oracle.phases(one, block, PLACES[before]).values())
            return self.oracle.weakened(block, early)

        if first is None:
            self._virtual(f"weak{number}", ("root",), self._over((), without).reshape(-1))
        else:
            self._virtual(f"weak{number}", ("root", f"place{first}"), self._over((3,), given))

    def by_source(self, root: Table) -> dict[str, float]:
        """P(source) from P(set of sources)."""
        return {
            source.id: float(sum(p for one, p in zip(self.sets, root, strict=True) if source.id in one))
            for source in self.oracle.sources
        }


def imported(name: str) -> Any:
    """A module of another library. What it warns of while it is loaded is its own business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


Query = Callable[[], Table]
"""Enters the evidence into a network that stands ready, and gives P(set of sources | evidence)."""


def pyagrum_query(net: Net) -> Query:
    """The network made in pyAgrum, ready to be asked."""
    gum = imported("pyagrum")
    network = gum.BayesNet()
    for node in net.nodes:
        network.add(gum.LabelizedVariable(node.name, node.name, node.values))
        for parent in node.parents:
            network.addArc(parent, node.name)
        # pyAgrum takes the last parent first, and the variable's own values last.
        table = network.cpt(node.name)
        order = [
            node.parents.index(name) if name in node.parents else len(node.parents) for name in reversed(table.names)
        ]
        table[:] = np.ascontiguousarray(np.transpose(node.table, order))
    inference = gum.LazyPropagation(network)
    inference.setTargets({"root"})
    seen = {node.name: node.seen for node in net.nodes if node.seen is not None}

    def query() -> Table:
        inference.setEvidence(seen)
        inference.makeInference()
        return np.array(inference.posterior("root").toarray())

    return query


def pyagrum(net: Net) -> Table:
    """P(set of sources | evidence) by pyAgrum."""
    return pyagrum_query(net)()


def pgmpy_query(net: Net) -> Query:
    """The network made in pgmpy, ready to be asked."""
    table_of = imported("pgmpy.factors.discrete").TabularCPD
    network = imported("pgmpy.models").DiscreteBayesianNetwork()
    network.add_nodes_from(node.name for node in net.nodes)
    network.add_edges_from((parent, node.name) for node in net.nodes for parent in node.parents)
    sizes = {node.name: node.values for node in net.nodes}
    for node in net.nodes:
        network.add_cpds(
            table_of(
                node.name,
                node.values,
                node.table.reshape(-1, node.values).T,
                evidence=list(node.parents) or None,
                evidence_card=[sizes[parent] for parent in node.parents] or None,
            )
        )
    certain = {node.name: node.seen.index(1.0) for node in net.nodes if node.seen and sum(node.seen) == 1}
    virtual = [
        table_of(node.name, node.values, [[one] for one in node.seen])
        for node in net.nodes
        if node.seen and sum(node.seen) != 1
    ]
    inference = imported("pgmpy.inference").VariableElimination(network)

    def query() -> Table:
        found = inference.query(["root"], evidence=certain, virtual_evidence=virtual or None, show_progress=False)
        return np.array(found.values)

    return query


def pgmpy(net: Net) -> Table:
    """P(set of sources | evidence) by pgmpy."""
    return pgmpy_query(net)()
