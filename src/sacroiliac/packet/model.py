"""The packet as data: what the page and the PDF are made from and what ``.json`` holds.

Its JSON Schema is published (``sacroiliac schema packet``); a change that removes or renames something raises
:data:`SCHEMA`. Numbers in ``sources`` lead to :attr:`Packet.sources`: nothing is said of the patient without one.
"""

from __future__ import annotations

from typing import Literal

from sacroiliac.review.model import Cited, Part, PolicyAnswer, Said, Verdict, Versions, Who

SCHEMA = "1.0"
TO_FILL_IN = "[to be filled in]"

# Whether an item can turn the verdict; if not, why.
Standing = Literal["decides", "not confirmed", "another stage", "for the file"]


class Source(Part, frozen=True, kw_only=True):
    """A place in the chart: file, line or resource, the words there, their date and side. ``inferred``: the reader
    linked two entries that the chart does not link."""

    number: int
    file: str
    place: str
    words: str
    date: str | None = None
    side: str | None = None
    inferred: bool = False


class Sentence(Part, frozen=True, kw_only=True):
    """Something the chart documents, and where. ``worked_out``: how, where it was worked out and not written.
    ``quote``: the words it rests on, where they are a part of a longer entry."""

    text: str
    sources: tuple[int, ...]
    worked_out: str = ""
    quote: str = ""


class Gap(Part, frozen=True, kw_only=True):
    """Something the chart does not document, and the question that would."""

    what: str
    ask: str | None = None


class Criterion(Part, frozen=True, kw_only=True):
    """One thing the policy asks for, the answer, and what the chart says about it."""

    id: str
    kind: Literal["criterion", "limit", "exclusion", "document", "scope"]
    text: str
    answer: PolicyAnswer
    standing: Standing
    because: str = ""
    alternative: str | None = None
    said: tuple[Sentence, ...]
    gaps: tuple[Gap, ...] = ()
    note: str | None = None
    seen_at: str | None = None


class Requested(Part, frozen=True, kw_only=True):
    """One service with the policy's answer. ``codes``: those by which the policy knows the service; ``code``: the one
    that is requested, where it was named or the only one. ``would_meet``: the fewest missing facts that would settle it. ``not_met``:
    the items that say no; ``open``: everything missing that items wait for."""

    service: str
    label: str
    codes: tuple[str, ...]
    code: str | None = None
    verdict: Verdict
    in_words: str
    with_unconfirmed: Verdict | None = None
    met: int
    asked: int
    would_meet: tuple[Gap, ...]
    not_met: tuple[str, ...]
    open: tuple[Gap, ...]
    position_confirmed: bool
    statement: str | None = None
    prior_authorization: str | None = None
    notes: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...]


class PolicyShown(Part, frozen=True, kw_only=True):
    """The policy: whose it is, which version was seen, and where."""

    id: str
    payer: str
    title: str
    documents: tuple[str, ...]
    region: str
    since: str | None
    as_seen: str
    version_seen: str | None
    seen_at: tuple[str, ...]


class Document(Part, frozen=True, kw_only=True):
    """A document to attach: whether the chart lists it. ``named_absent``: the chart says that it is not there."""

    code: str
    label: str
    on_chart: bool
    named_absent: bool = False
    items: tuple[str, ...]
    sources: tuple[int, ...] = ()


class Dated(Part, frozen=True, kw_only=True):
    """Something of the timeline; ``first`` and ``last`` as exactly as the chart gives them. ``days`` are where it stands
    in the picture, as days since 1970-01-01."""

    kind: Literal["care", "injection", "procedure"]
    label: str
    first: str | None
    last: str | None = None
    ongoing: bool = False
    words: str
    sources: tuple[int, ...]
    days: tuple[int, int] | None = None


class Paragraph(Part, frozen=True, kw_only=True):
    """A paragraph of the letter: what is documented, and what is not. ``entries``: injections, treatments, procedures."""

    heading: str
    entries: tuple[Sentence, ...] = ()
    said: tuple[Sentence, ...]
    gaps: tuple[Gap, ...] = ()


class Letter(Part, frozen=True, kw_only=True):
    """The draft letter. ``blanks`` are what only the practice can fill in."""

    to: str
    about: str
    paragraphs: tuple[Paragraph, ...]
    blanks: tuple[str, ...]


class ContestedSide(Part, frozen=True, kw_only=True):
    """What one society or payer asks on a contested point, and the answer of this chart."""

    item: str
    payer: str
    title: str
    text: str
    answer: PolicyAnswer
    confirmed: bool
    own: bool
    seen_at: str | None = None


class Contested(Part, frozen=True, kw_only=True):
    """A point on which societies and payers differ. ``items``: those of this policy that are not met or are open."""

    id: str
    topic: str
    why: str
    items: tuple[str, ...]
    sides: tuple[ContestedSide, ...]


class EvidenceShown(Part, frozen=True, kw_only=True):
    """The published evidence on the service: both sides."""

    option: str
    label: str
    supports: tuple[Said, ...]
    opposes: tuple[Said, ...]


class Appeal(Part, frozen=True, kw_only=True):
    """What can be cited in an appeal, both sides of it."""

    contested: tuple[Contested, ...]
    evidence: tuple[EvidenceShown, ...]
    references: dict[str, Cited]


class Packet(Part, frozen=True, kw_only=True):
    """Everything of one request. ``set_aside``: services of the policy that are left out, and why. ``urgent``: red flags
    on the chart that come before any request."""

    schema_version: str
    who: Who
    service_group: str
    policy: PolicyShown
    requested: tuple[Requested, ...]
    set_aside: tuple[str, ...]
    documents: tuple[Document, ...]
    timeline: tuple[Dated, ...]
    review_day: int
    letter: Letter
    appeal: Appeal | None = None
    urgent: tuple[Said, ...]
    disagreements: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    versions: Versions
