"""However many charts are reviewed together, and whatever happens to one of them, the others come to the same rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart.facts import Chart
from sacroiliac.cli import main
from sacroiliac.cohort import evaluate
from sacroiliac.errors import EXIT_FAULT, EXIT_OK, InputError
from sacroiliac.review.survey import Survey, Surveyor
from tests.review.test_survey import same

from .exports import bulk, charts
from .results import Row, tables

PATIENTS = 40
LOST = "p7"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random charts, some of them without an injection or without a policy that lacks one fact."""
    return bulk(tmp_path_factory.mktemp("batches") / "export", charts(PATIENTS, seed=21))


def reviewed(export: Path, results: Path, expected: int = EXIT_OK) -> dict[str, list[Row]]:
    """The rows of all tables."""
    assert main(["cohort", "run", str(export), "-o", str(results), "--workers", "1"]) == expected
    return tables(results)


def alike(found: dict[str, list[Row]], told: dict[str, list[Row]]) -> None:
    """Whether all tables hold the same rows."""
    assert found.keys() == told.keys()
    for name, rows in told.items():
        assert rows, name
        same(found[name], rows)


@pytest.fixture(scope="module")
def together(export: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """What reviewing all at once comes to."""
    assert evaluate.BATCH > PATIENTS
    return reviewed(export, tmp_path_factory.mktemp("together") / "results")


@pytest.mark.parametrize("size", [1, 3])
def test_small_batches(
    size: int, export: Path, together: dict[str, list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "BATCH", size)
    alike(reviewed(export, tmp_path / "results"), together)


@pytest.mark.parametrize(
    ("error", "why", "code"),
    [
        (InputError("p7.json", "nothing is dated", "Give --as-of."), "nothing is dated", EXIT_OK),
        (ArithmeticError("p7"), "its findings cannot all be true under the model", EXIT_OK),
        (KeyError("p7"), "fault of the program (KeyError); please report it", EXIT_FAULT),
    ],
)
def test_a_chart_that_cannot_be_reviewed_takes_no_other_with_it(
    error: Exception,
    why: str,
    code: int,
    export: Path,
    together: dict[str, list[Row]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    survey = Surveyor.survey

    def failing(self: Surveyor, listed: Sequence[Chart], as_of: int | None = None) -> Survey:
        if any(one.patient.id == LOST for one in listed):
            raise error
        return survey(self, listed, as_of)

    monkeypatch.setattr(Surveyor, "survey", failing)
    monkeypatch.setattr(evaluate, "BATCH", 11)
    found = reviewed(export, tmp_path / "results", code)
    others = {name: [row for row in rows if not row["case"].startswith(f"{LOST}/")] for name, rows in together.items()}
    assert len(others["cases"]) < len(together["cases"])
    alike(found, others)
    summary = json.loads((tmp_path / "results" / "run.json").read_text())
    assert (summary["charts"], summary["not_reviewed"]) == (PATIENTS - 1, 1)
    (line,) = (tmp_path / "results" / "quarantine.ndjson").read_text().splitlines()
    told: dict[str, Any] = json.loads(line)
    assert told["reason"] == f"the chart that begins here: {why}"
    assert LOST not in told["reason"]
