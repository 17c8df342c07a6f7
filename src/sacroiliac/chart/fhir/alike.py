"""Observations that say the same of different patients and days are read once.

In a population the same few thousand statements come again and again. What reading one adds to a chart is kept
without its place and time; an observation that differs in nothing but its id, its patient, its visit, its day and what it is part of
gets the same with its own. Whatever could make two observations differ in another way (members, extensions of the whole, notes, a
date that is not clear) is read in full.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from sacroiliac.chart.facts import Fact, Origin, Unread
from sacroiliac.chart.fhir.bundle import Held, Item, open_
from sacroiliac.chart.fhir.reading import Reading, Response
from sacroiliac.chart.fhir.times import When, point

NONE = msgspec.Raw()
FORGOTTEN = Item({}, "", "", "", "")
"""Stands for the observation of a kept response, which would take more room than all else."""
MOST_KEPT = 30_000
# Longer ones (the answer to an injection with all its parts) hardly ever come again.
LONGEST = 1_500
# Where these stand, something else decides what an observation says.
LOOKED_UP = (b"modifierExtension", b"valueReference")


class _Plain(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """An observation with nothing in it that has to be looked up."""

    resource_type: msgspec.Raw
    id: str
    effective_date_time: str
    code: msgspec.Raw
    status: msgspec.Raw = NONE
    value_quantity: msgspec.Raw = NONE
    value_codeable_concept: msgspec.Raw = NONE
    value_string: msgspec.Raw = NONE
    value_boolean: msgspec.Raw = NONE
    value_integer: msgspec.Raw = NONE
    value_date_time: msgspec.Raw = NONE
    body_site: msgspec.Raw = NONE
    interpretation: msgspec.Raw = NONE
    method: msgspec.Raw = NONE
    reference_range: msgspec.Raw = NONE
    data_absent_reason: msgspec.Raw = NONE
    component: msgspec.Raw = NONE
    # Looked up anew for each:
    part_of: msgspec.Raw = NONE
    # What makes no difference to what is read:
    category: msgspec.Raw = NONE
    subject: msgspec.Raw = NONE
    encounter: msgspec.Raw = NONE
    performer: msgspec.Raw = NONE
    issued: msgspec.Raw = NONE
    meta: msgspec.Raw = NONE
    text: msgspec.Raw = NONE
    identifier: msgspec.Raw = NONE


_PLAIN = msgspec.json.Decoder(_Plain)
_CODE = attrgetter("status", "code", "component")
_WHOLE = attrgetter(*_Plain.__struct_fields__[3 : _Plain.__struct_fields__.index("part_of")])


class Added(msgspec.Struct, frozen=True):
    """What reading an observation added to a chart, but for its place and time."""

    facts: tuple[Fact, ...]
    raised: tuple[Fact, ...]
    responses: tuple[Response, ...]
    unread: tuple[Unread, ...]
    unknown: tuple[str, ...]
    dated: bool
    understood: bool


class Alike:
    """What is known of one observation while it is read: how to tell others like it, and its time."""

    __slots__ = ("_before", "_keys", "_last", "_unknown", "moment")

    def __init__(self, keys: tuple[bytes, bytes], moment: When) -> None:
        self._keys, self.moment = keys, moment

    def known(self, reading: Reading) -> Added | None:
        """What one like it added."""
        seen = reading.codes.seen
        return seen.get(self._keys[0]) or seen.get(self._keys[1])

    def begin(self, reading: Reading) -> None:
        """Note how far the reading has come."""
        self._before = reading.mark()
        self._unknown = dict(reading.coverage.unknown_codes)
        self._last, reading.last_entry = reading.last_entry, None

    def keep(self, reading: Reading, held: Held, understood: bool, by_code: bool) -> None:
        """Keep what was added, if it is only what others like it would add too.

        :param held: the observation
        :param by_code: its code means nothing here, so that its value makes no difference
        """
        dated = reading.last_entry is not None
        self.end(reading)
        lists = reading.lists()
        grown = {
            place for place, (before, now) in enumerate(zip(self._before, lists, strict=True)) if len(now) > before
        }
        if not grown <= {reading.FACTS, reading.RAISED, reading.RESPONSES, reading.UNREAD}:
            return
        new = [
            tuple(_within(one, held.place) for one in listed[before:])
            for before, listed in zip(self._before, lists, strict=True)
        ]
        responses = tuple(replace(one, item=FORGOTTEN) for one in new[reading.RESPONSES])
        plain = all(
            one == Fact(one.concept, one.value, one.origin, one.side, self.moment.days, label=one.label)
            for one in (*new[reading.FACTS], *new[reading.RAISED])
        )
        if not plain or any(one.when != self.moment for one in responses):
            return
        counts = reading.coverage.unknown_codes
        unknown = tuple(name for name, number in counts.items() for _ in range(number - self._unknown.get(name, 0)))
        seen = reading.codes.seen
        if len(seen) >= MOST_KEPT:
            seen.clear()
        seen[self._keys[0] if by_code else self._keys[1]] = Added(
            new[reading.FACTS], new[reading.RAISED], responses, new[reading.UNREAD], unknown, dated, understood
        )

    def end(self, reading: Reading) -> None:
        """Put the last day of the chart together again."""
        if self._last is not None:
            reading.latest((self._last, self._last))


def alike(held: Held) -> Alike | None:
    """How to tell observations like this one; None when it has to be read in full."""
    raw = bytes(held.raw)
    if len(raw) > LONGEST or any(one in raw for one in LOOKED_UP):
        return None
    try:
        plain = _PLAIN.decode(raw)
    except msgspec.MsgspecError:
        return None
    moment = _moment(plain.effective_date_time)
    # What is dated to a month or a year says when the chart ends in another way than what has a day.
    if moment.days is None or moment.days[0] != moment.days[1] or moment.problem:
        return None
    return Alike((b"\0".join(_CODE(plain)), b"\0\0".join(_WHOLE(plain))), moment)


_moment = lru_cache(maxsize=10_000)(point)


def again(added: Added, moment: When, held: Held, reading: Reading) -> bool:
    """Add the same to another chart, with the place and time of its own observation. True when it was understood."""
    days = moment.days
    assert days is not None
    if added.dated:
        reading.latest(days)
    for known in added.facts:
        reading.facts.append(_moved(known, _at(known.origin, held), days))
    for known in added.raised:
        reading.raised.append(_moved(known, _at(known.origin, held), days))
    if added.responses:
        item = open_(held)
        part_of = frozenset(reading.store.keys(item.content, "partOf", item))
        for response in added.responses:
            origin = _at(response.origin, held)
            reading.responses.append(replace(response, item=item, origin=origin, when=moment, part_of=part_of))
    for one in added.unread:
        reading.coverage.unread.append(Unread(one.what, one.why, _at(one.origin, held)))
    counts = reading.coverage.unknown_codes
    for name in added.unknown:
        counts[name] = counts.get(name, 0) + 1
    return added.understood


def _at(known: Origin, held: Held) -> Origin:
    """The same place in another observation; ``known.place`` is the place within its own."""
    return Origin(held.file, held.place + known.place, known.words)


def _within(one: Any, place: str) -> Any:
    """Something with its place within its observation only."""
    known: Origin = one.origin
    return replace(one, origin=Origin("", known.place.removeprefix(place), known.words))


def _moved(fact: Fact, origin: Origin, days: tuple[int, int]) -> Fact:
    return Fact(fact.concept, fact.value, origin, fact.side, days, label=fact.label)
