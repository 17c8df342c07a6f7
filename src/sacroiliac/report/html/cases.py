"""One review as the templates see it: its anchors, its words, and what is shown first."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from sacroiliac.report import wording
from sacroiliac.report.html.marks import slug
from sacroiliac.report.wording import Reason
from sacroiliac.review.model import (
    Contribution,
    Explained,
    FindingShown,
    Flag,
    Missing,
    NotUsed,
    Result,
    Review,
    Source,
)

# The sections in the order in which they are read: name of the template, title.
SECTIONS = (
    ("short", "In short"),
    ("flags", "Red flags"),
    ("injections", "What the injections showed"),
    ("why", "Why it did not last"),
    ("sources", "Pain sources"),
    ("missing", "What is missing, and what would tell most"),
    ("options", "Options"),
    ("medication", "Medication safety"),
    ("policies", "What societies and payers ask"),
    ("step", "Proposed first step"),
    ("findings", "Findings and their places in the chart"),
    ("coverage", "What the chart held that was not used"),
)
LEAST_CONTRIBUTION, LEAST_MOVE = 0.05, 0.05


class Case:
    """One review on a page that may hold several."""

    # What a red flag of the first tier folds away: it could delay what has to be done.
    NOT_FOR_EMERGENCIES = ("why", "sources", "missing", "options", "policies")
    SOURCES_SHOWN, SOURCES_MOVED, QUESTIONS_SHOWN, PLACES_SHOWN = 8, 3, 8, 2

    def __init__(self, review: Review, prefix: str, whole: bool = True) -> None:
        self.review = review
        self.prefix = prefix
        self.whole = whole

    @property
    def names(self) -> dict[str, str]:
        """What everything named in rules is called."""
        return self.review.labels

    @cached_property
    def found(self) -> dict[str, FindingShown]:
        """The findings of the case."""
        return {one.id: one for one in self.review.findings}

    @property
    def title(self) -> str:
        """The side, as a heading."""
        side = self.review.who.side
        return f"{side.capitalize()} side" if side else "Side not documented"

    def anchor(self, *words: object) -> str:
        """An anchor of this case."""
        return slug(self.prefix, *words)

    def reason(self, explained: Explained) -> Reason:
        """A rule in words."""
        return wording.reason(explained, self.names)

    def label(self, name: str) -> str:
        """What something is called."""
        return self.names.get(name, wording.spaced(name))

    def place(self, name: str) -> str:
        """The anchor of a finding, or nothing when the chart or the page does not have it."""
        return self.anchor("finding", name) if self.whole and name in self.found else ""

    def sources(self) -> dict[str, Source]:
        """The sources by their names."""
        return {one.id: one for one in self.review.sources}

    def flags(self, status: str) -> list[Flag]:
        """The red flags of one status."""
        return [one for one in self.review.red_flags if one.status == status]

    def areas(self) -> list[tuple[str, list[FindingShown]]]:
        """The findings by area."""
        areas: dict[str, list[FindingShown]] = {}
        for one in self.review.findings:
            areas.setdefault(one.area, []).append(one)
        return list(areas.items())

    @staticmethod
    def moved(source: Source) -> list[Contribution]:
        """The contributions large enough to draw, those for it first."""
        large = [one for one in source.contributions if abs(one.log_odds) >= LEAST_CONTRIBUTION]
        return sorted(large, key=lambda one: -one.log_odds)

    def moves(self, result: Result) -> list[tuple[Source, float]]:
        """The sources a result would move, and where to: the first, and the second where it moves visibly."""
        known = self.sources()
        found = [(known[name], value) for name, value in result.sources[:2]]
        return found[:1] + [
            (source, value) for source, value in found[1:] if abs(value - source.probability.value) >= LEAST_MOVE
        ]

    @staticmethod
    def unused(one: NotUsed) -> tuple[str, str]:
        """What was not used, and the words of the chart where they are not the same."""
        words = one.place.words
        return (one.what.removesuffix(words).rstrip(": ") or one.what, words) if words else (one.what, "")

    @staticmethod
    def missing(listed: Iterable[Missing]) -> list[str]:
        """What to document, each finding once."""
        return wording.missing(listed)
