"""The engine gives the same posteriors as an independent enumeration in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pytest
from msgspec.structs import replace

from sacroiliac.inference import Block, Evidence, Model, answer
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Knowledge, Number

from .oracle import Oracle
from .random_cases import has_repeat, random_evidence, random_knowledge

EXACT = 1e-9
REAL_CASES = 240
RANDOM_NETWORKS = 60


@lru_cache(maxsize=1)
def oracle() -> Oracle:
    return Oracle(load())


@lru_cache(maxsize=1)
def model() -> Model:
    return Model(load())


def real_evidence(part: int, parts: int) -> list[Evidence]:
    return random_evidence(load(), seed=100 + part, number=REAL_CASES // parts)


def posterior(model: Model, evidence: Evidence) -> dict[str, float]:
    network = model.point
    with_source, total = network.states.sums(network.weights(evidence))
    return dict(zip(network.sources, (with_source / total)[:, 0].tolist(), strict=True))


def largest_difference(model: Model, oracle: Oracle, cases: Sequence[Evidence]) -> float:
    """Largest difference of any posterior, by source and for each set of sources."""
    worst = 0.0
    for evidence in cases:
        expected = oracle.states(evidence)
        network = model.point
        weights = network.weights(evidence)[:, 0]
        found = dict(
            zip((frozenset(network.sources[one] for one in each) for each in network.states.sets), weights, strict=True)
        )
        assert found.keys() == expected.keys()
        worst = max(worst, *(abs(found[one] / weights.sum() - expected[one]) for one in expected))
        by_source = oracle.posterior(evidence)
        worst = max(worst, *(abs(p - by_source[name]) for name, p in posterior(model, evidence).items()))
    return worst


@pytest.mark.parametrize("part", range(6))
def test_the_real_network_equals_plain_enumeration(part: int) -> None:
    assert largest_difference(model(), oracle(), real_evidence(part, 6)) < EXACT


@pytest.mark.parametrize("seed", range(RANDOM_NETWORKS))
def test_random_networks_equal_plain_enumeration(seed: int) -> None:
    knowledge = random_knowledge(load(), seed)
    cases = random_evidence(knowledge, seed, number=4, groups=0.8)
    assert largest_difference(Model(knowledge), Oracle(knowledge), cases) < EXACT


def test_the_answer_is_that_of_the_network() -> None:
    """What is shown (from the swept network) is the posterior of the numbers as they are."""
    for evidence in real_evidence(0, 24):
        found = answer(model(), evidence)
        expected = posterior(model(), evidence)
        for source in found.sources:
            assert source.probability.value == pytest.approx(expected[source.source], abs=1e-12)
        states = oracle().states(evidence)
        complex_ = {source.id for source in load().sources.sources if source.part_of}
        assert found.none.value == pytest.approx(states[frozenset()], abs=EXACT)
        assert found.complex.value == pytest.approx(sum(p for one, p in states.items() if one & complex_), abs=EXACT)


def test_where_the_drug_went_and_why_equal_enumeration() -> None:
    """The posterior of delivery and the three explanations, by going through all places of one injection."""
    known = oracle()
    cases = [one for one in random_evidence(load(), seed=7, number=40) if len(one.blocks) == 1]
    assert len(cases) >= 5
    for evidence in cases:
        (block,) = evidence.blocks
        delivery = dict.fromkeys(("joint", "around", "elsewhere"), 0.0)
        reached = absent = 0.0
        for present, p in known.states(evidence).items():
            phases = known.phases(present, block, None)
            total = sum(both for _, both in phases.values())
            joint, ligament = known.of_kind(present, "joint"), known.of_kind(present, "ligament")
            absent += p if not joint | ligament else 0.0
            for place, (_, both) in phases.items():
                delivery[place] += p * both / total
                hit = (joint and place == "joint") or (
                    ligament and (place == "around" or (block.spread and place == "joint"))
                )
                reached += p * both / total if hit else 0.0
        found = answer(model(), evidence)
        assert [one.value for one in found.delivery[0]] == pytest.approx(list(delivery.values()), abs=EXACT)
        assert found.why is not None
        expected = [absent, 1 - absent - reached, reached]
        assert [found.why.not_the_source.value, found.why.missed.value, found.why.did_not_hold.value] == pytest.approx(
            expected, abs=EXACT
        )


# --------------------------------------------------------------------------------------------- the tests tested


def test_random_evidence_of_the_real_network_uses_everything() -> None:
    known = load()
    cases = [one for part in range(6) for one in real_evidence(part, 6)]
    groups = {reading[0] for one in cases for reading in one.levels}
    assert groups == {group.id for group in known.likelihoods.groups if group.use == "model"}
    levels = {
        (reading[0], level) for one in cases for reading in one.levels for level in range(reading[1], reading[2] + 1)
    }
    assert levels == {
        (group.id, level)
        for group in known.likelihoods.groups
        if group.use == "model"
        for level in range(len(group.levels))
    }
    dampings = {(reading[0], number) for one in cases for reading in one.levels for number in reading[3]}
    assert dampings == {
        (group.id, number)
        for group in known.likelihoods.groups
        if group.use == "model"
        for number in range(len(group.damped_by))
    }
    blocks = [block for one in cases for block in one.blocks]
    assert {block.delivery for block in blocks} == {row.id for row in known.injections.delivery}
    assert {block.relief for block in blocks} == {None, 0, 1, 2}
    modifiers = {one for block in blocks for one in (*block.powers, block.placebo, *("volume",) * block.spread)}
    assert modifiers - {None} == {one.id for one in known.injections.modifiers}
    assert {one for block in blocks for one in block.weaker} == {one.id for one in known.injections.steroid.modifiers}
    assert {len(one.blocks) for one in cases} == {0, 1, 2, 3}
    assert sum(has_repeat(one.blocks) for one in cases) >= 20
    contexts = np.array([one.context for one in cases]).T
    listed = [*known.sources.complexes, *(source for source in known.sources.sources if source.shares)]
    assert [set(row.tolist()) for row in contexts] == [set(range(len(one.shares))) for one in listed]


def test_random_networks_bring_in_every_feature() -> None:
    made = [random_knowledge(load(), seed) for seed in range(RANDOM_NETWORKS)]
    groups = [group for one in made for group in one.likelihoods.groups]
    assert {len(one.sources.sources) for one in made} == {4, 5, 6, 7, 8}
    assert any(len(group.levels) == 3 and len(group.sources) >= 3 for group in groups)
    assert any(group.weight for group in groups)
    assert any(group.damped_by for group in groups)
    assert any(group.definitive for group in groups)
    assert any(group.capped for group in groups)
    kinds = {(source.kind, source.answers_like_joint) for one in made for source in one.sources.sources}
    assert {("inflammatory", True), ("inflammatory", False), ("dangerous", True)} <= kinds


def changed(known: Knowledge, what: str) -> Knowledge:
    """The knowledge with one number a little different."""

    def nudged(number: Number) -> Number:
        return replace(number, value=number.value * 0.99)

    if what == "limit":
        limits = replace(known.likelihoods.limits, examination_cap=nudged(known.likelihoods.limits.examination_cap))
        return replace(known, likelihoods=replace(known.likelihoods, limits=limits))
    if what == "count":
        counts = replace(known.sources.counts, two=nudged(known.sources.counts.two))
        return replace(known, sources=replace(known.sources, counts=counts))
    if what == "damping":
        groups = tuple(
            replace(group, damped_by=tuple(replace(one, factor=nudged(one.factor)) for one in group.damped_by))
            for group in known.likelihoods.groups
        )
        return replace(known, likelihoods=replace(known.likelihoods, groups=groups))
    injections = known.injections
    if what == "repeat":
        again = injections.anaesthetic.repeat_high
        table = replace(injections.anaesthetic, repeat_high=again | {"other": nudged(again["other"])})
        return replace(known, injections=replace(injections, anaesthetic=table))
    rows = injections.steroid.rows
    first, *rest = rows["other"]["low"]
    table_ = replace(injections.steroid, rows=rows | {"other": rows["other"] | {"low": (nudged(first), *rest)}})
    return replace(known, injections=replace(injections, steroid=table_))


@pytest.mark.parametrize("what", ["limit", "count", "damping", "repeat", "steroid"])
def test_the_comparison_notices_a_table_that_is_one_percent_off(what: str) -> None:
    cases = [*real_evidence(0, 12), Evidence(real_evidence(0, 12)[0].context, capped_readings(), ())]
    assert largest_difference(Model(changed(load(), what)), oracle(), cases) > 1e-6


def capped_readings() -> tuple[tuple[str, int, int, tuple[int, ...]], ...]:
    """Every capped group at its highest level, so that the cap holds something back."""
    return tuple(
        (group.id, len(group.levels) - 1, len(group.levels) - 1, ())
        for group in load().likelihoods.groups
        if group.capped and group.use == "model"
    )


# ------------------------------------------------------------------------------------------ impossible evidence


def impossible() -> Knowledge:
    """A knowledge in which a proven injection reaches the joint and nobody has high relief there."""
    known = load()
    nothing = Number(value=0, assumption="nobody")
    table = known.injections.anaesthetic
    rows = {
        source: getattr(table, source) | {"joint": replace(getattr(table, source)["joint"], high=nothing)}
        for source in ("joint", "ligament", "other")
    }
    delivery = tuple(
        replace(row, joint=Number(value=1, assumption="all"), around=nothing) if row.id == "proven" else row
        for row in known.injections.delivery
    )
    return replace(known, injections=replace(known.injections, anaesthetic=replace(table, **rows), delivery=delivery))


def conflicting() -> Evidence:
    blocks = (Block("proven", 0, None), Block("proven", 2, (0, 0)))
    return Evidence(real_evidence(0, 24)[0].context, (("provocation", 2, 2, ()), ("groin", 0, 0, ())), blocks)


def test_impossible_evidence_is_an_error_that_names_what_is_in_conflict() -> None:
    message = r"cannot all be true under the model: injection 2 \(high relief"
    with pytest.raises(ArithmeticError, match=message) as caught:
        answer(Model(impossible()), conflicting())
    assert "injection 1" not in str(caught.value)
    assert "Provocation" not in str(caught.value)
    assert "Groin" not in str(caught.value)


def test_what_is_impossible_for_the_engine_is_impossible_by_enumeration() -> None:
    known = Oracle(impossible())
    assert sum(known.likelihoods(conflicting()).values()) == pytest.approx(0, abs=1e-15)
