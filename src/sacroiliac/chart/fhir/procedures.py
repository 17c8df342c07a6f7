"""Procedures that were done: injections and operations of the joint, conservative treatment, imaging; and what was only ordered."""

from __future__ import annotations

from sacroiliac.chart.facts import Fact, Unread
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.codes import Hit, Meaning, tokens
from sacroiliac.chart.fhir.conditions import Course, statements
from sacroiliac.chart.fhir.named import by_words
from sacroiliac.chart.fhir.observations import imaging
from sacroiliac.chart.fhir.products import of_concept, of_medication
from sacroiliac.chart.fhir.reading import ENTERED_IN_ERROR, Act, Reading, Session
from sacroiliac.chart.fhir.shapes import part, parts, status_code, text
from sacroiliac.chart.fhir.sides import LUMBAR, NEAR_JOINT, joint_named, places, side, sites
from sacroiliac.chart.fhir.times import When, when

DONE = frozenset({"completed"})
NOT_DONE = {
    "not-done": "not done",
    "preparation": "planned, not done",
    "in-progress": "not completed",
    "on-hold": "not completed",
    "stopped": "broken off",
    "cancelled": "cancelled",
}
TARGETS = {"sij_injection": "joint", "sij_lateral_branch_block": "lateral_branch"}
RADIOFREQUENCY, NERVE_DESTRUCTION = "sij_rfa", "peripheral_nerve_destruction"
TREATMENTS = {
    "physical_therapy": "pt",
    "manual_therapy": "manual_therapy",
    "chiropractic_manipulation": "chiropractic",
    "acupuncture": "acupuncture",
    "cognitive_behavioral_therapy": "cbt",
    "sij_belt": "bracing",
}
REFERRALS = frozenset({"physical_therapy_referral", "chiropractic_referral"})
NOT_AN_INJECTION_OF_THE_JOINT = frozenset({"trigger_point_injection", "major_joint_injection"})
FUSION_ANY_LEVEL = "spinal_fusion_any_level"
GUIDANCE_WORDS = (
    ("fluoroscopy", frozenset({"fluoroscopy", "fluoroscopic", "fluoroscopically", "fluoro"})),
    ("ct", frozenset({"ct"})),
    ("ultrasound", frozenset({"ultrasound", "us", "sonographic", "sonography"})),
)


def read(item: Item, reading: Reading) -> bool:
    """One Procedure. True when it was understood."""
    code = part(item.content, "code")
    meaning = reading.codes.meaning(code)
    target = None if meaning.hits else by_words(reading, code, meaning.label)
    if not meaning.hits and target is None:
        return reading.unknown(code)
    moment = when(item.content, "performed")
    if not reading.status(item, DONE, NOT_DONE, meaning.label):
        if target is not None or not TARGETS.keys().isdisjoint(meaning.concepts):
            reading.not_done.append(moment.days)
        return False
    reading.dated(item, meaning.label, moment)
    if any(item.content.get(key) is not None for key in OTHER_TIMES):
        reading.skip(item, meaning.label, "its date is not used: it is not given as a date")
    _result(item, reading, meaning, moment)
    if target is not None:
        _act(item, reading, meaning, target, moment, inferred=True)
    for hit in meaning.hits:
        _concept(item, reading, meaning, hit, moment)
    return True


OTHER_TIMES = ("performedString", "performedAge", "performedRange")


def _result(item: Item, reading: Reading, meaning: Meaning, moment: When) -> None:
    """What came of a procedure: a complication with a known code is a diagnosis of that day; words are listed."""
    for complication in parts(item.content, "complication"):
        found = reading.codes.diagnosis(complication)
        if any(reading.codes.feeds.get(hit.concept) for hit in found.hits):
            statements(item, reading, found, Course(moment))
        else:
            _unread(item, reading, f"complication of {meaning.label}: {found.label}")
    outcome = part(item.content, "outcome")
    said = [("outcome", outcome)] if outcome is not None else []
    for what, concept in (*said, *(("follow-up", one) for one in parts(item.content, "followUp"))):
        _unread(item, reading, f"{what} of {meaning.label}: {reading.codes.meaning(concept).label}")


def _unread(item: Item, reading: Reading, what: str) -> None:
    reading.coverage.texts.append(Unread(tidy(what, 120), "text is not read", item.origin()))


def _concept(item: Item, reading: Reading, meaning: Meaning, hit: Hit, moment: When) -> None:
    name = hit.concept
    if name in TARGETS:
        _act(item, reading, meaning, TARGETS[name], moment)
    elif name == RADIOFREQUENCY or (name == NERVE_DESTRUCTION and _of_joint_nerves(item, reading, meaning)):
        _radiofrequency(item, reading, meaning, moment)
    elif name == NERVE_DESTRUCTION:
        reading.skip(item, meaning.label, "it does not say which nerve; nothing names the sacroiliac joint")
    elif name in NOT_AN_INJECTION_OF_THE_JOINT:
        reading.skip(item, meaning.label, "this code is never an image-guided injection of the sacroiliac joint")
    elif name in REFERRALS:
        reading.skip(item, meaning.label, "a referral is not a treatment")
    elif name in TREATMENTS:
        _session(item, reading, meaning, TREATMENTS[name], moment)
    elif name == FUSION_ANY_LEVEL:
        _fusion(item, reading, meaning, moment)
    elif reading.codes.kinds.get(name) == "procedure":
        _fact(item, reading, meaning, hit, moment)
    else:
        reading.unfed(item, meaning)


def _fact(item: Item, reading: Reading, meaning: Meaning, hit: Hit, moment: When) -> None:
    feeds = reading.codes.feeds.get(hit.concept, ())
    if any(feed.finding.side == "sided" for feed in feeds):
        _state(item, reading, meaning, hit.concept, moment, sided=True)
    elif feeds and feeds[0].finding.area != "imaging":
        _state(item, reading, meaning, hit.concept, moment, sided=False)
    else:
        imaging(reading, item, meaning, hit, moment)


def _state(item: Item, reading: Reading, meaning: Meaning, concept: str, moment: When, sided: bool) -> None:
    """An operation that was done."""
    where = side(reading, item, meaning) if sided else None
    reading.facts.append(Fact(concept, True, item.origin(meaning.label), where, moment.days, label=tidy(meaning.label)))


def _fusion(item: Item, reading: Reading, meaning: Meaning, moment: When) -> None:
    """A spinal fusion whose code has no level: body site or words may name it."""
    words = set(tokens(meaning.label))
    if places(reading, item) & set(LUMBAR) or words & {"lumbar", "lumbosacral"}:
        _state(item, reading, meaning, "lumbar_fusion", moment, sided=False)
    else:
        reading.skip(item, meaning.label, "it does not say which part of the spine was fused")


# --------------------------------------------------------------------------------------- injections and nerves


def _act(item: Item, reading: Reading, meaning: Meaning, target: str, moment: When, inferred: bool = False) -> None:
    links = {
        key for name in ("partOf", "usedReference", "report") for key in reading.store.keys(item.content, name, item)
    }
    reading.acts.append(
        Act(
            item,
            target,
            side(reading, item, meaning),
            moment,
            meaning.label,
            _guidance(item, meaning),
            _used(item, reading),
            frozenset(links),
            inferred,
        )
    )


def _guidance(item: Item, meaning: Meaning) -> str | None:
    """The guidance that the words of the procedure name, if they name one."""
    code = part(item.content, "code")
    shown = [text(one, "display") or "" for one in parts(code, "coding")] if code is not None else []
    words = set(tokens(" ".join([meaning.label, *shown])))
    found = [name for name, known in GUIDANCE_WORDS if words & known]
    return found[0] if len(found) == 1 else None


def _used(item: Item, reading: Reading) -> tuple[tuple[str, ...], ...]:
    """Drugs that the procedure lists as used, by code or as a Medication."""
    found = [of_concept(reading, code).drugs for code in parts(item.content, "usedCode")]
    for reference in parts(item.content, "usedReference"):
        used = reading.store.resolve(reference, item)
        if used is not None and used.type == "Medication":
            found.append(of_medication(reading, used).drugs)
    return tuple(drugs for drugs in found if drugs)


def _of_joint_nerves(item: Item, reading: Reading, meaning: Meaning) -> bool:
    """Whether body site or words of an unnamed nerve's destruction show that it served the joint."""
    words = set(tokens(meaning.label))
    return joint_named(reading, item) or "sacrum" in places(reading, item) or "sacral" in words


def _radiofrequency(item: Item, reading: Reading, meaning: Meaning, moment: When) -> None:
    where = side(reading, item, meaning)
    record = {"date": moment.days, "side": where}
    value = {name: one for name, one in record.items() if one is not None}
    origin = item.origin(meaning.label)
    reading.facts.append(
        Fact(
            "rfa_history",
            value,
            origin,
            where,
            moment.days,
            parts=dict.fromkeys(value, origin),
            label=tidy(meaning.label),
        )
    )


# ------------------------------------------------------------------------------------- conservative treatment


def _session(item: Item, reading: Reading, meaning: Meaning, kind: str, moment: When) -> None:
    if moment.days is None:
        reading.skip(item, meaning.label, "treatment without a date")
        return
    known = places(reading, item)
    if sites(item.content) and not known & NEAR_JOINT:
        reading.skip(item, meaning.label, "treatment of another part of the body")
        return
    days = moment.days if moment.last is None else (moment.days[0], moment.last[1])
    reading.sessions.append(
        Session(kind, days, moment.last is not None, item.origin(meaning.label), tidy(meaning.label))
    )


# --------------------------------------------------------------------------------------------------- ordered


def ordered(item: Item, reading: Reading) -> bool:
    """A ServiceRequest: an order is not a treatment and not a test."""
    code = part(item.content, "code")
    label = reading.codes.meaning(code).label
    status = status_code(item.content, "status")
    if status == "entered-in-error":
        return reading.skip(item, label, ENTERED_IN_ERROR)
    return reading.skip(item, label, "ordered or planned: that does not show that it was done")
