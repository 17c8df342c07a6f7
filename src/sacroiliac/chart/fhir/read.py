"""Read a FHIR chart: every resource goes to the reader of its type, and what belongs together is put together at the end."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sacroiliac.chart import files
from sacroiliac.chart.facts import AND_MORE, Chart, Fact, Origin, Unread
from sacroiliac.chart.fhir import (
    allergies,
    claims,
    conditions,
    documents,
    injections,
    labs,
    medications,
    observations,
    procedures,
    questionnaires,
    treatments,
)
from sacroiliac.chart.fhir.alike import again, alike
from sacroiliac.chart.fhir.bundle import Held, Item, Loader, contained_in, nested, open_, store, tidy
from sacroiliac.chart.fhir.codes import codes
from sacroiliac.chart.fhir.patient import SUBJECTS, Subject, subject, unclear
from sacroiliac.chart.fhir.reading import ENTERED_IN_ERROR, Reading
from sacroiliac.chart.fhir.shapes import UnreadableError, modified, parts, status_code
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

Reader = Callable[[Item, Reading], bool]

READERS: dict[str, Reader] = {
    "AllergyIntolerance": allergies.read,
    "Composition": documents.composition,
    "Condition": conditions.read,
    "DiagnosticReport": documents.report,
    "DocumentReference": documents.document,
    "ImagingStudy": documents.study,
    "MedicationAdministration": medications.administration,
    "MedicationRequest": medications.request,
    "MedicationStatement": medications.statement,
    "Observation": observations.read,
    "Procedure": procedures.read,
    "QuestionnaireResponse": questionnaires.read,
    "ServiceRequest": procedures.ordered,
}
# Read where a reference leads to them.
LOOKED_UP = frozenset({"BodyStructure", "Medication", "Patient"})
MATTERING = frozenset(READERS) | LOOKED_UP | claims.TYPES | {"Device", "Substance"}
"""The types of resources that can matter: all others are counted only."""
NDJSON = frozenset({".json", ".ndjson", ".jsonl"})


def document(data: bytes, file: str, knowledge: Knowledge) -> Chart:
    """The chart in one file: a Bundle, a single resource, or NDJSON (a resource on each line).

    :raises InputError: when it is not JSON, holds nothing, or holds two patients
    """
    return chart([(file, files.checked(data, file))], file, knowledge)


def folder(path: Path, knowledge: Knowledge) -> Chart:
    """The chart in a folder of JSON and NDJSON files of one patient; other files in it are listed.

    :raises InputError: as :func:`document`
    """
    loader = Loader()
    try:
        listed = sorted(path.iterdir())
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Check the folder.") from None
    documents_ = []
    size = 0
    for one in listed:
        if one.suffix.lower() not in NDJSON or one.is_dir():
            loader.note(one.name, "not a JSON or NDJSON file", str(one), "")
            continue
        data = files.content(one)
        size += len(data)
        if size > files.LARGEST:
            raise InputError(str(path), "is larger than 1 GiB", "Give the record of one patient only.")
        if data.strip():
            documents_.append((str(one), data))
    if not documents_:
        raise InputError(str(path), "holds no FHIR file", "Name a folder with .json or .ndjson files.")
    return chart(documents_, str(path), knowledge, loader)


def chart(sources: Iterable[tuple[str, bytes]], file: str, knowledge: Knowledge, loader: Loader | None = None) -> Chart:
    """The chart in some documents (name and content in UTF-8), all about one patient.

    :raises InputError: when they are not FHIR, hold nothing, or hold two patients
    """
    with without_collector():
        loader = loader or Loader()
        for name, data in sources:
            try:
                loader.document(data, name)
            except RecursionError:
                raise nested(name, "") from None
        return loaded(loader, file, knowledge)


@contextmanager
def without_collector() -> Iterator[None]:
    """Reading makes many objects and no cycles: looking for cycles meanwhile costs a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def loaded(loader: Loader, file: str, knowledge: Knowledge) -> Chart:
    """The chart in the resources of a loader, all about one patient.

    :raises InputError: when there are none, or they are about two patients
    """
    if not loader.held:
        raise InputError(file, "holds no FHIR resource", "Give a Bundle, or NDJSON with a resource on each line.")
    held = store(loader, MATTERING)
    if loader.deleted and not held.held:
        raise InputError(file, "all of it that is read was deleted", "Give a chart that still stands.")
    about = subject(held, loader, file)
    reading = Reading(codes(knowledge), held, file)
    # Claims come first for the sides in their modifiers, and after all others for what only they hold.
    billed = [one for one in held.held if one.type in claims.TYPES and claims.concerns(reading, one)]
    for one in billed:
        claims.note_sides(reading, one)
    acts = {one.key for one in billed}
    for one in held.others:
        _count(reading, one, False)
    for one in held.held:
        if one.key not in acts:
            _count(reading, one, _one(reading, one, about))
    for one in billed:
        _count(reading, one, _guarded(reading, one, claims.read, about))
    for together in (injections.together, medications.together, treatments.together, labs.together):
        together(reading)
    return _finished(reading, loader, file, about)


def _one(reading: Reading, held: Held, about: Subject) -> bool:
    """Read one resource. True when it was understood."""
    reader = READERS.get(held.type)
    return held.type in LOOKED_UP if reader is None else _guarded(reading, held, reader, about)


def _guarded(reading: Reading, held: Held, reader: Reader, about: Subject) -> bool:
    """Read one resource about the patient; one of a wrong shape leaves nothing behind but an entry in the list."""
    why = unclear(held.about, about)
    if why is not None:
        reading.coverage.skip(held.type, why, Origin(held.file, held.place))
        return False
    same = alike(held) if held.type == "Observation" else None
    if same is not None:
        added = same.known(reading)
        if added is not None:
            return again(added, same.moment, held, reading)
        same.begin(reading)
    kept = reading.mark()
    try:
        item = open_(held)
        if modified(item.content):
            return reading.skip(item, held.type, "it carries a modifier extension that is not known here")
        why = unclear(parts(item.content, "focus"), about)
        if why is not None:
            return reading.skip(item, held.type, why)
        understood = reader(item, reading)
        if understood:
            reading.notes(item)
        if item.content.get("contained") is not None:
            understood |= _contained(reading, item, about)
        if same is not None:
            same.keep(reading, held, understood, by_code=not understood and reading.mark() == kept)
    except UnreadableError as error:
        if same is not None:
            same.end(reading)
        reading.back_to(kept)
        reading.coverage.skip(held.type, f"not readable: {tidy(str(error))}", Origin(held.file, held.place))
        return False
    return understood


def _contained(reading: Reading, owner: Item, about: Subject) -> bool:
    """Read the resources inside a resource, unless that one does not count itself."""
    understood = False
    withdrawn = "entered-in-error" in (
        status_code(owner.content, "status"),
        status_code(owner.content, "verificationStatus"),
    )
    for item in contained_in(owner):
        reader = READERS.get(item.type)
        if reader is None:
            continue
        why = unclear([one for name in SUBJECTS if (one := item.content.get(name)) is not None], about)
        why = f"inside a resource that was {ENTERED_IN_ERROR}" if withdrawn else why
        understood |= reading.skip(item, item.type, why) if why else reader(item, reading)
    return understood


def _count(reading: Reading, held: Held, understood: bool) -> None:
    counts = reading.coverage.read if understood else reading.coverage.not_read
    counts[held.type] = counts.get(held.type, 0) + 1


def _finished(reading: Reading, loader: Loader, file: str, about: Subject) -> Chart:
    """The chart, in an order that does not depend on the order of its resources, nor on the files they stand in."""
    coverage = reading.coverage
    coverage.unread += loader.notes
    for kind, number in loader.not_read.items():
        coverage.not_read[kind] = coverage.not_read.get(kind, 0) + number
    coverage.unread[:] = _grouped(coverage.unread)
    coverage.texts.sort(key=lambda one: (one.origin.place, one.origin.file, one.what))
    reading.facts.sort(key=_order)
    return Chart(file, "FHIR", about.patient, reading.facts, coverage, last_entry=reading.last_entry)


MANY = 3
"""From so many entries on that say the same, the list shows one for all."""


def _grouped(unread: list[Unread]) -> list[Unread]:
    """What was not used, in order; many entries of one kind (a score taken at every visit) become one with their number."""
    groups: dict[tuple[str, ...], list[Unread]] = {}
    for one in sorted(unread, key=_place):
        kind = one.origin.place.split("/")[0]
        groups.setdefault((one.what, one.why, kind), []).append(one)
    found = []
    for group in groups.values():
        first = group[0]
        if len(group) < MANY:
            found += group
        else:
            more = f"{first.origin.place}{AND_MORE}{len(group) - 1} more"
            what = f"{first.what} ({len(group)} entries)"
            found.append(Unread(what, first.why, Origin(first.origin.file, more, first.origin.words)))
    return sorted(found, key=_place)


def _place(one: Unread) -> tuple[str, ...]:
    return (one.origin.place, one.origin.file, one.what, one.why)


def _order(fact: Fact) -> tuple[object, ...]:
    return (fact.concept, fact.when or (0, 0), fact.origin.place, fact.origin.file, fact.origin.words, str(fact.value))
