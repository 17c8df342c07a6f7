"""Put the review of every case together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from sacroiliac import __version__
from sacroiliac.cases import Builder, Case, Cases, review_date
from sacroiliac.chart.dates import written, written_span
from sacroiliac.chart.facts import SOME_DAY, Chart, Side
from sacroiliac.inference import Answer, Evidence, Model, Rules, answer, evidence, questions, sensitivity
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.review import (
    coverage,
    flags,
    headline,
    injection_reading,
    labels,
    medication,
    model,
    options,
    references,
    sources,
    steps,
    timeline,
)
from sacroiliac.review.context import Context
from sacroiliac.review.policies.brief import brief, in_full
from sacroiliac.rules import Vocabulary

WITH_UNCONFIRMED = frozenset({"model", "unconfirmed"})


@dataclass
class Reviewer:
    """Makes reviews by one knowledge. Make it once: rules are parsed and tables worked out when first needed."""

    knowledge: Knowledge
    builder: Builder = field(init=False)
    rules: Rules = field(init=False)
    network: Model = field(init=False)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.builder = Builder(self.knowledge)
        self.rules = Rules(self.knowledge)
        self.network = Model(self.knowledge)
        self.context = Context(self.knowledge)

    @cached_property
    def words_of_review(self) -> Vocabulary:
        """The vocabulary of the rules about the first step."""
        return vocabulary.of_review(self.knowledge)

    def review(
        self,
        charts: Sequence[Chart],
        as_of: int | None = None,
        side: Side | None = None,
        policies_in_full: bool = False,
    ) -> list[model.Review]:
        """The reviews of some charts, one for each painful side.

        :param as_of: the review date as a day number; without it the date the chart names, or its last entry
        :param side: only this side
        :param policies_in_full: also every item of every policy, with its working
        :raises InputError: when a chart has no date at all
        """
        dated = [(chart, *review_date(chart, as_of)) for chart in charts]
        batch = self.builder.build([(chart, day, side) for chart, day, _ in dated])
        origins = {id(chart): origin for chart, _, origin in dated}
        found = evidence(self.rules, batch.table, batch.injections, batch.offsets)
        wider = evidence(self.rules, batch.table, batch.injections, batch.offsets, WITH_UNCONFIRMED)
        return [
            self._review(batch, row, found[row], wider[row], origins[id(case.chart)], policies_in_full)
            for row, case in enumerate(batch.cases)
        ]

    def _review(
        self, batch: Cases, row: int, known: Evidence, wider: Evidence, origin: str, policies_in_full: bool
    ) -> model.Review:
        context, case = self.context, batch.cases[row]
        start = int(batch.offsets[row])
        turns_on = index(case)
        answered = answer(self.network, known, turns_on)
        listed = sources.sources(context, self.rules, case, answered)
        shown_flags = flags.flags(context, case, batch.table, row)
        shown_injections = injection_reading.injections(context, case, batch.injections, start, answered)
        shown_options = options.options(context, case, batch.table, row)
        shown_index = None if turns_on is None else shown_injections[turns_on]
        pattern = None if shown_index is None else shown_index.pattern
        seen = steps.row_of_review(
            self.words_of_review,
            batch.injections,
            None if turns_on is None else start + turns_on,
            batch.table,
            row,
            answered,
            pattern.id if pattern else None,
            shown_flags,
            shown_options,
        )
        step = steps.first_step(context, seen, shown_options)
        firm = sources.sensitivity(
            context,
            self.network,
            sensitivity(self.network, known, wider),
            listed[0].id,
            self._unconfirmed(known, wider),
        )
        asked = sources.questions(context, case, questions(self.network.point, self.rules, known, batch.table, row))
        shown_medication = medication.medication(context, case, batch.table, row)
        why_not = _why_not(case, shown_index)
        found = coverage.findings(context, case)
        about = who(case, origin, found)
        why = None if why_not or shown_index is None else _why(answered, shown_index)
        said = headline.headline(
            shown_flags,
            shown_index,
            why,
            why_not,
            listed,
            asked,
            step,
            shown_medication,
            _left_out(case),
            self._child(case),
            about.died,
        )
        parts = (said, shown_flags, shown_injections, listed, firm, asked, shown_options, shown_medication, step)
        return model.Review(
            who=about,
            headline=said,
            urgent=flags.urgent(shown_flags),
            red_flags=shown_flags,
            injections=shown_injections,
            why=why,
            why_not=why_not,
            complex=injection_reading.probability(answered.complex),
            none_of_these=injection_reading.probability(answered.none),
            sources=listed,
            sensitivity=firm,
            questions=asked,
            options=shown_options,
            medication=shown_medication,
            policies=brief(context, case, batch.table, row),
            policies_in_full=in_full(context, case, batch.table, row) if policies_in_full else (),
            first_step=step,
            findings=found,
            timeline=timeline.timeline(context, self.builder.index, case),
            labels=labels.labels(self.knowledge),
            coverage=coverage.coverage(context, case),
            references=references.references(self.knowledge, parts),
            versions=model.Versions(program=__version__, knowledge=self.knowledge.version, review_schema=model.SCHEMA),
        )

    def _unconfirmed(self, known: Evidence, wider: Evidence) -> tuple[str, ...]:
        """The groups that would speak if figures that were not seen counted."""
        names = {reading[0] for reading in wider.levels} - {reading[0] for reading in known.levels}
        return tuple(sources.group_named(self.context, name).label for name in sorted(names))

    def _child(self, case: Case) -> bool:
        """Whether the patient is surely younger than those for whom the figures hold."""
        age = case.findings.get("age_years")
        years = None if age is None else age.value[1] if isinstance(age.value, tuple) else age.value
        return years is not None and years < self.knowledge.ranking.adult_from.value


def who(case: Case, origin: str, found: tuple[model.FindingShown, ...]) -> model.Who:
    shown = {one.id: one.value for one in found if one.id in ("age_years", "sex")}
    return model.Who(
        patient=case.chart.patient.id,
        age=shown.get("age_years", "not documented"),
        sex=shown.get("sex", "not documented"),
        died=None if case.died is None else "date not stated" if case.died == SOME_DAY else written_span(case.died),
        side=case.side,  # type: ignore[arg-type]
        review_date=written(case.review),
        review_date_origin=origin,
        chart=case.chart.file,
        chart_kind=case.chart.kind,
    )


def index(case: Case) -> int | None:
    """The injection a review turns on: the last one aimed at the joint, else the last one."""
    joint = [number for number, one in enumerate(case.injections) if one.values.get("target", "joint") == "joint"]
    return joint[-1] if joint else len(case.injections) - 1 if case.injections else None


def _why_not(case: Case, shown: model.Injection | None) -> str:
    """For what reason the question why relief did not last cannot be answered, or is not asked."""
    if shown is None:
        return why_not(None)
    refused = None if shown.pattern is None else shown.pattern.why_not
    return why_not(case.injections[shown.number].values, shown.anaesthetic, shown.steroid, refused)


def why_not(
    values: Mapping[str, Any] | None,
    anaesthetic: model.Phase | None = None,
    steroid: model.Phase | None = None,
    refused: str | None = None,
) -> str:
    """The same, from the fields of an injection (None: there is none), its phases and what its pattern says of it."""
    if values is None or anaesthetic is None or steroid is None:
        return "there is no injection of this side to explain"
    if refused is not None:
        return refused
    if not anaesthetic.recorded and not steroid.recorded:
        return "neither phase of relief is written down, so the chart does not even say that it did not last"
    diagnostic = values.get("steroid") is False and values.get("intent") != "therapeutic"
    if diagnostic and anaesthetic.category == "high":
        return "the last injection was a diagnostic block that helped, and was never meant to last"
    return ""


def _why(answered: Answer, shown: model.Injection) -> model.Why:
    """Why relief did not last, as the network sees it."""
    assert answered.why is not None
    question: Literal["did not last", "wore off", "did not help"] = "did not last"
    if shown.steroid.category == "held":
        question = "wore off"
    elif shown.steroid.category == "none given":
        question = "did not help"
    return model.Why(
        injection=shown.number,
        question=question,
        not_the_source=injection_reading.probability(answered.why.not_the_source),
        missed=injection_reading.probability(answered.why.missed),
        did_not_hold=injection_reading.probability(answered.why.did_not_hold),
        relief_came=shown.anaesthetic.category in headline.HELPED,
        unwritten=shown.missing,
    )


def _left_out(case: Case) -> str:
    """Which injections of the chart were not read for want of a side, or because of their date."""
    listed = [fact for fact in case.chart.facts if fact.concept == "sij_injections" and fact.value is not None]
    unsided = sum(fact.side is None for fact in listed)
    later = sum(fact.when is not None and fact.when[0] > case.review for fact in listed)
    if unsided:
        number = "1 injection has" if unsided == 1 else f"{unsided} injections have"
        return f"{number} no side on the chart, and cannot be read: document the side."
    if later:
        number = "1 injection is" if later == 1 else f"{later} injections are"
        return f"{number} dated after the review date, and not read: check the date."
    return ""
