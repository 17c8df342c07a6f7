"""From the findings of cases to the terms of the network: which readings, which prior, which injections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sacroiliac.inference.blocks import LEVELS, Block
from sacroiliac.inference.network import Evidence
from sacroiliac.inference.prior import Context
from sacroiliac.inference.speaking import Codes, Speaking
from sacroiliac.inference.states import Ints
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Knowledge, Share
from sacroiliac.rules import MET, Interval, Table, Words, parse
from sacroiliac.rules.tree import Truthful


@dataclass
class Rules:
    """The rules of the knowledge that the network needs, parsed once."""

    knowledge: Knowledge
    _speaking: dict[frozenset[str], Speaking] = field(default_factory=dict)

    def speaking(self, uses: frozenset[str]) -> Speaking:
        """The groups of some uses, with what they say to each other."""
        if uses not in self._speaking:
            self._speaking[uses] = Speaking(
                tuple(group for group in self.knowledge.likelihoods.groups if group.use in uses)
            )
        return self._speaking[uses]

    @cached_property
    def readings(self) -> dict[str, tuple[Truthful, ...]]:
        """The reading rules of each group that is not ignored."""
        words = vocabulary.of_case(self.knowledge)
        return {
            group.id: tuple(parse(reading.when, words) for reading in group.readings)
            for group in self.knowledge.likelihoods.groups
            if group.use != "ignored"
        }

    @cached_property
    def shares(self) -> list[tuple[Truthful, ...]]:
        """The rules of the shares: of each complex, then of each source that has its own."""
        words = vocabulary.of_case(self.knowledge)
        sources = self.knowledge.sources
        every: list[tuple[Share, ...]] = [one.shares for one in sources.complexes]
        every += [one.shares for one in sources.sources if one.shares]
        return [tuple(parse(share.when, words) for share in shares if share.when) for shares in every]

    @cached_property
    def modifiers(self) -> dict[str, Truthful]:
        """The rules of the modifiers of both phases."""
        words = vocabulary.of_injection(self.knowledge)
        found = {one.id: parse(one.when, words) for one in self.knowledge.injections.modifiers}
        return found | {one.id: parse(one.when, words) for one in self.knowledge.injections.steroid.modifiers}

    @cached_property
    def steroid_given(self) -> Truthful:
        """Whether an injection held a steroid."""
        words = vocabulary.of_injection(self.knowledge)
        return parse("injection.steroid or injection.intent in ['therapeutic', 'both']", words)


def first_met(rules: Sequence[Truthful], table: Table, otherwise: int) -> Ints:
    """For each row the index of the first rule that is met, or ``otherwise``."""
    found = np.full(table.length, otherwise, np.int64)
    for index in reversed(range(len(rules))):
        found[rules[index].evaluate(table) == MET] = index
    return found


@dataclass(frozen=True)
class Batch:
    """What the charts say about many cases, side by side.

    ``readings`` is the index of the reading of each group that is met, -1 for none (int8, shape
    ``(groups, cases)``); ``context`` and ``injected`` (int64, shape ``(cases,)``) say which of ``contexts`` and
    which of ``injections`` each case has.
    """

    speaking: Speaking
    readings: NDArray[np.int8]
    contexts: tuple[Context, ...]
    context: Ints
    injections: tuple[tuple[Block, ...], ...]
    injected: Ints

    def __len__(self) -> int:
        return len(self.context)

    def codes(self, rows: slice) -> Codes:
        """What each group says in some of the cases (see :class:`Speaking`)."""
        return self.speaking.codes(self.readings[:, rows])

    def take(self, rows: Ints) -> Batch:
        """Some of the cases, in that order, with the contexts and injections they have."""
        contexts, context = np.unique(self.context[rows], return_inverse=True)
        injections, injected = np.unique(self.injected[rows], return_inverse=True)
        return Batch(
            self.speaking,
            self.readings[:, rows],
            tuple(self.contexts[one] for one in contexts),
            context,
            tuple(self.injections[one] for one in injections),
            injected,
        )

    def case(self, row: int) -> Evidence:
        """The evidence of one case."""
        return Evidence(
            self.contexts[self.context[row]],
            self.speaking.said(self.codes(slice(row, row + 1))[:, 0].tolist()),
            self.injections[self.injected[row]],
        )


def collect(
    rules: Rules, cases: Table, injections: Table, offsets: Ints, uses: frozenset[str] = frozenset({"model"})
) -> Batch:
    """The evidence of every case, side by side (arguments as for :func:`evidence`)."""
    speaking = rules.speaking(uses)
    readings = np.zeros((len(speaking.groups), cases.length), np.int8)
    for row, group in enumerate(speaking.groups):
        readings[row] = first_met(rules.readings[group.id], cases, -1)
    shares = np.stack([first_met(rules_of_one, cases, len(rules_of_one)) for rules_of_one in rules.shares])
    contexts, context = np.unique(shares, axis=1, return_inverse=True)
    blocks = read_blocks(rules, injections)
    listed = [tuple(blocks[offsets[row] : offsets[row + 1]]) for row in range(cases.length)]
    distinct = {one: number for number, one in enumerate(dict.fromkeys(listed))}
    return Batch(
        speaking,
        readings,
        tuple(tuple(int(share) for share in one) for one in contexts.T),
        context.reshape(-1),
        tuple(distinct),
        np.array([distinct[one] for one in listed], np.int64),
    )


def evidence(
    rules: Rules, cases: Table, injections: Table, offsets: Ints, uses: frozenset[str] = frozenset({"model"})
) -> list[Evidence]:
    """The evidence of each case.

    :param cases: one row per case
    :param injections: one row per injection, oldest first within a case
    :param offsets: the injections of case ``i`` are rows ``offsets[i]`` to ``offsets[i + 1]``
    """
    batch = collect(rules, cases, injections, offsets, uses)
    return [batch.case(row) for row in range(len(batch))]


def read_blocks(rules: Rules, injections: Table) -> list[Block]:
    """Each injection in the terms of the injection tables."""
    if injections.length == 0:
        return []
    knowledge = rules.knowledge.injections
    delivery = field_words(injections, "delivery")
    relief = field_words(injections, "anaesthetic")
    lasted = _lasted(rules, injections)
    applies = {name: rule.evaluate(injections) == MET for name, rule in rules.modifiers.items()}
    by_effect = {
        effect: [one.id for one in knowledge.modifiers if one.effect == effect]
        for effect in ("power", "placebo", "spread")
    }
    weaker = [one.id for one in knowledge.steroid.modifiers]
    return [
        Block(
            delivery=delivery[row] or knowledge.delivery[-1].id,
            relief=LEVELS.index(relief[row]) if relief[row] in LEVELS else None,
            lasted=lasted[row],
            powers=tuple(name for name in by_effect["power"] if applies[name][row] and relief[row] in LEVELS),
            placebo=next((name for name in by_effect["placebo"] if applies[name][row]), None),
            spread=any(applies[name][row] for name in by_effect["spread"]),
            weaker=tuple(name for name in weaker if applies[name][row]) if lasted[row] is not None else (),
        )
        for row in range(injections.length)
    ]


def field_words(injections: Table, name: str) -> list[str | None]:
    """A text field of the injection record, one word per injection."""
    column = injections.column("injection").fields[name]  # type: ignore[union-attr]
    assert isinstance(column, Words)
    return [None if code < 0 else column.values[code] for code in column.codes]


def field_numbers(injections: Table, name: str) -> Interval:
    """A number field of the injection record."""
    column = injections.column("injection").fields[name]  # type: ignore[union-attr]
    assert isinstance(column, Interval)
    return column


def _lasted(rules: Rules, injections: Table) -> list[tuple[int, int] | None]:
    """Which steroid-phase categories each injection is compatible with (None: nothing is known, or no steroid)."""
    knowledge = rules.knowledge.injections.steroid
    times = [week.value for week in knowledge.weeks]
    given = rules.steroid_given.evaluate(injections) == MET
    percent, weeks, days = (
        field_numbers(injections, name) for name in ("sustained_percent", "sustained_weeks", "days_since")
    )
    found: list[tuple[int, int] | None] = []
    for row in range(injections.length):
        if not given[row]:
            found.append(None)
        elif percent.hi[row] < knowledge.sustained_from_percent.value:
            found.append((0, 0))
        elif np.isfinite(weeks.lo[row]):
            category = sum(weeks.lo[row] >= time for time in times)
            # Relief that was still there at the review has only been seen so far.
            ongoing = np.isfinite(days.lo[row]) and weeks.lo[row] * 7 >= days.lo[row] - 1
            found.append(
                (category, len(times)) if ongoing else (category, sum(weeks.hi[row] >= time for time in times))
            )
        else:
            found.append(None)
    return [None if one == (0, len(times)) else one for one in found]
