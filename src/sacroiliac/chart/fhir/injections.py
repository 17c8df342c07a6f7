"""Put together what the chart says about each injection: the procedure, its drugs, its images and the answer to it.

A statement belongs to an injection when the chart links it (``partOf``, ``hasMember`` of a panel, ``report``,
``usedReference``). What is not linked, but fits only one injection by day and side, is used too, and the injection is
marked as inferred. What fits none, or several, is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from sacroiliac.chart.facts import Fact, Origin, Side, Span
from sacroiliac.chart.fhir.bundle import tidy
from sacroiliac.chart.fhir.codes import INJECTIONS
from sacroiliac.chart.fhir.medications import given_alone
from sacroiliac.chart.fhir.reading import Act, Given, Picture, Reading, Record, Response
from sacroiliac.chart.fhir.times import When, before

ANAESTHETICS = frozenset({"lidocaine", "bupivacaine", "ropivacaine"})
OTHER_ANAESTHETICS = frozenset({"mepivacaine"})
STEROIDS = frozenset({"triamcinolone", "methylprednisolone", "betamethasone", "dexamethasone", "prednisolone"})
CONTRAST = frozenset({"iohexol", "iodinated_contrast", "contrast_media", "gadolinium"})
SKIN = frozenset({"subcutaneous", "intradermal", "topical", "oral"})
"""Routes by which a drug given during the procedure does not reach the joint."""
# Which of several values counts, where an injection has more than one.
BEST: dict[str, Callable[[Iterable[float]], float]] = {
    "post_pain": min,  # the least pain in the hours after
    "relief_percent": max,  # the best relief in the hours after
    "relief_hours": max,
}
NEWEST = frozenset({"sustained_percent", "sustained_weeks", "function_gain_percent", "pre_pain"})
INFERRED = "inferred"


@dataclass(slots=True)
class Injection:
    """One injection while it is put together."""

    label: str
    origin: Origin
    when: Span | None
    side: Side | None
    target: str
    moment: When
    keys: set[str]
    links: set[str] = field(default_factory=set)
    values: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Origin] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    responses: list[tuple[Response, bool]] = field(default_factory=list)
    inferred: bool = False

    def set(self, name: str, value: Any, origin: Origin, inferred: bool = False) -> None:
        """A field and where it was read."""
        self.values[name] = value
        self.parts[name] = replace(origin, words=tidy(f"{origin.words} ({INFERRED})")) if inferred else origin
        self.inferred |= inferred


def together(reading: Reading) -> None:
    """The injections of the chart, and the pain scores and drugs that belong to none."""
    found = _acts(reading)
    for picture in sorted(reading.pictures, key=lambda one: one.item.place):
        _picture(reading, found, picture)
    for given in sorted(reading.given, key=lambda one: one.item.place):
        _given(reading, found, given)
    for response in sorted(reading.responses, key=lambda one: (one.origin.place, one.origin.words)):
        _response(reading, found, response)
    for one in found:
        _drugs(reading, one)
        _answers(reading, one)
    for record in sorted(reading.records, key=lambda one: one.item.place):
        _record(reading, found, record)
    for one in found:
        reading.facts.append(
            Fact(
                INJECTIONS,
                dict(sorted(one.values.items())),
                one.origin,
                one.side,
                one.when,
                None,
                dict(sorted(one.parts.items())),
                tidy(one.label),
                one.inferred,
            )
        )


# --------------------------------------------------------------------------------------------------- the acts


def _acts(reading: Reading) -> list[Injection]:
    """One injection for each procedure; the same side, target and day billed twice is one injection."""
    found: dict[object, Injection] = {}
    for act in sorted(reading.acts, key=lambda one: (one.inferred and one.side is None, one.item.place)):
        known = (act.side or act.inferred) and act.when.days
        same: object = (act.target, act.side, act.when.days) if known else act.item.key
        other = found.get(same) or (_billed_twice(found.values(), act) if act.inferred else None)
        if other is not None:
            _merge(reading, other, act)
        else:
            found[same] = _new(act)
    return list(found.values())


def _billed_twice(found: Iterable[Injection], act: Act) -> Injection | None:
    """The injection that a claim or words without a side name again: clinic and clinician bill the same act."""
    same = (one for one in found if one.when is not None and (one.target, one.when) == (act.target, act.when.days))
    return None if act.side is not None else next(same, None)


def _new(act: Act) -> Injection:
    origin = act.item.origin(act.label)
    keys, links = {act.item.key}, set(act.links)
    one = Injection(
        act.label, origin, act.when.days, act.side, act.target, act.when, keys, links, inferred=act.inferred
    )
    one.set("target", act.target, origin)
    if act.when.days is not None:
        one.set("date", act.when.days, origin)
    if act.side is not None:
        one.set("side", act.side, origin)
    _technique(one, act, origin)
    return one


def _technique(one: Injection, act: Act, origin: Origin) -> None:
    """What the procedure itself says of guidance and drugs."""
    if act.guidance is not None and "guidance" not in one.values:
        one.set("guidance", act.guidance, origin)
    for drugs in act.used:
        _note_drugs(one, drugs, origin)


def _merge(reading: Reading, one: Injection, act: Act) -> None:
    one.keys.add(act.item.key)
    one.links |= act.links
    _technique(one, act, act.item.origin(act.label))
    if one.moment.start is None:
        one.moment = act.when
    reading.skip(act.item, act.label, f"taken as the same injection as {one.origin.place}: same day, side and target")


# ----------------------------------------------------------------------------------------------- which injection


def _linked(reading: Reading, found: Sequence[Injection], key: str, part_of: frozenset[str]) -> Injection | None:
    """The injection that a resource is linked to: from either end, or through the panels it is a member of."""
    reached, waiting = {key}, [key]
    targets = set(part_of)
    while waiting:
        for panel, above in reading.panels.get(waiting.pop(), ()):
            if panel not in reached:
                reached.add(panel)
                waiting.append(panel)
                targets |= above
    for one in found:
        if one.keys & targets or one.links & reached:
            return one
    return None


def _fitting(found: Sequence[Injection], side: Side | None, day: Span | None) -> list[Injection]:
    """The injections of a day that a side does not rule out."""
    if day is None:
        return []
    return [one for one in found if one.when == day and (side is None or one.side in (None, side, "bilateral"))]


# ----------------------------------------------------------------------------------------------------- images


def _picture(reading: Reading, found: Sequence[Injection], picture: Picture) -> None:
    one = _linked(reading, found, picture.item.key, picture.part_of)
    fitting = [one] if one is not None else _fitting(found, picture.side, picture.when.days)
    joints = [one for one in fitting if one.target == "joint"]
    if len(joints) != 1:
        reading.skip(picture.item, picture.label, "it belongs to no injection, or to several, of that day")
        return
    origin = picture.item.origin(picture.label)
    known = joints[0].values.get("guidance")
    if known is not None and picture.guidance not in (None, known):
        reading.skip(picture.item, picture.label, f"the chart says {known} elsewhere")
    elif picture.guidance is not None:
        joints[0].set("guidance", picture.guidance, origin, one is None)
    if picture.arthrogram:
        joints[0].set("contrast", True, origin, one is None)


# ------------------------------------------------------------------------------------------------------ drugs


def _given(reading: Reading, found: Sequence[Injection], given: Given) -> None:
    one = _linked(reading, found, given.item.key, given.part_of)
    if one is None:
        given_alone(reading, given)
    else:
        one.given.append(given)


def _drugs(reading: Reading, one: Injection) -> None:
    """The fields that the drugs given during an injection fill."""
    inside = [given for given in one.given if given.route not in SKIN]
    for given in one.given:
        if given in inside:
            _without_field(reading, given)
        else:
            reading.skip(given.item, given.label, f"given {given.route} during the injection, not into the joint")
    for given in inside:
        shown = ", ".join([given.label, *(f"{amount:g} mg" for amount in given.milligrams.values())])
        _note_drugs(one, given.drugs, given.item.origin(shown), given.milligrams)
    _one_anaesthetic(reading, one)
    _volume(one, [given for given in inside if set(given.drugs) & (ANAESTHETICS | OTHER_ANAESTHETICS | STEROIDS)])


def _without_field(reading: Reading, given: Given) -> None:
    """A drug of an injection that its record has no field for (a sedative: how deep the sedation was, it does not say)."""
    if not set(given.drugs) & (ANAESTHETICS | OTHER_ANAESTHETICS | STEROIDS | CONTRAST):
        reading.skip(given.item, given.label, "given during the injection; the record has no field for it")


def _note_drugs(one: Injection, drugs: Iterable[str], origin: Origin, mg: dict[str, float] | None = None) -> None:
    for drug in drugs:
        if drug in ANAESTHETICS or drug in OTHER_ANAESTHETICS:
            name = drug if drug in ANAESTHETICS else "other"
            known = one.values.get("anesthetic")
            one.set("anesthetic", name if known in (None, name) else "several", origin)
        elif drug in STEROIDS:
            one.set("steroid", True, origin)
            one.set("steroid_drug", drug, origin)
            if mg and drug in mg:
                one.set("steroid_mg", mg[drug], origin)
        elif drug in CONTRAST:
            one.set("contrast", True, origin)


def _one_anaesthetic(reading: Reading, one: Injection) -> None:
    """Two anaesthetics last for different times: which one went into the joint has to be known."""
    if one.values.get("anesthetic") == "several":
        del one.values["anesthetic"]
        origin = one.parts.pop("anesthetic")
        reading.coverage.skip(
            f"anaesthetic of {one.label}", "several were given; which one reached the joint is not clear", origin
        )


def _volume(one: Injection, injected: Sequence[Given]) -> None:
    """The volume of anaesthetic and steroid together, where each of them has one."""
    volumes = [given.millilitres for given in injected]
    if volumes and None not in volumes:
        total = round(sum(volume for volume in volumes if volume is not None), 3)
        places = ", ".join(given.item.place for given in injected[1:])
        shown = f"{total:g} mL in all" + (f", with {places}" if places else "")
        one.set("volume_ml", total, injected[0].item.origin(shown))


# ------------------------------------------------------------------------------------------------- the response


def _response(reading: Reading, found: Sequence[Injection], response: Response) -> None:
    one = _linked(reading, found, response.item.key, response.part_of)
    if one is not None:
        one.responses.append((response, False))
        return
    if response.field is None:
        _loose_score(reading, found, response)
        return
    one = _latest(found, response)
    if one is None:
        why = "it is linked to no injection of the joint, and fits none or several by day and side"
        reading.coverage.skip(response.origin.words or response.label, why, response.origin)
        return
    one.responses.append((response, True))


def _latest(found: Sequence[Injection], response: Response) -> Injection | None:
    """The only injection that an unlinked statement can mean: the last one of its side up to its day."""
    day = response.when.days
    dated = [
        one
        for one in found
        if one.when is not None and day is not None and one.when[0] <= day[1]
        and (response.side is None or one.side in (None, response.side, "bilateral"))
    ]  # fmt: skip
    if not dated:
        return None
    last = max(one.when for one in dated if one.when is not None)
    newest = [one for one in dated if one.when == last]
    return newest[0] if len(newest) == 1 else None


def _loose_score(reading: Reading, found: Sequence[Injection], response: Response) -> None:
    """A pain score that no injection is linked to: a finding when it names the joint, and perhaps before or after."""
    used = False
    fitting = [] if response.elsewhere else _fitting(found, response.side, response.when.days)
    if len(fitting) == 1 and _phase(fitting[0], response) is not None:
        fitting[0].responses.append((response, True))
        used = True
    if response.about_joint:
        reading.facts.append(
            Fact(
                response.concept, response.value, response.origin, None, response.when.days, label=tidy(response.label)
            )
        )
    elif not used:
        why = "it does not say that it is the pain of the sacroiliac joint"
        reading.coverage.skip(tidy(response.label), why, response.origin)


def _phase(one: Injection, response: Response) -> str | None:
    """Whether a pain score is from before or after the injection, on the same day; None when the times do not tell."""
    if response.when.days is None or response.when.days != one.when:
        return None
    start, end = one.moment.start, one.moment.end or one.moment.start
    if before(response.when.start, start):
        return "pre_pain"
    return "post_pain" if before(end, response.when.start) else None


def _answers(reading: Reading, one: Injection) -> None:
    """The fields that observations give. A linked statement goes before one that is only inferred."""
    named: dict[str, list[tuple[Response, bool]]] = {}
    for response, inferred in one.responses:
        name = response.field or _phase(one, response)
        if name == "post_pain" and _days_later(one, response):
            why = "it is from days after the injection, not from the hours after it"
            reading.coverage.skip(tidy(response.label), why, response.origin)
        elif name is None:
            why = "whether it is from before or after the injection, or of the hours after it, does not show"
            reading.coverage.skip(tidy(response.label), why, response.origin)
        else:
            named.setdefault(name, []).append((response, inferred))
    for name, listed in named.items():
        linked = [entry for entry in listed if not entry[1]]
        _field(reading, one, name, linked or listed)
    _same_scale(one, named)


def _days_later(one: Injection, response: Response) -> bool:
    """Whether a score was taken later than the day after: whatever its code says, no anaesthetic acts so long."""
    day = response.when.days
    return one.when is not None and day is not None and day[0] > one.when[1] + 1


def _field(reading: Reading, one: Injection, name: str, listed: Sequence[tuple[Response, bool]]) -> None:
    values = {_plain(response.value) for response, _ in listed}
    if len(values) > 1 and name not in BEST and name not in NEWEST:
        shown = ", ".join(response.origin.words for response, _ in listed)
        why = f"the chart gives different values ({tidy(shown)})"
        reading.coverage.skip(f"{name.replace('_', ' ')} of {one.label}", why, listed[0][0].origin)
        return
    if name in BEST:
        best = BEST[name](response.value for response, _ in listed)
        response, inferred = next(entry for entry in listed if entry[0].value == best)
    else:
        response, inferred = max(listed, key=lambda entry: _order(entry[0]))
    one.set(name, response.value, response.origin, inferred)


def _order(response: Response) -> tuple[Any, ...]:
    """Later statements after earlier ones."""
    start = response.when.start
    return (response.when.days or (0, 0), start.isoformat() if start else "", response.origin.place)


def _plain(value: Any) -> object:
    return str(value) if isinstance(value, dict | list) else value


def _same_scale(one: Injection, named: dict[str, list[tuple[Response, bool]]]) -> None:
    """Pain before and after carries the code of one scale."""
    if "same_scale" in one.values or not {"pre_pain", "post_pain"} <= one.values.keys():
        return
    scales = {response.scale for name in ("pre_pain", "post_pain") for response, _ in named.get(name, ())}
    if len(scales) == 1 and None not in scales:
        one.set("same_scale", True, one.parts["post_pain"])


# ------------------------------------------------------------------------------------- the injection record


def _record(reading: Reading, found: list[Injection], record: Record) -> None:
    """An injection record: added to the injection it belongs to, or an injection of its own."""
    one = _linked(reading, found, record.item.key, record.part_of) or _described(found, record)
    if one is None:
        found.append(_alone(record))
        return
    for name, value in record.values.items():
        known = one.values.get(name)
        if known is None:
            one.set(name, value, record.parts[name])
        elif known != value:
            why = f"the chart says {_shown(known)} elsewhere ({one.parts[name].place})"
            reading.coverage.skip(record.parts[name].words, why, record.parts[name])
    one.when = one.when or record.values.get("date")
    one.side = one.side or record.values.get("side")


def _described(found: Sequence[Injection], record: Record) -> Injection | None:
    """The injection of the same day, side and target."""
    values = record.values
    same = [
        one
        for one in found
        if one.when is not None and one.when == values.get("date")
        and one.side in (None, values.get("side")) and one.target == values.get("target", "joint")
    ]  # fmt: skip
    return same[0] if len(same) == 1 else None


def _alone(record: Record) -> Injection:
    values = record.values
    label = "injection record"
    return Injection(
        label,
        record.item.origin(label),
        values.get("date"),
        values.get("side"),
        values.get("target", "joint"),
        When(values.get("date")),
        {record.item.key},
        values=dict(values),
        parts=dict(record.parts),
    )


def _shown(value: Any) -> str:
    return str(value).replace("_", " ")
