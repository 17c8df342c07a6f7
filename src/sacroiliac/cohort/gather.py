"""Bring the resources of each patient together: the lines of an export, sorted into buckets by patient.

An export lists its resources by type, in any order. Each unit of it is written once as chunks, in which every bucket
has its own batch; a bucket is then read from all chunks, and holds the whole charts of its patients. A chunk stands
under its name only when it is whole, and a unit counts as gathered only when its note is written.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sacroiliac.chart.fhir.bundle import Loader, Version, is_json, version
from sacroiliac.chart.fhir.patient import plain_name
from sacroiliac.chart.fhir.read import MATTERING
from sacroiliac.cohort import disk, export
from sacroiliac.cohort.export import Broken, Unit
from sacroiliac.errors import InputError

# Types that say where and by whom a patient was seen, and who pays.
AROUND = frozenset({"Coverage", "Encounter"})
# Types that belong to no patient: what many charts refer to.
SHARED = frozenset(
    {"Device", "Location", "Medication", "Organization", "Practitioner", "PractitionerRole", "Substance"}
)
KEPT = MATTERING | AROUND
READ = KEPT | SHARED
DELETED = "deleted"
"""What a row is that names deleted resources, as a Bundle of deletions; of whom they are, it does not say."""

CHUNK = 32 << 20
"""Bytes of resources that are held before they are written as a chunk."""

AT_ONCE = 5_000
"""Rows of a bucket that are put into order, and held as Python objects, together."""

SCHEMA = pa.schema(
    [
        ("patient", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("type", pa.string()),
        ("number", pa.int32()),
        ("resource", pa.binary()),
    ]
)
"""A gathered resource. Those of a type that nobody reads are counted: ``number`` of them, without ``resource``."""


class _Subject(msgspec.Struct):
    reference: str | None = None
    identifier: Any = None


class _Head(msgspec.Struct):
    resourceType: str  # noqa: N815
    id: str | None = None
    subject: _Subject | None = None
    patient: _Subject | None = None
    beneficiary: _Subject | None = None


class _Loose(msgspec.Struct):
    resourceType: Any = None  # noqa: N815
    id: Any = None
    subject: Any = None
    patient: Any = None
    beneficiary: Any = None
    meta: Any = None


# The signs of an id; many a server writes an underscore too, and more than the 64 signs that FHIR allows.
_ID = re.compile(r"[A-Za-z0-9._-]+")

_HEAD = msgspec.json.Decoder(_Head)
_LOOSE = msgspec.json.Decoder(_Loose)


class _Nobody(msgspec.Struct):
    """A resource about no patient, or about one whom it names ``by_identifier`` only."""

    type: str
    by_identifier: bool


Row = tuple[str, str, int, str, int, bytes | None]


class Note(msgspec.Struct, frozen=True):
    """What gathering a unit came to: its size, chunks written, resources by type (those of a patient, and those of
    nobody), what was put into quarantine; how many of those of nobody name their patient by an identifier."""

    bytes: int
    chunks: int
    types: dict[str, int]
    nobody: dict[str, int]
    broken: tuple[Broken, ...]
    by_identifier: int = 0


def gather(folder: Path, unit: Unit, buckets: int, work: Path) -> Note:
    """Gather one unit, unless its note is there already.

    :raises InputError: when it cannot be written, or the file is not as it was when the run was planned
    """
    note = _note(work, unit.number)
    if note.exists():
        return _noted(note)
    gathering = _Gathering(buckets, work, unit)
    export.unchanged(folder, unit)
    for row in _rows(folder, unit, gathering):
        gathering.add(row)
    export.unchanged(folder, unit)
    found = gathering.finish()
    disk.write(note, msgspec.json.encode(found))
    return found


class _Gathering:
    """Rows of one unit on their way into chunks."""

    def __init__(self, buckets: int, work: Path, unit: Unit) -> None:
        self.buckets, self.work, self.unit = buckets, work, unit
        self.rows: list[list[Row]] = [[] for _ in range(buckets)]
        self.shared: list[Row] = []
        self.counts: dict[tuple[str, str], int] = {}
        self.bytes, self.chunks = 0, 0
        self.types: dict[str, int] = {}
        self.nobody: dict[str, int] = {}
        self.by_identifier = 0
        self.broken: list[Broken] = []

    def add(self, row: Row) -> None:
        """One row of a patient, or one that many charts share."""
        patient, _, _, kind, number, resource = row
        self.types[kind] = self.types.get(kind, 0) + number
        if resource is None:
            key = (patient, kind)
            self.counts[key] = self.counts.get(key, 0) + number
            self.bytes += 16
        elif patient:
            self.rows[bucket_of(patient, self.buckets)].append(row)
            self.bytes += len(resource)
        else:
            self.shared.append(row)
            self.bytes += len(resource)
        if self.bytes >= CHUNK:
            self._write()

    def _write(self) -> None:
        for (patient, kind), number in self.counts.items():
            self.rows[bucket_of(patient, self.buckets)].append((patient, "", 0, kind, number, None))
        batches = [_batch(rows) for rows in (*self.rows, self.shared)]
        disk.write_batches(_chunk(self.work, self.unit.number, self.chunks), SCHEMA, batches)
        self.rows = [[] for _ in range(self.buckets)]
        self.shared, self.counts, self.bytes = [], {}, 0
        self.chunks += 1

    def finish(self) -> Note:
        """Write what is left."""
        if self.bytes:
            self._write()
        return Note(self.unit.size, self.chunks, self.types, self.nobody, tuple(self.broken), self.by_identifier)


def _batch(rows: list[Row]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pa.record_batch([pa.array(one, kind.type) for one, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def bucket_of(patient: str, buckets: int) -> int:
    """The bucket of a patient: the same in every run and process."""
    return zlib.crc32(patient.encode()) % buckets


def _note(work: Path, unit: int) -> Path:
    return work / f"unit-{unit:06d}.json"


def _noted(path: Path) -> Note:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise InputError(str(path), *disk.DAMAGED) from None


def _chunk(work: Path, unit: int, number: int) -> Path:
    return work / f"chunk-{unit:06d}-{number:05d}.arrow"


def chunks(work: Path, units: int) -> list[Path]:
    """All chunks of the units that were gathered, in order.

    Their names come from the notes, not from a listing: on a shared disk a listing may be older than the files.
    """
    return [_chunk(work, unit, one) for unit in range(units) for one in range(_noted(_note(work, unit)).chunks)]


def bucket(listed: Iterable[Path], number: int) -> Iterator[pa.Table]:
    """The rows of one bucket from all chunks, by patient, file and line: some thousand at a time (more, where one
    patient has more), those of a patient together."""
    table = _together(listed, number)
    order = pc.sort_indices(table, [(name, "ascending") for name in ("patient", "file", "line", "type")])
    patients = table.column("patient").take(order).combine_chunks()
    start, stop = 0, 0
    for end in (*pc.run_end_encode(patients).run_ends.to_pylist(), None):
        if end is None or end - start > AT_ONCE:
            if stop > start:
                yield table.take(order.slice(start, stop - start))
            start = stop
        stop = end


def _together(listed: Iterable[Path], number: int) -> pa.Table:
    found = []
    for path in listed:
        try:
            with pa.memory_map(str(path)) as source:
                found.append(pa.ipc.open_file(source).get_batch(number))
        except (pa.ArrowException, OSError):
            raise InputError(str(path), *disk.DAMAGED) from None
    return pa.Table.from_batches(found, SCHEMA).combine_chunks()


# ------------------------------------------------------------------------------------------- from each kind of file


def _rows(folder: Path, unit: Unit, gathering: _Gathering) -> Iterator[Row]:
    path = folder / unit.file
    kind = export.kind(path)
    if kind == export.GATHERED:
        yield from _gathered(path)
        return
    if kind == export.DOCUMENT and not _is_lines(folder, unit):
        try:
            yield from _document(path, unit.file)
        except InputError as error:
            gathering.broken.append(Broken(unit.file, 1, f"{reason(error)}. {error.cure}"))
        return
    if kind in export.LINES and _is_spread(folder, unit):
        if not unit.start:
            gathering.broken.append(Broken(unit.file, 1, ". ".join(_SPREAD)))
        return
    for found in export.lines(folder, unit):
        if isinstance(found, Broken):
            gathering.broken.append(found)
            continue
        number, data = found
        try:
            row = _line(data, unit.file, number)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InputError):
            row = "not readable as JSON"
        if isinstance(row, str):
            gathering.broken.append(Broken(unit.file, number, row))
        elif isinstance(row, _Nobody):
            gathering.nobody[row.type] = gathering.nobody.get(row.type, 0) + 1
            gathering.by_identifier += row.by_identifier
        else:
            yield row


def _line(data: bytes, file: str, number: int) -> Row | _Nobody | str:
    """A line as a row; words why it cannot be one; or its type, when it is about no patient and no chart needs it."""
    if not data.isascii():
        try:
            data.decode()  # the rest of it is skipped here, and would stop the reader of the chart
        except UnicodeDecodeError:
            return "not UTF-8"
    try:
        head: Any = _HEAD.decode(data)
    except msgspec.ValidationError:
        head = _loose(data)
        if isinstance(head, str):
            return head
    kind = head.resourceType
    if kind == "Bundle":
        gone = len(deleted(data, file))
        return ("", file, number, DELETED, gone, data) if gone else "a Bundle among single resources"
    if kind == "Patient":
        patient = head.id
        if not patient:
            return "a Patient without an id"
        if not _ID.fullmatch(patient):
            return "a Patient with an id that FHIR does not allow"
        return patient, file, number, kind, 1, data
    patient = _patient(head)
    if patient is _SEVERAL:
        return "it names more than one patient: correct it, or take it out"
    if patient is None:
        return ("", file, number, kind, 1, data) if kind in SHARED else _Nobody(kind, _by_identifier(head))
    if kind in KEPT:
        return patient, file, number, kind, 1, data
    return patient, file, number, kind, 1, None


def deleted(data: bytes, file: str) -> set[str]:
    """The resources that a Bundle of nothing but deletions names, by type and id; none for any other Bundle.

    :raises InputError: when it is not readable
    """
    loader = Loader()
    loader.document(data, file)
    return _deleted(loader)


def _deleted(loader: Loader) -> set[str]:
    return set() if loader.held or loader.notes else loader.deleted


def _loose(data: bytes) -> _Head | str:
    """The head of a resource of an odd shape."""
    try:
        loose = _LOOSE.decode(data)
    except msgspec.ValidationError:
        return ". ".join(_LIST) if _is_list(data) else "not a JSON object"
    if not isinstance(loose.resourceType, str) or not loose.resourceType:
        return ". ".join(_MANIFEST) if _is_manifest(data) else "it has no resourceType"
    subjects = [
        _Subject(_text(one.get("reference")), one.get("identifier")) if isinstance(one, dict) else None
        for one in (loose.subject, loose.patient, loose.beneficiary)
    ]
    return _Head(loose.resourceType, _text(loose.id), *subjects)


# What is wrong with a file, and the cure.
_ON_A_LINE = "Write each resource on a line of its own."
_LIST = "a list of resources", _ON_A_LINE
_SPREAD = "one JSON value on many lines", _ON_A_LINE
_MANIFEST = "the manifest of an export, which holds no resources", "Take it out, or call it manifest.json."


class _Manifest(msgspec.Struct):
    """What a server says at the end of an export, as far as it tells one."""

    transactionTime: Any  # noqa: N815
    output: list[Any]


def _is_list(data: bytes) -> bool:
    return data.lstrip().startswith(b"[") and b'"resourceType"' in data


def _is_manifest(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=_Manifest)
    except msgspec.MsgspecError:
        return False
    return True


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


_SEVERAL = "/"  # no id


def _patient(head: _Head) -> str | None:
    """The id of the patient a resource is about; that it names several, who are in no case mixed."""
    found = None
    for about in (head.subject, head.patient, head.beneficiary):
        if about is not None and about.reference is not None:
            named = _named(about.reference)
            if named is not None and found is not None and named != found:
                return _SEVERAL
            found = named or found
    return found


def _named(written: str) -> str | None:
    """The id of the patient that a reference names."""
    if written.startswith("Patient/") and _ID.fullmatch(written, 8):
        return written[8:]  # nearly always
    name = plain_name({"reference": written})
    tail = "" if name is None else name.rsplit("/", 1)[-1].removeprefix("urn:uuid:")
    return tail if _ID.fullmatch(tail) else None


def _by_identifier(head: _Head) -> bool:
    """Whether a resource about no patient that is referred to names one all the same, as a record number does."""
    subjects = (head.subject, head.patient, head.beneficiary)
    return any(one is not None and one.reference is None and isinstance(one.identifier, dict) for one in subjects)


def _is_spread(folder: Path, unit: Unit) -> bool:
    """Whether one JSON value, indented for people to read, stands in a file of lines: it opens on the first line, and the
    next two are no JSON by themselves. (A single damaged line is told of alone.)"""
    beginning = export.lines(folder, msgspec.structs.replace(unit, start=0, stop=None, line=1))
    first = next(beginning, None)
    if first is None or isinstance(first, Broken) or first[1].strip() not in (b"{", b"[", b"[{"):
        return False
    more = list(islice(beginning, 2))
    return len(more) == 2 and not any(isinstance(one, Broken) or is_json(one[1]) for one in more)


def _is_lines(folder: Path, unit: Unit) -> bool:
    """Whether a file called .json holds a resource on each line."""
    for seen, found in enumerate(export.lines(folder, unit), 1):
        try:
            if isinstance(found, Broken):
                return False
            _LOOSE.decode(found[1])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        if seen == 2:
            return True
    return False


def _document(path: Path, file: str) -> Iterator[Row]:
    """A Bundle with the chart of one patient.

    :raises InputError: when it is not readable, or not about one patient
    """
    data = export.whole(path)
    loader = Loader()
    loader.document(data, file)
    if not loader.held and (_is_list(data) or _is_manifest(data)):
        raise InputError(file, *(_LIST if _is_list(data) else _MANIFEST))
    if gone := _deleted(loader):
        yield "", file, 0, DELETED, len(gone), data
        return
    named = {one.id for one in loader.held if one.type == "Patient" and one.id}
    if not named:
        names = {plain_name(about) for one in loader.held for about in one.about}
        named = {one.rsplit("/", 1)[-1].removeprefix("urn:uuid:") for one in names if one is not None}
    if len(named) != 1:
        number = {0: "no patient", 2: "two patients"}.get(len(named), "several patients")
        raise InputError(file, f"it is about {number}", "Give one Bundle per patient.")
    yield named.pop(), file, 0, "Bundle", 1, data


PARTS = f"charts-*{export.GATHERED}"


def part(number: int) -> str:
    """The name of a file of gathered charts."""
    return PARTS.replace("*", f"{number:06d}")


def rows(path: Path) -> int:
    """How many rows a file of gathered charts has.

    :raises InputError: when it is none
    """
    with _opened(path) as file:
        return file.metadata.num_rows


def _gathered(path: Path) -> Iterator[Row]:
    """The rows of a Parquet file that this program wrote."""
    with _opened(path) as file:
        for batch in file.iter_batches():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file of gathered charts.

    :raises InputError: when it is none, or damaged
    """
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path.absolute()) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise pa.ArrowInvalid("other columns")
            yield file
    except (pa.ArrowException, OSError):
        cure = "Give Parquet that 'cohort gather' wrote, or the export itself."
        raise InputError(str(path), "does not hold gathered charts", cure) from None


def reason(error: InputError) -> str:
    """Why something cannot be used, without what would tell who it is about: of a resource its type is left."""
    return " ".join(_unnamed(word) for word in error.problem.split())


def _unnamed(word: str) -> str:
    kind, slash, _ = word.partition("/")
    if slash and kind in READ:
        return f"{kind}/…"
    return "…" if slash or any(sign.isdigit() for sign in word) else word


def identity(data: bytes) -> tuple[str | None, Version]:
    """The id of a resource, and its version."""
    try:
        found = _LOOSE.decode(data)
    except msgspec.MsgspecError:
        return None, version(None)
    return _text(found.id), version(found.meta)
