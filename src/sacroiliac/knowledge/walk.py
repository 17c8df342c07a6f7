"""Go through all of the knowledge: every number, citation and rule, with the place it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sacroiliac.knowledge import model, vocabulary
from sacroiliac.rules import Vocabulary


def items(knowledge: model.Knowledge) -> Iterator[tuple[str, model.Item]]:
    """Every part of the knowledge with its place (``likelihoods.groups.provocation.weight``)."""
    yield from _below("", knowledge)


def _below(place: str, value: Any) -> Iterator[tuple[str, model.Item]]:
    if isinstance(value, model.Item):
        if place:
            yield place, value
        for name in value.__struct_fields__:  # msgspec.structs.fields() works the types out anew each time
            yield from _below(f"{place}.{name}" if place else name, getattr(value, name))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _below(f"{place}.{key}", entry)
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from _below(f"{place}.{getattr(entry, 'id', index)}", entry)


def numbers(knowledge: model.Knowledge, within: Sequence[str] = ()) -> Iterator[tuple[str, model.Number]]:
    """Every clinical number.

    :param within: only those of these parts of the knowledge (``likelihoods``)
    """
    every = (_below(name, getattr(knowledge, name)) for name in within or knowledge.__struct_fields__)
    return ((place, item) for part in every for place, item in part if isinstance(item, model.Number))


def citations(knowledge: model.Knowledge) -> Iterator[tuple[str, str]]:
    """Every use of a reference key or evidence id: the place, and what is cited there."""
    for place, item in items(knowledge):
        if isinstance(item, model.Number):
            figures = [item.published] if item.published else list(item.derived)
            yield from ((place, figure.partition(".")[0]) for figure in figures)
        if isinstance(item, model.Evidence):
            yield place, item.reference
        for key in getattr(item, "cite", ()):
            yield place, key


def rules(knowledge: model.Knowledge) -> Iterator[tuple[str, str, Vocabulary]]:
    """Every rule: the place, the rule, and the vocabulary it may use."""
    vocabularies = {
        "injections": vocabulary.of_injection(knowledge),
        "steps": vocabulary.of_review(knowledge),
    }
    of_case = vocabulary.of_case(knowledge)
    for place, item in items(knowledge):
        for name in ("when", "rule"):
            text = getattr(item, name, None)
            if isinstance(text, str) and not isinstance(item, model.FollowUp):
                yield f"{place}.{name}", text, vocabularies.get(place.partition(".")[0], of_case)
        if isinstance(item, model.Finding):
            yield from ((f"{place}.members.{word}", rule, of_case) for word, rule in item.members.items())


def recalled(knowledge: model.Knowledge, number: model.Number) -> bool:
    """Whether a number rests on evidence that was not seen."""
    figures = [number.published] if number.published else list(number.derived)
    ids = [figure.partition(".")[0] for figure in figures]
    return any(knowledge.evidence[name].status == "recalled" for name in ids if name in knowledge.evidence)
