"""The review as text for a terminal of 80 columns: the headline first, then the detail that decides.

What is left out here (all options in full, every finding) opens with ``--explain NAME`` and stands whole in
the HTML and JSON reports.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from sacroiliac.report.citations import LEGEND, Citations
from sacroiliac.report.explain import find
from sacroiliac.review.model import (
    Contribution,
    Criterion,
    ExpectedResult,
    Explained,
    FindingShown,
    Flag,
    Injection,
    MedicationNotice,
    Missing,
    Option,
    PatternShown,
    Place,
    Probability,
    Question,
    Review,
    RuleResult,
    Said,
    Source,
    StepShown,
)
from sacroiliac.review.words import counted, lower, upper

WIDTH = 80
BAR = 30
MARKS = {"met": "yes", "not met": "NO", "not documented": "?"}
STOPS = {"met": "STOP", "not met": "no", "not documented": "?"}
STATUS = {"open": "open", "not now": "not now", "undecided": "open question"}
SOURCES_SHOWN, SOURCES_EXPLAINED, QUESTIONS_SHOWN, MOST_LISTED, TURNS_SHOWN = 8, 3, 6, 12, 3
LEAST_CONTRIBUTION = 0.1


def render_all(reviews: Sequence[Review]) -> str:
    """The reviews one after the other."""
    return "\n".join(render(review) for review in reviews)


def render(review: Review) -> str:
    """One review."""
    page = _Page(Citations(review))
    sections = (
        _who, _flags, _injections, _sources, _missing, _options, _medication, _first_step, _coverage, _references,
    )  # fmt: skip
    for section in sections:
        section(page, review)
    return page.text()


def explain(review: Review, name: str) -> str:
    """One source, option, finding, red flag or medication rule, opened fully.

    :raises InputError: when the review has nothing of that name
    """
    page = _Page(Citations(review))
    found = find(review, name)
    match found:
        case Source():
            _source_in_full(page, found)
        case Option():
            _option_in_full(page, found)
        case Flag():
            _flag(page, found)
            _rule(page, found.result)
        case MedicationNotice():
            _notice(page, found)
            _rule(page, found.result)
        case FindingShown():
            _finding(page, found)
    _references(page, review)
    return page.text()


class _Page:
    """Lines of at most 80 columns."""

    def __init__(self, citations: Citations) -> None:
        self.lines: list[str] = []
        self.citations = citations

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).lstrip("\n") + "\n"

    def title(self, words: str) -> None:
        self.lines += ["", words.upper(), "─" * WIDTH]

    def say(self, words: str, indent: int = 0, bullet: str = "", cite: Iterable[str] = ()) -> None:
        first, rest = " " * indent + bullet, " " * (indent + len(bullet))
        content = f"{words} {self.citations.mark(cite)}".strip()
        wrapped = textwrap.wrap(content, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
        self.lines += wrapped or [first]

    def row(self, line: str) -> None:
        self.lines.append(line)

    def gap(self) -> None:
        self.lines.append("")


# ------------------------------------------------------------------------------------------- who, headline


def _who(page: _Page, review: Review) -> None:
    who = review.who
    side = f"{who.side} side" if who.side else "side not documented"
    page.lines += ["═" * WIDTH, f"SACROILIAC REVIEW   {side}, {who.review_date}", "═" * WIDTH]
    page.say(f"Patient {who.patient}, age {who.age}, sex {who.sex}. Review date: {who.review_date_origin}.")
    page.say(f"Chart: {who.chart} ({who.chart_kind}).")
    page.title("In short")
    for said in review.headline:
        page.say(said.text, bullet="• ", cite=said.cite)
    page.gap()
    page.say("For health professionals, who check every step. Not for emergencies.")


# ---------------------------------------------------------------------------------------------- red flags


def _flags(page: _Page, review: Review) -> None:
    page.title("Red flags")
    present = [flag for flag in review.red_flags if flag.status == "present"]
    for flag in present:
        _flag(page, flag)
    unasked = [flag for flag in review.red_flags if flag.status == "not asked"]
    urgent = [flag for flag in unasked if flag.tier == "A"]
    if not present:
        page.say("None is documented as present. That is not an all-clear: see what was not asked.")
    if urgent:
        page.gap()
        page.say("Not asked in full, same-day action if present:")
        for flag in urgent:
            page.say(f"{flag.label}: {_ask(flag)}", indent=2, bullet="? ")
    others = [flag for flag in unasked if flag.tier != "A"]
    if others:
        page.say(f"Others not asked in full: {'; '.join(lower(flag.label) for flag in others)}.")
    cleared = [lower(flag.label) for flag in review.red_flags if flag.status == "answered no"]
    if cleared:
        page.say(f"Answered no: {'; '.join(cleared)}.")


def _flag(page: _Page, flag: Flag) -> None:
    page.say(f"{flag.label} (tier {flag.tier}): {flag.status}", bullet="! ", cite=flag.cite)
    page.say(f"Do: {flag.action}.", indent=2)
    if flag.status == "present":
        page.say(f"Because: {_because(flag.result)}.", indent=2)
    else:
        page.say(f"Ask: {_ask(flag)}", indent=2)
    for said in flag.figures:
        page.say(f"{upper(said.text)}.", indent=2, bullet="- ", cite=said.cite)


def _ask(flag: Flag) -> str:
    asked = [lower(one.label) for one in flag.ask] or [lower(one.label) for one in flag.result.would_meet]
    return ", ".join(dict.fromkeys(asked)) + "."


def _because(result: RuleResult) -> str:
    """The parts of a rule that decide it."""
    return "; ".join(dict.fromkeys(_leaves(result.explained, result.outcome))) or result.rule


def _leaves(part: Explained, outcome: str | None) -> list[str]:
    negated = part.text.startswith("not ")
    deciding = [one for one in part.parts if one.outcome is not None and (negated or one.outcome == outcome)]
    if deciding and part.outcome is not None:
        return [leaf for one in deciding for leaf in _leaves(one, one.outcome)]
    values = [f"{one.text}: {one.value}" for one in part.parts if one.value is not None and one.value != one.text]
    shown = part.text.replace("_", " ")
    return [shown + (f" ({', '.join(values)})".replace("_", " ") if values else "")]


# --------------------------------------------------------------------------------------------- injections


def _injections(page: _Page, review: Review) -> None:
    page.title("What the injections showed")
    if not review.injections:
        page.say("No sacroiliac injection of this side is on the chart.")
    for injection in review.injections:
        _injection(page, injection)
    if review.why is not None:
        page.gap()
        page.say(f"Why the injection of {review.injections[review.why.injection].date} did not last (m):")
        for label, probability in (
            ("the joint and its ligaments are not the source", review.why.not_the_source),
            ("they are, but the drug did not reach what hurts", review.why.missed),
            ("they are and were reached, and it did not hold", review.why.did_not_hold),
        ):
            page.row(f"  {label:<49}{_interval(probability):>14}  {_bar(probability, 12)}")
        if review.why.unwritten:
            page.say(f"The note does not state: {', '.join(review.why.unwritten)}.", indent=2)


def _injection(page: _Page, injection: Injection) -> None:
    page.gap()
    intent = "" if injection.intent == "not stated" else f", {injection.intent}"
    page.say(f"{injection.date}, {injection.target}{intent} ({injection.place.place})")
    delivery = injection.delivery
    page.say(f"Delivery: {delivery.shows}.", indent=2, cite=delivery.cite)
    note = f"In the joint: {_percent(delivery.joint.value)} by the note ({page.citations.figure(delivery.joint)})"
    if delivery.after_joint is not None:
        note += f", {_interval(delivery.after_joint)} with all that is known (m)"
    page.say(f"{note}.", indent=4)
    page.say(f"First hours (anaesthetic phase): {injection.anaesthetic.words}.", indent=2)
    page.say(f"Weeks after (steroid phase): {injection.steroid.words}.", indent=2)
    for remark in injection.notes:
        page.say(f"Note: {remark}.", indent=4)
    for said in injection.modifiers:
        page.say(f"Weakens the reading: {said.text}.", indent=2, cite=said.cite)
    if injection.pattern is None:
        page.say("No row of the decision table fits as documented.", indent=2)
    else:
        _pattern(page, injection.pattern)
    for other in injection.others:
        fits = other.result.outcome == "met"
        how = "fits too" if fits else f"would fit with: {_missing_words(other.result.would_meet)}"
        page.say(f"Row {other.row}, {other.label}: {how}.", indent=4, bullet="- ")


def _pattern(page: _Page, pattern: PatternShown) -> None:
    page.say(f"Pattern (row {pattern.row}): {pattern.label}.", indent=2, cite=pattern.cite)
    page.say(f"Means: {pattern.meaning}.", indent=4)
    page.say(f"Next: {pattern.next_step}.", indent=4)


# ------------------------------------------------------------------------------------------------ sources


def _sources(page: _Page, review: Review) -> None:
    page.title("Pain sources")
    page.say("Probability with 90% interval (m). Two or three can be present at once, or none.")
    page.gap()
    for source in review.sources[:SOURCES_SHOWN]:
        page.row(f"  {source.short:<20}{_interval(source.probability):>14}  {_bar(source.probability, BAR)}")
    rest = [f"{source.short} {_percent(source.probability.value)}" for source in review.sources[SOURCES_SHOWN:]]
    if rest:
        page.say(f"Others: {', '.join(rest)}.", indent=2)
    page.say(
        f"Joint or ligaments {_interval(review.complex)}; none of all these {_interval(review.none_of_these)}.",
        indent=2,
    )
    for source in review.sources[:SOURCES_EXPLAINED]:
        page.gap()
        _source(page, source)
    page.gap()
    page.say(f"How firm: {review.sensitivity.words}")
    names = {source.id: source.short for source in review.sources}
    for turn in review.sensitivity.turns[:TURNS_SHOWN]:
        page.say(f"at {turn.value:g}, {names[turn.first]} comes first: {turn.assumption}.", indent=2, bullet="- ")
    if review.sensitivity.unconfirmed_findings:
        listed = ", ".join(lower(one) for one in review.sensitivity.unconfirmed_findings)
        page.say(f"On the chart, but not counted because its figures are not confirmed: {listed}.")


def _source(page: _Page, source: Source) -> None:
    share = f"{_percent(source.share.value)} {page.citations.figure(source.share)}"
    page.say(
        f"{source.label}: {_interval(source.probability)}; {_percent(source.before)} before any finding "
        f"({source.before_because}, share {share})."
    )
    for one in source.contributions:
        if abs(one.log_odds) >= LEAST_CONTRIBUTION:
            _contribution(page, one)


def _contribution(page: _Page, one: Contribution) -> None:
    word = "for" if one.log_odds > 0 else "against"
    page.say(f"{one.label}: {one.level}", indent=2, bullet=f"{word:<7} ×{one.ratio:<5.2g} ", cite=one.cite)


def _source_in_full(page: _Page, source: Source) -> None:
    page.title(source.label)
    page.say(f"{upper(source.meaning)}.", cite=source.cite)
    _source(page, source)
    page.gap()
    page.say("Log odds: before, each finding, after.")
    for one in source.contributions:
        page.row(f"  {one.log_odds:+7.3f}  {one.label}: {one.level}"[:WIDTH])
        if one.findings:
            page.say(f"from {', '.join(name.replace('_', ' ') for name in one.findings)}", indent=11)
    if source.share.how:
        page.say(f"Share: {source.share.how}.")


# -------------------------------------------------------------------------------------- what is missing


def _missing(page: _Page, review: Review) -> None:
    page.title("What is missing, and what would tell most")
    names = {source.id: source.short for source in review.sources}
    for question in review.questions[:QUESTIONS_SHOWN]:
        _question(page, question, names)
    if not review.questions:
        page.say("Nothing more would tell much about the sources.")


def _question(page: _Page, question: Question, names: dict[str, str]) -> None:
    page.say(f"{question.label} ({question.burden_label})", bullet="? ", cite=question.cite)
    if question.burden <= 1:
        page.say(question.ask, indent=4)
    for result in question.results:
        moved = ", ".join(f"{names[name]} {_percent(value)}" for name, value in result.sources[:2])
        page.say(f"{result.label} ({_percent(result.probability)} likely): {moved}", indent=4, bullet="- ")


# ------------------------------------------------------------------------------------------------ options


def _options(page: _Page, review: Review) -> None:
    page.title("Options")
    page.say("Several stay on the table. Open one with --explain, for example --explain radiofrequency.")
    chosen = _chosen(review)
    for option in review.options:
        contested = ", contested" if option.contested else ""
        page.say(f"{option.label}: {STATUS[option.status]}{contested}", bullet=f"{option.step:<6}")
        if option.status == "undecided":
            page.say(f"missing: {_open_criteria(option)}", indent=6)
        if option.status == "not now":
            for words in _barred(option):
                page.say(words, indent=6)
        if option.id in chosen:
            _criteria(page, option)


def _chosen(review: Review) -> set[str | None]:
    step = review.first_step
    return set() if step is None else {step.proposed.option, step.alternative.option if step.alternative else None}


def _open_criteria(option: Option) -> str:
    missing = [one for part in option.criteria if part.confirmed for one in part.result.would_meet]
    return _missing_words(tuple(missing))


def _barred(option: Option) -> list[str]:
    failed = [f"not met: {one.text}" for one in option.criteria if one.confirmed and one.result.outcome == "not met"]
    return failed + [f"stop: {one.text}" for one in option.stop if one.confirmed and one.result.outcome == "met"]


def _criteria(page: _Page, option: Option) -> None:
    for criterion in option.criteria:
        _criterion(page, criterion)
    unknown = [one.text for one in option.stop if one.result.outcome == "not documented"]
    if unknown:
        page.say(f"Not known, and would stop it: {'; '.join(unknown)}.", indent=6)
    for said in option.cautions:
        page.say(f"Caution: {said.text}", indent=6, cite=said.cite)


def _criterion(page: _Page, criterion: Criterion, marks: dict[str, str] = MARKS) -> None:
    unsure = "" if criterion.confirmed else " (!)"
    page.say(
        f"{criterion.text}{unsure}", indent=6, bullet=f"{marks[criterion.result.outcome]:<4} ", cite=criterion.cite
    )
    if criterion.result.outcome == "not documented":
        page.say(f"missing: {_missing_words(criterion.result.would_meet)}", indent=11)


def _option_in_full(page: _Page, option: Option) -> None:
    contested = ", contested" if option.contested else ""
    page.title(f"{option.label}: {STATUS[option.status]}{contested}")
    page.say(option.summary, cite=option.cite)
    page.gap()
    page.say("Enter when:")
    for criterion in option.criteria:
        _criterion(page, criterion)
        _rule(page, criterion.result, indent=10)
    if option.stop:
        page.gap()
        page.say("Do not, or resolve first:")
        for criterion in option.stop:
            _criterion(page, criterion, STOPS)
    _paragraphs(page, "Cautions:", option.cautions)
    _paragraphs(page, "Would be cautions, if documented:", option.possible_cautions)
    _paragraphs(page, "For it:", option.supports)
    _paragraphs(page, "Against it:", option.opposes)
    if option.expected:
        page.gap()
        page.say("Published results (definitions differ and are never joined):")
        for one in sorted(option.expected, key=lambda each: (each.measure, each.arm, each.months)):
            _expected(page, one)
    _paragraphs(page, "How:", option.protocol)
    for schedule in option.schedules:
        page.gap()
        page.say(f"{schedule.label}:")
        for period in schedule.periods:
            proposal = " (proposal)" if period.proposal else ""
            page.say(f"{period.content}{proposal}", indent=2, bullet=f"{period.period}: ", cite=period.cite)
    if option.follow_up:
        page.gap()
        page.say("When to judge:")
        for judged in option.follow_up:
            proposal = " (proposal)" if judged.proposal else ""
            page.say(f"{judged.when}; failure: {judged.failure}{proposal}", indent=2, bullet="- ", cite=judged.cite)


def _paragraphs(page: _Page, title: str, listed: Sequence[Said]) -> None:
    if listed:
        page.gap()
        page.say(title)
        for said in listed:
            page.say(said.text + ("" if said.confirmed else " (!)"), indent=2, bullet="- ", cite=said.cite)


def _expected(page: _Page, one: ExpectedResult) -> None:
    share = one.measure.startswith(("share", "cumulative share"))
    value = _percent(one.figure.value) if share else f"{one.figure.value:g}"
    origin = page.citations.figure(one.figure)
    page.say(
        f"{value} ({origin}) at {counted(one.months, 'month')}, {one.arm}: {one.measure}",
        indent=2,
        bullet="- ",
    )
    if one.note:
        page.say(one.note, indent=4)


def _rule(page: _Page, result: RuleResult, indent: int = 2) -> None:
    """The rule, part by part."""

    def part(one: Explained, depth: int) -> None:
        value = MARKS[one.outcome] if one.outcome else one.value
        if one.value != one.text:
            page.say(f"{one.text}: {value}", indent=indent + 2 * depth, bullet="· ")
        for below in one.parts:
            part(below, depth + 1)

    part(result.explained, 0)


# --------------------------------------------------------------------------- medication, first step, findings


def _medication(page: _Page, review: Review) -> None:
    page.title("Medication safety")
    medication = review.medication
    if not medication.recorded:
        page.say("No current medication is documented. That is not the same as none.")
        return
    for drug in medication.drugs:
        page.say(f"{drug.label}, {drug.dose} ({drug.place.place})", bullet="• ")
    page.say(f"Opioids in morphine equivalents: {medication.morphine_equivalents}.")
    for notice in medication.applies:
        _notice(page, notice)
    by_missing: dict[str, list[str]] = {}
    for notice in medication.could_apply:
        by_missing.setdefault(_missing_words(notice.result.would_meet), []).append(notice.number)
    for missing, numbers in by_missing.items():
        page.say(f"{', '.join(dict.fromkeys(numbers))} cannot be told without: {missing}.", bullet="? ")


def _notice(page: _Page, notice: MedicationNotice) -> None:
    planned = ", if it is started" if notice.planned else ""
    unsure = "" if notice.confirmed else " (!)"
    page.say(
        f"{notice.number} {notice.severity.upper()}{unsure}: {notice.label}{planned}. {upper(notice.action)}.",
        bullet="! ",
        cite=notice.cite,
    )


def _first_step(page: _Page, review: Review) -> None:
    page.title("Proposed first step")
    step = review.first_step
    if step is None:
        page.say("None: no rule of the ladder applies.")
        return
    _step(page, "", step.proposed)
    if step.alternative is not None:
        _step(page, "Strongest alternative: ", step.alternative)
    for other in step.would_change:
        page.say(f"'{other.label}' would come first with: {_missing_words(other.result.would_meet)}.", bullet="- ")


def _step(page: _Page, head: str, step: StepShown) -> None:
    page.say(f"{head}{upper(step.label)}: {step.because}.", cite=step.cite)


def _finding(page: _Page, finding: FindingShown) -> None:
    page.title(finding.label)
    unit = f" {finding.unit}" if finding.unit else ""
    note = f" ({finding.note})" if finding.note else ""
    page.say(f"{finding.value}{unit}{note}")
    for place in finding.places:
        page.say(_place(place), bullet="- ")


def _place(place: Place) -> str:
    side = f", {place.side}" if place.side else ""
    date = f", {place.date}" if place.date else ""
    inferred = ", inferred by the reader" if place.inferred else ""
    return f"{place.words} ({place.file}, {place.place}{date}{side}{inferred})"


# ---------------------------------------------------------------------------------- coverage, references


def _coverage(page: _Page, review: Review) -> None:
    page.title("What the chart held that was not used")
    coverage = review.coverage
    if coverage.not_read:
        page.say("Not read: " + ", ".join(f"{name} {number}" for name, number in coverage.not_read.items()) + ".")
    if coverage.unknown_codes:
        listed = [f"{name} ({number})" for name, number in coverage.unknown_codes.items()]
        page.say(f"Codes not known: {', '.join(listed[:MOST_LISTED])}{_more(len(listed))}.")
    for one in coverage.disagreements:
        places = ", ".join(place.place for place in one.places[:4])
        page.say(f"Contradiction about {lower(one.label)} ({places}): used {one.used}.", bullet="! ")
    unused = (*coverage.not_used, *coverage.texts)
    for unread in unused[:MOST_LISTED]:
        page.say(f"{unread.what}: {unread.why} ({unread.place.place}).", bullet="- ")
    if len(unused) > MOST_LISTED:
        page.say(f"... and {len(unused) - MOST_LISTED} more, listed in the HTML and JSON reports.")
    if not (coverage.not_read or coverage.unknown_codes or coverage.disagreements or unused):
        page.say("Nothing: all of it was read and used.")


def _more(number: int) -> str:
    return f" and {number - MOST_LISTED} more" if number > MOST_LISTED else ""


def _references(page: _Page, review: Review) -> None:
    listed = page.citations.listed()
    if listed:
        page.title("References")
        for number, cited in listed:
            page.say(f"{cited.short} ({cited.reference or cited.id})", bullet=f"[{number}] ")
        page.say("'sacroiliac knowledge show NAME' gives the whole reference, 'knowledge why NAME' what rests on it.")
    page.gap()
    page.say(LEGEND)
    versions = review.versions
    page.say(f"sacroiliac {versions.program}, knowledge {versions.knowledge}, schema {versions.review_schema}.")


# ------------------------------------------------------------------------------------------------- words


def _missing_words(listed: Sequence[Missing]) -> str:
    words = [lower(one.label) + (f" ({one.detail})" if one.detail else "") for one in listed]
    return ", ".join(dict.fromkeys(words)) or "nothing that could be documented"


def _percent(value: float) -> str:
    return "<1%" if 0 < value < 0.01 else f"{value * 100:.0f}%"


def _interval(probability: Probability) -> str:
    return f"{_percent(probability.value)} ({probability.low * 100:.0f}-{probability.high * 100:.0f})"


def _bar(probability: Probability, width: int) -> str:
    """A bar to the probability, with its interval drawn through its end."""
    low, value, high = (round(one * width) for one in (probability.low, probability.value, probability.high))
    spots = ("█" if spot < value else "─" if low <= spot < high else " " for spot in range(width))
    return "".join(spots).rstrip() or "▏"
