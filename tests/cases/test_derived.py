"""What is worked out from the facts: ages, durations, care, relief, doses, kidney function. Each row is a small chart,
a finding, and the answer a clinician would give by hand."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.cases.injections import category
from sacroiliac.knowledge import load
from sacroiliac.rules import OpenList
from tests.cases.make import HEAD, builder, case, chart, fact, value, with_facts

MAN = "patient: {id: a, birth_date: 1970-06-15, sex: male}\nside: right\nreview_date: 2025-06-01\n"
YOUNG = "patient: {id: a, birth_date: 1990-06-15, sex: female}\nside: right\nreview_date: 2025-06-01\n"
BORN = "patient: {{id: a, birth_date: {}, sex: female}}\nside: right\nreview_date: 2025-06-01\n"


# --------------------------------------------------------------------------------------------- patient and pain


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ("1970-06-01", 55), ("1970-06-02", 54), ("1970-06", (54, 55)), ("1970-05", 55), ("1970", (54, 55)), ("1960-02-29", 65),
    ],
)  # fmt: skip
def test_age_in_whole_years_on_the_day_of_the_review(birth: str, age: Any) -> None:
    """A birthday on the day counts; of a year only, the age is one of two."""
    assert value("age_years", "", BORN.format(birth)) == age


def test_a_stated_age_stands() -> None:
    assert value("age_years", "", "patient: {id: a, age: 61}\nreview_date: 2025-06-01\n") == 61
    assert value("age_years", "", "patient: {id: a}\nreview_date: 2025-06-01\n") is None


@pytest.mark.parametrize(
    ("onset", "low", "high"),
    [
        ("2025-03-01", 3.0, 3.0),
        ("2025-03", 2.03, 3.0),
        ("2024", 5.03, 17.0),
        ("2025-06-01", 0.0, 0.0),
        ("2025-06", 0.0, 0.0),
    ],
)
def test_months_since_onset(onset: str, low: float, high: float) -> None:
    """Of a month the pain may have begun on its first or its last day, not after the review."""
    months = value("pain_duration_months", f"findings: {{pain_onset_date: {onset}}}")
    bounds = months if isinstance(months, tuple) else (months, months)
    assert bounds == pytest.approx((low, high), abs=0.01)


def test_an_onset_after_the_review_says_nothing() -> None:
    for name in ("pain_duration_months", "age_at_onset_years"):
        assert value(name, "findings: {pain_onset_date: {value: 2025-07-01, date: 2025-05-01}}") is None
        assert value(name, "findings: {pain_onset_date: 2025-07}") is None


@pytest.mark.parametrize(
    ("findings", "age"),
    [
        ("pain_onset_date: 2010-06-15", (0.0, 40.0)),
        ("pain_onset_date: 2010-06-14", (0.0, 39.0)),
        ("pain_onset_date: 2010", (0.0, 40.0)),
        ("pain_duration_months: 120", (0.0, 44.0)),
        ("pain_duration_months: 125", (0.0, 44.0)),
        ("pain_onset_date: 1960", None),
        ("pain_onset_date: 2010-06-15, age_at_onset_years: 31", 31.0),
    ],
)
def test_age_at_onset(findings: str, age: Any) -> None:
    """At the latest when the present pain began; pain older than the patient says nothing."""
    assert value("age_at_onset_years", f"findings: {{{findings}}}") == age


@pytest.mark.parametrize(
    ("head", "pregnant", "postpartum"),
    [(MAN, False, inf), (BORN.format("1960-01-01"), False, inf), (YOUNG, None, None), (HEAD, None, None)],
)
def test_who_is_asked_about_pregnancy(head: str, pregnant: bool | None, postpartum: float | None) -> None:
    """Not men, nor women above the age in the knowledge; of anybody else no answer is no answer."""
    assert value("pregnant", "", head) is pregnant
    assert value("months_postpartum", "", head) == postpartum
    if head != MAN:  # of whom the reader refuses it
        assert value("pregnant", "findings: {pregnant: yes}", head) is True


# ------------------------------------------------------------------------------------------------- examination

SIX = ("distraction", "compression", "thigh_thrust", "sacral_thrust", "gaenslen", "faber")


def examined(**results: str) -> str:
    """Provocation tests of the right side."""
    return (
        "findings: {" + ", ".join(f"{name}: {{value: {result}, side: right}}" for name, result in results.items()) + "}"
    )


@pytest.mark.parametrize(
    ("results", "count"),
    [
        ({}, None),
        ({"faber": "yes", "gaenslen": "yes"}, (2, 6)),
        ({"faber": "yes", "gaenslen": "yes", "compression": "no"}, (2, 5)),
        (dict.fromkeys(SIX, "no"), 0),
        (dict.fromkeys(SIX, "yes"), 6),
        ({**dict.fromkeys(SIX, "no"), "yeoman": "yes"}, 1),
        # One manoeuvre under two names counts once, and is positive when either is.
        ({"thigh_thrust": "yes", "posterior_shear": "yes"}, (1, 6)),
        ({**dict.fromkeys(SIX, "no"), "posterior_shear": "yes"}, 1),
        ({**dict.fromkeys(SIX, "no"), "posterior_shear": "no"}, 0),
    ],
)
def test_positive_manoeuvres_are_counted_within_bounds(results: dict[str, str], count: Any) -> None:
    """What was not done may be positive; a test nobody usually does (Yeoman) is not waited for."""
    assert value("provocation_count", examined(**results)) == count


def test_the_tests_done_are_those_with_a_result() -> None:
    found = case(examined(faber="yes", gaenslen="no", thigh_thrust="no", posterior_shear="no"))
    assert set(found.findings["provocation_done"].value["present"]) == {
        "faber",
        "gaenslen",
        "thigh_thrust",
        "posterior_shear",
    }
    assert found.findings["provocation_count_done"].value == 3
    assert found.findings["provocation_positive"].value["present"] == ["faber"]
    assert found.findings["sij_exam_recorded"].value is True
    assert case("").findings["sij_exam_recorded"].value is False
    assert "provocation_count_done" not in case("").findings


def test_a_list_of_positive_tests_counts_as_the_tests_do() -> None:
    body = "findings: {provocation_positive: {value: {present: [faber, gaenslen, compression], absent: [distraction]}, side: right}}"
    assert value("provocation_count", body) == (3, 5)


@pytest.mark.parametrize(
    ("findings", "shown"),
    [
        ({"mri_sacroiliitis": True}, True),
        ({"mri_deep_oedema": True}, True),
        ({"radiographic_sacroiliitis": True, "mri_sacroiliitis": False}, True),
        # A negative radiograph says nothing of the marrow.
        ({"radiographic_sacroiliitis": False}, None),
        ({"mri_sacroiliitis": False}, None),
        ({"mri_sacroiliitis": False, "radiographic_sacroiliitis": False}, False),
    ],
)
def test_sacroiliitis_on_any_imaging(findings: dict[str, bool], shown: bool | None) -> None:
    side = {name: "right" if load().findings[name].side == "sided" else None for name in findings}
    found = case(with_facts(*(fact(name, one, side[name]) for name, one in findings.items())))  # type: ignore[arg-type]
    assert (
        found.findings["sacroiliitis_on_imaging"].value if "sacroiliitis_on_imaging" in found.findings else None
    ) is shown


def test_a_named_score_and_the_age_of_the_newest_imaging() -> None:
    assert value("pain_scale_named", "findings: {pain_nrs: 4}") is True
    assert value("pain_scale_named", "") is None
    body = (
        "findings: {img_sij_xray: {value: yes, date: 2024-06-01}, img_lumbar_ct_or_mri: {value: yes, date: 2025-03-01}}"
    )
    assert value("img_age_months", body) == 3
    assert value("img_age_months", "findings: {img_sij_xray: {value: no, date: 2025-03-01}}") is None
    assert value("img_age_months", "findings: {img_sij_xray: {value: yes, date: 2025-03}}") == pytest.approx(
        (2.03, 3), abs=0.01
    )
    # Of images noted without a date nobody knows when they were taken.
    assert value("img_age_months", "findings: {img_sij_xray: yes}") is None
    noted = "findings: {img_sij_xray: {value: yes, date: 2025-03-01}, img_sij_ct_or_mri: yes}"
    assert value("img_age_months", noted) == (0, 3)


# --------------------------------------------------------------------------------------------------- injections


def injection(**fields: Any) -> str:
    """One injection of the right side."""
    parts = {"date": "2025-03-03", "side": "right", **fields}
    return "injections: [{" + ", ".join(f"{name}: {one}" for name, one in parts.items()) + "}]"


@pytest.mark.parametrize(
    ("relief", "wanted"),
    [
        (None, "not_recorded"),
        (0, "low"),
        (49.9, "low"),
        (50, "partial"),
        (79.9, "partial"),
        (80, "high"),
        (100, "high"),
    ],
)
def test_relief_in_the_anaesthetic_phase_by_category(relief: float | None, wanted: str) -> None:
    """The two thresholds of the diagnosis tables; nothing recorded is a category of its own, never "low"."""
    assert category(relief, load().injections) == wanted


@pytest.mark.parametrize(
    ("fields", "name", "wanted", "note"),
    [
        ({"pre_pain": 8, "post_pain": 2}, "relief_percent", 75, "worked out from pain 8 before and 2 after"),
        ({"pre_pain": 4, "post_pain": 6}, "relief_percent", 0, "worked out"),
        ({"pre_pain": 0, "post_pain": 0}, "relief_percent", None, ""),
        ({"pre_pain": 8}, "relief_percent", None, ""),
        ({"pre_pain": 8, "post_pain": 2, "relief_percent": 70}, "relief_percent", 70, ""),
        (
            {"pre_pain": 8, "post_pain": 2, "relief_percent": 40},
            "relief_percent",
            40,
            "is 75 percent; the statement is used",
        ),
        ({"relief_hours": 3, "anesthetic": "bupivacaine"}, "concordant_duration", False, "at least 4 expected"),
        ({"relief_hours": 4, "anesthetic": "bupivacaine"}, "concordant_duration", True, "at least 4 expected"),
        ({"relief_hours": 1, "anesthetic": "lidocaine"}, "concordant_duration", True, "at least 1 expected"),
        ({"relief_hours": 9, "anesthetic": "other"}, "concordant_duration", None, ""),
        (
            {"relief_hours": 1, "anesthetic": "bupivacaine", "concordant_duration": "yes"},
            "concordant_duration",
            True,
            "",
        ),
        ({"contrast_pattern": "not_used"}, "contrast", False, ""),
        ({"contrast_pattern": "vascular"}, "contrast", True, ""),
        ({"contrast_pattern": "vascular", "contrast": "no"}, "contrast", False, ""),
    ],
)
def test_what_a_note_says_between_the_lines(fields: dict[str, Any], name: str, wanted: Any, note: str) -> None:
    """Relief from the scores, concordance from the hours, contrast from its pattern; a statement stands."""
    (entry,) = case(injection(**fields)).injections
    assert entry.values.get(name) == wanted
    assert note in entry.notes.get(name, "") if note else name not in entry.notes


def test_relief_without_an_anaesthetic_is_no_anaesthetic_phase() -> None:
    cases = builder().build([(chart(injection(relief_percent=90, anesthetic="none")), 20_240, None)])
    assert cases.injections.column("injection").fields["anaesthetic"].codes.tolist() == [  # type: ignore[union-attr]
        cases.injections.column("injection").fields["anaesthetic"].values.index("not_recorded")  # type: ignore[union-attr]
    ]


def listed(body: str) -> dict[str, int | None]:
    """How many entries each list that policies ask about has; None when it may lack some or is not documented."""
    found = case(body).findings
    known = {
        name: found[name].value if name in found else None for name in ("dx_blocks", "tx_injections", "lbb_blocks")
    }
    return {name: None if rows is None or isinstance(rows, OpenList) else len(rows) for name, rows in known.items()}


@pytest.mark.parametrize(
    ("fields", "block", "treatment", "branch"),
    [
        ({"intent": "diagnostic"}, 1, 0, 0),
        ({"intent": "therapeutic"}, 0, 1, 0),
        ({"intent": "both"}, 1, 1, 0),
        ({"relief_percent": 80, "steroid": "yes"}, 1, 1, 0),
        ({"relief_percent": 80, "steroid": "no"}, 1, 0, 0),
        ({"steroid": "yes"}, 0, 1, 0),
        ({"steroid": "no"}, 1, 0, 0),
        ({}, None, None, 0),
        ({"target": "lateral_branch", "relief_percent": 80}, 0, 0, 1),
        ({"target": "periarticular", "relief_percent": 80, "steroid": "yes"}, 0, 0, 0),
    ],
)
def test_what_an_injection_counts_as(
    fields: dict[str, Any], block: int | None, treatment: int | None, branch: int
) -> None:
    """One injection can be a block and a treatment: two results, never merged. One that says too little may be either."""
    assert listed(injection(**fields)) == {"dx_blocks": block, "tx_injections": treatment, "lbb_blocks": branch}


def test_the_two_phases_of_one_injection_stay_apart() -> None:
    found = case(injection(relief_percent=90, steroid="yes", sustained_percent=20, sustained_weeks=2)).findings
    assert found["dx_blocks"].value[0]["relief_percent"] == 90
    assert found["tx_injections"].value[0]["relief_percent"] == 20
    assert found["last_tx"].value["relief_weeks"] == 2


def test_no_injections_is_not_the_same_as_nothing_said() -> None:
    assert listed("injections: []") == {"dx_blocks": 0, "tx_injections": 0, "lbb_blocks": 0}
    assert listed("") == {"dx_blocks": None, "tx_injections": None, "lbb_blocks": None}


STEROIDS = """
injections:
- {{date: 2024-05-31, side: right, steroid: yes}}
- {{date: {}, side: right, steroid: {}}}
- {{date: 2025-04-01, side: right, steroid: no}}
"""


@pytest.mark.parametrize(
    ("date", "steroid", "doses"),
    [
        ("2025-03-03", "yes", 1), ("2024-06-01", "yes", 1), ("2024-05-30", "yes", 0), ("2025-03-03", "unknown", (0, 1)),
        ("2024", "yes", (0, 1)), ("unknown", "yes", (0, 1)),
    ],
)  # fmt: skip
def test_steroid_doses_of_the_last_twelve_months(date: str, steroid: str, doses: Any) -> None:
    """An injection of uncertain date or content may count or not."""
    assert value("steroid_doses_12_months", STEROIDS.format(date, steroid)) == doses


@pytest.mark.parametrize(("date", "days"), [("2025-05-25", 7), ("2025-05", (1, 31)), ("unknown", None)])
def test_days_since_the_last_injection(date: str, days: Any) -> None:
    assert value("days_since_injection", injection(date=date)) == days


def test_an_undated_injection_may_be_the_last() -> None:
    body = "injections: [{date: 2025-05-02, side: right}, {side: right}]"
    assert value("days_since_injection", body) == (0, 30)


def test_weeks_since_a_fusion() -> None:
    assert value("weeks_since_sij_fusion", "findings: {sij_fusion: {value: yes, side: right, date: 2025-03-09}}") == 12
    assert value("weeks_since_sij_fusion", "findings: {sij_fusion: {value: no, side: right, date: 2025-03-09}}") is None
    undated = with_facts(fact("sij_fusion", True, "right", None))
    assert "weeks_since_sij_fusion" not in case(undated).findings


# ------------------------------------------------------------------------------------------- conservative care


def care(*entries: str) -> str:
    """Some treatments."""
    return "treatments:\n" + "".join(f"- {{{one}}}\n" for one in entries)


@pytest.mark.parametrize(
    ("entries", "weeks"),
    [
        (["kind: pt, start: 2025-01-01, end: 2025-02-12"], 6),
        # Overlapping care is counted once, care apart is added.
        (["kind: pt, start: 2025-01-01, end: 2025-02-12", "kind: nsaid, start: 2025-01-15, end: 2025-02-26"], 8),
        (["kind: pt, start: 2025-01-01, end: 2025-01-15", "kind: nsaid, start: 2025-03-01, end: 2025-03-15"], 4),
        (["kind: pt, start: 2025-04-06, ongoing: yes"], 8),
        (["kind: pt, start: 2025-04-06, end: 2025-12-31"], 8),
        # Weeks without dates may overlap with the rest: the longer of the two.
        (["kind: pt, weeks: 10", "kind: nsaid, start: 2025-01-01, end: 2025-02-12"], 10),
        (["kind: pt, start: 2025-01-01, end: 2025-02-12", "kind: nsaid, weeks: 2"], 6),
        (["kind: pt, start: 2025-01-01, end: 2025-02-12", "kind: nsaid"], (6, inf)),
        (["kind: pt, start: 2025-01-01, end: 2025-02-12", "kind: hep, start: 2025-05-18"], (6, 8)),
        (["kind: pt"], None),
        ([], None),
    ],
)
def test_weeks_of_conservative_care(entries: list[str], weeks: Any) -> None:
    assert value("conservative_weeks", care(*entries) if entries else "") == weeks


def test_care_of_months_has_bounds() -> None:
    """From January to March: four weeks are certain, thirteen possible."""
    low, high = value("conservative_weeks", care("kind: pt, start: 2025-01, end: 2025-03"))
    assert (low, high) == (pytest.approx(29 / 7), pytest.approx(89 / 7))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("pt_weeks", {"pt", "chiropractic", "hep"}),
        ("nsaid_weeks", {"nsaid"}),
        ("activity_modification_weeks", {"activity_modification"}),
    ],
)
def test_weeks_of_one_kind_of_care(name: str, kinds: set[str]) -> None:
    for kind in load().findings["treatments"].fields["kind"].values:
        found = value(name, care(f"kind: {kind}, start: 2025-01-01, end: 2025-02-12"))
        assert found == (6 if kind in kinds else None), kind


@pytest.mark.parametrize(
    ("entries", "visits"),
    [
        (["kind: pt, visits: 6", "kind: pt, visits: 4"], 10),
        (["kind: pt, visits: 6", "kind: pt"], (6, inf)),
        (["kind: hep, visits: 6"], None),
        (["kind: pt"], None),
    ],
)
def test_visits_of_therapy(entries: list[str], visits: Any) -> None:
    assert value("pt_visits", care(*entries)) == visits


@pytest.mark.parametrize(
    ("entries", "months"),
    [
        (["kind: pt, start: 2024-01-01, end: 2025-03-01"], 3),
        (["kind: pt, end: 2025-03-01", "kind: nsaid, start: 2025-01-01, ongoing: yes"], 0),
        (["kind: pt, end: 2025-03-01", "kind: nsaid, end: 2024-03-01"], 3),
        (["kind: pt, end: 2025-03-01", "kind: nsaid"], (0, 3)),
        (["kind: pt, weeks: 6"], None),
    ],
)
def test_how_recent_care_is(entries: list[str], months: Any) -> None:
    """Since the last of it ended; care without an end may have ended at any time since."""
    assert value("conservative_recency_months", care(*entries)) == months


@pytest.mark.parametrize(
    ("entries", "failed"),
    [
        (["kind: pt, response: none", "kind: nsaid, response: worse"], True),
        (["kind: pt, response: none", "kind: nsaid, response: partial"], None),
        (["kind: pt, response: none", "kind: nsaid"], None),
    ],
)
def test_care_failed_when_all_of_it_helped_not_at_all(entries: list[str], failed: bool | None) -> None:
    """Anything less is for the clinician to say."""
    assert value("conservative_failed", care(*entries)) is failed


@pytest.mark.parametrize(
    ("entries", "now"),
    [
        (["kind: pt, ongoing: yes"], True),
        (["kind: active_exercise, start: 2025-01-01, end: 2025-07-01"], True),
        (["kind: pt, end: 2025-03-01"], False),
        (["kind: pt, ongoing: no", "kind: hep, end: 2025-03-01"], False),
        (["kind: pt, end: 2025-03-01", "kind: hep"], None),
        (["kind: nsaid, ongoing: yes"], None),
    ],
)
def test_whether_rehabilitation_goes_on(entries: list[str], now: bool | None) -> None:
    assert value("active_rehab_now", care(*entries)) is now


def test_the_kinds_of_care_tried() -> None:
    found = value("conservative_modalities", care("kind: pt", "kind: nsaid", "kind: pt", "kind: acupuncture"))
    assert found == {"present": ["pt", "nsaid"]}
    assert value("conservative_modalities", care("kind: acupuncture")) is None


# ------------------------------------------------------------------------------------------------------ medication


def drugs(*entries: str) -> str:
    """A list of drugs."""
    return "medications:\n" + "".join(f"- {one}\n" for one in entries)


@pytest.mark.parametrize(
    ("entries", "total"),
    [
        (["{drug: morphine, dose_mg: 30, per_day: 2}"], 60),
        (["{drug: oxycodone, dose_mg: 10, per_day: 3}"], 45),
        (["{drug: tramadol, dose_mg: 50, per_day: 4}"], 40),
        (["{drug: hydromorphone, dose_mg: 4, per_day: 3}"], 60),
        (["{drug: methadone, dose_mg: 10, per_day: 2}"], 94),
        (["{drug: fentanyl, mcg_per_hour: 25, route: transdermal}"], 60),
        (["{drug: morphine, dose_mg: 30, per_day: 2}", "{drug: fentanyl, mcg_per_hour: 25}"], 120),
        (["{drug: morphine, dose_mg: 30, per_day: 2}", "oxycodone"], (60, inf)),
        (["oxycodone"], (0, inf)),
        (["{drug: morphine, dose_mg: 30, per_day: 2, stop: 2025-05-01}"], 0),
        (["{drug: morphine, dose_mg: 30, per_day: 2, start: 2025-07-01}"], 0),
        (["ibuprofen"], 0),
        (["ibuprofen", "xyzzy"], None),
    ],
)
def test_morphine_equivalents(entries: list[str], total: Any) -> None:
    """By the 2022 factors; an opioid without a dose makes the total a lower bound, an unknown drug may be one."""
    found = value("mme_per_day", drugs(*entries))
    assert found == (None if total is None else pytest.approx(total))


def test_no_drugs_at_all_is_no_opioid() -> None:
    assert value("mme_per_day", "medications: []") == 0
    assert value("mme_per_day", "") is None


@given(st.integers(1, 200), st.integers(1, 6), st.integers(1, 200), st.integers(1, 6))
def test_morphine_equivalents_add_up(first: int, times: int, second: int, again: int) -> None:
    one = f"{{drug: morphine, dose_mg: {first}, per_day: {times}}}"
    other = f"{{drug: oxycodone, dose_mg: {second}, per_day: {again}}}"
    apart = value("mme_per_day", drugs(one)) + value("mme_per_day", drugs(other))
    assert value("mme_per_day", drugs(other, one)) == pytest.approx(apart)


@pytest.mark.parametrize(
    ("head", "findings", "clearance"),
    [
        # (140 - age) x weight / (72 x creatinine), by 0.85 in women.
        (MAN, "weight_kg: 72, creatinine_mg_dl: 1", 86),
        (HEAD, "weight_kg: 72, creatinine_mg_dl: 1", 73.1),
        (BORN.format("1970"), "weight_kg: 72, creatinine_mg_dl: 1", (72.25, 73.1)),
        (HEAD, "weight_kg: 72", None),
        (HEAD, "creatinine_mg_dl: 1", None),
        (
            "patient: {id: a, birth_date: 1970-06-15}\nreview_date: 2025-06-01\n",
            "weight_kg: 72, creatinine_mg_dl: 1",
            None,
        ),
    ],
)
def test_creatinine_clearance(head: str, findings: str, clearance: Any) -> None:
    """By Cockcroft and Gault; without one of its four parts there is none."""
    assert value("creatinine_clearance", f"findings: {{{findings}}}", head) == (clearance and pytest.approx(clearance))


@pytest.mark.parametrize(
    ("name", "entries", "wanted"),
    [
        ("gabapentin_mg_day", ["{drug: gabapentin, dose_mg: 300, per_day: 3}"], 900),
        ("gabapentin_mg_day", ["{drug: gabapentin, dose_mg: 300, per_day: 3}", "gabapentin"], (900, inf)),
        ("gabapentin_mg_day", ["gabapentin"], None),
        ("pregabalin_mg_day", ["{drug: pregabalin, dose_mg: 75, per_day: 2}"], 150),
        ("duloxetine_mg_day", ["{drug: duloxetine, dose_mg: 60, per_day: 1}"], 60),
        ("cyclobenzaprine_weeks", ["{drug: cyclobenzaprine, start: 2025-05-04}"], 4),
        ("cyclobenzaprine_weeks", ["{drug: cyclobenzaprine, start: 2025-05}"], (1 / 7, 31 / 7)),
        ("cyclobenzaprine_weeks", ["cyclobenzaprine"], None),
        ("cns_active_count", ["gabapentin", "duloxetine", "ibuprofen"], 2),
        ("cns_active_count", ["gabapentin", "xyzzy"], (1, inf)),
        ("cns_active_count", ["ibuprofen"], 0),
    ],
)
def test_doses_and_counts_of_drugs(name: str, entries: list[str], wanted: Any) -> None:
    found = value(name, drugs(*entries))
    assert found == (wanted if wanted is None else pytest.approx(wanted))


def test_classes_of_drugs() -> None:
    """On a complete list a class is taken or not; on one that may lack a drug, only what is taken is known."""
    complete = value("drug_classes", drugs("ibuprofen"))
    assert "nsaids" in complete["present"]
    assert "opioids" in complete["absent"]
    partly = value("drug_classes", drugs("ibuprofen", "xyzzy"))
    assert (partly["present"], partly["absent"]) == (complete["present"], [])
    assert value("drug_classes", "") is None


# ---------------------------------------------------------------------------------------------- about the record


def test_a_finding_the_chart_states_is_not_worked_out_anew() -> None:
    body = "findings: {conservative_weeks: 3, mme_per_day: 5, pain_duration_months: 7, pain_onset_date: 2020}\n"
    found = case(
        body + care("kind: pt, start: 2025-01-01, end: 2025-02-12") + drugs("{drug: morphine, dose_mg: 30, per_day: 2}")
    )
    stated = {
        name: found.findings[name].value for name in ("conservative_weeks", "mme_per_day", "pain_duration_months")
    }
    assert stated == {"conservative_weeks": 3, "mme_per_day": 5, "pain_duration_months": 7}


def test_sets_of_features_come_from_the_single_findings() -> None:
    found = case("findings: {uveitis: yes, psoriasis: no}").findings["spa_features"]
    assert found.value["present"] == ["uveitis"]
    assert "psoriasis" in found.value["absent"]
    assert {one.origin.place for one in found.facts} == {"line 4"}
    assert "spa_features" not in case("").findings


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("- {date: 2024-06-01, side: right, relief_weeks: 20}", True),
        ("- {date: 2025-04-01, side: right, relief_weeks: 20}", False),
        ("- {date: 2024-06-01, side: right}", None),
        ("- {side: right, relief_weeks: 20}", None),
        ("- {date: 2024, side: right, relief_weeks: 40}", None),
    ],
)
def test_whether_radiofrequency_has_worn_off(rows: str, wanted: bool | None) -> None:
    assert value("rfa_wore_off", f"radiofrequency:\n{rows}\n") is wanted


def test_what_the_record_holds_is_never_undocumented() -> None:
    found = case("").findings
    assert found["conservative_weeks_on_record"].value == 0
    assert found["rfa_on_record"].value == []
    assert found["imaging_excluded_on_record"].value["present"] == []
    assert found["sij_injection_recorded"].value is False
    body = care("kind: pt, start: 2025-01-01, end: 2025-02-12", "kind: nsaid")
    assert value("conservative_weeks_on_record", body) == 6


def test_a_set_the_chart_states_is_not_worked_out_from_single_findings() -> None:
    found = value("spa_features", "findings: {uveitis: yes, spa_features: [psoriasis]}")
    assert found == {"present": ["psoriasis"], "absent": []}


def test_a_code_that_means_a_value_says_nothing_when_it_is_absent() -> None:
    """"No cauda equina syndrome on the problem list" is not a finding; its presence is."""  # fmt: skip
    assert case(with_facts(fact("cauda_equina_syndrome", True))).findings["cauda_equina_diagnosed"].value is True
    assert "cauda_equina_diagnosed" not in case(with_facts(fact("cauda_equina_syndrome", False))).findings


def compared(*entries: str) -> list[dict[str, str]]:
    """How each injection compares with the others, oldest first."""
    body = "injections:\n" + "".join(f"- {{side: right, anesthetic: bupivacaine, {one}}}\n" for one in entries)
    fields = builder().build([(chart(body), 20_240, None)]).injections.column("injection").fields  # type: ignore[union-attr]
    return [
        {name: fields[name].values[fields[name].codes[row]] for name in ("repeat", "later_posterior", "reached")}  # type: ignore[union-attr]
        for row in range(len(entries))
    ]


@pytest.mark.parametrize(
    ("entries", "repeat"),
    [
        (["date: 2025-01-01, relief_percent: 90", "date: 2025-02-01, relief_percent: 85"], ["none", "concordant"]),
        (["date: 2025-01-01, relief_percent: 90", "date: 2025-02-01, relief_percent: 20"], ["none", "discordant"]),
        (["date: 2025-01-01, relief_percent: 90", "date: 2025-02-01, relief_percent: 60"], ["none", "none"]),
        (["date: 2025-01-01, relief_percent: 90", "date: 2025-02-01"], ["none", "none"]),
        (["date: 2025-01-01, relief_percent: 20", "date: 2025-02-01, relief_percent: 90"], ["none", "none"]),
        # The order is that of the dates, not of the chart.
        (["date: 2025-02-01, relief_percent: 20", "date: 2025-01-01, relief_percent: 90"], ["none", "discordant"]),
        (
            ["date: 2025-01-01, relief_percent: 90, target: lateral_branch", "date: 2025-02-01, relief_percent: 85"],
            ["none", "none"],
        ),
    ],
)
def test_a_second_block_confirms_or_contradicts_the_first(entries: list[str], repeat: list[str]) -> None:
    """Only after a first one of the joint that helped well; half relief is neither."""
    assert [one["repeat"] for one in compared(*entries)] == repeat


def test_a_later_block_behind_the_joint() -> None:
    """The last such block with a result counts for the injections before it."""
    proven = "contrast_pattern: intra_articular, cephalad_spread: yes, two_views: yes, guidance: fluoroscopy"
    found = compared(
        f"date: 2025-01-01, relief_percent: 10, {proven}",
        "date: 2025-02-01, relief_percent: 90, target: lateral_branch",
        "date: 2025-03-01, target: lateral_branch",
    )
    assert [one["later_posterior"] for one in found] == ["high", "none", "none"]
    assert [one["reached"] for one in found] == ["joint", "posterior", "posterior"]
