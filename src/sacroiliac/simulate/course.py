"""What happens to one painful side over time: injections, radiofrequency, fusion, and the scores that were taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Literal

from sacroiliac.inference.blocks import HIGH
from sacroiliac.knowledge.simulation import Simulation
from sacroiliac.rules.calendar import DAYS_PER_WEEK
from sacroiliac.simulate import trials
from sacroiliac.simulate.injections import ALL, JOINT, Injected, Injecting
from sacroiliac.simulate.people import DAYS_PER_MONTH

Effect = Literal["insite", "sham"]
PER_POINT = 10
"""Points of a visual analogue scale for each of the numeric rating scale."""
PAIN = "pain_nrs"


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one day: pain (0 to 10), disability in percent, utility; None where it was not taken."""

    day: int
    pain: int
    disability: int | None = None
    utility: float | None = None


@dataclass(slots=True)
class Course:
    """What was done for one side; days are day numbers.

    ``ablations``: day, and for how many months half relief lasted (0: never). ``followed``: the first day of months
    without another procedure. ``arm``: the arm of a trial from which the scores after fusion, or in these months, are drawn.
    """

    pain: int
    disability: int
    injections: list[Injected] = field(default_factory=list)
    ablations: list[tuple[int, float]] = field(default_factory=list)
    fusion: int | None = None
    followed: int | None = None
    arm: str | None = None
    scores: list[Scored] = field(default_factory=list)


@dataclass(frozen=True)
class Courses:
    """The course of treatment, with one setting of the effect of fusion."""

    known: Simulation
    injecting: Injecting
    effect: Effect

    def draw(self, chance: Random, state: int, side: str, last: int, weak: frozenset[str]) -> Course:
        """The course of one case up to its last visit.

        What is done next depends on what was seen and not on what is true, as it does for clinicians.

        :param state: its set of sources
        :param weak: what weakens the steroid phase in this patient
        """
        course = self.known.course
        found = self._start(chance)
        day = last - round(chance.uniform(course.newest_injection_days.value, course.first_injection_days.value))
        consulted = day - 1 - int(chance.random() * course.consultation_days.value)
        found.scores.append(Scored(consulted, found.pain, self._if_taken(chance, found.disability)))
        branches = False
        while day < last:
            newest = self.injecting.inject(chance, state, found.injections, day, last, side, weak, found.pain, branches)
            found.injections.append(newest)
            day = self._next(chance, newest)
            if day >= last:
                break
            high = sum(one.level == HIGH for one in found.injections if one.target == JOINT)
            concordant = high >= course.fusion_blocks.value
            if branches and newest.helped and chance.random() < course.radiofrequency.value:
                self._ablate(chance, found, day, last)
                break
            if concordant and chance.random() < course.fusion.value:
                self._fuse(chance, found, day, last)
                break
            second = not branches and newest.level == HIGH and chance.random() < course.second_block.value
            again = newest.lasted and chance.random() < course.repeat_after_relief.value
            branches = not second and not again
            if branches and chance.random() >= course.lateral_branch_block.value:
                break
        if found.fusion is None and not found.ablations and chance.random() < course.followed_without_surgery.value:
            self._follow(chance, found, last)
        self._today(chance, found, last)
        return found

    def _start(self, chance: Random) -> Course:
        practice = self.known.practice
        pain = round(chance.gauss(practice.baseline_nrs.value, practice.baseline_nrs_sd.value))
        odi = round(chance.gauss(practice.baseline_odi.value, practice.baseline_odi_sd.value))
        return Course(min(max(pain, round(practice.least_pain.value)), self._most_pain), min(max(odi, 0), ALL))

    @cached_property
    def _most_pain(self) -> int:
        """The end of the scale of pain."""
        most = self.injecting.knowledge.findings[PAIN].maximum
        assert most is not None
        return round(most)

    def _next(self, chance: Random, newest: Injected) -> int:
        """The first day on which something else is done: when relief has ended, and some time later."""
        course = self.known.course
        over = newest.day + round(DAYS_PER_WEEK * (newest.weeks or 0))
        return over + round(course.step_days.value * (1 + course.step_varies.value * chance.random()))

    def _ablate(self, chance: Random, found: Course, day: int, last: int) -> None:
        """Radiofrequency, with the scores of the months after; then, seldom, another one or a fusion."""
        course, after = self.known.course, self.known.course.after_radiofrequency
        half = self.injecting.knowledge.injections.steroid.sustained_from_percent.value / ALL
        while day < last:
            drawn = chance.random()
            table = zip(course.radiofrequency_months, course.radiofrequency_relief, strict=True)
            held = max((months.value for months, share in table if drawn < share.value), default=0.0)
            found.ablations.append((day, held))
            for months in course.radiofrequency_months:
                on = day + round(months.value * DAYS_PER_MONTH)
                left = (1 - half) * chance.random() if months.value <= held else 1 - half * chance.random()
                if on < last:
                    found.scores.append(Scored(on, round(found.pain * left)))
            drawn = chance.random()
            day += round(chance.uniform(after.first_month.value, after.last_month.value) * DAYS_PER_MONTH)
            if drawn < after.fusion.value and day < last:
                self._fuse(chance, found, day, last)
            if drawn >= after.again.value + after.fusion.value or drawn < after.fusion.value:
                return

    def _fuse(self, chance: Random, found: Course, day: int, last: int) -> None:
        found.fusion = day
        self._as_in(chance, found, self.known.trials.effects[self.effect][0], day, last)

    def _follow(self, chance: Random, found: Course, last: int) -> None:
        """Months without another procedure: the control arm of the unblinded trial, for no chart holds a sham operation."""
        day = self._next(chance, found.injections[-1])
        if day < last:
            found.followed = day
            self._as_in(chance, found, self.known.trials.effects["insite"][1], day, last)

    def _as_in(self, chance: Random, found: Course, name: str, day: int, last: int) -> None:
        """The scores of one arm of a trial, as far as they had been taken by the last visit."""
        found.arm = name
        followed = trials.follow(chance, self.known.trials, trials.arm(self.known, name))
        before = day - round(self.known.course.first_scores_days.value)
        for months, pain in followed.pain.items():
            on = day + round(months * DAYS_PER_MONTH) if months else before
            if on < last:
                newest = Scored(
                    on, round(pain / PER_POINT), round(followed.disability[months]), followed.utility.get(months)
                )
                found.scores.append(newest)
                found.pain, found.disability = newest.pain, newest.disability or 0

    def _today(self, chance: Random, found: Course, last: int) -> None:
        """Pain and disability on the day of the last visit."""
        newest, varies = found.injections[-1], self.known.course.pain_varies.value
        share = 1 + varies * (2 * chance.random() - 1)
        held = newest.day + DAYS_PER_WEEK * (newest.weeks or 0) >= last - 1
        if newest.lasted and held and not found.ablations and found.arm is None:
            share = 1 - (newest.sustained or 0) / ALL
        elif found.ablations and found.arm is None:
            share *= found.scores[-1].pain / found.pain
        pain, disability = round(found.pain * share), round(found.disability * share)
        found.scores.append(Scored(last, min(pain, self._most_pain), self._if_taken(chance, min(disability, ALL))))

    def _if_taken(self, chance: Random, disability: int) -> int | None:
        return disability if chance.random() < self.known.recorded.disability.value else None
