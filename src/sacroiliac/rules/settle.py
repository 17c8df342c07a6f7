"""The least that would settle a rule where it is open: which missing facts could make it met, or not met."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import numpy as np

from sacroiliac.rules import calendar, tree
from sacroiliac.rules.columns import MET, NOT_DOCUMENTED, NOT_MET, Records, Table, row_key
from sacroiliac.rules.explain import members
from sacroiliac.rules.plans import NOTHING, Missing, Plan, Sum, Unknown
from sacroiliac.rules.settle_sessions import unknown_sessions

# How many different rows a part remembers.
MOST_KEPT = 300

Wanted = frozenset[Missing] | None


def smallest_settling(part: tree.Truthful, table: Table, row: int) -> tuple[Wanted, Wanted]:
    """The smallest sets of missing facts that could make ``part`` met, and not met.

    An empty set means that it is so already, ``None`` that nothing undocumented can make it so. If any answers
    can settle the rule, answers to the named facts alone can. For one comparison in which each fact stands once
    no smaller set can; where a rule joins several parts that share facts, the set can be larger than needed.
    """
    met, not_met = _settle(part, table, row)
    return met.facts if met else None, not_met.facts if not_met else None


Plans = tuple[Plan | None, Plan | None]
"""What to document to make a part met, and not met (None: nothing can)."""


def _settle(part: tree.Truthful, table: Table, row: int) -> Plans:
    outcome = int(part.evaluate(table)[row])
    if outcome == MET:
        return NOTHING, None
    if outcome == NOT_MET:
        return None, NOTHING
    key = ("settled", part.text, row)
    found = table.said.get(key)
    if found is None:
        settle = _settle_alike if isinstance(part, tree.Compare) else _settle_open
        found = table.said[key] = settle(part, table, row)
    return cast(Plans, found)


def _settle_alike(part: tree.Truthful, table: Table, row: int) -> Plans:
    """The same, worked out once for all rows in which every fact of the part is alike: in a population most are."""
    known: dict[Any, Plans] = part.__dict__.setdefault("settled", {})
    key = tuple(row_key(table.column(name), row) for name in part.sorted_names)
    found = known.get(key)
    if found is None:
        if len(known) >= MOST_KEPT:
            known.clear()
        found = known[key] = _settle_open(part, table, row)
    return found


def _settle_open(part: tree.Truthful, table: Table, row: int) -> Plans:
    match part:
        case tree.Not(of=of):
            met, not_met = _settle(of, table, row)
            return not_met, met
        case tree.All(of=of):
            below = [_settle(one, table, row) for one in of]
            return _all_of(part, [met for met, _ in below], table, row), _one_of([no for _, no in below])
        case tree.Any_(of=of):
            below = [_settle(one, table, row) for one in of]
            return _one_of([met for met, _ in below]), _all_of(part, [no for _, no in below], table, row)
        case tree.Compare():
            return _settle_comparison(part, table, row)
        case tree.Contains(word=word, of=of, negated=negated):
            element = _element(of, word)
            return _either(Plan.of("in", element), Plan.of("out", element), negated)
        case tree.BoolFact(path=path):
            return Plan.of("yes", _at(path)), Plan.of("no", _at(path))
        case tree.IsWord(path=path, words=words, negated=negated):
            one = " or ".join(sorted(words))
            return _either(Plan.of(one, _at(path)), Plan.of(f"not {one}", _at(path)), negated)
    raise AssertionError(f"no rule for {type(part).__name__}")


def _either(first: Plan, second: Plan, swapped: bool) -> Plans:
    return (second, first) if swapped else (first, second)


def _all_of(part: tree.Truthful, plans: Sequence[Plan | None], table: Table, row: int) -> Plan | None:
    """One plan that does what each of ``plans`` does."""
    joined = NOTHING
    for plan in plans:
        if plan is None:
            return None
        joined = joined.joined(plan)
    # Where two parts want different answers of one fact, all that is missing is asked for.
    return joined if joined.agrees else _everything(part, table, row)


def _one_of(plans: Sequence[Plan | None]) -> Plan | None:
    """The smallest of the plans that are sure; without one, all of them together."""
    known = [plan for plan in plans if plan is not None]
    sure = [plan for plan in known if plan.sure]
    if sure or not known:
        return min(sure, key=lambda one: (len(one.facts), sorted(one.facts)), default=None)
    return Plan.open(fact for plan in known for fact in plan.facts)


def _everything(part: tree.Part, table: Table, row: int) -> Plan:
    """Every missing fact that an open part rests on."""
    if isinstance(part, tree.Truthful) and part.evaluate(table)[row] != NOT_DOCUMENTED:
        return Plan.open(())
    match part:
        case tree.Compare(left=left, right=right):
            unknown = [term for one in (left, right) for term in _terms(one, table, row).unknown]
            return Plan.open(fact for term in unknown for fact in term.facts)
        case tree.Contains(word=word, of=of):
            return Plan.open([_element(of, word)])
        case tree.BoolFact(path=path) | tree.IsWord(path=path):
            return Plan.open([_at(path)])
    return Plan.open(fact for below in part.parts for fact in _everything(below, table, row).facts)


# ----------------------------------------------------------------------------------------------- comparisons


def _settle_comparison(part: tree.Compare, table: Table, row: int) -> Plans:
    # left OP right  is  left - right OP 0
    terms = _terms(part.left, table, row).plus(_terms(part.right, table, row).negative())
    low = [one.raised for one in terms.unknown]
    high = [one.lowered for one in terms.unknown]

    def raised(enough: Callable[[float], bool]) -> Plan | None:
        return _cheapest(terms.known, low, -math.inf, enough)

    def lowered(enough: Callable[[float], bool]) -> Plan | None:
        return _cheapest(terms.known, high, math.inf, enough)

    match part.operator:
        case ">=":
            plans = raised(lambda total: total >= 0), lowered(lambda total: total < 0)
        case "<":
            plans = lowered(lambda total: total < 0), raised(lambda total: total >= 0)
        case ">":
            plans = raised(lambda total: total > 0), lowered(lambda total: total <= 0)
        case "<=":
            plans = lowered(lambda total: total <= 0), raised(lambda total: total > 0)
        case _:
            apart = _one_of([raised(lambda total: total > 0), lowered(lambda total: total < 0)])
            plans = (_equal(terms), apart) if part.operator == "==" else (apart, _equal(terms))
    # The comparison is open, so either answer may be possible: without a sure plan, all that is missing is named.
    met, not_met = (plan or _everything(part, table, row) for plan in plans)
    return met, not_met


def _cheapest(
    known: float, terms: Sequence[Sequence[tuple[float, Plan]]], worst: float, enough: Callable[[float], bool]
) -> Plan | None:
    """The fewest facts with which the sum is ``enough`` (``worst``: the value that no other term makes up for)."""
    found: dict[float, Plan] = {known: NOTHING}
    for choices in terms:
        after: dict[float, Plan] = {}
        # What was chosen before comes first, so that of equal plans the words written first stay.
        for value, more in choices:
            for total, plan in found.items():
                reached = worst if worst in (total, value) else total + value
                _keep(after, reached, Plan(plan.answers | more.answers))
        found = after
    plans = [plan for total, plan in found.items() if enough(total)]
    return min(plans, key=lambda plan: len(plan.facts), default=None)


def _equal(terms: Sum) -> Plan | None:
    """The fewest facts with which the sum is known and can be zero."""
    found: dict[tuple[float, float], Plan] = {(terms.known, terms.known): NOTHING}
    for term in terms.unknown:
        after: dict[tuple[float, float], Plan] = {}
        for (low, high), plan in found.items():
            for lowest, highest, more in term.fixed:
                _keep(after, (low + lowest, high + highest), Plan(plan.answers | more.answers))
        found = after
    plans = [plan for (low, high), plan in found.items() if low <= 0 <= high]
    return min(plans, key=lambda plan: len(plan.facts), default=None)


def _keep(found: dict[Any, Plan], key: Any, plan: Plan) -> None:
    if plan.agrees and (key not in found or len(plan.facts) < len(found[key].facts)):
        found[key] = plan


# ---------------------------------------------------------------------------------------------------- numbers


def _terms(part: tree.Numeric, table: Table, row: int) -> Sum:
    """A number of one row as what is known of it and its unknown terms."""
    value = part.evaluate(table)
    lo, hi = float(value.lo[row]), float(value.hi[row])
    if lo == hi:
        return Sum(lo)
    match part:
        case tree.Plus(left=left, right=right):
            return _terms(left, table, row).plus(_terms(right, table, row))
        case tree.Minus(left=left, right=right):
            return _terms(left, table, row).plus(_terms(right, table, row).negative())
        case tree.Size(of=of):
            return Sum(lo, tuple(_one_word(of, word) for word in _open_words(of, table, row)))
        case tree.AnyOf(of=of, words=words):
            return Sum(lo, (_any_word(of, [word for word in _open_words(of, table, row) if word in words]),))
        case tree.Count():
            return Sum(lo, tuple(_unknown_entries(part, table, row)))
        case tree.Sessions():
            return unknown_sessions(part, table, row)
        case tree.MonthsSince(of=of):
            request = tree.NumberFact(tree.Sessions.REQUEST, tree.Path((tree.Sessions.REQUEST,)))
            return Sum(0.0, (_time_between(of, request, _months, table, row),))
        case tree.WeeksBetween(start=start, end=end):
            return Sum(0.0, (_time_between(start, end, _weeks, table, row),))
        case tree.NumberFact(path=path):
            return Sum(0.0, (Unknown.number(lo, hi, Plan.of("up", _at(path)), Plan.of("down", _at(path)), part.text),))
    raise AssertionError(f"no terms for {type(part).__name__}")


def _one_word(of: tree.Setlike, word: str) -> Unknown:
    element = _element(of, word)
    return Unknown.yes_or_no([Plan.of("in", element)], [Plan.of("out", element)])


def _any_word(of: tree.Setlike, words: Sequence[str]) -> Unknown:
    elements = [_element(of, word) for word in words]
    return Unknown.yes_or_no([Plan.of("in", element) for element in elements], [Plan.of("out", *elements)])


def _time_between(
    start: tree.Numeric, end: tree.Numeric, time: Callable[[float, float], float], table: Table, row: int
) -> Unknown:
    """From one date to another: longer with an earlier start or a later end. ``time`` is from day to day."""
    early, late = (_known_days(date, table, row) for date in (start, end))
    missing = [[] if days[0] == days[1] else [_date_at(date)] for date, days in ((start, early), (end, late))]
    earlier, later = Plan.of("down", *missing[0]), Plan.of("up", *missing[1])
    after, before = Plan.of("up", *missing[0]), Plan.of("down", *missing[1])
    raised = (
        (_reach(early[1], late[0], time, -math.inf), NOTHING),
        (_reach(early[0], late[0], time, -math.inf), earlier),
        (_reach(early[1], late[1], time, -math.inf), later),
        (_reach(early[0], late[1], time, -math.inf), earlier.joined(later)),
    )
    lowered = (
        (_reach(early[0], late[1], time, math.inf), NOTHING),
        (_reach(early[1], late[1], time, math.inf), after),
        (_reach(early[0], late[0], time, math.inf), before),
        (_reach(early[1], late[0], time, math.inf), after.joined(before)),
    )
    facts = [*missing[0], *missing[1]]
    exact = Plan.of(f"exactly in {start.text} to {end.text}", *facts)
    return Unknown(raised, lowered, ((raised[0][0], lowered[0][0], exact),), frozenset(facts))


def _reach(start: float, end: float, time: Callable[[float, float], float], worst: float) -> float:
    """The time between two days, either as far away as it takes (``worst``: where the two pull apart)."""
    ends = {-math.inf for far in (start, -end) if far == math.inf} | {
        math.inf for far in (-start, end) if far == math.inf
    }
    if len(ends) == 2:
        return worst
    return ends.pop() if ends else time(start, end)


def _months(start: float, end: float) -> float:
    return float(calendar.months_between(np.array([start]), np.array([end]), math.nan)[0])


def _weeks(start: float, end: float) -> float:
    return (end - start) / calendar.DAYS_PER_WEEK


def _known_days(date: tree.Numeric, table: Table, row: int) -> tuple[float, float]:
    value = date.evaluate(table)
    return float(value.lo[row]), float(value.hi[row])


def _date_at(date: tree.Numeric) -> Missing:
    return _at(cast(tree.NumberFact, date).path)


def _unknown_entries(part: tree.Count, table: Table, row: int) -> Iterable[Unknown]:
    entries = cast(Records, table.column(part.records))
    matches = part.matches(table)
    start, stop = int(entries.offsets[row]), int(entries.offsets[row + 1])
    for entry in range(start, stop):
        if matches[entry] == NOT_DOCUMENTED:
            yield _unknown_entry(part, entries, entry, entry - start + 1)
    if not entries.listed[row]:
        yield Unknown.open_list(part.records, part.text)


def _unknown_entry(part: tree.Count, entries: Records, entry: int, number: int) -> Unknown:
    asked: dict[str, list[tree.Condition]] = {}
    for one in part.conditions:
        if one.holds(entries)[entry] == NOT_DOCUMENTED:
            asked.setdefault(one.field, []).append(one)
    holds, fails = NOTHING, []
    for name, conditions in asked.items():
        missing = Missing(part.records, f"{name} of entry {number}")
        yes, no = _answers(conditions)
        holds = holds.joined(Plan.of(yes, missing))
        fails.append(Plan.of(no, missing))
    return Unknown.yes_or_no([holds], fails)


def _answers(conditions: Sequence[tree.Condition]) -> tuple[str, str]:
    """The answers wanted of one field so that conditions on it hold, or fail."""
    relations = {one.operator for one in conditions}
    if relations <= {">=", ">"}:
        return "up", "down"
    if relations <= {"<=", "<"}:
        return "down", "up"
    text = " and ".join(f"{one.operator} {one.value}" for one in conditions)
    return text, f"not {text}"


# ------------------------------------------------------------------------------------------------------ names


def _open_words(part: tree.Setlike, table: Table, row: int) -> tuple[str, ...]:
    found = part.evaluate(table)
    return members(found.possible[row] & ~found.present[row], found.values)


def _element(part: tree.Setlike, word: str) -> Missing:
    while isinstance(part, tree.Only | tree.Without):
        part = part.of
    name, *below = cast(tree.SetFact, part).path.steps
    return Missing(name, f"{'.'.join(below)}: {word}" if below else word)


def _at(path: tree.Path) -> Missing:
    return Missing(path.steps[0], ".".join(path.steps[1:]))
