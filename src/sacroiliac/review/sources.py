"""The sources with what moved them, how firm the order is, and what to ask or test next."""

from __future__ import annotations

import math

from sacroiliac.cases import Case
from sacroiliac.chart.dates import written_span
from sacroiliac.inference import Answer, Evidence, Model, Question, Rules, Sensitivity
from sacroiliac.inference.answer import Contribution, SourceAnswer
from sacroiliac.knowledge.model import Group, Number, Share
from sacroiliac.knowledge.model import Source as KnownSource
from sacroiliac.review import model
from sacroiliac.review.context import Context
from sacroiliac.review.injection_reading import probability
from sacroiliac.review.words import counted

LEAST_SHOWN = 0.005
# Sources that differ by less are equally likely, and stand in the order of the knowledge.
DECIMALS = 9


def sources(context: Context, rules: Rules, case: Case, answer: Answer) -> tuple[model.Source, ...]:
    """Every source, most likely first."""
    known = {source.id: source for source in context.knowledge.sources.sources}
    shares = _shares(context, answer.evidence)
    found = [
        _source(context, rules, case, known[one.source], one, answer.evidence, *shares[one.source])
        for one in answer.sources
    ]
    return tuple(sorted(found, key=lambda one: -round(one.probability.value, DECIMALS)))


def _shares(context: Context, evidence: Evidence) -> dict[str, tuple[Share, str]]:
    """For each source the share that applies, and in words of what."""
    knowledge = context.knowledge.sources
    chosen = iter(evidence.context)
    complexes = {one.id: (one.shares[next(chosen)], one.label) for one in knowledge.complexes}
    found = {}
    for source in knowledge.sources:
        if source.part_of is not None:
            share, label = complexes[source.part_of]
            found[source.id] = (share, f"part of the {label}: {share.label}")
        else:
            share = source.shares[next(chosen)]
            found[source.id] = (share, share.label)
    return found


def _source(
    context: Context,
    rules: Rules,
    case: Case,
    known: KnownSource,
    one: SourceAnswer,
    evidence: Evidence,
    share: Share,
    because: str,
) -> model.Source:
    moved = [_contribution(context, rules, case, part, evidence) for part in one.contributions]
    return model.Source(
        id=known.id,
        label=known.label,
        short=known.short,
        kind=known.kind,
        meaning=known.meaning,
        before=one.before,
        before_because=because,
        share=context.figure(share.value),
        probability=probability(one.probability),
        contributions=tuple(sorted(moved, key=lambda part: -abs(part.log_odds))),
        snomed=known.snomed,
        cite=known.cite,
    )


def _contribution(
    context: Context, rules: Rules, case: Case, part: Contribution, evidence: Evidence
) -> model.Contribution:
    label, level, findings, cite = _named(context, rules, case, part, evidence)
    return model.Contribution(
        kind=part.kind,  # type: ignore[arg-type]
        name=part.name,
        label=label,
        level=level,
        log_odds=part.log_odds,
        ratio=math.exp(part.log_odds),
        findings=findings,
        cite=cite,
    )


def _named(
    context: Context, rules: Rules, case: Case, part: Contribution, evidence: Evidence
) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """Label, level, findings and citations of one part of the evidence."""
    if part.kind == "group":
        group = group_named(context, part.name)
        (reading,) = [one for one in evidence.levels if one[0] == part.name]
        levels = [group.level_labels[level] for level in group.levels[reading[1] : reading[2] + 1]]
        named = {name for rule in rules.readings[group.id] for name in rule.names if name in case.findings}
        return group.label, " or ".join(levels), tuple(sorted(named)), group.cite
    if part.kind == "cap":
        cap = context.knowledge.likelihoods.limits.examination_cap
        return "Limit on what examination may say", f"at most {cap.value:g} times", (), cap.cite
    entry = case.injections[int(part.name)]
    tables = context.knowledge.injections
    when = written_span(entry.fact.when)
    if part.kind == "anaesthetic":
        relief = entry.values["relief_percent"]
        return (
            f"Injection of {when}: first hours",
            f"{relief:.0f}% relief",
            ("sij_injections",),
            tables.anaesthetic.cite,
        )
    weeks, percent = entry.values.get("sustained_weeks"), entry.values.get("sustained_percent")
    words = f"{percent:.0f}% relief" if percent is not None else "relief"
    words += f" for {counted(weeks, 'week')}" if weeks is not None else ""
    return f"Injection of {when}: weeks after", words, ("sij_injections",), tables.steroid.cite


def group_named(context: Context, name: str) -> Group:
    """The group called ``name``."""
    (found,) = [group for group in context.knowledge.likelihoods.groups if group.id == name]
    return found


# ---------------------------------------------------------------------------------------- how firm it is


def sensitivity(
    context: Context, network: Model, found: Sensitivity, first: str, unconfirmed: tuple[str, ...]
) -> model.Sensitivity:
    """How firm the order is, in words and figures."""
    numbers = dict(network.numbers)
    labels = {source.id: source.label for source in context.knowledge.sources.sources}
    share = dict(found.first_in_draws).get(first, 0.0)
    words = f"{labels[first]} comes first in {share:.0%} of the draws over all numbers"
    words += _turns(len(found.turns))
    return model.Sensitivity(
        words=words,
        first_in_draws=found.first_in_draws,
        turns=tuple(
            model.Turn(
                assumption=_assumption(context, turn.place, numbers[turn.place]),
                place=turn.place,
                value=turn.value,
                low=(numbers[turn.place].range or (turn.value, turn.value))[0],
                high=(numbers[turn.place].range or (turn.value, turn.value))[1],
                first=turn.first,
                probability=turn.probability,
                second=turn.second,
                second_probability=turn.second_probability,
            )
            for turn in found.turns
        ),
        independent=_above(found.independent),
        unconfirmed=_above(found.unconfirmed or ()),
        unconfirmed_findings=unconfirmed,
    )


def _turns(number: int) -> str:
    if number == 0:
        return "; no single assumption would change that."
    return f"; {number} {'assumption at an end of its' if number == 1 else 'assumptions at an end of their'} range would change that."


def _above(listed: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(((name, value) for name, value in listed if value >= LEAST_SHOWN), key=lambda one: -one[1]))


def _assumption(context: Context, where: str, number: Number) -> str:
    """An assumption in words: what it is about, and why it was made."""
    steps = where.split(".")
    if steps[:2] == ["likelihoods", "groups"]:
        about = group_named(context, steps[2]).label
    elif steps[:2] == ["sources", "sources"]:
        (source,) = [one for one in context.knowledge.sources.sources if one.id == steps[2]]
        about = (
            f"{source.label}, {source.shares[int(steps[4])].label if steps[3] == 'shares' else 'part of the complex'}"
        )
    else:
        about = ", ".join(steps[1:]).replace("_", " ")
    return f"{about}: {number.assumption}"


# ------------------------------------------------------------------------------------------ what to ask


def questions(context: Context, case: Case, found: tuple[Question, ...]) -> tuple[model.Question, ...]:
    """What is worth asking or testing, best first."""
    return tuple(_question(context, case, one) for one in found)


def _question(context: Context, case: Case, one: Question) -> model.Question:
    label, ask, levels, cite = _asked(context, case, one)
    return model.Question(
        kind=one.kind,
        name=one.name,
        label=label,
        ask=ask,
        burden=one.burden,
        burden_label=context.knowledge.ranking.burdens[one.burden],
        bits=one.bits,
        worth=one.worth,
        findings=one.asks,
        results=tuple(
            model.Result(
                label=levels.get(result.name, result.name), probability=result.probability, sources=result.sources
            )
            for result in one.results
        ),
        cite=cite,
    )


PLACE_LEVELS = {"joint": "it was in the joint", "around": "it was around the joint", "elsewhere": "it was elsewhere"}


def relief_levels(context: Context) -> dict[str, str]:
    """The anaesthetic categories in words."""
    table = context.knowledge.injections.anaesthetic
    high, partial = table.high_from_percent.value, table.partial_from_percent.value
    return {
        "high": f"{high:g}% relief or more",
        "partial": f"{partial:g} to {high - 1:g}% relief",
        "low": f"under {partial:g}% relief",
    }


def _asked(context: Context, case: Case, one: Question) -> tuple[str, str, dict[str, str], tuple[str, ...]]:
    """Label, question, labels of the results and citations."""
    tables = context.knowledge.injections
    if one.kind == "group":
        group = group_named(context, one.name)
        asks = [context.knowledge.findings[name] for name in one.asks if name not in case.findings]
        listed = [finding.question or finding.label for finding in asks] or [group.label]
        return group.label, " ".join(listed), dict(group.level_labels), group.cite
    if one.kind in ("relief", "images"):
        when = written_span(case.injections[int(one.name)].fact.when)
        if one.kind == "relief":
            label = f"Relief in the first hours after the injection of {when}"
            return (
                label,
                "Find the recovery-room score or the diary, or ask the patient.",
                relief_levels(context),
                tables.anaesthetic.cite,
            )
        label = f"Where the injection of {when} went"
        return label, "Obtain the stored images and the contrast description.", PLACE_LEVELS, tables.delivery[-1].cite
    if one.kind == "joint_block":
        label, ask = (
            "New block of the joint, proven inside",
            "Anaesthetic block with contrast in two views, no sedation, diary.",
        )
    else:
        label, ask = (
            "Block of the sacral lateral branches",
            "Anaesthetic block of the nerves to the ligaments behind the joint.",
        )
    return label, ask, relief_levels(context), tables.anaesthetic.cite
