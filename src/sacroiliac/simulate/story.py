"""Everything true of one patient, before anybody writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sacroiliac.knowledge import Knowledge
from sacroiliac.simulate.cases import NOT_STATED, Cases, Drawing
from sacroiliac.simulate.course import Course, Courses
from sacroiliac.simulate.expressed import COUNTED
from sacroiliac.simulate.people import Block


@dataclass(frozen=True, slots=True)
class Side:
    """One painful side: its set of sources, what its findings say, and what was done for it."""

    side: str
    state: int
    findings: Mapping[str, Any]
    course: Course


@dataclass(frozen=True, slots=True)
class Story:
    """One patient; days are day numbers. ``true``: what was true before anything was examined."""

    number: int
    woman: bool
    birth: int
    onset: int
    last: int
    childbirth: int
    site: int
    true: frozenset[str]
    ancestry: str
    nicotine: str
    sides: tuple[Side, ...]


@dataclass
class Telling:
    """Stories of the patients of one block."""

    knowledge: Knowledge
    drawing: Drawing
    courses: Courses

    def stories(self, block: Block, cases: Cases) -> list[dict[str, Any]]:
        """What every patient of a block has, apart from the course, which is drawn for each by itself."""
        levels = cases.levels.T.tolist()
        states, patients = cases.state.tolist(), cases.patient.tolist()
        of_patient: list[list[tuple[int, list[int]]]] = [[] for _ in range(len(block))]
        for patient, state, said in zip(patients, states, levels, strict=True):
            of_patient[patient].append((state, said))
        true: list[set[str]] = [set() for _ in range(len(block))]
        for name, rows in block.states.items():
            for row in rows.nonzero()[0].tolist():
                true[row].add(name)
        columns = (block.women, block.birth, block.onset, block.last, block.childbirth, block.right, block.site)
        rows = zip(*(one.tolist() for one in columns), block.ancestry, block.nicotine, of_patient, true, strict=True)
        names = (
            "woman",
            "birth",
            "onset",
            "last",
            "childbirth",
            "right",
            "site",
            "ancestry",
            "nicotine",
            "cases",
            "true",
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def story(self, number: int, drawn: dict[str, Any], chance: Random) -> Story:
        """One patient."""
        true = frozenset(drawn["true"])
        weak = true & set(self.courses.injecting.weakening)
        named = ("right", "left") if drawn["right"] else ("left", "right")
        sides = []
        for side, (state, levels) in zip(named, drawn["cases"], strict=False):
            course = self.courses.draw(chance, state, side, drawn["last"], weak)
            sides.append(Side(side, state, self._findings(levels, chance), course))
        return Story(
            number,
            drawn["woman"],
            drawn["birth"],
            drawn["onset"],
            drawn["last"],
            drawn["childbirth"],
            drawn["site"],
            true,
            drawn["ancestry"],
            drawn["nicotine"],
            tuple(sides),
        )

    def _findings(self, levels: list[int], chance: Random) -> dict[str, Any]:
        """Answers that make the levels that were drawn."""
        found: dict[str, Any] = {}
        for one, level in zip(self.drawing.groups, levels, strict=True):
            if level != NOT_STATED:
                listed = one.levels[level].answers
                answers = listed[0] if len(listed) == 1 else chance.choice(listed)
                if COUNTED[0] in answers:
                    found.update(self._tests(one.group.asks, answers, chance))
                else:
                    found.update(answers)
        return found

    def _tests(self, asks: tuple[str, ...], counted: Mapping[str, int], chance: Random) -> dict[str, bool]:
        """Single tests that give a count of positive ones."""
        positive, done = counted[COUNTED[0]], counted[COUNTED[1]]
        if done < len(asks) and chance.random() < self.knowledge.simulation.recorded.provocation_all.value:
            # With all tests done the count must still be read as the same level: negative ones are added.
            done = len(asks)
        tests = chance.sample(asks, done)
        return {name: place < positive for place, name in enumerate(tests)}
