"""The JSON report against its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from sacroiliac.report import json as json_report
from sacroiliac.review.model import SCHEMA
from tests.charts import with_injections
from tests.test_examples import EXAMPLES, reviews

PUBLISHED = Path(__file__).parent.parent.parent / "schemas" / "review.schema.json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json.loads(json_report.schema())


@pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])
def test_a_review_is_valid_by_the_published_schema(name: str, schema: dict[str, Any]) -> None:
    """An independent validator reads the published file, not our types."""
    document = json.loads(json_report.render_all(reviews()[name]))
    jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text())).validate(document)
    assert document["schema_version"] == SCHEMA
    assert len(document["reviews"]) == len(reviews()[name])


def test_the_published_schema_is_the_one_in_use(schema: dict[str, Any]) -> None:
    """``sacroiliac schema review > schemas/review.schema.json`` renews it; raise SCHEMA when something goes away."""
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(PUBLISHED.read_text()) == schema


def test_what_is_not_a_review_is_refused(schema: dict[str, Any]) -> None:
    document = json.loads(json_report.render_all(reviews()["hip-behind-it"]))
    del document["reviews"][0]["sources"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])
def test_everything_survives_the_way_through_json(name: str) -> None:
    written = json_report.render_all(reviews()[name])
    assert msgspec.json.decode(written, type=json_report.Reviews).reviews == tuple(reviews()[name])


@pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])
def test_every_citation_leads_to_its_reference(name: str) -> None:
    for review in json.loads(json_report.render_all(reviews()[name]))["reviews"]:
        cited = set(_cited(review))
        assert cited
        assert cited <= set(review["references"])


@pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])
def test_every_figure_has_an_origin_and_what_that_asks_for(name: str) -> None:
    figures = [
        one for review in json.loads(json_report.render_all(reviews()[name]))["reviews"] for one in _figures(review)
    ]
    assert figures
    for figure in figures:
        if figure["origin"] == "assumption":
            assert figure.get("how"), figure
        else:
            assert figure.get("cite"), figure


def test_no_number_is_nan_or_infinite() -> None:
    for name in reviews():
        for value in _numbers(json.loads(json_report.render_all(reviews()[name]), parse_constant=pytest.fail)):
            assert abs(value) < 1e9


def test_a_probability_lies_within_its_interval() -> None:
    for review in [*(one for each in reviews().values() for one in each), with_injections({"relief_percent": 90})]:
        for source in review.sources:
            one = source.probability
            assert 0 <= one.low <= one.high <= 1
            assert one.low - 0.02 <= one.value <= one.high + 0.02, (source.id, one)


def _cited(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [*part.get("cite", ()), *(one for name, each in part.items() if name != "cite" for one in _cited(each))]
    return [one for each in part for one in _cited(each)] if isinstance(part, list) else []


def _figures(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, dict):
        return [part] * ("origin" in part) + [one for each in part.values() for one in _figures(each)]
    return [one for each in part for one in _figures(each)] if isinstance(part, list) else []


def _numbers(part: Any) -> list[float]:
    if isinstance(part, dict):
        return [one for each in part.values() for one in _numbers(each)]
    if isinstance(part, list):
        return [one for each in part for one in _numbers(each)]
    return [part] if isinstance(part, int | float) and not isinstance(part, bool) else []
