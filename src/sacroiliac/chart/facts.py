"""What a reader hands on: the facts of one patient, and an account of everything that was not understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

Side = Literal["left", "right", "bilateral"]
Span = tuple[int, int]
"""First and last possible day (days since 1970-01-01): a day is ``(d, d)``, "March 2024" the whole month."""
ONGOING: Span = (2_932_896, 2_932_896)
"""The end of what goes on: as ``Fact.until`` it says that the chart calls a condition or drug active (9999-12-31)."""

AND_MORE = " and "
"""What stands between the first place and how many more there are, where several are listed as one."""


SOME_DAY: Span = (-ONGOING[0], ONGOING[1])
"""When something happened of which the chart says only that it did."""


class Origin(Struct, frozen=True):
    """Where a fact was read: the file, the line or resource in it, and the words found there."""

    file: str
    place: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.file}, {self.place}" if self.place else self.file


class Fact(Struct, frozen=True):
    """One coded statement about the patient.

    :param concept: a finding of the vocabulary, or a concept that findings are made from
    :param value: ``True``/``False``, a number, a word, a day number for a date, a list or mapping for a set
        (``{"present": [...], "absent": [...]}``), a mapping for a record; ``True`` for a concept that is present
    :param when: the day or span it speaks of; ``None`` when the chart gives no date
    :param until: its last day, for things that go on for a time; ``None`` when open or not known
    :param parts: for a record, where each field was read, if not with the record
    :param label: how the chart words or codes it
    :param noted: true when ``when`` is the day it was written down, which need not be the day it was done
    :param days: for a course of treatment, the days (or spans) of it that the chart names, oldest first
    :param passing: true when it counts until its end only, where a finding looks at no window of time: a drug that is
        taken, a state that is no history
    :param inferred: true when the reader put two things together that the chart does not link
    """

    concept: str
    value: Any
    origin: Origin
    side: Side | None = None
    when: Span | None = None
    until: Span | None = None
    parts: Mapping[str, Origin] = {}
    label: str = ""
    inferred: bool = False
    noted: bool = False
    passing: bool = False
    days: tuple[Span, ...] = ()


class Unread(Struct, frozen=True):
    """Something in the chart that was not used, and why; or what is not known of something that was inferred."""

    what: str
    why: str
    origin: Origin

    def about(self, inferred: Iterable[Origin]) -> bool:
        """Whether it speaks of a fact that was inferred and used all the same; of several alike the first is asked."""
        place = self.origin.place.partition(AND_MORE)[0]
        return any(one.words and one.place == place and self.what.startswith(one.words) for one in inferred)


@dataclass(slots=True)
class Coverage:
    """What was read and what was not. ``not_read`` counts the resources that nothing was taken from; why not stands in
    ``unread``, unless nobody reads their type."""

    read: dict[str, int] = field(default_factory=dict)
    not_read: dict[str, int] = field(default_factory=dict)
    unknown_codes: dict[str, int] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    texts: list[Unread] = field(default_factory=list)

    def skip(self, what: str, why: str, origin: Origin) -> None:
        """Note something that was not used."""
        self.unread.append(Unread(what, why, origin))


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the chart is about. Nothing here but what the review needs.

    :param died: the day of death; the whole of time where the chart says only that the patient died
    """

    id: str
    birth: Span | None = None
    sex: str | None = None
    origin: Origin | None = None
    died: Span | None = None


@dataclass(slots=True)
class Chart:
    """Everything read about one patient.

    ``side`` and ``review_date`` are set when the chart itself names them; ``last_entry`` is the last day of anything
    dated in it, used or not, where the reader knows it.
    """

    file: str
    kind: Literal["plain", "FHIR"]
    patient: Patient
    facts: list[Fact]
    coverage: Coverage
    side: Side | None = None
    review_date: int | None = None
    last_entry: int | None = None
