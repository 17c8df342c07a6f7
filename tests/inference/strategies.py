"""Hypothesis strategies for evidence in the terms of the real network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from sacroiliac.inference import Block, Evidence
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Group


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    return tuple(group for group in load().likelihoods.groups if group.use == "model")


@lru_cache(maxsize=1)
def shares() -> tuple[int, ...]:
    """How many shares each rule of the context chooses from."""
    known = load().sources
    listed: list[Any] = [*known.complexes, *(source for source in known.sources if source.shares)]
    return tuple(len(one.shares) for one in listed)


def contexts() -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(st.integers(0, number - 1) for number in shares()))


def reading(group: Group) -> st.SearchStrategy[tuple[str, int, int, tuple[int, ...]]]:
    top = len(group.levels) - 1
    spans = [(low, high) for low in range(top + 1) for high in range(low, top + 1) if high - low < top]
    dampings = st.sets(st.integers(0, len(group.damped_by) - 1)) if group.damped_by else st.just(frozenset())
    return st.builds(lambda span, damped: (group.id, *span, tuple(sorted(damped))), st.sampled_from(spans), dampings)


@st.composite
def levels(draw: st.DrawFn, most: int = 12) -> tuple[tuple[str, int, int, tuple[int, ...]], ...]:
    chosen = draw(st.sets(st.integers(0, len(groups()) - 1), max_size=most))
    return tuple(draw(reading(groups()[number])) for number in sorted(chosen))


@st.composite
def blocks(draw: st.DrawFn, **fixed: Any) -> Block:
    known = load().injections
    power = [one.id for one in known.modifiers if one.effect == "power"]
    placebo = [one.id for one in known.modifiers if one.effect == "placebo"]
    relief = draw(st.sampled_from([None, 0, 1, 2]))
    spans = [(low, high) for low in range(4) for high in range(low, 4) if (low, high) != (0, 3)]
    made = {
        "delivery": draw(st.sampled_from([row.id for row in known.delivery])),
        "relief": relief,
        "lasted": draw(st.sampled_from([None, *spans])),
        "powers": tuple(draw(st.sets(st.sampled_from(power)))),
        "placebo": draw(st.sampled_from([None, *placebo])),
        "spread": draw(st.booleans()),
        "weaker": tuple(draw(st.sets(st.sampled_from([one.id for one in known.steroid.modifiers])))),
    } | fixed
    made["powers"] = tuple(sorted(made["powers"])) if made["relief"] is not None else ()
    made["weaker"] = tuple(sorted(made["weaker"])) if made["lasted"] is not None else ()
    return Block(**made)


def evidence(most_blocks: int = 3, **fixed: Any) -> st.SearchStrategy[Evidence]:
    listed = st.lists(blocks(**fixed), max_size=most_blocks).map(tuple)
    return st.builds(Evidence, contexts(), levels(), listed)
