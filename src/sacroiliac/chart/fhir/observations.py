"""Observations: examination, scores, laboratory values, habits, and what an injection did.

An observation is read by the concept of its code. Most feed a finding with their own value; the few that need more
(a scale, a reference range, the place of the pain, the injection they belong to) have a function of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sacroiliac.chart.facts import Fact, Origin, Side
from sacroiliac.chart.fhir import scales, values
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.codes import RESPONSE, Feed, Hit, Meaning, test_name, tokens
from sacroiliac.chart.fhir.reading import Picture, Reading, Response
from sacroiliac.chart.fhir.shapes import Object, part, parts
from sacroiliac.chart.fhir.sides import joint_named, side
from sacroiliac.chart.fhir.times import NEVER, When, day, when
from sacroiliac.chart.fhir.values import NotDoneError, RejectedError, Value

USED = frozenset({"final", "amended", "corrected", "preliminary", "unknown"})
OTHERWISE = {"cancelled": "cancelled", "registered": "it has no result yet"}
ABOUT_THE_OBSERVATION = frozenset({"body_site_obs", "laterality_obs"})
SMOKING = frozenset({"tobacco_current", "tobacco_former", "tobacco_never"})
OTHER_PLACES = frozenset({"knee", "shoulder", "neck", "head", "headache", "hip", "ankle", "foot", "wrist", "hand", "elbow", "chest", "abdomen", "abdominal", "jaw", "leg", "arm"})  # fmt: skip


@dataclass(slots=True)
class Part:
    """An observation, or one component of it."""

    item: Item
    content: Object
    meaning: Meaning
    value: Value
    when: When
    where: str

    @property
    def words(self) -> str:
        """Its code and value in words."""
        return f"{self.meaning.label}: {self.value.shown}" if self.value.shown else self.meaning.label

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        return self.item.origin(self.words, self.where)


def read(item: Item, reading: Reading) -> bool:
    """One Observation with its components. True when something in it was understood."""
    meaning = _meaning(reading, item.content)
    if item.content.get("status") is not None and not reading.status(item, USED, OTHERWISE, meaning.label):
        return False
    moment = when(item.content, "effective")
    if moment == NEVER:
        moment = day(item.content, "issued")  # when the result was given out: at most days later
    reading.dated(item, meaning.label, moment)
    _note_links(item, reading, meaning.label)
    components = parts(item.content, "component")
    holder = bool(components) or item.content.get("hasMember") is not None
    understood = _part(item, reading, item.content, meaning, moment, "", holder)
    for number, component in enumerate(components, 1):
        where = f"component {number}"
        found = _meaning(reading, component)
        understood |= _part(item, reading, component, found, moment, where, False)
    return understood


def _note_links(item: Item, reading: Reading, label: str) -> None:
    """Keep which observations a panel holds, and what it is part of."""
    members = reading.store.keys(item.content, "hasMember", item)
    missing = len(parts(item.content, "hasMember")) - len(members)
    if missing:
        reading.skip(item, label, f"{missing} of its members not in the chart")
    if members:
        above = frozenset(reading.store.keys(item.content, "partOf", item))
        for member in members:
            reading.panels.setdefault(member, []).append((item.key, above))


def _meaning(reading: Reading, content: Object) -> Meaning:
    """What the code means; a test without a known code is known by its name."""
    code = part(content, "code")
    meaning = reading.codes.meaning(code)
    if meaning.hits or not meaning.label:
        return meaning
    finding = _named_test(reading, meaning.label)
    return meaning if finding is None else Meaning((Hit(finding),), meaning.sides, meaning.label)


def _named_test(reading: Reading, label: str) -> str | None:
    """The finding of a test that is only named. The same names come again and again in one chart."""
    if label not in reading.named_tests:
        name = " ".join(one for one in tokens(label) if one not in _SIDE_WORDS)
        reading.named_tests[label] = reading.codes.tests.get(test_name(name))
    return reading.named_tests[label]


_SIDE_WORDS = frozenset({"left", "right", "lt", "rt", "bilateral", "side"})


def _part(
    item: Item, reading: Reading, content: Object, meaning: Meaning, moment: When, where: str, holder: bool
) -> bool:
    """One observation or component.

    :param holder: it has components or members, so that it needs no value of its own
    """
    if not meaning.hits:
        if meaning.left_out:
            return reading.skip(item, meaning.label, meaning.left_out, where)
        return reading.unknown(part(content, "code"))
    if RESPONSE in meaning.concepts or not ABOUT_THE_OBSERVATION.isdisjoint(meaning.concepts):
        return True
    try:
        value = values.given(reading.codes, content)
        found = Part(item, content, meaning, value, moment, where)
        empty = value is values.NO_VALUE and not values.interpretation(content)
        if empty and holder:
            return True
        if empty and not _done_by_being_there(reading, meaning):
            raise RejectedError("it has no value")
        for hit in meaning.hits:
            _statement(reading, found, hit)
    except NotDoneError as reason:
        reading.skip(item, meaning.label, f"not done: {reason}", where)
    except RejectedError as reason:
        reading.skip(item, meaning.label, str(reason), where)
    return True


def _done_by_being_there(reading: Reading, meaning: Meaning) -> bool:
    """Whether the code is that of an imaging: a result on file shows that it was done, whatever it says."""
    return all(reading.codes.kinds.get(hit.concept) == "procedure" for hit in meaning.hits)


def _statement(reading: Reading, found: Part, hit: Hit) -> None:
    """What one concept of an observation says.

    :raises RejectedError: when its value cannot be used
    """
    name = reading.codes.field_of.get(hit.concept)
    if name is not None:
        _field(reading, found, hit, name)
        return
    special = SPECIAL.get(hit.concept)
    if special is not None:
        special(reading, found, hit)
        return
    # An operation that is a finding too (lumbar fusion) may be answered with no.
    answered = hit.concept in reading.codes.knowledge.findings and found.value is not values.NO_VALUE
    if reading.codes.kinds.get(hit.concept) == "procedure" and not answered:
        imaging(reading, found.item, found.meaning, hit, found.when)
        return
    feeds = reading.codes.feeds.get(hit.concept, ())
    if not feeds:
        reading.unfed(found.item, found.meaning, found.where)
        return
    _own_value(reading, found, hit, feeds[0])


def _own_value(reading: Reading, found: Part, hit: Hit, feed: Feed) -> None:
    """An observation that feeds a finding with its own value, or (a coded diagnosis) with yes or no."""
    flagged = values.interpretation(found.content)
    value: Any
    if feed.value is not None:
        value = values.yes_or_no(found.value, flagged)
    else:
        scale = scales.scale(hit.concept, feed.finding)
        if scale is not None:
            value = scale(hit.concept, feed.finding, found.value, found.content)
        else:
            value = values.convert(reading.codes, feed.finding, found.value, flagged)
    if feed.finding.id == "pain_nrs":
        _pain(reading, found, hit, value)
        return
    where = side(reading, found.item, found.meaning, found.content) if feed.finding.side == "sided" else None
    _fact(reading, found, hit.concept, value, where)


def _fact(reading: Reading, found: Part, concept: str, value: object, where: Side | None = None) -> None:
    reading.facts.append(Fact(concept, value, found.origin, where, found.when.days, label=tidy(found.meaning.label)))


# -------------------------------------------------------------------------------------- injections and pain


def _field(reading: Reading, found: Part, hit: Hit, name: str) -> None:
    """A field of the injection record; which injection it belongs to is seen when everything has been read."""
    field = reading.codes.fields[name]
    value: object
    if name in ("pre_pain", "post_pain"):
        value = scales.pain(_pain_concept(found.meaning), field, found.value, found.content)
    else:
        value = values.convert(reading.codes, field, found.value, values.interpretation(found.content))
    _respond(reading, found, hit.concept, name, value)


def _pain_concept(meaning: Meaning) -> str:
    """The scale of a score before or after an injection: that of its other coding, else the numeric rating."""
    named = [one for one in meaning.concepts if one in (scales.VISUAL_ANALOGUE, scales.SCALE_NOT_STATED)]
    return named[0] if named else "pain_nrs"


def _pain(reading: Reading, found: Part, hit: Hit, value: float) -> None:
    """A pain score. It is decided later whether it is the pain of the joint, or belongs to an injection."""
    if any(one in reading.codes.field_of for one in found.meaning.concepts):
        return  # its other coding says before or after an injection
    _respond(reading, found, hit.concept, None, value)


def _respond(reading: Reading, found: Part, concept: str, name: str | None, value: object) -> None:
    item = found.item
    named = joint_named(reading, item, found.content) or (concept == "pain_nrs" and _by_local_code(reading, found))
    of_other = bool(item.content.get("bodySite")) or not OTHER_PLACES.isdisjoint(tokens(found.meaning.label))
    reading.responses.append(
        Response(
            item,
            found.origin,
            concept,
            found.meaning.label,
            name,
            value,
            found.when,
            side(reading, item, found.meaning, found.content),
            frozenset(reading.store.keys(item.content, "partOf", item)),
            scale=next((one for one in found.meaning.concepts if _is_pain(reading, one)), None),
            about_joint=named,
            elsewhere=of_other and not named,
        )
    )


def _is_pain(reading: Reading, concept: str) -> bool:
    return any(feed.finding.id == "pain_nrs" for feed in reading.codes.feeds.get(concept, ()))


def _by_local_code(reading: Reading, found: Part) -> bool:
    """Whether the project's own code is used, which means the pain of the sacroiliac region."""
    code = part(found.content, "code")
    local = reading.codes.knowledge.systems["local"].uri
    return code is not None and any(one.get("system") == local for one in parts(code, "coding"))


# ------------------------------------------------------------------------------------------------- the others


def _smoking(reading: Reading, found: Part, _: Hit) -> None:
    """Smoking status: the coded answer, or its words."""
    meaning = found.value.meaning
    concepts = [one for one in (meaning.concepts if meaning else ()) if one in SMOKING]
    concept = concepts[0] if len(concepts) == 1 else _smoking_words(found.value.shown)
    if concept is None:
        raise RejectedError(f"'{found.value.shown}' says neither current, former nor never")
    _fact(reading, found, concept, True)


def _smoking_words(words: str) -> str | None:
    listed = set(tokens(words))
    if "never" in listed:
        return "tobacco_never"
    if listed & {"former", "ex", "quit"}:
        return "tobacco_former"
    known = listed & {"current", "daily", "smokes"} or {"every", "day"} <= listed or {"some", "day"} <= listed
    return "tobacco_current" if known and not listed & {"not", "no", "non", "unknown"} else None


def _pregnancy(reading: Reading, found: Part, _: Hit) -> None:
    """Pregnancy status: the coded answer, or exactly these words."""
    meaning = found.value.meaning
    if meaning is not None and "pregnancy" in meaning.concepts:
        value: bool | None = True
    else:
        words = " ".join(tokens(found.value.shown))
        value = {"pregnant": True, "not pregnant": False, "pregnant finding": True}.get(words)
        value = found.value.yes if value is None else value
    if value is None:
        raise RejectedError(f"'{found.value.shown}' says neither pregnant nor not pregnant")
    _fact(reading, found, "pregnancy" if value else "pregnant", value)


def _inflammation(reading: Reading, found: Part, hit: Hit) -> None:
    """CRP and ESR: the figure, and whether the laboratory calls it raised."""
    raised = values.raised(found.content, found.value)
    if raised is not None:
        origin = found.item.origin(f"{found.words} ({'raised' if raised else 'not raised'})", found.where)
        reading.raised.append(
            Fact("crp_or_esr_raised", raised, origin, None, found.when.days, label=tidy(found.meaning.label))
        )
    try:
        _own_value(reading, found, hit, reading.codes.feeds[hit.concept][0])
    except RejectedError as reason:
        if raised is None:
            raise
        reading.skip(found.item, found.meaning.label, f"only the flag is used: {reason}", found.where)
    else:
        if raised is None:
            why = "the number is kept, but without a flag or reference range it does not say whether it is raised"
            reading.skip(found.item, found.words, why, found.where)


def _faces(reading: Reading, found: Part, _: Hit) -> None:
    raise RejectedError("a faces scale is not a numeric pain score")


SPECIAL: dict[str, Callable[[Reading, Part, Hit], None]] = {
    "smoking_status": _smoking,
    "pregnancy_status": _pregnancy,
    "crp": _inflammation,
    "esr": _inflammation,
    "pain_faces": _faces,
}


# ----------------------------------------------------------------------------------------------------- imaging

GUIDANCE = {"RF": "fluoroscopy", "XR": "fluoroscopy", "CT": "ct", "US": "ultrasound", "Fluoroscopic": "fluoroscopy"}
INJECTION_IMAGES = frozenset({"sij_injection_guidance_imaging", "sij_arthrography"})
OF_JOINT = {"mri_pelvis": "mri_sij", "ct_pelvis": "ct_sij"}


def imaging(reading: Reading, item: Item, meaning: Meaning, hit: Hit, moment: When) -> None:
    """Imaging that was done: a fact of its concept, or pictures of an injection."""
    if hit.concept in INJECTION_IMAGES:
        reading.pictures.append(
            Picture(
                item,
                side(reading, item, meaning),
                moment,
                GUIDANCE.get(hit.display.split(" ")[0]),
                hit.concept == "sij_arthrography",
                frozenset(reading.store.keys(item.content, "partOf", item)),
                meaning.label,
            )
        )
        return
    concept = hit.concept
    if concept in OF_JOINT and joint_named(reading, item):
        concept = OF_JOINT[concept]  # images of the joint are billed with the numbers of the pelvis
    if concept in reading.codes.feeds:
        reading.facts.append(
            Fact(concept, True, item.origin(meaning.label), None, moment.days, label=tidy(meaning.label))
        )
    else:
        reading.unfed(item, meaning)
