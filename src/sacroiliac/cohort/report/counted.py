"""What the queries of the report count, added up over the slices of the results."""

from __future__ import annotations

from collections.abc import Mapping

from sacroiliac.cohort.results import Results, Row

QUERIES = "sacroiliac.cohort.report"
COUNTS = ("n", "true_")
"""What is added up; rows that are alike in everything else are one."""
Key = tuple[tuple[str, str | int | None], ...]


def counted(results: Results, queries: Mapping[str, Row]) -> dict[str, list[Row]]:
    """The rows of each query over all results, in the order of what they count, what is not stated last.

    No patient may be in two slices, so that patients and cases that are counted once there are counted once in all.

    :param queries: the parameters of each query, by its name
    :raises InputError: when the tables cannot be read
    """
    found: dict[str, dict[Key, Row]] = {name: {} for name in queries}
    for _ in results.slices():
        for name, parameters in queries.items():
            for row in results.query(QUERIES, name, parameters):
                _add(found[name], row)
    return {name: [rows[key] for key in sorted(rows, key=_order)] for name, rows in found.items()}


def _add(found: dict[Key, Row], row: Row) -> None:
    key = tuple((column, value) for column, value in row.items() if column not in COUNTS)
    known = found.setdefault(key, row)
    if known is not row:
        for column in COUNTS:
            if column in row:
                known[column] += row[column]


def _order(key: Key) -> list[tuple[bool, str | int]]:
    return [(value is None, "" if value is None else value) for _, value in key]
