"""Small matters of wording."""

from __future__ import annotations

# Words that keep their capital inside a sentence: people's names.
NAMES = ("Fortin", "Gaenslen", "Yeoman", "Romberg", "Modic", "Trendelenburg", "Revel", "Gillet", "Oswestry")


def lower(text: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    keeps = first.startswith(NAMES) or any(letter.isupper() for letter in first[1:])
    return text if keeps else text[:1].lower() + text[1:]


def upper(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def counted(number: float, word: str) -> str:
    """A number with its noun: ``1 week``, ``2 weeks``."""
    return f"{number:g} {word}" + ("" if number == 1 else "s")
