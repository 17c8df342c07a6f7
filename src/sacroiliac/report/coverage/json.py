"""What policies ask of a case as JSON, by a published schema."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from sacroiliac.report.coverage import words
from sacroiliac.review.policies.model import SCHEMA, Coverage


class Coverages(msgspec.Struct, frozen=True, kw_only=True):
    """What ``sacroiliac coverage --format json`` writes: one coverage for each painful side."""

    schema_version: str
    coverages: tuple[Coverage, ...]


def render_all(coverages: Sequence[Coverage]) -> str:
    """The coverages as indented JSON."""
    document = msgspec.json.encode(Coverages(schema_version=SCHEMA, coverages=tuple(coverages)))
    return msgspec.json.format(document, indent=1).decode() + "\n"


def explain_all(coverages: Sequence[Coverage], name: str) -> str:
    """One policy or item as JSON: a list with what each case says of it.

    :raises InputError: when there is no such policy or item
    """
    found = [
        {"side": coverage.who.side, "policy": one.verdict.policy, "explained": one if item is None else item}
        for coverage, one, item in words.find(coverages, name)
    ]
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


def schema() -> str:
    """The JSON Schema of :class:`Coverages`."""
    found = msgspec.json.schema(Coverages)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **found}, indent=2) + "\n"
