"""The charts of one bucket, read as a single chart is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir.bundle import Loader, store
from sacroiliac.chart.fhir.read import loaded, without_collector
from sacroiliac.cohort.around import NAMED, Around, around
from sacroiliac.cohort.export import Broken
from sacroiliac.cohort.gather import reason
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

# Types that many charts share for what they hold, and not for what they are called; and a reference to one as it may be
# written: on its server, of a version, with slashes that are escaped.
_CONTENT = tuple(kind + slash for kind in (b"Device", b"Medication", b"Substance") for slash in (b"/", b"\\/"))
_REFERENCE = re.compile(
    rb'"(?:[^"\s]*/)?(Device|Medication|Substance)\\?/([A-Za-z0-9._-]+)(?:\\?/_history\\?/[^"|]*)?(?:\|[^"]*)?"'
)
# Types that lead to them.
_POINTING = frozenset(
    {"MedicationAdministration", "MedicationRequest", "MedicationStatement", "Procedure", "Medication"}
)

Place = tuple[str, int]
Row = tuple[str, int, str, int, bytes | None]


@dataclass(frozen=True)
class Shared:
    """A resource that many charts refer to, and where it stands."""

    file: str
    line: int
    data: bytes


@dataclass(frozen=True)
class Common:
    """What stands in an export without a patient: resources that many charts refer to, by reference, and the names (type
    and id) of those that were deleted."""

    shared: Mapping[str, Shared]
    deleted: frozenset[str]


@dataclass(frozen=True)
class Read:
    """A chart of a population: the chart, what is around it, and the first of its lines."""

    chart: Chart
    around: Around
    first: Place


def charts(rows: Iterable[pa.Table], common: Common, knowledge: Knowledge) -> Iterator[Read | Broken]:
    """The charts of some patients; one that cannot be read is given as broken, with its first line.

    :param rows: gathered resources (see :data:`sacroiliac.cohort.gather.SCHEMA`), those of a patient together
    """
    for some in rows:
        columns = (some.column(name).to_pylist() for name in ("file", "line", "type", "number", "resource"))
        listed: list[Row] = list(zip(*columns, strict=True))
        start = 0
        for stop in pc.run_end_encode(some.column("patient").combine_chunks()).run_ends.to_pylist():
            yield _chart(listed[start:stop], common, knowledge)
            start = stop


def _chart(listed: list[Row], common: Common, knowledge: Knowledge) -> Read | Broken:
    file, line = next(((file, line) for file, line, _, _, data in listed if data is not None), ("", 0))
    loader = Loader()
    try:
        with without_collector():
            pointed: dict[str, Shared] = {}
            for file_, line_, kind, number, data in listed:
                if data is None:
                    loader.not_read[kind] = loader.not_read.get(kind, 0) + number
                elif kind == "Bundle":
                    loader.document(data, file_)
                else:
                    loader.resource(data, file_, f"line {line_}", None, 0)
                    if kind in _POINTING:
                        _point(data, common.shared, pointed)
            for one in pointed.values():
                loader.resource(one.data, one.file, f"line {one.line}", None, 0)
            if common.deleted:
                for name in common.deleted & {f"{one.type}/{one.id}" for one in loader.held}:
                    loader.delete(name)
            # Each once, in its newest version; what is left out of the chart itself is told by its own store.
            beside = Loader([one for one in loader.held if one.type in _AROUND], deleted=loader.deleted)
            about = around((one.type, one.place, bytes(one.raw)) for one in store(beside).held)
            return Read(loaded(loader, "the export", knowledge), about, (file, line))
    except InputError as error:
        return Broken(file, line, f"the chart that begins here: {reason(error)}")
    except RecursionError:
        return Broken(file, line, "the chart that begins here: nested too deeply")


_AROUND = NAMED | {"Encounter", "Coverage", "Procedure"}


def _point(data: bytes, shared: Mapping[str, Shared], pointed: dict[str, Shared]) -> None:
    """Add what a resource refers to, and what that refers to in turn."""
    if not any(one in data for one in _CONTENT):
        return
    for kind, name in _REFERENCE.findall(data):
        found = shared.get(reference := f"{kind.decode()}/{name.decode()}")
        if found is not None and reference not in pointed:
            pointed[reference] = found
            _point(found.data, shared, pointed)
