"""Charts and what the policies say of them, from a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from sacroiliac.chart import dates, plain
from sacroiliac.chart.facts import Chart, Side
from sacroiliac.knowledge import Knowledge, load
from sacroiliac.knowledge.policy import Policy
from sacroiliac.review.model import ItemShown, Judged
from sacroiliac.review.policies.cover import Coverer
from sacroiliac.review.policies.judge import asked, judge
from sacroiliac.review.policies.model import Coverage

HEAD = {
    "patient": {"id": "test", "birth_date": "1980-06-15", "sex": "female"},
    "side": "right",
    "review_date": "2025-06-01",
    "written": "2025-05-20",
}
Document = Mapping[str, Any]


@lru_cache(maxsize=1)
def coverer() -> Coverer:
    """One coverer for all tests of a process."""
    return Coverer(load())


def merged(base: Document, change: Document) -> dict[str, Any]:
    """A chart with some lines changed: mappings line by line, anything else as a whole."""
    both = {
        name: merged(base[name], value) if isinstance(value, dict) and isinstance(base.get(name), dict) else value
        for name, value in change.items()
    }
    return {**base, **both}


def chart(document: Document, knowledge: Knowledge | None = None) -> Chart:
    """The plain chart with these parts; patient, side and dates unless given. A part that is None is left out.

    A finding of one side is of the chart's side unless it names its own.
    """
    knowledge = knowledge or load()
    parts = {name: part for name, part in merged(HEAD, document).items() if part is not None}
    sided = {name for name in parts.get("findings", {}) if knowledge.findings[name].side == "sided"}
    parts["findings"] = {
        name: {"value": value, "side": parts["side"]} if name in sided and not isinstance(value, dict) else value
        for name, value in parts.get("findings", {}).items()
    }
    return plain.read(msgspec.json.encode(parts).decode(), "chart.yaml", knowledge)


def day(written: str) -> int:
    """A date as a day number."""
    return dates.span(written)[0]


def covered(document: Document, group: str, of: Coverer | None = None, **options: Any) -> Coverage:
    """What the policies say of the only case of a chart."""
    of = of or coverer()
    (found,) = of.cover(chart(document, of.knowledge), group, **options)
    return found


def judged(document: Document, policy: str, service: str) -> Judged:
    """One policy on one service, whether it was in force or not."""
    (found,) = every(document, {(policy, service)}).values()
    return found


def every(
    document: Document, wanted: set[tuple[str, str]] | None = None, side: Side | None = None
) -> dict[tuple[str, str], Judged]:
    """Every policy on every service it speaks about, for the only case of a chart."""
    of = coverer()
    known = chart(document)
    batch = of.builder.build([(known, known.review_date or 0, side)])
    assert len(batch.cases) == 1
    return {
        (policy.id, service.service): judge(of.context, asked(of.knowledge, policy.id, service.service), batch.table, 0)
        for policy in of.knowledge.policies.values()
        for service in policy.services
        if wanted is None or (policy.id, service.service) in wanted
    }


def answers(document: Document, side: Side | None = None) -> dict[str, str]:
    """The answer of every item of every policy, by its id (an item is answered alike wherever it is inherited)."""
    return {item.id: item.answer for one in every(document, side=side).values() for item in one.items}


def deciding(one: Judged, *wanted: str) -> list[ItemShown]:
    """The items that decide and have one of these answers."""
    return [item for item in one.items if item.decides and item.answer in wanted]


def services(policy: Policy) -> list[str]:
    """The services a policy speaks about."""
    return [one.service for one in policy.services]
