"""The engine gives the same posteriors as pyAgrum and pgmpy on the same network."""

from __future__ import annotations

import numpy as np
import pytest

from sacroiliac.inference import Evidence, Model
from sacroiliac.knowledge import load

from .libraries import Net, pgmpy, pyagrum
from .oracle import Oracle
from .random_cases import has_repeat, random_evidence, random_knowledge
from .test_enumeration import EXACT, capped_readings, model, oracle

REAL_CASES = 60


def states(model: Model, evidence: Evidence) -> np.ndarray:
    weights = model.point.weights(evidence)[:, 0]
    return weights / weights.sum()


def in_order(model: Model, net: Net) -> list[int]:
    """The place of each of the engine's sets among those of the net."""
    place = {one: number for number, one in enumerate(net.sets)}
    names = model.point.sources
    return [place[frozenset(names[one] for one in each)] for each in model.point.states.sets]


def difference(model: Model, oracle: Oracle, evidence: Evidence, library) -> float:  # type: ignore[no-untyped-def]
    net = Net(oracle, evidence)
    return float(np.abs(library(net)[in_order(model, net)] - states(model, evidence)).max())


def real_evidence() -> list[Evidence]:
    cases = random_evidence(load(), seed=5, number=REAL_CASES)
    held_back = Evidence(cases[0].context, capped_readings(), cases[1].blocks)
    assert any(has_repeat(one.blocks) for one in cases)
    assert any(block.powers for one in cases for block in one.blocks)
    return [*cases, held_back]


@pytest.mark.parametrize("part", range(6))
def test_the_real_network_equals_pyagrum(part: int) -> None:
    for evidence in real_evidence()[part::6]:
        assert difference(model(), oracle(), evidence, pyagrum) < EXACT


@pytest.mark.parametrize("seed", range(200, 230))
def test_random_networks_equal_pyagrum(seed: int) -> None:
    knowledge = random_knowledge(load(), seed)
    known, found = Oracle(knowledge), Model(knowledge)
    for evidence in random_evidence(knowledge, seed, number=3, groups=0.8):
        assert difference(found, known, evidence, pyagrum) < EXACT


@pytest.mark.parametrize("seed", range(300, 306))
def test_random_networks_equal_pgmpy(seed: int) -> None:
    knowledge = random_knowledge(load(), seed)
    known, found = Oracle(knowledge), Model(knowledge)
    (evidence,) = random_evidence(knowledge, seed, number=1, groups=0.6)
    assert difference(found, known, evidence, pgmpy) < EXACT


def test_the_real_network_equals_pgmpy() -> None:
    for evidence in real_evidence()[:3]:
        assert difference(model(), oracle(), evidence, pgmpy) < EXACT


@pytest.mark.parametrize("library", [pyagrum, pgmpy])
def test_a_library_would_notice_a_wrong_table(library) -> None:  # type: ignore[no-untyped-def]
    knowledge = random_knowledge(load(), 300)
    (evidence,) = random_evidence(knowledge, 300, number=1, groups=0.6)
    net = Net(Oracle(knowledge), evidence)
    with_first = np.array([net.oracle.sources[0].id in one for one in net.sets])
    wrong = np.where(with_first, 1.01, 1.0) * net.nodes[0].table
    net.nodes[0].table = wrong / wrong.sum()
    found = Model(knowledge)
    assert np.abs(library(net)[in_order(found, net)] - states(found, evidence)).max() > 1e-6
