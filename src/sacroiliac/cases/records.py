"""Injections, blocks and treatments as records of one case, and what is worked out of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sacroiliac.cases.found import Entry, Found
from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Coverage, Fact, Side
from sacroiliac.knowledge.model import Finding, Injections
from sacroiliac.rules import OpenList
from sacroiliac.rules.calendar import DAYS_PER_WEEK

DISAGREE_FROM = 10.0
BLOCK_FIELDS = (
    "date",
    "side",
    "guidance",
    "contrast",
    "anesthetic",
    "steroid",
    "relief_percent",
    "relief_hours",
    "concordant_duration",
    "same_scale",
)
TREATMENT_FIELDS = (
    "date",
    "side",
    "guidance",
    "contrast",
    "function_gain_percent",
    "med_reduction",
    "service_reduction",
    "same_scale",
)


def entries(
    finding: Finding, stated: Iterable[Fact], side: Side | None, review: int, coverage: Coverage, complete: bool
) -> list[Entry] | None:
    """The records of one case, oldest first, or None when the chart says nothing about them.

    Records of the other side and after the review date are left out; records without a side are kept out of
    sided lists and noted.

    :param complete: whether the chart lists all there are, so that a list with nothing of this side is an empty one
    """
    found: list[Entry] = []
    said = False
    for fact in stated:
        said = said or complete or fact.value is None
        if fact.value is None:
            continue
        what = f"{finding.label}: {fact.label or 'entry'} ({written_span(fact.when)})"
        if fact.when is not None and fact.when[0] > review:
            coverage.skip(what, "after the review date", fact.origin)
        elif finding.side == "sided" and fact.side is None:
            coverage.skip(what, "the chart does not say which side", fact.origin)
        elif finding.side != "sided" or (side is not None and fact.side in (side, "bilateral")):
            found.append(_by(review, fact))
    if not found:
        return [] if said else None
    return sorted(found, key=lambda one: one.fact.when or (10**9, 10**9))


def _by(review: int, fact: Fact) -> Entry:
    """A record as it stood on the review date: of a course that went on, what there was of it by then."""
    past = [day for day in fact.days if day[0] <= review]
    if len(past) == len(fact.days) and all(day[1] <= review for day in past):
        return Entry(fact.value, fact, {})
    end = min(max(day[1] for day in past), review)
    value = {**fact.value, "end": (end, end)}
    if "visits" in value:
        value["visits"] = float(len(past))
    return Entry(value, fact, {"end": "it went on after the review date"})


def completed(injections: Sequence[Entry], knowledge: Injections, review: int) -> list[Entry]:
    """The injections with relief and duration worked out from scores and hours, where the chart does not state them."""
    return [_completed(entry, knowledge, review) for entry in injections]


def _completed(entry: Entry, knowledge: Injections, review: int) -> Entry:
    values, notes = dict(entry.values), dict(entry.notes)
    before, after = values.get("pre_pain"), values.get("post_pain")
    if before and after is not None:
        computed = max(0.0, 100.0 * (before - after) / before)
        stated = values.get("relief_percent")
        if stated is None:
            values["relief_percent"] = computed
            notes["relief_percent"] = f"worked out from pain {before:g} before and {after:g} after"
        elif abs(stated - computed) > DISAGREE_FROM:
            notes["relief_percent"] = (
                f"stated {stated:g} percent, but pain {before:g} to {after:g} is {computed:.0f} percent; the statement is used"
            )
    hours, drug = values.get("relief_hours"), values.get("anesthetic")
    if "concordant_duration" not in values and hours is not None and drug in knowledge.shortest_relief_hours:
        least = knowledge.shortest_relief_hours[drug].value
        values["concordant_duration"] = hours >= least
        notes["concordant_duration"] = (
            f"{hours:g} {'hour' if hours == 1 else 'hours'} after {drug}; at least {least:g} expected"
        )
    weeks, when = values.get("sustained_weeks"), entry.fact.when
    if weeks is not None and when is not None and weeks > (review - when[0]) / DAYS_PER_WEEK + 1:
        del values["sustained_weeks"]
        passed = (review - when[0]) / DAYS_PER_WEEK
        notes["sustained_weeks"] = f"relief for {weeks:g} weeks is stated, but only {passed:.0f} had passed; not used"
    if "contrast" not in values and values.get("contrast_pattern") is not None:
        values["contrast"] = values["contrast_pattern"] != "not_used"
    return Entry(values, entry.fact, notes)


def rows_of(rows: list[dict[str, Any]], complete: bool) -> list[dict[str, Any]]:
    """The rows of a list as rules read it: all there are, or some besides which there may be others."""
    return rows if complete else OpenList(rows)


def lists(injections: Sequence[Entry] | None, complete: bool) -> dict[str, Found]:
    """The lists that policies ask about, from the injections of the case.

    An injection is a diagnostic block when the chart says so; when it states no intent, if it states relief in the
    anaesthetic phase or if no steroid was given. It is a treatment when the chart says so; when it states no intent,
    if a steroid was given. One injection can be both: two results of one injection, never merged.

    :param complete: whether the chart lists all injections (a plain chart does, a FHIR chart cannot say so). A list
        that may lack some is open, and so is one to which an injection may belong that does not say enough
    """
    if injections is None:
        return {}
    joint = [one for one in injections if one.values.get("target", "joint") == "joint"]
    branches = [one for one in injections if one.values.get("target") == "lateral_branch"]
    found: dict[str, Found] = {}
    for name, asked, row in (
        ("dx_blocks", [(one, _is_block(one.values)) for one in joint], block_row),
        ("tx_injections", [(one, _is_treatment(one.values)) for one in joint], treatment_row),
        ("lbb_blocks", [(one, True) for one in branches], block_row),
    ):
        listed = [one for one, belongs in asked if belongs]
        all_there = complete and all(belongs is not None for _, belongs in asked)
        if listed or all_there:
            rows = rows_of([row(one.values) for one in listed], all_there)
            found[name] = Found(rows, tuple(one.fact for one in listed))
        if listed and name == "tx_injections":
            found["last_tx"] = Found(treatment_row(listed[-1].values), (listed[-1].fact,))
    return found


def _is_block(values: Mapping[str, Any]) -> bool | None:
    """Whether an injection is a diagnostic block; None when the chart does not say enough."""
    if values.get("anesthetic") == "none":
        return False
    intent, steroid = values.get("intent"), values.get("steroid")
    if intent is not None:
        return intent in ("diagnostic", "both")
    if values.get("relief_percent") is not None:
        return True
    return None if steroid is None else not steroid


def _is_treatment(values: Mapping[str, Any]) -> bool | None:
    """Whether an injection is a treatment; None when the chart does not say enough."""
    intent: str | None = values.get("intent")
    steroid: bool | None = values.get("steroid")
    return steroid if intent is None else intent in ("therapeutic", "both")


def block_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """An injection as a diagnostic block: its relief is that of the anaesthetic phase."""
    return {name: values.get(name) for name in BLOCK_FIELDS}


def treatment_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """An injection as a treatment: its relief is that of the steroid phase."""
    return {name: values.get(name) for name in TREATMENT_FIELDS} | {
        "relief_percent": values.get("sustained_percent"),
        "relief_weeks": values.get("sustained_weeks"),
    }


def as_rows(listed: Sequence[Entry], finding: Finding) -> list[dict[str, Any]]:
    """The records as plain rows with every field of the finding."""
    return [{name: one.values.get(name) for name in finding.fields} for one in listed]
