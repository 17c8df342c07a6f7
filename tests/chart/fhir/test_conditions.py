"""Conditions (section 4): which diagnoses count, since when, and whether they go on."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.chart.facts import ONGOING
from tests.chart.fhir.make import (
    ICD,
    LEFT,
    SNOMED,
    coded,
    condition,
    day,
    facts,
    only,
    read,
    resource,
    site,
    status,
    unread,
    why,
)
from tests.chart.fhir.test_traps import findings, not_used

DIABETES = coded(ICD, "E11.9")
UVEITIS = coded(ICD, "H20.9")


@pytest.mark.parametrize("state", ["refuted", "entered-in-error"])
def test_refuted_and_entered_in_error_never_count(state: str) -> None:
    """A refuted hip arthritis does not make a finding."""
    chart = read(condition("hip", coded(ICD, "M16.11"), verificationStatus=status(state)))
    assert chart.facts == []
    assert why(chart, "hip") == state.replace("-", " ")
    assert chart.coverage.not_read == {"Condition": 1}


@pytest.mark.parametrize("state", ["provisional", "differential", "unconfirmed"])
def test_a_suspicion_is_not_a_diagnosis(state: str) -> None:
    chart = read(condition("as", coded(ICD, "M45.9"), verificationStatus=status(state)))
    assert "axspa_diagnosed" not in findings(chart)
    assert "not confirmed" in why(chart, "as")


def test_snomed_and_icd_codings_of_one_condition_are_one_statement() -> None:
    both = {"coding": [DIABETES["coding"][0], {"system": SNOMED, "code": "44054006"}]}
    assert len(facts(read(condition("d", both)), "diabetes")) == 1


def test_an_active_condition_without_end_goes_on() -> None:
    fact = only(read(condition("d", DIABETES, onsetDateTime="2016")), "diabetes")
    assert fact.when == day("2016")
    assert fact.until == ONGOING


def test_an_active_chronic_condition_counts_years_later() -> None:
    """Radiculopathy counts for a year after it was seen; an entry that is active still counts."""
    code = coded(ICD, "M54.17")
    place: dict[str, Any] = {
        "onsetDateTime": "2021-02-01",
        "recordedDate": "2021-02-01",
        "bodySite": [site("24028007")],
    }
    assert findings(read(condition("r", code, **place)))["radiculopathy"] is True
    assert "radiculopathy" not in findings(read(condition("r", code, clinical=None, **place)))


def test_a_resolved_pregnancy_does_not_make_the_patient_pregnant() -> None:
    """Published synthetic charts keep resolved pregnancies in the list."""
    ended = condition(
        "p1", coded(SNOMED, "72892002"), "resolved", onsetDateTime="2019-03-01", abatementDateTime="2019-11-20"
    )
    assert "pregnant" not in findings(read(ended))


def test_an_old_pregnancy_that_nobody_closed_has_ended_too() -> None:
    left_open = condition("p1", coded(ICD, "Z34.90"), onsetDateTime="2022-03-01", recordedDate="2022-03-01")
    assert "pregnant" not in findings(read(left_open))


def test_a_recent_active_pregnancy_counts() -> None:
    assert findings(read(condition("p1", coded(ICD, "Z34.90"), recordedDate="2025-03-01")))["pregnant"] is True


def test_a_fracture_left_open_for_years_is_not_acute() -> None:
    old = condition("f", coded(ICD, "S32.10XA"), onsetDateTime="2015-01-01", recordedDate="2015-01-01")
    new = condition("f", coded(ICD, "S32.10XA"), onsetDateTime="2025-04-01", recordedDate="2025-04-01")
    assert "sij_fracture_acute" not in findings(read(old))
    assert findings(read(new))["sij_fracture_acute"] is True


def test_a_fracture_that_healed_stays_a_fracture_in_the_history() -> None:
    """It is no longer acute, and still speaks against drugs that make the old fall."""
    place = {"onsetDateTime": "2015-01-01", "recordedDate": "2015-01-01"}
    healed = condition("f", coded(ICD, "S32.10XA"), "resolved", abatementDateTime="2015-04-01", **place)
    for entry in (healed, condition("f", coded(ICD, "S32.10XA"), **place)):
        assert findings(read(entry))["falls_or_fractures"] is True
        assert "sij_fracture_acute" not in findings(read(entry))
    assert "falls_or_fractures" not in findings(read(condition("u", UVEITIS)))


def test_what_is_over_still_counts_as_history() -> None:
    chart = read(condition("u", UVEITIS, "resolved", onsetDateTime="2009-05", abatementDateTime="2009-08-01"))
    assert findings(chart)["uveitis"] is True


def test_what_is_over_does_not_count_as_present() -> None:
    smoker = condition("s", coded(ICD, "F17.210"), "resolved", onsetDateTime="2001", abatementDateTime="2012")
    chart = read(smoker)
    assert "nicotine_status" not in findings(chart)
    assert not_used(chart) == ["over by 2012"]


def test_what_is_over_later_was_present_on_the_review_date() -> None:
    """An end decides by the review date, whatever the entry says today."""
    ends = condition("s", coded(ICD, "F17.210"), "resolved", onsetDateTime="2001", abatementDateTime="2025-05-01")
    assert findings(read(ends), review="2025-03-01")["nicotine_status"] == "current"
    assert "nicotine_status" not in findings(read(ends), review="2025-06-01")
    known_ahead = condition("s", coded(ICD, "F17.210"), "active", onsetDateTime="2001", abatementDateTime="2026-05-01")
    assert findings(read(known_ahead))["nicotine_status"] == "current"


def test_an_end_without_a_date_is_an_end() -> None:
    chart = read(condition("d", DIABETES, clinical=None, abatementString="after surgery"))
    assert facts(chart, "diabetes") == []


def test_a_moderate_depression_is_found_by_its_words() -> None:
    """A flat list of SNOMED codes misses children: 832007 is one that was missed."""
    chart = read(condition("d", coded(SNOMED, "832007", "Moderate major depression (disorder)")))
    assert findings(chart)["depression_or_anxiety"] is True


@pytest.mark.parametrize(
    "words",
    [
        "Family history of malignant neoplasm",
        "Suspected lung carcinoma",
        "Carcinoma in situ of skin",
        "Screening for malignant neoplasm",
        "Gestational diabetes mellitus",
        "No depressive disorder",
        "Major depression in remission",
    ],
)
def test_words_around_a_diagnosis_can_take_it_back(words: str) -> None:
    chart = read(condition("w", {"text": words}))
    assert chart.facts == []
    assert chart.coverage.unknown_codes == {f"no code: {words}": 1}


def test_a_history_of_cancer_is_a_history_and_nothing_else() -> None:
    chart = read(condition("h", {"text": "History of malignant neoplasm of breast"}))
    assert [fact.concept for fact in chart.facts] == ["cancer_history"]


def test_the_words_of_an_unknown_billing_code_are_not_read() -> None:
    """An ICD-10-CM code that is not in the tables means something else."""
    assert read(condition("x", coded(ICD, "Z80.3", "Malignant neoplasm in a relative"))).facts == []


def test_side_comes_from_the_code() -> None:
    fact = only(read(condition("hip", coded(ICD, "M16.12"))), "hip_osteoarthritis")
    assert fact.side == "left"


def test_a_code_without_its_dot_is_the_same_code() -> None:
    assert only(read(condition("hip", coded(ICD, "M1612"))), "hip_osteoarthritis").side == "left"


def test_two_places_that_disagree_leave_the_side_unknown() -> None:
    chart = read(condition("hip", coded(ICD, "M16.11"), bodySite=[site(LEFT)]))
    assert only(chart, "hip_osteoarthritis").side is None
    assert "the side is not clear: right (code), left (body site)" in why(chart, "hip")


def test_a_date_that_cannot_be_read_is_listed_and_the_condition_kept() -> None:
    chart = read(condition("d", DIABETES, onsetDateTime="0000-00-00", recordedDate="2020-05-05"))
    assert only(chart, "diabetes").when == day("2020-05-05")
    assert "its date is not used" in why(chart, "d")


def test_status_as_plain_text_is_understood() -> None:
    assert only(read(condition("d", DIABETES, clinical=None, clinicalStatus="active")), "diabetes").until == ONGOING


def test_a_fracture_code_without_site_counts_with_the_sacrum_named() -> None:
    code = coded(ICD, "M84.48XA")
    assert read(condition("f", code)).facts == []
    worded = {**code, "text": "Pathological fracture of sacrum"}
    assert only(read(condition("f", worded)), "sacral_insufficiency_fracture").value is True
    assert only(read(condition("f", code, bodySite=[coded(SNOMED, "54735007")])), "sacral_insufficiency_fracture")


def test_a_status_fused_says_neither_where_nor_what() -> None:
    chart = read(condition("z", coded(ICD, "Z98.1")))
    assert chart.facts == []
    assert "does not say which part of the spine" in why(chart, "z")


def test_a_contained_condition_is_read_with_its_owner() -> None:
    inner = {"resourceType": "Condition", "id": "c", "code": DIABETES, "clinicalStatus": status("active")}
    owner = resource(
        "ServiceRequest", "s", status="active", intent="order", code={"text": "eye check"}, contained=[inner]
    )
    chart = read(owner)
    assert only(chart, "diabetes").origin.place == "ServiceRequest/s#c"


def test_what_is_inside_a_withdrawn_resource_is_withdrawn() -> None:
    inner = {"resourceType": "Condition", "id": "c", "code": DIABETES, "clinicalStatus": status("active")}
    owner = resource("Procedure", "s", status="entered-in-error", code={"text": "x"}, contained=[inner])
    chart = read(owner)
    assert chart.facts == []
    assert any("entered in error" in one.why for one in chart.coverage.unread)


def test_unknown_codes_are_counted_with_their_words() -> None:
    chart = read(*[condition(str(number), coded(SNOMED, "59621000", "Hypertension")) for number in range(3)])
    assert chart.coverage.unknown_codes == {f"{SNOMED}|59621000 Hypertension": 3}
    assert chart.coverage.not_read == {"Condition": 3}
    assert unread(chart, "0") == []


@pytest.mark.parametrize(
    "system",
    [
        "urn:oid:2.16.840.1.113883.6.90",
        "2.16.840.1.113883.6.90",
        "https://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10-cm/",
    ],
)
def test_every_form_of_a_code_system_is_understood(system: str) -> None:
    assert only(read(condition("d", coded(system, "E11.9"))), "diabetes").value is True


def test_a_foreign_icd_10_is_not_icd_10_cm() -> None:
    assert read(condition("d", coded("http://hl7.org/fhir/sid/icd-10", "E11.9"))).facts == []
