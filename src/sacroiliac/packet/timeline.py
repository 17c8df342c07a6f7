"""The conservative care, injections and procedures of a case in the order of their dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Span
from sacroiliac.packet.entries import AIMED_AT, ended
from sacroiliac.packet.model import Dated
from sacroiliac.packet.tell import Teller
from sacroiliac.review.words import spaced, upper

UNDATED = (10**9, 10**9)


def timeline(teller: Teller) -> tuple[Dated, ...]:
    """Everything of the timeline, oldest first; what has no date stands last."""
    listed = [*_care(teller), *_injections(teller), *_procedures(teller)]
    return tuple(sorted(listed, key=lambda one: (one.days or UNDATED, one.label)))


def _care(teller: Teller) -> Iterator[Dated]:
    review = teller.case.review
    for one in teller.case.treatments:
        kind = str(one.values.get("kind", "treatment"))
        start = one.values.get("start")
        end, going_on = ended(one.values, review)
        sentence = teller.treatment(one)
        yield Dated(
            kind="care",
            label=upper(teller.kinds.get(kind, spaced(kind))),
            first=None if start is None else written_span(start),
            last=None if end is None else written_span(end),
            ongoing=going_on,
            words=sentence.text,
            sources=sentence.sources,
            days=None if start is None else (start[0], _end(start, end, going_on, review)),
        )


def _end(start: Span, end: Span | None, going_on: bool, review: int) -> int:
    """The last day drawn; care whose end is not documented is drawn as the day it began."""
    if going_on:
        return review
    return start[1] if end is None else min(end[1], review)


def _injections(teller: Teller) -> Iterator[Dated]:
    for one, sentence in teller.told_entries():
        label = f"Injection, {AIMED_AT.get(one.values.get('target', ''), 'sacroiliac region')}"
        yield _of_one_day("injection", label, one.fact.when, sentence.text, sentence.sources)


def _procedures(teller: Teller) -> Iterator[Dated]:
    for _, fact, sentence in teller.procedures():
        yield _of_one_day("procedure", "Radiofrequency", fact.when, sentence.text, sentence.sources)
    for name, fact, sentence in teller.operations():
        label = teller.knowledge.findings[name].label
        yield _of_one_day("procedure", label, fact.when, sentence.text, sentence.sources)


def _of_one_day(kind: Any, label: str, when: Span | None, words: str, sources: tuple[int, ...]) -> Dated:
    first = None if when is None else written_span(when)
    return Dated(kind=kind, label=label, first=first, words=words, sources=sources, days=when)
