"""One story told twice, as a plain chart and as FHIR resources: both must say the same."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from sacroiliac.chart.dates import span
from sacroiliac.chart.read import read
from sacroiliac.review import Review
from tests.charts import reviewer

EXAMPLES = Path(__file__).parent.parent.parent.parent / "examples"
DAY = span("2025-05-15")[0]


@lru_cache(maxsize=2)
def story(file: str) -> Review:
    """The review of one of the two charts on the same day."""
    (found,) = reviewer().review([read(str(EXAMPLES / file), reviewer().knowledge)], DAY)
    return found


PLAIN, FHIR = "relief-lost-in-days.yaml", "relief-lost-in-days-fhir.json"


def test_the_sources_are_the_same() -> None:
    plain, fhir = story(PLAIN), story(FHIR)
    expected = {one.id: one.probability.value for one in plain.sources}
    assert {one.id: one.probability.value for one in fhir.sources} == pytest.approx(expected, abs=1e-9)
    assert fhir.complex.value == pytest.approx(plain.complex.value, abs=1e-9)


def test_the_injection_reads_the_same() -> None:
    (plain,), (fhir,) = story(PLAIN).injections, story(FHIR).injections
    assert (fhir.date, fhir.target, fhir.intent) == (plain.date, plain.target, plain.intent)
    assert [one.pattern and one.pattern.row for one in (fhir, plain)] == ["8", "8"]
    assert fhir.delivery.row == plain.delivery.row
    assert fhir.missing == plain.missing
    assert (fhir.anaesthetic.category, fhir.steroid.category) == (plain.anaesthetic.category, plain.steroid.category)
    assert (fhir.anaesthetic.lasted, fhir.steroid.lasted) == (plain.anaesthetic.lasted, plain.steroid.lasted)
    # The patient's own percentage goes before the one worked out from the scores, and they agree.
    assert fhir.anaesthetic.percent == 85
    assert plain.anaesthetic.percent == pytest.approx(600 / 7)


def test_the_first_step_is_the_same() -> None:
    steps = [story(file).first_step for file in (PLAIN, FHIR)]
    assert [one and one.proposed.id for one in steps] == ["confirm", "confirm"]
    assert len({one and one.alternative and one.alternative.id for one in steps}) == 1


def test_the_red_flags_are_the_same() -> None:
    assert [(one.id, one.status) for one in story(FHIR).red_flags] == [
        (one.id, one.status) for one in story(PLAIN).red_flags
    ]


def test_the_drugs_are_the_same() -> None:
    plain, fhir = story(PLAIN).medication, story(FHIR).medication
    assert {(one.id, one.dose) for one in fhir.drugs} == {(one.id, one.dose) for one in plain.drugs}
    assert fhir.morphine_equivalents.removeprefix("at least ") == plain.morphine_equivalents


def test_what_differs_is_only_what_a_fhir_chart_cannot_say() -> None:
    """Its lists are never complete: whether there were other injections is open, so options that count them are too."""
    plain = {one.id: one.status for one in story(PLAIN).options}
    fhir = {one.id: one.status for one in story(FHIR).options}
    changed = {name for name in plain if plain[name] != fhir[name]}
    assert changed
    assert {fhir[name] for name in changed} == {"undecided"}
    assert [one.what for one in story(FHIR).coverage.texts] == ["Procedure Note of 2025-03-18"]
