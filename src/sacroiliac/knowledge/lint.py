"""Check what ties the knowledge files to each other and to good sense."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sacroiliac.knowledge import model, simulation, walk
from sacroiliac.rules import RuleError, parse

INJECTIONS = "sij_injections"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in the knowledge. Fatal ones keep it from loading."""

    place: str
    problem: str
    fatal: bool = True


def check(knowledge: model.Knowledge) -> list[Fault]:
    """Every fault, in the order of :data:`CHECKS`."""
    if INJECTIONS not in knowledge.findings:
        # Without it there is no vocabulary to read rules by.
        return [Fault(f"findings.{INJECTIONS}", "is missing; injections are read into it")]
    return [fault for one in CHECKS for fault in one(knowledge)]


# ------------------------------------------------------------------------------------------------- origins


def _citations(knowledge: model.Knowledge) -> Iterator[Fault]:
    known = knowledge.references.keys() | knowledge.evidence.keys()
    for name in knowledge.references.keys() & knowledge.evidence.keys():
        yield Fault(f"evidence.{name}", "is also the key of a reference; give it an id of its own")
    for place, key in walk.citations(knowledge):
        if key not in known:
            yield Fault(place, f"cites '{key}', which is neither a reference nor an evidence record")
    for name, evidence in knowledge.evidence.items():
        if evidence.status == "verified" and evidence.seen_at is None:
            yield Fault(f"evidence.{name}", "is verified without saying where it was seen")


def _numbers(knowledge: model.Knowledge) -> Iterator[Fault]:
    for place, number in walk.numbers(knowledge):
        origins = [bool(number.published), bool(number.derived), bool(number.assumption)]
        if sum(origins) != 1:
            yield Fault(place, "a number is exactly one of published, derived or assumption")
            continue
        if not all(math.isfinite(one) for one in (number.value, *(number.range or ()))):
            yield Fault(place, "a number is finite")
        if number.derived and not number.how:
            yield Fault(place, "a derived number says how")
        if number.assumption and number.range is None:
            yield Fault(place, "an assumption needs the range over which it is swept")
        if number.range and not number.range[0] <= number.value <= number.range[1]:
            yield Fault(place, f"the range {number.range} does not contain {number.value:g}")
        for path in [number.published] if number.published else number.derived:
            try:
                found = figure(knowledge, path)
            except KeyError:
                yield Fault(place, f"there is no figure '{path}'")
                continue
            if number.published and not _same(number.value, found):
                yield Fault(place, f"is {number.value:g}, but '{path}' is {found!r}")


def figure(knowledge: model.Knowledge, path: str) -> Any:
    """The figure at ``evidence_id.key[.key ...]``.

    :raises KeyError: when there is none.
    """
    name, *keys = path.split(".")
    value: Any = knowledge.evidence[name].figures
    for key in keys:
        if isinstance(value, list):
            if not key.isdigit() or int(key) >= len(value):
                raise KeyError(path)
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value[key]
        else:
            raise KeyError(path)
    return value


def _same(value: float, found: Any) -> bool:
    """Whether ``value`` is the figure as printed: itself, as a percentage, or as a count such as 11/14."""
    if isinstance(found, str) and "/" in found:
        part, _, whole = found.partition("/")
        return part.isdigit() and whole.isdigit() and abs(value - int(part) / int(whole)) < 0.005
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    return math.isclose(value, found) or math.isclose(value * 100, found)


# --------------------------------------------------------------------------------------------------- names


def _thresholds(knowledge: model.Knowledge) -> Iterator[Fault]:
    """No publication says at which probability to act, so each such threshold needs its reason."""
    for step in knowledge.steps:
        if "probability." in step.when and step.assumption is None:
            yield Fault(f"steps.{step.id}", "has a threshold of a probability and no assumption that says why")


def _rules(knowledge: model.Knowledge) -> Iterator[Fault]:
    for place, rule, vocabulary in walk.rules(knowledge):
        try:
            parse(rule, vocabulary)
        except RuleError as error:
            yield Fault(place, str(error))


def _findings(knowledge: model.Knowledge) -> Iterator[Fault]:
    for finding in knowledge.findings.values():
        place = f"findings.{finding.id}"
        if finding.members and set(finding.members) != set(finding.values):
            yield Fault(place, "needs a rule for each of its values")
        if not set(finding.words) <= set(finding.values):
            odd = ", ".join(sorted(set(finding.words) - set(finding.values)))
            yield Fault(place, f"has words for {odd}, not among its values: {', '.join(finding.values)}")
        if (finding.type in ("record", "records")) != bool(finding.fields):
            yield Fault(place, "has fields if, and only if, it is a record or a list of records")
        yield from _typed(place, finding)
        for name, field in finding.fields.items():
            yield from _typed(f"{place}.fields.{name}", field)


def _typed(place: str, one: model.Finding | model.Field) -> Iterator[Fault]:
    if one.type == "set" and not one.values:
        yield Fault(place, "a set lists the words that may be in it")
    if len(set(one.values)) != len(one.values):
        yield Fault(place, "a value is there twice")
    if one.minimum is not None and one.maximum is not None and one.minimum > one.maximum:
        yield Fault(place, f"the minimum {one.minimum:g} is above the maximum {one.maximum:g}")
    for coded in one.codes:
        if coded.value is not None and not _legal(coded.value, one):
            yield Fault(place, f"'{coded.concept}' means {coded.value!r}, which is no {one.type} value of it")


def _legal(value: bool | str | float, of: model.Finding | model.Field) -> bool:
    match of.type:
        case "bool":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "text" | "set":
            return isinstance(value, str) and (not of.values or value in of.values)
    return False


def _twice(knowledge: model.Knowledge) -> Iterator[Fault]:
    """Ids in lists that are kept as they stand; of what is kept by id, loading refuses a second one."""
    for place, item in [("", knowledge), *walk.items(knowledge)]:
        for name in item.__struct_fields__:
            value = getattr(item, name)
            ids = [getattr(one, "id", None) for one in value] if isinstance(value, tuple) else []
            for double in sorted({one for one in ids if one is not None and ids.count(one) > 1}):
                yield Fault(f"{place}.{name}".strip("."), f"'{double}' is there twice")


def _names(knowledge: model.Knowledge) -> Iterator[Fault]:
    groups = {group.id for group in knowledge.likelihoods.groups}
    sources = {source.id for source in knowledge.sources.sources}
    fields = knowledge.findings[INJECTIONS].fields
    known: dict[str, set[str]] = {
        "finding": set(knowledge.findings),
        "concept": set(knowledge.concepts),
        "window": set(knowledge.windows),
        "group": groups,
        "source": sources,
        "option": set(knowledge.options),
        "complex": {one.id for one in knowledge.sources.complexes},
        "pattern": {one.id for one in knowledge.injections.patterns},
        "field": set(fields),
        "anaesthetic": set(fields["anesthetic"].values) if "anesthetic" in fields else set(),
    }
    for place, kind, name in _mentions(knowledge):
        if name not in known[kind]:
            yield Fault(place, f"there is no {kind} '{name}'")


def _mentions(knowledge: model.Knowledge) -> Iterator[tuple[str, str, str]]:
    """Every name of another part: the place, the kind of part, and its name."""
    for drug in knowledge.injections.shortest_relief_hours:
        yield "injections.shortest_relief_hours", "anaesthetic", drug
    for pattern in knowledge.population.unreadable:
        yield "population.unreadable", "pattern", pattern
    for place, item in walk.items(knowledge):
        match item:
            case model.CodedAs(concept=concept):
                yield place, "concept", concept
            case model.Finding():
                yield from ((place, "window", name) for name in [item.window] if name is not None)
                yield from ((place, "finding", name) for name in item.made_from)
            case model.Group():
                yield from ((place, "finding", name) for name in item.asks)
                yield from ((place, "source", name) for name in item.sources)
                yield from ((place, "group", name) for name in item.replaces)
                yield from ((place, "group", one.group) for one in item.damped_by)
            case model.Source(part_of=str(whole)):
                yield place, "complex", whole
            case model.RedFlag():
                yield from ((place, "finding", name) for name in item.asks)
            case model.DrugClass():
                yield from ((place, "concept", name) for name in item.members)
            case model.MedicationRule():
                yield from ((place, "concept", name) for name in item.drugs)
            case model.Opioid():
                yield place, "concept", item.ingredient
            case model.DailyDose():
                yield place, "concept", item.ingredient
                yield place, "finding", item.finding
            case model.Step(option=str(option)) | model.Schedule(option=str(option)):
                yield place, "option", option
            case model.NoteItem(field=field):
                yield place, "field", field


# ------------------------------------------------------------------------------------------------- figures


def _probabilities(knowledge: model.Knowledge) -> Iterator[Fault]:
    # A likelihood to the power of zero says nothing, which may be just what is meant.
    powers = {
        f"injections.modifiers.{one.id}.number" for one in knowledge.injections.modifiers if one.effect == "power"
    }
    for place, number in walk.numbers(knowledge):
        last = place.rsplit(".", 1)[-1]
        parent = place.rsplit(".", 2)[-2] if place.count(".") >= 2 else ""
        ratio = (
            parent == "ratios" or last.endswith("ratio") or last in ("examination_cap", "factor", "number", "weight")
        )
        if ratio and number.value <= 0 and not (number.value == 0 and place in powers):
            yield Fault(place, "must be above zero")
        probability = last in (
            "sensitivity",
            "specificity",
            "high",
            "partial",
            "joint",
            "around",
            "none",
            "one",
            "two",
            "part",
        )
        probability = (probability or parent in ("background", "repeat_high") or ".rows." in place) and not ratio
        if probability and not 0 <= number.value <= 1:
            yield Fault(place, f"is a probability and cannot be {number.value:g}")
    for row in knowledge.injections.delivery:
        if row.joint.value + row.around.value > 1 + 1e-9:
            yield Fault(f"injections.delivery.{row.id}", "joint and around add up to more than 1")
    table = knowledge.injections.anaesthetic
    for source in ("joint", "ligament", "other"):
        for place, relief in getattr(table, source).items():
            if relief.high.value + relief.partial.value >= 1:
                yield Fault(f"injections.anaesthetic.{source}.{place}", "high and partial leave nothing for low")
    for source, by_level in knowledge.injections.steroid.rows.items():
        for level, values in by_level.items():
            place = f"injections.steroid.rows.{source}.{level}"
            if len(values) != len(knowledge.injections.steroid.weeks):
                yield Fault(place, "needs one number for each time")
            elif any(later.value > earlier.value for earlier, later in pairwise(values)):
                yield Fault(place, "relief that lasts cannot become more frequent with time")
    counts = knowledge.sources.counts
    if counts.none.value + counts.one.value + counts.two.value > 1:
        yield Fault("sources.counts", "none, one and two add up to more than 1")


def _groups(knowledge: model.Knowledge) -> Iterator[Fault]:
    for group in knowledge.likelihoods.groups:
        place = f"likelihoods.groups.{group.id}"
        if len(group.levels) < 2 or set(group.level_labels) != set(group.levels):
            yield Fault(place, "needs two or more levels, each with a label")
            continue
        for reading in group.readings:
            if not set(reading.levels) <= set(group.levels):
                yield Fault(place, f"a reading names a level that is not one of {', '.join(group.levels)}")
            elif _gap(group.levels, reading.levels):
                yield Fault(place, "the levels of a reading must be next to each other")
        if group.use == "ignored":
            continue
        if not group.sources:
            yield Fault(place, "has no source; mark it 'use: ignored' and say why")
        if group.specificity and group.specificity.value >= 1:
            yield Fault(place, "a specificity of 1 would make other findings impossible")
        for name, likelihood in group.sources.items():
            yield from _likelihood(place, group, name, likelihood)


def _gap(levels: tuple[str, ...], chosen: tuple[str, ...]) -> bool:
    places = sorted(levels.index(level) for level in chosen)
    return places != list(range(places[0], places[0] + len(places)))


def _likelihood(place: str, group: model.Group, name: str, likelihood: model.Likelihood) -> Iterator[Fault]:
    where = f"{place}.sources.{name}"
    if likelihood.sensitivity is not None:
        if group.specificity is None or len(group.levels) != 2 or likelihood.ratios:
            yield Fault(where, "a sensitivity goes with the group's specificity, two levels, and no ratios")
        elif likelihood.sensitivity.value < 1 - group.specificity.value:
            yield Fault(where, "the source would make the finding less likely than no source does; reverse the finding")
        return
    if not set(likelihood.ratios) <= set(group.levels):
        yield Fault(where, f"ratios are given for levels other than {', '.join(group.levels)}")
    elif len(group.levels) == 2 and set(likelihood.ratios) != set(group.levels):
        yield Fault(where, "two levels need the ratio of each")
    elif len(group.levels) == 2:
        lower, upper = (likelihood.ratios[level].value for level in group.levels)
        if not lower < 1 < upper:
            yield Fault(where, "the ratio of the lower level must be below 1 and that of the upper above 1")
    elif len(likelihood.ratios) != len(group.levels) - 1 or len(group.background) != len(group.levels) - 1:
        yield Fault(where, "more than two levels need the background and the ratio of all but one")
    elif set(likelihood.ratios) != set(group.background):
        yield Fault(where, "background and ratios must leave out the same level")


def _sources(knowledge: model.Knowledge) -> Iterator[Fault]:
    parts: dict[str, float] = {}
    for source in knowledge.sources.sources:
        place = f"sources.sources.{source.id}"
        if (source.part_of is None) != bool(source.shares) or (source.part_of is None) != (source.part is None):
            yield Fault(place, "has either shares of its own or a part of a complex")
        if source.part_of is not None and source.part is not None:
            parts[source.part_of] = parts.get(source.part_of, 0.0) + source.part.value
        yield from _shares(place, source.shares)
    for one in knowledge.sources.complexes:
        yield from _shares(f"sources.complexes.{one.id}", one.shares)
        if not math.isclose(parts.get(one.id, 0.0), 1.0):
            yield Fault(f"sources.complexes.{one.id}", "the parts of its sources do not add up to 1")


def _shares(place: str, shares: tuple[model.Share, ...]) -> Iterator[Fault]:
    if shares and (shares[-1].when is not None or any(share.when is None for share in shares[:-1])):
        yield Fault(place, "every share but the last needs a rule, and the last has none")
    for share in shares:
        if not 0 < share.value.value < 1:
            yield Fault(place, f"a share of {share.value.value:g} is not between 0 and 1")


# ---------------------------------------------------------------------------------- what may decide anything


def _confirmed(knowledge: model.Knowledge) -> Iterator[Fault]:
    """Evidence that was not seen decides nothing: no number in use rests on it, no rule rests on it alone.

    Options and medication rules may: they show such a criterion as unconfirmed and leave it out of the status.
    """
    unconfirmed = {
        f"likelihoods.groups.{group.id}." for group in knowledge.likelihoods.groups if group.use == "unconfirmed"
    }
    for place, number in walk.numbers(knowledge):
        shown_only = place.startswith("options.") or any(place.startswith(prefix) for prefix in unconfirmed)
        if walk.recalled(knowledge, number) and not shown_only:
            yield Fault(place, "rests on evidence that was not seen (recalled) and would decide something")
    deciding = (model.RedFlag, model.Pattern, model.Step, model.DeliveryRow, model.PhaseModifier, model.SteroidModifier)
    for place, item in walk.items(knowledge):
        if isinstance(item, deciding) or (isinstance(item, model.Group) and item.use == "model"):
            status = [knowledge.evidence[key].status if key in knowledge.evidence else "verified" for key in item.cite]
            if status and "verified" not in status:
                yield Fault(place, "cites only evidence that was not seen (recalled) and would decide something")


# --------------------------------------------------------------------------------------------------- codes

_VERHOEFF_MULTIPLY = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_PERMUTE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def _codes(knowledge: model.Knowledge) -> Iterator[Fault]:
    for concept in knowledge.concepts.values():
        for code in concept.codes:
            place = f"concepts.{concept.id}"
            if code.system == "snomed" and not well_formed_snomed(code.code):
                yield Fault(place, f"SNOMED CT id {code.code} fails its check digit")
            if code.system == "loinc" and not well_formed_loinc(code.code):
                yield Fault(place, f"LOINC code {code.code} fails its check digit")
            if code.match == "prefix" and code.system != "icd10cm":
                yield Fault(place, "only ICD-10-CM codes have descendants by prefix")

    emitted = {code.code for concept in knowledge.concepts.values() for code in concept.codes if _may_emit(code)}
    for source in knowledge.sources.sources:
        if source.snomed is not None and source.snomed not in emitted:
            yield Fault(f"sources.sources.{source.id}", f"SNOMED CT {source.snomed} is no verified code of a concept")


def _may_emit(code: model.Code) -> bool:
    return code.system == "snomed" and code.status == "verified" and code.emit


def well_formed_snomed(code: str) -> bool:
    """Whether a SNOMED CT identifier passes the Verhoeff check."""
    total = 0
    for index, digit in enumerate(reversed(code)):
        if digit not in "0123456789":
            return False
        total = int(_VERHOEFF_MULTIPLY[total][int(_VERHOEFF_PERMUTE[index % 8][int(digit)])])
    return total == 0 and 6 <= len(code) <= 18


def well_formed_loinc(code: str) -> bool:
    """Whether a LOINC code's last digit is the mod-10 check digit of the rest."""
    body, _, digit = code.partition("-")
    if not (code.isascii() and body.isdigit() and digit.isdigit() and len(digit) == 1):
        return False
    doubled = "".join(str(int(d) * 2) if index % 2 == 0 else d for index, d in enumerate(reversed(body)))
    return (10 - sum(int(d) for d in doubled) % 10) % 10 == int(digit)


# ------------------------------------------------------------------------------------------------- policies


def _policies(knowledge: model.Knowledge) -> Iterator[Fault]:
    """What holds within and between the policies; their rules are read with all others."""
    services = {one.id for one in knowledge.coverage.services}
    seen: dict[str, str] = {}
    shorts: dict[str, str] = {}
    starts: set[tuple[str, str | None]] = set()
    for one in knowledge.policies.values():
        place = f"policies.{one.id}"
        if shorts.setdefault(one.short, one.family or one.id) != (one.family or one.id):
            yield Fault(place, f"the short name '{one.short}' is that of another policy")
        start = (one.family or one.id, one.effective.since)
        if start in starts:
            yield Fault(place, "another version of this policy begins on the same date")
        starts.add(start)
        own = {item.id for service in one.services for _, item in service.own}
        for service in one.services:
            if service.service not in services:
                yield Fault(place, f"there is no service '{service.service}'")
            for name in service.inherits:
                if name not in own:
                    yield Fault(f"{place}.{service.service}", f"inherits '{name}', which is no item of the policy")
        items = [item for service in one.services for _, item in service.own] + list(one.scope_excluded)
        for item in items:
            if seen.setdefault(item.id, one.id) != one.id and not _versions(knowledge, seen[item.id], one.id):
                yield Fault(f"{place}.{item.id}", f"is also an item of {seen[item.id]}")
            if item.status == "verified" and not (item.via and item.seen_at):
                yield Fault(f"{place}.{item.id}", "is verified without saying where and on whose page it was seen")
            if item.status == "recalled" and item.confidence is None:
                yield Fault(f"{place}.{item.id}", "is recalled without saying how surely")
    yield from _coverage(knowledge, seen)


def _versions(knowledge: model.Knowledge, one: str, other: str) -> bool:
    family, same = knowledge.policies[one].family or one, knowledge.policies[other].family or other
    return family == same


def _coverage(knowledge: model.Knowledge, items: dict[str, str]) -> Iterator[Fault]:
    coverage = knowledge.coverage
    services = {one.id for one in coverage.services}
    for service in coverage.services:
        for name in service.options:
            if name not in knowledge.options:
                yield Fault(f"coverage.services.{service.id}", f"there is no option '{name}'")
    for conflict in coverage.conflicts:
        for name in conflict.items:
            if name not in items:
                yield Fault(f"coverage.conflicts.{conflict.id}", f"there is no item '{name}'")
    for act in coverage.acts:
        for name in act.services:
            if name not in services:
                yield Fault(f"coverage.acts.{act.id}", f"there is no service '{name}'")
        fields = knowledge.findings[INJECTIONS].fields
        for given in (*act.done, *act.instead):
            for name, value in given.fields.items():
                if name not in fields or not _legal(value, fields[name]):
                    yield Fault(f"coverage.acts.{act.id}", f"'{name}: {value}' is no part of an injection")
    topics = {name for topic in coverage.topics for name in topic.findings}
    for name in sorted(topics - knowledge.findings.keys()):
        yield Fault("coverage.topics", f"there is no finding '{name}'")
    for place, rule, vocabulary in walk.rules(knowledge):
        named = _names_in(rule, vocabulary) if place.startswith("policies.") else frozenset()
        if named and not named & topics:
            yield Fault(place, "is about no topic, so it would be in no row of the matrix")
    spoken = {service.service for one in knowledge.policies.values() for service in one.services}
    for name in sorted(services - spoken):
        yield Fault(f"coverage.services.{name}", "is spoken of by no policy", fatal=False)


# ----------------------------------------------------------------------------------------------- simulation


def _simulation(knowledge: model.Knowledge) -> Iterator[Fault]:
    """What ties the simulated populations to the rest: names, words, and shares that are shares."""
    known = knowledge.simulation
    fields = knowledge.findings[INJECTIONS].fields
    for place, item in walk.items(knowledge):
        if place.startswith("simulation.") and isinstance(item, simulation.SHARED | simulation.Mess):
            for name, number in _own_numbers(item):
                if (name == "share" or isinstance(item, simulation.Mess)) and not 0 <= number.value <= 1:
                    yield Fault(f"{place}.{name}", f"is a share and cannot be {number.value:g}")
    for state in known.people.states:
        if state.finding not in knowledge.findings or knowledge.findings[state.finding].type != "bool":
            yield Fault(f"simulation.people.states.{state.finding}", "is no finding that is answered with yes or no")
    for name, choices in (("ancestry", known.people.ancestry), ("nicotine_status", known.people.nicotine)):
        for choice in choices:
            if name in knowledge.findings and not _legal(choice.value, knowledge.findings[name]):
                yield Fault("simulation.people", f"'{choice.value}' is no value of {name}")
    for note in (*known.practice.notes, *known.practice.branch_notes):
        for name, value in note.fields.items():
            if name not in fields or not _legal(value, fields[name]):
                yield Fault(f"simulation.practice.notes.{note.id}", f"'{name}: {value}' is no part of an injection")
    for name in ("sedation", "diary", "intent"):
        for choice in getattr(known.practice, name):
            if name in fields and not _legal(choice.value, fields[name]):
                yield Fault(f"simulation.practice.{name}", f"'{choice.value}' is no value of that field")
    named = [one.drug for one in (*known.practice.anaesthetics, *known.practice.steroids, known.practice.contrast)]
    named += [one.drug for one in known.course.drugs] + [one.concept for one in known.recorded.images]
    named += [*known.not_counting.resolved, *known.not_counting.refuted, *known.not_counting.entered_in_error]
    for name in sorted(set(named) - knowledge.concepts.keys()):
        yield Fault("simulation", f"there is no concept '{name}'")
    arms = {one.id for one in known.trials.arms}
    for effect, pair in known.trials.effects.items():
        for name in sorted(set(pair) - arms):
            yield Fault(f"simulation.trials.effects.{effect}", f"there is no arm '{name}'")
    for earlier, later in pairwise(known.course.radiofrequency_relief):
        if later.value > earlier.value:
            yield Fault("simulation.course.radiofrequency_relief", "relief cannot become more frequent with time")
    if len(known.course.radiofrequency_relief) != len(known.course.radiofrequency_months):
        yield Fault("simulation.course.radiofrequency_relief", "needs one number for each month")
    for one in known.everyday:
        formed = {"http://loinc.org": well_formed_loinc, "http://snomed.info/sct": well_formed_snomed}.get(one.system)
        if formed is not None and not formed(one.code):
            yield Fault("simulation.everyday", f"the code {one.code} fails its check digit")
        if (one.resource == "Observation") != (one.low is not None and one.high is not None and one.unit is not None):
            yield Fault("simulation.everyday", f"'{one.text}' has bounds and a unit if, and only if, it is measured")
    yield from _drawn(knowledge)


def _drawn(knowledge: model.Knowledge) -> Iterator[Fault]:
    """Numbers from which nothing could be drawn, or something that cannot be."""
    known = knowledge.simulation
    for place, item in walk.items(knowledge):
        if isinstance(item, simulation.Span):
            least, below = item.least.value, item.below.value
            if not 0 <= least < below or (least, below) != (round(least), round(below)):
                yield Fault(place, "is a span of whole days, the first number below the second")
    counts = known.not_counting
    if counts.resolved_after.below.value > counts.resolved_days.least.value:
        yield Fault("simulation.not_counting.resolved_after", "a disease may not be over before the pain begins")
    if known.practice.percent_step.value < 1 or known.practice.hours_step.value <= 0:
        yield Fault(
            "simulation.practice", "relief is rounded to steps of 1 percent or more, and to some part of an hour"
        )
    if known.recorded.stale_windows.value <= 1:
        yield Fault("simulation.recorded.stale_windows", "what is no older than one window is not too old")
    first = knowledge.injections.anaesthetic
    limits = (first.partial_from_percent.value, first.high_from_percent.value)
    top = round(knowledge.findings["pain_nrs"].maximum or 0)
    for pain in range(max(1, round(known.practice.least_pain.value)), top + 1):
        levels = {sum(100 * (pain - after) / pain >= limit for limit in limits) for after in range(pain + 1)}
        if len(levels) <= len(limits):
            yield Fault(
                "simulation.practice.least_pain", f"from a pain of {pain} no whole score gives some level of relief"
            )


def _own_numbers(item: model.Item) -> Iterator[tuple[str, model.Number]]:
    for name in item.__struct_fields__:
        value = getattr(item, name)
        if isinstance(value, model.Number):
            yield name, value


# ----------------------------------------------------------------------------------------------- populations


def _population(knowledge: model.Knowledge) -> Iterator[Fault]:
    weeks = [one.value for one in knowledge.population.steps_weeks]
    if any(later <= earlier for earlier, later in pairwise(weeks)):
        yield Fault("population.steps_weeks", "each period must end after the one before")
    least = knowledge.population.smallest_cell.value
    if least < 2 or least != int(least):
        yield Fault("population.smallest_cell", f"is a count of people that nobody can be told by, not {least:g}")


# -------------------------------------------------------------------------------------------------- unused


def _unused(knowledge: model.Knowledge) -> Iterator[Fault]:
    cited = {key for _, key in walk.citations(knowledge)}
    for name in knowledge.references:
        if name not in cited:
            yield Fault(f"references.{name}", "is cited by nothing", fatal=False)
    for name, evidence in knowledge.evidence.items():
        if name not in cited and evidence.unused is None:
            yield Fault(f"evidence.{name}", "is cited by nothing; cite it, or say why under 'unused'", fatal=False)
        elif name in cited and evidence.unused is not None:
            yield Fault(f"evidence.{name}", "is cited and says why it is unused; take that out", fatal=False)
    named = {name for _, rule, vocabulary in walk.rules(knowledge) for name in _names_in(rule, vocabulary)}
    asked = {name for place, kind, name in _mentions(knowledge) if kind == "finding"}
    for name, finding in knowledge.findings.items():
        feeds_another = finding.derived is None and finding.area in ("record", "conservative_care", "injections")
        if name not in named | asked and not finding.used_by_policies and not feeds_another:
            yield Fault(f"findings.{name}", "is used by no rule, group or policy", fatal=False)
    windows = {finding.window for finding in knowledge.findings.values()}
    for name in knowledge.windows:
        if name not in windows:
            yield Fault(f"windows.{name}", "is used by no finding", fatal=False)


def _names_in(rule: str, vocabulary: Any) -> frozenset[str]:
    try:
        return parse(rule, vocabulary).names
    except RuleError:
        return frozenset()


CHECKS: tuple[Callable[[model.Knowledge], Iterator[Fault]], ...] = (
    _citations, _numbers, _thresholds, _rules, _findings, _twice, _names, _probabilities, _groups, _sources, _confirmed, _codes,
    _policies, _population, _simulation, _unused,
)  # fmt: skip
