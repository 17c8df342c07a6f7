"""Results written by hand: the rows that matter, everything else not documented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from sacroiliac.cohort import plan
from sacroiliac.cohort.run import Summary
from sacroiliac.cohort.tables import TABLES
from sacroiliac.knowledge import load

Row = dict[str, Any]
USUAL: dict[str, Row] = {"policies": {"met": 1}}
"""What rows have unless they say otherwise: some criteria of a policy are met already."""
REVIEW = date(2025, 6, 1)


def ago(days: int) -> date:
    """A day so long before the review."""
    return REVIEW - timedelta(days=days)


def case(patient: str, side: str = "left", **fields: Any) -> Row:
    """A case that turns on injection 0."""
    return {
        "case": f"{patient}/{side}", "patient": patient, "side": side, "review_date": REVIEW, "turns_on": 0,
        "urgent": False, "concerned": True, "contradictions": 0, "repeat_radiofrequency": "not met", **fields,
    }  # fmt: skip


def injection(patient: str, days: int | None, side: str = "left", **fields: Any) -> Row:
    """A treatment in the joint, read and held, so many days before the review."""
    day = None if days is None else ago(days)
    return {
        "case": f"{patient}/{side}", "number": 0, "first_day": day, "last_day": day, "intent": "therapeutic",
        "steroid_given": True, "delivery": "proven", "reached": "joint", "anaesthetic": "high", "steroid": "held",
        "pattern": "responder_wore_off", "not_recorded": [], "file": "Procedure.ndjson", "place": f"Procedure/{patient}",
        **fields,
    }  # fmt: skip


def finding(patient: str, name: str, value: str = "yes", side: str = "left", **fields: Any) -> Row:
    """A finding read in one place."""
    place = {"file": "Observation.ndjson", "place": f"Observation/{name}-{patient}"}
    return {"case": f"{patient}/{side}", "finding": name, "value": value, "derived": False, **place, **fields}


def of(patient: str, side: str = "left", **fields: Any) -> Row:
    """A row of any other table."""
    return {"case": f"{patient}/{side}", **fields}


def written(folder: Path, knowledge: str | None = None, **tables: Sequence[Row]) -> Path:
    """A folder of finished results with these rows."""
    for name, known in TABLES.items():
        (folder / name).mkdir(parents=True)
        rows = [
            {column: {**USUAL.get(name, {}), **row}.get(column) for column in known.columns}
            for row in tables.get(name, ())
        ]
        odd = {column for row in tables.get(name, ()) for column in row} - known.columns.keys()
        assert not odd, odd
        # In two files, as a run of several buckets leaves them: all rows of a patient in one.
        for part in (0, 1):
            listed = [row for row in rows if sum(row["case"].split("/")[0].encode()) % 2 == part]
            pq.write_table(pa.Table.from_pylist(listed, known.schema), folder / name / f"part-{part:06d}.parquet")
    counts = {name: len(tables.get(name, ())) for name in TABLES}
    summary = Summary(
        program="0.1.0", knowledge=knowledge or load().version, as_of=REVIEW.isoformat(), charts=counts["cases"],
        urgent=0, concerned=sum(bool(row.get("concerned")) for row in tables.get("cases", ())), faults=0, quarantined=0, resources={}, nobody={}, unused_files=(), rows=counts,
    )  # fmt: skip
    (folder / plan.DONE).write_bytes(msgspec.json.encode(summary))
    return folder
