"""Where and by whom a patient was seen, and who pays: from resources written by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from sacroiliac.chart.dates import day_number
from sacroiliac.cohort.around import Around, Names, around

Resource = dict[str, Any]
REVIEW = day_number(date(2025, 6, 1))
NOBODY = Names({})


def read(*resources: Resource) -> Around:
    """What is around a chart of these resources."""
    return around((one["resourceType"], f"{one['resourceType']}/{one['id']}", encoded(one)) for one in resources)


def encoded(resource: Resource) -> bytes:
    """A resource as an export holds it."""
    return json.dumps(resource).encode()


def called(*resources: Resource) -> Names:
    """What some resources are called."""
    return Names({f"{one['resourceType']}/{one['id']}": encoded(one) for one in resources})


def visit(name: str, start: str | None, site: str, clinician: str, **fields: Any) -> Resource:
    """A visit that is over."""
    return {
        "resourceType": "Encounter", "id": name, "status": "finished", "period": {"start": start} if start else None,
        "serviceProvider": {"display": site}, "participant": [{"individual": {"display": clinician}}], **fields,
    }  # fmt: skip


def given(**fields: Any) -> Resource:
    """An injection."""
    return {"resourceType": "Procedure", "id": "given", "status": "completed", **fields}


def cover(name: str, payer: str, **fields: Any) -> Resource:
    """A coverage that is in force."""
    return {"resourceType": "Coverage", "id": name, "status": "active", "payor": [{"display": payer}], **fields}


def seen(*resources: Resource, place: str | None = "Procedure/given", names: Names = NOBODY) -> Any:
    """The site and the clinician of a case that turns on the injection."""
    return read(*resources).site_and_clinician(place, REVIEW, names)


def pays(*resources: Resource) -> str | None:
    """Who pays on the review date."""
    return read(*resources).payer(REVIEW, NOBODY)


# ---------------------------------------------------------------------------------------------------------- names

NAMED = called(
    {"resourceType": "Organization", "id": "north", "name": "Pain Clinic North"},
    {"resourceType": "Location", "id": "room", "name": "Procedure Room 2"},
    {"resourceType": "Practitioner", "id": "ng", "name": [{"given": ["Ada", "B."], "family": "Ng"}]},
    {"resourceType": "Practitioner", "id": "og", "name": [{"text": "Dr Óg", "family": "Óg"}]},
    {"resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "Practitioner/ng"}},
    {"resourceType": "PractitionerRole", "id": "lost", "practitioner": {"reference": "Practitioner/gone"}},
    {"resourceType": "PractitionerRole", "id": "empty", "practitioner": {}},
    {"resourceType": "Patient", "id": "p", "name": [{"family": "Secret"}]},
)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("Organization/north", "Pain Clinic North"),
        ("https://server.example/fhir/Organization/north", "Pain Clinic North"),
        ("Organization/north/_history/3", "Pain Clinic North"),
        ("https://server.example/fhir/Organization/north/_history/3", "Pain Clinic North"),
        ("Location/room", "Procedure Room 2"),
        ("Practitioner/ng", "Ada B. Ng"),
        ("Practitioner/og", "Dr Óg"),
        ("PractitionerRole/role", "Ada B. Ng"),
        ("PractitionerRole/lost", "Practitioner/gone"),
        ("PractitionerRole/empty", "PractitionerRole/empty"),
        ("Practitioner/gone/_history/1", "Practitioner/gone"),
        ("Patient/p", "Patient/p"),
    ],
)
def test_a_reference_is_told_by_the_name_of_what_it_refers_to(reference: str, name: str) -> None:
    performer = given(performer=[{"actor": {"reference": reference}}])
    assert seen(performer, names=NAMED) == (None, name)


def test_the_resource_is_believed_before_the_words_of_the_reference() -> None:
    known = given(performer=[{"actor": {"reference": "Practitioner/og", "display": "Somebody"}}])
    unknown = given(performer=[{"actor": {"reference": "Practitioner/gone", "display": "Somebody"}}])
    assert seen(known, names=NAMED) == (None, "Dr Óg")
    assert seen(unknown, names=NAMED) == (None, "Somebody")


def test_a_chart_names_its_own_before_those_of_the_export() -> None:
    own = Names({"Practitioner/og": encoded({"name": [{"text": "Dr Óg of the chart"}]})}, NAMED)
    for reference, name in (("Practitioner/og", "Dr Óg of the chart"), ("Practitioner/ng", "Ada B. Ng")):
        assert seen(given(performer=[{"actor": {"reference": reference}}]), names=own) == (None, name)


# ------------------------------------------------------------------------------------------- site and clinician

NORTH, NG = {"display": "North"}, {"display": "Dr Ng"}
LAST = visit("last", "2025-05-01", "South", "Dr Last")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"performer": [{"actor": NG, "onBehalfOf": NORTH}]}, ("North", "Dr Ng")),
        ({"performer": [{"actor": NG, "onBehalfOf": NORTH}], "location": {"display": "Room"}}, ("North", "Dr Ng")),
        ({"performer": [{"actor": NG}], "location": {"display": "Room"}}, ("Room", "Dr Ng")),
        ({"location": {"display": "Room"}}, ("Room", "Dr Last")),
        ({"performer": [{"actor": NG}]}, ("South", "Dr Ng")),
        ({"performer": [{"onBehalfOf": NORTH}]}, ("North", "Dr Last")),
        # Of several the first that is named.
        ({"performer": [{"actor": NG, "onBehalfOf": NORTH}, {"actor": {"display": "Dr Two"}}]}, ("North", "Dr Ng")),
        (
            {"performer": [{"actor": NG, "onBehalfOf": NORTH}, {"onBehalfOf": {"display": "Other"}}]},
            ("North", "Dr Ng"),
        ),
        ({"performer": [{"actor": NG}, {"onBehalfOf": NORTH}]}, ("North", "Dr Ng")),
        ({}, ("South", "Dr Last")),
    ],
)
def test_the_injection_says_where_and_by_whom_and_the_last_visit_what_it_leaves_open(
    fields: Resource, found: tuple[str, str]
) -> None:
    assert seen(given(**fields), LAST) == found


def test_only_the_injection_a_case_turns_on_is_asked() -> None:
    other = given(performer=[{"actor": NG, "onBehalfOf": NORTH}])
    assert seen(other, LAST, place="Procedure/other") == ("South", "Dr Last")
    assert seen(other, LAST, place=None) == ("South", "Dr Last")
    # The place goes on with where in the resource it stands.
    assert seen(other, LAST, place="Procedure/given, performedDateTime") == ("North", "Dr Ng")


def test_the_last_visit_is_the_one_that_began_last() -> None:
    days = {"a": "2024-05-01", "b": "2025-05-31T09:00:00Z", "c": "2023", "d": None}
    visits = [visit(name, start, f"Site {name}", f"Dr {name}") for name, start in days.items()]
    assert seen(*visits) == seen(*reversed(visits)) == ("Site b", "Dr b")
    assert seen(visits[3]) == ("Site d", "Dr d")


@pytest.mark.parametrize("status", ["cancelled", "planned", "entered-in-error"])
def test_a_visit_that_did_not_take_place_tells_nothing(status: str) -> None:
    none = visit("z", "2025-05-20", "Nowhere", "Dr Nobody", status=status)
    assert seen(none) == (None, None)
    assert seen(none, LAST) == ("South", "Dr Last")


@pytest.mark.parametrize("start", ["2025-06-02", "2025-06-02T08:00:00Z", "2025-07", "2026", "soon"])
def test_a_visit_after_the_review_date_tells_nothing(start: str) -> None:
    assert seen(visit("z", start, "Later", "Dr Later"), LAST) == ("South", "Dr Last")
    assert seen(visit("z", start, "Later", "Dr Later")) == (None, None)


@pytest.mark.parametrize("start", ["2025-06-01", "2025-06-01T23:00:00Z", "2025-06", "2025-05-02"])
def test_a_visit_up_to_the_review_date_is_the_last(start: str) -> None:
    assert seen(visit("a", start, "Now", "Dr Now"), LAST) == ("Now", "Dr Now")


def test_of_the_people_of_a_visit_the_first_that_is_named() -> None:
    people = [{}, {"individual": {}}, {"individual": NG}, {"individual": {"display": "Dr Two"}}]
    assert seen(visit("a", "2025-05-01", "North", "", participant=people)) == ("North", "Dr Ng")


def test_what_cannot_be_read_tells_nothing() -> None:
    odd = [{**LAST, "participant": "Dr Ng"}, given(performer="Dr Ng"), cover("c", "Aetna", order="first")]
    assert seen(*odd) == (None, None)
    assert pays(*odd) is None


# -------------------------------------------------------------------------------------------------------- payers


@pytest.mark.parametrize(
    ("fields", "in_force"),
    [
        ({}, True),
        ({"status": None}, True),
        ({"status": "cancelled"}, False),
        ({"status": "draft"}, False),
        ({"status": "entered-in-error"}, False),
        ({"payor": []}, False),
        ({"period": {}}, True),
        ({"period": {"start": "2025-06-01"}}, True),
        ({"period": {"start": "2025-06"}}, True),
        ({"period": {"start": "2025-06-02"}}, False),
        ({"period": {"end": "2025-06-01"}}, True),
        ({"period": {"end": "2025"}}, True),
        ({"period": {"end": "2025-05-31"}}, False),
        ({"period": {"start": "2025-01-01", "end": "2025-12-31"}}, True),
        ({"period": {"start": "2024-01-01", "end": "2024-12-31"}}, False),
        ({"period": {"start": "2026-01-01", "end": "2026-12-31"}}, False),
        ({"period": {"start": "some day"}}, False),
        ({"period": {"end": "some day"}}, False),
    ],
)
def test_a_coverage_pays_that_is_in_force_on_the_review_date(fields: Resource, in_force: bool) -> None:
    assert pays(cover("c", "Aetna", **fields)) == ("Aetna" if in_force else None)


def test_of_several_coverages_the_first_in_their_order_pays() -> None:
    some = [cover("a", "Second", order=2), cover("b", "First", order=1), cover("c", "Third", order=3)]
    assert pays(*some) == pays(*reversed(some)) == "First"
    # One that does not say is the first.
    assert pays(cover("a", "Second", order=2), cover("z", "Only")) == "Only"
    assert pays(cover("b", "First", order=1, period={"end": "2024"}), cover("a", "Second", order=2)) == "Second"


@pytest.mark.parametrize("written", ["Site 2", " Site  2 ", "Site\n2", "Site\t\r\n 2\u00a0"])
def test_a_name_written_in_several_ways_is_one(written: str) -> None:
    """By its resource, and by the reference."""
    names = called({"resourceType": "Organization", "id": "o", "name": written})
    by_resource = visit("v", "2025-04-01", "", "", serviceProvider={"reference": "Organization/o"})
    assert seen(by_resource, names=names)[0] == "Site 2"
    assert seen(visit("v", "2025-04-01", written, ""))[0] == "Site 2"
    assert pays(cover("c", written)) == "Site 2"


def test_a_name_steers_no_screen_and_a_blank_one_is_none() -> None:
    names = called({"resourceType": "Organization", "id": "o", "name": " \n"})
    by_resource = visit("v", "2025-04-01", "", "", serviceProvider={"reference": "Organization/o", "display": "South"})
    assert seen(by_resource, names=names)[0] == "South"
    assert seen(visit("v", "2025-04-01", "Site\x1b[2J", " "))[:2] == ("Site?[2J", None)
