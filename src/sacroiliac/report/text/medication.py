"""The drugs of the chart, and what is unsafe about them."""

from __future__ import annotations

from sacroiliac.report.text import rules
from sacroiliac.report.text.page import Page, unsure
from sacroiliac.review.model import MedicationNotice, Review
from sacroiliac.review.words import upper

LIMITS = (
    "Only the rules of this program are checked, not all interactions. 'Avoid' does not mean to stop at once: "
    "how is for the prescriber."
)


def medication(page: Page, review: Review) -> None:
    """Drugs with doses, the rules that apply, and those that nobody can tell."""
    page.title("Medication safety")
    known = review.medication
    if not known.recorded:
        page.say("No current medication is documented. That is not the same as none.")
        return
    for drug in known.drugs:
        page.say(f"{drug.label}, {drug.dose} ({drug.place.place})", bullet="• ")
    page.say(f"Opioids in morphine equivalents: {known.morphine_equivalents}.")
    for one in known.applies:
        notice(page, one)
    page.say(LIMITS)
    waiting: dict[tuple[str, str], list[str]] = {}
    for one in known.could_apply:
        waiting.setdefault((rules.missing(one.result.would_meet), one.number), []).append(one.label)
    for (words, number), labels in waiting.items():
        more = f", and {len(labels) - 1} more of {number}" if len(labels) > 1 else ""
        page.say(f"{number} could apply: {labels[0]}{more}. Not documented: {words}.", bullet="? ")


def notice(page: Page, one: MedicationNotice) -> None:
    """One rule that applies, with what to do."""
    planned = ", if it is started" if one.planned else ""
    if one.result.outcome != "met":
        words = f"{one.number} could apply: {one.label}. Not documented: {rules.missing(one.result.would_meet)}."
        page.say(f"{words} If it does: {one.action}.", bullet="? ", cite=one.cite)
        return
    words = f"{one.number} {one.severity.upper()}{unsure(one.confirmed)}: {one.label}{planned}. {upper(one.action)}."
    page.say(words, bullet="! ", cite=one.cite)
