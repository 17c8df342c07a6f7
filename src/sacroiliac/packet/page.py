"""The packet as one page of HTML, made for print; the PDF is the same page through a renderer."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from jinja2 import Environment
from markupsafe import Markup, escape

from sacroiliac.packet.model import TO_FILL_IN, ContestedSide, Criterion, Gap, Packet, Requested, Sentence, Source
from sacroiliac.packet.picture import Picture, picture
from sacroiliac.packet.tell import YES_OR_NO
from sacroiliac.report.html import environment

Paper = Literal["a4", "letter"]
PAPER = {"a4": "A4", "letter": "letter"}
TITLES = (
    ("criterion", "What must be met"),
    ("limit", "Limits"),
    ("exclusion", "Reasons to refuse"),
    ("scope", "Cases the policy is not about"),
    ("document", "Documents and records"),
)
# Words longer than this stand in the list of places only.
LONGEST_QUOTE = 160
CSS = {
    "met": "met", "not met": "failed", "excluded": "failed", "not covered": "failed", "out of scope": "failed",
}  # fmt: skip
VERDICTS = {
    "met": "met", "not met": "not met", "not documented": "open", "not covered": "not covered",
    "out of scope": "outside this policy", "unconfirmed": "no answer", "statement only": "no criteria to meet",
}  # fmt: skip
ANSWERS = {
    "reason": {
        "met": "Does not apply",
        "excluded": "Applies",
        "not met": "Applies",
        "not documented": "Not documented",
    },
    "document": {
        "met": "On the chart",
        "not met": "Missing",
        "not documented": "Not documented",
        "excluded": "Missing",
    },
    "asked": {"met": "Met", "not met": "Not met", "not documented": "Not documented", "excluded": "Not met"},
}
_BLANK = "[not documented: "
_GAP = re.compile(rf"{re.escape(_BLANK)}[^\]]*\]|{re.escape(TO_FILL_IN)}")


def render(packet: Packet, paper: Paper = "a4") -> str:
    """The packet as a page."""
    return _environment().get_template("packet.jinja").render(packet=packet, page=Page(packet, paper)) + "\n"


class Page:
    """What the templates ask for."""

    def __init__(self, packet: Packet, paper: Paper) -> None:
        self.packet = packet
        self.paper = PAPER[paper]
        self.placed = {one.number: one for one in packet.sources}
        self.cited: dict[str, int] = {}

    @property
    def title(self) -> str:
        """The title of the document."""
        who = self.packet.who
        return f"Prior authorization packet: {self.packet.requested[0].label}, {who.side or 'side not documented'}, patient {who.patient}"

    @property
    def heading(self) -> str:
        """The heading of the cover: the service, where it is one."""
        several = len(self.packet.requested) > 1
        return "Prior authorization packet" if several else self.packet.requested[0].label

    @property
    def style(self) -> Markup:
        """The style sheet."""
        return Markup((Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8"))

    # ------------------------------------------------------------------------------------ words

    @staticmethod
    def css(answer: str) -> str:
        """The class of an answer or verdict."""
        return CSS.get(answer, "open")

    @staticmethod
    def verdict(one: Requested) -> str:
        """A verdict as a heading."""
        return VERDICTS[one.verdict]

    @staticmethod
    def answer(item: Criterion) -> str:
        """An answer in the words of its kind: what is excluded is not 'met'."""
        return ANSWERS[_words_for(item.kind)][item.answer]

    @staticmethod
    def side_answer(side: ContestedSide) -> str:
        """The answer of this chart to one side of a contested point."""
        return {"met": "as asked", "excluded": "refused", "not met": "not met"}.get(side.answer, "not documented")

    @staticmethod
    def silent(item: Criterion) -> str:
        """What stands where the chart says nothing that could be quoted."""
        if item.kind == "document" and item.answer == "met":
            return "The chart lists it: see the documents."
        if item.answer == "excluded":
            return "This holds whatever the chart says."
        return "The chart has no entry on this."

    @staticmethod
    def blank(what: str) -> Markup:
        """A marked gap."""
        return Markup('<span class="gap">{}{}]</span>').format(_BLANK, what)

    def known(self, value: str, name: str) -> str | Markup:
        """A value, or a marked gap."""
        return self.blank(name) if value == "not documented" else value

    @staticmethod
    def spoken(text: str) -> Markup:
        """A sentence with its gaps marked."""
        return Markup(_GAP.sub(r'<span class="gap">\g<0></span>', str(escape(text))))

    # ------------------------------------------------------------------------------------ parts

    @staticmethod
    def kinds(one: Requested) -> list[tuple[str, str, list[Criterion]]]:
        """The items of a service by kind, with a title each."""
        sorted_ = [(kind, title, [item for item in one.criteria if item.kind == kind]) for kind, title in TITLES]
        return [(kind, title, items) for kind, title, items in sorted_ if items]

    @staticmethod
    def failed(one: Requested) -> list[Criterion]:
        """The items that say no."""
        return [item for item in one.criteria if item.id in one.not_met]

    @staticmethod
    def asked(gap: Gap) -> tuple[str, str]:
        """A gap as a thing to document, and the question to ask."""
        return gap.what.removesuffix(YES_OR_NO) if gap.ask else gap.what, gap.ask or ""

    @staticmethod
    def runs(numbers: Sequence[int]) -> list[tuple[int, str]]:
        """Numbers with runs put together: the first of each, and how it is written."""
        runs: list[list[int]] = []
        for number in sorted(numbers):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        written: list[tuple[int, str]] = []
        for run in runs:
            long = len(run) > 2
            written += [(run[0], f"{run[0]}–{run[-1]}")] if long else [(number, str(number)) for number in run]
        return written

    def quoted(self, item: Criterion) -> list[tuple[Sentence, list[str]]]:
        """What the chart says on an item, with its own words, place, date and side: each place once in a row, and not
        beside a number that was worked out of it when the entry itself stands there too."""
        written = {number for one in item.said if not one.worked_out or one.quote for number in one.sources}
        quoted: set[int] = set()
        rows = []
        for one in item.said:
            numbers = [
                n for n in one.sources if n not in quoted and (one.quote or not (one.worked_out and n in written))
            ]
            quoted.update(numbers)
            rows.append((one, [self._quoted(self.placed[number], one.quote) for number in numbers]))
        return rows

    def _quoted(self, one: Source, part: str) -> str:
        said = part or one.words
        words = f": “{said}”" if said and len(said) <= LONGEST_QUOTE else ""
        details = [part for part in (one.date, one.side) if part]
        return f"[{one.number}] {self.place(one)}{words}{', ' + ', '.join(details) if details else ''}"

    def place(self, one: Source) -> str:
        """A place; the file is named where it is not the chart itself."""
        file = self.file(one.file)
        return one.place if one.place and file == self.file(self.packet.who.chart) else f"{file} {one.place}".strip()

    def breakable(self, one: Source) -> Markup:
        """A place that may be broken after a slash."""
        return Markup("/<wbr>").join(self.place(one).split("/"))

    @staticmethod
    def file(path: str) -> str:
        """The name of a file without its folders, which say nothing to a reader of the packet."""
        return Path(path).name or path

    @cached_property
    def picture(self) -> Picture | None:
        """The timeline."""
        return picture(self.packet)

    @property
    def image(self) -> str:
        """The picture of the timeline as the address of an image."""
        drawn = _environment().get_template("timeline.svg.jinja").render(picture=self.picture)
        return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"

    # ------------------------------------------------------------------------------------ references

    def cite(self, keys: Sequence[str]) -> Markup:
        """Citations of works, each work once."""
        assert self.packet.appeal is not None
        known = self.packet.appeal.references
        works = dict.fromkeys(known[key].reference or key for key in keys)
        numbers = [self.cited.setdefault(work, len(self.cited) + 1) for work in works]
        links = (Markup('<a href="#r{}" aria-label="reference {}">{}</a>').format(one, one, one) for one in numbers)
        return Markup('<span class="marks">[{}]</span>').format(Markup(", ").join(links)) if numbers else Markup()

    def references(self) -> list[tuple[str, str]]:
        """The works cited, with their anchors."""
        assert self.packet.appeal is not None
        known = self.packet.appeal.references
        return [(f"r{number}", known[work].text) for work, number in self.cited.items()]


def _words_for(kind: str) -> str:
    return "reason" if kind in ("exclusion", "scope") else "document" if kind == "document" else "asked"


@cache
def _environment() -> Environment:
    return environment("sacroiliac.packet")
