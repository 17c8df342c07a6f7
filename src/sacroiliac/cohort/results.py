"""Finished results, opened for questions: every table as a view that DuckDB reads from disk.

What joins tables is asked of some thousand cases at a time, so that the memory it takes does not grow with the results:
all rows of a case stand in the parts of one number.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from sacroiliac.cohort import plan
from sacroiliac.cohort.payers import Payers, not_theirs, of_payers
from sacroiliac.cohort.run import Summary
from sacroiliac.cohort.tables import TABLES
from sacroiliac.errors import InputError
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.review.words import many
from sacroiliac.rules import parse
from sacroiliac.rules.calendar import DAYS_PER_WEEK

BATCH = 2000
"""Rows that are held at a time."""
MEMORY = "1GB"
"""Memory that a question may take; what is more goes to disk."""

AT_ONCE = 50_000
"""Cases that are looked at together: a question about so many fits into that memory."""

NUMBERS = pa.schema([("due_days", pa.float64()), ("settled_days", pa.float64())])
Row = dict[str, Any]
Slice = tuple[str, ...]
"""Names of parts, the same in the folder of each table."""
Watched = Callable[[Sequence[Slice]], Iterable[Slice]]


class Results:
    """Finished results by one knowledge.

    :param read_from: the folder by a name that DuckDB takes for nothing else
    :param watched: goes through the slices of the results, and may show how far it has come
    :param payers: the policies of each payer, where that is known
    """

    def __init__(
        self,
        folder: Path,
        read_from: Path,
        knowledge: Knowledge,
        summary: Summary,
        database: Any,
        watched: Watched = iter,
        payers: Payers | None = None,
    ) -> None:
        self.folder, self.knowledge, self.summary, self.payers = folder, knowledge, summary, payers or {}
        self._database, self._watched, self._read_from = database, watched, read_from
        with self._told():
            self._look_at(None)

    def left_out(self, smallest: int = 0) -> str:
        """What of the export is not counted or listed, in a sentence; empty where all of it is.

        :param smallest: counts below are not told
        """
        summary = self.summary
        elsewhere = summary.rows.get("cases", 0) - summary.concerned
        counts = (
            (summary.quarantined, "line or chart", "lines or charts", f"could not be used (see {plan.QUARANTINE})"),
            (sum(summary.nobody.values()), "resource is", "resources are", "about no patient"),
            (elsewhere, "case is", "cases are", "of patients whose charts say nothing of this joint"),
        )
        told = [
            f"{f'fewer than {smallest:,} {more}' if number < smallest else many(number, one, more)} {what}"
            for number, one, more, what in counts
            if number
        ]
        return f"Left out here: {'; '.join(told)}." if told else ""

    def table(self, name: str, rows: Sequence[Row], schema: pa.Schema) -> None:
        """Add a small table, as what the knowledge says of flags or policies."""
        self._database.register(name, pa.Table.from_pylist(list(rows), schema))

    def query(self, package: str, name: str, parameters: Row | None = None) -> Iterator[Row]:
        """The rows of a query: the file ``name.sql`` in ``queries`` of a package, with its ``$parameters``.

        :raises InputError: when the tables cannot be read
        """
        return self._rows(_text(package, name), parameters or {})

    def define(self, package: str, name: str, parameters: Row | None = None) -> None:
        """Run a query for what it defines.

        :raises InputError: when the tables cannot be read
        """
        for _ in self.query(package, name, parameters):
            pass

    def slices(self) -> Iterator[None]:
        """Look at some of the cases at a time: what is asked meanwhile is asked of them alone, and of all afterwards.

        :raises InputError: when the tables cannot be read
        """
        for parts in self._watched(self._sliced()):
            with self._told():
                self._look_at(parts)
            yield
        self._look_at(None)

    def add(self, package: str, name: str, parameters: Row) -> None:
        """Add the rows of a query to those that are kept under its name.

        :raises InputError: when the tables cannot be read
        """
        text = _text(package, name)
        with self._told():
            kept = self._database.execute("FROM duckdb_tables() WHERE table_name = ?", [f"kept_{name}"]).fetchone()
            begin = f"INSERT INTO kept_{name}" if kept else f"CREATE TEMP TABLE kept_{name} AS"
            self._database.execute(f"{begin}\n{text}", parameters)

    def kept(self, name: str) -> Iterator[Row]:
        """The rows kept under a name, by their ``rank``.

        :raises InputError: when they cannot be put into order
        """
        return self._rows(f"FROM kept_{name} ORDER BY rank", {})

    def _sliced(self) -> list[Slice]:
        """The parts, as many together as hold some thousand cases."""
        slices: list[list[str]] = [[]]
        size = 0
        with self._told():
            parts = _each(self._read_from / "cases")
            listed = "SELECT file_name, num_rows FROM parquet_file_metadata(?) ORDER BY file_name"
            found = self._database.execute(listed, [parts]).fetchall() if self._parts("cases") else []
        for file, rows in found:
            if size and size + rows > AT_ONCE:
                slices.append([])
                size = 0
            slices[-1].append(Path(file).name)
            size += rows
        return [tuple(one) for one in slices]

    def _parts(self, table: str) -> bool:
        return any((self._read_from / table).glob("*.parquet"))

    def _look_at(self, parts: Slice | None) -> None:
        """Make the views of all tables: on some parts, or on all."""
        for name, table in TABLES.items():
            if not self._parts(name):
                self.table(name, (), table.schema)
                continue
            columns = ", ".join(f'"{column}"' for column in table.columns)
            files = ", ".join(f"'{_quoted(_each(self._read_from / name, part))}'" for part in parts or ("*.parquet",))
            # A folder that is called column=value is no column.
            read = f"read_parquet([{files}], hive_partitioning = false)"
            # Whoever has nothing to do with this joint is on no worklist and in no report.
            which = " WHERE concerned" if name == "cases" else ""
            self._database.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM {read}{which}")

    def _rows(self, text: str, parameters: Row) -> Iterator[Row]:
        with self._told():
            found = self._database.execute(text, parameters)
            names = [one[0] for one in found.description]
            while rows := found.fetchmany(BATCH):
                yield from (dict(zip(names, row, strict=True)) for row in rows)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What DuckDB says of a table it cannot read may quote its content, so only the kind of error is passed on."""
        try:
            yield
        except duckdb.OutOfMemoryException:
            problem = (
                f"the question takes more than {MEMORY} of memory, and more room than there is for temporary files"
            )
            raise InputError(
                str(self.folder), problem, "Free some, name another folder by TMPDIR, or ask for less."
            ) from None
        except duckdb.Error as error:
            raise InputError(
                str(self.folder), f"its tables cannot be read ({type(error).__name__})", "Make the results again."
            ) from None


@contextmanager
def opened(
    folder: Path, knowledge: Knowledge, watched: Watched = iter, payers: Payers | None = None
) -> Iterator[Results]:
    """The results in a folder.

    :param watched: as of :class:`Results`, and ``payers`` likewise

    :raises InputError: when the folder holds no finished results, not all of them, or those of another knowledge
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
    _check_whole(folder, summary)
    # What does not fit into memory goes into a folder that only its owner may look into, and that is gone afterwards.
    with tempfile.TemporaryDirectory(prefix="sacroiliac-") as aside, duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute(f"SET temp_directory = '{_quoted(aside)}'")
        # DuckDB takes a backslash in a name with a pattern for the end of a folder: it is given a name without one.
        link = Path(aside) / "results"
        link.symlink_to(folder.resolve())
        found = Results(folder, link, knowledge, summary, database, watched, payers)
        _with_knowledge(found)
        yield found


def _check_whole(folder: Path, summary: Summary) -> None:
    """See that every table still has all the rows that the run wrote: what is lost would be told as nobody.

    :raises InputError: when one has not, or its parts are mixed up
    """
    listed = {name: {one.name for one in (folder / name).glob("*.parquet")} for name in TABLES}
    parts = sorted(set().union(*listed.values()))
    found = dict.fromkeys(TABLES, 0)
    for name, there in listed.items():
        for part in parts:
            if part not in there:
                raise _incomplete(folder / name, f"has lost {part}")
    read_from = folder.resolve()  # "re:sults" would be taken for an address
    try:
        for part in parts:
            with pq.ParquetFile(read_from / "cases" / part) as file:
                cases = set(file.read(["case"]).column(0).to_pylist())
            for name in TABLES:
                read = pq.read_metadata(read_from / name / part)
                found[name] += read.num_rows
                if not _one_of(read) <= cases:
                    raise _incomplete(folder / name, f"{part} does not hold the cases that it holds in 'cases'")
    except (OSError, pa.ArrowException, KeyError) as error:
        problem = f"its tables cannot be read ({type(error).__name__})"
        raise InputError(str(folder), problem, "Make the results again.") from None
    for name, rows in found.items():
        if rows != (written := summary.rows.get(name, 0)):
            raise _incomplete(folder / name, f"holds {rows:,} rows, and the run wrote {written:,}")


def _incomplete(table: Path, problem: str) -> InputError:
    return InputError(str(table), problem, "Copy all of the results again, or make them again.")


def _one_of(part: pq.FileMetaData) -> set[str]:
    """One case of a part of a table, by its statistics: as all rows of a case are in parts of one name, it tells which
    part this is."""
    told = part.row_group(0).column(0).statistics if part.num_row_groups else None
    return {told.min} if told is not None and told.has_min_max else set()


def _with_knowledge(results: Results) -> None:
    """Add what the knowledge says, and the views on both: ``looks``, ``judged``, ``not_theirs``, ``reached``,
    ``asked``, ``barred`` and ``one_fact``."""
    knowledge, known = results.knowledge, results.knowledge.population
    due, settled = known.re_evaluation.due_weeks.value * DAYS_PER_WEEK, known.re_evaluation.settled_days.value
    decided = {one.id for one in knowledge.findings.values() if one.area in known.decided}
    results.table("numbers", [{"due_days": due, "settled_days": settled}], NUMBERS)
    results.table("payers", [{"policy": one} for one in of_payers(knowledge)], pa.schema([("policy", pa.string())]))
    others = [{"payer": payer, "policy": policy} for payer, policy in not_theirs(results.payers, knowledge)]
    results.table("others", others, pa.schema([("payer", pa.string()), ("policy", pa.string())]))
    results.table("decided", [{"finding": one} for one in sorted(decided)], pa.schema([("finding", pa.string())]))
    services = knowledge.coverage.services
    behind = [{"service": one.id, "option": option} for one in services for option in one.options]
    results.table("service_options", behind, pa.schema([("service", pa.string()), ("option", pa.string())]))
    words = vocabulary.of_case(knowledge)
    plans = [{"service": one.id} for one in services if one.when and parse(one.when, words).names <= decided]
    results.table("planned_stages", plans, pa.schema([("service", pa.string())]))
    for name in ("looks", "judged", "not_theirs", "reached", "asked", "barred", "one_fact"):
        results.define("sacroiliac.cohort", name)


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")


def _quoted(path: Path | str) -> str:
    return str(path).replace("'", "''")


def _each(folder: Path, parts: str = "*.parquet") -> str:
    """Files in a folder as DuckDB names many; what it would take for a pattern in the name of the folder is no pattern."""
    plain = re.sub(r"([*?[])", r"[\1]", str(folder))
    return f"{plain}/{parts}"
