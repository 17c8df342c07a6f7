"""Spark comes to the same bytes as one machine, whatever happens to it on the way."""

from __future__ import annotations

import gc
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from sacroiliac.cohort import plan, session
from sacroiliac.cohort import run as running
from sacroiliac.cohort.run import Summary
from sacroiliac.cohort.session import started
from sacroiliac.cohort.spark import Spark, Task
from sacroiliac.cohort.work import Work
from sacroiliac.errors import EXIT_INPUT, InputError
from sacroiliac.knowledge import load

from . import exports
from .results import cohort, contents, table

PATIENTS, MESSY = 2_000, 120
SPARK = ("--engine", "spark", "--workers", "2")
# Where nothing may be skipped, the tests fail without Java.
with_java = pytest.mark.skipif(
    shutil.which("java") is None and "CI" not in os.environ, reason="Spark needs a Java runtime (17 or newer)"
)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several files of a type, some packed, with lines that are broken, and large enough for some buckets."""
    folder = exports.bulk(tmp_path_factory.mktemp("spark") / "export", exports.charts(MESSY))
    for path in sorted(folder.glob("*.001.ndjson")):
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path.unlink()
    with (folder / "Observation.002.ndjson").open("a") as file:
        file.write('{"resourceType": "Observation", "id": "cut-off\n[1, 2]\n{"id": "no-type"}\n')
    scan = json.dumps({"resourceType": "Binary", "id": "scan", "data": "A" * 30_000_000})
    (folder / "Binary.ndjson").write_text(f"{scan}\n")
    return folder


@pytest.fixture(scope="module")
def told(export: Path) -> dict[str, bytes]:
    """The results of one process."""
    done = cohort("run", export, "-o", export.parent / "local", "--workers", "1")
    assert done.returncode == 0, done.stderr
    found = contents(export.parent / "local")
    assert len([name for name in found if name.startswith("cases/")]) > 5
    assert len(found["quarantine.ndjson"].splitlines()) == 3
    assert len(table(export.parent / "local", "cases")) > MESSY
    return found


@with_java
def test_two_thousand_patients_come_to_the_same_bytes_and_the_log_is_silent(tmp_path: Path) -> None:
    simulate = ["simulate", "charts", "-n", str(PATIENTS), "--lines", "20000", "-o", str(tmp_path / "export")]
    subprocess.run([sys.executable, "-m", "sacroiliac", *simulate], check=True, capture_output=True)
    for name, options in (("local", ["--workers", "2"]), ("spark", SPARK)):
        done = cohort("run", tmp_path / "export", "-o", tmp_path / name, *options)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{PATIENTS:,} charts reviewed" in done.stdout
    local, spark = contents(tmp_path / "local"), contents(tmp_path / "spark")
    assert [name for name in local.keys() | spark.keys() if local.get(name) != spark.get(name)] == []
    assert len(table(tmp_path / "spark", "cases")) > PATIENTS


def beginning(export: Path, results: Path, ready: Callable[[], bool]) -> subprocess.Popen[str]:
    """Spark at work, as soon as it has come to something."""
    command = [sys.executable, "-m", "sacroiliac", "cohort", "run", str(export), "-o", str(results), *SPARK]
    begun = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while not ready():
        assert begun.poll() is None, begun.stderr and begun.stderr.read()
        time.sleep(0.02)
    return begun


@with_java
def test_a_run_that_was_killed_goes_on(export: Path, told: dict[str, bytes], tmp_path: Path) -> None:
    results = tmp_path / "results"
    begun = beginning(export, results, lambda: any((results / plan.WORK).glob("bucket-*.json")))
    os.killpg(begun.pid, signal.SIGKILL)
    begun.communicate()
    assert not (results / plan.DONE).exists()
    done_before = {one.name: one.stat().st_mtime_ns for one in results.glob("cases/part-*")}
    done = cohort("run", export, "-o", results, *SPARK)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(results) == told
    parts = {one.name: one.stat().st_mtime_ns for one in results.glob("cases/part-*")}
    assert 0 < len(parts.items() & done_before.items()) < len(parts)


@with_java
def test_a_worker_that_dies_is_replaced_and_nothing_is_doubled(
    export: Path, told: dict[str, bytes], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    begun = beginning(export, results, lambda: any((results / plan.WORK).glob("chunk-*.arrow")))
    workers = [one for java in below(begun.pid) for daemon in below(java) for one in below(daemon)]
    assert workers
    for one in workers:
        os.kill(one, signal.SIGKILL)
    _, errors = begun.communicate(timeout=120)
    assert begun.returncode == 0, errors
    assert contents(results) == told


def below(process: int) -> list[int]:
    """The children of a process."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(one) for listed in found for one in listed.read_text().split()]


# ------------------------------------------------------------------------------------- without starting Spark


class Here:
    """Stands in for Spark: one thing after the other, in this process."""

    def parallelize(self, numbers: range, parts: int) -> Here:
        assert len(numbers) == parts
        self.numbers = numbers
        return self

    def map(self, task: Task) -> Here:
        self.task = task
        return self

    def collect(self) -> list[bytes]:
        return [self.task(number) for number in self.numbers]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A small export; what a task sets up for its process is undone."""
    mask = os.umask(0o077)
    yield exports.bulk(tmp_path / "small", exports.charts(3))
    os.umask(mask)
    gc.enable()
    Task._works = None


def review(export: Path, results: Path) -> Summary:
    """Review an export with the engine for Spark, in this process."""

    def progress(what: str, parts: Iterator[int], total: int) -> None:
        assert what
        assert sum(parts) <= total

    engine = partial(Spark, context=Here())  # type: ignore[arg-type]
    return running.run(export, results, load(), engine, as_of=None, memory=1 << 30, progress=progress)  # type: ignore[arg-type]


def test_the_engine_does_all_units_and_buckets(small: Path, tmp_path: Path) -> None:
    assert review(small, tmp_path / "results").charts == 3


def test_a_folder_that_a_worker_cannot_see(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "__init__", elsewhere)
    with pytest.raises(InputError, match=r"cannot be seen on the machine .* the same folders on every machine"):
        review(small, tmp_path / "results")


def elsewhere(self: Task, what: str, made: plan.Plan, folder: Path, work: Path, results: Path) -> None:
    self.what, self.plan, self.folder, self.work, self.results = what, made, folder / "not-here", work, results


def test_a_fault_is_told_without_words_of_the_chart(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(self: Work, number: int) -> None:
        raise KeyError("Jane Doe")

    monkeypatch.setattr(Work, "review", fault)
    with pytest.raises(RuntimeError, match=r"^review 0: KeyError at test_spark\.py:\d+$") as caught:
        review(small, tmp_path / "results")
    assert caught.value.__suppress_context__


# ---------------------------------------------------------------------------------------------- its messages


def test_without_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with (
        pytest.raises(
            InputError, match=r"PySpark is not installed\. Install it with: pip install 'sacroiliac\[spark\]"
        ),
        started(None, 1),
    ):
        pass


def test_without_java(export: Path, tmp_path: Path) -> None:
    done = cohort("run", export, "-o", tmp_path / "results", *SPARK, env={**os.environ, "JAVA_HOME": str(tmp_path)})
    assert done.returncode == EXIT_INPUT
    assert done.stderr.startswith("sacroiliac: --engine spark: there is no Java runtime. Install Java 17 or newer")
    assert not (tmp_path / "results").exists()


@with_java
def test_a_cluster_that_is_none(export: Path, tmp_path: Path) -> None:
    done = cohort("run", export, "-o", tmp_path / "results", "--engine", "spark", "--master", "nonsense")
    assert done.returncode == EXIT_INPUT
    assert done.stderr == (
        "sacroiliac: --master nonsense: there is no such cluster, or it does not answer. "
        "Give local[N], spark://HOST:PORT, yarn or k8s://https://HOST:PORT.\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--master", "yarn"], "--master: is for Spark. Add --engine spark"),
        (["--engine", "spark", "--master", "yarn", "--workers", "2"], "--workers: is for this machine"),
    ],
)
def test_options_that_do_not_go_together(export: Path, options: list[str], message: str, tmp_path: Path) -> None:
    done = cohort("run", export, "-o", tmp_path / "results", *options)
    assert done.returncode == EXIT_INPUT
    assert message in done.stderr


@pytest.mark.parametrize(
    ("master", "told"),
    [
        ("local", "local[1,4]"),
        ("local[3]", "local[3,4]"),
        ("local[*]", "local[*,4]"),
        ("local[2,1]", "local[2,1]"),
        ("yarn", "yarn"),
    ],
)
def test_tasks_are_tried_again_on_one_machine_too(master: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", "python3")
    monkeypatch.setenv("LOG4J_CONFIGURATION_FILE", "mine")
    settings = session._settings(master)
    assert settings["spark.master"] == told
    assert ("spark.ui.enabled" in settings) == (os.environ["PYSPARK_PYTHON"] == sys.executable) == (master != "yarn")
    assert os.environ["LOG4J_CONFIGURATION_FILE"] == "mine"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("... RuntimeError: review 7: KeyError at evaluate.py:70 ...", "a task failed 4 times (review 7: KeyError at"),
        ("java.lang.UnsupportedClassVersionError: class file 61", "this Java is too old"),
        ("ModuleNotFoundError: No module named 'sacroiliac'", "the workers lack"),
        ("Python worker exited unexpectedly (crashed)", "workers die"),
        ("[JAVA_GATEWAY_EXITED] Java gateway process exited", "Java does not start Spark"),
        ("ValueError: Jane Doe", "Spark gave up"),
    ],
)
def test_what_spark_says_becomes_one_message_that_quotes_nothing(words: str, problem: str) -> None:
    said, cure = session._said(words)
    assert said.startswith(problem)
    assert cure.endswith(("stopped.", "report it.", "how.", "JAVA_HOME.", "--version"))
    assert "Doe" not in said + cure
