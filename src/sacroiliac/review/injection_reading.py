"""What each injection showed: delivery, the two phases, and the pattern with its meaning."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sacroiliac.cases import Case
from sacroiliac.cases.found import Entry
from sacroiliac.chart.dates import written, written_span
from sacroiliac.inference import Answer, Estimate
from sacroiliac.knowledge.model import NoteItem
from sacroiliac.review import model
from sacroiliac.review.context import Context, met, place
from sacroiliac.review.words import counted
from sacroiliac.rules import NOT_DOCUMENTED, Table, Words

MOST_OTHERS = 3
# What nobody asks of an injection without a steroid.
WEEKS = ("sustained_percent", "sustained_weeks")
# The categories of the steroid phase.
STEROID = HELD, DID_NOT_HOLD, NONE_GIVEN, NOT_RECORDED = "held", "did not hold", "none given", "not recorded"


def probability(estimate: Estimate) -> model.Probability:
    """A probability of the network, for the review."""
    return model.Probability(value=estimate.value, low=estimate.low, high=estimate.high)


def injections(context: Context, case: Case, table: Table, start: int, answer: Answer) -> tuple[model.Injection, ...]:
    """The reading of every injection of one case; its rows in ``table`` begin at ``start``."""
    found = [_injection(context, case, table, start, number, answer) for number in range(len(case.injections))]
    return tuple(
        one
        if one.pattern is not None
        else replace(one, read_with=_read_with([*found[number + 1 :], *reversed(found[:number])]))
        for number, one in enumerate(found)
    )


def _read_with(others: Sequence[model.Injection]) -> str | None:
    """The date of the nearest injection that has a pattern: patterns of repeats speak of both."""
    return next((one.date for one in others if one.pattern is not None), None)


def _injection(context: Context, case: Case, table: Table, start: int, number: int, answer: Answer) -> model.Injection:
    entry, row = case.injections[number], start + number
    values = entry.values
    fitting = [
        _pattern(context, one.id, table, row)
        for one in context.knowledge.injections.patterns
        if met(context.outcome(one.when, table, row))
    ]
    possible = [
        _pattern(context, one.id, table, row)
        for one in context.knowledge.injections.patterns
        if context.outcome(one.when, table, row) == NOT_DOCUMENTED
    ]
    anaesthetic, steroid = phases(context, entry, str(_word(table, row, "anaesthetic")))
    # Only what the note of this injection could still tell; what was not asked of the patient stands elsewhere.
    possible = [one for one in possible if {missing.finding for missing in one.result.would_meet} == {"injection"}]
    return model.Injection(
        number=number,
        date=written_span(entry.fact.when),
        first_day=None if entry.fact.when is None else written(entry.fact.when[0]),
        last_day=None if entry.fact.when is None else written(entry.fact.when[1]),
        target={
            "joint": "joint",
            "periarticular": "ligaments behind the joint",
            "lateral_branch": "sacral lateral branches",
        }.get(values.get("target", ""), "not stated, read as the joint"),
        intent={"both": "diagnostic and therapeutic"}.get(
            values.get("intent", ""), values.get("intent") or "not stated"
        ),
        place=place(entry.fact),
        delivery=_delivery(context, table, row, number, answer),
        anaesthetic=anaesthetic,
        steroid=steroid,
        modifiers=_modifiers(context, table, row),
        pattern=fitting[0] if fitting else None,
        others=tuple((fitting[1:] + possible)[:MOST_OTHERS]),
        missing=tuple(one.label for one in not_recorded(context, entry)),
        notes=tuple(entry.notes.values()),
    )


def phases(context: Context, entry: Entry, category: str) -> tuple[model.Phase, model.Phase]:
    """The anaesthetic and the steroid phase of one injection; ``category`` is the one of the anaesthetic phase."""
    return _anaesthetic(entry, category), _steroid(context, entry)


def not_recorded(context: Context, entry: Entry) -> tuple[NoteItem, ...]:
    """What the note of an injection should state and does not."""
    no_steroid = entry.values.get("steroid") is False
    return tuple(
        one
        for one in context.knowledge.injections.note_checklist
        if entry.values.get(one.field) is None and not (no_steroid and one.field in WEEKS)
    )


def _modifiers(context: Context, table: Table, row: int) -> tuple[model.Said, ...]:
    known = context.knowledge.injections
    listed = [(one.label, one.when, one.cite) for one in known.modifiers]
    listed += [(one.label, one.when, one.cite) for one in known.steroid.modifiers]
    applies = [(label, cite) for label, when, cite in listed if met(context.outcome(when, table, row))]
    return tuple(model.Said(text=label, cite=cite) for label, cite in applies)


def _word(table: Table, row: int, name: str) -> str | None:
    column = table.column("injection").fields[name]  # type: ignore[union-attr]
    assert isinstance(column, Words)
    code = int(column.codes[row])
    return None if code < 0 else column.values[code]


def _delivery(context: Context, table: Table, row: int, number: int, answer: Answer) -> model.Delivery:
    name = _word(table, row, "delivery")
    (known,) = [one for one in context.knowledge.injections.delivery if one.id == name]
    inside, around, elsewhere = answer.delivery[number]
    return model.Delivery(
        row=known.id,
        label=known.label,
        shows=known.shows,
        reached=known.reached,
        joint=context.figure(known.joint),
        around=context.figure(known.around),
        after_joint=probability(inside),
        after_around=probability(around),
        after_elsewhere=probability(elsewhere),
        cite=known.cite,
    )


def _anaesthetic(entry: Entry, category: str) -> model.Phase:
    relief, hours = entry.values.get("relief_percent"), entry.values.get("relief_hours")
    if relief is None:
        return model.Phase(
            recorded=False,
            category=category,
            words="not recorded",
            lasted=hours,
            unit="hours",
            note="; ".join(entry.notes.values()),
        )
    lasted = f" for {counted(hours, 'hour')}" if hours is not None else ", how long is not recorded"
    return model.Phase(
        recorded=True,
        category=category,
        words=f"{relief:.0f}% relief{lasted}",
        percent=relief,
        lasted=hours,
        unit="hours",
        note=entry.notes.get("relief_percent", ""),
    )


def _steroid(context: Context, entry: Entry) -> model.Phase:
    values = entry.values
    if values.get("steroid") is False:
        return model.Phase(recorded=True, category=NONE_GIVEN, words="no steroid was given", unit="weeks")
    percent, weeks = values.get("sustained_percent"), values.get("sustained_weeks")
    if percent is None and weeks is None:
        return model.Phase(recorded=False, category=NOT_RECORDED, words="not recorded", unit="weeks")
    known = context.knowledge.injections.steroid
    enough, first_judged = known.sustained_from_percent.value, known.weeks[0].value
    relief = f"{percent:.0f}% relief" if percent is not None else f"{enough:.0f}% relief or more"
    lasted = f" for {counted(weeks, 'week')}" if weeks is not None else ", how long is not recorded"
    held = (percent is None or percent >= enough) and weeks is not None and weeks >= first_judged
    return model.Phase(
        recorded=True,
        category=HELD if held else DID_NOT_HOLD,
        words=relief + lasted,
        percent=enough if percent is None else percent,
        at_least=percent is None,
        lasted=weeks,
        unit="weeks",
    )


def _pattern(context: Context, name: str, table: Table, row: int) -> model.PatternShown:
    (known,) = [one for one in context.knowledge.injections.patterns if one.id == name]
    return model.PatternShown(
        id=known.id,
        row=known.row,
        label=known.label,
        meaning=known.meaning,
        next_step=known.next_step,
        urgent=known.urgent,
        why_not=known.why_not,
        result=context.result(known.when, table, row),
        cite=known.cite,
    )
