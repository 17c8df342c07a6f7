"""Questionnaire responses: the project's injection record, and scores with a known code in any other questionnaire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.chart.fhir import scales, values
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.codes import Codes, Hit, Meaning
from sacroiliac.chart.fhir.reading import Reading, Record
from sacroiliac.chart.fhir.shapes import Object, extension, number, part, parts, text
from sacroiliac.chart.fhir.times import When, day
from sacroiliac.chart.fhir.values import RejectedError, Value

URL = "urn:sacroiliac:Questionnaire:injection-record"
ITEM_WEIGHT = (
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
)
USED = frozenset({"completed", "amended"})
OTHERWISE = {"in-progress": "not completed", "stopped": "broken off"}
DEEPEST = 10


def read(item: Item, reading: Reading) -> bool:
    """One QuestionnaireResponse. True when something in it was understood."""
    name = text(item.content, "questionnaire") or ""
    label = "injection record" if name.split("|")[0] == URL else f"questionnaire {name}".strip()
    if not reading.status(item, USED, OTHERWISE, label):
        return False
    if name.split("|")[0] == URL:
        return _injection(item, reading)
    moment = day(item.content, "authored")
    reading.dated(item, label, moment)
    found = list(_scores(item, reading))
    for meaning, hit, value, top in found:
        _score(item, reading, meaning, hit, value, moment, top)
    return bool(found) or reading.skip(item, label, "no question with a known code")


def _items(content: Object, depth: int = 0) -> Iterator[Object]:
    """Every item of a response, with those below items and answers."""
    for one in parts(content, "item"):
        yield one
        if depth < DEEPEST:
            yield from _items(one, depth + 1)
            for answer in parts(one, "answer"):
                yield from _items(answer, depth + 1)


# ------------------------------------------------------------------------------------- the injection record


def _injection(item: Item, reading: Reading) -> bool:
    """The record of one injection of one side: each item's linkId is a field."""
    fields = reading.codes.fields
    record: dict[str, Any] = {}
    places: dict[str, Origin] = {}
    for one in _items(item.content):
        link = text(one, "linkId") or ""
        answers = parts(one, "answer")
        if not answers:
            continue
        if link not in fields:
            reading.skip(item, text(one, "text") or link, "not a question of the injection record", link)
            continue
        try:
            if len(answers) > 1:
                raise RejectedError("it has several answers")
            value = values.given(reading.codes, answers[0])
            if value.number is not None and not (value.unit or value.words):
                # The question names the unit (questionnaire-unit); its decimal answers have none of their own.
                value = replace(value, unit=fields[link].unit or "")
            record[link] = values.convert(reading.codes, fields[link], value)
            places[link] = item.origin(f"{link}: {value.shown}", link)
        except RejectedError as reason:
            reading.skip(item, link.replace("_", " "), str(reason), link)
    if not record:
        return reading.skip(item, "injection record", "it has no answers")
    reading.records.append(Record(item, record, places, frozenset(reading.store.keys(item.content, "partOf", item))))
    return True


# --------------------------------------------------------------------------------------------- other scores


def _scores(item: Item, reading: Reading) -> Iterator[tuple[Meaning, Hit, Value, Object]]:
    """Answers whose question has the code of a known score.

    Two patterns are in use: the question's linkId is the LOINC code, or the answer is a coding of the score with its
    number as item weight.
    """
    loinc = reading.codes.knowledge.systems["loinc"].uri
    for one in _items(item.content):
        for answer in parts(one, "answer"):
            coding = part(answer, "valueCoding")
            weight = None if coding is None else (extension(coding, *ITEM_WEIGHT) or extension(answer, *ITEM_WEIGHT))
            if coding is not None and weight is not None:
                meaning, value = reading.codes.of_coding(coding), _weight(item, weight)
            else:
                code = (text(one, "linkId") or "").strip("/").rsplit("/", 1)[-1]
                meaning = reading.codes.of_coding({"system": loinc, "code": code, "display": text(one, "text")})
                value = _answer(reading.codes, answer)
            if value is None:
                continue
            for hit in meaning.hits:
                if reading.codes.kinds.get(hit.concept) == "observation":
                    yield meaning, hit, value, one


def _weight(item: Item, weight: Object) -> Value | None:
    """The number of a scored answer.

    The percentage of a disability index and the sum of its items are told apart by the items: a score above their sum
    can only be the percentage.
    """
    amount = number(weight, "valueDecimal")
    if amount is None:
        return None
    total = sum(found for one in _items(item.content) if (found := _points(one)) is not None)
    unit = "%" if 0 < total < amount else ""
    return Value(number=amount, unit=unit, shown=f"{amount:g}{unit}")


def _points(one: Object) -> float | None:
    """The points of an item that was answered with a number."""
    answers = parts(one, "answer")
    if len(answers) != 1:
        return None
    found = number(answers[0], "valueDecimal")
    return number(answers[0], "valueInteger") if found is None else found


def _answer(codes: Codes, answer: Object) -> Value | None:
    try:
        value = values.given(codes, answer)
    except RejectedError:
        return None
    return value if value.number is not None else None


def _score(item: Item, reading: Reading, meaning: Meaning, hit: Hit, value: Value, moment: When, one: Object) -> None:
    """One score of a questionnaire, read like an Observation of its code."""
    label = meaning.label or reading.codes.label(hit.concept)
    where = text(one, "linkId") or ""
    feeds = reading.codes.feeds.get(hit.concept, ())
    if not feeds:
        reading.unfed(item, Meaning(meaning.hits, (), label), where)
        return
    finding = feeds[0].finding
    if finding.id == "pain_nrs" or finding.side == "sided" or feeds[0].value is not None:
        reading.skip(item, f"{label}: {value.shown}", "a questionnaire does not say where the pain is", where)
        return
    try:
        scale = scales.scale(hit.concept, finding)
        found = scale(hit.concept, finding, value, {}) if scale else values.convert(reading.codes, finding, value)
    except RejectedError as reason:
        reading.skip(item, label, str(reason), where)
        return
    origin = item.origin(f"{label}: {value.shown}", where)
    reading.facts.append(Fact(hit.concept, found, origin, None, moment.days, label=tidy(label)))
