"""The policies in the review: the verdict of each, without the working."""

from __future__ import annotations

from sacroiliac.cases import Case
from sacroiliac.review.context import Context
from sacroiliac.review.model import PolicyVerdict
from sacroiliac.review.policies.force import in_force
from sacroiliac.review.policies.judge import asked, short
from sacroiliac.rules import Table


def brief(context: Context, case: Case, table: Table, row: int) -> tuple[PolicyVerdict, ...]:
    """Every policy in force on the review date, on every service it speaks about, in the order of the services."""
    current, _ = in_force(context.knowledge, case.review)
    order = {one.id: place for place, one in enumerate(context.knowledge.coverage.services)}
    pairs = [(order[service.service], policy.id, service.service) for policy in current for service in policy.services]
    return tuple(
        short(context, asked(context.knowledge, policy, service), table, row) for _, policy, service in sorted(pairs)
    )
