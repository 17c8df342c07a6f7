"""What can be cited in an appeal: the points on which societies and payers differ, and the published evidence.

Both sides are always given, with the notes on who paid for a study; nothing is chosen and nothing concluded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import Conflict, ItemKind, Policy, PolicyItem
from sacroiliac.packet.model import Appeal, Contested, ContestedSide, EvidenceShown
from sacroiliac.review.context import Context
from sacroiliac.review.model import Judged
from sacroiliac.review.policies.force import in_force
from sacroiliac.review.policies.judge import answer
from sacroiliac.review.references import references
from sacroiliac.rules import Table


def appeal(context: Context, judged: Sequence[Judged], table: Table, row: int, review: int) -> Appeal:
    """Both sides of every contested point on which this policy does not already say yes, and of the evidence."""
    knowledge = context.knowledge
    own = judged[0].verdict.policy
    current, _ = in_force(knowledge, review)
    every = {
        item.id: (policy, kind, item) for policy in (*current, knowledge.policies[own]) for kind, item in _items(policy)
    }
    open_ = {item.id for one in judged for item in one.items if item.answer != "met" and not item.applies_when}
    contested = tuple(
        Contested(
            id=one.id,
            topic=one.topic,
            why=one.why,
            items=tuple(name for name in one.items if name in open_),
            sides=tuple(
                _side(context, own, *every[name], table, row) for name in one.items if name in every
            ),
        )
        for one in knowledge.coverage.conflicts
        if open_ & set(one.items) and _several(one, every)
    )  # fmt: skip
    evidence = tuple(_evidence(context, [one.verdict.service for one in judged]))
    return Appeal(contested=contested, evidence=evidence, references=references(knowledge, (evidence,)))


def _items(policy: Policy) -> Iterator[tuple[ItemKind, PolicyItem]]:
    for service in policy.services:
        yield from policy.items(service)


def _several(conflict: Conflict, every: dict[str, tuple[Policy, ItemKind, PolicyItem]]) -> bool:
    """Whether more than one policy speaks: a point that one policy alone makes has no other side to cite."""
    return len({every[name][0].id for name in conflict.items if name in every}) > 1


def _side(
    context: Context, own: str, policy: Policy, kind: ItemKind, item: PolicyItem, table: Table, row: int
) -> ContestedSide:
    return ContestedSide(
        item=item.id,
        payer=policy.payer,
        title=policy.title,
        text=item.text,
        answer=answer(context, kind, item, table, row),
        confirmed=item.confirmed,
        own=policy.id == own,
        seen_at=item.seen_at,
    )


def _evidence(context: Context, services: Sequence[str]) -> Iterator[EvidenceShown]:
    known: Knowledge = context.knowledge
    names = [name for one in known.coverage.services if one.id in services for name in one.options]
    for name in dict.fromkeys(names):
        option = known.options[name]
        yield EvidenceShown(
            option=name,
            label=option.label,
            supports=tuple(context.said(one) for one in option.supports),
            opposes=tuple(context.said(one) for one in option.opposes),
        )
