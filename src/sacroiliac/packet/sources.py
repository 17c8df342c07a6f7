"""The places of the chart that a packet cites, numbered in the order in which they are first cited."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.packet.model import Source
from sacroiliac.review.words import spaced

_LINE = re.compile(r"line (\d+)")


class Sources:
    """Hands out the numbers; one place with the same words has one number."""

    def __init__(self) -> None:
        self._listed: dict[tuple[str, str, str], Source] = {}

    def cite(self, facts: Iterable[Fact], fields: Collection[str] | None = None) -> tuple[int, ...]:
        """The numbers of the places some facts were read from.

        :param fields: of records, the fields that are spoken of (all, when None)
        """
        return tuple(dict.fromkeys(number for fact in facts for number in self._of(fact, fields)))

    def place(self, origin: Origin) -> tuple[int, ...]:
        """The number of a place that is of no single date or side."""
        return (self._number(origin.file, origin.place, origin.words or "patient", None),)

    def listed(self) -> tuple[Source, ...]:
        """Every place cited, by number."""
        return tuple(self._listed.values())

    def _of(self, fact: Fact, fields: Collection[str] | None) -> Iterator[int]:
        inside = [one for one in fact.parts.values() if _LINE.fullmatch(one.place)]
        yield self._number(fact.origin.file, _lines(fact.origin, inside), _words(fact, inside), fact)
        for name, one in fact.parts.items():
            if (fields is None or name in fields) and one not in inside and one.place != fact.origin.place:
                yield self._number(one.file, one.place, one.words, fact)

    def _number(self, file: str, place: str, words: str, fact: Fact | None) -> int:
        key = (file, place, words)
        if key not in self._listed:
            self._listed[key] = Source(
                number=len(self._listed) + 1,
                file=file,
                place=place,
                words=words,
                date=None if fact is None or fact.when is None else written_span(fact.when),
                side=None if fact is None else fact.side,
                inferred=fact is not None and fact.inferred,
            )
        return self._listed[key].number


def _lines(origin: Origin, inside: Iterable[Origin]) -> str:
    """The lines of a record that was written over several lines."""
    numbers = [int(found[1]) for one in (origin, *inside) if (found := _LINE.fullmatch(one.place))]
    if not numbers or min(numbers) == max(numbers):
        return origin.place
    return f"lines {min(numbers)} to {max(numbers)}"


def _words(fact: Fact, inside: Iterable[Origin]) -> str:
    """The words of the chart; of a record, those of all its fields."""
    return fact.origin.words or "; ".join(one.words for one in inside) or fact.label or _plainly(fact)


def _plainly(fact: Fact) -> str:
    """A fact that stands in a place without words of its own, as the side of a chart."""
    return f"{spaced(fact.concept)}: {fact.value}" if isinstance(fact.value, str) else spaced(fact.concept)
