"""The vocabularies of rules: what a rule about a case, and a rule about one injection, may name.

Each is made once for a knowledge: a review asks for them again and again.
"""

from __future__ import annotations

from functools import lru_cache

from sacroiliac.knowledge import model
from sacroiliac.rules import FactType, Vocabulary

PROBABILITY = "probability"


@lru_cache(maxsize=4)
def of_case(knowledge: model.Knowledge) -> Vocabulary:
    """Every finding by its id."""
    return {name: finding.fact_type for name, finding in knowledge.findings.items()}


@lru_cache(maxsize=4)
def of_injection(knowledge: model.Knowledge) -> Vocabulary:
    """The findings of the case, and ``injection``: the record of one injection and what is worked out of it."""
    recorded = knowledge.findings["sij_injections"].fact_type.fields
    worked_out = {name: FactType(part.type, part.values) for name, part in knowledge.injections.worked_out.items()}
    return {**of_case(knowledge), "injection": FactType("record", fields={**recorded, **worked_out})}


@lru_cache(maxsize=4)
def of_review(knowledge: model.Knowledge) -> Vocabulary:
    """What the choice of the first step may name besides findings and ``injection`` (the last one of the case):
    ``probability`` of each source and of the complex, ``pattern`` of that injection, ``urgent_flag``, ``flags``
    (the red flags present) and ``open_options``."""
    number = FactType("number")
    names = [source.id for source in knowledge.sources.sources]
    return {
        **of_injection(knowledge),
        PROBABILITY: FactType("record", fields=dict.fromkeys((*names, "complex"), number)),
        "pattern": FactType("text", tuple(pattern.id for pattern in knowledge.injections.patterns)),
        "urgent_flag": FactType("bool"),
        "flags": FactType("set", tuple(knowledge.red_flags)),
        "open_options": FactType("set", tuple(knowledge.options)),
    }
