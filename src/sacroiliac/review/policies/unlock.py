"""The missing facts by how many policies they would settle."""

from __future__ import annotations

from collections.abc import Sequence

from sacroiliac.review.model import Judged, Missing
from sacroiliac.review.policies.model import Unlock


def unlocks(judged: Sequence[Judged]) -> tuple[Unlock, ...]:
    """Each missing fact with the policies whose answer 'met' needs it: first the one that alone settles most."""
    alone: dict[tuple[str, str], list[str]] = {}
    among: dict[tuple[str, str], list[str]] = {}
    facts: dict[tuple[str, str], Missing] = {}
    for one in judged:
        for missing in one.would_meet:
            key = (missing.finding, missing.detail)
            facts.setdefault(key, missing)
            named = (alone if len(one.would_meet) == 1 else among).setdefault(key, [])
            named += [one.verdict.short] if one.verdict.short not in named else []
    found = (
        Unlock(missing=missing, alone=tuple(alone.get(key, ())), among=tuple(among.get(key, ())))
        for key, missing in facts.items()
    )
    return tuple(sorted(found, key=lambda one: (-len(one.alone), -len(one.alone) - len(one.among), one.missing.label)))
