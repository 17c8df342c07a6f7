"""Everything of a case that has a date, for the picture of pain over time: scores, examinations, treatments, drugs,
procedures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sacroiliac.cases import Case
from sacroiliac.cases.choose import Index, Statement, statements
from sacroiliac.chart.dates import written
from sacroiliac.chart.facts import Fact, Span
from sacroiliac.knowledge.model import Finding
from sacroiliac.review import model
from sacroiliac.review.context import Context, place
from sacroiliac.review.words import lower, spaced

Stated = Mapping[str, Sequence[Statement]]
PROCEDURES = ("sij_fusion", "lumbar_fusion")


def timeline(context: Context, index: Index, case: Case) -> tuple[model.Event, ...]:
    """The dated events of one case up to its review date, by date. Injections stand in the review for themselves."""
    about = statements(index, case.chart.facts)
    events = [*_onset(context, case), *_scores(context, about, case), *_around_injections(context, case)]
    events += [*_looks(context, about, case), *_treatments(context, case), *_drugs(context, case)]
    events += _procedures(context, case)
    last = written(case.review)
    return tuple(sorted((one for one in events if one.first_day <= last), key=lambda one: (one.first_day, one.label)))


def _onset(context: Context, case: Case) -> Iterator[model.Event]:
    found = case.findings.get("pain_onset_date")
    if found is not None:
        (fact, *_) = found.facts
        label = context.knowledge.findings["pain_onset_date"].label
        yield _event("onset", label, found.value, fact, "pain_onset_date", found.value[1])


def _scores(context: Context, about: Stated, case: Case) -> Iterator[model.Event]:
    finding = context.knowledge.findings["pain_nrs"]
    stated_once = {id(one.fact): one for one in about.get(finding.id, ())}
    for stated in stated_once.values():
        fact = stated.fact
        if (
            fact.when is not None
            and fact.side in (None, case.side, "bilateral")
            and isinstance(stated.value, float | int)
        ):
            yield _score(fact.when, float(stated.value), finding.label, fact, finding.id, finding.maximum)


def _looks(context: Context, about: Stated, case: Case) -> Iterator[model.Event]:
    """The days on which somebody asked about the pain or examined, whichever answer counts in the end."""
    seen: dict[Span, dict[str, Fact]] = defaultdict(dict)
    for name, stated in about.items():
        finding = context.knowledge.findings[name]
        if finding.area in context.knowledge.population.re_evaluation.areas and name != "pain_nrs":
            for one in stated:
                if one.fact.when is not None and _of_this_side(finding, one.fact, case):
                    seen[one.fact.when].setdefault(name, one.fact)
    for when, facts in seen.items():
        first, fact = next(iter(facts.items()))
        note = f"{len(facts)} finding{'s' if len(facts) > 1 else ''}"
        yield _event("look", "pain or examination", when, fact, first, when[1], note)


def _of_this_side(finding: Finding, fact: Fact, case: Case) -> bool:
    return finding.side != "sided" or case.side is None or fact.side in (case.side, "bilateral")


def _around_injections(context: Context, case: Case) -> Iterator[model.Event]:
    top = context.knowledge.findings["sij_injections"].fields["pre_pain"].maximum
    for entry in case.injections:
        for name, label in (
            ("pre_pain", "pain just before the injection"),
            ("post_pain", "least pain in the hours after"),
        ):
            if entry.values.get(name) is not None and entry.fact.when is not None:
                yield _score(entry.fact.when, entry.values[name], label, entry.fact, "sij_injections", top)


def _treatments(context: Context, case: Case) -> Iterator[model.Event]:
    called = context.knowledge.findings["conservative_modalities"].words
    for entry in case.treatments:
        start, end, kind = entry.values.get("start"), entry.values.get("end"), str(entry.values.get("kind"))
        if start is not None:
            last = end[1] if end is not None else case.review if entry.values.get("ongoing") else None
            response = entry.values.get("response")
            note = f"response: {response}" if response else ""
            yield _event("treatment", called.get(kind, spaced(kind)), start, entry.fact, "treatments", last, note)


def _drugs(context: Context, case: Case) -> Iterator[model.Event]:
    for fact in case.chart.facts:
        concept = context.knowledge.concepts.get(fact.concept)
        if concept is not None and concept.kind == "medication" and fact.when is not None:
            last = case.review if fact.until is None else min(fact.until[1], case.review)
            yield _event("drug", lower(concept.label), fact.when, fact, "medications", last)


def _procedures(context: Context, case: Case) -> Iterator[model.Event]:
    for name in PROCEDURES:
        found = case.findings.get(name)
        if found is not None and found.value is True:
            for fact in found.facts:
                if fact.when is not None:
                    yield _event("procedure", context.knowledge.findings[name].label, fact.when, fact, name)
    found = case.findings.get("rfa_history")
    for fact in () if found is None else found.facts:
        if fact.when is not None:
            yield _event("procedure", context.knowledge.findings["rfa_history"].label, fact.when, fact, "rfa_history")


def _score(when: Span, value: float, label: str, fact: Fact, finding: str, top: float | None) -> model.Event:
    return model.Event(
        kind="pain", label=label, first_day=written(when[0]), last_day=written(when[1]), value=value, top=top,
        finding=finding, place=place(fact),
    )  # fmt: skip


def _event(
    kind: str, label: str, when: Span, fact: Fact, finding: str, last: int | None = None, note: str = ""
) -> model.Event:
    return model.Event(
        kind=kind,  # type: ignore[arg-type]
        label=label,
        first_day=written(when[0]),
        last_day=None if last is None else written(last),
        note=note,
        finding=finding,
        place=place(fact),
    )
