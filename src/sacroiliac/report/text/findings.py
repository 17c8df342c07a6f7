"""One finding opened: its value and places, or the question to ask; and everything that rests on it."""

from __future__ import annotations

from sacroiliac.report.explain import resting_on
from sacroiliac.report.text.page import Page, placed
from sacroiliac.review.model import FindingShown, Missing, Review
from sacroiliac.review.words import upper


def finding(page: Page, review: Review, one: FindingShown) -> None:
    """A finding that the chart documents, or that follows from it."""
    page.title(one.label)
    unit = f" {one.unit}" if one.unit else ""
    note = f" ({one.note})" if one.note else ""
    page.say(f"{upper(one.value)}{unit}{note}.")
    page.say("Worked out from:" if one.derived else "Read at:")
    for place in one.places:
        page.say(placed(place), indent=2, bullet="- ")
    _rests(page, review, one.id)


def missing(page: Page, review: Review, one: Missing) -> None:
    """A finding that the chart does not document."""
    page.title(one.label)
    page.say("Not documented. That is neither yes nor no.")
    if one.question:
        page.say(f"Ask: {one.question}")
    _rests(page, review, one.finding)


def _rests(page: Page, review: Review, name: str) -> None:
    listed: dict[str, list[str]] = {}
    for kind, label in resting_on(review, name):
        listed.setdefault(kind, []).append(label)
    page.gap()
    page.say("What looks at it:" if listed else "Nothing in this review looks at it.")
    for kind, labels in listed.items():
        page.say("; ".join(labels), indent=2, bullet=f"{kind}: ")
