"""What laboratory numbers say where the laboratory itself did not."""

from __future__ import annotations

from sacroiliac.cases.derive.known import Known, derives
from sacroiliac.cases.found import Found


@derives("crp_or_esr_raised")
def _raised(known: Known) -> Found | None:
    """Raised where a number is above the limit of the knowledge; a number below it is no normal result."""
    limits = known.knowledge.findings["crp_or_esr_raised"].raised_above
    above = [name for name, limit in limits.items() if (known.value(name) or 0) > limit.value]
    return (
        Found(True, known.rests_on(above), "far above the usual limits; the laboratory's own is not stated")
        if above
        else None
    )
