"""What every part of the review needs: rules with their explanations, labels, figures and citations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.knowledge import walk
from sacroiliac.knowledge.model import Knowledge, Number, Statement
from sacroiliac.review import model
from sacroiliac.rules import MET, NOT_DOCUMENTED, Table, Vocabulary, explain, parse, smallest_settling
from sacroiliac.rules import Missing as RuleMissing
from sacroiliac.rules.columns import Interval, Records
from sacroiliac.rules.explain import OUTCOMES, Explanation
from sacroiliac.rules.tree import Truthful

_SIDED_LISTS = ("provocation_positive", "provocation_done")
_ENTRY = re.compile(r"(?P<field>.+) of entry (?P<number>\d+)$")


@dataclass
class Context:
    """The knowledge, with rules parsed once each."""

    knowledge: Knowledge
    _rules: dict[tuple[str, int], tuple[Truthful, Vocabulary]] = field(default_factory=dict)

    def rule(self, text: str, words: Vocabulary) -> Truthful:
        """A rule, parsed once."""
        key = (text, id(words))
        if key not in self._rules:
            # The vocabulary is kept too: while it is, no other one has its id.
            self._rules[key] = (parse(text, words), words)
        return self._rules[key][0]

    def outcome(self, text: str, table: Table, row: int) -> int:
        """Whether a rule is met in one row (a truth code)."""
        return int(self.rule(text, table.vocabulary).evaluate(table)[row])

    def result(self, text: str, table: Table, row: int) -> model.RuleResult:
        """A rule applied to one row, with its explanation and what would settle it."""
        rule = self.rule(text, table.vocabulary)
        outcome = int(rule.evaluate(table)[row])
        met, failed = smallest_settling(rule, table, row) if outcome == NOT_DOCUMENTED else (None, None)
        return model.RuleResult(
            rule=text,
            outcome=OUTCOMES[outcome],  # type: ignore[arg-type]
            explained=_explained(explain(rule, table, row)),
            findings=tuple(sorted(rule.names)),
            would_meet=self.missing(met or (), table, row),
            would_fail=self.missing(failed or (), table, row),
        )

    def missing(self, found: Iterable[RuleMissing], table: Table, row: int) -> tuple[model.Missing, ...]:
        """Missing facts of one row in the words of the findings."""
        shown: list[model.Missing] = []
        for one in sorted(found):
            finding = self.knowledge.findings.get(one.fact)
            if finding is not None and one.detail in finding.members:
                shown += self._of_member(finding.members[one.detail], table, row)
            else:
                detail = self._of_entry(one, table, row) or one.detail or _whole_list(one, table, row)
                shown.append(self.one_missing(one.fact, detail))
        return tuple(dict.fromkeys(shown))

    def _of_member(self, rule: str, table: Table, row: int) -> tuple[model.Missing, ...]:
        """What is missing of a member of a set that is worked out from other findings: a group of red flags is absent only
        where each of its questions is answered, so all that are open are named."""
        present, absent = smallest_settling(self.rule(rule, table.vocabulary), table, row)
        return self.missing((present or frozenset()) | (absent or frozenset()), table, row)

    def _of_entry(self, missing: RuleMissing, table: Table, row: int) -> str | None:
        """A field of an entry of a list, as ``relief after weeks of 2025-03-04``."""
        found = _ENTRY.match(missing.detail)
        if found is None:
            return None
        field, number = found["field"], int(found["number"])
        entries = table.column(missing.fact)
        days = entries.fields.get("date") if isinstance(entries, Records) else None
        date = f"entry {number}"
        if isinstance(entries, Records) and isinstance(days, Interval):
            at = entries.offsets[row] + number - 1
            low, high = days.lo[at], days.hi[at]
            date = written_span((int(low), int(high))) if isfinite(low) and isfinite(high) else date
        label = next((one.label for one in self.knowledge.injections.note_checklist if one.field == field), field)
        return f"{label.replace('_', ' ')}, {date}"

    def one_missing(self, fact: str, detail: str = "") -> model.Missing:
        """One missing fact in the words of its finding."""
        findings = self.knowledge.findings
        if fact in _SIDED_LISTS and detail in findings:
            # A test that is not in the set of tests is itself the finding to ask for.
            return model.Missing(finding=detail, label=findings[detail].label, question=findings[detail].question)
        finding = findings.get(fact)
        if fact == "urgent_flag":
            return model.Missing(finding=fact, label="a red flag of the first tier")
        if fact == "flags":
            return model.Missing(finding=detail, label=self.knowledge.red_flags[detail].label)
        if fact == "injection":
            return model.Missing(finding=fact, label=_of_injection(self.knowledge, detail))
        if finding is None:
            return model.Missing(finding=fact, label=f"{fact} {detail}".strip().replace("_", " "))
        shown = finding.words.get(detail, detail.replace("_", " "))
        return model.Missing(finding=fact, label=finding.label, detail=shown, question=finding.question)

    # --------------------------------------------------------------------------------------- citations

    def confirmed(self, cite: Sequence[str]) -> bool:
        """Whether anything cited was seen: evidence that was only recalled decides nothing by itself."""
        evidence = [self.knowledge.evidence[key] for key in cite if key in self.knowledge.evidence]
        return not evidence or any(one.status == "verified" for one in evidence) or len(evidence) < len(cite)

    def said(self, statement: Statement) -> model.Said:
        """A sentence of the knowledge."""
        return model.Said(text=statement.text, cite=statement.cite, confirmed=self.confirmed(statement.cite))

    def figure(self, number: Number) -> model.Figure:
        """A number of the knowledge with its origin."""
        paths = [number.published] if number.published else list(number.derived)
        cite = tuple(dict.fromkeys([path.partition(".")[0] for path in paths] + list(number.cite)))
        low, high = number.range or (None, None)
        return model.Figure(
            value=number.value,
            origin=number.origin,
            cite=cite,
            how=number.how or number.assumption,
            low=low,
            high=high,
            confirmed=not walk.recalled(self.knowledge, number),
        )


def _whole_list(missing: RuleMissing, table: Table, row: int) -> str:
    """What is missing of a list of records as a whole: any entry, or whether there are others than those on the chart."""
    entries = table.column(missing.fact) if missing.fact in table.vocabulary else None
    if not isinstance(entries, Records):
        return ""
    return "any others?" if entries.offsets[row + 1] > entries.offsets[row] else "any?"


def met(outcome: int) -> bool:
    """Whether a truth code says met."""
    return outcome == MET


def place(fact: Fact) -> model.Place:
    """Where a fact was read."""
    return model.Place(
        file=fact.origin.file,
        place=fact.origin.place,
        words=fact.origin.words or fact.label,
        date=None if fact.when is None else written_span(fact.when),
        side=fact.side,
        inferred=fact.inferred,
    )


def place_of(origin: Origin) -> model.Place:
    """A place without a date."""
    return model.Place(file=origin.file, place=origin.place, words=origin.words)


def _explained(one: Explanation) -> model.Explained:
    return model.Explained(
        text=one.text,
        outcome=one.outcome,  # type: ignore[arg-type]
        value=one.value,
        parts=tuple(_explained(part) for part in one.parts),
    )


def _of_injection(knowledge: Knowledge, field: str) -> str:
    """A field of the injection record in the words of the procedure-note checklist, or its meaning."""
    for item in knowledge.injections.note_checklist:
        if item.field == field:
            return f"{item.label} (injection note)"
    known = {**knowledge.findings["sij_injections"].fields, **knowledge.injections.worked_out}
    return f"{known[field].meaning} (injection)" if field in known else f"injection {field}".strip()
