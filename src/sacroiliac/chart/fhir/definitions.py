"""The project's own FHIR definitions, made from the knowledge: code systems, value sets and the injection record.

``python -m sacroiliac.chart.fhir.definitions FOLDER`` writes them; the folder ``fhir/`` of the repository holds the result.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sacroiliac.chart.fhir.codes import ANSWERS, INJECTIONS, LOCAL, RESPONSE, codes, field_code, local_code
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.knowledge.model import Field, Finding, Knowledge

Resource = dict[str, Any]
VALUE_SETS = "urn:sacroiliac:ValueSet:"
SOURCES = "urn:sacroiliac:CodeSystem:sources"
OPTIONS = "urn:sacroiliac:CodeSystem:options"
CRITERIA = "urn:sacroiliac:CodeSystem:criteria"
INTERVAL = "urn:sacroiliac:StructureDefinition:probability-interval"
PLACE = "urn:sacroiliac:StructureDefinition:answer-place"
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
LOWEST = "http://hl7.org/fhir/StructureDefinition/minValue"
HIGHEST = "http://hl7.org/fhir/StructureDefinition/maxValue"
UCUM = {"mL": "mL", "mg": "mg", "percent": "%", "hours": "h", "weeks": "wk", "0-10": "{score}"}
RESULTS = ("positive", "negative", "present", "absent", "indeterminate", "unknown")
REQUIRED = ("date", "side")
TYPES = {"bool": "boolean", "number": "decimal", "date": "date"}


def definitions(knowledge: Knowledge) -> dict[str, Resource]:
    """Every definition, by the name of its file."""
    made = [_findings(knowledge), _answers(knowledge), _sources(knowledge), _options(knowledge), _interval()]
    made += [_results(knowledge), *_value_sets(knowledge), _record(knowledge), _criteria(knowledge), _place()]
    return {f"{one['resourceType']}-{one['id']}.json": one for one in made}


def written(resource: Resource) -> str:
    """A definition as its file holds it."""
    return json.dumps(resource, indent=1, ensure_ascii=False) + "\n"


def _resource(type_: str, name: str, url: str, title: str, /, **content: Any) -> Resource:
    return {
        "resourceType": type_,
        "id": name,
        "url": url,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "title": title,
        "status": "active",
        "experimental": False,
        **content,
    }


# -------------------------------------------------------------------------------------------- code systems


def _code_system(name: str, url: str, title: str, description: str, listed: list[Resource]) -> Resource:
    return _resource(
        "CodeSystem",
        name,
        url,
        title,
        description=description,
        caseSensitive=True,
        content="complete",
        count=len(listed),
        concept=listed,
    )


def _findings(knowledge: Knowledge) -> Resource:
    """The local codes: of every finding, of every field of an injection, and those that concepts suggest."""
    listed: dict[str, Resource] = {}

    def add(code: str, display: str, meaning: str) -> None:
        listed.setdefault(code, {"code": code, "display": display, "definition": meaning})

    for finding in knowledge.findings.values():
        add(local_code(finding.id), finding.label, finding.meaning)
    for name, field in knowledge.findings[INJECTIONS].fields.items():
        add(field_code(name), f"Injection: {name.replace('_', ' ')}", field.meaning)
    for concept in knowledge.concepts.values():
        for code in concept.codes:
            if code.system == LOCAL and code.status == "verified":
                add(code.code, concept.label, _meaning(knowledge, concept.id) or concept.label)
    add(RESPONSE, "Response to an injection", "panel of everything observed about one injection")
    return _code_system(
        "findings",
        knowledge.systems[LOCAL].uri,
        "Findings of a sacroiliac review",
        "Findings for which no verified LOINC or SNOMED CT code is known to this project, and all others for convenience.",
        list(listed.values()),
    )


def _meaning(knowledge: Knowledge, concept: str) -> str | None:
    """What a concept means: the meaning of the finding or field that it feeds."""
    for feed in codes(knowledge).feeds.get(concept, ()):
        return feed.finding.meaning
    name = codes(knowledge).field_of.get(concept)
    return None if name is None else knowledge.findings[INJECTIONS].fields[name].meaning


def _worded(knowledge: Knowledge) -> Iterator[tuple[str, str, Finding | Field]]:
    """Everything that is answered with one of several words: id of its value set, title, definition."""
    for name, field in knowledge.findings[INJECTIONS].fields.items():
        if field.values:
            yield field_code(name), f"Injection: {name.replace('_', ' ')}", field
    for finding in knowledge.findings.values():
        # A set that is only worked out is never an answer.
        if finding.values and finding.question and local_code(finding.id) in codes(knowledge).findings_by_code:
            yield local_code(finding.id), finding.label, finding


def _answers(knowledge: Knowledge) -> Resource:
    displays: dict[str, str] = {}
    for _, _, target in _worded(knowledge):
        for word in target.values:
            displays.setdefault(local_code(word), _display(target, word))
    for finding in knowledge.findings.values():
        # Fields of other records are asked for in the forms of policies.
        asked: list[Finding | Field] = [finding, *finding.fields.values()] if finding.used_by_policies else []
        for one in asked:
            for word in one.values:
                displays.setdefault(local_code(word), _display(one, word))
    return _code_system(
        "answers",
        ANSWERS,
        "Answers of a sacroiliac review",
        "The words by which findings and fields of the injection record are answered.",
        [{"code": code, "display": display} for code, display in sorted(displays.items())],
    )


def coded_word(target: Finding | Field, word: str) -> Resource:
    """A word by which a finding or field is answered, as a Coding."""
    return {"system": ANSWERS, "code": local_code(word), "display": _display(target, word)}


def _display(target: Finding | Field, word: str) -> str:
    words = target.words if isinstance(target, Finding) else {}
    return words.get(word, word.replace("_", " "))


def _sources(knowledge: Knowledge) -> Resource:
    return _code_system(
        "sources",
        SOURCES,
        "Pain sources of a sacroiliac review",
        "The outcomes that the RiskAssessments of a review predict.",
        [
            {"code": local_code(one.id), "display": one.label, "definition": one.meaning}
            for one in knowledge.sources.sources
        ],
    )


def _options(knowledge: Knowledge) -> Resource:
    return _code_system(
        "options",
        OPTIONS,
        "Options of a sacroiliac review",
        "The tests and treatments that the CarePlan of a review proposes.",
        [
            {"code": local_code(one.id), "display": one.label, "definition": one.summary}
            for one in knowledge.options.values()
        ],
    )


def _criteria(knowledge: Knowledge) -> Resource:
    """The items of all policies: what the groups of their forms are about."""
    listed: dict[str, Resource] = {}
    for policy in knowledge.policies.values():
        for service in policy.services:
            for _, item in policy.items(service):
                listed.setdefault(item.id, {"code": item.id, "display": item.text})
    return _code_system(
        "criteria",
        CRITERIA,
        "Items of policies",
        "What policies ask for, paraphrased, as far as it was seen: criteria, limits, exclusions, documents and scope.",
        list(listed.values()),
    )


def _place() -> Resource:
    """The extension by which an answer names the resource, or the line of a chart, that it was read from."""

    def below(name: str, type_: str, meaning: str) -> list[Resource]:
        at, path = f"Extension.extension:{name}", "Extension.extension"
        return [
            {"id": at, "path": path, "sliceName": name, "short": meaning, "min": 0, "max": "1"},
            {"id": f"{at}.url", "path": f"{path}.url", "fixedUri": name},
            {"id": f"{at}.value[x]", "path": f"{path}.value[x]", "min": 1, "type": [{"code": type_}]},
        ]

    return _resource(
        "StructureDefinition",
        "answer-place",
        PLACE,
        "Where an answer was read",
        description="The file and the line or resource an answer was read from, and the resource itself where there is one.",
        fhirVersion="4.0.1",
        kind="complex-type",
        abstract=False,
        context=[{"type": "element", "expression": "QuestionnaireResponse.item.answer"}],
        type="Extension",
        baseDefinition="http://hl7.org/fhir/StructureDefinition/Extension",
        derivation="constraint",
        differential={
            "element": [
                {"id": "Extension", "path": "Extension", "min": 0, "max": "*"},
                *below("place", "string", "file, line or resource, and the words there"),
                *below("resource", "Reference", "the resource it was read from"),
                {"id": "Extension.url", "path": "Extension.url", "fixedUri": PLACE},
            ]
        },
    )


def _interval() -> Resource:
    """The extension by which a RiskAssessment gives the interval of its probability."""
    element = {"id": "Extension", "path": "Extension", "min": 0, "max": "1"}
    title = "Interval of a probability"
    url = {"id": "Extension.url", "path": "Extension.url", "fixedUri": INTERVAL}
    value = {"id": "Extension.value[x]", "path": "Extension.value[x]", "min": 1, "type": [{"code": "Range"}]}
    return _resource(
        "StructureDefinition",
        "probability-interval",
        INTERVAL,
        title,
        description="The middle 90 percent of the draws of all numbers of the model, in percent.",
        fhirVersion="4.0.1",
        kind="complex-type",
        abstract=False,
        context=[{"type": "element", "expression": "RiskAssessment.prediction"}],
        type="Extension",
        baseDefinition="http://hl7.org/fhir/StructureDefinition/Extension",
        derivation="constraint",
        differential={"element": [element, url, value]},
    )


# ---------------------------------------------------------------------------------------------- value sets


def _value_sets(knowledge: Knowledge) -> Iterator[Resource]:
    for name, title, target in _worded(knowledge):
        listed = [{"code": local_code(word), "display": _display(target, word)} for word in target.values]
        include = [{"system": ANSWERS, "concept": listed}]
        yield _resource(
            "ValueSet", name, f"{VALUE_SETS}{name}", title, description=target.meaning, compose={"include": include}
        )


def _results(knowledge: Knowledge) -> Resource:
    """Results of an examination: positive or negative; a test that was not done has no value at all."""
    coded = [(name, code) for name in RESULTS for code in knowledge.concepts[name].codes if code.system == "snomed"]
    listed = [{"code": code.code, "display": knowledge.concepts[name].label} for name, code in coded]
    return _resource(
        "ValueSet",
        "exam-result",
        f"{VALUE_SETS}exam-result",
        "Result of an examination",
        description="Positive or negative. A test that was not done carries a dataAbsentReason and is never negative.",
        compose={"include": [{"system": knowledge.systems["snomed"].uri, "concept": listed}]},
    )


# ------------------------------------------------------------------------------------------- the questionnaire


def _record(knowledge: Knowledge) -> Resource:
    """The injection record: one response for one injection of one side."""
    fields = knowledge.findings[INJECTIONS].fields
    return _resource(
        "Questionnaire",
        "injection-record",
        URL,
        "SI joint injection record",
        description="One response for each injection and side. Leave out what is not known. Relief in the first hours and relief over weeks are two answers.",
        subjectType=["Patient"],
        item=[_item(knowledge, name, field) for name, field in fields.items()],
    )


def _item(knowledge: Knowledge, name: str, field: Field) -> Resource:
    limits = [
        {"url": url, "valueDecimal": limit}
        for url, limit in ((LOWEST, field.minimum), (HIGHEST, field.maximum))
        if limit is not None
    ]
    if field.unit in UCUM:
        coding = {"system": knowledge.systems["ucum"].uri, "code": UCUM[field.unit], "display": field.unit}
        limits.append({"url": UNIT, "valueCoding": coding})
    item: Resource = {"extension": limits} if limits else {}
    text = field.meaning[0].upper() + field.meaning[1:]
    item |= {"linkId": name, "code": [{"system": knowledge.systems[LOCAL].uri, "code": field_code(name)}]}
    item |= {"text": f"{text} ({field.unit})" if field.unit else text}
    item |= {"type": "choice" if field.values else TYPES.get(field.type, "string"), "required": name in REQUIRED}
    if field.values:
        item["answerOption"] = [{"valueCoding": coded_word(field, word)} for word in field.values]
    return item


def main(folder: str) -> None:
    """Write the definitions into ``folder``."""
    from sacroiliac.knowledge import load

    for name, resource in definitions(load()).items():
        (Path(folder) / name).write_text(written(resource), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
