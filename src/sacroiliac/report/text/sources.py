"""The pain sources with their probabilities and what moved them."""

from __future__ import annotations

from math import log

from sacroiliac.report.text.page import Page, bar, with_interval
from sacroiliac.report.wording import factor, tidy
from sacroiliac.review.model import Contribution, Review, Source
from sacroiliac.review.words import lower, percent, upper

BAR, NAME = 30, 22
SHOWN, EXPLAINED, TURNS = 8, 3, 3
LEAST_CONTRIBUTION = 0.1
NOT_FOR_EMERGENCIES = (
    "Not shown: a red flag calls for action today, and the model was not made for emergencies. The HTML and JSON reports "
    "hold what it gives."
)


def sources(page: Page, review: Review) -> None:
    """All sources, the first of them with their reasons, and how firm the order is."""
    page.title("Pain sources")
    if review.urgent:
        page.say(NOT_FOR_EMERGENCIES)
        return
    page.say("Probability with 90% interval (m). Two or three can be present at once, or none.")
    page.gap()
    for one in review.sources[:SHOWN]:
        page.row(f"  {one.short:<{NAME}}{with_interval(one.probability):>13}  {bar(one.probability, BAR)}")
    rest = [f"{one.short} {percent(one.probability.value)}" for one in review.sources[SHOWN:]]
    if rest:
        page.say(f"Others: {', '.join(rest)}.", indent=2)
    complex_, none = with_interval(review.complex), with_interval(review.none_of_these)
    page.say(f"Joint or ligaments together {complex_}; none of all these {none}.", indent=2)
    for one in review.sources[:EXPLAINED]:
        page.gap()
        _source(page, one)
    _firmness(page, review)


def _source(page: Page, source: Source, least: float = LEAST_CONTRIBUTION) -> None:
    share = f"{percent(source.share.value)} {page.citations.figure(source.share)}"
    page.say(f"{source.label}: {with_interval(source.probability)}")
    page.say(f"{percent(source.before)} before any finding ({source.before_because}; share {share})", indent=2)
    shown = [one for one in source.contributions if abs(one.log_odds) >= least]
    for one in shown:
        _contribution(page, one)
    small = len(source.contributions) - len(shown)
    if small:
        page.say(f"and {small} more, each less than a tenth of the odds", indent=2)
    if not source.contributions:
        page.say("nothing on the chart moves it", indent=2)


def _contribution(page: Page, one: Contribution) -> None:
    word = "for" if one.log_odds > 0 else "against"
    page.say(f"{one.label}: {tidy(one.level)}", indent=2, bullet=f"{word:<7} {factor(one.ratio):<6} ", cite=one.cite)


def source_in_full(page: Page, source: Source) -> None:
    """One source with everything that moved it."""
    page.title(source.label)
    page.say(f"{upper(source.meaning)}.", cite=source.cite)
    page.gap()
    _source(page, source, 0.0)
    if source.share.how:
        page.say(f"Share: {source.share.how}.", indent=2)
    page.gap()
    page.say("In log odds, which add up:")
    page.say("before any finding", indent=2, bullet=f"{_log_odds(source.before):+7.3f}  ")
    for one in source.contributions:
        page.say(f"{one.label}: {tidy(one.level)}", indent=2, bullet=f"{one.log_odds:+7.3f}  ")
        if one.findings:
            names = ", ".join(lower(page.names.get(name, name)) for name in one.findings)
            page.say(f"from {names}", indent=11)
    page.say("after all of them", indent=2, bullet=f"{_log_odds(source.probability.value):+7.3f}  ")


def _log_odds(probability: float) -> float:
    return log(probability / (1 - probability))


def _firmness(page: Page, review: Review) -> None:
    firm = review.sensitivity
    page.gap()
    page.say(f"How firm: {tidy(firm.words)}")
    names = {source.id: source.short for source in review.sources}
    for turn in firm.turns[:TURNS]:
        page.say(f"at {turn.value:g}, {names[turn.first]} comes first: {turn.assumption}", indent=2, bullet="- ")
    if firm.unconfirmed_findings:
        listed = ", ".join(lower(one) for one in firm.unconfirmed_findings)
        page.say(f"On the chart, but not counted because its figures are not confirmed (!): {listed}.")
