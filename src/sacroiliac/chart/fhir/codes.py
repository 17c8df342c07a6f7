"""What a code means: from the codings of a resource to concepts of the knowledge.

The tables are built once per knowledge. A coding costs two dict lookups; an ICD-10-CM code is also looked up by its
ancestors. Codes that nobody has verified are not in the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sacroiliac.chart.facts import Side
from sacroiliac.chart.fhir.shapes import Object, parts, text
from sacroiliac.knowledge.model import Field, Finding, Knowledge

INJECTIONS = "sij_injections"
LOCAL = "local"
RESPONSE = "injection-response"
"""Local code of the panel that holds what an injection did."""
ANSWERS = "urn:sacroiliac:CodeSystem:answers"


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept (or a finding, by its local code) that a code means, with the side the code itself names."""

    concept: str
    side: Side | None = None
    display: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a CodeableConcept means.

    :param hits: the concepts, each once
    :param sides: the sides its codes name
    :param label: its words for people
    :param left_out: why a code that looks like one of ours does not count
    """

    hits: tuple[Hit, ...]
    sides: tuple[Side, ...]
    label: str
    left_out: str = ""

    @property
    def concepts(self) -> tuple[str, ...]:
        """The ids of the concepts."""
        return tuple(hit.concept for hit in self.hits)


NOTHING = Meaning((), (), "")
BILLING = ("cpt", "hcpcs")


@dataclass(frozen=True, slots=True)
class Feed:
    """A finding that a concept feeds, and the value it means there (None: the observation's own)."""

    finding: Finding
    value: Any


def local_code(name: str) -> str:
    """The local code of a finding: its id with hyphens."""
    return name.replace("_", "-")


def field_code(name: str) -> str:
    """The local code of a field of the injection record."""
    return f"injection-{local_code(name)}"


@dataclass
class Codes:
    """All lookups of one knowledge."""

    knowledge: Knowledge
    by_uri: dict[str, dict[str, tuple[Hit, ...]]] = field(default_factory=dict)
    prefixes: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    icd: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    """The systems of billing codes."""
    seen: dict[bytes, Any] = field(default_factory=dict)
    """What observations say that come again and again (see :mod:`.alike`)."""

    def __post_init__(self) -> None:
        tables: dict[str, dict[str, list[Hit]]] = {name: {} for name in self.knowledge.systems}
        prefixes: dict[str, list[Hit]] = {}
        for concept in self.knowledge.concepts.values():
            for code in concept.codes:
                if code.status == "unverified":
                    continue
                key = _icd(code.code) if code.system == "icd10cm" else code.code
                hit = Hit(concept.id, code.side, code.display)
                tables[code.system].setdefault(key, []).append(hit)
                if code.match == "prefix":
                    prefixes.setdefault(key, []).append(hit)
        for name in (*self.findings_by_code, *self.fields_by_code, RESPONSE):
            # A concept of the knowledge that has this local code comes first.
            tables[LOCAL].setdefault(name, [Hit(self.findings_by_code.get(name, name))])
        self.prefixes = {name: tuple(hits) for name, hits in prefixes.items()}
        for system in self.knowledge.systems.values():
            table = {name: tuple(hits) for name, hits in tables[system.id].items()}
            for uri in _forms((system.uri, *system.accepted)):
                self.by_uri[uri] = table
                if system.id == "icd10cm":
                    self.icd.add(uri)
                if system.id in BILLING:
                    self.numbers.add(uri)

    # ------------------------------------------------------------------------------ tables of the knowledge

    @cached_property
    def findings_by_code(self) -> dict[str, str]:
        """The findings that an Observation may give, by local code."""
        return {
            local_code(one.id): one.id
            for one in self.knowledge.findings.values()
            if one.type not in ("record", "records") and one.area != "record" and one.values_from is None
        }

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields of the injection record."""
        return self.knowledge.findings[INJECTIONS].fields

    @cached_property
    def fields_by_code(self) -> dict[str, str]:
        """The fields of the injection record, by local code."""
        return {field_code(name): name for name in self.fields}

    @cached_property
    def field_of(self) -> dict[str, str]:
        """The field of the injection record that each concept (or local code) gives."""
        coded = {one.concept: name for name, part_ in self.fields.items() for one in part_.codes}
        return {**self.fields_by_code, **coded}

    @cached_property
    def feeds(self) -> dict[str, tuple[Feed, ...]]:
        """The findings that each concept feeds; a finding feeds itself."""
        found: dict[str, list[Feed]] = {}
        for finding in self.knowledge.findings.values():
            if finding.id in self.findings_by_code.values():
                found.setdefault(finding.id, []).append(Feed(finding, None))
            for coded in finding.codes:
                listed = found.setdefault(coded.concept, [])
                if coded.concept == finding.id:
                    # One name for both: the concept says what its presence means.
                    listed[:] = [one for one in listed if one.finding is not finding]
                listed.append(Feed(finding, coded.value))
        return {name: tuple(feeds) for name, feeds in found.items()}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each concept."""
        return {one.id: one.kind for one in self.knowledge.concepts.values()}

    @cached_property
    def drugs(self) -> Names:
        """Drugs by the names of their ingredients."""
        return Names({one.id: one.names for one in self.knowledge.concepts.values() if one.kind == "medication"})

    @cached_property
    def diagnoses(self) -> Names:
        """Diagnoses by their names, for entries whose code is not known."""
        return Names({one.id: one.names for one in self.knowledge.concepts.values() if one.kind == "condition"})

    @cached_property
    def tests(self) -> dict[str, str]:
        """Examinations and coded blood tests by the words that charts use for them."""
        found: dict[str, str] = {}
        for finding in self.knowledge.findings.values():
            if finding.area == "examination" or finding.id == "hla_b27":
                named = [finding.id.replace("_", " "), finding.label]
                named += [self.knowledge.concepts[one.concept].label for one in finding.codes if one.value is None]
                for words in named:
                    for name in _alternatives(words):
                        found.setdefault(name, finding.id)
        return found

    @cached_property
    def billing(self) -> dict[bytes, str]:
        """Billing codes of the acts on the joint, as they stand in a claim."""
        return {
            f'"{code.code}"'.encode(): concept
            for concept in ACTS
            for code in self.knowledge.concepts[concept].codes
            if code.system in BILLING and code.status == "verified"
        }

    # ------------------------------------------------------------------------------------------- lookups

    def meaning(self, concept: Object | None) -> Meaning:
        """What a CodeableConcept means.

        :raises UnreadableError: when it has a wrong shape
        """
        if concept is None:
            return NOTHING
        return self._meaning(parts(concept, "coding"), text(concept, "text"))

    def of_coding(self, coding: Object | None) -> Meaning:
        """What a single Coding means."""
        return NOTHING if coding is None else self._meaning([coding], None)

    def _meaning(self, codings: list[Object], words: str | None) -> Meaning:
        hits: dict[str, Hit] = {}
        sides: list[Side] = []
        label, code, left_out = words, None, ""
        for coding in codings:
            code = text(coding, "code")
            label = label or text(coding, "display")
            if code is None:
                continue
            found, why = self.lookup(text(coding, "system"), code)
            left_out = left_out or why
            named: list[Side] = []
            for hit in found:
                hits.setdefault(hit.concept, hit)
                named = [hit.side] if hit.side is not None else named
            sides += named
        return Meaning(tuple(hits.values()), tuple(sides), label or code or "", "" if hits else left_out)

    def diagnosis(self, concept: Object | None) -> Meaning:
        """What the code of a Condition means; a diagnosis without a known code is known by its words.

        An ICD-10-CM code that is not known means something else, so its words are not looked at.
        """
        meaning = self.meaning(concept)
        if meaning.hits or meaning.left_out or concept is None:
            return meaning
        codings = parts(concept, "coding")
        if any(one.get("system") in self.icd for one in codings):
            return meaning
        words = " ".join([meaning.label, *(text(one, "display") or "" for one in codings)])
        listed = set(tokens(words))
        if not listed.isdisjoint(_NOT_A_DIAGNOSIS):
            return meaning
        past = "history" in listed
        hits = [Hit(one) for one in self.diagnoses.find(words) if not past or one == HISTORY_OF_CANCER]
        return Meaning(tuple(hits), meaning.sides, meaning.label)

    def lookup(self, system: str | None, code: str) -> tuple[tuple[Hit, ...], str]:
        """The concepts of a code from the most to the least specific, or why it does not count."""
        table = self.by_uri.get(system) if system is not None else None
        if table is None:
            return (), ""
        if system not in self.icd:
            return table.get(code, ()), ""
        return self._icd(table, code)

    def _icd(self, table: dict[str, tuple[Hit, ...]], code: str) -> tuple[tuple[Hit, ...], str]:
        """ICD-10-CM: the code itself and every ancestor that counts with its descendants."""
        key = _icd(code)
        hits = list(table.get(key, ()))
        for length in range(len(key) - 1, 0, -1):
            hits += self.prefixes.get(key[:length], ())
        if not hits:
            return (), ""
        why = _excluded(key)
        if why:
            return (), why
        named = {hit.concept for hit in hits}
        # Non-radiographic disease (M45.A-) stands below ankylosing spondylitis (M45) and is not it.
        return tuple(hit for hit in hits if not (hit.concept == AS and NR_AXSPA in named)), ""

    def name(self, uri: str | None, code: str | None, display: str | None) -> str:
        """How an unknown code is listed."""
        return f"{uri or 'no system'}|{code or ''} {display or ''}".strip()

    def unknown(self, concept: Object | None) -> Iterator[str]:
        """The codes of a CodeableConcept as they are listed when none of them is known."""
        codings = [] if concept is None else parts(concept, "coding")
        for coding in codings:
            yield self.name(text(coding, "system"), text(coding, "code"), text(coding, "display"))
        if not codings:
            words = None if concept is None else text(concept, "text")
            yield f"no code: {words}" if words else "no code and no text"

    def label(self, name: str) -> str:
        """The label of a concept or finding."""
        found = self.knowledge.concepts.get(name) or self.knowledge.findings.get(name)
        return found.label if found is not None else name.replace("-", " ")


AS, NR_AXSPA = "ankylosing_spondylitis", "axial_spondyloarthritis"
HISTORY_OF_CANCER = "cancer_history"
# Words by which a text with the name of a diagnosis does not state it.
_NOT_A_DIAGNOSIS = frozenset({"no", "not", "without", "family", "father", "mother", "suspected", "possible", "probable", "risk", "screening", "rule", "ruled", "exclude", "excluded", "negative", "fear", "situ", "gestational", "remission", "resolved", "education", "counseling", "counselling", "vaccination", "benign"})  # fmt: skip
ACTS = ("sij_injection", "sij_lateral_branch_block", "sij_rfa", "peripheral_nerve_destruction", "sij_fusion_mis_transarticular",
        "sij_fusion_mis_intraarticular", "sij_fusion_open")  # fmt: skip

_CACHE: list[Codes] = []


def codes(knowledge: Knowledge) -> Codes:
    """The lookups of a knowledge, built once."""
    if not _CACHE or _CACHE[0].knowledge is not knowledge:
        _CACHE[:] = [Codes(knowledge)]
    return _CACHE[0]


def _forms(uris: Iterable[str]) -> Iterator[str]:
    """Every form in which charts write the URI of a code system."""
    for uri in uris:
        both = (uri, f"https://{uri[7:]}") if uri.startswith("http://") else (uri,)
        for one in both:
            yield one
            yield f"{one}/"
        if uri.startswith("urn:oid:"):
            yield uri.removeprefix("urn:oid:")


def _icd(code: str) -> str:
    """An ICD-10-CM code without its dot, which charts leave out as often as not."""
    return code.replace(".", "").upper()


# F1x.11 and F1x.21 for every substance, and F17.2-1 for nicotine.
_REMISSION = re.compile(r"^(F1[0-9][12]1|F172[0-9]1)$")
# The seventh character S of an injury or fracture says: late effect of something that has healed.
_SEQUELA = re.compile(r"^(S|T|M48|M80|M84)[0-9A-Z]{2,5}S$")


def _excluded(key: str) -> str:
    if _REMISSION.match(key):
        return "the code says: in remission"
    if len(key) == 7 and _SEQUELA.match(key):
        return "the code says: late effect of an old injury"
    return ""


_WORD = re.compile(r"[a-z0-9]+")


def tokens(words: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(words.lower())


def _alternatives(words: str) -> Iterator[str]:
    """The names in a label: "FABER / Patrick test" gives both, "SIJ distraction (gapping)" the name before the bracket."""
    for one in words.split("(")[0].split(" / "):
        name = test_name(one)
        if name:
            yield name
    if "(" in words:
        yield test_name(words)


_PLAIN_WORDS = {"test", "sign", "s", "finger"}


def test_name(words: str) -> str:
    """The words of a test without what charts add to it or leave away."""
    return " ".join(one for one in tokens(words) if one not in _PLAIN_WORDS)


@dataclass
class Names:
    """Finds whole-word names in a text, by their first word."""

    named: dict[str, tuple[str, ...]]
    first: dict[str, list[tuple[list[str], str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for concept, names in self.named.items():
            for name in names:
                words = tokens(name)
                self.first.setdefault(words[0], []).append((words, concept))

    def find(self, words: str) -> list[str]:
        """The concepts named in ``words``, each once, in their order there."""
        listed = tokens(words)
        found: dict[str, None] = {}
        for at, word in enumerate(listed):
            for name, concept in self.first.get(word, ()):
                if listed[at : at + len(name)] == name:
                    found.setdefault(concept)
        return list(found)
