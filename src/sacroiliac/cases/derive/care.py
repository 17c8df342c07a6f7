"""How long, how recent and of which kinds conservative care was."""

from __future__ import annotations

from collections.abc import Sequence

from sacroiliac.cases.derive.known import Known, derives, months_between, number
from sacroiliac.cases.found import Found
from sacroiliac.rules.calendar import DAYS_PER_WEEK

THERAPY = ("pt", "chiropractic", "hep")
REHABILITATION = ("pt", "hep", "active_exercise")


def _weeks(known: Known, kinds: Sequence[str] | None) -> Found | None:
    """Weeks covered by treatments of some kinds (all, when None): dated spans are counted once where they overlap."""
    chosen = [one for one in known.treatments or () if kinds is None or one.values.get("kind") in kinds]
    spans: list[tuple[int, int]] = []
    undated = 0.0
    facts = []
    for one in chosen:
        start, end = one.values.get("start"), one.values.get("end")
        if start is not None and (end is not None or one.values.get("ongoing")):
            last = known.review if end is None else min(end[0], known.review)
            spans.append((start[1], max(last, start[1])))
            facts.append(one.fact)
        elif one.values.get("weeks") is not None:
            undated = max(undated, one.values["weeks"])
            facts.append(one.fact)
    if not facts:
        return None
    covered, reached = 0, -(10**9)
    for first, last in sorted(spans):
        covered += max(0, last - max(first, reached))
        reached = max(reached, last)
    return Found(max(covered / DAYS_PER_WEEK, undated), tuple(facts), "from the treatments")


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
    visits = [
        one for one in known.treatments or () if one.values.get("kind") == "pt" and one.values.get("visits") is not None
    ]
    return (
        Found(float(sum(one.values["visits"] for one in visits)), tuple(one.fact for one in visits)) if visits else None
    )


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
    ended = [one for one in known.treatments or () if one.values.get("end") is not None]
    if not ended:
        return None
    last = max(ended, key=lambda one: one.values["end"])
    end = (min(last.values["end"][0], known.review), min(last.values["end"][1], known.review))
    return Found(number(months_between(end, (known.review, known.review))), (last.fact,), "since the last care ended")


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
    ended = [one for one in listed if one.values.get("end") is not None or one.values.get("ongoing") is False]
    return Found(False, tuple(one.fact for one in ended)) if ended and len(ended) == len(listed) else None
