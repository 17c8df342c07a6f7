"""Whose chart it is: two patients are never mixed."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.cases import review_date
from sacroiliac.errors import InputError
from tests.chart.fhir.make import (
    ICD,
    LOCAL,
    PATIENT,
    bundle,
    coded,
    condition,
    day,
    exam,
    facts,
    observation,
    only,
    read,
    read_json,
    resource,
    why,
)
from tests.charts import reviewer

DIABETES = coded(ICD, "E11.9")


def about(reference: Any) -> dict[str, Any]:
    """A condition about somebody."""
    return condition("d", DIABETES, subject=reference)


@pytest.mark.parametrize(
    ("said", "died"),
    [
        ({}, None),
        ({"deceasedBoolean": False}, None),
        ({"deceasedBoolean": True}, "date not stated"),
        ({"deceasedDateTime": "2025-03-01T10:00:00Z"}, "2025-03-01"),
        ({"deceasedDateTime": "2025-03"}, "2025-03"),
        ({"deceasedDateTime": "soon"}, "date not stated"),
        ({"deceasedDateTime": "2025-07-01"}, None),
    ],
)
def test_a_patient_who_died_is_told_and_nothing_is_to_be_done(said: dict[str, Any], died: str | None) -> None:
    """By the review date: a review of a day before the death is that of a living patient."""
    (found,) = reviewer().review([read(condition("d", DIABETES), patient=PATIENT | said)], as_of=day("2025-06-01")[1])
    assert found.who.died == died
    first = found.headline[0].text
    assert (f"the patient died ({died})" in first) == (died is not None)
    assert any("Do first" in one.text for one in found.headline) == (died is None)


def test_patient_date_of_birth_and_sex() -> None:
    chart = read(condition("d", DIABETES))
    assert (chart.patient.id, chart.patient.birth, chart.patient.sex) == ("p", day("1970-06-15"), "female")
    assert chart.kind == "FHIR"


@pytest.mark.parametrize("gender", ["other", "unknown", None, "F"])
def test_a_sex_that_is_not_stated_stays_open(gender: str | None) -> None:
    assert read(condition("d", DIABETES), patient={**PATIENT, "gender": gender}).patient.sex is None


def test_a_date_of_birth_may_be_a_year() -> None:
    assert read(condition("d", DIABETES), patient={**PATIENT, "birthDate": "1970"}).patient.birth == day("1970")


def test_an_impossible_date_of_birth_is_listed() -> None:
    chart = read(condition("d", DIABETES), patient={**PATIENT, "birthDate": "0000-00-00"})
    assert chart.patient.birth is None
    assert "not between" in why(chart, "p")


def test_two_patients_are_refused_and_both_named() -> None:
    with pytest.raises(InputError, match=r"holds two patients, Patient/p and Patient/q") as error:
        read(condition("d", DIABETES), {**PATIENT, "id": "q"})
    assert "nothing was read" in error.value.cure


@pytest.mark.parametrize("kind", ["Condition", "Encounter", "Claim"])
@pytest.mark.parametrize("reference", ["Patient/q", "http://other.example.org/fhir/Patient/q"])
def test_a_resource_of_another_patient_is_refused(kind: str, reference: str) -> None:
    """Also one of a type that is not read: a chart that mixes two people is wrong as a whole."""
    with pytest.raises(InputError, match="holds two patients"):
        read({"resourceType": kind, "id": "x", "subject": {"reference": reference}, "code": DIABETES})
    with pytest.raises(InputError, match=f"holds two patients, Patient/p and {reference} in {kind}/x\\."):
        read({"resourceType": kind, "id": "x", "patient": {"reference": reference}})


def test_the_same_id_on_another_server_is_another_patient() -> None:
    entries = bundle(about({"reference": "https://b.example.org/Patient/p"}))
    entries["entry"][0]["fullUrl"] = "https://a.example.org/Patient/p"
    with pytest.raises(InputError, match="holds two patients"):
        read_json(entries)


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/p"},
        {"reference": "Patient/p/_history/3"},
        {"reference": "https://a.example.org/Patient/p"},
        {"reference": "urn:uuid:6f0c1d1e"},
        {"reference": "p"},
        {"identifier": {"system": "urn:mrn", "value": "17"}},
    ],
)
def test_every_way_to_name_the_patient(reference: dict[str, Any]) -> None:
    patient = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": "17"}]}
    for url in ("https://a.example.org/Patient/p", "urn:uuid:6f0c1d1e"):
        if url.startswith("http") != ("uuid" in str(reference)):
            entries = bundle(about(reference), patient=patient)
            entries["entry"][0]["fullUrl"] = url
            assert only(read_json(entries), "diabetes")


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Group/g"},
        {"reference": "Device/d"},
        {"reference": "#inside"},
        {"reference": "urn:uuid:nobody"},
        {"identifier": {"system": "urn:mrn", "value": "99"}},
        {"identifier": {"system": ["odd"], "value": {}}},
        {"display": "Mrs Example"},
    ],
)
def test_what_is_not_clearly_about_the_patient_is_left_out_and_listed(reference: dict[str, Any]) -> None:
    chart = read(about(reference))
    assert chart.facts == []
    assert why(chart, "d")
    assert chart.coverage.not_read == {"Condition": 1}


def test_a_resource_that_names_nobody_is_about_the_patient() -> None:
    alone = condition("d", DIABETES)
    del alone["subject"]
    assert only(read(alone), "diabetes")


def test_a_chart_without_patient_takes_the_one_its_resources_name() -> None:
    chart = read(condition("d", DIABETES), about({"reference": "Patient/p/_history/2"}), patient=None)
    assert chart.patient.id == "p"
    assert chart.patient.birth is None
    assert any("does not describe the patient" in one.why for one in chart.coverage.unread)


def test_without_patient_the_identity_may_be_a_uuid_or_nothing() -> None:
    assert read(about({"reference": "urn:uuid:abc"}), patient=None).patient.id == "abc"
    nobody = condition("d", DIABETES)
    del nobody["subject"]
    assert read(nobody, patient=None).patient.id == "not stated"


def test_a_chart_without_patient_that_names_two_is_refused() -> None:
    with pytest.raises(InputError, match="Patient/a and Patient/b"):
        read(about({"reference": "Patient/a"}), about({"reference": "Patient/b"}) | {"id": "e"}, patient=None)


def test_a_patient_of_a_wrong_shape_is_listed_and_the_chart_read() -> None:
    chart = read(condition("d", DIABETES), patient={**PATIENT, "birthDate": 1970})
    assert only(chart, "diabetes")
    assert "not readable: 'birthDate' should be text" in why(chart, "p")


def test_a_contained_resource_about_somebody_else_is_left_out() -> None:
    inner = {"resourceType": "Condition", "id": "c", "code": DIABETES, "subject": {"reference": "Group/g"}}
    chart = read(resource("Procedure", "x", status="completed", code={"text": "y"}, contained=[inner]))
    assert facts(chart, "diabetes") == []


def test_the_review_date_is_the_last_day_of_the_chart_even_of_what_was_not_used() -> None:
    refused = exam("faber", side=None, effectiveDateTime="2025-05-20")
    unclear = observation(
        "score", coded(LOCAL, "thigh-thrust"), effectiveDateTime="2025-06-11", dataAbsentReason={"text": "asked"}
    )
    chart = read(condition("d", DIABETES), refused, unclear)
    assert chart.last_entry == day("2025-06-11")[0]
    assert review_date(chart, None)[0] == day("2025-06-11")[1]
