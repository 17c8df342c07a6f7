"""The supporting bundle: a draft of a request, this patient's resources and only those used, references that lead somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart.fhir import document
from sacroiliac.chart.read import read
from sacroiliac.errors import InputError
from sacroiliac.report import dtr
from sacroiliac.report.dtr.request import request
from sacroiliac.review.policies.cover import Coverer
from tests.charts import chart
from tests.fhir_validator import issues, with_entries
from tests.report.dtr.forms import KNOWLEDGE, NAMES, PAIRS, Resource, coverer, example, filled, shared

FHIR = [name for name in NAMES if example(name).kind == "FHIR"]
ASKED = ("sij_ia_therapeutic_repeat", "cms_siji_lcd")


POINTS_TO = {
    "patient": "Patient", "subject": "Patient", "beneficiary": "Patient", "insurer": "Organization",
    "provider": "Organization", "payor": "Organization", "coverage": "Coverage", "insurance": "Coverage",
    "basedOn": "ServiceRequest", "author": "Device",
}  # fmt: skip


def of_type(bundle: Resource, kind: str) -> list[Resource]:
    """The resources of one type."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def references(part: Any) -> Iterator[str]:
    """Every reference in a part of a resource."""
    if isinstance(part, dict):
        if isinstance(part.get("reference"), str):
            yield part["reference"]
        for below in part.values():
            yield from references(below)
    elif isinstance(part, list):
        for below in part:
            yield from references(below)


@pytest.mark.parametrize("name", NAMES)
def test_the_claim_comes_first_and_every_reference_of_this_program_leads_to_an_entry(name: str) -> None:
    for policy, service in PAIRS:
        bundle = filled(name, policy, service).bundle
        kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
        assert kinds[0] == "Claim"
        assert kinds.count("Patient") == kinds.count("Coverage") == kinds.count("QuestionnaireResponse") == 1
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(urls) == len(set(urls))
        for entry in bundle["entry"]:
            if entry["fullUrl"].startswith("urn:"):
                assert set(references(entry["resource"])) <= set(urls)


def test_references_lead_to_resources_of_the_right_type() -> None:
    """The validator cannot know it of references inside a Bundle."""
    checked = 0
    for one in shared():
        bundle = filled(*one).bundle
        kinds = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
        for entry in bundle["entry"]:
            for name, kind in POINTS_TO.items():
                if entry["fullUrl"].startswith("urn:"):
                    for reference in references(entry["resource"].get(name)):
                        assert kinds[reference] == kind or (entry["resource"]["resourceType"], name) == (
                            "Claim",
                            "insurance",
                        )
                        checked += 1
    assert checked > 500


def test_the_claim_asks_and_orders_nothing() -> None:
    bundle = dtr.packet(coverer(), example("relief-lost-in-days"), *ASKED).bundle
    (claim,) = of_type(bundle, "Claim")
    assert (claim["use"], claim["status"], claim["created"]) == ("preauthorization", "draft", bundle["timestamp"][:10])
    (item,) = claim["item"]
    assert item["productOrService"]["coding"] == [{"system": "http://www.ama-assn.org/go/cpt", "code": "27096"}]
    assert item["bodySite"]["coding"][0]["code"] == "39723000"
    assert item["subSite"][0]["coding"][0]["code"] == "24028007"
    entries = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    (information,) = claim["supportingInfo"]
    assert entries[information["valueReference"]["reference"]]["resourceType"] == "QuestionnaireResponse"
    (service,) = of_type(bundle, "ServiceRequest")
    assert (service["status"], service["intent"]) == ("draft", "plan")
    assert service["code"] == item["productOrService"]


def test_of_several_codes_the_one_that_the_chart_requests_is_asked_for() -> None:
    bundle = dtr.packet(coverer(), chart("planned: {requested_cpt: G0260}"), *ASKED).bundle
    (claim,) = of_type(bundle, "Claim")
    (coding,) = claim["item"][0]["productOrService"]["coding"]
    assert coding["code"] == "G0260"
    assert "cms.gov" in coding["system"]


@pytest.mark.parametrize("name", FHIR)
def test_originals_are_of_this_patient_used_and_unchanged(name: str) -> None:
    """Every resource of the chart in the bundle is named by an answer, and is as it was but for its references."""
    file = Path(example(name).file)
    there = {}
    for entry in json.loads(file.read_text(encoding="utf-8"))["entry"]:
        there[entry["resource"]["resourceType"], entry["resource"]["id"]] = entry["resource"]
    (patient,) = [one for kind, one in there.items() if kind[0] == "Patient"]
    seen = 0
    for policy, service in PAIRS:
        bundle = filled(name, policy, service).bundle
        (response,) = of_type(bundle, "QuestionnaireResponse")
        used = set(references(response))
        for entry in bundle["entry"]:
            one = entry["resource"]
            original = there.get((one["resourceType"], one["id"]))
            if original is None:
                continue
            seen += 1
            assert without_references(one) == without_references(original)
            assert entry["fullUrl"] in used
            if one["resourceType"] != "Patient":
                assert original["subject"]["reference"].endswith(f"Patient/{patient['id']}")
    assert seen > 20


def without_references(part: Any) -> Any:
    """A resource without what a bundle may change."""
    if isinstance(part, dict):
        return {name: without_references(one) for name, one in part.items() if name not in ("reference", "display")}
    return [without_references(one) for one in part] if isinstance(part, list) else part


def test_resources_with_relative_references_are_linked_inside_the_bundle(tmp_path: Path) -> None:
    """A chart without addresses on the web: subjects lead to the Patient, what is not in the bundle is only named."""
    faber = {
        "resourceType": "Observation", "id": "f", "status": "final", "subject": {"reference": "Patient/p"},
        "encounter": {"reference": "Encounter/e"}, "effectiveDateTime": "2025-05-01",
        "code": {"coding": [{"system": "urn:sacroiliac:CodeSystem:findings", "code": "faber"}]},
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "10828004"}]},
        "bodySite": {"coding": [{"system": "http://snomed.info/sct", "code": "24028007"}]},
    }  # fmt: skip
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1979-07-21"}
    file = tmp_path / "chart.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in (patient, faber)), encoding="utf-8")
    for path in (file, tmp_path):
        bundle = dtr.packet(coverer(), read(str(path), KNOWLEDGE), "sij_ia_diagnostic", "cms_siji_lcd").bundle
        (found,) = of_type(bundle, "Observation")
        entries = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
        assert entries[found["subject"]["reference"]]["id"] == "p"
        assert found["encounter"] == {"display": "Encounter/e"}
        assert issues(with_entries(bundle)) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in FHIR])
def test_the_lines_of_a_plain_chart_are_read_back_as_they_were(name: str) -> None:
    """The Observations made of them are read by the project's own reader, and mean the same; nothing asked for is done."""
    checked = 0
    for policy, service in PAIRS:
        asked = request(coverer(), example(name), service.service, policy.id)
        bundle = filled(name, policy, service).bundle
        listed = of_type(bundle, "Observation")
        if not listed:
            continue
        again = document(json.dumps(bundle).encode(), "bundle.json", KNOWLEDGE)
        (case,) = coverer().builder.build([(again, asked.case.review, asked.case.side)]).cases
        assert case.injections == ()
        assert "rfa_history" not in case.findings
        for one in listed:
            finding = one["code"]["coding"][0]["code"].replace("-", "_")
            assert case.findings[finding].value == asked.case.findings[finding].value
            checked += 1
    assert checked > 10


def test_a_request_without_a_side_or_a_date_of_birth_is_made_all_the_same() -> None:
    bare = chart("findings: {fever: no}", head="patient: {id: x}\nreview_date: 2025-06-01\n")
    bundle = dtr.packet(coverer(), bare, *ASKED).bundle
    (claim,) = of_type(bundle, "Claim")
    assert "subSite" not in claim["item"][0]
    assert issues(with_entries(bundle)) == []


def test_of_two_painful_sides_one_has_to_be_named() -> None:
    both = chart("findings: {fever: no}", head="patient: {id: x}\nside: bilateral\nreview_date: 2025-06-01\n")
    with pytest.raises(InputError, match="two painful sides"):
        dtr.packet(coverer(), both, *ASKED)
    bundle = dtr.packet(coverer(), both, *ASKED, side="left").bundle
    assert of_type(bundle, "Claim")[0]["item"][0]["subSite"][0]["coding"][0]["code"] == "7771000"


def test_the_folder_of_a_chart_leaves_no_trace(tmp_path: Path) -> None:
    here = example("hip-behind-it")
    copy = tmp_path / "hip-behind-it.yaml"
    copy.write_bytes(Path(here.file).read_bytes())
    there = dtr.packet(Coverer(KNOWLEDGE), read(str(copy), KNOWLEDGE), *ASKED)
    assert there.named == dtr.packet(coverer(), here, *ASKED).named
    assert str(tmp_path) not in json.dumps(there.named)


def test_an_urgent_red_flag_is_told() -> None:
    assert dtr.packet(coverer(), example("fever-after-injection"), *ASKED).urgent
    assert not dtr.packet(coverer(), example("hip-behind-it"), *ASKED).urgent


# ----------------------------------------------------------------------------------------- refused when broken


def broken_use(claim: Resource) -> None:
    claim["use"] = "please"


def broken_insurance(claim: Resource) -> None:
    del claim["insurance"]


def broken_priority(claim: Resource) -> None:
    claim["priority"]["coding"][0]["code"] = "at-once"


def broken_item(claim: Resource) -> None:
    del claim["item"][0]["productOrService"]


@pytest.mark.parametrize(
    "harm", [broken_use, broken_insurance, broken_priority, broken_item], ids=lambda one: one.__name__
)
def test_a_broken_bundle_is_refused(harm: Any) -> None:
    name, policy, service = shared()[0]
    bundle = deepcopy(filled(name, policy, service).bundle)
    harm(bundle["entry"][0]["resource"])
    assert issues(with_entries(bundle))
