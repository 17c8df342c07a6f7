"""The packet as JSON, by a published schema."""

from __future__ import annotations

import json

import msgspec

from sacroiliac.packet.model import Packet


def render(packet: Packet) -> str:
    """The packet as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(packet), indent=1).decode() + "\n"


def schema() -> str:
    """The JSON Schema of :class:`Packet`."""
    found = msgspec.json.schema(Packet)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **found}, indent=2) + "\n"
