"""The worklist as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from sacroiliac.cohort.worklist.entries import Entry, Worklist

COLUMNS = (
    "kind", "urgent", "patient", "side", "why", "policies", "next", "days", "site", "clinician", "payer", "review_date",
    "file", "place",
)  # fmt: skip
# What a spreadsheet takes for a formula when it stands first in a cell.
FORMULA = ("=", "+", "-", "@")


def written(worklist: Worklist) -> Iterator[str]:
    """The lines of the file, the header first."""
    yield _line(COLUMNS)
    for one in worklist.entries():
        yield _line(map(_cell, _values(one)))


def _values(one: Entry) -> tuple[object, ...]:
    return (
        one.kind.label, "yes" if one.urgent else "", one.patient, one.side, one.why, one.policies, one.next, one.days,
        one.site, one.clinician, one.payer, one.review_date, one.file, one.place,
    )  # fmt: skip


def _cell(value: object) -> str:
    # On one line: some programs begin a new row at any break, whatever the quotes say.
    text = "" if value is None else " ".join(str(value).split())
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
