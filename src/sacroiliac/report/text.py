"""The review as text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from sacroiliac.report.citations import LEGEND, Citations
from sacroiliac.review.model import (
    Criterion,
    Explained,
    Flag,
    Injection,
    Missing,
    Option,
    PatternShown,
    Probability,
    Question,
    Review,
    RuleResult,
    Source,
)

WIDTH = 80
BAR = 30
MARKS = {"met": "yes", "not met": "NO", "not documented": "?"}
STATUS = {"open": "open", "not now": "not now", "undecided": "open question"}
SOURCES_SHOWN, SOURCES_EXPLAINED, QUESTIONS_SHOWN, MOST_LISTED = 8, 3, 8, 12


def render(review: Review) -> str:
    """The whole review."""
    page = _Page(Citations(review))
    for section in (
        _who,
        _flags,
        _injections,
        _sources,
        _missing,
        _options,
        _medication,
        _first_step,
        _coverage,
        _references,
    ):
        section(page, review)
    return page.text()


class _Page:
    """Lines of at most 80 columns."""

    def __init__(self, citations: Citations) -> None:
        self.lines: list[str] = []
        self.citations = citations

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines) + "\n"

    def title(self, words: str) -> None:
        self.lines += ["", words.upper(), "─" * WIDTH]

    def say(self, words: str, indent: int = 0, bullet: str = "", cite: Iterable[str] = ()) -> None:
        first, rest = " " * indent + bullet, " " * (indent + len(bullet))
        mark = self.citations.mark(cite)
        content = f"{words} {mark}".strip()
        self.lines += textwrap.wrap(
            content, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ) or [first]

    def gap(self) -> None:
        self.lines.append("")


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


def _flags(page: _Page, review: Review) -> None:
    page.title("Red flags")
    present = [flag for flag in review.red_flags if flag.status == "present"]
    if not present:
        page.say("None is documented as present. That is not an all-clear: see what was not asked.")
    for flag in present:
        page.say(f"{flag.label} (tier {flag.tier})", bullet="! ", cite=flag.cite)
        page.say(f"Do: {flag.action}.", indent=2)
        page.say(f"Because: {_because(flag.result)}.", indent=2)
        for said in flag.figures:
            page.say(said.text + ".", indent=2, bullet="- ", cite=said.cite)
    unasked = [flag for flag in review.red_flags if flag.status == "not asked"]
    if unasked:
        page.gap()
        page.say("Not asked in full:")
        for flag in unasked:
            page.say(f"{flag.label} ({flag.tier}): {_ask(flag)}", indent=2, bullet="? ")
    cleared = [flag.label.lower() for flag in review.red_flags if flag.status == "answered no"]
    if cleared:
        page.gap()
        page.say(f"Answered no: {', '.join(cleared)}.")


def _ask(flag: Flag) -> str:
    if flag.ask:
        return ", ".join(one.label.lower() for one in flag.ask) + "."
    return ", ".join(dict.fromkeys(one.label.lower() for one in flag.result.would_meet)) + "."


def _because(result: RuleResult) -> str:
    """The parts of a rule that decide it, in words."""
    return "; ".join(_leaves(result.explained, result.outcome)) or result.rule


def _leaves(part: Explained, outcome: str | None) -> list[str]:
    deciding = [
        one
        for one in part.parts
        if one.outcome is not None and (part.text.startswith("not ") or one.outcome == outcome)
    ]
    if deciding and part.outcome is not None:
        wanted = None if part.text.startswith("not ") else outcome
        return [leaf for one in deciding for leaf in _leaves(one, wanted or one.outcome)]
    values = [f"{one.text} is {one.value}" for one in part.parts if one.value is not None and one.value != one.text]
    return [f"{part.text}" + (f" ({', '.join(values)})" if values else "")]


def _injections(page: _Page, review: Review) -> None:
    page.title("What the injections showed")
    if not review.injections:
        page.say("No sacroiliac injection of this side is on the chart.")
    for injection in review.injections:
        _injection(page, injection)
    if review.why is not None:
        page.gap()
        page.say("Why the last one did not last:", cite=())
        for label, probability in (
            ("the joint complex is not the source", review.why.not_the_source),
            ("it is, but the drug did not reach the part that hurts", review.why.missed),
            ("it is and was reached; the relief did not hold", review.why.did_not_hold),
        ):
            page.lines.append(f"  {_interval(probability):>16} {_bar(probability)}")
            page.say(label, indent=4)
        if review.why.unwritten:
            page.say(f"Not written in the note: {', '.join(review.why.unwritten)}.", indent=2)


def _injection(page: _Page, injection: Injection) -> None:
    page.gap()
    page.say(f"{injection.date}, {injection.target}, {injection.intent} ({injection.place.place})")
    delivery = injection.delivery
    page.say(f"Delivery: {delivery.shows}.", indent=2, cite=delivery.cite)
    note = f"in the joint {delivery.joint.value:.0%} {page.citations.figure(delivery.joint)} by the note"
    if delivery.after_joint is not None:
        note += f", {_interval(delivery.after_joint)} m after everything is known"
    page.say(note.replace("%", " %").replace("  %", " %") + ".", indent=4)
    page.say(f"First hours (anaesthetic): {injection.anaesthetic.words}.", indent=2)
    if injection.anaesthetic.note:
        page.say(f"({injection.anaesthetic.note})", indent=4)
    page.say(f"Weeks after (steroid): {injection.steroid.words}.", indent=2)
    for said in injection.modifiers:
        page.say(f"Weakens the reading: {said.text}.", indent=2, cite=said.cite)
    if injection.pattern is None:
        page.say("No row of the decision table fits as documented.", indent=2)
    else:
        _pattern(page, injection.pattern)
    for other in injection.others:
        how = (
            "also fits"
            if other.result.outcome == "met"
            else f"could fit, if documented: {_missing_words(other.result.would_meet)}"
        )
        page.say(f"Row {other.row}, {other.label}: {how}.", indent=4, bullet="- ")


def _pattern(page: _Page, pattern: PatternShown) -> None:
    page.say(f"Pattern: row {pattern.row}, {pattern.label}.", indent=2, cite=pattern.cite)
    page.say(f"Means: {pattern.meaning}.", indent=4)
    page.say(f"Next: {pattern.next_step}.", indent=4)


def _sources(page: _Page, review: Review) -> None:
    page.title("Pain sources")
    page.say("Probability of the model with its 90 % interval (m); two or three can be present at once.")
    page.gap()
    for source in review.sources[:SOURCES_SHOWN]:
        page.lines.append(f"  {source.short:<20} {_interval(source.probability):>16}  {_bar(source.probability)}")
    rest = review.sources[SOURCES_SHOWN:]
    if rest:
        page.say(
            "Others: " + ", ".join(f"{source.short} {_percent(source.probability.value)}" for source in rest) + ".",
            indent=2,
        )
    page.say(
        f"none of these {_interval(review.none_of_these)}; joint or ligaments {_interval(review.complex)}", indent=2
    )
    for source in review.sources[:SOURCES_EXPLAINED]:
        _source(page, source)
    page.gap()
    page.say(f"How firm: {review.sensitivity.words}")
    for turn in review.sensitivity.turns[:3]:
        page.say(
            f"at {turn.value:g} instead: {turn.assumption} - then {turn.first} comes first.", indent=2, bullet="- "
        )
    if review.sensitivity.unconfirmed_findings:
        page.say(
            f"Recorded but not counted, because its figures were not confirmed: {', '.join(review.sensitivity.unconfirmed_findings)}."
        )


def _source(page: _Page, source: Source) -> None:
    page.gap()
    page.say(
        f"{source.label}: {_interval(source.probability)} m, from {_percent(source.before)} before ({source.before_because}; share {_percent(source.share.value)} {page.citations.figure(source.share)})."
    )
    for_it = [one for one in source.contributions if one.log_odds >= 0.05]
    against = [one for one in source.contributions if one.log_odds <= -0.05]
    for word, listed in (("for", for_it), ("against", against)):
        for one in listed:
            page.say(f"{word} ×{one.ratio:.2g}  {one.label}: {one.level}", indent=2, bullet="", cite=one.cite)


def _missing(page: _Page, review: Review) -> None:
    page.title("What is missing, and what would tell most")
    for question in review.questions[:QUESTIONS_SHOWN]:
        _question(page, question)
    if not review.questions:
        page.say("Nothing more would tell much about the sources.")


def _question(page: _Page, question: Question) -> None:
    page.say(f"{question.label} ({question.burden_label}, {question.bits:.2f} bit)", bullet="? ", cite=question.cite)
    if question.kind == "group" or question.burden <= 1:
        page.say(question.ask, indent=4)
    results = [
        f"{result.label} ({_percent(result.probability)}): "
        + ", ".join(f"{name.replace('_', ' ')} {_percent(value)}" for name, value in result.sources[:2])
        for result in question.results
    ]
    for line in results:
        page.say(line, indent=4, bullet="- ")


def _options(page: _Page, review: Review) -> None:
    page.title("Options")
    page.say("Criteria: yes, NO, or ? (not documented). Several options stay on the table; open one with --explain.")
    for option in review.options:
        _option(page, option)


def _option(page: _Page, option: Option) -> None:
    page.gap()
    contested = ", contested" if option.contested else ""
    page.say(f"{option.step}  {option.label}: {STATUS[option.status]}{contested}", cite=option.cite)
    for criterion in option.criteria:
        page.say(_criterion(criterion), indent=4, cite=criterion.cite)
    for criterion in option.stop:
        if criterion.result.outcome == "met":
            page.say(f"STOP: {criterion.text}", indent=4, cite=criterion.cite)
    unknown = [criterion.text for criterion in option.stop if criterion.result.outcome == "not documented"]
    if unknown:
        page.say(f"Not known, would stop it: {'; '.join(unknown)}.", indent=4)
    for said in option.cautions:
        page.say(f"Caution: {said.text}", indent=4, cite=said.cite)


def _criterion(criterion: Criterion) -> str:
    unsure = "" if criterion.confirmed else " (!)"
    text = f"{MARKS[criterion.result.outcome]:<3} {criterion.text}{unsure}"
    if criterion.result.outcome == "not documented" and criterion.result.would_meet:
        text += f" - missing: {_missing_words(criterion.result.would_meet)}"
    return text


def _missing_words(listed: tuple[Missing, ...]) -> str:
    return (
        ", ".join(dict.fromkeys(one.label.lower() + (f" ({one.detail})" if one.detail else "") for one in listed))
        or "nothing that could be documented"
    )


def _medication(page: _Page, review: Review) -> None:
    page.title("Medication safety")
    medication = review.medication
    if not medication.recorded:
        page.say("No current medication is documented. That is not the same as none.")
        return
    for drug in medication.drugs:
        page.say(f"{drug.label}: {drug.dose} ({drug.place.place})", bullet="• ")
    page.say(f"Opioids in morphine equivalents: {medication.morphine_equivalents}.")
    for notice in medication.applies:
        planned = " if it is started" if notice.planned else ""
        unsure = "" if notice.confirmed else " (!)"
        page.say(
            f"{notice.number} {notice.severity.upper()}{unsure}: {notice.label}{planned}. {notice.action}.",
            bullet="! ",
            cite=notice.cite,
        )
    for notice in medication.could_apply:
        page.say(
            f"{notice.number} {notice.label}: not known, missing {_missing_words(notice.result.would_meet)}.",
            bullet="? ",
            cite=notice.cite,
        )


def _first_step(page: _Page, review: Review) -> None:
    page.title("Proposed first step")
    if review.first_step is None:
        page.say("None: no rule of the ladder applies.")
        return
    step = review.first_step
    page.say(f"{step.proposed.label}: {step.proposed.because}.", cite=step.proposed.cite)
    if step.alternative is not None:
        page.say(
            f"Strongest alternative: {step.alternative.label.lower()}, because {step.alternative.because}.",
            cite=step.alternative.cite,
        )
    for other in step.would_change:
        page.say(
            f"Would change to '{other.label.lower()}' if documented: {_missing_words(other.result.would_meet)}.",
            bullet="- ",
        )


def _coverage(page: _Page, review: Review) -> None:
    page.title("What the chart held that was not used")
    coverage = review.coverage
    read = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in coverage.read.items())
    page.say(f"Read: {read or 'nothing'}.")
    if coverage.not_read:
        page.say("Not read: " + ", ".join(f"{name} {number}" for name, number in coverage.not_read.items()) + ".")
    if coverage.unknown_codes:
        listed = list(coverage.unknown_codes.items())
        more = f" and {len(listed) - MOST_LISTED} more" if len(listed) > MOST_LISTED else ""
        page.say(
            "Codes not known: " + ", ".join(f"{name} ({number})" for name, number in listed[:MOST_LISTED]) + more + "."
        )
    for one in coverage.disagreements:
        places = ", ".join(place.place for place in one.places[:4])
        page.say(f"Contradiction about {one.label.lower()} ({places}): used {one.used}.", bullet="! ")
    for unread in (*coverage.not_used, *coverage.texts)[:MOST_LISTED]:
        page.say(f"{unread.what}: {unread.why} ({unread.place.place}).", bullet="- ")
    left = len(coverage.not_used) + len(coverage.texts) - MOST_LISTED
    if left > 0:
        page.say(f"... and {left} more: see --format json or html.")


def _references(page: _Page, review: Review) -> None:
    page.title("References")
    for number, cited in page.citations.listed():
        page.say(cited.text, bullet=f"[{number}] ")
    page.gap()
    page.say(LEGEND)
    versions = review.versions
    page.say(f"sacroiliac {versions.program}, knowledge {versions.knowledge}, review schema {versions.review_schema}.")


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %" if value >= 0.01 or value == 0 else "<1 %"


def _interval(probability: Probability) -> str:
    low, high = probability.low * 100, probability.high * 100
    return f"{_percent(probability.value)} ({low:.0f}-{high:.0f})"


def _bar(probability: Probability) -> str:
    """A bar to the probability, its interval drawn through it."""
    low, value, high = (round(one * BAR) for one in (probability.low, probability.value, probability.high))
    return "".join("█" if spot < value else ("─" if low <= spot < high else " ") for spot in range(BAR)).rstrip() or "▏"
