"""Small charts for tests: write the part that matters, get the review."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import Any

import msgspec

from sacroiliac.chart import plain
from sacroiliac.chart.facts import Chart
from sacroiliac.knowledge import load
from sacroiliac.review import Review, Reviewer

HEAD = """\
patient: {id: test, birth_date: 1970-06-15, sex: female}
side: right
review_date: 2025-06-01
"""
JOINT = {
    "date": "2025-03-03", "side": "right", "target": "joint", "guidance": "fluoroscopy",
    "contrast_pattern": "intra_articular", "cephalad_spread": True, "two_views": True, "volume_ml": 2,
    "anesthetic": "bupivacaine", "sedation": "none", "diary": "kept",
}  # fmt: skip


@lru_cache(maxsize=1)
def reviewer() -> Reviewer:
    """One reviewer for all tests of a process."""
    return Reviewer(load())


def chart(body: str = "", head: str = HEAD) -> Chart:
    """A plain chart from the lines that matter."""
    return plain.read(head + textwrap.dedent(body), "chart.yaml", load())


def review(body: str = "", head: str = HEAD) -> Review:
    """The review of the only case of a plain chart."""
    (found,) = reviewer().review([chart(body, head)])
    return found


def with_injections(*injections: dict[str, Any], findings: dict[str, Any] | None = None, **parts: Any) -> Review:
    """The review of a chart with these injections (fields over :data:`JOINT`), findings and other parts."""
    return with_findings(findings or {}, injections=[{**JOINT, **one} for one in injections], **parts)


def with_findings(findings: dict[str, Any], **parts: Any) -> Review:
    """The review of a chart with these findings and other parts; patient, side and date unless given."""
    document = {
        "patient": {"id": "test", "birth_date": "1970-06-15", "sex": "female"},
        "side": "right",
        "review_date": "2025-06-01",
        "findings": findings,
        **parts,
    }
    return review(msgspec.json.encode(document).decode(), head="")
