"""The references of a review: everything it cites, written out once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from sacroiliac.knowledge.model import Knowledge, Reference
from sacroiliac.review import model

# What cites nothing, and holds nothing that does: most of the twenty thousand things in a review.
UNCITING: frozenset[type] = frozenset(
    {str, int, float, bool, type(None), model.RuleResult, model.Missing, model.Place, model.Probability}
)


def references(knowledge: Knowledge, parts: tuple[Any, ...]) -> dict[str, model.Cited]:
    """Every reference and evidence record cited anywhere in ``parts``, and the references of those records."""
    keys = sorted(_cited(parts))
    found = {key: cited(knowledge, key) for key in keys}
    behind = sorted({one.reference for one in found.values() if one.reference and one.reference not in found})
    return found | {key: cited(knowledge, key) for key in behind}


def _cited(parts: tuple[Any, ...]) -> set[str]:
    """Everything cited in ``parts`` and in what they hold."""
    found: set[str] = set()
    left: list[Any] = [parts]
    while left:
        part = left.pop()
        if type(part) is tuple:
            left += [one for one in part if type(one) not in UNCITING]
        elif isinstance(part, msgspec.Struct):
            found.update(getattr(part, "cite", ()))
            left += [one for name in part.__struct_fields__ if type(one := getattr(part, name)) not in UNCITING]
    return found


@lru_cache(maxsize=4096)
def cited(knowledge: Knowledge, key: str) -> model.Cited:
    """One reference or evidence record, written out."""
    evidence = knowledge.evidence.get(key)
    if evidence is None:
        work = knowledge.references[key]
        return model.Cited(id=key, text=written(work), short=short(work))
    work = knowledge.references[evidence.reference]
    return model.Cited(
        id=key,
        text=written(work),
        short=short(work),
        claim=evidence.claim,
        population=evidence.population,
        status=evidence.status,
        seen_at=evidence.seen_at,
        reference=evidence.reference,
    )


def short(reference: Reference) -> str:
    """A reference in a few words: first author, journal and year, and where to find it."""
    first = (reference.authors or reference.title or reference.id).split(",")[0].split(";")[0].rstrip(".")
    several = reference.authors is not None and "," in reference.authors
    where = " ".join(str(one) for one in (reference.journal, reference.year) if one is not None)
    found = f"doi {reference.doi}" if reference.doi else f"PMID {reference.pmid}" if reference.pmid else ""
    return ", ".join(part for part in (first + (" et al." if several else ""), where, found) if part)


def written(reference: Reference) -> str:
    """A reference in one line."""
    parts = [
        reference.authors,
        reference.title,
        " ".join(str(one) for one in (reference.journal, reference.year) if one is not None),
        reference.volume_pages,
        f"doi {reference.doi}" if reference.doi else None,
        f"PMID {reference.pmid}" if reference.pmid else None,
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."
