"""Two thousand simulated patients: every row of the population's results equals the review of that chart alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sacroiliac.chart.fhir import document
from sacroiliac.cli import main
from sacroiliac.cohort.tables import TABLES
from sacroiliac.knowledge import load
from sacroiliac.review import Reviewer
from tests.review.as_tables import Row, expected
from tests.review.test_survey import same

from .results import cohort, tables

PATIENTS = 500
# What a review tells only with all its working, which takes four times as long: compared for each tenth patient.
IN_FULL, EACH = {"criteria", "missing"}, 10


def by_patient(export: Path) -> dict[str, list[str]]:
    """The lines of an export that are about each patient."""
    found: dict[str, list[str]] = {}
    for path in sorted(export.glob("*.ndjson")):
        for line in path.read_text().splitlines():
            one = json.loads(line)
            about = one.get("subject") or one.get("patient") or one.get("beneficiary") or {}
            name = (
                one["id"] if one["resourceType"] == "Patient" else about.get("reference", "").removeprefix("Patient/")
            )
            if name:
                found.setdefault(name, []).append(line)
    return found


# The first are as a pain service has them, the others have long records with much that nobody reads.
@pytest.mark.parametrize(("seed", "resources"), [(11, 40), (12, 40), (13, 60), (14, 120)])
def test_simulated_patients(seed: int, resources: int, tmp_path: Path) -> None:
    export = tmp_path / "export"
    asked = ["-n", str(PATIENTS), "--seed", str(seed), "--resources", str(resources)]
    assert main(["simulate", "charts", "-o", str(export), "-t", str(tmp_path / "truth"), *asked]) == 0
    done = cohort("run", export, "-o", tmp_path / "results", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "results" / "quarantine.ndjson").read_bytes()
    told: dict[str, list[Row]] = {name: [] for name in TABLES}
    reviewer, charts = Reviewer(load()), by_patient(export)
    assert len(charts) == PATIENTS
    in_full: set[str] = set()
    for number, lines in enumerate(charts.values()):
        chart = document("\n".join(lines).encode(), "the chart", load())
        for review in reviewer.review([chart], policies_in_full=number % EACH == 0):
            rows = expected(review)
            if review.policies_in_full:
                in_full.add(rows["cases"][0]["case"])
            else:
                rows |= {"criteria": [], "missing": []}
            for name, listed in rows.items():
                told[name] += [{key: value for key, value in row.items() if key != "file"} for row in listed]
    found = tables(tmp_path / "results")
    for name in told.keys() - {"stages"}:
        rows_ = found[name] if name not in IN_FULL else [row for row in found[name] if row["case"] in in_full]
        assert rows_, name
        same(rows_, told[name])
