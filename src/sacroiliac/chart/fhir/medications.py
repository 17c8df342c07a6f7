"""Drugs: what is taken and since when, what was given once, and what was only planned."""

from __future__ import annotations

from typing import Any

from sacroiliac.chart.facts import ONGOING, Fact, Span
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.doses import instruction, single_dose
from sacroiliac.chart.fhir.products import Product, product
from sacroiliac.chart.fhir.reading import ENTERED_IN_ERROR, Given, Reading
from sacroiliac.chart.fhir.shapes import Object, flag, number, part, parts, status_code, text
from sacroiliac.chart.fhir.times import NEVER, When, day, period, when

PLANNED_INTENTS = frozenset({"plan", "proposal", "option"})
STATES = {
    "draft": "planned, not taken",
    "intended": "planned, not taken",
    "cancelled": "cancelled",
    "stopped": "stopped",
    "on-hold": "on hold",
    "not-taken": "not taken",
    "not-done": "not given",
    "unknown": "it is not known whether it is taken",
}
TAKEN = frozenset({"active", "completed"})
GIVEN = frozenset({"completed", "in-progress"})


def request(item: Item, reading: Reading) -> bool:
    """One MedicationRequest."""
    found = product(item, reading)
    if not found.drugs:
        return _no_drug(item, reading, found)
    if flag(item.content, "doNotPerform"):
        return reading.skip(item, found.label, "an instruction not to give it")
    if status_code(item.content, "intent") in PLANNED_INTENTS:
        if status_code(item.content, "status") == "entered-in-error":
            return reading.skip(item, found.label, ENTERED_IN_ERROR)
        return reading.skip(item, found.label, "planned, not taken")
    started = day(item.content, "authoredOn")
    return _taken(item, reading, found, started, parts(item.content, "dosageInstruction"))


def statement(item: Item, reading: Reading) -> bool:
    """One MedicationStatement."""
    found = product(item, reading)
    if not found.drugs:
        return _no_drug(item, reading, found)
    started = when(item.content, "effective")
    return _taken(item, reading, found, started, parts(item.content, "dosage"))


def _taken(item: Item, reading: Reading, found: Product, started: When, dosage: list[Object]) -> bool:
    """A drug that is taken, or was taken until a known day."""
    if not reading.status(item, TAKEN, STATES, found.label):
        return False
    reading.dated(item, found.label, started)
    bounds = _bounds(dosage)
    first = started.days or bounds.days
    last = started.last or bounds.last or _supplied(item.content, first)
    active = status_code(item.content, "status") == "active"
    if last is None:
        # A finished prescription without an end shows that the drug was taken on its first day, and no more.
        last = ONGOING if active else first
    for drug in found.drugs:
        use = instruction(found, drug, dosage)
        shown = ", ".join([found.label, *(f"{name.replace('_', ' ')} {value}" for name, value in use.items())])
        reading.drugs.append(Fact(drug, use, item.origin(shown), None, first, last, label=tidy(found.label)))
    return True


def _no_drug(item: Item, reading: Reading, found: Product) -> bool:
    if found.concept is None or not found.label:
        return reading.skip(item, found.label, "it does not say which drug")
    return reading.unknown(found.concept)


def _bounds(dosage: list[Object]) -> When:
    """From when to when the instruction says to take it."""
    for one in dosage:
        timing = part(one, "timing")
        repeat = None if timing is None else part(timing, "repeat")
        bounds = None if repeat is None else part(repeat, "boundsPeriod")
        if bounds is not None:
            return period(bounds)
    return NEVER


_DAYS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7}


def _supplied(content: Object, first: Span | None) -> Span | None:
    """The day a finished prescription runs out, where it says for how many days it was dispensed."""
    dispense = part(content, "dispenseRequest")
    if dispense is None or first is None or status_code(content, "status") != "completed":
        return None
    supply = part(dispense, "expectedSupplyDuration")
    amount = None if supply is None else number(supply, "value")
    if supply is None or amount is None:
        return None
    unit = (text(supply, "code") or text(supply, "unit") or "").lower()
    times = 1 + (number(dispense, "numberOfRepeatsAllowed") or 0)
    days = amount * _DAYS.get(unit, 0) * times
    end = first[1] + int(min(max(days, 0), ONGOING[0] - first[1]))
    return (end, end) if days > 0 else None


# --------------------------------------------------------------------------------------------------- given once


def administration(item: Item, reading: Reading) -> bool:
    """One MedicationAdministration: part of an injection, or a drug given on one day."""
    found = product(item, reading)
    if not found.drugs:
        return _no_drug(item, reading, found)
    if not reading.status(item, GIVEN, STATES, found.label):
        return False
    moment = when(item.content, "effective")
    reading.dated(item, found.label, moment)
    dose = single_dose(found, part(item.content, "dosage"))
    reading.given.append(
        Given(
            item,
            found.drugs,
            moment,
            {"route": dose.route} if dose.route else {},
            dose.milligrams,
            dose.millilitres,
            dose.route,
            frozenset(reading.store.keys(item.content, "partOf", item)),
            found.label,
        )
    )
    return True


def given_alone(reading: Reading, one: Given) -> None:
    """A drug that was given on one day and belongs to no injection of the joint."""
    for drug in one.drugs:
        use: dict[str, Any] = dict(one.use)
        last = one.when.last or one.when.days
        reading.drugs.append(
            Fact(drug, use, one.item.origin(one.label), None, one.when.days, last, label=tidy(one.label))
        )


# ----------------------------------------------------------------------------------------------------- together


def together(reading: Reading) -> None:
    """The drugs of the chart: renewals of one prescription become one entry, so that no dose counts twice.

    A drug that has ended counts where the time is looked at; for a finding without a window ("takes an
    anticoagulant") it counts until its end.
    """
    groups: dict[tuple[Any, ...], list[Fact]] = {}
    for fact in reading.drugs:
        same = (fact.concept, fact.label, tuple(sorted(fact.value.items())), fact.until == ONGOING or fact.origin.place)
        groups.setdefault(same, []).append(fact)
    for group in groups.values():
        newest = max(group, key=lambda one: (one.when or (0, 0), one.origin.place))
        started = [one.when for one in group if one.when is not None]
        first = min(started) if started else None
        reading.facts.append(
            Fact(
                newest.concept, newest.value, newest.origin, None, first, newest.until, label=newest.label, passing=True
            )
        )
