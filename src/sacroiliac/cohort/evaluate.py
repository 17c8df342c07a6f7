"""Charts in, tables out: what every engine calls, on one machine and on a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from sacroiliac.cohort import tables
from sacroiliac.cohort.around import Names
from sacroiliac.cohort.charts import Common, Read, charts
from sacroiliac.cohort.export import Broken
from sacroiliac.cohort.gather import reason
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.review import Reviewer
from sacroiliac.review.survey import Survey, Surveyor

BATCH = 250
"""Charts that are reviewed together."""


@dataclass
class Evaluated:
    """The tables of some ``charts`` (none where no chart could be reviewed); ``broken`` are charts that could not be
    reviewed, ``faults`` how many of them because of a fault of the program."""

    tables: dict[str, pa.Table]
    broken: list[Broken]
    charts: int = 0
    faults: int = 0


@dataclass
class Evaluator:
    """Reviews gathered charts by one knowledge."""

    knowledge: Knowledge
    as_of: int | None
    common: Common
    surveyor: Surveyor = field(init=False)
    names: Names = field(init=False)

    def __post_init__(self) -> None:
        self.surveyor = Surveyor(Reviewer(self.knowledge))
        left = {name: one.data for name, one in self.common.shared.items() if name not in self.common.deleted}
        self.names = Names(left)

    def evaluate(self, rows: Iterable[pa.Table]) -> Iterator[Evaluated]:
        """Review the charts in gathered rows (those of a patient together), some hundred at a time."""
        broken: list[Broken] = []
        for batch in _batches(charts(rows, self.common, self.knowledge), broken):
            yield from self._reviewed(batch)
        yield Evaluated({}, broken)

    def _reviewed(self, batch: Sequence[Read]) -> Iterator[Evaluated]:
        """The tables of a batch. A chart that cannot be reviewed is found by halving, and left out with its reason."""
        try:
            found = self._tables(self.surveyor.survey([one.chart for one in batch], self.as_of), batch)
        except Exception as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                yield from self._reviewed(batch[:middle])
                yield from self._reviewed(batch[middle:])
            else:
                yield _left_out(batch[0], error)
            return
        yield Evaluated(found, [], len(batch))

    def _tables(self, survey: Survey, read: Sequence[Read]) -> dict[str, pa.Table]:
        found = survey.tables()
        around = {id(one.chart): one.around for one in read}
        seen, payers = [], []
        for case, number in zip(survey.batch.cases, survey.turns_on, strict=True):
            place = None if number is None else case.injections[number].fact.origin.place
            about = around[id(case.chart)]
            names = Names(about.named, self.names) if about.named else self.names
            seen.append(about.site_and_clinician(place, case.review, names))
            payers.append(about.payer(case.review, names))
        found["cases"] |= {
            "site": [site for site, _ in seen],
            "clinician": [clinician for _, clinician in seen],
            "payer": payers,
        }
        return {name: tables.arrow(name, columns) for name, columns in found.items()}


def _batches(read: Iterator[Read | Broken], broken: list[Broken]) -> Iterator[list[Read]]:
    batch: list[Read] = []
    for one in read:
        if isinstance(one, Broken):
            broken.append(one)
            continue
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _left_out(read: Read, error: Exception) -> Evaluated:
    """A chart that could not be reviewed, and why."""
    fault = False
    coverage = read.chart.coverage
    if isinstance(error, InputError) and {*coverage.read, *coverage.not_read} == {"Patient"}:
        why = "no other resource refers to this Patient, so nothing has a date"
    elif isinstance(error, InputError):
        why = reason(error)
    elif isinstance(error, ArithmeticError):
        why = "its findings cannot all be true under the model"
    else:
        fault, why = True, f"fault of the program ({type(error).__name__}); please report it"
    return Evaluated({}, [Broken(*read.first, f"the chart that begins here: {why}")], faults=int(fault))
