"""A run that is stopped, at whatever moment, goes on and ends in the same bytes."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sacroiliac.cohort import gather, plan
from sacroiliac.errors import InputError
from sacroiliac.knowledge import load

from . import exports
from .results import cohort, contents


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export, and its results by a run nobody stopped. Little memory, so that there are several buckets."""
    folder = tmp_path_factory.mktemp("stopped")
    exports.bulk(folder / "export", exports.charts(40, seed=8), parts=4)
    done = cohort("run", folder / "export", "-o", folder / "whole", "--workers", "2", "--memory", "256")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("number", range(10))
def test_killed(population: Path, number: int, tmp_path: Path) -> None:
    chance = random.Random(number)
    arguments = ["run", population / "export", "-o", tmp_path / "results", "--workers", "2", "--memory", "256"]
    command = [sys.executable, "-m", "sacroiliac", "cohort", *map(str, arguments)]
    for _ in range(2):
        begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # From the first file to after the last one: a run takes three or four seconds.
        try:
            begun.wait(chance.uniform(0.4, 4.0))
        except subprocess.TimeoutExpired:
            os.kill(begun.pid, signal.SIGKILL)
            begun.wait()
        if (tmp_path / "results" / "run.json").exists():
            break
        time.sleep(0.3)  # its processes end with it
    if not (tmp_path / "results" / "run.json").exists():
        begun_before = (tmp_path / "results" / "plan.json").exists()
        done = cohort(*arguments)
        assert done.returncode == 0, done.stderr
        # What was reviewed before took no time of this run: it says no rate then.
        assert ("taken up again" in done.stdout, "charts a second" in done.stdout) == (begun_before, not begun_before)
    elif (tmp_path / "results" / "work").exists():  # stopped while it tidied up
        assert cohort(*arguments).returncode == 2
    assert contents(tmp_path / "results") == contents(population / "whole")


def test_a_finished_run_is_not_written_over(population: Path) -> None:
    done = cohort("run", population / "export", "-o", population / "whole")
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds a finished run" in done.stderr


def test_what_was_begun_otherwise_is_not_gone_on_with(population: Path, tmp_path: Path) -> None:
    arguments = ["run", population / "export", "-o", tmp_path / "results", "--workers", "1", "--memory", "256"]
    stopped = cohort(*arguments, preexec_fn=_small_files)
    assert stopped.returncode == 2, stopped.stderr
    for other, why in ((["--as-of", "2024-01-01"], "another review date"),):
        done = cohort(*arguments, *other)
        assert done.returncode == 2
        assert why in done.stderr
    (population / "export" / "Patient.999.ndjson").write_text("{}\n")
    try:
        done = cohort(*arguments)
        assert "another export, or of one that has changed" in done.stderr
    finally:
        (population / "export" / "Patient.999.ndjson").unlink()


def rewritten(path: Path) -> None:
    """As many bytes, but other ones."""
    path.write_bytes(path.read_bytes().replace(b"female", b"FEMALE"))


def test_an_export_that_changed_is_not_gone_on_with(population: Path, tmp_path: Path) -> None:
    shutil.copytree(population / "export", tmp_path / "export")
    arguments = ["run", tmp_path / "export", "-o", tmp_path / "results", "--workers", "1", "--memory", "256"]
    assert cohort(*arguments, preexec_fn=_small_files).returncode == 2
    rewritten(tmp_path / "export" / "Patient.000.ndjson")
    done = cohort(*arguments)
    assert done.returncode == 2
    assert "another export, or of one that has changed" in done.stderr


@pytest.mark.parametrize("harm", [rewritten, Path.unlink])
@pytest.mark.parametrize("when", ["before", "while"])
def test_an_export_that_changes_during_the_run(
    population: Path, harm: Callable[[Path], None], when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a file is read, or while it is."""
    shutil.copytree(population / "export", tmp_path / "export")
    made = plan.make(tmp_path / "export", load(), None, 256 << 20)
    unit = next(one for one in made.units if one.file == "Patient.000.ndjson")
    if when == "before":
        harm(tmp_path / "export" / unit.file)
    else:
        rows = gather._rows
        monkeypatch.setattr(gather, "_rows", lambda *given: [*rows(*given), harm(tmp_path / "export" / unit.file)][:-1])
    with pytest.raises(InputError, match=r"Patient\.000\.ndjson: (has changed since the run began|cannot be read)"):
        gather.gather(tmp_path / "export", unit, made.buckets, tmp_path)
    assert not list(tmp_path.glob("unit-*"))


def _small_files() -> None:
    # No file may grow beyond this: what a full disk is like.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk(population: Path, tmp_path: Path, workers: str) -> None:
    arguments = ["run", population / "export", "-o", tmp_path / "results", "--workers", workers, "--memory", "256"]
    full = cohort(*arguments, preexec_fn=_small_files)
    assert full.returncode == 2
    assert "Traceback" not in full.stderr
    assert "cannot be written: File too large" in full.stderr
    assert not (tmp_path / "results" / "run.json").exists()
    done = cohort(*arguments)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "results") == contents(population / "whole")


def test_two_runs_at_once(population: Path, tmp_path: Path) -> None:
    arguments = ["run", population / "export", "-o", tmp_path / "results", "--workers", "1"]
    (tmp_path / "results" / "work").mkdir(parents=True)
    with plan.alone(tmp_path / "results" / "work"):  # as a run that is at work there
        second = cohort(*arguments)
    assert second.returncode == 2
    assert "another run is writing there" in second.stderr
    assert cohort(*arguments).returncode == 0


def test_what_a_stopped_run_had_begun_to_write_is_taken_away_and_nothing_else(population: Path, tmp_path: Path) -> None:
    arguments = ["run", population / "export", "-o", tmp_path / "results", "--workers", "1", "--memory", "256"]
    (tmp_path / "results" / "work").mkdir(parents=True)  # stopped before it had a plan
    (tmp_path / "results" / "work" / "lock").touch()
    (tmp_path / "results" / f".plan.json.{'0' * 32}").write_text('{"pro')
    assert cohort(*arguments, preexec_fn=_small_files).returncode == 2
    assert (tmp_path / "results" / "plan.json").exists()
    (tmp_path / "results" / "cases" / f".part-000001.parquet.{'a' * 32}").write_text("PAR1")
    (tmp_path / "results" / "cases" / ".mine").write_text("precious")
    assert cohort(*arguments).returncode == 0
    (tmp_path / "results" / "cases" / ".mine").unlink()
    assert contents(tmp_path / "results") == contents(population / "whole")


def test_a_worker_that_is_killed_is_told_of_and_the_run_goes_on(population: Path, tmp_path: Path) -> None:
    arguments = ["run", population / "export", "-o", tmp_path / "results", "--workers", "2", "--memory", "256"]
    command = [sys.executable, "-m", "sacroiliac", "cohort", *map(str, arguments)]
    begun = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list((tmp_path / "results" / "work").glob("unit-*")):
        assert begun.poll() is None
        time.sleep(0.01)
    children = (one for task in Path(f"/proc/{begun.pid}/task").glob("*/children") for one in task.read_text().split())
    for one in children:
        if "spawn_main" in Path(f"/proc/{one}/cmdline").read_text():
            os.kill(int(one), signal.SIGKILL)
            break
    _, told = begun.communicate(timeout=120)
    assert begun.returncode == 2
    assert "a worker was ended, perhaps for want of memory. Give the same command again" in told
    assert "Traceback" not in told
    assert cohort(*arguments).returncode == 0
    assert contents(tmp_path / "results") == contents(population / "whole")


def interrupted(*arguments: str | Path, when: Callable[[], bool]) -> tuple[int, str, str]:
    """Press Ctrl-C, which all processes of a terminal are sent; how the command ends, and what it says."""
    command = [sys.executable, "-m", "sacroiliac", *map(str, arguments)]
    begun = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not when():
        assert begun.poll() is None
        time.sleep(0.01)
    os.killpg(begun.pid, signal.SIGINT)
    said, told = begun.communicate(timeout=120)
    return begun.returncode, said, told


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("reached", ["plan.json", "work/unit-*", "work/bucket-*"])
def test_ctrl_c(population: Path, reached: str, workers: str, tmp_path: Path) -> None:
    """While processes start, while they gather, while they review: one line, and the same command goes on."""
    results = tmp_path / "results"
    arguments = ["cohort", "run", population / "export", "-o", results, "--workers", workers, "--memory", "256"]
    stopped = interrupted(*arguments, when=lambda: any(results.glob(reached)))
    assert stopped == (130, "", "Stopped. Give the same command again to go on.\n")
    assert cohort(*arguments[1:]).returncode == 0
    assert contents(results) == contents(population / "whole")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_while_charts_are_simulated(workers: str, tmp_path: Path) -> None:
    arguments = ["simulate", "charts", "-o", tmp_path / "export", "-n", "100000", "--workers", workers]
    stopped = interrupted(*arguments, when=lambda: any(tmp_path.glob(".export.*/Patient*")))
    assert stopped == (130, "", "Stopped. What was begun was taken away again.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("name", ["plan.json", "unit-000000.json", "chunk-000000-00000.arrow", "bucket-000000.json"])
def test_what_is_damaged_is_told_of(population: Path, name: str, workers: str, tmp_path: Path) -> None:
    results = tmp_path / "results"
    arguments = ["run", population / "export", "-o", results, "--workers", workers, "--memory", "256"]
    assert cohort(*arguments, preexec_fn=_small_files).returncode == 2
    if name == "chunk-000000-00000.arrow":  # of a unit that is done
        begun = plan.begun(results)
        assert begun is not None
        gather.gather(population / "export", begun.units[0], begun.buckets, results / "work")
    damaged = results / name if name == "plan.json" else results / "work" / name
    damaged.write_bytes(b"{")
    done = cohort(*arguments)
    assert done.returncode == 2
    assert f"{damaged}: is damaged" in done.stderr
    assert "delete" in done.stderr.lower()
    assert "Traceback" not in done.stderr
