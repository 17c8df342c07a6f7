"""Citations, origins and links of a page: each citation leads to its reference, and each reference back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from sacroiliac.report.citations import Citations
from sacroiliac.review.model import Cited, Figure, Review

_ADDRESS = re.compile(r"\b(?:doi (?P<doi>10\.\d{4,9}/[^\s]+?)|PMID (?P<pmid>\d+))(?=\.?(?:\s|$))")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


def slug(*words: object) -> str:
    """An anchor made of words."""
    return "-".join(_NOT_PLAIN.sub("-", str(word).lower()).strip("-") for word in words)


@dataclass(slots=True)
class Reference:
    """One entry of the reference list: the work, what was taken from it, and where it is cited."""

    number: int
    work: Cited
    records: list[Cited] = field(default_factory=list)
    cited_in: dict[str, list[str]] = field(default_factory=dict)


class Marks:
    """Hands out citation marks while the page is written, and knows in the end who cited what."""

    def __init__(self, reviews: Sequence[Review]) -> None:
        self.citations = Citations(*reviews)
        self.place = ""
        self.links: dict[int, dict[str, list[str]]] = {}
        self.records: dict[int, dict[str, None]] = {}

    def at(self, *place: str) -> str:
        """Say where the page now is; writes nothing."""
        self.place = ", ".join(part for part in place if part)
        return ""

    def cite(self, keys: Iterable[str]) -> Markup:
        """Citations as links to the reference list."""
        links = [self._link(number, records) for number, records in self.citations.numbered(keys).items()]
        if not links:
            return Markup()
        return Markup(' <span class="cite">[{}]</span>').format(Markup(",").join(links))

    def _link(self, number: int, records: list[str]) -> Markup:
        listed = self.links.setdefault(number, {}).setdefault(self.place, [])
        anchor = f"c{number}-{sum(len(one) for one in self.links[number].values()) + 1}"
        listed.append(anchor)
        self.records.setdefault(number, {}).update(dict.fromkeys(records))
        unsure = all(self.citations.references[key].status == "recalled" for key in records)
        mark = Markup('<sup title="read from memory, not confirmed">!</sup>') if unsure else ""
        said = f"Reference {number}" + (", not confirmed" if unsure else "")
        return Markup('<a id="{}" href="#ref-{}" aria-label="{}">{}{}</a>').format(anchor, number, said, number, mark)

    def origin(self, figure: Figure) -> Markup:
        """Where a figure comes from: its kind, and its citation."""
        unsure = Markup(' <span class="unsure">unconfirmed</span>') if not figure.confirmed else ""
        kind = Markup('<span class="origin">{}</span>').format(figure.origin)
        return Markup("{}{}{}").format(kind, unsure, self.cite(figure.cite))

    def listed(self) -> list[Reference]:
        """The references cited so far, by number."""
        return [
            Reference(
                number,
                work,
                [self.citations.references[key] for key in self.records.get(number, {}) if self._has_claim(key)],
                self.links.get(number, {}),
            )
            for number, work in self.citations.listed()
        ]

    def _has_claim(self, key: str) -> bool:
        return self.citations.references[key].claim is not None


def linked(text: str) -> Markup:
    """The text of a reference with its DOI and PMID as links."""
    parts: list[Markup] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = (
            f"https://doi.org/{found['doi']}" if found["doi"] else f"https://pubmed.ncbi.nlm.nih.gov/{found['pmid']}/"
        )
        parts.append(escape(text[end : found.start()]))
        parts.append(Markup('<a class="out" href="{}" rel="noopener noreferrer">{}</a>').format(address, found[0]))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def in_css(words: str) -> Markup:
    """Words as they may stand in a CSS string: everything that is not plain is written as its number."""
    plain = (one if (one.isascii() and one.isalnum()) or one in " .,:-" else f"\\{ord(one):06x}" for one in words)
    return Markup("".join(plain))


def host(address: str) -> str:
    """The site of an address."""
    return address.split("//", 1)[-1].split("/", 1)[0].removeprefix("www.")
