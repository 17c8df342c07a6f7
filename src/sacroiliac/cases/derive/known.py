"""What a derivation may use, the register of derivations, and the arithmetic they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sacroiliac.cases.found import Entry, Findings, Found
from sacroiliac.chart.facts import Fact, Patient, Side, Span
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.rules import OpenList, calendar


@dataclass(frozen=True, slots=True)
class Known:
    """What a derivation may use: the findings so far, and the records and facts behind them."""

    knowledge: Knowledge
    patient: Patient
    side: Side | None
    review: int
    findings: Findings
    injections: Sequence[Entry] | None
    treatments: Sequence[Entry] | None
    drugs: Sequence[Fact]
    facts: Sequence[Fact]

    def value(self, name: str) -> Any:
        """The value of a finding, or None when it is not documented."""
        found = self.findings.get(name)
        return None if found is None else found.value

    def may_lack(self, name: str) -> bool:
        """Whether there may be entries of a list of records that the chart does not hold."""
        return isinstance(self.value(name), OpenList)

    def rests_on(self, names: Iterable[str]) -> tuple[Fact, ...]:
        """The facts behind some findings, each once."""
        facts = [fact for name in names if name in self.findings for fact in self.findings[name].facts]
        return tuple({id(fact): fact for fact in facts}.values())


Derivation = Callable[[Known], Found | None]
DERIVED: dict[str, Derivation] = {}


def derives(name: str) -> Callable[[Derivation], Derivation]:
    """Register the function that works out the finding ``name``."""

    def register(function: Derivation) -> Derivation:
        DERIVED[name] = function
        return function

    return register


def months_between(start: Span, end: Span) -> tuple[float, float]:
    """Fewest and most calendar months from one span to another."""
    fewest = calendar.months_between_days(start[1], end[0])
    return fewest, fewest if start[0] == start[1] and end[0] == end[1] else calendar.months_between_days(
        start[0], end[1]
    )


def months_since(start: Span, review: int) -> tuple[float, float] | None:
    """Fewest and most calendar months from a span to the review; None when it lies after the review."""
    low, high = months_between(start, (review, review))
    return None if high < 0 else (max(low, 0.0), high)


def latest(spans: Iterable[Span | None], review: int, others: bool = False) -> Span | None:
    """The span in which the latest of some days lies, at most the review day; None when no day is known.

    Where a day is not known, or there may be ``others``, the latest may be as late as the review.
    """
    listed = list(spans)
    known = [span for span in listed if span is not None]
    if not known:
        return None
    last = review if others or len(known) < len(listed) else min(max(span[1] for span in known), review)
    return min(max(span[0] for span in known), review), last


def number(bounds: tuple[float, float]) -> float | tuple[float, float]:
    """A number known exactly, or the bounds between which it lies."""
    return bounds[0] if bounds[0] == bounds[1] else bounds
