"""Lines that fit a terminal of 80 columns."""

from __future__ import annotations

import textwrap

WIDTH = 80
# Control characters but the new line, and those that turn the direction of writing: a chart could use them to
# change what a terminal shows.
_CONTROLS = (*range(10), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_HARMFUL = dict.fromkeys(_CONTROLS, "\N{REPLACEMENT CHARACTER}")


def harmless(text: str) -> str:
    """Text without characters that steer a terminal."""
    return text.translate(_HARMFUL)


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
