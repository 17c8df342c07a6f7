"""The review of many cases as columns: every row equals what the review of that chart alone says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir import document
from sacroiliac.chart.read import read
from sacroiliac.knowledge import Knowledge, load
from sacroiliac.review import Reviewer
from sacroiliac.review.survey import Surveyor
from tests import charts as small
from tests.export.charts import Charts

from .as_tables import Row, expected, rows

EXAMPLES = Path(__file__).parents[2] / "examples"
EXACT = 1e-9


def same(found: list[Row], told: list[Row]) -> None:
    """Whether two tables hold the same rows, whatever their order; numbers may differ by rounding."""
    keys = [key for key in told[0] if key in found[0]] if told and found else []
    assert len(found) == len(told)
    for one, other in zip(sorted(found, key=_order(keys)), sorted(told, key=_order(keys)), strict=True):
        for key in keys:
            mine, theirs = one[key], other[key]
            if isinstance(mine, float) and isinstance(theirs, float):
                assert mine == pytest.approx(theirs, abs=EXACT), key
            else:
                assert (str(mine) if theirs is not None else mine) == (str(theirs) if theirs is not None else None), key


def _order(keys: list[str]) -> Any:
    # By what is not rounded first.
    return lambda row: (
        [str(row[key]) for key in keys if not isinstance(row[key], float)],
        [row[key] for key in keys if isinstance(row[key], float)],
    )


def compare(charts: list[Chart], knowledge: Knowledge, day: int | None = None) -> None:
    reviewer = Reviewer(knowledge)
    tables = {name: rows(one) for name, one in Surveyor(reviewer).survey(charts, day).tables().items()}
    told: dict[str, list[Row]] = {name: [] for name in tables}
    for chart in charts:
        for review in reviewer.review([chart], day, policies_in_full=True):
            for name, listed in expected(review).items():
                told[name] += listed
    for name in told:
        if name != "stages":  # not part of a review
            same(tables[name], told[name])


def test_the_examples() -> None:
    knowledge = load()
    charts = [read(str(path), knowledge) for path in sorted(EXAMPLES.iterdir()) if path.is_file()]
    assert len(charts) > 10
    compare(charts, knowledge)


@pytest.mark.parametrize("seed", range(4))
def test_random_charts(seed: int) -> None:
    knowledge = load()
    made = Charts(knowledge, seed=900 + seed)
    charts = []
    for number in range(20):
        bundle, _ = made.chart()
        charts.append(document(json.dumps(bundle).encode(), f"chart-{number}.json", knowledge))
        charts[-1].patient = type(charts[-1].patient)(f"p{number}", charts[-1].patient.birth, charts[-1].patient.sex)
    compare(charts, knowledge)


@pytest.mark.parametrize(
    ("treated", "answer"),
    [
        ([{"date": "2024-06-01", "side": "right", "relief_percent": 60, "relief_weeks": 20}], "met"),
        ([{"date": "2024-06-01", "side": "right", "relief_percent": 50, "relief_weeks": 20}], "met"),
        ([{"date": "2024-06-01", "side": "right", "relief_percent": 40, "relief_weeks": 20}], "not met"),
        ([{"date": "2025-04-01", "side": "right", "relief_percent": 60, "relief_weeks": 20}], "not met"),
        ([{"date": "2024-06-01", "side": "right", "relief_percent": 60}], "not documented"),
        ([{"date": "2024-06-01", "side": "right"}], "not documented"),
        ([{"date": "2024-06-01", "side": "left", "relief_percent": 60, "relief_weeks": 20}], "not met"),
        ([], "not met"),
    ],
)
def test_whether_a_radiofrequency_that_helped_has_worn_off(treated: list[Row], answer: str) -> None:
    one = small.chart(f"radiofrequency: {json.dumps(treated)}")
    (row,) = rows(Surveyor(Reviewer(load())).survey([one]).cases())
    assert row["repeat_radiofrequency"] == answer


def test_how_often_a_code_is_there_that_is_not_known() -> None:
    chart = small.chart("findings: {fever: no}\n")
    chart.coverage.unknown_codes.update({"once": 1, "twice": 2})
    found = rows(Surveyor(Reviewer(load())).survey([chart]).unread())
    assert {(row["what"], row["why"]) for row in found} == {("once", "in 1 entry"), ("twice", "in 2 entries")}


def surveyed(*charts: Chart) -> dict[str, list[Row]]:
    """The tables of some charts, each of another patient."""
    for number, one in enumerate(charts):
        one.patient = type(one.patient)(f"p{number}", one.patient.birth, one.patient.sex)
    return {name: rows(one) for name, one in Surveyor(Reviewer(load())).survey(charts).tables().items()}


def injected(*given: dict[str, Any]) -> Chart:
    """A chart with these injections."""
    return small.chart(f"injections: {json.dumps([{**small.JOINT, **one} for one in given])}")


FIRST = {
    "date": "2024-03-03", "contrast_pattern": "vascular", "steroid": True, "relief_percent": 80, "relief_hours": 5,
    "sustained_percent": 10, "sustained_weeks": 1,
}  # fmt: skip
LATER = {
    "date": "2025-01-03", "contrast_pattern": "vascular", "steroid": True, "relief_percent": 10, "relief_hours": 5,
    "sustained_percent": 60, "sustained_weeks": 8,
}  # fmt: skip


def test_cases_of_one_evidence_have_the_same_probabilities() -> None:
    """Whatever of a chart the network is told, or asked about."""
    charts = [
        small.chart(), small.chart("findings: {pain_rising_from_sitting: yes}"), small.chart("findings: {age_years: 75}"),
        injected(FIRST), injected({**FIRST, "relief_percent": 10}), injected(FIRST, LATER),
        injected(FIRST, {**LATER, "target": "lateral_branch"}), injected(FIRST),
    ]  # fmt: skip
    answers: dict[str, list[Row]] = {}
    for row in surveyed(*charts)["cases"]:
        told = {name: row[name] for name in row if name.startswith(("why_", "complex", "none_of_these"))}
        answers.setdefault(row["evidence"], []).append(told)
    assert [len(alike) for alike in answers.values()] == [1, 1, 1, 2, 1, 1, 1]
    for first, *others in answers.values():
        assert all(one == first for one in others)


@pytest.mark.parametrize(
    ("plan", "reached"),
    [
        ("{implant_class: transfixing, approach: lateral}", "met"),
        ("{implant_class: transfixing, approach: open}", "not met"),
        ("{implant_class: transfixing}", "not documented"),
    ],
)
def test_whether_a_chart_has_come_to_the_stage_of_a_service(plan: str, reached: str) -> None:
    found = {row["service"]: row["reached"] for row in surveyed(small.chart(f"planned: {plan}"))["stages"]}
    assert found["sij_fusion_mi_transfixing"] == reached
