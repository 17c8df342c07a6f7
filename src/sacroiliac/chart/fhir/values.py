"""From the value of an observation, an answer or a dose to the value of a finding.

A value that cannot be used raises :class:`RejectedError` with the reason for the list of what was not used. Unit factors
are conversions between units of one quantity; limits and scales come from the knowledge or from the resource.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from sacroiliac.chart.dates import span
from sacroiliac.chart.fhir.bundle import tidy
from sacroiliac.chart.fhir.codes import Codes, Meaning, tokens
from sacroiliac.chart.fhir.shapes import Object, UnreadableError, flag, number, part, parts, text
from sacroiliac.knowledge.model import Field, Finding

Target = Finding | Field


class RejectedError(Exception):
    """A value that is there and cannot be used, and why."""


class NotDoneError(RejectedError):
    """The resource says that there is no value."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as the chart gives it: exactly one of number, yes/no, coded meaning or words (or nothing)."""

    number: float | None = None
    unit: str = ""
    comparator: str = ""
    top: float | None = None
    """The end of the scale, where the value names it ("7/10")."""
    yes: bool | None = None
    meaning: Meaning | None = None
    answers: tuple[str, ...] = ()
    """Codes and words of a coded answer."""
    words: str = ""
    shown: str = ""


NO_VALUE = Value()
_KINDS = (
    "Quantity", "CodeableConcept", "Coding", "String", "Boolean", "Integer", "Decimal", "DateTime", "Date",
    "Range", "Ratio", "SampledData", "Time", "Period", "Reference", "Attachment", "Uri",
)  # fmt: skip
_KEYS = tuple(f"value{kind}" for kind in _KINDS)


def given(codes: Codes, content: Object) -> Value:
    """The value[x] of an Observation, a component or an answer.

    :raises UnreadableError: when it has a wrong shape
    :raises NotDoneError: when the resource says why there is none
    :raises RejectedError: when there are several
    """
    found = [key for key in _KEYS if content.get(key) is not None]
    if len(found) > 1:
        raise RejectedError("it has two values")
    if not found:
        absent = part(content, "dataAbsentReason")
        if absent is not None:
            reason = codes.meaning(absent).label or "no reason given"
            raise NotDoneError(f"no value: {tidy(reason, 60)}")
        return NO_VALUE
    return _read(codes, content, found[0])


def _read(codes: Codes, content: Object, key: str) -> Value:
    match key:
        case "valueQuantity":
            quantity = part(content, key)
            assert quantity is not None
            return quantity_value(quantity)
        case "valueInteger" | "valueDecimal":
            amount = number(content, key)
            return Value(number=amount, shown=f"{amount:g}")
        case "valueBoolean":
            yes = flag(content, key)
            return Value(yes=yes, shown="yes" if yes else "no")
        case "valueString":
            return from_words(text(content, key) or "")
        case "valueCodeableConcept" | "valueCoding":
            coded = part(content, key)
            assert coded is not None
            return coded_value(codes, coded, key == "valueCoding")
        case "valueDateTime" | "valueDate":
            words = text(content, key) or ""
            return Value(words=words, shown=words)
    raise RejectedError(f"a {key.removeprefix('value')} is not read")


def quantity_value(quantity: Object) -> Value:
    """A Quantity; the UCUM code of its unit goes before the unit in words."""
    amount = number(quantity, "value")
    if amount is None:
        return NO_VALUE
    code, unit = text(quantity, "code"), text(quantity, "unit")
    shown = f"{text(quantity, 'comparator') or ''}{amount:g} {unit or code or ''}".strip()
    return Value(number=amount, unit=code or unit or "", comparator=text(quantity, "comparator") or "", shown=shown)


def coded_value(codes: Codes, coded: Object, coding: bool) -> Value:
    """A CodeableConcept or Coding."""
    meaning = codes.of_coding(coded) if coding else codes.meaning(coded)
    listed = [coded] if coding else parts(coded, "coding")
    written = [text(one, key) for one in listed for key in ("code", "display")]
    written.append(None if coding else text(coded, "text"))
    answers = tuple(one for one in written if one)
    return Value(meaning=meaning, answers=answers, words=meaning.label, shown=meaning.label)


# "12", "7/10", "7 of 10", "30 %", "<5 mg/L": a number, the end of its scale, a unit.
_WRITTEN = re.compile(
    r"^([<>]=?)?\s*(-?\d{1,12}(?:[.,]\d{1,12})?)\s*(?:(?:/|of|out of)\s*(\d{1,6})(?![\d.]))?\s*((?!\s|-|to\b)[^\d].{0,30})?$"
)


def from_words(words: str) -> Value:
    """A text, with the number it consists of, if it does."""
    shown = tidy(words)
    match = _WRITTEN.match(shown)
    if match is None:
        return Value(words=shown, shown=shown)
    comparator, amount, top, unit = match.groups()
    return Value(
        number=float(amount.replace(",", ".")),
        unit=(unit or "").strip(),
        comparator=comparator or "",
        top=float(top) if top else None,
        words=shown,
        shown=shown,
    )


# ------------------------------------------------------------------------------------------------ conversion


def convert(codes: Codes, target: Target, value: Value, interpretation: str = "") -> Any:
    """The value in the type of the finding or field.

    :raises RejectedError: when it cannot be
    """
    match target.type:
        case "bool":
            return yes_or_no(value, interpretation)
        case "number":
            return amount(target, value)
        case "date":
            return _date(value)
        case "set":
            return {"present": [word(target, value)], "absent": []}
    return word(target, value) if target.values else _free(value)


def _date(value: Value) -> tuple[int, int]:
    try:
        return span(value.words)
    except ValueError as error:
        raise RejectedError(tidy(str(error))) from None


def _free(value: Value) -> str:
    if not value.shown:
        raise RejectedError("it has no value")
    return tidy(value.shown)


def word(target: Target, value: Value) -> str:
    """The one of the target's words that the value means: by code, or by exactly this word."""
    concepts = value.meaning.concepts if value.meaning is not None else ()
    sides = (one.removeprefix(SIDE) for one in concepts if one.startswith(SIDE))
    for answer in (*value.answers, value.words, *sides):
        name = "_".join(tokens(_without_tag(answer)))
        name = SYNONYMS.get(name, name)
        if name in target.values:
            return name
    raise RejectedError(f"'{value.shown}' is none of {', '.join(target.values)}" if value.shown else "it has no value")


SIDE = "laterality_"
"""How the concepts of left, right and both begin."""
# SNOMED CT says in brackets what kind of thing a name means: "Yes (qualifier value)".
_TAG = re.compile(r"\s*\((?:qualifier value|finding|disorder|situation)\)$")


def _without_tag(words: str) -> str:
    return _TAG.sub("", words)


SYNONYMS = {
    "extra_articular": "periarticular",
    "extraarticular": "periarticular",
    "intraarticular": "intra_articular",
    "intra_articular_spread": "intra_articular",
    "mixed": "partial",
    "fluoroscopic": "fluoroscopy",
    "x_ray": "fluoroscopy",
    "computed_tomography": "ct",
    "anaesthetic": "anesthetic",
    "none_given": "none",
}

POSITIVE, NEGATIVE = frozenset({"positive", "present"}), frozenset({"negative", "absent"})
OPEN = frozenset({"indeterminate", "unknown"})
_YES = frozenset({"positive", "pos", "present", "detected", "reactive", "abnormal"})
_NO = frozenset({"negative", "neg", "absent", "undetected", "nonreactive", "normal"})
_DOUBT = frozenset({"not", "non", "no", "without", "equivocal", "indeterminate", "borderline", "possible", "possibly", "probable", "unclear", "unknown", "unable", "deferred", "if", "or"})  # fmt: skip
_ALONE = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False, "not detected": False, "not present": False, "non reactive": False, "none": False}  # fmt: skip
FLAGS = {"POS": True, "A": True, "AA": True, "NEG": False, "N": False, "DET": True, "ND": False, "RR": True, "NR": False}  # fmt: skip


def yes_or_no(value: Value, interpretation: str) -> bool:
    """Positive or negative, from the value and from the interpretation; both must agree."""
    said = _said(value)
    flagged = FLAGS.get(interpretation)
    if said is not None and flagged is not None and said != flagged:
        raise RejectedError(f"the value '{value.shown}' and the interpretation '{interpretation}' disagree")
    found = flagged if said is None else said
    if found is None:
        raise RejectedError(f"'{value.shown}' is neither positive nor negative" if value.shown else "it has no value")
    if said is None and value.shown and value.number is None:
        raise RejectedError(f"'{value.shown}' is neither positive nor negative")
    return found


def _said(value: Value) -> bool | None:
    if value.yes is not None:
        return value.yes
    if value.meaning is not None:
        found = set(value.meaning.concepts)
        if found & OPEN:
            return None
        if found & (POSITIVE | NEGATIVE):
            return None if found & POSITIVE and found & NEGATIVE else bool(found & POSITIVE)
    return said_in(value.words)


def said_in(words: str) -> bool | None:
    """Whether words say positive or negative; None when they say neither, both, or with a doubt."""
    words = _without_tag(words)
    listed = tokens(words)
    whole = " ".join(listed)
    if whole in _ALONE:
        return _ALONE[whole]
    for negated in ("not detected", "not present"):
        if negated in whole:
            listed = tokens(whole.replace(negated, "negative"))
    if "?" in words or not _DOUBT.isdisjoint(listed):
        return None
    yes, no = not _YES.isdisjoint(listed), not _NO.isdisjoint(listed)
    return yes if yes != no else None


# ---------------------------------------------------------------------------------------------------- numbers

_COUNT = dict.fromkeys(
    ("", "1", "{score}", "{#}", "{count}", "score", "points", "point", "{points}", "tests", "{tests}"), 1.0
)
_TIME_H = {"h": 1.0, "hr": 1.0, "hrs": 1.0, "hour": 1.0, "hours": 1.0, "min": 1 / 60, "minutes": 1 / 60, "d": 24.0, "day": 24.0, "days": 24.0, "wk": 168.0, "week": 168.0, "weeks": 168.0}  # fmt: skip
_TIME_WK = {"wk": 1.0, "week": 1.0, "weeks": 1.0, "d": 1 / 7, "day": 1 / 7, "days": 1 / 7, "mo": 13 / 3, "month": 13 / 3, "months": 13 / 3}  # fmt: skip
_TIME_MO = {"mo": 1.0, "month": 1.0, "months": 1.0, "a": 12.0, "year": 12.0, "years": 12.0, "wk": 3 / 13, "week": 3 / 13, "weeks": 3 / 13}  # fmt: skip
# A gram of creatinine is 1/113.12 mol: 1 mg/dL is 88.4 umol/L.
_MG_DL = {"mg/dl": 1.0, "umol/l": 113.12e-4, "\N{MICRO SIGN}mol/l": 113.12e-4, "\N{GREEK SMALL LETTER MU}mol/l": 113.12e-4, "mmol/l": 11.312, "mg/l": 0.1}  # fmt: skip
_EGFR = dict.fromkeys(("", "ml/min/{1.73_m2}", "ml/min/1.73m2", "ml/min/1.73m*2", "ml/min/1.73", "ml/min", "ml/min/1.73_m2", "ml/min/1.73m^2", "ml/min/1.73sqm"), 1.0)  # fmt: skip
# "lb" in everyday and UCUM spelling; 0.45359237 kg by definition.
_KG = {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237, "lb": 0.45359237, "lbs": 0.45359237, "pounds": 0.45359237}

UNITS: dict[str, dict[str, float]] = {
    "percent": {"": 1.0, "%": 1.0, "percent": 1.0, "{percent}": 1.0, "pct": 1.0},
    "hours": _TIME_H,
    "weeks": _TIME_WK,
    "months": _TIME_MO,
    "years": {"a": 1.0, "year": 1.0, "years": 1.0, "yr": 1.0, "yrs": 1.0, "mo": 1 / 12},
    "days": {"d": 1.0, "day": 1.0, "days": 1.0, "wk": 7.0},
    "mg": {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001},
    "mL": {"ml": 1.0, "cc": 1.0, "cm3": 1.0, "l": 1000.0},
    "kg": _KG,
    "kg/m2": {"": 1.0, "kg/m2": 1.0, "kg/m^2": 1.0, "kg/m\N{SUPERSCRIPT TWO}": 1.0},
    "mg/dL": _MG_DL,
    "mg/L": {"mg/l": 1.0, "mg/dl": 10.0, "ug/ml": 1.0},
    "mm/h": {"mm/h": 1.0, "mm/hr": 1.0, "mm/(1.h)": 1.0, "mm/hour": 1.0},
    "ng/mL": {"ng/ml": 1.0, "ug/l": 1.0},
    "mL/min": {"ml/min": 1.0},
    "mL/min/1.73m2": _EGFR,
    "degrees": {"": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "\N{DEGREE SIGN}": 1.0},
    "mg/day": {"mg/d": 1.0, "mg/day": 1.0, "g/d": 1000.0},
}
"""For each unit of the vocabulary the units charts use, with the factor into it. Where "" is listed, only one unit is in use and it may be left out."""  # fmt: skip


def amount(target: Target, value: Value) -> float:
    """A number in the unit of the target and within its limits."""
    if value.number is None:
        raise RejectedError(f"'{value.shown}' is not a number" if value.shown else "it has no value")
    if value.comparator:
        raise RejectedError(f"{value.shown} is only a bound")
    if value.top is not None:
        raise RejectedError(f"{value.shown} is on another scale")
    return within(target, value.number * factor(target.unit, value), value)


def factor(unit: str | None, value: Value) -> float:
    """What turns the value's unit into ``unit``."""
    known = UNITS.get(unit or "", _COUNT)
    found = known.get(_unit(value.unit))
    if found is None and known is _COUNT and _unit(value.unit).strip("{}") == (unit or ""):
        found = 1.0  # UCUM writes what is counted in braces: {visits}
    if found is None:
        why = f"the unit '{tidy(value.unit, 30)}' is not {unit}" if value.unit else f"it has no unit ({unit} needed)"
        raise RejectedError(why)
    return found


def _unit(written: str) -> str:
    return written.lower().replace(" ", "")


def within(target: Target, found: float, value: Value) -> float:
    """A number checked against the limits of the target."""
    low = target.minimum if target.minimum is not None else -math.inf
    high = target.maximum if target.maximum is not None else math.inf
    if not math.isfinite(found) or not low <= found <= high:
        # Some units say the scale themselves: 0-10, of 5.
        unit = "" if target.unit is None or target.unit.endswith(f"{high:g}") else f" {target.unit}"
        limits = f"outside {low:g} to {high:g}" if math.isfinite(high) else f"below {low:g}"
        raise RejectedError(f"{value.shown} is {limits}{unit}")
    return found


# ----------------------------------------------------------------------------------- flags and reference ranges


def interpretation(content: Object) -> str:
    """The code of the interpretation, such as POS, NEG, H or N; empty when there is none or several disagree.

    :raises UnreadableError: when it has a wrong shape
    """
    found = {code.upper() for one in _interpretations(content) for code in _flag_codes(one)}
    return found.pop() if len(found) == 1 else ""


def _interpretations(content: Object) -> list[Object]:
    if type(content.get("interpretation")) is dict:
        raise UnreadableError("'interpretation' should be a list, not an object")
    return parts(content, "interpretation")


def _flag_codes(concept: Object) -> list[str]:
    listed = [text(one, "code") for one in parts(concept, "coding")] or [text(concept, "text")]
    return [one for one in listed if one]


_HIGH = {"H": True, "HH": True, "HU": True, "HX": True, "A": True, "AA": True, "N": False, "L": False, "LL": False}
# "0.0-4.9 mg/L", "<5", "up to 20": the upper end of a written range.
_RANGE = re.compile(
    r"^(?:\d+(?:\.\d+)?\s*-|<=?|\N{LESS-THAN OR EQUAL TO}|up to)\s*(\d+(?:\.\d+)?)\s*[a-zA-Z/%()1.]{0,12}$"
)


def raised(content: Object, value: Value) -> bool | None:
    """Whether a value is above the laboratory's own limit; None when the laboratory gives neither flag nor range."""
    flagged = _HIGH.get(interpretation(content))
    if flagged is not None:
        return flagged
    limits = {_upper(one, value) for one in parts(content, "referenceRange")} - {None}
    if value.number is None or len(limits) != 1:
        return None
    (limit,) = limits
    assert limit is not None
    if value.comparator.startswith("<"):
        return False if value.number <= limit else None
    if value.comparator.startswith(">"):
        return True if value.number >= limit else None
    return value.number > limit


def _upper(content: Object, value: Value) -> float | None:
    high = part(content, "high")
    if high is not None:
        unit = text(high, "code") or text(high, "unit") or ""
        return number(high, "value") if not unit or _unit(unit) == _unit(value.unit) else None
    match = _RANGE.match(text(content, "text") or "")
    return float(match[1]) if match else None
