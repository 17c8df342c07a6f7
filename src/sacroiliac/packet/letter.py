"""The draft letter: only what the chart documents, each with its place; everything else is a marked gap.

It holds no adjective and no argument. What speaks against the request is stated like what speaks for it. Which findings
are told: those that policies in general ask about, in the words of the topics of the knowledge, and whatever else this
policy's own rules name; nothing more of the chart leaves the practice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sacroiliac.packet import entries
from sacroiliac.packet.model import Gap, Letter, Paragraph, Sentence
from sacroiliac.packet.tell import AGE, INJECTIONS, OF_INJECTIONS, RADIOFREQUENCY, SEX, TREATMENTS, Teller, when
from sacroiliac.review.model import Judged
from sacroiliac.review.words import lower

# The paragraphs with the areas of findings they hold, in the order of a letter.
PARAGRAPHS = (
    ("Pain", ("pain",)),
    ("Examination", ("examination",)),
    ("Imaging and laboratory", ("imaging", "laboratory")),
    ("Conservative care", ("conservative_care",)),
    ("Injections and procedures", ("injections", "block")),
    ("Other conditions", ("history", "red_flag", "context", "medication")),
    ("How it will be done", ("plan",)),
)
# What policies in general ask about; of other areas only what this policy's rules name is told.
ALWAYS_TOLD = ("pain", "examination", "imaging", "conservative_care", "injections", "block", "plan")
# A letter without any of these says so.
NO_SITE = "pain_side"  # says which side, and not where
EXPECTED = ("region", "duration", "severity", "tests", "imaging", "conservative_care")
# What is told entry by entry, or with the request.
ELSEWHERE = (TREATMENTS, RADIOFREQUENCY, *OF_INJECTIONS, AGE, SEX)
BLANKS = ("date of the letter", "name and address of the practice", "member number", "diagnosis code")


@dataclass
class Writer:
    """Writes the letter of one packet."""

    teller: Teller
    judged: Sequence[Judged]

    def letter(self, payer: str, about: str, plan: str) -> Letter:
        """The letter to a payer.

        :param about: what is requested, for whom and on which side
        :param plan: the service, as a clause
        """
        gaps = self._gaps()
        paragraphs = [self._request(plan)]
        for heading, areas in PARAGRAPHS:
            said = tuple(dict.fromkeys(self._said(areas)))
            records = tuple(self._entries(areas))
            missing = [*self._expected(areas), *self._of_records(areas)]
            missing += [gap for area, gap in gaps if area in areas]
            unique = {one.what: one for one in missing}
            if said or records or unique:
                gaps_here = tuple(unique.values())
                paragraphs.append(Paragraph(heading=heading, entries=records, said=said, gaps=gaps_here))
        return Letter(to=payer, about=about, paragraphs=tuple(paragraphs), blanks=BLANKS)

    def _request(self, plan: str) -> Paragraph:
        said = [sentence for name in (AGE, SEX) for sentence in self.teller.stated(name)]
        missing = [Gap(what=name) for name, known in (("age", AGE), ("sex", SEX)) if not self.teller.tell(known)]
        if self.teller.case.side is None:
            missing.append(Gap(what="side"))
        return Paragraph(heading=f"Request: {plan}", said=tuple(said), gaps=tuple(missing))

    # ------------------------------------------------------------------------------------ what is documented

    @property
    def _named(self) -> set[str]:
        """The findings that the rules of this policy name."""
        return {name for one in self.judged for item in one.items for name in item.result.findings}

    @property
    def _general(self) -> set[str]:
        """The findings that policies in general ask about, and the single ones that their sets are made from."""
        known = self.teller.knowledge
        topics = {name for topic in known.coverage.topics for name in topic.findings}
        return topics | {single for name in topics for single in known.findings[name].made_from}

    def _entries(self, areas: Sequence[str]) -> Iterator[Sentence]:
        if "conservative_care" in areas:
            yield from self.teller.tell(TREATMENTS)
        if "injections" in areas:
            yield from self.teller.tell(INJECTIONS)
            yield from self.teller.tell(RADIOFREQUENCY)
            yield from (sentence for _, _, sentence in self.teller.operations())

    def _said(self, areas: Sequence[str]) -> Iterator[Sentence]:
        told_before = {name for name, _, _ in self.teller.operations()}
        for finding in self.teller.knowledge.findings.values():
            if finding.area not in areas or finding.id in ELSEWHERE or finding.id in told_before:
                continue
            told = finding.id in self._general if finding.area in ALWAYS_TOLD else False
            if told or finding.id in self._named:
                yield from self.teller.stated(finding.id)

    # ------------------------------------------------------------------------------------ what is not

    def _gaps(self) -> list[tuple[str, Gap]]:
        """What this policy asks for and the chart does not document, with the area it belongs to."""
        findings = self.teller.knowledge.findings
        found: list[tuple[str, Gap]] = []
        for one in self.judged:
            for item in one.items:
                if item.answer == "not documented" and item.kind != "document" and not item.applies_when:
                    for missing in item.result.would_meet or item.result.would_fail:
                        area = findings[missing.finding].area if missing.finding in findings else "history"
                        found.append((area, self.teller.gap(missing)))
        return found

    def _expected(self, areas: Sequence[str]) -> Iterator[Gap]:
        known = self.teller.knowledge
        for topic in known.coverage.topics:
            if topic.id in EXPECTED and any(known.findings[name].area in areas for name in topic.findings):
                named = [name for name in topic.findings if name != NO_SITE]
                single = [one for name in named for one in known.findings[name].made_from]
                if not any(self.teller.tell(name) for name in (*named, *single)):
                    yield Gap(what=lower(topic.label))

    def _of_records(self, areas: Sequence[str]) -> Iterable[Gap]:
        case = self.teller.case
        if "conservative_care" in areas:
            for one in case.treatments:
                yield from (Gap(what=what) for what in entries.missing_of_treatment(one.values, self.teller.kinds))
        if "injections" in areas:
            if not case.injections and not self.teller.tell("dx_blocks"):
                yield Gap(what="any injection of this joint")
            for one in case.injections:
                for what in entries.missing(one.values, self.teller.fields, when(one.fact)):
                    yield Gap(what=what)
            for row, fact, _ in self.teller.procedures():
                if row.get("relief_percent") is None or row.get("relief_weeks") is None:
                    yield Gap(what=f"relief after radiofrequency of {when(fact)} and how long it lasted")
