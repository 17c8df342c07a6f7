"""Who the patients of one block are: age, sex, how long the pain lasts, and what was true of them before.

All draws of a block are made side by side, in an order that does not depend on how many of its patients are wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sacroiliac.inference.states import Floats, Ints
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.simulation import Choice, People, State
from sacroiliac.rules import MET, NOT_MET, Interval, Table
from sacroiliac.rules.columns import Column, column

DAYS_PER_YEAR = 365.2425
MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
# Birthdays are kept this many days away from the days whose age counts, whatever the calendar does in between.
MARGIN = 3

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Block:
    """The people of one block, side by side (shape ``(people,)`` each; days are day numbers).

    ``age`` is in whole years on the day of the last visit. ``childbirth``: the day, or -1.
    """

    women: Bools
    age: Ints
    birth: Ints
    onset: Ints
    last: Ints
    childbirth: Ints
    right: Bools
    both: Bools
    site: Ints
    states: Mapping[str, Bools]
    ancestry: list[str]
    nicotine: list[str]

    def __len__(self) -> int:
        return len(self.age)


def draw(knowledge: Knowledge, rng: np.random.Generator, number: int, until: int) -> Block:
    """The people of one block, whose last visits fall into the time before the day ``until``."""
    known = knowledge.simulation.people
    women = rng.random(number) < known.women.value
    age = _ages(known, rng, number)
    last = until - rng.integers(0, round(known.last_visit_days.value) + 1, number)
    birth = last - np.floor(age * DAYS_PER_YEAR + rng.uniform(MARGIN, DAYS_PER_YEAR - MARGIN, number)).astype(np.int64)
    months = np.exp(np.log(known.pain_months_median.value) + known.pain_months_spread.value * rng.normal(size=number))
    # Pain that began in childhood is another story.
    room = np.maximum(age - known.youngest.value, known.pain_years_of_youngest.value) * MONTHS_PER_YEAR
    shortest = known.pain_months_shortest.value
    onset = last - np.ceil(np.clip(months, shortest, room + shortest) * DAYS_PER_MONTH).astype(np.int64)
    recent = rng.random(number) < known.childbirth_share.value
    since = np.ceil(rng.uniform(0, known.childbirth_months.value, number) * DAYS_PER_MONTH).astype(np.int64)
    mother = recent & women & (age <= known.childbirth_oldest.value)
    return Block(
        women,
        age,
        birth,
        onset,
        last,
        np.where(mother, last - since, -1),
        rng.random(number) < known.right.value,
        rng.random(number) < known.both_sides.value,
        rng.integers(0, knowledge.simulation.scene.sites, number),
        {one.finding: _state(one, rng.random(number), women, age) for one in known.states},
        _chosen(known.ancestry, rng, number),
        _chosen(known.nicotine, rng, number),
    )


def _ages(known: People, rng: np.random.Generator, number: int) -> Ints:
    drawn = np.rint(rng.normal(known.age_mean.value, known.age_sd.value, number)).astype(np.int64)
    return np.clip(drawn, round(known.youngest.value), round(known.oldest.value))


def _state(one: State, chance: Floats, women: Bools, age: Ints) -> Bools:
    found = chance < one.share.value
    if one.sex is not None:
        found &= women == (one.sex == "female")
    if one.youngest is not None:
        found &= age >= one.youngest.value
    if one.oldest is not None:
        found &= age <= one.oldest.value
    return found


def _chosen(choices: Sequence[Choice], rng: np.random.Generator, number: int) -> list[str]:
    edges = np.cumsum([one.share.value for one in choices])
    places = np.searchsorted(edges / edges[-1], rng.random(number), side="right")
    return [str(choices[place].value) for place in places]


def columns(knowledge: Knowledge, people: Block) -> Table:
    """What a complete chart of each patient says before anything is examined, as rules read it."""
    words = vocabulary.of_case(knowledge)
    found: dict[str, Column] = {
        name: np.where(one, MET, NOT_MET).astype(np.int8) for name, one in people.states.items()
    }
    yes = np.full(len(people), MET, np.int8)
    onset_age = np.floor((people.onset - people.birth) / DAYS_PER_YEAR)
    months = (people.last - people.childbirth) / DAYS_PER_MONTH
    asked = knowledge.findings["months_postpartum"].asked_of
    # Of those whom nobody asks, a review takes it that they never gave birth.
    never = np.inf if asked is None else np.where(people.women & (people.age <= asked.oldest.value), np.nan, np.inf)
    months = np.where(people.childbirth < 0, never, months)
    found |= {
        "sij_exam_recorded": yes,
        "sij_injection_recorded": yes,
        "sex": column(words["sex"], ["female" if one else "male" for one in people.women]),
        "ancestry": column(words["ancestry"], people.ancestry),
        "age_years": _exactly(people.age),
        "age_at_onset_years": _exactly(onset_age),
        "months_postpartum": Interval(np.nan_to_num(months, nan=-np.inf), np.nan_to_num(months, nan=np.inf)),
    }
    return Table(len(people), words, found)


def _exactly(values: Ints | Floats) -> Interval:
    return Interval(values.astype(float), values.astype(float))
