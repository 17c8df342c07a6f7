"""Every row of the injection decision table is reached by the chart it describes, and by no other of these."""

from __future__ import annotations

import pytest

from sacroiliac.review.model import Review
from tests.charts import with_injections

NO_RELIEF = {"relief_percent": 10, "relief_hours": 1}
RELIEF = {"relief_percent": 90, "relief_hours": 6}
UNSHOWN = {"contrast_pattern": None, "cephalad_spread": None, "two_views": None}
POSTERIOR = {"date": "2025-04-01", "target": "lateral_branch", **UNSHOWN}
STEROID = {"steroid": True, "intent": "both"}

ROWS: dict[str, Review] = {}
CHARTS = {
    "0": lambda: with_injections({"date": "2025-05-25"}, findings={"fever": True}),
    "1": lambda: with_injections({"date": "2025-05-30", **STEROID}, findings={"fever": False}),
    "2": lambda: with_injections({**STEROID, "sustained_percent": 10, "sustained_weeks": 1}),
    "3": lambda: with_injections({**UNSHOWN, **NO_RELIEF}),
    "4": lambda: with_injections(NO_RELIEF),
    "5": lambda: with_injections(NO_RELIEF, {**POSTERIOR, **RELIEF}),
    "6": lambda: with_injections(NO_RELIEF, {**POSTERIOR, **NO_RELIEF}),
    "7": lambda: with_injections({"relief_percent": 60, "relief_hours": 5}),
    "8": lambda: with_injections({**RELIEF, **STEROID, "sustained_percent": 20, "sustained_weeks": 1}),
    "9": lambda: with_injections({**RELIEF, **STEROID, "sustained_percent": 70, "sustained_weeks": 12, "date": "2025-02-01"}),
    "10": lambda: with_injections({**RELIEF, "date": "2025-01-07"}, RELIEF),
    "11": lambda: with_injections({**RELIEF, "date": "2025-01-07"}, NO_RELIEF),
    "12": lambda: with_injections({**UNSHOWN, **RELIEF}),
    "13": lambda: with_injections({**NO_RELIEF, **STEROID, "sustained_percent": 60, "sustained_weeks": 6}),
    "14": lambda: with_injections(
        NO_RELIEF, findings={"pain_onset_date": "2008-01", "inflammatory_back_pain": True, "hla_b27": True}
    ),
}  # fmt: skip


def _without_nothing(review: Review) -> str | None:
    shown = review.injections[-1] if review.injections[-1].target == "joint" else review.injections[0]
    return None if shown.pattern is None else shown.pattern.row


@pytest.mark.parametrize("row", CHARTS)
def test_the_row_of_the_table_is_the_one_the_chart_describes(row: str) -> None:
    assert _without_nothing(CHARTS[row]()) == row


def test_all_fifteen_rows_are_covered() -> None:
    from tests.charts import reviewer

    assert {pattern.row for pattern in reviewer().knowledge.injections.patterns} == set(CHARTS)


def test_a_claim_code_and_nothing_else_is_not_interpretable() -> None:
    review = with_injections(
        dict.fromkeys(
            (
                "target",
                "guidance",
                "contrast_pattern",
                "cephalad_spread",
                "two_views",
                "volume_ml",
                "anesthetic",
                "sedation",
                "diary",
            )
        )
    )
    (shown,) = review.injections
    assert shown.pattern is not None
    assert shown.pattern.row == "2"
    assert shown.delivery.row == "not_documented"
    assert not shown.anaesthetic.recorded
    assert not shown.steroid.recorded


def test_a_proven_failure_speaks_against_the_joint_and_an_unproven_one_hardly() -> None:
    proven = {source.id: source for source in with_injections(NO_RELIEF).sources}["sij_joint"].probability.value
    unproven = {source.id: source for source in with_injections({**UNSHOWN, **NO_RELIEF}).sources}["sij_joint"]
    blank = {source.id: source for source in with_injections({}).sources}["sij_joint"].probability.value
    assert proven < 0.6 * blank
    assert unproven.probability.value > 0.6 * blank


def test_the_three_explanations_add_up_and_follow_the_delivery() -> None:
    for injection in ({}, UNSHOWN, {"guidance": "none", **UNSHOWN}):
        why = with_injections({**injection, **NO_RELIEF, **STEROID}).why
        assert why is not None
        assert why.not_the_source.value + why.missed.value + why.did_not_hold.value == pytest.approx(1)
    blind = with_injections({"guidance": "none", **UNSHOWN, **NO_RELIEF}).why
    proven = with_injections(NO_RELIEF).why
    assert blind is not None
    assert proven is not None
    assert blind.missed.value > proven.missed.value


def test_why_it_did_not_last_is_not_asked_of_a_diagnostic_block_that_helped() -> None:
    assert with_injections({**RELIEF, "steroid": False, "intent": "diagnostic"}).why is None


def test_a_review_turns_on_the_last_injection_of_the_joint() -> None:
    review = with_injections({**NO_RELIEF, **STEROID}, {**POSTERIOR, **RELIEF})
    assert review.why is not None
    assert review.why.injection == 0
