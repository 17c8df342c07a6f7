"""Drugs (section 4): product codes and names, status and intent, doses, and what was given once."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.chart.facts import ONGOING
from tests.chart.fhir.make import (
    RXNORM,
    coded,
    day,
    drug,
    facts,
    given,
    only,
    quantity,
    read,
    resource,
    why,
)
from tests.chart.fhir.test_traps import findings, not_used

DAILY = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}


def dose(amount: dict[str, Any], **how: Any) -> dict[str, Any]:
    """One dosage instruction."""
    return {"doseAndRate": [{"doseQuantity": amount}], **DAILY, **how}


def test_an_ingredient_code_is_found() -> None:
    assert only(read(drug("m", coded(RXNORM, "25480"))), "gabapentin").until == ONGOING


def test_a_product_code_is_found_by_the_name_in_its_display() -> None:
    """Of some five thousand orders in public charts none had the code of an ingredient."""
    chart = read(drug("m", coded(RXNORM, "310431", "gabapentin 300 MG Oral Capsule")))
    assert only(chart, "gabapentin").value == {"route": "oral"}


def test_a_combination_counts_for_each_of_its_drugs() -> None:
    chart = read(drug("m", "Acetaminophen 300 MG / HYDROcodone Bitartrate 5 MG Oral Tablet"))
    assert {fact.concept for fact in chart.facts} == {"acetaminophen", "hydrocodone"}


@pytest.mark.parametrize("words", ["hydrocodone-acetaminophen 5-325 mg", "Hydrocodone/Acetaminophen"])
def test_names_are_found_however_they_are_joined(words: str) -> None:
    assert {fact.concept for fact in read(drug("m", words)).facts} == {"acetaminophen", "hydrocodone"}


@pytest.mark.parametrize("words", ["Prednisolonelike cream", "morphinans", "gabapentinoid"])
def test_only_whole_words_are_names(words: str) -> None:
    chart = read(drug("m", words))
    assert chart.facts == []
    assert chart.coverage.unknown_codes == {f"no code: {words}": 1}


@pytest.mark.parametrize("where", ["contained", "bundled"])
def test_a_referenced_medication_is_read_by_its_ingredients(where: str) -> None:
    medication = {
        "resourceType": "Medication", "id": "perc", "code": {"text": "Percocet"},
        "ingredient": [
            {"itemCodeableConcept": coded(RXNORM, "7804"), "strength": {"numerator": quantity(5, "mg"), "denominator": quantity(1, "tablet")}},
            {"itemCodeableConcept": {"text": "acetaminophen"}},
        ],
    }  # fmt: skip
    reference = "#perc" if where == "contained" else "Medication/perc"
    inside = {"contained": [medication]} if where == "contained" else {}
    order = drug(
        "m", "", medicationReference={"reference": reference}, dosageInstruction=[dose(quantity(2, "tablet"))], **inside
    )
    del order["medicationCodeableConcept"]
    chart = read(order, *([] if where == "contained" else [medication]))
    assert {fact.concept for fact in chart.facts} == {"oxycodone", "acetaminophen"}
    assert only(chart, "oxycodone").value == {"dose_mg": 10, "per_day": 1}


def test_an_ingredient_may_be_a_resource_itself() -> None:
    inner = {"resourceType": "Medication", "id": "oxy", "code": {"text": "Oxycodone"}}
    medication = {
        "resourceType": "Medication",
        "id": "x",
        "ingredient": [{"itemReference": {"reference": "Medication/oxy"}}],
    }
    order = drug("m", "", medicationReference={"reference": "Medication/x"})
    del order["medicationCodeableConcept"]
    assert only(read(order, medication, inner), "oxycodone")


def test_a_reference_that_leads_nowhere_is_read_by_its_display_or_listed() -> None:
    order = drug("m", "", medicationReference={"reference": "Medication/gone", "display": "Tramadol 50 mg"})
    lost = drug("n", "", medicationReference={"reference": "Medication/gone"})
    for one in (order, lost):
        del one["medicationCodeableConcept"]
    chart = read(order, lost)
    assert only(chart, "tramadol")
    assert why(chart, "n") == "it does not say which drug"


@pytest.mark.parametrize(
    "content",
    [
        {"status": "stopped"},
        {"status": "entered-in-error"},
        {"status": "cancelled"},
        {"status": "draft"},
        {"status": "on-hold"},
        {"status": "unknown"},
        {"intent": "plan"},
        {"intent": "proposal"},
        {"intent": "option"},
        {"doNotPerform": True},
    ],
)
def test_a_drug_that_is_planned_or_stopped_is_not_taken(content: dict[str, Any]) -> None:
    chart = read(drug("m", "Tramadol 50 mg", **content))
    assert "medications" not in findings(chart)
    assert why(chart, "m")


def test_a_plan_that_was_an_error_is_listed_as_an_error() -> None:
    assert why(read(drug("m", "Tramadol", status="entered-in-error", intent="plan")), "m") == "entered in error"


def test_a_finished_prescription_without_end_was_taken_on_its_day() -> None:
    fact = only(read(drug("m", "Tramadol 50 mg", status="completed")), "tramadol")
    assert (fact.when, fact.until) == (day("2025-01-05"), day("2025-01-05"))


def test_a_finished_prescription_ends_when_its_supply_does() -> None:
    supply = {"expectedSupplyDuration": quantity(30, "d", code="d"), "numberOfRepeatsAllowed": 1}
    fact = only(read(drug("m", "Tramadol", status="completed", dispenseRequest=supply)), "tramadol")
    assert fact.until == day("2025-03-06")


def test_bounds_of_the_instruction_are_start_and_end() -> None:
    bounds = {"timing": {"repeat": {"boundsPeriod": {"start": "2025-01-10", "end": "2025-02-01"}}}}
    fact = only(read(drug("m", "Tramadol", authoredOn=None, dosageInstruction=[bounds])), "tramadol")
    assert (fact.when, fact.until) == (day("2025-01-10"), day("2025-02-01"))
    assert "medications" not in findings(read(drug("m", "Tramadol", dosageInstruction=[bounds])))


def test_a_statement_says_from_when_to_when() -> None:
    period = {"start": "2024-02-01", "end": "2024-05-01"}
    statement = {"medicationCodeableConcept": {"text": "Tramadol"}, "effectivePeriod": period}
    fact = only(read(resource("MedicationStatement", "s", status="completed", **statement)), "tramadol")
    assert (fact.when, fact.until) == (day("2024-02-01"), day("2024-05-01"))


@pytest.mark.parametrize("state", ["not-taken", "intended", "stopped"])
def test_statements_of_not_taking(state: str) -> None:
    chart = read(resource("MedicationStatement", "s", status=state, medicationCodeableConcept={"text": "Tramadol"}))
    assert chart.facts == []


def test_renewals_of_one_prescription_are_one_drug() -> None:
    """Otherwise each renewal would add its dose to the daily total."""
    renewals = [
        drug(
            f"m{month}",
            "Oxycodone 10 MG Oral Tablet",
            authoredOn=f"2025-0{month}-01",
            dosageInstruction=[dose(quantity(1, "tablet"))],
        )
        for month in (3, 1, 2)
    ]
    fact = only(read(*renewals), "oxycodone")
    assert fact.when == day("2025-01-01")
    assert fact.origin.place == "MedicationRequest/m3"
    assert findings(read(*renewals))["mme_per_day"] == pytest.approx(15)


def test_two_strengths_taken_together_are_two_drugs() -> None:
    chart = read(drug("a", "Oxycodone 60 MG Extended Release Oral Tablet"), drug("b", "Oxycodone 10 MG Oral Capsule"))
    assert len(facts(chart, "oxycodone")) == 2


@pytest.mark.parametrize(
    ("words", "instruction", "use"),
    [
        ("gabapentin 300 MG Oral Capsule", dose(quantity(2, "capsule")), {"dose_mg": 600, "per_day": 1, "route": "oral"}),
        ("gabapentin 300 MG Oral Capsule", dose(quantity(1)), {"dose_mg": 300, "per_day": 1, "route": "oral"}),
        ("gabapentin", dose(quantity(0.6, "g")), {"dose_mg": 600, "per_day": 1}),
        ("gabapentin 50 MG/ML Oral Solution", dose(quantity(6, "mL")), {"dose_mg": 300, "per_day": 1, "route": "oral"}),
        ("gabapentin", dose(quantity(300, "mg"), timing={"code": {"coding": [{"code": "TID"}]}}), {"dose_mg": 300, "per_day": 3}),
        ("gabapentin", dose(quantity(300, "mg"), timing={"code": {"text": "bid"}}), {"dose_mg": 300, "per_day": 2}),
        ("gabapentin", dose(quantity(300, "mg"), timing={"repeat": {"period": 8, "periodUnit": "h"}}), {"dose_mg": 300, "per_day": 3}),
        ("gabapentin", dose(quantity(300, "mg"), timing={"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}), {"dose_mg": 300, "per_day": 0.142857}),
        ("gabapentin", dose(quantity(300, "mg"), timing={"repeat": {"frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d"}}), {"dose_mg": 300}),
        ("gabapentin", dose(quantity(300, "mg"), timing=None), {"dose_mg": 300}),
        ("gabapentin", dose(quantity(1, "puff")), {"per_day": 1}),
        ("gabapentin", {"doseAndRate": [{"doseRange": {"low": quantity(1)}}]}, {}),
        ("hydrocodone/acetaminophen", dose(quantity(10, "mg")), {"per_day": 1}),
        ("72 HR Fentanyl 0.025 MG/HR Transdermal System", {}, {"mcg_per_hour": 25, "route": "transdermal"}),
        ("Fentanyl 25 mcg/hr patch", {}, {"mcg_per_hour": 25}),
        ("lidocaine 0.05 MG/MG Topical Ointment", dose(quantity(1)), {"per_day": 1, "route": "topical"}),
        ("morphine", {"route": {"text": "Oral use"}}, {"route": "oral"}),
        ("morphine", {"route": {"coding": [{"display": "Intrathecal route"}]}}, {"route": "intrathecal route"}),
    ],
)  # fmt: skip
def test_dose_frequency_and_route(words: str, instruction: dict[str, Any], use: dict[str, Any]) -> None:
    chart = read(drug("m", words, dosageInstruction=[instruction]))
    assert chart.facts[-1].value == use


def test_several_instructions_leave_the_dose_unknown() -> None:
    steps = [dose(quantity(300, "mg")), dose(quantity(600, "mg"))]
    assert only(read(drug("m", "gabapentin", dosageInstruction=steps)), "gabapentin").value == {}


def test_a_hormone_coil_is_not_an_oral_contraceptive() -> None:
    coil = drug("m", "levonorgestrel 52 MG Intrauterine System")
    pill = drug("m", "Ethinyl Estradiol 0.03 MG / Levonorgestrel 0.15 MG Oral Tablet")
    assert read(coil).facts == []
    assert only(read(pill), "oral_contraceptives")


def test_an_anticoagulant_that_ended_is_no_bleeding_risk_today() -> None:
    ended = drug("m", "Warfarin 5 MG Oral Tablet", status="completed", authoredOn="2012-01-01")
    chart = read(ended)
    assert "bleeding_risk" not in findings(chart)
    assert not_used(chart) == ["over by 2012-01-01"]
    assert findings(read(drug("m", "Warfarin 5 MG Oral Tablet")))["bleeding_risk"] is True


@pytest.mark.parametrize(
    "course",
    [
        drug("m", "Apixaban 5 MG Oral Tablet", authoredOn="2025-06-01", dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": "2025-06-01", "end": "2025-12-31"}}}}]),
        resource("MedicationStatement", "m", status="active", medicationCodeableConcept={"text": "Apixaban 5 MG Oral Tablet"}, effectivePeriod={"start": "2025-06-01", "end": "2025-12-31"}),
        resource("MedicationStatement", "m", status="completed", medicationCodeableConcept={"text": "Apixaban 5 MG Oral Tablet"}, effectivePeriod={"start": "2025-06-01", "end": "2025-12-31"}),
    ],
)  # fmt: skip
def test_an_anticoagulant_with_an_end_is_taken_until_then(course: dict[str, Any]) -> None:
    chart = read(course)
    assert "bleeding_risk" not in findings(chart, review="2025-05-31")
    assert findings(chart, review="2025-06-30")["bleeding_risk"] is True
    assert findings(chart, review="2025-12-31")["bleeding_risk"] is True
    assert "bleeding_risk" not in findings(chart, review="2026-01-02")


def test_a_dose_in_hospital_is_not_current_medication() -> None:
    once = given("g", "Ketorolac 30 mg", "elsewhere")
    chart = read(once)
    fact = only(chart, "ketorolac")
    assert (fact.when, fact.until) == (day("2025-03-04"), day("2025-03-04"))
    assert "medications" not in findings(chart)


def test_a_drug_that_was_not_given() -> None:
    assert read(given("g", "Ketorolac", status="not-done")).facts == []


def test_drugs_that_nobody_knows_are_counted() -> None:
    unknown = coded(RXNORM, "314076", "lisinopril 10 MG Oral Tablet")
    chart = read(drug("a", unknown), drug("b", unknown, status="stopped"))
    assert chart.coverage.unknown_codes == {f"{RXNORM}|314076 lisinopril 10 MG Oral Tablet": 2}
