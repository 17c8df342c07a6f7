"""Which version of each policy was in force on a day."""

from __future__ import annotations

from collections.abc import Iterable

from sacroiliac.chart.dates import span
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import Policy


def in_force(knowledge: Knowledge, day: int) -> tuple[list[Policy], list[Policy]]:
    """The latest version of each policy in force on a day, and the first of those of which none was.

    A version whose date was not seen counts as older than all that are dated; a date known only to the month or year
    counts from its first day.
    """
    families: dict[str, list[Policy]] = {}
    for one in knowledge.policies.values():
        families.setdefault(one.family or one.id, []).append(one)
    current: list[Policy] = []
    later: list[Policy] = []
    for versions in families.values():
        versions.sort(key=_since)
        started = [one for one in versions if _since(one) <= day]
        (current if started else later).append(started[-1] if started else versions[0])
    return current, later


def _since(policy: Policy) -> float:
    return float("-inf") if policy.effective.since is None else span(policy.effective.since)[0]


def of_group(knowledge: Knowledge, group: str) -> tuple[str, ...]:
    """The services of a group, in their order."""
    return tuple(one.id for one in knowledge.coverage.services if one.group == group)


def groups(knowledge: Knowledge) -> tuple[str, ...]:
    """The groups of services, in their order."""
    return tuple(dict.fromkeys(one.group for one in knowledge.coverage.services))


def on_service(policies: Iterable[Policy], service: str) -> list[Policy]:
    """The policies that speak about a service."""
    return [one for one in policies if any(other.service == service for other in one.services)]
