"""One bucket of a run: its charts reviewed, its part of every table written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sacroiliac.chart.fhir.bundle import Version
from sacroiliac.cohort import disk, gather
from sacroiliac.cohort.charts import Common, Shared
from sacroiliac.cohort.evaluate import Evaluator
from sacroiliac.cohort.export import Broken
from sacroiliac.cohort.tables import TABLES


class Count(msgspec.Struct, frozen=True):
    """What reviewing a bucket came to: ``charts`` were reviewed, those ``broken`` could not be. Of the cases some are
    ``urgent``, and some ``concerned``: of this joint."""

    charts: int
    faults: int
    urgent: int
    concerned: int
    rows: dict[str, int]
    broken: tuple[Broken, ...]


def common(chunks: Iterable[Path], buckets: int) -> Common:
    """What stands in an export without a patient; of several versions of a resource the newest, as in a review of one
    chart. Of what was deleted only the types that are read: every process holds all of it."""
    found: dict[str, tuple[Version, Shared]] = {}
    deleted: set[str] = set()
    for table in gather.bucket(chunks, buckets):
        columns = (table.column(name).to_pylist() for name in ("file", "line", "type", "resource"))
        for file, line, kind, data in zip(*columns, strict=True):
            if kind == gather.DELETED:
                named = gather.deleted(data, file)
                deleted |= {one for one in named if one.partition("/")[0] in gather.READ}
                continue
            name, version = gather.identity(data)
            known = found.get(f"{kind}/{name}")
            if name is not None and (known is None or (version, data) > (known[0], known[1].data)):
                found[f"{kind}/{name}"] = version, Shared(file, line, data)
    return Common({name: one for name, (_, one) in found.items()}, frozenset(deleted))


def review(
    number: int, rows: Callable[[], Iterable[pa.Table]], evaluator: Callable[[], Evaluator], work: Path, results: Path
) -> Count:
    """Review one bucket, unless its note is there already.

    :param rows: gives the gathered rows of the bucket
    :param evaluator: gives what reviews them
    :raises InputError: when results cannot be written
    """
    note = work / f"bucket-{number:06d}.json"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=Count)
    charts, faults, urgent, concerned = 0, 0, 0, 0
    counted = dict.fromkeys(TABLES, 0)
    broken: list[Broken] = []
    paths = {name: part(results, name, number) for name in TABLES}
    with disk.parquets(paths, {name: table.schema for name, table in TABLES.items()}) as write:
        for done in evaluator().evaluate(rows()):
            for name, table in done.tables.items():
                write(name, table)
                counted[name] += table.num_rows
            charts, faults = charts + done.charts, faults + done.faults
            urgent += _yes(done.tables, "urgent")
            concerned += _yes(done.tables, "concerned")
            broken += done.broken
    count = Count(charts, faults, urgent, concerned, counted, tuple(broken))
    disk.write(note, msgspec.json.encode(count))
    return count


def _yes(tables: Mapping[str, pa.Table], column: str) -> int:
    """In how many of some cases a column says yes."""
    return int(pc.sum(tables["cases"].column(column)).as_py() or 0) if tables else 0


PARTS = "part-*.parquet"


def part(results: Path, table: str, number: int) -> Path:
    """The file of one bucket's part of a table."""
    return results / table / PARTS.replace("*", f"{number:06d}")
