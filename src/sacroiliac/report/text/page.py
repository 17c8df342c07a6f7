"""A page of at most 80 columns, and how numbers look on it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from sacroiliac.report.citations import Citations
from sacroiliac.report.wording import interval
from sacroiliac.review.model import Place, Probability, Said
from sacroiliac.review.words import percent
from sacroiliac.terminal import WIDTH


class Page:
    """Lines of at most 80 columns, with the citations numbered as they come."""

    def __init__(self, citations: Citations, names: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.citations = citations
        self.names = names

    def text(self) -> str:
        """The whole page."""
        return "\n".join(line.rstrip() for line in self.lines).strip("\n") + "\n"

    def title(self, words: str) -> None:
        """Begin a section."""
        self.lines += ["", *textwrap.wrap(words.upper(), WIDTH), "─" * WIDTH]

    def say(self, words: str, indent: int = 0, bullet: str = "", cite: Iterable[str] = ()) -> None:
        """A paragraph; what follows the ``bullet`` hangs under it."""
        first, rest = " " * indent + bullet, " " * (indent + len(bullet))
        content = f"{words} {self.citations.mark(cite)}".strip()
        wrapped = textwrap.wrap(content, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
        self.lines += wrapped or [first]

    def row(self, line: str) -> None:
        """One line as it is: the columns are the caller's."""
        self.lines.append(line)

    def gap(self) -> None:
        """An empty line."""
        self.lines.append("")

    def listed(self, title: str, sentences: Iterable[Said]) -> None:
        """A titled list of sentences; nothing when there are none."""
        for number, said in enumerate(sentences):
            if not number:
                self.gap()
                self.say(title)
            self.say(said.text + unsure(said.confirmed), indent=2, bullet="- ", cite=said.cite)


def unsure(confirmed: bool) -> str:
    """The mark of evidence that was not confirmed."""
    return "" if confirmed else " (!)"


def with_interval(probability: Probability) -> str:
    """A probability with its interval, as ``41% (30–55)``."""
    return f"{percent(probability.value)} ({interval(probability)})"


def bar(probability: Probability, width: int) -> str:
    """A bar to the probability, with its interval drawn through its end; empty where it was not worked out."""
    if interval(probability) == "no interval":
        return ""
    low, value, high = (round(one * width) for one in (probability.low, probability.value, probability.high))
    spots = ("█" if spot < value else "─" if low <= spot < high else " " for spot in range(width))
    return "".join(spots).rstrip() or "▏"


def placed(place: Place) -> str:
    """Where something stands in the chart, with the words there."""
    details = [place.file, place.place, place.date, place.side, "inferred by the reader" if place.inferred else None]
    return f"{place.words} ({', '.join(one for one in details if one)})"
