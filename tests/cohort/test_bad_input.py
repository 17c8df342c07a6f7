"""What cannot be used is told of with its place, and nothing else is lost. Nobody is named."""

from __future__ import annotations

import bz2
import ctypes
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart.dates import span
from sacroiliac.chart.fhir import document
from sacroiliac.cohort import export, gather
from sacroiliac.cohort.local import Local
from sacroiliac.cohort.run import run
from sacroiliac.knowledge import load

from . import exports
from .results import cohort, table

NAME = "p7-secret-id"


def person(identity: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": identity, "birthDate": "1960-05-01", "gender": "female", **more}


def score(identity: str, number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"score-{identity}-{number}",
        "status": "final",
        "subject": {"reference": f"Patient/{identity}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": 6},
        **more,
    }


def written(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.ndjson").write_bytes(data)
    return folder


def quarantine(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (results / "quarantine.ndjson").read_text().splitlines()]


def test_lines_that_cannot_be_used(tmp_path: Path) -> None:
    lines = [
        json.dumps(score("a")),
        "{",
        "",
        '["no", "object"]',
        json.dumps({"id": NAME}),
        "NaN",
        '{"resourceType": "Observation", "subject": ' + "[" * 5000,
        json.dumps({"resourceType": "Bundle", "entry": []}),
        b"\xff\xfe".decode("latin-1"),
        json.dumps(score("b")),
        json.dumps({"resourceType": "Patient"}),
        json.dumps({"resourceType": "Basic", "id": NAME}),
        json.dumps(score("b", 2, note=[{"text": "M\xfcller"}]), ensure_ascii=False),
    ]
    export = written(
        tmp_path / "e",
        Patient="\n".join(json.dumps(person(one)) for one in "ab"),
        Observation="\n".join(lines).encode("latin-1"),
    )
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    told = {one["line"]: one["reason"] for one in quarantine(tmp_path / "r")}
    assert told.keys() == {2, 4, 5, 6, 7, 8, 9, 11, 13}
    assert told[4] == "not a JSON object"
    assert told[5] == "it has no resourceType"
    assert told[11] == "a Patient without an id"
    assert told[13] == "not UTF-8"
    assert "9 lines or charts put into quarantine" in done.stdout
    assert "About no patient, and not used: 1 Basic." in done.stdout
    assert {row["patient"] for row in table(tmp_path / "r", "cases")} == {"a", "b"}


def test_a_chart_that_cannot_be_reviewed(tmp_path: Path) -> None:
    """One without any date has no review date; the others are reviewed all the same."""
    undated = {key: value for key, value in score(NAME).items() if key != "effectiveDateTime"}
    export = written(
        tmp_path / "e",
        Patient="\n".join(json.dumps(person(one)) for one in ("a", NAME, "z")),
        Observation="\n".join(json.dumps(one) for one in (score("a"), undated, score("z"))),
    )
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    (one,) = quarantine(tmp_path / "r")
    assert "2 charts reviewed" in done.stdout
    assert "Charts that could not be reviewed: 1." in done.stdout
    assert (one["file"], one["line"]) == ("Observation.ndjson", 2)
    assert "nothing that is read of the chart has a date" in one["reason"]
    assert {row["patient"] for row in table(tmp_path / "r", "cases")} == {"a", "z"}
    assert NAME not in done.stdout + done.stderr + json.dumps(one)


def test_charts_that_were_reviewed_are_counted_apart_from_those_that_could_not_be(tmp_path: Path) -> None:
    """Whether that is found when a chart is read or when it is reviewed; how far a run has come counts all of them."""
    undated = {key: value for key, value in score("b").items() if key != "effectiveDateTime"}
    gone = {"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Patient/c"}}]}
    lines = [person("a"), score("a"), person("b"), undated, person("c"), gone]
    export = written(tmp_path / "e", all="\n".join(json.dumps(one) for one in lines))
    seen: dict[str, tuple[int, int]] = {}

    def progress(what: str, parts: Iterable[int], total: int) -> None:
        seen[what] = (sum(parts), total)

    engine = partial(Local, workers=1)
    summary = run(export, tmp_path / "r", load(), engine, as_of=None, memory=1 << 30, progress=progress)
    assert (summary.charts, summary.not_reviewed, summary.quarantined) == (1, 2, 2)
    assert seen["reviewing"] == (3, 3)


@pytest.mark.parametrize("kind", ["Encounter", "Immunization", "Observation"])
def test_a_resource_of_two_patients_is_left_out_of_both(kind: str, tmp_path: Path) -> None:
    """It alone, with its own place: the charts are reviewed without it, whether or not its type is read."""
    of_two = score("a", 2, resourceType=kind, patient={"reference": f"http://x.org/Patient/{NAME}"})
    of_one = score("a", 3, patient={"reference": "https://x.org/fhir/Patient/a/_history/2"})
    lines = [person("a"), score("a"), person(NAME), score(NAME), of_one]
    export = written(tmp_path / "e", a="\n".join(json.dumps(one) for one in lines), b="\n" + json.dumps(of_two))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    (one,) = quarantine(tmp_path / "r")
    assert one == {
        "file": "b.ndjson", "line": 2, "reason": "it names more than one patient: correct it, or take it out",
    }  # fmt: skip
    assert {row["patient"]: row["resources_read"] for row in table(tmp_path / "r", "cases")} == {"a": 3, NAME: 2}


def test_a_bundle_in_which_a_resource_is_of_another_patient(tmp_path: Path) -> None:
    """It is refused as in a review of it; which type it is of is told, and nobody is named."""
    folder = exports.bundles(tmp_path / "e", [[person("a"), score(NAME)]])
    done = cohort("run", folder, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    (one,) = quarantine(tmp_path / "r")
    assert one["reason"] == ("the chart that begins here: holds two patients, Patient/… and Patient/… in Observation/…")


@pytest.mark.parametrize(
    "reference",
    ["Patient/", "Patient", " ", "Patient?identifier=urn:mrn|111", "http://x.org/Patient?identifier=222", "Patient/?"],
)
def test_a_reference_that_names_nobody(reference: str, tmp_path: Path) -> None:
    """What it stands in is nobody's and told of; the review of the chart alone leaves it out likewise."""
    unclear = score("a", 2, subject={"reference": reference, "type": "Patient"}, valueQuantity={"value": 9})
    odd = [person("a"), score("a"), unclear]
    export = written(tmp_path / "e", all="\n".join(json.dumps(one) for one in odd))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "About no patient, and not used: 1 Observation." in done.stdout
    assert [row["resources_read"] for row in table(tmp_path / "r", "cases")] == [2]
    if reference.strip():  # what names nobody is of the chart it stands in, and in a population of none
        chart = document("\n".join(json.dumps(one) for one in odd).encode(), "the chart", load())
        assert chart.coverage.read == {"Patient": 1, "Observation": 1}
        assert any("not clearly about the patient" in one.why for one in chart.coverage.unread)


def test_a_patient_named_by_an_identifier_only(tmp_path: Path) -> None:
    """It is not looked up: that is said, and why the chart has nothing that could be reviewed."""
    mrn = {"system": "urn:mrn", "value": NAME}
    by_number = {"identifier": mrn, "type": "Patient"}
    lines = [
        person("a", identifier=[mrn]), score("a", subject=by_number), score("a", 2, subject=by_number, id=5),
        person("b"), score("b", subject={"reference": "Patient/b", "identifier": mrn}), {"resourceType": "Basic"},
    ]  # fmt: skip
    export = written(tmp_path / "e", all="\n".join(json.dumps(one) for one in lines))
    for action in ("run", "gather"):
        done = cohort(action, export, "-o", tmp_path / action, "--workers", "1")
        assert done.returncode == 0, done.stderr
        said = " ".join(done.stdout.split())
        assert "About no patient, and not used: 1 Basic, 2 Observation." in said
        assert "Of these 2 name their patient by an identifier only, which is not looked up." in said
        assert NAME not in said
    (one,) = quarantine(tmp_path / "run")
    assert one["line"] == 1
    assert one["reason"] == (
        "the chart that begins here: no other resource refers to this Patient, so nothing has a date"
    )
    assert [row["patient"] for row in table(tmp_path / "run", "cases")] == ["b"]


@pytest.mark.parametrize(
    "reference",
    ["Patient/a ", " Patient/a", "Patient/a/_history/3", "Patient/a|2", "https://x.org/fhir/Patient/a"],
)
def test_a_reference_that_names_the_patient_in_another_way(reference: str, tmp_path: Path) -> None:
    long = "a" * 80 + "_b"
    lines = [person("a"), score("a"), score("a", 2, subject={"reference": reference}), person(long), score(long)]
    export = written(tmp_path / "e", all="\n".join(json.dumps(one) for one in lines))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    read = {row["patient"]: row["resources_read"] for row in table(tmp_path / "r", "cases")}
    assert read == {"a": 3, long: 2}


@pytest.mark.parametrize("turned", [False, True])
def test_two_patients_of_one_id_and_no_version(turned: bool, tmp_path: Path) -> None:
    """Which is used does not depend on the order of lines, is as in a review, and the other one is listed."""
    lines = [person("a", birthDate="1950-01-01"), person("a", birthDate="1970-01-01"), score("a")]
    text = "\n".join(json.dumps(one) for one in (lines[::-1] if turned else lines))
    done = cohort("run", written(tmp_path / "e", all=text), "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    (case,), chart = table(tmp_path / "r", "cases"), document(text.encode(), "the chart", load())
    assert chart.patient.birth == span("1970-01-01")
    assert case["age_years"] == 54
    listed = [row["why"] for row in table(tmp_path / "r", "unread") if row["place"] == "Patient/a"]
    assert listed == ["another version of the same resource is used"]


def test_an_export_is_one_servers(tmp_path: Path) -> None:
    """Two addresses before the same id: an interpretation, as nothing in the lines could tell them apart."""
    about = [{"reference": f"http://{server}.org/fhir/Patient/77"} for server in "ab"]
    lines = [person("77"), *(score("77", number, subject=one) for number, one in enumerate(about))]
    export = written(tmp_path / "e", all="\n".join(json.dumps(one) for one in lines))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert {row["patient"]: row["resources_read"] for row in table(tmp_path / "r", "cases")} == {"77": 3}


def test_a_patient_whose_id_is_none(tmp_path: Path) -> None:
    """No reference could name it, and another spelling of a name would be a second chart."""
    lines = [person("a"), score("a"), person("a "), person("a/b"), person("a?b")]
    export = written(tmp_path / "e", all="\n".join(json.dumps(one) for one in lines))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert [one["line"] for one in quarantine(tmp_path / "r")] == [3, 4, 5]
    assert [row["patient"] for row in table(tmp_path / "r", "cases")] == ["a"]


def test_nobody_is_named(tmp_path: Path) -> None:
    twice = [person(NAME), person(NAME, gender="male", meta={"versionId": "2"})]
    odd = score(NAME, focus=[{"reference": "Patient/other-secret-id"}])
    export = written(
        tmp_path / "e",
        Patient="\n".join(json.dumps(one) for one in twice),
        Observation="\n".join([json.dumps(odd), f'{{"id": "{NAME}", broken']),
        Condition=json.dumps({"resourceType": "Condition", "id": 5, "subject": {"reference": f"Patient/{NAME}"}}),
    )
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    told = (
        done.stdout
        + done.stderr
        + (tmp_path / "r" / "quarantine.ndjson").read_text()
        + (tmp_path / "r" / "run.json").read_text()
    )
    assert "secret" not in told


def test_a_very_long_line_and_a_very_long_chart(tmp_path: Path) -> None:
    export = written(tmp_path / "e", Patient="\n".join(json.dumps(person(one)) for one in "ab"))
    with (export / "Observation.ndjson").open("w") as file:
        file.write(json.dumps(score("b")) + "\n")
        for _ in range(500):  # a line of 500 MB
            file.write("x" * 1_000_000)
        file.write("\n")
        for number in range(100_000):
            file.write(json.dumps(score("a", number)) + "\n")
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    (one,) = quarantine(tmp_path / "r")
    assert (one["line"], one["reason"]) == (2, "the line is longer than 64 MiB")
    assert {row["patient"]: row["resources_read"] for row in table(tmp_path / "r", "cases")} == {"a": 100_001, "b": 2}


def test_bundles_of_two_patients_or_none(tmp_path: Path) -> None:
    folder = exports.bundles(
        tmp_path / "e", [[person("a"), score("a")], [person("b"), person("c")], [{"resourceType": "Basic"}]]
    )
    (folder / "broken.json").write_text("{")
    (folder / "notes.txt").write_text("of no interest")
    done = cohort("run", folder, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert [(one["file"], one["reason"]) for one in quarantine(tmp_path / "r")] == [
        ("0001.json", "it is about two patients. Give one Bundle per patient."),
        ("0002.json", "it is about no patient. Give one Bundle per patient."),
        ("broken.json", quarantine(tmp_path / "r")[-1]["reason"]),
    ]  # fmt: skip
    assert "Files that hold no resources: notes.txt." in done.stdout
    assert [row["patient"] for row in table(tmp_path / "r", "cases")] == ["a"]


@pytest.mark.parametrize("suffix", ["json", "ndjson", "ndjson.gz"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([score("a", 1), score("a", 2)], "a list of resources. Write each resource on a line of its own."),
        (
            {"transactionTime": "2025-01-01", "request": "$export", "output": [{"type": "Patient", "url": "x"}]},
            "the manifest of an export, which holds no resources. Take it out, or call it manifest.json.",
        ),
        ({"resourceType": "Bundle", "type": "collection"}, "it is about no patient. Give one Bundle per patient."),
    ],
    ids=["list", "manifest", "Bundle"],
)  # fmt: skip
def test_a_file_of_another_form_is_told_of_once(
    content: Any, told: str, indent: int | None, suffix: str, tmp_path: Path
) -> None:
    export = written(tmp_path / "e", Patient=json.dumps(person("a")), Observation=json.dumps(score("a")))
    data = json.dumps(content, indent=indent).encode()
    (export / f"other.{suffix}").write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    (one,) = quarantine(tmp_path / "r")
    assert (one["file"], one["line"]) == (f"other.{suffix}", 1)
    spread = "one JSON value on many lines. Write each resource on a line of its own."
    line = "a Bundle among single resources" if "Bundle" in told else told
    assert one["reason"] == (told if suffix == "json" else spread if indent else line)
    assert [row["resources_read"] for row in table(tmp_path / "r", "cases")] == [2]


def test_a_first_line_that_is_damaged_is_told_of_alone(tmp_path: Path) -> None:
    export = written(tmp_path / "e", all="\n".join(["{", json.dumps(person("a")), json.dumps(score("a"))]))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert [one["line"] for one in quarantine(tmp_path / "r")] == [1]
    assert [row["resources_read"] for row in table(tmp_path / "r", "cases")] == [2]


def test_a_spread_file_in_several_units_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text(json.dumps([score("a", one) for one in range(9)], indent=1))
    units = export.units(tmp_path, [tmp_path / "a.ndjson"], 500)
    assert len(units) > 3
    notes = [gather.gather(tmp_path, one, 1, tmp_path) for one in units]
    assert [(one.line, one.file) for note in notes for one in note.broken] == [(1, "a.ndjson")]
    assert sum(note.chunks for note in notes) == 0


def test_what_is_packed_otherwise_is_told_as_not_read(tmp_path: Path) -> None:
    """It may hold half of the charts; that it holds no resources would not be true."""
    export = written(tmp_path / "e", Patient=json.dumps(person("a")), Observation=json.dumps(score("a")))
    (export / "old.ndjson.bz2").write_bytes(bz2.compress(json.dumps(score("a", 2)).encode()))
    (export / "more.tar.gz").write_bytes(gzip.compress(b""))
    (export / "notes.zip.txt").touch()
    for action in ("run", "gather"):
        done = cohort(action, export, "-o", tmp_path / action, "--workers", "1")
        assert done.returncode == 0, done.stderr
        said = " ".join(done.stdout.split())
        assert (
            "Warning: not read, as they are packed in a way that is not known here: more.tar.gz, old.ndjson.bz2. The "
            "charts lack what they hold: unpack them, and begin again in a new folder. "
            "Files that hold no resources: notes.zip.txt." in said
        )
    for name in ("Patient.ndjson", "Observation.ndjson"):
        (export / name).unlink()
    done = cohort("run", export, "-o", tmp_path / "none")
    assert done.returncode == 2
    assert "holds no file of resources. Unpack its files" in done.stderr


def test_gzip_under_another_name_is_read(tmp_path: Path) -> None:
    """Some programs keep what a server sent packed, and name it as if it were not."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in (person("b"), score("b"))]}
    export = written(
        tmp_path / "e", Patient=json.dumps(person("a")), Observation=gzip.compress(json.dumps(score("a")).encode())
    )
    (export / "b.json").write_bytes(gzip.compress(json.dumps(bundle).encode()))
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert (done.returncode, done.stderr, quarantine(tmp_path / "r")) == (0, "", [])
    assert {row["patient"]: row["resources_read"] for row in table(tmp_path / "r", "cases")} == {"a": 2, "b": 2}


@pytest.mark.parametrize(
    ("make", "arguments", "told"),
    [
        (None, [], "there is no such folder"),
        ("file", [], "is not a folder"),
        ("empty", [], "holds no file of resources"),
        ("export", ["--workers", "0"], "0 is not a number of processes"),
        ("export", ["--memory", "1"], "1 MB is too little"),
        ("export", ["--as-of", "soon"], "is not a date"),
        ("occupied", [], "is not empty"),
    ],
)
def test_one_message(make: str | None, arguments: list[str], told: str, tmp_path: Path) -> None:
    export = tmp_path / "e"
    if make == "file":
        export.write_text("")
    elif make == "empty":
        export.mkdir()
    elif make is not None:
        written(export, Patient=json.dumps(person("a")))
    if make == "occupied":
        (tmp_path / "r").mkdir()
        (tmp_path / "r" / "letter.txt").write_text("keep me")
    done = cohort("run", export, "-o", tmp_path / "r", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sacroiliac: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert make == "occupied" or not (tmp_path / "r").exists()


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """Without it charts would lack what it holds, so the run does not begin."""
    export = written(tmp_path / "e", Patient=json.dumps(person("a")))
    (export / "Observation.ndjson").symlink_to(tmp_path / "gone")
    (export / "Condition.ndjson").mkdir()
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 2
    assert "Observation.ndjson: cannot be read" in done.stderr


def test_linked_folders_are_read_once_each(tmp_path: Path) -> None:
    export = written(tmp_path / "e", Patient=json.dumps(person("a")))
    written(tmp_path / "elsewhere", Observation=json.dumps(score("a")))
    (export / "link").symlink_to("../elsewhere")
    (export / "same").symlink_to("../elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to("../e")
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert [row["resources_read"] for row in table(tmp_path / "r", "cases")] == [2]


@pytest.mark.parametrize("place", [".", "part", "part/2"])
def test_a_folder_that_may_not_be_read(place: str, tmp_path: Path) -> None:
    export = written(tmp_path / "e", Patient=json.dumps(person("a")))
    (export / "part" / "2").mkdir(parents=True)
    (export / place).chmod(0)
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1", preexec_fn=_bound_by_permissions)
    (export / place).chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{export / place}: cannot be read: Permission denied" in done.stderr


def _bound_by_permissions() -> None:
    # As everybody is but root, who may run the tests: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH are dropped.
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Nobody may ever write to it, and it can be read once only."""
    export = written(tmp_path / "e", Patient=json.dumps(person("a")))
    os.mkfifo(export / "notes")
    os.mkfifo(export / "Observation.ndjson")
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1", timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Observation.ndjson: is a pipe or a device" in done.stderr


def state(folder: Path) -> dict[str, Any]:
    """All that is in a folder, and who may look into it."""
    return {str(one): (one.stat().st_mode, one.is_file() and one.read_bytes()) for one in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (["work/thesis.txt"], "is not empty"),
        (["work/lock"], "is not empty"),  # with words in it, and so nobody's lock
        (["run.json", "work/thesis.txt"], "is not empty"),
        (["gathered.json", "work/thesis.txt"], "is not empty"),
        (["plan.json", "run.json", "work/thesis.txt"], "plan.json: is damaged, or no plan of this program"),
        ([".git/.keep"], "is not empty"),
        (["cases/.keep"], "is not empty"),
        ([".profile"], "is not empty"),
    ],
)
@pytest.mark.parametrize("action", ["run", "gather"])
def test_a_folder_of_somebody_else_is_left_as_it_is(action: str, held: list[str], told: str, tmp_path: Path) -> None:
    export = written(tmp_path / "e", Patient=json.dumps(person("a")))
    for name in held:
        (tmp_path / "r" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "r" / name).write_text("{}")
    (tmp_path / "r").chmod(0o755)
    before = state(tmp_path / "r")
    done = cohort(action, export, "-o", tmp_path / "r", "--workers", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert state(tmp_path / "r") == before


@pytest.mark.parametrize("action", ["run", "gather"])
@pytest.mark.parametrize("place", [".", "results"])
def test_results_are_never_written_into_the_export(action: str, place: str, tmp_path: Path) -> None:
    export = written(tmp_path / "e", Patient=json.dumps(person("a")))
    before = state(export)
    done = cohort(action, export, "-o", export / place, "--workers", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is inside the folder of the export. Name one outside it." in done.stderr
    assert state(export) == before


def test_odd_names_of_folders(tmp_path: Path) -> None:
    """Arrow takes what stands before a colon for a kind of file system."""
    written(tmp_path / "ex:port", Patient=json.dumps(person("a")), Observation=json.dumps(score("a")))
    for action, source, output in (("run", "ex:port", "re:sults"), ("gather", "ex:port", "ga:thered")):
        done = cohort(action, source, "-o", output, "--workers", "1", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    done = cohort("run", "ga:thered", "-o", "a:gain", "--workers", "1", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert table(tmp_path / "a:gain", "cases") == table(tmp_path / "re:sults", "cases")


def test_names_that_are_no_text(tmp_path: Path) -> None:
    export = written(tmp_path / "e", Patient=json.dumps(person("a")), Observation=json.dumps(score("a")))
    unused = Path(os.fsdecode(os.fsencode(export) + b"/\xff.txt"))
    unused.touch()
    done = cohort("run", export, "-o", tmp_path / "r", "--workers", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Files that hold no resources: \N{REPLACEMENT CHARACTER}.txt." in done.stdout
    unused.rename(unused.with_suffix(".ndjson"))
    done = cohort("run", export, "-o", tmp_path / "again", "--workers", "1")
    assert done.returncode == 2
    assert "has a name that is not in UTF-8" in done.stderr


def test_what_is_said_at_the_end(tmp_path: Path) -> None:
    """On any screen, and with nothing in it that would steer one."""
    export = written(
        tmp_path / "e",
        Patient=json.dumps(person("a")),
        Observation=json.dumps(score("a")),
        Other=json.dumps({"resourceType": "\x1b[2J"}),
    )
    plain = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    for action in ("run", "gather"):
        done = cohort(action, export, "-o", tmp_path / f"{action}-ü", "--workers", "1", env=plain)
        assert (done.returncode, done.stderr) == (0, "")
        assert "1 ?[2J" in done.stdout
        command = [sys.executable, "-m", "sacroiliac", "cohort", action, str(export), "-o", str(tmp_path / action)]
        with Path("/dev/full").open("w") as full:
            said = subprocess.run([*command, "--workers", "1"], stdout=full, stderr=subprocess.PIPE, text=True)
        assert "the screen: cannot be written: No space left on device" in said.stderr
        assert "Traceback" not in said.stderr
