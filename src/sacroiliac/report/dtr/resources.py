"""Small parts that all resources of a request share."""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Iterable
from typing import Any

Resource = dict[str, Any]
_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:sacroiliac:request")


def identity(*key: Any) -> str:
    """An identifier made from what it names, so that the same request gives the same bytes."""
    return str(uuid.uuid5(_SPACE, json.dumps(key, sort_keys=True, ensure_ascii=False)))


def entry(kind: str, key: Any, shown: Iterable[str], **content: Any) -> Resource:
    """A resource with its urn:uuid and a narrative of ``shown``; what is empty is left out."""
    name = identity(kind, key)
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in shown)
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}
    filled = {one: value for one, value in content.items() if value not in (None, [], "", {})}
    return {
        "fullUrl": f"urn:uuid:{name}",
        "resource": {"resourceType": kind, "id": name, "language": "en", "text": text, **filled},
    }


def reference(one: Resource) -> Resource:
    """A reference to an entry."""
    return {"reference": one["fullUrl"]}


def written(resource: Resource) -> str:
    """A resource as its file holds it."""
    return json.dumps(resource, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
