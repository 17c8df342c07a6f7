"""The review as text for a terminal of 80 columns: the headline first, then the detail that decides.

What is left out here (all options in full, every finding) opens with ``--explain NAME`` and stands whole in
the HTML and JSON reports.
"""

from __future__ import annotations

from collections.abc import Sequence

from sacroiliac.report.citations import Citations
from sacroiliac.report.explain import Explainable, find_all
from sacroiliac.report.text import findings, rules
from sacroiliac.report.text.coverage import coverage
from sacroiliac.report.text.first_step import first_step
from sacroiliac.report.text.flags import flag, flags
from sacroiliac.report.text.injections import injections
from sacroiliac.report.text.medication import medication, notice
from sacroiliac.report.text.options import option_in_full, options
from sacroiliac.report.text.page import Page
from sacroiliac.report.text.policies import policies
from sacroiliac.report.text.questions import questions
from sacroiliac.report.text.references import references
from sacroiliac.report.text.sources import source_in_full, sources
from sacroiliac.report.text.top import top
from sacroiliac.review.model import FindingShown, Flag, MedicationNotice, Missing, Option, Review, Source

__all__ = ["explain_all", "render_all"]

# In the order in which they are read.
SECTIONS = (
    top, flags, injections, sources, questions, options, medication, policies, first_step, coverage, references,
)  # fmt: skip


def render_all(reviews: Sequence[Review]) -> str:
    """The reviews one after the other."""
    return "\n".join(_rendered(review) for review in reviews)


def explain_all(reviews: Sequence[Review], name: str) -> str:
    """Every red flag, source, option, medication rule or finding of that name, of each review that has it, opened fully.

    :raises InputError: when no review has anything of that name
    """
    found = find_all(reviews, name)
    return "\n".join(_opened(review, named, len(found) > 1) for review, named in found)


def _rendered(review: Review) -> str:
    page = Page(Citations(review), review.labels)
    for section in SECTIONS:
        section(page, review)
    return page.text()


def _opened(review: Review, named: Sequence[Explainable], several: bool) -> str:
    page = Page(Citations(review), review.labels)
    if several:
        page.say(f"{review.who.side or 'Side not documented'}:".capitalize())
    for one in named:
        _open(page, review, one)
    references(page, review)
    return page.text()


def _open(page: Page, review: Review, found: Explainable) -> None:
    match found:
        case Source():
            source_in_full(page, found)
        case Option():
            option_in_full(page, found)
        case Flag():
            page.title(found.label)
            flag(page, found)
            rules.in_full(page, found.result)
        case MedicationNotice():
            page.title(found.label)
            notice(page, found)
            rules.in_full(page, found.result)
        case FindingShown():
            findings.finding(page, review, found)
        case Missing():
            findings.missing(page, review, found)
