"""Blood tests that several resources report: one of them raised on a day means raised on that day."""

from __future__ import annotations

from sacroiliac.chart.fhir.reading import Reading


def together(reading: Reading) -> None:
    """Inflammation markers: a normal value says nothing against a raised one of the same day."""
    high = {fact.when for fact in reading.raised if fact.value}
    for fact in reading.raised:
        if fact.value or fact.when not in high:
            reading.facts.append(fact)
        else:
            reading.coverage.skip(fact.origin.words, "another marker of that day is raised", fact.origin)
