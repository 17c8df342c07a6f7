"""Places on a picture, and ticks: everything is in percent of the width (or height) of its picture.

Percent, because an SVG without a view box keeps its text and marks at one size on every screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


def spot(part: float, whole: float = 1.0, start: float = 0.0) -> float:
    """Where a value stands between ``start`` and ``start + whole``, in percent, kept inside the picture."""
    return 0.0 if not math.isfinite(part) else round(min(max((part - start) / whole, 0.0), 1.0) * 100, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of an axis."""

    at: float
    words: str
    anchor: Literal["start", "middle", "end"] = "middle"


def ticks(spots: Iterable[tuple[float, str]]) -> tuple[Tick, ...]:
    """Ticks whose words stay inside the picture: the first and last are set inwards."""
    return tuple(Tick(at, words, "start" if at < 2 else "end" if at > 98 else "middle") for at, words in spots)
