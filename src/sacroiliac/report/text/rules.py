"""Rules of the review in plain words: why they came out as they did, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable

from sacroiliac.report import wording
from sacroiliac.report.text.page import Page
from sacroiliac.report.wording import Reason
from sacroiliac.review.model import Missing, RuleResult
from sacroiliac.review.words import lower

MARKS = {"met": "yes", "not met": "NO", "not documented": "?"}


def because(page: Page, result: RuleResult) -> str:
    """The parts of a rule that decided it, in one sentence."""
    leaves = [wording.leaf(one) for one in wording.deciding(wording.reason(result.explained, page.names))]
    return "; ".join(dict.fromkeys(lower(one) for one in leaves))


def undocumented(page: Page, result: RuleResult) -> list[str]:
    """What a rule asks that the chart does not say; nothing where the rule is decided without it."""
    if result.outcome != "not documented":
        return []
    return [lower(one.asked) for one in wording.deciding(wording.reason(result.explained, page.names))]


def in_full(page: Page, result: RuleResult, indent: int = 2) -> None:
    """The rule, part by part, each with its outcome."""

    def part(one: Reason, depth: int) -> None:
        mark = MARKS.get(one.outcome or "", "")
        page.say(wording.leaf(one), indent=indent + 2 * depth, bullet=f"· {mark:<4}" if mark else "· ")
        for below in one.parts:
            part(below, depth + 1)

    part(wording.reason(result.explained, page.names), 0)


def missing(listed: Iterable[Missing]) -> str:
    """What is to be documented, each finding once."""
    return ", ".join(wording.missing(listed)) or "nothing that could be documented"
