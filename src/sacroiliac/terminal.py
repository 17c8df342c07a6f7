"""Lines that fit a terminal of 80 columns."""

from __future__ import annotations

import textwrap

WIDTH = 80


def fitted(text: str, hanging: int = 4) -> str:
    """Text with its long lines broken; what is carried over hangs ``hanging`` columns under the start of its line. A word with no
    place to break, such as a path, stays whole."""
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + hanging)
        lines += textwrap.wrap(
            line, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        ) or [""]
    return "\n".join(line.rstrip() for line in lines) + "\n"
