"""Where policies contradict each other in a case: both sides, without choosing."""

from __future__ import annotations

from collections.abc import Sequence

from sacroiliac.knowledge.model import Knowledge
from sacroiliac.review.model import Judged
from sacroiliac.review.policies.model import Conflict, Side


def conflicts(knowledge: Knowledge, judged: Sequence[Judged]) -> tuple[Conflict, ...]:
    """The known contradictions of which this case shows both sides."""
    sides: dict[str, Side] = {}
    for one in judged:
        for item in one.items:
            sides[item.id] = Side(
                item=item.id,
                policy=one.verdict.short,
                text=item.text,
                answer=item.answer,
                confirmed=item.confirmed,
            )
    found = []
    for known in knowledge.coverage.conflicts:
        shown = tuple(sides[name] for name in known.items if name in sides)
        yes = {one.policy for one in shown if one.answer == "met"}
        no = {one.policy for one in shown if one.answer in ("not met", "excluded")}
        if yes and no and len(yes | no) > 1:
            found.append(Conflict(id=known.id, topic=known.topic, why=known.why, sides=shown))
    return tuple(found)
