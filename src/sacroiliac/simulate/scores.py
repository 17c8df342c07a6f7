"""Scores of pain, disability and quality of life, in the forms in which charts have them."""

from __future__ import annotations

from sacroiliac.simulate import forms
from sacroiliac.simulate.chart import Chart
from sacroiliac.simulate.course import PER_POINT, Scored
from sacroiliac.simulate.forms import DAY, NUMBER, VALUE, Resource, concept


def write(chart: Chart, scored: Scored, side: str) -> None:
    """The scores of one day."""
    pain(chart, scored.pain, scored.day, side)
    if scored.disability is not None:
        made = chart.forms.get("odi", lambda: _plain(chart, "odi_score", {"unit": "%"}))
        chart.observe(made, scored.day, b"%d" % scored.disability)
    if scored.utility is not None:
        made = chart.forms.get("eq5d", lambda: _plain(chart, "eq5d_index", {}))
        chart.observe(made, scored.day, b"%.2f" % scored.utility)


def _plain(chart: Chart, name: str, unit: Resource) -> Resource:
    value = {"valueQuantity": {"value": NUMBER, **unit}}
    return forms.observation(concept(chart.forms.coding(name)), "survey", value)


def pain(chart: Chart, score: int, day: int, side: str, time: str = "", procedure: str | None = None) -> None:
    """A pain score of the joint: a number, words, or millimetres of a line.

    :param time: of the day, for scores that only their time tells apart
    :param procedure: the reference to what it is part of
    """
    kind = "words" if chart.happens("score_as_string") else "line" if chart.happens("score_as_vas") else "number"
    where = None if chart.happens("unsided") else side
    linked = procedure is not None

    def make() -> Resource:
        value: Resource = {"valueQuantity": {"value": NUMBER, "unit": "mm" if kind == "line" else "{score}"}}
        if kind == "words":
            value = {"valueString": f"{VALUE}/{PER_POINT}"}
        more = {"partOf": [{"reference": VALUE}]} if linked else {}
        code = concept(chart.forms.coding("pain_vas" if kind == "line" else "pain_nrs"))
        stamp = f"{DAY}T{time}Z" if time else DAY
        return forms.observation(code, "survey", {**value, **more}, chart.forms.joint[where], stamp)

    made = chart.forms.get(("pain", kind, where, time, linked), make)
    amount = b"%d" % (score * PER_POINT if kind == "line" else score)
    chart.observe(made, day, amount, *([procedure.encode()] if procedure is not None else []))
