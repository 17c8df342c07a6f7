"""Of a whole health system most have nothing to do with this joint: they are counted, and on no list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart.dates import day_number
from sacroiliac.cohort.report.measured import measured
from sacroiliac.cohort.results import opened
from sacroiliac.cohort.worklist.entries import Worklist
from sacroiliac.knowledge import load
from sacroiliac.review.survey import Surveyor
from tests.charts import chart, reviewer
from tests.cohort.made import REVIEW, Row, case, injection, of, written

HEAD = "patient: {id: a, birth_date: 1970-06-15, sex: female}\nreview_date: 2025-06-01\n"


@pytest.mark.parametrize(
    ("body", "concerned"),
    [
        ("side: right\ninjections: [{date: 2025-03-04, side: right, target: joint}]", True),
        ("side: right\nfindings: {thigh_thrust: {value: negative, side: right}}", True),
        ("side: right\nfindings: {fortin_finger: {value: positive, side: right}}", True),
        ("side: right\nfindings: {pain_region_sij: yes}", True),
        ("findings: {sij_infection: yes}", True),
        ("findings: {requested_cpt: '27279'}", True),
        # Not of this joint: neither sickness elsewhere, nor pain elsewhere, nor an answer of no.
        ("findings: {cancer_history: yes}", False),
        ("side: right\nfindings: {groin_pain: {value: yes, side: right}, pain_nrs: 6}", False),
        ("side: right\nfindings: {pain_region_sij: no}", False),
        ("findings: {requested_cpt: '20610'}", False),
        ("findings: {sij_infection: no}", False),
    ],
)
def test_what_makes_a_case_one_of_this_joint(body: str, concerned: bool) -> None:
    (found,) = Surveyor(reviewer()).survey([chart(body, HEAD)], day_number(REVIEW)).cases()["concerned"]
    assert bool(found) is concerned


def test_whoever_is_not_concerned_is_on_no_list_and_in_no_count(tmp_path: Path) -> None:
    def town(*others: Row) -> dict[str, list[Row]]:
        named = [row["patient"] for row in others]
        return {
            "cases": [*(case(f"p{row}") for row in range(20)), *others],
            "injections": [injection(f"p{row}", 30) for row in range(20)],
            "red_flags": [of(name, flag="infection", tier="A", status="present") for name in named],
            "stages": [of(name, service="sij_ia_therapeutic_initial", reached="met") for name in named],
            "policies": [
                of(name, policy="highmark_z62", service="sij_ia_therapeutic_initial", verdict="met") for name in named
            ],
        }

    def shown(folder: Path) -> Any:
        with opened(folder, load()) as results:
            # How many cases there are in all is told, so as not to be lost; everything else is alike.
            return list(Worklist(results, [], {}).entries()), measured(results, None).pictures

    elsewhere = [case(f"x{row}", concerned=False, turns_on=None) for row in range(15)]
    without, with_them = (written(tmp_path / name, **town(*rows)) for name, rows in (("a", []), ("b", elsewhere)))
    assert shown(without) == shown(with_them)
    with opened(with_them, load()) as results:
        assert "15 cases are of patients whose charts say nothing of this joint" in results.left_out()
