"""What the readers of all resource types share: the tables, the resources, and where findings and doubts go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from msgspec import Struct

from sacroiliac.chart.facts import Coverage, Fact, Origin, Side, Span, Unread
from sacroiliac.chart.fhir.bundle import Item, Store, tidy
from sacroiliac.chart.fhir.codes import Codes, Meaning
from sacroiliac.chart.fhir.shapes import Object, part, parts, status_code, text
from sacroiliac.chart.fhir.times import When

ENTERED_IN_ERROR = "entered in error"


@dataclass(frozen=True, slots=True)
class Act:
    """An injection at the joint or its nerves that was done."""

    item: Item
    target: str
    side: Side | None
    when: When
    label: str
    guidance: str | None
    """Words of the procedure that name the guidance, as a value of the field."""
    used: tuple[tuple[str, ...], ...]
    """Drugs named as used, without a dose."""
    links: frozenset[str]
    """Keys of the resources that the procedure points to (reports, administrations, what it is part of)."""
    inferred: bool = False
    """Known from words or from a settled claim only."""


@dataclass(frozen=True, slots=True)
class Given:
    """A drug that was given once."""

    item: Item
    drugs: tuple[str, ...]
    when: When
    use: dict[str, Any]
    milligrams: dict[str, float]
    millilitres: float | None
    route: str
    part_of: frozenset[str]
    label: str


class Response(Struct, frozen=True):
    """One statement about an injection: a field of its record, or a pain score whose moment says which.

    :param field: the field of the record; None for a pain score without a code that says before or after
    :param scale: for a pain score: the concept that says on which scale it is
    :param about_joint: for a pain score: it says itself that it is the pain of the joint
    :param elsewhere: for a pain score: it says that it is another pain
    """

    item: Item
    origin: Origin
    concept: str
    label: str
    field: str | None
    value: Any
    when: When
    side: Side | None
    part_of: frozenset[str]
    scale: str | None = None
    about_joint: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Images of an injection: the guidance they show, and whether the joint was filled with contrast."""

    item: Item
    side: Side | None
    when: When
    guidance: str | None
    arthrogram: bool
    part_of: frozenset[str]
    label: str


@dataclass(frozen=True, slots=True)
class Record:
    """An injection as the project's questionnaire records it."""

    item: Item
    values: dict[str, Any]
    parts: dict[str, Origin]
    part_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """Conservative treatment on one day, or a course of it."""

    kind: str
    when: Span
    course: bool
    origin: Origin
    label: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What a resource as a whole says of the side, in codes and in words, and whether its body site is the joint."""

    item: Item
    stated: tuple[tuple[str, Side], ...]
    worded: tuple[tuple[str, Side], ...]
    joint: bool


@dataclass(slots=True)
class Reading:
    """The state of reading one chart."""

    codes: Codes
    store: Store
    file: str
    coverage: Coverage = field(default_factory=Coverage)
    facts: list[Fact] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    panels: dict[str, list[tuple[str, frozenset[str]]]] = field(default_factory=dict)
    """For each member of a panel: the panels it is in, with what they are part of."""
    pictures: list[Picture] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    drugs: list[Fact] = field(default_factory=list)
    raised: list[Fact] = field(default_factory=list)
    named_tests: dict[str, str | None] = field(default_factory=dict)
    products: dict[tuple[object, ...], Any] = field(default_factory=dict)
    """What names of tests and products mean, once looked up."""
    not_done: list[Span | None] = field(default_factory=list)
    """Days on which a procedure at the joint was not done, or was entered in error: a bill does not make it done."""
    modifiers: dict[str, list[tuple[str, Side]]] = field(default_factory=dict)
    """Sides that claims name, by the key of a procedure, or by billing code and day."""
    whole: Whole | None = None
    """What the resource that is being read says as a whole."""
    last_entry: int | None = None
    """The last day of anything dated that was read, used or not."""

    def lists(self) -> tuple[list[Any], ...]:
        """Everything that reading a resource may add to."""
        own = (self.facts, self.acts, self.given, self.responses, self.pictures, self.records, self.sessions)
        return (*own, self.drugs, self.raised, self.coverage.unread, self.coverage.texts)

    FACTS: ClassVar[int] = 0
    RESPONSES: ClassVar[int] = 3
    RAISED: ClassVar[int] = 8
    UNREAD: ClassVar[int] = 9
    """Places in :meth:`lists`."""

    def mark(self) -> tuple[int, ...]:
        """How far the reading has come, for :meth:`back_to`."""
        return tuple([len(one) for one in self.lists()])

    def back_to(self, mark: tuple[int, ...]) -> None:
        """Forget what was read after a mark."""
        for one, length in zip(self.lists(), mark, strict=True):
            del one[length:]

    def skip(self, item: Item, what: str, why: str, where: str = "") -> bool:
        """List something that was not used. Always False: what a reader returns for a resource it did not read."""
        label = tidy(what, 120) or item.type
        self.coverage.skip(label, why, item.origin(what, where))
        return False

    def notes(self, item: Item) -> None:
        """List the notes on a resource that was read: they may take back what it says."""
        for number, note in enumerate(parts(item.content, "note"), 1):
            if text(note, "text"):
                code = part(item.content, "code") or part(item.content, "medicationCodeableConcept")
                what = f"note on {tidy(self.codes.meaning(code).label or item.type, 80)}"
                self.coverage.texts.append(Unread(what, "text is not read", item.origin(where=f"note {number}")))

    def unknown(self, concept: Object | None) -> bool:
        """Count the codes of a resource that nobody knows. Always False."""
        for name in self.codes.unknown(concept):
            listed = tidy(name, 120)
            self.coverage.unknown_codes[listed] = self.coverage.unknown_codes.get(listed, 0) + 1
        return False

    def unfed(self, item: Item, meaning: Meaning, where: str = "") -> bool:
        """List a concept that is understood and that no finding uses."""
        return not self.skip(item, meaning.label, "understood, but nothing in the review uses it", where)

    def status(self, item: Item, used: frozenset[str], otherwise: dict[str, str], label: str) -> bool:
        """Whether the status of a resource lets it count; lists why not."""
        code = status_code(item.content, "status")
        if code in used:
            return True
        if code == "entered-in-error":
            return self.skip(item, label, ENTERED_IN_ERROR)
        if code is None:
            return self.skip(item, label, "its status is not stated")
        return self.skip(item, label, otherwise.get(code, f"its status is '{tidy(code, 40)}'"))

    def dated(self, item: Item, label: str, when: When) -> None:
        """Note the last day of the chart, and list a date that cannot be read."""
        if when.days is not None:
            self.latest(when.days)
        if when.problem:
            self.skip(item, label, f"its date is not used: {when.problem}")

    def latest(self, days: Span) -> None:
        """Note the last day of the chart."""
        if days[0] == days[1]:
            self.last_entry = max(self.last_entry or days[0], days[0])
