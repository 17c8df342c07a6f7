"""Plain charts: one patient in YAML or JSON, written by hand or by another program.

The format is described in the README and in every line of ``sacroiliac template``. A plain chart is written
for this program, so a name or value it cannot use is an error, with a suggestion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from sacroiliac.chart import dates, yaml_lines
from sacroiliac.chart.facts import Chart, Coverage, Fact, Origin, Patient, Span, Unread
from sacroiliac.chart.yaml_lines import Value
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Field, Finding, Knowledge

SIDES = ("left", "right", "bilateral")
YES = {"yes", "true", "on", "positive", "pos", "present", "+", "y"}
NO = {"no", "false", "off", "negative", "neg", "absent", "-", "n"}
UNKNOWN = {"", "unknown", "not done", "not documented", "not recorded", "?", "~", "null", "none recorded"}
RECORDS = {"injections": "sij_injections", "treatments": "treatments", "radiofrequency": "rfa_history"}
TOP = (
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
MOST_WORDS = 30

Report = yaml_lines.Report


def read(text: str, file: str, knowledge: Knowledge, report: Report | None = None, whole: bool = True) -> Chart:
    """The chart in ``text``.

    :param report: called for each mistake instead of stopping at the first (what was wrong is then left out)
    :param whole: False for a plan: it need name no patient, and its side does not say where the pain is
    :raises InputError: at the first mistake when ``report`` is not given, and for text that is not YAML at all
    """
    report = report or yaml_lines.stop
    document = yaml_lines.parse(text, file, report)
    return _Reader(file, knowledge, report, whole).chart(document)


class _Reader:
    def __init__(self, file: str, knowledge: Knowledge, report: Report, whole: bool) -> None:
        self.file = file
        self.knowledge = knowledge
        self.report = report
        self.whole = whole
        self.coverage = Coverage()
        self.written: Span | None = None
        self.drugs = {
            name: one.id for one in knowledge.concepts.values() if one.kind == "medication" for name in one.names
        }

    def chart(self, document: Value) -> Chart:
        begins = "a chart begins with 'patient:'" if self.whole else "a plan begins with 'planned:'"
        content = self.mapping(document, begins)
        if content is None:
            return Chart(self.file, "plain", Patient("not stated"), [], self.coverage)
        self.notes(content)
        for key in content:
            if key not in TOP and key not in NOTES:
                finding = " (a finding goes under 'findings:')" if key in self.knowledge.findings else ""
                self.wrong(content[key], f"'{key}' is not a part of a chart{finding}", _similar(key, TOP))
        if self.whole and "patient" not in content:
            self.wrong(document, "there is no patient", "Begin with 'patient:' and an 'id:'.")
        patient = self.patient(content.get("patient"))
        side = self.side(content.get("side"))
        review = self.date(content.get("review_date"))
        if review is not None and review[0] != review[1]:
            self.wrong(content["review_date"], "the review date is not one day", "Write it as 2025-06-30.")
            review = None
        self.written = self.date(content.get("written")) or review
        if patient.birth is not None and review is not None and patient.birth[0] > review[1]:
            self.wrong(content["patient"], "the birth date is after the review date", "Check both dates.")
        facts = [*self.patient_facts(content.get("patient"))]
        if self.whole and side is not None and not _names(content.get("findings"), "pain_side"):
            # The template asks for the painful side here.
            facts.append(Fact("pain_side", side, self.origin(content["side"]), None, self.written))
        for name, listed in RECORDS.items():
            facts.extend(self.records(name, self.knowledge.findings[listed], content.get(name)))
        facts.extend(self.planned(content.get("planned")))
        facts.extend(self.medications(content.get("medications")))
        facts.extend(self.finding("docs", content["documents"]) if "documents" in content else ())
        facts.extend(self.findings(content.get("findings")))
        for fact in facts:
            other = fact.concept == "sex" and patient.sex and fact.value != patient.sex
            if other or (fact.concept == "pregnant" and fact.value is True and patient.sex == "male"):
                said = str(fact.value) if other else fact.concept
                problem = f"the patient is {patient.sex} above, and {said} here"
                self.report(InputError(f"{self.file}, {fact.origin.place}", problem, "Correct one of them."))
            self.coverage.read[fact.concept] = self.coverage.read.get(fact.concept, 0) + 1
        return Chart(self.file, "plain", patient, facts, self.coverage, side, review[1] if review else None)

    # ----------------------------------------------------------------------------------- small helpers

    def origin(self, value: Value, words: str = "") -> Origin:
        return Origin(self.file, f"line {value.line}", words)

    def wrong(self, value: Value, problem: str, cure: str) -> None:
        self.report(InputError(f"{self.file}:{value.line}", problem, cure))

    def mapping(self, value: Value, cure: str) -> dict[str, Value] | None:
        """The lines below a value, or None when it is something else; nothing below it is no line."""
        if isinstance(value.content, dict):
            return value.content
        if value.content is None:
            return {}
        self.wrong(value, "expected 'name: value' lines", cure[0].upper() + cure[1:] + ".")
        return None

    def notes(self, content: dict[str, Value]) -> None:
        """Free text is kept in view, and not read."""
        for key in NOTES:
            if key in content and not _unknown(content[key].content):
                words = _shown(content[key])
                self.coverage.texts.append(Unread(f"{key}: {words}", "text is not read", self.origin(content[key])))

    def known_keys(self, content: dict[str, Value], legal: Sequence[str], what: str) -> None:
        self.notes(content)
        for key in content:
            if key not in legal and key not in NOTES:
                self.wrong(content[key], f"'{key}' is not a part of {what}", _similar(key, legal))

    def list_of(self, value: Value | None, cure: str) -> list[Value] | None:
        """The entries of a list, or None when nothing is said (or something else is there)."""
        if value is None or _unknown(value.content):
            return None
        if isinstance(value.content, list):
            return value.content
        self.wrong(value, "expected a list", cure)
        return None

    def text(self, value: Value) -> str | None:
        """A single value as it is written, or None when it is not documented (or not single)."""
        if isinstance(value.content, dict | list):
            self.wrong(value, "expected one value", "Write it on the line of its name.")
            return None
        return None if _unknown(value.content) else str(value.content).strip()

    def date(self, value: Value | None) -> Span | None:
        written = None if value is None else self.text(value)
        if value is None or written is None:
            return None
        try:
            return dates.span(written)
        except ValueError as error:
            self.wrong(value, str(error), "Write the date as year-month-day.")
            return None

    def in_order(self, start: Span | None, end: Span | None, written: Value | None) -> bool:
        """Whether something that lasts does not end (as ``written``) before it starts."""
        if written is None or start is None or end is None or end[1] >= start[0]:
            return True
        self.wrong(written, "it ends before it starts", "Check both dates.")
        return False

    def side(self, value: Value | None) -> Any:
        return None if value is None else self.one_of(value, SIDES, "side")

    def one_of(self, value: Value, words: Sequence[str], what: str) -> Any:
        """The word of ``words`` that is written, or None when it is not documented (or none of them)."""
        written = self.text(value)
        if written is None:
            return None
        word = written.lower().replace(" ", "_").replace("-", "_")
        if word in words:
            return word
        self.wrong(value, f"'{written}' is not a {what}", _choice(word, words))
        return None

    # -------------------------------------------------------------------------------------- the parts

    def patient(self, value: Value | None) -> Patient:
        content = (
            None if value is None else self.mapping(value, "write 'id:', 'birth_date:' and 'sex:' below 'patient:'")
        )
        if value is None or content is None:
            return Patient("not stated")
        self.known_keys(content, PATIENT, "a patient")
        birth = self.date(content.get("birth_date"))
        sex = self.one_of(content["sex"], ("female", "male"), "sex") if "sex" in content else None
        identity = self.text(content["id"]) if "id" in content else None
        return Patient(identity or "not stated", birth, sex, self.origin(value))

    def patient_facts(self, value: Value | None) -> Iterator[Fact]:
        content = value.content if value and isinstance(value.content, dict) else {}
        if "age" in content:
            yield from self.finding("age_years", content["age"])

    def findings(self, value: Value | None) -> Iterator[Fact]:
        content = None if value is None else self.mapping(value, "write 'name: value' below 'findings:'")
        self.notes(content or {})
        for name, entry in (content or {}).items():
            if name in NOTES:
                continue
            if name not in self.knowledge.findings:
                self.wrong(entry, f"there is no finding '{name}'", _similar(name, tuple(self.knowledge.findings)))
            elif name in _ELSEWHERE or self.knowledge.findings[name].type in ("records", "record"):
                where = _ELSEWHERE.get(name, "injections")
                self.wrong(entry, f"'{name}' is worked out or has its own place", f"Use '{where}:' at the top level.")
            elif self.knowledge.findings[name].area == "record":
                self.wrong(entry, f"'{name}' is worked out from the rest of the chart", "Leave it out.")
            else:
                yield from self.finding(name, entry)

    def finding(self, name: str, entry: Value) -> Iterator[Fact]:
        finding = self.knowledge.findings[name]
        several = isinstance(entry.content, list) and (
            finding.type != "set" or any(_dated_set(one) for one in entry.content)
        )
        if several and not entry.content:
            self.wrong(entry, f"'{name}' has no value", "Write a value, or leave the line out.")
        for one in entry.content if several else [entry]:
            value, when, side, noted = one, self.written, None, True
            if (isinstance(one.content, dict) and finding.type != "set") or _dated_set(one):
                content = one.content
                self.known_keys(content, ("value", "date", "side"), "a finding")
                if "value" not in content:
                    self.wrong(one, f"'{name}' has no value", "Write 'value:' beside its date and side.")
                    continue
                value = content["value"]
                when = self.date(content["date"]) if "date" in content else self.written
                noted = "date" not in content
                side = self.side(content.get("side"))
                if side is not None and finding.side == "unsided":
                    self.wrong(
                        content["side"],
                        f"'{name}' has no side",
                        "Leave 'side:' out; it is of the patient, not of a side.",
                    )
                    continue
            read = self.value(finding, value)
            if read is not None:
                yield Fact(name, read, self.origin(one, f"{name}: {_shown(value)}"), side, when, noted=noted)

    def value(self, finding: Finding | Field, value: Value) -> Any:
        """The value in the type of the finding or field, or None when it is not documented (or wrong)."""
        match finding.type:
            case "bool":
                return self.yes_or_no(value)
            case "number":
                return self.number(finding, value)
            case "date":
                return self.date(value)
            case "text":
                return self.one_of(value, finding.values, "value here") if finding.values else self.text(value)
        return self.set(finding, value)

    def yes_or_no(self, value: Value) -> bool | None:
        written = self.text(value)
        if written is None:
            return None
        word = written.lower()
        if word in YES or word in NO:
            return word in YES
        self.wrong(value, f"'{written}' is neither yes nor no", "Write yes, no, or unknown.")
        return None

    def number(self, finding: Finding | Field, value: Value) -> float | None:
        written = self.text(value)
        if written is None:
            return None
        figure = written.removesuffix("%").strip()
        unit = f" ({finding.unit})" if finding.unit else ""
        if not _NUMBER.fullmatch(figure):
            self.wrong(value, f"'{written}' is not a number", f"Write a number{unit}.")
            return None
        number = float(figure)
        low = finding.minimum if finding.minimum is not None else -math.inf
        high = finding.maximum if finding.maximum is not None else math.inf
        if not low <= number <= high or math.isinf(number):
            about = f"{finding.label}: " if isinstance(finding, Finding) else ""
            problem = f"{about}{written[:LONGEST_NUMBER]} is outside {low:g} to {high:g}{unit}"
            self.wrong(value, problem, "Check the number and its unit.")
            return None
        return number

    def set(self, finding: Finding | Field, value: Value, complete: bool = False) -> dict[str, list[str]] | None:
        """The words that are in a set and those that are not; of all others nothing is known.

        An empty list says that none is in it; with ``complete`` every list says that nothing else is.
        """
        if _unknown(value.content):
            return None
        content = value.content if isinstance(value.content, dict) else {"present": value}
        found: dict[str, list[str]] = {"present": [], "absent": []}
        for key, words in content.items():
            if key not in found:
                self.wrong(words, f"'{key}' is neither 'present' nor 'absent'", "List what is there under 'present:'.")
                continue
            for word in words.content if isinstance(words.content, list) else [words]:
                legal = self.one_of(word, finding.values, "value here")
                if legal in found["present"]:
                    problem = "twice" if key == "present" else "as present and as absent"
                    self.wrong(word, f"'{legal}' is listed {problem}", "Keep one of them.")
                elif legal is not None:
                    found[key].append(legal)
        if content is not value.content and (complete or value.content == []):
            found["absent"] = [word for word in finding.values if word not in found["present"]]
        return found

    def records(self, name: str, finding: Finding, value: Value | None) -> Iterator[Fact]:
        entries = self.list_of(value, f"Under '{name}:' begin each entry with '- '; write [] when there were none.")
        if value is None or entries is None:
            return
        if not entries:
            # An empty list is a statement: there were none.
            yield Fact(finding.id, None, self.origin(value, f"{name}: none"), None, self.written)
        for entry in entries:
            content = self.mapping(entry, f"each entry of '{name}:' has 'date:' and more")
            if not content:
                if content is not None:
                    self.wrong(entry, f"an entry of '{name}' says nothing", "Leave it out, or write what is known.")
                continue
            self.known_keys(content, tuple(finding.fields), f"'{name}'")
            record: dict[str, Any] = {}
            parts: dict[str, Origin] = {}
            for key, part in content.items():
                read = self.value(finding.fields[key], part) if key in finding.fields else None
                if read is not None:
                    record[key] = read
                    parts[key] = self.origin(part, f"{key}: {_shown(part)}")
            if not self.in_order(record.get("start"), record.get("end"), content.get("end")):
                del record["start"], record["end"]
            when = record.get("date") or record.get("start")
            yield Fact(finding.id, record, self.origin(entry), record.get("side"), when, record.get("end"), parts)

    def planned(self, value: Value | None) -> Iterator[Fact]:
        content = None if value is None else self.mapping(value, "write 'name: value' below 'planned:'")
        if value is None or not content:
            return
        finding = self.knowledge.findings["planned"]
        self.known_keys(content, ("requested_cpt", "requested_side", *finding.fields), "'planned'")
        record: dict[str, Any] = {}
        for key, part in content.items():
            if key in ("requested_cpt", "requested_side"):
                yield from self.finding(key, part)
            elif key in finding.fields:
                field = finding.fields[key]
                # A plan says all that will be done.
                read = self.set(field, part, complete=True) if field.type == "set" else self.value(field, part)
                record |= {key: read} if read is not None else {}
        yield Fact("planned", record, self.origin(value), None, self.written)

    def medications(self, value: Value | None) -> Iterator[Fact]:
        entries = self.list_of(
            value, "Under 'medications:' begin each entry with '- drug:'; write [] when none are taken."
        )
        if value is None or entries is None:
            return
        read = [self.medication(entry) for entry in entries]
        yield from (fact for facts in read for fact in facts)
        if all(read):
            # A drug that was not understood may be of any class: then nothing can be said to be absent.
            yield Fact("medication_list_complete", True, self.origin(value, "medications: all that are taken"))

    def medication(self, entry: Value) -> list[Fact]:
        """The drugs of one entry; none when it was not understood."""
        content = entry.content if isinstance(entry.content, dict) else {"drug": entry}
        self.known_keys(content, MEDICATION, "a medication")
        if "drug" not in content or _unknown(content["drug"].content):
            self.wrong(entry, "a medication has no 'drug'", "Write the name of the ingredient.")
            return []
        drug = self.text(content["drug"])
        if drug is None:
            return []
        ingredients = self.ingredients(drug)
        if not ingredients:
            close = get_close_matches(drug.lower(), self.drugs, 1, 0.8)
            meant = f"; did you mean '{close[0]}'?" if close else ""
            self.coverage.skip(drug, f"no drug of the vocabulary{meant}", self.origin(content["drug"], drug))
        use: dict[str, Any] = {
            key: self.number(_DOSE, content[key]) for key in ("dose_mg", "per_day", "mcg_per_hour") if key in content
        }
        if "route" in content:
            use["route"] = (self.text(content["route"]) or "").lower() or None
        start, stop = self.date(content.get("start")), self.date(content.get("stop"))
        if not self.in_order(start, stop, content.get("stop")):
            start, stop = None, None
        origin = self.origin(entry, drug)
        return [Fact(one, use, origin, None, start, stop, label=drug) for one in ingredients]

    def ingredients(self, written: str) -> list[str]:
        """The drugs of the vocabulary that are named in ``written``, whatever stands between the words."""
        words = f" {_words(written)} "
        return list(dict.fromkeys(concept for name, concept in self.drugs.items() if f" {_words(name)} " in words))


def _names(findings: Value | None, name: str) -> bool:
    return findings is not None and isinstance(findings.content, dict) and name in findings.content


LONGEST_NUMBER = 24  # digits shown of a number that is out of range
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ELSEWHERE = {"request_date": "review_date", "planned": "planned"} | {listed: key for key, listed in RECORDS.items()}
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
    return "" if value.content is None else str(value.content)


def _words(written: str) -> str:
    return " ".join(re.split(r"[^a-z0-9]+", written.lower())).strip()


def _similar(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, 1, 0.6)
    return f"Did you mean '{close[0]}'?" if close else "'sacroiliac template' lists every name."


def _choice(word: str, words: Sequence[str]) -> str:
    close = get_close_matches(word, words, 1, 0.6)
    if len(words) > MOST_WORDS:
        return f"Did you mean '{close[0]}'?" if close else "'sacroiliac knowledge show' lists the values."
    return f"Choose from {', '.join(words)}." + (f" Did you mean '{close[0]}'?" if close else "")
