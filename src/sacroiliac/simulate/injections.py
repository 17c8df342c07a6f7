"""What an injection does, drawn from the injection tables: where the drug went, the first hours, the weeks after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from random import Random
from typing import Any

import numpy as np

from sacroiliac.cases import injections as records
from sacroiliac.cases.found import Entry
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.inference import Block, Rules
from sacroiliac.inference.blocks import HIGH, PARTIAL, Tables, after_high
from sacroiliac.inference.evidence import read_blocks
from sacroiliac.inference.network import Network
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.simulation import Note, Product
from sacroiliac.rules import parse
from sacroiliac.rules.calendar import DAYS_PER_WEEK
from sacroiliac.rules.columns import from_rows
from sacroiliac.simulate.shares import Lot, place

INJECTIONS = "sij_injections"
JOINT, BRANCHES = "joint", "lateral_branch"
ALL = 100


@dataclass(frozen=True, slots=True)
class Injected:
    """One injection: how it was done, where the drug went, and what it did.

    ``place`` and ``level`` (relief of the first hours) are places in those of the injection tables; ``lasted`` is the
    category of the steroid phase (None: no steroid was given). ``weeks``: how long half relief had lasted by the last visit.
    """

    day: int
    side: str
    note: Note
    delivery: str
    sedation: str
    diary: str
    intent: str
    anaesthetic: Product
    steroid: Product | None
    volume: float
    numb: bool
    place: int
    level: int
    percent: int
    hours: float | None
    before: int
    after: int
    lasted: int | None
    sustained: int | None
    weeks: float | None

    @property
    def target(self) -> str:
        """What was aimed at."""
        return str(self.note.fields.get("target", JOINT))

    @property
    def helped(self) -> bool:
        """Whether the first hours gave at least half relief."""
        return self.level >= PARTIAL


@dataclass(frozen=True)
class Edges:
    """Cumulative probabilities of one way of injecting.

    ``places``; ``relief`` by class of sources and place; ``lasted`` by class, place and level.
    """

    places: list[float]
    relief: list[list[list[float]]]
    lasted: list[list[list[list[float]]]]


class Injecting:
    """The injection tables of one network, laid out for drawing."""

    def __init__(self, network: Network, rules: Rules) -> None:
        self.network, self.rules = network, rules
        self.knowledge = network.knowledge
        self.practice = practice = self.knowledge.simulation.practice
        self.notes, self.branch_notes = Lot(practice.notes), Lot(practice.branch_notes)
        self.anaesthetics, self.steroids = Lot(practice.anaesthetics), Lot(practice.steroids)
        self.sedation, self.diary, self.intent = Lot(practice.sedation), Lot(practice.diary), Lot(practice.intent)
        self._edges: dict[tuple[Block, int | None], Edges] = {}
        self._scores: dict[tuple[int, int], list[int]] = {}
        known = self.knowledge.injections.anaesthetic
        self.limits = (0.0, known.partial_from_percent.value, known.high_from_percent.value, ALL + 1.0)
        self.step = round(practice.percent_step.value)
        self.percents = [range(round(low), round(high), self.step) for low, high in pairwise(self.limits)]

    @cached_property
    def tables(self) -> Tables:
        """The tables by which injections are read."""
        return Tables(self.knowledge.injections, self.network.parameters, self.network.kinds)

    @cached_property
    def kinds(self) -> list[int]:
        """The class of each set of sources."""
        return [int(one) for one in self.network.kinds.of_state]

    @cached_property
    def weakening(self) -> frozenset[str]:
        """What may be true of a patient and weakens the steroid phase."""
        words = vocabulary.of_injection(self.knowledge)
        named = [parse(one.when, words).names for one in self.knowledge.injections.steroid.modifiers]
        return frozenset().union(*named) & {one.finding for one in self.knowledge.simulation.people.states}

    @cached_property
    def blocks(self) -> Mapping[tuple[str, str, bool, frozenset[str]], Block]:
        """Each way of injecting as the network reads it: by note, sedation, large volume, and what weakens the steroid."""
        sizes = range(len(self.weakening) + 1)
        true = [frozenset(one) for size in sizes for one in combinations(sorted(self.weakening), size)]
        ways = [
            (note, str(sedation.value), large)
            for note in (*self.practice.notes, *self.practice.branch_notes)
            for sedation in self.practice.sedation
            for large in (False, True)
        ]
        nowhere = Fact(INJECTIONS, True, Origin("", ""))
        entries = [Entry(self._values(*way), nowhere, {}) for way in ways]
        rows = [{"request_date": 0, **dict.fromkeys(one, True)} for one in true]
        cases = from_rows(vocabulary.of_case(self.knowledge), rows)
        table, _ = records.table(self.knowledge, cases, [entries] * len(true))
        keys = [(note.id, sedation, large, one) for one in true for note, sedation, large in ways]
        return dict(zip(keys, read_blocks(self.rules, table), strict=True))

    def _values(self, note: Note, sedation: str, large: bool) -> dict[str, Any]:
        """A record of an injection of which everything is known that may modify its tables."""
        known: dict[str, Any] = {"target": JOINT, "date": (0, 0), "sedation": sedation, "steroid": True}
        known |= {"relief_percent": 0.0, "sustained_percent": 0.0}
        known["volume_ml"] = self.practice.large_volume_ml.value if large else 0.0
        return known | note.fields

    def edges(self, block: Block, before: int | None) -> Edges:
        """Cumulative probabilities; ``before`` is the place that an earlier injection of high relief reached."""
        key = (block, before)
        if key not in self._edges:
            relief = self.tables.relief(block.spread, block.placebo)
            if before is not None:
                relief = after_high(relief, self.tables.repeat(block.spread, block.placebo), before)
            times = range(len(self.knowledge.injections.steroid.weeks) + 1)
            seen = [self.tables.lasted((time, time), block.weaker)[..., 0] for time in times]
            self._edges[key] = Edges(
                np.cumsum(self.tables.delivery(block.delivery)[:, 0]).tolist(),
                np.cumsum(relief[..., 0], axis=2).tolist(),
                np.cumsum(np.stack(seen, axis=3), axis=3).tolist(),
            )
        return self._edges[key]

    def inject(
        self,
        chance: Random,
        state: int,
        earlier: Sequence[Injected],
        day: int,
        last: int,
        side: str,
        weak: frozenset[str],
        pain: int,
        branches: bool = False,
    ) -> Injected:
        """One injection of one case.

        :param state: its set of sources
        :param earlier: the injections before it, oldest first
        :param last: the day of the last visit
        :param weak: what weakens the steroid phase in this patient
        :param pain: pain before it (0 to 10)
        """
        practice = self.practice
        note = (self.branch_notes if branches else self.notes).draw(chance)
        sedation = str(self.sedation.draw(chance).value)
        large = not branches and chance.random() < practice.large_volume.value
        block = self.blocks[note.id, sedation, large, weak]
        edges = self.edges(block, next((one.place for one in earlier if one.level == HIGH), None))
        kind = self.kinds[state]
        reached = place(chance, edges.places)
        level = place(chance, edges.relief[kind][reached])
        given = not branches and chance.random() < practice.steroid_given.value
        steroid = self.steroids.draw(chance) if given else None
        lasted = place(chance, edges.lasted[kind][reached][level]) if given else None
        sustained, weeks = self._sustained(chance, lasted, (last - day) / DAYS_PER_WEEK)
        anaesthetic = self.anaesthetics.draw(chance)
        volume = anaesthetic.millilitres.value + (steroid.millilitres.value if steroid else 0.0)
        return Injected(
            day=day,
            side=side,
            note=note,
            delivery=block.delivery,
            sedation=sedation,
            diary=str(self.diary.draw(chance).value),
            intent=str(self.intent.draw(chance).value) if given else "diagnostic",
            anaesthetic=anaesthetic,
            steroid=steroid,
            volume=max(volume, practice.large_volume_ml.value) if large else volume,
            numb=chance.random() < practice.leg_numbness.value,
            place=reached,
            level=level,
            percent=chance.choice(self.percents[level]),
            hours=self._hours(chance, anaesthetic.drug) if level >= PARTIAL else None,
            before=pain,
            after=chance.choice(self._after(level, pain)),
            lasted=lasted,
            sustained=sustained,
            weeks=weeks,
        )

    def _hours(self, chance: Random, drug: str) -> float:
        """How long helpful relief of the first phase lasted."""
        known = self.knowledge.injections.shortest_relief_hours.get(drug, self.practice.shortest_hours)
        least, most = known.value, max(known.value, self.practice.relief_hours.value)
        step = self.practice.hours_step.value
        if chance.random() < self.practice.short_relief.value:
            return max(1, int(least * chance.random() / step)) * step
        return (int(chance.uniform(least, most) / step) + 1) * step

    def _after(self, level: int, pain: int) -> list[int]:
        """The pain scores that give this level of relief."""
        found = self._scores.get((level, pain))
        if found is None:
            low, high = self.limits[level], self.limits[level + 1]
            found = [after for after in range(pain + 1) if low <= ALL * (pain - after) / pain < high]
            self._scores[level, pain] = found
        return found

    def _sustained(self, chance: Random, lasted: int | None, passed: float) -> tuple[int | None, float | None]:
        """Relief in the weeks after in percent, and for how many weeks at least half of it has lasted so far."""
        if lasted is None:
            return None, None
        known = self.knowledge.injections.steroid
        half, times = round(known.sustained_from_percent.value), [one.value for one in known.weeks]
        if lasted == 0:
            gone = chance.randrange(0, half, self.step)
            return gone, float(round(min(chance.random() * times[0] * self.practice.gone_weeks.value, passed)))
        times.append(self.practice.kept_weeks.value * times[-1])
        weeks = min(chance.uniform(times[lasted - 1], times[lasted]), passed)
        return chance.randrange(half, ALL + 1, self.step), int(10 * weeks) / 10
