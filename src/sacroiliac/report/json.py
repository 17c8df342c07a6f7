"""The review as JSON, by a published schema."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from sacroiliac.review.model import SCHEMA, Review


class Reviews(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--format json`` writes: one review for each painful side."""

    schema_version: str
    reviews: tuple[Review, ...]


def render_all(reviews: Sequence[Review]) -> str:
    """The reviews as indented JSON."""
    document = msgspec.json.encode(Reviews(schema_version=SCHEMA, reviews=tuple(reviews)))
    return msgspec.json.format(document, indent=1).decode() + "\n"


def explain_all(reviews: Sequence[Review], name: str) -> str:
    """One thing as JSON: a list with what each review that has it says.

    :raises InputError: when no review has anything of that name
    """
    from sacroiliac.report.explain import find_all

    found = [{"side": review.who.side, "explained": one} for review, one in find_all(reviews, name)]
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


def schema() -> str:
    """The JSON Schema of :class:`Reviews`."""
    found = msgspec.json.schema(Reviews)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **found}, indent=2) + "\n"
