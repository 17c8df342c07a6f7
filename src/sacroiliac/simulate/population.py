"""A population patient by patient: each the same whatever the number of patients and of processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import msgspec
import numpy as np

from sacroiliac.knowledge import Knowledge
from sacroiliac.simulate import chart as charts
from sacroiliac.simulate import people
from sacroiliac.simulate.cases import Drawing
from sacroiliac.simulate.course import Courses, Effect
from sacroiliac.simulate.everyday import Filler
from sacroiliac.simulate.injections import Injecting
from sacroiliac.simulate.story import Story, Telling

BLOCK = 500
"""Patients whose clinical side is drawn side by side. It decides who they are: another number gives other patients."""
TRUTH = "truth"

_ENCODE = msgspec.json.Encoder().encode
Lines = dict[str, list[bytes]]


@dataclass(frozen=True)
class Settings:
    """What a population depends on. ``until``: the last day of the simulation, as a day number."""

    seed: int
    until: int
    resources: float = 40
    effect: Effect = "insite"


@dataclass
class Population:
    """The patients of one knowledge and one setting."""

    knowledge: Knowledge
    settings: Settings
    drawing: Drawing = field(init=False)
    telling: Telling = field(init=False)

    def __post_init__(self) -> None:
        self.drawing = Drawing(self.knowledge)
        injecting = Injecting(self.drawing.network, self.drawing.rules)
        courses = Courses(self.knowledge.simulation, injecting, self.settings.effect)
        self.telling = Telling(self.knowledge, self.drawing, courses)
        self.writer = charts.Writer(self.knowledge)
        self.filler = Filler(self.knowledge.simulation, self.writer.days, self.settings.resources)

    def stories(self, numbers: Sequence[int]) -> Iterator[tuple[Story, Random]]:
        """Some patients, by ascending number, each with the generator that its chart is then written with."""
        block, drawn = -1, []
        for number in numbers:
            if number // BLOCK != block:
                block = number // BLOCK
                rng = np.random.default_rng([self.settings.seed, block])
                drawn_people = people.draw(self.knowledge, rng, BLOCK, self.settings.until)
                drawn = self.telling.stories(drawn_people, self.drawing.draw(drawn_people, rng))
            chance = Random(self.settings.seed * 2**40 + number)
            yield self.telling.story(number, drawn[number % BLOCK], chance), chance

    def lines(self, numbers: Sequence[int]) -> Lines:
        """The resources of some patients as lines by type, and what is true of them under :data:`TRUTH`."""
        found: Lines = defaultdict(list)
        sources, sets = self.drawing.network.sources, self.drawing.network.states.sets
        for story, chance in self.stories(numbers):
            name = f"p{story.number + 1:07d}"
            chart = self.writer.chart(story, name, chance, found)
            total = self.filler.fill(chart, story.last, chance)
            told = charts.truth(story, name, chart, sources, sets, self.writer.days, total)
            found[TRUTH].append(_ENCODE(told))
        return found
