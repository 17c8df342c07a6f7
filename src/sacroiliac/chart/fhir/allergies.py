"""Allergies to contrast and to local anaesthetics; drugs are known by code or by name, contrast also by its everyday words."""

from __future__ import annotations

from sacroiliac.chart.facts import Fact
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.codes import Meaning, tokens
from sacroiliac.chart.fhir.products import of_concept
from sacroiliac.chart.fhir.reading import ENTERED_IN_ERROR, Reading
from sacroiliac.chart.fhir.shapes import Object, part, parts, status_code, text
from sacroiliac.chart.fhir.times import day, when

FINDINGS = {
    "contrast_allergy": frozenset({"contrast_media", "iodinated_contrast", "iohexol", "contrast_allergy"}),
    "local_anaesthetic_allergy": frozenset({
        "lidocaine", "bupivacaine", "ropivacaine", "mepivacaine", "local_anesthetic_allergy",
    }),
}  # fmt: skip
_CONTRAST_WORDS = frozenset({"contrast", "radiocontrast", "iohexol", "iopamidol", "iodixanol", "omnipaque", "isovue"})
_OTHER_CONTRAST = ("gadolin", "gado", "barium", "mri")
NOT_TRUE = {"entered-in-error": ENTERED_IN_ERROR, "refuted": "refuted"}
OVER = frozenset({"inactive", "resolved"})


def read(item: Item, reading: Reading) -> bool:
    """One AllergyIntolerance. True when its substance was understood."""
    substances = [part(item.content, "code")]
    substances += [part(one, "substance") for one in parts(item.content, "reaction")]
    known = [one for one in substances if one is not None]
    meanings = [reading.codes.meaning(one) for one in known]
    label = next((one.label for one in meanings if one.label), "")
    concepts = {name for one in known for name in of_concept(reading, one).drugs}
    concepts |= {name for one in meanings for name in one.concepts}
    concepts |= {"contrast_media" for one in known if _names_contrast(one)}
    if not concepts:
        return reading.unknown(known[0] if known else None)
    verified = status_code(item.content, "verificationStatus")
    if verified in NOT_TRUE:
        return reading.skip(item, label, NOT_TRUE[verified])
    if status_code(item.content, "clinicalStatus") in OVER:
        return reading.skip(item, label, "the allergy is no longer active")
    _facts(item, reading, concepts, label)
    return True


def _facts(item: Item, reading: Reading, concepts: set[str], label: str) -> None:
    moment = when(item.content, "onset")
    if moment.days is None:
        moment = day(item.content, "recordedDate")
    found = [name for name, meant in FINDINGS.items() if meant & concepts]
    for name in found:
        origin = item.origin(f"allergy: {label}")
        reading.facts.append(Fact(name, True, origin, None, moment.days, label=tidy(label)))
    if not found:
        reading.unfed(item, Meaning((), (), f"allergy: {label}"))


def _names_contrast(substance: Object) -> bool:
    """Whether the words name X-ray contrast, and not that of magnetic resonance."""
    shown = [text(substance, "text"), *(text(one, "display") for one in parts(substance, "coding"))]
    listed = tokens(" ".join(one for one in shown if one))
    if any(one.startswith(_OTHER_CONTRAST) for one in listed):
        return False
    return not _CONTRAST_WORDS.isdisjoint(listed)
