"""The worklist as one self-contained page: a table for each kind, most urgent first.

It can be read without script; a few lines of it sort and filter what is there. No outside request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sacroiliac.cohort.worklist.entries import FILTERS, Entry, Worklist
from sacroiliac.report.html import environment
from sacroiliac.review.words import in_order, many

MOST = 10_000
"""Entries a page holds: a browser still sorts and filters so many at once."""


def written(worklist: Worklist) -> Iterator[str]:
    """The parts of the page."""
    counts: Counter[str] = Counter()
    shown: dict[str, list[Entry]] = {one.id: [] for one in worklist.listed}
    for number, one in enumerate(worklist.entries()):
        counts[one.kind.id] += 1
        if number < MOST:
            shown[one.kind.id].append(one)
    values = {
        name: sorted(
            {str(value) for listed in shown.values() for one in listed if (value := getattr(one, name))}, key=in_order
        )
        for name in FILTERS
    }
    made = environment("sacroiliac.cohort.worklist", "sacroiliac.report.html")
    made.filters["many"] = many
    yield from made.get_template("worklist.jinja").generate(
        worklist=worklist,
        summary=worklist.results.summary,
        counts=counts,
        total=sum(counts.values()),
        left=max(0, sum(counts.values()) - MOST),
        shown=shown,
        values=values,
    )
    yield "\n"
