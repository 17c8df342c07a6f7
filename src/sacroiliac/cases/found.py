"""One finding of one case: its value, and the facts it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sacroiliac.chart.facts import Fact


class Found(Struct, frozen=True):
    """What the facts say about one finding (see :func:`sacroiliac.rules.columns.from_rows` for the values).

    ``note`` says what was done to get there, where that is not plain ("worked out from the dates").
    """

    value: Any
    facts: tuple[Fact, ...]
    note: str = ""


Findings = dict[str, Found]


class Contradiction(Struct, frozen=True):
    """Facts that disagree, and what was used."""

    finding: str
    facts: tuple[Fact, ...]
    used: str


class Entry(Struct, frozen=True):
    """One record (an injection, a treatment): its fields, the fact it was read from, and notes on single fields."""

    values: Mapping[str, Any]
    fact: Fact
    notes: Mapping[str, str]
