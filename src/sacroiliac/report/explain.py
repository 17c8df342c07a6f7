"""Find one thing of a review by its name, to open it fully."""

from __future__ import annotations

from difflib import get_close_matches

from sacroiliac.errors import InputError
from sacroiliac.review.model import FindingShown, Flag, MedicationNotice, Option, Review, Source

Explainable = Source | Option | FindingShown | Flag | MedicationNotice


def find(review: Review, name: str) -> Explainable:
    """The source, option, finding, red flag or medication rule called ``name`` (its id, label or short label).

    :raises InputError: when there is none
    """
    named: dict[str, Explainable] = {}
    listed: list[Explainable] = [
        *review.findings,
        *review.red_flags,
        *review.medication.could_apply,
        *review.medication.applies,
        *review.options,
        *review.sources,
    ]
    for one in listed:
        for key in (one.id, one.label, getattr(one, "short", one.id)):
            named[_plain(key)] = one
    found = named.get(_plain(name))
    if found is None:
        close = get_close_matches(_plain(name), named, 3, 0.5)
        cure = f"Did you mean {' or '.join(close)}?" if close else "Name a source, an option, a red flag or a finding."
        raise InputError("--explain", f"nothing in this review is called '{name}'", cure)
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")
