"""Small parts that all FHIR resources we write share."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import Any

Resource = dict[str, Any]


def entry(kind: str, identity: str, shown: Iterable[str], **content: Any) -> Resource:
    """A resource with its urn:uuid and a narrative of ``shown``; what is empty is left out."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in shown)
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}
    filled = {name: value for name, value in content.items() if value not in (None, [], "", {})}
    resource = {"resourceType": kind, "id": identity, "language": "en", "text": text, **filled}
    return {"fullUrl": f"urn:uuid:{identity}", "resource": resource}


def reference(one: Resource) -> Resource:
    """A reference to an entry."""
    return {"reference": one["fullUrl"]}


def written(resource: Resource) -> str:
    """A resource as its file holds it."""
    return json.dumps(resource, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
