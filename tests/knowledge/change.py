"""The knowledge with one thing changed: every test of a check begins with knowledge that has exactly one fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec


def changed(item: Any, place: str, change: Callable[[Any], Any]) -> Any:
    """A copy of ``item`` in which ``change`` was applied at ``place`` (named as faults name it)."""
    if not place:
        return change(item)
    step, _, rest = place.partition(".")
    if isinstance(item, dict):
        return {**item, step: changed(item[step], rest, change)}
    if isinstance(item, tuple):
        names = [getattr(one, "id", str(index)) for index, one in enumerate(item)]
        at = names.index(step)
        return (*item[:at], changed(item[at], rest, change), *item[at + 1 :])
    return msgspec.structs.replace(item, **{step: changed(getattr(item, step), rest, change)})


def put(value: Any) -> Callable[[Any], Any]:
    """Put ``value`` there instead."""
    return lambda _: value


def fields(**values: Any) -> Callable[[Any], Any]:
    """Give some fields other values."""
    return lambda item: msgspec.structs.replace(item, **values)


def entry(name: str, value: Any) -> Callable[[Any], Any]:
    """Put one entry into a mapping."""
    return lambda item: {**item, name: value}


def without(name: str) -> Callable[[Any], Any]:
    """Take one entry out of a mapping."""
    return lambda item: {key: value for key, value in item.items() if key != name}
