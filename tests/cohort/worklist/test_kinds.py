"""Each kind of the worklist: a case that must be listed, and near misses that must not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sacroiliac.cohort.results import opened
from sacroiliac.cohort.worklist.entries import Entry, Worklist
from sacroiliac.knowledge import load
from tests.cohort.made import REVIEW, Row, ago, case, finding, injection, of, written

KNOWN = load().population
DUE = int(KNOWN.re_evaluation.due_weeks.value * 7)
SETTLED = int(KNOWN.re_evaluation.settled_days.value)


def listed(tmp_path: Path, kind: str, chosen: dict[str, str | None] | None = None, **tables: list[Row]) -> list[Entry]:
    """The entries of one kind."""
    folder = written(tmp_path / "results", **tables)
    with opened(folder, load()) as results:
        return list(Worklist(results, [kind], chosen or {}).entries())


def patients(entries: list[Entry]) -> list[str]:
    """Who is listed."""
    return [one.patient for one in entries]


# ------------------------------------------------------------------------------------------------- red flags


def test_red_flags_of_the_first_two_tiers_are_listed_the_first_tier_first(tmp_path: Path) -> None:
    flags = [
        of("b", flag="cancer", tier="B", status="present"),
        of("a", flag="infection", tier="A", status="present", met_by=["fever"]),
        of("a2", flag="cauda_equina", tier="A", status="present"),
        of("asked", flag="infection", tier="A", status="not asked"),
        of("no", flag="infection", tier="A", status="answered no"),
        of("soft", flag="cancer_soft_signs", tier="C", status="present"),
    ]
    found = listed(
        tmp_path,
        "red_flag",
        cases=[case(row["case"].split("/")[0]) for row in flags],
        injections=[injection("a", 30)],
        red_flags=flags,
        findings=[
            finding("a", "fever", date=ago(12).isoformat()),
            finding("a", "sij_infection", "no"),
            finding("b", "fever"),
        ],
    )
    assert patients(found) == ["a2", "a", "b"]
    assert [one.urgent for one in found] == [True, True, False]
    infection = found[1]
    assert infection.why == "Possible infection of the joint or spine: Fever or rigors"
    assert infection.next == load().red_flags["infection"].action
    assert (infection.file, infection.place, infection.days) == ("Observation.ndjson", "Observation/fever-a", 12)
    assert found[0].why == "Possible cauda equina syndrome"
    assert found[0].days is None


def test_a_red_flag_is_listed_once_for_both_sides(tmp_path: Path) -> None:
    sides = ("left", "right")
    (found,) = listed(
        tmp_path,
        "red_flag",
        cases=[case("a", side) for side in sides],
        red_flags=[of("a", side, flag="infection", tier="A", status="present", met_by=["fever"]) for side in sides],
        findings=[finding("a", "fever", side=side, date=ago(40).isoformat()) for side in sides],
    )
    assert (found.side, found.days) == ("left and right", 40)


def test_a_flag_that_rests_on_how_long_ago_the_injection_was_says_so(tmp_path: Path) -> None:
    (found,) = listed(
        tmp_path,
        "red_flag",
        cases=[case("a")],
        red_flags=[
            of("a", flag="infection", tier="A", status="present", met_by=["immunosuppression", "days_since_injection"])
        ],
        findings=[finding("a", "immunosuppression", date=ago(300).isoformat())],
        injections=[injection("a", 400), injection("a", 9, number=1)],
    )
    days = load().findings["days_since_injection"].label
    assert found.why.endswith(f"Immunosuppression; {days} 9")


def test_nobody_is_listed_who_died(tmp_path: Path) -> None:
    flags = [of(one, flag="infection", tier="A", status="present") for one in ("a", "b")]
    cases = [case("a", deceased=True), case("b", deceased=False)]
    assert patients(listed(tmp_path, "red_flag", cases=cases, red_flags=flags)) == ["b"]


# ------------------------------------------------------------------------------------------ re-evaluation due


def score(patient: str, days: int, name: str = "pain_nrs") -> Row:
    """A dated pain score."""
    return of(patient, kind="pain", label="pain", first_day=ago(days), last_day=ago(days), value=5.0, finding=name)


def look(patient: str, days: int) -> Row:
    """A dated examination."""
    return of(patient, kind="look", label="pain or examination", first_day=ago(days), finding="thigh_thrust")


LOST: dict[str, Any] = {"steroid": "did not hold", "sustained_percent": 30.0, "sustained_weeks": 2.0}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (LOST, "did not hold (30% relief for 2 weeks)"),
        ({"steroid": "not recorded"}, "is not recorded"),
        ({"steroid": "not recorded", "intent": "both"}, "is not recorded"),
        ({"steroid": "not recorded", "intent": None}, "is not recorded"),
    ],
)
def test_a_treatment_that_failed_and_was_not_looked_at_again_is_due(
    tmp_path: Path, fields: dict[str, Any], says: str
) -> None:
    days = DUE + 1
    (found,) = listed(tmp_path, "re_evaluation", cases=[case("a")], injections=[injection("a", days, **fields)])
    assert found.why == f"Injection of {ago(days)}: relief over weeks {says}"
    assert found.days == days
    assert found.place == "Procedure/a"


@pytest.mark.parametrize(
    "fields",
    [
        {"steroid": "held"},
        {"steroid": "none given", "steroid_given": False},
        {"steroid": "not recorded", "intent": "diagnostic"},
        {"steroid": "not recorded", "intent": None, "steroid_given": None},
        {"steroid": "not recorded", "number": 1},
    ],
)
def test_other_injections_are_not_due(tmp_path: Path, fields: dict[str, Any]) -> None:
    injections = [injection("a", DUE + 1, **fields)]
    assert listed(tmp_path, "re_evaluation", cases=[case("a")], injections=injections) == []


@pytest.mark.parametrize("days", [DUE, None])
def test_what_is_not_yet_due_is_not_listed(tmp_path: Path, days: int | None) -> None:
    injections = [injection("a", days, **LOST)]
    assert listed(tmp_path, "re_evaluation", cases=[case("a")], injections=injections) == []


@pytest.mark.parametrize(
    ("events", "is_due"),
    [
        ([score("a", 10)], False),
        ([score("a", 100)], True),
        ([score("a", 60 - SETTLED)], True),
        ([score("a", 60 - SETTLED - 1)], False),
        ([score("a", 10, "sij_injections")], True),
        ([look("a", 10)], False),
        ([look("a", 90)], True),
        ([look("a", 90), look("a", 10), score("a", 100)], False),
        ([of("a", kind="treatment", label="exercise", first_day=ago(10), finding="treatments")], True),
        ([score("b", 10), look("b", 10)], True),
    ],
)
def test_a_look_after_the_first_days_is_a_re_evaluation(tmp_path: Path, events: list[Row], is_due: bool) -> None:
    found = listed(
        tmp_path,
        "re_evaluation",
        cases=[case("a"), case("b", turns_on=None)],
        injections=[injection("a", 60, **LOST)],
        events=events,
    )
    assert bool(found) is is_due


# ------------------------------------------------------------------------------------ injections that say nothing


def test_injections_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    given = {
        "silent": {"anaesthetic": "not_recorded", "pattern": "phase_not_recorded"},
        "urgent": {"anaesthetic": "not_recorded", "pattern": "emergency"},
        "unproven": {"anaesthetic": "low", "pattern": "inadequate_no_relief"},
        "dry": {"anaesthetic": "not_recorded", "pattern": "no_anaesthetic"},
        "read": {},
        "low": {"anaesthetic": "low", "pattern": "proven_no_relief"},
        "no-pattern": {"anaesthetic": "partial", "pattern": None},
    }
    found = listed(
        tmp_path,
        "unreadable",
        cases=[case(name) for name in given],
        injections=[injection(name, 50 - row, **fields) for row, (name, fields) in enumerate(given.items())],
    )
    assert patients(found) == ["silent", "urgent", "unproven", "dry"]
    patterns = {one.id: one for one in load().injections.patterns}
    assert found[0].next == patterns["phase_not_recorded"].next_step
    assert found[1].why.endswith("relief in the first hours not recorded")
    assert found[1].next == found[1].kind.next
    assert found[2].why == f"Injection of {ago(48)}: {patterns['inadequate_no_relief'].label}"


def test_only_the_injection_a_case_turns_on_and_later_ones_count(tmp_path: Path) -> None:
    silent = {"anaesthetic": "not_recorded", "pattern": "phase_not_recorded"}
    found = listed(
        tmp_path,
        "unreadable",
        cases=[case("a", turns_on=1), case("none", turns_on=None)],
        injections=[
            injection("a", 90, number=0, **silent),
            injection("a", 60, number=1),
            injection("a", 30, number=2, **silent),
        ],
    )
    assert [one.days for one in found] == [30]


# ---------------------------------------------------------------------------------------- repeat radiofrequency

ASK = int(KNOWN.repeat_radiofrequency.ask_after_months.value)


def burnt(tmp_path: Path, answer: str, day: Any, **other: list[Row]) -> list[Entry]:
    """The entries of a case after a radiofrequency."""
    tables = {
        "cases": [case("a", repeat_radiofrequency=answer)],
        "injections": [injection("a", 900)],
        "events": [] if day is None else [of("a", kind="procedure", label="rf", first_day=day, finding="rfa_history")],
        "findings": [finding("a", "rfa_history", "once", date=str(day))],
        "options": [of("a", option="radiofrequency", status="open")],
        "policies": [of("a", policy="ipsis_auc", service="sij_rfa", verdict="met")],
        **other,
    }
    return listed(tmp_path, "repeat_radiofrequency", **tables)


def test_a_radiofrequency_that_helped_and_wore_off_may_be_repeated(tmp_path: Path) -> None:
    (found,) = burnt(tmp_path, "met", ago(300))
    assert found.why == f"Radiofrequency of {ago(300)} helped and has worn off"
    assert (found.days, found.policies, found.place) == (300, "AUC", "Observation/rfa_history-a")


def test_it_may_be_repeated_though_its_day_is_not_known(tmp_path: Path) -> None:
    (found,) = burnt(tmp_path, "met", None)
    assert found.days is None


def test_where_nobody_wrote_down_whether_it_helped_this_is_asked_in_time(tmp_path: Path) -> None:
    due = REVIEW.replace(year=2024, month=12)
    assert ASK == 6
    (found,) = burnt(tmp_path, "not documented", due)
    assert found.next == load().findings["rfa_history"].question
    assert "not documented" in found.why
    assert burnt(tmp_path / "later", "not documented", due.replace(day=2)) == []


@pytest.mark.parametrize(
    "other",
    [
        {"options": [of("a", option="radiofrequency", status="not now")]},
        {"policies": [of("a", policy="ipsis_auc", service="sij_rfa", verdict="not met")]},
        {"policies": [of("a", policy="ipsis_auc", service="sij_ia_therapeutic_repeat", verdict="met")]},
        {"cases": [case("a", repeat_radiofrequency="not met")]},
        {"events": [], "cases": [case("a", repeat_radiofrequency="not documented")]},
    ],
)
def test_without_one_of_these_it_is_not_listed(tmp_path: Path, other: dict[str, list[Row]]) -> None:
    assert burnt(tmp_path, "met", ago(300), **other) == []


def test_policies_stand_under_their_verdicts(tmp_path: Path) -> None:
    policies = [
        of("a", policy="ipsis_auc", service="sij_rfa", verdict="not documented"),
        of("a", policy="consensus_2025", service="sij_rfa", verdict="met"),
        of("a", policy="cms_siji_lcd", service="sij_rfa", verdict="not covered"),
    ]
    (found,) = burnt(tmp_path, "met", ago(300), policies=policies)
    assert found.policies == "met: Cons25; not documented: AUC"


# ------------------------------------------------------------------------------------- criteria met, one fact


def test_met_criteria_that_no_request_names_are_listed(tmp_path: Path) -> None:
    cases = [
        case("free"),
        case("asked", requested_code="27279"),
        case("other", requested_code="64625"),
        case("stage"),
        case("past"),
        case("open"),
        case("society"),
    ]
    fusion = "sij_fusion_mi_transfixing"
    policies = [
        *(of(name, policy="premera_601527", service=fusion, verdict="met") for name in ("free", "asked", "other")),
        of("free", policy="bcbst_sij", service=fusion, verdict="met"),
        of("free", policy="highmark_s230", service=fusion, verdict="not met"),
        *(of(name, policy="premera_601527", service=fusion, verdict="met") for name in ("stage", "past")),
        of("open", policy="premera_601527", service=fusion, verdict="not documented"),
        of("society", policy="isass_policy", service=fusion, verdict="met"),
    ]
    stages = [
        of("stage", service=fusion, reached="not documented"),
        of("past", service=fusion, reached="not met"),
        of("free", service=fusion, reached="met"),
    ]
    days = {"free": 40, "other": 60, "stage": 20}
    injections = [injection(name, number) for name, number in days.items()]
    found = listed(tmp_path, "not_requested", cases=cases, policies=policies, stages=stages, injections=injections)
    assert [(one.patient, one.policies, one.days) for one in found] == [
        ("other", "Premera", 60), ("free", "TN, Premera", 40), ("stage", "Premera", 20),
    ]  # fmt: skip
    assert found[0].why == load().coverage.service(fusion).label


def test_what_is_barred_is_neither_requested_nor_documented_for(tmp_path: Path) -> None:
    """By every option behind the service, or by a red flag that comes first; and none of whose criteria is met yet."""
    service, fact = "sij_ia_therapeutic_initial", {"finding": "pain_region_sij", "detail": ""}
    tables = {
        "cases": [case("free"), case("barred"), case("urgent", urgent=True), case("nothing")],
        "options": [
            of("free", option="repeat_injection", status="undecided"),
            of("barred", option="repeat_injection", status="not now"),
        ],
    }
    met = [of(name, policy="premera_601527", service=service, verdict="met") for name in ("free", "barred", "urgent")]
    assert patients(listed(tmp_path / "met", "not_requested", **tables, policies=met)) == ["free"]
    lacking = [
        of(name, policy="highmark_z62", service=service, verdict="not documented", met=int(name != "nothing"))
        for name in ("free", "barred", "urgent", "nothing")
    ]
    missing = [of(row["case"].split("/")[0], policy="highmark_z62", service=service, **fact) for row in lacking]
    assert patients(listed(tmp_path / "one", "one_fact", **tables, policies=lacking, missing=missing)) == ["free"]


def test_an_injection_is_at_its_stage_when_the_chart_says_so_alone(tmp_path: Path) -> None:
    """Where the stage is what is planned, as in a fusion, nothing is shut before somebody has decided."""
    again, fusion = "sij_ia_therapeutic_repeat", "sij_fusion_mi_transfixing"
    found = listed(
        tmp_path,
        "not_requested",
        cases=[case("a")],
        policies=[of("a", policy="premera_601527", service=one, verdict="met") for one in (again, fusion)],
        stages=[of("a", service=one, reached="not documented") for one in (again, fusion)],
    )
    assert [one.why for one in found] == [load().coverage.service(fusion).label]


def test_one_missing_fact_is_listed_once_with_all_it_would_meet(tmp_path: Path) -> None:
    first, again = "sij_ia_therapeutic_initial", "sij_ia_therapeutic_repeat"
    facts = [
        ("a", "highmark_z62", first, "pain_region_sij", ""),
        ("a", "wellsense_oca", first, "pain_region_sij", ""),
        ("a", "evolent_cam770", again, "pain_region_sij", ""),
        ("a", "highmark_z62", again, "last_tx", "relief percent"),
        ("b", "highmark_z62", first, "planned", "guidance"),
        ("c", "consensus_2025", first, "pain_region_sij", ""),
        ("d", "highmark_z62", first, "pain_region_sij", ""),
    ]
    found = listed(
        tmp_path,
        "one_fact",
        cases=[case(name) for name in "abcd"],
        missing=[of(who, policy=p, service=s, finding=f, detail=d) for who, p, s, f, d in facts],
        policies=[of(who, policy=p, service=s, verdict="not documented") for who, p, s, _, _ in facts],
        stages=[of("d", service=first, reached="not met")],
        injections=[injection("a", 40)],
    )
    assert patients(found) == ["a", "a"]
    region, relief = found
    known = load().findings["pain_region_sij"]
    services = {one: load().coverage.service(one).label for one in (first, again)}
    assert region.why.startswith(f"{known.label} not documented; for first therapeutic injection")
    assert region.next == known.question
    assert region.policies == "; ".join(
        f"{services[one][0].lower()}{services[one][1:]}: {names}"
        for one, names in ((first, "HM-inj, WellS"), (again, "Evolent"))
    )
    assert relief.policies == "HM-inj"
    assert "(relief percent)" in relief.why
