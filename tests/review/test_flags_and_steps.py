"""Red flags stop everything else; no flag is not an all-clear; every first step is reachable."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.review import Review
from tests.charts import review, reviewer, with_findings, with_injections
from tests.review.test_patterns import NO_RELIEF, POSTERIOR, RELIEF, STEROID, UNSHOWN

HIP = {
    "hip_internal_rotation": {"value": "reduced_familiar_pain", "side": "right"},
    "groin_pain": {"value": True, "side": "right"},
}
TESTS = ("thigh_thrust", "compression", "distraction", "sacral_thrust", "gaenslen", "faber")

PRESENT = {
    "cauda_equina": {"saddle_numbness": True},
    "progressive_weakness": {"progressive_weakness": True},
    "infection": {"fever": True},
    "aortic_aneurysm": {"age_years": 66, "pulsatile_mass": True},
    "red_eye": {"red_painful_eye": True},
    "cancer": {"cancer_history": True},
    "cancer_soft_signs": {"weight_loss": True},
    "trauma": {"significant_trauma": True},
    "weak_bone": {"long_term_steroids": True},
    "sacral_insufficiency": {"sudden_sacral_pain": True, "osteoporosis": True},
    "hip_fracture_or_necrosis": {"unable_to_bear_weight": True},
    "vascular": {"calf_pain_eased_standing": True},
    "axial_spondyloarthritis": {
        "pain_onset_date": "2008-01", "night_waking": True, "better_moving": True, "nsaid_good_response": True, "psoriasis": True,
    },
    "pregnancy": {"months_postpartum": 3},
}  # fmt: skip


@pytest.mark.parametrize("flag", PRESENT)
def test_each_red_flag_fires_on_its_sign_with_action_and_citation(flag: str) -> None:
    shown = {one.id: one for one in with_findings(PRESENT[flag]).red_flags}[flag]
    assert shown.status == "present"
    assert shown.action
    assert shown.cite


def test_every_red_flag_has_a_test() -> None:
    assert set(PRESENT) == set(reviewer().knowledge.red_flags)


def test_an_empty_chart_raises_no_flag_and_clears_none() -> None:
    found = review()
    assert {flag.status for flag in found.red_flags} == {"not asked"}
    assert not found.urgent
    assert "not an all-clear" in found.headline[0].text


def test_a_flag_is_cleared_only_by_answers_to_all_of_its_questions() -> None:
    asked = {
        "saddle_numbness": False,
        "urinary_retention": False,
        "bowel_incontinence": False,
        "reduced_anal_tone": False,
    }
    status = {one.id: one.status for one in with_findings(asked).red_flags}["cauda_equina"]
    assert status == "not asked"
    more = {**asked, "bilateral_leg_deficit": False, "cauda_equina_diagnosed": False, "post_void_residual_ml": 30}
    assert {one.id: one.status for one in with_findings(more).red_flags}["cauda_equina"] == "answered no"


def test_an_urgent_flag_silences_everything_that_could_delay_it() -> None:
    found = with_injections({**NO_RELIEF, **STEROID}, findings={"fever": True, **HIP})
    assert found.urgent
    assert found.headline[0].text.startswith("STOP.")
    assert not any("Likeliest" in said.text or "Would tell" in said.text for said in found.headline)
    assert found.first_step is not None
    assert found.first_step.proposed.id == "emergency"
    assert found.first_step.alternative is None


CARE = {"pain_duration_months": 24, "conservative_weeks": 20, "conservative_failed": True, "pain_below_l5": True}


def ablated(weeks: int = 30, **findings: Any) -> Review:
    """Two concordant blocks, then radiofrequency whose relief lasted so many weeks."""
    return with_injections(
        {**RELIEF, "date": "2024-01-07"},
        {**RELIEF, "date": "2024-02-07"},
        radiofrequency=[{"date": "2024-03-01", "side": "right", "relief_percent": 70, "relief_weeks": weeks}],
        findings=findings,
    )


# A fracture that stops exercise, where imaging leaves no question of another.
STABLE = {"sij_fracture_acute": True, "img_sij_excludes": ["fracture"]}
STEPS = {
    "emergency": lambda: with_findings({"fever": True}),
    "fracture_shown": lambda: with_findings({"sacral_fracture_on_mri_or_ct": True}),
    "bone": lambda: with_findings({"sudden_sacral_pain": True, "osteoporosis": True}),
    "cancer": lambda: with_findings({"cancer_history": True, "night_rest_pain": True}),
    "soft_signs": lambda: with_findings({"weight_loss": True, "night_rest_pain": True}),
    "wait": lambda: with_injections({"date": "2025-05-30"}, findings={"fever": False}),
    "rheumatology": lambda: with_injections(NO_RELIEF, findings={"axspa_diagnosed": True}),
    "after_fusion": lambda: with_findings({"sij_fusion": {"value": True, "side": "right", "date": "2025-01-10"}}),
    "after_childbirth": lambda: with_findings({"months_postpartum": 8, "conservative_weeks": 4}),
    "discordant": lambda: with_injections({**RELIEF, "date": "2025-01-07"}, {**UNSHOWN, **NO_RELIEF}),
    "hip_fracture": lambda: with_findings({"unable_to_bear_weight": True}),
    "trauma": lambda: with_findings({"significant_trauma": True}),
    "vascular": lambda: with_findings({"calf_pain_eased_standing": True}),
    "likelier_spine": lambda: with_injections(
        {**UNSHOWN, **NO_RELIEF},
        findings={
            "neurogenic_claudication": True, "no_pain_seated": True, "relief_bending_forward": True, "age_years": 72, "midline_lumbar_pain": False,
            **{name: {"value": "negative", "side": "right"} for name in TESTS},
        },
    ),
    "likelier_hip": lambda: with_injections(
        {**UNSHOWN, **NO_RELIEF}, findings={**HIP, "hip_movement_groin_pain": {"value": True, "side": "right"}, "hip_xray_oa": {"value": True, "side": "right"}, "age_years": 64, "midline_lumbar_pain": False, **{name: {"value": "negative", "side": "right"} for name in TESTS}},
    ),
    "branches_confirmed": lambda: with_injections(
        NO_RELIEF, {**POSTERIOR, **RELIEF}, {**POSTERIOR, **RELIEF, "date": "2025-04-20"},
        findings={**CARE, "fever": False, "pregnant": False, "bleeding_risk": False},
    ),
    "second_posterior": lambda: with_injections(NO_RELIEF, {**POSTERIOR, **RELIEF}),
    "hip_first": lambda: with_injections(
        NO_RELIEF, findings={**HIP, "hip_movement_groin_pain": {"value": True, "side": "right"}, "hip_xray_oa": {"value": True, "side": "right"}, "age_years": 64, "midline_lumbar_pain": False}
    ),
    "posterior_block": lambda: with_injections(NO_RELIEF, findings={name: {"value": True, "side": "right"} for name in TESTS}),
    "spine_first": lambda: with_injections(NO_RELIEF, findings={"midline_lumbar_pain": True, "centralisation": True}),
    "repeat": lambda: with_injections(
        {**RELIEF, **STEROID, "sustained_percent": 70, "sustained_weeks": 15, "same_scale": True, "date": "2025-01-10"},
        findings={"fever": False, "bloodstream_infection": False, "sij_infection": False, "pregnant": False},
    ),
    "repeat_radiofrequency": lambda: ablated(**CARE, pregnant=False, bleeding_risk=False),
    "definitive": lambda: ablated(),
    "definitive_without_ablation": lambda: with_injections(
        {**RELIEF, "date": "2024-01-07"}, {**RELIEF, "date": "2024-02-07"}, {**POSTERIOR, **NO_RELIEF, "date": "2024-03-07"},
    ),
    "ablation_path": lambda: with_injections({**RELIEF, "date": "2024-01-07"}, {**RELIEF, "date": "2024-02-07"}),
    "no_contrast": lambda: with_injections({**UNSHOWN, **NO_RELIEF, "contrast_pattern": "not_used"}),
    "images": lambda: with_injections({**UNSHOWN, **NO_RELIEF}),
    "diary": lambda: with_injections({**STEROID, "sustained_percent": 10, "sustained_weeks": 1}),
    "confirm": lambda: with_injections({**RELIEF, **STEROID, "sustained_percent": 20, "sustained_weeks": 1}),
    "rehabilitation": lambda: with_findings({"pain_below_l5": True}),
    "examine": lambda: with_findings({"cancer_history": False, **STABLE}),
    "start": lambda: with_findings(
        {**{name: {"value": False, "side": "right"} for name in TESTS}, **STABLE}
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_each_first_step_is_proposed_where_it_belongs(step: str) -> None:
    found = STEPS[step]().first_step
    assert found is not None
    assert found.proposed.id == step
    assert found.proposed.because
    assert found.proposed.cite


def test_every_step_has_a_test() -> None:
    assert {step.id for step in reviewer().knowledge.steps} == set(STEPS)


def test_what_is_barred_is_never_the_way_on() -> None:
    lost = [{**RELIEF, **STEROID, "sustained_percent": 20, "sustained_weeks": 1}]
    pregnant = with_injections(*lost, findings={"pregnant": True})
    assert {one.id: one.status for one in pregnant.options}["diagnostic_block"] == "not now"
    for steps in (pregnant.first_step, with_injections(*lost, findings={"cancer_history": True}).first_step):
        assert steps is not None
        assert "diagnostic_block" not in {steps.proposed.option, steps.alternative and steps.alternative.option}


def test_a_scan_that_was_not_done_clears_nothing() -> None:
    found = with_findings({"cancer_history": True, "pain_below_l5": True})
    (barred,) = [one for one in found.options if one.id == "diagnostic_block"]
    assert barred.status == "not now"
    cleared = with_findings({"cancer_history": True, "pain_below_l5": True, "img_sij_excludes": ["tumor"]})
    (free,) = [one for one in cleared.options if one.id == "diagnostic_block"]
    assert free.status != "not now"


def test_radiofrequency_that_still_holds_leads_to_no_operation() -> None:
    steps = ablated(weeks=60).first_step
    assert steps is not None
    assert steps.proposed.id == "definitive"
    holding = ablated(weeks=200).first_step
    assert holding is not None
    assert holding.proposed.id not in ("definitive", "repeat_radiofrequency")


def test_branch_blocks_that_did_not_help_lead_to_no_further_one() -> None:
    """Evidence: the definitive pathway of two concordant blocks; radiofrequency needs a branch block that helped."""
    steps = STEPS["definitive_without_ablation"]().first_step
    assert steps is not None
    assert "lateral_branch_block" not in {steps.proposed.option, steps.alternative and steps.alternative.option}


@pytest.mark.parametrize(
    "note",
    [
        {**UNSHOWN, "guidance": "none"},
        {**UNSHOWN, "guidance": "ultrasound"},
        {**UNSHOWN, "contrast_pattern": "periarticular"},
    ],
)
def test_relief_outside_the_joint_confirms_nothing(note: dict[str, Any]) -> None:
    """However often an injection that is not shown to be inside helps, a block with proof stays the next thing."""
    found = with_injections({**RELIEF, **note, "date": "2025-01-07"}, {**RELIEF, **note})
    assert found.first_step is not None
    assert found.first_step.proposed.option == "diagnostic_block"
    for shown, warned in ((found, note.get("guidance") != "ultrasound"), (review_of_proven(), False)):
        for name in ("mis_fusion", "biologics"):
            option = next(one for one in shown.options if one.id == name)
            assert any("does not confirm the joint" in one.text for one in option.cautions) == warned


@pytest.mark.parametrize(
    ("sedation", "relief", "warned"), [("deep", 80, True), ("none", 80, False), ("deep", 20, False)]
)
def test_relief_under_sedation_is_told_of(sedation: str, relief: int, warned: bool) -> None:
    """Sedation raises the share that is relieved: what counts as a block is said to have been given under it."""
    found = with_injections({**RELIEF, "sedation": sedation, "relief_percent": relief})
    told = {one.id: any("under sedation" in words.text for words in one.cautions) for one in found.options}
    assert [told[name] for name in ("diagnostic_block", "mis_fusion", "open_fusion")] == [warned] * 3


def review_of_proven() -> Review:
    return with_injections({**RELIEF, "date": "2025-01-07"}, RELIEF)


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ({"age_years": 48, "pulsatile_mass": True}, "present"),
        ({"age_years": 48, "known_aneurysm": True}, "present"),
        ({"age_years": 56, "abdominal_pain": True}, "present"),
        ({"age_years": 56, "collapse": True}, "present"),
        ({"age_years": 48, "abdominal_pain": True, "pulsatile_mass": False, "known_aneurysm": False}, "answered no"),
        ({"age_years": 56, "abdominal_pain": False, "collapse": False, "pulsatile_mass": False}, "not asked"),
    ],
)
def test_whom_an_aneurysm_is_thought_of_in(findings: dict[str, Any], status: str) -> None:
    found = with_findings(findings)
    assert {one.id: one.status for one in found.red_flags}["aortic_aneurysm"] == status
    referral = next(one for one in found.options if one.id == "emergency_referral")
    assert (referral.status == "open") == (status == "present")


def test_an_episode_that_began_late_leaves_open_when_back_pain_began() -> None:
    """The age at onset is that of the first back pain: an episode bounds it from above only."""
    features = {"night_waking": True, "better_moving": True, "nsaid_good_response": True, "psoriasis": True}
    status = {}
    for onset in ("2014-05", "2022-05"):
        found = with_findings({"pain_onset_date": onset, **features})
        status[onset] = {one.id: one.status for one in found.red_flags}["axial_spondyloarthritis"]
    assert status == {"2014-05": "present", "2022-05": "not asked"}


def test_medicare_counts_the_sessions_of_both_sides() -> None:
    treated = {**RELIEF, **STEROID, "sustained_percent": 70, "sustained_weeks": 15, "same_scale": True}
    days = ("2024-09-10", "2024-11-10", "2025-01-10", "2025-02-10")
    both = with_injections(
        *({**treated, "date": day, "side": side} for day, side in zip(days, ("left", "right") * 2, strict=True))
    )
    repeat = next(one for one in both.options if one.id == "repeat_injection")
    assert any("both sides together" in one.text for one in repeat.cautions)
    stops = {one.id: one.result.outcome for one in repeat.stop}
    assert stops["session_cap"] == "not met"


def test_an_injection_without_anaesthetic_says_nothing_about_the_source() -> None:
    silent = with_injections({**STEROID, "anesthetic": "none", "relief_percent": 0})
    nothing = with_injections({**STEROID, "anesthetic": "none"})
    assert silent.injections[0].pattern is not None
    assert silent.injections[0].pattern.id == "no_anaesthetic"
    assert [one.probability for one in silent.sources] == [one.probability for one in nothing.sources]


def test_the_alternative_is_another_option_and_the_changes_name_what_is_missing() -> None:
    found = STEPS["confirm"]().first_step
    assert found is not None
    assert found.alternative is not None
    assert found.alternative.option != found.proposed.option
    assert found.would_change
    assert all(step.result.outcome == "not documented" and step.result.would_meet for step in found.would_change)


def test_a_bare_laboratory_number_raises_the_flag_and_never_clears_it() -> None:
    raised = with_findings({"intravenous_drug_use": True, "crp_mg_l": 120, "fever": False})
    assert raised.urgent
    low = with_findings({"intravenous_drug_use": True, "crp_mg_l": 3, "fever": False})
    assert "crp_or_esr_raised" not in {one.id for one in low.findings}
    assert {one.id: one.status for one in low.red_flags}["infection"] == "not asked"


def test_two_blocks_confirm_only_where_both_were_done_well() -> None:
    first, second = {**RELIEF, "date": "2024-01-07"}, {**RELIEF, "date": "2024-02-07"}
    rows = {
        "both well": with_injections(first, second),
        "first asleep": with_injections({**first, "sedation": "deep"}, second),
        "first blind": with_injections({**first, **UNSHOWN, "guidance": "none"}, second),
        "first recalled": with_injections({**first, "diary": "recalled"}, second),
    }
    found = {name: one.injections[-1].pattern for name, one in rows.items()}
    assert {name for name, one in found.items() if one is not None and one.id == "dual_concordant"} == {"both well"}
