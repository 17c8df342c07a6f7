"""What policies ask of a case as JSON, by a published schema."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sacroiliac.report.as_json import schema_of, written
from sacroiliac.report.coverage import words
from sacroiliac.review.policies.model import SCHEMA, Coverage


class Coverages(msgspec.Struct, frozen=True, kw_only=True):
    """What ``sacroiliac coverage --format json`` writes: one coverage for each painful side."""

    schema_version: str
    coverages: tuple[Coverage, ...]


def render_all(coverages: Sequence[Coverage]) -> str:
    """The coverages as indented JSON."""
    return written(Coverages(schema_version=SCHEMA, coverages=tuple(coverages)))


def explain_all(coverages: Sequence[Coverage], name: str) -> str:
    """One policy or item as JSON: a list with what each case says of it.

    :raises InputError: when there is no such policy or item
    """
    return written(
        [
            {"side": coverage.who.side, "policy": one.verdict.policy, "explained": one if item is None else item}
            for coverage, one, item in words.find(coverages, name)
        ]
    )


def schema() -> str:
    """The JSON Schema of :class:`Coverages`."""
    return schema_of(Coverages)
