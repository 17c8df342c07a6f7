"""The typed, frozen model of the clinical content.

Every file under ``knowledge/data`` is read into these types; a file that does not fit cannot be loaded.
What ties the files to each other (a citation that must exist, a rule that names a finding) is checked in
:mod:`sacroiliac.knowledge.lint`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from sacroiliac.knowledge.base import CiteKey, Id, Item, Number, Prose, Rule, Status
from sacroiliac.knowledge.policy import Coverage, Policy
from sacroiliac.knowledge.population import Population
from sacroiliac.knowledge.simulation import Simulation
from sacroiliac.rules import FactType

__all__ = ["CiteKey", "Id", "Item", "Number", "Prose", "Rule", "Status"]

Burden = Annotated[int, msgspec.Meta(ge=0, le=10)]


# ------------------------------------------------------------------------------------- where things come from


class Reference(Item, frozen=True, kw_only=True):
    """A published work or document. Fields that were not seen are left out, never guessed."""

    id: CiteKey
    title: str | None = None
    authors: str | None = None
    journal: str | None = None
    year: int | None = None
    volume_pages: str | None = None
    doi: str | None = None
    pmid: str | None = None


class Evidence(Item, frozen=True, kw_only=True):
    """One claim of one reference, in our own words, with the figures read in it.

    ``status`` is ``verified`` when the figures were read at ``seen_at``, ``recalled`` when they were not
    seen and therefore decide nothing by themselves. ``unused`` says why nothing cites the record.
    """

    id: CiteKey
    reference: CiteKey
    topic: str
    claim: Prose
    figures: dict[str, Any] = msgspec.field(default_factory=dict)
    population: str | None = None
    standard: str | None = None
    design: str | None = None
    status: Status
    seen_at: str | None = None
    unused: Prose | None = None


class Statement(Item, frozen=True, kw_only=True):
    """A sentence shown to the reader, with what it rests on."""

    text: Prose
    cite: tuple[CiteKey, ...]
    when: Rule | None = None


# ------------------------------------------------------------------------------------------------------ codes

System = Literal["snomed", "icd10cm", "loinc", "rxnorm", "cpt", "hcpcs", "ucum", "local"]


class Code(Item, frozen=True, kw_only=True):
    """One code of a terminology. ``match`` tells whether longer codes (ICD-10-CM children) count too."""

    system: System
    code: str
    display: str
    status: Literal["verified", "unverified"]
    uri: str | None = None
    match: Literal["exact", "prefix"] = "exact"
    side: Literal["left", "right", "bilateral"] | None = None
    emit: bool = True
    seen_at: str | None = None
    note: str | None = None


class Concept(Item, frozen=True, kw_only=True):
    """A clinical idea that charts express in codes or, for drugs, in names."""

    id: Id
    label: Prose
    kind: Literal["condition", "observation", "procedure", "medication", "qualifier", "bodysite", "device", "system"]
    codes: tuple[Code, ...] = ()
    names: tuple[str, ...] = ()
    note: str | None = None


# --------------------------------------------------------------------------------------------------- findings


class Window(Item, frozen=True, kw_only=True):
    """For how many days before the review date findings of one kind count."""

    id: Id
    label: Prose
    days: Number
    cite: tuple[CiteKey, ...] = ()


class CodedAs(Item, frozen=True, kw_only=True):
    """How a coded concept becomes a value of a finding.

    Without ``value`` the value is the observation's own; with it, the concept's presence means that value.
    """

    concept: Id
    value: bool | str | float | None = None


class Field(Item, frozen=True, kw_only=True):
    """One field of a record finding."""

    type: Literal["bool", "number", "date", "text", "set"]
    meaning: Prose
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    codes: tuple[CodedAs, ...] = ()


class AskedOf(Item, frozen=True, kw_only=True):
    """Whom a question is for. Of anybody else the answer is no (or never), unless the chart says otherwise."""

    sex: Literal["female", "male"]
    oldest: Number


class Finding(Item, frozen=True, kw_only=True):
    """One thing the chart may say about a case: its type, when it counts, and how to ask for it.

    ``members`` gives, for a set that is worked out, the rule by which each word is in it. ``raised_above``: a yes-or-no
    finding is yes where one of these numbers is above its limit; below it decides nothing.
    """

    id: Id
    label: Prose
    area: Literal[
        "context", "pain", "history", "examination", "laboratory", "imaging", "block", "injections",
        "conservative_care", "medication", "red_flag", "plan", "document", "record",
    ]  # fmt: skip
    type: Literal["bool", "number", "date", "text", "set", "record", "records"]
    meaning: Prose
    question: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    values_from: Literal["medications", "drug_classes"] | None = None
    words: dict[str, str] = msgspec.field(default_factory=dict)
    members: dict[str, Rule] = msgspec.field(default_factory=dict)
    fields: dict[str, Field] = msgspec.field(default_factory=dict)
    side: Literal["sided", "unsided"] = "unsided"
    asked_of: AskedOf | None = None
    window: Id | None = None
    burden: Burden = 0
    codes: tuple[CodedAs, ...] = ()
    derived: Prose | None = None
    made_from: tuple[Id, ...] = ()
    raised_above: dict[Id, Number] = msgspec.field(default_factory=dict)
    used_by_policies: bool = False

    @property
    def fact_type(self) -> FactType:
        """The type of this finding in the criterion language."""
        parts = {name: FactType(part.type, part.values) for name, part in self.fields.items()}
        return FactType(self.type, self.values, parts)


# ---------------------------------------------------------------------------------------- sources and priors


class Share(Item, frozen=True, kw_only=True):
    """How often a source is found where ``when`` holds (the last entry, without ``when``, holds otherwise)."""

    value: Number
    when: Rule | None = None
    label: Prose


class Source(Item, frozen=True, kw_only=True):
    """A possible origin of the pain.

    A source that is ``part_of`` a complex takes ``part`` of the complex's share.
    ``kept`` shares stand as published; the others share what the number of sources leaves them.
    ``snomed`` is the SNOMED CT code that means the same, where one was verified.
    """

    id: Id
    label: Prose
    short: Annotated[str, msgspec.Meta(max_length=24)]
    kind: Literal["joint", "ligament", "spine", "hip", "inflammatory", "nerve", "dangerous"]
    meaning: Prose
    shares: tuple[Share, ...] = ()
    part_of: Id | None = None
    part: Number | None = None
    kept: bool = False
    answers_like_joint: bool = False
    snomed: str | None = None
    cite: tuple[CiteKey, ...] = ()


class Complex(Item, frozen=True, kw_only=True):
    """Sources that share one published prevalence (the joint and the ligaments behind it)."""

    id: Id
    label: Prose
    shares: tuple[Share, ...]


class Counts(Item, frozen=True, kw_only=True):
    """How many sources a patient has at once; three takes what the others leave."""

    none: Number
    one: Number
    two: Number


class Sources(Item, frozen=True, kw_only=True):
    """Everything known before a finding is looked at."""

    counts: Counts
    complexes: tuple[Complex, ...]
    sources: tuple[Source, ...]


# -------------------------------------------------------------------------------------------- likelihood groups


class Likelihood(Item, frozen=True, kw_only=True):
    """How one source makes a group's levels likely.

    Either ``sensitivity`` (with the group's ``specificity``), or ``ratios``: the likelihood ratio of each
    level against no source at all. One level may be left out: it follows from the others.
    """

    sensitivity: Number | None = None
    ratios: dict[str, Number] = msgspec.field(default_factory=dict)


class Reading(Item, frozen=True, kw_only=True):
    """The first rule that is met says which levels of the group the chart is compatible with."""

    when: Rule
    levels: tuple[Id, ...]


class Damping(Item, frozen=True, kw_only=True):
    """Where ``group`` has spoken already, this group's log likelihood ratios are multiplied by ``factor``."""

    group: Id
    factor: Number


class Group(Item, frozen=True, kw_only=True):
    """Findings that speak once, together. Levels ascend from least to most suggestive.

    The group is a noisy-OR (with more than two levels a noisy-MAX): each source present pushes the
    level up on its own, and the background does so without any.
    """

    id: Id
    label: Prose
    stage: Literal["history", "examination", "laboratory", "imaging", "block"]
    levels: tuple[Id, ...]
    level_labels: dict[str, str]
    specificity: Number | None = None
    background: dict[str, Number] = msgspec.field(default_factory=dict)
    sources: dict[Id, Likelihood]
    weight: Number | None = None
    readings: tuple[Reading, ...]
    asks: tuple[Id, ...]
    burden: Burden
    replaces: tuple[Id, ...] = ()
    damped_by: tuple[Damping, ...] = ()
    capped: bool = False
    definitive: bool = False
    use: Literal["model", "unconfirmed", "ignored"] = "model"
    why: Prose
    cite: tuple[CiteKey, ...]


class Limits(Item, frozen=True, kw_only=True):
    """Bounds on what findings may do before any injection is read."""

    smallest_ratio: Number
    largest_ratio: Number
    largest_definitive_ratio: Number
    examination_cap: Number


class Likelihoods(Item, frozen=True, kw_only=True):
    """The tables that tie findings to sources."""

    limits: Limits
    groups: tuple[Group, ...]


# --------------------------------------------------------------------------------------------------- injections


class DeliveryRow(Item, frozen=True, kw_only=True):
    """Where the drug went, given what the note says (evaluated per injection; the first row met counts)."""

    id: Id
    reached: Literal["joint", "around", "posterior", "unproven", "elsewhere"]
    label: Prose
    when: Rule | None = None
    joint: Number
    around: Number
    cite: tuple[CiteKey, ...]
    shows: Prose


class Relief(Item, frozen=True, kw_only=True):
    """P(best relief of the index pain in the anaesthetic window): high, and partial among the rest."""

    high: Number
    partial: Number


class AnaestheticTable(Item, frozen=True, kw_only=True):
    """Rows by what the source is, columns by where the drug went."""

    high_from_percent: Number
    partial_from_percent: Number
    joint: dict[Literal["joint", "around", "elsewhere"], Relief]
    ligament: dict[Literal["joint", "around", "elsewhere"], Relief]
    other: dict[Literal["joint", "around", "elsewhere"], Relief]
    repeat_high: dict[Literal["joint", "ligament", "other"], Number]
    shared_pain: Number
    cite: tuple[CiteKey, ...]


class SteroidTable(Item, frozen=True, kw_only=True):
    """P(at least half relief still there) at each time, by source and anaesthetic category."""

    weeks: tuple[Number, ...]
    sustained_from_percent: Number
    rows: dict[
        Literal["joint", "ligament", "other", "inflammatory"],
        dict[Literal["high", "partial", "low"], tuple[Number, ...]],
    ]
    modifiers: tuple[SteroidModifier, ...] = ()
    cite: tuple[CiteKey, ...]


class SteroidModifier(Item, frozen=True, kw_only=True):
    """A circumstance that multiplies the chance of lasting relief (``weeks``: only at these)."""

    id: Id
    label: Prose
    when: Rule
    factor: Number
    weeks: tuple[float, ...] = ()
    cite: tuple[CiteKey, ...]


class PhaseModifier(Item, frozen=True, kw_only=True):
    """A circumstance that weakens what the anaesthetic phase says.

    ``power`` raises the likelihood to that power (halving the log likelihood ratio is 0.5);
    ``placebo`` multiplies the chance of relief where the injected structure is not the source;
    ``spread`` counts the drug as having reached the joint and the ligaments.
    """

    id: Id
    label: Prose
    when: Rule
    effect: Literal["power", "placebo", "spread"]
    number: Number | None = None
    cite: tuple[CiteKey, ...]


class Pattern(Item, frozen=True, kw_only=True):
    """One row of the injection decision table. ``why_not``: for what reason nobody asks why relief did not last."""

    id: Id
    row: str
    label: Prose
    when: Rule
    meaning: Prose
    next_step: Prose
    urgent: bool = False
    why_not: Prose | None = None
    cite: tuple[CiteKey, ...]


class NoteItem(Item, frozen=True, kw_only=True):
    """Something a procedure note should state, and the field of the injection record that holds it."""

    field: Id
    label: Prose
    cite: tuple[CiteKey, ...]


class Injections(Item, frozen=True, kw_only=True):
    """How an injection is read. ``worked_out`` names what is worked out of each injection record."""

    worked_out: dict[str, Field]
    delivery: tuple[DeliveryRow, ...]
    anaesthetic: AnaestheticTable
    steroid: SteroidTable
    modifiers: tuple[PhaseModifier, ...]
    shortest_relief_hours: dict[str, Number]
    patterns: tuple[Pattern, ...]
    note_checklist: tuple[NoteItem, ...]


# ---------------------------------------------------------------------------------------- flags, options, drugs


class RedFlag(Item, frozen=True, kw_only=True):
    """A notice to stop and check. Tier A: the same day; tier B: a test; tier C: only adds weight."""

    id: Id
    tier: Literal["A", "B", "C"]
    label: Prose
    when: Rule
    action: Prose
    figures: tuple[Statement, ...] = ()
    asks: tuple[Id, ...]
    cite: tuple[CiteKey, ...]


class Criterion(Item, frozen=True, kw_only=True):
    """An entry criterion of an option."""

    id: Id
    text: Prose
    rule: Rule
    cite: tuple[CiteKey, ...]
    note: str | None = None


class Expected(Item, frozen=True, kw_only=True):
    """A published result: how many, by when (0 months: at once), by which definition, in whom.

    A ``measure`` that is a share of patients, joints or procedures says so with that word.
    """

    months: float
    value: Number
    measure: Prose
    arm: Prose
    population: Prose
    note: str | None = None

    @property
    def unit(self) -> Literal["share", "points"]:
        """Whether the value is a share (0 to 1) or points of a scale."""
        return "share" if "share" in self.measure.split() else "points"


class FollowUp(Item, frozen=True, kw_only=True):
    """When to judge a treatment, and what counts as failure."""

    when: Prose
    failure: Prose
    cite: tuple[CiteKey, ...]
    proposal: bool = False


class Option(Item, frozen=True, kw_only=True):
    """A test or a treatment."""

    id: Id
    step: str
    label: Prose
    kind: Literal["test", "treatment", "referral"]
    summary: Prose
    criteria: tuple[Criterion, ...]
    stop: tuple[Criterion, ...] = ()
    cautions: tuple[Statement, ...] = ()
    supports: tuple[Statement, ...] = ()
    opposes: tuple[Statement, ...] = ()
    contested: bool = False
    expected: tuple[Expected, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()
    protocol: tuple[Statement, ...] = ()
    cite: tuple[CiteKey, ...]


class DrugClass(Item, frozen=True, kw_only=True):
    """A class of drugs by ingredient (concept ids)."""

    id: Id
    label: Prose
    members: tuple[Id, ...]


class MedicationRule(Item, frozen=True, kw_only=True):
    """A medication-safety rule (M1 to M21)."""

    id: Id
    number: str
    label: Prose
    when: Rule
    action: Prose
    severity: Literal["do not give", "avoid", "adjust", "caution", "note"]
    drugs: tuple[Id, ...] = ()
    cite: tuple[CiteKey, ...]


class Opioid(Item, frozen=True, kw_only=True):
    """Factor that turns a daily dose into morphine milligram equivalents."""

    ingredient: Id
    factor: Number
    per: Literal["mg/day", "mcg/h"]
    route: str | None = None


class DailyDose(Item, frozen=True, kw_only=True):
    """A finding that holds the daily dose (mg) of a drug, for rules that need it."""

    ingredient: Id
    finding: Id


class CockcroftGault(Item, frozen=True, kw_only=True):
    """The formula for creatinine clearance: (age_from - age) x weight / (divisor x creatinine), less in women."""

    age_from: Number
    divisor: Number
    factor_women: Number


class Medications(Item, frozen=True, kw_only=True):
    """Drug classes, safety rules, opioid factors and the kidney formula."""

    classes: tuple[DrugClass, ...]
    rules: tuple[MedicationRule, ...]
    opioids: tuple[Opioid, ...]
    daily_doses: tuple[DailyDose, ...] = ()
    cockcroft_gault: CockcroftGault


class Step(Item, frozen=True, kw_only=True):
    """A candidate for what to do first: the first whose rule is met is proposed, the next is its alternative.

    One that stands ``alone`` is proposed without an alternative. ``assumption``: why its rule has the thresholds of
    probabilities that it has, which no publication gives.
    """

    id: Id
    alone: bool = False
    option: Id | None = None
    label: Prose
    when: Rule
    because: Prose
    assumption: Prose | None = None
    cite: tuple[CiteKey, ...]


class Schedule(Item, frozen=True, kw_only=True):
    """A time table: visits after a treatment, phases of a programme."""

    id: Id
    label: Prose
    option: Id
    rows: tuple[ScheduleRow, ...]


class ScheduleRow(Item, frozen=True, kw_only=True):
    """One period of a schedule."""

    period: Prose
    content: Prose
    cite: tuple[CiteKey, ...]
    proposal: bool = False


class Ranking(Item, frozen=True, kw_only=True):
    """How the next questions and tests are put in order, how the numbers are swept, and from what age they hold."""

    adult_from: Number
    burden_discount: Number
    burdens: tuple[Prose, ...]
    draws: int
    interval: Number
    smallest_information: Number
    order_margin: Number


class TerminologySystem(Item, frozen=True, kw_only=True):
    """A code system: the URI to write, and every form accepted on input."""

    id: System
    label: Prose
    uri: str
    accepted: tuple[str, ...] = ()


class Knowledge(Item, frozen=True, kw_only=True, eq=False):
    """All clinical content. Items are kept by id, in the order of their files.

    It is only ever the same as itself, so that what is worked out from it can be remembered by it.
    """

    version: str
    systems: dict[str, TerminologySystem]
    references: dict[str, Reference]
    evidence: dict[str, Evidence]
    concepts: dict[str, Concept]
    windows: dict[str, Window]
    findings: dict[str, Finding]
    sources: Sources
    likelihoods: Likelihoods
    injections: Injections
    red_flags: dict[str, RedFlag]
    options: dict[str, Option]
    medications: Medications
    steps: tuple[Step, ...]
    schedules: dict[str, Schedule]
    ranking: Ranking
    policies: dict[str, Policy]
    coverage: Coverage
    population: Population
    simulation: Simulation
