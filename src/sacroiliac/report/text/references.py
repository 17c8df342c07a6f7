"""The references in the order in which they were cited, the legend, the versions."""

from __future__ import annotations

from sacroiliac.report.citations import LEGEND
from sacroiliac.report.text.page import Page
from sacroiliac.review.model import Review


def references(page: Page, review: Review) -> None:
    """The end of the page."""
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
