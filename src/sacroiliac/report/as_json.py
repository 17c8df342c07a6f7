"""Typed data as JSON text, and the JSON Schema of a type: alike for reviews, coverages and packets."""

from __future__ import annotations

import json
from typing import Any

import msgspec


def written(data: Any) -> str:
    """Data as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=1).decode() + "\n"


def schema_of(kind: type) -> str:
    """The JSON Schema of a type."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    return json.dumps(document, indent=2) + "\n"
