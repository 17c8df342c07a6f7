"""A run that was begun is gone on with as it was begun, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from sacroiliac.cli import main
from sacroiliac.cohort import plan
from sacroiliac.cohort.plan import Plan
from sacroiliac.knowledge import load

from .results import contents

MEMORY = 512


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of one patient."""
    (tmp_path / "export").mkdir()
    resources = [
        {"resourceType": "Patient", "id": "a", "birthDate": "1960-05-01", "gender": "female"},
        {
            "resourceType": "Observation", "id": "score", "status": "final", "subject": {"reference": "Patient/a"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
            "effectiveDateTime": "2024-05-01", "valueQuantity": {"value": 6},
        },
    ]  # fmt: skip
    (tmp_path / "export" / "all.ndjson").write_text("\n".join(map(json.dumps, resources)))
    return tmp_path / "export"


def made(export: Path) -> Plan:
    """The plan of a run without options."""
    return plan.make(export, load(), None, MEMORY << 20)


def begun(results: Path, by: Plan) -> Path:
    """A folder in which a run was begun and stopped."""
    results.mkdir()
    (results / plan.PLAN).write_bytes(msgspec.json.encode(by))
    return results


def run(export: Path, results: Path, *options: str) -> int:
    """Give the command; its exit code."""
    return main(["cohort", "run", str(export), "-o", str(results), "--workers", "1", "--memory", str(MEMORY), *options])


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"program": "0.0.1"}, "by another version of the program"),
        ({"knowledge": "2020.1"}, "by another knowledge"),
        ({"as_of": 19_000}, "for another review date"),
        ({"units": ()}, "of another export, or of one that has changed"),
    ],
)
def test_what_was_begun_otherwise_is_refused_and_left_as_it_is(
    export: Path, tmp_path: Path, other: dict[str, Any], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    results = begun(tmp_path / "results", replace(made(export), **other))
    before = contents(results)
    assert run(export, results) == 2
    told = capsys.readouterr().err
    assert f"{results}: holds a run that was begun {why}. Give the command it was begun with" in told.replace("\n", " ")
    assert contents(results) == before


def test_a_review_date_may_not_be_left_out_the_second_time(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = begun(tmp_path / "results", replace(made(export), as_of=19_000))
    assert run(export, results, "--as-of", "2022-01-09") == 2
    assert "for another review date" in capsys.readouterr().err
    assert run(export, results, "--as-of", "2022-01-08") == 0  # day 19000


def test_a_run_keeps_the_buckets_it_was_begun_with(export: Path, tmp_path: Path) -> None:
    """What was done before a stop is in these: other memory may not cut the rest otherwise."""
    results = begun(tmp_path / "results", replace(made(export), buckets=3))
    assert run(export, results) == 0
    assert len(list((results / "cases").iterdir())) == 3


def test_a_run_that_another_one_came_before_is_refused(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked at again when nobody else can write there."""
    results, alone = tmp_path / "results", plan.alone

    @contextmanager
    def after_another(work: Path) -> Iterator[None]:
        (results / plan.PLAN).write_bytes(msgspec.json.encode(made(export)))
        (results / plan.DONE).write_text("{}")
        with alone(work):
            yield

    monkeypatch.setattr(plan, "alone", after_another)
    assert run(export, results) == 2
    assert "holds a finished run" in capsys.readouterr().err
    assert (results / plan.DONE).read_text() == "{}"
