"""Which facts count for a case: side, time, contradictions. Each rule is tried on every finding it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.cases import review_date
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, InputError
from sacroiliac.knowledge import load
from tests.cases.make import REVIEW, answer, case, cases, chart, everything, fact, unused, value, with_facts

# The findings that a chart states itself: lists and what is worked out are tested elsewhere.
STATED = [
    one for one in load().findings.values()
    if one.type not in ("record", "records") and one.area != "record" and not one.members and one.id != "requested_side"
]  # fmt: skip
SIDED = [one for one in STATED if one.side == "sided"]
WINDOWED = [one for one in STATED if one.window is not None]
HOW = {one.id: "right" if one.side == "sided" else None for one in STATED}
NAMES = [one.id for one in STATED]


def days(name: str) -> int:
    """For how many days a finding counts."""
    window = load().findings[name].window
    assert window is not None
    return int(load().windows[window].days.value)


def stated(name: str, day: int | None = REVIEW, side: str | None = "of the case") -> Fact:
    """A fact about one finding, of the side of the case where the finding has one."""
    return fact(name, answer(load().findings[name]), HOW[name] if side == "of the case" else side, day)  # type: ignore[arg-type]


def test_there_is_something_to_test() -> None:
    assert (len(STATED) > 150, len(SIDED) > 40, len(WINDOWED) > 100) == (True, True, True)


# ------------------------------------------------------------------------------------------------------------- side


@pytest.mark.parametrize("name", [one.id for one in SIDED])
def test_a_finding_counts_for_its_own_side_only(name: str) -> None:
    """Of this side or both it counts; of the other side it changes nothing; without a side it is listed."""
    nothing = everything(case(with_facts()))
    for side in ("right", "bilateral"):
        assert case(with_facts(stated(name, side=side))).findings[name].value == answer(load().findings[name])
    other = case(with_facts(stated(name, side="left")))
    assert everything(other) == nothing
    assert unused(other) == ""
    unsaid = case(with_facts(stated(name, side=None)))
    assert everything(unsaid) == nothing
    assert "the chart does not say which side" in unused(unsaid)


def test_without_a_painful_side_no_sided_finding_counts() -> None:
    """Here the only side named is that of a test that has not been done yet."""
    body = "findings: {fever: no, faber: [yes, {value: yes, side: right, date: 2025-07-01}]}"
    found = case(body, HEAD_WITHOUT_SIDE)
    assert (found.side, "fever" in found.findings, "faber" in found.findings) == (None, True, False)
    assert "the chart does not say which side" in unused(found)
    assert "the chart does not say which side is the painful one" in unused(found)


HEAD_WITHOUT_SIDE = "patient: {id: a}\nreview_date: 2025-06-01\n"
BILATERAL = """
findings:
  pain_nrs: 6
  faber: [{value: positive, side: left}, {value: negative, side: right}]
  slump: {value: positive, side: bilateral}
injections:
- {date: 2025-03-03, side: left, relief_percent: 90, anesthetic: bupivacaine}
- {date: 2025-04-03, side: right, relief_percent: 10, anesthetic: bupivacaine}
"""


def test_pain_on_both_sides_makes_two_cases_that_do_not_mix() -> None:
    head = "patient: {id: a}\nside: bilateral\nreview_date: 2025-06-01\n"
    left, right = cases(BILATERAL, head)
    assert (left.side, right.side) == ("left", "right")
    assert [one.findings["faber"].value for one in (left, right)] == [True, False]
    assert [one.findings["slump"].value for one in (left, right)] == [True, True]
    assert [one.findings["pain_nrs"].value for one in (left, right)] == [6, 6]
    assert [[entry.values["relief_percent"] for entry in one.injections] for one in (left, right)] == [[90], [10]]
    # One side asked for is that very case, and nothing else.
    for side, whole in (("left", left), ("right", right)):
        assert everything(case(BILATERAL, head, side=side)) == everything(whole)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "sides"),
    [
        ("side: left\nfindings: {pain_side: right}\n", ["left"]),
        ("findings: {pain_side: left}\ninjections: [{date: 2025-03-03, side: right}]\n", ["left"]),
        ("findings: {pain_side: bilateral}\n", ["left", "right"]),
        ("injections: [{date: 2025-03-03, side: right}]\nfindings: {faber: {value: yes, side: left}}\n", ["right"]),
        ("injections: [{date: 2025-03-03, side: right}, {date: 2025-03-03, side: left}]\n", ["left", "right"]),
        ("planned: {requested_side: left}\n", ["left"]),
        ("findings: {faber: {value: yes, side: left}}\n", ["left"]),
        ("findings: {hip_scour: {value: no, side: right}}\n", ["right"]),
        ("injections: [{date: 2025-07-03, side: right}]\n", [None]),
        ("findings: {pain_side: {value: left, date: 2025-07-01}}\n", [None]),
        ("findings: {fever: no}\n", [None]),
    ],
)
def test_which_side_hurts(body: str, sides: list[str | None]) -> None:
    """What the chart says of itself, else of the pain, else where injections or tests were; nothing of the future."""
    assert [one.side for one in cases(body, HEAD_WITHOUT_SIDE)] == sides


def test_a_side_the_chart_does_not_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"names the right side only\. Leave out --side, or ask for right"):
        case("findings: {faber: {value: yes, side: right}}", side="left")
    # A chart that says nothing of sides, or something of this one too, can be asked about it.
    assert case("findings: {fever: no}", HEAD_WITHOUT_SIDE, side="left").side == "left"
    assert case("findings: {faber: {value: yes, side: left}}", side="left").findings["faber"].value is True


# ------------------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize("name", [one.id for one in WINDOWED])
def test_a_finding_counts_within_its_window(name: str) -> None:
    """On the first day of the window it counts; a day earlier, without a date, and after the review it does not."""
    nothing = everything(case(with_facts()))
    assert name in case(with_facts(stated(name, REVIEW - days(name)))).findings
    for day, why in (
        (REVIEW - days(name) - 1, f"more than {days(name)} days before the review"),
        (None, "the chart does not say when"),
        (REVIEW + 1, "after the review date"),
    ):
        found = case(with_facts(stated(name, day)))
        assert everything(found) == nothing, day
        assert why in unused(found)


@pytest.mark.parametrize("name", [one.id for one in STATED if one.window is None])
def test_a_finding_without_a_window_counts_however_old_but_not_from_the_future(name: str) -> None:
    for day in (REVIEW - 20_000, None):
        assert name in case(with_facts(stated(name, day))).findings
    found = case(with_facts(stated(name, REVIEW + 1)))
    assert everything(found) == everything(case(with_facts()))
    assert "after the review date" in unused(found)


def test_what_goes_on_counts_as_long_as_it_lasts() -> None:
    """A condition that began before the window and has not ended, or ended within it."""
    begun, window = REVIEW - 3_000, days("pregnant")

    def lasting(until: int) -> bool:
        one = Fact("pregnant", True, Origin("chart.yaml", "line 9"), None, (begun, begun), (until, until))
        return case(with_facts(one)).findings.get("pregnant") is not None

    assert lasting(REVIEW)
    assert lasting(REVIEW + 1_000)
    assert lasting(REVIEW - window)
    assert not lasting(REVIEW - window - 1)


def test_a_month_counts_when_its_first_day_is_not_after_the_review() -> None:
    """"May" is over at the review of 1 June; "June" has begun, and "July" has not."""  # fmt: skip
    for month, counts in (("2025-05", True), ("2025-06", True), ("2025-07", False)):
        assert (value("fever", f"findings: {{fever: {{value: no, date: {month}}}}}") is False) == counts


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 40)), max_size=4), st.data())
def test_a_fact_of_the_other_side_or_of_the_future_changes_nothing(
    known: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Whatever else the chart holds."""
    facts = [stated(name, REVIEW - ago) for name, ago in known]
    before = everything(case(with_facts(*facts)))
    sided = data.draw(st.sampled_from([one.id for one in SIDED]))
    later = data.draw(st.sampled_from(NAMES))
    others = [stated(sided, REVIEW - 1, "left"), stated(later, REVIEW + data.draw(st.integers(1, 400)))]
    after = everything(case(with_facts(*facts, *data.draw(st.permutations(others)))))
    assert before == after


@given(st.permutations(NAMES[:30]))
def test_the_order_of_the_facts_makes_no_difference(names: list[str]) -> None:
    listed = [stated(name, REVIEW - index) for index, name in enumerate(NAMES[:30])]
    shuffled = [one for name in names for one in listed if one.concept == name]
    assert everything(case(with_facts(*shuffled))) == everything(case(with_facts(*listed)))


def test_nothing_of_the_other_side_or_the_future_reaches_the_lists() -> None:
    body = """
    injections:
    - {date: 2025-03-03, side: right, relief_percent: 80, anesthetic: bupivacaine, steroid: yes}
    """
    more = """
    - {date: 2025-04-03, side: left, relief_percent: 10, anesthetic: lidocaine, steroid: yes}
    - {date: 2025-06-02, side: right, relief_percent: 10, anesthetic: lidocaine, steroid: yes}
    radiofrequency:
    - {date: 2025-05-03, side: left, relief_percent: 90}
    treatments:
    - {kind: pt, start: 2025-06-02, end: 2025-07-01, visits: 9}
    """
    found, alone = case(body + more), case(body)
    for name in (
        "sij_injections",
        "dx_blocks",
        "tx_injections",
        "last_tx",
        "steroid_doses_12_months",
        "days_since_injection",
    ):
        assert found.findings[name].value == alone.findings[name].value, name
    for name in ("pt_visits", "conservative_weeks", "pt_weeks", "active_rehab_now"):
        assert name not in found.findings
    assert "after the review date" in unused(found)


def test_a_record_without_a_side_is_listed_and_leaves_the_list_open() -> None:
    found = case("injections: [{date: 2025-03-03, side: right, steroid: yes}, {date: 2025-04-03, steroid: yes}]")
    assert len(found.injections) == 1
    assert "the chart does not say which side" in unused(found)
    low, high = found.findings["steroid_doses_12_months"].value
    assert (low, high) == (1, float("inf"))


# ------------------------------------------------------------------------------------------------ the review date


def test_the_review_date_is_asked_for_or_named_or_the_last_entry() -> None:
    known = chart("findings: {fever: {value: no, date: 2025-04}}")
    assert review_date(known, REVIEW - 5) == (REVIEW - 5, "as asked")
    assert review_date(known, None) == (REVIEW, "named in the chart")
    known = chart(
        "findings: {fever: {value: no, date: 2025-04-03}, faber: {value: no, date: 2025-03}}", "patient: {id: a}\n"
    )
    assert review_date(known, None) == (REVIEW - 59, "last dated entry of the chart")


def test_a_chart_without_any_date_needs_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "chart.yaml"
    file.write_text("patient: {id: a}\nside: left\nfindings: {fever: no}\n")
    assert main(["review", str(file)]) == EXIT_INPUT
    assert (
        "nothing that is read of the chart has a date. Give the review date with --as-of 2025-06-30."
        in capsys.readouterr().err
    )
    assert main(["review", str(file), "--as-of", "2025-06-01", "-o", str(tmp_path / "review.txt")]) != EXIT_INPUT


def test_an_earlier_review_sees_only_what_was_known_then() -> None:
    """Looked at in March the injection of April has not been done, and the score of January is recent."""
    body = """
    findings:
      pain_nrs: [{value: 8, date: 2025-01-10}, {value: 3, date: 2025-05-20}]
    injections:
    - {date: 2025-04-03, side: right}
    """
    now, then = case(body), case(body, as_of="2025-03-01")
    assert (now.findings["pain_nrs"].value, then.findings["pain_nrs"].value) == (3, 8)
    assert (len(now.injections), len(then.injections)) == (1, 0)
    assert then.findings["sij_injection_recorded"].value is False
    assert (now.findings["age_years"].value, then.findings["age_years"].value) == (54, 54)


# ------------------------------------------------------------------------------------------------- contradictions


def test_yes_and_no_of_one_day_leave_it_open() -> None:
    found = case("findings: {groin_pain: [{value: yes, side: right}, {value: no, side: right}]}")
    assert "groin_pain" not in found.findings
    (one,) = found.contradictions
    assert (one.finding, len(one.facts)) == ("groin_pain", 2)
    assert one.used == "none: on the same day the chart says both"


def test_a_red_flag_stands_when_it_is_denied_the_same_day() -> None:
    for order in ("yes, no", "no, yes"):
        found = case(f"findings: {{fever: [{order}]}}")
        assert found.findings["fever"].value is True
        assert found.contradictions[0].used == "yes, because it is a red flag"


def test_of_different_days_the_newest_counts_and_is_said() -> None:
    found = case("findings: {fever: [{value: yes, date: 2025-05-01}, {value: no, date: 2025-05-20}]}")
    assert found.findings["fever"].value is False
    assert found.contradictions[0].used == "the newest, of 2025-05-20"
    agreeing = case("findings: {fever: [{value: no, date: 2025-05-01}, {value: no, date: 2025-05-20}]}")
    assert agreeing.contradictions == []


def test_a_month_and_a_day_in_it_are_of_the_same_time() -> None:
    body = (
        "findings: {groin_pain: [{value: yes, side: right, date: 2025-05}, {value: no, side: right, date: 2025-05-12}]}"
    )
    assert "groin_pain" not in case(body).findings


def test_an_undated_statement_is_older_than_any_dated_one() -> None:
    undated, dated = fact("sij_fusion", True, "right", None), fact("sij_fusion", False, "right", REVIEW - 9)
    for facts in ((undated, dated), (dated, undated)):
        found = case(with_facts(*facts))
        assert found.findings["sij_fusion"].value is False
        assert found.contradictions
    both = case(with_facts(undated, fact("sij_fusion", False, "right", None)))
    assert "sij_fusion" not in both.findings


def test_of_several_pain_scores_of_one_day_the_highest_counts() -> None:
    found = case("findings: {pain_nrs: [4, 7, 5]}")
    assert found.findings["pain_nrs"].value == 7
    assert found.contradictions == []
    assert value("pain_nrs", "findings: {pain_nrs: [{value: 9, date: 2025-05-01}, {value: 4, date: 2025-05-20}]}") == 4


def test_two_values_of_one_day_of_any_other_number_leave_it_open() -> None:
    found = case("findings: {weight_kg: [70, 95]}")
    assert "weight_kg" not in found.findings
    assert found.contradictions


def test_sets_are_settled_word_by_word() -> None:
    """What two lists agree on counts; what they do not is settled by date, or left open."""
    body = """
    findings:
      other_causes:
      - {value: {present: [disc_pain], absent: [tumor]}, date: 2025-05-01}
      - {value: {present: [facet_pain], absent: [disc_pain]}, date: 2025-05-20}
    """
    found = case(body)
    assert found.findings["other_causes"].value["present"] == ["facet_pain"]
    assert set(found.findings["other_causes"].value["absent"]) == {"tumor", "disc_pain"}
    assert found.contradictions[0].used == "disc pain: the newest, of 2025-05-20"
    same_day = case(body.replace("2025-05-20", "2025-05-01"))
    assert "disc_pain" not in {
        *same_day.findings["other_causes"].value["present"],
        *same_day.findings["other_causes"].value["absent"],
    }


def test_a_finding_keeps_the_facts_it_rests_on() -> None:
    found = case("findings: {fever: [{value: yes, date: 2025-05-01}, {value: no, date: 2025-05-20}]}")
    assert [one.origin.place for one in found.findings["fever"].facts] == ["line 4"]
    assert len(found.contradictions[0].facts) == 2
