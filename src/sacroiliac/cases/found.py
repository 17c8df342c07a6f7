"""One finding of one case: its value, and the facts it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sacroiliac.chart.facts import Fact


@dataclass(frozen=True, slots=True)
class Found:
    """What the facts say about one finding (see :func:`sacroiliac.rules.columns.from_rows` for the values).

    ``note`` says what was done to get there, where that is not plain ("worked out from the dates").
    """

    value: Any
    facts: tuple[Fact, ...]
    note: str = ""


Findings = dict[str, Found]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Facts that disagree, and what was used."""

    finding: str
    facts: tuple[Fact, ...]
    used: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record (an injection, a treatment): its fields, the fact it was read from, and notes on single fields."""

    values: Mapping[str, Any]
    fact: Fact
    notes: Mapping[str, str]
