"""What an injection does, drawn from the injection tables: where the drug went, the first hours, the weeks after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, combinations
from random import Random
from typing import Any

import numpy as np

from sacroiliac.cases import injections as records
from sacroiliac.cases.found import Entry
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.inference import Block, Rules
from sacroiliac.inference.blocks import HIGH, LEVELS, PARTIAL, PLACES, Tables, after_high, lasting_seen
from sacroiliac.inference.evidence import read_blocks
from sacroiliac.inference.network import Network
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.simulation import Choice, Note, Product
from sacroiliac.rules import parse
from sacroiliac.rules.columns import from_rows

INJECTIONS = "sij_injections"
PERCENT_STEP = 5


@dataclass(slots=True)
class Injected:
    """One injection: how it was done, where the drug went, and what it did.

    ``level`` is the relief of the first hours by place in the levels of the tables, ``lasted`` the category of the
    steroid phase (None: no steroid was given). ``weeks`` counts what had passed by the last visit.
    """

    day: int
    side: str
    note: Note
    block: Block
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
        return str(self.note.fields.get("target", "joint"))

    @property
    def helped(self) -> bool:
        """Whether the first hours gave at least half relief."""
        return self.level >= PARTIAL

    @property
    def truth(self) -> Mapping[str, Any]:
        """What is true of it, for the file of the ground truth."""
        return {
            "day": self.day,
            "side": self.side,
            "target": self.target,
            "note": self.note.id,
            "delivery": self.block.delivery,
            "place": PLACES[self.place],
            "anaesthetic": LEVELS[self.level],
            "lasted": self.lasted,
        }


@dataclass
class Tables_:
    """The edges of one kind of injection (a delivery, with its modifiers) in every class of sources."""

    places: list[float]
    relief: Any
    lasted: Any


@dataclass
class Injecting:
    """The injection tables of one network, laid out for drawing."""

    network: Network
    rules: Rules
    _edges: dict[tuple[Block, int | None], Tables_] = field(default_factory=dict)

    @cached_property
    def tables(self) -> Tables:
        """The tables by which injections are read."""
        return Tables(self.network.knowledge.injections, self.network.parameters, self.network.kinds)

    @cached_property
    def weakening(self) -> list[str]:
        """What is true of a patient and weakens the steroid phase."""
        words = vocabulary.of_injection(self.network.knowledge)
        states = [one.finding for one in self.network.knowledge.simulation.people.states]
        rules = [parse(one.when, words) for one in self.network.knowledge.injections.steroid.modifiers]
        return [name for name in states if any(name in rule.names for rule in rules)]

    @cached_property
    def blocks(self) -> Mapping[tuple[str, str, bool, frozenset[str]], Block]:
        """Each way of injecting as the network reads it: by note, sedation, large volume, and states of the patient."""
        knowledge, practice = self.network.knowledge, self.network.knowledge.simulation.practice
        notes = (*practice.notes, *practice.branch_notes)
        states = [
            frozenset(one) for size in range(len(self.weakening) + 1) for one in combinations(self.weakening, size)
        ]
        ways = [
            (note, str(sedation.value), large)
            for note in notes
            for sedation in practice.sedation
            for large in (False, True)
        ]
        entries = [Entry(self._values(*way), Fact(INJECTIONS, True, Origin("", "")), {}) for way in ways]
        cases = from_rows(
            vocabulary.of_case(knowledge), [{"request_date": 0, **dict.fromkeys(one, True)} for one in states]
        )
        table, _ = records.table(knowledge, cases, [entries] * len(states))
        found = read_blocks(self.rules, table)
        keys = [(note.id, sedation, large, one) for one in states for note, sedation, large in ways]
        return dict(zip(keys, found, strict=True))

    def _values(self, note: Note, sedation: str, large: bool) -> dict[str, Any]:
        practice = self.network.knowledge.simulation.practice
        volume = practice.large_volume_ml.value if large else practice.anaesthetics[0].millilitres.value
        known: dict[str, Any] = {
            "target": "joint", "date": (0, 0), "sedation": sedation, "volume_ml": volume, "steroid": True,
            "relief_percent": 0.0, "sustained_percent": 0.0,
        }  # fmt: skip
        return known | dict(note.fields)

    def edges(self, block: Block, before: int | None) -> Tables_:
        """Cumulative probabilities; ``before`` is the place that an earlier helpful injection reached."""
        key = (block, before)
        if key not in self._edges:
            relief = self.tables.relief(block.spread, block.placebo)
            if before is not None:
                relief = after_high(relief, self.tables.repeat(block.spread, block.placebo), before)
            times = range(len(self.network.knowledge.injections.steroid.weeks) + 1)
            lasted = np.stack(
                [lasting_seen(replace(block, lasted=(time, time)), self.tables) for time in times], axis=3
            )
            self._edges[key] = Tables_(
                np.cumsum(self.tables.delivery(block.delivery)[:, 0]).tolist(),
                np.cumsum(relief[..., 0], axis=2).tolist(),
                np.cumsum(lasted[..., 0], axis=3).tolist(),
            )
        return self._edges[key]

    @cached_property
    def kinds(self) -> list[int]:
        """The class of each set of sources."""
        return [int(one) for one in self.network.kinds.of_state]

    @cached_property
    def percents(self) -> list[range]:
        """The reliefs of each level, as charts round them."""
        known = self.network.knowledge.injections.anaesthetic
        edges = [0, round(known.partial_from_percent.value), round(known.high_from_percent.value), 101]
        return [range(edges[level], edges[level + 1], PERCENT_STEP) for level in range(len(LEVELS))]

    def inject(
        self,
        chance: Random,
        state: int,
        earlier: Sequence[Injected],
        day: int,
        last: int,
        side: str,
        true: frozenset[str],
        pain: int,
        branches: bool = False,
    ) -> Injected:
        """One injection of one case.

        :param state: its set of sources
        :param earlier: the injections before it, oldest first
        :param last: the day of the last visit
        :param true: what weakens the steroid phase in this patient
        :param pain: pain before it (0 to 10)
        """
        practice = self.network.knowledge.simulation.practice
        note = pick_note(chance, practice.branch_notes if branches else practice.notes)
        sedation, large = (
            str(pick(chance, practice.sedation)),
            not branches and chance.random() < practice.large_volume.value,
        )
        block = self.blocks[note.id, sedation, large, true]
        helpful = next((one.place for one in earlier if one.level == HIGH), None)
        edges = self.edges(block, helpful)
        kind = self.kinds[state]
        place = _place(chance, edges.places)
        level = _place(chance, edges.relief[kind][place])
        steroid = None
        if not branches and chance.random() < practice.steroid_given.value:
            steroid = pick_product(chance, practice.steroids)
        lasted = None if steroid is None else _place(chance, edges.lasted[kind][place][level])
        anaesthetic = pick_product(chance, practice.anaesthetics)
        percent = chance.choice(self.percents[level])
        sustained, weeks = self._sustained(chance, lasted, (last - day) / 7)
        return Injected(
            day,
            side,
            note,
            block,
            sedation,
            str(pick(chance, practice.diary)),
            _intent(chance, practice.intent, steroid is not None),
            anaesthetic,
            steroid,
            practice.large_volume_ml.value if large else anaesthetic.millilitres.value + (steroid.millilitres.value if steroid else 0),
            chance.random() < practice.leg_numbness.value,
            place,
            level,
            percent,
            self._hours(chance, level, anaesthetic.drug),
            pain,
            self._pain_after(chance, level, pain),
            lasted,
            sustained,
            weeks,
        )  # fmt: skip

    def _hours(self, chance: Random, level: int, drug: str) -> float | None:
        """How long helpful relief of the first phase lasted."""
        if level < PARTIAL:
            return None
        practice = self.network.knowledge.simulation.practice
        known = self.network.knowledge.injections.shortest_relief_hours.get(drug)
        least = known.value if known is not None else 1.0
        if chance.random() < practice.short_relief.value:
            return max(0.5, round(2 * chance.uniform(0, least) - 0.5) / 2)
        return round(2 * chance.uniform(least, max(least, practice.relief_hours.value)) + 0.5) / 2

    def _pain_after(self, chance: Random, level: int, pain: int) -> int:
        """A pain score that gives this level of relief."""
        known = self.network.knowledge.injections.anaesthetic
        edges = (0.0, known.partial_from_percent.value, known.high_from_percent.value, 101.0)
        fitting = [after for after in range(pain + 1) if edges[level] <= 100 * (pain - after) / pain < edges[level + 1]]
        return chance.choice(fitting)

    def _sustained(self, chance: Random, lasted: int | None, passed: float) -> tuple[int | None, float | None]:
        """Relief in the weeks after in percent, and for how many weeks at least half of it lasted."""
        if lasted is None:
            return None, None
        known = self.network.knowledge.injections.steroid
        half = round(known.sustained_from_percent.value)
        if lasted == 0:
            return chance.randrange(0, half, PERCENT_STEP), float(chance.randrange(3))
        times = [one.value for one in known.weeks]
        times.append(2 * times[-1])
        weeks = chance.uniform(times[lasted - 1], times[lasted])
        return chance.randrange(half, 101, PERCENT_STEP), round(weeks if weeks < passed else passed, 1)


def _place(chance: Random, edges: Sequence[float]) -> int:
    """Where a random number falls among cumulative probabilities."""
    drawn = chance.random()
    for place, edge in enumerate(edges):
        if drawn < edge:
            return place
    return len(edges) - 1


def pick(chance: Random, choices: Sequence[Choice]) -> Any:
    """One of several values, by their shares."""
    return choices[_place(chance, _shares(choices))].value


def pick_product(chance: Random, choices: Sequence[Product]) -> Product:
    """One of several products, by their shares."""
    return choices[_place(chance, _shares(choices))]


def pick_note(chance: Random, choices: Sequence[Note]) -> Note:
    """One way in which a note reads, by their shares."""
    return choices[_place(chance, _shares(choices))]


_KEPT: dict[int, tuple[Any, list[float]]] = {}


def _shares(choices: Sequence[Choice] | Sequence[Product] | Sequence[Note]) -> list[float]:
    """Cumulative shares, kept by the list they belong to (which is kept with them, so that its place is not given away)."""
    kept = _KEPT.get(id(choices))
    if kept is None:
        total = sum(one.share.value for one in choices)
        kept = _KEPT[id(choices)] = (choices, list(accumulate(one.share.value / total for one in choices)))
    return kept[1]


def _intent(chance: Random, choices: Sequence[Choice], steroid: bool) -> str:
    """What it was for: without a steroid it can only be a test."""
    return str(pick(chance, choices)) if steroid else "diagnostic"
