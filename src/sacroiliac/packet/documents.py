"""The documents a policy wants attached, and which of them the chart lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sacroiliac.packet.model import Document
from sacroiliac.packet.tell import Teller
from sacroiliac.review.model import Judged

_ASKED = re.compile(r"\bhas\(\s*['\"](\w+)['\"]\s*\)")


def documents(teller: Teller, judged: Sequence[Judged]) -> tuple[Document, ...]:
    """Every document the items of the policy name, once, in their order."""
    items: dict[str, list[str]] = {}
    for one in judged:
        for item in one.items:
            if item.decides:
                for code in _ASKED.findall(item.result.rule):
                    items.setdefault(code, []).append(item.id)
    found = teller.case.findings.get("docs")
    present = set() if found is None else set(found.value["present"])
    absent = set() if found is None else set(found.value["absent"])
    words = teller.knowledge.findings["docs"].words
    return tuple(
        Document(
            code=code,
            label=words.get(code, code.replace("_", " ")),
            on_chart=code in present,
            named_absent=code in absent,
            items=tuple(dict.fromkeys(asked_by)),
            sources=teller.sources.cite(found.facts) if found is not None and code in present | absent else (),
        )
        for code, asked_by in items.items()
    )
