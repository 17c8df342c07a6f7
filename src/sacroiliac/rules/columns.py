"""Columns: the facts of many cases side by side, with what is not documented kept apart from what is absent.

One :class:`Table` holds one row per case. Every column can say "not documented" for a single row:

=========  ==========================================================  ===========================
kind       class                                                       not documented
=========  ==========================================================  ===========================
bool       ``numpy`` array of :data:`MET`, :data:`NOT_MET`, ...        :data:`NOT_DOCUMENTED`
number     :class:`Interval` (``lo`` = ``hi`` when known)              ``-inf`` to ``inf``
date       :class:`Interval` of day numbers (days since 1970-01-01)    ``-inf`` to ``inf``
text       :class:`Words` (index into the legal words)                 ``-1``
set        :class:`Sets` (bits surely in, bits possibly in)            possible but not present
record     :class:`Record` (one column per field)                      each field for itself
records    :class:`Records` (rows of all cases, one after the other)   ``listed`` is false
=========  ==========================================================  ===========================

Truth is ordered (not met < not documented < met), so that "and" is the minimum, "or" the maximum
and "not" the mirror image: Kleene's three-valued logic without a branch.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from sacroiliac.rules.types import FactType, Vocabulary

NOT_MET = 0
NOT_DOCUMENTED = 1
MET = 2

Truth: TypeAlias = NDArray[np.int8]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.uint64]

WORD_BITS = 64


class Interval(msgspec.Struct, frozen=True, eq=False):
    """Numbers known to lie between ``lo`` and ``hi`` (both float64, shape ``(n,)``)."""

    lo: Floats
    hi: Floats


class Words(msgspec.Struct, frozen=True, eq=False):
    """One word per row: ``codes`` (int64, shape ``(n,)``) index ``values``; -1 is not documented."""

    codes: Ints
    values: tuple[str, ...]


class Sets(msgspec.Struct, frozen=True, eq=False):
    """One set per row as bits (uint64, shape ``(n, words)``): ``present`` are in, ``possible`` may be in."""

    present: Bits
    possible: Bits
    values: tuple[str, ...]


class Record(msgspec.Struct, frozen=True, eq=False):
    """One record per row: a column per field, each of the table's length."""

    fields: Mapping[str, Column]


class Records(msgspec.Struct, frozen=True, eq=False):
    """A list of records per row.

    The entries of row ``i`` are ``offsets[i]:offsets[i + 1]`` of every field's column.
    ``listed[i]`` says that the list of row ``i`` is all there is; where it is false there may be
    entries nobody wrote down.
    """

    offsets: Ints
    listed: NDArray[np.bool_]
    fields: Mapping[str, Column]


Column: TypeAlias = Truth | Interval | Words | Sets | Record | Records


@dataclass(slots=True)
class Table:
    """Columns of equal length by fact name. A column that is not there is "not documented" in every row.

    ``memo`` holds what each rule part evaluated to. It is the record of how an answer came about:
    an explanation reads it and computes nothing again. ``said`` holds what was made of that for single rows, by
    what was made, the part's text and the row: rules share their parts.
    """

    length: int
    vocabulary: Vocabulary
    columns: dict[str, Column]
    memo: dict[str, Any] = field(default_factory=dict)
    said: dict[tuple[str, str, int], Any] = field(default_factory=dict)
    parent: tuple[Table, Ints] | None = None

    def column(self, name: str) -> Column:
        """The column called ``name``.

        :raises KeyError: when the vocabulary has no such fact.
        """
        found = self.columns.get(name)
        if found is None:
            if self.parent is not None and name in self.parent[0].vocabulary:
                found = take(self.parent[0].column(name), self.parent[1])
            else:
                found = undocumented(self.vocabulary[name], self.length)
            self.columns[name] = found
        return found

    def below(self, rows: Ints, vocabulary: Vocabulary, columns: dict[str, Column]) -> Table:
        """A table with one row for each of ``rows`` of this one (a row may come several times).

        ``columns`` are its own; every other column is this table's, taken when it is first asked for.
        """
        return Table(len(rows), vocabulary, columns, parent=(self, rows))


def undocumented(kind: FactType, length: int) -> Column:
    """A column of type ``kind`` in which no row is documented."""
    if kind.kind == "bool":
        return np.full(length, NOT_DOCUMENTED, np.int8)
    if kind.kind in ("number", "date"):
        return Interval(np.full(length, -np.inf), np.full(length, np.inf))
    if kind.kind == "text":
        return Words(np.full(length, -1, np.int64), kind.values)
    if kind.kind == "set":
        return sets([None] * length, kind.values)
    if kind.kind == "record":
        return Record({name: undocumented(part, length) for name, part in kind.fields.items()})
    return Records(
        np.zeros(length + 1, np.int64),
        np.zeros(length, np.bool_),
        {name: undocumented(part, 0) for name, part in kind.fields.items()},
    )


def row_key(column: Column, row: int) -> Hashable:
    """What a column says in one row, to tell whether two rows say the same."""
    if isinstance(column, Interval):
        return float(column.lo[row]), float(column.hi[row])
    if isinstance(column, Words):
        code = int(column.codes[row])
        return None if code < 0 else column.values[code]
    if isinstance(column, Sets):
        return column.present[row].tobytes(), column.possible[row].tobytes()
    if isinstance(column, Record):
        return tuple(row_key(field_, row) for field_ in column.fields.values())
    if isinstance(column, Records):
        entries = range(int(column.offsets[row]), int(column.offsets[row + 1]))
        rows = tuple(tuple(row_key(field_, one) for field_ in column.fields.values()) for one in entries)
        return bool(column.listed[row]), rows
    return int(column[row])


def take(column: Column, rows: Ints) -> Column:
    """The given rows of a column, in that order."""
    if isinstance(column, Interval):
        return Interval(column.lo[rows], column.hi[rows])
    if isinstance(column, Words):
        return Words(column.codes[rows], column.values)
    if isinstance(column, Sets):
        return Sets(column.present[rows], column.possible[rows], column.values)
    if isinstance(column, Record):
        return Record({name: take(part, rows) for name, part in column.fields.items()})
    if isinstance(column, Records):
        counts = np.diff(column.offsets)[rows]
        starts = np.repeat(column.offsets[rows] - np.cumsum(counts) + counts, counts)
        entries = starts + np.arange(int(counts.sum()))
        fields = {name: take(part, entries) for name, part in column.fields.items()}
        return Records(np.concatenate([[0], np.cumsum(counts)]), column.listed[rows], fields)
    return column[rows]


def bits(words: Sequence[str] | frozenset[str], values: tuple[str, ...]) -> Bits:
    """The bit pattern (uint64, shape ``(words,)``) of some of ``values``.

    :raises ValueError: when a word is not one of ``values``.
    """
    return _bits(tuple(words), values)


@lru_cache(maxsize=20_000)
def _bits(words: tuple[str, ...], values: tuple[str, ...]) -> Bits:
    pattern = np.zeros(max(1, -(-len(values) // WORD_BITS)), np.uint64)
    for word in words:
        index = values.index(word)
        pattern[index // WORD_BITS] |= np.uint64(1 << (index % WORD_BITS))
    pattern.setflags(write=False)  # it is shared
    return pattern


def sets(rows: Sequence[tuple[Sequence[str], Sequence[str]] | None], values: tuple[str, ...]) -> Sets:
    """A set column from ``(present, possible)`` word lists per row; ``None`` is not documented.

    ``possible`` lists the words that may be in besides those present.
    """
    width = max(1, -(-len(values) // WORD_BITS))
    everything = bits(values, values)
    present = np.zeros((len(rows), width), np.uint64)
    possible = np.zeros((len(rows), width), np.uint64)
    for index, row in enumerate(rows):
        if row is None:
            possible[index] = everything
        else:
            present[index] = bits(row[0], values)
            possible[index] = present[index] | bits(row[1], values)
    return Sets(present, possible, values)


def sets_of(truths: Mapping[str, Truth], values: tuple[str, ...]) -> Sets:
    """A set column from whether each of ``values`` is in the set of each row.

    :param truths: the truth codes of all rows, for each of ``values``
    """
    shape = (len(truths[values[0]]), -(-len(values) // WORD_BITS))
    present, possible = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
    for index, word in enumerate(values):
        place, bit = divmod(index, WORD_BITS)
        present[truths[word] == MET, place] |= np.uint64(1 << bit)
        possible[truths[word] != NOT_MET, place] |= np.uint64(1 << bit)
    return Sets(present, possible, values)


class OpenList(list[Any]):
    """A list of records besides which there may be others that nobody wrote down."""


def from_rows(vocabulary: Vocabulary, rows: Sequence[Mapping[str, Any]]) -> Table:
    """A table from plain Python values, one mapping of documented facts per row.

    A value is: ``True``/``False``; a number, or a pair ``(lo, hi)`` for one known only within bounds;
    a date as its day number; a word; for a set a list of its words (all others are then absent) or a
    mapping ``{"present": [...], "absent": [...]}`` (all others are then not documented); a mapping for
    a record; a list of mappings for records (the list is then complete, unless it is an
    :class:`OpenList`). A fact or field that is missing, or ``None``, is not documented.

    :raises KeyError: for a name the vocabulary does not have.
    :raises ValueError: for a word that is not legal.
    """
    names = {name for row in rows for name in row}
    columns = {name: column(vocabulary[name], [row.get(name) for row in rows]) for name in sorted(names)}
    return Table(len(rows), vocabulary, columns)


def column(kind: FactType, values: Sequence[Any]) -> Column:
    """One column of type ``kind`` from plain Python values (see :func:`from_rows`)."""
    if kind.kind == "bool":
        codes = {True: MET, False: NOT_MET, None: NOT_DOCUMENTED}
        return np.array([codes[value] for value in values], np.int8)
    if kind.kind in ("number", "date"):
        bounds = [_bounds(value) for value in values]
        return Interval(np.array([b[0] for b in bounds], float), np.array([b[1] for b in bounds], float))
    if kind.kind == "text":
        return _words(kind, values)
    if kind.kind == "set":
        return sets([_set_row(value, kind.values) for value in values], kind.values)
    if kind.kind == "record":
        return Record(
            {
                name: column(part, [None if value is None else value.get(name) for value in values])
                for name, part in kind.fields.items()
            }
        )
    entries = [entry for value in values for entry in value or ()]
    return Records(
        np.cumsum([0, *(len(value or ()) for value in values)], dtype=np.int64),
        np.array([value is not None and not isinstance(value, OpenList) for value in values], np.bool_),
        {name: column(part, [entry.get(name) for entry in entries]) for name, part in kind.fields.items()},
    )


def _bounds(value: Any) -> tuple[float, float]:
    if value is None:
        return (-np.inf, np.inf)
    if isinstance(value, tuple):
        return (float(value[0]), float(value[1]))
    return (float(value), float(value))


def _words(kind: FactType, values: Sequence[Any]) -> Words:
    # A fact without a list of legal words (a billing code) takes its words from the rows themselves.
    legal = kind.values or tuple(sorted({value for value in values if value is not None}))
    return Words(np.array([-1 if value is None else legal.index(value) for value in values], np.int64), legal)


def _set_row(value: Any, values: tuple[str, ...]) -> tuple[Sequence[str], Sequence[str]] | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        ruled_out = {*value.get("present", ()), *value.get("absent", ())}
        return tuple(value.get("present", ())), tuple(word for word in values if word not in ruled_out)
    return tuple(value), ()
