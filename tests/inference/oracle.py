"""The model once more, from the knowledge files and the prose of the design, in plain Python.

Slow on purpose: loops over all sets of up to three sources, all levels, all places an injection may have gone
to. It shares no code with ``sacroiliac.inference``; only the words in which evidence is stated are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from math import exp, prod
from typing import Any

from sacroiliac.knowledge.model import Group, Knowledge, Number, Source

Sources = frozenset[str]
PLACES = ("joint", "around", "elsewhere")
LEVELS = ("low", "partial", "high")
MOST_KEPT = 0.98


def value(number: Number | None, otherwise: float = 1.0) -> float:
    """A number of the knowledge as it is."""
    return otherwise if number is None else number.value


@dataclass
class Oracle:
    """Posteriors of one knowledge by going through everything."""

    knowledge: Knowledge
    _groups: dict[Any, Any] = field(default_factory=dict)
    _priors: dict[Any, Any] = field(default_factory=dict)

    @property
    def sources(self) -> list[Source]:
        return list(self.knowledge.sources.sources)

    @cached_property
    def sets(self) -> list[Sources]:
        """No source, each single one, each two, each three."""
        names = [source.id for source in self.sources]
        return [frozenset(one) for size in range(4) for one in combinations(names, size)]

    def of_kind(self, present: Iterable[str], *kinds: str) -> set[str]:
        """Those of the sources that are of some kinds."""
        return {name for name in present if self._kind[name] in kinds}

    @cached_property
    def _kind(self) -> dict[str, str]:
        return {source.id: source.kind for source in self.sources}

    # ------------------------------------------------------------------------------------------- the prior

    def shares(self, context: tuple[int, ...]) -> dict[str, float]:
        """How frequent each source is: complexes and kept ones as published, the others share what is left."""
        known = self.knowledge.sources
        chosen = list(context)
        whole = {one.id: one.shares[chosen.pop(0)].value.value for one in known.complexes}
        parts: dict[str, float] = {}
        for source in known.sources:
            if source.part_of:
                parts[source.part_of] = parts.get(source.part_of, 0.0) + value(source.part)
        stand, scaled = {}, {}
        for source in known.sources:
            if source.part_of:
                stand[source.id] = whole[source.part_of] * value(source.part) / parts[source.part_of]
            else:
                share = source.shares[chosen.pop(0)].value.value
                (stand if source.kept else scaled)[source.id] = share
        assert not chosen
        _, one, two, three = self.numbers_of_sources()
        room = one + 2 * two + 3 * three - sum(stand.values())
        total = sum(scaled.values())
        return stand | {name: share * room / total for name, share in scaled.items()}

    def numbers_of_sources(self) -> tuple[float, float, float, float]:
        """P(no source), P(one), P(two), P(three)."""
        counts = self.knowledge.sources.counts
        none, one, two = counts.none.value, counts.one.value, counts.two.value
        return none, one, two, 1 - none - one - two

    def prior(self, context: tuple[int, ...]) -> dict[Sources, float]:
        """P(exactly these sources). Within a number of sources a set weighs by the product of its sources' odds."""
        if context not in self._priors:
            wanted = self.shares(context)
            odds = {name: share / (1 - share) for name, share in wanted.items()}
            by_number = self.numbers_of_sources()
            for _ in range(100_000):
                reached = self._marginals(odds, by_number)
                if max(abs(reached[name] - share) for name, share in wanted.items()) < 1e-13:
                    break
                odds = {name: odds[name] * wanted[name] / reached[name] for name in odds}
            else:
                raise AssertionError("the prior of the oracle did not settle")
            totals = summed_products(list(odds.values()))
            self._priors[context] = {
                one: by_number[len(one)] * prod(odds[name] for name in one) / totals[len(one)] for one in self.sets
            }
        return self._priors[context]

    def _marginals(self, odds: dict[str, float], by_number: tuple[float, ...]) -> dict[str, float]:
        totals = summed_products(list(odds.values()))
        found = {}
        for name in odds:
            others = summed_products([odds[other] for other in odds if other != name])
            found[name] = sum(by_number[k] * odds[name] * others[k - 1] / totals[k] for k in (1, 2, 3))
        return found

    # ------------------------------------------------------------------------------------ groups of findings

    def own_levels(self, group: Group, dampings: tuple[int, ...]) -> tuple[list[float], dict[str, list[float]]]:
        """The level without any source, and the level each source draws of its own."""
        limits = self.knowledge.likelihoods.limits
        largest = limits.largest_definitive_ratio.value if group.definitive else limits.largest_ratio.value
        smallest = 1 / largest if group.definitive else limits.smallest_ratio.value
        weight = value(group.weight) * prod(group.damped_by[number].factor.value for number in dampings)
        background = self._background(group)
        ratios = {}
        for name in group.sources:
            raw = self._ratios(group, name, background)
            ratios[name] = [min(max(one, smallest), largest) ** weight for one in raw]
        mean = [sum(one[level] for one in ratios.values()) / len(ratios) for level in range(len(group.levels))]
        background = leaning(background, mean)
        own = {}
        for name, ratio in ratios.items():
            alone = normalised([b * r for b, r in zip(background, ratio, strict=True)])
            at_most = [sum(alone[: level + 1]) / sum(background[: level + 1]) for level in range(len(alone))]
            at_most[-1] = 1.0
            for level in reversed(range(len(at_most) - 1)):
                # The level a source draws has a distribution: its sums cannot fall.
                at_most[level] = min(at_most[level], at_most[level + 1])
            own[name] = [at_most[level] - (at_most[level - 1] if level else 0.0) for level in range(len(at_most))]
        return background, own

    def _background(self, group: Group) -> list[float]:
        if group.specificity is not None:
            return [group.specificity.value, 1 - group.specificity.value]
        if group.background:
            rest = 1 - sum(one.value for one in group.background.values())
            return [group.background[level].value if level in group.background else rest for level in group.levels]
        # Two ratios leave one specificity: that with which both are ratios of one test.
        lower, upper = (
            sum(one.ratios[level].value for one in group.sources.values()) / len(group.sources)
            for level in group.levels
        )
        return [(upper - 1) / (upper - lower), (1 - lower) / (upper - lower)]

    def _ratios(self, group: Group, name: str, background: list[float]) -> list[float]:
        likelihood = group.sources[name]
        if likelihood.sensitivity is not None:
            positive = likelihood.sensitivity.value
            return [(1 - positive) / background[0], positive / background[1]]
        given = {level: one.value for level, one in likelihood.ratios.items()}
        if len(given) == len(group.levels):
            return [given[level] for level in group.levels]
        (left_out,) = [level for level in group.levels if level not in given]
        others = sum(background[group.levels.index(level)] * ratio for level, ratio in given.items())
        given[left_out] = max((1 - others) / background[group.levels.index(left_out)], 1e-3)
        return [given[level] for level in group.levels]

    def group(self, name: str) -> Group:
        (found,) = [group for group in self.knowledge.likelihoods.groups if group.id == name]
        return found

    def levels(self, name: str, dampings: tuple[int, ...], present: Iterable[str]) -> list[float]:
        """P(level | sources): the background and each source draw a level, the highest counts."""
        group = self.group(name)
        linked = frozenset(present) & frozenset(group.sources)
        key = (name, dampings, linked)
        if key not in self._groups:
            background, own = self.own_levels(group, dampings)
            found = [0.0] * len(background)
            draws = [background, *(own[one] for one in sorted(linked))]
            for drawn in product(range(len(background)), repeat=len(draws)):
                found[max(drawn)] += prod(one[level] for one, level in zip(draws, drawn, strict=True))
            self._groups[key] = found
        return self._groups[key]

    def reading(self, reading: tuple[str, int, int, tuple[int, ...]], present: Iterable[str]) -> float:
        """P(the level is one that the chart leaves possible | sources)."""
        name, lowest, highest, dampings = reading
        return sum(self.levels(name, dampings, present)[lowest : highest + 1])

    def held_back(self, levels: Iterable[tuple[str, int, int, tuple[int, ...]]], present: Iterable[str]) -> float:
        """What takes the examination back to the cap, for the part of the complex that is present."""
        part = {source.id for source in self.sources if source.part_of} & set(present)
        if not part:
            return 1.0
        raised = prod(self.reading(one, part) / self.reading(one, ()) for one in levels if self.group(one[0]).capped)
        return min(1.0, self.knowledge.likelihoods.limits.examination_cap.value / raised)

    # ------------------------------------------------------------------------------------------- injections

    def delivered(self, row: str) -> dict[str, float]:
        """P(where the drug went | note)."""
        (found,) = [one for one in self.knowledge.injections.delivery if one.id == row]
        joint, around = found.joint.value, found.around.value
        return {"joint": joint, "around": around, "elsewhere": 1 - joint - around}

    def parts(self, present: Iterable[str]) -> tuple[bool, bool, float]:
        """Whether something answers like the joint, whether the ligaments do, and the share of pain that is theirs."""
        like = {source.id for source in self.sources if source.answers_like_joint and source.id in set(present)}
        joint, ligament = self.of_kind(present, "joint"), self.of_kind(present, "ligament")
        others = set(present) - joint - ligament - like
        share = (1 - self.knowledge.injections.anaesthetic.shared_pain.value) ** len(others)
        return bool(joint | like), bool(ligament), share if joint | ligament | like else 0.0

    def relief(self, present: Iterable[str], place: str, block: Any) -> list[float]:
        """P(low, partial, high relief | sources, place) of a first block."""
        joint, ligament, share = self.parts(present)
        rows = []
        if joint:
            rows.append(self._relief_row("joint", place))
        if ligament:
            # A large volume in the joint leaks to the ligaments behind it.
            reached = "around" if block.spread and place == "joint" else place
            rows.append(self._relief_row("ligament", reached))
        other = self._relief_row("other", place)
        if block.placebo and place != "elsewhere":
            factor = self._modifier(block.placebo)
            partial, high = other[1] * factor, other[2] * factor
            other = [1 - partial - high, partial, high]
        return mixed(rows, share, other)

    def _relief_row(self, source: str, place: str) -> list[float]:
        row = getattr(self.knowledge.injections.anaesthetic, source)[place]
        return [1 - row.high.value - row.partial.value, row.partial.value, row.high.value]

    def _modifier(self, name: str) -> float:
        (found,) = [one for one in self.knowledge.injections.modifiers if one.id == name]
        return value(found.number)

    def after_high(self, present: Iterable[str], place: str, block: Any) -> list[float]:
        """P(low, partial, high | sources, place) of a later block where an earlier one in this place gave high relief."""
        first = self.relief(present, place, block)
        if place == "elsewhere":
            return first
        again = self.knowledge.injections.anaesthetic.repeat_high
        joint, ligament, share = self.parts(present)
        rows = []
        if joint:
            rows.append([again["joint" if place == "joint" else "ligament"].value])
        if ligament:
            rows.append([again["joint" if place == "around" or block.spread else "ligament"].value])
        other = again["other"].value * (self._modifier(block.placebo) if block.placebo else 1.0)
        (high,) = mixed(rows, share, [other])
        rest = (1 - high) / (1 - first[2])
        return [first[0] * rest, first[1] * rest, high]

    def lasting(self, present: Iterable[str], place: str, level: str, block: Any) -> list[float]:
        """P(half relief still there at each time | sources, place, relief)."""
        table = self.knowledge.injections.steroid
        rows = {source: [one.value for one in table.rows[source][level]] for source in table.rows}
        _, _, share = self.parts(present)
        if self.of_kind(present, "inflammatory"):
            chosen = [rows["inflammatory"]]
        else:
            chosen = [rows[kind] for kind in ("joint", "ligament") if self.of_kind(present, kind)]
        there = mixed(chosen if place != "elsewhere" else [], share if chosen else 0.0, rows["other"])
        for name in block.weaker:
            (modifier,) = [one for one in table.modifiers if one.id == name]
            for time, week in enumerate(table.weeks):
                if not modifier.weeks or week.value in modifier.weeks:
                    there[time] *= modifier.factor.value
        # In every period some patients lose their relief, even where a modifier has lifted a later time.
        for time in range(1, len(there)):
            there[time] = min(there[time], MOST_KEPT * there[time - 1])
        return there

    def lasted(self, present: Iterable[str], place: str, level: str, block: Any) -> float:
        """P(what the chart says about the weeks after | sources, place, relief)."""
        if block.lasted is None:
            return 1.0
        there = [1.0, *self.lasting(present, place, level, block), 0.0]
        return sum(there[category] - there[category + 1] for category in range(block.lasted[0], block.lasted[1] + 1))

    def phases(self, present: Iterable[str], block: Any, before: str | None) -> dict[str, tuple[float, float]]:
        """By place: P(place and relief | sources), and the same with what the weeks after showed.

        :param before: where an earlier block went that gave high relief (None: there was none)
        """
        found = {}
        for place, reached in self.delivered(block.delivery).items():
            relief = self.after_high(present, place, block) if place == before else self.relief(present, place, block)
            seen = range(3) if block.relief is None else [block.relief]
            found[place] = (
                reached * sum(relief[level] for level in seen),
                reached * sum(relief[level] * self.lasted(present, place, LEVELS[level], block) for level in seen),
            )
        return found

    def weakened(self, block: Any, likelihood: float) -> float:
        """By how much the modifiers of a block weaken the likelihood of its first hours."""
        if block.relief is None:
            return 1.0
        return likelihood ** (prod(self._modifier(name) for name in block.powers) - 1)

    def injections(self, present: Iterable[str], blocks: tuple[Any, ...]) -> float:
        """P(all injections | sources): a later block depends on the first that gave high relief, and where that went."""
        first = next((number for number, block in enumerate(blocks) if block.relief == 2), None)
        found, by_place = 1.0, dict.fromkeys(PLACES, 1.0)
        for number, block in enumerate(blocks):
            alone = self.phases(present, block, None)
            early = sum(one for one, _ in alone.values())
            if number == first:
                for place in PLACES:
                    by_place[place] *= alone[place][1] * self.weakened(block, early)
            elif first is not None and number > first and block.relief is not None:
                for before in PLACES:
                    given = self.phases(present, block, before)
                    early = sum(one for one, _ in given.values())
                    by_place[before] *= sum(both for _, both in given.values()) * self.weakened(block, early)
            else:
                found *= sum(both for _, both in alone.values()) * self.weakened(block, early)
        return found * (sum(by_place.values()) if first is not None else 1.0)

    # ------------------------------------------------------------------------------------------- everything

    def likelihoods(self, evidence: Any) -> dict[Sources, float]:
        """P(evidence | exactly these sources), up to what is the same for all."""
        seen: list[tuple[Any, Sources, dict[Sources, float]]] = [
            (one, frozenset(self.group(one[0]).sources), {}) for one in evidence.levels
        ]
        complex_ = frozenset(source.id for source in self.sources if source.part_of)
        caps = {
            frozenset(part): self.held_back(evidence.levels, part)
            for size in range(4)
            for part in combinations(sorted(complex_), size)
        }
        found = {}
        for present in self.sets:
            likelihood = caps[present & complex_] * self._injected(present, evidence.blocks)
            for reading, linked, known in seen:
                here = present & linked
                if here not in known:
                    known[here] = self.reading(reading, here)
                likelihood *= known[here]
            found[present] = likelihood
        return found

    @cached_property
    def _like_joint(self) -> set[str]:
        return {source.id for source in self.sources if source.answers_like_joint}

    def _injected(self, present: Sources, blocks: tuple[Any, ...]) -> float:
        like = self._like_joint & present
        kinds = tuple(len(self.of_kind(present, kind)) for kind in ("joint", "ligament", "inflammatory"))
        key = (blocks, kinds, len(like), len(present))
        if key not in self._groups:
            self._groups[key] = self.injections(present, blocks) if blocks else 1.0
        return self._groups[key]

    def states(self, evidence: Any) -> dict[Sources, float]:
        """P(exactly these sources | evidence)."""
        before = self.prior(evidence.context)
        weights = {one: before[one] * likelihood for one, likelihood in self.likelihoods(evidence).items()}
        total = sum(weights.values())
        return {one: weight / total for one, weight in weights.items()}

    def posterior(self, evidence: Any) -> dict[str, float]:
        """P(source | evidence)."""
        states = self.states(evidence)
        return {source.id: sum(p for one, p in states.items() if source.id in one) for source in self.sources}


def summed_products(odds: list[float]) -> tuple[float, float, float, float]:
    """The products of none, one, two and three of the odds, summed."""
    found = [1.0, 0.0, 0.0, 0.0]
    for one in odds:
        for size in (3, 2, 1):
            found[size] += one * found[size - 1]
    return found[0], found[1], found[2], found[3]


def normalised(weights: list[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights]


def mixed(rows: list[list[float]], share: float, other: list[float]) -> list[float]:
    """The mean of some rows, diluted with another."""
    if not rows:
        return list(other)
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return [share * one + (1 - share) * rest for one, rest in zip(mean, other, strict=True)]


def leaning(background: list[float], ratio: list[float]) -> list[float]:
    """The background nearest in relative entropy with which the ratio has mean 1: it leans by ``exp(t * ratio)``."""

    def at(lean: float) -> list[float]:
        highest = max(lean * one for one in ratio)
        return normalised([b * exp(lean * r - highest) for b, r in zip(background, ratio, strict=True)])

    def mean(lean: float) -> float:
        return sum(b * r for b, r in zip(at(lean), ratio, strict=True))

    low, high = -1.0, 1.0
    while mean(low) > 1:
        low *= 2
    while mean(high) < 1:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if mean(middle) > 1 else (middle, high)
    return at((low + high) / 2)
