"""The command: the same bytes however they are made, whole or not at all, in memory that does not grow."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sacroiliac.cli import main
from sacroiliac.errors import InputError
from sacroiliac.simulate import export
from sacroiliac.simulate.command import Progress
from sacroiliac.simulate.population import BLOCK, Settings
from tests.simulate.make import UNTIL, whose

PATIENTS = 40
Files = dict[str, bytes]


def simulate(folder: Path, *options: str, patients: int = PATIENTS) -> Files:
    """Run the command; the files of the export, unpacked, with the truth."""
    assert main(["simulate", "charts", "-o", str(folder), "-n", str(patients), *options]) == 0
    found = {one.name: one.read_bytes() for one in folder.iterdir()}
    found["truth"] = (folder.parent / f"{folder.name}.truth.ndjson").read_bytes()
    return found


def joined(files: Files) -> Files:
    """The lines of each type, whatever files they are in."""
    found: Files = {}
    for name in sorted(files):
        if name != "manifest.json":
            kind = name.split(".")[0]
            found[kind] = found.get(kind, b"") + files[name]
    return found


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """One export."""
    return simulate(tmp_path_factory.mktemp("usual") / "export")


# ----------------------------------------------------------------------------------------------- same bytes


def test_the_same_seed_gives_the_same_bytes(usual: Files, tmp_path: Path) -> None:
    assert simulate(tmp_path / "again") == usual
    assert joined(simulate(tmp_path / "other", "--seed", "2"))["Patient"] != usual["Patient.0001.ndjson"]


def test_a_patient_is_the_same_whatever_the_number_of_patients(usual: Files, tmp_path: Path) -> None:
    """Of fewer patients every file is the beginning of the one of more."""
    few, many = joined(simulate(tmp_path / "few", patients=7)), joined(usual)
    for kind, lines in few.items():
        assert many[kind].startswith(lines), kind
    ids = {json.loads(line)["id"] for line in few["Patient"].splitlines()}
    assert ids == {f"p{number:07d}" for number in range(1, 8)}
    mine = [line for line in many["Observation"].splitlines() if whose(json.loads(line)) in ids]
    assert b"\n".join(mine) + b"\n" == few["Observation"]


def test_processes_make_the_same_bytes(tmp_path: Path) -> None:
    """Across the edge of a block."""
    one = simulate(tmp_path / "one", patients=BLOCK + 20)
    assert simulate(tmp_path / "two", "--workers", "2", patients=BLOCK + 20) == one


def test_files_are_rolled_over_and_hold_the_same_lines(usual: Files, tmp_path: Path) -> None:
    rolled = simulate(tmp_path / "rolled", "--lines", "100")
    assert joined(rolled) == joined(usual)
    counts = {name: data.count(b"\n") for name, data in rolled.items() if name not in ("manifest.json", "truth")}
    assert max(counts.values()) == 100
    parts = sorted(name for name in counts if name.startswith("Observation."))
    assert parts == [f"Observation.{number:04d}.ndjson" for number in range(1, len(parts) + 1)]
    assert all(counts[name] == 100 for name in parts[:-1])


def test_zipped_files_hold_the_same_lines(usual: Files, tmp_path: Path) -> None:
    """And no time and no name, so that they too are the same bytes again."""
    first, again = (simulate(tmp_path / name, "--gzip") for name in ("first", "again"))
    assert first == again
    zipped = {name: data for name, data in first.items() if name.endswith(".gz")}
    assert {name.removesuffix(".gz"): gzip.decompress(data) for name, data in zipped.items()} == {
        name: data for name, data in usual.items() if name not in ("manifest.json", "truth")
    }
    assert json.loads(first["manifest.json"])["output"][0]["url"].endswith(".ndjson.gz")


def test_parts_are_no_larger_than_memory_allows() -> None:
    """And every patient is in one of them, in order."""
    for resources in (40, 300, 2_000):
        parts = list(export.tasks(Settings(1, UNTIL, resources), 2 * BLOCK + 3))
        assert [number for part in parts for number in part] == list(range(2 * BLOCK + 3))
        assert all(part[0] // BLOCK == part[-1] // BLOCK for part in parts)
        assert max(len(part) for part in parts) * resources <= export.RESOURCES_AT_ONCE


# ----------------------------------------------------------------------------------------------- the files


def test_the_manifest_names_every_file_and_what_it_holds(usual: Files) -> None:
    manifest = json.loads(usual["manifest.json"])
    assert manifest["transactionTime"] == "2025-06-30T00:00:00Z"
    listed = {one["url"]: (one["type"], one["count"]) for one in manifest["output"]}
    there = {name for name in usual if name not in ("manifest.json", "truth")}
    assert set(listed) == there
    for name in there:
        lines = [json.loads(line) for line in usual[name].splitlines()]
        assert {one["resourceType"] for one in lines} == {listed[name][0]}
        assert len(lines) == listed[name][1]


def test_the_truth_is_beside_the_export_or_where_it_was_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    assert main(["simulate", "charts", "-o", str(folder), "-n", "3", "-t", str(tmp_path / "known.ndjson")]) == 0
    assert len((tmp_path / "known.ndjson").read_bytes().splitlines()) == 3
    assert sorted(one.name for one in tmp_path.iterdir()) == ["export", "known.ndjson"]
    assert not any("truth" in one.name for one in folder.iterdir())


def test_everything_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    simulate(folder, patients=2)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for one in (*folder.iterdir(), tmp_path / "export.truth.ndjson"):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    assert simulate(tmp_path / "export", patients=2)["manifest.json"]


def test_the_last_day_is_an_option(tmp_path: Path) -> None:
    found = simulate(tmp_path / "export", "--as-of", "2020-02-29", patients=20)
    assert max(json.loads(line)["review_date"] for line in found["truth"].splitlines()) <= "2020-02-29"
    assert json.loads(found["manifest.json"])["transactionTime"].startswith("2020-02-29")


# -------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["-n", "0"], "--patients: 0 is not from 1 to"),
        (["-n", "2", "--resources", "39"], "--resources: 39 is not from 40 to 2000"),
        (["-n", "2", "--resources", "2001"], "--resources: 2001 is not from 40 to 2000"),
        (["-n", "2", "--lines", "0"], "--lines: 0 is not from 1 to"),
        (["-n", "2", "--workers", "0"], "--workers: 0 is not from 1 to"),
        (["-n", "2", "--seed", "-1"], "--seed: -1 is not from 0 to"),
        (["-n", "2", "--as-of", "2025-13-01"], "--as-of: there is no day 2025-13-01"),
        (["-n", "2", "--as-of", "2025-06"], "--as-of: '2025-06' is not one day"),
        (["-n", "2", "-t", "FOLDER/export/truth.ndjson"], "is inside the export"),
        (["-n", "2", "-t", "FOLDER/nowhere/truth.ndjson"], "is no folder"),
        (["-n", "2", "-t", "FOLDER/there.ndjson"], "is there already"),
    ],
)
def test_options_that_cannot_be_used(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message, exit code 2, and nothing left behind."""
    (tmp_path / "there.ndjson").write_text("kept")
    given = [one.replace("FOLDER", str(tmp_path)) for one in options]
    assert main(["simulate", "charts", "-o", str(tmp_path / "export"), *given]) == 2
    told = capsys.readouterr().err.strip()
    assert says in told
    assert told.count("\n") == 0
    assert [one.name for one in tmp_path.iterdir()] == ["there.ndjson"]
    assert (tmp_path / "there.ndjson").read_text() == "kept"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_nothing_is_written_over(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "export"
    if kind == "folder":
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    else:
        target.write_text("mine")
    assert main(["simulate", "charts", "-o", str(target), "-n", "2"]) == 2
    assert "is there already and not empty" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["export"]


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["simulate", "charts", "-o", str(tmp_path / "file" / "export"), "-n", "2"]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), ValueError("a fault")])
def test_what_is_broken_off_leaves_nothing_behind(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(made: int) -> None:
        raise error

    target = export.Target(tmp_path / "export", tmp_path / "truth.ndjson", 10, False)
    with pytest.raises(InputError if isinstance(error, OSError) else type(error)):
        export.write(Settings(1, UNTIL), 3, target, 1, stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_filled_meanwhile_is_left_and_the_truth_taken_back(tmp_path: Path) -> None:
    """A truth without its export would tell of patients that are nowhere, and stand in the way of the next run."""
    target = export.Target(tmp_path / "export", tmp_path / "truth.ndjson", 10, False)

    def fill(made: int) -> None:
        target.folder.mkdir(exist_ok=True)
        (target.folder / "mine.txt").write_text("mine")

    with pytest.raises(InputError, match="export: cannot be written"):
        export.write(Settings(1, UNTIL), 3, target, 1, fill)
    assert [one.name for one in tmp_path.iterdir()] == ["export"]
    assert [one.name for one in target.folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_told_to_end_leaves_nothing_behind(workers: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sacroiliac", "simulate", "charts", "-n", "1000000", "--workers", str(workers)]
    begun = subprocess.Popen([*command, "-o", str(tmp_path / "export")], stderr=subprocess.PIPE)
    while not [one for one in tmp_path.rglob("Patient.*") if workers == 1 or one.stat().st_size]:
        assert begun.poll() is None
        time.sleep(0.05)
    below = [
        int(one) for task in Path(f"/proc/{begun.pid}/task").glob("*/children") for one in task.read_text().split()
    ]
    assert workers == 1 or len(below) >= workers
    begun.terminate()
    _, told = begun.communicate(timeout=120)
    assert (begun.returncode, told) == (128 + signal.SIGTERM, b"")
    assert list(tmp_path.iterdir()) == []
    all_end(below)


def test_processes_end_with_the_one_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sacroiliac", "simulate", "charts", "-n", "1000000", "--workers", "2"]
    begun = subprocess.Popen([*command, "-o", str(tmp_path / "export")], stderr=subprocess.DEVNULL)
    while not [one for one in tmp_path.rglob("Patient.*") if one.stat().st_size]:
        assert begun.poll() is None
        time.sleep(0.05)
    below = [
        int(one) for task in Path(f"/proc/{begun.pid}/task").glob("*/children") for one in task.read_text().split()
    ]
    begun.kill()
    begun.wait()
    all_end(below)


def all_end(processes: list[int]) -> None:
    """Wait until they have."""
    until = time.monotonic() + 60
    while any(alive(one) for one in processes):
        assert time.monotonic() < until
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether a process is at work: one that has ended may wait for somebody to take note of it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ------------------------------------------------------------------------------------------ memory, progress

MEASURE = """
import resource, sys
from pathlib import Path
from sacroiliac.simulate import export
from sacroiliac.simulate.population import Settings
target = export.Target(Path(sys.argv[1]), Path(sys.argv[1] + ".truth"), 10**6, False)
export.write(Settings(1, 20_000), int(sys.argv[2]), target, 1, lambda made: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_population(tmp_path: Path) -> None:
    """Ten times the patients in the same memory, give or take a fifth."""
    used = []
    for patients in (BLOCK, 10 * BLOCK):
        told = subprocess.run(
            [sys.executable, "-c", MEASURE, str(tmp_path / str(patients)), str(patients)],
            capture_output=True, text=True, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        used.append(int(told.stdout))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
    assert used[1] < 1.2 * used[0]


def test_a_bar_on_a_terminal_and_silence_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, says in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        bar = Progress(200)
        for made in (1, 100, 101, 200):
            bar(made)
        assert ("100 %" in stream.getvalue()) == says
        assert stream.getvalue().endswith("\n") == says
        assert stream.getvalue().count("50 %") == (1 if says else 0)


def test_a_process_without_error_output_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    Progress(10)(10)
