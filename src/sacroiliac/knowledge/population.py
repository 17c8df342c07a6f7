"""The types of what is told of a population: the kinds of a worklist, the measures of a report, what is suppressed."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sacroiliac.knowledge.base import CiteKey, Id, Item, Number, Prose, Rule

KindId = Literal["red_flag", "re_evaluation", "unreadable", "repeat_radiofrequency", "not_requested", "one_fact"]
MeasureId = Literal[
    "anaesthetic_recorded", "steroid_recorded", "delivery_shown", "re_evaluated", "flags_answered", "no_contradiction"
]


class Kind(Item, frozen=True, kw_only=True):
    """A reason why somebody is on the worklist; the kinds stand in the order of their urgency. ``next``: what to do,
    where neither a flag, a pattern nor a question says it better."""

    id: KindId
    label: Annotated[str, msgspec.Meta(min_length=3, max_length=36)]
    meaning: Prose
    next: Prose


class ReEvaluation(Item, frozen=True, kw_only=True):
    """When a therapeutic injection is to be judged. ``settled_days``: what is looked at within so many days after it
    says nothing of it. ``areas``: findings of these areas are a re-examination."""

    due_weeks: Number
    settled_days: Number
    areas: tuple[Literal["pain", "examination"], ...]


class Concerned(Item, frozen=True, kw_only=True):
    """Which cases are of this problem; the others stand in the results, but on no worklist and in no report."""

    when: Rule


class RepeatRadiofrequency(Item, frozen=True, kw_only=True):
    """When a radiofrequency may be repeated. ``ask_after_months``: where the chart does not say whether the last one
    helped and wore off, this is asked after so many months."""

    when: Rule
    ask_after_months: Number


class Measure(Item, frozen=True, kw_only=True):
    """A quality measure: of those ``of`` speaks about, the share of which ``counts`` is true. Without citations it is
    this program's own."""

    id: MeasureId
    label: Annotated[str, msgspec.Meta(max_length=48)]
    of: Prose
    counts: Prose
    why: Prose
    cite: tuple[CiteKey, ...] = ()


class Population(Item, frozen=True, kw_only=True):
    """Everything a worklist and a report of a population rest on.

    ``unreadable``: patterns by which an injection says nothing of the joint. ``payers``: the kinds of policies that
    decide on a request. ``decided``: findings of these areas are decided, not found out: their lack is no missing fact.
    ``steps_weeks``: the ends of the periods in which a course is told.
    """

    worklist: tuple[Kind, ...]
    re_evaluation: ReEvaluation
    unreadable: tuple[Id, ...]
    concerned: Concerned
    repeat_radiofrequency: RepeatRadiofrequency
    payers: tuple[Literal["payer_policy", "um_vendor", "hta"], ...]
    decided: tuple[Literal["plan"], ...]
    measures: tuple[Measure, ...]
    steps_weeks: tuple[Number, ...]
    smallest_cell: Number
