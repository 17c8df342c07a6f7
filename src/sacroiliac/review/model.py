"""The review: the whole answer for one case, as data.

This is what every report is made from and what ``--format json`` writes. Its JSON Schema is published
(``sacroiliac schema review``); a change that removes or renames something raises :data:`SCHEMA`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA = "1.0"

Outcome = Literal["met", "not met", "not documented"]
OriginKind = Literal["published", "derived", "assumption"]

# What one policy says of one service. ``unconfirmed``: none of its criteria could be confirmed, so there is no verdict.
Verdict = Literal[
    "met", "not met", "not documented", "not covered", "out of scope", "unconfirmed", "statement only"
]  # fmt: skip
PolicyAnswer = Literal["met", "not met", "not documented", "excluded"]


class Part(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What all parts of a review have in common: they do not change."""


class Figure(Part, frozen=True, kw_only=True):
    """A number with its origin: published (``cite`` says where), derived (``how``) or an assumption (``why``)."""

    value: float
    origin: OriginKind
    cite: tuple[str, ...] = ()
    how: str | None = None
    low: float | None = None
    high: float | None = None
    confirmed: bool = True


class Probability(Part, frozen=True, kw_only=True):
    """A probability of the model with its interval (90 percent unless the knowledge says otherwise)."""

    value: float
    low: float
    high: float


class Place(Part, frozen=True, kw_only=True):
    """Where something was read: file, line or resource, and the words there."""

    file: str
    place: str
    words: str = ""
    date: str | None = None
    side: str | None = None
    inferred: bool = False


class FindingShown(Part, frozen=True, kw_only=True):
    """A finding of the case: its value in words and the places it rests on; ``derived`` when it was worked out."""

    id: str
    label: str
    area: str
    value: str
    unit: str | None = None
    note: str = ""
    derived: bool = False
    places: tuple[Place, ...] = ()


class Explained(Part, frozen=True, kw_only=True):
    """One part of a rule: as written, its outcome or value, and the parts below it."""

    text: str
    outcome: Outcome | None = None
    value: str | None = None
    parts: tuple[Explained, ...] = ()


class Missing(Part, frozen=True, kw_only=True):
    """Something to document: a finding, which part of it, and the question to ask."""

    finding: str
    label: str
    detail: str = ""
    question: str | None = None


class RuleResult(Part, frozen=True, kw_only=True):
    """A rule applied to the case: the outcome, why, and the least that would settle it where it is open."""

    rule: str
    outcome: Outcome
    explained: Explained
    findings: tuple[str, ...] = ()
    would_meet: tuple[Missing, ...] = ()
    would_fail: tuple[Missing, ...] = ()


class Said(Part, frozen=True, kw_only=True):
    """A sentence and what it rests on."""

    text: str
    cite: tuple[str, ...] = ()
    confirmed: bool = True


class Flag(Part, frozen=True, kw_only=True):
    """A red flag: present, not asked in full, or excluded by what the chart says."""

    id: str
    tier: Literal["A", "B", "C"]
    tier_label: str
    label: str
    status: Literal["present", "not asked", "answered no"]
    action: str
    figures: tuple[Said, ...]
    result: RuleResult
    ask: tuple[Missing, ...] = ()
    cite: tuple[str, ...]


class Delivery(Part, frozen=True, kw_only=True):
    """Where the drug of one injection went: what the note shows, what that means, and after everything is known."""

    row: str
    label: str
    shows: str
    reached: str
    joint: Figure
    around: Figure
    after_joint: Probability | None = None
    after_around: Probability | None = None
    after_elsewhere: Probability | None = None
    cite: tuple[str, ...] = ()


class Phase(Part, frozen=True, kw_only=True):
    """One of the two results of an injection: relief in percent (``at_least`` that), and how long it lasted."""

    recorded: bool
    category: str
    words: str
    percent: float | None = None
    at_least: bool = False
    lasted: float | None = None
    unit: Literal["hours", "weeks"]
    note: str = ""


class PatternShown(Part, frozen=True, kw_only=True):
    """A row of the injection decision table that fits, or could fit if what is missing were documented. ``why_not``: for
    what reason it is then not asked why relief did not last."""

    id: str
    row: str
    label: str
    meaning: str
    next_step: str
    urgent: bool
    why_not: str | None = None
    result: RuleResult
    cite: tuple[str, ...]


class Injection(Part, frozen=True, kw_only=True):
    """The reading of one injection; ``first_day`` and ``last_day`` are the days its date may mean. ``read_with``: the date
    of the injection whose pattern speaks of this one too."""

    number: int
    date: str
    first_day: str | None = None
    last_day: str | None = None
    target: str
    intent: str
    place: Place
    delivery: Delivery
    anaesthetic: Phase
    steroid: Phase
    modifiers: tuple[Said, ...]
    pattern: PatternShown | None
    read_with: str | None = None
    others: tuple[PatternShown, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Why(Part, frozen=True, kw_only=True):
    """Why relief of one injection did not last: three explanations whose probabilities add up to one, and what the
    note does not state. ``relief_came``: relief in the first hours is documented. ``question``: what relief did."""

    injection: int
    question: Literal["did not last", "wore off", "did not help"] = "did not last"
    not_the_source: Probability
    missed: Probability
    did_not_hold: Probability
    relief_came: bool = False
    unwritten: tuple[str, ...] = ()


class Contribution(Part, frozen=True, kw_only=True):
    """What one part of the evidence adds to the log odds of a source; ``ratio`` is the same as a factor on odds."""

    kind: Literal["group", "cap", "anaesthetic", "steroid"]
    name: str
    label: str
    level: str
    log_odds: float
    ratio: float
    findings: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()


class Source(Part, frozen=True, kw_only=True):
    """A pain source: before any finding, after all of them, and what moved it."""

    id: str
    label: str
    short: str
    kind: str
    meaning: str
    before: float
    before_because: str
    share: Figure
    probability: Probability
    contributions: tuple[Contribution, ...]
    snomed: str | None = None
    cite: tuple[str, ...] = ()


class Turn(Part, frozen=True, kw_only=True):
    """An assumption that, at one end of its range, would put another source first."""

    assumption: str
    place: str
    value: float
    low: float
    high: float
    first: str
    probability: float
    second: str
    second_probability: float


class Sensitivity(Part, frozen=True, kw_only=True):
    """How firm the order of the sources is."""

    words: str
    first_in_draws: tuple[tuple[str, float], ...]
    turns: tuple[Turn, ...]
    independent: tuple[tuple[str, float], ...]
    unconfirmed: tuple[tuple[str, float], ...] = ()
    unconfirmed_findings: tuple[str, ...] = ()


class Result(Part, frozen=True, kw_only=True):
    """A possible result of a question or test, how likely it is, and what it would do to the sources it moves most."""

    label: str
    probability: float
    sources: tuple[tuple[str, float], ...]


class Question(Part, frozen=True, kw_only=True):
    """A question or test that would tell about the sources. Burden: 0 question, 1 examination, 2 blood, 3 radiograph,
    4 MRI, 5 nuclear or arthrography, 6 needle."""

    kind: str
    name: str
    label: str
    ask: str
    burden: int
    burden_label: str
    bits: float
    worth: float
    findings: tuple[str, ...] = ()
    results: tuple[Result, ...]
    cite: tuple[str, ...] = ()


class Criterion(Part, frozen=True, kw_only=True):
    """An entry criterion or a reason to stop, applied to the case."""

    id: str
    text: str
    result: RuleResult
    cite: tuple[str, ...]
    note: str | None = None
    confirmed: bool = True


class ExpectedResult(Part, frozen=True, kw_only=True):
    """A published result of a treatment arm, by the definition that was used; 0 ``months`` is at once."""

    months: float
    unit: Literal["share", "points"]
    figure: Figure
    measure: str
    arm: str
    population: str
    note: str | None = None


class FollowUp(Part, frozen=True, kw_only=True):
    """When to judge, and what counts as failure."""

    when: str
    failure: str
    proposal: bool
    cite: tuple[str, ...]


class SchedulePeriod(Part, frozen=True, kw_only=True):
    """One period of a schedule."""

    period: str
    content: str
    proposal: bool
    cite: tuple[str, ...]


class Schedule(Part, frozen=True, kw_only=True):
    """A time table that goes with an option."""

    id: str
    label: str
    periods: tuple[SchedulePeriod, ...]


class Option(Part, frozen=True, kw_only=True):
    """A test or treatment: whether it is open, on what it rests, and what to expect.

    ``open``: every criterion is met and no reason to stop. ``not now``: a reason to stop, or a criterion that is
    not met. ``undecided``: something is not documented.
    """

    id: str
    step: str
    label: str
    kind: str
    status: Literal["open", "not now", "undecided"]
    summary: str
    criteria: tuple[Criterion, ...]
    stop: tuple[Criterion, ...]
    cautions: tuple[Said, ...]
    possible_cautions: tuple[Said, ...]
    supports: tuple[Said, ...]
    opposes: tuple[Said, ...]
    contested: bool
    expected: tuple[ExpectedResult, ...]
    follow_up: tuple[FollowUp, ...]
    protocol: tuple[Said, ...]
    schedules: tuple[Schedule, ...] = ()
    cite: tuple[str, ...] = ()


class MedicationNotice(Part, frozen=True, kw_only=True):
    """A medication-safety rule that applies, or that would if something were documented."""

    id: str
    number: str
    label: str
    severity: str
    action: str
    planned: bool
    result: RuleResult
    confirmed: bool
    cite: tuple[str, ...]


class Drug(Part, frozen=True, kw_only=True):
    """A drug on the chart and its daily dose, as far as it is known."""

    id: str
    label: str
    words: str
    dose: str
    place: Place


class Medication(Part, frozen=True, kw_only=True):
    """The drugs of the chart and what is unsafe about them."""

    recorded: bool
    drugs: tuple[Drug, ...]
    morphine_equivalents: str
    applies: tuple[MedicationNotice, ...]
    could_apply: tuple[MedicationNotice, ...]


class StepShown(Part, frozen=True, kw_only=True):
    """A step: what to do, why, and the rule it rests on; ``assumption`` is the reason for its thresholds."""

    id: str
    label: str
    because: str
    assumption: str | None = None
    option: str | None
    result: RuleResult
    cite: tuple[str, ...]


class FirstStep(Part, frozen=True, kw_only=True):
    """What to do first, its strongest alternative, and what would change the choice."""

    proposed: StepShown
    alternative: StepShown | None
    would_change: tuple[StepShown, ...]


class Event(Part, frozen=True, kw_only=True):
    """Something dated: a pain score (``value`` of ``top``), a look (at the pain, by questions or examination), a treatment, a
    drug, a procedure."""

    kind: Literal["pain", "look", "treatment", "drug", "procedure", "onset"]
    label: str
    first_day: str
    last_day: str | None = None
    value: float | None = None
    top: float | None = None
    note: str = ""
    finding: str
    place: Place


class NotUsed(Part, frozen=True, kw_only=True):
    """Something in the chart that was not used, and why. ``inferred``: it was used all the same, and ``why`` says what is
    not known of it."""

    what: str
    why: str
    place: Place
    inferred: bool = False


class Disagreement(Part, frozen=True, kw_only=True):
    """Facts that contradict each other, and which was used."""

    finding: str
    label: str
    used: str
    places: tuple[Place, ...]


class CoverageShown(Part, frozen=True, kw_only=True):
    """What was read and what was not. ``not_read`` counts the resources that nothing was taken from, by type, also those
    that ``not_used`` names with the reason."""

    read: dict[str, int]
    not_read: dict[str, int]
    unknown_codes: dict[str, int]
    not_used: tuple[NotUsed, ...]
    texts: tuple[NotUsed, ...]
    disagreements: tuple[Disagreement, ...]


class Cited(Part, frozen=True, kw_only=True):
    """A reference or evidence record that the review cites."""

    id: str
    text: str
    short: str
    claim: str | None = None
    population: str | None = None
    status: Literal["verified", "recalled"] | None = None
    seen_at: str | None = None
    reference: str | None = None


class Who(Part, frozen=True, kw_only=True):
    """Who, which side, which date; ``died`` where the chart says that it was before the review date."""

    patient: str
    age: str
    sex: str
    died: str | None = None
    side: Literal["left", "right"] | None
    review_date: str
    review_date_origin: str
    chart: str
    chart_kind: str


class Versions(Part, frozen=True, kw_only=True):
    """What made this review."""

    program: str
    knowledge: str
    review_schema: str


class PolicyVerdict(Part, frozen=True, kw_only=True):
    """One policy on one service, in short: the verdict and how many of the deciding items are met.

    ``with_unconfirmed`` is the verdict that items nobody could confirm would give, where it is another one.
    """

    policy: str
    short: str
    kind: str
    service: str
    service_label: str
    position: str
    verdict: Verdict
    with_unconfirmed: Verdict | None = None
    met: int
    asked: int
    unconfirmed: int


class ItemShown(Part, frozen=True, kw_only=True):
    """One thing a policy asks for, answered by the chart.

    ``answer`` is the outcome of the rule, except that a met exclusion is called ``excluded`` and one that is not met
    ``met``, so that ``met`` is always what the request needs. What does not ``decide`` is shown only: it could not be
    ``confirmed``, or applies to another stage (``applies_when``).
    """

    id: str
    kind: Literal["criterion", "limit", "exclusion", "document", "scope"]
    topic: str
    text: str
    answer: PolicyAnswer
    result: RuleResult
    confirmed: bool
    decides: bool
    status: str
    via: str | None = None
    confidence: str | None = None
    attribution: str | None = None
    seen_at: str | None = None
    applies_when: str | None = None
    arm: str | None = None
    note: str | None = None


class Judged(Part, frozen=True, kw_only=True):
    """One policy on one service in full. ``would_meet``: the fewest missing facts by which the verdict could be ``met``;
    ``would_fail``: by which the policy could refuse."""

    verdict: PolicyVerdict
    payer: str
    title: str
    documents: tuple[str, ...]
    region: str
    lines_of_business: tuple[str, ...]
    since: str | None
    as_seen: str
    version_seen: str | None
    codes: tuple[str, ...]
    position_confirmed: bool
    statement: str | None = None
    prior_authorization: str | None = None
    notes: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    items: tuple[ItemShown, ...]
    would_meet: tuple[Missing, ...] = ()
    would_fail: tuple[Missing, ...] = ()
    seen_at: tuple[str, ...]


class Review(Part, frozen=True, kw_only=True):
    """The whole answer for one case, in the order in which it is read.

    ``why_not`` says, where ``why`` is empty, for what reason it cannot be answered or is not asked.
    """

    who: Who
    headline: tuple[Said, ...]
    urgent: bool
    red_flags: tuple[Flag, ...]
    injections: tuple[Injection, ...]
    why: Why | None
    why_not: str = ""
    complex: Probability
    none_of_these: Probability
    sources: tuple[Source, ...]
    sensitivity: Sensitivity
    questions: tuple[Question, ...]
    options: tuple[Option, ...]
    medication: Medication
    policies: tuple[PolicyVerdict, ...] = ()
    policies_in_full: tuple[Judged, ...] = ()
    first_step: FirstStep | None
    findings: tuple[FindingShown, ...]
    timeline: tuple[Event, ...]
    labels: dict[str, str]
    coverage: CoverageShown
    references: dict[str, Cited]
    versions: Versions
