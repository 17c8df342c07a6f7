"""The traps of the evidence file on codes, section 2: each is a way in which a chart says less than its code seems to."""

from __future__ import annotations

import pytest

from sacroiliac.cases import Builder
from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Chart, Side
from sacroiliac.knowledge import load
from tests.chart.fhir.make import (
    CPT,
    HCPCS,
    ICD,
    LOCAL,
    LOINC,
    RIGHT,
    SNOMED,
    coded,
    condition,
    facts,
    injection,
    observation,
    only,
    procedure,
    quantity,
    read,
    record,
    resource,
    site,
    why,
)


def findings(chart: Chart, side: Side | None = "right", review: str = "2025-06-01") -> dict[str, object]:
    """The findings of one case of a chart."""
    cases = Builder(load()).build([(chart, span(review)[1], side)])
    return {name: found.value for name, found in cases.cases[0].findings.items()}


def not_used(chart: Chart, review: str = "2025-06-01") -> list[str]:
    """Why statements of a chart were not used in its case."""
    (case,) = Builder(load()).build([(chart, span(review)[1], "right")]).cases
    return [one.why for one in case.coverage.unread]


@pytest.mark.parametrize("code", ["M53.3", "M46.1"])
def test_1_the_billing_codes_of_the_joint_are_only_a_hint(code: str) -> None:
    """M53.3 is also coccyx pain, M46.1 is put on injection claims: neither makes a diagnosis."""
    chart = read(condition("c", coded(ICD, code)))
    assert chart.facts == []
    assert "only a hint" in why(chart, "c")
    found = findings(chart)
    assert "inflammatory_arthropathy" not in found
    assert "axspa_diagnosed" not in found


@pytest.mark.parametrize("code", ["M54.5", "M54.50", "M54.51", "M54.59"])
def test_2_low_back_pain_is_known_in_its_old_and_new_codes(code: str) -> None:
    chart = read(condition("c", coded(ICD, code)))
    assert chart.coverage.unknown_codes == {}
    assert "nothing in the review uses it" in why(chart, "c")


def test_3_non_radiographic_disease_is_not_ankylosing_spondylitis() -> None:
    """M45.A- stands below M45 in the tree of codes."""
    chart = read(condition("c", coded(ICD, "M45.A8")))
    assert [fact.concept for fact in chart.facts] == ["axial_spondyloarthritis"]
    assert findings(chart)["axspa_diagnosed"] is True


def test_3_a_child_of_ankylosing_spondylitis_is_found_by_its_parent() -> None:
    chart = read(condition("c", coded(ICD, "M45.6")))
    assert only(chart, "ankylosing_spondylitis").value is True


def test_3_a_body_mass_index_code_is_not_always_obesity() -> None:
    chart = read(condition("c", coded(ICD, "Z68.22")))
    assert facts(chart, "obesity") == []
    assert chart.coverage.unknown_codes == {f"{ICD}|Z68.22": 1}


@pytest.mark.parametrize("code", ["O80", "O03.9", "O90.89"])
def test_3_chapter_o_holds_more_than_pregnancy(code: str) -> None:
    """A delivery, a miscarriage and the puerperium do not make the patient pregnant."""
    assert "pregnant" not in findings(read(condition("c", coded(ICD, code))))


@pytest.mark.parametrize(("code", "finding"), [("F11.21", "opioid_use_disorder"), ("F17.201", "nicotine_status")])
def test_3_remission_is_not_use(code: str, finding: str) -> None:
    chart = read(condition("c", coded(ICD, code)))
    assert finding not in findings(chart)
    assert "in remission" in why(chart, "c")


def test_3_nicotine_dependence_that_goes_on_counts() -> None:
    assert findings(read(condition("c", coded(ICD, "F17.210"))))["nicotine_status"] == "current"


@pytest.mark.parametrize("code", ["M43.28", "M43.27"])
def test_3_ankylosis_by_disease_is_not_a_fusion_operation(code: str) -> None:
    chart = read(condition("c", coded(ICD, code)))
    found = findings(chart)
    assert "sij_fusion" not in found
    assert "lumbar_fusion" not in found


def test_3_a_category_code_is_found_by_its_children() -> None:
    """R10.2 became a category: R10.20 is still pelvic pain."""
    chart = read(condition("c", coded(ICD, "R10.20")))
    assert chart.coverage.unknown_codes == {}


def test_3_every_cancer_code_of_chapter_c_is_a_history_of_cancer() -> None:
    assert findings(read(condition("c", coded(ICD, "C50.911"))))["cancer_history"] is True


def test_3_the_late_effect_of_a_fracture_is_not_a_fracture() -> None:
    chart = read(condition("old", coded(ICD, "S32.10XS")), condition("new", coded(ICD, "S32.10XA")))
    assert [fact.origin.place for fact in facts(chart, "sacral_fracture")] == ["Condition/new"]
    assert "late effect" in why(chart, "old")


@pytest.mark.parametrize(("system", "code"), [(CPT, "27096"), (HCPCS, "G0260")])
def test_4_both_billing_codes_of_the_injection_are_the_same_injection(system: str, code: str) -> None:
    chart = read(injection(code=coded(system, code)))
    assert record(chart)["target"] == "joint"
    assert only(chart, "sij_injections").side == "right"


@pytest.mark.parametrize("code", ["20552", "20610"])
def test_4_trigger_point_and_large_joint_injections_are_not_injections_of_the_joint(code: str) -> None:
    """Even where the body site is the sacroiliac joint."""
    chart = read(injection(code=coded(CPT, code)))
    assert facts(chart, "sij_injections") == []
    assert "never an image-guided injection" in why(chart, "inj")


def test_4_destruction_of_an_unnamed_nerve_needs_the_site() -> None:
    """64640 was used for radiofrequency of the joint before 64625, and for many other nerves."""
    bare = read(procedure("a", coded(CPT, "64640")))
    sited = read(procedure("a", coded(CPT, "64640"), bodySite=[site(RIGHT)]))
    worded = read(procedure("a", coded(CPT, "64640", words="RFA right sacral lateral branches")))
    assert facts(bare, "rfa_history") == []
    assert "which nerve" in why(bare, "a")
    assert only(sited, "rfa_history").side == only(worded, "rfa_history").side == "right"


@pytest.mark.parametrize("code", ["27279", "0334T", "27278", "0775T", "27280"])
def test_4_old_and_new_codes_of_joint_fusion(code: str) -> None:
    chart = read(procedure("f", coded(CPT, code), bodySite=[site(RIGHT)]))
    assert findings(chart)["sij_fusion"] is True
    assert [fact.side for fact in chart.facts] == ["right"]


def test_5_an_order_is_not_a_treatment() -> None:
    order = resource(
        "ServiceRequest", "o", status="active", intent="order", code=coded(CPT, "27096"), authoredOn="2025-05-01"
    )
    chart = read(order, resource("ServiceRequest", "pt", status="completed", intent="order", code=coded(CPT, "97110")))
    assert chart.facts == []
    assert "does not show that it was done" in why(chart, "o")
    assert "does not show that it was done" in why(chart, "pt")


def test_5_a_referral_is_not_a_treatment() -> None:
    chart = read(procedure("r", coded(SNOMED, "444831000124102")))
    assert facts(chart, "treatments") == []
    assert why(chart, "r") == "a referral is not a treatment"


@pytest.mark.parametrize(
    "value",
    [
        {"valueQuantity": {"value": 18}},
        {"valueQuantity": {"value": 18, "unit": "{score}"}},
        {"valueInteger": 18},
        {"valueString": "18"},
    ],
)
def test_6_a_disability_score_without_its_scale_is_not_used(value: dict[str, object]) -> None:
    """An 18 may be 18 or 36 percent: ask, do not assume."""
    chart = read(observation("odi", coded(LOINC, "97909-6"), **value))
    assert facts(chart, "odi_score") == []
    assert "the chart does not say which" in why(chart, "odi")


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        ({"valueQuantity": {"value": 36, "unit": "%"}}, 36),
        ({"valueString": "36%"}, 36),
        ({"valueString": "18/50"}, 36),
        ({"valueString": "36/100"}, 36),
        ({"valueQuantity": {"value": 18}, "referenceRange": [{"low": {"value": 0}, "high": {"value": 50}}]}, 36),
        ({"valueQuantity": {"value": 36}, "referenceRange": [{"low": {"value": 0}, "high": {"value": 100}}]}, 36),
        ({"valueQuantity": {"value": 18}, "referenceRange": [{"text": "0-50"}]}, 36),
    ],
)
def test_6_a_disability_score_with_its_scale_is_a_percentage(value: dict[str, object], percent: float) -> None:
    chart = read(observation("odi", coded(LOINC, "97909-6"), **value))
    assert only(chart, "odi_score").value == percent


@pytest.mark.parametrize("code", ["77865-4", "91721-1", "77874-6", "71959-1", "90974-7", "71962-5", "71960-9"])
def test_7_promis_scores_are_never_a_percentage_of_disability(code: str) -> None:
    chart = read(observation("promis", coded(LOINC, code), valueQuantity=quantity(61)))
    assert chart.facts == []
    assert "nothing in the review uses it" in why(chart, "promis")


@pytest.mark.parametrize("code", ["180885006", "58611004"])
def test_8_an_obstetric_epidural_is_not_a_steroid_injection(code: str) -> None:
    chart = read(procedure("e", coded(SNOMED, code)))
    assert chart.facts == []
    assert chart.coverage.unknown_codes == {}


@pytest.mark.parametrize(
    ("system", "code", "found"),
    [("1815", "1815", "bupivacaine"), ("35780", "35780", "ropivacaine"), ("26043-0", "26043-0", "hla_b27")],
)
def test_codes_that_nobody_verified_decide_nothing(system: str, code: str, found: str) -> None:
    """1815 was from memory, and one page says that it is baclofen."""
    uri = LOINC if "-" in system else "http://www.nlm.nih.gov/research/umls/rxnorm"
    drug = resource(
        "MedicationRequest", "m", status="active", intent="order", medicationCodeableConcept=coded(uri, code)
    )
    chart = read(drug, observation("o", coded(uri, code), valueString="positive"))
    assert facts(chart, found) == []
    assert any(code in name for name in chart.coverage.unknown_codes)


def test_exam_findings_have_a_local_code_for_every_finding() -> None:
    """Also those for which the evidence file suggests none."""
    codes = ["slump", "trochanter-tenderness", "saddle-numbness", "groin-pain"]
    chart = read(*[observation(one, coded(LOCAL, one), valueBoolean=True, bodySite=site(RIGHT)) for one in codes])
    found = findings(chart)
    assert all(found[one.replace("-", "_")] is True for one in codes if one != "saddle-numbness")
    assert findings(chart, review="2025-05-20")["saddle_numbness"] is True
