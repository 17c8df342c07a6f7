"""What policies ask of one case, as data: what ``sacroiliac coverage`` writes and packets are made from."""

from __future__ import annotations

from sacroiliac.review.model import (
    CoverageShown,
    FindingShown,
    Judged,
    Missing,
    Outcome,
    Part,
    PolicyAnswer,
    Said,
    Versions,
    Who,
)

SCHEMA = "1.0"


class Cell(Part, frozen=True, kw_only=True):
    """What one policy asks in one row of the matrix: the answer of all its items there together."""

    policy: str
    answer: PolicyAnswer
    confirmed: bool
    items: tuple[str, ...]


class Row(Part, frozen=True, kw_only=True):
    """A row of the matrix: a topic, and the policies that ask something about it."""

    topic: str
    label: str
    cells: tuple[Cell, ...]


class Stage(Part, frozen=True, kw_only=True):
    """One service: whether the chart has come to it, every policy on it, and the matrix of them."""

    service: str
    label: str
    fits: Outcome | None
    judged: tuple[Judged, ...]
    rows: tuple[Row, ...]


class Unlock(Part, frozen=True, kw_only=True):
    """A missing fact: the policies it alone would settle, and those that need others beside it."""

    missing: Missing
    alone: tuple[str, ...]
    among: tuple[str, ...]


class Dated(Part, frozen=True, kw_only=True):
    """An item that is not met today and will be on ``date``, if nothing else changes."""

    item: str
    policy: str
    service: str
    text: str
    date: str


class Cost(Part, frozen=True, kw_only=True):
    """What something done now would cost: the items met without it and no longer with it."""

    id: str
    text: str
    items: tuple[str, ...]
    policies: tuple[str, ...]


class Side(Part, frozen=True, kw_only=True):
    """One side of a disagreement: an item, whose it is, and its answer in this case."""

    item: str
    policy: str
    text: str
    answer: PolicyAnswer
    confirmed: bool


class Conflict(Part, frozen=True, kw_only=True):
    """Policies that contradict each other in this case."""

    id: str
    topic: str
    why: str
    sides: tuple[Side, ...]


class NotInForce(Part, frozen=True, kw_only=True):
    """A policy of which no version that was in force on the review date was seen."""

    policy: str
    short: str
    since: str


class Coverage(Part, frozen=True, kw_only=True):
    """The answer to 'does this chart meet the criteria, and what is missing' for one case and one kind of service."""

    who: Who
    urgent: tuple[Said, ...] = ()
    group: str
    plan: str | None
    stages: tuple[Stage, ...]
    unlocks: tuple[Unlock, ...]
    dated: tuple[Dated, ...]
    costs: tuple[Cost, ...]
    conflicts: tuple[Conflict, ...]
    not_in_force: tuple[NotInForce, ...]
    findings: tuple[FindingShown, ...]
    labels: dict[str, str]
    coverage: CoverageShown
    versions: Versions
