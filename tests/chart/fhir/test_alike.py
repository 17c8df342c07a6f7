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


def read(resources: list[Resource], *, remembering: bool) -> Chart:
    if not remembering:
        codes(load()).seen.clear()
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    return document(json.dumps(bundle).encode(), "chart.json", load())


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
    "place": {"bodySite": {"text": "left knee"}},
    "words for the value": {"valueQuantity": None, "valueString": "6/10"},
    "no value": {"valueQuantity": None, "dataAbsentReason": {"text": "asleep"}},
    "a date nobody can read": {"effectiveDateTime": "soon"},
    "a month": {"effectiveDateTime": "2024-05"},
    "an extension": {"extension": [{"url": "x", "valueString": "y"}]},
    "a modifier": {"modifierExtension": [{"url": "x", "valueBoolean": True}]},
    "a note": {"note": [{"text": "wrong patient?"}]},
    "part of something": {"partOf": [{"reference": "Procedure/p"}]},
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
    read([patient, BASE], remembering=False)
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
