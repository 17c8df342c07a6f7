"""What happens to one patient over time: injections, radiofrequency, fusion, and the scores that were taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from sacroiliac.inference.blocks import HIGH, PARTIAL
from sacroiliac.knowledge.simulation import Simulation
from sacroiliac.simulate import trials
from sacroiliac.simulate.injections import Injected, Injecting
from sacroiliac.simulate.people import DAYS_PER_MONTH

Effect = Literal["insite", "sham"]
LEAST_PAIN, MOST_PAIN = 3, 10  # of those who have an injection: below it no score can tell the levels of relief apart


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one day: pain (0 to 10), disability in percent, utility; None where it was not taken."""

    day: int
    pain: int | None = None
    disability: int | None = None
    utility: float | None = None


@dataclass(slots=True)
class Course:
    """What was done for one case, in the order of the days.

    ``ablations``: day, and for how many months half relief lasted (0: never). ``fusion``: its day; ``followed`` the first
    day of months without another procedure. ``arm``: the arm of a trial that the scores after them are drawn from.
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

    def draw(self, chance: Random, state: int, side: str, last: int, true: frozenset[str]) -> Course:
        """The course of one case up to its last visit.

        :param state: its set of sources
        :param true: what weakens the steroid phase in this patient
        """
        practice, course = self.known.practice, self.known.course
        pain = round(chance.gauss(practice.baseline_nrs.value, practice.baseline_nrs_sd.value))
        odi = round(chance.gauss(practice.baseline_odi.value, practice.baseline_odi_sd.value) / 2) * 2
        found = Course(min(max(pain, LEAST_PAIN), MOST_PAIN), min(max(odi, 0), 100))
        day = last - round(chance.uniform(course.newest_injection_days.value, course.first_injection_days.value))
        found.scores.append(Scored(day - chance.randrange(7, 42), found.pain, found.disability))

        def inject(on: int, branches: bool = False) -> Injected:
            one = self.injecting.inject(chance, state, found.injections, on, last, side, true, found.pain, branches)
            found.injections.append(one)
            return one

        newest = inject(day)
        while (day := self._next(chance, newest)) < last:
            branches = newest.target != "joint"
            if branches and newest.helped and chance.random() < course.radiofrequency.value:
                self._ablated(chance, found, day, last)
                break
            concordant = sum(one.level == HIGH for one in found.injections if one.target == "joint") > 1
            if concordant and chance.random() < course.fusion.value:
                self._fused(chance, found, day, last)
                break
            if (newest.lasted and chance.random() < course.repeat_after_relief.value) or (
                not branches and newest.level == HIGH and not concordant and chance.random() < course.second_block.value
            ):
                newest = inject(day)
            elif chance.random() < course.lateral_branch_block.value:
                newest = inject(day, branches=True)
            else:
                break
        if found.fusion is None and not found.ablations and chance.random() < course.followed_without_surgery.value:
            self._followed(chance, found, last)
        self._today(chance, found, last)
        return found

    def _next(self, chance: Random, newest: Injected) -> int:
        """The first day on which something else is done: when relief has ended, and some time later."""
        over = newest.day + round(7 * (newest.weeks or 0))
        return over + round(self.known.course.step_days.value * (1 + chance.random()))

    def _ablated(self, chance: Random, found: Course, day: int, last: int) -> None:
        """Radiofrequency, with the scores of the months after; then, seldom, another one or a fusion."""
        course = self.known.course
        while day < last:
            drawn = chance.random()
            lasting = [
                months.value
                for months, share in zip(course.radiofrequency_months, course.radiofrequency_relief, strict=True)
                if drawn < share.value
            ]
            held = lasting[-1] if lasting else 0.0
            found.ablations.append((day, held))
            half = self.injecting.network.knowledge.injections.steroid.sustained_from_percent.value / 100
            for months in course.radiofrequency_months:
                on = day + round(months.value * DAYS_PER_MONTH)
                if on >= last:
                    break
                left = chance.uniform(0, 1 - half) if months.value <= held else chance.uniform(1 - half, 1) + 0.05
                found.scores.append(Scored(on, min(round(found.pain * left), MOST_PAIN)))
            drawn = chance.random()
            day += round(chance.uniform(6, 18) * DAYS_PER_MONTH)
            if drawn < course.fusion_after_radiofrequency.value:
                if day < last:
                    self._fused(chance, found, day, last)
                return
            if drawn >= course.fusion_after_radiofrequency.value + course.radiofrequency_again.value:
                return

    def _fused(self, chance: Random, found: Course, day: int, last: int) -> None:
        found.fusion = day
        self._arm(chance, found, self.known.trials.effects[self.effect][0], day, last)

    def _followed(self, chance: Random, found: Course, last: int) -> None:
        """Months without another procedure: the control arm of the unblinded trial, for nobody is operated on in sham."""
        found.followed = found.injections[-1].day + chance.randrange(30, 90)
        if found.followed < last:
            self._arm(chance, found, self.known.trials.effects["insite"][1], found.followed, last)
        else:
            found.followed = None

    def _arm(self, chance: Random, found: Course, name: str, day: int, last: int) -> None:
        """The scores of one arm, as far as they had been taken by the last visit."""
        found.arm = name
        followed = trials.follow(chance, self.known.trials, trials.arm(self.known, name))
        for months in sorted(followed.pain):
            on = day - 7 if months == 0 else day + round(months * DAYS_PER_MONTH)
            if on >= last:
                break
            utility: Mapping[float, float] = followed.utility
            odi = round(followed.disability[months])
            found.scores.append(Scored(on, round(followed.pain[months] / 10), odi, utility.get(months)))
        found.pain, found.disability = round(followed.pain[0] / 10), round(followed.disability[0])

    def _today(self, chance: Random, found: Course, last: int) -> None:
        """Pain and disability on the day of the last visit."""
        if found.arm is not None and len(found.scores) > 1:
            newest = found.scores[-1]
            found.scores.append(Scored(last, newest.pain, newest.disability))
            return
        newest_injection = found.injections[-1]
        relieved = (
            newest_injection.lasted
            and newest_injection.weeks
            and newest_injection.day + 7 * newest_injection.weeks >= last - 1
        )
        share = (1 - (newest_injection.sustained or 0) / 100) if relieved else chance.uniform(0.85, 1.1)
        pain = min(max(round(found.pain * share), 0), MOST_PAIN)
        found.scores.append(Scored(last, pain, min(round(found.disability * share), 100)))


__all__ = ["PARTIAL", "Course", "Courses", "Scored"]
