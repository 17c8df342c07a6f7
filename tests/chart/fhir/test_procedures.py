"""Procedures, sides, claims, conservative treatment and imaging (section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.fhir.make import (
    BOTH,
    CPT,
    HCPCS,
    LEFT,
    LOINC,
    RIGHT,
    SNOMED,
    coded,
    day,
    facts,
    injection,
    only,
    procedure,
    read,
    record,
    resource,
    site,
    status,
    unread,
    why,
)
from tests.chart.fhir.test_traps import findings

FUSION = coded(CPT, "27279")


@pytest.mark.parametrize(
    "state", ["not-done", "preparation", "in-progress", "on-hold", "stopped", "entered-in-error", "unknown", None]
)
def test_only_completed_acts_count_as_done(state: str | None) -> None:
    chart = read(procedure("f", FUSION, status=state, bodySite=[site(RIGHT)]))
    assert chart.facts == []
    assert why(chart, "f")


def test_lumbar_fusion_is_a_fact_without_side() -> None:
    assert findings(read(procedure("f", coded(CPT, "22612"))))["lumbar_fusion"] is True


def test_a_fusion_of_unnamed_level_needs_the_level() -> None:
    bare = read(procedure("f", coded(SNOMED, "55705006")))
    worded = read(procedure("f", coded(SNOMED, "55705006", words="Lumbar fusion L4-5")))
    assert bare.facts == []
    assert "which part of the spine" in why(bare, "f")
    assert findings(worded)["lumbar_fusion"] is True


# ------------------------------------------------------------------------------------------------------ side


def structure(laterality: str) -> dict[str, Any]:
    """A BodyStructure of one side."""
    qualifier = [coded(SNOMED, laterality)]
    return resource("BodyStructure", "b", patient={"reference": "Patient/p"}, locationQualifier=qualifier)


TARGET = {
    "url": "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure",
    "valueReference": {"reference": "BodyStructure/b"},
}


@pytest.mark.parametrize(
    ("content", "side"),
    [
        ({"bodySite": [site(LEFT)]}, "left"),
        (
            {"bodySite": [{"coding": [{"system": SNOMED, "code": "39723000"}, {"system": SNOMED, "code": LEFT}]}]},
            "left",
        ),
        ({"bodySite": [site(BOTH)]}, "bilateral"),
        ({"extension": [TARGET]}, "right"),
        ({"code": {**FUSION, "text": "SI joint fusion, RIGHT"}}, "right"),
        ({"code": {**FUSION, "text": "Bilateral SI joint fusion"}}, "bilateral"),
        ({"code": {**FUSION, "text": "left and right SI joint fusion"}}, "bilateral"),
        ({"bodySite": [{"text": "Rt sacroiliac joint"}]}, "right"),
        ({}, None),
        ({"bodySite": [site("66459002")]}, None),
        ({"code": {**FUSION, "text": "left fusion, after right fusion"}}, None),
    ],
)
def test_the_side_is_found_in_every_place(content: dict[str, Any], side: str | None) -> None:
    chart = read(procedure("f", **{"code": FUSION, **content}), structure(RIGHT))
    assert only(chart, "sij_fusion_mis_transarticular").side == side


def test_a_pre_coordinated_code_names_the_side() -> None:
    report = resource(
        "DiagnosticReport", "d", status="final", code=coded(LOINC, "37190-6"), effectiveDateTime="2025-03-04"
    )
    chart = read(injection(side=LEFT), report)
    assert record(chart)["contrast"] is True


def test_words_and_body_site_that_disagree_are_listed_and_decide_nothing() -> None:
    """A wrong side is worse than an unknown one."""
    chart = read(procedure("f", {**FUSION, "text": "Left SI joint fusion"}, bodySite=[site(RIGHT)]))
    assert only(chart, "sij_fusion_mis_transarticular").side is None
    assert "the side is not clear" in why(chart, "f")


def claim(
    kind: str = "Claim", modifiers: tuple[str, ...] = ("RT",), code: str = "27096", **line: Any
) -> dict[str, Any]:
    """A claim for an act on 4 March 2025."""
    item = {
        "sequence": 1,
        "productOrService": coded(CPT, code),
        "modifier": [coded("http://example.org/modifiers", one) for one in modifiers],
        "servicedDate": "2025-03-04",
        **line,
    }
    return resource(kind, "claim", status="active", use="claim", item=[item])


@pytest.mark.parametrize("kind", ["Claim", "ExplanationOfBenefit"])
@pytest.mark.parametrize(
    ("modifiers", "side"), [(("RT",), "right"), (("LT",), "left"), (("50",), "bilateral"), (("LT", "RT"), "bilateral")]
)
def test_the_modifier_of_a_claim_names_the_side(kind: str, modifiers: tuple[str, ...], side: str) -> None:
    chart = read(injection(side=None), claim(kind, modifiers))
    assert only(chart, "sij_injections").side == side


def test_two_units_are_both_sides() -> None:
    chart = read(injection(side=None), claim(modifiers=(), quantity={"value": 2}))
    assert only(chart, "sij_injections").side == "bilateral"


def test_a_claim_that_points_to_the_procedure_names_its_side() -> None:
    billed = claim(servicedDate="2025-03-06", procedureSequence=[1])
    billed["procedure"] = [{"sequence": 1, "procedureReference": {"reference": "Procedure/inj"}}]
    assert only(read(injection(side=None), billed), "sij_injections").side == "right"


def test_the_claim_of_another_day_names_nothing() -> None:
    chart = read(injection(side=None), claim(servicedDate="2024-01-01"))
    assert only(chart, "sij_injections").side is None
    assert "no Procedure of that day" in why(chart, "claim")


def test_a_claim_alone_is_not_an_injection() -> None:
    """It asks for payment; nobody has looked at it."""
    chart = read(claim())
    assert chart.facts == []
    assert why(chart, "claim") == "billed, but the chart holds no Procedure of that day"


def settled(*modifiers: str, identity: str = "claim", **content: Any) -> dict[str, Any]:
    """A claim that the payer has settled."""
    return {**claim("ExplanationOfBenefit", modifiers), "id": identity, "outcome": "complete", **content}


def test_a_settled_claim_gives_code_day_and_side_of_an_injection_and_no_more() -> None:
    found = only(read(settled("RT")), "sij_injections")
    assert found.value == {"date": day("2025-03-04"), "side": "right", "target": "joint"}
    assert found.inferred
    assert "billed as 27096" in found.origin.words
    assert only(read(settled()), "sij_injections").side is None


def test_what_is_not_known_of_settled_claims_is_told_of_injections_that_are_used() -> None:
    """Many alike are listed as one, and stay what they are."""
    several = [settled(identity=f"claim-{n}", item=claim(servicedDate=f"2025-0{n}-04")["item"]) for n in (1, 2, 3)]
    chart = read(*several)
    (one,) = chart.coverage.unread
    assert "3 entries" in one.what
    assert one.about([fact.origin for fact in chart.facts if fact.inferred])
    assert not one.about([fact.origin for fact in chart.facts if not fact.inferred])


@pytest.mark.parametrize(
    "content",
    [
        {"outcome": "queued"},
        {"outcome": "error"},
        {"status": "cancelled"},
        {"use": "predetermination"},
        {"adjudication": [{"category": {"coding": [{"code": "denied"}]}}]},
        {"adjudication": [{"category": {"text": "status"}, "reason": {"text": "Denied: not medically necessary"}}]},
    ],
)
def test_a_claim_that_is_open_or_denied_is_not_an_injection(content: dict[str, Any]) -> None:
    chart = read(settled("RT", **content))
    assert chart.facts == []
    assert why(chart, "claim")


def test_a_line_that_was_denied_is_not_an_injection() -> None:
    one = settled("RT")
    one["item"][0]["adjudication"] = [{"category": {"coding": [{"display": "Non covered"}, {"code": "noncovered"}]}}]
    assert read(one).facts == []


def test_clinic_and_clinician_bill_the_same_injection() -> None:
    clinic = settled(identity="clinic")
    clinic["item"][0]["productOrService"] = coded(HCPCS, "G0260")
    chart = read(clinic, settled("RT", identity="clinician"), settled("RT", identity="clinician-again"))
    assert only(chart, "sij_injections").side == "right"
    assert "same injection" in why(chart, "clinic")
    assert len(facts(read(settled("RT"), settled("LT", identity="other")), "sij_injections")) == 2


def test_a_procedure_goes_before_the_claim_for_it() -> None:
    found = only(read(injection(), settled("RT")), "sij_injections")
    assert not found.inferred
    assert found.origin.place == "Procedure/inj"


def test_a_procedure_of_that_month_is_the_one_that_was_billed() -> None:
    found = only(read(injection(performedDateTime="2025-03"), settled("RT")), "sij_injections")
    assert not found.inferred


def test_a_year_may_be_that_of_a_bill_and_not_of_the_other_side() -> None:
    """Nothing that was billed is lost without a word."""
    vague = injection(side=LEFT, performedDateTime="2025")
    same, other = read(vague, settled("LT")), read(vague, settled("RT"))
    assert only(same, "sij_injections").side == "left"
    assert why(same, "claim") == "it may be what the chart dates 2025 only"
    assert sorted(one.side or "" for one in facts(other, "sij_injections")) == ["left", "right"]


def test_a_vague_entry_that_was_taken_back_takes_no_bill_with_it() -> None:
    chart = read(injection(status="entered-in-error", performedDateTime="2025"), settled("RT"))
    assert only(chart, "sij_injections").side == "right"


@pytest.mark.parametrize("state", ["not-done", "entered-in-error"])
def test_a_bill_does_not_make_done_what_the_chart_takes_back(state: str) -> None:
    chart = read(injection(status=state), settled("RT"))
    assert chart.facts == []
    assert why(chart, "inj")


def test_a_settled_claim_for_radiofrequency_is_listed() -> None:
    chart = read({**claim("ExplanationOfBenefit", code="64625"), "outcome": "complete"})
    assert chart.facts == []
    assert "billed" in why(chart, "claim")


def test_a_preauthorisation_is_not_care() -> None:
    asked = {**claim(), "use": "preauthorization"}
    chart = read(injection(side=None), asked)
    assert only(chart, "sij_injections").side is None
    assert "not a claim for care given" in why(chart, "claim")


def test_a_claim_of_a_wrong_shape_is_listed_once() -> None:
    broken = {**claim(), "item": [{"productOrService": coded(CPT, "27096"), "modifier": "RT"}]}
    chart = read(injection(side=None), broken)
    assert len(unread(chart, "claim")) == 1
    assert "not readable" in why(chart, "claim")


# ------------------------------------------------------------------------------------------------- treatment


def test_sessions_become_one_record_for_each_kind() -> None:
    days = ["2025-01-07", "2025-01-14", "2025-02-25"]
    sessions = [procedure(f"pt{one}", coded(CPT, "97110"), performedDateTime=one) for one in days]
    chart = read(*reversed(sessions), procedure("chiro", coded(CPT, "98941"), performedDateTime="2025-01-20"))
    therapy, chiropractic = sorted(facts(chart, "treatments"), key=lambda one: str(one.value["kind"]), reverse=True)
    assert therapy.value == {"kind": "pt", "start": day(days[0]), "end": day(days[-1]), "visits": 3.0}
    assert therapy.parts["end"].place == "Procedure/pt2025-02-25"
    assert chiropractic.value["kind"] == "chiropractic"


def test_three_codes_of_one_day_are_one_visit() -> None:
    codes = ["97110", "97112", "97530"]
    chart = read(*[procedure(one, coded(CPT, one)) for one in codes])
    assert only(chart, "treatments").value["visits"] == 1


def test_therapy_years_ago_is_another_course() -> None:
    """Otherwise a knee treated in 2010 would look like fifteen years of therapy."""
    days = ["2010-02-01", "2010-03-01", "2025-01-07", "2025-02-04"]
    chart = read(*[procedure(one, coded(CPT, "97110"), performedDateTime=one) for one in days])
    assert [fact.value["visits"] for fact in facts(chart, "treatments")] == [2, 2]


@pytest.mark.parametrize(
    ("review", "visits", "last"), [("2025-03-01", 3, "2025-02-25"), ("2025-02-01", 2, "2025-01-14")]
)
def test_sessions_after_the_review_date_do_not_count(review: str, visits: int, last: str) -> None:
    days = ["2025-01-07", "2025-01-14", "2025-02-25"]
    chart = read(*[procedure(one, coded(CPT, "97110"), performedDateTime=one) for one in days])
    ((course,),) = (findings(chart, review=review)["treatments"],)
    assert (course["visits"], course["end"]) == (visits, day(last))


def test_a_course_that_goes_on_after_the_review_date_lasts_until_then() -> None:
    period = {"start": "2025-01-01", "end": "2025-02-12"}
    chart = read(procedure("c", coded(CPT, "97110"), performedDateTime=None, performedPeriod=period))
    ((course,),) = (findings(chart, review="2025-01-20")["treatments"],)
    assert course["end"] == day("2025-01-20")


def test_a_course_over_weeks_has_no_number_of_visits() -> None:
    period = {"start": "2025-01-01", "end": "2025-02-12"}
    chart = read(procedure("c", coded(CPT, "97110"), performedDateTime=None, performedPeriod=period))
    assert only(chart, "treatments").value == {"kind": "pt", "start": day("2025-01-01"), "end": day("2025-02-12")}


def test_treatment_of_the_knee_is_not_treatment_of_the_joint() -> None:
    knee = {"text": "right knee"}
    chart = read(procedure("k", coded(CPT, "97110"), bodySite=[knee]))
    assert chart.facts == []
    assert "another part of the body" in why(chart, "k")
    assert facts(read(procedure("b", coded(CPT, "97110"), bodySite=[coded(SNOMED, "52612000")])), "treatments")


def test_treatment_without_a_date_is_listed() -> None:
    chart = read(procedure("k", coded(CPT, "97110"), performedDateTime=None))
    assert chart.facts == []
    assert "without a date" in why(chart, "k")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (coded(CPT, "97140"), "manual_therapy"),
        (coded(SNOMED, "44868003"), "acupuncture"),
        (coded(SNOMED, "228557008"), "cbt"),
        (coded(HCPCS, "L0621"), "bracing"),
        (coded("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "L0621"), "bracing"),
    ],
)
def test_kinds_of_treatment(code: dict[str, Any], kind: str) -> None:
    assert only(read(procedure("t", code)), "treatments").value["kind"] == kind


# --------------------------------------------------------------------------------------------------- imaging


@pytest.mark.parametrize(
    "done",
    [
        procedure("i", coded(SNOMED, "1332285003")),
        resource("DiagnosticReport", "i", status="final", code=coded(LOINC, "36031-3"), effectiveDateTime="2025-03-04"),
        resource("ImagingStudy", "i", status="available", procedureCode=[coded(LOINC, "36031-3")], started="2025-03-04"),
        resource(
            "ImagingStudy",
            "i",
            status="available",
            started="2025-03-04",
            series=[{"modality": {"code": "MR"}, "bodySite": {"system": SNOMED, "code": "39723000"}}],
        ),
        resource("DiagnosticReport", "i", status="final", code=coded(CPT, "72195", words="MRI SI joints"), effectiveDateTime="2025-03-04"),
        resource("Observation", "i", status="final", code=coded(LOINC, "36031-3"), effectiveDateTime="2025-03-04"),
    ],
)  # fmt: skip
def test_an_mri_of_the_joint_on_file(done: dict[str, Any]) -> None:
    found = findings(read(done))
    assert found["mri_sij_done"] is True
    assert found["img_sij_ct_or_mri"] is True


def test_an_mri_of_the_pelvis_is_not_one_of_the_joint() -> None:
    chart = read(procedure("i", coded(CPT, "72195")))
    assert chart.facts == []
    assert why(chart, "i")


def test_a_report_that_is_not_there_yet_is_no_imaging() -> None:
    for state in ("registered", "cancelled", "entered-in-error"):
        report = resource("DiagnosticReport", "i", status=state, code=coded(LOINC, "36031-3"))
        assert read(report).facts == []
        assert read(resource("ImagingStudy", "i", status=state, procedureCode=[coded(LOINC, "36031-3")])).facts == []


def test_the_text_of_a_report_is_listed_as_not_read() -> None:
    form = [{"contentType": "application/pdf", "data": "JVBERi0="}]
    report = resource(
        "DiagnosticReport", "i", status="final", code=coded(LOINC, "36031-3"), conclusion="Oedema.", presentedForm=form
    )
    assert [one.why for one in read(report).coverage.texts] == ["text is not read"] * 2


def test_a_coded_conclusion_is_a_diagnosis_of_that_day() -> None:
    report = resource(
        "DiagnosticReport", "i", status="final", code=coded(LOINC, "36031-3"), effectiveDateTime="2025-03-04",
        conclusionCode=[coded(SNOMED, "125872003"), coded(SNOMED, "59621000")],
    )  # fmt: skip
    chart = read(report)
    assert findings(chart)["sacral_fracture_on_mri_or_ct"] is True
    assert chart.coverage.unknown_codes == {f"{SNOMED}|59621000": 1}


def test_a_laboratory_panel_is_counted_and_no_finding() -> None:
    report = resource("DiagnosticReport", "l", status="final", code=coded(LOINC, "57698-3", "Lipid panel"))
    chart = read(report)
    assert chart.coverage.not_read == {"DiagnosticReport": 1}
    assert chart.coverage.unknown_codes == {f"{LOINC}|57698-3 Lipid panel": 1}
    known = resource("DiagnosticReport", "k", status="final", code=coded(LOINC, "1988-5"))
    assert "nothing in the review uses it" in why(read(known), "k")


def test_documents_are_listed_as_unread_text() -> None:
    note = resource(
        "DocumentReference",
        "n",
        status="current",
        type=coded(LOINC, "28570-0", "Procedure Note"),
        date="2025-03-04T10:00:00Z",
    )
    old = {**note, "id": "old", "status": "superseded"}
    letter = resource("Composition", "c", status="final", title="Discharge letter")
    chart = read(note, old, letter, {**letter, "id": "e", "status": "entered-in-error"})
    assert [one.what for one in chart.coverage.texts] == ["Discharge letter", "Procedure Note of 2025-03-04"]
    assert "newer document" in why(chart, "old")


# --------------------------------------------------------------------------------------------------- allergy


def allergy(code: dict[str, Any], **content: Any) -> dict[str, Any]:
    """An active allergy."""
    return resource("AllergyIntolerance", "a", **{"clinicalStatus": status("active"), "code": code, **content})


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        (coded(SNOMED, "426722004"), "contrast_allergy"),
        (coded(SNOMED, "385420005"), "contrast_allergy"),
        (coded("http://www.nlm.nih.gov/research/umls/rxnorm", "5956"), "contrast_allergy"),
        ({"text": "IV contrast dye"}, "contrast_allergy"),
        ({"text": "Lidocaine HCl"}, "local_anaesthetic_allergy"),
        ({"text": "bupivacaine"}, "local_anaesthetic_allergy"),
    ],
)
def test_allergies_to_contrast_and_local_anaesthetic(code: dict[str, Any], finding: str) -> None:
    assert findings(read(allergy(code)))[finding] is True


@pytest.mark.parametrize(
    "content",
    [
        {"verificationStatus": status("refuted")},
        {"verificationStatus": status("entered-in-error")},
        {"clinicalStatus": status("resolved")},
        {"clinicalStatus": status("inactive")},
    ],
)
def test_an_allergy_that_is_not_one(content: dict[str, Any]) -> None:
    chart = read(allergy(coded(SNOMED, "426722004"), **content))
    assert chart.facts == []
    assert why(chart, "a")


@pytest.mark.parametrize("words", ["Gadolinium contrast", "MRI contrast", "barium contrast"])
def test_other_contrast_is_not_iodinated(words: str) -> None:
    assert read(allergy({"text": words})).facts == []


def test_another_allergy_is_listed() -> None:
    assert "nothing in the review uses it" in why(read(allergy(coded(SNOMED, "111088007", "Latex"))), "a")
    assert read(allergy({"text": "peanut"})).coverage.unknown_codes == {"no code: peanut": 1}
    assert read(resource("AllergyIntolerance", "a")).coverage.unknown_codes == {"no code and no text": 1}


def test_the_substance_may_stand_in_the_reaction() -> None:
    reaction = [{"substance": coded(SNOMED, "426722004"), "manifestation": [{"text": "hives"}]}]
    chart = read(resource("AllergyIntolerance", "a", reaction=reaction, onsetDateTime="2012"))
    assert only(chart, "contrast_allergy").when == day("2012")
