"""Packets of small charts, and everything a packet says as one list."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from sacroiliac.chart import plain
from sacroiliac.chart.read import read
from sacroiliac.knowledge import load
from sacroiliac.packet import Packet, make
from sacroiliac.packet.model import Gap, Sentence
from sacroiliac.review.policies.cover import Coverer
from tests.parts import parts

ROOT = Path(__file__).parent.parent.parent
BLOCKS = str(ROOT / "examples" / "dual-blocks-rf-wore-off.yaml")
LOST = str(ROOT / "examples" / "relief-lost-in-days-fhir.json")

# One fact of each kind that must not appear: of the other side (37 percent, 2024-11-11), and after the review (2025-07).
MIXED = """\
patient: {id: mixed, birth_date: 1970-06-15, sex: female}
side: right
review_date: 2025-06-01
findings:
  pain_onset_date: 2022-03
  thigh_thrust:
  - {value: positive, side: right, date: 2025-05-20}
  - {value: negative, side: left, date: 2025-05-21}
  faber: {value: negative, side: right, date: 2025-05-20}
  compression: {value: positive, side: right, date: 2025-07-05}
  pain_nrs:
  - {value: 6, date: 2025-05-20}
  - {value: 9, date: 2025-07-05}
injections:
- {date: 2025-02-02, side: right, target: joint, intent: diagnostic, guidance: fluoroscopy, contrast_pattern: intra_articular,
   anesthetic: lidocaine, steroid: no, relief_percent: 40, relief_hours: 1}
- {date: 2024-11-11, side: left, target: joint, intent: diagnostic, anesthetic: lidocaine, steroid: no, relief_percent: 37}
- {date: 2025-07-07, side: right, target: joint, intent: diagnostic, anesthetic: lidocaine, steroid: no, relief_percent: 91}
treatments:
- {kind: pt, start: 2024-01-08, end: 2024-06-28, visits: 20, response: none}
- {kind: bracing, start: 2025-07-09, end: 2025-08-09}
- {kind: hep, start: 2024-07-01, end: 2025-12-24, response: partial}
documents: {present: [pt_notes], absent: [imaging_report]}
"""


@lru_cache(maxsize=1)
def coverer() -> Coverer:
    """One coverer for all tests of a process."""
    return Coverer(load())


@lru_cache(maxsize=32)
def packet(chart: str, service: str, policy: str, with_appeal: bool = False) -> Packet:
    """The packet of a chart on the disk."""
    return make(coverer(), read(chart, coverer().knowledge), service, policy, with_appeal=with_appeal)


@lru_cache(maxsize=32)
def of_text(text: str, service: str, policy: str, with_appeal: bool = False) -> Packet:
    """The packet of a plain chart."""
    return make(coverer(), plain.read(text, "chart.yaml", load()), service, policy, with_appeal=with_appeal)


def sentences(one: Any) -> list[Sentence]:
    """Everything that is said of the patient."""
    return list(parts(one, Sentence))


def gaps(one: Any) -> list[str]:
    """Everything that is named as not documented."""
    return [gap.what for gap in parts(one, Gap)]


def letter(one: Packet) -> str:
    """The letter as plain text."""
    return " ".join(said.text for said in sentences(one.letter))
