"""The FHIR report: accepted by an independent validator, and what it says is what the review says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import pytest

from sacroiliac.report import fhir
from sacroiliac.review import Review
from tests.charts import chart, reviewer, with_findings, with_injections
from tests.fhir_validator import issues, with_entries
from tests.test_examples import EXAMPLES, reviews

Resource = dict[str, Any]
NAMES = [file.stem for file in EXAMPLES]


@cache
def written(name: str) -> Resource:
    """The Bundle of an example."""
    found: Resource = json.loads(fhir.render_all(reviews()[name]))
    return found


def of_type(bundle: Resource, kind: str) -> list[Resource]:
    """The resources of one type in a Bundle."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def only(bundle: Resource, kind: str) -> Resource:
    """The only resource of a type in a Bundle."""
    (found,) = of_type(bundle, kind)
    return found


def rendered(*listed: Review) -> Resource:
    """The Bundle of some reviews."""
    found: Resource = json.loads(fhir.render_all(listed))
    return found


# ------------------------------------------------------------------------------------------------- valid FHIR


def test_every_bundle_is_valid() -> None:
    """One run for all: starting the validator takes longer than its work."""
    assert issues([one for name in NAMES for one in with_entries(written(name))]) == []


def broken_status(bundle: Resource) -> None:
    del only(bundle, "CarePlan")["status"]


def broken_probability(bundle: Resource) -> None:
    of_type(bundle, "RiskAssessment")[0]["prediction"][0]["probabilityDecimal"] = "48"


def broken_name(bundle: Resource) -> None:
    only(bundle, "ClinicalImpression")["conclusion"] = "there is no such element"


def broken_agent(bundle: Resource) -> None:
    del only(bundle, "Provenance")["agent"]


def broken_number(bundle: Resource) -> None:
    only(bundle, "ClinicalImpression")["finding"] = {"itemCodeableConcept": {"text": "should be a list"}}


def broken_code(bundle: Resource) -> None:
    only(bundle, "CarePlan")["activity"][0]["detail"]["status"] = "to-do"


def broken_coding(bundle: Resource) -> None:
    only(bundle, "Provenance")["agent"][0]["type"]["coding"][0]["code"] = "program"


@pytest.mark.parametrize(
    "harm",
    [broken_status, broken_probability, broken_name, broken_agent, broken_number, broken_code, broken_coding],
    ids=lambda one: one.__name__,
)
def test_a_broken_bundle_is_refused(harm: Any) -> None:
    bundle = deepcopy(written("hip-behind-it"))
    harm(bundle)
    assert issues(with_entries(bundle))


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_leads_to_an_entry(name: str) -> None:
    bundle = written(name)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    references = list(_values(bundle, "reference"))
    assert references
    assert set(references) <= set(urls)
    for entry in bundle["entry"]:
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"


@pytest.mark.parametrize("name", NAMES)
def test_everything_has_words_for_a_reader_without_a_program(name: str) -> None:
    for one in with_entries(written(name))[1:]:
        assert one["text"]["status"] == "generated"
        assert len(one["text"]["div"]) > len('<div xmlns="http://www.w3.org/1999/xhtml"><p></p></div>')


def _values(part: Any, key: str) -> Iterator[Any]:
    if isinstance(part, dict):
        if key in part:
            yield part[key]
        for each in part.values():
            yield from _values(each, key)
    elif isinstance(part, list):
        for each in part:
            yield from _values(each, key)


# ---------------------------------------------------------------------------------------------- what it says


@pytest.mark.parametrize("name", NAMES)
def test_one_risk_assessment_for_each_source_with_its_probability_in_percent(name: str) -> None:
    """FHIR R4: "Decimal values are expressed as percentages as well (max = 100)"."""
    (review, *_), bundle = reviews()[name], written(name)
    found = {one["prediction"][0]["outcome"]["coding"][0]["code"]: one for one in of_type(bundle, "RiskAssessment")}
    assert len(found) == len(of_type(bundle, "RiskAssessment")) == len(review.sources)
    for source in review.sources:
        risk = found[source.id.replace("_", "-")]
        (prediction,) = risk["prediction"]
        assert prediction["probabilityDecimal"] == pytest.approx(source.probability.value * 100, abs=0.006)
        (interval,) = prediction["extension"]
        low, high = (interval["valueRange"][end]["value"] for end in ("low", "high"))
        assert (low, high) == pytest.approx((source.probability.low * 100, source.probability.high * 100), abs=0.006)
        assert interval["valueRange"]["low"]["code"] == "%"
        assert f"{low:g} to {high:g}%" in prediction["rationale"]
        assert "qualifiedRisk" not in prediction  # no cut between high and low risk is published


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_stated_as_a_clinician_would(name: str) -> None:
    """No clinician has looked at it, and nothing is ordered."""
    bundle = written(name)
    assert only(bundle, "ClinicalImpression")["status"] == "in-progress"
    assert "assessor" not in only(bundle, "ClinicalImpression")
    assert {one["status"] for one in of_type(bundle, "RiskAssessment")} == {"preliminary"}
    plan = only(bundle, "CarePlan")
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")
    assert {one["detail"]["status"] for one in plan["activity"]} == {"not-started"}
    assert "Not for emergencies" in only(bundle, "ClinicalImpression")["note"][0]["text"]


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_begins_with_the_proposed_step(name: str) -> None:
    (review, *_), plan = reviews()[name], only(written(name), "CarePlan")
    assert review.first_step is not None
    first = plan["activity"][0]["detail"]
    assert first["code"]["coding"][0]["code"] == str(review.first_step.proposed.option).replace("_", "-")
    assert first["statusReason"]["text"].startswith("Proposed first.")
    assert review.first_step.proposed.because in plan["description"]
    assert sum("Proposed first" in one["detail"]["statusReason"]["text"] for one in plan["activity"]) == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_option_with_a_reason_against_it_is_not_in_the_plan(name: str) -> None:
    (review, *_), plan = reviews()[name], only(written(name), "CarePlan")
    listed = {one["detail"]["code"]["coding"][0]["code"] for one in plan["activity"]}
    assert not {one.id.replace("_", "-") for one in review.options if one.status == "not now"} & listed


@pytest.mark.parametrize("name", NAMES)
def test_no_drug_dose_or_order_is_invented(name: str) -> None:
    bundle = written(name)
    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert kinds == {"Patient", "Device", "ClinicalImpression", "RiskAssessment", "CarePlan", "Provenance"}
    for key in ("dailyAmount", "quantity", "dosage", "doseQuantity", "productCodeableConcept", "productReference"):
        assert not list(_values(bundle, key))
    # What is said of amounts (a small volume of a block) is said by the option itself.
    stated = msgspec.json.encode(reviews()[name][0].options).decode()
    for amount in re.findall(r"\d+(?:\.\d+)? ?(?:mg|mL|mcg)\b", json.dumps(only(bundle, "CarePlan")["activity"])):
        assert amount in stated


def test_an_urgent_red_flag_stands_first_and_alone() -> None:
    bundle = written("fever-after-injection")
    impression, plan = only(bundle, "ClinicalImpression"), only(bundle, "CarePlan")
    assert impression["summary"].startswith("STOP")
    flag = impression["finding"][0]
    assert flag["itemCodeableConcept"]["text"] == "Red flag: Possible infection of the joint or spine"
    assert "no further steroid injection" in flag["basis"]
    (only_step,) = plan["activity"]
    assert only_step["detail"]["code"]["coding"][0]["code"] == "emergency-referral"
    for one in of_type(bundle, "RiskAssessment"):
        assert "An urgent red flag is present" in one["note"][0]["text"]


@pytest.mark.parametrize("name", NAMES)
def test_red_flags_present_are_findings_and_those_not_asked_are_named(name: str) -> None:
    (review, *_), impression = reviews()[name], only(written(name), "ClinicalImpression")
    found = [one["itemCodeableConcept"]["text"] for one in impression.get("finding", [])]
    notes = " ".join(one["text"] for one in impression["note"])
    for flag in review.red_flags:
        assert (f"Red flag: {flag.label}" in found) == (flag.status == "present")
        if flag.status == "not asked":
            assert flag.label in notes
    assert "no all-clear" in notes


def test_what_the_injection_showed_is_a_finding() -> None:
    found = only(written("relief-lost-in-days-fhir"), "ClinicalImpression")["finding"]
    (read,) = [one for one in found if "Injection of 2025-03-18" in one["itemCodeableConcept"]["text"]]
    assert "steroid did not hold" in read["itemCodeableConcept"]["text"]
    assert "the joint is supported as the source" in read["basis"]


def test_a_drug_that_is_unsafe_is_a_finding() -> None:
    found = only(written("relief-lost-in-days-fhir"), "ClinicalImpression")["finding"]
    words = [one["itemCodeableConcept"]["text"] for one in found]
    assert "Medication safety (caution): gabapentinoid with another drug or state that slows breathing" in words


def test_a_source_names_the_entries_of_the_chart_it_rests_on() -> None:
    risks = of_type(written("relief-lost-in-days-fhir"), "RiskAssessment")
    (joint,) = [one for one in risks if one["prediction"][0]["outcome"]["coding"][0]["code"] == "sij-joint"]
    basis = [one["display"] for one in joint["basis"]]
    assert any("relief-lost-in-days-fhir.json, Procedure/injection" in one for one in basis)
    assert any("Observation/thigh-thrust" in one for one in basis)
    assert not any("/examples/" in one for one in basis)


def test_an_option_that_is_open_only_because_of_a_gap_says_what_is_missing() -> None:
    (review, *_) = reviews()["claim-only"]
    plan = only(written("claim-only"), "CarePlan")
    states = {
        one["detail"]["code"]["coding"][0]["code"]: one["detail"]["statusReason"]["text"] for one in plan["activity"]
    }
    undecided = [one.id.replace("_", "-") for one in review.options if one.status == "undecided"]
    assert undecided
    assert all("Open question" in states[one] for one in undecided)
    assert "missing: " in states["mis-fusion"]


@pytest.mark.parametrize("name", NAMES)
def test_publications_are_named(name: str) -> None:
    bundle = written(name)
    (review, *_) = reviews()[name]
    (first,) = [one for one in of_type(bundle, "RiskAssessment") if _code(one) == _local(review.sources[0].id)]
    cited = [key for one in review.sources[0].contributions for key in one.cite] + list(review.sources[0].share.cite)
    words = first["note"][-1]["text"]
    assert words.startswith("Rests on: ")
    for key in cited:
        assert review.references[key].short in words
    assert "Rests on: " in json.dumps(only(bundle, "ClinicalImpression")["note"])
    assert "Rests on: " in json.dumps(only(bundle, "CarePlan")["note"])


def _code(risk: Resource) -> str:
    return str(risk["prediction"][0]["outcome"]["coding"][0]["code"])


def _local(name: str) -> str:
    return name.replace("_", "-")


def test_what_was_read_from_memory_only_is_marked() -> None:
    plan = only(written("relief-lost-in-days"), "CarePlan")
    (review, *_) = reviews()["relief-lost-in-days"]
    recalled = {one.reference for one in review.references.values() if one.status == "recalled"}
    seen = {one.reference for one in review.references.values() if one.status == "verified"}
    words = json.dumps(plan, ensure_ascii=False)
    marked = set(re.findall(r"\((\w+)\) \(!\) not confirmed", words))
    assert marked
    assert marked <= recalled
    assert not any(f"({one}) (!)" in words for one in seen - recalled)


def test_findings_whose_figures_are_not_confirmed_are_said_to_move_nothing() -> None:
    bundle = rendered(with_findings({"psoriasis": True, "pain_onset_date": "2023-01-01"}))
    notes = " ".join(one["text"] for one in only(bundle, "ClinicalImpression")["note"])
    assert "(!) not confirmed, so left out of the probabilities: Psoriasis" in notes
    assert issues(with_entries(bundle)) == []


# ------------------------------------------------------------------------------- who, what by, and when


@pytest.mark.parametrize("name", NAMES)
def test_the_provenance_names_program_version_and_chart(name: str) -> None:
    bundle, (review, *_) = written(name), reviews()[name]
    provenance, device = only(bundle, "Provenance"), only(bundle, "Device")
    (agent,) = provenance["agent"]
    assert agent["who"]["reference"] == f"urn:uuid:{device['id']}"
    assert review.versions.program in agent["who"]["display"]
    assert review.versions.knowledge in agent["who"]["display"]
    assert {one["value"] for one in device["version"]} >= {review.versions.program, review.versions.knowledge}
    made = {
        f"urn:uuid:{one['id']}"
        for kind in ("ClinicalImpression", "RiskAssessment", "CarePlan")
        for one in of_type(bundle, kind)
    }
    assert {one["reference"] for one in provenance["target"]} == made
    assert provenance["entity"][0]["what"]["display"].startswith(f"{name}.")


@pytest.mark.parametrize("name", NAMES)
def test_every_date_is_the_review_date(name: str) -> None:
    """The program never reads the clock."""
    bundle, (review, *_) = written(name), reviews()[name]
    for key in ("date", "created", "effectiveDateTime", "occurrenceDateTime", "occurredDateTime"):
        assert set(_values(bundle, key)) <= {review.who.review_date}
    assert set(_values(bundle, "recorded")) == {f"{review.who.review_date}T00:00:00Z"} == {bundle["timestamp"]}


def test_the_same_review_gives_the_same_bytes() -> None:
    one = reviews()["postpartum"]
    assert fhir.render_all(one) == fhir.render_all(list(one))


def test_the_folder_of_a_chart_changes_nothing() -> None:
    here, there = (
        reviewer().review([replace(chart("findings: {fever: no}"), file=f"{folder}chart.yaml")])
        for folder in ("", "/elsewhere/")
    )
    names = [[entry["fullUrl"] for entry in rendered(*one)["entry"]] for one in (here, there)]
    assert names[0] == names[1]


def test_another_finding_makes_another_review_of_the_same_patient() -> None:
    one, other = (
        rendered(with_findings({"fever": False, **more}))
        for more in ({}, {"thigh_thrust": {"value": True, "side": "right"}})
    )
    assert only(one, "Patient")["id"] == only(other, "Patient")["id"]
    assert only(one, "CarePlan")["id"] != only(other, "CarePlan")["id"]


def test_both_sides_are_two_impressions_of_one_patient() -> None:
    head = "patient: {id: both, birth_date: 1970-06-15, sex: female}\nside: bilateral\nreview_date: 2025-06-01\n"
    bundle = rendered(*reviewer().review([chart("findings: {fever: no}", head)]))
    assert len(of_type(bundle, "Patient")) == len(of_type(bundle, "Device")) == 1
    impressions = of_type(bundle, "ClinicalImpression")
    assert {one["description"] for one in impressions} == {
        "Sacroiliac review, left side",
        "Sacroiliac review, right side",
    }
    assert len(of_type(bundle, "Provenance")) == 2
    assert issues(with_entries(bundle)) == []


def test_a_patient_without_an_identifier_gets_none() -> None:
    """Two patients that are "not stated" are not one patient."""
    head = "patient: {sex: female}\nside: right\nreview_date: 2025-06-01\n"
    one, other = (
        rendered(*reviewer().review([chart(f"findings: {{fever: {answer}}}", head)])) for answer in ("no", "yes")
    )
    assert "identifier" not in only(one, "Patient")
    assert only(one, "Patient")["id"] != only(other, "Patient")["id"]


def test_words_of_a_chart_cannot_break_the_narrative() -> None:
    head = "patient: {id: '<script>&', sex: female}\nside: right\nreview_date: 2025-06-01\n"
    (review,) = reviewer().review([chart("findings: {fever: no}", head)])
    assert "&lt;script&gt;&amp;" in only(rendered(review), "Patient")["text"]["div"]


def test_an_interval_that_could_not_be_worked_out_is_left_out() -> None:
    review = with_injections({"relief_percent": 90})
    nan = msgspec.structs.replace(review.sources[0].probability, low=float("nan"), high=float("nan"))
    first = msgspec.structs.replace(review.sources[0], probability=nan)
    changed = msgspec.structs.replace(review, sources=(first, *review.sources[1:]))
    risk = of_type(rendered(changed), "RiskAssessment")[0]
    assert "extension" not in risk["prediction"][0]
    assert "no interval" in risk["prediction"][0]["rationale"]
