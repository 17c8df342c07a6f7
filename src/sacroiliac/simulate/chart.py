"""One chart while it is written: its resources as lines by type, and the mess that was made of them."""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec

from sacroiliac.simulate import forms
from sacroiliac.simulate.forms import Forms, Resource

Lines = dict[str, list[bytes]]
ENCODE = msgspec.json.Encoder().encode


class Chart:
    """The chart of one patient.

    :param lines: the resources of all patients so far, by type, to which this one's are added
    :param site: the place in the scene of where the patient is treated, and ``clinician`` and ``payer`` likewise
    """

    __slots__ = (
        "_bytes", "_duplicate", "_rates", "chance", "clinician", "days", "forms", "lines", "number", "patient", "payer",
        "site", "used", "visits",
    )  # fmt: skip

    def __init__(
        self, patient: str, known: Forms, chance: Random, lines: Lines, site: int, clinician: int, payer: int
    ) -> None:
        self.patient, self.forms, self.chance, self.lines = patient, known, chance, lines
        self.site, self.clinician, self.payer = site, clinician, payer
        self.days = known.days
        self.used: Counter[str] = Counter()
        self.number = 0
        self.visits: dict[int, bytes] = {}
        self._bytes = patient.encode()
        self._rates = known.rates
        self._duplicate = known.rates["duplicate"]

    def happens(self, name: str) -> bool:
        """Whether a kind of mess befalls this entry; it is counted."""
        if self.chance.random() < self._rates[name]:
            self.used[name] += 1
            return True
        return False

    def visit(self, day: int) -> bytes:
        """The id of the encounter of a day."""
        found = self.visits.get(day)
        if found is None:
            made = self.forms.get("visit", forms.encounter)
            on = self.days[day]
            found = self.visits[day] = self._next()
            values = (b"%d" % (self.clinician + 1), on, on, b"%d" % (self.site + 1))
            self.lines["Encounter"].append(made % (found, self._bytes, *values))
        return found

    def fill(self, kind: str, made: bytes, *values: bytes) -> None:
        """Add a resource from a form; ``values`` fill the slots after id and patient."""
        name = self._next()
        self._add(kind, made % (name, self._bytes, *values), name)

    def observe(self, made: bytes, day: int, *values: bytes) -> None:
        """Add an Observation of one day from a form."""
        self.fill("Observation", made, self.visit(day), self.days[day], *values)

    def put(self, resource: Resource) -> str:
        """Add a resource that is not made from a form, and return a reference to it; it is given its id."""
        name = self._next()
        resource["id"] = name.decode()
        self._add(resource["resourceType"], ENCODE(resource), name)
        return f"{resource['resourceType']}/{resource['id']}"

    def _next(self) -> bytes:
        self.number += 1
        return b"%b-%d" % (self._bytes, self.number)

    def _add(self, kind: str, line: bytes, name: bytes) -> None:
        self.lines[kind].append(line)
        if self.chance.random() < self._duplicate:
            self.used["duplicate"] += 1
            self.lines[kind].append(line.replace(b'"id":"%b"' % name, b'"id":"%b"' % self._next(), 1))

    @property
    def about(self) -> Resource:
        """The reference to the patient."""
        return forms.about(self.patient)

    def on(self, day: int) -> str:
        """A day as FHIR writes it."""
        return self.days[day].decode()
