"""``sacroiliac packet``: from a chart on the disk to a packet in the format that the name of the file asks for."""

from __future__ import annotations

import argparse
from pathlib import Path

from sacroiliac.chart.read import read, read_plan
from sacroiliac.errors import InputError
from sacroiliac.knowledge import load
from sacroiliac.packet import json
from sacroiliac.packet.build import make
from sacroiliac.packet.model import Packet
from sacroiliac.packet.page import render
from sacroiliac.review.policies.cover import Coverer

SUFFIXES = (".pdf", ".html", ".json")


def made(options: argparse.Namespace, as_of: int | None) -> tuple[Packet, str | bytes]:
    """The packet that the options ask for, and the content of its file.

    :raises InputError: for a file of another kind, and for whatever cannot be used
    """
    suffix = Path(options.output).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(options.output, "is no kind of packet", f"End its name in {', '.join(SUFFIXES)}.")
    if suffix == ".pdf":
        from sacroiliac.packet.pdf import available

        available()  # says at once what is missing
    knowledge = load()
    packet = make(
        Coverer(knowledge),
        read(options.chart, knowledge),
        options.service,
        options.policy,
        as_of=as_of,
        side=options.side,
        plan=read_plan(options.plan, knowledge),
        with_appeal=options.appeal,
    )
    if suffix == ".json":
        return packet, json.render(packet)
    page = render(packet, options.paper)
    if suffix == ".html":
        return packet, page
    from sacroiliac.packet.pdf import pdf

    return packet, pdf(page)
