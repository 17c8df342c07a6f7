"""One injection, treatment or procedure of the chart as a sentence, and what is not documented about it.

A sentence says what is written and leaves out the rest: what is left out is named as a gap beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.facts import Span
from sacroiliac.review.words import counted, spaced, upper

AIMED_AT = {
    "joint": "sacroiliac joint",
    "periarticular": "ligaments behind the sacroiliac joint",
    "lateral_branch": "sacral lateral branches",
}
GUIDED = {
    "fluoroscopy": "under fluoroscopy",
    "ct": "under CT",
    "ultrasound": "under ultrasound",
    "none": "without image guidance",
}
CONTRAST = {
    "intra_articular": "with contrast (seen inside the joint)",
    "partial": "with contrast (seen partly inside the joint)",
    "periarticular": "with contrast (seen around the joint)",
    "vascular": "with contrast (seen in a vessel)",
    "ventral_leak": "with contrast (seen to leak to the front)",
    "not_used": "without contrast",
}
MEANT = {"diagnostic": "diagnostic", "therapeutic": "therapeutic", "both": "diagnostic and therapeutic"}
# What a reader of a request asks of every injection; the steroid phase only where there was one.
ASKED = ("guidance", "contrast", "anesthetic", "steroid", "relief_percent", "relief_hours")
# What stands behind a field that may have been worked out; and what a list of treatments calls the steroid phase.
BEHIND = {
    "relief_percent": ("pre_pain", "post_pain"),
    "concordant_duration": ("relief_hours", "anesthetic"),
    "contrast": ("contrast_pattern",),
}
STEROID_PHASE = {"relief_percent": "sustained_percent", "relief_weeks": "sustained_weeks"}
ASKED_OF_STEROID = ("sustained_percent", "sustained_weeks")


def on_side(side: str | None) -> str:
    """A side as it is said of a joint."""
    return {"left": "left ", "right": "right ", "bilateral": "left and right "}.get(side or "", "")


def injection(values: Mapping[str, Any], notes: Mapping[str, str], when: str, side: str | None) -> str:
    """An injection: day, side, what it was aimed at, how, with what, and the relief of each phase."""
    aimed = AIMED_AT.get(values.get("target", ""), "sacroiliac region (the structure aimed at is not documented)")
    meant = f" ({MEANT[values['intent']]})" if values.get("intent") in MEANT else ""
    how = [GUIDED.get(values.get("guidance", "")), _contrast(values), *_drugs(values)]
    said = f"{when}: injection, {on_side(side)}{aimed}{meant}"
    said += "".join(f", {one}" for one in how if one) + "."
    return " ".join([said, *_relief(values), *(f"{upper(one)}." for one in notes.values())])


def _contrast(values: Mapping[str, Any]) -> str | None:
    if values.get("contrast_pattern") in CONTRAST:
        return CONTRAST[values["contrast_pattern"]]
    return {True: "with contrast", False: "without contrast"}.get(values.get("contrast"))  # type: ignore[arg-type]


def _drugs(values: Mapping[str, Any]) -> list[str]:
    said = []
    numbed = values.get("anesthetic")
    if numbed is not None:
        said.append(
            {"none": "without local anaesthetic", "other": "with a local anaesthetic"}.get(numbed, f"with {numbed}")
        )
    if values.get("steroid") is True:
        dose = f" {values['steroid_mg']:g} mg" if values.get("steroid_mg") is not None else ""
        said.append(f"with {values.get('steroid_drug') or 'a steroid'}{dose}")
    elif values.get("steroid") is False:
        said.append("without steroid")
    if values.get("volume_ml") is not None:
        said.append(f"{values['volume_ml']:g} mL in all")
    if values.get("sedation") is not None:
        said.append("no sedation" if values["sedation"] == "none" else f"{values['sedation']} sedation")
    return said


def _relief(values: Mapping[str, Any]) -> list[str]:
    """Both phases as they are documented, and what came with them."""
    said = []
    if values.get("pre_pain") is not None or values.get("post_pain") is not None:
        scores = [
            f"{values[name]:g} of 10 {words}"
            for name, words in (("pre_pain", "just before"), ("post_pain", "at least in the hours after"))
            if values.get(name) is not None
        ]
        said.append(f"Pain {', '.join(scores)}.")
    percent, hours = values.get("relief_percent"), values.get("relief_hours")
    said += _phase("first hours", percent, None if hours is None else counted(hours, "hour"))
    if values.get("concordant_duration") is not None:
        said.append(f"Relief lasted as long as the anaesthetic: {_yes(values['concordant_duration'])}.")
    if values.get("diary") is not None:
        said.append({"kept": "Noted in a diary at the time.", "recalled": "Recalled later."}[values["diary"]])
    percent, weeks = values.get("sustained_percent"), values.get("sustained_weeks")
    said += _phase("weeks after", percent, None if weeks is None else counted(weeks, "week"))
    if values.get("same_scale") is not None:
        said.append(f"Pain before and after on the same scale: {_yes(values['same_scale'])}.")
    if values.get("function_gain_percent") is not None:
        said.append(f"Gain in function: {values['function_gain_percent']:g} percent.")
    if values.get("med_reduction") is not None:
        said.append(f"Less medication afterwards: {_yes(values['med_reduction'])}.")
    if values.get("complication") is not None:
        said.append(f"Complication: {values['complication']}.")
    return said


def _phase(name: str, percent: float | None, lasted: str | None) -> list[str]:
    if percent is None and lasted is None:
        return []
    amount = "relief" if percent is None else f"{percent:.3g} percent relief"
    return [f"{upper(name)}: {amount}{'' if lasted is None else f' for {lasted}'}."]


def treatment(values: Mapping[str, Any], called: Mapping[str, str], review: int) -> str:
    """A conservative treatment: kind, from when to when, how often, with what response."""
    kind = str(values.get("kind", "treatment"))
    said = [f"{upper(called.get(kind, spaced(kind)))}: {lasting(values, review) or 'no dates'}"]
    if values.get("weeks") is not None:
        said.append(counted(values["weeks"], "week"))
    if values.get("visits") is not None:
        said.append(counted(values["visits"], "supervised visit"))
    if values.get("response") is not None:
        said.append(f"response: {values['response']}")
    return ", ".join(said) + "."


def lasting(values: Mapping[str, Any], review: int) -> str:
    """From when to when; what lies after the review date is not said."""
    start = values.get("start")
    end, going_on = ended(values, review)
    said = [] if start is None else [f"from {written_span(start)}"]
    if end is not None:
        said.append(f"to {written_span(end)}")
    elif going_on:
        said.append("going on at the review date")
    elif values.get("ongoing") is False:
        said.append("ended")
    return (", " if end is None else " ").join(said)


def ended(values: Mapping[str, Any], review: int) -> tuple[Span | None, bool]:
    """When a treatment ended, if it had by the review date; and whether it goes on then: an end that is to come is none."""
    end: Span | None = values.get("end")
    over = end is not None and end[0] <= review
    return end if over else None, values.get("ongoing") is True or (end is not None and not over)


def procedure(label: str, values: Mapping[str, Any], when: str, side: str | None) -> str:
    """A procedure with its relief, as radiofrequency."""
    where = f", {on_side(side).strip()} side" if side in ("left", "right") else ", both sides" if side else ""
    percent, weeks = values.get("relief_percent"), values.get("relief_weeks")
    relief = [] if percent is None else [f"{percent:.3g} percent"]
    relief += [] if weeks is None else [f"for {counted(weeks, 'week')}"]
    return f"{when}: {label}{where}." + (f" Relief: {' '.join(relief)}." if relief else "")


def missing(values: Mapping[str, Any], called: Mapping[str, str], when: str) -> list[str]:
    """What is not documented about an injection."""
    asked = ASKED if values.get("steroid") is False else ASKED + ASKED_OF_STEROID
    return [f"injection of {when}: {called[one]}" for one in asked if values.get(one) is None]


def missing_of_treatment(values: Mapping[str, Any], called: Mapping[str, str]) -> list[str]:
    """What is not documented about a treatment."""
    kind = str(values.get("kind", "treatment"))
    label = called.get(kind, spaced(kind))
    gaps = []
    if values.get("start") is None:
        gaps.append(f"when {label} began")
    if values.get("end") is None and values.get("ongoing") is not True:
        gaps.append(f"when {label} ended")
    if values.get("response") is None:
        gaps.append(f"response to {label}")
    return gaps


def _yes(value: bool) -> str:
    return "yes" if value else "no"
