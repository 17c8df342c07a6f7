"""Cases from a few lines of a plain chart."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import Any

from sacroiliac.cases import Builder, Case, review_date
from sacroiliac.chart import dates, plain
from sacroiliac.chart.facts import Chart, Fact, Origin, Side
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Finding
from tests.charts import HEAD

REVIEW = dates.span("2025-06-01")[0]


@lru_cache(maxsize=1)
def builder() -> Builder:
    """One builder for all tests of a process."""
    return Builder(load())


def chart(body: str, head: str = HEAD) -> Chart:
    """A plain chart from the lines that matter."""
    return plain.read(head + textwrap.dedent(body), "chart.yaml", load())


def cases(body: str | Chart, head: str = HEAD, as_of: str | None = None, side: Side | None = None) -> list[Case]:
    """The cases of a chart."""
    known = chart(body, head) if isinstance(body, str) else body
    asked = None if as_of is None else dates.span(as_of)[0]
    return builder().build([(known, review_date(known, asked)[0], side)]).cases


def case(body: str | Chart, head: str = HEAD, as_of: str | None = None, side: Side | None = None) -> Case:
    """The only case of a chart."""
    (found,) = cases(body, head, as_of, side)
    return found


def value(name: str, body: str, head: str = HEAD, as_of: str | None = None) -> Any:
    """The value of one finding of the only case; None when it is not documented."""
    found = case(body, head, as_of).findings.get(name)
    return None if found is None else found.value


def everything(one: Case) -> dict[str, Any]:
    """All findings of a case."""
    return {name: found.value for name, found in one.findings.items()}


def unused(one: Case) -> str:
    """What a case lists as not used, and why."""
    return "\n".join(f"{item.what}: {item.why}" for item in one.coverage.unread)


def with_facts(*facts: Fact) -> Chart:
    """A chart of the right side with these facts besides nothing."""
    empty = chart("")
    return Chart(
        empty.file, "plain", empty.patient, [*empty.facts, *facts], empty.coverage, empty.side, empty.review_date
    )


def fact(name: str, answer: Any, side: Side | None = None, day: int | None = REVIEW) -> Fact:
    """A fact of one day."""
    return Fact(
        name, answer, Origin("chart.yaml", "line 9", f"{name}: {answer}"), side, None if day is None else (day, day)
    )


def answer(finding: Finding) -> Any:
    """A legal value of a finding."""
    match finding.type:
        case "bool":
            return True
        case "number":
            return finding.minimum if finding.minimum is not None else 1.0
        case "date":
            return (REVIEW - 100, REVIEW - 100)
        case "text":
            return finding.values[0] if finding.values else "words"
    return {"present": [finding.values[0]], "absent": []}
