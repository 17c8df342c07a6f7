"""The injection (section 4.1): procedure, drugs, images and the answer to it become one record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.chart.read import read as read_path
from sacroiliac.knowledge import load
from sacroiliac.review import Reviewer
from tests.chart.fhir.make import (
    ANSWERS,
    CPT,
    HCPCS,
    LEFT,
    LOCAL,
    LOINC,
    RIGHT,
    RXNORM,
    SNOMED,
    coded,
    day,
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

CHARTS = Path(__file__).parent / "charts"
PART_OF = {"partOf": [{"reference": "Procedure/inj"}]}


def response(code: str, identity: str = "r", **content: Any) -> dict[str, Any]:
    """An Observation of an injection by its local code."""
    return observation(identity, coded(LOCAL, code), **{"effectiveDateTime": "2025-03-04", **PART_OF, **content})


def answered(*answers: dict[str, Any], **content: Any) -> dict[str, Any]:
    """A response to the injection record: pairs of field and value[x]."""
    items = [{"linkId": name, "answer": [value]} for one in answers for name, value in one.items()]
    return resource(
        "QuestionnaireResponse", "q", **{"status": "completed", "questionnaire": URL, "item": items, **content}
    )


def choice(word: str) -> dict[str, Any]:
    """A coded answer."""
    return {"valueCoding": {"system": ANSWERS, "code": word}}


# ------------------------------------------------------------------------------------------------ what was done


def test_an_injection_of_the_joint() -> None:
    chart = read(injection())
    fact = only(chart, "sij_injections")
    assert fact.value == {"date": day("2025-03-04"), "side": "right", "target": "joint"}
    assert (fact.side, fact.when, fact.inferred) == ("right", day("2025-03-04"), False)
    assert {one.place for one in fact.parts.values()} == {"Procedure/inj"}


def test_a_lateral_branch_block_is_no_injection_of_the_joint() -> None:
    assert record(read(injection(code=coded(CPT, "64451"))))["target"] == "lateral_branch"


def test_radiofrequency_has_its_own_list() -> None:
    chart = read(procedure("rf", coded(CPT, "64625"), bodySite=[site(RIGHT)]))
    assert only(chart, "rfa_history").value == {"date": day("2025-03-04"), "side": "right"}
    assert facts(chart, "sij_injections") == []


@pytest.mark.parametrize("state", ["preparation", "not-done", "entered-in-error"])
def test_an_injection_that_was_not_done_is_none(state: str) -> None:
    chart = read(injection(status=state))
    assert facts(chart, "sij_injections") == []
    assert why(chart, "inj")


def test_professional_and_facility_billing_are_one_injection() -> None:
    """27096 of the doctor and G0260 of the facility, the same day and side: one dose of steroid, not two."""
    chart = read(injection("a"), injection("b", code=coded(HCPCS, "G0260")))
    assert only(chart, "sij_injections").origin.place == "Procedure/a"
    assert "same injection as Procedure/a" in why(chart, "b")


def test_two_sides_of_a_day_are_two_injections() -> None:
    chart = read(injection("a"), injection("b", LEFT))
    assert {one.side for one in facts(chart, "sij_injections")} == {"left", "right"}


def test_an_injection_without_side_or_date_is_kept_as_it_is() -> None:
    chart = read(injection(side=None, performedPeriod=None))
    fact = only(chart, "sij_injections")
    assert (fact.side, fact.when, fact.value) == (None, None, {"target": "joint"})


@pytest.mark.parametrize(
    ("words", "guidance"),
    [
        ("SIJ injection under fluoroscopy", "fluoroscopy"),
        ("CT-guided SIJ injection", "ct"),
        ("Ultrasound guided SI joint injection", "ultrasound"),
        ("SIJ injection", None),
        ("SIJ injection, fluoroscopy or ultrasound", None),
    ],
)
def test_guidance_in_the_words_of_the_procedure(words: str, guidance: str | None) -> None:
    """The billing code says "with imaging" and not which."""
    chart = read(injection(code=coded(CPT, "27096", words=words)))
    assert record(chart).get("guidance") == guidance


def test_a_note_on_the_injection_is_listed_as_not_read() -> None:
    chart = read(injection(note=[{"text": "Contrast outlined the joint."}]))
    assert [one.origin.place for one in chart.coverage.texts] == ["Procedure/inj, note 1"]


# --------------------------------------------------------------------------------------------------- the drugs


def test_drugs_that_are_part_of_the_injection() -> None:
    chart = read(
        injection(),
        given("c", coded(RXNORM, "5956"), dosage={"dose": quantity(0.5, "mL")}),
        given("l", "bupivacaine 5 MG/ML", dosage={"dose": quantity(1, "mL")}),
        given("s", "triamcinolone acetonide 40 MG/ML", dosage={"dose": quantity(1, "mL")}),
    )
    found = record(chart)
    assert found["contrast"] is True
    assert found["anesthetic"] == "bupivacaine"
    assert (found["steroid"], found["steroid_drug"], found["steroid_mg"]) == (True, "triamcinolone", 40)
    assert found["volume_ml"] == 2  # contrast is not part of the injectate
    assert only(chart, "sij_injections").parts["steroid_mg"].place == "MedicationAdministration/s"


def test_drugs_of_an_injection_are_not_current_medication() -> None:
    chart = read(injection(), given("l", "bupivacaine"))
    assert facts(chart, "bupivacaine") == []


def test_the_procedure_may_point_to_the_drugs() -> None:
    """From the other end: partOf an administration, or a Medication as used."""
    alone = given("l", "ropivacaine")
    del alone["partOf"]
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "methylprednisolone acetate"}}
    links: dict[str, Any] = {
        "partOf": [{"reference": "MedicationAdministration/l"}],
        "usedReference": [{"reference": "Medication/m"}],
        "usedCode": [{"text": "Iohexol"}],
    }
    found = record(read(injection(**links), alone, medication))
    assert found["anesthetic"] == "ropivacaine"
    assert found["steroid_drug"] == "methylprednisolone"
    assert found["contrast"] is True


def test_the_skin_anaesthetic_is_not_the_test_drug() -> None:
    chart = read(
        injection(), given("skin", "lidocaine", dosage={"route": {"text": "Subcutaneous"}}), given("in", "bupivacaine")
    )
    assert record(chart)["anesthetic"] == "bupivacaine"
    assert "not into the joint" in why(chart, "skin")


def test_two_anaesthetics_leave_open_how_long_relief_should_last() -> None:
    chart = read(injection(), given("a", "lidocaine"), given("b", "bupivacaine"))
    assert "anesthetic" not in record(chart)
    assert any("which one reached the joint" in one.why for one in chart.coverage.unread)


def test_another_anaesthetic_is_other() -> None:
    assert record(read(injection(), given("a", "mepivacaine")))["anesthetic"] == "other"


def test_a_volume_that_is_only_known_in_part_is_not_known() -> None:
    chart = read(injection(), given("a", "lidocaine", dosage={"dose": quantity(1, "mL")}), given("s", "triamcinolone"))
    assert "volume_ml" not in record(chart)


def test_a_sedative_is_listed_because_its_depth_is_not_known() -> None:
    chart = read(injection(), given("m", "midazolam"))
    assert "sedation" not in record(chart)
    assert "no field" in why(chart, "m")


def test_missing_contrast_is_not_documented_and_not_outside_the_joint() -> None:
    assert {"contrast", "contrast_pattern", "joint_entered"}.isdisjoint(
        record(read(injection(), given("a", "lidocaine")))
    )


# --------------------------------------------------------------------------------------------------- images


def arthrogram(code: str = "37785-3", **content: Any) -> dict[str, Any]:
    """A report on images of the injection."""
    more = {"status": "final", "code": coded(LOINC, code), "effectiveDateTime": "2025-03-04"}
    return resource("DiagnosticReport", "d", **{**more, **content})


def test_a_linked_arthrogram_shows_guidance_and_contrast() -> None:
    chart = read(injection(report=[{"reference": "DiagnosticReport/d"}]), arthrogram())
    assert record(chart)["guidance"] == "fluoroscopy"
    assert record(chart)["contrast"] is True
    assert not only(chart, "sij_injections").inferred


def test_an_unlinked_arthrogram_of_the_day_is_inferred() -> None:
    fact = only(read(injection(), arthrogram()), "sij_injections")
    assert fact.value["contrast"] is True
    assert fact.inferred
    assert fact.parts["contrast"].words.endswith("(inferred)")


def test_guidance_by_computed_tomography() -> None:
    found = record(read(injection(), arthrogram("26321-0")))
    assert found["guidance"] == "ct"
    assert "contrast" not in found


def test_images_of_the_other_side_or_another_day_belong_to_nothing() -> None:
    for wrong in (arthrogram("37190-6"), arthrogram(effectiveDateTime="2025-01-01")):
        chart = read(injection(), wrong)
        assert "guidance" not in record(chart)
        assert "belongs to no injection" in why(chart, "d")


def test_images_that_contradict_the_procedure_are_listed() -> None:
    chart = read(injection(code=coded(CPT, "27096", words="CT guided SIJ injection")), arthrogram("35927-3"))
    assert record(chart)["guidance"] == "ct"
    assert why(chart, "d") == "the chart says ct elsewhere"


# ------------------------------------------------------------------------------------------------ the response


def panel(*members: str) -> dict[str, Any]:
    """The panel of an injection's response."""
    return response("injection-response", "panel", hasMember=[{"reference": f"Observation/{one}"} for one in members])


def test_pain_before_and_after_is_told_by_the_time_of_the_procedure() -> None:
    chart = read(
        injection(),
        panel("before", "after", "later"),
        pain("before", 8, "2025-03-04T08:45:00-05:00"),
        pain("after", 4, "2025-03-04T09:35:00-05:00"),
        pain("later", 2, "2025-03-04T14:00:00-05:00"),
    )
    found = record(chart)
    assert (found["pre_pain"], found["post_pain"]) == (8, 2)  # the least pain in the hours after
    assert found["same_scale"] is True
    assert not only(chart, "sij_injections").inferred
    assert facts(chart, "pain_nrs") == []


def test_times_in_different_zones_are_compared_as_moments() -> None:
    """13:45 in Greenwich is before nine in New York."""
    chart = read(injection(), panel("b"), pain("b", 8, "2025-03-04T13:45:00Z"))
    assert record(chart)["pre_pain"] == 8


def test_the_second_coding_says_before_or_after() -> None:
    before = pain("b", 7, "2025-03-04", (LOCAL, "injection-pre-pain"), **PART_OF)
    after = pain("a", 3, "2025-03-05", (LOCAL, "injection-post-pain"), **PART_OF)
    found = record(read(injection(), before, after))
    assert (found["pre_pain"], found["post_pain"]) == (7, 3)


def test_a_score_without_time_may_be_before_or_after() -> None:
    chart = read(injection(), panel("s"), pain("s", 5, "2025-03-04"))
    assert {"pre_pain", "post_pain"}.isdisjoint(record(chart))
    assert "before or after" in why(chart, "s")


def test_a_linked_score_weeks_later_is_not_the_anaesthetic_phase() -> None:
    chart = read(injection(), panel("s"), pain("s", 0, "2025-04-04T10:00:00-04:00"))
    assert "post_pain" not in record(chart)
    assert "of the hours after it" in why(chart, "s")


def test_unlinked_scores_near_the_procedure_are_used_and_called_inferred() -> None:
    chart = read(injection(), pain("b", 8, "2025-03-04T08:45:00-05:00"), pain("a", 3, "2025-03-04T10:00:00-05:00"))
    fact = only(chart, "sij_injections")
    assert (fact.value["pre_pain"], fact.value["post_pain"]) == (8, 3)
    assert fact.inferred
    assert "inferred" in fact.parts["pre_pain"].words
    assert unread(chart, "b") == []


def test_linked_scores_go_before_unlinked_ones() -> None:
    chart = read(
        injection(),
        panel("linked"),
        pain("linked", 8, "2025-03-04T08:45:00-05:00"),
        pain("loose", 5, "2025-03-04T08:50:00-05:00"),
    )
    assert record(chart)["pre_pain"] == 8
    assert not only(chart, "sij_injections").inferred


def test_with_two_injections_of_a_day_an_unlinked_score_belongs_to_neither() -> None:
    chart = read(injection("a"), injection("b", LEFT), pain("s", 8, "2025-03-04T08:45:00-05:00"))
    assert all("pre_pain" not in one.value for one in facts(chart, "sij_injections"))
    assert why(chart, "s")


def test_an_unlinked_score_of_the_knee_is_not_used() -> None:
    chart = read(injection(), pain("s", 8, "2025-03-04T08:45:00-05:00", bodySite={"text": "knee"}))
    assert "pre_pain" not in record(chart)
    worded = pain("s", 8, "2025-03-04T08:45:00-05:00")
    worded["code"]["text"] = "Knee pain score"
    assert "pre_pain" not in record(read(injection(), worded))


def test_a_score_of_the_joint_near_the_procedure_is_both() -> None:
    chart = read(injection(), pain("s", 8, "2025-03-04T08:45:00-05:00", bodySite=site(RIGHT)))
    assert record(chart)["pre_pain"] == 8
    assert only(chart, "pain_nrs").value == 8


@pytest.mark.parametrize(
    ("code", "value", "field", "found"),
    [
        ("injection-percent-relief", {"valueQuantity": quantity(85, "%")}, "relief_percent", 85),
        ("injection-relief-percent", {"valueString": "85%"}, "relief_percent", 85),
        ("injection-relief-duration", {"valueQuantity": quantity(6, "h")}, "relief_hours", 6),
        ("injection-relief-duration", {"valueQuantity": quantity(2, "d")}, "relief_hours", 48),
        ("injection-contrast-spread", {"valueCodeableConcept": coded(ANSWERS, "periarticular")}, "contrast_pattern", "periarticular"),
        ("injection-contrast-spread", {"valueString": "Extra-articular"}, "contrast_pattern", "periarticular"),
        ("injection-contrast-spread", {"valueString": "intra-articular spread"}, "contrast_pattern", "intra_articular"),
        ("injection-contrast-spread", {"valueCodeableConcept": {"text": "not used"}}, "contrast_pattern", "not_used"),
        ("injection-arthrogram-confirmed", {"valueCodeableConcept": coded(SNOMED, "10828004")}, "joint_entered", True),
        ("injection-arthrogram-confirmed", {"valueBoolean": False}, "joint_entered", False),
        ("injection-concordant-provocation", {"valueString": "yes"}, "concordant_pain", True),
        ("injection-volume", {"valueQuantity": quantity(2.5, "mL")}, "volume_ml", 2.5),
        ("injection-intent", {"valueCodeableConcept": coded(ANSWERS, "diagnostic")}, "intent", "diagnostic"),
        ("injection-cephalad-spread", {"valueBoolean": True}, "cephalad_spread", True),
        ("injection-sedation", {"valueString": "none"}, "sedation", "none"),
        ("injection-sustained-percent", {"valueQuantity": quantity(40, "%")}, "sustained_percent", 40),
        ("injection-sustained-weeks", {"valueQuantity": quantity(3, "mo")}, "sustained_weeks", 13),
        ("injection-complication", {"valueString": "vasovagal"}, "complication", "vasovagal"),
        ("injection-leg-numbness", {"valueBoolean": True}, "leg_numbness", True),
    ],
)  # fmt: skip
def test_every_field_has_a_local_code(code: str, value: dict[str, Any], field: str, found: object) -> None:
    chart = read(injection(), response(code, **value))
    assert record(chart)[field] == found
    assert only(chart, "sij_injections").parts[field].place == "Observation/r"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("injection-percent-relief", {"valueQuantity": quantity(140, "%")}),
        ("injection-relief-duration", {"valueQuantity": quantity(6)}),
        ("injection-contrast-spread", {"valueString": "not documented"}),
        ("injection-pre-pain", {"valueQuantity": quantity(14)}),
    ],
)
def test_values_that_cannot_be_are_listed(code: str, value: dict[str, Any]) -> None:
    """A duration without unit may be hours or days."""
    chart = read(injection(), response(code, **value))
    assert record(chart).keys() == {"date", "side", "target"}
    assert why(chart, "r")


def test_the_best_relief_of_the_hours_counts_and_the_last_of_the_weeks() -> None:
    chart = read(
        injection(),
        response("injection-percent-relief", "a", valueQuantity=quantity(50, "%")),
        response("injection-percent-relief", "b", valueQuantity=quantity(80, "%")),
        response("injection-sustained-percent", "c", valueQuantity=quantity(60, "%"), effectiveDateTime="2025-03-20"),
        response("injection-sustained-percent", "d", valueQuantity=quantity(10, "%"), effectiveDateTime="2025-04-20"),
    )
    assert record(chart)["relief_percent"] == 80
    assert record(chart)["sustained_percent"] == 10


def test_relief_of_hours_and_of_weeks_are_never_merged() -> None:
    chart = read(
        injection(),
        response("injection-percent-relief", "a", valueQuantity=quantity(80, "%")),
        response("injection-sustained-percent", "b", valueQuantity=quantity(5, "%"), effectiveDateTime="2025-04-20"),
    )
    assert (record(chart)["relief_percent"], record(chart)["sustained_percent"]) == (80, 5)


def test_contradictory_statements_leave_a_field_open() -> None:
    chart = read(
        injection(),
        response("injection-contrast-spread", "a", valueString="intra-articular"),
        response("injection-contrast-spread", "b", valueString="periarticular"),
    )
    assert "contrast_pattern" not in record(chart)
    assert any("different values" in one.why for one in chart.coverage.unread)


def test_a_field_without_link_goes_to_the_only_injection_before_it() -> None:
    later = response(
        "injection-sustained-percent", partOf=None, valueQuantity=quantity(5, "%"), effectiveDateTime="2025-04-20"
    )
    chart = read(injection(), injection("old", performedPeriod={"start": "2024-01-01"}), later)
    newest, oldest = facts(chart, "sij_injections")[::-1]
    assert newest.value["sustained_percent"] == 5
    assert newest.inferred
    assert "sustained_percent" not in oldest.value


def test_a_field_without_link_that_fits_two_injections_fits_none() -> None:
    later = response(
        "injection-sustained-percent", partOf=None, valueQuantity=quantity(5, "%"), effectiveDateTime="2025-04-20"
    )
    chart = read(injection("a"), injection("b", LEFT), later)
    assert all("sustained_percent" not in one.value for one in facts(chart, "sij_injections"))
    assert "fits none or several" in why(chart, "r")
    sided = {**later, "bodySite": site(LEFT)}
    assert [one.side for one in facts(read(injection("a"), injection("b", LEFT), sided), "sij_injections") if "sustained_percent" in one.value] == ["left"]  # fmt: skip


def test_a_field_of_no_injection_is_listed() -> None:
    chart = read(response("injection-percent-relief", partOf=None, valueQuantity=quantity(80, "%")))
    assert chart.facts == []
    assert "linked to no injection" in why(chart, "r")


def test_stated_and_computed_relief_are_both_handed_over() -> None:
    chart = read(
        injection(),
        pain("b", 8, "2025-03-04", (LOCAL, "injection-pre-pain"), **PART_OF),
        pain("a", 4, "2025-03-04", (LOCAL, "injection-post-pain"), **PART_OF),
        response("injection-percent-relief", valueQuantity=quantity(90, "%")),
    )
    found = record(chart)
    assert (found["pre_pain"], found["post_pain"], found["relief_percent"]) == (8, 4, 90)


# --------------------------------------------------------------------------------------- the injection record

RECORD = (
    {"date": {"valueDate": "2025-03-04"}},
    {"side": choice("right")},
    {"target": choice("joint")},
    {"guidance": choice("fluoroscopy")},
    {"relief_percent": {"valueDecimal": 30}},
    {"steroid": {"valueBoolean": True}},
)


def test_the_injection_record_is_an_injection() -> None:
    chart = read(answered(*RECORD))
    fact = only(chart, "sij_injections")
    assert (fact.side, fact.when) == ("right", day("2025-03-04"))
    assert fact.value["relief_percent"] == 30
    assert fact.parts["relief_percent"].place == "QuestionnaireResponse/q, relief_percent"


@pytest.mark.parametrize("link", [{}, PART_OF])
def test_a_record_of_a_procedure_in_the_chart_is_added_to_it(link: dict[str, Any]) -> None:
    """By its link, or as the injection of the same day, side and target."""
    answers = RECORD if not link else RECORD[3:]
    chart = read(injection(), answered(*answers, **link))
    assert record(chart)["relief_percent"] == 30
    assert only(chart, "sij_injections").origin.place == "Procedure/inj"


def test_the_structured_graph_goes_before_the_record() -> None:
    chart = read(injection(), response("injection-percent-relief", valueQuantity=quantity(80, "%")), answered(*RECORD))
    assert record(chart)["relief_percent"] == 80
    assert any("the chart says 80" in one.why for one in chart.coverage.unread)


@pytest.mark.parametrize(
    "content",
    [{"status": "in-progress"}, {"status": "entered-in-error"}, {"status": "stopped"}, {"item": []}],
)
def test_a_record_that_is_not_complete_is_none(content: dict[str, Any]) -> None:
    chart = read(answered(*RECORD, **content))
    assert chart.facts == []
    assert why(chart, "q")


def test_a_bare_number_has_the_unit_of_its_question() -> None:
    """The questions ask for decimals and name the unit themselves (questionnaire-unit)."""
    hours, weeks = {"relief_hours": {"valueDecimal": 5}}, {"sustained_weeks": {"valueInteger": 6}}
    found = record(read(answered(*RECORD, hours, weeks, {"volume_ml": {"valueDecimal": 2.5}})))
    assert (found["relief_hours"], found["sustained_weeks"], found["volume_ml"]) == (5, 6, 2.5)


def test_answers_that_cannot_be_used_are_listed_one_by_one() -> None:
    wrong = [
        {"relief_percent": {"valueDecimal": 300}},
        {"guidance": choice("moonlight")},
        {"flare": {"valueString": "perhaps"}},
        {"shoe_size": {"valueInteger": 43}},
    ]
    chart = read(answered(*RECORD[:3], *wrong))
    assert record(chart).keys() == {"date", "side", "target"}
    assert len(unread(chart, "q")) == 4


def test_two_answers_to_one_question_are_none() -> None:
    two = answered(*RECORD)
    two["item"][4]["answer"].append({"valueDecimal": 60})
    chart = read(two)
    assert "relief_percent" not in record(chart)
    assert "several answers" in why(chart, "q")


def test_the_anaesthetic_phase_of_a_record_without_date_is_kept() -> None:
    fact = only(read(answered(*RECORD[1:])), "sij_injections")
    assert fact.when is None
    assert fact.side == "right"


# ----------------------------------------------------------------------------------- other questionnaires


def form(*items: dict[str, Any], **content: Any) -> dict[str, Any]:
    """A response to some other questionnaire."""
    return resource(
        "QuestionnaireResponse", "f", **{"status": "completed", "questionnaire": "http://x/q", "authored": "2025-05-01", "item": list(items), **content}
    )  # fmt: skip


def weighted(score: float, code: str = "97909-6") -> dict[str, Any]:
    """A score as a coding with its number as item weight."""
    weight = {"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": score}
    return {"linkId": "score", "answer": [{"valueCoding": {"system": LOINC, "code": code, "extension": [weight]}}]}


def points(number: int, value: float) -> dict[str, Any]:
    """An item answered with its points."""
    return {"linkId": f"odi-{number}", "answer": [{"valueDecimal": value}]}


def test_a_score_above_the_sum_of_its_items_is_the_percentage() -> None:
    """Ten items that add up to 18, and a score of 36: the percentage."""
    chart = read(form(*[points(number, 1.8) for number in range(10)], weighted(36)))
    assert only(chart, "odi_score").value == 36
    assert only(chart, "odi_score").when == day("2025-05-01")


def test_a_score_that_is_the_sum_of_its_items_has_no_known_end() -> None:
    chart = read(form(*[points(number, 1.8) for number in range(10)], weighted(18)))
    assert chart.facts == []
    assert "does not say which" in why(chart, "f")


def test_a_score_without_items_has_no_known_scale() -> None:
    assert read(form(weighted(36))).facts == []


def test_promis_scores_of_a_form_are_never_a_disability_score() -> None:
    chart = read(form(weighted(61, "77865-4")))
    assert chart.facts == []
    assert "nothing in the review uses it" in why(chart, "f")


def test_a_question_known_by_its_code() -> None:
    """Forms made from LOINC carry the code as linkId."""
    chart = read(
        form({"linkId": "/97908-8", "item": [{"linkId": "/97908-8/97909-6", "answer": [{"valueString": "44%"}]}]})
    )
    assert only(chart, "odi_score").value == 44


def test_a_pain_score_of_a_form_does_not_say_where_the_pain_is() -> None:
    chart = read(form({"linkId": "72514-3", "answer": [{"valueInteger": 7}]}))
    assert chart.facts == []
    assert "where the pain is" in why(chart, "f")


def test_a_form_that_nobody_knows_is_listed() -> None:
    chart = read(form({"linkId": "1", "answer": [{"valueString": "hello"}]}))
    assert why(chart, "f") == "no question with a known code"


# ----------------------------------------------------------------------------------------- charts from end to end


def reviewed(name: str) -> tuple[Chart, Any]:
    """A chart of the folder and its review."""
    chart = read_path(str(CHARTS / name), load())
    (review,) = Reviewer(load()).review([chart])
    return chart, review


def test_a_full_graph_from_end_to_end() -> None:
    """US Core resources with everything linked: the whole record, and the pattern it makes."""
    chart, review = reviewed("injection-graph.json")
    found = record(chart)
    assert found["relief_percent"] == 85
    assert found["contrast_pattern"] == "intra_articular"
    assert (found["anesthetic"], found["volume_ml"], found["steroid_mg"]) == ("bupivacaine", 2, 40)
    assert review.who.side == "left"
    (shown,) = review.injections
    assert shown.pattern.id == "8" or shown.pattern.row == "8"
    assert {one.concept for one in chart.facts} >= {"exam_thigh_thrust", "odi_score", "gabapentin", "hydrocodone"}
    assert not facts(chart, "ankylosing_spondylitis")
    assert not facts(chart, "exam_sacral_thrust")


def test_a_chart_as_most_systems_hold_it() -> None:
    """A billing code, a claim with the side, loose scores, product names, free text: little, and honestly so."""
    chart, review = reviewed("usual-record.json")
    fact = only(chart, "sij_injections")
    assert fact.side == "right"
    assert fact.inferred
    assert "contrast" not in fact.value
    assert review.injections[0].pattern.row == "3"  # delivery not shown: it says nothing about the joint
    assert only(chart, "contrast_allergy")
    assert only(chart, "cancer_active")


def test_a_folder_with_an_injection_record() -> None:
    chart, review = reviewed("questionnaire")
    assert record(chart)["contrast_pattern"] == "periarticular"
    assert any(flag.id == "pregnancy_postpartum" or "regnan" in flag.label for flag in review.red_flags)
