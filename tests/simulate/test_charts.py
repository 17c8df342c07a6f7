"""The charts of a population: valid FHIR, read without a fault, with every kind of mess, and of the size asked for."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields, replace

from sacroiliac.chart.dates import span
from sacroiliac.knowledge import Knowledge, load
from sacroiliac.knowledge.simulation import Mess
from sacroiliac.review import Review, Reviewer
from sacroiliac.simulate import scene
from sacroiliac.simulate.chart import Lines
from sacroiliac.simulate.population import TRUTH
from tests.fhir_validator import issues
from tests.simulate.make import UNTIL, all_of, by_patient, population, read, truths

PATIENTS, REVIEWED = 400, 150
KINDS = [one.name for one in fields(Mess)]
Resource = dict[str, Any]


@lru_cache(maxsize=1)
def lines() -> Lines:
    """A population with the usual mess."""
    return population().lines(range(PATIENTS))


def only(kind: str, knowledge: Knowledge | None = None) -> Knowledge:
    """The knowledge with one kind of mess in every chart, and no other."""
    known = knowledge or load()
    mess = replace(all_of(known.simulation.mess, 0), **{kind: all_of(known.simulation.mess, 1).unsided})
    return replace(known, simulation=replace(known.simulation, mess=mess))


@lru_cache(maxsize=64)
def messy(kind: str, patients: int = 30) -> tuple[list[Resource], list[Resource]]:
    """A small population with one kind of mess in every chart: its resources, and the truth."""
    found = population(only(kind), pilot=1).lines(range(patients))
    return [json.loads(one) for name, listed in found.items() if name != TRUTH for one in listed], truths(found)


def of(resources: list[Resource], kind: str) -> list[Resource]:
    """The resources of one type."""
    return [one for one in resources if one["resourceType"] == kind]


def words(value: object) -> str:
    """Everything in a resource as text."""
    return json.dumps(value)


def coded(resource: Resource, code: str) -> bool:
    """Whether the code of a resource is this one."""
    return any(one.get("code") == code for one in resource.get("code", {}).get("coding", ()))


# --------------------------------------------------------------------------------------------------- valid


def test_resources_are_valid_fhir() -> None:
    """Some of each type, by an independent validator."""
    shared = scene.lines(load().simulation.scene)
    sample = [json.loads(one) for listed in shared.values() for one in listed[:3]]
    for kind, listed in lines().items():
        if kind != TRUTH:
            sample += [json.loads(one) for one in listed[:: max(1, len(listed) // 120)]]
    assert len({one["resourceType"] for one in sample}) >= 17
    assert issues(sample) == []


def test_messy_resources_are_valid_fhir() -> None:
    """One of each type from a population with one kind of mess in every chart, for each kind."""
    chosen = [one for kind in KINDS for one in {one["resourceType"]: one for one in messy(kind)[0]}.values()]
    assert issues(chosen) == []


def test_every_reference_leads_to_a_resource() -> None:
    """In the chart of the same patient, or among those that all share."""
    shared = {
        f"{kind}/{json.loads(one)['id']}"
        for kind, listed in scene.lines(load().simulation.scene).items()
        for one in listed
    }
    for name, listed in list(by_patient(lines()).items())[:80]:
        resources = [json.loads(one) for one in listed]
        there = shared | {f"{one['resourceType']}/{one['id']}" for one in resources}
        assert len({one["id"] for one in resources}) == len(resources), name
        for one in resources:
            assert references(one) <= there, one


def references(value: object) -> set[str]:
    """Every reference in a resource."""
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*(references(one) for one in value.values()))
    return set().union(*(references(one) for one in value)) if isinstance(value, list) else set()


def test_nothing_is_dated_after_the_last_visit_or_before_birth() -> None:
    told = {one["patient"]: one["review_date"] for one in truths(lines())}
    for name, listed in list(by_patient(lines()).items())[:100]:
        patient = next(one for one in map(json.loads, listed) if one["resourceType"] == "Patient")
        for one in map(json.loads, listed):
            for written in dates(one):
                assert patient["birthDate"] <= written[:10], one
                assert written[:10] <= told[name], one


def dates(resource: Resource) -> list[str]:
    """The days on which something was, as a resource gives them."""
    names = (
        "effectiveDateTime",
        "performedDateTime",
        "onsetDateTime",
        "abatementDateTime",
        "recordedDate",
        "authoredOn",
        "date",
        "created",
        "occurrenceDateTime",
    )
    found = [resource[name] for name in names if name in resource]
    period = resource.get("period") or resource.get("performedPeriod") or {}
    return found + list(period.values())


# -------------------------------------------------------------------------------------------------- read


@lru_cache(maxsize=1)
def reviews() -> dict[str, list[Review]]:
    """The reviews of some charts, each on the day of its last visit."""
    reviewer, charts = Reviewer(load()), by_patient(lines())
    return {
        one["patient"]: reviewer.review(
            [read(one["patient"], charts[one["patient"]], load())], span(one["review_date"])[0]
        )
        for one in truths(lines())[:REVIEWED]
    }


def test_every_chart_is_read_and_a_sample_is_reviewed() -> None:
    """Without a traceback; what is painful is reviewed, each side by itself."""
    charts = by_patient(lines())
    for name in charts:
        assert read(name, charts[name], load()).facts
    for one in truths(lines())[:REVIEWED]:
        sides = {review.who.side for review in reviews()[one["patient"]]}
        assert sides <= {"left", "right", None}
        if "no_side" not in one["mess"]:
            assert sides == {side["side"] for side in one["sides"]}


def test_reviews_are_of_every_kind() -> None:
    """A worklist has rows of every kind: patterns of injections, first steps, urgent flags, both readings of delivery."""
    every = [review for listed in reviews().values() for review in listed]
    patterns = Counter(one.pattern.row for review in every for one in review.injections if one.pattern is not None)
    assert len(patterns) >= 8
    steps = Counter(review.first_step.proposed.id for review in every if review.first_step is not None)
    assert len(steps) >= 7
    assert 0.01 < sum(review.urgent for review in every) / len(every) < 0.2


def test_a_population_can_be_grouped() -> None:
    """By site, clinician and payer: where docs/simulation.md says, and as the truth says."""
    charts = by_patient(lines())
    for one in truths(lines())[:50]:
        resources = [json.loads(line) for line in charts[one["patient"]]]
        encounters, procedures = of(resources, "Encounter"), of(resources, "Procedure")
        assert {each["serviceProvider"]["reference"] for each in encounters} == {f"Organization/{one['site']}"}
        doctor = {"reference": f"Practitioner/{one['clinician']}"}
        assert all(each["participant"] == [{"individual": doctor}] for each in encounters)
        for each in procedures:
            (performer,) = each["performer"]
            assert performer["actor"] == doctor
            assert performer["onBehalfOf"]["reference"] == f"Organization/{one['site']}"
            assert each["location"]["reference"] == f"Location/room-{one['site'].removeprefix('site-')}"
        assert {each["payor"][0]["reference"] for each in of(resources, "Coverage")} == {f"Organization/{one['payer']}"}
    told = truths(lines())
    assert {one["site"] for one in told} == {f"site-{one}" for one in range(1, load().simulation.scene.sites + 1)}
    assert len({one["clinician"] for one in told}) == load().simulation.scene.sites * load().simulation.scene.clinicians
    assert len({one["payer"] for one in told}) == len(load().simulation.scene.payers)


def test_sites_differ_in_what_they_write_down() -> None:
    """The last site states more than the first: what a report by site is to show."""
    stated = Counter[str]()
    charts, people_ = by_patient(lines()), Counter(one["site"] for one in truths(lines()))
    for one in truths(lines()):
        resources = [json.loads(line) for line in charts[one["patient"]]]
        stated[one["site"]] += sum(
            each.get("category", [{}])[0].get("coding", [{}])[0].get("code") == "exam"
            for each in of(resources, "Observation")
        )
    sites = sorted(people_)
    assert stated[sites[-1]] / people_[sites[-1]] > 1.2 * stated[sites[0]] / people_[sites[0]]


# ---------------------------------------------------------------------------------------------------- size


@pytest.mark.parametrize("resources", [40, 120, 1_000])
def test_charts_have_about_as_many_resources_as_asked_for(resources: int) -> None:
    patients = 40_000 // resources
    found = population(resources=resources).lines(range(patients))
    total = sum(len(listed) for kind, listed in found.items() if kind != TRUTH)
    counted = [one["resources"] for one in truths(found)]
    assert total == sum(counted)
    assert total / patients == pytest.approx(resources, rel=0.2 if resources > 500 else 0.12)
    if resources > 40:
        assert max(counted) > 2 * min(counted)


def test_more_resources_are_the_same_patients() -> None:
    few, many = (truths(population(resources=one).lines(range(20))) for one in (40, 400))
    for one, other in zip(few, many, strict=True):
        assert {**one, "resources": 0} == {**other, "resources": 0}


# ---------------------------------------------------------------------------------------------------- mess


def test_every_kind_of_mess_occurs_and_is_counted() -> None:
    """In a population with the usual rates, and in none with all rates at zero."""
    used = Counter[str]()
    for one in truths(lines()):
        used.update(one["mess"])
    assert set(used) == set(KINDS)
    known = load()
    clean = replace(known, simulation=replace(known.simulation, mess=all_of(known.simulation.mess, 0)))
    assert all(one["mess"] == {} for one in truths(population(clean).lines(range(60))))


def injected(told: list[Resource]) -> int:
    """How many injections there really were."""
    return sum(len(side["injections"]) for one in told for side in one["sides"])


def test_duplicates_are_the_same_under_another_id() -> None:
    resources, _ = messy("duplicate")
    seen = Counter(
        words({name: value for name, value in one.items() if name != "id"}) for one in of(resources, "Condition")
    )
    assert min(seen.values()) >= 2


def test_scores_as_words_and_on_a_line() -> None:
    strings, _ = messy("score_as_string")
    assert {one["valueString"][-3:] for one in of(strings, "Observation") if coded(one, "72514-3")} == {"/10"}
    vas = [one for one in of(messy("score_as_vas")[0], "Observation") if coded(one, "38214-3")]
    assert {one["valueQuantity"]["unit"] for one in vas} == {"mm"}
    assert max(one["valueQuantity"]["value"] for one in vas) > 10


def test_unsided_findings_and_procedures() -> None:
    resources, _ = messy("unsided")
    assert "laterality" not in words([one for one in of(resources, "Observation") if "component" not in one])
    assert "laterality" not in words(
        [one for one in of(resources, "Procedure") if coded(one, "27096") and one["status"] == "completed"]
    )
    assert "modifier" not in words(of(resources, "ExplanationOfBenefit"))


def test_a_side_that_is_not_stated() -> None:
    assert not any(coded(one, "pain-side") for one in messy("no_side")[0])


def test_injections_known_from_less_than_a_procedure() -> None:
    """From a settled bill, or from what was given."""
    resources, told = messy("claim_only")
    assert not any(coded(one, "27096") for one in of(resources, "Procedure"))
    assert len(of(resources, "ExplanationOfBenefit")) == injected(told)
    resources, told = messy("administration_only")
    assert not any(coded(one, "27096") for one in of(resources, "Procedure"))
    assert "partOf" not in words(of(resources, "MedicationAdministration"))
    assert len(of(resources, "MedicationAdministration")) >= injected(told)


def test_drugs_named_in_the_procedure() -> None:
    resources, _ = messy("drugs_in_procedure")
    assert of(resources, "MedicationAdministration") == []
    assert all("usedCode" in one for one in of(resources, "Procedure") if coded(one, "27096"))


@pytest.mark.parametrize(("kind", "system"), [("product_code", "rxnorm"), ("ndc_code", "sid/ndc")])
def test_product_codes(kind: str, system: str) -> None:
    resources, _ = messy(kind)
    assert system in words(of(resources, "MedicationAdministration"))
    assert system not in words(of(messy("unlinked")[0], "MedicationAdministration"))


def test_relief_only_in_a_note() -> None:
    resources, told = messy("note_only")
    notes = [one for one in of(resources, "DocumentReference") if "Relief of" in one.get("description", "")]
    assert len(notes) == injected(told)
    assert not any(coded(one, "injection-response") for one in resources)


def test_missing_parts_of_an_injection() -> None:
    """Nothing of the technique, of the first hours, or of the weeks after."""
    for kind, gone in (
        ("technique_missing", ("injection-guidance", "injection-contrast-spread", "fluoroscopy")),
        ("anaesthetic_phase_missing", ("injection-percent-relief", "injection-post-pain")),
        ("steroid_phase_missing", ("injection-sustained-percent",)),
    ):
        resources, _ = messy(kind)
        assert any(coded(one, "injection-response") for one in resources)
        assert not any(word in words(resources) for word in gone), kind


def test_scores_before_and_after_only() -> None:
    resources, told = messy("scores_only")
    timed = [one for one in of(resources, "Observation") if "T08:40" in one["effectiveDateTime"]]
    assert len(timed) == injected(told)
    assert not any(coded(one, "injection-response") for one in resources)


def test_the_projects_own_form_and_unlinked_answers() -> None:
    resources, told = messy("record_form")
    assert len(of(resources, "QuestionnaireResponse")) == injected(told)
    unlinked, _ = messy("unlinked")
    panels = [one for one in unlinked if coded(one, "injection-response")]
    assert panels
    assert not any("partOf" in one for one in panels)


def test_words_for_codes() -> None:
    exams = [one for one in of(messy("words_for_code")[0], "Observation") if "exam" in words(one.get("category"))]
    assert exams
    assert all(list(one["code"]) == ["text"] for one in exams)


def test_what_does_not_count() -> None:
    """Diagnoses that are over, ruled out or wrong; procedures that were planned, called off or never done."""
    conditions = of(messy("resolved")[0], "Condition")
    assert sum("abatementDateTime" in one for one in conditions) == 30
    assert "refuted" in words(of(messy("refuted")[0], "Condition"))
    wrong, _ = messy("entered_in_error")
    assert "entered-in-error" in words(of(wrong, "Condition"))
    assert sum(one["status"] == "entered-in-error" for one in of(wrong, "Procedure")) >= 30
    planned, told = messy("planned")
    assert len(of(planned, "ServiceRequest")) >= len(told)
    assert any(one["status"] == "not-done" for one in of(planned, "Procedure"))


def test_injections_that_were_only_planned() -> None:
    resources, told = messy("only_planned")
    done = sum(one["status"] == "completed" and coded(one, "27096") for one in of(resources, "Procedure"))
    assert done < injected(told)
    assert of(resources, "ServiceRequest")


def test_old_examinations_and_vague_dates() -> None:
    resources, told = messy("stale")
    reviewed = {one["patient"]: span(one["review_date"])[0] for one in told}
    age = load().windows["examination"].days.value
    exams = [one for one in of(resources, "Observation") if "exam" in words(one.get("category"))]
    for one in exams:
        patient = one["subject"]["reference"].removeprefix("Patient/")
        assert reviewed[patient] - span(one["effectiveDateTime"])[0] > age
    onsets = [one for one in of(messy("month_only")[0], "Observation") if coded(one, "pain-onset-date")]
    assert {len(one["valueDateTime"]) for one in onsets} == {len("2024-03")}


def test_stories_are_of_every_kind() -> None:
    """Both sides, several injections, radiofrequency, fusion with scores over time, months without another procedure."""
    sides = [side for one in truths(lines()) for side in one["sides"]]
    assert any(len(one["sides"]) == 2 for one in truths(lines()))
    assert any(len(side["injections"]) >= 3 for side in sides)
    assert any(side["radiofrequency"] for side in sides)
    assert any(side["followed"] for side in sides)
    fused = [side for side in sides if side["fusion"]]
    assert any(sum(score["day"] > side["fusion"] for score in side["scores"]) >= 2 for side in fused)
    assert {target for side in sides for target in (one["target"] for one in side["injections"])} == {
        "joint",
        "lateral_branch",
    }
    assert span("2025-06-30")[0] == UNTIL


# --------------------------------------------------------------------------------------------------- manual


def test_the_manual_names_every_kind_of_mess_and_every_field_of_the_truth() -> None:
    """And names none that there is not."""
    manual = (Path(__file__).parent.parent.parent / "docs" / "simulation.md").read_text(encoding="utf-8")
    truth, mess = manual.split("## The truth")[1].split("## The mess")
    assert {name for row in first_cells(mess) for name in row} == set(KINDS)
    one = truths(lines())[0]
    known = set(one) | {name for side in one["sides"] for name in side}
    assert {name for row in first_cells(truth) for name in row} == known
    for names in (one["sides"][0]["injections"][0], one["sides"][0]["scores"][0]):
        assert [name for name in names if f"`{name}`" not in truth] == []


def first_cells(text: str) -> list[list[str]]:
    """The names in the first cell of each row of tables."""
    return [re.findall(r"`(\w+)`", row.split("|")[1]) for row in text.splitlines() if row.startswith("| `")]
