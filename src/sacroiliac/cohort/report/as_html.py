"""The report as one self-contained page: pictures drawn from the counts, each with its table; no script, no request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from sacroiliac.cohort.report.measured import measured
from sacroiliac.cohort.results import Results
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.report.html import environment
from sacroiliac.report.html.marks import linked, slug
from sacroiliac.report.html.pictures import spot
from sacroiliac.review.references import cited


def written(results: Results, by: str | None) -> Iterator[str]:
    """The parts of the page."""
    report = measured(results, by)
    made = environment("sacroiliac.cohort.report", "sacroiliac.report.html")
    made.filters |= {"spot": spot, "slug": slug}
    page = made.get_template("report.jinja")
    yield from page.generate(
        report=report,
        left_out=results.left_out(report.smallest),
        cited=lambda keys: _cited(results.knowledge, keys),
    )
    yield "\n"


def _cited(knowledge: Knowledge, keys: Iterable[str]) -> Markup:
    """The publications behind a measure, each once, with links."""
    works = dict.fromkeys(cited(knowledge, key).short for key in keys)
    return Markup("; ").join(linked(one) for one in works)
