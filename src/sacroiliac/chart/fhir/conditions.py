"""Conditions: which diagnoses count, since when, and whether they go on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sacroiliac.chart.facts import ONGOING, Fact, Span
from sacroiliac.chart.fhir.bundle import Item, tidy
from sacroiliac.chart.fhir.codes import Hit, Meaning
from sacroiliac.chart.fhir.reading import ENTERED_IN_ERROR, Reading
from sacroiliac.chart.fhir.shapes import part, status_code
from sacroiliac.chart.fhir.sides import places, side
from sacroiliac.chart.fhir.times import When, day, when

OPEN_STATES = frozenset({"active", "recurrence", "relapse"})
CLOSED_STATES = frozenset({"inactive", "remission", "resolved"})
NEVER_TRUE = {"entered-in-error": ENTERED_IN_ERROR, "refuted": "refuted"}
NOT_CONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})
ABATEMENT = ("abatementDateTime", "abatementPeriod", "abatementAge", "abatementRange", "abatementString")
SHORT_WINDOWS = frozenset({"acute", "current"})

# Entries that stay "active" long after the state has passed: a fracture heals without anybody closing it. (Pregnancy,
# fever and the like are known by the short window of their finding.)
PASSES = frozenset({"sacral_fracture", "sacral_insufficiency_fracture", "pelvic_fracture", "unexplained_weight_loss"})

# What once was there counts for ever, even when the entry is closed.
HISTORY = frozenset({
    "uveitis", "psoriasis", "psoriatic_arthritis", "psoriatic_spondylitis", "reactive_or_enteropathic_arthritis",
    "inflammatory_bowel_disease", "ankylosing_spondylitis", "axial_spondyloarthritis", "cancer_active",
    "cancer_history", "pseudarthrosis_after_fusion", "long_term_steroid", "tobacco_former", "contrast_allergy",
    "local_anesthetic_allergy", "sacral_fracture", "sacral_insufficiency_fracture", "pelvic_fracture",
})  # fmt: skip

# Codes that are understood and prove nothing by themselves.
HINTS = {
    "sij_pain": "only a hint: this code is also used for coccyx pain, and does not show the source",
    "sacroiliitis": "only a hint: this code is put on injection claims and does not prove inflammation",
    "sij_ankylosis": "ankylosis by disease is not a fusion operation",
    "arthrodesis_status": "it does not say which part of the spine or which joint is fused",
    "possible_sacral_insufficiency_fracture": "it does not say that the sacrum is fractured",
}


def read(item: Item, reading: Reading) -> bool:
    """One Condition. True when it was understood."""
    meaning = reading.codes.diagnosis(part(item.content, "code"))
    if not meaning.hits:
        if meaning.left_out:
            return reading.skip(item, meaning.label, meaning.left_out)
        return reading.unknown(part(item.content, "code"))
    verified = status_code(item.content, "verificationStatus")
    if verified in NEVER_TRUE:
        return reading.skip(item, meaning.label, NEVER_TRUE[verified])
    if verified in NOT_CONFIRMED:
        return reading.skip(item, meaning.label, f"not confirmed ({verified})")
    statements(item, reading, meaning, _course(item, reading, meaning))
    return True


def statements(item: Item, reading: Reading, meaning: Meaning, course: Course) -> None:
    """The facts of a diagnosis, one for each concept that feeds a finding."""
    fed = [hit for hit in meaning.hits if hit.concept in reading.codes.feeds]
    if not fed:
        hint = next((HINTS[hit.concept] for hit in meaning.hits if hit.concept in HINTS), None)
        if hint is None:
            reading.unfed(item, meaning)
        elif not _fracture_of_sacrum(item, reading, meaning, course):
            reading.skip(item, meaning.label, hint)
        return
    sided = any(feed.finding.side == "sided" for hit in fed for feed in reading.codes.feeds[hit.concept])
    where = side(reading, item, meaning) if sided else None
    for hit in fed:
        until = _until(reading, hit, course)
        passing = course.closed and not _counts_when_closed(reading, hit)
        if passing and course.end is None:
            reading.skip(item, meaning.label, "no longer present")
            continue
        shown = f"{meaning.label} ({reading.codes.label(hit.concept)})" if len(fed) > 1 else meaning.label
        reading.facts.append(
            Fact(
                hit.concept,
                True,
                item.origin(shown),
                where,
                course.when.days,
                until,
                label=tidy(meaning.label),
                passing=passing,
            )
        )


def _fracture_of_sacrum(item: Item, reading: Reading, meaning: Meaning, course: Course) -> bool:
    """A fracture code without a site counts where the body site or the words name the sacrum."""
    if "possible_sacral_insufficiency_fracture" not in meaning.concepts:
        return False
    if "sacrum" not in places(reading, item) and not {"sacrum", "sacral"} & set(meaning.label.lower().split()):
        return False
    found = Hit("sacral_insufficiency_fracture")
    statements(item, reading, replace(meaning, hits=(found,)), course)
    return True


@dataclass(frozen=True, slots=True)
class Course:
    """How long a diagnosis has been there.

    :param recorded: when it was noted as being there
    :param open: the chart says that it goes on
    :param closed: the chart says that it is over, on the day ``end`` if that is known
    """

    when: When
    recorded: Span | None = None
    open: bool = False
    closed: bool = False
    end: Span | None = None


def _course(item: Item, reading: Reading, meaning: Meaning) -> Course:
    onset, recorded = when(item.content, "onset"), day(item.content, "recordedDate")
    reading.dated(item, meaning.label, onset)
    reading.dated(item, meaning.label, recorded)
    abated = when(item.content, "abatement")
    over = any(item.content.get(key) is not None for key in ABATEMENT)
    state = status_code(item.content, "clinicalStatus")
    end = abated.last or abated.days
    start = onset if onset.days is not None else recorded
    return Course(start, recorded.days, state in OPEN_STATES and not over, over or state in CLOSED_STATES, end)


def _until(reading: Reading, hit: Hit, course: Course) -> Span | None:
    """The last day a diagnosis is known to have been there."""
    if course.closed:
        return course.end or course.when.days
    if course.open and not _passes(reading, hit):
        return ONGOING
    began, noted = course.when.days, course.recorded
    return noted if began is not None and noted is not None and noted > began else None


def _passes(reading: Reading, hit: Hit) -> bool:
    """Whether a state ends by itself, so that an entry left open does not show that it goes on."""
    return hit.concept in PASSES or any(
        feed.finding.window in SHORT_WINDOWS for feed in reading.codes.feeds[hit.concept]
    )


def _counts_when_closed(reading: Reading, hit: Hit) -> bool:
    """Whether a diagnosis that is over still says something: as history, or within the window of its finding."""
    return hit.concept in HISTORY or all(feed.finding.window is not None for feed in reading.codes.feeds[hit.concept])
