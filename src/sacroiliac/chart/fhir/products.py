"""Which drugs a product holds, and how strong it is.

Charts seldom carry the code of an ingredient. The drug is found by ingredient code, by the ingredients of a Medication
resource, or by its name as a whole word in the words of the product; a combination counts for each of its drugs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sacroiliac.chart.fhir.bundle import Item
from sacroiliac.chart.fhir.codes import tokens
from sacroiliac.chart.fhir.reading import Reading
from sacroiliac.chart.fhir.shapes import Object, number, part, parts, text

CONTRACEPTIVES = "oral_contraceptives"
_ORAL = frozenset({"oral", "tablet", "tablets", "pack", "pill", "pills"})
ROUTES = ("oral", "transdermal", "sublingual", "buccal", "topical", "ophthalmic", "nasal", "rectal", "vaginal", "intravenous", "subcutaneous", "intramuscular", "inhalation")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the chart names it.

    :param drugs: its ingredients among the drugs of the knowledge
    :param mg: strength of each ingredient in mg for one unit (a tablet), where the words say it
    :param mg_per_ml: the same for one millilitre
    :param mcg_per_hour: release of a patch
    """

    drugs: tuple[str, ...]
    label: str
    route: str = ""
    mg: dict[str, float] = field(default_factory=dict)
    mg_per_ml: dict[str, float] = field(default_factory=dict)
    mcg_per_hour: dict[str, float] = field(default_factory=dict)
    concept: Object | None = None


def product(item: Item, reading: Reading) -> Product:
    """The product of a medication resource, given as a code or as a reference to a Medication."""
    concept = part(item.content, "medicationCodeableConcept")
    if concept is not None:
        return of_concept(reading, concept)
    reference = part(item.content, "medicationReference")
    medication = reading.store.resolve(reference, item)
    if medication is not None:
        return of_medication(reading, medication)
    shown = text(reference, "display") if reference is not None else None
    return of_concept(reading, {"text": shown} if shown else {})


def of_concept(reading: Reading, concept: Object) -> Product:
    """The product that a CodeableConcept names. Charts renew the same product many times."""
    codings = parts(concept, "coding")
    same = (text(concept, "text"), *((text(one, "system"), text(one, "code"), text(one, "display")) for one in codings))
    found = reading.products.get(same)
    if found is None:
        found = reading.products[same] = _product(reading, concept, codings)
    return found


def _product(reading: Reading, concept: Object, codings: list[Object]) -> Product:
    meaning = reading.codes.meaning(concept)
    written = [one for one in (text(concept, "text"), *(text(one, "display") for one in codings)) if one]
    found = {hit.concept: None for hit in meaning.hits if reading.codes.kinds.get(hit.concept) == "medication"}
    for words in written:
        found.update(dict.fromkeys(reading.codes.drugs.find(words)))
    listed = set(tokens(" ".join(written)))
    if CONTRACEPTIVES in found and listed.isdisjoint(_ORAL):
        del found[CONTRACEPTIVES]  # the same hormones are given by implant, coil or patch
    route = next((one for one in ROUTES if one in listed), "")
    strengths = _strengths(reading, written) if found else ({}, {}, {})
    return Product(tuple(found), meaning.label, route, *strengths, concept=concept)


def of_medication(reading: Reading, medication: Item) -> Product:
    """The product that a Medication resource describes: by its code, and by its ingredients."""
    concept = part(medication.content, "code") or {}
    found = of_concept(reading, concept)
    drugs = dict.fromkeys(found.drugs)
    mg, mg_per_ml = dict(found.mg), dict(found.mg_per_ml)
    label = found.label
    for ingredient in parts(medication.content, "ingredient"):
        substance = part(ingredient, "itemCodeableConcept")
        if substance is None:
            target = reading.store.resolve(part(ingredient, "itemReference"), medication)
            substance = None if target is None else part(target.content, "code")
        inner = of_concept(reading, substance or {})
        label = label or inner.label
        drugs.update(dict.fromkeys(inner.drugs))
        if len(inner.drugs) == 1:
            _ratio(part(ingredient, "strength"), inner.drugs[0], mg, mg_per_ml)
    return Product(tuple(drugs), label, found.route, mg, mg_per_ml, dict(found.mcg_per_hour), concept)


def _ratio(strength: Object | None, drug: str, mg: dict[str, float], mg_per_ml: dict[str, float]) -> None:
    """The strength of an ingredient: so many mg in so many mL, or in one unit."""
    top = None if strength is None else part(strength, "numerator")
    amount = milligrams(top)
    if strength is None or amount is None:
        return
    bottom = part(strength, "denominator") or {}
    per = number(bottom, "value")
    if per is None or per <= 0:
        per = 1.0
    if _unit(bottom) == "ml":
        mg_per_ml[drug] = amount / per
    else:
        mg[drug] = amount / per


_MASS = {"mg": 1.0, "milligram": 1.0, "milligrams": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}


def _unit(quantity: Object) -> str:
    return (text(quantity, "code") or text(quantity, "unit") or "").lower()


def milligrams(quantity: Object | None) -> float | None:
    """A mass in mg; None when the quantity is no mass."""
    if quantity is None:
        return None
    factor, amount = _MASS.get(_unit(quantity)), number(quantity, "value")
    return None if factor is None or amount is None else factor * amount


# "Oxycodone Hydrochloride 10 MG", "Triamcinolone Acetonide 40 MG/ML", "Fentanyl 0.025 MG/HR", "25 MCG/HR"
_STRENGTH = re.compile(
    r"(\d+(?:\.\d+)?)\s*(mg|mcg|ug|g)\b(?:\s*/\s*(?:(\d+(?:\.\d+)?)\s*)?(ml|hr|h|hour)\b)?(?!\s*/)", re.I
)
_PARTS = re.compile(r"\s+/\s+|\s+-\s+")

Strengths = tuple[dict[str, float], dict[str, float], dict[str, float]]


def _strengths(reading: Reading, written: list[str]) -> Strengths:
    """The strengths in the words of a product; each part of "Acetaminophen 300 MG / Hydrocodone 5 MG" has its own."""
    mg: dict[str, float] = {}
    mg_per_ml: dict[str, float] = {}
    mcg_per_hour: dict[str, float] = {}
    for words in dict.fromkeys(written):
        for one in _PARTS.split(words):
            drugs, found = reading.codes.drugs.find(one), _STRENGTH.findall(one)
            if len(drugs) != 1 or len(found) != 1:
                continue
            amount, unit, per, base = found[0]
            value = float(amount) * _MASS[unit.lower()] / (float(per or 1) or 1)
            table = {"": mg, "ml": mg_per_ml}.get(base.lower(), mcg_per_hour)
            table.setdefault(drugs[0], value * 1000 if table is mcg_per_hour else value)
    return mg, mg_per_ml, mcg_per_hour
