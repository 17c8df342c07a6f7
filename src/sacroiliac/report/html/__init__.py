"""The review as one self-contained page: no script needed, no outside request, the pictures drawn from the data.

``templates/page.jinja`` is the page, one file in ``templates/sections/`` each of its sections, in the order in which it
is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from sacroiliac.report import wording
from sacroiliac.report.explain import Explainable, find_all, resting_on
from sacroiliac.report.html import marks, pictures
from sacroiliac.report.html.cases import SECTIONS, Case
from sacroiliac.report.html.marks import Marks
from sacroiliac.review.model import FindingShown, Flag, MedicationNotice, Missing, Option, Review, Source
from sacroiliac.review.words import lower, percent, upper

__all__ = ["explain_all", "render", "render_all"]


def render(review: Review) -> str:
    """One review as a page."""
    return render_all([review])


def render_all(reviews: Sequence[Review]) -> str:
    """Several reviews, as of the left and the right side, as one page."""
    return _page(reviews, None)


def explain_all(reviews: Sequence[Review], name: str) -> str:
    """A page with every red flag, source, option, medication rule or finding of that name, of each review that has it.

    :raises InputError: when no review has anything of that name
    """
    found = find_all(reviews, name)
    return _page([review for review, _ in found], [named for _, named in found])


KINDS: dict[type, str] = {
    Source: "source",
    Option: "option",
    FindingShown: "finding",
    Missing: "missing",
    Flag: "flag",
    MedicationNotice: "notice",
}


def _page(reviews: Sequence[Review], opened: Sequence[Sequence[Explainable]] | None) -> str:
    cases = [Case(review, f"r{number}", opened is None) for number, review in enumerate(reviews, 1)]
    shown = None if opened is None else [[(one, KINDS[type(one)]) for one in named] for named in opened]
    page = _environment().get_template("page.jinja")
    return page.render(cases=cases, opened=shown, marks=Marks(reviews), sections=SECTIONS) + "\n"


@cache
def _environment() -> Environment:
    return environment("sacroiliac.report.html")


def environment(*packages: str) -> Environment:
    """The templates of some packages, with the words and marks that all pages share."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(one) for one in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": percent,
        "interval": wording.interval,
        "factor": wording.factor,
        "tidy": wording.tidy,
        "capital": upper,
        "lower": lower,
        "spaced": wording.spaced,
        "in_css": marks.in_css,
        "linked": marks.linked,
        "host": marks.host,
    }
    made.filters["pairs"] = pairwise
    made.tests["matching"] = lambda words, pattern: re.search(pattern, words) is not None
    made.globals |= {
        "pictures": pictures,
        "slug": marks.slug,
        "deciding": wording.deciding,
        "resting_on": resting_on,
        "by_verdict": wording.by_verdict,
    }
    return made
