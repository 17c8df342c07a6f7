"""What to do first, the strongest alternative, and what would change the choice."""

from __future__ import annotations

from sacroiliac.report.text import rules
from sacroiliac.report.text.page import Page
from sacroiliac.review.model import Review, StepShown
from sacroiliac.review.words import upper


def first_step(page: Page, review: Review) -> None:
    """The proposed step with its reason."""
    page.title("Proposed first step")
    step = review.first_step
    if step is None:
        page.say("None: no rule of the ladder applies.")
        return
    _step(page, "", step.proposed)
    if step.alternative is not None:
        _step(page, "Strongest alternative: ", step.alternative)
    if step.would_change:
        page.gap()
        page.say("Another step would come first with:")
        for other in step.would_change:
            page.say(
                f"{rules.missing(other.result.would_meet)}: {other.label}.", indent=2, bullet="- ", cite=other.cite
            )


def _step(page: Page, head: str, step: StepShown) -> None:
    page.say(f"{head}{upper(step.label)}: {step.because}.", cite=step.cite)
    if step.assumption:
        page.say(f"Threshold, an assumption (a): {step.assumption}.", indent=2)
