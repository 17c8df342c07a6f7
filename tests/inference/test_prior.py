"""What is believed before any finding, in every context: all combinations of the rules for shares."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from msgspec.structs import replace

from sacroiliac.inference import Model, prior
from sacroiliac.inference.parameters import Parameters
from sacroiliac.inference.prior import Prior
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Counts, Number, Share

from .oracle import Oracle

CHUNK = 4000
# What the published clinics leave undefined at least and at most.
LEAST_NONE, MOST_NONE = 0.10, 0.33


@lru_cache(maxsize=1)
def model() -> Model:
    return Model(load())


def listed() -> list:  # type: ignore[type-arg]
    known = load().sources
    return [*known.complexes, *(source for source in known.sources if source.shares)]


@lru_cache(maxsize=1)
def contexts() -> np.ndarray:
    """Every combination of shares (shape ``(rules, contexts)``)."""
    return np.array(list(product(*(range(len(one.shares)) for one in listed())))).T


def fitted(chosen: np.ndarray) -> Prior:
    """The priors of many contexts at once: each is a variant in which the first share of each list takes its value."""
    network = model().point
    values = np.repeat(network.parameters.values, chosen.shape[1], axis=1)
    first = tuple(0 for _ in listed())
    places = [place for part in prior.places(load().sources, first) for place in part]
    index = dict(network.parameters.index)
    # Rows of their own, because a number that stands in two places is one number.
    own = np.array(
        [[one.shares[context].value.value for context in row] for one, row in zip(listed(), chosen, strict=True)]
    )
    index |= {place: len(values) + row for row, place in enumerate(places)}
    parameters = Parameters(index, np.vstack([values, own]), slice(1, 1), {})
    return prior.fit(load().sources, parameters, first)


@lru_cache(maxsize=16)
def chunk(number: int) -> tuple[np.ndarray, Prior]:
    chosen = contexts()[:, number * CHUNK : (number + 1) * CHUNK]
    return chosen, fitted(chosen)


CHUNKS = range(-(-contexts().shape[1] // CHUNK))


def test_there_are_many_contexts() -> None:
    assert contexts().shape[1] > 10_000


@pytest.mark.parametrize("number", CHUNKS)
def test_in_every_context(number: int) -> None:
    """Marginals are the shares, kept shares stand, ratios of scaled shares are kept, numbers of sources as given."""
    chosen, found = chunk(number)
    states = model().point.states
    weights = states.weights(found.odds, found.by_size, {})
    marginals, totals = states.sums(weights)
    assert totals == pytest.approx(1, abs=1e-12)
    assert np.abs(marginals - found.shares).max() < 1e-9
    # How many sources.
    counts = load().sources.counts
    given = [counts.none.value, counts.one.value, counts.two.value]
    given.append(1 - sum(given))
    for size, expected in enumerate(given):
        assert weights[states.size == size].sum(axis=0) == pytest.approx(expected, abs=1e-9)
    assert (weights[0] >= LEAST_NONE).all()
    assert (weights[0] <= MOST_NONE).all()
    # Which ones.
    value = {
        one.id: np.array([one.shares[context].value.value for context in row])
        for one, row in zip(listed(), chosen, strict=True)
    }
    sources = load().sources.sources
    row = {source.id: number for number, source in enumerate(sources)}
    for complex_ in load().sources.complexes:
        parts = [source for source in sources if source.part_of == complex_.id]
        assert sum(marginals[row[one.id]] for one in parts) == pytest.approx(value[complex_.id], abs=1e-9)
        for one in parts:
            assert one.part is not None
            assert marginals[row[one.id]] == pytest.approx(value[complex_.id] * one.part.value, abs=1e-9)
    scaled = [source.id for source in sources if source.shares and not source.kept]
    for source in sources:
        if source.kept:
            assert marginals[row[source.id]] == pytest.approx(value[source.id], abs=1e-9)
    first = scaled[0]
    for name in scaled[1:]:
        ratio = marginals[row[name]] / marginals[row[first]]
        assert ratio == pytest.approx(value[name] / value[first], rel=1e-9)


def test_the_prior_of_the_oracle_is_the_same() -> None:
    oracle, network = Oracle(load()), model().point
    for column in range(0, contexts().shape[1], contexts().shape[1] // 8):
        context = tuple(contexts()[:, column].tolist())
        found = network.prior(context)
        weights = network.states.weights(found.odds, found.by_size, {})[:, 0]
        expected = oracle.prior(context)
        for one, weight in zip(network.states.sets, weights, strict=True):
            assert weight == pytest.approx(expected[frozenset(network.sources[source] for source in one)], abs=1e-10)


def test_a_proven_source_makes_its_rivals_less_likely() -> None:
    """What plain independence does not do: with one source certain, each other is rarer than before."""
    found = fitted(contexts()[:, :1])
    states = model().point.states
    weights = states.weights(found.odds, found.by_size, {})[:, 0]
    for row in range(states.sources):
        with_it = weights[states.membership[row] > 0]
        rivals = (states.membership[:, states.membership[row] > 0] @ with_it) / with_it.sum()
        others = np.arange(states.sources) != row
        assert (rivals[others] < found.shares[others, 0]).all()


def test_draws_keep_the_prior_a_prior() -> None:
    """In every draw and at every end of an assumption: shares are reached, and add up with the numbers of sources."""
    network = model().swept
    for column in (0, contexts().shape[1] // 2, contexts().shape[1] - 1):
        found = network.prior(tuple(contexts()[:, column].tolist()))
        weights = network.states.weights(found.odds, found.by_size, {})
        marginals, totals = network.states.sums(weights)
        assert (weights >= 0).all()
        assert totals == pytest.approx(1, abs=1e-12)
        assert np.abs(marginals - found.shares).max() < 1e-9


def test_where_kept_shares_leave_no_room_all_give_way() -> None:
    known = load()
    crowded = tuple(
        replace(
            source, shares=tuple(replace(one, value=Number(value=0.4, assumption="crowded")) for one in source.shares)
        )
        if source.kept
        else source
        for source in known.sources.sources
    )
    changed = replace(known, sources=replace(known.sources, sources=crowded))
    network = Model(changed).point
    context = tuple(contexts()[:, 0].tolist())
    found = network.prior(context)
    marginals, totals = network.states.sums(network.states.weights(found.odds, found.by_size, {}))
    kept = [row for row, source in enumerate(crowded) if source.kept]
    assert totals == pytest.approx(1)
    assert np.ptp(marginals[kept]) < 1e-9
    assert marginals[kept[0], 0] < 0.4


def test_shares_that_cannot_be_reached_are_an_error() -> None:
    """One source that nearly everybody has, where six in ten have none."""
    known = load()

    def share(value: float) -> tuple[Share, ...]:
        return (Share(label="for a test", value=Number(value=value, assumption="for a test")),)

    sources = replace(
        known.sources,
        counts=Counts(
            **{name: Number(value=v, assumption="few") for name, v in (("none", 0.6), ("one", 0.39), ("two", 0.01))}
        ),
        complexes=tuple(replace(one, shares=share(0.001)) for one in known.sources.complexes),
        sources=tuple(
            replace(one, kept=True, shares=share(0.97 if one.id == "facet" else 0.001)) if one.shares else one
            for one in known.sources.sources
        ),
    )
    network = Model(replace(known, sources=sources)).point
    with pytest.raises(ArithmeticError, match="cannot be reached"):
        network.prior(tuple(0 for _ in listed()))
