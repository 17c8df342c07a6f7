"""What is missing, and which test would tell most."""

from __future__ import annotations

from sacroiliac.report.text.page import Page
from sacroiliac.report.wording import tidy
from sacroiliac.review.model import Question, Review
from sacroiliac.review.words import percent

SHOWN, NAMED = 6, 2
BEDSIDE = 1


def questions(page: Page, review: Review) -> None:
    """The questions and tests that would tell most for their burden, with what each result would do."""
    page.title("What is missing, and what would tell most")
    if review.urgent:
        page.say("Not shown: what the red flag asks for comes first.")
        return
    if not review.questions:
        page.say("Nothing more would tell much about the sources.")
        return
    page.say("In the order of what each tells for its burden, with where each result would take the sources (m).")
    names = {source.id: source.short for source in review.sources}
    for question in review.questions[:SHOWN]:
        _question(page, question, names)


def _question(page: Page, question: Question, names: dict[str, str]) -> None:
    page.gap()
    page.say(f"{question.label} ({question.burden_label})", bullet="? ", cite=question.cite)
    if question.burden <= BEDSIDE:
        page.say(question.ask, indent=4)
    for result in question.results:
        moved = ", ".join(f"{names[name]} {percent(value)}" for name, value in result.sources[:NAMED])
        page.say(f"{tidy(result.label)} ({percent(result.probability)} likely): {moved}", indent=4, bullet="- ")
