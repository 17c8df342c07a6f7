"""Read a chart of any kind from a path. What kind it is, is decided by its content."""

from __future__ import annotations

from pathlib import Path

from sacroiliac.chart import plain
from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir import chart, files, folder, looks_like_fhir
from sacroiliac.knowledge.model import Knowledge


def read(path: str, knowledge: Knowledge, report: plain.Report | None = None) -> Chart:
    """The chart at ``path``: a FHIR bundle or NDJSON file, a folder of them, or a plain chart.

    :param report: called for each mistake in a plain chart instead of stopping at the first
    :raises InputError: when the file cannot be read or used
    """
    place = Path(path)
    if place.is_dir():
        return folder(place, knowledge)
    data = files.content(place)
    if looks_like_fhir(data):
        return chart([(path, data)], path, knowledge)
    return plain.read(data.decode("utf-8"), path, knowledge, report)
