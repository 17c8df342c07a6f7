"""Which side something is on, and which part of the body.

Looked for in the code itself, in the laterality of the body site (as a coding or as the mCODE extension), in the body
structure the resource points to, in the modifiers of a claim, and in the words of code and body site. Places that
disagree make the side unknown: it has to be asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from sacroiliac.chart.facts import Side
from sacroiliac.chart.fhir.bundle import Item
from sacroiliac.chart.fhir.codes import Meaning, tokens
from sacroiliac.chart.fhir.reading import Reading, Whole
from sacroiliac.chart.fhir.shapes import Object, extension, part, parts, text

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"
STRUCTURES = (
    "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure",
    "http://hl7.org/fhir/StructureDefinition/bodySite",
)
LATERALITY: dict[str, Side] = {
    "laterality_left": "left",
    "laterality_right": "right",
    "laterality_bilateral": "bilateral",
}
JOINT = "sacroiliac_joint"
LUMBAR = ("lumbar_spine", "lumbosacral_spine")
NEAR_JOINT = frozenset({JOINT, "pelvis", "sacrum", "buttock", "lower_back", "hip_joint", "hip_region", *LUMBAR})
_LEFT, _RIGHT = frozenset({"left", "lt"}), frozenset({"right", "rt"})
_BOTH = frozenset({"bilateral", "bilaterally", "both", "bilat"})
_JOINT_WORDS = frozenset({"sacroiliac", "sij"})


def side(reading: Reading, item: Item, meaning: Meaning, content: Object | None = None) -> Side | None:
    """The side of a resource, or of one component of it; None when it is not stated, or not clear.

    :param content: the component, when it is not the resource itself
    """
    stated = list(_stated(reading, item, meaning, content or item.content))
    named = {one for _, one in stated}
    if len(named) > 1:
        listed = ", ".join(dict.fromkeys(f"{one} ({where})" for where, one in stated))
        reading.skip(item, meaning.label, f"the side is not clear: {listed}")
        return None
    return stated[0][1] if stated else None


def _stated(reading: Reading, item: Item, meaning: Meaning, content: Object) -> Iterable[tuple[str, Side]]:
    whole = _whole(reading, item)
    yield from (("code", one) for one in meaning.sides)
    yield from whole.stated
    yield from claimed(reading, item, meaning)
    yield from (("words", said) for one in _words(content.get("code")) if (said := in_text(one)) is not None)
    yield from whole.worded


def _whole(reading: Reading, item: Item) -> Whole:
    """What a resource as a whole says. Its components ask one after the other, so the last answer is kept."""
    if reading.whole is None or reading.whole.item is not item:
        reading.whole = Whole(item, tuple(_coded(reading, item)), tuple(_worded(item)), JOINT in places(reading, item))
    return reading.whole


def _coded(reading: Reading, item: Item) -> Iterable[tuple[str, Side]]:
    """The sides in the codes of body sites, body structures and components."""
    places = sites(item.content)
    coded = [one for place in places for one in _coded_sides(reading, place)]
    # A list of two places, one of each side, means both.
    if len(places) > 1 and {"left", "right"} == set(coded):
        coded = ["bilateral"]
    yield from (("body site", one) for one in coded)
    for structure in _structures(reading, item):
        yield "body structure", structure
    for number in parts(item.content, "component"):
        if "laterality_obs" in reading.codes.meaning(part(number, "code")).concepts:
            answer = reading.codes.meaning(part(number, "valueCodeableConcept"))
            yield from (("component", LATERALITY[one]) for one in answer.concepts if one in LATERALITY)


def _worded(item: Item) -> Iterable[tuple[str, Side]]:
    """The sides in the words of the body sites."""
    words = (one for place in sites(item.content) for one in _words(place))
    yield from (("words", said) for one in words if (said := in_text(one)) is not None)


def sites(content: Object) -> list[Object]:
    """The body sites of a resource: R4 gives one to an Observation and several to a Condition or Procedure."""
    value = content.get("bodySite")
    if type(value) is list:
        return parts(content, "bodySite")
    one = part(content, "bodySite")
    return [] if one is None else [one]


def _coded_sides(reading: Reading, place: Object) -> Iterable[Side]:
    found = list(reading.codes.meaning(place).concepts)
    qualifier = extension(place, MCODE)
    if qualifier is not None:
        found += reading.codes.meaning(part(qualifier, "valueCodeableConcept")).concepts
    return (LATERALITY[one] for one in found if one in LATERALITY)


def _structures(reading: Reading, item: Item) -> Iterable[Side]:
    holders = [item.content, *sites(item.content)]
    for holder in holders:
        pointer = extension(holder, *STRUCTURES)
        structure = None if pointer is None else reading.store.resolve(part(pointer, "valueReference"), item)
        if structure is None:
            continue
        for qualifier in parts(structure.content, "locationQualifier"):
            for one in reading.codes.meaning(qualifier).concepts:
                if one in LATERALITY:
                    yield LATERALITY[one]


def claimed(reading: Reading, item: Item, meaning: Meaning) -> Iterable[tuple[str, Side]]:
    """The sides that claims for this procedure name."""
    if not reading.modifiers or item.type != "Procedure":
        return
    found = list(reading.modifiers.get(item.key, ()))
    if not found:
        day = (text(item.content, "performedDateTime") or _start(item.content))[:10]
        found = [one for concept in meaning.concepts for one in reading.modifiers.get(f"{concept} {day}", ())]
    named = {one for _, one in found}
    if named == {"left", "right"}:
        yield found[0][0], "bilateral"
    else:
        yield from found


def _start(content: Object) -> str:
    period = part(content, "performedPeriod")
    return (text(period, "start") or "") if period is not None else ""


def _words(concept: object) -> Iterable[str]:
    """The words of a CodeableConcept: its text, or else those of its codings."""
    if type(concept) is not dict:
        return []
    written = text(concept, "text")
    shown = [text(one, "display") for one in parts(concept, "coding")]
    return [one for one in (written, *shown) if one]


def in_text(words: str) -> Side | None:
    """The side that a text names; none when it names both without saying "both" or "and"."""
    listed = tokens(words)
    if not _BOTH.isdisjoint(listed):
        return "bilateral"
    left, right = not _LEFT.isdisjoint(listed), not _RIGHT.isdisjoint(listed)
    if left and right:
        joined = any(
            one in _LEFT | _RIGHT and listed[at + 1] == "and" and listed[at + 2] in _LEFT | _RIGHT
            for at, one in enumerate(listed[:-2])
        )
        return "bilateral" if joined else None
    if left or right:
        return "left" if left else "right"
    return None


# ------------------------------------------------------------------------------------------ part of the body


def places(reading: Reading, item: Item) -> frozenset[str]:
    """The known body sites of a resource, from codes and words."""
    found: set[str] = set()
    for one in sites(item.content):
        found.update(reading.codes.meaning(one).concepts)
        if any(names_joint(words) for words in _words(one)):
            found.add(JOINT)
    return frozenset(found) - LATERALITY.keys() - {"laterality_unilateral"}


def names_joint(words: str) -> bool:
    """Whether a text names the sacroiliac joint."""
    listed = tokens(words)
    if not _JOINT_WORDS.isdisjoint(listed):
        return True
    return any(one == "si" and listed[at + 1] in ("joint", "joints") for at, one in enumerate(listed[:-1]))


def joint_named(reading: Reading, item: Item, content: Object | None = None) -> bool:
    """Whether body site, code or text of a resource (or of a component of it) names the sacroiliac joint."""
    if _whole(reading, item).joint:
        return True
    part_ = content or item.content
    return any(names_joint(words) for words in (*_words(part_.get("code")), *_words(item.content.get("code"))))
