"""The arms of the trials come out as printed, and the effect of fusion is the one that was asked for."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from random import Random

import numpy as np
import pytest

from sacroiliac.knowledge import lint, load
from sacroiliac.simulate import trials
from sacroiliac.simulate.entropy import flattest
from tests.simulate.make import UNTIL, population

PATIENTS = 6_000
INSITE = {"insite_fusion": "fusion", "insite_control": "nsm"}
MONTHS = (1, 3, 6)


@lru_cache(maxsize=8)
def arm(name: str, measure: str) -> dict[float, np.ndarray]:
    """One score of many patients of an arm, by month."""
    known, chance = load().simulation, Random(3)
    followed = [trials.follow(chance, known.trials, trials.arm(known, name)) for _ in range(PATIENTS)]
    each = [getattr(one, measure) for one in followed]
    return {month: np.array([one[month] for one in each]) for month in each[0]}


def printed(figure: str) -> tuple[float, float]:
    """Mean and standard deviation as the trial printed them."""
    mean, sd = lint.figure(load(), f"insite_6mo_arm_level.{figure}")
    return mean, sd


def band(name: str, sd: float) -> float:
    """How far a mean may be from the printed one: half the width of its 95 percent interval."""
    return float(1.96 * sd / sqrt(lint.figure(load(), f"insite_6mo_arm_level.n.{INSITE[name]}")))


@pytest.mark.parametrize("name", INSITE)
@pytest.mark.parametrize(("measure", "figure"), [("pain", "vas"), ("disability", "odi")])
def test_insite_levels_and_changes(name: str, measure: str, figure: str) -> None:
    """Mean and spread of pain and disability before and at one, three and six months, and of their change."""
    drawn = arm(name, measure)
    for month in (0, *MONTHS):
        mean, sd = printed(f"{figure}_mean_sd.{INSITE[name]}.{month}")
        assert drawn[month].mean() == pytest.approx(mean, abs=band(name, sd))
        assert drawn[month].std() == pytest.approx(sd, rel=0.05)
    for month in MONTHS:
        mean, sd = printed(f"{figure}_change_mean_sd.{INSITE[name]}.{month}")
        change = drawn[month] - drawn[0]
        assert change.mean() == pytest.approx(mean, abs=band(name, sd))
        assert change.std() == pytest.approx(sd, rel=0.05)


@pytest.mark.parametrize("name", INSITE)
def test_insite_quality_of_life(name: str) -> None:
    drawn = arm(name, "utility")
    for month in (0, 6):
        mean, sd = printed(f"eq5d_tto_mean_sd.{INSITE[name]}.{month}")
        assert drawn[month].mean() == pytest.approx(mean, abs=band(name, sd))
        assert drawn[month].std() == pytest.approx(sd, rel=0.05)


@pytest.mark.parametrize("name", INSITE)
def test_insite_responders(name: str) -> None:
    """Those who gained 20 points of pain lie in the interval of success; both shares are the printed ones."""
    pain, disability = arm(name, "pain"), arm(name, "disability")
    gained = 100 * (pain[0] - pain[6] >= 20).mean()
    low, high = lint.figure(load(), f"insite_6mo_responders.success_ci95.{INSITE[name]}")
    assert low <= gained <= high
    assert gained == pytest.approx(lint.figure(load(), f"insite_6mo_responders.vas_ge20_pct.{INSITE[name]}"), abs=2)
    wanted = lint.figure(load(), f"insite_6mo_responders.odi_ge15_pct.{INSITE[name]}")
    assert 100 * (disability[0] - disability[6] >= 15).mean() == pytest.approx(wanted, abs=2)


def test_people_enter_the_trial_as_its_criteria_ask() -> None:
    for name in INSITE:
        assert arm(name, "pain")[0].min() >= lint.figure(load(), "insite_selection_criteria.vas_min")
        assert arm(name, "disability")[0].min() >= lint.figure(load(), "insite_selection_criteria.odi_min")


def test_the_sham_controlled_effect_is_that_of_the_blinded_trial() -> None:
    """One point of ten, whose interval holds zero; a quarter of what the unblinded trial found."""
    changes = [arm(name, "pain")[6] - arm(name, "pain")[0] for name in ("sham_fusion", "sham_surgery")]
    fusion, sham = (float(one.mean()) / 10 for one in changes)
    low, high = lint.figure(load(), "randers_2024_fusion_vs_sham.ci95")
    assert low <= fusion - sham <= high
    assert fusion - sham == pytest.approx(lint.figure(load(), "randers_2024_fusion_vs_sham.difference"), abs=0.15)
    assert sham == pytest.approx(lint.figure(load(), "randers_2024_fusion_vs_sham.nrs_change_6mo.sham"), abs=0.1)
    unblinded = [arm(name, "pain")[6] - arm(name, "pain")[0] for name in INSITE]
    assert fusion - sham > float(unblinded[0].mean() - unblinded[1].mean()) / 10 / 2


@pytest.mark.parametrize("effect", ["insite", "sham"])
def test_charts_have_the_effect_that_was_asked_for(effect: str) -> None:
    """Scores after a fusion come from the arm of fusion; who is not operated on is followed as in the unblinded trial."""
    made = population(effect=effect)
    sides = [side.course for story, _ in made.stories(range(1_500)) for side in story.sides]
    arms = load().simulation.trials.effects
    fused = [one for one in sides if one.fusion is not None]
    followed = [one for one in sides if one.followed is not None]
    assert len(fused) >= 10
    assert {one.arm for one in fused} == {arms[effect][0]}
    assert {one.arm for one in followed} == {arms["insite"][1]}
    assert all(one.fusion < UNTIL for one in fused if one.fusion is not None)


def test_scores_hang_together() -> None:
    """Who still has pain at three months has more at six, and is more disabled."""
    pain, disability = arm("insite_fusion", "pain"), arm("insite_fusion", "disability")
    assert np.corrcoef(pain[3], pain[6])[0, 1] > 0.2
    assert np.corrcoef(pain[6], disability[6])[0, 1] > 0.2


def test_moments_that_no_scale_allows_are_refused() -> None:
    """A mean at the end of the scale leaves no room for a spread."""
    points = np.arange(11.0)[None]
    with pytest.raises(ArithmeticError, match="no distribution on this scale"):
        flattest(np.ones(1), [(points, 10.0), (points**2, 120.0)])


def test_the_flattest_distribution_of_a_mean_in_the_middle_is_flat() -> None:
    points = np.arange(11.0)[None]
    assert flattest(np.ones(1), [(points, 5.0)]) == pytest.approx(np.full((1, 11), 1 / 11))
