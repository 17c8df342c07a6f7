"""The packet as JSON, by a published schema."""

from __future__ import annotations

from sacroiliac.packet.model import Packet
from sacroiliac.report.as_json import schema_of, written


def render(packet: Packet) -> str:
    """The packet as indented JSON."""
    return written(packet)


def schema() -> str:
    """The JSON Schema of :class:`Packet`."""
    return schema_of(Packet)
