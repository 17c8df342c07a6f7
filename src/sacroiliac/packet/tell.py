"""What the chart documents about a finding, as sentences with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sacroiliac.cases import Case
from sacroiliac.cases.found import Entry, Found
from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Fact
from sacroiliac.knowledge.model import Finding, Knowledge
from sacroiliac.packet import entries
from sacroiliac.packet.model import Gap, Sentence
from sacroiliac.packet.sources import Sources
from sacroiliac.review.model import FindingShown, Missing
from sacroiliac.review.words import lower, spaced

INJECTIONS, TREATMENTS, RADIOFREQUENCY = "sij_injections", "treatments", "rfa_history"
AGE, SEX = "age_years", "sex"
# Lists and records made from the injections: an entry of them is the injection it was made from.
OF_INJECTIONS = (INJECTIONS, "dx_blocks", "tx_injections", "lbb_blocks", "last_tx")
# Operations that belong to the same story as the injections.
OPERATIONS = ("sij_fusion", "lumbar_fusion")
# Lists of the same kind that hold the injections of both joints.
BOTH_SIDES = "_both_sides"
# What says something about the request or the record, not about the patient.
NOT_TOLD = ("request_date", "requested_side", "requested_cpt", "docs")
WHOLE_LISTS = {"any others?": "whether there were others", "any?": "whether there were any"}
YES_OR_NO = " (yes or no)"
NO_DATE = "[not documented: date]"


@dataclass
class Teller:
    """Tells the findings of one case."""

    knowledge: Knowledge
    case: Case
    shown: dict[str, FindingShown]
    sources: Sources = field(default_factory=Sources)

    def __post_init__(self) -> None:
        self.kinds = self.knowledge.findings["conservative_modalities"].words
        self.fields = {one.field: one.label for one in self.knowledge.injections.note_checklist}

    # ------------------------------------------------------------------------------------ findings

    def tell(self, name: str) -> list[Sentence]:
        """Everything documented about a finding; nothing when it is not documented."""
        finding = self.knowledge.findings.get(name)
        if finding is None or name in NOT_TOLD:
            return []
        if name in OF_INJECTIONS:
            return self._of_injections(name, None)
        if name == TREATMENTS:
            return [self.treatment(one) for one in self.case.treatments]
        if finding.made_from and finding.type == "set":
            return [sentence for one in finding.made_from for sentence in self.tell(one)] or self._plain(finding)
        if name == RADIOFREQUENCY:
            return [sentence for _, _, sentence in self.procedures()]
        if name == "planned":
            return self._planned(finding)
        return self._plain(finding)

    def stated(self, name: str) -> list[Sentence]:
        """A finding as the chart states it: where it was worked out, what it was worked out from."""
        told = self.tell(name)
        if not any(one.worked_out for one in told):
            return told
        birth = self.case.chart.patient.birth
        if name == AGE and birth is not None:
            return [Sentence(text=f"Date of birth: {written_span(birth)}.", sources=told[0].sources)]
        found = self.case.findings[name]
        concepts = {fact.concept for fact in found.facts}
        if concepts & {INJECTIONS, TREATMENTS, RADIOFREQUENCY}:
            return []  # these are told entry by entry
        fed = (one for one in self.knowledge.findings.values() if one.id != name)
        behind = [one.id for one in fed if one.id in concepts or any(code.concept in concepts for code in one.codes)]
        return [sentence for one in behind for sentence in self.tell(one) if not sentence.worked_out] or told

    def of_rule(self, names: Sequence[str], rule: str) -> tuple[Sentence, ...]:
        """What is documented about all findings of a rule, each thing once, with the care that a number was worked
        out from; of injections only what the rule reads."""
        said = []
        for name in names:
            if name in OF_INJECTIONS:
                said += self._of_injections(name, read_by(rule, name))
            elif name.endswith(BOTH_SIDES):
                said += self._of_either_side(name, read_by(rule, name))
            else:
                said += self.tell(name)
        if any(self._from_treatments(name) for name in names):
            said += self.tell(TREATMENTS)
        return tuple(dict.fromkeys(said))

    def _from_treatments(self, name: str) -> bool:
        found = self.case.findings.get(name)
        return found is not None and any(fact.concept == TREATMENTS for fact in found.facts)

    def _plain(self, finding: Finding) -> list[Sentence]:
        shown, found = self.shown.get(finding.id), self.case.findings.get(finding.id)
        if shown is None or found is None:
            return []
        numbers = self.sources.cite(found.facts) or self._patient(finding)
        if not numbers:
            return []
        unit = f" {shown.unit}" if shown.unit else ""
        text = f"{shown.label}: {shown.value}{unit}{self._day_and_side(finding, found)}."
        return [Sentence(text=text, sources=numbers, worked_out=self._worked_out(finding, found, shown))]

    def _worked_out(self, finding: Finding, found: Found, shown: FindingShown) -> str:
        if shown.note:
            return shown.note
        read = all(fact.concept == finding.id or finding.codes for fact in found.facts)
        return "" if read and found.facts else (finding.derived or "").removesuffix(", unless stated")

    def _patient(self, finding: Finding) -> tuple[int, ...]:
        """Age and sex stand with the patient."""
        origin = self.case.chart.patient.origin
        return self.sources.place(origin) if finding.id in (AGE, SEX) and origin is not None else ()

    def _day_and_side(self, finding: Finding, found: Found) -> str:
        dates = list(dict.fromkeys(written_span(fact.when) for fact in found.facts if fact.when is not None))
        if not found.facts or self._from_treatments(finding.id) or finding.type == "date":
            return ""
        said: list[str] = [self.case.side] if finding.side == "sided" and self.case.side else []
        said += [", ".join(dates)] if dates else [NO_DATE]
        return f" ({', '.join(said)})"

    # ------------------------------------------------------------------------------------ records

    def injection(self, one: Entry, fields: frozenset[str] | None = None) -> Sentence:
        """One injection as the chart documents it; with ``fields`` only those, worked out or not."""
        day, side, stated = when(one.fact), one.fact.side, one.fact.value
        if fields is None:
            values = {name: value for name, value in one.values.items() if name in stated}
            notes = {name: note for name, note in one.notes.items() if name in stated}
            return Sentence(text=entries.injection(values, notes, day, side), sources=self.sources.cite([one.fact]))
        values = {name: value for name, value in one.values.items() if name in fields}
        how = [note for name, note in one.notes.items() if name in fields]
        behind = fields | {other for name in fields for other in entries.BEHIND.get(name, ())}
        inside = [
            part.words for name, part in one.fact.parts.items() if name in behind and part.place.startswith("line ")
        ]
        return Sentence(
            text=entries.injection(values, {}, day, side),
            sources=self.sources.cite([one.fact], behind),
            worked_out="; ".join(how),
            quote="; ".join(inside),
        )

    def treatment(self, one: Entry) -> Sentence:
        """One conservative treatment."""
        text = entries.treatment(one.values, self.kinds, self.case.review)
        return Sentence(text=text, sources=self.sources.cite([one.fact]))

    def procedures(self) -> list[tuple[dict[str, Any], Fact, Sentence]]:
        """The radiofrequency treatments of this side: fields, fact and sentence."""
        found = self.case.findings.get(RADIOFREQUENCY)
        label = "radiofrequency of the sacral lateral branches"
        told = []
        for row, fact in zip(found.value if found else (), found.facts if found else (), strict=False):
            text = entries.procedure(label, row, when(fact), fact.side)
            told.append((row, fact, Sentence(text=text, sources=self.sources.cite([fact]))))
        return told

    def _of_either_side(self, name: str, fields: frozenset[str]) -> list[Sentence]:
        """The injections of both joints, each with its side: some payers count the sessions of a patient."""
        found = self.case.findings.get(name)
        listed = [] if found is None else [Entry(fact.value, fact, {}) for fact in found.facts if fact.value]
        return [self.injection(one, fields) for one in listed]

    def _of_injections(self, name: str, fields: frozenset[str] | None) -> list[Sentence]:
        found = self.case.findings.get(name)
        if found is None:
            return []
        listed = {id(fact) for fact in found.facts}
        told = [self.injection(one, fields) for one in self.case.injections if id(one.fact) in listed]
        if told or found.value:
            return told
        # The chart lists all injections, and none of them is of this kind; or it says that there were none.
        every = [one.fact for one in self.case.injections]
        every = every or [fact for fact in self.case.chart.facts if fact.concept == INJECTIONS and fact.value is None]
        text = f"{self.knowledge.findings[name].label}: none among the injections of this side that the chart lists."
        return [Sentence(text=text, sources=self.sources.cite(every))] if every else []

    def operations(self) -> list[tuple[str, Fact, Sentence]]:
        """The fusions that the chart documents: the finding, fact and sentence."""
        told = []
        for name in OPERATIONS:
            found = self.case.findings.get(name)
            if found is not None and found.value is True:
                told += [(name, found.facts[-1], sentence) for sentence in self.tell(name)]
        return told

    def _planned(self, finding: Finding) -> list[Sentence]:
        found = self.case.findings.get("planned")
        if found is None:
            return []
        numbers = self.sources.cite(found.facts)
        return [
            Sentence(text=f"Planned {lower(finding.fields[name].meaning)}: {_said(value)}.", sources=numbers)
            for name, value in found.value.items()
            if value is not None and name in finding.fields
        ]

    # ------------------------------------------------------------------------------------ gaps

    def gap(self, missing: Missing) -> Gap:
        """Something missing, in plain words."""
        label, detail = missing.label, missing.detail
        finding = self.knowledge.findings.get(missing.finding)
        if missing.finding == "planned" and finding is not None:
            name = detail.partition(": ")[0]
            known = finding.fields.get(name.replace(" ", "_"))
            detail = known.meaning if known else name
            return Gap(what=f"plan: {detail}{YES_OR_NO if known and known.type == 'bool' else ''}")
        if missing.finding == "docs":
            return Gap(what=f"document: {detail}")
        if missing.finding == "last_tx":
            label = f"injection of {self._last()}" if self._last() else label
        if finding is not None and detail.replace(" ", "_") in finding.fields:
            detail = finding.fields[detail.replace(" ", "_")].meaning
        detail = WHOLE_LISTS.get(detail, detail)
        what = f"{lower(label)}{f': {detail}' if detail else ''}"
        return Gap(
            what=what + (YES_OR_NO if finding is not None and finding.type == "bool" else ""), ask=missing.question
        )

    def _last(self) -> str:
        found = self.case.findings.get("last_tx")
        return "" if found is None else when(found.facts[0])

    def told_entries(self) -> Iterator[tuple[Entry, Sentence]]:
        """Every injection with its sentence, oldest first."""
        for one in self.case.injections:
            yield one, self.injection(one)


def read_by(rule: str, name: str) -> frozenset[str]:
    """The fields of an injection that a rule about a list of injections reads, and those that say which one it is."""
    words = set(_WORD.findall(rule))
    of_list = entries.STEROID_PHASE if name.startswith(("tx_injections", "last_tx")) else {}
    fields = {of_list.get(word, word) for one in words for word in (one, one.partition("__")[0])}
    return frozenset(fields | {"target", "intent"})


_WORD = re.compile(r"[a-z_]+")


def when(fact: Fact) -> str:
    """The day of a fact, or a marked gap."""
    return NO_DATE if fact.when is None else written_span(fact.when)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        present = ", ".join(spaced(one) for one in value.get("present", ()))
        absent = ", ".join(spaced(one) for one in value.get("absent", ()))
        return "; ".join(part for part in (present, f"not: {absent}" if absent else "") if part)
    if isinstance(value, tuple):
        return written_span(value)
    return f"{value:g}" if isinstance(value, float) else spaced(str(value))
