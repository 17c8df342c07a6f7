"""Populations for tests: in memory, with and without the mess of real charts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from msgspec.structs import asdict, replace

from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir.read import chart
from sacroiliac.knowledge import Knowledge, load
from sacroiliac.knowledge.base import Number
from sacroiliac.simulate import scene
from sacroiliac.simulate.cases import Drawing
from sacroiliac.simulate.chart import Lines
from sacroiliac.simulate.population import TRUTH, Population, Settings

UNTIL = span("2025-06-30")[0]
# Of women who never gave birth a chart cannot say so, and only then is this finding read where it is there.
OF_UNKNOWN_CONTEXT = {"mri_deep_oedema"}


def fixed(value: float) -> Number:
    """A number of a test."""
    return Number(value=value, assumption="of a test", range=(value, value))


def all_of(item: Any, value: float) -> Any:
    """An item of the knowledge with every number of its own set to a value."""
    return replace(item, **{name: fixed(value) for name, one in asdict(item).items() if isinstance(one, Number)})


@lru_cache(maxsize=1)
def complete() -> Knowledge:
    """A knowledge by which charts say everything they say in its cleanest form, and posteriors are probabilities.

    Half of the groups are stated, whatever they would say. Left out is what is no probability of anything: the
    examination cap, modifiers that weaken a likelihood, and groups whose silence depends on what they would say.
    """
    known = load()
    simulation = known.simulation
    limits = replace(known.likelihoods.limits, examination_cap=fixed(1e9))
    silent = {one.group.id for one in Drawing(known).groups if any(level.silent for level in one.levels)}
    unfair = silent | OF_UNKNOWN_CONTEXT
    groups = tuple(replace(one, use="ignored") if one.id in unfair else one for one in known.likelihoods.groups)
    recorded = replace(
        simulation.recorded, **dict.fromkeys(("history", "laboratory", "imaging", "block"), fixed(0.5)),
        examination=fixed(1), provocation=fixed(1), provocation_all=fixed(1), diagnosis=fixed(0), images=(),
    )  # fmt: skip
    practice = replace(
        simulation.practice, leg_numbness=fixed(0), short_relief=fixed(0),
        diary=(replace(simulation.practice.diary[0], value="kept"),),
    )  # fmt: skip
    return replace(
        known,
        likelihoods=replace(known.likelihoods, limits=limits, groups=groups),
        simulation=replace(
            simulation, recorded=recorded, practice=practice, mess=all_of(simulation.mess, 0),
            people=replace(simulation.people, told=fixed(1), asked=fixed(1)),
        ),
    )  # fmt: skip


def population(knowledge: Knowledge | None = None, pilot: int = 100, **settings: Any) -> Population:
    """A population with these settings over the usual ones of a test."""
    return Population(knowledge or load(), Settings(**{"seed": 7, "until": UNTIL, **settings}), pilot)


def truths(lines: Lines) -> list[dict[str, Any]]:
    """What is true of each patient."""
    return [json.loads(one) for one in lines[TRUTH]]


def by_patient(lines: Lines, knowledge: Knowledge | None = None) -> dict[str, list[bytes]]:
    """The resources of each patient, with those that all share."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for kind, listed in lines.items():
        for line in listed if kind != TRUTH else ():
            found[whose(json.loads(line))].append(line)
    shared = [one for listed in scene.lines((knowledge or load()).simulation.scene).values() for one in listed]
    return {name: listed + shared for name, listed in found.items()}


def whose(resource: dict[str, Any]) -> str:
    """The id of the patient that a resource is about."""
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    (about,) = [resource[name] for name in ("subject", "patient", "beneficiary") if name in resource]
    return str(about["reference"]).removeprefix("Patient/")


def read(name: str, lines: Iterable[bytes], knowledge: Knowledge) -> Chart:
    """The chart of one patient, as the project reads it."""
    return chart([(f"{name}.ndjson", b"\n".join(lines))], name, knowledge)
