"""What to do first, the strongest alternative, and what would change the choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sacroiliac.inference import Answer
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Step
from sacroiliac.review import model
from sacroiliac.review.context import Context, met
from sacroiliac.rules import NOT_DOCUMENTED, Table, Vocabulary
from sacroiliac.rules.columns import column, undocumented

MOST_CHANGES = 3


def first_step(context: Context, table: Table, options: tuple[model.Option, ...]) -> model.FirstStep | None:
    """The proposed first step of one case.

    :param table: one row with everything a step may name (:func:`row_of_review`)
    """
    # An option that is barred is never the way on, whatever else speaks for it.
    barred = {option.id for option in options if option.status == "not now"}
    free = [step for step in context.knowledge.steps if step.option not in barred]
    outcomes = {step.id: context.outcome(step.when, table, 0) for step in free}
    proposed, alternative = choice([step for step in free if met(outcomes[step.id])])
    if proposed is None:
        return None
    # Steps that stand alone are red flags: what was not asked about them stands first in the review already.
    before = [step for step in free[: free.index(proposed)] if not step.alone]
    could = [step for step in before if outcomes[step.id] == NOT_DOCUMENTED]
    return model.FirstStep(
        proposed=_shown(context, proposed, table),
        alternative=_shown(context, alternative, table) if alternative else None,
        would_change=tuple(_shown(context, step, table) for step in could[:MOST_CHANGES]),
    )


def choice(fitting: Sequence[Step]) -> tuple[Step | None, Step | None]:
    """The first step among those that fit, and the strongest alternative: the next that leads elsewhere."""
    if not fitting:
        return None, None
    proposed, *rest = fitting
    others = [] if proposed.alone else rest
    return proposed, next((step for step in others if step.option != proposed.option or step.option is None), None)


def row_of_review(
    words: Vocabulary,
    injections: Table,
    last: int | None,
    cases: Table,
    row: int,
    answer: Answer,
    pattern: str | None,
    flags: tuple[model.Flag, ...],
    options: tuple[model.Option, ...],
) -> Table:
    """One row with everything a step may name.

    :param last: the row of the injection the review turns on, or None when there is none
    """
    values: dict[str, Any] = {
        vocabulary.PROBABILITY: {one.source: one.probability.value for one in answer.sources}
        | {"complex": answer.complex.value},
        "pattern": pattern,
        "urgent_flag": _urgent(flags),
        "flags": {
            "present": [flag.id for flag in flags if flag.status == "present"],
            "absent": [flag.id for flag in flags if flag.status == "answered no"],
        },
        "open_options": [one.id for one in options if one.status == "open"],
    }
    columns = {name: column(words[name], [value]) for name, value in values.items()}
    if last is None:
        columns["injection"] = undocumented(words["injection"], 1)
        return cases.below(np.array([row]), words, columns)
    return injections.below(np.array([last]), words, columns)


def _urgent(flags: tuple[model.Flag, ...]) -> bool | None:
    """Whether a flag of the first tier is present; not documented while one of them was not asked."""
    first = [flag.status for flag in flags if flag.tier == "A"]
    if "present" in first:
        return True
    return None if "not asked" in first else False


def _shown(context: Context, step: Step, table: Table) -> model.StepShown:
    return model.StepShown(
        id=step.id,
        label=step.label,
        because=step.because,
        assumption=step.assumption,
        option=step.option,
        result=context.result(step.when, table, 0),
        cite=step.cite,
    )
