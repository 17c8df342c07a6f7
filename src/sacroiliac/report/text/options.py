"""The options: which are open, which wait for an answer, which are not now; and one of them in full."""

from __future__ import annotations

from sacroiliac.report.text import rules
from sacroiliac.report.text.page import Page, unsure
from sacroiliac.report.wording import signed
from sacroiliac.review.model import Criterion, ExpectedResult, Option, Review
from sacroiliac.review.words import counted, percent

STATUS = {"open": "open", "not now": "not now", "undecided": "open question"}
STOPS = {"met": "STOP", "not met": "no", "not documented": "?"}
STEP = 6


def options(page: Page, review: Review) -> None:
    """Every option in a line or two; those of the first step with their criteria."""
    page.title("Options")
    step = review.first_step
    if review.urgent:
        page.say("Not shown: all other options wait. Open one with --explain.")
    else:
        page.say("Several stay on the table. Open one with --explain, for example --explain radiofrequency.")
    chosen = [] if step is None else [step.proposed.option, step.alternative.option if step.alternative else None]
    for option in review.options:
        if review.urgent and option.id not in chosen:
            continue
        page.say(_titled(option), bullet=f"{option.step:<{STEP}}")
        if option.status == "undecided":
            page.say(f"opens with: {_waits_for(option)}", indent=STEP)
        if option.status == "not now":
            for words in _barred(option):
                page.say(words, indent=STEP)
        if option.id in chosen:
            _summary(page, option)


def _titled(option: Option) -> str:
    return f"{option.label}: {STATUS[option.status]}{', contested' if option.contested else ''}"


def _waits_for(option: Option) -> str:
    return rules.missing(one for part in option.criteria if part.confirmed for one in part.result.would_meet)


def _barred(option: Option) -> list[str]:
    failed = [f"not met: {one.text}" for one in option.criteria if one.confirmed and one.result.outcome == "not met"]
    return failed + [f"stop: {one.text}" for one in option.stop if one.confirmed and one.result.outcome == "met"]


def _summary(page: Page, option: Option) -> None:
    for criterion in option.criteria:
        _criterion(page, criterion, rules.MARKS, STEP)
    unknown = [one for part in option.stop for one in rules.undocumented(page, part.result)]
    if unknown:
        page.say(f"Not known, and would stop it: {'; '.join(dict.fromkeys(unknown))}.", indent=STEP)
    for said in option.cautions:
        page.say(f"Caution: {said.text}{unsure(said.confirmed)}", indent=STEP, cite=said.cite)


def _criterion(page: Page, criterion: Criterion, marks: dict[str, str], indent: int) -> None:
    mark = f"{marks[criterion.result.outcome]:<4} "
    page.say(criterion.text + unsure(criterion.confirmed), indent=indent, bullet=mark, cite=criterion.cite)
    if criterion.result.outcome == "not documented" and marks is rules.MARKS:
        page.say(f"missing: {rules.missing(criterion.result.would_meet)}", indent=indent + len(mark))


def option_in_full(page: Page, option: Option) -> None:
    """One option: criteria with their working, both sides of the evidence, results, protocol and follow-up."""
    page.title(_titled(option))
    page.say(option.summary, cite=option.cite)
    page.gap()
    page.say("Enter when:")
    for criterion in option.criteria:
        _criterion(page, criterion, rules.MARKS, 2)
        rules.in_full(page, criterion.result, indent=6)
        if criterion.note:
            page.say(f"Note: {criterion.note.rstrip('.')}.", indent=6)
    if option.stop:
        page.gap()
        page.say("Do not, or resolve first:")
        for criterion in option.stop:
            _criterion(page, criterion, STOPS, 2)
    page.listed("Cautions:", option.cautions)
    page.listed("Would be cautions, if documented:", option.possible_cautions)
    page.listed("For it:", option.supports)
    page.listed("Against it:", option.opposes)
    if option.expected:
        page.gap()
        page.say("Published results (definitions differ and are never joined):")
        _expected(page, option.expected)
    page.listed("How:", option.protocol)
    for schedule in option.schedules:
        page.gap()
        page.say(f"{schedule.label}:")
        for period in schedule.periods:
            page.say(
                period.content + _proposal(period.proposal), indent=2, bullet=f"{period.period}: ", cite=period.cite
            )
    if option.follow_up:
        page.gap()
        page.say("When to judge:")
        for one in option.follow_up:
            words = f"{one.when}; failure: {one.failure}{_proposal(one.proposal)}"
            page.say(words, indent=2, bullet="- ", cite=one.cite)


def _proposal(is_one: bool) -> str:
    return " (a proposal)" if is_one else ""


def _expected(page: Page, results: tuple[ExpectedResult, ...]) -> None:
    """The published results: one heading for each measure, arm and population, then month by month."""
    heading = None
    for one in sorted(results, key=lambda each: (each.measure, each.arm, each.population, each.months)):
        if heading != (one.measure, one.arm, one.population):
            heading = (one.measure, one.arm, one.population)
            page.say(f"{one.measure}; {one.arm} ({one.population}):", indent=2, bullet="- ")
        value = percent(one.figure.value) if one.unit == "share" else signed(one.figure.value)
        when = counted(one.months, "month") if one.months else "at once"
        words = f"{value} ({page.citations.figure(one.figure)})" + (f"; {one.note}" if one.note else "")
        page.say(words, indent=6, bullet=f"{when}: ")
