"""From the facts of a chart to the findings of one case: side, time, and which of several facts counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec import Struct

from sacroiliac.cases.found import Contradiction, Findings, Found
from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Coverage, Fact, Side
from sacroiliac.knowledge.model import Finding, Knowledge


@dataclass
class Index:
    """Which findings each concept feeds."""

    knowledge: Knowledge

    @cached_property
    def feeds(self) -> dict[str, list[tuple[str, Any]]]:
        """For each concept (and each finding, for itself) the findings it feeds, and the value it means there."""
        found: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for finding in self.knowledge.findings.values():
            found[finding.id].append((finding.id, None))
            for coded in finding.codes:
                if coded.concept != finding.id:  # a concept of the same name is the finding itself: one statement
                    found[coded.concept].append((finding.id, coded.value))
        return dict(found)

    @cached_property
    def windows(self) -> dict[str, float]:
        """For how many days each finding counts (missing: for ever)."""
        return {
            finding.id: self.knowledge.windows[finding.window].days.value
            for finding in self.knowledge.findings.values()
            if finding.window is not None
        }


class Statement(Struct, frozen=True):
    """A fact taken as a statement about one finding."""

    value: Any
    fact: Fact


def statements(index: Index, facts: Iterable[Fact]) -> dict[str, list[Statement]]:
    """The facts by finding, each with the value it means for that finding."""
    found: dict[str, list[Statement]] = defaultdict(list)
    for fact in facts:
        for finding, value in index.feeds.get(fact.concept, ()):
            # A concept that means a value does so only when it is present: its absence means nothing.
            if value is None:
                found[finding].append(Statement(fact.value, fact))
            elif fact.value is not False:
                found[finding].append(Statement(value, fact))
    return dict(found)


def choose(
    index: Index, about: dict[str, list[Statement]], side: Side | None, review: int, coverage: Coverage
) -> tuple[Findings, list[Contradiction]]:
    """The findings that facts state directly, for one side at one review date.

    What is not used is noted in ``coverage``.
    """
    found: Findings = {}
    contradictions: list[Contradiction] = []
    for name, stated in about.items():
        finding = index.knowledge.findings[name]
        if finding.type in ("records", "record") and name != "planned":
            continue
        usable = [one for one in stated if _usable(index, finding, one.fact, side, review, coverage)]
        if not usable:
            continue
        value, contradiction = _union(finding, usable) if finding.type == "set" else _newest(finding, usable)
        if contradiction is not None:
            contradictions.append(contradiction)
        if value is not None:
            found[name] = value
    return found, contradictions


def _usable(index: Index, finding: Finding, fact: Fact, side: Side | None, review: int, coverage: Coverage) -> bool:
    """Whether a fact counts for the finding in this case; notes why not, unless it is simply of the other side."""

    def skip(why: str) -> bool:
        coverage.skip(f"{finding.label}: {fact.origin.words or fact.label or fact.concept}", why, fact.origin)
        return False

    if finding.side == "sided":
        if fact.side is None:
            return skip("the chart does not say which side")
        if side is None:
            return skip("the chart does not say which side is the painful one")
        if fact.side not in (side, "bilateral"):
            return False
    window = index.windows.get(finding.id)
    if window is None and fact.passing and fact.until is not None and fact.until[1] < review:
        return skip(f"over by {written_span(fact.until)}")
    if fact.when is None:
        return True if window is None else skip("the chart does not say when")
    if fact.when[0] > review:
        return skip(f"dated {written_span(fact.when)}, after the review date")
    last = review if fact.until is None or fact.until[1] > review else fact.until[1]
    until = last if _lasts(fact) else min(fact.when[1], review)
    if window is not None and review - until > window:
        return skip(f"dated {written_span(fact.when)}, more than {window:g} days before the review")
    return True


def _lasts(fact: Fact) -> bool:
    """Whether a fact is a state that goes on until it ends (a condition, a drug), and not a single observation."""
    return fact.until is not None


def _union(finding: Finding, usable: Sequence[Statement]) -> tuple[Found | None, Contradiction | None]:
    """The words that the statements put into the set or keep out of it; word by word the newest counts."""
    said: dict[str, list[Statement]] = defaultdict(list)
    for one in usable:
        value = {"present": [one.value]} if isinstance(one.value, str) else one.value
        for key, inside in (("present", True), ("absent", False)):
            for word in value.get(key, ()):
                said[word].append(Statement(inside, one.fact))
    settled = {word: _newest(finding, stated) for word, stated in said.items()}
    present = [word for word, (found, _) in settled.items() if found is not None and found.value is True]
    absent = [word for word, (found, _) in settled.items() if found is not None and found.value is False]
    odd = {word: contradiction for word, (_, contradiction) in settled.items() if contradiction is not None}
    facts = {id(fact): fact for contradiction in odd.values() for fact in contradiction.facts}
    used = "; ".join(f"{word.replace('_', ' ')}: {contradiction.used}" for word, contradiction in odd.items())
    found = Found({"present": present, "absent": absent}, tuple(one.fact for one in usable))
    return found, Contradiction(finding.id, tuple(facts.values()), used) if odd else None


def _newest(finding: Finding, usable: Sequence[Statement]) -> tuple[Found | None, Contradiction | None]:
    """The newest statement; on the same day a contradiction leaves the finding open, except that a red flag stands.

    Statements whose dates overlap ("March" and "12 March") are taken as of the same day.
    """
    dated = sorted(usable, key=lambda one: one.fact.when[1] if one.fact.when else -(10**9))
    newest = dated[-1]
    same_day = [one for one in dated if _may_be_as_new(one.fact, newest.fact)]
    facts = tuple(one.fact for one in dated)
    if len({_plain(one.value) for one in same_day}) > 1:
        if finding.area == "red_flag" and isinstance(newest.value, bool):
            kept = tuple(one.fact for one in same_day if one.value is True)
            return Found(True, kept), Contradiction(finding.id, facts, "yes, because it is a red flag")
        if finding.type == "number" and finding.id == "pain_nrs":
            # Several pain scores of one day are scores of different moments: the highest describes the pain.
            worst = max(same_day, key=lambda one: one.value)
            return Found(worst.value, (worst.fact,), "highest of the day"), None
        return None, Contradiction(finding.id, facts, "none: on the same day the chart says both")
    if len({_plain(one.value) for one in dated}) > 1 and finding.type != "number":
        used = f"the newest, of {written_span(newest.fact.when)}"
        return Found(newest.value, (newest.fact,)), Contradiction(finding.id, facts, used)
    return Found(newest.value, tuple(one.fact for one in same_day)), None


def _may_be_as_new(fact: Fact, newest: Fact) -> bool:
    if fact.when is None or newest.when is None:
        return fact.when == newest.when
    return fact.when[1] >= newest.when[0]


def _plain(value: Any) -> Any:
    """A value that can be compared with others."""
    return repr(sorted(value.items())) if isinstance(value, dict) else value
