"""Numbers for citations: each evidence record or reference gets one the first time a report shows it."""

from __future__ import annotations

from collections.abc import Iterable

from sacroiliac.review.model import Cited, Figure, Review

ORIGINS = {"published": "p", "derived": "d", "assumption": "a"}
LEGEND = (
    "Figures: p published, d derived from published figures, a assumption of this model, "
    "m worked out by the model from all of these; in brackets the reference. "
    "(!) not confirmed: read from memory, decides nothing by itself."
)


class Citations:
    """Hands out reference numbers in the order in which things are cited."""

    def __init__(self, *reviews: Review) -> None:
        self.references: dict[str, Cited] = {key: one for review in reviews for key, one in review.references.items()}
        self.numbers: dict[str, int] = {}

    def mark(self, cite: Iterable[str]) -> str:
        """The reference numbers of some citations, as ``[1,4]``; nothing when there are none."""
        numbers = self.numbered(cite)
        return f"[{','.join(str(number) for number in numbers)}]" if numbers else ""

    def numbered(self, cite: Iterable[str]) -> dict[int, list[str]]:
        """The numbers of some citations in order, each with the records cited of that work."""
        found: dict[int, list[str]] = {}
        for key in cite:
            if key in self.references:
                number = self.numbers.setdefault(self._work(key), len(self.numbers) + 1)
                found.setdefault(number, []).append(key)
        return dict(sorted(found.items()))

    def figure(self, figure: Figure) -> str:
        """Origin letter and reference of a figure, as ``p [3]``."""
        unsure = "" if figure.confirmed else "(!)"
        return " ".join(part for part in (ORIGINS[figure.origin] + unsure, self.mark(figure.cite)) if part)

    def listed(self) -> list[tuple[int, Cited]]:
        """Everything cited so far, by number."""
        return [(number, self.references[key]) for key, number in self.numbers.items()]

    def _work(self, key: str) -> str:
        """The work behind a record: two records of one paper share a number."""
        return self.references[key].reference or key
