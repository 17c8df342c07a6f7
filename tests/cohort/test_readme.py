"""The questions of the README, asked of real results: each gives what a plain count gives."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean
from typing import Any

import duckdb
import pytest

from sacroiliac.cli import main
from tests.cohort.exports import bulk, charts
from tests.cohort.results import Row, tables

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of random charts."""
    place = tmp_path_factory.mktemp("readme")
    export = bulk(place / "export", charts(60, seed=3))
    assert main(["cohort", "run", str(export), "-o", str(place / "results"), "--workers", "1"]) == 0
    return place / "results"


def asked(folder: Path, number: int) -> list[tuple[Any, ...]]:
    """What one of the questions gives."""
    return duckdb.sql(QUERIES[number].replace("'results/", f"'{folder}/")).fetchall()


def grouped(rows: list[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by some of their columns."""
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return found


def test_there_are_five() -> None:
    assert len(QUERIES) == 5
    assert all(one.startswith("-- ") for one in QUERIES)


def test_why_relief_did_not_last_by_site(folder: Path) -> None:
    rows = [row for row in tables(folder)["cases"] if row["why_not"] == ""]
    names = ("why_not_the_source", "why_missed", "why_did_not_hold")
    expected = {
        site: (len(listed), *(pytest.approx(mean(row[name] for row in listed)) for name in names))
        for (site,), listed in grouped(rows, "site").items()
    }
    assert {site: tuple(rest) for site, *rest in asked(folder, 0)} == expected
    assert expected


def test_whose_notes_show_place_and_relief(folder: Path) -> None:
    read = tables(folder)
    clinician = {row["case"]: row["clinician"] for row in read["cases"]}
    rows = [{**row, "clinician": clinician[row["case"]]} for row in read["injections"]]
    expected = {
        name: (
            len(listed),
            pytest.approx(mean(row["reached"] != "unproven" for row in listed if row["reached"] != "posterior")),
            pytest.approx(mean(row["anaesthetic"] != "not_recorded" for row in listed)),
        )
        for (name,), listed in grouped(rows, "clinician").items()
    }
    assert {name: tuple(rest) for name, *rest in asked(folder, 1)} == expected


def test_what_injections_showed_by_delivery(folder: Path) -> None:
    rows = tables(folder)["injections"]
    assert {key[:2]: key[2] for key in asked(folder, 2)} == Counter((row["delivery"], row["pattern"]) for row in rows)


def test_criteria_that_want_documentation(folder: Path) -> None:
    read = tables(folder)
    come = {(row["case"], row["service"]) for row in read["stages"] if row["reached"] == "met"}
    rows = [
        row
        for row in read["criteria"]
        if row["kind"] == "criterion" and row["decides"] and (row["case"], row["service"]) in come
    ]
    counted = {
        key: (len(listed), mean(row["answer"] == "not documented" for row in listed))
        for key, listed in grouped(rows, "policy", "service", "item").items()
    }
    ranked = sorted(counted, key=lambda key: (-counted[key][1], -counted[key][0], key))[:20]
    assert asked(folder, 3) == [(*key, *map(pytest.approx, counted[key])) for key in ranked]
    # It ranks: not all are missing in every case.
    assert len({share for *_, share in asked(folder, 3)}) > 5


def test_steps_by_the_likeliest_source(folder: Path) -> None:
    expected = {
        key: (len(listed), pytest.approx(mean(row["complex"] for row in listed)))
        for key, listed in grouped(tables(folder)["cases"], "first_source", "first_step").items()
    }
    assert {(source, step): tuple(rest) for source, step, *rest in asked(folder, 4)} == expected
