"""A review told as the rows of the tables of a survey, by another way: read off the finished review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sacroiliac.knowledge import load
from sacroiliac.review import Review
from sacroiliac.review.survey import Coded, Column

Row = dict[str, Any]


def rows(columns: dict[str, Column]) -> list[Row]:
    """The columns of a table as rows; numbers that are none become None."""
    turned = {}
    for name, values in columns.items():
        listed = values.tolist() if isinstance(values, Coded) or not isinstance(values, list) else values
        turned[name] = [None if one != one else one for one in listed]
    return [dict(zip(turned, one, strict=True)) for one in zip(*turned.values(), strict=True)]


def expected(review: Review) -> dict[str, list[Row]]:
    """The rows of each table that a review stands for."""
    who = review.who
    case = f"{who.patient}/{who.side or 'side not stated'}"
    told = {
        "cases": [_case(review)],
        "injections": list(_injections(review)),
        "sources": list(_sources(review)),
        "red_flags": [
            {"flag": one.id, "tier": one.tier, "status": one.status, "met_by": list(_met_by(one.result.explained))}
            for one in review.red_flags
        ],
        "options": [{"option": one.id, "status": one.status} for one in review.options],
        "policies": [
            {
                "policy": one.policy,
                "service": one.service,
                "verdict": one.verdict,
                "with_unconfirmed": one.with_unconfirmed,
                "met": one.met,
                "asked": one.asked,
                "unconfirmed": one.unconfirmed,
            }
            for one in review.policies
        ],
        "criteria": [*_items(review), *_entry_criteria(review)],
        "missing": list(_missing(review)),
        "findings": list(_findings(review)),
        "events": [
            {
                "kind": one.kind,
                "label": one.label,
                "first_day": one.first_day,
                "last_day": one.last_day,
                "value": one.value,
                "finding": one.finding,
            }
            for one in review.timeline
        ],
        "unread": list(_unread(review)),
    }
    return {name: [{"case": case, **row} for row in listed] for name, listed in told.items()}


def _case(review: Review) -> Row:
    who, step, index = review.who, review.first_step, _turns_on(review)
    why = review.why
    found: Row = {
        "patient": who.patient,
        "side": who.side,
        "review_date": who.review_date,
        "review_date_origin": who.review_date_origin,
        "deceased": who.died is not None,
        "sex": None if who.sex == "not documented" else who.sex,
        "resources_read": sum(review.coverage.read.values()),
        "resources_not_read": sum(review.coverage.not_read.values()),
        "contradictions": len(review.coverage.disagreements),
        "urgent": review.urgent,
        "flags_present": sum(one.status == "present" for one in review.red_flags),
        "flags_not_asked": sum(one.status == "not asked" for one in review.red_flags),
        "injections": len(review.injections),
        "turns_on": None if index is None else index.number,
        "pattern": None if index is None or index.pattern is None else index.pattern.id,
        "why_not": review.why_not,
        "first_source": review.sources[0].id,
        "first_step": None if step is None else step.proposed.id,
        "first_step_option": None if step is None else step.proposed.option,
        "alternative_step": None if step is None or step.alternative is None else step.alternative.id,
    }
    named = {"complex": review.complex, "none_of_these": review.none_of_these}
    for explanation in ("not_the_source", "missed", "did_not_hold"):
        named[f"why_{explanation}"] = None if why is None else getattr(why, explanation)
    for name, probability in named.items():
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high")):
            found[name + end] = None if probability is None else getattr(probability, part)
    return found


def _met_by(rule: Any) -> Iterator[str]:
    """The names in the smallest parts of an explanation that are met: no rule of a flag has a 'not'."""
    below = [part for part in rule.parts if part.outcome is not None]
    if rule.outcome != "met":
        return
    if not below:
        yield from sorted(set(re.findall(r"[a-z]\w+", rule.text)) & load().findings.keys())
    yield from dict.fromkeys(name for part in below for name in _met_by(part))


def _turns_on(review: Review) -> Any:
    joint = [one for one in review.injections if one.target.endswith("joint") and "ligaments" not in one.target]
    return (joint or list(review.injections) or [None])[-1]


def _injections(review: Review) -> Iterator[Row]:
    for one in review.injections:
        yield {
            "number": one.number,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "delivery": one.delivery.row,
            "reached": one.delivery.reached,
            "anaesthetic": one.anaesthetic.category,
            "relief_percent": one.anaesthetic.percent,
            "relief_hours": one.anaesthetic.lasted,
            "steroid": one.steroid.category,
            "sustained_percent": one.steroid.percent,
            "sustained_weeks": one.steroid.lasted,
            "pattern": None if one.pattern is None else one.pattern.id,
            "went_joint": one.delivery.after_joint and one.delivery.after_joint.value,
            "went_around": one.delivery.after_around and one.delivery.after_around.value,
            "went_elsewhere": one.delivery.after_elsewhere and one.delivery.after_elsewhere.value,
            "missing": len(one.missing),
            "file": one.place.file,
            "place": one.place.place,
        }


def _sources(review: Review) -> Iterator[Row]:
    for rank, one in enumerate(review.sources, 1):
        yield {
            "source": one.id,
            "rank": rank,
            "before": one.before,
            "probability": one.probability.value,
            "low": one.probability.low,
            "high": one.probability.high,
        }


def _items(review: Review) -> Iterator[Row]:
    for judged in review.policies_in_full:
        for item in judged.items:
            yield {
                "policy": judged.verdict.policy,
                "service": judged.verdict.service,
                "option": None,
                "item": item.id,
                "kind": item.kind,
                "answer": item.answer,
                "decides": item.decides,
            }


def _entry_criteria(review: Review) -> Iterator[Row]:
    for option in review.options:
        for kind, listed in (("criterion", option.criteria), ("stop", option.stop)):
            for one in listed:
                yield {
                    "policy": None,
                    "service": None,
                    "option": option.id,
                    "item": one.id,
                    "kind": kind,
                    "answer": one.result.outcome,
                    "decides": one.confirmed,
                }


def _missing(review: Review) -> Iterator[Row]:
    for judged in review.policies_in_full:
        if judged.verdict.verdict == "not documented" and len(judged.would_meet) == 1:
            (one,) = judged.would_meet
            yield {
                "policy": judged.verdict.policy,
                "service": judged.verdict.service,
                "finding": one.finding,
                "detail": one.detail,
            }


def _findings(review: Review) -> Iterator[Row]:
    for one in review.findings:
        head = {"finding": one.id, "value": one.value, "unit": one.unit, "note": one.note, "derived": one.derived}
        if not one.places:
            yield head | dict.fromkeys(("file", "place", "words", "date"))
        for place in one.places:
            yield head | {"file": place.file, "place": place.place, "words": place.words, "date": place.date}


def _unread(review: Review) -> Iterator[Row]:
    held = review.coverage
    for kind, listed in (("not used", held.not_used), ("text", held.texts)):
        for one in listed:
            yield {"kind": kind, "what": one.what, "why": one.why, "file": one.place.file, "place": one.place.place}
    for code, number in held.unknown_codes.items():
        yield {
            "kind": "unknown code",
            "what": code,
            "why": "in 1 entry" if number == 1 else f"in {number} entries",
            "file": None,
            "place": None,
        }
    for odd in held.disagreements:
        (place, *_) = odd.places
        yield {"kind": "contradiction", "what": odd.label, "why": odd.used, "file": place.file, "place": place.place}
