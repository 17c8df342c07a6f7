"""The vocabularies of rules: what a rule about a case, and a rule about one injection, may name."""

from __future__ import annotations

from sacroiliac.knowledge import model
from sacroiliac.rules import FactType, Vocabulary

PROBABILITY = "probability"


def of_case(knowledge: model.Knowledge) -> Vocabulary:
    """Every finding by its id."""
    return {name: finding.fact_type for name, finding in knowledge.findings.items()}


def of_injection(knowledge: model.Knowledge) -> Vocabulary:
    """The findings of the case, and ``injection``: the record of one injection and what is worked out of it."""
    recorded = knowledge.findings["sij_injections"].fact_type.fields
    worked_out = {name: FactType(part.type, part.values) for name, part in knowledge.injections.worked_out.items()}
    return {**of_case(knowledge), "injection": FactType("record", fields={**recorded, **worked_out})}


def of_review(knowledge: model.Knowledge) -> Vocabulary:
    """What the choice of the next step may name: findings, ``injection`` (the one the review turns on),
    ``probability`` (of each source), ``pattern`` (of that injection) and ``options`` (whose criteria are met)."""
    number = FactType("number")
    return {
        **of_injection(knowledge),
        PROBABILITY: FactType("record", fields={source.id: number for source in knowledge.sources.sources}),
        "pattern": FactType("text", tuple(pattern.id for pattern in knowledge.injections.patterns)),
        "urgent_flag": FactType("bool"),
        "flag_to_test": FactType("bool"),
    }
