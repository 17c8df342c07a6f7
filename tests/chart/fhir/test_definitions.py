"""The project's FHIR definitions: as made from the knowledge, and valid FHIR R4. The example charts too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sacroiliac.chart.fhir.codes import codes
from sacroiliac.chart.fhir.definitions import definitions, main, written
from sacroiliac.knowledge import load
from tests.fhir_validator import issues, with_entries

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "fhir"
CHARTS = [
    *sorted((Path(__file__).parent / "charts").glob("*.json")),
    *sorted((ROOT / "examples").glob("*.json")),
]


def test_the_folder_holds_what_the_knowledge_makes() -> None:
    """After a change of the vocabulary: python -m sacroiliac.chart.fhir.definitions fhir"""
    made = {name: written(one) for name, one in definitions(load()).items()}
    held = {one.name: one.read_text(encoding="utf-8") for one in FOLDER.glob("*.json")}
    assert held.keys() == made.keys()
    assert [name for name in made if held[name] != made[name]] == []


def test_the_files_are_written_as_they_are_held(tmp_path: Path) -> None:
    main(str(tmp_path))
    assert {one.name for one in tmp_path.iterdir()} == {one.name for one in FOLDER.glob("*.json")}


def test_the_definitions_are_valid() -> None:
    assert issues(list(definitions(load()).values())) == []


def test_the_validator_finds_what_is_wrong() -> None:
    (found, *_) = issues([{"resourceType": "Observation", "id": "bad", "status": "final"}])
    assert "Observation.code" in found


@pytest.mark.parametrize("file", CHARTS, ids=lambda one: one.stem)
def test_the_example_charts_are_valid(file: Path) -> None:
    assert issues(with_entries(json.loads(file.read_text(encoding="utf-8")))) == []


def test_the_lines_of_the_example_folder_are_valid() -> None:
    files = sorted((Path(__file__).parent / "charts" / "questionnaire").iterdir())
    resources = [json.loads(line) for one in files for line in one.read_text(encoding="utf-8").splitlines()]
    assert issues(resources) == []


def test_every_finding_and_every_field_has_a_code() -> None:
    knowledge = load()
    listed = {one["code"] for one in definitions(knowledge)["CodeSystem-findings.json"]["concept"]}
    assert {name.replace("_", "-") for name in knowledge.findings} <= listed
    fields = knowledge.findings["sij_injections"].fields
    assert {f"injection-{name.replace('_', '-')}" for name in fields} <= listed


def test_every_local_code_of_a_finding_is_read() -> None:
    """What the code system offers, the reader understands."""
    tables = codes(load())
    local = load().systems["local"].uri
    for name in tables.findings_by_code:
        hits, _ = tables.lookup(local, name)
        assert hits
        assert all(hit.concept in tables.feeds or hit.concept in tables.field_of for hit in hits), name


def test_the_questionnaire_asks_for_every_field() -> None:
    items = definitions(load())["Questionnaire-injection-record.json"]["item"]
    assert [one["linkId"] for one in items] == list(load().findings["sij_injections"].fields)
    assert [one["linkId"] for one in items if one["required"]] == ["date", "side"]


def test_the_tables_follow_the_knowledge() -> None:
    """A knowledge that is not the one before gets tables of its own."""
    import msgspec

    first = codes(load())
    assert codes(load()) is first
    other = msgspec.structs.replace(load(), version="other")
    assert codes(other) is not first
    assert codes(other).knowledge is other
