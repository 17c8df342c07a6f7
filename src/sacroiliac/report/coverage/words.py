"""The words and the order that text and page share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sacroiliac.errors import InputError
from sacroiliac.report.text.page import placed
from sacroiliac.report.wording import VERDICTS, missing
from sacroiliac.review.model import FindingShown, ItemShown, Judged, PolicyVerdict
from sacroiliac.review.policies.model import Coverage, Stage

POSITIONS = {
    "covered_if_criteria": "covered if its criteria are met",
    "recommended_if_criteria": "recommended if its criteria are met",
    "conditional": "conditional",
    "informational": "gives information",
    "packet_requirements": "says what to send",
    "insufficient_evidence": "finds the evidence insufficient",
    "suggested_against": "suggests against it",
    "strongly_against": "recommends strongly against it",
    "investigational": "holds it investigational, not covered",
    "not_covered": "does not cover it",
    "no_text_seen": "text not seen",
}
VIAS = {
    "primary": "on the page of the payer or society",
    "reprint": "in a reprint",
    "secondary": "in a third party's summary",
    "ai": "on a machine-written page only",
}
ORDER = tuple(VERDICTS)  # the nearest to a yes first
NOTICE = (
    "Policies stand here as far as their text and their date could be seen, in our own words; this is no determination "
    "of coverage. Confirm each in the live document."
)


def ordered(judged: Iterable[Judged]) -> list[Judged]:
    """Policies by verdict, the nearest to a yes first."""
    return sorted(judged, key=lambda one: (ORDER.index(one.verdict.verdict), one.verdict.short.lower()))


def standing(one: PolicyVerdict) -> str:
    """How far a policy is met, as ``7 of 9 met``."""
    unsure = f"{one.unconfirmed} unconfirmed" if one.unconfirmed else ""
    counted = f"{one.met} of {one.asked} met" if one.asked else ""
    return ", ".join(part for part in (counted, unsure) if part)


def otherwise(one: PolicyVerdict) -> str:
    """What the verdict would be if unconfirmed items counted, where it is another one."""
    return f"with its unconfirmed items: {one.with_unconfirmed}" if one.with_unconfirmed else ""


def version(one: Judged) -> str:
    """Which version of a policy this is."""
    since = f"in force from {one.since}" if one.since else "date not seen"
    seen = "" if one.as_seen == one.since else f" (as seen: {one.as_seen})"
    return f"{', '.join(one.documents)}; {since}{seen}"


def origin(one: ItemShown) -> str:
    """Where an item was read."""
    if one.status == "recalled":
        return f"recalled ({one.confidence} confidence), not seen: decides nothing"
    seen = f"seen {VIAS[one.via or 'secondary']}"
    inferred = "; whose it is was inferred" if one.attribution else ""
    return seen + inferred + ("" if one.confirmed else ": decides nothing")


def failing(one: Judged) -> list[ItemShown]:
    """The deciding items that say no; of alternatives only where none of them is met."""
    chosen = any(item.arm and item.answer == "met" for item in one.items)
    return [
        item
        for item in one.items
        if item.decides
        and item.kind in ("criterion", "limit", "exclusion")
        and item.answer in ("not met", "excluded")
        and not (item.arm and chosen)
    ]


def answered(item: ItemShown) -> str:
    """The answer to an item in words: what is no reason to refuse is not called met."""
    if item.kind in ("exclusion", "scope") and item.answer == "met":
        return "does not exclude" if item.kind == "exclusion" else "in scope"
    return "out of scope" if item.kind == "scope" and item.answer == "excluded" else item.answer


def waiting(one: Judged) -> list[ItemShown]:
    """The deciding items that wait for a fact."""
    kinds = ("criterion", "limit", "exclusion")
    return [item for item in one.items if item.decides and item.kind in kinds and item.answer == "not documented"]


def documents(one: Judged) -> tuple[list[ItemShown], list[ItemShown]]:
    """What the record must contain: there, and not there."""
    listed = [item for item in one.items if item.kind == "document"]
    return [item for item in listed if item.answer == "met"], [item for item in listed if item.answer != "met"]


def stages_shown(stages: Sequence[Stage]) -> tuple[list[Stage], list[Stage]]:
    """The stages to show whole, and those the chart has not come to or is past."""
    fitting = [one for one in stages if one.fits == "met"]
    chosen = fitting or [one for one in stages if one.fits != "not met"] or list(stages)
    return chosen, [one for one in stages if one not in chosen]


def evidence(coverage: Coverage, item: ItemShown) -> list[tuple[str, str, list[str]]]:
    """The findings an item rests on: label, value in words, and each place in the chart."""
    found: dict[str, FindingShown] = {one.id: one for one in coverage.findings}
    rows: list[tuple[str, str, list[str]]] = []
    for name in item.result.findings:
        label = coverage.labels.get(name, name.replace("_", " "))
        if name in ("request_date", "requested_side"):
            of_case = {"request_date": coverage.who.review_date, "requested_side": coverage.who.side}
            rows.append((label, of_case[name] or "not documented", []))
            continue
        one = found.get(name)
        if one is None:
            rows.append((label, "not documented", []))
            continue
        unit = f" {one.unit}" if one.unit else ""
        note = f" ({one.note})" if one.note else ""
        rows.append((one.label, f"{one.value}{unit}{note}", [placed(place) for place in one.places]))
    return rows


def find(coverages: Sequence[Coverage], name: str) -> list[tuple[Coverage, Judged, ItemShown | None]]:
    """A policy or an item by its name, in each case that has it.

    :raises InputError: when there is none
    """
    found: list[tuple[Coverage, Judged, ItemShown | None]] = []
    for coverage in coverages:
        for stage in coverage.stages:
            for one in stage.judged:
                if name.lower() in (one.verdict.policy, one.verdict.short.lower()):
                    found.append((coverage, one, None))
                found += [(coverage, one, item) for item in one.items if item.id == name.lower()]
    if not found:
        from difflib import get_close_matches

        judged = [one for coverage in coverages for stage in coverage.stages for one in stage.judged]
        every = [one.verdict.policy for one in judged] + [item.id for one in judged for item in one.items]
        close = get_close_matches(name.lower(), every, 3, 0.5)
        cure = (
            f"Did you mean {' or '.join(dict.fromkeys(close))}?"
            if close
            else "Name a policy or an item shown without --explain."
        )
        raise InputError(name, f"no policy or item on {coverages[0].group} has this name", cure)
    return found


def settled_by(one: Judged) -> list[str]:
    """The fewest missing facts that settle a policy: for it, and against it where these are others."""
    meet, fail = missing(one.would_meet), missing(one.would_fail)
    if meet and meet == fail:
        return [f"settled by the answer on: {', '.join(meet)}"]
    return [
        f"{words}: {', '.join(facts)}"
        for words, facts in (("waits for an answer on", meet), ("could end with the answer on", fail))
        if facts
    ]
