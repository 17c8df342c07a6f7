"""An observation that is like one read before adds to a chart what it would have added if read in full."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir import document
from sacroiliac.chart.fhir.codes import codes
from sacroiliac.knowledge import load
from tests.export.charts import Charts

Resource = dict[str, Any]


def read(resources: list[Resource], *, remembering: bool, file: str = "chart.json") -> Chart:
    if not remembering:
        codes(load()).seen.clear()
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    return document(json.dumps(bundle).encode(), file, load())


def moved(resources: list[Resource]) -> list[Resource]:
    """The same statements with other ids, on other days."""
    found = copy.deepcopy(resources)
    for one in found:
        if one["resourceType"] == "Observation":
            one["id"] = f"other-{one['id']}"
            if isinstance(one.get("effectiveDateTime"), str):
                one["effectiveDateTime"] = "2023-11-05"
    return found


@pytest.mark.parametrize("seed", range(12))
def test_charts_read_with_and_without_remembering(seed: int) -> None:
    made = Charts(load(), seed=4000 + seed)
    first, second = ([entry["resource"] for entry in made.chart()[0]["entry"]] for _ in range(2))
    for resources in (first, second, moved(first), moved(second)):
        in_full = read(resources, remembering=False)
        read(first, remembering=True)
        read(second, remembering=True)
        assert codes(load()).seen
        assert read(resources, remembering=True) == in_full


BASE: Resource = {
    "resourceType": "Observation",
    "id": "score",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
    "effectiveDateTime": "2024-05-01",
    "valueQuantity": {"value": 6},
}
CHANGES: dict[str, Resource] = {
    "value": {"valueQuantity": {"value": 7}},
    "status": {"status": "entered-in-error"},
    "code": {"code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}},
    "place": {"bodySite": {"text": "left sacroiliac joint"}},
    "words for the value": {"valueQuantity": None, "valueString": "6/10"},
    "no value": {"valueQuantity": None, "dataAbsentReason": {"text": "asleep"}},
    "a date nobody can read": {"effectiveDateTime": "soon"},
    "a month": {"effectiveDateTime": "2024-05"},
    "a modifier": {"modifierExtension": [{"url": "x", "valueBoolean": True}]},
    "a note": {"note": [{"text": "wrong patient?"}]},
    "a component of the joint": {
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]}, "valueString": "8 in the joint"}
        ]
    },
    "a component": {"component": [{"code": {"text": "more"}, "valueString": "8/10"}]},
    "about somebody else": {"subject": {"reference": "Group/g"}},
    "a focus": {"focus": [{"display": "her mother"}]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_is_not_taken_for_the_same(change: str) -> None:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
    changed = {key: value for key, value in (BASE | CHANGES[change]).items() if value is not None}
    in_full = read([patient, changed], remembering=False)
    assert in_full != read([patient, BASE], remembering=False)
    assert read([patient, changed], remembering=True) == in_full


PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
UNKNOWN = BASE | {"code": {"coding": [{"system": "http://hospital.example/codes", "code": "SI-EXAM"}]}}


def test_a_code_that_means_nothing_hides_no_components() -> None:
    """A panel of a local code says nothing itself; one with tests in it does, whichever comes first."""
    empty = {key: value for key, value in UNKNOWN.items() if key != "valueQuantity"}
    panel = empty | {
        "id": "panel",
        "component": [{"code": {"text": "Thigh thrust test right"}, "valueBoolean": True}],
    }
    for resources in ([PATIENT, empty, panel], [PATIENT, panel, empty]):
        codes(load()).seen.clear()
        assert [one.concept for one in read(resources, remembering=True).facts] == ["thigh_thrust"]


def test_a_month_does_not_stand_for_a_day() -> None:
    """An entry without a meaning still says when the chart ends, by its day."""
    month = UNKNOWN | {"id": "month", "effectiveDateTime": "2025-01"}
    day = UNKNOWN | {"id": "day", "effectiveDateTime": "2025-06-02"}
    for resources in ([PATIENT, month, day], [PATIENT, day, month]):
        codes(load()).seen.clear()
        assert read(resources, remembering=True).last_entry == 20241  # 2025-06-02


def test_what_is_kept_does_not_hold_what_it_was_read_from() -> None:
    # A process that reads a population would grow with every observation.
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
    read([patient, BASE], remembering=False)
    (kept,) = (one for one in codes(load()).seen.values() if one.responses)
    assert [one.item.content for one in kept.responses] == [{}]


def of(base: Resource, **other: Any) -> Resource:
    """A resource with some of its parts changed, or taken out (None)."""
    return {name: value for name, value in (base | other).items() if value is not None}


INJECTED = {
    "resourceType": "Procedure",
    "id": "injected",
    "status": "completed",
    "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "27096"}]},
    "performedDateTime": "2024-04-02",
}
LEFT = {
    "resourceType": "BodyStructure",
    "id": "left",
    "patient": {"reference": "Patient/p"},
    "locationQualifier": [{"coding": [{"system": "http://snomed.info/sct", "code": "7771000"}]}],
}
AROUND = [PATIENT, INJECTED, LEFT]
TEST = of(BASE, id="test", code={"text": "Thigh thrust test"}, valueQuantity=None, valueBoolean=True)
BLANK = of(TEST, valueBoolean=None)
CRP = of(
    BASE,
    id="crp",
    code={"coding": [{"system": "http://loinc.org", "code": "1988-5"}]},
    valueQuantity={"value": 30, "unit": "mg/L"},
)
ONSET = of(
    BASE,
    code={"coding": [{"system": load().systems["local"].uri, "code": "pain-onset-date"}]},
    valueQuantity=None,
)
POINTER = {
    "url": "http://hl7.org/fhir/StructureDefinition/bodySite",
    "valueReference": {"reference": "BodyStructure/left"},
}


def panel(answer: bool) -> Resource:
    return of(
        BLANK, code={"text": "Panel"}, component=[{"code": {"text": "Thigh thrust test"}, "valueBoolean": answer}]
    )


# Two that differ in one part only, by which they are read otherwise.
PAIRS: dict[str, tuple[Resource, Resource]] = {
    "valueQuantity": (CRP, of(CRP, valueQuantity={"value": 31, "unit": "mg/L"})),
    "valueCodeableConcept": (
        of(BLANK, valueCodeableConcept={"text": "positive"}),
        of(BLANK, valueCodeableConcept={"text": "negative"}),
    ),
    "valueString": (
        of(BASE, valueQuantity=None, valueString="6/10"),
        of(BASE, valueQuantity=None, valueString="7/10"),
    ),
    "valueBoolean": (TEST, of(TEST, valueBoolean=False)),
    "valueInteger": (of(BASE, valueQuantity=None, valueInteger=6), of(BASE, valueQuantity=None, valueInteger=7)),
    "valueDateTime": (of(ONSET, valueDateTime="2023-01-01"), of(ONSET, valueDateTime="2022-01-01")),
    "bodySite": (
        of(TEST, bodySite={"text": "left sacroiliac joint"}),
        of(TEST, bodySite={"text": "right sacroiliac joint"}),
    ),
    "interpretation": (
        of(BLANK, interpretation=[{"coding": [{"code": "POS"}]}]),
        of(BLANK, interpretation=[{"coding": [{"code": "NEG"}]}]),
    ),
    "referenceRange": (
        of(CRP, referenceRange=[{"high": {"value": 5}}]),
        of(CRP, referenceRange=[{"high": {"value": 50}}]),
    ),
    "dataAbsentReason": (
        of(BLANK, dataAbsentReason={"text": "asleep"}),
        of(BLANK, dataAbsentReason={"text": "refused"}),
    ),
    "status": (of(TEST, status="final"), of(TEST, status="cancelled")),
    "code": (TEST, of(TEST, code={"text": "Thigh thrust test left"})),
    "component": (panel(True), panel(False)),
    "partOf": (BASE, of(BASE, partOf=[{"reference": "Procedure/injected"}])),
    "extension": (TEST, of(TEST, extension=[POINTER])),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_that_differ_in_one_part_are_told_apart(name: str) -> None:
    """Whichever of them is read first. The first of each pair is kept, or nothing would be told apart."""
    one, other = PAIRS[name]
    assert {part for part in one.keys() | other.keys() if one.get(part) != other.get(part)} == {name}
    first, second = (read([*AROUND, each], remembering=False) for each in (one, other))
    assert first != second
    read([*AROUND, one], remembering=False)
    assert codes(load()).seen
    assert read([*AROUND, other], remembering=True) == second
    read([*AROUND, other], remembering=False)
    assert read([*AROUND, one], remembering=True) == first


def test_the_method_tells_apart_though_nothing_reads_it_yet() -> None:
    """So that whoever reads it need not think of what is kept."""
    by_hand, by_machine = (of(TEST, method={"text": text}) for text in ("by hand", "by machine"))
    assert read([PATIENT, by_hand], remembering=False) == read([PATIENT, by_machine], remembering=False)
    read([PATIENT, by_hand], remembering=False)
    read([PATIENT, by_machine], remembering=True)
    assert len(codes(load()).seen) == 2
    read([PATIENT, by_hand], remembering=True)
    assert len(codes(load()).seen) == 2


def test_what_is_kept_takes_the_file_and_place_of_what_is_like_it() -> None:
    """Facts, flags, scores and what was left out point into the chart that is read, not into the one they were kept from."""
    resources = [
        TEST,
        BASE,
        of(CRP, referenceRange=[{"high": {"value": 5}}]),
        of(BASE, id="of the joint", bodySite={"text": "left sacroiliac joint"}),
        of(BLANK, id="left out", dataAbsentReason={"text": "asleep"}),
    ]
    in_full = read([PATIENT, *moved(resources)], remembering=False, file="second.json")
    first = read([PATIENT, *resources], remembering=False, file="first.json")
    assert len(codes(load()).seen) == len(resources)
    second = read([PATIENT, *moved(resources)], remembering=True, file="second.json")
    assert second == in_full
    assert len(codes(load()).seen) == len(resources)
    for chart, before in ((first, ""), (second, "other-")):
        origins = [one.origin for one in (*chart.facts, *chart.coverage.unread)]
        assert {one.file for one in origins} == {chart.file}
        assert {one.place for one in origins} == {f"Observation/{before}{one['id']}" for one in resources}
    assert {one.concept for one in second.facts} >= {"thigh_thrust", "crp", "crp_or_esr_raised", "pain_nrs"}
    assert len(second.coverage.unread) == 2
