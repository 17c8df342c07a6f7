"""What the chart held that was not used, and why."""

from __future__ import annotations

from sacroiliac.report.text.page import Page
from sacroiliac.review.model import Review
from sacroiliac.review.words import lower

MOST_LISTED, MOST_PLACES = 12, 4


def coverage(page: Page, review: Review) -> None:
    """Kinds that nothing was taken from, codes not known, contradictions, values not used, texts."""
    page.title("What the chart held that was not used")
    known = review.coverage
    if known.not_read:
        page.say(
            "Nothing was taken from: " + ", ".join(f"{name} {number}" for name, number in known.not_read.items()) + "."
        )
    if known.unknown_codes:
        listed = [f"{name} ({number})" for name, number in known.unknown_codes.items()]
        more = f" and {len(listed) - MOST_LISTED} more" if len(listed) > MOST_LISTED else ""
        page.say(f"Codes not known: {', '.join(listed[:MOST_LISTED])}{more}.")
    for one in known.disagreements:
        places = ", ".join(place.place for place in one.places[:MOST_PLACES])
        page.say(f"Contradiction about {lower(one.label)} ({places}): used {one.used}.", bullet="! ")
    unused = (*known.not_used, *known.texts)
    for unread in unused[:MOST_LISTED]:
        how = "Used, but inferred: " if unread.inferred else ""
        page.say(f"{how}{unread.what}: {unread.why} ({unread.place.place}).", bullet="- ")
    if len(unused) > MOST_LISTED:
        page.say(f"... and {len(unused) - MOST_LISTED} more, listed in the HTML and JSON reports.")
    if not (known.not_read or known.unknown_codes or known.disagreements or unused):
        page.say("Nothing: all of it was read and used.")
