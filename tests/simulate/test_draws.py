"""What is drawn is what the knowledge says, by an independent reckoning; and a review reads what was drawn."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from random import Random

import numpy as np
import pytest

from sacroiliac.cases import Builder
from sacroiliac.chart.dates import span
from sacroiliac.inference import Block, Evidence, Rules, collect
from sacroiliac.inference.batch import posteriors
from sacroiliac.inference.blocks import HIGH, LEVELS, PLACES
from sacroiliac.knowledge import load
from sacroiliac.simulate import people
from sacroiliac.simulate.cases import NOT_STATED, Cases, Drawing
from sacroiliac.simulate.injections import Injected, Injecting
from sacroiliac.simulate.story import Story
from tests.inference.oracle import Oracle
from tests.inference.test_calibration import FAR, deviation, furthest
from tests.simulate.make import UNTIL, by_patient, complete, population, read, truths

BLOCKS, SIZE = 24, 500
DRAWS = 2_000
CHARTS = 700
SETS: list[tuple[str, ...]] = [
    (), ("sij_joint",), ("sij_ligament",), ("facet",), ("sij_joint", "sij_ligament"), ("sij_joint", "discogenic"),
    ("axial_spondyloarthritis",), ("facet", "infection"), ("sij_ligament", "facet", "cluneal"),
]  # fmt: skip


@lru_cache(maxsize=1)
def drawing() -> Drawing:
    """The knowledge laid out for drawing."""
    return Drawing(load())


@lru_cache(maxsize=1)
def blocks() -> list[tuple[people.Block, Cases]]:
    """Some blocks of people with their cases."""
    found = []
    for number in range(BLOCKS):
        rng = np.random.default_rng([5, number])
        block = people.draw(load(), rng, SIZE, UNTIL)
        found.append((block, drawing().draw(block, rng)))
    return found


def place(*present: str) -> int:
    """The place of a set of sources in the network's sets."""
    network = drawing().network
    return network.states.sets.index(tuple(sorted(network.sources.index(one) for one in present)))


def off(drawn: int, of: int, p: float) -> float:
    """By how many standard deviations a count is off."""
    return float(abs(drawn - p * of) / max(np.sqrt(p * (1 - p) * of), 0.5))


# ------------------------------------------------------------------------------------------------- sources


def test_sources_are_as_frequent_as_their_prior_says() -> None:
    """For each source, the drawn share against the prior of every patient by the oracle."""
    oracle, names = Oracle(load()), drawing().network.sources
    shares: dict[tuple[int, ...], list[float]] = {}
    expected, drawn = [], []
    for block, cases in blocks():
        contexts, context = drawing().contexts(people.columns(load(), block))
        for one in contexts:
            if one not in shares:
                prior = oracle.prior(one)
                shares[one] = [sum(p for present, p in prior.items() if name in present) for name in names]
        expected += [shares[contexts[number]] for number in context]
        drawn.append(drawing().network.states.membership[:, cases.state[:SIZE]] > 0)
    for name, p, so in zip(names, np.array(expected).T, np.hstack(drawn), strict=True):
        assert deviation(p, so) < FAR, name


def test_how_many_sources_there_are() -> None:
    counts = load().sources.counts
    sizes = np.concatenate([drawing().network.states.size[cases.state] for _, cases in blocks()])
    for number, share in enumerate((counts.none, counts.one, counts.two)):
        assert off(int((sizes == number).sum()), len(sizes), share.value) < FAR


def test_levels_given_the_sources() -> None:
    """For each group and each of the commonest sets of sources, levels as often as the oracle says."""
    oracle, known = Oracle(load()), drawing()
    state = np.concatenate([cases.state for _, cases in blocks()])
    levels = np.hstack([cases.levels for _, cases in blocks()])
    checked = 0
    for row, one in enumerate(known.groups):
        # Of groups that others damp, the numbers depend on what else was stated.
        if one.group.damped_by:
            continue
        for set_, _ in Counter(state.tolist()).most_common(8):
            here = levels[row, (state == set_) & (levels[row] != NOT_STATED)]
            present = [known.network.sources[source] for source in known.network.states.sets[set_]]
            for level, p in enumerate(oracle.levels(one.group.id, (), present)):
                if len(here) >= 20:
                    checked += 1
                    assert off(int((here == level).sum()), len(here), p) < FAR + 0.5, (one.group.id, present, level)
    assert checked > 300


def test_nobody_has_what_only_others_can_have() -> None:
    known = load().simulation.people
    for block, _ in blocks():
        assert not (block.childbirth[~block.women] >= 0).any()
        assert (block.birth < block.onset).all()
        assert (block.onset < block.last).all()
        assert (block.last <= UNTIL).all()
        assert known.youngest.value <= block.age.min()
        assert block.age.max() <= known.oldest.value


# ---------------------------------------------------------------------------------------------- injections


@lru_cache(maxsize=1)
def injecting() -> Injecting:
    """The injection tables, laid out for drawing."""
    return Injecting(drawing().network, drawing().rules)


def injected(present: tuple[str, ...], earlier: tuple[Injected, ...] = ()) -> list[Injected]:
    """Many injections of a case with these sources."""
    chance, state = Random(11), place(*present)
    return [
        injecting().inject(chance, state, earlier, UNTIL - 400, UNTIL, "left", frozenset(), 7, number % 4 == 0)
        for number in range(DRAWS)
    ]


def block_of(one: Injected) -> Block:
    """How the network reads an injection that was drawn without anything that weakens the steroid phase."""
    large = one.volume >= load().simulation.practice.large_volume_ml.value
    return injecting().blocks[one.note.id, one.sedation, large, frozenset()]


@pytest.mark.parametrize("present", SETS, ids=lambda one: "+".join(one) or "none")
def test_delivery_and_both_phases_given_the_sources(present: tuple[str, ...]) -> None:
    """Where the drug went given the note, relief given that, and how long it lasted given both: all by the oracle."""
    oracle = Oracle(load())
    expected: dict[tuple[object, ...], float] = Counter()
    drawn: dict[tuple[object, ...], int] = Counter()
    spread: dict[tuple[object, ...], float] = Counter()

    def count(key: tuple[object, ...], p: float, so: bool) -> None:
        expected[key] += p
        spread[key] += p * (1 - p)
        drawn[key] += so

    for one in injected(present):
        block = block_of(one)
        for number, name in enumerate(PLACES):
            count(("place", block.delivery, name), oracle.delivered(block.delivery)[name], one.place == number)
        for level, p in enumerate(oracle.relief(present, PLACES[one.place], block)):
            count(("relief", one.place, level), p, one.level == level)
        if one.lasted is not None:
            there = [1.0, *oracle.lasting(present, PLACES[one.place], LEVELS[one.level], block), 0.0]
            for time in range(len(there) - 1):
                count(("lasted", one.level, time), there[time] - there[time + 1], one.lasted == time)
    for key, number in drawn.items():
        assert abs(number - expected[key]) < (FAR + 0.5) * max(np.sqrt(spread[key]), 1.0), key


@pytest.mark.parametrize("present", [("sij_joint",), ("facet",), ("sij_ligament",)], ids=lambda one: one[0])
def test_a_repeated_block_follows_the_first_one_that_helped(present: tuple[str, ...]) -> None:
    oracle = Oracle(load())
    for reached in range(len(PLACES)):
        first = next(one for one in injected(present) if one.level == HIGH and one.place == reached)
        again = [one for one in injected(present, (first,)) if one.place == reached]
        p = np.array([oracle.after_high(present, PLACES[reached], block_of(one))[HIGH] for one in again])
        assert deviation(p, np.array([one.level == HIGH for one in again])) < FAR


@pytest.mark.parametrize("present", SETS[:4], ids=lambda one: "+".join(one) or "none")
def test_what_is_written_of_an_injection_is_what_it_did(present: tuple[str, ...]) -> None:
    """Percentages, scores, hours and weeks fall into the categories that were drawn."""
    tables = load().injections
    partial, high = tables.anaesthetic.partial_from_percent.value, tables.anaesthetic.high_from_percent.value
    times = [one.value for one in tables.steroid.weeks]
    for one in injected(present):
        for percent in (one.percent, 100 * (one.before - one.after) / one.before):
            assert one.level == (percent >= partial) + (percent >= high)
        assert (one.hours is not None) == one.helped
        assert (one.lasted is None) == (one.steroid is None) == (one.sustained is None)
        if one.lasted is not None and one.sustained is not None and one.weeks is not None:
            half = one.sustained >= tables.steroid.sustained_from_percent.value
            assert one.lasted == (sum(one.weeks >= time for time in times) if half else 0)


# ----------------------------------------------------------------------------------- read back by a review


@lru_cache(maxsize=1)
def read_back() -> tuple[list[Story], list[Evidence], np.ndarray, np.ndarray]:
    """Complete charts read as any other: stories, what the network is told of the first side, posteriors, and the truth."""
    known = complete()
    made = population(known)
    lines = made.lines(range(CHARTS))
    resources, told = by_patient(lines, known), truths(lines)
    jobs = [
        (read(one["patient"], resources[one["patient"]], known), span(one["review_date"])[0], one["sides"][0]["side"])
        for one in told
    ]
    cases = Builder(known).build(jobs)
    batch = collect(Rules(known), cases.table, cases.injections, cases.offsets)
    network = made.drawing.network
    true = np.array([[name in one["sides"][0]["sources"] for one in told] for name in network.sources])
    stories = [story for story, _ in made.stories(range(CHARTS))]
    return stories, [batch.case(row) for row in range(CHARTS)], posteriors(network, batch), true


def test_a_review_of_a_complete_chart_reads_what_was_drawn() -> None:
    """The same prior, the same level of the same groups, the same note, relief and duration of every injection."""
    made = population(complete())
    stories, evidence, _, _ = read_back()
    block = people.draw(complete(), rng := np.random.default_rng([7, 0]), SIZE, UNTIL)
    contexts, context = made.drawing.contexts(people.columns(complete(), block))
    levels = made.drawing.draw(block, rng).levels
    for row, (story, one) in enumerate(zip(stories[:SIZE], evidence, strict=False)):
        assert one.context == contexts[context[row]]
        stated = {group.group.id: level for group, level in zip(made.drawing.groups, levels[:, row], strict=True)}
        assert {name: (low, high) for name, low, high, _ in one.levels} == {
            name: (level, level) for name, level in stated.items() if level != NOT_STATED
        }
        injections = story.sides[0].course.injections
        assert [(each.delivery, each.relief) for each in one.blocks] == [
            (each.delivery, each.level) for each in injections
        ]
        for read_, drawn in zip(one.blocks, injections, strict=True):
            assert read_.powers == ()
            if drawn.lasted is None:
                assert read_.lasted is None
            elif read_.lasted is not None:
                # Relief that went on at the last visit has only been seen so far.
                assert read_.lasted[0] <= drawn.lasted <= read_.lasted[1]


def test_posteriors_of_complete_charts_come_true() -> None:
    """The mean posterior of every source, and of every band of posteriors, is the share that has it."""
    _, _, found, true = read_back()
    assert furthest(found, true) < FAR
