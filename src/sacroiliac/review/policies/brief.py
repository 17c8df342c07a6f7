"""The policies in the review: the verdict of each, and, where it is asked for, all of its working."""

from __future__ import annotations

from collections.abc import Iterator

from sacroiliac.cases import Case
from sacroiliac.review.context import Context
from sacroiliac.review.model import Judged, PolicyVerdict
from sacroiliac.review.policies.force import in_force
from sacroiliac.review.policies.judge import Asked, asked, judge, short
from sacroiliac.rules import Table


def brief(context: Context, case: Case, table: Table, row: int) -> tuple[PolicyVerdict, ...]:
    """Every policy in force on the review date, on every service it speaks about, in the order of the services."""
    return tuple(short(context, one, table, row) for one in _asked(context, case))


def in_full(context: Context, case: Case, table: Table, row: int) -> tuple[Judged, ...]:
    """The same with every item, its working and what would settle it."""
    return tuple(judge(context, one, table, row) for one in _asked(context, case))


def _asked(context: Context, case: Case) -> Iterator[Asked]:
    current, _ = in_force(context.knowledge, case.review)
    order = {one.id: place for place, one in enumerate(context.knowledge.coverage.services)}
    pairs = [(order[service.service], policy.id, service.service) for policy in current for service in policy.services]
    return (asked(context.knowledge, policy, service) for _, policy, service in sorted(pairs))
