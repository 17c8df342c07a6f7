"""Where and by whom a patient was seen, and who pays: what results are grouped and filtered by.

The site and the clinician are those of the injection a case turns on (``Procedure.performer``: its ``actor`` and
``onBehalfOf``, else ``Procedure.location``), otherwise of the last encounter begun by the review date
(``Encounter.serviceProvider`` and ``participant``). The payer is that of the coverage in force on that date
(``Coverage.payor``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from sacroiliac.chart.dates import span
from sacroiliac.chart.fhir.bundle import tidy

T = TypeVar("T")
NAMED = frozenset({"Location", "Organization", "Practitioner", "PractitionerRole"})


class _Reference(msgspec.Struct):
    reference: str | None = None
    display: str | None = None


class _Period(msgspec.Struct):
    start: str | None = None
    end: str | None = None


class _Performer(msgspec.Struct, rename="camel"):
    actor: _Reference | None = None
    on_behalf_of: _Reference | None = None


class _Participant(msgspec.Struct):
    individual: _Reference | None = None


class _Encounter(msgspec.Struct, rename="camel"):
    status: str | None = None
    period: _Period | None = None
    service_provider: _Reference | None = None
    participant: list[_Participant] = []


class _Procedure(msgspec.Struct):
    performer: list[_Performer] = []
    location: _Reference | None = None
    encounter: _Reference | None = None


class _Coverage(msgspec.Struct):
    status: str | None = None
    period: _Period | None = None
    payor: list[_Reference] = []
    order: int = 1


class _HumanName(msgspec.Struct):
    text: str | None = None
    family: str | None = None
    given: list[str] = []


class _Named(msgspec.Struct):
    name: str | list[_HumanName] | None = None
    practitioner: _Reference | None = None


_ENCOUNTER = msgspec.json.Decoder(_Encounter)
_PROCEDURE = msgspec.json.Decoder(_Procedure)
_COVERAGE = msgspec.json.Decoder(_Coverage)
_NAMED = msgspec.json.Decoder(_Named)


class Names:
    """What the organisations and people of an export (or of a chart, before those ``others``) are called, by their
    references."""

    def __init__(self, named: Mapping[str, bytes], others: Names | None = None) -> None:
        self._by_reference: dict[str, str] = {}
        self._others = others
        roles: dict[str, _Reference] = {}
        for reference, data in named.items():
            if reference.partition("/")[0] not in NAMED:
                continue
            try:
                found = _NAMED.decode(data)
            except msgspec.MsgspecError:
                continue
            if isinstance(found.name, str):
                self._by_reference[reference] = found.name
            elif found.name:
                one = found.name[0]
                self._by_reference[reference] = one.text or " ".join([*one.given, one.family or ""]).strip()
            elif found.practitioner is not None:
                roles[reference] = found.practitioner
        for reference, person in roles.items():
            self._by_reference[reference] = self.of(person) or reference

    def of(self, reference: _Reference | None) -> str | None:
        """What somebody or something is called: by the resource itself, else by the reference. On one line, with single
        blanks: the same name may be written in several ways, and rows are grouped by it."""
        if reference is None:
            return None
        written = "/".join((reference.reference or "").split("/_history/")[0].rsplit("/", 2)[-2:])
        known = self._by_reference.get(written) or (self._others and self._others._by_reference.get(written))
        return next((name for one in (known, reference.display, written) if one and (name := tidy(one))), None)


@dataclass
class Around:
    """What a chart says of place, people and payers; read when it is asked for."""

    acts: dict[str, bytes] = field(default_factory=dict)
    encounters: list[bytes] = field(default_factory=list)
    coverages: list[bytes] = field(default_factory=list)
    named: dict[str, bytes] = field(default_factory=dict)

    def site_and_clinician(self, place: str | None, day: int, names: Names) -> tuple[str | None, str | None]:
        """Where the injection at ``place`` was given and by whom; else where and whom the patient saw last, up to a day."""
        site, clinician = None, None
        data = self.acts.get((place or "").partition(",")[0])
        if data is not None:
            act = _decoded(_PROCEDURE, data)
            if act is not None:
                for one in act.performer:
                    site = site or names.of(one.on_behalf_of)
                    clinician = clinician or names.of(one.actor)
                site = site or names.of(act.location)
        if site is None or clinician is None:
            last = self._last_encounter(day)
            if last is not None:
                site = site or names.of(last.service_provider)
                people = (names.of(one.individual) for one in last.participant)
                clinician = clinician or next((one for one in people if one), None)
        return site, clinician

    def _last_encounter(self, day: int) -> _Encounter | None:
        found = [one for data in self.encounters if (one := _decoded(_ENCOUNTER, data)) is not None]
        done = (one for one in found if one.status not in ("entered-in-error", "cancelled", "planned"))
        used = [one for one in done if _begun(one.period, day)]
        return max(used, key=lambda one: (one.period.start if one.period else None) or "", default=None)

    def payer(self, day: int, names: Names) -> str | None:
        """Who pays on a day; None where no coverage is in force."""
        found = [one for data in self.coverages if (one := _decoded(_COVERAGE, data)) is not None]
        used = [one for one in found if one.status in (None, "active") and _covers(one.period, day) and one.payor]
        first = min(used, key=lambda one: one.order, default=None)
        return None if first is None else names.of(first.payor[0])


def _decoded(decoder: msgspec.json.Decoder[T], data: bytes) -> T | None:
    try:
        return decoder.decode(data)
    except msgspec.MsgspecError:
        return None


def _begun(period: _Period | None, day: int) -> bool:
    try:
        return period is None or period.start is None or span(period.start)[0] <= day
    except ValueError:
        return False


def _covers(period: _Period | None, day: int) -> bool:
    try:
        return _begun(period, day) and (period is None or period.end is None or span(period.end)[1] >= day)
    except ValueError:
        return False


def around(rows: Iterable[tuple[str, str, bytes]]) -> Around:
    """From the resources of a patient (type, place, content)."""
    found = Around()
    for kind, place, data in rows:
        if kind == "Encounter":
            found.encounters.append(data)
        elif kind == "Coverage":
            found.coverages.append(data)
        elif kind == "Procedure":
            found.acts[place] = data
        elif kind in NAMED:
            found.named[place] = data
    # The first of two of one day is used: which that is must not depend on where they stand.
    found.encounters.sort()
    found.coverages.sort()
    return found
