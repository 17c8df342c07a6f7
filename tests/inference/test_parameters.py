"""The numbers in their variants: as they are, drawn, and at the ends of their ranges."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy.stats import spearmanr

from sacroiliac.inference import Block
from sacroiliac.inference.blocks import LEVELS
from sacroiliac.inference.network import Network
from sacroiliac.inference.parameters import Parameters, as_they_are, at_steps, swept
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Number

from .test_enumeration import model

DRAWS = 200


@lru_cache(maxsize=1)
def parameters() -> Parameters:
    return swept(model().numbers, DRAWS)


def assumed(value: float, low: float, high: float, why: str = "for a test") -> Number:
    return Number(value=value, assumption=why, range=(low, high))


def test_the_first_variant_is_the_knowledge() -> None:
    found = parameters()
    for place, number in model().numbers:
        assert found[place][0] == number.value
        assert as_they_are(model().numbers)[place].tolist() == [number.value]


def test_draws_stay_inside_their_range_and_spread_over_it() -> None:
    found = parameters()
    for place, number in model().numbers:
        drawn = found[place][found.draws]
        if number.range is None:
            assert set(drawn) == {number.value}
            continue
        low, high = number.range
        assert low - 1e-12 <= drawn.min()
        assert drawn.max() <= high + 1e-12
        # Half of the draws below the value and half above, all different; where the value is the end of its
        # range, half of them are the value.
        if low < number.value < high:
            assert len(np.unique(drawn)) == DRAWS
            assert (drawn < number.value).sum() == pytest.approx(DRAWS / 2, abs=1)
        else:
            assert np.isclose(drawn, number.value, rtol=1e-9).sum() == pytest.approx(DRAWS / 2, abs=1)


def test_draws_do_not_depend_on_other_numbers() -> None:
    whole = parameters()
    some = swept(model().numbers[::-3], DRAWS)
    alone = {place for place, number in model().numbers[::-3] if [one for _, one in model().numbers].count(number) == 1}
    assert len(alone) > 50
    for place in alone:
        assert np.array_equal(whole[place][whole.draws], some[place][some.draws])


def test_two_numbers_are_drawn_independently() -> None:
    found = parameters()
    first = found["injections.anaesthetic.joint.joint.high"][found.draws]
    second = found["injections.anaesthetic.other.joint.high"][found.draws]
    assert abs(spearmanr(first, second).statistic) < 0.2


def test_one_number_in_two_places_of_a_table_is_one_number() -> None:
    found = parameters()
    places = [f"likelihoods.groups.provocation.sources.{name}.ratios.none" for name in ("sij_joint", "sij_ligament")]
    assert found.index[places[0]] == found.index[places[1]]
    assert sum(place in found.swept for place in places) == 1


def test_the_numbers_of_a_list_rise_and_fall_together() -> None:
    """Relief over time: drawn apart, later relief would be commoner than earlier in up to a third of the draws."""
    found = parameters()
    for source, levels in load().injections.steroid.rows.items():
        for level, numbers in levels.items():
            rows = np.stack([found[f"injections.steroid.rows.{source}.{level}.{time}"] for time in range(len(numbers))])
            assert (np.diff(rows[:, found.draws], axis=0) < 0).all()
            assert spearmanr(rows[0, found.draws], rows[-1, found.draws]).statistic == pytest.approx(1)


def test_an_assumption_is_swept_alone_and_a_list_together() -> None:
    found = parameters()
    by_place = dict(model().numbers)
    assert "injections.anaesthetic.shared_pain" in found.swept
    for place, ends in found.swept.items():
        number = by_place[place]
        assert number.origin == "assumption"
        assert number.range is not None
        assert [found[place][end] for end in ends] == list(number.range)
        for end in ends:
            moved = {row for row in range(len(found.values)) if found.values[row, end] != found.values[row, 0]}
            together = place.rpartition(".")[0] if place.rpartition(".")[2].isdigit() else place
            allowed = {row for other, row in found.index.items() if other.startswith(together)}
            assert moved <= allowed


def test_steps_go_from_end_to_end_on_the_scale_of_the_number() -> None:
    probability, ratio, count = assumed(0.5, 0.2, 0.9), assumed(2.0, 1.0, 8.0), assumed(0.0, -1.0, 3.0)
    for number in (probability, ratio, count):
        assert number.range is not None
        low, high = number.range
        assert at_steps(number, np.array([-1.0, 0.0, 1.0])) == pytest.approx([low, number.value, high])
    assert at_steps(ratio, np.array([0.5])) == pytest.approx([4.0])
    assert at_steps(probability, np.array([-0.5])) == pytest.approx([1 / 3])


def test_in_every_variant_every_result_of_an_injection_is_possible() -> None:
    """No draw and no end of a range rules out for any sources what a chart may say of the weeks after."""
    network: Network = model().swept
    modifiers = tuple(one.id for one in load().injections.steroid.modifiers)
    for level in range(len(LEVELS)):
        for category in range(len(load().injections.steroid.weeks) + 1):
            for weaker in ((), *((one,) for one in modifiers), modifiers):
                block = Block("inside_poor_spread", level, (category, category), weaker=weaker)
                read = network.injections((block,))
                assert (read.anaesthetic[0] > 0).all()
                assert (read.steroid[0] > 1e-5).all()
                assert np.isfinite(read.places[0]).all()
