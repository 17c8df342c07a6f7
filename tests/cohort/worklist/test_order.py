"""The order of each kind of the worklist, and which of several things of a case is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sacroiliac.cohort.results import opened
from sacroiliac.cohort.worklist.entries import Entry, Worklist
from sacroiliac.knowledge import load
from tests.cohort.made import Row, ago, case, finding, injection, of, written

FAILED: dict[str, Any] = {"steroid": "did not hold"}
FLAGS = {tier: [one.id for one in load().red_flags.values() if one.tier == tier] for tier in "AB"}
FIRST, AGAIN, FUSION = "sij_ia_therapeutic_initial", "sij_ia_therapeutic_repeat", "sij_fusion_mi_transfixing"


def listed(tmp_path: Path, kind: str, **tables: list[Row]) -> list[Entry]:
    """The entries of one kind."""
    with opened(written(tmp_path / "results", **tables), load()) as results:
        return list(Worklist(results, [kind], {}).entries())


def patients(entries: list[Entry]) -> list[str]:
    """Who is listed, in order."""
    return [one.patient for one in entries]


WAITING = {"d": 90, "a": 300, "c": 200, "b": 200, "e": 45}
"""Since how many days each waits; no order of names, nor of rows, is that of the days."""
ORDER = ["a", "b", "c", "d", "e"]


def waiting(**fields: Any) -> dict[str, list[Row]]:
    """Cases that wait so long since an injection."""
    return {
        "cases": [case(name) for name in WAITING],
        "injections": [injection(name, days, **fields) for name, days in WAITING.items()],
    }


# ---------------------------------------------------------------------------------------------------- red flags


def flag(patient: str, name: str, side: str = "left", **fields: Any) -> Row:
    """A flag that is present."""
    return of(patient, side, flag=name, tier=load().red_flags[name].tier, status="present", **fields)


def raised(patient: str, days: int | None, side: str = "left", **fields: Any) -> Row:
    """What a flag rests on, so many days before the review; or on an unknown day."""
    return finding(patient, "fever", side=side, date=None if days is None else ago(days).isoformat(), **fields)


def test_flags_stand_by_tier_then_by_the_knowledge_then_by_who_waits_longest(tmp_path: Path) -> None:
    one, other = FLAGS["A"][:2]
    late = FLAGS["B"][0]
    days = {"a": 10, "b": 500, "c": 20, "d": 400, "e": None, "f": 600}
    flags = {"a": one, "b": other, "c": one, "d": one, "e": one, "f": late}
    found = listed(
        tmp_path,
        "red_flag",
        cases=[case(name) for name in days],
        injections=[injection(name, 50) for name in days],
        red_flags=[flag(name, which, met_by=["fever"]) for name, which in flags.items()],
        findings=[raised(name, number) for name, number in days.items()],
    )
    assert patients(found) == ["d", "c", "a", "e", "b", "f"]
    assert [entry.urgent for entry in found] == [True] * 5 + [False]


def test_every_flag_of_a_patient_is_listed(tmp_path: Path) -> None:
    names = [FLAGS["A"][0], FLAGS["A"][2], FLAGS["B"][0]]
    found = listed(
        tmp_path, "red_flag", cases=[case("a")], red_flags=[flag("a", name) for name in names],
        injections=[injection("a", 10)],
    )  # fmt: skip
    assert [one.why for one in found] == [load().red_flags[name].label for name in names]


@pytest.mark.parametrize(("left", "right", "days"), [(10, 40, 40), (40, 10, 40), (None, 10, 10), (10, None, 10)])
def test_of_two_sides_the_one_that_waits_longer_is_told(
    tmp_path: Path, left: int | None, right: int | None, days: int
) -> None:
    sides = {"left": left, "right": right}
    (found,) = listed(
        tmp_path,
        "red_flag",
        cases=[case("a", side, site=f"of the {side}") for side in sides],
        red_flags=[flag("a", "infection", side, met_by=["fever"]) for side in sides],
        findings=[raised("a", number, side, place=f"Observation/{side}") for side, number in sides.items()],
    )
    told = next(side for side, number in sides.items() if number == days)
    assert (found.side, found.days, found.site) == ("left and right", days, f"of the {told}")
    assert found.place == f"Observation/{told}"


def test_of_sides_that_wait_alike_the_first_is_told(tmp_path: Path) -> None:
    (found,) = listed(
        tmp_path,
        "red_flag",
        cases=[case("a", side, site=f"of the {side}") for side in ("right", "left")],
        injections=[injection("a", 10, side) for side in ("right", "left")],
        red_flags=[flag("a", "infection", side) for side in ("right", "left")],
    )
    assert found.site == "of the left"


def test_the_sides_of_a_flag_are_those_of_this_patient_and_this_flag(tmp_path: Path) -> None:
    sides = {("a", "infection"): "left", ("a", "cauda_equina"): "right", ("b", "infection"): "right"}
    found = listed(
        tmp_path,
        "red_flag",
        cases=[case("a"), case("a", "right"), case("b", "right")],
        red_flags=[flag(name, raised, side) for (name, raised), side in sides.items()],
    )
    labels = {load().red_flags[raised].label: raised for _, raised in sides}
    assert {(one.patient, labels[one.why]): one.side for one in found} == sides


@pytest.mark.parametrize(
    ("places", "told"),
    [
        # What the chart says itself, before what was worked out of it, though that is named first.
        ([("fever", True, "A.ndjson", "A/1"), ("mri_infection", False, "B.ndjson", "B/1")], ("B.ndjson", "B/1")),
        # Then the finding that is named first.
        ([("fever", False, "B.ndjson", "B/1"), ("mri_infection", False, "A.ndjson", "A/1")], ("B.ndjson", "B/1")),
        # Then the first file, and the first place in it.
        ([("fever", False, "B.ndjson", "A/1"), ("fever", False, "A.ndjson", "B/1")], ("A.ndjson", "B/1")),
        ([("fever", False, "A.ndjson", "A/2"), ("fever", False, "A.ndjson", "A/1")], ("A.ndjson", "A/1")),
    ],
)
def test_a_flag_is_told_with_the_first_place_it_rests_on(
    tmp_path: Path, places: list[tuple[str, bool, str, str]], told: tuple[str, str]
) -> None:
    (found,) = listed(
        tmp_path,
        "red_flag",
        cases=[case("a")],
        red_flags=[flag("a", "infection", met_by=["fever", "mri_infection"])],
        findings=[
            *(finding("a", name, derived=derived, file=file, place=place) for name, derived, file, place in places),
            finding("a", "diabetes", file="0.ndjson", place="0/0"),
        ],
    )
    assert (found.file, found.place) == told


def test_a_flag_rests_on_its_findings_in_their_order(tmp_path: Path) -> None:
    names = ["mri_infection", "fever"]
    (found,) = listed(
        tmp_path, "red_flag", cases=[case("a")], red_flags=[flag("a", "infection", met_by=names)],
        findings=[finding("a", name) for name in sorted(names)],
    )  # fmt: skip
    label = load().red_flags["infection"].label
    assert found.why == f"{label}: {'; '.join(load().findings[name].label for name in names)}"


# --------------------------------------------------------------------------------------- who waits longest is first


def test_re_evaluations_that_are_due_longest_stand_first(tmp_path: Path) -> None:
    found = listed(tmp_path, "re_evaluation", **waiting(**FAILED))
    assert patients(found) == ORDER
    assert [one.days for one in found] == [300, 200, 200, 90, 45]


def test_silent_injections_of_longest_ago_stand_first_then_by_their_number(tmp_path: Path) -> None:
    tables = waiting(anaesthetic="not_recorded")
    tables["injections"] += [
        injection("b", 200, number=number, anaesthetic="not_recorded", place=f"Procedure/b{number}")
        for number in (2, 1)
    ]
    found = listed(tmp_path, "unreadable", **tables)
    assert [one.place for one in found] == [
        "Procedure/a", "Procedure/b", "Procedure/b1", "Procedure/b2", "Procedure/c", "Procedure/d", "Procedure/e",
    ]  # fmt: skip


def test_unrequested_services_stand_in_the_order_of_the_knowledge_then_by_who_waits_longest(tmp_path: Path) -> None:
    tables = waiting()
    tables["policies"] = [
        of(name, policy="highmark_z62", service=service, verdict="met")
        for name, service in zip(WAITING, (FIRST, AGAIN, FIRST, FIRST, FIRST), strict=True)
    ]
    assert patients(listed(tmp_path, "not_requested", **tables)) == ["b", "c", "d", "e", "a"]


def lacks(patient: str, fact: str, service: str, *policies: str) -> list[Row]:
    """A fact that alone is missing for some policies."""
    return [of(patient, policy=one, service=service, finding=fact, detail="") for one in policies]


def one_fact(tmp_path: Path, missing: list[Row]) -> list[Entry]:
    """The entries of facts that are missing."""
    verdicts = {(row["case"], row["policy"], row["service"]): row for row in missing}.values()
    asked = [
        {"case": row["case"], "policy": row["policy"], "service": row["service"], "verdict": "not documented"}
        for row in verdicts
    ]
    return listed(tmp_path, "one_fact", **waiting(), missing=missing, policies=asked)


def test_facts_that_are_missing_longest_stand_first(tmp_path: Path) -> None:
    missing = [row for name in WAITING for row in lacks(name, "pain_region_sij", FIRST, "highmark_z62")]
    assert patients(one_fact(tmp_path, missing)) == ORDER


def test_facts_stand_by_their_service_then_those_that_most_policies_ask_for(tmp_path: Path) -> None:
    found = one_fact(
        tmp_path,
        [
            *lacks("a", "pain_region_sij", AGAIN, "highmark_z62", "evolent_cam770"),
            *lacks("b", "pain_region_sij", FIRST, "highmark_z62"),
            *lacks("c", "pain_region_sij", FIRST, "highmark_z62"),
            *lacks("d", "pain_region_sij", FIRST, "highmark_z62", "wellsense_oca"),
            *lacks("e", "dx_blocks", FIRST, "highmark_z62"),
            *lacks("e", "pain_region_sij", FIRST, "highmark_z62"),
        ],
    )
    assert patients(found) == ["d", "b", "c", "e", "e", "a"]
    labels = [load().findings[name].label for name in ("dx_blocks", "pain_region_sij")]
    assert [one.why.split(" not documented")[0] for one in found[3:5]] == labels
    assert found[0].policies == "HM-inj, WellS"


def test_a_fact_for_several_services_stands_with_the_first_of_them(tmp_path: Path) -> None:
    found = one_fact(
        tmp_path,
        [
            *lacks("d", "pain_region_sij", AGAIN, "highmark_z62"),
            *lacks("d", "pain_region_sij", FIRST, "highmark_z62"),
            *lacks("a", "pain_region_sij", AGAIN, "highmark_z62", "evolent_cam770"),
        ],
    )
    assert patients(found) == ["d", "a"]


def test_who_waits_alike_stands_by_name(tmp_path: Path) -> None:
    """Though another order of facts, or of files, puts the second before the first."""
    names = {"a": "pain_region_sij", "b": "dx_blocks", "c": "dx_blocks", "d": "pain_region_sij"}
    found = {
        kind: listed(
            tmp_path / kind,
            kind,
            cases=[case(name) for name in reversed(names)],
            injections=[injection(name, 200, anaesthetic="not_recorded", **FAILED) for name in reversed(names)],
            policies=[
                of(name, policy="highmark_z62", service=service, verdict=verdict)
                for name in reversed(names)
                for service, verdict in ((FIRST, "not documented"), (FUSION, "met"))
            ],
            missing=[row for name, fact in names.items() for row in lacks(name, fact, FIRST, "highmark_z62")],
        )
        for kind in ("re_evaluation", "unreadable", "not_requested", "one_fact")
    }
    assert [patients(entries) for entries in found.values()] == [list(names)] * len(found)


# ---------------------------------------------------------------------------------------- repeat radiofrequency


def burnt(days: dict[str, int | None], answer: dict[str, str] | None = None) -> dict[str, list[Row]]:
    """Cases after a radiofrequency, so many days before the review."""
    return {
        "cases": [case(name, repeat_radiofrequency=(answer or {}).get(name, "met")) for name in days],
        "events": [burning(name, number) for name, number in days.items() if number is not None],
        "options": [of(name, option="radiofrequency", status="open") for name in days],
        "policies": [of(name, policy="ipsis_auc", service="sij_rfa", verdict="met") for name in days],
    }


def burning(patient: str, days: int, kind: str = "procedure") -> Row:
    """A radiofrequency, or what is told of one."""
    return of(patient, kind=kind, label="rf", first_day=ago(days), finding="rfa_history")


def test_radiofrequency_of_longest_ago_stands_first_what_wore_off_before_what_is_asked(tmp_path: Path) -> None:
    days = {"d": 900, "c": 300, "b": 400, "a": 300, "e": None}
    found = listed(tmp_path, "repeat_radiofrequency", **burnt(days, {"d": "not documented"}))
    assert patients(found) == ["b", "a", "c", "e", "d"]


def test_of_several_the_last_radiofrequency_counts(tmp_path: Path) -> None:
    tables = burnt({"a": 700})
    tables["events"] += [burning("a", 250), burning("a", 400)]
    (found,) = listed(tmp_path, "repeat_radiofrequency", **tables)
    assert (found.days, found.why) == (250, f"Radiofrequency of {ago(250)} helped and has worn off")


def test_only_a_radiofrequency_that_was_done_has_a_day(tmp_path: Path) -> None:
    tables = burnt({"a": 250})
    tables["events"] += [burning("a", 30, kind="request"), of("a", kind="procedure", label="other", first_day=ago(20))]
    (found,) = listed(tmp_path, "repeat_radiofrequency", **tables)
    assert found.days == 250


def test_it_is_told_where_the_chart_says_so_last(tmp_path: Path) -> None:
    tables = burnt({"a": 250})
    days = {"Procedure/b": "2024-09-24", "Procedure/d": "2024-05-01", "Procedure/c": "2024-09-24", "Procedure/e": None}
    tables["findings"] = [
        *(
            finding("a", "rfa_history", place=place, file=f"{place[-1]}.ndjson", date=day)
            for place, day in days.items()
        ),
        finding("a", "fever", place="Observation/z", date="2025-01-01"),
    ]
    (found,) = listed(tmp_path, "repeat_radiofrequency", **tables)
    assert (found.file, found.place) == ("c.ndjson", "Procedure/c")


def test_policies_that_are_met_are_told_before_those_that_are_open(tmp_path: Path) -> None:
    for number, verdicts in enumerate((("met", "not documented"), ("not documented", "met"))):
        tables = burnt({"a": 250})
        tables["policies"] = [
            of("a", policy=policy, service="sij_rfa", verdict=verdict)
            for policy, verdict in zip(("ipsis_auc", "consensus_2025"), verdicts, strict=True)
        ]
        (found,) = listed(tmp_path / str(number), "repeat_radiofrequency", **tables)
        assert found.policies.startswith("met: ")
