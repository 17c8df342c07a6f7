"""What was measured, as a table of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 80
_HEAD = ("what, against what", "ours", "peer", "ratio", "wanted", "reached")
_LINE = "{:<34} {:>9} {:>9} {:>7} {:>9} {:>7}"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. ``least`` or ``most`` is the ratio wanted; neither: shown for comparison only."""

    what: str
    ours: str
    peer: str
    ratio: float
    least: float | None = None
    most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is as wanted (None: nothing was wanted)."""
        if self.least is not None:
            return self.ratio >= self.least
        return None if self.most is None else self.ratio <= self.most

    @property
    def line(self) -> str:
        """The row as it is printed."""
        wanted = "" if self.least is None else f">= {_short(self.least)}"
        wanted = wanted if self.most is None else f"<= {_short(self.most)}"
        reached = {True: "yes", False: "NO", None: ""}[self.reached]
        return _LINE.format(self.what, self.ours, self.peer, _short(self.ratio), wanted, reached).rstrip()


@dataclass(frozen=True, slots=True)
class Section:
    """Comparisons that belong together, and what a reader must know about them."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def rate(each_second: float) -> str:
    """Cases per second, short."""
    return f"{each_second / 1e3:,.0f}k/s" if each_second >= 1e4 else f"{each_second:,.0f}/s"


def duration(seconds: float) -> str:
    """A duration, short."""
    return f"{seconds * 1e3:,.0f} ms" if seconds >= 0.1 else f"{seconds * 1e3:.1f} ms"


def _short(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def render(sections: Iterable[Section]) -> str:
    """All sections."""
    lines = []
    for section in sections:
        lines += ["", section.title.upper(), _LINE.format(*_HEAD), "-" * WIDTH]
        lines += [row.line for row in section.rows]
        for note in section.notes:
            lines += textwrap.wrap(note, WIDTH, initial_indent="* ", subsequent_indent="  ")
    return "\n".join(lines) + "\n"
