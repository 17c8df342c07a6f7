"""JSON Schema of every kind of knowledge file, for editors that check while one types."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from sacroiliac.knowledge import loading


def schemas() -> dict[str, str]:
    """File name and JSON Schema of every kind of knowledge file."""
    found: dict[str, str] = {}
    for name, (_, kind) in loading.LISTED.items():
        found[f"{name}.schema.json"] = _schema(list[kind])  # type: ignore[valid-type]
    for name, (_, kind) in loading.PLAIN.items():
        found[f"{name}.schema.json"] = _schema(kind)
    return found


def _schema(kind: Any) -> str:
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
