"""A warm review of a large FHIR bundle, against parsing that bundle with the standard library."""

from __future__ import annotations

import json

from bench.bundle import bundle
from bench.table import Row, Section, duration
from bench.timing import side_by_side
from sacroiliac.chart.fhir import document
from sacroiliac.knowledge import Knowledge
from sacroiliac.report import text
from sacroiliac.review import Review, Reviewer

RESOURCES = 300
ROUNDS = 15


def measure(knowledge: Knowledge) -> Section:
    """Reading and reviewing, and the same with the text report."""
    data = json.dumps(bundle(RESOURCES)).encode()
    reviewer = Reviewer(knowledge)

    def reviews() -> list[Review]:
        return reviewer.review([document(data, "bundle.json", knowledge)])

    times = side_by_side(
        {
            "json": lambda: json.loads(data),
            "read": lambda: document(data, "bundle.json", knowledge),
            "review": reviews,
            "report": lambda: text.render_all(reviews()),
        },
        ROUNDS,
    )
    rows = [
        Row(what, duration(times.seconds(name)), duration(times.seconds("json")), times.ratio(name, "json"), most=most)
        for what, name, most in (
            ("read the bundle, json.loads", "read", None),
            ("read and review, json.loads", "review", 25),
            ("with its text report, json.loads", "report", None),
        )
    ]
    notes = (
        f"A FHIR bundle of {RESOURCES} resources, {len(data) / 1000:,.0f} kB, from its bytes. Warm: the knowledge is "
        "loaded and the reviewer made.",
    )
    return Section("Warm review", tuple(rows), notes)
