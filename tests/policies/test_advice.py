"""What time alone changes, what an act of today would cost, which fact would settle most, and where policies disagree.

Each date is worked out by hand in the comment above it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies.make import covered, day

REVIEW = "2025-06-01"
TREATED: dict[str, Any] = {"side": "right", "target": "joint", "intent": "therapeutic", "steroid": True}
BLOCKED: dict[str, Any] = {"side": "right", "target": "joint", "intent": "diagnostic", "anesthetic": "lidocaine", "steroid": False}  # fmt: skip


def therapy(start: str, **fields: Any) -> dict[str, Any]:
    """Physical therapy with eight visits, going on unless an end is given."""
    return {
        "kind": "pt",
        "start": start,
        "visits": 8,
        "response": "none",
        **({} if "end" in fields else {"ongoing": True}),
        **fields,
    }


def dates(document: dict[str, Any], group: str) -> dict[tuple[str, str], str]:
    """The date from which each item will be met, by policy and item."""
    return {(one.policy, one.item): one.date for one in covered(document, group).dated}


# ----------------------------------------------------------------------------------------------- conservative care


def test_the_sixth_month_of_care_ends_on_a_day() -> None:
    """26 weeks are 182 days: 25 left of January 2025 after the 6th, 28, 31, 30, 31, 30 to the end of June make 175, and
    7 more: 7 July. On that day, and not before, the care asked for by eviCore is complete."""
    document = {"treatments": [therapy("2025-01-06")]}
    found = dates(document, "fusion")
    assert found["eviC611", "ev611-2"] == "2025-07-07"
    for when, answer in (("2025-07-06", "not met"), ("2025-07-07", "met")):
        (stage,) = (
            one
            for one in covered(document, "fusion", as_of=day(when)).stages
            if one.service == "sij_fusion_mi_transfixing"
        )
        (known,) = (one for one in stage.judged if one.verdict.short == "eviC611")
        assert [one.answer for one in known.items if one.id == "ev611-2"] == [answer]


def test_all_five_parts_of_intensive_care_are_needed_before_a_day_is_promised() -> None:
    """Begun on 3 February 2025: 25 days left of February, 31, 30, 31, 30, 31 to the end of July make 178, and 4 more:
    4 August. Without a word about a brace no day can be named."""
    kinds = ["medication_optimized", "activity_modification", "bracing", "active_exercise", "hep"]
    care = [{"kind": kind, "start": "2025-02-03", "ongoing": True} for kind in kinds]
    found = dates({"treatments": care}, "fusion")
    wanted = {("AL555", "al-3"), ("HM-fus", "hms-2"), ("NASS", "nass-1")}
    assert {one: found.get(one) for one in wanted} == dict.fromkeys(wanted, "2025-08-04")
    assert wanted & set(dates({"treatments": [one for one in care if one["kind"] != "bracing"]}, "fusion")) == set()


def test_weeks_of_care_before_an_injection() -> None:
    """Begun on 12 May 2025: four weeks end on 9 June, six on 23 June; 13 weeks are 91 days, 19 left of May, 30, 31 and
    11 more: 11 August."""
    found = dates({"findings": {"conservative_failed": True}, "treatments": [therapy("2025-05-12")]}, "injection")
    assert found == {
        ("CMS-inj", "cms-dx-6"): "2025-06-09",
        ("eviC203", "ev-dx-4"): "2025-06-09",
        ("HM-inj", "hm-2"): "2025-06-09",
        ("ASPN", "as-4"): "2025-06-09",
        ("Cent-inj", "ce-4"): "2025-06-23",
        ("HealthP", "hp-3"): "2025-06-23",
        ("AL558", "al558-1"): "2025-08-11",
        ("AL558", "al558-4"): "2025-08-11",
    }


@pytest.mark.parametrize(
    "document",
    [
        {"treatments": [therapy("2025-01-06", end="2025-05-01")]},  # care that has ended does not grow
        {"findings": {"conservative_weeks": 20, "pt_visits": 8}},  # nor does a number of weeks
        {"treatments": []},
        {},  # nothing is known
        {"treatments": [therapy("2024-11-01")]},  # complete already: nothing to wait for
        {"treatments": [therapy("2025-06-20")]},  # not begun
    ],
)
def test_no_day_is_promised_where_care_does_not_go_on(document: dict[str, Any]) -> None:
    assert dates(document, "fusion") == {}


# ------------------------------------------------------------------------------------------------- duration of pain


def test_pain_that_is_too_short_becomes_long_enough() -> None:
    """Since 1 April 2025: three months on 1 July, more than three on the day after, six on 1 October."""
    document = {
        "findings": {"pain_onset_date": "2025-04-01"},
        "treatments": [{"kind": "nsaid", "weeks": 4}, {"kind": "pt", "weeks": 4}],
    }
    found = dates(document, "injection")
    assert {one: found.get(one) for one in (("CMS-inj", "cms-dx-2"), ("Cent-inj", "ce-1c"), ("Evolent", "evo-4"))} == {
        ("CMS-inj", "cms-dx-2"): "2025-07-01",
        ("Cent-inj", "ce-1c"): "2025-07-01",
        ("Evolent", "evo-4"): "2025-07-01",
    }
    assert found["WellS", "ws-1"] == "2025-07-02"
    assert dates(document, "fusion") == {("NASS", "nass-11"): "2025-10-01"}
    # Aetna asks for more than three months too, on a page that a machine wrote.
    assert not any(policy in ("Aetna", "Carelon") for policy, _ in found)


# ---------------------------------------------------------------------------------------------- injections a year


def test_a_fifth_injection_is_payable_when_the_first_of_four_is_more_than_a_year_old() -> None:
    """Four sessions since 5 August 2024. On 5 August 2025 the first lies twelve months back and still counts; from the
    6th there are three. BCBS Alabama allows three a year: it waits until the second too is out, from 5 November."""
    given = ["2024-08-05", "2024-11-04", "2025-02-03", "2025-03-31"]
    document = {"injections": [{**TREATED, "date": one} for one in given]}
    assert dates(document, "injection") == {
        ("CMS-inj", "cms-tx-lim-1"): "2025-08-06",
        ("eviC203", "ev-tx-lim-1"): "2025-08-06",
        ("AL558", "al558-lim"): "2025-11-05",
    }


def test_two_a_side_are_four_sessions_for_medicare_and_two_a_joint_for_evicore() -> None:
    """Medicare counts the patient's sessions: from 2 September 2025, the day after the year of the first. eviCore counts
    two on this joint and has nothing to wait for."""
    given = [("2024-09-01", "right"), ("2024-09-08", "left"), ("2025-02-01", "right"), ("2025-02-08", "left")]
    document = {"injections": [{**TREATED, "date": when, "side": side} for when, side in given]}
    found = dates(document, "injection")
    assert found == {("CMS-inj", "cms-tx-lim-1"): "2025-09-02", ("AL558", "al558-lim"): "2025-09-09"}


def test_both_sides_on_one_day_are_one_session() -> None:
    days = ["2024-09-01", "2025-02-01"]
    document = {"injections": [{**TREATED, "date": one, "side": side} for one in days for side in ("right", "left")]}
    assert dates(document, "injection") == {}


def test_the_next_injection_keeps_two_months_of_distance() -> None:
    """From 5 May 2025 two months are full on 5 July. Only eviCore asks for them."""
    found = covered({"injections": [{**TREATED, "date": "2025-05-05"}]}, "injection").dated
    assert {(one.policy, one.item, one.date) for one in found} == {("eviC203", "ev-tx-lim-2", "2025-07-05")}
    assert {one.service for one in found} == {"sij_ia_therapeutic_initial", "sij_ia_therapeutic_repeat"}


@pytest.mark.parametrize(
    "injections",
    [
        [{**TREATED, "date": "2025-04-01"}],  # two months ago to the day
        [{**TREATED, "date": "2025-05-05", "side": "left"}],  # the other joint
        [{**BLOCKED, "date": "2025-05-05"}],  # no treatment
        [{**TREATED, "date": "2025-06-10"}],  # planned, not done
        [],
    ],
)
def test_no_distance_is_asked_where_none_is_due(injections: list[dict[str, Any]]) -> None:
    assert dates({"injections": injections}, "injection") == {}


def test_the_dates_come_earliest_first_and_none_is_past() -> None:
    document = {
        "findings": {"pain_onset_date": "2025-04-01", "conservative_failed": True},
        "treatments": [therapy("2025-05-12")],
    }
    found = [one.date for one in covered(document, "injection").dated]
    assert found == sorted(found)
    assert len(found) > 8
    assert min(found) > REVIEW


# ---------------------------------------------------------------------------------------------------------- costs


def costs(
    document: dict[str, Any], group: str = "injection", side: str = "right"
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What each act would cost: the items, and whose they are."""
    return {one.id: (one.items, one.policies) for one in covered(document, group, side=side).costs}


def test_a_steroid_with_the_first_block_costs_the_second() -> None:
    """Under Medicare no diagnostic block is payable once treatment has begun, and fusion policies ask for two."""
    found = costs({"injections": []})
    assert found == {"steroid_with_block": (("cms-dx-lim-2",), ("CMS-inj",))}
    (said,) = covered({"injections": []}, "injection").costs
    assert "Give anaesthetic alone until the diagnostic blocks are done." in said.text


@pytest.mark.parametrize(
    "injections",
    [
        # One block is done: with the next both sessions are used, and a steroid then costs none.
        [{**BLOCKED, "date": "2025-05-05"}],
        # Both blocks are done.
        [{**BLOCKED, "date": "2025-05-05"}, {**BLOCKED, "date": "2025-05-19"}],
        # Treatment has begun already.
        [{**TREATED, "date": "2025-03-03"}],
        # The other joint took both sessions.
        [{**BLOCKED, "date": "2025-05-05", "side": "left"}, {**BLOCKED, "date": "2025-05-19", "side": "left"}],
    ],
)
def test_a_steroid_costs_nothing_where_no_further_block_is_to_come(injections: list[dict[str, Any]]) -> None:
    assert costs({"injections": injections}) == {}


def test_where_the_chart_does_not_list_all_injections_what_may_be_left_can_be_lost() -> None:
    """There may have been treatment already; if there has not, steroid now would be the first."""
    assert costs({}) == {"steroid_with_block": (("cms-dx-lim-2",), ("CMS-inj",))}


def test_no_injection_is_no_cost_of_a_fusion() -> None:
    assert costs({"injections": []}, "fusion") == {}


BOTH: dict[str, Any] = {"side": "bilateral"}


@pytest.mark.parametrize("side", ["left", "right"])
def test_blocking_left_and_right_on_two_days_uses_both_sessions(side: str) -> None:
    """On one day they are one session, and one is left."""
    found = costs({**BOTH, "injections": []}, side=side)
    assert found["blocks_on_two_days"] == (("cms-dx-lim-1",), ("CMS-inj",))
    assert "treatments_on_two_days" not in found


def test_with_one_session_used_the_second_day_is_not_payable_at_all() -> None:
    one = {**BOTH, "injections": [{**BLOCKED, "date": "2025-05-05", "side": "bilateral"}]}
    assert costs(one)["blocks_on_two_days"] == (("cms-dx-lim-1",), ("CMS-inj",))
    two = {
        **BOTH,
        "injections": [{**BLOCKED, "date": one, "side": "bilateral"} for one in ("2025-05-05", "2025-05-19")],
    }
    assert "blocks_on_two_days" not in costs(two)


@pytest.mark.parametrize(
    ("earlier", "policies"),
    [
        # One session so far: two days bring BCBS Alabama to its three, one day does not.
        (1, ("AL558",)),
        # Two: the second day would be its fourth, and both together bring Medicare to its four.
        (2, ("AL558", "CMS-inj")),
        # Three: the second day would be Medicare's fifth. Four: neither way is payable.
        (3, ("CMS-inj",)),
        (4, None),
        (0, None),
    ],
)
def test_treating_left_and_right_on_two_days_uses_two_sessions_of_the_year(
    earlier: int, policies: tuple[str, ...] | None
) -> None:
    given = ["2024-09-01", "2024-11-01", "2025-01-01", "2025-03-01"][:earlier]
    document = {**BOTH, "injections": [{**TREATED, "date": one, "side": "bilateral"} for one in given]}
    found = costs(document).get("treatments_on_two_days")
    assert (found and found[1]) == policies


def test_two_days_are_no_question_where_one_side_hurts() -> None:
    given = ["2024-09-01", "2024-11-01", "2025-01-01"]
    assert costs({"injections": [{**TREATED, "date": one} for one in given]}) == {}


# -------------------------------------------------------------------------------------------------------- unlocks

EVOLENT: dict[str, Any] = {
    "findings": {
        "pain_axial": True,
        "pain_below_l5": True,
        "pain_limits_function": True,
        "pain_duration_months": 4,
        "faber": True,
        "yeoman": True,
        "conservative_failed": True,
    },
    "treatments": [therapy("2025-03-01", end="2025-05-15")],
}


def test_the_fact_that_settles_most_alone_comes_first() -> None:
    """Evolent lacks one test of three; nothing else could pass it, and nothing less."""
    found = covered(EVOLENT, "injection", policies=["Evolent"]).unlocks
    assert [(one.alone, one.among) for one in found][:1] == [(("Evolent",), ())]
    assert found[0].missing.finding in ("provocation_positive", "thigh_thrust", "compression", "distraction", "gaenslen", "sacral_thrust", "posterior_shear")  # fmt: skip
    every = covered({}, "injection").unlocks
    assert [len(one.alone) for one in every] == sorted((len(one.alone) for one in every), reverse=True)


def test_documenting_what_unlocks_a_policy_passes_it() -> None:
    tested = {**EVOLENT, "findings": {**EVOLENT["findings"], "thigh_thrust": True}}
    (judged,) = covered(tested, "injection", policies=["Evolent"]).stages[0].judged
    assert judged.verdict.verdict == "met"
    assert "Evolent" not in {
        name for one in covered(tested, "injection", policies=["Evolent"]).unlocks for name in one.alone
    }


def test_a_policy_that_has_failed_is_unlocked_by_nothing() -> None:
    failed = {**EVOLENT, "findings": {**EVOLENT["findings"], "pain_axial": False}}
    (judged,) = covered(failed, "injection", policies=["Evolent"]).stages[0].judged
    assert (judged.verdict.verdict, judged.would_meet) == ("not met", ())


# -------------------------------------------------------------------------------------------------- disagreements


def sides(document: dict[str, Any], group: str) -> dict[str, dict[str, str]]:
    """The contradictions that show in a case: the answer of each item."""
    return {one.id: {side.item: side.answer for side in one.sides} for one in covered(document, group).conflicts}


def test_relief_that_is_moderate_and_long_or_great_and_short() -> None:
    """60 percent for 14 weeks is enough for Medicare, 80 percent for five weeks for eviCore; 80 percent for 14 for both."""

    def last(percent: int, weeks: int) -> dict[str, str]:
        injection = {**TREATED, "date": "2025-02-01", "sustained_percent": percent, "sustained_weeks": weeks, "same_scale": True, "function_gain_percent": 30}  # fmt: skip
        return sides({"injections": [injection]}, "injection").get("x1", {})

    moderate, short = last(60, 14), last(80, 5)
    assert (moderate["cms-rep-2"], moderate["ev-rep-1"], moderate["hm-6"]) == ("met", "not met", "not met")
    assert (short["cms-rep-2"], short["ev-rep-1"], short["hm-6"]) == ("not met", "met", "met")
    assert last(80, 14) == {}


def test_sacral_thrust_and_yeoman_count_for_some() -> None:
    three = {"findings": {"faber": True, "gaenslen": True, "yeoman": True, "distraction": False, "compression": False, "thigh_thrust": False, "sacral_thrust": False, "posterior_shear": False}}  # fmt: skip
    found = sides(three, "injection")["x3"]
    assert (found["cms-dx-5"], found["evo-3"], found["ce-3"]) == ("met", "met", "not met")
    assert "x3" not in sides({"findings": {"faber": True}}, "injection")


def test_both_sides_are_told_with_what_could_not_be_confirmed() -> None:
    (nicotine,) = (one for one in covered({"findings": {"nicotine_status": "former", "cotinine_ng_ml": {"value": 4, "date": "2025-05-20"}},
                                           "documents": {"present": [], "absent": ["nicotine_evidence"]}}, "fusion").conflicts if one.id == "x10")  # fmt: skip
    assert [(one.policy, one.answer, one.confirmed) for one in nicotine.sides] == [
        ("eviC611", "met", True),
        ("Aetna", "not met", False),
    ]


def test_radiofrequency_is_for_some_and_against_others() -> None:
    branch = {
        "date": "2025-04-01",
        "side": "right",
        "target": "lateral_branch",
        "intent": "diagnostic",
        "relief_percent": 80,
    }
    found = sides({"injections": [branch]}, "radiofrequency")["x7"]
    assert found["auc-5"] == "met"
    assert {found[one] for one in ("cms-rfa-1", "ev-rfa-1", "ae-rfa-1", "al558-rfa")} == {"excluded"}
    assert found["bmj-2"] == "not documented"
