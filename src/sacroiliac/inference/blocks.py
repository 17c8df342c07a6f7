"""What the injections of one side say about the sources: the node where the explanations compete.

Where the drug went is hidden; the note says how likely the joint, the tissue around it, or neither was
reached. Relief in the anaesthetic phase depends on the source and on where the drug went, relief in the
steroid phase on both and on the anaesthetic phase, a repeated block on the first one.

Sets of sources that an injection cannot tell apart form a *class*; likelihoods are worked out per class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sacroiliac.inference.parameters import Parameters
from sacroiliac.inference.states import Floats, Ints, States
from sacroiliac.knowledge.model import Injections, Sources

PLACES = ("joint", "around", "elsewhere")
INSIDE, AROUND, ELSEWHERE = 0, 1, 2
LOW, PARTIAL, HIGH = 0, 1, 2
LEVELS = ("low", "partial", "high")
RELIEF_SOURCES = ("joint", "ligament", "other")
STEROID_SOURCES = ("joint", "ligament", "other", "inflammatory")
# Variants of all injections that are remembered, each by itself: of 201 variants each takes some hundred kilobytes.
MOST_KEPT = 30_000
# In every variant some patients have no relief, and some lose it in every period, whatever the source.
MOST_RELIEF = 0.98


@dataclass(frozen=True, slots=True)
class Block:
    """What the chart says about one injection, in the terms of the tables.

    ``relief`` is the anaesthetic category (None: not recorded). ``lasted`` gives the first and last of the
    steroid-phase categories (0: gone before the first time, ... , 3: still there at the last) the chart is
    compatible with, or None. ``powers``, ``placebo`` and ``spread`` are the modifiers that apply; ``weaker``
    lists the steroid modifiers that apply. All names are ids of the knowledge.
    """

    delivery: str
    relief: int | None
    lasted: tuple[int, int] | None
    powers: tuple[str, ...] = ()
    placebo: str | None = None
    spread: bool = False
    weaker: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classes:
    """Sets of sources alike for every injection: the class of each state, and what is present in each class."""

    of_state: Ints
    joint: Ints
    ligament: Ints
    like_joint: Ints
    inflamed: Ints
    others: Ints

    @property
    def number(self) -> int:
        """How many classes there are."""
        return len(self.joint)

    @cached_property
    def indicator(self) -> Floats:
        """1 where a set is in a class (shape ``(classes, states)``)."""
        return (np.arange(self.number)[:, None] == self.of_state).astype(float)


def classes(states: States, sources: Sources) -> Classes:
    """The classes of the states of ``sources``."""

    def count(chosen: Sequence[bool]) -> Ints:
        return states.membership[np.array(chosen)].sum(axis=0).astype(np.int64)

    listed = sources.sources
    joint = count([source.kind == "joint" for source in listed])
    ligament = count([source.kind == "ligament" for source in listed])
    like_joint = count([source.answers_like_joint for source in listed])
    inflamed = count([source.kind == "inflammatory" for source in listed])
    others = states.size - joint - ligament - like_joint
    keys = np.stack([joint, ligament, like_joint > 0, inflamed, others])
    distinct, of_state = np.unique(keys, axis=1, return_inverse=True)
    return Classes(of_state.reshape(-1), *distinct)


@dataclass(frozen=True)
class Tables:
    """The tables of the knowledge for every class and variant; each is worked out when it is first asked for."""

    knowledge: Injections
    parameters: Parameters
    kinds: Classes
    _relief: dict[tuple[bool, str | None], Floats] = field(default_factory=dict)
    _repeat: dict[tuple[bool, str | None], Floats] = field(default_factory=dict)
    _lasted: dict[tuple[tuple[int, int] | None, tuple[str, ...]], Floats] = field(default_factory=dict)
    _ones: dict[tuple[Block, int | None], _One] = field(default_factory=dict)

    @cached_property
    def _share(self) -> Floats:
        return _share_of_complex(self.parameters, self.kinds)

    def one(self, block: Block, before: int | None) -> _One:
        """One injection by itself; ``before`` is the place an earlier helpful one reached (None: there was none)."""
        key = (block, before)
        if key not in self._ones:
            if len(self._ones) * self.parameters.variants >= MOST_KEPT:
                del self._ones[next(iter(self._ones))]
            self._ones[key] = _one(block, self, before)
        return self._ones[key]

    def delivery(self, row: str) -> Floats:
        """P(place) by a row of the delivery table (shape ``(places, variants)``)."""
        return _delivery(self.parameters, row)

    def relief(self, spread: bool, placebo: str | None) -> Floats:
        """P(level | class, place), with or without these modifiers (``(classes, places, levels, variants)``)."""
        key = (spread, placebo)
        if key not in self._relief:
            self._relief[key] = _relief(self.parameters, self.kinds, self._share, *key)
        return self._relief[key]

    def repeat(self, spread: bool, placebo: str | None) -> Floats:
        """P(high again | class, place, high before in the same place) (``(classes, places, variants)``)."""
        key = (spread, placebo)
        if key not in self._repeat:
            self._repeat[key] = _repeat(self.parameters, self.kinds, self._share, *key)
        return self._repeat[key]

    @cached_property
    def lasting(self) -> Floats:
        """P(relief still there | class, place, level) (``(classes, places, levels, times, variants)``)."""
        return _lasting(self.knowledge, self.parameters, self.kinds, self._share)

    def lasted(self, seen: tuple[int, int] | None, weaker: tuple[str, ...]) -> Floats:
        """P(what was seen of the steroid phase | class, place, level), with the modifiers that apply
        (``(classes, places, levels, variants)``)."""
        key = (seen, weaker)
        if key not in self._lasted:
            self._lasted[key] = _lasted(self, *key)
        return self._lasted[key]

    def power(self, name: str) -> Floats:
        """The exponent of one modifier of the anaesthetic phase (shape ``(variants,)``)."""
        return self.parameters[f"injections.modifiers.{name}.number"]

    def weaker(self, name: str) -> Floats:
        """The factor of one modifier of the steroid phase at each time (shape ``(times, variants)``)."""
        return _weaker(self.knowledge, self.parameters, name)


def _delivery(parameters: Parameters, row: str) -> Floats:
    joint, around = (parameters[f"injections.delivery.{row}.{place}"] for place in ("joint", "around"))
    total = np.maximum(joint + around, 1.0)
    return np.stack([joint / total, around / total, np.maximum(1 - (joint + around) / total, 0.0)])


def _share_of_complex(parameters: Parameters, kinds: Classes) -> Floats:
    """How much of the familiar pain answers a block (shape ``(classes, variants)``).

    All of it where only the joint, its ligaments or an inflamed joint are present; each other source takes its
    share of what is left.
    """
    others = parameters["injections.anaesthetic.shared_pain"]
    none = (kinds.joint + kinds.ligament + kinds.like_joint == 0)[:, None]
    return np.where(none, 0.0, (1 - others) ** kinds.others[:, None])


def _mixed(of_complex: Sequence[tuple[Ints, Floats]], share: Floats, other: Floats) -> Floats:
    """For each class the mean over the parts of the complex that are present, diluted with ``other``.

    :param of_complex: which classes a part is present in, and its table (shape ``(..., variants)``)
    """
    shape = (len(share), *other.shape)
    total, number = np.zeros(shape), np.zeros(len(share))
    for present, part in of_complex:
        here = present > 0
        total[here] += part
        number += here
    mean = total / np.maximum(number, 1).reshape(-1, *[1] * other.ndim)
    spread = share.reshape(len(share), *[1] * (other.ndim - 1), share.shape[1])
    return spread * mean + (1 - spread) * other


def _relief(parameters: Parameters, kinds: Classes, share: Floats, spread: bool, placebo: str | None) -> Floats:
    """P(relief level | class, place) (shape ``(classes, places, levels, variants)``)."""
    rows = {source: np.stack([_relief_row(parameters, source, place) for place in PLACES]) for source in RELIEF_SOURCES}
    if spread:
        # A large volume in the joint leaks behind it and reaches the ligaments too. One that was put around the
        # joint does not find its way in.
        rows["ligament"][INSIDE] = rows["ligament"][AROUND]
    if placebo is not None:
        # Relief without the source is likelier; an injection that went elsewhere tells nothing either way.
        positive = rows["other"][:2, PARTIAL:]
        factor = np.minimum(parameters[f"injections.modifiers.{placebo}.number"], MOST_RELIEF / positive.sum(axis=1))
        raised = positive * factor[:, None]
        rows["other"][:2] = np.concatenate([1 - raised.sum(axis=1, keepdims=True), raised], axis=1)
    joint = kinds.joint + kinds.like_joint
    return _mixed([(joint, rows["joint"]), (kinds.ligament, rows["ligament"])], share, rows["other"])


def _relief_row(parameters: Parameters, source: str, place: str) -> Floats:
    """P(level) for one source and place (shape ``(levels, variants)``): low, partial, high.

    Partial relief is read as a share of what is not high, so that the three stay a distribution in every draw.
    """
    where = f"injections.anaesthetic.{source}.{place}"
    high, partial = parameters[f"{where}.high"], parameters[f"{where}.partial"]
    partial = np.minimum(partial / (1 - high[:1]), MOST_RELIEF) * (1 - high)
    return np.stack([1 - high - partial, partial, high])


def _repeat(parameters: Parameters, kinds: Classes, share: Floats, spread: bool, placebo: str | None) -> Floats:
    """P(high again) by class and place (shape ``(classes, places, variants)``).

    The published question is a second block of the joint. The same numbers are used for a second block of the
    ligaments, with joint and ligaments changing roles. What modifies a first block modifies a second one: a large
    volume in the joint reaches the ligaments too, and relief without the source is likelier under sedation.
    """
    reached, missed, other = (parameters[f"injections.anaesthetic.repeat_high.{name}"] for name in RELIEF_SOURCES)
    if placebo is not None:
        other = np.minimum(other * parameters[f"injections.modifiers.{placebo}.number"], MOST_RELIEF)
    joint = kinds.joint + kinds.like_joint
    at_joint = _mixed([(joint, reached), (kinds.ligament, reached if spread else missed)], share, other)
    around = _mixed([(joint, missed), (kinds.ligament, reached)], share, other)
    return np.stack([at_joint, around, np.broadcast_to(other, at_joint.shape)], axis=1)


def _lasting(knowledge: Injections, parameters: Parameters, kinds: Classes, share: Floats) -> Floats:
    """P(relief still there at each time | class, place, level) (shape ``(classes, places, levels, times, variants)``)."""
    times = range(len(knowledge.steroid.weeks))
    rows = {
        source: np.array(
            [[parameters[f"injections.steroid.rows.{source}.{level}.{time}"] for time in times] for level in LEVELS]
        )
        for source in STEROID_SOURCES
    }
    other = rows["other"]
    inflamed = kinds.inflamed > 0
    mixed = _mixed(
        [
            (kinds.joint * ~inflamed, rows["joint"]),
            (kinds.ligament * ~inflamed, rows["ligament"]),
            (inflamed.astype(np.int64), rows["inflammatory"]),
        ],
        np.where(((kinds.joint + kinds.ligament + kinds.inflamed) == 0)[:, None], 0.0, share),
        other,
    )
    return np.stack([mixed, mixed, np.broadcast_to(other, mixed.shape)], axis=1)


def _weaker(knowledge: Injections, parameters: Parameters, name: str) -> Floats:
    """The factor of one steroid modifier at each time (shape ``(times, variants)``)."""
    (modifier,) = [one for one in knowledge.steroid.modifiers if one.id == name]
    factor = parameters[f"injections.steroid.modifiers.{name}.factor"]
    applies = [not modifier.weeks or week.value in modifier.weeks for week in knowledge.steroid.weeks]
    return np.where(np.array(applies)[:, None], factor, 1.0)


@dataclass(frozen=True)
class Read:
    """What the injections of one side say.

    ``anaesthetic`` and ``steroid`` are the two phases of each injection, each given the injections before it
    (``(classes, variants)``); their product over all injections is the likelihood. ``places`` is, for each
    injection, that same likelihood split by where its drug went (``(places, classes, variants)``).
    """

    anaesthetic: tuple[Floats, ...]
    steroid: tuple[Floats, ...]
    places: tuple[Floats, ...]


@dataclass(frozen=True)
class _One:
    """One injection by itself: its anaesthetic phase, its steroid phase, and both split by place."""

    anaesthetic: Floats
    steroid: Floats
    places: Floats

    @property
    def both(self) -> Floats:
        return self.anaesthetic * self.steroid


def read(blocks: Sequence[Block], known: Tables) -> Read:
    """What the injections of one side say, oldest first.

    A later block depends on the first one that gave high relief: whoever answered it, answers again more often
    than the tables of a first block say. Where both went is hidden, so all places of that first one are gone
    through.
    """
    alone = [known.one(block, None) for block in blocks]
    if len(alone) == 1:
        (one,) = alone
        return Read((one.anaesthetic,), (one.steroid,), (one.places,))
    first = next((number for number, block in enumerate(blocks) if block.relief == HIGH), len(blocks))
    later = [number for number in range(first + 1, len(blocks)) if blocks[number].relief is not None]
    if not later:
        return Read(
            tuple(one.anaesthetic for one in alone),
            tuple(one.steroid for one in alone),
            tuple(one.places * _product([other for other in alone if other is not one]) for one in alone),
        )
    # By the place of the first helpful block: the later ones, and all of them together.
    given = {number: [known.one(blocks[number], place) for place in range(len(PLACES))] for number in later}
    rest = [one for number, one in enumerate(alone) if number != first and number not in given]
    so_far = alone[first].places
    phases = {number: (one.anaesthetic, one.steroid) for number, one in enumerate(alone)}
    for number, by_place in given.items():
        reached = _ratio(so_far, so_far.sum(axis=0))
        anaesthetic = (reached * np.stack([one.anaesthetic for one in by_place])).sum(axis=0)
        both = (reached * np.stack([one.both for one in by_place])).sum(axis=0)
        phases[number] = (anaesthetic, _ratio(both, anaesthetic))
        so_far = so_far * np.stack([one.both for one in by_place])
    split = [one.places * so_far.sum(axis=0) * _product([other for other in rest if other is not one]) for one in alone]
    split[first] = so_far * _product(rest)
    for number, by_place in given.items():
        others = alone[first].places * _product(rest)
        for other, one_by_place in given.items():
            if other != number:
                others = others * np.stack([one.both for one in one_by_place])
        split[number] = (others[:, None] * np.stack([one.places for one in by_place])).sum(axis=0)
    listed = [phases[number] for number in range(len(blocks))]
    return Read(tuple(one for one, _ in listed), tuple(one for _, one in listed), tuple(split))


def _product(listed: Sequence[_One]) -> Floats:
    """The likelihood of several injections (shape ``(classes, variants)``, or ``()`` where there are none)."""
    return np.prod([one.both for one in listed], axis=0)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """``part / whole``; nothing where the whole is nothing."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def _one(block: Block, known: Tables, before: int | None) -> _One:
    """One injection; ``before`` is the place an earlier helpful one reached (None: there was none)."""
    reached = known.delivery(block.delivery)[:, None]
    relief = known.relief(block.spread, block.placebo)
    if before is not None:
        relief = after_high(relief, known.repeat(block.spread, block.placebo), before)
    lasting = known.lasted(block.lasted, block.weaker)
    if block.relief is None:
        by_place = (relief * lasting).sum(axis=2).transpose(1, 0, 2)
        anaesthetic = np.ones(by_place.shape[1:])
    else:
        seen = relief[:, :, block.relief].transpose(1, 0, 2)
        by_place = seen * lasting[:, :, block.relief].transpose(1, 0, 2)
        anaesthetic = (reached * seen).sum(axis=0)
    places = reached * by_place
    power = np.prod([known.power(name) for name in block.powers], axis=0) if block.powers else 1.0
    weakened = anaesthetic**power
    return _One(weakened, _ratio(places.sum(axis=0), anaesthetic), places * _ratio(weakened, anaesthetic))


def after_high(relief: Floats, repeat: Floats, before: int) -> Floats:
    """The relief table of a block whose drug may land where an earlier helpful one did."""
    if before == ELSEWHERE:
        return relief
    again = relief.copy()
    row = relief[:, before]
    high = repeat[:, before]
    # What is not high keeps its proportions.
    again[:, before, :HIGH] = row[:, :HIGH] * ((1 - high) / (1 - row[:, HIGH]))[:, None]
    again[:, before, HIGH] = high
    return again


def _lasted(known: Tables, seen: tuple[int, int] | None, weaker: tuple[str, ...]) -> Floats:
    there = known.lasting
    if seen is None:
        return np.ones((*there.shape[:3], there.shape[4]))
    factor = np.prod([known.weaker(name) for name in weaker], axis=0) if weaker else 1.0
    there = _falling(np.minimum(there * factor, 1.0))
    lowest, highest = seen
    until = there[:, :, :, lowest - 1] if lowest > 0 else np.ones_like(there[:, :, :, 0])
    beyond = there[:, :, :, highest] if highest < there.shape[3] else np.zeros_like(until)
    return until - beyond


def _falling(there: Floats) -> Floats:
    """Relief over time that falls in every period, where modifiers or draws have lifted a later time.

    :param there: P(relief still there) (shape ``(classes, places, levels, times, variants)``)
    """
    found = there.copy()
    for time in range(1, there.shape[3]):
        found[:, :, :, time] = np.minimum(found[:, :, :, time], MOST_RELIEF * found[:, :, :, time - 1])
    return found
