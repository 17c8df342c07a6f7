"""How a level of a group of findings reads in a chart: which answers to its questions make that level.

Taken from the group's own readings: all answers are gone through, and those that are read as exactly one level stand for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sacroiliac.inference import Rules
from sacroiliac.inference.evidence import first_met
from sacroiliac.inference.states import Ints
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Finding, Group, Knowledge
from sacroiliac.rules import Table, parse
from sacroiliac.rules.columns import from_rows

Answers = dict[str, Any]
COUNT, DONE = COUNTED = ("provocation_count", "provocation_count_done")
"""Worked out of the tests, so that a chart answers with the tests."""
FINE = 20
"""Scales up to this long are gone through point by point, longer ones in this many steps at most."""


@dataclass(frozen=True)
class Level:
    """One level of a group: the answers that make it. ``silent``: no answer says that it is this level and no other."""

    answers: tuple[Answers, ...]
    silent: bool


@dataclass(frozen=True)
class Expressed:
    """One group by its levels.

    ``asked``: the findings that answer it; ``context``: findings that its readings need besides the answers to its own questions; where there are none, every
    patient's answers are read alike.
    """

    group: Group
    asked: tuple[str, ...]
    levels: tuple[Level, ...]
    context: tuple[str, ...]


def expressed(rules: Rules, group: Group) -> Expressed:
    """The answers of one group."""
    knowledge = rules.knowledge
    words = vocabulary.of_case(knowledge)
    named = {name for reading in group.readings for name in parse(reading.when, words).names}
    asked = COUNTED if named <= set(COUNTED) else tuple(name for name in group.asks if name in named)
    context = tuple(sorted(named - set(asked))) if asked else ()
    asked = asked or tuple(sorted(named))
    found = _levels(rules, group, asked, ())
    if context and any(one.silent for one in found):
        found = _levels(rules, group, asked, context)
    else:
        context = ()
    return Expressed(group, asked, tuple(found), context)


def _levels(rules: Rules, group: Group, asked: Sequence[str], context: Sequence[str]) -> list[Level]:
    """The answers of each level: read as that level alone; else, as it and as few others as can be; else, not read."""
    rows = list(_rows(rules.knowledge, group, asked, context))
    readings = first_met(rules.readings[group.id], from_rows(vocabulary.of_case(rules.knowledge), rows), -1).tolist()
    by_reading: dict[int, dict[str, Answers]] = {}
    for row, reading in zip(rows, readings, strict=True):
        answers = {name: row[name] for name in asked if row[name] is not None}
        if reading >= 0 or len(answers) == len(asked):
            by_reading.setdefault(reading, {})[str(answers)] = answers
    found = []
    for level in group.levels:
        read = [one for one in by_reading if one >= 0 and level in group.readings[one].levels]
        fewest = min((len(group.readings[one].levels) for one in read), default=0)
        chosen = [one for one in read if len(group.readings[one].levels) == fewest] or [-1]
        answers = {name: row for one in chosen for name, row in by_reading.get(one, {}).items()}
        found.append(Level(tuple(answers.values()), fewest != 1))
    return found


def _rows(knowledge: Knowledge, group: Group, asked: Sequence[str], context: Sequence[str]) -> Iterator[Answers]:
    if asked == COUNTED:
        tests = len(group.asks)
        yield from ({COUNT: count, DONE: tests} for count in range(tests + 1))
        return
    names = [*asked, *context]
    for values in product(*(_values(knowledge.findings[name]) for name in names)):
        yield dict(zip(names, values, strict=True))


def _values(finding: Finding) -> list[Any]:
    """What a chart may say about a finding, besides nothing."""
    if finding.type == "bool":
        return [True, False, None]
    if finding.type == "number":
        low, high = round(finding.minimum or 0), round(finding.maximum or 100)
        return [*range(low, high + 1, max(1, (high - low) // FINE)), None]
    return [*finding.values, None]


def speaks(rules: Rules, one: Expressed, known: Table, level: int) -> Ints:
    """Which reading the first answer of a level gets in each case (-1: none).

    :param known: what is known of the cases besides
    """
    words = known.vocabulary
    answers = from_rows(words, [one.levels[level].answers[0]] * known.length).columns
    table = Table(known.length, words, {**known.columns, **answers})
    return first_met(rules.readings[one.group.id], table, -1)
