"""Injections that no known code names, only words.

Outside the United States, and for SNOMED CT codes that this project has not verified, words are all there is. What is read
from them is marked as inferred.
"""

from __future__ import annotations

from sacroiliac.chart.fhir.codes import tokens
from sacroiliac.chart.fhir.reading import Reading
from sacroiliac.chart.fhir.shapes import Object, parts
from sacroiliac.chart.fhir.sides import names_joint

_INJECTION = frozenset({"injection", "injections", "inj"})
_BLOCK = frozenset({"block", "blocks", *_INJECTION})
_LIGAMENTS = frozenset({"ligament", "ligaments", "periarticular"})
# Words by which a procedure that names the joint and an injection is something else, or was not done.
_ANOTHER = frozenset({
    "no", "not", "without", "planned", "plan", "scheduled", "requested", "request", "order", "referral", "refer",
    "consult", "consultation", "consent", "discussion", "education", "counseling", "counselling", "cancelled",
    "canceled", "declined", "deferred", "attempted", "failed", "follow", "followup", "history", "prior", "post",
    "after", "before", "complication", "authorization", "evaluation", "assessment", "removal", "fusion",
    "prolotherapy", "prp", "platelet", "plasma", "botulinum", "stem", "trigger", "dry",
})  # fmt: skip


def by_words(reading: Reading, code: Object | None, words: str) -> str | None:
    """The target of the injection that words name.

    A billing code that is not known means something else (the images that go with it), whatever its words.
    """
    listed = set(tokens(words))
    if code is None or not _ANOTHER.isdisjoint(listed):
        return None
    if any(one.get("system") in reading.codes.numbers for one in parts(code, "coding")):
        return None
    joint = names_joint(words)
    if {"lateral", "branch"} <= listed and not _BLOCK.isdisjoint(listed) and (joint or "sacral" in listed):
        return "lateral_branch"
    if joint and not _INJECTION.isdisjoint(listed):
        return "joint" if _LIGAMENTS.isdisjoint(listed) else "periarticular"
    return None
