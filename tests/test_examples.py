"""The example charts: each has its expected review beside it, as text that a clinician can read in a diff.

``pytest tests/test_examples.py --accept`` writes the expected reviews anew, for a reader to judge.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

from sacroiliac.chart.read import read
from sacroiliac.report import text
from sacroiliac.review import Review
from tests.charts import reviewer

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(one for one in (ROOT / "examples").iterdir() if one.suffix in (".yaml", ".json", ".ndjson"))
# What each chart was written to show: row of the decision table, source in front, option proposed, urgent or not.
SHOWS: dict[str, tuple[str | None, str | None, str, bool]] = {
    "after-fusion": ("12", None, "diagnostic_block", False),
    "claim-only": ("2", None, "recheck", False),
    "delivery-unproven": ("3", None, "recheck", False),
    "disc-behind-it": ("4", "discogenic", "spine_workup", False),
    "discordant-blocks": ("11", None, "spine_workup", False),
    "dual-blocks-rf-wore-off": ("10", "sij_joint", "radiofrequency", False),
    "fever-after-injection": ("0", None, "emergency_referral", True),
    "hip-behind-it": ("4", "hip_osteoarthritis", "hip_workup", False),
    "inflammatory-young-woman": ("14", "axial_spondyloarthritis", "rheumatology_referral", False),
    "ligament-behind-it": ("5", "sij_ligament", "lateral_branch_block", False),
    "postpartum": ("3", None, "exercise", False),
    "relief-lost-in-days": ("8", "sij_joint", "diagnostic_block", False),
    "relief-lost-in-days-fhir": ("8", "sij_joint", "diagnostic_block", False),
    "responder-wore-off": ("9", "sij_joint", "repeat_injection", False),
    "sacral-fracture": ("4", "sacral_insufficiency_fracture", "bone_workup", False),
}


@lru_cache(maxsize=1)
def reviews() -> dict[str, list[Review]]:
    """The reviews of all examples."""
    return {file.stem: reviewer().review([read(str(file), reviewer().knowledge)]) for file in EXAMPLES}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda one: one.stem)
def test_expected_review(file: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = reviewer().review([read(str(file.relative_to(ROOT)), reviewer().knowledge)])
    shown = re.sub(r"^sacroiliac \S+, knowledge \S+, schema \S+$", "(versions)", text.render_all(found), flags=re.M)
    kept = ROOT / "examples" / "expected" / f"{file.stem}.txt"
    if request.config.getoption("--accept"):
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8"), "See whether the new review is right; then accept it."


@pytest.mark.parametrize("name", SHOWS)
def test_each_example_shows_what_it_was_written_for(name: str) -> None:
    row, source, option, urgent = SHOWS[name]
    review = reviews()[name][0]
    rows = [one.pattern.row for one in review.injections if one.pattern is not None]
    assert (row in rows) if row else not rows
    assert source is None or review.sources[0].id == source
    assert review.first_step is not None
    assert review.first_step.proposed.option == option
    assert review.urgent == urgent


def test_every_example_says_what_it_shows_and_has_one_expected_review() -> None:
    names = {file.stem for file in EXAMPLES}
    assert names == set(SHOWS)
    assert names == {one.stem for one in (ROOT / "examples" / "expected").iterdir()}
    assert len(names) >= 12
