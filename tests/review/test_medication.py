"""Each medication rule fires on the drug and state it names, and not on the next thing to it."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.review.model import Medication
from tests.charts import reviewer, with_findings

OLD = {"age_years": 70}
YOUNG = {"age_years": 50}


def medication(drugs: list[Any], findings: dict[str, Any]) -> Medication:
    return with_findings(
        findings, medications=[{"drug": one} if isinstance(one, str) else one for one in drugs]
    ).medication


def applies(drugs: list[Any], findings: dict[str, Any]) -> set[str]:
    return {notice.id for notice in medication(drugs, findings).applies}


def dose(drug: str, milligrams: float, per_day: float = 1, **more: Any) -> dict[str, Any]:
    return {"drug": drug, "dose_mg": milligrams, "per_day": per_day, **more}


# rule: (drugs, findings) that fire it, and the nearest case that does not
CASES: dict[str, tuple[tuple[list[Any], dict[str, Any]], tuple[list[Any], dict[str, Any]]]] = {
    "m1_gabapentin_renal_moderate": ((["gabapentin"], {"creatinine_clearance": 45}), (["gabapentin"], {"creatinine_clearance": 60})),
    "m1_gabapentin_renal_severe": ((["gabapentin"], {"creatinine_clearance": 29}), (["gabapentin"], {"creatinine_clearance": 30})),
    "m1_gabapentin_renal_failure": ((["gabapentin"], {"creatinine_clearance": 12}), (["gabapentin"], {"creatinine_clearance": 15, "haemodialysis": False})),
    "m1_gabapentinoid_egfr": ((["gabapentin"], {"egfr": 28}), (["gabapentin"], {"egfr": 75})),
    "m1_gabapentin_over_limit": (([dose("gabapentin", 600, 3)], {"creatinine_clearance": 45}), ([dose("gabapentin", 400, 3)], {"creatinine_clearance": 45})),
    "m2_pregabalin_renal": ((["pregabalin"], {"creatinine_clearance": 45}), (["pregabalin"], {"creatinine_clearance": 90, "haemodialysis": False})),
    "m2_pregabalin_over_limit": (([dose("pregabalin", 200, 2)], {"creatinine_clearance": 45}), ([dose("pregabalin", 75, 2)], {"creatinine_clearance": 45})),
    "m3_gabapentinoid_breathing": ((["gabapentin", "oxycodone"], YOUNG), (["gabapentin"], {**YOUNG, "lung_disease": False})),
    "m4_gabapentinoid_axial": ((["pregabalin"], {"pain_axial": True, "neuropathic_signs": False}), (["pregabalin"], {"pain_axial": True, "neuropathic_signs": True})),
    "m5_nsaid_kidney": ((["naproxen"], {"creatinine_clearance": 25}), (["naproxen"], {"creatinine_clearance": 35, "acute_kidney_injury": False})),
    "m6_nsaid_bleeding": ((["ibuprofen", "apixaban"], OLD), (["ibuprofen", "apixaban"], YOUNG)),
    "m7_nsaid_late_pregnancy": ((["ibuprofen"], {"pregnant": True, "weeks_pregnant": 31}), (["ibuprofen"], {"pregnant": True, "weeks_pregnant": 29})),
    "m7_nsaid_pregnancy": ((["ibuprofen"], {"pregnant": True, "weeks_pregnant": 22}), (["ibuprofen"], {"pregnant": True, "weeks_pregnant": 12})),
    "m8_cyclobenzaprine_maoi": ((["cyclobenzaprine", "phenelzine"], YOUNG), (["phenelzine"], YOUNG)),
    "m8_cyclobenzaprine_heart": ((["cyclobenzaprine"], {"cyclobenzaprine_heart_or_thyroid": True}), (["cyclobenzaprine"], {"cyclobenzaprine_heart_or_thyroid": False})),
    "m9_cyclobenzaprine_long": (([{"drug": "cyclobenzaprine", "start": "2025-04-01"}], YOUNG), ([{"drug": "cyclobenzaprine", "start": "2025-05-25"}], YOUNG)),
    "m9_cyclobenzaprine_serotonin": ((["cyclobenzaprine", "sertraline"], YOUNG), (["cyclobenzaprine", "ibuprofen"], YOUNG)),
    "m9_cyclobenzaprine_liver": ((["cyclobenzaprine"], {"liver_disease": True}), (["cyclobenzaprine"], {"liver_disease": False})),
    "m10_tizanidine_contraindicated": ((["tizanidine", "ciprofloxacin"], YOUNG), (["tizanidine", "ibuprofen"], YOUNG)),
    "m11_tizanidine_raised": ((["tizanidine"], {"oral_contraceptive": True}), (["tizanidine"], {"oral_contraceptive": False})),
    "m12a_duloxetine_organ": ((["duloxetine"], {"liver_disease": True}), (["duloxetine"], {"liver_disease": False, "egfr": 60, "creatinine_clearance": 70})),
    "m12a_duloxetine_dose": (([dose("duloxetine", 60, 2)], YOUNG), ([dose("duloxetine", 60)], YOUNG)),
    "m12b_duloxetine_maoi": ((["duloxetine", "linezolid"], YOUNG), (["duloxetine"], YOUNG)),
    "m13_cns_active": ((["gabapentin", "sertraline", "lorazepam"], OLD), (["gabapentin", "sertraline"], OLD)),
    "m14_opioid_benzodiazepine": ((["oxycodone", "lorazepam"], OLD), (["oxycodone"], OLD)),
    "m14_opioid_benzodiazepine_any_age": ((["oxycodone", "lorazepam"], YOUNG), (["oxycodone", "lorazepam"], OLD)),
    "m15_opioid_gabapentinoid": ((["oxycodone", "gabapentin"], OLD), (["oxycodone", "gabapentin"], YOUNG)),
    "m16_relaxant_age": ((["methocarbamol"], OLD), (["tizanidine"], OLD)),
    "m17_baclofen_kidney": ((["baclofen"], {**OLD, "egfr": 50}), (["baclofen"], {**OLD, "egfr": 70})),
    "m18_mme": (([dose("oxycodone", 10, 4)], YOUNG), ([dose("oxycodone", 10, 3)], YOUNG)),
    "m19_opioid_started": ((["tramadol"], {"opioid_started_or_raised": True, "pain_duration_months": 6}), (["tramadol"], {"opioid_started_or_raised": False, "pain_duration_months": 6})),
    "m20_mme_factors": (([dose("tramadol", 50, 2)], YOUNG), (["ibuprofen"], YOUNG)),
    "m21_falls": ((["gabapentin"], {**OLD, "falls_or_fractures": True}), (["gabapentin"], {**YOUNG, "falls_or_fractures": True})),
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_the_rule_fires_on_its_case_and_not_on_the_next(rule: str) -> None:
    fires, does_not = CASES[rule]
    assert rule in applies(*fires)
    assert rule not in applies(*does_not)


def test_every_medication_rule_has_a_case() -> None:
    assert set(CASES) == {rule.id for rule in reviewer().knowledge.medications.rules}


def test_falls_are_asked_for_where_they_would_matter_and_only_there() -> None:
    """Beers 2023 names opioids and gabapentinoids from 65; nobody's silence is taken for "never fell"."""
    for drug in ("oxycodone", "pregabalin"):
        assert "m21_falls" in applies([drug], {**OLD, "falls_or_fractures": True})
        assert "m21_falls" in {one.id for one in medication([drug], OLD).could_apply}
        assert "m21_falls" not in {
            one.id for one in medication([drug], {**OLD, "falls_or_fractures": False}).could_apply
        }
        assert "m21_falls" not in {one.id for one in medication([drug], YOUNG).could_apply}
    assert "m21_falls" not in applies(["ibuprofen"], {**OLD, "falls_or_fractures": True})


def test_cyclobenzaprine_asks_for_the_liver_and_warns_where_nobody_graded_it() -> None:
    """The chart says that the liver is diseased, not how badly: the warning stands and names the exception."""
    (found,) = (
        one
        for one in medication(["cyclobenzaprine"], {"liver_disease": True}).applies
        if one.id == "m9_cyclobenzaprine_liver"
    )
    assert found.severity == "avoid"
    assert found.confirmed
    assert "m9_cyclobenzaprine_liver" in {one.id for one in medication(["cyclobenzaprine"], YOUNG).could_apply}
    assert "m9_cyclobenzaprine_liver" not in applies(["tizanidine"], {"liver_disease": True})


def test_the_2022_factors_are_used_and_an_unknown_dose_gives_a_lower_bound() -> None:
    assert (
        medication([dose("methadone", 10, 2), dose("hydromorphone", 2, 4)], YOUNG).morphine_equivalents == "134 a day"
    )
    assert medication([dose("oxycodone", 10, 2), "tramadol"], YOUNG).morphine_equivalents.startswith(
        "at least 30 a day"
    )
    assert (
        medication([{"drug": "fentanyl", "mcg_per_hour": 25, "route": "transdermal"}], YOUNG).morphine_equivalents
        == "60 a day"
    )


def test_what_was_only_recalled_is_marked_as_not_confirmed() -> None:
    found = {notice.id: notice for notice in medication(["duloxetine", "linezolid"], YOUNG).applies}
    assert not found["m12b_duloxetine_maoi"].confirmed
    assert found["m8_cyclobenzaprine_maoi"].confirmed if "m8_cyclobenzaprine_maoi" in found else True


def test_a_drug_being_considered_is_checked_before_it_is_started() -> None:
    found = with_findings(
        {**OLD, "planned_drugs": ["cyclobenzaprine"]}, medications=[{"drug": "sertraline"}]
    ).medication
    planned = {notice.id: notice.planned for notice in found.applies}
    assert planned["m9_cyclobenzaprine_serotonin"]
    assert planned["m16_relaxant_age"]


def test_kidney_function_that_is_not_known_is_asked_for_and_not_assumed() -> None:
    found = medication(["gabapentin"], YOUNG)
    open_rules = {notice.number for notice in found.could_apply}
    assert "M1" in open_rules
    assert "M5" not in open_rules, "a rule about drugs nobody takes is not an open question"


def test_no_medication_list_is_not_an_empty_one() -> None:
    silent = with_findings({}).medication
    assert not silent.recorded
    none_taken = with_findings({}, medications=[]).medication
    assert none_taken.recorded
    assert not none_taken.applies
    assert not none_taken.could_apply


def test_what_must_not_be_given_stands_in_the_headline() -> None:
    late = with_findings({"pregnant": True, "weeks_pregnant": 31}, medications=["ibuprofen"])
    assert any(said.text.startswith("Unsafe medication:") and "M7" in said.text for said in late.headline)
    assert not any(said.text.startswith("Unsafe") for said in with_findings({}, medications=["paracetamol"]).headline)
