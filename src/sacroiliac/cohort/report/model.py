"""What a report holds: counts that may be shown or are suppressed, and the pictures they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sacroiliac.cohort.report.ledger import Ledger
from sacroiliac.knowledge.population import Measure


@dataclass(frozen=True)
class Count:
    """A count of a ledger."""

    ledger: Ledger
    number: int

    @property
    def shown(self) -> int | None:
        """The count, or None where it is suppressed."""
        return self.ledger.shown(self.number)


@dataclass(frozen=True)
class Bar:
    """How many of how many; ``of`` is None where several can be true of one."""

    label: str
    count: Count
    of: Count | None
    note: str = ""

    @property
    def share(self) -> float | None:
        """The share, from 0 to 1; None where it would tell what is suppressed, or there is none."""
        count, of = self.count.shown, None if self.of is None else self.of.shown
        return count / of if count is not None and of else None

    @property
    def suppressed(self) -> bool:
        """Whether the count, or of how many, is not shown."""
        return self.count.shown is None or (self.of is not None and self.of.shown is None)


@dataclass(frozen=True)
class Stack:
    """A whole and its parts, in the order of the legend."""

    label: str
    parts: tuple[Bar, ...]
    of: Count


@dataclass(frozen=True)
class Group:
    """Bars, or stacks, under a heading of their own."""

    label: str
    bars: tuple[Bar, ...] = ()
    stacks: tuple[Stack, ...] = ()


@dataclass(frozen=True)
class Picture:
    """One picture: its title, what is counted, bars or stacks (with their ``legend``), what reads it in one sentence,
    and ``notes`` on what it leaves out."""

    id: str
    title: str
    counted: str
    tell: Callable[[Picture], str]
    groups: tuple[Group, ...]
    legend: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def reading(self) -> str:
        """The picture in one sentence, from what is shown of it."""
        return self.tell(self)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The bars of all groups."""
        return tuple(bar for group in self.groups for bar in group.bars)

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """The stacks of all groups."""
        return tuple(stack for group in self.groups for stack in group.stacks)

    @property
    def most(self) -> int:
        """The largest count that is shown: what bars without a whole are measured by."""
        return max((bar.count.shown or 0 for bar in self.bars), default=0) or 1


@dataclass(frozen=True)
class Measured:
    """A quality measure: over all, and in each site, clinician or payer where that was asked for.

    Of ``of`` it is true of ``true`` and not of ``rest``.
    """

    measure: Measure
    of: Count
    true: Count
    rest: Count
    parts: tuple[Bar, ...]

    @property
    def overall(self) -> Bar:
        """The measure over all."""
        return Bar(self.measure.label, self.true, self.of)


@dataclass(frozen=True)
class Report:
    """The whole report. ``by``: what the measures are grouped by; ``dated``: what to know of the review dates; ``period``: the
    first and the last year, or the review date; a day could be that of one patient. None where there is no case."""

    pictures: Sequence[Picture]
    measures: Sequence[Measured]
    sizes: dict[str, Count]
    by: str | None
    smallest: int
    program: str
    knowledge: str
    as_of: str | None
    dated: str
    period: tuple[str, str] | None

    @property
    def table(self) -> Picture:
        """The measures as bars, for the table of their numbers: each over all, and by what they are grouped by."""
        groups = [
            group for one in self.measures for group in (Group("", (one.overall,)), Group(one.measure.label, one.parts))
        ]
        return Picture("measures", "Quality measures", "measure", lambda _: "", tuple(groups))
