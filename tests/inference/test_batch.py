"""Many cases at once: the same numbers as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from sacroiliac.inference import Batch, Model, answer, batch
from sacroiliac.inference.batch import in_variants, posteriors
from sacroiliac.inference.speaking import Speaking
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Group, Knowledge, Reading

from .random_cases import random_batch, random_knowledge
from .test_enumeration import conflicting, impossible, model
from .test_properties import probabilities

EXACT = 1e-11


def test_the_batch_gives_what_the_answer_gives() -> None:
    cases = random_batch(load(), seed=1, cases=60)
    found = posteriors(model().point, cases)
    for row in range(len(cases)):
        one = answer(model(), cases.case(row))
        assert found[:, row] == pytest.approx([source.probability.value for source in one.sources], abs=EXACT)


def test_over_more_than_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = random_batch(load(), seed=2, cases=700)
    whole = posteriors(model().point, cases)
    for chunk in (64, 699, 700):
        monkeypatch.setattr(batch, "CHUNK", chunk)
        assert posteriors(model().point, cases) == pytest.approx(whole, abs=EXACT)
    for row in range(0, 700, 50):
        expected = probabilities(cases.case(row))
        assert whole[:, row] == pytest.approx([expected[name] for name in model().point.sources], abs=EXACT)


@pytest.mark.parametrize("seed", range(500, 540))
def test_random_networks_in_batches(seed: int) -> None:
    known = random_knowledge(load(), seed)
    network = Model(known).point
    cases = random_batch(known, seed, cases=40, speaks=0.7)
    found = posteriors(network, cases)
    for row in range(len(cases)):
        expected = probabilities(cases.case(row), network)
        assert found[:, row] == pytest.approx([expected[name] for name in network.sources], abs=EXACT)


def test_an_empty_batch() -> None:
    cases = random_batch(load(), seed=3, cases=0)
    assert posteriors(model().point, cases).shape == (len(model().point.sources), 0)


def test_no_source_left_free_and_none_entangled() -> None:
    """The two ends: every source shares a group with another; and none does, and nothing is injected."""
    known = load()
    shared = replace(
        known.likelihoods.groups[0],
        id="shared",
        levels=("absent", "present"),
        level_labels={"absent": "no", "present": "yes"},
        background={},
        readings=tuple(Reading(when="any", levels=(level,)) for level in ("absent", "present")),
        sources=dict.fromkeys(
            [source.id for source in known.sources.sources],
            next(iter(next(one for one in known.likelihoods.groups if one.id == "rising").sources.values())),
        ),
        capped=False,
    )
    everything = replace(known, likelihoods=replace(known.likelihoods, groups=(shared,)))
    check_batch(everything)
    plain = tuple(
        replace(
            source,
            kind="spine",
            answers_like_joint=False,
            part_of=None,
            part=None,
            shares=known.sources.sources[2].shares,
        )
        for source in known.sources.sources
    )
    alone = tuple(group for group in known.likelihoods.groups if len(group.sources) == 1)
    nothing = replace(
        known,
        sources=replace(known.sources, complexes=(), sources=plain),
        likelihoods=replace(known.likelihoods, groups=alone),
    )
    check_batch(nothing)


def check_batch(known: Knowledge) -> None:
    network = Model(known).point
    cases = random_batch(known, seed=9, cases=20)
    found = posteriors(network, cases)
    for row in range(len(cases)):
        expected = probabilities(cases.case(row), network)
        assert found[:, row] == pytest.approx([expected[name] for name in network.sources], abs=EXACT)


def one_impossible(number: int, row: int) -> Batch:
    """Cases of which nothing is known, and one that cannot be."""
    known, evidence = impossible(), conflicting()
    groups = tuple(group for group in known.likelihoods.groups if group.use == "model")
    readings = np.full((len(groups), number), -1, np.int8)
    readings[: len(groups) // 2, 0] = 0  # but that something is known of the first
    injected = (np.arange(number) == row).astype(int)
    context = np.zeros(number, int)
    return Batch(Speaking(groups), readings, (evidence.context,), context, ((), evidence.blocks), injected)


@pytest.mark.parametrize("row", [1, 2, 4])
@pytest.mark.parametrize("chunk", [2, 25_000])
def test_impossible_evidence_in_a_batch_is_an_error_that_names_it(
    chunk: int, row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stands, and in all variants of the numbers."""
    monkeypatch.setattr(batch, "CHUNK", chunk)
    found = Model(impossible())
    with pytest.raises(ArithmeticError, match=r"injection 2 \(high relief"):
        posteriors(found.point, one_impossible(5, row))
    with pytest.raises(ArithmeticError, match=r"injection 2 \(high relief"):
        list(in_variants(found.drawn, one_impossible(5, row), 3))


def test_the_neighbours_of_an_impossible_case_are_what_they_are_alone() -> None:
    network, cases = Model(impossible()).point, one_impossible(5, 2)
    with pytest.raises(ArithmeticError):
        posteriors(network, cases)
    others = np.array([0, 1, 3, 4])
    found = posteriors(network, cases.take(others))
    for column, row in enumerate(others):
        expected = probabilities(cases.case(row), network)
        assert found[:, column] == pytest.approx([expected[name] for name in network.sources], abs=EXACT)
    assert not np.allclose(found[:, 0], found[:, 1])


# ---------------------------------------------------------------------------- which groups speak, in plain words


def said(groups: tuple[Group, ...], readings: list[int]) -> list[tuple[str, int, int, tuple[int, ...]]]:
    """What each group says, one case, the plain way."""
    spoke = {}
    for group, reading in zip(groups, readings, strict=True):
        if reading >= 0:
            levels = [group.levels.index(level) for level in group.readings[reading].levels]
            if len(levels) < len(group.levels):
                spoke[group.id] = (min(levels), max(levels))
    silenced = {name for group in groups if group.id in spoke for name in group.replaces}
    speak = [group for group in groups if group.id in spoke and group.id not in silenced]
    # One that replaces another damps as that would have.
    heard = {
        one.id: {name for other in speak if other is not one for name in (other.id, *other.replaces)} for one in speak
    }
    return [
        (one.id, *spoke[one.id], tuple(number for number, by in enumerate(one.damped_by) if by.group in heard[one.id]))
        for one in speak
    ]


@pytest.mark.parametrize("speaks", [0.1, 0.5, 1.0])
def test_who_speaks_is_what_the_rules_of_silence_say(speaks: float) -> None:
    cases = random_batch(load(), seed=5, cases=120, speaks=speaks)
    for row in range(len(cases)):
        expected = said(cases.speaking.groups, cases.readings[:, row].tolist())
        assert list(cases.case(row).levels) == expected


@pytest.mark.parametrize("seed", range(600, 610))
def test_who_speaks_in_random_networks(seed: int) -> None:
    cases = random_batch(random_knowledge(load(), seed), seed, cases=60, speaks=0.6)
    damped = 0
    for row in range(len(cases)):
        expected = said(cases.speaking.groups, cases.readings[:, row].tolist())
        assert list(cases.case(row).levels) == expected
        damped += sum(bool(one[3]) for one in expected)
    assert damped or not any(group.damped_by for group in cases.speaking.groups)
