"""The types of what a simulated population is drawn from besides the network: people, practice, course and mess.

What a patient's pain comes from, what that makes of the findings and what an injection then does are drawn from the
network itself and have no numbers here.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sacroiliac.knowledge.base import CiteKey, Id, Item, Number, Prose

Value = bool | float | str
Name = Annotated[str, msgspec.Meta(min_length=1)]


class Span(Item, frozen=True, kw_only=True):
    """Whole days, each as likely as the next: ``least`` and more, but fewer than ``below``."""

    least: Number
    below: Number


class Choice(Item, frozen=True, kw_only=True):
    """One of several values, and its share of them."""

    value: Value
    share: Number


class State(Item, frozen=True, kw_only=True):
    """Something true of some people before anything is examined: a yes-or-no finding, in whom and how often."""

    finding: Id
    share: Number
    sex: Literal["female", "male"] | None = None
    youngest: Number | None = None
    oldest: Number | None = None


class People(Item, frozen=True, kw_only=True):
    """Whom the population is made of. Ages in years, times in months or days before the last visit.

    ``told``: how often onset, ancestry, habits and states that are no diagnosis are written down; ``asked``: how often a
    "no" about a state is. ``pain_years_of_youngest``: within how many years the pain of the youngest began.
    ``right``: how often the right side is the painful one, or of both the first.
    """

    women: Number
    age_mean: Number
    age_sd: Number
    youngest: Number
    oldest: Number
    pain_months_median: Number
    pain_months_spread: Number
    pain_months_shortest: Number
    pain_years_of_youngest: Number
    childbirth_share: Number
    childbirth_oldest: Number
    childbirth_months: Number
    right: Number
    both_sides: Number
    last_visit_days: Number
    states: tuple[State, ...]
    told: Number
    asked: Number
    bmi: Number
    bmi_sd: Number
    bmi_lowest: Number
    diagnosed_years: Number
    ancestry: tuple[Choice, ...]
    nicotine: tuple[Choice, ...]


class Image(Item, frozen=True, kw_only=True):
    """A scan that charts show to have been done, and how often."""

    concept: Id
    share: Number


class Recorded(Item, frozen=True, kw_only=True):
    """How often charts state a group of findings, by its stage. ``site_spread``: the sites differ by this factor.

    ``diagnosed_days``: how long before the last visit a finding was written down that is a diagnosis. ``stale_windows``: below
    how many windows the age of an examination is that is too old. ``crp_margin``: how far from its limit CRP stays.
    """

    history: Number
    examination: Number
    laboratory: Number
    imaging: Number
    block: Number
    diagnosis: Number
    diagnosed_days: Span
    stale_windows: Number
    provocation: Number
    provocation_all: Number
    site_spread: Number
    images: tuple[Image, ...]
    disability: Number
    crp_normal: Number
    crp_raised: Number
    crp_margin: Number


class Note(Item, frozen=True, kw_only=True):
    """One way in which the note of an injection reads: fields of the injection record."""

    id: Id
    share: Number
    fields: dict[Id, Value]


class Product(Item, frozen=True, kw_only=True):
    """A product as it was injected: its words, and the codes of the product where one was seen."""

    drug: Id
    text: Name
    rxnorm: str | None = None
    ndc: str | None = None
    mg_per_ml: Number
    millilitres: Number
    share: Number
    seen_at: str | None = None


class Practice(Item, frozen=True, kw_only=True):
    """How injections are done and written down.

    ``percent_step`` and ``hours_step``: to what relief is rounded. ``gone_weeks``: the longest relief that had gone by the first
    time of the steroid table, as a part of that time; ``kept_weeks``: the longest of all, as a multiple of the last time.
    ``called_off``: how often of an injection that was ordered there is an appointment that was called off.
    """

    notes: tuple[Note, ...]
    branch_notes: tuple[Note, ...]
    anaesthetics: tuple[Product, ...]
    steroids: tuple[Product, ...]
    contrast: Product
    steroid_given: Number
    large_volume: Number
    large_volume_ml: Number
    sedation: tuple[Choice, ...]
    diary: tuple[Choice, ...]
    intent: tuple[Choice, ...]
    leg_numbness: Number
    short_relief: Number
    shortest_hours: Number
    relief_hours: Number
    percent_step: Number
    hours_step: Number
    gone_weeks: Number
    kept_weeks: Number
    called_off: Number
    baseline_nrs: Number
    baseline_nrs_sd: Number
    least_pain: Number
    baseline_odi: Number
    baseline_odi_sd: Number


class Drug(Item, frozen=True, kw_only=True):
    """A drug that some patients take, one at a time: the words of its prescription."""

    drug: Id
    text: Name
    per_day: Number
    share: Number


class AfterRadiofrequency(Item, frozen=True, kw_only=True):
    """What follows radiofrequency, between two months: the same again, or fusion."""

    first_month: Number
    last_month: Number
    again: Number
    fusion: Number


class Course(Item, frozen=True, kw_only=True):
    """What is done after an injection, how often, and how many days later.

    ``radiofrequency_relief``: the share with half relief at each of ``radiofrequency_months``. ``fusion_blocks``: how many
    blocks of the joint helped before a fusion; ``first_scores_days``: how long before it, or before months without another
    procedure, the first scores are taken. ``step_varies``: by which part of itself a step takes longer at most.
    ``drug_days``: how long before the last visit a drug was prescribed.
    """

    first_injection_days: Number
    newest_injection_days: Number
    consultation_days: Number
    second_block: Number
    repeat_after_relief: Number
    lateral_branch_block: Number
    radiofrequency: Number
    after_radiofrequency: AfterRadiofrequency
    fusion: Number
    fusion_blocks: Number
    first_scores_days: Number
    followed_without_surgery: Number
    step_days: Number
    step_varies: Number
    pain_varies: Number
    therapy: Number
    therapy_sessions: Number
    therapy_sessions_most: Number
    therapy_every_days: Number
    therapy_days: Number
    radiofrequency_months: tuple[Number, ...]
    radiofrequency_relief: tuple[Number, ...]
    drug_days: Span
    drugs: tuple[Drug, ...]


class Visit(Item, frozen=True, kw_only=True):
    """An outcome some months after a treatment: level, spread of level and of change, and how many gained enough."""

    months: float
    mean: Number
    sd: Number
    change_sd: Number | None = None
    response: Number | None = None


class Outcome(Item, frozen=True, kw_only=True):
    """One score of an arm over time: the scale it is counted on, and what was measured on it.

    ``entry`` bounds the baseline. ``response_points``: by how much the score has to fall for a response.
    """

    lowest: float
    highest: float
    step: float
    entry: Number
    baseline: Number
    baseline_sd: Number
    response_points: Number | None = None
    visits: tuple[Visit, ...]


class Arm(Item, frozen=True, kw_only=True):
    """One arm of a trial."""

    id: Id
    label: Prose
    pain: Outcome
    disability: Outcome
    utility: Outcome
    cite: tuple[CiteKey, ...]


class Trials(Item, frozen=True, kw_only=True):
    """The arms that scores after fusion and without it are drawn from, and how scores hang together.

    ``effects`` names, for each setting of the effect, the arm of fusion and its control.
    """

    arms: tuple[Arm, ...]
    effects: dict[Literal["insite", "sham"], tuple[Id, Id]]
    between_visits: Number
    between_scores: Number


class Mess(Item, frozen=True, kw_only=True):
    """How often charts say things in another way than the cleanest one, or not at all (docs/simulation.md lists them)."""

    anaesthetic_phase_missing: Number
    steroid_phase_missing: Number
    technique_missing: Number
    note_only: Number
    record_form: Number
    scores_only: Number
    unlinked: Number
    claim_only: Number
    administration_only: Number
    drugs_in_procedure: Number
    product_code: Number
    ndc_code: Number
    score_as_string: Number
    score_as_vas: Number
    unsided: Number
    no_side: Number
    words_for_code: Number
    month_only: Number
    stale: Number
    duplicate: Number
    resolved: Number
    refuted: Number
    entered_in_error: Number
    planned: Number
    only_planned: Number


class NotCounting(Item, frozen=True, kw_only=True):
    """Diagnoses that are in charts and do not count (concepts), and how long ago they were written down.

    ``resolved_days``: before the pain began, and ``resolved_after`` days later over; the others before the last visit.
    ``procedure_in_error_days``: the same for an injection that somebody else had.
    """

    resolved: tuple[Id, ...]
    refuted: tuple[Id, ...]
    entered_in_error: tuple[Id, ...]
    resolved_days: Span
    resolved_after: Span
    refuted_days: Span
    entered_in_error_days: Span
    procedure_in_error_days: Span


class Everyday(Item, frozen=True, kw_only=True):
    """A kind of resource that has nothing to do with the joint. ``low`` and ``high`` bound a measured value."""

    resource: Literal[
        "Observation", "Condition", "MedicationRequest", "Immunization", "Encounter", "Claim", "Procedure"
    ]
    system: str
    code: str
    text: Name
    category: str | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    share: Number


class Scene(Item, frozen=True, kw_only=True):
    """Where care is given and who pays."""

    sites: int
    clinicians: int
    payers: tuple[Name, ...]


SHARED = Choice | State | Image | Note | Product | Drug | Everyday
"""What has a share."""


class Simulation(Item, frozen=True, kw_only=True, eq=False):
    """Everything a simulated population needs besides the network.

    ``years`` of other care are in a chart; ``resource_spread`` is that of the logarithm of how much of it there is.
    """

    people: People
    recorded: Recorded
    practice: Practice
    course: Course
    trials: Trials
    mess: Mess
    not_counting: NotCounting
    scene: Scene
    years: Number
    resource_spread: Number
    everyday: tuple[Everyday, ...]
