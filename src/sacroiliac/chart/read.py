"""Read a chart of any kind from a path. What kind it is, is decided by its content.

Only the reader of that kind is imported: the other would take longer than the reading.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sacroiliac.chart import files
from sacroiliac.chart.facts import Chart
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

OTHER_KINDS = {b"<": "XML", b"%PDF": "a PDF", b"{\\rtf": "a word-processor file", b"MSH|": "an HL7 version 2 message"}

if TYPE_CHECKING:
    from sacroiliac.chart.plain import Report


def read(path: str, knowledge: Knowledge, report: Report | None = None, whole: bool = True) -> Chart:
    """The chart at ``path``: a FHIR bundle or NDJSON file, a folder of them, or a plain chart.

    :param report: called for each mistake in a plain chart instead of stopping at the first
    :param whole: as of :func:`sacroiliac.chart.plain.read`
    :raises InputError: when the file cannot be read or used
    """
    if not path:
        raise InputError("CHART" if whole else "--plan", "is empty", "Name a file, or a folder of FHIR files.")
    place = Path(path)
    if place.is_dir():
        from sacroiliac.chart.fhir import folder

        return folder(place, knowledge)
    data = files.content(place)
    if files.looks_like_fhir(data):
        from sacroiliac.chart.fhir import chart

        return chart([(path, data)], path, knowledge)
    for start, kind in OTHER_KINDS.items():
        if data.lstrip().startswith(start):
            raise InputError(path, f"is {kind}, which is not read", "Export the chart as FHIR JSON or NDJSON.")
    from sacroiliac.chart import plain

    return plain.read(data.decode("utf-8"), path, knowledge, report, whole)


def read_plan(path: str | None, knowledge: Knowledge) -> Chart | None:
    """How a service will be done, where a file is named for it: a chart that need hold nothing but what is planned.

    :raises InputError: as :func:`read`
    """
    return None if path is None else read(path, knowledge, whole=False)
