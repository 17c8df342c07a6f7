"""From charts to cases: one row per painful side and review date, with everything a rule may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec import structs

from sacroiliac.cases import injections as reading
from sacroiliac.cases import records
from sacroiliac.cases.choose import Index, Statement, choose, statements
from sacroiliac.cases.derive import Known, derive
from sacroiliac.cases.found import Contradiction, Entry, Findings, Found
from sacroiliac.chart.dates import written
from sacroiliac.chart.facts import Chart, Coverage, Fact, Side, Span
from sacroiliac.errors import InputError
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Finding, Knowledge
from sacroiliac.rules import MET, NOT_MET, Table, parse
from sacroiliac.rules.columns import Ints, from_rows
from sacroiliac.rules.tree import Truthful

SIDES: tuple[Side, ...] = ("left", "right")

# Days without any entry after which a lone last date is likelier a slip of the pen than a visit.
LONG_GAP = 2 * 366


@dataclass(slots=True)
class Case:
    """One painful side of one patient at one review date. ``side`` is None when the chart names none."""

    chart: Chart
    side: Side | None
    review: int
    findings: Findings
    injections: tuple[Entry, ...]
    treatments: tuple[Entry, ...]
    contradictions: list[Contradiction]
    coverage: Coverage

    @property
    def died(self) -> Span | None:
        """When the patient died, where that was before the review."""
        died = self.chart.patient.died
        return died if died is not None and died[0] <= self.review else None


@dataclass(slots=True)
class Cases:
    """A batch of cases as tables.

    ``table`` has a row per case, ``injections`` a row per injection (oldest first within a case); those of case
    ``i`` are rows ``offsets[i]`` to ``offsets[i + 1]``.
    """

    cases: list[Case]
    table: Table
    injections: Table
    offsets: Ints


@dataclass
class Builder:
    """Builds cases by one knowledge."""

    knowledge: Knowledge
    index: Index = field(init=False)

    def __post_init__(self) -> None:
        self.index = Index(self.knowledge)

    @cached_property
    def members(self) -> dict[str, dict[str, Truthful]]:
        """For each set that is worked out, the rule of each of its words."""
        words = vocabulary.of_case(self.knowledge)
        return {
            finding.id: {word: parse(rule, words) for word, rule in finding.members.items()}
            for finding in self.knowledge.findings.values()
            if finding.members
        }

    @cached_property
    def telling_sides(self) -> tuple[str, ...]:
        """The findings by which a chart names its painful sides, those that say it best first."""
        first = ("pain_side", "sij_injections", "requested_side", "provocation_count", "thigh_thrust", "faber")
        return (*first, *(finding.id for finding in self.knowledge.findings.values() if finding.side == "sided"))

    @cached_property
    def of_any_side(self) -> Finding:
        """The list of injections, whichever side they were of."""
        return structs.replace(self.knowledge.findings["sij_injections"], side="unsided")

    def build(self, charts: Sequence[tuple[Chart, int, Side | None]]) -> Cases:
        """The cases of some charts, each with its review date (a day number) and the side asked for, if any.

        :raises InputError: when a chart says nothing about the side asked for, and names another
        """
        cases = [case for chart, review, side in charts for case in self._cases(chart, review, side)]
        words = vocabulary.of_case(self.knowledge)
        rows = [{name: found.value for name, found in case.findings.items()} for case in cases]
        table = from_rows(words, rows)
        self._work_out_sets(cases, table)
        entries = [case.injections for case in cases]
        injected, offsets = reading.table(self.knowledge, table, entries)
        return Cases(cases, table, injected, offsets)

    def sides(self, chart: Chart, review: int) -> list[Side | None]:
        """The painful sides of a chart as known on the review date; None alone where it names none."""
        return self._sides(chart, statements(self.index, chart.facts), review)

    def _cases(self, chart: Chart, review: int, side: Side | None) -> list[Case]:
        about = statements(self.index, chart.facts)
        sides = self._sides(chart, about, review)
        if side is not None:
            about_it = any(fact.side in (side, "bilateral") for fact in chart.facts)
            if side not in sides and sides != [None] and not about_it:
                named = " and ".join(str(one) for one in sides)
                raise InputError(chart.file, f"names the {named} side only", f"Leave out --side, or ask for {named}.")
            sides = [one for one in SIDES if side in (one, "bilateral")]
        return [self._case(chart, about, one, review) for one in sides]

    def _sides(self, chart: Chart, about: dict[str, list[Statement]], review: int) -> list[Side | None]:
        """The painful sides: what the chart says of itself, else of the pain, else where injections or tests were."""
        named: list[Side] = [chart.side] if chart.side else []
        for name in self.telling_sides:
            if named:
                break
            stated = [one.fact for one in about.get(name, ()) if one.fact.when is None or one.fact.when[0] <= review]
            spoken = [fact.value if name in ("pain_side", "requested_side") else fact.side for fact in stated]
            named = [one for one in spoken if one in (*SIDES, "bilateral")]
        found = [one for one in SIDES if one in named or "bilateral" in named]
        return list(found) or [None]

    def _case(self, chart: Chart, about: dict[str, list[Statement]], side: Side | None, review: int) -> Case:
        coverage = Coverage()
        findings, contradictions = choose(self.index, about, side, review, coverage)
        listed: dict[str, list[Entry] | None] = {}
        complete: dict[str, bool] = {}
        for name in ("sij_injections", "treatments", "rfa_history"):
            finding = self.knowledge.findings[name]
            facts = [one.fact for one in about.get(name, ())]
            complete[name] = chart.kind == "plain" and not _lacks_side(finding, facts, review)
            listed[name] = records.entries(finding, facts, side, review, coverage, complete[name])
        injections = listed["sij_injections"]
        if injections is not None:
            injections = records.completed(injections, self.knowledge.injections, review)
        findings.update(records.lists(injections, complete["sij_injections"]))
        findings.update(self._of_both_sides(chart, about, review))
        for name, found in (*listed.items(), ("sij_injections", injections)):
            if found is not None:
                rows = records.as_rows(found, self.knowledge.findings[name])
                findings[name] = Found(records.rows_of(rows, complete[name]), tuple(one.fact for one in found))
        drugs = [fact for fact in chart.facts if self._is_drug(fact)]
        known = Known(
            self.knowledge, chart.patient, side, review, findings, injections, listed["treatments"], drugs, chart.facts
        )
        return Case(
            chart, side, review, derive(known), tuple(injections or ()), tuple(listed["treatments"] or ()), contradictions, coverage
        )  # fmt: skip

    def _of_both_sides(self, chart: Chart, about: dict[str, list[Statement]], review: int) -> Findings:
        """The lists of injections whichever side they were of: an injection that names none is a session too."""
        finding = self.of_any_side
        facts = [one.fact for one in about.get(finding.id, ())]
        complete = chart.kind == "plain"
        listed = records.entries(finding, facts, None, review, Coverage(), complete)
        if listed is None:
            return {}
        found = records.lists(records.completed(listed, self.knowledge.injections, review), complete)
        return {f"{name}_both_sides": one for name, one in found.items() if name != "last_tx"}

    def _is_drug(self, fact: Fact) -> bool:
        concept = self.knowledge.concepts.get(fact.concept)
        return concept is not None and concept.kind == "medication" and isinstance(fact.value, dict)

    def _work_out_sets(self, cases: Sequence[Case], table: Table) -> None:
        """Fill in the sets that are worked out by a rule for each word, and say what they rest on."""
        for name, rules in self.members.items():
            truths = {word: rule.evaluate(table) for word, rule in rules.items()}
            values: list[dict[str, list[str]] | None] = []
            for row, case in enumerate(cases):
                if name in case.findings:
                    values.append(case.findings[name].value)
                    continue
                present = [word for word, truth in truths.items() if truth[row] == MET]
                absent = [word for word, truth in truths.items() if truth[row] == NOT_MET]
                if not present and not absent:
                    values.append(None)
                    continue
                value = {"present": present, "absent": absent}
                names = sorted({one for word in present + absent for one in rules[word].names})
                facts = {id(fact): fact for one in names if one in case.findings for fact in case.findings[one].facts}
                case.findings[name] = Found(value, tuple(facts.values()), "from the single findings")
                values.append(value)
            table.columns[name] = from_rows(table.vocabulary, [{name: value} for value in values]).column(name)
        table.memo.clear()


def _lacks_side(finding: Finding, facts: Sequence[Fact], review: int) -> bool:
    """Whether a record of a sided list does not say its side, so that it may or may not be of this case."""
    return finding.side == "sided" and any(
        fact.value is not None and fact.side is None and (fact.when is None or fact.when[0] <= review) for fact in facts
    )


def review_date(chart: Chart, asked: int | None) -> tuple[int, str]:
    """The review date and where it comes from: asked for, named in the chart, or the last dated entry of it.

    :raises InputError: when there is none
    """
    if asked is not None:
        return asked, "as asked"
    if chart.review_date is not None:
        return chart.review_date, "named in the chart"
    dated = [fact.when[1] for fact in chart.facts if fact.when is not None]
    dated += [chart.last_entry] if chart.last_entry is not None else []
    if not dated:
        raise InputError(
            chart.file, "nothing that is read of the chart has a date", "Give the review date with --as-of 2025-06-30."
        )
    last, *others = sorted(set(dated), reverse=True)
    if others and last - others[0] > LONG_GAP:
        return last, f"last dated entry of the chart, and the only one since {written(others[0])}: check that date"
    return last, "last dated entry of the chart"
