"""Where one fact that is not documented would make a policy's verdict ``met``: which one, for many cases at once.

What would settle a rule is searched once for all cases in which its open items rest on the same facts: in a population
most do.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sacroiliac.review.context import Context
from sacroiliac.review.policies.judge import GATES, Asked
from sacroiliac.rules import NOT_DOCUMENTED, Table, Vocabulary, smallest_settling
from sacroiliac.rules.columns import Ints, row_key
from sacroiliac.rules.tree import Truthful

Fact = tuple[str, str]
"""A finding, and which part of it."""
# How many different cases are remembered before all are forgotten.
MOST_KEPT = 20_000


@dataclass
class OneFact:
    """Finds the one fact, and remembers it for cases that are alike."""

    context: Context
    _known: dict[Hashable, Fact | None] = field(default_factory=dict)
    _shared: dict[Hashable, tuple[str, ...] | None] = field(default_factory=dict)

    def find(self, what: Asked, rows: Ints, table: Table) -> Iterator[tuple[int, Fact]]:
        """The cases among ``rows`` whose verdict waits for one fact alone, with that fact.

        :param rows: cases in which the verdict is open for want of something documented
        """
        met_when = what.met_when
        if met_when is None or not len(rows):
            return
        rule = self.context.rule(met_when, table.vocabulary)
        items = [
            (self.context.rule(one.rule, table.vocabulary), kind in GATES and one.arm is None)
            for kind, one in what.items
            if one.decides
        ]
        outcomes = np.stack([part.evaluate(table)[rows] for part, _ in items] or [np.zeros(len(rows), np.int8)])
        about = (what.policy.id, what.service.service)
        if len(self._known) > MOST_KEPT:
            self._known.clear()
        for row, outcome in zip(rows.tolist(), np.ascontiguousarray(outcomes.T), strict=True):
            pattern = (about, outcome.tobytes())
            if pattern not in self._shared:
                self._shared[pattern] = self._with_members(_open_names(rule, items, outcome), table.vocabulary)
            names = self._shared[pattern]
            if names is None:
                continue
            key = (pattern, tuple([_keys(table, name)[row] for name in names]))
            if key not in self._known:
                self._known[key] = self._one(rule, table, row)
            found = self._known[key]
            if found is not None:
                yield row, found

    def _with_members(self, names: tuple[str, ...] | None, words: Vocabulary) -> tuple[str, ...] | None:
        """Names of facts, with what those are worked out from that are sets of answers: it is what is told as missing."""
        if names is None:
            return None
        rules = [rule for name in names for rule in self._members(name).values()]
        return tuple(sorted({*names, *(name for rule in rules for name in self.context.rule(rule, words).names)}))

    def _members(self, name: str) -> Mapping[str, str]:
        finding = self.context.knowledge.findings.get(name)
        return {} if finding is None else finding.members

    def _one(self, rule: Truthful, table: Table, row: int) -> Fact | None:
        meet, _ = smallest_settling(rule, table, row)
        shown = self.context.missing(meet or (), table, row)
        return (shown[0].finding, shown[0].detail) if len(shown) == 1 else None


def _open_names(rule: Truthful, items: list[tuple[Truthful, bool]], outcome: Any) -> tuple[str, ...] | None:
    """The facts that the open items rest on; None where no fact is part of all that must be met."""
    open_ = [one for one, value in zip(items, outcome.tolist(), strict=True) if value == NOT_DOCUMENTED]
    if not open_:
        return rule.sorted_names
    needed = [part.names for part, is_needed in open_ if is_needed]
    if needed and not frozenset.intersection(*needed):
        return None
    return tuple(sorted(frozenset().union(*(part.names for part, _ in open_))))


def _keys(table: Table, name: str) -> list[Hashable]:
    """What a column says in each row."""
    key = ("keys", name, 0)
    found: list[Hashable] | None = table.said.get(key)
    if found is None:
        column = table.column(name)
        found = table.said[key] = [row_key(column, row) for row in range(table.length)]
    return found
