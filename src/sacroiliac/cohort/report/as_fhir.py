"""The quality measures as a FHIR R4 Bundle of Measures and MeasureReports."""

from __future__ import annotations

from collections.abc import Iterator

from sacroiliac.cohort.results import Results


def written(results: Results, by: str | None) -> Iterator[str]:
    """The Bundle."""
    raise NotImplementedError
    yield ""
