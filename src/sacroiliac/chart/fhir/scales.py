"""Scores whose code does not say everything about their scale.

A score whose scale is not known is rejected: an 18 of the disability index may be 18 or 36 percent.
"""

from __future__ import annotations

from collections.abc import Callable

from sacroiliac.chart.fhir.shapes import Object, number, part, parts, text
from sacroiliac.chart.fhir.values import RejectedError, Target, Value, within
from sacroiliac.knowledge.model import Finding

VISUAL_ANALOGUE = "pain_vas"
SCALE_NOT_STATED = "pain_severity_scale_not_stated"
DISABILITY = "odi_score"

_PLAIN_UNITS = frozenset({"", "1", "{score}", "score", "{nrs}", "points", "{points}"})
_MM_PER_CM = 10


def pain(concept: str, target: Target, value: Value, content: Object) -> float:
    """A pain score on the scale of the target (0 to its maximum).

    :raises RejectedError: when the scale is another one, or not known
    """
    amount = _amount(value)
    assert target.maximum is not None
    unit, top = _unit_and_top(value)
    if concept == VISUAL_ANALOGUE:
        return within(target, amount * _analogue(target.maximum, amount, unit, top, content, value), value)
    if unit not in _PLAIN_UNITS or top not in (None, target.maximum):
        raise RejectedError(f"{value.shown} is not on the scale from 0 to {target.maximum:g}")
    if concept == SCALE_NOT_STATED and top is None and _range_top(content) != target.maximum:
        raise RejectedError("its scale is not stated")
    return within(target, amount, value)


def _analogue(maximum: float, amount: float, unit: str, top: float | None, content: Object, value: Value) -> float:
    """The factor of a visual analogue score: it is marked on a line of ``maximum`` centimetres, read in cm or in mm."""
    top = top or _range_top(content)
    if unit == "cm" or top == maximum:
        return 1.0
    if unit == "mm" or top == maximum * _MM_PER_CM:
        return 1 / _MM_PER_CM
    if unit in _PLAIN_UNITS and top is None:
        if amount > maximum:
            return 1 / _MM_PER_CM
        raise RejectedError(f"it is not stated whether {value.shown} is in centimetres or millimetres")
    raise RejectedError(f"the scale of {value.shown} is not known")


def disability(_: str, target: Target, value: Value, content: Object) -> float:
    """A score of the disability index in percent.

    The score is published as a percentage with bands on the raw scale, which ends at half of it: without a percent sign
    or the end of the scale nobody knows which one is meant.

    :raises RejectedError: when the scale is not stated
    """
    amount = _amount(value)
    assert target.maximum is not None
    unit, top = _unit_and_top(value)
    if unit in ("%", "percent", "{percent}"):
        return within(target, amount, value)
    top = top or _range_top(content)
    if unit not in _PLAIN_UNITS or top not in (target.maximum, target.maximum / 2):
        raise RejectedError(f"{value.shown} may be a percentage or a sum of points; the chart does not say which")
    return within(target, amount * target.maximum / top, value)


def _amount(value: Value) -> float:
    if value.number is None:
        raise RejectedError(f"'{value.shown}' is not a number" if value.shown else "it has no value")
    if value.comparator:
        raise RejectedError(f"{value.shown} is only a bound")
    return value.number


def _unit_and_top(value: Value) -> tuple[str, float | None]:
    """The unit, and the end of the scale where value or unit ("/10", "{0-10}") name it."""
    unit = value.unit.lower().replace(" ", "")
    for ending in ("/", "{0-", "of"):
        rest = unit.removeprefix(ending).removesuffix("}")
        if unit.startswith(ending) and rest.isascii() and rest.isdigit() and len(rest) <= 3:
            return "", float(rest)
    return unit, value.top


def _range_top(content: Object) -> float | None:
    """The end of the scale, where the reference range is a scale that begins at 0."""
    for one in parts(content, "referenceRange"):
        low, high = part(one, "low"), part(one, "high")
        if high is not None and low is not None and number(low, "value") == 0:
            return number(high, "value")
        written = (text(one, "text") or "").replace(" ", "")
        if written.startswith("0-") and written[2:].isascii() and written[2:].isdigit() and len(written) <= 5:
            return float(written[2:])
    return None


Scale = Callable[[str, Target, Value, Object], float]


def scale(concept: str, finding: Finding) -> Scale | None:
    """The reader of a concept whose scale has to be looked at."""
    if finding.id == "pain_nrs":
        return pain
    return disability if finding.id == "function_score" and concept == DISABILITY else None
