"""Reports, imaging studies and documents: what was done is read from their codes, their text is listed as not read."""

from __future__ import annotations

from sacroiliac.chart.facts import Unread
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.codes import Hit, Meaning
from sacroiliac.chart.fhir.conditions import Course, statements
from sacroiliac.chart.fhir.observations import imaging
from sacroiliac.chart.fhir.reading import Reading
from sacroiliac.chart.fhir.shapes import part, parts, text
from sacroiliac.chart.fhir.times import day, when

REPORTED = frozenset({"final", "amended", "corrected", "appended", "preliminary", "partial"})
NO_REPORT = {"registered": "there is no report yet", "cancelled": "cancelled"}
AVAILABLE = frozenset({"available", "unknown"})
CURRENT = frozenset({"current"})
NOT_CURRENT = {"superseded": "replaced by a newer document"}
FINISHED = frozenset({"final", "amended", "preliminary"})

# Images by modality (DICOM) and body site, for studies without a procedure code.
MODALITIES = {
    ("MR", "sacroiliac_joint"): "mri_sij",
    ("CT", "sacroiliac_joint"): "ct_sij",
    ("CR", "sacroiliac_joint"): "xr_sij",
    ("DX", "sacroiliac_joint"): "xr_sij",
    ("CR", "pelvis"): "xr_pelvis",
    ("DX", "pelvis"): "xr_pelvis",
    ("MR", "lumbar_spine"): "mri_lumbar",
    ("CT", "lumbar_spine"): "ct_lumbar",
    ("MR", "lumbosacral_spine"): "mri_lumbar",
    ("CT", "lumbosacral_spine"): "ct_lumbar",
}


def report(item: Item, reading: Reading) -> bool:
    """One DiagnosticReport: imaging that was done, coded conclusions, and text that is not read."""
    code = part(item.content, "code")
    meaning = reading.codes.meaning(code)
    if item.content.get("status") is not None and not reading.status(item, REPORTED, NO_REPORT, meaning.label):
        return False
    moment = when(item.content, "effective")
    reading.dated(item, meaning.label, moment)
    _texts(item, reading, meaning.label)
    images = [hit for hit in meaning.hits if reading.codes.kinds.get(hit.concept) == "procedure"]
    for hit in images:
        imaging(reading, item, meaning, hit, moment)
    understood = bool(images)
    for concluded in parts(item.content, "conclusionCode"):
        found = reading.codes.meaning(concluded)
        diagnoses = tuple(hit for hit in found.hits if reading.codes.kinds.get(hit.concept) == "condition")
        if diagnoses:
            statements(item, reading, Meaning(diagnoses, found.sides, found.label), Course(moment))
            understood = True
        else:
            reading.unknown(concluded)
    if not images and meaning.hits:
        return reading.unfed(item, meaning)
    return understood if meaning.hits or understood else reading.unknown(code)


def _texts(item: Item, reading: Reading, label: str) -> None:
    if text(item.content, "conclusion"):
        _unread(item, reading, f"conclusion of {label or 'a report'}")
    if parts(item.content, "presentedForm"):
        _unread(item, reading, f"report {label}".strip())


def _unread(item: Item, reading: Reading, what: str) -> None:
    reading.coverage.texts.append(Unread(tidy(what, 120), "text is not read", item.origin()))


def study(item: Item, reading: Reading) -> bool:
    """One ImagingStudy: by its procedure code, else by modality and body site."""
    label = text(item.content, "description") or "imaging study"
    if item.content.get("status") is not None and not reading.status(item, AVAILABLE, NO_REPORT, label):
        return False
    moment = day(item.content, "started")
    reading.dated(item, label, moment)
    coded = [reading.codes.meaning(one) for one in parts(item.content, "procedureCode")]
    found = [(meaning, hit) for meaning in coded for hit in meaning.hits]
    if not found:
        seen = dict.fromkeys(_by_modality(item, reading))
        found = [(Meaning((Hit(name),), (), label), Hit(name)) for name in seen]
    for meaning, hit in found:
        imaging(reading, item, meaning, hit, moment)
    if found:
        return True
    listed = parts(item.content, "procedureCode")
    return reading.unknown(listed[0] if listed else {"text": label})


def _by_modality(item: Item, reading: Reading) -> list[str]:
    found: list[str] = []
    for series in parts(item.content, "series"):
        modality, place = part(series, "modality"), part(series, "bodySite")
        machine = (text(modality, "code") or "") if modality is not None else ""
        sites = reading.codes.of_coding(place).concepts
        found += [MODALITIES[machine, site] for site in sites if (machine, site) in MODALITIES]
    return found


def document(item: Item, reading: Reading) -> bool:
    """One DocumentReference: listed, its text is not read."""
    meaning = reading.codes.meaning(part(item.content, "type"))
    label = meaning.label or text(item.content, "description") or "document"
    if item.content.get("status") is not None and not reading.status(item, CURRENT, NOT_CURRENT, label):
        return False
    moment = day(item.content, "date")
    written = f" of {(text(item.content, 'date') or '')[:10]}" if moment.days is not None else ""
    _unread(item, reading, f"{label}{written}")
    return True


def composition(item: Item, reading: Reading) -> bool:
    """One Composition: a note in sections, listed, its text is not read."""
    label = text(item.content, "title") or reading.codes.meaning(part(item.content, "type")).label or "note"
    if item.content.get("status") is not None and not reading.status(item, FINISHED, {}, label):
        return False
    _unread(item, reading, label)
    return True
