"""Small matters of wording."""

from __future__ import annotations

import math
import re

# Words that keep their capital inside a sentence: people's names.
NAMES = ("Fortin", "Gaenslen", "Yeoman", "Romberg", "Modic", "Trendelenburg", "Revel", "Gillet", "Oswestry")


def lower(text: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    keeps = first.startswith(NAMES) or any(letter.isupper() for letter in first[1:])
    return text if keeps else text[:1].lower() + text[1:]


def upper(text: str) -> str:
    """With a capital first letter, unless the first word has its capital elsewhere (iMIA)."""
    return text if any(one.isupper() for one in text.split(" ", 1)[0][1:]) else text[:1].upper() + text[1:]


def counted(number: float, word: str) -> str:
    """A number with its noun: ``1 week``, ``2 weeks``."""
    return f"{number:g} {word}" + ("" if number == 1 else "s")


def many(number: int, one: str, more: str = "") -> str:
    """A count with its noun: ``1 entry``, ``1,204 entries``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def in_order(name: str) -> tuple[list[str | int], str]:
    """What names are sorted by, so that 2 stands before 10 and capital letters make no difference."""
    return [int(part) if at % 2 else part.casefold() for at, part in enumerate(re.split(r"(\d+)", name))], name


def spaced(name: str) -> str:
    """A name of the vocabulary that has no label, in plain words."""
    return name.replace("_", " ")


def percent(share: float) -> str:
    """A share in percent; what is not nothing is never shown as nothing, nor what is not certain as certain."""
    if not math.isfinite(share):
        return "not worked out"
    return "<1%" if 0 < share < 0.01 else ">99%" if 0.99 < share < 1 else f"{share * 100:.0f}%"
