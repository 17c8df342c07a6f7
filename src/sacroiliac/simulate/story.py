"""Everything true of one patient, before anybody writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sacroiliac.simulate.cases import NOT_STATED, Cases, Drawing
from sacroiliac.simulate.course import Course, Courses
from sacroiliac.simulate.expressed import COUNT, COUNTED
from sacroiliac.simulate.people import Block


@dataclass(frozen=True, slots=True)
class Side:
    """One painful side: its set of sources, what its findings say, and what was done for it."""

    side: str
    state: int
    findings: Mapping[str, Any]
    course: Course


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn of one patient together with the others of the block.

    ``cases``: for each painful side its set of sources and the level of each group. Days are day numbers.
    """

    woman: bool
    birth: int
    onset: int
    last: int
    childbirth: int
    right: bool
    site: int
    ancestry: str
    nicotine: str
    true: frozenset[str]
    cases: tuple[tuple[int, list[int]], ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One patient. Days are day numbers; ``true`` are the findings that were so before anything was examined."""

    number: int
    woman: bool
    birth: int
    onset: int
    last: int
    childbirth: int
    site: int
    ancestry: str
    nicotine: str
    true: frozenset[str]
    sides: tuple[Side, ...]

    @property
    def sex(self) -> str:
        """The recorded sex."""
        return "female" if self.woman else "male"

    @property
    def pain_side(self) -> str:
        """The painful side, or both."""
        return self.sides[0].side if len(self.sides) == 1 else "bilateral"


@dataclass(frozen=True)
class Telling:
    """From what was drawn for a block to the stories of its patients."""

    drawing: Drawing
    courses: Courses

    def drawn(self, block: Block, cases: Cases) -> list[Drawn]:
        """What was drawn of each patient of a block."""
        of_patient: list[list[tuple[int, list[int]]]] = [[] for _ in range(len(block))]
        of_case = (cases.patient.tolist(), cases.state.tolist(), cases.levels.T.tolist())
        for patient, state, levels in zip(*of_case, strict=True):
            of_patient[patient].append((state, levels))
        true: list[set[str]] = [set() for _ in range(len(block))]
        for name, so in block.states.items():
            for row in so.nonzero()[0].tolist():
                true[row].add(name)
        columns = (block.women, block.birth, block.onset, block.last, block.childbirth, block.right, block.site)
        every = zip(*(one.tolist() for one in columns), block.ancestry, block.nicotine, true, of_patient, strict=True)
        return [Drawn(*row, frozenset(so), tuple(cases)) for *row, so, cases in every]  # type: ignore[call-arg]

    def story(self, number: int, drawn: Drawn, chance: Random) -> Story:
        """One patient."""
        weak = drawn.true & self.courses.injecting.weakening
        named = ("right", "left") if drawn.right else ("left", "right")
        sides = tuple(
            Side(
                side,
                state,
                self._findings(levels, chance),
                self.courses.draw(chance, state, side, drawn.last, weak),
            )
            for side, (state, levels) in zip(named, drawn.cases, strict=False)
        )
        return Story(
            number, drawn.woman, drawn.birth, drawn.onset, drawn.last, drawn.childbirth, drawn.site, drawn.ancestry,
            drawn.nicotine, drawn.true, sides,
        )  # fmt: skip

    def _findings(self, levels: list[int], chance: Random) -> dict[str, Any]:
        """Answers that make the levels that were drawn."""
        found: dict[str, Any] = {}
        for one, level in zip(self.drawing.groups, levels, strict=True):
            # Nobody writes down that no diagnosis was made.
            if level != NOT_STATED and (one.group.asks or not one.levels[level].silent):
                listed = one.levels[level].answers
                answers = listed[0] if len(listed) == 1 else chance.choice(listed)
                found.update(self._tests(one.group.asks, answers, chance) if one.asked == COUNTED else answers)
        return found

    def _tests(self, asks: tuple[str, ...], counted: Mapping[str, int], chance: Random) -> dict[str, bool]:
        """Single tests that give a count of positive ones; now and then only some of them were done."""
        positive = chance.sample(asks, counted[COUNT])
        every = chance.random() < self.drawing.knowledge.simulation.recorded.provocation_all.value
        done = asks if every else chance.sample(asks, chance.randrange(1, len(asks)))
        return {name: name in positive for name in done}
