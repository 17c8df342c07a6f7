"""Look things up in the knowledge: list, show one item with its numbers, and find what rests on a citation."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import msgspec

from sacroiliac.errors import InputError
from sacroiliac.knowledge import model, walk
from sacroiliac.rules import RuleError, parse

KINDS: dict[str, str] = {
    "findings": "findings",
    "sources": "sources.sources",
    "groups": "likelihoods.groups",
    "delivery": "injections.delivery",
    "modifiers": "injections.modifiers",
    "patterns": "injections.patterns",
    "red_flags": "red_flags",
    "options": "options",
    "schedules": "schedules",
    "medication_rules": "medications.rules",
    "drug_classes": "medications.classes",
    "steps": "steps",
    "windows": "windows",
    "concepts": "concepts",
    "evidence": "evidence",
    "references": "references",
    "policies": "policies",
    "policy_items": "policies.items",
    "services": "coverage.services",
    "topics": "coverage.topics",
    "conflicts": "coverage.conflicts",
    "acts": "coverage.acts",
    "coding": "coverage.coding",
    "worklist": "population.worklist",
    "measures": "population.measures",
}

NOTHING = "nothing rests on it"
THROUGH_RECORDS = "all that rests on it does so through what was read in it:"


def listed(knowledge: model.Knowledge, kind: str | None) -> Iterator[tuple[str, str, str]]:
    """Kind, id and label of every item, or of one kind.

    :raises InputError: when there is no such kind
    """
    if kind is not None and kind not in KINDS:
        raise InputError(kind, "no such kind", f"Choose from {', '.join(KINDS)}.")
    for name, place in KINDS.items():
        if kind in (None, name):
            for item in _items(knowledge, place):
                yield name, item.id, _label(item)


def _items(knowledge: model.Knowledge, place: str) -> list[Any]:
    if place == "policies.items":
        every = knowledge.policies.values()
        return [item for one in every for service in one.services for _, item in service.own] + [
            item for one in every for item in one.scope_excluded
        ]
    value: Any = knowledge
    for step in place.split("."):
        value = getattr(value, step)
    return list(value.values()) if isinstance(value, dict) else list(value)


def _label(item: Any) -> str:
    found = getattr(item, "label", None) or getattr(item, "title", None) or getattr(item, "claim", None)
    found = found or getattr(item, "text", None) or getattr(item, "topic", None)
    return str(found or "title not seen")


def show(knowledge: model.Knowledge, name: str) -> str:
    """Everything about the items called ``name``: their fields, numbers with origin, and what uses them.

    :raises InputError: when nothing has that id
    """
    found = [(kind, item) for kind, place in KINDS.items() for item in _items(knowledge, place) if item.id == name]
    if not found:
        every = [item.id for place in KINDS.values() for item in _items(knowledge, place)]
        close = get_close_matches(name, dict.fromkeys(every), 3, 0.5)
        cure = f"Did you mean {' or '.join(close)}?" if close else "'sacroiliac knowledge list' names everything."
        raise InputError(name, "nothing in the knowledge has this id", cure)
    parts = []
    for kind, item in found:
        lines = [f"{kind}: {item.id}", *_fields(item, 1)]
        users = sorted({place for place in _users(knowledge, kind, name) if not place.endswith(f".{name}")})
        if users:
            lines += ["  used by:", *(f"    {place}" for place in users)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _fields(item: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for field in msgspec.structs.fields(item):
        value = getattr(item, field.name)
        if field.name != "id" and value not in (None, (), {}, ""):
            yield from _shown(field.name, value, indent, depth)


def _shown(name: str, value: Any, indent: str, depth: int) -> Iterator[str]:
    if isinstance(value, model.Number):
        yield f"{indent}{name}: {number(value)}"
    elif isinstance(value, msgspec.Struct):
        yield f"{indent}{name}:"
        yield from _fields(value, depth + 1)
    elif isinstance(value, dict):
        yield f"{indent}{name}:"
        for key, part in value.items():
            yield from _shown(str(key), part, indent + "  ", depth + 1)
    elif isinstance(value, tuple | list) and any(isinstance(part, msgspec.Struct) for part in value):
        yield f"{indent}{name}:"
        for position, part in enumerate(value, 1):
            yield from _shown(getattr(part, "id", f"{position}"), part, indent + "  ", depth + 1)
    elif isinstance(value, tuple | list):
        yield f"{indent}{name}: {', '.join(str(part) for part in value)}"
    else:
        yield f"{indent}{name}: {value}"


def number(one: model.Number) -> str:
    """A number with its origin in one line."""
    span = f", {one.range[0]:g} to {one.range[1]:g}" if one.range else ""
    where = one.published or ", ".join(one.derived) or ", ".join(one.cite)
    words = [one.origin, where and f"({where})", one.how or one.assumption or ""]
    return f"{one.value:g}{span}  [{' '.join(word for word in words if word)}]"


def _users(knowledge: model.Knowledge, kind: str, name: str) -> Iterator[str]:
    """Where an item is named: in a citation, in a rule, or by its id."""
    if kind in ("references", "evidence"):
        yield from (place for place, key in walk.citations(knowledge) if key == name)
    elif kind == "findings":
        for place, rule, words in walk.rules(knowledge):
            try:
                named = parse(rule, words).names
            except RuleError:
                continue
            if name in named:
                yield place
        yield from (
            f"likelihoods.groups.{group.id}.asks" for group in knowledge.likelihoods.groups if name in group.asks
        )
    elif kind == "concepts":
        for finding in knowledge.findings.values():
            if any(coded.concept == name for coded in finding.codes):
                yield f"findings.{finding.id}.codes"
        yield from (f"medications.classes.{one.id}" for one in knowledge.medications.classes if name in one.members)
    elif kind in ("policy_items", "services"):
        yield from _policies(knowledge, name)


def _policies(knowledge: model.Knowledge, name: str) -> Iterator[str]:
    """The policies, contradictions and acts that hold an item or speak of a service."""
    for policy in knowledge.policies.values():
        if any(item.id == name for item in policy.scope_excluded):
            yield f"policies.{policy.id}"
        for service in policy.services:
            if service.service == name or name in service.inherits or any(item.id == name for _, item in service.own):
                yield f"policies.{policy.id}: {service.service}"
    yield from (f"coverage.conflicts.{one.id}" for one in knowledge.coverage.conflicts if name in one.items)
    yield from (f"coverage.acts.{one.id}" for one in knowledge.coverage.acts if name in one.services)


def why(knowledge: model.Knowledge, name: str) -> str:
    """Everything that rests on a reference or evidence record.

    :raises InputError: when there is no such citation
    """
    if name not in knowledge.references and name not in knowledge.evidence:
        close = get_close_matches(name, [*knowledge.references, *knowledge.evidence], 3, 0.5)
        cure = f"Did you mean {' or '.join(close)}?" if close else "'sacroiliac knowledge list references' names them."
        raise InputError(name, "no reference or evidence record has this id", cure)
    records = [name] if name in knowledge.evidence else []
    records += [one.id for one in knowledge.evidence.values() if one.reference == name]
    rests: dict[str, set[str]] = {key: set() for key in (name, *records)}
    for place, cited in walk.citations(knowledge):
        if cited in rests and not place.startswith("evidence."):
            rests[cited].add(place)
    lines = []
    for key, places in rests.items():
        nothing = THROUGH_RECORDS if key == name and any(rests.values()) else NOTHING
        unused = knowledge.evidence[key].unused if key in knowledge.evidence else None
        nothing = f"{nothing}: {unused}" if unused else nothing
        head = knowledge.evidence[key].claim if key in knowledge.evidence else _label(knowledge.references[key])
        status = f" [{knowledge.evidence[key].status}]" if key in knowledge.evidence else ""
        lines += [f"{key}{status}: {head}", *(f"  {place}" for place in sorted(places) or [nothing]), ""]
    return "\n".join(lines)
