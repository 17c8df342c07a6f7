"""What an export says was deleted is left out, wherever that and the resource stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sacroiliac.chart.fhir import document
from sacroiliac.knowledge import load
from sacroiliac.review import Reviewer
from tests.review.as_tables import expected
from tests.review.test_survey import same

from .exports import Resource
from .results import cohort, table, tables

PATIENT = {"resourceType": "Patient", "id": "a", "birthDate": "1960-05-01", "gender": "female"}
OTHER = {**PATIENT, "id": "b"}


def injection(name: str, patient: str = "a", **more: object) -> Resource:
    """An injection into the right joint."""
    return {
        "resourceType": "Procedure", "id": name, "status": "completed", "performedDateTime": "2024-03-04",
        "subject": {"reference": f"Patient/{patient}"}, **more,
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "27096"}]},
        "bodySite": [{"coding": [{"system": "http://snomed.info/sct", "code": "24028007"}]}],
        "performer": [{"actor": {"reference": "Practitioner/p"}, "onBehalfOf": {"reference": "Organization/o"}}],
    }  # fmt: skip


def score(patient: str = "a") -> Resource:
    """A pain score."""
    return {
        "resourceType": "Observation", "id": f"score-{patient}", "status": "final", "effectiveDateTime": "2024-05-01",
        "subject": {"reference": f"Patient/{patient}"}, "valueQuantity": {"value": 6},
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
    }  # fmt: skip


def order(patient: str = "a") -> Resource:
    """A drug that is ordered."""
    return {
        "resourceType": "MedicationRequest", "id": f"order-{patient}", "status": "active", "intent": "order",
        "subject": {"reference": f"Patient/{patient}"}, "authoredOn": "2024-05-01",
        "medicationReference": {"reference": "Medication/ibu"},
    }  # fmt: skip


IBUPROFEN: Resource = {
    "resourceType": "Medication",
    "id": "ibu",
    "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "5640"}]},
}
AROUND: list[Resource] = [
    {"resourceType": "Organization", "id": "o", "name": "Site"},
    {"resourceType": "Practitioner", "id": "p", "name": [{"text": "Dr"}]},
]
STANDING = [PATIENT, injection("one"), injection("two", performedDateTime="2024-02-02"), score(), order(), IBUPROFEN]


def deletion(*names: str) -> Resource:
    """A line of the files ``deleted`` of a Bulk Data export."""
    entries = [{"request": {"method": "DELETE", "url": one}} for one in names]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def exported(folder: Path, *, first: bool, standing: list[Resource], deleted: list[Resource]) -> Path:
    """An export in which the deletions are read first, or last."""
    (folder / "deleted").mkdir(parents=True)
    place = folder / ("A.ndjson" if first else "deleted/z.ndjson")
    place.write_text("\n".join(map(json.dumps, deleted)))
    (folder / "all.ndjson").write_text("\n".join(map(json.dumps, standing)))
    return folder


def run(export: Path, results: Path, *options: str) -> str:
    done = cohort("run", export, "-o", results, "--workers", "1", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "name",
    ["Procedure/one", "Observation/score-a", "Medication/ibu", "Patient/a", "MedicationRequest/order-a",
     "https://ehr.example.org/fhir/Procedure/one/_history/3"],
)  # fmt: skip
def test_each_row_equals_the_review_of_the_chart_with_its_deletions(name: str, first: bool, tmp_path: Path) -> None:
    newer = injection("one", meta={"versionId": "9", "lastUpdated": "2030-01-01T00:00:00Z"})
    standing = [*STANDING, newer, OTHER, injection("three", "b"), score("b")]
    export = exported(tmp_path / "e", first=first, standing=standing, deleted=[deletion(name)])
    said = run(export, tmp_path / "r")
    assert "2 charts reviewed" in said
    assert "Deletions that the export tells of: 1. What they name is left out." in said
    assert not (tmp_path / "r" / "quarantine.ndjson").read_bytes()
    lines = [*STANDING, newer, deletion(name)]
    chart = document("\n".join(map(json.dumps, lines)).encode(), "the chart", load())
    (review,) = Reviewer(load()).review([chart], policies_in_full=True)
    found = tables(tmp_path / "r")
    for table_, rows in expected(review).items():
        mine = [row for row in found[table_] if row["case"].startswith("a/")]
        same(mine, [{key: value for key, value in row.items() if key != "file"} for row in rows])
    assert any("deleted" in row["why"] for row in found["unread"] if row["case"].startswith("a/"))
    untouched = {row["case"] for row in found["injections"]}
    assert "b/right" in untouched


def test_many_deletions_and_those_of_what_nobody_reads(tmp_path: Path) -> None:
    """Several in a line, in several lines and files; a document may hold nothing else either."""
    export = exported(
        tmp_path / "e", first=False, standing=STANDING,
        deleted=[deletion("Procedure/one", "Immunization/i"), deletion("Procedure/none")],
    )  # fmt: skip
    (export / "more.json").write_text(json.dumps(deletion("Procedure/two"), indent=1))
    assert "Deletions that the export tells of: 4." in run(export, tmp_path / "r")
    assert table(tmp_path / "r", "injections") == []
    assert table(tmp_path / "r", "cases")


def test_gathered_charts_carry_what_was_deleted(tmp_path: Path) -> None:
    export = exported(tmp_path / "e", first=True, standing=STANDING, deleted=[deletion("Procedure/one")])
    run(export, tmp_path / "r")
    assert cohort("gather", export, "-o", tmp_path / "g", "--workers", "1").returncode == 0
    run(tmp_path / "g", tmp_path / "again")
    assert tables(tmp_path / "again") == tables(tmp_path / "r")
    assert len(table(tmp_path / "again", "injections")) == 1
    for one in ("r/run.json", "again/run.json", "g/gathered.json"):
        told = json.loads((tmp_path / one).read_text())
        assert told["deleted"] == 1
        assert "deleted" not in told["resources"]


def test_a_site_that_was_deleted_has_no_name(tmp_path: Path) -> None:
    """As where it stands in the chart itself: the reference is left."""
    deleted = [deletion("Organization/o")]
    run(exported(tmp_path / "e", first=True, standing=[*STANDING, *AROUND], deleted=deleted), tmp_path / "r")
    assert {(row["site"], row["clinician"]) for row in table(tmp_path / "r", "cases")} == {("Organization/o", "Dr")}


@pytest.mark.parametrize("options", [[], ["--as-of", "2024-06-30"]])
def test_a_chart_of_which_all_was_deleted(options: list[str], tmp_path: Path) -> None:
    """It has no row under any name, and is told of."""
    standing = [OTHER, score("b"), PATIENT, score()]
    deleted = [deletion("Patient/a", "Observation/score-a")]
    run(exported(tmp_path / "e", first=True, standing=standing, deleted=deleted), tmp_path / "r", *options)
    assert {row["patient"] for row in table(tmp_path / "r", "cases")} == {"b"}
    (one,) = map(json.loads, (tmp_path / "r" / "quarantine.ndjson").read_text().splitlines())
    assert (one["line"], one["reason"]) == (3, "the chart that begins here: all of it that is read was deleted")


def test_a_bundle_of_more_than_deletions_is_no_line_of_an_export(tmp_path: Path) -> None:
    mixed = deletion("Procedure/one")
    mixed["entry"].append({"resource": score()})
    run(exported(tmp_path / "e", first=True, standing=STANDING, deleted=[mixed]), tmp_path / "r")
    (one,) = map(json.loads, (tmp_path / "r" / "quarantine.ndjson").read_text().splitlines())
    assert (one["line"], one["reason"]) == (1, "a Bundle among single resources")
