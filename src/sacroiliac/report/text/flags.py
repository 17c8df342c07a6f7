"""Red flags: those present with what to do, and those that nobody asked about."""

from __future__ import annotations

from sacroiliac.report import wording
from sacroiliac.report.text import rules
from sacroiliac.report.text.page import Page
from sacroiliac.review.model import Flag, Review
from sacroiliac.review.words import lower, upper


def flags(page: Page, review: Review) -> None:
    """All red flags of the review, in groups."""
    page.title("Red flags")
    present = [one for one in review.red_flags if one.status == "present"]
    unasked = [one for one in review.red_flags if one.status == "not asked"]
    cleared = [lower(one.label) for one in review.red_flags if one.status == "answered no"]
    for one in present:
        flag(page, one)
    if not present:
        page.say("None is documented as present. That is not an all-clear: see what was not asked.")
    for tier in dict.fromkeys(one.tier for one in unasked):
        page.gap()
        of_tier = [one for one in unasked if one.tier == tier]
        page.say(f"Not asked in full ({of_tier[0].tier_label}):")
        if tier == "A":
            for one in of_tier:
                page.say(_asked(one), indent=2, bullet="? ")
        else:
            page.say("; ".join(lower(one.label) for one in of_tier) + ".", indent=2)
    if cleared:
        page.gap()
        page.say(f"Answered no, or does not apply at this age or sex: {'; '.join(cleared)}.")


def flag(page: Page, one: Flag) -> None:
    """One red flag: what to do, why it is raised or what to ask, and how often it is so."""
    page.say(f"{one.label} ({one.tier_label}): {one.status}", bullet="! ", cite=one.cite)
    page.say(f"Do: {one.action}.", indent=2)
    if one.status == "present":
        page.say(f"Because: {rules.because(page, one.result)}.", indent=2)
    elif one.status == "not asked":
        page.say(f"Ask: {', '.join(_questions(one))}.", indent=2)
    for said in one.figures:
        page.say(f"{upper(said.text)}.", indent=2, bullet="- ", cite=said.cite)


def _asked(one: Flag) -> str:
    asked = _questions(one)
    return f"{one.label}." if asked == [lower(one.label)] else f"{one.label}: {', '.join(asked)}."


def _questions(one: Flag) -> list[str]:
    return wording.missing(one.ask or one.result.would_meet)
