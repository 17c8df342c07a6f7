"""The Questionnaire of one policy on one service: a group for each item of the policy, below it what its rule needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sacroiliac.chart.fhir.codes import LOCAL, local_code
from sacroiliac.chart.fhir.definitions import CRITERIA, HIGHEST, LOWEST, UCUM, UNIT, coded_word
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Finding, Knowledge
from sacroiliac.knowledge.policy import ItemKind, Policy, PolicyItem, PolicyService
from sacroiliac.report.coverage.words import POSITIONS
from sacroiliac.report.dtr.needs import needs
from sacroiliac.report.dtr.questions import Asked, Listing, Question, Questions
from sacroiliac.report.fhir import UNCONFIRMED
from sacroiliac.review.words import upper
from sacroiliac.rules import parse

Resource = dict[str, Any]
URL = "urn:sacroiliac:Questionnaire:"
CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
PERIOD = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationLinkPeriod"
# Short lists are shown whole, long ones as a menu.
FEW = 4
MORE_UNITS = {"months": "mo", "years": "a", "visits": "{visits}", "injections": "{injections}", "ng/mL": "ng/mL"}
KINDS: dict[ItemKind, str] = {
    "criterion": "Criterion",
    "limit": "Limit",
    "exclusion": "Not covered if",
    "document": "Document",
    "scope": "Policy does not apply if",
}


@dataclass(frozen=True)
class Section:
    """One item of the policy: what is asked below it, and what it needs that was asked before."""

    kind: ItemKind
    item: PolicyItem
    asked: tuple[Asked, ...]
    before: tuple[Asked, ...]


@dataclass(frozen=True)
class Form:
    """The questions of one policy on one service. ``required``: the links of those that cannot be left out."""

    knowledge: Knowledge
    policy: Policy
    service: PolicyService
    sections: tuple[Section, ...]
    required: frozenset[str]

    @property
    def name(self) -> str:
        """What tells this form from the others of the project."""
        return f"{local_code(self.policy.id)}-{local_code(self.service.service)}"

    @property
    def canonical(self) -> str:
        """The Questionnaire with its version."""
        return f"{URL}{self.name}|{self.knowledge.version}"

    @property
    def asked(self) -> Iterator[Asked]:
        """Every question, in the order of the form."""
        for one in self.sections:
            yield from one.asked


def form(knowledge: Knowledge, policy: Policy, service: PolicyService) -> Form:
    """The form of a policy on a service; what several items need is asked at the first of them."""
    words = vocabulary.of_case(knowledge)
    questions = Questions(knowledge)
    seen: set[str] = set()
    required: set[str] = set()
    sections = []
    for kind, item in policy.items(service):
        against = kind in ("exclusion", "scope")
        needed = needs(parse(item.rule, words), words, refuted=against)
        asked = questions.of(needed)
        if item.decides and item.arm is None:
            required |= {questions.link(one) for one in needed if one.required}
        new = tuple(one for one in asked if one.link not in seen)
        sections.append(Section(kind, item, new, tuple(one for one in asked if one.link in seen)))
        seen |= {one.link for one in new}
    return Form(knowledge, policy, service, tuple(sections), frozenset(required))


def questionnaire(made: Form) -> Resource:
    """A form as a FHIR Questionnaire."""
    policy, service = made.policy, made.service
    return {
        "resourceType": "Questionnaire",
        "id": made.name,
        "language": "en",
        "url": f"{URL}{made.name}",
        "version": made.knowledge.version,
        "name": "".join(upper(word) for word in made.name.split("-")),
        "title": f"{policy.payer}: {policy.title}. {_service(made)}",
        "status": "draft",
        "experimental": True,
        "subjectType": ["Patient"],
        "publisher": "sacroiliac",
        "description": _description(made),
        "purpose": "To document what the policy asks for, with each answer's origin. It decides nothing.",
        **({"effectivePeriod": {"start": policy.effective.since}} if policy.effective.since else {}),
        **({"code": coded} if (coded := billing(made.knowledge, service)) else {}),
        "item": [*_head(made), *(_section(made, one) for one in made.sections)],
    }


def billing(knowledge: Knowledge, service: PolicyService) -> list[Resource]:
    """The billing codes of a service, without descriptors. CPT codes are five digits; those of HCPCS begin with a letter."""
    systems = {True: knowledge.systems["cpt"].uri, False: knowledge.systems["hcpcs"].uri}
    return [{"system": systems[code[0].isdigit()], "code": code} for code in service.codes]


def marked(text: str, confirmed: bool) -> str:
    """A text, marked where what it says could not be confirmed."""
    return text if confirmed else f"{text} {UNCONFIRMED}"


def _service(made: Form) -> str:
    return made.knowledge.coverage.service(made.service.service).label


def _description(made: Form) -> str:
    policy = made.policy
    documents = ", ".join(policy.document_ids)
    return (
        f"Made from {documents or policy.title} (its date: {policy.effective.as_seen}), paraphrased, as far as it was "
        "seen. It is not the payer's own form and no determination of coverage: confirm it in the live document. "
        f"What is marked '{UNCONFIRMED}' was not seen on a page that a person wrote, and is never required."
    )


def _head(made: Form) -> Iterator[Resource]:
    """What the policy says as a whole: its position, and a statement where it makes one."""
    service = made.service
    yield _display("position", marked(f"What the policy says: {POSITIONS[service.position]}", service.confirmed))
    if service.statement:
        yield _display("statement", marked(service.statement, service.confirmed))
    if not made.sections:
        yield _display("nothing", "No criterion of this policy was seen for this service.")


def _section(made: Form, one: Section) -> Resource:
    item = one.item
    text = marked(f"{KINDS[one.kind]}: {item.text}", item.confirmed)
    notes = [f"Applies when: {item.applies_when}"] if item.applies_when else []
    notes += ["One of several alternatives: one is enough"] if item.arm else []
    if one.before:
        notes.append(f"Also needs what is asked above: {'; '.join(dict.fromkeys(_named(each) for each in one.before))}")
    if not one.asked and not one.before:
        notes.append("Nothing to answer: it holds whatever the chart says")
    below = [_display(f"{item.id}.note{number}", note) for number, note in enumerate(notes, 1)]
    return {
        "linkId": item.id,
        "code": [{"system": CRITERIA, "code": item.id}],
        "text": text,
        "type": "group",
        "required": any(each.link in made.required for each in one.asked),
        "item": [*below, *(_asked(made, each) for each in one.asked)],
    }


def _named(one: Asked) -> str:
    return one.finding.label if isinstance(one, Listing) else one.text.removesuffix("?")


def _display(link: str, text: str) -> Resource:
    return {"linkId": link, "text": text, "type": "display"}


def _asked(made: Form, one: Asked) -> Resource:
    return _listing(made, one) if isinstance(one, Listing) else _question(made, one, one.link in made.required)


def _listing(made: Form, one: Listing) -> Resource:
    """A list: whether it is complete, and a group that is repeated for each entry."""
    fields = [_question(made, each, required=False) for each in one.fields.values()]
    whose = " on the side of the request" if one.finding.side == "sided" else ""
    text = one.finding.question or f"{one.finding.label}{whose}"
    whole = "Does this list hold all there have been? Yes, without an entry: there have been none"
    return {
        "linkId": one.link,
        "code": [_code(made.knowledge, one.finding)],
        "text": text,
        "type": "group",
        "required": one.link in made.required,
        "item": [
            {"linkId": f"{one.link}.complete", "text": whole, "type": "boolean", "required": False},
            {
                "linkId": f"{one.link}.entry",
                "text": f"{one.finding.label}: one entry for each",
                "type": "group",
                "required": False,
                "repeats": True,
                "item": fields,
            },
        ],
    }


def _question(made: Form, one: Question, required: bool) -> Resource:
    knowledge, target = made.knowledge, one.target
    extensions = list(_extensions(made, one))
    item: Resource = {"extension": extensions} if extensions else {}
    item["linkId"] = one.link
    if one.path == (one.finding.id,) and one.word is None:
        item["code"] = [_code(knowledge, one.finding), *_other_codes(knowledge, one.finding)]
    item |= {"text": one.text, "type": one.type, "required": required}
    if one.type == "choice":
        item["answerOption"] = [{"valueCoding": coded_word(target, word)} for word in target.values]
    return item


def _extensions(made: Form, one: Question) -> Iterator[Resource]:
    knowledge, target = made.knowledge, one.target
    if one.type in ("integer", "decimal"):
        value = "valueInteger" if one.type == "integer" else "valueDecimal"
        for url, limit in ((LOWEST, target.minimum), (HIGHEST, target.maximum)):
            if limit is not None:
                yield {"url": url, value: int(limit) if float(limit).is_integer() else limit}
        unit = unit_code(target.unit)
        if unit is not None:
            coding = {"system": knowledge.systems["ucum"].uri, "code": unit, "display": target.unit}
            yield {"url": UNIT, "valueCoding": coding}
    if one.type == "choice":
        control = "radio-button" if len(target.values) <= FEW else "drop-down"
        coding = {"system": CONTROLS, "code": control}
        yield {"url": CONTROL, "valueCodeableConcept": {"coding": [coding]}}
    if isinstance(target, Finding) and one.word is None and target.window is not None:
        # Where an Observation with one of the item's codes, not older than this, may fill it in.
        days = {"value": int(knowledge.windows[target.window].days.value), "unit": "d"}
        days |= {"system": knowledge.systems["ucum"].uri, "code": "d"}
        yield {"url": PERIOD, "valueDuration": days}


def unit_code(unit: str | None) -> str | None:
    """The UCUM code of a unit of the vocabulary."""
    return UCUM.get(unit or "", MORE_UNITS.get(unit or ""))


def _code(knowledge: Knowledge, finding: Finding) -> Resource:
    return {"system": knowledge.systems[LOCAL].uri, "code": local_code(finding.id), "display": finding.label}


def _other_codes(knowledge: Knowledge, finding: Finding) -> Sequence[Resource]:
    """The LOINC codes of a finding: those whose own value is the finding's."""
    found: dict[str, Resource] = {}
    for feed in finding.codes:
        concept = knowledge.concepts.get(feed.concept)
        for one in () if concept is None or feed.value is not None else concept.codes:
            if one.system == "loinc" and one.status == "verified" and one.emit:
                found.setdefault(one.code, {"system": knowledge.systems["loinc"].uri, "code": one.code})
    return list(found.values())
