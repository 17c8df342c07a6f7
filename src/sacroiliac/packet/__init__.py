"""The packet of a request: what a payer's policy asks for, answered with the chart's own words, ready to be printed."""

from sacroiliac.packet.build import make
from sacroiliac.packet.model import Packet

__all__ = ["Packet", "make"]
