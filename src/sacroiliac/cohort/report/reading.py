"""Each picture in one sentence, from what is shown of it."""

from __future__ import annotations

from collections.abc import Iterable

from sacroiliac.cohort.report.model import Bar, Picture
from sacroiliac.review.words import lower, percent

NOTHING = "All counts are too small to be shown."
NOBODY = "There is nothing to count."


def _nothing(bars: tuple[Bar, ...]) -> str:
    return NOTHING if any(bar.count.shown is None for bar in bars) else NOBODY


def _of(bar: Bar) -> str:
    assert bar.of is not None
    return f"{bar.count.shown:,} of {bar.of.shown:,}, {percent(bar.share or 0)}"


def most(picture: Picture) -> str:
    """What is most frequent, of the parts of a whole."""
    shares = [(bar.share, bar) for bar in picture.bars if bar.share]
    if not shares:
        return _nothing(picture.bars)
    share, bar = max(shares, key=lambda one: one[0])
    left = 1 - sum(one for one, _ in shares)
    return f"{_held('Most often', share >= left)}: {lower(bar.label)} ({_of(bar)})."


def least(picture: Picture) -> str:
    """What is stated most rarely."""
    shares = [(bar.share, bar) for bar in picture.bars if bar.share is not None]
    if not shares:
        return _nothing(picture.bars)
    _, bar = min(shares, key=lambda one: one[0])
    return f"{_held('Most rarely stated', _whole(picture.bars))}: {lower(bar.label)} ({_of(bar)})."


def _whole(bars: Iterable[Bar]) -> bool:
    """Whether all is shown."""
    return all(one is None or one.shown is not None for bar in bars for one in (bar.count, bar.of))


def _held(words: str, certain: bool) -> str:
    """Words that hold though something is not shown that may be more, or less."""
    return words if certain else f"Of what is shown, {lower(words)}"


def last_one(picture: Picture) -> str:
    """How many the last bar stands for; where that is not shown, what is most frequent."""
    bar = picture.bars[-1]
    return most(picture) if bar.share is None else f"{bar.label.capitalize()}: {_of(bar)}."


def over_time(picture: Picture) -> str:
    """The share of the first and of the last part in the last year that is shown."""
    for stack in reversed(picture.stacks):
        first, *_, end = stack.parts
        if first.share is not None and end.share is not None and stack.label.isdigit():
            return f"In {stack.label}: {first.label} in {percent(first.share)}, {end.label} in {percent(end.share)}."
    return _nothing(tuple(part for stack in picture.stacks for part in stack.parts))


def conversion(picture: Picture) -> str:
    """How many went on."""
    said = []
    for group in picture.groups:
        rest = group.bars[-1]
        if rest.share is not None:
            said.append(f"{lower(group.label)} in {percent(1 - rest.share)}")
    return f"So far: {', '.join(said)}." if said else _nothing(picture.bars)


def coverage(picture: Picture) -> str:
    """Where most cases lack one fact only."""
    lacking = [
        (part, f"{stack.label}, {lower(group.label)}")
        for group in picture.groups
        for stack in group.stacks
        for part in stack.parts
        if part.label == "one fact missing"
    ]
    known = [(part.count.shown, where) for part, where in lacking if part.count.shown]
    if not known:
        return _nothing(tuple(part for stack in picture.stacks for part in stack.parts))
    number, first = max(known, key=lambda one: one[0])
    words = _held("One fact is missing most often for", _whole(part for part, _ in lacking))
    return f"{words} {first}: in {number:,} cases."


def facts(picture: Picture) -> str:
    """The fact that would do most."""
    known = [bar for bar in picture.bars if bar.count.shown]
    if not known:
        return _nothing(picture.bars)
    return f"{known[0].label}: in {known[0].count.shown:,} cases."
