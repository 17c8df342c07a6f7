"""What the chart answers to each question, and where it says so.

Not documented stays without an answer. No is an answer only where the chart says no, and a number that is known between
two bounds only is given where that settles nothing the chart leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sacroiliac.cases import Case, Found
from sacroiliac.chart.dates import span, written, written_span
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.chart.fhir.definitions import coded_word
from sacroiliac.report.dtr.form import Form
from sacroiliac.report.dtr.questions import Listing, Question
from sacroiliac.rules import OpenList, Table, parse
from sacroiliac.rules.columns import from_rows

Resource = dict[str, Any]
# Digits after the point: no number that is worked out from days lies nearer to a limit without being on it.
DIGITS = 2
# Fields of a list that another field of the injection record holds.
_SUSTAINED = {"relief_percent": "sustained_percent", "relief_weeks": "sustained_weeks"}
RECORDED_AS = {"tx_injections": _SUSTAINED, "tx_injections_both_sides": _SUSTAINED}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the value as FHIR has it (``{"valueBoolean": True}``), and what it rests on.

    :param places: where it was read
    :param note: how it was worked out, where it was
    :param facts: the facts behind it
    """

    value: Resource
    places: tuple[Origin, ...]
    note: str = ""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """The answers to a list: whether it is complete, and those of each entry, by field."""

    complete: Answer | None
    entries: tuple[dict[str, Answer], ...]


@dataclass
class Answers:
    """The answers of one case to the questions of one form. ``table`` and ``row``: the case as rules see it."""

    form: Form
    case: Case
    table: Table
    row: int

    def of(self, one: Question) -> Answer | None:
        """The answer to a question; None when the chart does not say."""
        found = self.case.findings.get(one.path[0])
        if found is None:
            return None
        value = found.value
        for step in one.path[1:]:
            value = value.get(step) if isinstance(value, Mapping) else None
        facts = _about(found, one)
        if one.word is not None:
            inside = _inside(value, one.word)
            return None if inside is None else self._answer({"valueBoolean": inside}, facts, one, found.note)
        given = self._value(one, value)
        return None if given is None else self._answer(given, facts, one, found.note)

    def listed(self, one: Listing) -> Listed:
        """The answers to a list of records."""
        found = self.case.findings.get(one.finding.id)
        if found is None:
            return Listed(None, ())
        whole = None
        if not isinstance(found.value, OpenList):
            places = tuple(dict.fromkeys(fact.origin for fact in found.facts))
            whole = Answer({"valueBoolean": True}, places, "the chart lists all", found.facts)
        pairs = zip(found.value, found.facts, strict=True)
        return Listed(whole, tuple(self._entry(one, row, fact) for row, fact in pairs))

    def _entry(self, one: Listing, row: Mapping[str, Any], fact: Fact) -> dict[str, Answer]:
        answers = {}
        named = RECORDED_AS.get(one.finding.id, {})
        notes = next((each.notes for each in self.case.injections if each.fact is fact), {})
        for name, question in one.fields.items():
            given = self._value(question, row.get(name))
            if given is not None:
                recorded = named.get(name, name)
                place = fact.parts.get(recorded, fact.origin)
                answers[name] = Answer(given, (place,), notes.get(recorded, ""), (fact,))
        return answers

    def _answer(self, value: Resource, facts: Sequence[Fact], one: Question, note: str) -> Answer:
        field = one.path[-1] if len(one.path) > 1 else ""
        places = dict.fromkeys(fact.parts.get(field, fact.origin) for fact in facts)
        return Answer(value, tuple(places), note, tuple(facts))

    def _value(self, one: Question, value: Any) -> Resource | None:
        if value is None:
            return None
        match one.type:
            case "boolean":
                return {"valueBoolean": bool(value)}
            case "choice":
                return {"valueCoding": coded_word(one.target, value)}
            case "date":
                day = partial_date(value)
                return None if day is None else {"valueDate": day}
            case "string":
                return {"valueString": str(value)}
        number = self._number(one, value)
        if number is None:
            return None
        return {"valueInteger": int(number)} if one.type == "integer" else {"valueDecimal": _short(number)}

    def _number(self, one: Question, value: Any) -> float | None:
        """A number; of one that is known between two bounds the lower, unless that would say more than the chart."""
        low, high = value if isinstance(value, tuple) else (value, value)
        if not math.isfinite(low) or (one.type == "integer" and not float(low).is_integer()):
            return None
        if low != high and (len(one.path) > 1 or one.path[0] not in self.case.findings or self._says_more(one, low)):
            return None
        return float(low)

    def _says_more(self, one: Question, number: float) -> bool:
        """Whether an item of the policy would have another answer with this number than with what the chart says."""
        words = self.table.vocabulary
        rules = [parse(section.item.rule, words) for section in self.form.sections]
        concerned = [rule for rule in rules if one.path[0] in rule.names]
        values = {name: found.value for name, found in self.case.findings.items()}
        other = from_rows(words, [{**values, one.path[0]: number}])
        return any(rule.evaluate(other)[0] != rule.evaluate(self.table)[self.row] for rule in concerned)


def _about(found: Found, one: Question) -> tuple[Fact, ...]:
    """The facts behind a finding; of a set those that name the word, where any does."""
    if one.word is None:
        return found.facts
    return tuple(fact for fact in found.facts if _names(fact.value, one.word)) or found.facts


def _names(value: Any, word: str) -> bool:
    if isinstance(value, Mapping):
        return any(_names(below, word) for below in value.values())
    return word in value if isinstance(value, (list, tuple)) else value == word


def _inside(value: Any, word: str) -> bool | None:
    """Whether a word is in a set; None when the chart does not say."""
    if isinstance(value, Mapping):
        if word in value.get("present", ()):
            return True
        return False if word in value.get("absent", ()) else None
    # A plain list of words is the whole set: see sacroiliac.rules.columns.from_rows.
    return word in value if isinstance(value, (list, tuple)) else None


def partial_date(value: Any) -> str | None:
    """A day, or a month or year where no more is known, as FHIR writes it; None for other spans."""
    first, last = value if isinstance(value, tuple) else (value, value)
    if not math.isfinite(first) or not math.isfinite(last):
        return None
    if first == last:
        return written(first)
    shown = written_span((int(first), int(last)))
    try:
        return shown if span(shown) == (first, last) else None
    except ValueError:
        return None


def _short(number: float) -> float | int:
    rounded = round(number, DIGITS)
    return int(rounded) if rounded.is_integer() else rounded
