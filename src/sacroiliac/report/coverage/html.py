"""What policies ask of a case as one self-contained page: the verdicts, the matrix, and each cell opened below it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment

from sacroiliac.report import wording
from sacroiliac.report.coverage import words
from sacroiliac.report.html import environment, marks
from sacroiliac.review.model import ItemShown, Judged
from sacroiliac.review.policies.model import Cell, Coverage, Row

ICONS = {"met": "yes", "not met": "no", "excluded": "stop", "not documented": "unknown"}
VERDICT_ICONS = {
    "met": "yes", "not documented": "unknown", "not met": "no", "not covered": "stop", "out of scope": "no",
    "statement only": "note", "unconfirmed": "unknown",
}  # fmt: skip


class Case:
    """One coverage as the template sees it."""

    def __init__(self, coverage: Coverage, prefix: str) -> None:
        self.coverage = coverage
        self.prefix = prefix
        self.shown, self.others = words.stages_shown(coverage.stages)

    @property
    def title(self) -> str:
        """The side, as a heading."""
        side = self.coverage.who.side
        return f"{side.capitalize()} side" if side else "Side not documented"

    def anchor(self, *name: object) -> str:
        """An anchor of this case."""
        return marks.slug(self.prefix, *name)

    def evidence(self, item: ItemShown) -> list[tuple[str, str, list[str]]]:
        """The findings an item rests on, with their places."""
        return words.evidence(self.coverage, item)

    def because(self, item: ItemShown) -> str:
        """What decided an item, in one sentence."""
        # What the rule of a reason to refuse needs is not what the request needs.
        asked = item.kind not in ("exclusion", "scope")
        leaves = wording.deciding(wording.reason(item.result.explained, self.coverage.labels))
        return "; ".join(dict.fromkeys(wording.leaf(one, with_needs=asked) for one in leaves))

    @staticmethod
    def cells(row: Row, judged: Sequence[Judged]) -> list[tuple[Judged, Cell | None]]:
        """One row of the matrix: each policy with its cell; none where it asks nothing."""
        found = {cell.policy: cell for cell in row.cells}
        return [(one, found.get(one.verdict.policy)) for one in judged]


def render_all(coverages: Sequence[Coverage]) -> str:
    """The coverage of each painful side, on one page."""
    return _page([Case(one, f"c{number}") for number, one in enumerate(coverages, 1)], None)


def explain_all(coverages: Sequence[Coverage], name: str) -> str:
    """A page with one policy or one item of each case.

    :raises InputError: when there is no such policy or item
    """
    found = words.find(coverages, name)
    cases = [Case(one, f"c{number}") for number, one in enumerate(coverages, 1)]
    named = {id(case.coverage): case for case in cases}
    return _page(cases, [(named[id(coverage)], judged, item) for coverage, judged, item in found])


def _page(cases: list[Case], opened: list[tuple[Case, Judged, ItemShown | None]] | None) -> str:
    return _environment().get_template("coverage.jinja").render(cases=cases, opened=opened) + "\n"


@cache
def _environment() -> Environment:
    shared = environment("sacroiliac.report.coverage", "sacroiliac.report.html")
    shared.filters["missing"] = wording.missing
    shared.globals |= {"words": words, "ICONS": ICONS, "VERDICT_ICONS": VERDICT_ICONS, "marks": None}
    return shared
