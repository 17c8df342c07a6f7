"""Finished results, opened for questions: every table as a view that DuckDB reads from disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from sacroiliac.cohort import plan
from sacroiliac.cohort.run import Summary
from sacroiliac.cohort.tables import TABLES
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.rules.calendar import DAYS_PER_WEEK

BATCH = 2000
"""Rows that are held at a time."""
MEMORY = "1GB"
"""Memory that a question may take; what is more goes to disk."""

NUMBERS = pa.schema([("due_days", pa.float64()), ("settled_days", pa.float64())])
Row = dict[str, Any]


class Results:
    """Finished results by one knowledge."""

    def __init__(self, folder: Path, knowledge: Knowledge, summary: Summary, database: Any) -> None:
        self.folder, self.knowledge, self.summary = folder, knowledge, summary
        self._database = database

    def table(self, name: str, rows: Sequence[Row], schema: pa.Schema) -> None:
        """Add a small table, as what the knowledge says of flags or policies."""
        self._database.register(name, pa.Table.from_pylist(list(rows), schema))

    def query(self, package: str, name: str, parameters: Row | None = None) -> Iterator[Row]:
        """The rows of a query: the file ``name.sql`` in ``queries`` of a package, with its ``$parameters``.

        :raises InputError: when the tables cannot be read
        """
        text = resources.files(package).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
        with self._told():
            found = self._database.execute(text, parameters or {})
            names = [one[0] for one in found.description]
            while rows := found.fetchmany(BATCH):
                yield from (dict(zip(names, row, strict=True)) for row in rows)

    def define(self, package: str, name: str, parameters: Row | None = None) -> None:
        """Run a query for what it defines.

        :raises InputError: when the tables cannot be read
        """
        for _ in self.query(package, name, parameters):
            pass

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What DuckDB says of a table it cannot read may quote its content, so only the kind of error is passed on."""
        try:
            yield
        except duckdb.Error as error:
            raise InputError(
                str(self.folder), f"its tables cannot be read ({type(error).__name__})", "Make the results again."
            ) from None


@contextmanager
def opened(folder: Path, knowledge: Knowledge) -> Iterator[Results]:
    """The results in a folder.

    :raises InputError: when the folder holds no finished results, or those of another knowledge
    """
    path = folder / plan.DONE
    try:
        summary = msgspec.json.decode(path.read_bytes(), type=Summary)
    except FileNotFoundError:
        problem = f"holds no finished results: there is no {plan.DONE}"
        raise InputError(str(folder), problem, "Name the folder that 'cohort run' has finished.") from None
    except (OSError, msgspec.MsgspecError):
        raise InputError(str(path), "cannot be read", "Make the results again.") from None
    if summary.knowledge != knowledge.version:
        problem = f"was made by knowledge {summary.knowledge}, and this is {knowledge.version}"
        raise InputError(str(folder), problem, "Make the results again by this version.")
    # What does not fit into memory goes into a folder that only its owner may look into, and that is gone afterwards.
    with tempfile.TemporaryDirectory(prefix="sacroiliac-") as aside, duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute(f"SET temp_directory = '{_quoted(aside)}'")
        found = Results(folder, knowledge, summary, database)
        with found._told():
            for name, table in TABLES.items():
                if not any((folder / name).glob("*.parquet")):
                    found.table(name, (), table.schema)
                    continue
                columns = ", ".join(f'"{column}"' for column in table.columns)
                parts = _quoted(folder / name / "*.parquet")
                database.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM read_parquet('{parts}')")
        _with_knowledge(found)
        yield found


def _with_knowledge(results: Results) -> None:
    """Add what the knowledge says, and the views on both: ``looks``, ``judged``, ``asked`` and ``one_fact``."""
    knowledge, known = results.knowledge, results.knowledge.population
    due, settled = known.re_evaluation.due_weeks.value * DAYS_PER_WEEK, known.re_evaluation.settled_days.value
    looked_at = [one.id for one in knowledge.findings.values() if one.area in known.re_evaluation.areas]
    payers = [one.id for one in knowledge.policies.values() if one.kind in known.payers]
    decided = [one.id for one in knowledge.findings.values() if one.area in known.decided]
    results.table("numbers", [{"due_days": due, "settled_days": settled}], NUMBERS)
    results.table("looked_at", [{"finding": one} for one in looked_at], pa.schema([("finding", pa.string())]))
    results.table("payers", [{"policy": one} for one in payers], pa.schema([("policy", pa.string())]))
    results.table("decided", [{"finding": one} for one in decided], pa.schema([("finding", pa.string())]))
    for name in ("looks", "judged", "asked", "one_fact"):
        results.define("sacroiliac.cohort", name)


def _quoted(path: Path | str) -> str:
    return str(path).replace("'", "''")
