"""What a rule needs to know: which findings, which of their fields, which words of their sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sacroiliac.rules import FactType, Vocabulary
from sacroiliac.rules.tree import (
    All,
    Any_,
    AnyOf,
    Contains,
    Count,
    Fact,
    IsWord,
    MonthsSince,
    Not,
    Only,
    Part,
    Path,
    Sessions,
    SetFact,
    Size,
    Without,
)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a rule asks of a chart.

    :param path: a finding, or a finding and a field of it
    :param word: of a set, whether this word is in it
    :param required: false where something else may stand in for it, so that the rule can be met without it
    """

    path: tuple[str, ...]
    word: str | None = None
    required: bool = True


def needs(rule: Part, vocabulary: Vocabulary, *, refuted: bool = False) -> list[Need]:
    """What a rule needs, each once, in reading order.

    :param refuted: it is wanted that the rule is not met, as with an exclusion
    """
    found: dict[tuple[tuple[str, ...], str | None], Need] = {}
    for one in _Walk(vocabulary).of(rule, required=True, negated=refuted, words=None):
        known = found.get((one.path, one.word))
        found[(one.path, one.word)] = replace(one, required=one.required or (known is not None and known.required))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Walk:
    vocabulary: Vocabulary

    def of(self, part: Part, *, required: bool, negated: bool, words: Sequence[str] | None) -> Iterator[Need]:
        """The needs of a part; ``words``: those of a set that the parts above look at (None: all)."""
        match part:
            case Not():
                negated = not negated
            case All() | Any_() if isinstance(part, Any_) != negated:
                # One of several is enough: ``a or b``, and likewise ``not (a and b)``.
                required = False
            case Size() | AnyOf():
                required = False
            case _:
                pass
        match part:
            case Contains():
                words = [part.word]
            case Only() | AnyOf():
                words = [one for one in part.words if words is None or one in words]
            case Without():
                every = self._values(part) if words is None else words
                words = [one for one in every if one not in part.words]
            case _:
                pass
        yield from self._own(part, required, words)
        for below in part.parts:
            yield from self.of(below, required=required, negated=negated, words=words)

    def _own(self, part: Part, required: bool, words: Sequence[str] | None) -> Iterator[Need]:
        match part:
            case SetFact():
                for word in self._type(part.path).values:
                    if words is None or word in words:
                        yield Need(part.path.steps, word, required)
            case Fact() | IsWord():
                yield Need(part.path.steps, None, required)
            case Count():
                yield Need((part.records,), None, required)
                yield from (Need((part.records, one.field), None, False) for one in part.conditions)
            case Sessions():
                for name in part.records:
                    yield Need((name,), None, required)
                    yield Need((name, "date"), None, False)
                yield Need((part.REQUEST,), None, required)
                if part.side_fact:
                    yield Need((part.side_fact,), None, required)
            case MonthsSince():
                yield Need((Sessions.REQUEST,), None, required)
            case _:
                pass

    def _values(self, part: Without) -> tuple[str, ...]:
        """All words of the set that a part takes some from."""
        below: Part = part
        while not isinstance(below, SetFact):
            (below,) = below.parts
        return self._type(below.path).values

    def _type(self, path: Path) -> FactType:
        found = self.vocabulary[path.steps[0]]
        for step in path.steps[1:]:
            found = found.fields[step]
        return found
