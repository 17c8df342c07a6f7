"""Why a rule came out as it did in one row: every part with its answer or value.

It reads what the evaluation remembered (``Table.memo``); nothing is evaluated a second time.
"""

from __future__ import annotations

import math
from itertools import compress
from typing import cast

import msgspec
import numpy as np

from sacroiliac.rules import tree
from sacroiliac.rules.columns import (
    MET,
    NOT_DOCUMENTED,
    NOT_MET,
    Interval,
    Sets,
    Table,
    Words,
)

OUTCOMES = {MET: "met", NOT_DOCUMENTED: "not documented", NOT_MET: "not met"}


class Explanation(msgspec.Struct, frozen=True):
    """One part of a rule in one row: as written, its answer or its value, and the parts below it."""

    text: str
    outcome: str | None
    value: str | None
    parts: tuple[Explanation, ...]


def explain(part: tree.Part, table: Table, row: int) -> Explanation:
    """The explanation of ``part`` in row ``row`` of ``table``."""
    key = ("explained", part.text, row)
    found = table.said.get(key)
    if found is None:
        found = table.said[key] = _explain(part, table, row)
    return cast(Explanation, found)


def met_by(part: tree.Truthful, table: Table, row: int) -> tuple[str, ...]:
    """The facts by which a rule is met, in reading order; of an ``or`` those of the parts that are met. None where the
    rule is not met."""
    if part.evaluate(table)[row] != MET:
        return ()
    if isinstance(part, tree.All | tree.Any_):
        return tuple(dict.fromkeys(name for one in part.of for name in met_by(one, table, row)))
    return part.sorted_names


def _explain(part: tree.Part, table: Table, row: int) -> Explanation:
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
        if lo == hi:
            return _figure(lo, dated) if math.isfinite(lo) else "never"
        if math.isinf(lo) and math.isinf(hi):
            return "not documented"
        if math.isinf(hi):
            return f"at least {_figure(lo, dated)}"
        return f"at most {_figure(hi, dated)}" if math.isinf(lo) else f"{_figure(lo, dated)} to {_figure(hi, dated)}"
    found = cast(Sets, value)
    present = members(found.present[row], found.values)
    unknown = members(found.possible[row] & ~found.present[row], found.values)
    if len(unknown) == len(found.values):
        return "not documented"
    if not unknown:
        return ", ".join(present) or "none"
    # Nothing found so far is not "none": some of it nobody looked for.
    open_words = f"not documented: {', '.join(unknown)}"
    return f"{', '.join(present)} ({open_words})" if present else open_words


def members(pattern: np.typing.NDArray[np.uint64], values: tuple[str, ...]) -> tuple[str, ...]:
    """The words whose bit is set in ``pattern`` (uint64, shape ``(words,)``)."""
    bit = np.unpackbits(pattern.astype("<u8").view(np.uint8), count=len(values), bitorder="little")
    return tuple(compress(values, bit.tolist()))


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
