"""The dated events of a case: what was asked and examined on which day, whichever answer counts in the end."""

from __future__ import annotations

from typing import Any

from tests.charts import with_findings


def looks(findings: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """The first and last day of each look, and at how much."""
    events = with_findings(findings).timeline
    return [(one.first_day, one.last_day, one.note) for one in events if one.kind == "look"]


def sign(value: str, day: str | None, side: str = "right") -> dict[str, Any]:
    """The answer of a test on a day."""
    return {"value": value, "side": side, **({} if day is None else {"date": day})}


def test_every_day_of_an_examination_is_known_not_the_last_alone() -> None:
    twice = [sign("positive", "2025-03-20"), sign("negative", "2025-05-20")]
    found = looks({"thigh_thrust": twice, "pain_below_l5": {"value": True, "date": "2025-03-20"}})
    assert found[:2] == [
        ("2025-03-20", "2025-03-20", "2 findings"),
        ("2025-05-20", "2025-05-20", "1 finding"),
    ]


def test_what_no_longer_counts_was_looked_at_all_the_same() -> None:
    old = looks({"thigh_thrust": sign("positive", "2015-03-20")})
    assert ("2015-03-20", "2015-03-20", "1 finding") in old


def test_a_month_stays_a_month() -> None:
    assert ("2025-04-01", "2025-04-30", "1 finding") in looks({"thigh_thrust": sign("positive", "2025-04")})


def test_the_other_side_other_questions_scores_and_the_future_are_no_look() -> None:
    found = looks(
        {
            "thigh_thrust": sign("positive", "2025-05-20", "left"),
            "fever": {"value": False, "date": "2025-05-21"},
            "pain_nrs": {"value": 6, "date": "2025-05-22"},
            "compression": sign("positive", "2025-07-01"),
        }
    )
    # What is left is that the chart says where the pain is, as it says no date: on the day of the review.
    assert found == [("2025-06-01", "2025-06-01", "1 finding")]
