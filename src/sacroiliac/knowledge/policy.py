"""The types of the policies: dated sets of criteria of societies and payers, each item with its own origin.

A policy was read as far as it could be seen. ``status`` and ``via`` say of each item whether, and on whose page; what
was only recalled, or stands on a machine-written page alone, is shown and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from sacroiliac.knowledge.base import Id, Item, Prose, Rule, Status

ItemId = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$", description="lower-case name with hyphens")]
PartialDate = Annotated[
    str,
    msgspec.Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="a year, a month or a day, as far as it was seen"),
]
Via = Literal["primary", "reprint", "secondary", "ai"]
Confidence = Literal["low", "medium"]
PolicyKind = Literal["payer_policy", "um_vendor", "hta", "society", "guideline", "classification", "packet"]
Position = Literal[
    "covered_if_criteria",
    "recommended_if_criteria",
    "conditional",
    "informational",
    "packet_requirements",
    "insufficient_evidence",
    "suggested_against",
    "strongly_against",
    "investigational",
    "not_covered",
    "no_text_seen",
]
ItemKind = Literal["criterion", "limit", "exclusion", "document", "scope"]


class PolicyItem(Item, frozen=True, kw_only=True):
    """One thing a policy asks for, in our own words, with the rule that reads it in a chart.

    ``applies_when``: it is not asked at this stage, or is no gate; it is shown and decides nothing. ``arm``: one of
    several alternatives, of which one is enough. ``attribution``: who is speaking was inferred.
    """

    id: ItemId
    text: Prose
    rule: Rule
    status: Status
    via: Via | None = None
    seen_at: str | None = None
    confidence: Confidence | None = None
    attribution: Literal["inferred"] | None = None
    applies_when: Prose | None = None
    arm: Id | None = None
    note: Prose | None = None

    @property
    def confirmed(self) -> bool:
        """Whether it was seen on a page that a person wrote."""
        return self.status == "verified" and self.via != "ai"

    @property
    def decides(self) -> bool:
        """Whether it can turn a verdict."""
        return self.confirmed and not self.applies_when


class Definition(Item, frozen=True, kw_only=True):
    """What a policy means by a word."""

    term: Prose
    meaning: Prose
    status: Status
    seen_at: str | None = None


class Supporting(Item, frozen=True, kw_only=True):
    """A statement that bears on a service without being a criterion of it."""

    text: Prose
    status: Status
    via: Via
    seen_at: str
    note: Prose | None = None


class Contractor(Item, frozen=True, kw_only=True):
    """A contractor that has adopted the policy, and under which number."""

    id: str
    contractor: Prose
    status: Status
    seen_at: str


class Effective(Item, frozen=True, kw_only=True, rename={"since": "from"}):
    """When this version came into force (``from``; left out where it was not seen), and what was seen about it."""

    since: PartialDate | None = None
    as_seen: Prose


class PolicyService(Item, frozen=True, kw_only=True):
    """What a policy asks for one service. ``inherits`` names items of other services of the policy."""

    service: Id
    codes: tuple[str, ...]
    position: Position
    statement: Prose | None = None
    status: Status | None = None
    via: Via | None = None
    confidence: Confidence | None = None
    seen_at: tuple[str, ...] = ()
    note: Prose | None = None
    attribution_note: Prose | None = None
    prior_authorization: Prose | None = None
    logic: Prose | None = None
    definitions: tuple[Definition, ...] = ()
    criteria: tuple[PolicyItem, ...] = ()
    limits: tuple[PolicyItem, ...] = ()
    exclusions: tuple[PolicyItem, ...] = ()
    documentation: tuple[PolicyItem, ...] = ()
    scope_excluded: tuple[PolicyItem, ...] = ()
    inherits: tuple[ItemId, ...] = ()
    inherits_seen_at: str | None = None
    supporting: tuple[Supporting, ...] = ()

    @property
    def own(self) -> Iterator[tuple[ItemKind, PolicyItem]]:
        """The items written here, with their kind."""
        yield from (("criterion", one) for one in self.criteria)
        yield from (("limit", one) for one in self.limits)
        yield from (("exclusion", one) for one in self.exclusions)
        yield from (("document", one) for one in self.documentation)
        yield from (("scope", one) for one in self.scope_excluded)

    @property
    def confirmed(self) -> bool:
        """Whether the position itself was seen on a page that a person wrote."""
        return self.status != "recalled" and self.via != "ai"


class Policy(Item, frozen=True, kw_only=True):
    """A dated set of criteria of a society or payer. Versions of one policy share their ``family``."""

    id: Id
    family: Id | None = None
    short: Annotated[str, msgspec.Meta(min_length=2, max_length=11)]
    payer: Prose
    kind: PolicyKind
    title: Prose
    document_ids: tuple[str, ...]
    articles: tuple[str, ...] = ()
    contractors: tuple[Contractor, ...] = ()
    region: Prose
    lines_of_business: tuple[Id, ...] = ()
    effective: Effective
    version_seen: Prose | None = None
    seen_at: tuple[str, ...]
    definitions: tuple[Definition, ...] = ()
    scope_excluded: tuple[PolicyItem, ...] = ()
    services: tuple[PolicyService, ...]
    note: Prose | None = None

    def items(self, service: PolicyService) -> tuple[tuple[ItemKind, PolicyItem], ...]:
        """Everything asked for one service: what it inherits, then its own, then the scope of the policy."""
        of_policy = {one.id: (kind, one) for other in self.services for kind, one in other.own}
        inherited = tuple(of_policy[name] for name in service.inherits)
        scope: list[tuple[ItemKind, PolicyItem]] = [("scope", one) for one in self.scope_excluded]
        return (*inherited, *service.own, *scope)


class Service(Item, frozen=True, kw_only=True):
    """A service policies speak about. ``when``: the rule by which a chart has come to this stage of its group.
    ``options``: the options of the ladder that hold the evidence on it."""

    id: Id
    group: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z-]*$")]
    label: Prose
    when: Rule | None = None
    options: tuple[Id, ...] = ()


class Topic(Item, frozen=True, kw_only=True):
    """A row of the matrix: what items are about, told by the findings in their rules."""

    id: Id
    label: Annotated[str, msgspec.Meta(min_length=3, max_length=22)]
    findings: tuple[Id, ...]


class Conflict(Item, frozen=True, kw_only=True):
    """Where policies contradict each other, and the items that do."""

    id: Id
    topic: Prose
    why: Prose
    items: tuple[ItemId, ...]


class CodingNote(Item, frozen=True, kw_only=True):
    """What was seen about a billing or diagnosis code. Numbers only: descriptors are under licence."""

    id: Id
    codes: tuple[str, ...]
    text: Prose
    status: Status
    via: Via | None = None
    seen_at: str | None = None
    confidence: Confidence | None = None
    note: Prose | None = None


class Injected(Item, frozen=True, kw_only=True):
    """An injection that is thought of, not given: so many days after the review, on the same or the other side."""

    days: int
    side: Literal["same", "other"]
    fields: dict[str, bool | str]


class Act(Item, frozen=True, kw_only=True):
    """Something that could be done now, and what it is compared with. A warning says which items it would cost."""

    id: Id
    text: Prose
    services: tuple[Id, ...]
    done: tuple[Injected, ...]
    instead: tuple[Injected, ...] = ()


class Coverage(Item, frozen=True, kw_only=True):
    """What ties the policies together: services, the rows of the matrix, contradictions, acts and codes."""

    services: tuple[Service, ...]
    topics: tuple[Topic, ...]
    conflicts: tuple[Conflict, ...]
    acts: tuple[Act, ...]
    coding: tuple[CodingNote, ...]

    def service(self, name: str) -> Service:
        """The service with this id."""
        return next(one for one in self.services if one.id == name)
