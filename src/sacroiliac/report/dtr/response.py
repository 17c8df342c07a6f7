"""The QuestionnaireResponse: the form filled in from the chart, each answer with its origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sacroiliac.chart.facts import Origin
from sacroiliac.chart.fhir.definitions import PLACE
from sacroiliac.report.dtr.answers import Answer, Answers
from sacroiliac.report.dtr.form import Form
from sacroiliac.report.dtr.questions import Asked, Listing, Question

Resource = dict[str, Any]
ORIGIN = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/information-origin"
Referrer = Callable[[Origin], str | None]


def items(form: Form, answers: Answers, named: Callable[[Origin], str], referred: Referrer) -> list[Resource]:
    """The items of the response: every question, those that the chart does not answer without an answer.

    :param named: how a place in the chart is called
    :param referred: the reference to the resource at a place, where there is one
    """
    writer = _Writer(answers, named, referred)
    return [
        {"linkId": one.item.id, "text": text(form, one.item.id), "item": list(writer.below(one.asked))}
        for one in form.sections
        if one.asked
    ]


def text(form: Form, link: str) -> str:
    """What the group of an item is about."""
    return next(one.item.text for one in form.sections if one.item.id == link)


def each(form: Form, answers: Answers) -> Iterator[tuple[Question | Listing, Answer | None]]:
    """Every question with its answer, those of each entry of a list too."""
    for one in form.asked:
        if isinstance(one, Question):
            yield one, answers.of(one)
            continue
        listed = answers.listed(one)
        yield one, listed.complete
        for found in listed.entries:
            yield from ((question, found.get(name)) for name, question in one.fields.items())


class _Writer:
    def __init__(self, answers: Answers, named: Callable[[Origin], str], referred: Referrer) -> None:
        self._answers, self._named, self._referred = answers, named, referred

    def below(self, listed: tuple[Asked, ...]) -> Iterator[Resource]:
        for one in listed:
            yield self._list(one) if isinstance(one, Listing) else self._item(one, self._answers.of(one))

    def _list(self, one: Listing) -> Resource:
        listed = self._answers.listed(one)
        complete = {"linkId": f"{one.link}.complete"}
        if listed.complete is not None:
            complete["answer"] = [self._answer(listed.complete)]  # type: ignore[assignment]
        entries = [
            {
                "linkId": f"{one.link}.entry",
                "item": [self._item(question, found.get(name)) for name, question in one.fields.items()],
            }
            for found in listed.entries
        ]
        return {"linkId": one.link, "text": one.finding.label, "item": [complete, *entries]}

    def _item(self, one: Question, answer: Answer | None) -> Resource:
        item: Resource = {"linkId": one.link, "text": one.text}
        return item if answer is None else {**item, "answer": [self._answer(answer)]}

    def _answer(self, answer: Answer) -> Resource:
        """An answer with its origin: filled in by a program, and from where."""
        origin = {"url": ORIGIN, "extension": [{"url": "source", "valueCode": "auto"}]}
        places = [self._place(one, answer.note) for one in answer.places]
        if not places:
            places = [
                {"url": PLACE, "extension": [{"url": "place", "valueString": answer.note or "the request itself"}]}
            ]
        return {"extension": [origin, *places], **answer.value}

    def _place(self, origin: Origin, note: str) -> Resource:
        shown = self._named(origin) + (f" ({note})" if note else "")
        found = self._referred(origin)
        resource = [{"url": "resource", "valueReference": {"reference": found}}] if found else []
        return {"url": PLACE, "extension": [{"url": "place", "valueString": shown}, *resource]}
