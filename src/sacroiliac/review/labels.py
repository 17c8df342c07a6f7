"""What everything is called that a rule of the review may name."""

from __future__ import annotations

from functools import lru_cache

from sacroiliac.knowledge.model import Knowledge


@lru_cache(maxsize=4)
def labels(knowledge: Knowledge) -> dict[str, str]:
    """The label of every finding, source, injection pattern, red flag, option, drug and class of drugs, by its id."""
    return {
        **{one.id: one.label for one in knowledge.medications.classes},
        **{one.id: one.label for one in knowledge.concepts.values() if one.kind == "medication"},
        **{one.id: one.label for one in knowledge.red_flags.values()},
        **{one.id: one.label for one in knowledge.options.values()},
        **{one.id: one.label for one in knowledge.injections.patterns},
        **{one.id: one.label for one in knowledge.sources.sources},
        **{one.id: one.label for one in knowledge.findings.values()},
    }
