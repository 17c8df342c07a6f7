"""Red flags: a notice to stop and check, and the questions that were never asked. No flag is not an all-clear."""

from __future__ import annotations

from sacroiliac.cases import Case
from sacroiliac.review import model
from sacroiliac.review.context import Context
from sacroiliac.rules import Table

TIERS = {"A": "same day", "B": "to follow up", "C": "only adds weight"}
STATUS = {"met": "present", "not met": "answered no", "not documented": "not asked"}


def flags(context: Context, case: Case, table: Table, row: int) -> tuple[model.Flag, ...]:
    """Every red flag of the knowledge, those that are present first."""
    found = []
    for flag in context.knowledge.red_flags.values():
        result = context.result(flag.when, table, row)
        found.append(
            model.Flag(
                id=flag.id,
                tier=flag.tier,
                tier_label=TIERS[flag.tier],
                label=flag.label,
                status=STATUS[result.outcome],  # type: ignore[arg-type]
                action=flag.action,
                figures=tuple(context.said(one) for one in flag.figures),
                result=result,
                ask=tuple(context.one_missing(name) for name in flag.asks if name not in case.findings),
                cite=flag.cite,
            )
        )
    order = {"present": 0, "not asked": 1, "answered no": 2}
    return tuple(sorted(found, key=lambda one: (order[one.status], one.tier)))


def urgent(found: tuple[model.Flag, ...]) -> bool:
    """Whether a flag of the first tier is present."""
    return any(flag.status == "present" and flag.tier == "A" for flag in found)
