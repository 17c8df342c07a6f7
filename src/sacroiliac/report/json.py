"""The review as JSON, by a published schema."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sacroiliac.report.as_json import schema_of, written
from sacroiliac.review.model import SCHEMA, Review


class Reviews(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--format json`` writes: one review for each painful side."""

    schema_version: str
    reviews: tuple[Review, ...]


def render_all(reviews: Sequence[Review]) -> str:
    """The reviews as indented JSON."""
    return written(Reviews(schema_version=SCHEMA, reviews=tuple(reviews)))


def explain_all(reviews: Sequence[Review], name: str) -> str:
    """What has one name as JSON: a list with everything that each review has of it.

    :raises InputError: when no review has anything of that name
    """
    from sacroiliac.report.explain import find_all

    found = find_all(reviews, name)
    return written([{"side": review.who.side, "explained": one} for review, named in found for one in named])


def schema() -> str:
    """The JSON Schema of :class:`Reviews`."""
    return schema_of(Reviews)
