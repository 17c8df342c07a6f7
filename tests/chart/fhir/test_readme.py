"""The example of fhir/README.md is valid FHIR, and every part of it is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.chart.fhir.make import day, read_json, record
from tests.fhir_validator import issues, with_entries

README = Path(__file__).parents[3] / "fhir" / "README.md"


def test_the_example_is_valid_and_read_to_the_last_field() -> None:
    (written,) = re.findall(r"```json\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    bundle = json.loads(written)
    assert issues(with_entries(bundle)) == []
    chart = read_json(bundle)
    assert record(chart) == {
        "target": "joint",
        "side": "right",
        "date": day("2025-03-18"),
        "guidance": "fluoroscopy",
        "contrast_pattern": "intra_articular",
        "two_views": True,
        "volume_ml": 2,
        "anesthetic": "bupivacaine",
        "steroid": True,
        "steroid_drug": "triamcinolone",
        "steroid_mg": 40,
        "pre_pain": 7,
        "post_pain": 1,
        "relief_hours": 5,
        "diary": "kept",
        "sustained_percent": 20,
        "sustained_weeks": 1,
    }
    assert chart.coverage.unread == []
    assert chart.coverage.unknown_codes == {}
    assert chart.coverage.not_read == {}


def test_every_file_it_names_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r"`([A-Z]\w+-[a-z-]+\.json)`", text)
    assert len(named) > 8
    assert [one for one in named if not (README.parent / one).exists()] == []
