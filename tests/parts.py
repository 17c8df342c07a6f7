"""Everything of one kind in what the program gives, however deep it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec


def parts(value: Any, kind: type) -> Iterator[Any]:
    """Every part of a review or packet that is of one kind."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from parts(getattr(value, name), kind)
    elif isinstance(value, tuple):
        for one in value:
            yield from parts(one, kind)
    elif isinstance(value, dict):
        for one in value.values():
            yield from parts(one, kind)
