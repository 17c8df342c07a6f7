"""Claims: the side of a procedure stands in their modifiers.

A claim asks for payment and shows no more than that. What the payer has settled and not denied is taken as done, marked
as inferred: an injection of which only code, day and perhaps side are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Side, Span
from sacroiliac.chart.fhir.bundle import Held, Item, open_
from sacroiliac.chart.fhir.codes import Meaning, tokens
from sacroiliac.chart.fhir.procedures import TARGETS
from sacroiliac.chart.fhir.reading import ENTERED_IN_ERROR, Act, Reading
from sacroiliac.chart.fhir.shapes import Object, UnreadableError, number, part, parts, status_code, text
from sacroiliac.chart.fhir.times import NEVER, point

TYPES = frozenset({"Claim", "ExplanationOfBenefit"})
MODIFIERS: dict[str, Side] = {"RT": "right", "LT": "left", "50": "bilateral"}
BOTH = 2
"""Units of a procedure that is billed per side."""


def concerns(reading: Reading, held: Held) -> bool:
    """Whether a claim names an act on the joint; looked for in the bytes, because charts hold hundreds of claims."""
    data = bytes(held.raw)
    return any(code in data for code in reading.codes.billing)


def note_sides(reading: Reading, held: Held) -> None:
    """Keep the sides that a claim names: by the procedure it points to, and by concept and day."""
    with suppress(UnreadableError):  # it is listed when the claim itself is read
        item = open_(held)
        if not _counts(item):
            return
        for meaning, line in _lines(item, reading):
            where = _side(line)
            if where is None:
                continue
            named = [f"{concept} {day}" for concept in meaning.concepts for day in _days(item, line)]
            for key in (*_procedures(item, reading, line), *named):
                reading.modifiers.setdefault(key, []).append(("claim", where))


def read(item: Item, reading: Reading) -> bool:
    """The acts of a claim that the chart does not hold as a Procedure; called when all Procedures have been read."""
    if not _counts(item):
        why = (
            ENTERED_IN_ERROR
            if status_code(item.content, "status") == "entered-in-error"
            else "not a claim for care given"
        )
        return reading.skip(item, item.type, why)
    known = [(act.when.days, act.side) for act in reading.acts if act.item.type not in TYPES] + [
        (fact.when, fact.side)
        for fact in reading.facts
        if fact.concept in reading.codes.billing.values() or fact.concept == "rfa_history"
    ]
    # What was taken back takes the bill of its day with it, not those of a whole month or year.
    known += [(day, None) for day in reading.not_done if day is not None and day[0] == day[1]]
    for number_, (meaning, line) in enumerate(_lines(item, reading), 1):
        side = _side(line)
        days = _days(item, line)
        label = f"{reading.codes.label(meaning.concepts[0])}, billed as {meaning.label}"
        same = [
            one for span in _spans(days) for one, where in known if _within(span, one) and not _opposed(side, where)
        ]
        if same:
            if not any(one is not None and one[0] == one[1] for one in same):
                written = written_span(same[0])
                reading.skip(item, f"{label}, {' '.join(days)}", f"it may be what the chart dates {written} only")
            continue
        targets = [TARGETS[one] for one in meaning.concepts if one in TARGETS]
        if targets and _settled(item, line):
            moment = point(days[0]) if days else NEVER
            billed = Item(item.content, item.type, item.place, item.file, f"{item.key}, {number_}", item.url)
            reading.acts.append(Act(billed, targets[0], side, moment, label, None, (), frozenset(), inferred=True))
            reading.skip(
                item, label, "known from a settled claim only: what was injected, and what it did, is not in it"
            )
        else:
            on = f", {' '.join(days)}" if days else ""
            reading.skip(item, f"{label}{on}", "billed, but the chart holds no Procedure of that day")
    return True


def _settled(item: Item, line: Object) -> bool:
    """Whether the payer has settled a line of a claim and not denied it."""
    if item.type != "ExplanationOfBenefit" or status_code(item.content, "outcome") != "complete":
        return False
    decisions = [one for part_ in (item.content, line) for one in parts(part_, "adjudication")]
    words = [
        word
        for one in decisions
        for concept in (part(one, "category"), part(one, "reason"))
        if concept is not None
        for word in (text(concept, "text"), *(text(each, key) for each in parts(concept, "coding") for key in _WORDS))
    ]
    return _DENIED.isdisjoint(tokens(" ".join(word for word in words if word)))


_WORDS = ("code", "display")
_DENIED = frozenset({"denied", "denial", "rejected", "noncovered"})


def _within(day: Span, other: Span | None) -> bool:
    """Whether a day may be the one that the chart gives, perhaps as a month only."""
    return other is not None and other[0] <= day[0] and day[1] <= other[1]


def _opposed(side: Side | None, other: Side | None) -> bool:
    """Whether two sides cannot be of one act."""
    return {side, other} == {"left", "right"}


def _spans(days: list[str]) -> Iterator[Span]:
    for one in days:
        found = point(one).days
        if found is not None:
            yield found


def _counts(item: Item) -> bool:
    return status_code(item.content, "status") in (None, "active") and status_code(item.content, "use") in (
        None,
        "claim",
    )


def _lines(item: Item, reading: Reading) -> Iterator[tuple[Meaning, Object]]:
    """The lines of a claim that bill an act on the joint."""
    acts = set(reading.codes.billing.values())
    for line in parts(item.content, "item"):
        meaning = reading.codes.meaning(part(line, "productOrService"))
        if acts & set(meaning.concepts):
            yield meaning, line


def _side(line: Object) -> Side | None:
    codes = [text(one, "code") for modifier in parts(line, "modifier") for one in parts(modifier, "coding")]
    sides = {MODIFIERS[one] for one in codes if one in MODIFIERS}
    if len(sides) == 1:
        return sides.pop()
    if sides:
        return "bilateral"
    quantity = part(line, "quantity")
    return "bilateral" if quantity is not None and number(quantity, "value") == BOTH else None


def _procedures(item: Item, reading: Reading, line: Object) -> list[str]:
    """The procedures in the chart that a line bills."""
    sequences = line.get("procedureSequence")
    wanted = set(sequences) if type(sequences) is list and all(type(one) is int for one in sequences) else set()
    return [
        key
        for one in parts(item.content, "procedure")
        if number(one, "sequence") in wanted
        for key in reading.store.keys(one, "procedureReference", item)
    ]


def _days(item: Item, line: Object) -> list[str]:
    """The day a line was done, as written."""
    period = part(line, "servicedPeriod") or part(item.content, "billablePeriod") or {}
    written = text(line, "servicedDate") or text(period, "start")
    return [written[:10]] if written else []
