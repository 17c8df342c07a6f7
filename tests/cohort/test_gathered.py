"""Which files of an export are read, and what of them is part of which chart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.cli import main

from . import exports
from .results import table

Resource = dict[str, Any]
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def person(identity: str, **more: Any) -> Resource:
    """A patient."""
    return {"resourceType": "Patient", "id": identity, "birthDate": "1960-05-01", "gender": "female", **more}


def score(identity: str, **more: Any) -> Resource:
    """A pain score."""
    return {
        "resourceType": "Observation", "id": f"score-{identity}", "status": "final",
        "subject": {"reference": f"Patient/{identity}"}, "effectiveDateTime": "2024-05-01",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]}, "valueQuantity": {"value": 6}, **more,
    }  # fmt: skip


def lines(*resources: Resource | str) -> str:
    """Resources, or what is none, as lines of an export."""
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in resources) + "\n"


def export(folder: Path, **files: str) -> Path:
    """An export of these files."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.ndjson").write_text(text)
    return folder


def reviewed(folder: Path, results: Path, action: str = "run") -> dict[str, Any]:
    """Review an export, or gather it; its summary."""
    assert main(["cohort", action, str(folder), "-o", str(results), "--workers", "1"]) == 0
    found: dict[str, Any] = json.loads((results / ("run.json" if action == "run" else "gathered.json")).read_text())
    return found


def read(results: Path) -> dict[str, int]:
    """How many resources of each patient were read."""
    return {row["patient"]: row["resources_read"] for row in table(results, "cases")}


def left(results: Path) -> list[tuple[str, int]]:
    """The places of what is in quarantine, in its order."""
    told = (json.loads(line) for line in (results / "quarantine.ndjson").read_text().splitlines())
    return [(one["file"], one["line"]) for one in told]


# --------------------------------------------------------------------------------------------------- files


def test_what_is_hidden_or_beside_resources_is_no_part_of_a_chart(tmp_path: Path) -> None:
    """What a system or an editor hides, the manifest of an export, what another run left out."""
    folder = export(tmp_path / "export", all=lines(person("a"), score("a")))
    for name in (".all.ndjson", "manifest.json", "quarantine.ndjson", "sub/.bundle.json", "sub/manifest.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(lines(person("ghost"), score("ghost"), score("a", id="other")))
    found = reviewed(folder, tmp_path / "results")
    assert read(tmp_path / "results") == {"a": 2}
    assert (found["quarantined"], found["nobody"]) == (0, {})
    # What looks like data and is not used is told of.
    assert found["unused_files"] == [".all.ndjson", "sub/.bundle.json"]


def test_what_gathering_leaves_beside_the_charts_is_no_chart(tmp_path: Path) -> None:
    folder = export(tmp_path / "export", all=lines(person("a"), score("a"), "{"))
    assert reviewed(folder, tmp_path / "charts", "gather")["quarantined"] == 1
    found = reviewed(tmp_path / "charts", tmp_path / "results")
    assert read(tmp_path / "results") == {"a": 2}
    # What gathering put aside is told again, and not read as a line of its own.
    assert (found["quarantined"], found["nobody"], found["unused_files"]) == (1, {}, [])


def test_quarantine_is_told_by_file_and_line_whenever_it_was_found(tmp_path: Path) -> None:
    """A line that is none is found before a chart that has no date."""
    undated = {key: value for key, value in score("b").items() if key != "effectiveDateTime"}
    folder = export(
        tmp_path / "export",
        a=lines(person("a"), "{", person("b"), undated, *("[]" for _ in range(6)), score("a")),
        b=lines("{"),
    )
    reviewed(folder, tmp_path / "results")
    assert left(tmp_path / "results") == [*(("a.ndjson", line) for line in (2, 3, *range(5, 11))), ("b.ndjson", 1)]


# ---------------------------------------------------------------------------------------------- whose it is


@pytest.mark.parametrize("reference", ["urn:uuid:a", "Patient/a", "https://x.org/fhir/Patient/a"])
@pytest.mark.parametrize("about", ["subject", "patient", "beneficiary"])
def test_what_names_the_patient_is_part_of_the_chart_however_it_does(
    about: str, reference: str, tmp_path: Path
) -> None:
    other = {key: value for key, value in score("a", id="other").items() if key != "subject"}
    folder = export(tmp_path / "export", all=lines(person("a"), score("a"), other | {about: {"reference": reference}}))
    assert reviewed(folder, tmp_path / "results")["nobody"] == {}
    (case,) = table(tmp_path / "results", "cases")
    assert (case["patient"], case["resources_read"] + case["resources_not_read"]) == ("a", 3)


@pytest.mark.parametrize("reference", ["urn:uuid:a", "https://x.org/fhir/Patient/a"])
def test_bundles_without_their_patient_are_of_the_one_they_refer_to(reference: str, tmp_path: Path) -> None:
    other = score("a", id="other", subject={"reference": reference})
    folder = exports.bundles(tmp_path / "export", [[other], [score("a", id="third"), other]])
    reviewed(folder, tmp_path / "results")
    assert left(tmp_path / "results") == []
    assert read(tmp_path / "results") == {"a": 2}


def ordered(identity: str, reference: str) -> Resource:
    """A drug that is ordered by a reference to it."""
    return {
        "resourceType": "MedicationRequest", "id": f"order-{identity}", "status": "active", "intent": "order",
        "subject": {"reference": f"Patient/{identity}"}, "authoredOn": "2024-05-01",
        "medicationReference": {"reference": reference},
    }  # fmt: skip


def product(kind: str, identity: str, code: str | None = None, *within: str, **more: Any) -> Resource:
    """A product by its code, or by what is in it."""
    coded = {"code": {"coding": [{"system": RXNORM, "code": code}]}} if code else {}
    held = {"ingredient": [{"itemReference": {"reference": one}} for one in within]} if within else {}
    return {"resourceType": kind, "id": identity, **coded, **held, **more}


def taken(results: Path) -> dict[str, str]:
    """The drugs of each patient."""
    found = (row for row in table(results, "findings") if row["finding"] == "medications")
    return {row["case"].split("/")[0]: row["value"].lower() for row in found}


@pytest.mark.parametrize("kind", ["Medication", "Substance"])
def test_what_is_in_a_shared_product_is_part_of_the_chart_too(kind: str, tmp_path: Path) -> None:
    """Products that refer to each other in a circle are an end of that."""
    resources = [
        person("a"), ordered("a", "Medication/mix"), person("b"), ordered("b", "Medication/circle"),
        product("Medication", "mix", None, f"{kind}/ibu"), product(kind, "ibu", "5640"),
        product("Medication", "circle", "7258", "Medication/circle"),
    ]  # fmt: skip
    reviewed(export(tmp_path / "export", all=lines(*resources)), tmp_path / "results")
    drugs = taken(tmp_path / "results")
    assert drugs.keys() == {"a", "b"}
    assert "ibuprofen" in drugs["a"]
    assert "naproxen" in drugs["b"]


def test_a_product_that_names_its_patient_is_nobody_elses(tmp_path: Path) -> None:
    """It may refer to what is shared all the same."""
    resources = [
        person("a"), score("a"), ordered("a", "Medication/own"), person("b"), ordered("b", "Medication/own"),
        product("Medication", "own", None, "Substance/ibu", subject={"reference": "Patient/b"}),
        product("Substance", "ibu", "5640"),
    ]  # fmt: skip
    reviewed(export(tmp_path / "export", all=lines(*resources)), tmp_path / "results")
    assert list(taken(tmp_path / "results")) == ["b"]


def test_what_gathering_left_out_is_told_of_the_review_of_what_it_kept(tmp_path: Path) -> None:
    folder = export(
        tmp_path / "export",
        Patient=lines(person("a"), "{broken"),
        Observation=lines(score("a"), score("b", subject={"identifier": {"value": "7"}}), score("c", subject=None)),
    )
    (folder / "old.ndjson.bz2").write_bytes(b"BZh9")
    (folder / "notes.txt").write_text("of another kind")
    reviewed(folder, tmp_path / "charts", "gather")
    once, twice = reviewed(folder, tmp_path / "once"), reviewed(tmp_path / "charts", tmp_path / "twice")
    assert {name: once[name] == twice[name] for name in once} == dict.fromkeys(once, True)
    assert (once["quarantined"], once["by_identifier"], sum(once["nobody"].values())) == (1, 1, 2)
    assert left(tmp_path / "once") == left(tmp_path / "twice") == [("Patient.ndjson", 2)]
    (tmp_path / "charts" / "quarantine.ndjson").unlink()
    assert main(["cohort", "run", str(tmp_path / "charts"), "-o", str(tmp_path / "third"), "--workers", "1"]) == 2
