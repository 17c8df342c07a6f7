"""Injections, blocks and treatments as records of one case, and what is worked out of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sacroiliac.cases.found import Entry, Found
from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Coverage, Fact, Side
from sacroiliac.knowledge.model import Finding, Injections

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
    finding: Finding, stated: Iterable[Fact], side: Side | None, review: int, coverage: Coverage
) -> list[Entry] | None:
    """The records of one case, oldest first, or None when the chart says nothing about them.

    Records of the other side and after the review date are left out; records without a side are kept out of
    sided lists and noted.
    """
    found: list[Entry] = []
    said = False
    for fact in stated:
        if fact.value is None:
            said = True
            continue
        what = f"{finding.label}: {fact.label or 'entry'} ({written_span(fact.when)})"
        if fact.when is not None and fact.when[0] > review:
            coverage.skip(what, "after the review date", fact.origin)
        elif finding.side == "sided" and fact.side is None:
            coverage.skip(what, "the chart does not say which side", fact.origin)
        elif finding.side != "sided" or (side is not None and fact.side in (side, "bilateral")):
            found.append(Entry(fact.value, fact, {}))
    if not found:
        return [] if said else None
    return sorted(found, key=lambda one: one.fact.when or (10**9, 10**9))


def completed(injections: Sequence[Entry], knowledge: Injections) -> list[Entry]:
    """The injections with relief and duration worked out from scores and hours, where the chart does not state them."""
    return [_completed(entry, knowledge) for entry in injections]


def _completed(entry: Entry, knowledge: Injections) -> Entry:
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
        notes["concordant_duration"] = f"{hours:g} hours after {drug}; at least {least:g} expected"
    if "contrast" not in values and values.get("contrast_pattern") is not None:
        values["contrast"] = values["contrast_pattern"] != "not_used"
    return Entry(values, entry.fact, notes)


def lists(injections: Sequence[Entry] | None, complete: bool) -> dict[str, Found]:
    """The lists that policies ask about, from the injections of the case.

    An injection is a diagnostic block when the chart says so, or when it states relief in the anaesthetic phase
    and no intent; a treatment when the chart says so, or when it states a steroid and no intent. One injection
    can be both: two results of one injection, never merged.

    :param complete: whether the chart lists all injections (a plain chart does, a FHIR chart cannot say so); then
        a list with no entry is an empty list, otherwise it is not documented
    """
    if injections is None:
        return {}
    joint = [one for one in injections if one.values.get("target", "joint") == "joint"]
    groups = {
        "dx_blocks": [one for one in joint if _is_block(one.values)],
        "tx_injections": [one for one in joint if _is_treatment(one.values)],
        "lbb_blocks": [one for one in injections if one.values.get("target") == "lateral_branch"],
    }
    shapes = {"dx_blocks": block_row, "tx_injections": treatment_row, "lbb_blocks": block_row}
    found = {
        name: Found([shapes[name](one.values) for one in listed], tuple(one.fact for one in listed))
        for name, listed in groups.items()
        if listed or complete
    }
    if groups["tx_injections"]:
        last = groups["tx_injections"][-1]
        found["last_tx"] = Found(treatment_row(last.values), (last.fact,))
    return found


def _is_block(values: Mapping[str, Any]) -> bool:
    intent = values.get("intent")
    return intent in ("diagnostic", "both") or (intent is None and values.get("relief_percent") is not None)


def _is_treatment(values: Mapping[str, Any]) -> bool:
    intent = values.get("intent")
    return intent in ("therapeutic", "both") or (intent is None and values.get("steroid") is True)


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
