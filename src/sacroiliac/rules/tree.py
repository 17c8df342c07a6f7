"""The parts of a rule. Each part evaluates itself on a whole table at once.

Three families, by what they evaluate to: *truths* (int8 codes), *numbers* (:class:`Interval`) and
*sets* (:class:`Sets`). A table remembers each part's value under the part's text, so a part that two
rules share is evaluated once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, ClassVar, Literal, cast

import msgspec
import numpy as np

from sacroiliac.rules import calendar
from sacroiliac.rules.columns import (
    MET,
    NOT_DOCUMENTED,
    NOT_MET,
    Bits,
    Column,
    Floats,
    Interval,
    Ints,
    Record,
    Records,
    Sets,
    Table,
    Truth,
    Words,
    bits,
)

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Relation = Literal["==", ">=", "<=", ">", "<", "in"]
BILATERAL = "bilateral"


class Part(msgspec.Struct, frozen=True, dict=True):
    """One part of a rule. ``text`` is the part as it is written, with white space made regular.

    Parts are structures of msgspec: such classes are made ten times as fast as dataclasses, and there are many. They
    have a ``__dict__``, so that what is asked of a part again and again is worked out once.
    """

    text: str

    def evaluate(self, table: Table) -> Any:
        """The value of this part in every row of ``table``, remembered in ``table.memo``."""
        found = table.memo.get(self.text)
        if found is None:
            found = self._compute(table)
            table.memo[self.text] = found
        return found

    def _compute(self, table: Table) -> Any:
        raise NotImplementedError

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts directly below this one, in reading order."""
        values = [getattr(self, name) for name in self.__struct_fields__]
        flat = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
        return tuple(part for part in flat if isinstance(part, Part))

    @cached_property
    def names(self) -> frozenset[str]:
        """The facts this part rests on."""
        return frozenset().union(*(part.names for part in self.parts))

    @cached_property
    def sorted_names(self) -> tuple[str, ...]:
        """The same in order."""
        return tuple(sorted(self.names))


# ------------------------------------------------------------------------------------------- facts


class Path(msgspec.Struct, frozen=True):
    """Where a fact stands: ``("pain_nrs",)``, or ``("last_tx", "relief_percent")`` inside a record."""

    steps: tuple[str, ...]

    def column(self, table: Table) -> Column:
        """The column at this place."""
        found = table.column(self.steps[0])
        for step in self.steps[1:]:
            found = cast(Record, found).fields[step]
        return found

    def __str__(self) -> str:
        return ".".join(self.steps)


class Fact(Part, frozen=True):
    """A fact used as it is."""

    path: Path

    def _compute(self, table: Table) -> Column:
        return self.path.column(table)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset({self.path.steps[0]})


class Truthful(Part, frozen=True):
    """A part that is met, not met or not documented."""

    def evaluate(self, table: Table) -> Truth:
        return cast(Truth, Part.evaluate(self, table))


class Numeric(Part, frozen=True):
    """A part that is a number, known or within bounds."""

    def evaluate(self, table: Table) -> Interval:
        return cast(Interval, Part.evaluate(self, table))


class Setlike(Part, frozen=True):
    """A part that is a set of words."""

    def evaluate(self, table: Table) -> Sets:
        return cast(Sets, Part.evaluate(self, table))


class BoolFact(Fact, Truthful, frozen=True):
    """A yes-or-no fact."""


class NumberFact(Fact, Numeric, frozen=True):
    """A number or a date."""


class SetFact(Fact, Setlike, frozen=True):
    """A set of named values."""


# ------------------------------------------------------------------------------------------ truths


class Always(Truthful, frozen=True):
    """A rule that is simply true or false, whatever the chart says."""

    holds: bool

    def _compute(self, table: Table) -> Truth:
        return np.full(table.length, MET if self.holds else NOT_MET, np.int8)


class Not(Truthful, frozen=True):
    """The opposite; what is not documented stays so."""

    of: Truthful

    def _compute(self, table: Table) -> Truth:
        return np.int8(MET) - self.of.evaluate(table)


class All(Truthful, frozen=True):
    """Every part holds: not met as soon as one part is not met."""

    of: tuple[Truthful, ...]

    def _compute(self, table: Table) -> Truth:
        return cast(Truth, np.minimum.reduce([part.evaluate(table) for part in self.of]))


class Any_(Truthful, frozen=True):
    """One part holds: met as soon as one part is met."""

    of: tuple[Truthful, ...]

    def _compute(self, table: Table) -> Truth:
        return cast(Truth, np.maximum.reduce([part.evaluate(table) for part in self.of]))


class Compare(Truthful, frozen=True):
    """Two numbers compared. Where their bounds leave it open, the answer is not documented."""

    left: Numeric
    operator: Operator
    right: Numeric

    def _compute(self, table: Table) -> Truth:
        return compare(self.left.evaluate(table), self.operator, self.right.evaluate(table))


class IsWord(Truthful, frozen=True):
    """A word is one of ``words`` (or, negated, none of them)."""

    path: Path
    words: tuple[str, ...]
    negated: bool

    def _compute(self, table: Table) -> Truth:
        found = is_word(cast(Words, self.path.column(table)), self.words)
        return np.int8(MET) - found if self.negated else found

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset({self.path.steps[0]})


class Contains(Truthful, frozen=True):
    """A set contains ``word`` (or, negated, does not)."""

    word: str
    of: Setlike
    negated: bool

    def _compute(self, table: Table) -> Truth:
        found = contains(self.of.evaluate(table), self.word)
        return np.int8(MET) - found if self.negated else found


# ----------------------------------------------------------------------------------------- numbers


class Constant(Numeric, frozen=True):
    """A number written in the rule."""

    value: float

    def _compute(self, table: Table) -> Interval:
        value = np.full(table.length, self.value)
        return Interval(value, value)


class Plus(Numeric, frozen=True):
    """The sum of two numbers."""

    left: Numeric
    right: Numeric

    def _compute(self, table: Table) -> Interval:
        a, b = self.left.evaluate(table), self.right.evaluate(table)
        return Interval(a.lo + b.lo, a.hi + b.hi)


class Minus(Numeric, frozen=True):
    """The difference of two numbers."""

    left: Numeric
    right: Numeric

    def _compute(self, table: Table) -> Interval:
        a, b = self.left.evaluate(table), self.right.evaluate(table)
        return Interval(a.lo - b.hi, a.hi - b.lo)


class Size(Numeric, frozen=True):
    """``n(set)``: from the number surely in the set to the number possibly in it."""

    of: Setlike

    def _compute(self, table: Table) -> Interval:
        found = self.of.evaluate(table)
        return Interval(_popcount(found.present), _popcount(found.possible))


class AnyOf(Numeric, frozen=True):
    """``any_of(set, {...})``: 1 when one of the words is in the set, otherwise 0."""

    of: Setlike
    words: tuple[str, ...]

    def _compute(self, table: Table) -> Interval:
        found = self.of.evaluate(table)
        wanted = bits(self.words, found.values)
        return Interval(
            ((found.present & wanted) != 0).any(axis=1).astype(float),
            ((found.possible & wanted) != 0).any(axis=1).astype(float),
        )


class Condition(msgspec.Struct, frozen=True):
    """One filter of ``count``: a field compared with a value written in the rule."""

    field: str
    operator: Relation
    value: bool | float | str | tuple[str, ...]

    def holds(self, entries: Records) -> Truth:
        """Whether each entry meets the condition (int8 truth, one per entry)."""
        column = entries.fields[self.field]
        if isinstance(column, Words):
            words = self.value if isinstance(self.value, tuple) else (self.value,)
            return is_word(column, cast("tuple[str, ...]", words))
        if isinstance(column, Interval):
            bound = np.full(len(column.lo), float(cast(float, self.value)))
            return compare(column, cast(Operator, self.operator), Interval(bound, bound))
        truth = cast(Truth, column)
        return truth if self.value else np.int8(MET) - truth


class Count(Numeric, frozen=True):
    """``count(records, ...)``: the number of entries that meet every condition."""

    records: str
    conditions: tuple[Condition, ...]

    def matches(self, table: Table) -> Truth:
        """Whether each entry, of all rows in turn, meets every condition."""
        entries = cast(Records, table.column(self.records))
        everything = np.full(int(entries.offsets[-1]), MET, np.int8)
        return cast(Truth, np.minimum.reduce([everything, *(one.holds(entries) for one in self.conditions)]))

    def _compute(self, table: Table) -> Interval:
        entries = cast(Records, table.column(self.records))
        matches = self.matches(table)
        lo = _per_row(matches == MET, entries.offsets)
        hi = lo + _per_row(matches == NOT_DOCUMENTED, entries.offsets)
        return Interval(lo, np.where(entries.listed, hi, np.inf))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset({self.records})


class Entries(msgspec.Struct, frozen=True, eq=False):
    """The entries of one list, all rows in turn.

    ``timely`` says whether each is in the window and ``truth`` whether it is counted; ``date`` is its date as
    documented, ``possible`` the days on which it can have been if it is counted.
    """

    row: Ints
    timely: Truth
    truth: Truth
    date: Interval
    possible: Interval


class Sessions(Numeric, frozen=True):
    """``sessions(records, ..., months=12, side=...)``: distinct service dates before the request date.

    An entry whose day is not known may have been on the day of another or on a day of its own.
    """

    records: tuple[str, ...]
    months: int | None
    side: str | None
    side_fact: str | None

    REQUEST: ClassVar[str] = "request_date"

    def entries(self, name: str, table: Table) -> Entries:
        """The entries of the list ``name`` and whether each lies in the window and on the side."""
        entries = cast(Records, table.column(name))
        row = row_of(entries.offsets)
        date = cast(Interval, entries.fields["date"])
        request = cast(Interval, table.column(self.REQUEST))
        request = Interval(request.lo[row], request.hi[row])
        timely = _before(date, request)
        first, last = date.lo, np.minimum(date.hi, request.hi - 1)
        if self.months is not None:
            start = Interval(
                calendar.add_months(request.lo, -self.months), calendar.add_months(request.hi, -self.months)
            )
            timely = np.minimum(timely, compare(date, ">=", start))
            first = np.maximum(first, start.lo)
        truth = timely
        if self.side is not None or self.side_fact is not None:
            truth = np.minimum(timely, self._same_side(entries, row, table))
        return Entries(row, timely, truth, date, Interval(first, last))

    def _same_side(self, entries: Records, row: Ints, table: Table) -> Truth:
        have = cast(Words, entries.fields["side"])
        if self.side is not None:
            words = {self.side, BILATERAL} & set(have.values)
            return is_word(have, tuple(sorted(words)))
        want = cast(Words, table.column(cast(str, self.side_fact)))
        names = np.array([*want.values, ""], object)[want.codes[row]]
        mine = np.array([*have.values, ""], object)[have.codes]
        unknown = (want.codes[row] < 0) | (have.codes < 0)
        same = ((names == mine) & ~unknown) | (names == BILATERAL) | (mine == BILATERAL)
        return np.where(same, MET, np.where(unknown, NOT_DOCUMENTED, NOT_MET)).astype(np.int8)

    def _compute(self, table: Table) -> Interval:
        lists = [self.entries(name, table) for name in self.records]
        row = np.concatenate([one.row for one in lists])
        truth = np.concatenate([one.truth for one in lists])
        date = _joined([one.date for one in lists])
        possible = _joined([one.possible for one in lists])
        exact = date.lo == date.hi
        lo = _distinct(row, date.lo, exact & (truth == MET), table.length)
        hi = _distinct(row, date.lo, exact & (truth != NOT_MET), table.length)
        for mine in _by_row(row, np.flatnonzero(np.bincount(row[~exact & (truth != NOT_MET)]))):
            sure, perhaps = mine[truth[mine] == MET], mine[truth[mine] != NOT_MET]
            lo[row[mine[0]]] = len(days_together(zip(date.lo[sure], date.hi[sure], strict=True)))
            hi[row[mine[0]]] = len(days_apart(zip(possible.lo[perhaps], possible.hi[perhaps], strict=True)))
        listed = np.logical_and.reduce([cast(Records, table.column(name)).listed for name in self.records])
        return Interval(lo, np.where(listed, hi, np.inf))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset({*self.records, self.REQUEST, *([self.side_fact] if self.side_fact else [])})


class MonthsSince(Numeric, frozen=True):
    """``months_since(date)``: calendar months from the date to the request date, with a fraction."""

    of: Numeric

    def _compute(self, table: Table) -> Interval:
        start = self.of.evaluate(table)
        end = cast(Interval, table.column(Sessions.REQUEST))
        return Interval(
            calendar.months_between(start.hi, end.lo, -np.inf), calendar.months_between(start.lo, end.hi, np.inf)
        )

    @cached_property
    def names(self) -> frozenset[str]:
        return self.of.names | {Sessions.REQUEST}


class WeeksBetween(Numeric, frozen=True):
    """``weeks_between(start, end)``: weeks from one date to another."""

    start: Numeric
    end: Numeric

    def _compute(self, table: Table) -> Interval:
        a, b = self.start.evaluate(table), self.end.evaluate(table)
        return Interval((b.lo - a.hi) / calendar.DAYS_PER_WEEK, (b.hi - a.lo) / calendar.DAYS_PER_WEEK)


# -------------------------------------------------------------------------------------------- sets


class Only(Setlike, frozen=True):
    """``set & {...}``: the members that are among ``words``."""

    of: Setlike
    words: tuple[str, ...]

    def _compute(self, table: Table) -> Sets:
        found = self.of.evaluate(table)
        mask = bits(self.words, found.values)
        return Sets(found.present & mask, found.possible & mask, found.values)


class Without(Setlike, frozen=True):
    """``set - {...}``: the members that are not among ``words``."""

    of: Setlike
    words: tuple[str, ...]

    def _compute(self, table: Table) -> Sets:
        found = self.of.evaluate(table)
        mask = ~bits(self.words, found.values)
        return Sets(found.present & mask, found.possible & mask, found.values)


# ------------------------------------------------------------------------------------------- shared

_OPPOSITE: dict[Operator, Operator] = {"!=": "==", "<": ">=", "<=": ">"}
_HOLDS: dict[Operator, Callable[[Floats, Floats], Any]] = {">=": operator.ge, ">": operator.gt}


def compare(a: Interval, relation: Operator, b: Interval) -> Truth:
    """Compare two columns of numbers: met or not met only where every value within the bounds agrees."""
    if relation in _OPPOSITE:
        return np.int8(MET) - compare(a, _OPPOSITE[relation], b)
    if relation == "==":
        met = (a.lo == a.hi) & (b.lo == b.hi) & (a.lo == b.lo)
        excluded = (a.hi < b.lo) | (a.lo > b.hi)
    else:
        holds = _HOLDS[relation]
        met = holds(a.lo, b.hi)
        excluded = ~holds(a.hi, b.lo)
    return np.where(met, MET, np.where(excluded, NOT_MET, NOT_DOCUMENTED)).astype(np.int8)


def is_word(column: Words, words: tuple[str, ...]) -> Truth:
    """Whether each row's word is one of ``words``; words no row can have are ignored."""
    # By code; the last entry is for -1, which is no word.
    answers = np.array([*(MET if word in words else NOT_MET for word in column.values), NOT_DOCUMENTED], np.int8)
    return answers[column.codes]


def contains(column: Sets, word: str) -> Truth:
    """Whether each row's set contains ``word``."""
    mask: Bits = bits([word], column.values)
    present = ((column.present & mask) != 0).any(axis=1)
    possible = ((column.possible & mask) != 0).any(axis=1)
    return np.where(present, MET, np.where(possible, NOT_DOCUMENTED, NOT_MET)).astype(np.int8)


def _before(date: Interval, request: Interval) -> Truth:
    # Without a request date every entry counts: nothing says that it came later.
    truth = compare(date, "<", request)
    return np.where(np.isinf(request.lo) & np.isinf(request.hi), MET, truth).astype(np.int8)


def _popcount(words: Bits) -> Floats:
    return np.bitwise_count(words).sum(axis=1).astype(float)


def row_of(offsets: Ints) -> Ints:
    """The row each entry belongs to (int64, one per entry)."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _per_row(chosen: Any, offsets: Ints) -> Floats:
    """How many entries of each row are chosen."""
    return np.bincount(row_of(offsets)[chosen], minlength=len(offsets) - 1).astype(float)


def _joined(columns: list[Interval]) -> Interval:
    return Interval(np.concatenate([one.lo for one in columns]), np.concatenate([one.hi for one in columns]))


def _by_row(row: Ints, rows: Ints) -> Iterator[Ints]:
    """The entries of each of ``rows``."""
    order = np.argsort(row, kind="stable")
    starts, stops = (np.searchsorted(row[order], rows, side) for side in ("left", "right"))
    return (order[start:stop] for start, stop in zip(starts, stops, strict=True))


def days_together(spans: Iterable[tuple[float, float]]) -> list[float]:
    """The fewest days on which events can have been that each fell within one of ``spans`` (first, last day)."""
    days: list[float] = []
    for first, last in sorted(spans, key=lambda span: span[1]):
        if not days or first > days[-1]:
            days.append(last)
    return days


def days_apart(spans: Iterable[tuple[float, float]]) -> set[float]:
    """The most days on which events can have been that each fell within one of ``spans`` (first, last day)."""
    days: set[float] = set()
    for first, last in sorted((_finite(*span) for span in spans), key=lambda span: span[1]):
        while first in days and first < last:
            first += 1
        days.add(first)
    return days


def _finite(first: float, last: float) -> tuple[float, float]:
    """The span with an open end moved so far away that there are days enough for all entries of a list."""
    far = 100_000.0
    if np.isinf(first) and np.isinf(last):
        return -far, far
    return (last - far if np.isinf(first) else first), (first + far if np.isinf(last) else last)


def _distinct(row: Ints, day: Floats, chosen: Any, rows: int) -> Floats:
    """How many different days each row has among the chosen entries."""
    row, day = row[chosen], day[chosen]
    order = np.lexsort((day, row))
    row, day = row[order], day[order]
    new = np.ones(len(row), np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
    return np.bincount(row[new], minlength=rows).astype(float)
