"""Why a rule came out as it did in one row, and the least that would settle it where it is open.

Both read what the evaluation remembered (``Table.memo``); nothing is evaluated a second time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np

from sacroiliac.rules import tree
from sacroiliac.rules.columns import (
    MET,
    NOT_DOCUMENTED,
    NOT_MET,
    Interval,
    Records,
    Sets,
    Table,
    Words,
    bits,
)

OUTCOMES = {MET: "met", NOT_DOCUMENTED: "not documented", NOT_MET: "not met"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One part of a rule in one row: as written, its answer or its value, and the parts below it."""

    text: str
    outcome: str | None
    value: str | None
    parts: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """Something not documented that a rule asks for: a fact, and which part of it."""

    fact: str
    detail: str = ""


def explain(part: tree.Part, table: Table, row: int) -> Explanation:
    """The explanation of ``part`` in row ``row`` of ``table``."""
    value = part.evaluate(table)
    below = tuple(explain(one, table, row) for one in part.parts)
    if isinstance(part, tree.IsWord):
        return Explanation(part.text, OUTCOMES[int(value[row])], _word(part.path.column(table), row), below)
    if isinstance(value, np.ndarray):
        return Explanation(part.text, OUTCOMES[int(value[row])], None, below)
    return Explanation(part.text, None, shown(value, row, dated=_is_date(part, table)), below)


def shown(value: object, row: int, dated: bool = False) -> str:
    """A number or set of one row in words."""
    if isinstance(value, Interval):
        lo, hi = float(value.lo[row]), float(value.hi[row])
        if math.isinf(lo) and math.isinf(hi):
            return "not documented"
        if lo == hi:
            return _figure(lo, dated)
        if math.isinf(hi):
            return f"at least {_figure(lo, dated)}"
        return f"at most {_figure(hi, dated)}" if math.isinf(lo) else f"{_figure(lo, dated)} to {_figure(hi, dated)}"
    found = cast(Sets, value)
    present = members(found.present[row], found.values)
    unknown = members(found.possible[row] & ~found.present[row], found.values)
    if len(unknown) == len(found.values):
        return "not documented"
    words = ", ".join(present) or "none"
    return f"{words} (not documented: {', '.join(unknown)})" if unknown else words


def members(pattern: np.typing.NDArray[np.uint64], values: tuple[str, ...]) -> tuple[str, ...]:
    """The words whose bit is set in ``pattern`` (uint64, shape ``(words,)``)."""
    return tuple(word for word in values if (pattern & bits([word], values)).any())


def _word(column: object, row: int) -> str:
    words = cast(Words, column)
    code = int(words.codes[row])
    return "not documented" if code < 0 else words.values[code]


def _figure(value: float, dated: bool) -> str:
    return str(np.datetime64(int(value), "D")) if dated else f"{value:.6g}"


def _is_date(part: tree.Part, table: Table) -> bool:
    if not isinstance(part, tree.NumberFact):
        return False
    kind = table.vocabulary[part.path.steps[0]]
    for step in part.path.steps[1:]:
        kind = kind.fields[step]
    return kind.kind == "date"


# ------------------------------------------------------------------------------------- what would settle it

Wanted = frozenset[Missing] | None
_REQUEST = tree.NumberFact(tree.Sessions.REQUEST, tree.Path((tree.Sessions.REQUEST,)))


def smallest_settling(part: tree.Truthful, table: Table, row: int) -> tuple[Wanted, Wanted]:
    """The smallest sets of missing facts that could make ``part`` met, and not met.

    An empty set means that it is so already, ``None`` that nothing undocumented can make it so.
    Parts are taken as independent of each other, so a set can be larger than needed where one fact
    stands in two parts; it is never too small.
    """
    outcome = int(part.evaluate(table)[row])
    if outcome == MET:
        return frozenset(), None
    if outcome == NOT_MET:
        return None, frozenset()
    match part:
        case tree.Not(of=of):
            met, not_met = smallest_settling(of, table, row)
            return not_met, met
        case tree.All(of=of):
            below = [smallest_settling(one, table, row) for one in of]
            return _union(met for met, _ in below), _smallest(not_met for _, not_met in below)
        case tree.Any_(of=of):
            below = [smallest_settling(one, table, row) for one in of]
            return _smallest(met for met, _ in below), _union(not_met for _, not_met in below)
        case tree.Compare():
            return _settle_comparison(part, table, row)
        case tree.Contains(word=word, of=of):
            element = frozenset({Missing(_set_name(of), word)})
            return element, element
        case tree.BoolFact(path=path) | tree.IsWord(path=path):
            fact = frozenset({_at(path)})
            return fact, fact
    raise AssertionError(f"no rule for {type(part).__name__}")


def _union(sets: Iterable[Wanted]) -> Wanted:
    everything: frozenset[Missing] = frozenset()
    for one in sets:
        if one is None:
            return None
        everything |= one
    return everything


def _smallest(sets: Iterable[Wanted]) -> Wanted:
    return min((one for one in sets if one is not None), key=lambda one: (len(one), sorted(one)), default=None)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """One unknown inside a number: what to document to move the number ``step`` up, or down, from its bound."""

    up: frozenset[Missing]
    down: frozenset[Missing]
    step: float


def _settle_comparison(part: tree.Compare, table: Table, row: int) -> tuple[Wanted, Wanted]:
    # left OP right  is  left - right OP 0; what moves the right side up moves the difference down.
    left, right = part.left.evaluate(table), part.right.evaluate(table)
    lo = float(left.lo[row] - right.hi[row])
    hi = float(left.hi[row] - right.lo[row])
    unknowns = list(_unknowns(part.left, table, row))
    unknowns += [_Unknown(one.down, one.up, one.step) for one in _unknowns(part.right, table, row)]
    above, below = _raise(unknowns, -lo), _lower(unknowns, hi)
    match part.operator:
        case ">=":
            return above, _lower(unknowns, hi, strictly=True)
        case "<":
            return _lower(unknowns, hi, strictly=True), above
        case ">":
            return _raise(unknowns, -lo, strictly=True), below
        case "<=":
            return below, _raise(unknowns, -lo, strictly=True)
    all_known = frozenset().union(*(one.up | one.down for one in unknowns))
    apart = _smallest((_raise(unknowns, -lo, strictly=True), _lower(unknowns, hi, strictly=True)))
    return (all_known, apart) if part.operator == "==" else (apart, all_known)


def _raise(unknowns: list[_Unknown], by: float, strictly: bool = False) -> Wanted:
    return _take([(one.up, one.step) for one in unknowns], by, strictly)


def _lower(unknowns: list[_Unknown], by: float, strictly: bool = False) -> Wanted:
    return _take([(one.down, one.step) for one in unknowns], by, strictly)


def _take(moves: list[tuple[frozenset[Missing], float]], by: float, strictly: bool) -> Wanted:
    """The fewest facts whose steps add up to ``by`` (more than ``by`` when ``strictly``)."""
    taken: frozenset[Missing] = frozenset()
    gained = 0.0
    # Large steps first, then those that cost the fewest facts; the order of writing breaks ties.
    for facts, step in sorted(moves, key=lambda move: (-move[1], len(move[0]))):
        if gained > by or (gained == by and not strictly):
            break
        taken |= facts
        gained += step
    # A number of which nothing is known can be moved as far as it takes.
    enough = gained > by or (gained == by and not strictly) or math.isinf(gained)
    return taken if enough else None


def _unknowns(part: tree.Numeric, table: Table, row: int) -> Iterable[_Unknown]:
    value = part.evaluate(table)
    if value.lo[row] == value.hi[row]:
        return
    match part:
        case tree.Plus(left=left, right=right):
            yield from _unknowns(left, table, row)
            yield from _unknowns(right, table, row)
        case tree.Minus(left=left, right=right):
            yield from _unknowns(left, table, row)
            yield from (_Unknown(one.down, one.up, one.step) for one in _unknowns(right, table, row))
        case tree.Size(of=of):
            for word in _open_words(of, table, row):
                element = frozenset({Missing(_set_name(of), word)})
                yield _Unknown(element, element, 1)
        case tree.AnyOf(of=of, words=words):
            open_words = [word for word in _open_words(of, table, row) if word in words]
            name = _set_name(of)
            yield _Unknown(
                frozenset({Missing(name, open_words[0])}), frozenset(Missing(name, word) for word in open_words), 1
            )
        case tree.Count():
            yield from _unknown_entries(part, table, row)
        case tree.Sessions():
            yield from _unknown_sessions(part, table, row)
        case tree.NumberFact(path=path):
            fact = frozenset({_at(path)})
            yield _Unknown(fact, fact, math.inf)
        case tree.MonthsSince(of=of):
            request = _REQUEST.evaluate(table)
            facts = frozenset().union(*(one.up for one in _unknowns(of, table, row)))
            facts |= frozenset() if request.lo[row] == request.hi[row] else {_at(_REQUEST.path)}
            yield _Unknown(facts, facts, math.inf)
        case tree.WeeksBetween(start=start, end=end):
            facts = frozenset().union(*(one.up for date in (start, end) for one in _unknowns(date, table, row)))
            yield _Unknown(facts, facts, math.inf)


def _unknown_entries(part: tree.Count, table: Table, row: int) -> Iterable[_Unknown]:
    entries = cast(Records, table.column(part.records))
    matches = part.matches(table)
    start, stop = int(entries.offsets[row]), int(entries.offsets[row + 1])
    for entry in range(start, stop):
        if matches[entry] == NOT_DOCUMENTED:
            fields = [one.field for one in part.conditions if one.holds(entries)[entry] == NOT_DOCUMENTED]
            missing = [
                Missing(part.records, f"{field} of entry {entry - start + 1}") for field in dict.fromkeys(fields)
            ]
            yield _Unknown(frozenset(missing), frozenset(missing[:1]), 1)
    if not entries.listed[row]:
        fact = frozenset({Missing(part.records)})
        yield _Unknown(fact, fact, math.inf)


def _unknown_sessions(part: tree.Sessions, table: Table, row: int) -> Iterable[_Unknown]:
    for name in part.records:
        entries = cast(Records, table.column(name))
        if not entries.listed[row]:
            fact = frozenset({Missing(name)})
            yield _Unknown(fact, fact, math.inf)
        start, stop = int(entries.offsets[row]), int(entries.offsets[row + 1])
        date = cast(Interval, entries.fields["date"])
        side = cast(Words, entries.fields["side"])
        for entry in range(start, stop):
            missing = [Missing(name, f"date of entry {entry - start + 1}")] if date.lo[entry] != date.hi[entry] else []
            if (part.side or part.side_fact) and side.codes[entry] < 0:
                missing.append(Missing(name, f"side of entry {entry - start + 1}"))
            if missing:
                yield _Unknown(frozenset(missing), frozenset(missing), 1)


def _open_words(part: tree.Setlike, table: Table, row: int) -> tuple[str, ...]:
    found = part.evaluate(table)
    return members(found.possible[row] & ~found.present[row], found.values)


def _set_name(part: tree.Setlike) -> str:
    while isinstance(part, tree.Only | tree.Without):
        part = part.of
    return str(cast(tree.SetFact, part).path)


def _at(path: tree.Path) -> Missing:
    return Missing(path.steps[0], ".".join(path.steps[1:]))
