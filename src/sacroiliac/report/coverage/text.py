"""What policies ask of a case, as text for a terminal of 80 columns: the verdicts, the matrix, then what to do."""

from __future__ import annotations

from collections.abc import Sequence

from sacroiliac.report import wording
from sacroiliac.report.citations import Citations
from sacroiliac.report.coverage import words
from sacroiliac.report.text import rules
from sacroiliac.report.text.page import Page
from sacroiliac.review.model import ItemShown, Judged
from sacroiliac.review.policies.model import Cell, Coverage, Stage
from sacroiliac.review.words import upper
from sacroiliac.terminal import WIDTH

MARKS = {"met": "+", "not met": "–", "excluded": "x", "not documented": "?"}
LABEL, COLUMN = 25, 4
UNLOCKS = 8


def render_all(coverages: Sequence[Coverage]) -> str:
    """The coverage of each case, one after the other."""
    return "\n".join(_rendered(one) for one in coverages)


def explain_all(coverages: Sequence[Coverage], name: str) -> str:
    """One policy or one item of each case, opened fully.

    :raises InputError: when there is no such policy or item
    """
    return "\n".join(_opened(*found) for found in words.find(coverages, name))


def _page(coverage: Coverage) -> Page:
    return Page(Citations(), coverage.labels)


def _rendered(coverage: Coverage) -> str:
    page = _page(coverage)
    _top(page, coverage)
    shown, others = words.stages_shown(coverage.stages)
    for stage in shown:
        _stage(page, coverage, stage)
    for stage in others:
        page.title(f"{stage.label}: not this stage")
        _verdicts(page, stage)
    _unlocks(page, coverage)
    _dates(page, coverage)
    _costs(page, coverage)
    _conflicts(page, coverage)
    _foot(page, coverage)
    return page.text()


def _top(page: Page, coverage: Coverage) -> None:
    who = coverage.who
    side = f"{who.side} side" if who.side else "side not documented"
    page.lines += ["═" * WIDTH, f"SACROILIAC COVERAGE   {coverage.group}, {side}, {who.review_date}", "═" * WIDTH]
    page.say(f"Patient {who.patient}, age {who.age}, sex {who.sex}. Review date: {who.review_date_origin}.")
    page.say(f"Chart: {who.chart} ({who.chart_kind}).")
    if coverage.plan:
        page.say(f"Plan: {coverage.plan}.")
    for said in coverage.urgent:
        page.gap()
        page.say(f"STOP. {said.text}. No authorisation may delay this.")
    page.gap()
    page.say(words.NOTICE)


def _stage(page: Page, coverage: Coverage, stage: Stage) -> None:
    page.title(stage.label)
    if stage.fits == "met" and len(coverage.stages) > 1:
        page.say("The stage this chart has come to.")
        page.gap()
    _verdicts(page, stage)
    _matrix(page, stage)
    for one in words.ordered(stage.judged):
        _policy(page, one)


def _verdicts(page: Page, stage: Stage) -> None:
    for number, one in enumerate(words.ordered(stage.judged), 1):
        shown = one.verdict
        about = "; ".join(part for part in (words.standing(shown), words.otherwise(shown)) if part)
        page.say(f"{shown.verdict.upper():<15} {about}", bullet=f"{number:>2} {shown.short:<12}")


def _matrix(page: Page, stage: Stage) -> None:
    judged = words.ordered(stage.judged)
    width = (WIDTH - LABEL) // COLUMN
    for first in range(0, len(judged), width):
        block = judged[first : first + width]
        page.gap()
        page.row(" " * LABEL + "".join(f"{number:>{COLUMN}}" for number in range(first + 1, first + 1 + len(block))))
        for row in stage.rows:
            cells = {cell.policy: cell for cell in row.cells}
            if any(one.verdict.policy in cells for one in block):
                marks = "".join(f"{_mark(cells.get(one.verdict.policy)):>{COLUMN}}" for one in block)
                page.row(f"{row.label:<{LABEL}}{marks}")
    page.gap()
    page.say("+ met   – not met   x excluded   ? not documented   · asks nothing   ( ) unconfirmed, decides nothing")


def _mark(cell: Cell | None) -> str:
    if cell is None:
        return "·"
    return MARKS[cell.answer] if cell.confirmed else f"({MARKS[cell.answer]})"


def _policy(page: Page, one: Judged) -> None:
    shown = one.verdict
    page.gap()
    page.say(f"{shown.short}: {shown.verdict.upper()}. {upper(one.payer)}; {words.version(one)}.")
    indent = 3
    if one.statement:
        page.say(f"{upper(one.statement)}.", indent=indent)
    for item in words.failing(one):
        page.say(f"{item.text} ({item.id}). {_why(page, item)}", indent=indent, bullet=f"{MARKS[item.answer]} ")
    for open_ in words.settled_by(one):
        page.say(open_, indent=indent, bullet="? ")
    if shown.verdict == "not met" and words.waiting(one):
        lacking = rules.missing(missing for item in words.waiting(one) for missing in item.result.would_meet)
        page.say(f"also not documented: {lacking}", indent=indent, bullet="? ")
    there, absent = words.documents(one)
    if there or absent:
        page.say(f"documents: {len(there)} of {len(there) + len(absent)} on record", indent=indent, bullet="· ")
    for item in absent:
        page.say(f"not on record: {item.text}", indent=indent + 2, bullet="- ")
    if words.otherwise(shown):
        page.say(upper(words.otherwise(shown)) + ".", indent=indent, bullet="· ")


def _why(page: Page, item: ItemShown) -> str:
    return upper(rules.because(page, item.result)) + "."


def _unlocks(page: Page, coverage: Coverage) -> None:
    page.title("What to document first")
    if not coverage.unlocks:
        page.say("No policy waits for a fact alone: what is not met is documented, or nothing is asked.")
        return
    first = coverage.unlocks[0]
    if first.alone:
        named = wording.missing([first.missing])[0]
        page.say(f"The one fact that unlocks most: {named}. It alone settles {', '.join(first.alone)}.")
        page.gap()
    for one in coverage.unlocks[:UNLOCKS]:
        parts = [f"alone settles {', '.join(one.alone)}" if one.alone else ""]
        parts.append(f"needed with others by {', '.join(one.among)}" if one.among else "")
        page.say(
            f"{upper(wording.missing([one.missing])[0])}: {'; '.join(part for part in parts if part)}", bullet="• "
        )
    if len(coverage.unlocks) > UNLOCKS:
        page.say(f"and {len(coverage.unlocks) - UNLOCKS} more, each needed with others")


def _dates(page: Page, coverage: Coverage) -> None:
    if coverage.dated:
        page.title("What time alone will change")
        page.say("If care that is going on goes on, and nothing else happens:")
        for one in coverage.dated:
            page.say(f"{one.policy} {one.item}: {one.text}", bullet=f"{one.date}  ")


def _costs(page: Page, coverage: Coverage) -> None:
    if coverage.costs:
        page.title("What an act of today would cost")
        for one in coverage.costs:
            page.say(f"{one.text} Under {', '.join(one.policies)} ({', '.join(one.items)}).", bullet="! ")


def _conflicts(page: Page, coverage: Coverage) -> None:
    if not coverage.conflicts:
        return
    page.title("Where policies disagree in this case")
    for conflict in coverage.conflicts:
        page.say(f"{upper(conflict.topic)}: {conflict.why}.", bullet="• ")
        for side in conflict.sides:
            unsure = "" if side.confirmed else " (unconfirmed)"
            page.say(f"{side.policy} {side.item}: {side.answer}{unsure}", indent=4)


def _foot(page: Page, coverage: Coverage) -> None:
    if coverage.not_in_force:
        page.title("Not in force on the review date")
        for one in coverage.not_in_force:
            page.say(f"{one.short} ({one.policy}): the version seen begins {one.since}", bullet="• ")
    page.gap()
    page.say(
        "Open a policy or an item with --explain, for example "
        f"--explain {coverage.stages[0].judged[0].verdict.short}; 'sacroiliac knowledge show ID' gives its source."
    )
    versions = coverage.versions
    page.say(f"sacroiliac {versions.program}, knowledge {versions.knowledge}, schema {versions.review_schema}.")


def _opened(coverage: Coverage, one: Judged, item: ItemShown | None) -> str:
    page = _page(coverage)
    side = f"{coverage.who.side} side" if coverage.who.side else "side not documented"
    if item is not None:
        page.title(f"{item.id}, {one.verdict.short}: {one.verdict.service_label} ({side})")
        _item(page, coverage, item)
        return page.text()
    page.title(f"{one.verdict.short}: {one.verdict.service_label} ({side})")
    page.say(f"{upper(one.payer)}: {one.title}. {upper(words.version(one))}. {one.region}.")
    if one.version_seen:
        page.say(f"What was seen: {one.version_seen}.")
    page.say(f"Position: {words.POSITIONS[one.verdict.position]}{'' if one.position_confirmed else ' (unconfirmed)'}.")
    for note in (
        one.statement,
        one.prior_authorization and f"prior authorisation: {one.prior_authorization}",
        *one.notes,
    ):
        if note:
            page.say(f"{upper(note)}.")
    page.gap()
    page.say(f"Verdict: {one.verdict.verdict}. {upper(words.standing(one.verdict)) or 'Nothing to count'}.")
    if words.otherwise(one.verdict):
        page.say(f"{upper(words.otherwise(one.verdict))}.")
    for open_ in words.settled_by(one):
        page.say(f"{upper(open_)}.")
    for each in one.items:
        page.gap()
        _item(page, coverage, each)
    if one.definitions:
        page.gap()
        page.say("What it means by its words:")
        for meaning in one.definitions:
            page.say(meaning, indent=2, bullet="- ")
    page.gap()
    page.say(f"Read at: {', '.join(one.seen_at)}")
    return page.text()


def _item(page: Page, coverage: Coverage, item: ItemShown) -> None:
    unsure = "" if item.confirmed else " (unconfirmed)"
    page.say(f"{item.text} ({item.kind} {item.id})", bullet=f"{MARKS[item.answer]} {words.answered(item)}{unsure}: ")
    if item.applies_when:
        page.say(f"Shown only: applies {item.applies_when}.", indent=4)
    rules.in_full(page, item.result, indent=4)
    for label, value, places in words.evidence(coverage, item):
        page.say(f"{label}: {value}", indent=4, bullet="= ")
        for place in places:
            page.say(place, indent=8, bullet="- ")
    page.say(f"{upper(words.origin(item))}{': ' + item.seen_at if item.seen_at else ''}", indent=4)
    if item.note:
        page.say(f"Note: {item.note}.", indent=4)
