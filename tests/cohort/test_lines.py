"""An export's lines are read once each, whatever the units and blocks it is cut into."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sacroiliac.chart.files import GZIP
from sacroiliac.cohort import export
from sacroiliac.cohort.export import Broken, Unit

LINE = st.binary(max_size=12).map(lambda one: one.replace(b"\n", b"."))
TEXT = (
    st.tuples(st.lists(LINE, max_size=20), st.booleans())
    .map(lambda one: b"\n".join(one[0]) + b"\n" * one[1])
    # What begins like gzip is read as that, whatever it is called.
    .filter(lambda text: not text.startswith(GZIP))
)


def whole(text: bytes) -> list[tuple[int, bytes]]:
    text = text.removeprefix(codecs.BOM_UTF8)
    return [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]


@settings(deadline=None, max_examples=300)
@given(TEXT, st.integers(1, 30), st.integers(1, 9), st.booleans())
def test_every_line_once(text: bytes, size: int, block: int, packed: bool) -> None:
    assume(not text.startswith(GZIP))  # which is unpacked
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "BLOCK", block)
        folder = Path(patch_folder())
        path = folder / ("lines.ndjson.gz" if packed else "lines.ndjson")
        path.write_bytes(gzip.compress(text) if packed else text)
        units = export.units(folder, [path], size)
        found = [line for unit in units for line in export.lines(folder, unit)]
        path.unlink()
    assert found == whole(text)


def patch_folder() -> str:
    import tempfile

    return tempfile.mkdtemp(dir=FOLDER)


FOLDER = ""


@pytest.fixture(autouse=True)
def folder_of_this_test(tmp_path: Path) -> None:
    global FOLDER
    FOLDER = str(tmp_path)


@settings(deadline=None, max_examples=200)
@given(TEXT, st.integers(1, 30), st.integers(1, 9), st.integers(3, 8))
@example(b"\n\0\0\0\0\0\n", 1, 6, 3)  # a block holds the long line that begins with the next range
def test_long_lines_are_told_of_and_the_others_read(text: bytes, size: int, block: int, longest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "BLOCK", block)
        folder = Path(patch_folder())
        path = folder / "lines.ndjson"
        path.write_bytes(text)
        found = [line for unit in export.units(folder, [path], size) for line in export.lines(folder, unit, longest)]
        path.unlink()
    read = [one for one in found if not isinstance(one, Broken)]
    told = [one.line for one in found if isinstance(one, Broken)]
    lines = whole(text)
    assert {number for number, _ in read} | set(told) == {number for number, line in lines} | {
        number for number, line in enumerate(text.split(b"\n"), 1) if len(line) > longest
    }
    assert not {number for number, _ in read} & set(told)
    assert set(read) <= set(lines)
    # A line is only told of when it is too long; one that fits a block with its end is still read.
    assert all(len(text.split(b"\n")[number - 1]) > longest for number in told)
    assert all(len(line) <= longest + block for _, line in read)


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(name: str, tmp_path: Path) -> None:
    text = codecs.BOM_UTF8 + b'{"line": 1}\n' + codecs.BOM_UTF8 + b'{"line": 2}\n{"line": 3}'
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    for size in (5, 20, 1000):
        units = export.units(tmp_path, [tmp_path / name], size)
        found = [line for unit in units for line in export.lines(tmp_path, unit)]
        # Anywhere else it is none, and told of.
        assert found == [(1, b'{"line": 1}'), (2, codecs.BOM_UTF8 + b'{"line": 2}'), (3, b'{"line": 3}')]


def test_a_damaged_file(tmp_path: Path) -> None:
    packed = gzip.compress(
        b"".join(b'{"line": %d, "more": "%s"}\n' % (one, bytes([65 + one % 26]) * 90) for one in range(5000))
    )
    (tmp_path / "cut.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "none.ndjson.gz").write_bytes(b"no gzip at all")
    for name, least in (("cut.ndjson.gz", 100), ("none.ndjson.gz", 0)):
        *read, last = export.lines(tmp_path, Unit(0, name, 0))
        assert isinstance(last, Broken)
        assert "what follows is not read" in last.reason
        assert len(read) >= least
        assert last.line == len(read) + 1
