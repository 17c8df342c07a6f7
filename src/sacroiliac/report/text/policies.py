"""What societies and payers ask, in a line for each service: whose criteria are met, open, not met."""

from __future__ import annotations

from sacroiliac.report.text.page import Page
from sacroiliac.report.wording import by_verdict
from sacroiliac.review.model import Review


def policies(page: Page, review: Review) -> None:
    """The verdicts by service. Nothing is shown beside an urgent red flag: it could delay what has to be done."""
    page.title("What societies and payers ask")
    if review.urgent:
        page.say("Not shown: no authorisation may delay what has to be done today.")
        return
    page.say("Dated versions as far as they could be seen; 'sacroiliac coverage' opens each criterion.")
    for service, verdicts in by_verdict(review.policies):
        said = "; ".join(f"{verdict} {', '.join(names)}" for verdict, names in verdicts)
        page.say(f"{service}: {said}.", bullet="• ")
