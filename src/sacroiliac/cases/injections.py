"""The injections of a batch of cases as a table, with what is worked out of each note.

Rules about an injection may name the findings of its case, and ``injection``: the fields of the record, the
row of the delivery table that fits, what was reached, the anaesthetic category, and how it compares with
other injections of the same case.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from sacroiliac.cases.found import Entry
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Injections, Knowledge
from sacroiliac.rules import MET, Record, Table, Vocabulary, parse
from sacroiliac.rules.columns import Ints, column
from sacroiliac.rules.tree import Truthful

INJECTION = "injection"


def table(knowledge: Knowledge, cases: Table, entries: Sequence[Sequence[Entry]]) -> tuple[Table, Ints]:
    """One row per injection, and the offsets of the cases in it."""
    words = vocabulary.of_injection(knowledge)
    offsets = np.cumsum([0, *(len(listed) for listed in entries)])
    row_of = np.repeat(np.arange(len(entries)), np.diff(offsets))
    flat = [entry for listed in entries for entry in listed]
    rows: list[dict[str, Any]] = [dict(entry.values) for entry in flat]
    review = cases.column("request_date")
    for index, row in enumerate(rows):
        day = row.get("date")
        today = float(review.lo[row_of[index]])  # type: ignore[union-attr]
        row["days_since"] = None if day is None else (max(today - day[1], 0.0), today - day[0])
        # Without an anaesthetic there is no anaesthetic phase: relief in the first hours says nothing.
        numbed = row.get("anesthetic") != "none"
        row["anaesthetic"] = category(row.get("relief_percent") if numbed else None, knowledge.injections)
    noted = _table(words, cases, row_of, rows)
    for index, name in enumerate(_delivery(knowledge, noted)):
        (known,) = [one for one in knowledge.injections.delivery if one.id == name]
        rows[index] |= {"delivery": name, "reached": known.reached}
    for start, stop in pairwise(offsets):
        _compare(rows[start:stop])
    return _table(words, cases, row_of, rows), offsets


def category(relief: float | None, knowledge: Injections) -> str:
    """The anaesthetic category of a relief in percent."""
    if relief is None:
        return "not_recorded"
    if relief >= knowledge.anaesthetic.high_from_percent.value:
        return "high"
    return "partial" if relief >= knowledge.anaesthetic.partial_from_percent.value else "low"


def _table(words: Vocabulary, cases: Table, row_of: Ints, rows: Sequence[dict[str, Any]]) -> Table:
    fields = {name: column(kind, [row.get(name) for row in rows]) for name, kind in words[INJECTION].fields.items()}
    return cases.below(row_of, words, {INJECTION: Record(fields)})


def _delivery(knowledge: Knowledge, noted: Table) -> list[str]:
    """The row of the delivery table that fits each note: the first whose rule is met, else the last."""
    listed, rules = knowledge.injections.delivery, _delivery_rules(knowledge)
    chosen = np.full(noted.length, len(listed) - 1)
    for index in reversed(range(len(rules))):
        chosen[rules[index].evaluate(noted) == MET] = index
    return [listed[index].id for index in chosen]


@lru_cache(maxsize=4)
def _delivery_rules(knowledge: Knowledge) -> tuple[Truthful, ...]:
    """The rules of the delivery table; every row but the last has one."""
    words = vocabulary.of_injection(knowledge)
    return tuple(parse(row.when, words) for row in knowledge.injections.delivery if row.when is not None)


def _compare(rows: Sequence[dict[str, Any]]) -> None:
    """How each injection of one case compares with the others (rows are oldest first)."""
    for index, row in enumerate(rows):
        earlier = [one for one in rows[:index] if _of_joint(one) and one["anaesthetic"] == "high"]
        row["repeat"] = "none"
        if _of_joint(row) and earlier and row["anaesthetic"] in ("high", "low"):
            row["repeat"] = "concordant" if row["anaesthetic"] == "high" else "discordant"
        row["earlier_proven"] = any(_proven(one) for one in earlier)
        later = [one["anaesthetic"] for one in rows[index + 1 :] if one["reached"] == "posterior"]
        recorded = [one for one in later if one != "not_recorded"]
        row["later_posterior"] = recorded[-1] if recorded else "none"


def _of_joint(row: dict[str, Any]) -> bool:
    return row.get("target", "joint") == "joint"


def _proven(row: dict[str, Any]) -> bool:
    """Whether a block is one to be confirmed by another: inside the joint, awake, and not only recalled."""
    awake = row.get("sedation") not in ("moderate", "deep", "general")
    return row["reached"] == "joint" and awake and row.get("diary") != "recalled"
