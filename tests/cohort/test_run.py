"""Every row of a population's results equals what the review of that chart alone says."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir import document
from sacroiliac.cohort import command
from sacroiliac.cohort.run import Summary
from sacroiliac.cohort.tables import TABLES
from sacroiliac.knowledge import load
from sacroiliac.review import Reviewer
from sacroiliac.review.survey import ITEM, OPTION, REACHED, STATUSES, VERDICTS
from tests.review.as_tables import Row, expected
from tests.review.test_survey import same

from . import exports
from .exports import Resource
from .results import cohort, contents, table, tables

PATIENTS = exports.charts(60)
# Where an entry stands is told by the export for all charts, by the file for one.
OF_THE_FILE = {"file"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population")
    exports.bulk(folder / "export", PATIENTS)
    done = cohort("run", folder / "export", "-o", folder / "results", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "60 charts reviewed" in done.stdout
    return folder / "results"


def alone() -> Iterator[Chart]:
    """The charts of the population, read one by one."""
    for resources in PATIENTS:
        lines = "\n".join(json.dumps(one) for one in resources)
        yield document(lines.encode(), "the chart", load())


def test_each_row_equals_the_review(results: Path) -> None:
    told: dict[str, list[Row]] = {name: [] for name in TABLES}
    reviewer = Reviewer(load())
    for chart in alone():
        for review in reviewer.review([chart], policies_in_full=True):
            for name, rows in expected(review).items():
                told[name] += [{key: value for key, value in row.items() if key not in OF_THE_FILE} for row in rows]
    found = tables(results)
    assert told.keys() == found.keys()
    for name in told.keys() - {"stages"}:
        assert found[name], name
        same(found[name], told[name])


def test_where_by_whom_and_who_pays(results: Path) -> None:
    for case in table(results, "cases"):
        number = int(case["patient"].removeprefix("p"))
        assert case["site"] == f"Site {number % 3}"
        assert case["clinician"] == f"Dr No. {number % 5}"
        assert case["payer"] == f"Payer {number % 2}"


@pytest.mark.parametrize(
    "options", [["--workers", "2"], ["--workers", "1", "--memory", "256"]], ids=["two workers", "little memory"]
)
def test_the_same_results_whatever_does_the_work(results: Path, options: list[str], tmp_path: Path) -> None:
    done = cohort("run", results.parent / "export", "-o", tmp_path / "again", *options)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "again") == contents(results)


def rows_of(results: Path, without: set[str]) -> dict[str, list[str]]:
    return {
        name: sorted(json.dumps({k: v for k, v in row.items() if k not in without}, default=str) for row in rows)
        for name, rows in tables(results).items()
    }


@pytest.mark.parametrize("form", ["gzip", "other order", "bundles"])
def test_the_same_rows_from_every_form_of_an_export(results: Path, form: str, tmp_path: Path) -> None:
    export = tmp_path / "export"
    if form == "bundles":
        exports.bundles(export, [[*exports.SHARED, *resources] for resources in PATIENTS])
    elif form == "gzip":
        exports.bulk(export, PATIENTS, packed=True)
    else:
        exports.bulk(export, PATIENTS, seed=77, parts=5)
    done = cohort("run", export, "-o", tmp_path / "results", "--workers", "1")
    assert done.returncode == 0, done.stderr
    found, told = (rows_of(one, {"file", "resources_not_read"}) for one in (tmp_path / "results", results))
    assert found == told


def test_a_review_date_for_all(results: Path, tmp_path: Path) -> None:
    done = cohort("run", results.parent / "export", "-o", tmp_path / "then", "--as-of", "2024-06-30", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert {str(case["review_date"]) for case in table(tmp_path / "then", "cases")} == {"2024-06-30"}


def test_without_a_review_date_for_all_that_is_said(tmp_path: Path) -> None:
    """Of a chart with a mistyped date the review date stands out."""
    days = {"a": "2024-03-01", "b": "2199-01-01", "c": "2024-05-31"}
    export = exports.bulk(tmp_path / "export", [dated(*one) for one in days.items()])
    done = cohort("run", export, "-o", tmp_path / "results", "--workers", "1")
    said = " ".join(done.stdout.split())
    assert "Each chart was reviewed on the day of its last entry, so hardly anything can be overdue:" in said
    assert "Review dates: 2024-03-01 to 2199-01-01." in said
    then = cohort("run", export, "-o", tmp_path / "then", "--workers", "1", "--as-of", "2024-06-30")
    assert "last entry" not in then.stdout
    assert "Review dates" not in then.stdout


def dated(patient: str, day: str) -> list[Resource]:
    """A patient with one entry."""
    return [
        {"resourceType": "Patient", "id": patient},
        {
            "resourceType": "Condition", "id": f"pain-{patient}", "subject": {"reference": f"Patient/{patient}"},
            "recordedDate": day, "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M53.3"}]},
        },
    ]  # fmt: skip


def test_one_is_told_as_one(tmp_path: Path) -> None:
    export = exports.bulk(tmp_path / "export", [dated("a", "2024-03-01")])
    (export / "broken.ndjson").write_text("{\n")
    done = cohort("run", export, "-o", tmp_path / "results", "--workers", "1")
    for told in (
        "1 chart reviewed, 1 case: ",
        "0 cases with an urgent red flag.",
        "1 line or chart put into quarantine:",
    ):
        assert told in done.stdout
    listed = cohort("worklist", tmp_path / "results")
    assert "Left out here: 1 line or chart could not be used" in listed.stdout
    gathered = cohort("gather", export, "-o", tmp_path / "charts", "--workers", "1")
    assert gathered.stdout.startswith("1 chart gathered.\n")


def test_what_is_by_a_fault_is_told_with_what_could_not_be_reviewed(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    summary = msgspec.convert(
        {
            "program": "0", "knowledge": "0", "as_of": "2025-01-01", "charts": 5, "urgent": 0, "concerned": 5, "faults": 1,
            "quarantined": 3, "resources": {}, "nobody": {}, "unused_files": ["notes.txt"], "rows": {}, "not_reviewed": 3,
        },
        Summary,
    )  # fmt: skip
    said = command._told(summary, tmp_path, None).replace("\n    ", " ")
    assert "Charts that could not be reviewed: 3, 1 of them by a fault of the program: please" in said
    assert said.index("could not be reviewed") < said.index("3 lines or charts") < said.index("notes.txt")


def test_results_are_their_owners_alone(results: Path) -> None:
    for one in (results, *results.rglob("*")):
        mode = stat.S_IMODE(one.stat().st_mode)
        assert mode == (0o700 if one.is_dir() else 0o600), one


def test_what_is_left_behind(results: Path) -> None:
    assert {one.name for one in results.iterdir()} == {
        *TABLES, "plan.json", "run.json", "quarantine.ndjson", "dictionary.json"
    }  # fmt: skip


def test_the_dictionary_describes_every_column(results: Path) -> None:
    described = json.loads((results / "dictionary.json").read_text())
    for name in TABLES:
        for row in table(results, name)[:1]:
            assert list(row) == list(described[name]["columns"])
            assert all(one["meaning"] for one in described[name]["columns"].values())


# Columns of words that have no end, or are ids that another table or 'sacroiliac knowledge list' names.
OPEN = {
    "case", "patient", "site", "clinician", "payer", "evidence", "requested_code", "met_by", "item", "unit",
    ("missing", "finding"), ("events", "finding"), "review_date_origin", "why_not", "file", "place", "detail", "value",
    "note", "words", "date", "label", "what", "why",
}  # fmt: skip


def test_the_dictionary_lists_every_value_that_occurs(results: Path) -> None:
    described = json.loads((results / "dictionary.json").read_text())
    for name, rows in tables(results).items():
        for column, one in described[name]["columns"].items():
            found = {
                value for row in rows for value in (row[column] if isinstance(row[column], list) else [row[column]])
            }
            if "values" in one:
                assert found - {None} <= one["values"].keys(), (name, column)
                assert all(one["values"].values()), (name, column)
            elif one["type"].endswith(("string", "string>")):
                assert {column, (name, column)} & OPEN, (name, column)


def test_the_dictionary_lists_what_the_knowledge_and_a_review_know(results: Path) -> None:
    described = json.loads((results / "dictionary.json").read_text())

    def listed(table: str, column: str) -> dict[str, str]:
        found: dict[str, str] = described[table]["columns"][column]["values"]
        return found

    knowledge = load()
    for table_ in ("cases", "injections"):
        assert listed(table_, "pattern") == {one.id: one.label for one in knowledge.injections.patterns}
    assert listed("cases", "first_step") == {one.id: one.label for one in knowledge.steps}
    assert listed("injections", "delivery") == {one.id: one.label for one in knowledge.injections.delivery}
    assert set(listed("injections", "reached")) == {one.reached for one in knowledge.injections.delivery}
    assert set(listed("policies", "verdict")) == set(VERDICTS) == set(listed("policies", "with_unconfirmed"))
    assert set(listed("criteria", "answer")) == set(ITEM)
    assert set(listed("options", "status")) == set(OPTION)
    assert set(listed("red_flags", "status")) == set(STATUSES)
    assert set(listed("stages", "reached")) == set(REACHED) == set(listed("cases", "repeat_radiofrequency"))
    assert listed("red_flags", "tier") == {"A": "same day", "B": "to follow up", "C": "only adds weight"}
    assert set(listed("cases", "side")) == {"left", "right"}
    assert set(listed("injections", "steroid")) == {"held", "did not hold", "none given", "not recorded"}
    assert listed("injections", "anaesthetic").keys() == {"high", "partial", "low", "not_recorded"}


def test_every_type_is_counted(results: Path) -> None:
    summary = json.loads((results / "run.json").read_text())
    written: dict[str, int] = {}
    for one in (resource for resources in PATIENTS for resource in resources):
        written[one["resourceType"]] = written.get(one["resourceType"], 0) + 1
    assert {kind: number for kind, number in summary["resources"].items() if kind in written} == written
    assert summary["charts"] == len(PATIENTS)
    assert summary["rows"]["cases"] == len(table(results, "cases"))


def test_resources_many_charts_refer_to(tmp_path: Path) -> None:
    """A drug that stands once in the export is part of every chart that refers to it, and of no other."""
    with_drug: list[Resource] = [
        {"resourceType": "Patient", "id": "a", "birthDate": "1960-01-01", "gender": "female"},
        {
            "resourceType": "MedicationRequest",
            "id": "order",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/a"},
            "authoredOn": "2024-05-01",
            "medicationReference": {"reference": "Medication/ibu"},
        },
    ]
    without: list[Resource] = [
        {"resourceType": "Patient", "id": "b", "birthDate": "1960-01-01", "gender": "female"},
        {
            **with_drug[1],
            "id": "other",
            "subject": {"reference": "Patient/b"},
            "medicationReference": {"reference": "Medication/none"},
        },
    ]
    drug = {
        "resourceType": "Medication",
        "id": "ibu",
        "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "5640"}]},
    }
    exports.bulk(tmp_path / "export", [with_drug, without, [drug]])
    done = cohort("run", tmp_path / "export", "-o", tmp_path / "results", "--workers", "1")
    assert done.returncode == 0, done.stderr
    drugs = {
        row["case"]: row["value"] for row in table(tmp_path / "results", "findings") if row["finding"] == "medications"
    }
    assert list(drugs) == ["a/side not stated"]
    assert "ibuprofen" in drugs["a/side not stated"].lower()


def drug(code: str, **more: Any) -> Resource:
    """A drug that stands once in an export."""
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}
    return {"resourceType": "Medication", "id": "ibu", "code": {"coding": [coding]}, **more}


def taken(export: Path, reference: str, drugs: list[Resource], results: Path) -> tuple[list[str], list[str]]:
    """The drugs of a chart that refers to one: by a review of a population, and by that of the chart alone."""
    lines = [
        json.dumps({"resourceType": "Patient", "id": "a", "birthDate": "1960-01-01", "gender": "female"}),
        json.dumps({
            "resourceType": "MedicationRequest", "id": "order", "status": "active", "intent": "order",
            "subject": {"reference": "Patient/a"}, "authoredOn": "2024-05-01", "medicationReference": {"reference": "REF"},
        }).replace("REF", reference),
        *map(json.dumps, drugs),
    ]  # fmt: skip
    export.mkdir()
    (export / "all.ndjson").write_text("\n".join(lines))
    assert cohort("run", export, "-o", results, "--workers", "1").returncode == 0
    (alone,) = Reviewer(load()).review([document("\n".join(lines).encode(), "the chart", load())])
    return (
        [row["value"] for row in table(results, "findings") if row["finding"] == "medications"],
        [one.value for one in alone.findings if one.id == "medications"],
    )


@pytest.mark.parametrize(
    "reference",
    [
        "https://ehr.example.org/fhir/Medication/ibu", "Medication/ibu/_history/1", "Medication\\/ibu",
        "https:\\/\\/ehr.example.org\\/fhir\\/Medication\\/ibu\\/_history\\/2", "Medication/ibu|1",
    ],
)  # fmt: skip
def test_a_shared_resource_is_found_however_the_reference_is_written(reference: str, tmp_path: Path) -> None:
    found, alone = taken(tmp_path / "export", reference, [drug("5640")], tmp_path / "results")
    assert found == alone
    assert "ibuprofen" in found[0].lower()


def test_of_two_versions_of_a_shared_resource_the_newest_is_used(tmp_path: Path) -> None:
    versions = [
        drug("5640", meta={"lastUpdated": "2024-01-01T00:00:00Z", "versionId": "9"}),
        drug("7258", meta={"lastUpdated": "2024-05-01T00:00:00Z", "versionId": "1"}),
        drug("5640", meta={"lastUpdated": "2024-02-01T00:00:00Z", "versionId": "7"}),
    ]
    for number, listed in enumerate((versions, versions[::-1])):
        place = tmp_path / str(number)
        place.mkdir()
        found, alone = taken(place / "export", "Medication/ibu", listed, place / "results")
        assert found == alone
        assert "naproxen" in found[0].lower()


def seen_by(resources: list[Resource], folder: Path) -> tuple[str | None, ...]:
    """Site, clinician and payer of a patient with these resources."""
    lines = [{"resourceType": "Patient", "id": "a"}, *resources]
    (folder / "export").mkdir(parents=True)
    (folder / "export" / "all.ndjson").write_text("\n".join(map(json.dumps, lines)))
    asked = ["--as-of", "2024-06-30", "--workers", "1"]
    assert cohort("run", folder / "export", "-o", folder / "results", *asked).returncode == 0
    (case,) = table(folder / "results", "cases")
    return case["site"], case["clinician"], case["payer"]


def cover(name: str, payer: str, **more: Any) -> Resource:
    """A coverage in force."""
    return {
        "resourceType": "Coverage", "id": name, "status": "active", "beneficiary": {"reference": "Patient/a"},
        "payor": [{"display": payer}], **more,
    }  # fmt: skip


def visit(name: str, site: str, **more: Any) -> Resource:
    """A visit, all of one day."""
    return {
        "resourceType": "Encounter", "id": name, "status": "finished", "subject": {"reference": "Patient/a"},
        "period": {"start": "2024-04-01"}, "serviceProvider": {"display": site},
        "participant": [{"individual": {"display": f"Dr {site}"}}], **more,
    }  # fmt: skip


def test_where_and_who_pays_come_from_the_newest_version_of_each_resource(tmp_path: Path) -> None:
    old, new = {"meta": {"versionId": "1"}}, {"meta": {"versionId": "2"}}
    listed = [
        cover("c", "Old payer", **old), cover("c", "New payer", **new), cover("d", "Gone", **old),
        cover("d", "Gone", **new | {"status": "cancelled"}), visit("v", "Old", **old), visit("v", "New", **new),
    ]  # fmt: skip
    for number, lines in enumerate((listed, listed[::-1])):
        assert seen_by(lines, tmp_path / str(number)) == ("New", "Dr New", "New payer")


def test_where_and_who_pays_do_not_depend_on_the_order_of_lines(tmp_path: Path) -> None:
    listed = [cover("a", "One"), cover("b", "Two"), visit("a", "North"), visit("b", "South")]
    first, second = (seen_by(one, tmp_path / str(len(one)) / one[0]["id"]) for one in (listed, listed[::-1]))
    assert first == second
    assert None not in first


def test_gathered_charts_give_the_same_rows(results: Path, tmp_path: Path) -> None:
    done = cohort("gather", results.parent / "export", "-o", tmp_path / "charts", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "60 charts gathered" in done.stdout
    assert json.loads((tmp_path / "charts" / "gathered.json").read_text())["charts"] == 60
    again = cohort("run", tmp_path / "charts", "-o", tmp_path / "results", "--workers", "1")
    assert again.returncode == 0, again.stderr
    assert tables(tmp_path / "results") == tables(results)
    first, second = (json.loads((one / "run.json").read_text()) for one in (results, tmp_path / "results"))
    assert first["resources"] == second["resources"]
    assert "holds a finished run" in cohort("gather", results.parent / "export", "-o", tmp_path / "charts").stderr


@pytest.fixture(scope="module")
def charts(results: Path) -> Path:
    """The charts of the population, gathered."""
    folder = results.parent / "charts"
    done = cohort("gather", results.parent / "export", "-o", folder, "--workers", "1")
    assert done.returncode == 0, done.stderr
    return folder


def without(part: Path) -> None:
    part.unlink()


def cut(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:100])


def fewer_rows(part: Path) -> None:
    pq.write_table(pq.read_table(part).slice(1), part, store_schema=False)


def not_finished(part: Path) -> None:
    (part.parent / "gathered.json").unlink()


def damaged(part: Path) -> None:
    (part.parent / "gathered.json").write_text("{")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (without, "charts-000000.parquet: is missing. Gather the charts again"),
        (cut, "charts-000000.parquet: does not hold gathered charts"),
        (fewer_rows, "charts-000000.parquet: is not as gathered.json says"),
        (not_finished, "holds what was begun and not finished"),
        (damaged, "gathered.json: is damaged, or of another version"),
    ],
)
def test_gathered_charts_are_reviewed_all_or_not_at_all(
    charts: Path, harm: Callable[[Path], None], told: str, tmp_path: Path
) -> None:
    shutil.copytree(charts, tmp_path / "site" / "charts")
    harm(tmp_path / "site" / "charts" / "charts-000000.parquet")
    done = cohort("run", tmp_path / "site", "-o", tmp_path / "results", "--workers", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (tmp_path / "results").exists()


def test_parquet_of_others_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    pq.write_table(pa.table({"patient": ["a"], "value": [1]}), tmp_path / "export" / "other.parquet")
    done = cohort("run", tmp_path / "export", "-o", tmp_path / "results", "--workers", "1")
    assert done.returncode == 2
    assert "other.parquet: does not hold gathered charts" in done.stderr
    assert "Traceback" not in done.stderr
