"""How long, how recent and of which kinds conservative care was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sacroiliac.cases.derive.known import Known, derives, latest, months_since, number
from sacroiliac.cases.found import Found
from sacroiliac.chart.facts import Span
from sacroiliac.rules.calendar import DAYS_PER_WEEK

THERAPY = ("pt", "chiropractic", "hep")
REHABILITATION = ("pt", "hep", "active_exercise")


def _weeks(known: Known, kinds: Sequence[str] | None) -> Found | None:
    """Weeks covered by treatments of some kinds (all, when None): dated spans are counted once where they overlap.

    Dates that are not exact, and care whose length is not known, leave the number open upwards.
    """
    chosen = [one for one in known.treatments or () if kinds is None or one.values.get("kind") in kinds]
    sure, possible = [], []
    undated, most = 0.0, np.inf if known.may_lack("treatments") else 0.0
    facts = []
    for one in chosen:
        dated = _dated(one.values, known.review)
        weeks = one.values.get("weeks")
        if dated is not None:
            (first, last), widest = dated
            sure.append((first, last))
            possible.append(widest)
        elif weeks is not None:
            undated = max(undated, weeks)
        elif one.values.get("start") is not None:
            possible.append((one.values["start"][0], known.review))
        else:
            most = np.inf
        if dated is not None or weeks is not None:
            facts.append(one.fact)
    if not facts:
        return None
    least = max(_covered(sure) / DAYS_PER_WEEK, undated)
    most = max(_covered(possible) / DAYS_PER_WEEK, undated, most)
    return Found(number((least, most)), tuple(facts), "from the treatments")


def _dated(values: Any, review: int) -> tuple[Span, Span] | None:
    """The days on which care with dates surely was, and those on which it can have been."""
    start, end = values.get("start"), values.get("end")
    if start is None or not (end is not None or values.get("ongoing")):
        return None
    end = (review, review) if end is None else (min(end[0], review), min(end[1], review))
    return (start[1], max(end[0], start[1])), (start[0], end[1])


def _covered(spans: Iterable[Span]) -> int:
    """How many days the spans cover together."""
    covered, reached = 0, -(10**9)
    for first, last in sorted(spans):
        covered += max(0, last - max(first, reached))
        reached = max(reached, last)
    return covered


@derives("conservative_weeks")
def _conservative_weeks(known: Known) -> Found | None:
    return _weeks(known, None)


@derives("pt_weeks")
def _pt_weeks(known: Known) -> Found | None:
    return _weeks(known, THERAPY)


@derives("nsaid_weeks")
def _nsaid_weeks(known: Known) -> Found | None:
    return _weeks(known, ("nsaid",))


@derives("activity_modification_weeks")
def _activity_weeks(known: Known) -> Found | None:
    return _weeks(known, ("activity_modification",))


@derives("pt_visits")
def _visits(known: Known) -> Found | None:
    therapy = [one for one in known.treatments or () if one.values.get("kind") == "pt"]
    counted = [one for one in therapy if one.values.get("visits") is not None]
    if not counted:
        return None
    visits = float(sum(one.values["visits"] for one in counted))
    all_told = len(counted) == len(therapy) and not known.may_lack("treatments")
    return Found(visits if all_told else (visits, np.inf), tuple(one.fact for one in counted))


@derives("conservative_modalities")
def _modalities(known: Known) -> Found | None:
    legal = known.knowledge.findings["conservative_modalities"].values
    tried = [one for one in known.treatments or () if one.values.get("kind") in legal]
    kinds = list(dict.fromkeys(one.values["kind"] for one in tried))
    return Found({"present": kinds}, tuple(one.fact for one in tried)) if tried else None


@derives("conservative_recency_months")
def _recency(known: Known) -> Found | None:
    if any(one.values.get("ongoing") for one in known.treatments or ()):
        return Found(
            0.0, tuple(one.fact for one in known.treatments or () if one.values.get("ongoing")), "care is going on"
        )
    listed = known.treatments or ()
    last = latest((one.values.get("end") for one in listed), known.review, others=known.may_lack("treatments"))
    if last is None:
        return None
    facts = tuple(one.fact for one in listed if one.values.get("end") is None or one.values["end"][1] >= last[0])
    months = months_since(last, known.review)
    return None if months is None else Found(number(months), facts, "since the last care ended")


@derives("conservative_failed")
def _failed(known: Known) -> Found | None:
    listed = known.treatments or ()
    if listed and all(one.values.get("response") in ("none", "worse") for one in listed):
        return Found(True, tuple(one.fact for one in listed), "every treatment on the chart helped not at all")
    return None


@derives("active_rehab_now")
def _rehabilitation(known: Known) -> Found | None:
    listed = [one for one in known.treatments or () if one.values.get("kind") in REHABILITATION]
    going_on = [
        one
        for one in listed
        if one.values.get("ongoing") or (one.values.get("end") and one.values["end"][0] >= known.review)
    ]
    if going_on:
        return Found(True, tuple(one.fact for one in going_on))
    ended = [
        one
        for one in listed
        if one.values.get("ongoing") is False or (one.values.get("end") and one.values["end"][1] < known.review)
    ]
    over = ended and len(ended) == len(listed) and not known.may_lack("treatments")
    return Found(False, tuple(one.fact for one in ended)) if over else None
