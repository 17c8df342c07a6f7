"""A population patient by patient: each the same whatever the number of patients and of processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from sacroiliac.knowledge import Knowledge
from sacroiliac.simulate import background, findings, people, treatment, truth
from sacroiliac.simulate.cases import Drawing
from sacroiliac.simulate.chart import ENCODE, Chart, Lines
from sacroiliac.simulate.course import Courses, Effect
from sacroiliac.simulate.everyday import Filler
from sacroiliac.simulate.forms import Forms
from sacroiliac.simulate.injections import Injecting
from sacroiliac.simulate.story import Drawn, Story, Telling

BLOCK = 500
"""Patients whose clinical side is drawn side by side. It decides who they are: another number gives other patients."""
PILOT = 500
TRUTH = "truth"
# Seeds of different streams must differ, whatever the seed and the number of the patient.
STREAMS = 2**40


@dataclass(frozen=True)
class Settings:
    """What a population depends on. ``until``: the last day of the simulation, as a day number."""

    seed: int
    until: int
    resources: float = 40
    effect: Effect = "insite"


class Population:
    """The patients of one knowledge and one setting.

    :param pilot: number of charts by which it is found how much about the joint a chart holds
    """

    def __init__(self, knowledge: Knowledge, settings: Settings, pilot: int = PILOT) -> None:
        self.knowledge, self.settings = knowledge, settings
        self.drawing = Drawing(knowledge)
        injecting = Injecting(self.drawing.network, self.drawing.rules)
        self.telling = Telling(self.drawing, Courses(knowledge.simulation, injecting, settings.effect))
        self.forms = Forms(knowledge)
        self._block: tuple[int, list[Drawn]] = (-1, [])
        self.filler = Filler(knowledge.simulation, 0)
        self.filler = Filler(knowledge.simulation, settings.resources - self.about_the_joint(pilot))

    def about_the_joint(self, charts: int) -> float:
        """How many resources some charts hold on average before they are filled, with the patient."""
        lines: Lines = defaultdict(list)
        return sum(self._write(story, chance, lines)[1] for story, chance in self.stories(range(charts))) / charts

    def stories(self, numbers: Sequence[int]) -> Iterator[tuple[Story, Random]]:
        """Some patients by ascending number (from 0), each with the generator that its chart is then written with."""
        for number in numbers:
            if self._block[0] != number // BLOCK:
                self._block = (number // BLOCK, self._drawn(number // BLOCK))
            chance = Random(self.settings.seed * STREAMS + number)
            yield self.telling.story(number, self._block[1][number % BLOCK], chance), chance

    def _drawn(self, block: int) -> list[Drawn]:
        rng = np.random.default_rng([self.settings.seed, block])
        everybody = people.draw(self.knowledge, rng, BLOCK, self.settings.until)
        return self.telling.drawn(everybody, self.drawing.draw(everybody, rng))

    def lines(self, numbers: Sequence[int]) -> Lines:
        """The resources of some patients as lines by type, and what is true of them under :data:`TRUTH`."""
        found: Lines = defaultdict(list)
        for story, chance in self.stories(numbers):
            chart, total = self._write(story, chance, found)
            found[TRUTH].append(ENCODE(truth.of(story, chart, self.drawing.network, total)))
        return found

    def _write(self, story: Story, chance: Random, lines: Lines) -> tuple[Chart, int]:
        """Write one chart; returns it and its number of resources."""
        scene = self.knowledge.simulation.scene
        clinician = story.site * scene.clinicians + chance.randrange(scene.clinicians)
        name = f"p{story.number + 1:07d}"
        chart = Chart(name, self.forms, chance, lines, story.site, clinician, chance.randrange(len(scene.payers)))
        background.write(chart, story)
        findings.write(chart, story)
        treatment.write(chart, story)
        return chart, self.filler.fill(chart, story.last)
