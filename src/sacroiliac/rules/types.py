"""What a rule may talk about: the kinds of fact and the values each may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["bool", "number", "date", "text", "set", "record", "records"]


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of one fact.

    ``values`` lists the legal words of a ``text`` or ``set`` fact (empty: any word, ``text`` only).
    ``fields`` gives the types inside a ``record`` or ``records`` fact.
    """

    kind: Kind
    values: tuple[str, ...] = ()
    fields: Mapping[str, FactType] = field(default_factory=dict)


Vocabulary = Mapping[str, FactType]
