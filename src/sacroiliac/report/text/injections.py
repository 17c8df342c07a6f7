"""What each injection showed, and why the last one did not last."""

from __future__ import annotations

from sacroiliac.report.text import rules
from sacroiliac.report.text.page import Page, bar, with_interval
from sacroiliac.review.model import Injection, PatternShown, Review, Why
from sacroiliac.review.words import percent

BAR = 12


def injections(page: Page, review: Review) -> None:
    """The reading of every injection of this side."""
    page.title("What the injections showed")
    if not review.injections:
        page.say("No sacroiliac injection of this side is on the chart.")
    for number, injection in enumerate(review.injections):
        if number:
            page.gap()
        _injection(page, injection, review.urgent)
    if review.why is not None and not review.urgent:
        _why(page, review.why, review.injections[review.why.injection].date)
    elif review.injections and not review.urgent:
        page.gap()
        page.say(f"Why it did not last is not answered: {review.why_not}.")


def _injection(page: Page, injection: Injection, urgent: bool) -> None:
    page.say(f"{injection.date}, {injection.target}; {injection.intent} ({injection.place.place})")
    delivery = injection.delivery
    page.say(f"Delivery: {delivery.shows}.", indent=2, cite=delivery.cite)
    note = f"In the joint: {percent(delivery.joint.value)} by the note ({page.citations.figure(delivery.joint)})"
    if delivery.after_joint is not None:
        note += f", {with_interval(delivery.after_joint)} with all that is known (m)"
    page.say(f"{note}.", indent=4)
    page.say(f"First hours (anaesthetic phase): {injection.anaesthetic.words}.", indent=2)
    for remark in injection.notes:
        page.say(f"Note: {remark}.", indent=4)
    page.say(f"Weeks after (steroid phase): {injection.steroid.words}.", indent=2)
    for said in injection.modifiers:
        page.say(f"Weakens the reading: {said.text}.", indent=2, cite=said.cite)
    if injection.pattern is None:
        page.say(_without_pattern(injection), indent=2)
    else:
        _pattern(page, injection.pattern, urgent)
    for other in () if urgent else injection.others:
        fits = other.result.outcome == "met"
        how = "fits too" if fits else f"would fit with: {rules.missing(other.result.would_meet)}"
        page.say(f"Row {other.row}, {other.label}: {how}.", indent=4, bullet="- ", cite=other.cite)


def _without_pattern(injection: Injection) -> str:
    if injection.read_with:
        return f"Read together with the injection of {injection.read_with}."
    return "No row of the decision table fits as documented."


def _pattern(page: Page, pattern: PatternShown, urgent: bool) -> None:
    page.say(f"Pattern (row {pattern.row}): {pattern.label}.", indent=2, cite=pattern.cite)
    page.say(f"Means: {pattern.meaning}.", indent=4)
    if pattern.urgent or not urgent:
        page.say(f"Next: {pattern.next_step}.", indent=4)
    else:
        page.say("Next: nothing at the joint while the red flag stands.", indent=4)


def _why(page: Page, why: Why, date: str) -> None:
    page.gap()
    page.say(f"Why the injection of {date} {why.question} (m):")
    held = "did nothing" if not why.relief_came else "wore off" if why.question == "wore off" else "did not hold"
    for label, probability in (
        ("the joint and its ligaments are not the source", why.not_the_source),
        ("they are, but the drug did not reach what hurts", why.missed),
        (f"they are and were reached, and it {held}", why.did_not_hold),
    ):
        page.row(f"  {label:<48} {with_interval(probability):>13}  {bar(probability, BAR)}")
    if why.unwritten:
        page.say(f"The note does not state: {', '.join(why.unwritten)}.", indent=2)
