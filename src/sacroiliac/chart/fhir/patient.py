"""Whose chart this is.

One rule: a chart is the record of one patient. Every Patient resource, and every reference to one (as subject,
patient or beneficiary of any resource), must mean the same patient; otherwise nothing is read, and the error names
two of them. A resource that is about something else (a group, a device), or that does not say clearly whom it is about,
is left out and listed. A resource that names nobody is taken to be about the patient of the chart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import SOME_DAY, Patient, Span
from sacroiliac.chart.fhir.bundle import Held, Item, Loader, Store, open_, tidy
from sacroiliac.chart.fhir.shapes import Object, UnreadableError, flag, parts, text
from sacroiliac.chart.fhir.times import day
from sacroiliac.errors import InputError

SUBJECTS = ("subject", "patient")
SEXES = ("female", "male")


@dataclass(slots=True)
class Subject:
    """The patient of a chart, and how references may name him or her."""

    patient: Patient
    names: set[str] = field(default_factory=set)
    identifiers: set[tuple[str | None, str]] = field(default_factory=set)
    server: str | None = None
    told: dict[str, bool] = field(default_factory=dict)
    """Whether a reference means this patient, once looked at: the same ones stand in every resource."""


def subject(store: Store, loader: Loader, file: str) -> Subject:
    """The one patient of the chart.

    :raises InputError: when the chart is about more than one
    """
    patients = [one for one in store.held if one.type == "Patient"]
    if len(patients) > 1:
        first, second = sorted(one.place for one in patients)[:2]
        raise _two(file, first, second)
    found = _described(patients[0], loader) if patients else _undescribed(store, loader, file)
    others = ((name, one.place) for one in (*store.held, *store.others) for name in _others(one, found))
    for other, place in sorted(others):
        raise _two(file, patients[0].place if patients else f"Patient/{found.patient.id}", f"{tidy(other)} in {place}")
    return found


def _two(file: str, first: str, second: str) -> InputError:
    return InputError(
        file, f"holds two patients, {first} and {second}", "Give the record of one patient; nothing was read."
    )


def _described(held: Held, loader: Loader) -> Subject:
    names = {one for one in (held.url, held.id and f"Patient/{held.id}", held.id) if one}
    try:
        item = open_(held)
        patient = Patient(_shown(held), _birth(item, loader), _sex(item), item.origin(), _died(item))
        identifiers = _identifiers(item.content)
    except UnreadableError as error:
        loader.note("Patient", f"not readable: {error}", held.file, held.place)
        patient, identifiers = Patient(_shown(held)), set()
    server = held.url if held.url and held.url.startswith("http") else None
    return Subject(patient, names, identifiers, server)


def _shown(held: Held) -> str:
    return tidy(held.id or (held.url or "not stated").removeprefix("urn:uuid:"))


def _birth(item: Item, loader: Loader) -> Span | None:
    written = text(item.content, "birthDate")
    if written is None:
        return None
    try:
        return span(written)
    except ValueError as error:
        loader.note("date of birth", tidy(str(error)), item.file, item.place)
        return None


def _died(item: Item) -> Span | None:
    """When the patient died; a day that cannot be read is some day."""
    if item.content.get("deceasedDateTime") is not None:
        return day(item.content, "deceasedDateTime").days or SOME_DAY
    return SOME_DAY if flag(item.content, "deceasedBoolean") else None


def _sex(item: Item) -> str | None:
    written = (text(item.content, "gender") or "").lower()
    return written if written in SEXES else None


def _identifiers(content: Object) -> set[tuple[str | None, str]]:
    listed = [(text(one, "system"), text(one, "value")) for one in parts(content, "identifier")]
    return {(system, value) for system, value in listed if value is not None}


def _undescribed(store: Store, loader: Loader, file: str) -> Subject:
    """A chart without a Patient resource: its patient is the one that the resources name."""
    loader.note("Patient", "the chart does not describe the patient: no date of birth, no sex", file, "")
    named = {
        name for one in (*store.held, *store.others) for about in one.about if (name := plain_name(about)) is not None
    }
    tails = sorted({name.rsplit("/", 1)[-1].removeprefix("urn:uuid:") for name in named})
    if len(tails) > 1:
        raise _two(file, *map(tidy, sorted(named)[:2]))
    if not tails:
        return Subject(Patient("not stated"))
    return Subject(Patient(tidy(tails[0])), {*named, f"Patient/{tails[0]}", tails[0], f"urn:uuid:{tails[0]}"})


def plain_name(about: Any) -> str | None:
    """What a reference calls a patient, when it clearly means one."""
    written = about.get("reference") if isinstance(about, dict) else None
    if not isinstance(written, str):
        return None
    return _named(_current(written), about.get("type", "Patient"))


def _named(written: str, bare: Any) -> str | None:
    """A reference, when it names a patient by an id; not when it has none, or searches for one.

    :param bare: the type of a reference that says none
    """
    kind = written.rsplit("/", 2)[-2] if "/" in written else bare
    unnamed = written == "Patient" or written.endswith("/") or "?" in written or written.startswith("#")
    return written if kind == "Patient" and written and not unnamed else None


def _current(written: str) -> str:
    return written.strip().split("|")[0].split("/_history/")[0]


def _others(held: Held, known: Subject) -> list[str]:
    """The other patients that a resource clearly names."""
    if held.type == "Patient":
        return []
    return [name for about in held.about if (name := _other(about, known)) is not None]


def _other(about: Any, known: Subject) -> str | None:
    written = about.get("reference") if isinstance(about, dict) else None
    if not isinstance(written, str) or not written.strip() or written.startswith("#"):
        return None
    if _is_this(written, known):
        return None
    return _named(_current(written), about.get("type"))


def _is_this(written: str, known: Subject) -> bool:
    if written not in known.told:
        known.told[written] = _means(_current(written), known)
    return known.told[written]


def _means(written: str, known: Subject) -> bool:
    if written in known.names:
        return True
    tail = "/".join(written.rsplit("/", 2)[-2:])
    # An absolute reference to a patient of the same id on another server is another patient.
    return tail in known.names and not (written.startswith("http") and known.server is not None)


def unclear(references: list[Any], known: Subject) -> str | None:
    """Why it is not clear that a resource is about the patient; None when it is, or names nobody.

    :param references: what the resource gives as subject or patient
    """
    for about in references:
        if not isinstance(about, dict):
            continue  # the reader of the resource, or the count of its type, deals with the shape
        written, identifier = about.get("reference"), about.get("identifier")
        if isinstance(written, str) and written.strip():
            if not _is_this(written, known):
                return f"it is about {tidy(written, 80)}, and not clearly about the patient"
        elif isinstance(identifier, dict):
            if not any((identifier.get("system"), identifier.get("value")) == one for one in known.identifiers):
                return "it names the patient by an identifier that the patient does not have"
        elif about.get("display"):
            return f"it is about {tidy(str(about['display']), 80)}, without a reference to the patient"
    return None
