"""From what rules need to the questions of a form: one question for each thing, asked once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from sacroiliac.chart.fhir.codes import local_code
from sacroiliac.knowledge.model import Field, Finding, Knowledge
from sacroiliac.report.dtr.needs import Need
from sacroiliac.review.words import spaced

TYPES = {"bool": "boolean", "date": "date"}
# Units of what is counted: a whole number.
COUNTED = frozenset({"visits", "injections", "tests"})
# The newest entry of a list is no question of its own: the list is asked for, with its dates.
LISTED_IN = {"last_tx": "tx_injections"}
# A test was done when its own question is answered, whichever way.
ANSWERED = {"provocation_done": "provocation_positive"}
# What every entry of a list is told apart by.
ALWAYS = ("date", "side")


@dataclass(frozen=True)
class Question:
    """One question.

    :param path: the finding, or the finding and a field of it; in a list the field only
    :param word: the word of a set whose being there is asked for
    """

    link: str
    finding: Finding
    target: Finding | Field
    text: str
    path: tuple[str, ...]
    word: str | None = None

    @property
    def type(self) -> str:
        """The FHIR type of its answer."""
        if self.word is not None:
            return "boolean"
        if self.target.type == "number":
            return "integer" if self.target.unit in COUNTED else "decimal"
        return "choice" if self.target.values else TYPES.get(self.target.type, "string")


@dataclass
class Listing:
    """A list of records: its entries with their fields, and whether it is complete."""

    link: str
    finding: Finding
    fields: dict[str, Question] = field(default_factory=dict)


Asked: TypeAlias = Question | Listing


@dataclass
class Questions:
    """Makes the questions of one form; what is needed twice is the same question."""

    knowledge: Knowledge
    made: dict[str, Asked] = field(default_factory=dict)

    def of(self, listed: Iterable[Need]) -> list[Asked]:
        """The questions for some needs, each once."""
        found: dict[str, Asked] = {}
        for need in listed:
            one = self._question(need)
            found.setdefault(one.link, one)
        return list(found.values())

    def link(self, need: Need) -> str:
        """The link of the question that a need is asked by."""
        return self._question(need).link

    def _question(self, need: Need) -> Asked:
        name = LISTED_IN.get(need.path[0], ANSWERED.get(need.path[0], need.path[0]))
        finding = self.knowledge.findings[name]
        if finding.type == "records":
            return self._listing(finding, need.path[1:])
        single = self._single(finding, need)
        return self.made.setdefault(single.link, single)

    def _single(self, finding: Finding, need: Need) -> Question:
        if need.word is not None and len(need.path) == 1:
            itself = self._itself(finding, need.word)
            if itself is not None:
                return _plain(itself)
        if len(need.path) == 1 and need.word is None:
            return _plain(finding)
        target: Finding | Field = finding
        text, link, path = finding.label, local_code(finding.id), (finding.id, *need.path[1:])
        for step in need.path[1:]:
            target = finding.fields[step]
            text, link = f"{text}: {target.meaning}", f"{link}.{local_code(step)}"
        if need.word is not None:
            text, link = f"{text}: {self._word(target, need.word)}", f"{link}.{local_code(need.word)}"
        return Question(link, finding, target, _whose(finding, text), path, need.word)

    def _itself(self, finding: Finding, word: str) -> Finding | None:
        """The yes-or-no finding that a word of a set stands for, where it stands for just one that can be asked."""
        rule = finding.members.get(word, word)
        found = self.knowledge.findings.get(rule)
        plain = bool(finding.members) or (found is not None and found.area == "examination")
        return found if plain and found is not None and found.type == "bool" and found.question else None

    def _word(self, target: Finding | Field, word: str) -> str:
        return target.words.get(word, spaced(word)) if isinstance(target, Finding) else spaced(word)

    def _listing(self, finding: Finding, fields: tuple[str, ...]) -> Listing:
        link = local_code(finding.id)
        made = self.made.setdefault(link, Listing(link, finding))
        assert isinstance(made, Listing)
        for name in (*ALWAYS, *fields):
            if name in finding.fields and name not in made.fields:
                target = finding.fields[name]
                text = target.meaning[0].upper() + target.meaning[1:]
                made.fields[name] = Question(f"{link}.entry.{local_code(name)}", finding, target, text, (name,))
        return made


def _plain(finding: Finding) -> Question:
    text = finding.question or finding.label
    return Question(local_code(finding.id), finding, finding, _whose(finding, text), (finding.id,))


def _whose(finding: Finding, text: str) -> str:
    return f"{text} (on the side of the request)" if finding.side == "sided" else text
