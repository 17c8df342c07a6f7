"""Findings that are worked out from others: ages and durations, sets, counts, doses.

One small function each. A finding the chart states itself is left as it is stated, and what cannot be worked
out stays not documented.
"""

# The order of these imports is the order of the derivations: each may use those before it.
from sacroiliac.cases.derive import patient  # isort: skip
from sacroiliac.cases.derive import examination, laboratory, injections, care, medication, record  # isort: skip
from sacroiliac.cases.derive.known import DERIVED, Derivation, Known
from sacroiliac.cases.found import Findings

__all__ = [
    "DERIVED", "Derivation", "Known", "care", "derive", "examination", "injections", "laboratory", "medication", "patient",
    "record",
]  # fmt: skip


def derive(known: Known) -> Findings:
    """All findings: those stated, and those that can be worked out from them, in the order of :data:`DERIVED`."""
    for name, function in DERIVED.items():
        if name not in known.findings:
            found = function(known)
            if found is not None:
                known.findings[name] = found
    return known.findings
