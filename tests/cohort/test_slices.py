"""Results are asked some cases at a time: what is said of them does not depend on how many."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sacroiliac.cli import main
from sacroiliac.cohort import plan, results
from sacroiliac.cohort.report import as_html
from sacroiliac.cohort.results import Slice, opened
from sacroiliac.cohort.tables import TABLES
from sacroiliac.cohort.worklist import as_csv
from sacroiliac.cohort.worklist.entries import Worklist
from sacroiliac.errors import InputError
from sacroiliac.knowledge import load
from tests.cohort.exports import bulk, charts

PARTS = 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of random charts, in several parts: all rows of a patient in one."""
    place = tmp_path_factory.mktemp("population")
    export = bulk(place / "export", charts(150, seed=5))
    assert main(["cohort", "run", str(export), "-o", str(place / "results"), "--workers", "1"]) == 0
    patients = sorted(pq.read_table(place / "results" / "cases").column("patient").unique().to_pylist())
    cut = place / "cut"
    for name in TABLES:
        (cut / name).mkdir(parents=True)
        rows = pq.read_table(place / "results" / name)
        owner = pc.replace_substring_regex(rows.column("case").cast(pa.string()), "/[^/]*$", "")
        for part in range(PARTS):
            here = rows.filter(pc.is_in(owner, pa.array(patients[part::PARTS])))
            pq.write_table(here, cut / name / f"part-{part:06d}.parquet")
    (cut / plan.DONE).write_bytes((place / "results" / plan.DONE).read_bytes())
    return cut


def told(folder: Path) -> tuple[str, str, str, list[Slice]]:
    """The worklist, the report, the report by site, and the slices they were read in."""
    seen: list[Slice] = []

    def watched(slices: Sequence[Slice]) -> Iterable[Slice]:
        seen.extend(slices)
        return slices

    with opened(folder, load(), watched) as found:
        report, by_site = ("".join(as_html.written(found, by)) for by in (None, "site"))
        listed = "".join(as_csv.written(Worklist(found, [], {})))
    return listed, report, by_site, seen


def test_the_size_of_a_slice_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *whole, one = told(folder)
    assert [len(parts) for parts in one] == [PARTS] * 3
    monkeypatch.setattr(results, "AT_ONCE", 1)
    *cut, many = told(folder)
    assert [len(parts) for parts in many] == [1] * PARTS * 3
    assert cut == whole
    assert whole[0].count("\n") > 150


def test_a_slice_holds_as_many_parts_as_its_size_allows_and_each_part_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [pq.read_metadata(part).num_rows for part in sorted((folder / "cases").glob("*.parquet"))]
    most = sizes[0] + sizes[1]
    monkeypatch.setattr(results, "AT_ONCE", most)
    *_, seen = told(folder)
    once = seen[: len(seen) // 3]
    assert [name for parts in once for name in parts] == [f"part-{part:06d}.parquet" for part in range(PARTS)]
    of = {f"part-{part:06d}.parquet": size for part, size in enumerate(sizes)}
    assert all(sum(of[name] for name in parts) <= most or len(parts) == 1 for parts in once)
    assert len(once[0]) == 2


def test_a_question_too_large_says_so_and_does_not_blame_the_tables(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MEMORY", "1MB")
    with pytest.raises(InputError) as caught:
        told(folder)
    assert "takes more than 1MB of memory" in str(caught.value)
    assert "TMPDIR" in str(caught.value)
    assert "Make the results again" not in str(caught.value)


def test_a_part_under_the_name_of_another_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts of as many rows: all that tells is whom they are about."""
    monkeypatch.setattr(plan, "SHARED_FROM", 1)
    export, run = bulk(tmp_path / "export", charts(20, seed=5)), tmp_path / "results"
    assert main(["cohort", "run", str(export), "-o", str(run), "--workers", "1"]) == 0
    told(run)
    by_size: dict[int, list[Path]] = {}
    for part in sorted((run / "red_flags").iterdir()):
        by_size.setdefault(pq.read_metadata(part).num_rows, []).append(part)
    one, other = next(parts[:2] for size, parts in by_size.items() if size and len(parts) > 1)
    shutil.copy(one, other)
    with pytest.raises(InputError, match=f"red_flags: {other.name} does not hold the cases"):
        told(run)


@pytest.mark.parametrize("name", ["it's [1]* ?", "tier=C/side=left/results", "a\\b", "a\\*b [1]"])
def test_the_name_of_the_folder_is_neither_pattern_nor_column(folder: Path, tmp_path: Path, name: str) -> None:
    odd = tmp_path / name
    shutil.copytree(folder, odd)
    (tmp_path / "it's 1x y").mkdir()
    assert told(odd) == told(folder)
