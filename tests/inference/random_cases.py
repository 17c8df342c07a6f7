"""Random evidence for a knowledge, and random knowledge: other sources, groups, tables; nothing clinical."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from sacroiliac.inference import Batch, Block, Evidence
from sacroiliac.inference.speaking import Speaking
from sacroiliac.knowledge.model import (
    AnaestheticTable,
    Complex,
    Counts,
    Damping,
    DeliveryRow,
    Group,
    Injections,
    Knowledge,
    Likelihood,
    Likelihoods,
    Limits,
    Number,
    PhaseModifier,
    Reading,
    Relief,
    Share,
    Source,
    Sources,
    SteroidModifier,
    SteroidTable,
)

LOW, HIGH = 0, 2


# ---------------------------------------------------------------------------------------------- evidence


@dataclass
class Draw:
    """Random evidence in the terms of one knowledge."""

    knowledge: Knowledge
    rng: random.Random

    def context(self) -> tuple[int, ...]:
        known = self.knowledge.sources
        listed = [*known.complexes, *(source for source in known.sources if source.shares)]
        return tuple(self.rng.randrange(len(one.shares)) for one in listed)

    def evidence(self, groups: float = 0.4, most_blocks: int = 3) -> Evidence:
        """Evidence in which each group speaks with probability ``groups``."""
        speaking = [one for one in self.groups() if self.rng.random() < groups]
        levels = tuple(self.reading(one) for one in speaking)
        blocks = tuple(self.block() for _ in range(self.rng.randint(0, most_blocks)))
        return Evidence(self.context(), levels, blocks)

    def groups(self) -> list[Group]:
        return [group for group in self.knowledge.likelihoods.groups if group.use == "model"]

    def reading(self, group: Group) -> tuple[str, int, int, tuple[int, ...]]:
        """Any levels next to each other but not all of them, any dampings."""
        spans = [
            (lowest, highest)
            for lowest in range(len(group.levels))
            for highest in range(lowest, len(group.levels))
            if highest - lowest < len(group.levels) - 1
        ]
        dampings = tuple(number for number in range(len(group.damped_by)) if self.rng.random() < 0.5)
        return (group.id, *self.rng.choice(spans), dampings)

    def block(self) -> Block:
        known = self.knowledge.injections
        relief = self.rng.choice([None, 0, 1, 2, 2])
        categories = len(known.steroid.weeks)
        first = self.rng.randint(0, categories)
        lasted = self.rng.choice([None, (first, self.rng.randint(first, categories))])
        if lasted == (0, categories):
            lasted = None
        by_effect = {
            effect: [one.id for one in known.modifiers if one.effect == effect] for effect in ("power", "placebo")
        }
        return Block(
            delivery=self.rng.choice(known.delivery).id,
            relief=relief,
            lasted=lasted,
            powers=tuple(one for one in by_effect["power"] if self.rng.random() < 0.3) if relief is not None else (),
            placebo=self.rng.choice([None, *by_effect["placebo"]]),
            spread=self.rng.random() < 0.3,
            weaker=tuple(one.id for one in known.steroid.modifiers if self.rng.random() < 0.3) if lasted else (),
        )


def random_batch(
    known: Knowledge, seed: int, cases: int, speaks: float = 0.4, contexts: int = 30, injections: int = 60
) -> Batch:
    """Random readings, contexts and injections.

    :param speaks: how likely each group of findings has a reading
    :param contexts: from how many contexts the cases are drawn, at most
    :param injections: from how many choices of none to three injections the cases are drawn, at most
    """
    rng = np.random.default_rng(seed)
    draw = Draw(known, random.Random(seed))
    groups = tuple(draw.groups())
    readings = np.full((len(groups), cases), -1, np.int8)
    for row, group in enumerate(groups):
        spoke = rng.random(cases) < speaks
        readings[row, spoke] = rng.integers(len(group.readings), size=spoke.sum())
    prior = tuple({draw.context(): None for _ in range(contexts)})
    injected = tuple({tuple(draw.block() for _ in range(number % 4)): None for number in range(injections)})
    return Batch(
        Speaking(groups),
        readings,
        prior,
        rng.integers(len(prior), size=cases),
        injected,
        rng.integers(len(injected), size=cases),
    )


def has_repeat(blocks: tuple[Block, ...]) -> bool:
    """Whether a later block depends on an earlier one."""
    first = next((number for number, block in enumerate(blocks) if block.relief == HIGH), len(blocks))
    return any(block.relief is not None for block in blocks[first + 1 :])


# --------------------------------------------------------------------------------------------- knowledge


@dataclass
class Made:
    """Random knowledge that keeps only the parts of ``like`` that inference does not read."""

    like: Knowledge
    rng: random.Random

    def knowledge(self) -> Knowledge:
        sources = self.sources()
        return replace(
            self.like,
            sources=sources,
            likelihoods=self.likelihoods([source.id for source in sources.sources]),
            injections=self.injections(),
        )

    def number(self, low: float, high: float) -> Number:
        """A number with a range on both sides, as an assumption."""
        value = self.rng.uniform(low, high)
        return Number(
            value=value,
            assumption="drawn at random",
            range=(value - 0.3 * (value - low), value + 0.3 * (high - value)),
        )

    def share(self, low: float, high: float) -> tuple[Share, ...]:
        return tuple(Share(label="random", value=self.number(low, high)) for _ in range(self.rng.randint(1, 3)))

    def sources(self) -> Sources:
        count = self.rng.randint(4, 8)
        part = self.number(0.2, 0.8)
        common = {"label": "random", "short": "random", "meaning": "random"}
        listed = [
            Source(id="inside", kind="joint", part_of="whole", part=part, **common),
            Source(id="behind", kind="ligament", part_of="whole", part=Number(value=1 - part.value), **common),
        ]
        for number in range(count - 2):
            kind = self.rng.choice(["spine", "hip", "inflammatory", "nerve", "dangerous"])
            like_joint = self.rng.random() < (0.6 if kind == "inflammatory" else 0.15)
            # Few enough are kept that the others can reach what is left.
            kept = self.rng.random() < 0.3 and number > 2
            shares = self.share(0.01, 0.06) if kept else self.share(0.15, 0.45)
            listed.append(
                Source(id=f"s{number}", kind=kind, shares=shares, kept=kept, answers_like_joint=like_joint, **common)
            )
        self.rng.shuffle(listed)
        none, one, two = self.number(0.2, 0.3), self.number(0.5, 0.58), self.number(0.08, 0.12)
        return Sources(
            counts=Counts(none=none, one=one, two=two),
            complexes=(Complex(id="whole", label="random", shares=self.share(0.2, 0.35)),),
            sources=tuple(listed),
        )

    def likelihoods(self, names: list[str]) -> Likelihoods:
        groups = [self.group(number, names) for number in range(self.rng.randint(3, 7))]
        return Likelihoods(
            limits=Limits(
                smallest_ratio=self.number(0.04, 0.3),
                largest_ratio=self.number(4, 20),
                largest_definitive_ratio=self.number(30, 200),
                examination_cap=self.number(1.2, 6),
            ),
            groups=tuple(groups),
        )

    def group(self, number: int, names: list[str]) -> Group:
        linked = self.rng.sample(names, self.rng.randint(1, min(4, len(names))))
        kind = self.rng.choice(["sensitivity", "ratios", "levels"])
        made = {"sensitivity": self.by_sensitivity, "ratios": self.by_ratios, "levels": self.by_levels}[kind](linked)
        earlier = [f"g{one}" for one in range(number)]
        leaning = self.rng.sample(earlier, min(len(earlier), self.rng.randint(0, 2)))
        levels = ("none", "some", "much") if kind == "levels" else ("absent", "present")
        return Group(
            id=f"g{number}",
            label=f"group {number}",
            stage="history",
            levels=levels,
            level_labels={level: level for level in levels},
            weight=self.number(0.4, 1.0) if self.rng.random() < 0.5 else None,
            damped_by=tuple(Damping(group=name, factor=self.number(0.2, 0.9)) for name in leaning),
            replaces=tuple(name for name in earlier if name not in leaning and self.rng.random() < 0.2),
            readings=tuple(Reading(when="random", levels=levels[one:]) for one in range(1, len(levels)))
            + tuple(Reading(when="random", levels=levels[:one]) for one in range(1, len(levels))),
            capped=self.rng.random() < 0.5,
            definitive=self.rng.random() < 0.2,
            asks=(),
            burden=0,
            why="random",
            cite=(),
            **made,
        )

    def by_sensitivity(self, linked: list[str]) -> dict[str, object]:
        specificity = self.number(0.4, 0.95)
        sources = {name: Likelihood(sensitivity=self.number(1 - specificity.value + 0.02, 0.98)) for name in linked}
        return {"specificity": specificity, "sources": sources}

    def by_ratios(self, linked: list[str]) -> dict[str, object]:
        sources = {
            name: Likelihood(ratios={"absent": self.number(0.1, 0.9), "present": self.number(1.1, 12)})
            for name in linked
        }
        return {"sources": sources}

    def by_levels(self, linked: list[str]) -> dict[str, object]:
        background = {"none": self.number(0.2, 0.5), "much": self.number(0.05, 0.35)}
        sources = {
            name: Likelihood(ratios={"none": self.number(0.1, 0.9), "much": self.number(1.1, 2.5)}) for name in linked
        }
        return {"background": background, "sources": sources}

    def injections(self) -> Injections:
        known = self.like.injections
        return replace(
            known,
            delivery=tuple(self.delivery(row) for row in known.delivery),
            anaesthetic=self.anaesthetic(known.anaesthetic),
            steroid=self.steroid(known.steroid),
            modifiers=tuple(self.modifier(one) for one in known.modifiers),
        )

    def delivery(self, row: DeliveryRow) -> DeliveryRow:
        joint = self.number(0.01, 0.95)
        return replace(row, joint=joint, around=self.number(0.01, 0.99 - joint.value))

    def anaesthetic(self, table: AnaestheticTable) -> AnaestheticTable:
        def relief() -> Relief:
            high = self.number(0.05, 0.7)
            return Relief(high=high, partial=self.number(0.05, 0.9 - high.value))

        rows = {name: {place: relief() for place in getattr(table, name)} for name in ("joint", "ligament", "other")}
        return replace(
            table,
            repeat_high={name: self.number(0.1, 0.9) for name in table.repeat_high},
            shared_pain=self.number(0.1, 0.9),
            **rows,
        )

    def steroid(self, table: SteroidTable) -> SteroidTable:
        def row() -> tuple[Number, ...]:
            first = self.number(0.5, 0.9)
            second = self.number(0.3, first.value - 0.05)
            return (first, second, self.number(0.05, second.value - 0.05))

        return replace(
            table,
            rows={source: {level: row() for level in levels} for source, levels in table.rows.items()},
            modifiers=tuple(self.weaker(one) for one in table.modifiers),
        )

    def weaker(self, modifier: SteroidModifier) -> SteroidModifier:
        return replace(modifier, factor=self.number(0.4, 1.0))

    def modifier(self, modifier: PhaseModifier) -> PhaseModifier:
        if modifier.effect == "power":
            return replace(modifier, number=self.number(0.2, 1.0))
        return replace(modifier, number=self.number(1.0, 1.1)) if modifier.effect == "placebo" else modifier


def random_knowledge(like: Knowledge, seed: int) -> Knowledge:
    """One random knowledge."""
    return Made(like, random.Random(seed)).knowledge()


def random_evidence(knowledge: Knowledge, seed: int, number: int, groups: float = 0.4) -> list[Evidence]:
    """Some random evidence for a knowledge."""
    draw = Draw(knowledge, random.Random(seed))
    return [draw.evidence(groups) for _ in range(number)]
