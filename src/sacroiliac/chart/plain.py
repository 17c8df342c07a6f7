"""Plain charts: one patient in YAML or JSON, written by hand or by another program.

The format is described in the README and in every line of ``sacroiliac template``. A plain chart is written
for this program, so a name or value it cannot use is an error, with a suggestion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from sacroiliac.chart import dates, yaml_lines
from sacroiliac.chart.facts import Chart, Coverage, Fact, Origin, Patient, Span
from sacroiliac.chart.yaml_lines import Value
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Field, Finding, Knowledge

SIDES = ("left", "right", "bilateral")
YES = {"yes", "true", "positive", "pos", "present", "+", "y"}
NO = {"no", "false", "negative", "neg", "absent", "-", "n"}
UNKNOWN = {"", "unknown", "not done", "not documented", "not recorded", "?", "~", "null", "none recorded"}
RECORDS = {"injections": "sij_injections", "treatments": "treatments", "radiofrequency": "rfa_history"}
TOP = (
    "chart",
    "patient",
    "side",
    "review_date",
    "written",
    "findings",
    *RECORDS,
    "planned",
    "medications",
    "documents",
)
PATIENT = ("id", "birth_date", "sex", "age")
MEDICATION = ("drug", "dose_mg", "per_day", "mcg_per_hour", "route", "start", "stop")
NOTES = ("note", "comment")

Report = Callable[[InputError], None]


def read(text: str, file: str, knowledge: Knowledge, report: Report | None = None) -> Chart:
    """The chart in ``text``.

    :param report: called for each mistake instead of stopping at the first (what was wrong is then left out)
    :raises InputError: at the first mistake, when ``report`` is not given
    """
    document = yaml_lines.parse(text, file)
    return _Reader(file, knowledge, report or _stop).chart(document)


def _stop(error: InputError) -> None:
    raise error


class _Reader:
    def __init__(self, file: str, knowledge: Knowledge, report: Report) -> None:
        self.file = file
        self.knowledge = knowledge
        self.report = report
        self.coverage = Coverage()
        self.written: Span | None = None
        self.drugs = {
            name: one.id for one in knowledge.concepts.values() if one.kind == "medication" for name in one.names
        }

    def chart(self, document: Value) -> Chart:
        content = self.mapping(document, "a chart is a mapping that begins with 'patient:'")
        for key in content:
            if key not in TOP and key not in NOTES:
                finding = " (a finding goes under 'findings:')" if key in self.knowledge.findings else ""
                self.wrong(content[key], f"'{key}' is not a part of a chart{finding}", _similar(key, TOP))
        patient = self.patient(content.get("patient"))
        side = self.one_of(content["side"], SIDES, "side") if "side" in content else None
        review = self.date(content["review_date"]) if "review_date" in content else None
        self.written = self.date(content["written"]) if "written" in content else review
        facts = [*self.patient_facts(content.get("patient"))]
        for name, listed in RECORDS.items():
            facts.extend(self.records(name, self.knowledge.findings[listed], content.get(name)))
        facts.extend(self.planned(content.get("planned")))
        facts.extend(self.medications(content.get("medications")))
        facts.extend(self.finding("docs", content["documents"]) if "documents" in content else ())
        facts.extend(self.findings(content.get("findings")))
        for fact in facts:
            self.coverage.read[fact.concept] = self.coverage.read.get(fact.concept, 0) + 1
        return Chart(self.file, "plain", patient, facts, self.coverage, side, review[1] if review else None)

    # ----------------------------------------------------------------------------------- small helpers

    def origin(self, value: Value, words: str = "") -> Origin:
        return Origin(self.file, f"line {value.line}", words)

    def wrong(self, value: Value, problem: str, cure: str) -> None:
        self.report(InputError(f"{self.file}:{value.line}", problem, cure))

    def mapping(self, value: Value, cure: str) -> dict[str, Value]:
        if isinstance(value.content, dict):
            return value.content
        self.wrong(value, "expected 'name: value' lines", cure[0].upper() + cure[1:] + ".")
        return {}

    def list_of(self, value: Value | None, cure: str) -> list[Value]:
        if value is None or value.content is None:
            return []
        if isinstance(value.content, list):
            return value.content
        self.wrong(value, "expected a list", cure)
        return []

    def date(self, value: Value) -> Span | None:
        if _unknown(value.content):
            return None
        try:
            return dates.span(str(value.content))
        except ValueError as error:
            self.wrong(value, str(error), "Write the date as year-month-day.")
            return None

    def one_of(self, value: Value, words: tuple[str, ...], what: str) -> Any:
        word = str(value.content).strip().lower().replace(" ", "_").replace("-", "_")
        if word in words:
            return word
        self.wrong(value, f"'{value.content}' is not a {what}", f"Choose from {', '.join(words)}.")
        return None

    # -------------------------------------------------------------------------------------- the parts

    def patient(self, value: Value | None) -> Patient:
        if value is None:
            self.report(InputError(self.file, "there is no patient", "Begin with 'patient:' and an 'id:'."))
            return Patient("")
        content = self.mapping(value, "write 'id:', 'birth_date:' and 'sex:' under 'patient:'")
        for key in content:
            if key not in PATIENT and key not in NOTES:
                self.wrong(content[key], f"'{key}' is not a part of a patient", _similar(key, PATIENT))
        birth = self.date(content["birth_date"]) if "birth_date" in content else None
        sex = content.get("sex")
        known_sex = self.one_of(sex, ("female", "male"), "sex") if sex and not _unknown(sex.content) else None
        identity = content.get("id")
        return Patient(str(identity.content) if identity else "not stated", birth, known_sex, self.origin(value))

    def patient_facts(self, value: Value | None) -> Iterator[Fact]:
        content = value.content if value and isinstance(value.content, dict) else {}
        if "age" in content:
            yield from self.finding("age_years", content["age"])

    def findings(self, value: Value | None) -> Iterator[Fact]:
        if value is None or value.content is None:
            return
        for name, entry in self.mapping(value, "write 'name: value' under 'findings:'").items():
            if name not in self.knowledge.findings:
                self.wrong(entry, f"there is no finding '{name}'", _similar(name, tuple(self.knowledge.findings)))
            elif self.knowledge.findings[name].type in ("records", "record"):
                where = {listed: key for key, listed in RECORDS.items()}.get(name, "injections")
                self.wrong(entry, f"'{name}' is worked out or has its own place", f"Use '{where}:' at the top level.")
            else:
                yield from self.finding(name, entry)

    def finding(self, name: str, entry: Value) -> Iterator[Fact]:
        finding = self.knowledge.findings[name]
        several = isinstance(entry.content, list) and finding.type != "set"
        for one in entry.content if several else [entry]:
            value, when, side = one, self.written, None
            if (isinstance(one.content, dict) and finding.type != "set") or _dated_set(one):
                content = one.content
                for key in content:
                    if key not in ("value", "date", "side", *NOTES):
                        self.wrong(
                            content[key],
                            f"'{key}' is not a part of a finding",
                            _similar(key, ("value", "date", "side")),
                        )
                if "value" not in content:
                    self.wrong(one, f"'{name}' has no value", "Write 'value:' beside its date and side.")
                    continue
                value = content["value"]
                when = self.date(content["date"]) if "date" in content else self.written
                side = self.one_of(content["side"], SIDES, "side") if "side" in content else None
            read = self.value(finding, value)
            if read is not None:
                yield Fact(name, read, self.origin(one, f"{name}: {_shown(value)}"), side, when)

    def value(self, finding: Finding | Field, value: Value) -> Any:
        """The value in the type of the finding or field, or None when it is not documented (or wrong)."""
        if _unknown(value.content):
            return None
        match finding.type:
            case "bool":
                return self.yes_or_no(value)
            case "number":
                return self.number(finding, value)
            case "date":
                return self.date(value)
            case "text":
                return self.one_of(value, finding.values, "value here") if finding.values else str(value.content)
        return self.set(finding, value)

    def yes_or_no(self, value: Value) -> bool | None:
        if isinstance(value.content, bool):
            return value.content
        word = str(value.content).strip().lower()
        if word in YES or word in NO:
            return word in YES
        self.wrong(value, f"'{value.content}' is neither yes nor no", "Write yes, no, or unknown.")
        return None

    def number(self, finding: Finding | Field, value: Value) -> float | None:
        written = str(value.content).strip().removesuffix("%").strip()
        try:
            number = float(written)
        except ValueError:
            number = math.nan
        if isinstance(value.content, bool) or not math.isfinite(number):
            self.wrong(
                value,
                f"'{value.content}' is not a number",
                f"Write a number{f' ({finding.unit})' if finding.unit else ''}.",
            )
            return None
        low = finding.minimum if finding.minimum is not None else -math.inf
        high = finding.maximum if finding.maximum is not None else math.inf
        if not low <= number <= high:
            self.wrong(value, f"{written} is outside {low:g} to {high:g}", f"The unit is {finding.unit}.")
            return None
        return number

    def set(self, finding: Finding | Field, value: Value) -> dict[str, list[str]] | None:
        content = value.content if isinstance(value.content, dict) else {"present": value}
        found: dict[str, list[str]] = {"present": [], "absent": []}
        for key, words in content.items():
            if key not in found:
                self.wrong(words, f"'{key}' is neither 'present' nor 'absent'", "List what is there under 'present:'.")
                continue
            for word in words.content if isinstance(words.content, list) else [words]:
                legal = self.one_of(word, finding.values, "value here")
                found[key].extend([legal] if legal else [])
        return found

    def records(self, name: str, finding: Finding, value: Value | None) -> Iterator[Fact]:
        if value is None:
            return
        entries = self.list_of(value, f"Under '{name}:' begin each entry with '- '.")
        if not entries:
            # An empty list is a statement: there were none.
            yield Fact(finding.id, None, self.origin(value, f"{name}: none"), None, self.written)
        for entry in entries:
            content = self.mapping(entry, f"each entry of '{name}:' has 'date:' and more")
            record: dict[str, Any] = {}
            parts: dict[str, Origin] = {}
            for key, part in content.items():
                if key in NOTES:
                    continue
                if key not in finding.fields:
                    self.wrong(part, f"'{key}' is not a part of '{name}'", _similar(key, tuple(finding.fields)))
                    continue
                read = self.value(finding.fields[key], part)
                if read is not None:
                    record[key] = read
                    parts[key] = self.origin(part, f"{key}: {_shown(part)}")
            when = record.get("date") or record.get("start")
            yield Fact(finding.id, record, self.origin(entry), record.get("side"), when, record.get("end"), parts)

    def planned(self, value: Value | None) -> Iterator[Fact]:
        if value is None or value.content is None:
            return
        finding = self.knowledge.findings["planned"]
        record: dict[str, Any] = {}
        for key, part in self.mapping(value, "write 'name: value' under 'planned:'").items():
            if key in ("requested_cpt", "requested_side"):
                yield from self.finding(key, part)
            elif key in finding.fields:
                read = self.value(finding.fields[key], part)
                record |= {key: read} if read is not None else {}
            elif key not in NOTES:
                legal = ("requested_cpt", "requested_side", *finding.fields)
                self.wrong(part, f"'{key}' is not a part of 'planned'", _similar(key, legal))
        yield Fact("planned", record, self.origin(value), None, self.written)

    def medications(self, value: Value | None) -> Iterator[Fact]:
        if value is None:
            return
        entries = self.list_of(value, "Under 'medications:' begin each entry with '- drug:'.")
        understood = True
        for entry in entries:
            content = entry.content if isinstance(entry.content, dict) else {"drug": entry}
            for key in content:
                if key not in MEDICATION and key not in NOTES:
                    self.wrong(content[key], f"'{key}' is not a part of a medication", _similar(key, MEDICATION))
            drug = content.get("drug")
            if drug is None:
                self.wrong(entry, "a medication has no 'drug'", "Write the name of the ingredient.")
                understood = False
                continue
            ingredients = self.ingredients(str(drug.content))
            if not ingredients:
                understood = False
                self.coverage.skip(str(drug.content), "no drug of the vocabulary", self.origin(drug))
            use: dict[str, Any] = {
                key: self.number(_DOSE, content[key])
                for key in ("dose_mg", "per_day", "mcg_per_hour")
                if key in content
            }
            if "route" in content:
                use["route"] = str(content["route"].content).lower()
            start = self.date(content["start"]) if "start" in content else None
            stop = self.date(content["stop"]) if "stop" in content else None
            for ingredient in ingredients:
                yield Fact(
                    ingredient, use, self.origin(entry, _shown(drug)), None, start, stop, label=str(drug.content)
                )
        if understood:
            # A drug that was not understood may be of any class: then nothing can be said to be absent.
            yield Fact("medication_list_complete", True, self.origin(value))

    def ingredients(self, written: str) -> list[str]:
        words = written.lower()
        return [
            concept
            for name, concept in self.drugs.items()
            if f" {name} " in f" {words.replace('/', ' ').replace('-', ' ')} "
        ]


_DOSE = Field(type="number", meaning="dose", minimum=0, maximum=100_000)


def _dated_set(value: Value) -> bool:
    return isinstance(value.content, dict) and "value" in value.content


def _unknown(content: Any) -> bool:
    return content is None or (isinstance(content, str) and content.strip().lower() in UNKNOWN)


def _shown(value: Value) -> str:
    if isinstance(value.content, dict):
        return ", ".join(f"{key}: {_shown(part)}" for key, part in value.content.items())
    if isinstance(value.content, list):
        return ", ".join(_shown(part) for part in value.content)
    return str(value.content)


def _similar(name: str, names: tuple[str, ...]) -> str:
    close = get_close_matches(name, names, 1, 0.6)
    return f"Did you mean '{close[0]}'?" if close else "'sacroiliac template' lists every name."
