"""Reach into a resource without trusting its shape.

Each function gives the value in the type asked for, or nothing where the key is absent. A value of another type raises
:class:`UnreadableError`: the reader then lists the whole resource and goes on with the next.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""A JSON object: a resource or a part of one."""


class UnreadableError(Exception):
    """A resource does not have the shape that FHIR gives it."""


def _wrong(key: str, expected: str, value: Any) -> UnreadableError:
    return UnreadableError(f"'{key}' should be {expected}, not {_called(value)}")


def _called(value: Any) -> str:
    return "null" if value is None else _NAMES[type(value)]


_NAMES = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


def part(parent: Object, key: str) -> Object | None:
    """The object under ``key``."""
    value = parent.get(key)
    if value is None or type(value) is dict:
        return value
    raise _wrong(key, "an object", value)


def parts(parent: Object, key: str) -> list[Object]:
    """The objects of the list under ``key``."""
    value = parent.get(key)
    if value is None:
        return []
    if type(value) is not list:
        raise _wrong(key, "a list", value)
    for one in value:
        if type(one) is not dict:
            raise UnreadableError(f"'{key}' should hold objects, not {_called(one)}")
    return value


def text(parent: Object, key: str) -> str | None:
    """The text under ``key`` without blanks around it; empty text is none."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is not str:
        raise _wrong(key, "text", value)
    return value.strip() or None


def number(parent: Object, key: str) -> float | None:
    """The number under ``key``."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is not int and type(value) is not float:
        raise _wrong(key, "a number", value)
    try:
        return float(value)
    except OverflowError:
        raise UnreadableError(f"the number under '{key}' is too large") from None


def flag(parent: Object, key: str) -> bool | None:
    """The boolean under ``key``."""
    value = parent.get(key)
    if value is None or type(value) is bool:
        return value
    raise _wrong(key, "true or false", value)


def extension(parent: Object, *urls: str) -> Object | None:
    """The first extension of ``parent`` with one of ``urls``."""
    for one in parts(parent, "extension"):
        if one.get("url") in urls:
            return one
    return None


def modified(content: Object) -> bool:
    """Whether an extension that may change what a resource says stands in it, or in one of its parts.

    FHIR forbids to ignore these; none is known here.
    """
    if "modifierExtension" in content:
        return True
    listed = [one for value in content.values() if type(value) is list for one in value if type(one) is dict]
    return any("modifierExtension" in one for one in listed)


def status_code(parent: Object, key: str) -> str | None:
    """The code of a status: a plain code, or the first code of a concept (``clinicalStatus``)."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is str:
        return value.strip().lower() or None
    concept = part(parent, key)
    assert concept is not None
    for one in parts(concept, "coding"):
        code = text(one, "code")
        if code is not None:
            return code.lower()
    words = text(concept, "text")
    return words.lower() if words else None
