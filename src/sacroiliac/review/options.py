"""The options as a ladder: what is open, on what each rests, what to expect, and both sides where trials disagree."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from msgspec.structs import replace

from sacroiliac.cases import Case
from sacroiliac.knowledge.model import Criterion, Knowledge, Option
from sacroiliac.review import model
from sacroiliac.review.context import Context, met
from sacroiliac.rules import NOT_DOCUMENTED, Table


def options(context: Context, case: Case, table: Table, row: int) -> tuple[model.Option, ...]:
    """Every option of the knowledge, in the order of the ladder."""
    return tuple(_option(context, one, table, row) for one in ladder(context.knowledge))


@lru_cache(maxsize=4)
def ladder(knowledge: Knowledge) -> tuple[Option, ...]:
    """Every option in the order of the ladder."""
    return tuple(sorted(knowledge.options.values(), key=lambda one: (_rung(one.step), one.step, one.id)))


def _rung(step: str) -> float:
    digits = "".join(character for character in step if character.isdigit() or character == ".")
    return float(digits) if digits else 99.0


def _option(context: Context, known: Option, table: Table, row: int) -> model.Option:
    criteria = tuple(_criterion(context, one, table, row) for one in known.criteria)
    stop = tuple(_criterion(context, one, table, row) for one in known.stop)
    applies = [one for one in known.cautions if one.when is None or met(context.outcome(one.when, table, row))]
    possible = [
        one
        for one in known.cautions
        if one.when is not None and context.outcome(one.when, table, row) == NOT_DOCUMENTED
    ]
    return replace(
        _unjudged(context.knowledge, known.id),
        status=_status(criteria, stop),
        criteria=criteria,
        stop=stop,
        cautions=tuple(context.said(one) for one in applies),
        possible_cautions=tuple(context.said(one) for one in possible),
    )


@lru_cache(maxsize=1024)
def _unjudged(knowledge: Knowledge, name: str) -> model.Option:
    """What is the same for every case: an option without its criteria and cautions."""
    context, known = Context(knowledge), knowledge.options[name]
    schedules = [one for one in knowledge.schedules.values() if one.option == known.id]
    return model.Option(
        id=known.id,
        step=known.step,
        label=known.label,
        kind=known.kind,
        status="undecided",
        summary=known.summary,
        criteria=(),
        stop=(),
        cautions=(),
        possible_cautions=(),
        supports=tuple(context.said(one) for one in known.supports),
        opposes=tuple(context.said(one) for one in known.opposes),
        contested=known.contested,
        expected=tuple(
            model.ExpectedResult(
                months=one.months,
                unit=one.unit,
                figure=context.figure(one.value),
                measure=one.measure,
                arm=one.arm,
                population=one.population,
                note=one.note,
            )
            for one in known.expected
        ),
        follow_up=tuple(
            model.FollowUp(when=one.when, failure=one.failure, proposal=one.proposal, cite=one.cite)
            for one in known.follow_up
        ),
        protocol=tuple(context.said(one) for one in known.protocol),
        schedules=tuple(
            model.Schedule(
                id=one.id,
                label=one.label,
                periods=tuple(
                    model.SchedulePeriod(
                        period=period.period, content=period.content, proposal=period.proposal, cite=period.cite
                    )
                    for period in one.rows
                ),
            )
            for one in schedules
        ),
        cite=known.cite,
    )


def _criterion(context: Context, known: Criterion, table: Table, row: int) -> model.Criterion:
    return model.Criterion(
        id=known.id,
        text=known.text,
        result=context.result(known.rule, table, row),
        cite=known.cite,
        note=known.note,
        confirmed=context.confirmed(known.cite),
    )


Status = Literal["open", "not now", "undecided"]


def _status(criteria: tuple[model.Criterion, ...], stop: tuple[model.Criterion, ...]) -> Status:
    """What was not confirmed decides nothing: such a criterion is shown, and left out of the status."""
    needed = [one.result.outcome for one in criteria if one.confirmed]
    barred = [one.result.outcome for one in stop if one.confirmed]
    if "met" in barred or "not met" in needed:
        return "not now"
    return "undecided" if "not documented" in needed else "open"


def open_options(found: tuple[model.Option, ...]) -> tuple[str, ...]:
    """The ids of the options that are open."""
    return tuple(one.id for one in found if one.status == "open")
