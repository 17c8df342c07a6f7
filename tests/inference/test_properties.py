"""What must hold for any evidence."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from sacroiliac.inference import Block, Evidence, Model, answer
from sacroiliac.inference.answer import contributions
from sacroiliac.inference.ask import information
from sacroiliac.inference.network import Network
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Knowledge

from .random_cases import random_evidence, random_knowledge
from .reduced import number
from .strategies import blocks, contexts, evidence, groups, levels, reading
from .test_enumeration import capped_readings, model

LOW, PARTIAL, HIGH = 0, 1, 2
ROUNDING = 1e-12


def states(network: Network, evidence: Evidence) -> np.ndarray:
    weights = network.weights(evidence)[:, 0]
    return weights / weights.sum()


def probabilities(evidence: Evidence, network: Network | None = None) -> dict[str, float]:
    """P(each source), P(complex), P(none)."""
    network = network or model().point
    found = states(network, evidence)
    by_source = network.states.membership @ found
    has_complex = network.states.membership[list(network.complex)].any(axis=0)
    named = dict(zip(network.sources, by_source.tolist(), strict=True))
    return named | {"complex": float(found[has_complex].sum()), "none": float(found[0])}


def odds(p: float) -> float:
    return math.log(p) - math.log1p(-p)


# ----------------------------------------------------------------------------- what says nothing changes nothing


@given(evidence(), blocks(relief=None, lasted=None), st.integers(0, 3))
def test_an_injection_nothing_is_known_of_changes_nothing(known: Evidence, silent: Block, place: int) -> None:
    more = replace(known, blocks=(*known.blocks[:place], silent, *known.blocks[place:]))
    assert probabilities(more) == pytest.approx(probabilities(known), abs=ROUNDING)


@given(evidence())
def test_the_order_of_groups_changes_nothing(known: Evidence) -> None:
    other = replace(known, levels=known.levels[::-1])
    assert probabilities(other) == pytest.approx(probabilities(known), abs=ROUNDING)


def shuffled(known: Knowledge, rng: random.Random) -> tuple[Knowledge, dict[str, str], list[int]]:
    """The knowledge with sources and groups renamed and in another order, the new names, and the order of contexts."""
    names = {source.id: f"source_{rng.randrange(10**6)}" for source in known.sources.sources}
    names |= {group.id: f"group_{rng.randrange(10**6)}" for group in known.likelihoods.groups}
    sources = [changed(source, id=names[source.id]) for source in known.sources.sources]
    rng.shuffle(sources)
    listed = []
    for group in known.likelihoods.groups:
        linked = list(group.sources.items())
        rng.shuffle(linked)
        listed.append(
            changed(
                group,
                id=names[group.id],
                sources={names[one]: likelihood for one, likelihood in linked},
                replaces=tuple(names[one] for one in group.replaces),
                damped_by=tuple(changed(one, group=names[one.group]) for one in group.damped_by),
            )
        )
    rng.shuffle(listed)
    made = changed(
        known,
        sources=changed(known.sources, sources=tuple(sources)),
        likelihoods=changed(known.likelihoods, groups=tuple(listed)),
    )
    before = [names[source.id] for source in known.sources.sources if source.shares]
    order = [before.index(source.id) for source in sources if source.shares]
    complexes = len(known.sources.complexes)
    return made, names, [*range(complexes), *(complexes + one for one in order)]


@lru_cache(maxsize=8)
def real_shuffled(seed: int) -> tuple[Model, dict[str, str], list[int]]:
    known, names, order = shuffled(load(), random.Random(seed))
    return Model(known), names, order


@given(evidence(), st.integers(0, 5))
def test_renaming_and_reordering_change_nothing(known: Evidence, seed: int) -> None:
    other, names, order = real_shuffled(seed)
    there = Evidence(
        tuple(known.context[one] for one in order),
        tuple((names[name], *rest) for name, *rest in known.levels),  # type: ignore[misc]
        known.blocks,
    )
    expected = {names.get(name, name): p for name, p in probabilities(known).items()}
    assert probabilities(there, other.point) == pytest.approx(expected, abs=ROUNDING)
    if known.blocks:
        mine, theirs = answer(model(), known).why, answer(other, there).why
        assert mine is not None
        assert theirs is not None
        assert theirs.missed.value == pytest.approx(mine.missed.value, abs=ROUNDING)


@pytest.mark.parametrize("seed", range(400, 412))
def test_renaming_and_reordering_change_nothing_in_random_networks(seed: int) -> None:
    knowledge = random_knowledge(load(), seed)
    made, names, order = shuffled(knowledge, random.Random(seed))
    mine, theirs = Model(knowledge).point, Model(made).point
    for known in random_evidence(knowledge, seed, number=3, groups=0.8):
        there = Evidence(
            tuple(known.context[one] for one in order),
            tuple((names[name], *rest) for name, *rest in known.levels),  # type: ignore[misc]
            known.blocks,
        )
        expected = {names.get(name, name): p for name, p in probabilities(known, mine).items()}
        assert probabilities(there, theirs) == pytest.approx(expected, abs=ROUNDING)


# --------------------------------------------------------------------------------------------------- examination

# From the least to the most suggestive thing the chart can say about the tests; None: nothing.
PROVOCATION: list[tuple[int, int] | None] = [(0, 0), (0, 1), (1, 1), None, (1, 2), (2, 2)]


def with_provocation(known: Evidence, said: tuple[int, int] | None) -> Evidence:
    others = tuple(one for one in known.levels if one[0] != "provocation")
    return replace(known, levels=others if said is None else (("provocation", *said, ()), *others))


def assert_rising(found: list[float]) -> None:
    for before, after in pairwise(found):
        assert after >= before - ROUNDING


@given(evidence())
def test_a_more_suggestive_examination_never_lowers_the_complex(known: Evidence) -> None:
    found = [probabilities(with_provocation(known, said)) for said in PROVOCATION]
    assert_rising([one["complex"] for one in found])


@given(evidence(most_blocks=0))
def test_before_any_injection_it_never_lowers_joint_or_ligaments_either(known: Evidence) -> None:
    found = [probabilities(with_provocation(known, said)) for said in PROVOCATION]
    for name in ("sij_joint", "sij_ligament"):
        assert_rising([one[name] for one in found])


def test_the_cap_holds_back_without_turning_anything_round() -> None:
    """Every choice of the other capped groups, absent or present: more positive tests never lower the complex."""
    context = tuple(0 for _ in random_evidence(load(), 0, 1)[0].context)
    others = [one[0] for one in capped_readings() if one[0] != "provocation"]
    for size in range(len(others) + 1):
        for chosen in combinations(others, size):
            for said in product((0, 1), repeat=size):
                known = Evidence(
                    context, tuple((one, level, level, ()) for one, level in zip(chosen, said, strict=True)), ()
                )
                found = [probabilities(with_provocation(known, said)) for said in PROVOCATION]
                assert_rising([one["complex"] for one in found])


@given(contexts(), levels())
def test_no_part_of_the_complex_is_raised_by_more_than_the_cap(context: tuple[int, ...], said: tuple) -> None:  # type: ignore[type-arg]
    network = model().point
    capped = tuple(one for one in said if network.group[one[0]].capped)
    known = Evidence(context, capped, ())
    before = states(network, Evidence(context, (), ()))
    raised = states(network, known) / before
    cap = load().likelihoods.limits.examination_cap.value
    for row, one in enumerate(network.states.sets):
        if one and set(one) <= set(network.complex):
            assert raised[row] / raised[0] <= cap * (1 + 1e-9)


# ---------------------------------------------------------------------------------------------------- injections


def delivering(joint: float) -> Knowledge:
    """The knowledge with a proven injection inside with this probability; what is left keeps its proportions."""
    known = load()
    row = next(row for row in known.injections.delivery if row.id == "proven")
    around = (1 - joint) * row.around.value / (1 - row.joint.value)
    rows = tuple(
        changed(one, joint=number(joint), around=number(around)) if one.id == "proven" else one
        for one in known.injections.delivery
    )
    return changed(known, injections=changed(known.injections, delivery=rows))


@lru_cache(maxsize=16)
def delivering_model(joint: float) -> Model:
    return Model(delivering(joint))


STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.99)


@given(contexts(), levels(), st.booleans(), st.sampled_from([(), ("recalled",), ("recalled", "leg_numbness")]))
def test_the_better_delivery_is_proven_the_more_no_relief_counts_against_the_joint(
    context: tuple[int, ...],
    said: tuple,
    sedated: bool,
    powers: tuple[str, ...],  # type: ignore[type-arg]
) -> None:
    block = Block("proven", LOW, None, powers, "sedation" if sedated else None)
    known = Evidence(context, said, (block,))
    found = [probabilities(known, delivering_model(joint).point)["sij_joint"] for joint in STEPS]
    assert all(after < before for before, after in pairwise(found))
    without = probabilities(replace(known, blocks=()))["sij_joint"]
    assert found[-1] < without


def test_no_relief_after_failed_delivery_changes_the_joint_by_almost_nothing() -> None:
    for known in random_evidence(load(), seed=21, number=40):
        without = probabilities(replace(known, blocks=()))
        missed = probabilities(replace(known, blocks=(Block("not_entered", LOW, None),)))
        proven = probabilities(replace(known, blocks=(Block("proven", LOW, None),)))
        change = abs(odds(missed["sij_joint"]) - odds(without["sij_joint"]))
        assert change < 0.08
        assert change < abs(odds(proven["sij_joint"]) - odds(without["sij_joint"])) / 8


@given(evidence(most_blocks=2), blocks(placebo=None), st.integers(0, 2))
def test_sedation_weakens_and_never_strengthens_a_positive_block(known: Evidence, block: Block, place: int) -> None:
    for relief in (PARTIAL, HIGH):
        positive = replace(block, relief=relief)
        sedated = replace(positive, placebo="sedation")
        found = [
            probabilities(replace(known, blocks=(*known.blocks[:place], one, *known.blocks[place:])))
            for one in (positive, sedated)
        ]
        assert found[1]["complex"] <= found[0]["complex"] + ROUNDING


@given(contexts(), levels(), st.booleans(), st.sampled_from([row.id for row in load().injections.delivery]))
def test_sedation_weakens_a_second_positive_block_too(
    context: tuple[int, ...],
    said: tuple,
    spread: bool,
    delivery: str,  # type: ignore[type-arg]
) -> None:
    first, second = Block("proven", HIGH, None, spread=spread), Block(delivery, HIGH, None, spread=spread)
    plain = probabilities(Evidence(context, said, (first, second)))
    sedated = probabilities(Evidence(context, said, (first, replace(second, placebo="sedation"))))
    assert sedated["complex"] < plain["complex"]


@given(evidence(most_blocks=1), blocks(relief=HIGH, powers=()), st.sampled_from(["leg_numbness", "recalled"]))
def test_what_weakens_a_block_moves_the_first_hours_towards_saying_nothing(
    known: Evidence, block: Block, power: str
) -> None:
    """Of the classes of sets that an injection tells apart, no two are told apart more strongly than before."""
    network = model().point
    alone, weak = (
        np.log(network.injections((one,)).anaesthetic[0][:, 0]) for one in (block, replace(block, powers=(power,)))
    )
    assert np.ptp(weak) <= np.ptp(alone) + ROUNDING
    factor = next(one for one in load().injections.modifiers if one.id == power).number
    assert factor is not None
    assert weak == pytest.approx(alone * factor.value, abs=1e-9)


@given(blocks(relief=HIGH), st.booleans())
def test_who_answered_answers_again_at_least_as_often(block: Block, spread: bool) -> None:
    """A second block in the same circumstances is positive at least as often as the first, whatever the sources."""
    network = model().point
    first = replace(block, lasted=None, weaker=(), powers=(), spread=spread)
    read = network.injections((first, first))
    assert (read.anaesthetic[1][:, 0] >= read.anaesthetic[0][:, 0] - ROUNDING).all()


@given(contexts(), levels(), st.sampled_from([row.id for row in load().injections.delivery]))
def test_a_large_volume_proves_nothing_about_a_joint_that_was_missed(
    context: tuple[int, ...],
    said: tuple,
    delivery: str,  # type: ignore[type-arg]
) -> None:
    """Drug around the joint does not find its way in: no relief says no more against the joint alone."""
    network = model().point
    small, large = (network.injections((Block(delivery, LOW, None, spread=spread),)) for spread in (False, True))
    joint_only = network.kinds.of_state[1 + network.sources.index("sij_joint")]
    assert large.anaesthetic[0][joint_only, 0] == pytest.approx(small.anaesthetic[0][joint_only, 0], abs=ROUNDING)


# ---------------------------------------------------------------------------------------- the answer as a whole


@given(evidence())
def test_every_answer_is_coherent(known: Evidence) -> None:
    found = answer(model(), known)
    for source in found.sources:
        moved = sum(one.log_odds for one in source.contributions)
        assert moved == pytest.approx(odds(source.probability.value) - odds(source.before), abs=1e-9)
        parts = [(one.kind, one.name) for one in source.contributions]
        assert len(parts) == len(set(parts))
    everything = [*(one.probability for one in found.sources), found.complex, found.none]
    everything += [place for one in found.delivery for place in one]
    for one in found.delivery:
        assert sum(place.value for place in one) == pytest.approx(1, abs=1e-9)
    if found.why is not None:
        explained = [found.why.not_the_source, found.why.missed, found.why.did_not_hold]
        assert sum(one.value for one in explained) == pytest.approx(1, abs=1e-9)
        assert found.why.not_the_source.value == pytest.approx(1 - found.complex.value, abs=1e-9)
        everything += explained
    else:
        assert not known.blocks
    for one in everything:
        assert -ROUNDING <= one.low <= one.value <= one.high <= 1 + ROUNDING
    assert found.none.value + max(one.probability.value for one in found.sources) <= 1 + ROUNDING


def test_contributions_add_up_for_extreme_evidence() -> None:
    """Every group at its most or least suggestive level at once, and three injections that all agree."""
    context = random_evidence(load(), 0, 1)[0].context
    for top in (True, False):
        said = tuple((one.id, *((len(one.levels) - 1,) * 2 if top else (0, 0)), ()) for one in groups())
        injected = tuple(Block("proven", HIGH if top else LOW, (3, 3) if top else (0, 0)) for _ in range(3))
        known = Evidence(context, said, injected)
        network = model().point
        weights, present = network.weights(known)[:, 0], network.states.membership
        after = np.log(present @ weights) - np.log((1 - present) @ weights)
        for source, whole in zip(answer(model(), known).sources, after, strict=True):
            moved = sum(one.log_odds for one in source.contributions)
            assert moved == pytest.approx(whole - odds(source.before), abs=1e-9)


def test_a_finding_that_acts_alone_contributes_the_logarithm_of_its_ratio() -> None:
    context = tuple(0 for _ in random_evidence(load(), 0, 1)[0].context)
    known = Evidence(context, (("hla_b27", 1, 1, ()),), ())
    (found,) = contributions(model().point, known)[model().point.sources.index("axial_spondyloarthritis")]
    assert found.log_odds == pytest.approx(math.log(0.9 / 0.1), abs=1e-9)


@given(contexts(), levels(most=6), st.sampled_from(groups()))
def test_information_is_never_negative_and_never_exceeds_the_entropy(
    context: tuple[int, ...],
    said: tuple,
    group: object,  # type: ignore[type-arg]
) -> None:
    network = model().point
    now = states(network, Evidence(context, said, ()))
    entropy = float(-(now[now > 0] * np.log2(now[now > 0])).sum())
    table = network.by_state(group.id, ())  # type: ignore[attr-defined]
    assert table.sum(axis=0) == pytest.approx(1, abs=1e-12)
    bits = information(now, table)
    assert 0 <= bits <= entropy + ROUNDING
    assert bits <= math.log2(len(table)) + ROUNDING
    # A table that is the same for every set of sources says nothing; one that names the set says everything.
    assert information(now, np.full((2, len(now)), 0.5)) == pytest.approx(0, abs=1e-12)
    assert information(now, np.eye(len(now))) == pytest.approx(entropy, abs=1e-9)


@given(evidence(most_blocks=1), st.sampled_from(groups()))
def test_levels_add_up_to_certainty(known: Evidence, group: object) -> None:
    """Averaged over what a group may say, weighted by how likely that is, nothing has changed."""
    network = model().point
    name = group.id  # type: ignore[attr-defined]
    base = Evidence(known.context, tuple(one for one in known.levels if not network.group[one[0]].capped), known.blocks)
    base = replace(base, levels=tuple(one for one in base.levels if one[0] != name))
    if network.group[name].capped:
        return
    before = network.weights(base)[:, 0]
    over = sum(
        network.weights(replace(base, levels=(*base.levels, (name, level, level, ()))))[:, 0]
        for level in range(len(network.group[name].levels))
    )
    assert over == pytest.approx(before, rel=1e-9)


@given(contexts(), st.sampled_from([one for one in groups() if len(one.levels) == 3]).flatmap(reading))
def test_a_span_of_levels_is_between_its_levels(context: tuple[int, ...], said: tuple) -> None:  # type: ignore[type-arg]
    name, lowest, highest, dampings = said
    network = model().point
    linked = network.table(name, dampings).linked
    row = linked[0]
    ratios = [float(network.factors(name, one, one, dampings)[1][(row,)][0]) for one in range(lowest, highest + 1)]
    whole = float(network.factors(name, lowest, highest, dampings)[1][(row,)][0])
    assert min(ratios) - ROUNDING <= whole <= max(ratios) + ROUNDING
    assert ratios == sorted(ratios)
