"""Find what a review has of one name, to open it fully, and everything that rests on a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sacroiliac.errors import InputError
from sacroiliac.review.model import FindingShown, Flag, MedicationNotice, Missing, Option, Review, RuleResult, Source

Explainable = Source | Option | FindingShown | Missing | Flag | MedicationNotice


def find(review: Review, name: str) -> tuple[Explainable, ...]:
    """Everything called ``name`` (its id, label or short label): red flags first, whatever else has the same name, then
    sources, options, medication rules and findings. What is only asked for opens where nothing else has the name: the
    others say themselves what they wait for.

    :raises InputError: when the review has nothing of that name
    """
    named: dict[str, dict[int, Explainable]] = {}
    for one in _listed(review):
        for key in (one.id, one.label, getattr(one, "short", one.id), getattr(one, "number", one.id)):
            named.setdefault(_plain(key), {})[id(one)] = one
    asked = {_plain(key): missing for missing in _missing(review) for key in (missing.finding, missing.label)}
    for key, missing in asked.items():
        named.setdefault(key, {id(missing): missing})
    found = named.get(_plain(name))
    if found is None:
        close = get_close_matches(_plain(name), named, 3, 0.5)
        cure = f"Did you mean {' or '.join(close)}?" if close else "Name a source, an option, a red flag or a finding."
        raise InputError("--explain", f"nothing in this review is called '{name}'", cure)
    return tuple(found.values())


def _listed(review: Review) -> tuple[Flag | Source | Option | MedicationNotice | FindingShown, ...]:
    """What the review lists, in the order in which it is opened."""
    medication = review.medication
    return (
        *review.red_flags, *review.sources, *review.options, *medication.applies, *medication.could_apply, *review.findings
    )  # fmt: skip


def find_all(reviews: Sequence[Review], name: str) -> list[tuple[Review, tuple[Explainable, ...]]]:
    """The same in several reviews, as of the left and the right side: each review that has it, and what it has.

    :raises InputError: when no review has anything of that name
    """
    found = []
    unknown = InputError("--explain", "there is no review", "Review a chart first.")
    for review in reviews:
        try:
            found.append((review, find(review, name)))
        except InputError as error:
            unknown = error
    if not found:
        raise unknown
    return found


def resting_on(review: Review, finding: str) -> list[tuple[str, str]]:
    """What looks at a finding, itself or through what was worked out from it: kind and label of each red flag, source,
    option, medication rule, injection pattern and question."""
    names = {finding, *_worked_out_from(review, finding)}
    found = [
        (kind, label)
        for kind, label, result in _rules(review)
        if names.intersection(result.findings)
        or names.intersection(one.finding for one in (*result.would_meet, *result.would_fail))
    ]
    found += [
        ("source", one.label)
        for one in review.sources
        if any(names.intersection(each.findings) for each in one.contributions)
    ]
    found += [("question", one.label) for one in review.questions if names.intersection(one.findings)]
    return list(dict.fromkeys(found))


def _worked_out_from(review: Review, finding: str) -> Iterator[str]:
    """The derived findings that rest on a place of this one."""
    places = {place for one in review.findings if one.id == finding for place in one.places}
    for one in review.findings:
        if one.derived and places.intersection(one.places):
            yield one.id


def _rules(review: Review) -> Iterator[tuple[str, str, RuleResult]]:
    """Every rule of the review: of what kind of thing, its label, and the result."""
    for flag in review.red_flags:
        yield "red flag", flag.label, flag.result
    for injection in review.injections:
        for pattern in (injection.pattern, *injection.others):
            if pattern is not None:
                yield "injection pattern", pattern.label, pattern.result
    for option in review.options:
        for criterion in (*option.criteria, *option.stop):
            yield "option", option.label, criterion.result
    for notice in (*review.medication.applies, *review.medication.could_apply):
        yield "medication rule", f"{notice.number} {notice.label}", notice.result
    if review.first_step is not None:
        step = review.first_step
        for one in (step.proposed, step.alternative, *step.would_change):
            if one is not None:
                yield "first step", one.label, one.result


def _missing(review: Review) -> Iterator[Missing]:
    """Everything the review asks for."""
    for flag in review.red_flags:
        yield from flag.ask
    for _, _, result in _rules(review):
        yield from result.would_meet
        yield from result.would_fail


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")
