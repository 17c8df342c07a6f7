"""The resources of a request, with identifiers made from what they name."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from sacroiliac.report import resources
from sacroiliac.report.resources import Resource

_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:sacroiliac:request")


def identity(*key: Any) -> str:
    """An identifier made from what it names, so that the same request gives the same bytes."""
    return str(uuid.uuid5(_SPACE, json.dumps(key, sort_keys=True, ensure_ascii=False)))


def entry(kind: str, key: Any, shown: Iterable[str], **content: Any) -> Resource:
    """A resource named by what makes it another one than any other."""
    return resources.entry(kind, identity(kind, key), shown, **content)
