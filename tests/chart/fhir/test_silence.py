"""Nothing is dropped in silence, and nothing that the chart takes back is used: the traps of FHIR itself."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.chart.facts import Chart
from tests.chart.fhir.make import (
    CPT,
    ICD,
    LEFT,
    LOCAL,
    LOINC,
    RIGHT,
    SNOMED,
    SUBJECT,
    Resource,
    coded,
    condition,
    day,
    drug,
    exam,
    facts,
    given,
    injection,
    observation,
    only,
    pain,
    procedure,
    quantity,
    read,
    record,
    resource,
    site,
    unread,
    why,
)
from tests.chart.fhir.test_traps import findings

MODIFIER = [{"url": "https://ehr.example.org/negated", "valueBoolean": True}]


def texts(chart: Chart) -> list[str]:
    """What is listed as text that is not read."""
    return [one.what for one in chart.coverage.texts]


# ------------------------------------------------------------------------------------- what changes a meaning


@pytest.mark.parametrize(
    "one",
    [
        exam("thigh-thrust", modifierExtension=MODIFIER),
        condition("d", coded(ICD, "C79.51"), modifierExtension=MODIFIER),
        injection(modifierExtension=MODIFIER),
        drug("m", "Tramadol 50 MG Oral Tablet", modifierExtension=MODIFIER),
        {**observation("o", coded(LOCAL, "fever")), "component": [{"code": coded(LOCAL, "fever"), "modifierExtension": MODIFIER}]},
    ],
    ids=lambda one: one["resourceType"],
)  # fmt: skip
def test_a_resource_with_an_unknown_modifier_is_not_used(one: Resource) -> None:
    """FHIR: an application that does not know a modifier extension may not use what it modifies."""
    chart = read(one)
    assert chart.facts == []
    assert "modifier extension" in why(chart, one["id"])


@pytest.mark.parametrize("focus", ["RelatedPerson/newborn", "Patient/p2", "Device/pump"])
def test_an_observation_on_somebody_else_is_not_a_finding_of_the_patient(focus: str) -> None:
    """The fever of the newborn stands in the record of the mother: subject the mother, focus the child."""
    chart = read(exam("fever", side=None, focus=[{"reference": focus}]))
    assert chart.facts == []
    assert "not clearly about the patient" in why(chart, "fever")


def test_an_observation_with_the_patient_as_focus_counts() -> None:
    assert findings(read(exam("fever", side=None, focus=[SUBJECT])))["fever"] is True


# ------------------------------------------------------------------------------------------- words beside codes


@pytest.mark.parametrize(
    ("one", "what"),
    [
        (exam("thigh-thrust", note=[{"text": "knee pain only"}]), "note on thigh-thrust"),
        (condition("d", coded(ICD, "E11.9", words="Diabetes"), note=[{"text": "diet"}]), "note on Diabetes"),
        (drug("m", "Tramadol 50 MG Oral Tablet", note=[{"text": "not taking it"}]), "note on Tramadol 50 MG Oral Tablet"),
        (injection(note=[{"text": "needle in the joint"}]), "note on 27096"),
        (injection(outcome={"text": "successful"}), "outcome of 27096: successful"),
        (injection(followUp=[{"text": "diary"}]), "follow-up of 27096: diary"),
        (injection(complication=[{"text": "vasovagal"}]), "complication of 27096: vasovagal"),
    ],
)  # fmt: skip
def test_words_that_stand_beside_what_was_read_are_listed(one: Resource, what: str) -> None:
    """A note may take back what the code says."""
    chart = read(one)
    assert texts(chart) == [what]


def test_a_note_on_what_was_not_read_is_not_listed_twice() -> None:
    chart = read(condition("d", coded(SNOMED, "1"), note=[{"text": "words"}]))
    assert texts(chart) == []
    assert chart.coverage.unknown_codes


def test_a_complication_with_a_known_code_is_a_diagnosis_of_that_day() -> None:
    chart = read(injection(complication=[coded(ICD, "G83.4", "Cauda equina syndrome")]))
    found = [fact for fact in chart.facts if fact.concept != "sij_injections"]
    assert found
    assert {fact.when for fact in found} == {day("2025-03-04")}
    assert all(fact.origin.place == "Procedure/inj" for fact in found)


# ------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize("key", ["performedString", "performedAge", "performedRange"])
def test_an_injection_whose_date_is_given_in_words_says_so(key: str) -> None:
    one = injection()
    del one["performedPeriod"]
    chart = read({**one, key: "last spring"})
    assert "date" not in record(chart)
    assert "its date is not used" in why(chart, "inj")


def test_a_result_without_a_time_is_of_the_day_it_was_given_out() -> None:
    one = exam("faber", issued="2025-05-06T10:00:00-04:00")
    del one["effectiveDateTime"]
    assert only(read(one), "exam_faber").when == day("2025-05-06")
    assert only(read(exam("faber", issued="2025-05-06T10:00:00-04:00")), "exam_faber").when == day("2025-05-02")


def test_a_time_that_does_not_exist_leaves_the_day() -> None:
    """The day tells the window; only before or after the injection stays open."""
    chart = read(injection(), pain("p", 2, "2025-03-04T25:10:00-05:00", partOf=[{"reference": "Procedure/inj"}]))
    assert not {"pre_pain", "post_pain"} & record(chart).keys()
    assert unread(chart, "p")


# ------------------------------------------------------------------------------------------------------- sides


def test_two_body_sites_one_of_each_side_are_both_sides() -> None:
    both = read(injection(bodySite=[site(LEFT), site(RIGHT)]))
    assert only(both, "sij_injections").side == "bilateral"
    same = read(injection(bodySite=[site(LEFT), site(LEFT)]))
    assert only(same, "sij_injections").side == "left"


def test_claims_for_either_side_that_point_to_one_procedure_make_it_both() -> None:
    def billed(side: str, identity: str) -> Resource:
        line = {
            "sequence": 1,
            "productOrService": coded(CPT, "27096"),
            "modifier": [coded("m", side)],
            "servicedDate": "2025-03-04",
        }
        return resource("Claim", identity, status="active", use="claim", item=[line])

    chart = read(injection(side=None), billed("LT", "a"), billed("RT", "b"))
    assert only(chart, "sij_injections").side == "bilateral"


# --------------------------------------------------------------------------------- the two phases stay apart


def test_a_score_of_weeks_later_is_not_the_first_hours_whatever_its_code() -> None:
    """ "Pain after injection" at the visit four weeks later is the steroid phase; it was 2 because the steroid worked."""
    late = pain("late", 2, "2025-04-01T09:00:00-05:00", (LOCAL, "injection-post-pain"), partOf=[{"reference": "Procedure/inj"}])  # fmt: skip
    chart = read(injection(), late)
    assert "post_pain" not in record(chart)
    assert "not from the hours after" in why(chart, "late")


def test_the_score_of_the_next_morning_still_counts() -> None:
    """The diary of the first day is asked for up to 24 hours after."""
    morning = pain("m", 5, "2025-03-05T09:00:00-05:00", (LOCAL, "injection-post-pain"), partOf=[{"reference": "Procedure/inj"}])  # fmt: skip
    assert record(read(injection(), morning))["post_pain"] == 5


# ----------------------------------------------------------------------------- injections that only have words


@pytest.mark.parametrize(
    ("code", "target", "side"),
    [
        ({"text": "Right sacroiliac joint injection, fluoroscopic guidance"}, "joint", "right"),
        ({"text": "Injection of left SI joint"}, "joint", "left"),
        (coded("https://fhir.example.org/opcs", "X", "Injection into sacroiliac joint"), "joint", None),
        (coded(SNOMED, "1234", "Injection of sacroiliac joint (procedure)"), "joint", None),
        ({"text": "Bilateral sacral lateral branch block S1-S3"}, "lateral_branch", "bilateral"),
        ({"text": "Left posterior sacroiliac ligament injection"}, "periarticular", "left"),
    ],
)
def test_an_injection_without_a_known_code_is_known_by_its_words(code: Resource, target: str, side: str | None) -> None:
    """No SNOMED CT code of the injection was verified, and only the United States bill it by number."""
    found = only(read(procedure("t", code)), "sij_injections")
    assert found.value["target"] == target
    assert found.side == side
    assert found.inferred


@pytest.mark.parametrize(
    "words",
    [
        "Consultation about a sacroiliac joint injection",
        "Referral for SI joint injection",
        "Status post sacroiliac joint injection",
        "Sacroiliac joint injection, declined",
        "PRP injection of the sacroiliac joint",
        "Sacroiliac joint aspiration",
        "Lumbar medial branch block",
        "Hip joint injection",
        "Caudal epidural injection",
    ],
)
def test_words_that_mean_something_else_are_no_injection(words: str) -> None:
    chart = read(procedure("t", {"text": words}))
    assert chart.facts == []
    assert f"no code: {words}" in chart.coverage.unknown_codes


def test_the_words_of_an_unknown_billing_code_mean_something_else() -> None:
    """The number for the images of an injection names the injection too: one injection, not two."""
    images = procedure("t", coded(CPT, "77002", "Fluoroscopic guidance for sacroiliac joint injection"))
    chart = read(images, injection())
    assert len(facts(chart, "sij_injections")) == 1


def test_an_injection_in_words_that_was_not_done_is_listed() -> None:
    chart = read(procedure("t", {"text": "Left sacroiliac joint injection"}, status="not-done"))
    assert chart.facts == []
    assert why(chart, "t") == "not done"


def test_words_and_code_of_one_injection_are_one_injection() -> None:
    """Clinic and hospital both send it: one with a number and a side, one with words."""
    chart = read(injection(), procedure("t", {"text": "Sacroiliac joint injection"}))
    assert only(chart, "sij_injections").side == "right"
    assert "same injection" in why(chart, "t")


# ------------------------------------------------------------------------------------ values that do not fit


@pytest.mark.parametrize(
    ("code", "value", "reason"),
    [
        (coded(LOINC, "72514-3"), {"valueQuantity": quantity(6, "stars")}, "6 stars is not on the scale"),
        (coded(LOINC, "38214-3"), {"valueQuantity": quantity(6, "stars")}, "the scale of 6 stars is not known"),
        (coded(LOINC, "29463-7"), {"valueString": "80/100 kg"}, "on another scale"),
        (coded(LOCAL, "night-waking"), {"valueString": "twice"}, "neither positive nor negative"),
        (coded(LOCAL, "injection-two-views"), {"valueString": "sometimes"}, "neither positive nor negative"),
    ],
)
def test_a_value_that_cannot_be_used_is_listed_with_its_reason(code: Resource, value: Resource, reason: str) -> None:
    one = observation("o", code, bodySite=site(RIGHT), **value)
    chart = read(one, injection())
    assert [fact for fact in chart.facts if fact.concept != "sij_injections"] == []
    assert reason in why(chart, "o")


@pytest.mark.parametrize(
    ("key", "value"),
    [("interpretation", {"text": "positive"}), ("valueBoolean", "yes"), ("component", {}), ("note", "text"), ("focus", {})],
)  # fmt: skip
def test_a_part_of_a_wrong_shape_makes_its_resource_unreadable(key: str, value: Any) -> None:
    one = exam("fever", side=None, **{key: value})
    if key == "valueBoolean":
        del one["valueCodeableConcept"]
    chart = read(one)
    assert chart.facts == []
    assert "not readable" in why(chart, "fever")


def test_a_marker_that_is_only_flagged_is_used_as_far_as_it_goes() -> None:
    """ "CRP 12, high" without a unit: raised, whatever the figure means."""
    crp = observation(
        "c", coded(LOINC, "1988-5"), valueQuantity=quantity(12), interpretation=[{"coding": [{"code": "H"}]}]
    )
    chart = read(crp)
    assert only(chart, "crp_or_esr_raised").value is True
    assert not facts(chart, "crp")
    assert "only the flag is used" in why(chart, "c")


# ------------------------------------------------------------------------------------------------------- drugs


@pytest.mark.parametrize("dose", [{"unit": "tablet"}, {"value": 1, "unit": "puff"}])
def test_a_dose_that_is_no_amount_leaves_the_dose_open(dose: Resource) -> None:
    chart = read(drug("m", "Tramadol 50 MG Oral Tablet", dosageInstruction=[{"doseAndRate": [{"doseQuantity": dose}]}]))
    assert "dose_mg" not in only(chart, "tramadol").value


def test_a_supply_without_an_amount_has_no_end() -> None:
    order = drug("m", "Tramadol 50 MG Oral Tablet", status="completed", dispenseRequest={"expectedSupplyDuration": {"unit": "d"}})  # fmt: skip
    found = only(read(order), "tramadol")
    assert found.until == found.when == day("2025-01-05")


def test_an_injected_drug_that_nobody_knows_is_counted() -> None:
    chart = read(injection(), given("g", "Hyaluronidase"))
    assert "no code: Hyaluronidase" in chart.coverage.unknown_codes


def test_a_strength_with_a_denominator_of_zero_is_for_one_unit() -> None:
    medication = {
        "resourceType": "Medication",
        "id": "m",
        "ingredient": [
            {
                "itemCodeableConcept": {"text": "Tramadol"},
                "strength": {"numerator": quantity(50, "mg"), "denominator": {"value": 0}},
            }
        ],
    }
    order = drug("o", "x", dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}]}])
    del order["medicationCodeableConcept"]
    chart = read(medication, {**order, "medicationReference": {"reference": "Medication/m"}})
    assert only(chart, "tramadol").value["dose_mg"] == 100


def test_the_dose_of_a_steroid_from_the_strength_of_its_solution() -> None:
    """One millilitre of 40 mg in 1 mL, with the strength in the Medication and not in its name."""
    strength = {"numerator": quantity(40, "mg"), "denominator": quantity(1, "mL")}
    vial = {"resourceType": "Medication", "id": "v", "ingredient": [{"itemCodeableConcept": {"text": "Triamcinolone"}, "strength": strength}]}  # fmt: skip
    drug_given = given("g", "x", dosage={"dose": quantity(1, "mL"), "route": {"text": "Intra-articular"}})
    del drug_given["medicationCodeableConcept"]
    chart = read(injection(), vial, {**drug_given, "medicationReference": {"reference": "Medication/v"}})
    assert (record(chart)["steroid_drug"], record(chart)["steroid_mg"]) == ("triamcinolone", 40)


def test_a_contained_drug_that_is_not_there_is_listed() -> None:
    order = drug("o", "x")
    del order["medicationCodeableConcept"]
    chart = read(
        {**order, "contained": [{"resourceType": "Medication", "id": "a"}], "medicationReference": {"reference": "#b"}}
    )
    assert chart.facts == []
    assert why(chart, "o") == "it does not say which drug"


def test_a_marker_in_words_says_nothing() -> None:
    """ "A little up" is no figure, no flag and no range."""
    chart = read(observation("c", coded(LOINC, "1988-5"), valueString="a little up"))
    assert chart.facts == []
    assert "is not a number" in why(chart, "c")


# ------------------------------------------------------------------------------------- resources not read


@pytest.mark.parametrize("kind", ["FamilyMemberHistory", "MedicationDispense", "Goal", "Flag", "DetectedIssue"])
def test_a_type_that_is_not_read_is_counted(kind: str) -> None:
    """A mother's spondylitis is not the patient's."""
    chart = read(resource(kind, "x", status="completed", condition=[{"code": coded(SNOMED, "9631008")}]))
    assert chart.facts == []
    assert chart.coverage.not_read == {kind: 1}


def test_images_of_a_day_without_a_date_belong_to_no_injection() -> None:
    report = resource("DiagnosticReport", "d", status="final", code=coded(LOINC, "35927-3"))
    chart = read(injection(), report)
    assert "guidance" not in record(chart)
    assert "belongs to no injection" in why(chart, "d")


def test_an_order_entered_in_error_is_listed_as_that() -> None:
    chart = read(resource("ServiceRequest", "o", status="entered-in-error", intent="order", code=coded(CPT, "27096")))
    assert chart.facts == []
    assert why(chart, "o") == "entered in error"


def test_a_diagnosis_sent_as_a_procedure_is_listed() -> None:
    chart = read(procedure("p", coded(ICD, "E11.9", words="Diabetes")))
    assert chart.facts == []
    assert "nothing in the review uses it" in why(chart, "p")


def test_a_remission_coded_in_an_observation_is_listed() -> None:
    chart = read(observation("o", coded(ICD, "F11.21", words="Opioid dependence, in remission"), valueBoolean=True))
    assert chart.facts == []
    assert "in remission" in why(chart, "o")


def test_a_positive_flag_beside_words_in_doubt_decides_nothing() -> None:
    """ "POS" was set because something hurt; the words say that it was another pain."""
    flag = [{"coding": [{"code": "POS"}]}]
    one = exam("thigh-thrust", interpretation=flag, valueString="groin pain only")
    del one["valueCodeableConcept"]
    chart = read(one)
    assert chart.facts == []
    assert "neither positive nor negative" in why(chart, "thigh-thrust")


def test_answers_of_a_form_that_are_no_numbers_make_no_score() -> None:
    """The score of a form needs its number; two answers to one item are not points."""
    weight = "http://hl7.org/fhir/StructureDefinition/itemWeight"
    score = {"valueCoding": {"system": LOINC, "code": "97909-6", "extension": [{"url": weight, "valueString": "36"}]}}
    items = [
        {"linkId": "odi-1", "answer": [{"valueDecimal": 2}, {"valueDecimal": 3}]},
        {"linkId": "odi-2", "answer": [{"valueTime": "10:00:00"}]},
        {"linkId": "score", "answer": [score]},
    ]
    chart = read(resource("QuestionnaireResponse", "q", status="completed", questionnaire="http://x/odi", item=items))
    assert chart.facts == []
    assert why(chart, "q")


# ------------------------------------------------------------------------------- answers as other systems code them


@pytest.mark.parametrize("display", ["Right (qualifier value)", "Right", None])
def test_a_side_as_an_answer_may_be_a_snomed_code(display: str | None) -> None:
    chart = read(observation("s", coded(LOCAL, "pain-side"), valueCodeableConcept=coded(SNOMED, RIGHT, display)))
    assert only(chart, "pain_side").value == "right"


@pytest.mark.parametrize(("answer", "found"), [("Yes (qualifier value)", True), ("No (qualifier value)", False)])
def test_yes_and_no_with_the_tag_of_a_terminology(answer: str, found: bool) -> None:
    chart = read(observation("f", coded(LOCAL, "fever"), valueCodeableConcept=coded(SNOMED, "1", answer)))
    assert only(chart, "fever").value is found


@pytest.mark.parametrize("answer", ["Unknown (qualifier value)", "asked but unknown", "Not performed", "No answer"])
def test_no_answer_is_neither_yes_nor_no(answer: str) -> None:
    chart = read(observation("f", coded(LOCAL, "fever"), valueCodeableConcept={"text": answer}))
    assert chart.facts == []
    assert why(chart, "f")


@pytest.mark.parametrize("words", ["80-90%", "80 to 90 %", "80 - 90"])
def test_a_relief_given_as_a_range_is_listed(words: str) -> None:
    """Which end counts is for a person to say."""
    relief = observation("r", coded(LOCAL, "injection-percent-relief"), valueString=words, partOf=[{"reference": "Procedure/inj"}])  # fmt: skip
    chart = read(injection(), relief)
    assert "relief_percent" not in record(chart)
    assert "is not a number" in why(chart, "r")


def test_a_panel_whose_members_are_missing_says_so() -> None:
    panel = observation("panel", coded(LOCAL, "injection-response"), partOf=[{"reference": "Procedure/inj"}], hasMember=[{"reference": "Observation/gone"}])  # fmt: skip
    assert why(read(injection(), panel), "panel") == "1 of its members not in the chart"
