"""Who it is about, and the headline."""

from __future__ import annotations

from sacroiliac.report.text.page import Page
from sacroiliac.review.model import Review
from sacroiliac.terminal import WIDTH


def top(page: Page, review: Review) -> None:
    """The first lines: what a reader must know who reads nothing else."""
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
