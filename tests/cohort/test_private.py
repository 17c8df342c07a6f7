"""What is written of patients is its owner's alone, whatever the folder and the mask of permissions were."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from sacroiliac.cli import main
from sacroiliac.cohort import disk
from sacroiliac.cohort.results import opened
from sacroiliac.knowledge import load

from .exports import bulk, charts
from .made import case, written


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def mask(request: pytest.FixtureRequest) -> Iterator[int]:
    """A mask of permissions, open or odd."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    """Who may do what with it."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_its_owners_alone(mask: int, tmp_path: Path) -> None:
    disk.write(tmp_path / "note.json", b"{}")
    disk.write_parquet(tmp_path / "part.parquet", pa.table({"patient": ["a"]}))
    assert {mode(one) for one in tmp_path.iterdir()} == {0o600}


def test_a_folder_is_its_owners_alone(mask: int, tmp_path: Path) -> None:
    disk.folder(tmp_path / "new")
    assert mode(tmp_path / "new") == 0o700
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    disk.folder(tmp_path / "open")
    assert mode(tmp_path / "open") == 0o700


def test_a_folder_that_everybody_could_look_into_is_closed_by_a_run(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    results.chmod(0o755)
    export = bulk(tmp_path / "export", charts(1))
    before = os.umask(0)
    try:
        assert main(["cohort", "run", str(export), "-o", str(results), "--workers", "1"]) == 0
    finally:
        os.umask(before)
    assert {mode(one) for one in (results, *results.rglob("*")) if one.is_dir()} == {0o700}
    assert {mode(one) for one in results.rglob("*") if one.is_file()} == {0o600}


def test_what_a_question_puts_aside_is_its_owners_alone_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aside").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "aside"))
    folder = written(tmp_path / "results", cases=[case("a")])
    before = os.umask(0)
    try:
        with opened(folder, load()) as results:
            (aside,) = (tmp_path / "aside").iterdir()
            assert mode(aside) == 0o700
            (used,) = results._rows("SELECT current_setting('temp_directory') AS place", {})
            assert used == {"place": str(aside)}
    finally:
        os.umask(before)
    assert list((tmp_path / "aside").iterdir()) == []
