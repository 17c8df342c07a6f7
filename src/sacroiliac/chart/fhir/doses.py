"""How much of a drug, how often and by which route."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sacroiliac.chart.fhir.codes import tokens
from sacroiliac.chart.fhir.products import ROUTES, Product, milligrams
from sacroiliac.chart.fhir.shapes import Object, number, part, parts, text

_UNITS_OF_FORM = frozenset({"", "1", "tablet", "tablets", "tab", "tabs", "{tbl}", "{tablet}", "{tab}", "capsule", "capsules", "cap", "{capsule}", "{cap}", "patch", "{patch}", "{dose}"})  # fmt: skip
_MILLILITRES = {"ml": 1.0, "cc": 1.0, "l": 1000.0}
_PER_DAY = {"s": 86400.0, "min": 1440.0, "h": 24.0, "d": 1.0, "wk": 1 / 7}
# Abbreviations of HL7's timing codes: how often a day.
_CODES = {"QD": 1.0, "AM": 1.0, "PM": 1.0, "BED": 1.0, "BID": 2.0, "TID": 3.0, "QID": 4.0, "QOD": 0.5, "Q4H": 6.0, "Q6H": 4.0, "Q8H": 3.0, "Q12H": 2.0}  # fmt: skip


def instruction(product: Product, drug: str, dosage: list[Object]) -> dict[str, Any]:
    """Dose of a drug in mg, times a day, release in micrograms an hour and route: what is known of them.

    With several instructions (a dose that is raised step by step) dose and frequency stay unknown.
    """
    found: dict[str, Any] = {}
    if len(dosage) == 1:
        amount = _milligrams(product, drug, _dose_quantity(dosage[0]))
        times = _times(dosage[0])
        found |= {"dose_mg": amount} if amount is not None else {}
        found |= {"per_day": times} if times is not None else {}
    if drug in product.mcg_per_hour:
        found["mcg_per_hour"] = product.mcg_per_hour[drug]
    route = next((known for one in dosage if (known := route_of(part(one, "route")))), "") or product.route
    return found | ({"route": route} if route else {})


def _dose_quantity(dosage: Object) -> Object | None:
    rates = parts(dosage, "doseAndRate")
    return part(rates[0], "doseQuantity") if len(rates) == 1 else None


def _milligrams(product: Product, drug: str, quantity: Object | None) -> float | None:
    """A dose in mg: stated as a mass (where the product is one drug), or as tablets or millilitres of known strength."""
    if quantity is None:
        return None
    mass = milligrams(quantity)
    if mass is not None:
        return _plain(mass) if len(product.drugs) == 1 else None
    amount, unit = number(quantity, "value"), (text(quantity, "code") or text(quantity, "unit") or "").lower()
    if amount is None:
        return None
    if unit in _MILLILITRES and drug in product.mg_per_ml:
        return _plain(amount * _MILLILITRES[unit] * product.mg_per_ml[drug])
    if unit in _UNITS_OF_FORM and drug in product.mg:
        return _plain(amount * product.mg[drug])
    return None


def _plain(amount: float) -> float:
    return round(amount, 6)


def _times(dosage: Object) -> float | None:
    """How often a day; None when it is not stated, or within limits only."""
    timing = part(dosage, "timing")
    if timing is None:
        return None
    repeat = part(timing, "repeat") or {}
    frequency, period = number(repeat, "frequency"), number(repeat, "period")
    unit = text(repeat, "periodUnit")
    if frequency is None and period is not None:
        frequency = 1.0
    if frequency is not None and period and unit in _PER_DAY and not _open(repeat):
        return _plain(frequency * _PER_DAY[unit] / period) if period > 0 else None
    return _coded_times(part(timing, "code"))


def _open(repeat: Object) -> bool:
    return repeat.get("frequencyMax") is not None or repeat.get("periodMax") is not None


def _coded_times(code: Object | None) -> float | None:
    if code is None:
        return None
    names = [text(one, "code") for one in parts(code, "coding")] + [text(code, "text")]
    found = {_CODES[name.upper()] for name in names if name and name.upper() in _CODES}
    return found.pop() if len(found) == 1 else None


def route_of(route: Object | None) -> str:
    """The route in one word, where it is one of the usual ones; otherwise its words."""
    if route is None:
        return ""
    shown = [text(route, "text"), *(text(one, "display") for one in parts(route, "coding"))]
    words = " ".join(one for one in shown if one)
    listed = tokens(words)
    return next((one for one in ROUTES if one in listed), " ".join(listed))


@dataclass(frozen=True, slots=True)
class Dose:
    """What was given once: mg of each drug, mL in all, and the route."""

    milligrams: dict[str, float] = field(default_factory=dict)
    millilitres: float | None = None
    route: str = ""


def single_dose(product: Product, dosage: Object | None) -> Dose:
    """The dosage of an administration."""
    if dosage is None:
        return Dose(route=product.route)
    quantity = part(dosage, "dose")
    found = {drug: amount for drug in product.drugs if (amount := _milligrams(product, drug, quantity)) is not None}
    volume = None
    if quantity is not None:
        unit = (text(quantity, "code") or text(quantity, "unit") or "").lower()
        amount = number(quantity, "value")
        volume = amount * _MILLILITRES[unit] if amount is not None and unit in _MILLILITRES else None
    return Dose(found, volume, route_of(part(dosage, "route")) or product.route)
