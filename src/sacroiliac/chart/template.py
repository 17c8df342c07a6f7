"""A commented blank chart with every question."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from sacroiliac.knowledge.model import Field, Finding, Knowledge
from sacroiliac.terminal import WIDTH

AREAS = {
    "context": "The patient in general",
    "pain": "The pain",
    "history": "History",
    "red_flag": "Red flags: ask every one; an unanswered question stays open",
    "examination": "Examination (with 'side:'; positive: reproduces the familiar pain)",
    "laboratory": "Laboratory",
    "imaging": "Imaging",
    "block": "Blocks of other structures (relief in percent in the first hours)",
    "medication": "Medication",
    "plan": "What is planned",
    "conservative_care": "Conservative care (better: list it under 'treatments:')",
}
HEAD = """\
# A chart for sacroiliac. Delete the '#' before a line to answer it; leave out
# what is not known. Where answers are parted by '|', keep one of them.
# "unknown" and "not done" count as not documented, never as "no".
#
# A finding may carry its own date and side:
#   thigh_thrust: {value: positive, side: right, date: 2025-05-20}
# Dates: 2025-05-20, 2025-05 or 2025. Sides: left, right, bilateral.

patient:
  id: ""
  birth_date:      # 1970-04-02
  sex:             # female or male

side:              # the painful side, or bilateral
review_date:       # the day of the review; later entries are not used
written:           # the day of the findings below without a date of their own
                   # (default: the review date)
"""


def template(knowledge: Knowledge) -> str:
    """The blank chart: every finding that can be asked, grouped, in plain words."""
    lines = [HEAD, "findings:"]
    for area, title in AREAS.items():
        asked = [one for one in knowledge.findings.values() if one.area == area and one.question and not _recorded(one)]
        if asked:
            lines += ["", f"  # ---- {title}"]
            lines += [line for finding in asked for line in _finding(finding)]
    for key, name in (
        ("injections", "sij_injections"),
        ("radiofrequency", "rfa_history"),
        ("treatments", "treatments"),
    ):
        lines += ["", *_records(key, knowledge.findings[name])]
    lines += [
        "",
        *_planned(knowledge.findings["planned"]),
        "",
        *_MEDICATIONS,
        "",
        *_documents(knowledge.findings["docs"]),
    ]
    return "\n".join(lines) + "\n"


def _recorded(finding: Finding) -> bool:
    return finding.type in ("record", "records") or finding.id == "medications"


def _finding(finding: Finding) -> Iterator[str]:
    yield from _comment(finding.question or "", "  # ")
    side = ", side: right" if finding.side == "sided" else ""
    unit = f"  # {finding.unit}" if finding.unit else ""

    def line(example: str) -> str:
        return f"  #{finding.id}: " + (f"{{value: {example}{side}}}" if side else example) + unit

    yield from _fitting(line, finding, "  # ", "")


def _example(part: Finding | Field) -> str:
    match part.type:
        case "bool":
            return "yes | no"  # nothing is answered before somebody chooses
        case "number":
            return f"{max(part.minimum or 0, 0):g}"
        case "date":
            return "2025-01-31"
        case "set":
            return f"[{', '.join(part.values[:3])}]"
    return " | ".join(part.values) if part.values else '""'


def _records(key: str, finding: Finding) -> Iterator[str]:
    yield from _comment(finding.question or finding.meaning, "# ")
    yield f"# No entry means not documented; '{key}: []' means there were none."
    yield f"#{key}:"
    for position, (name, part) in enumerate(finding.fields.items()):
        yield from _field(f"#{'- ' if position == 0 else '  '}{name}: ", part)


def _planned(finding: Finding) -> Iterator[str]:
    yield from _comment(finding.question or "", "# ")
    yield "#planned:"
    for name, part in finding.fields.items():
        yield from _field(f"#  {name}: ", part)


def _field(start: str, part: Field) -> Iterator[str]:
    short = f"{start}{_example(part)}  # {part.meaning}"
    if len(short) <= WIDTH:
        yield short
    else:
        yield from _fitting(lambda example: start + example, part, "#    ", part.meaning)


def _fitting(line: Callable[[str], str], part: Finding | Field, prefix: str, meaning: str) -> Iterator[str]:
    """A line with all its answers or, where they do not fit, with the first of them under a list of all."""
    whole = line(_example(part))
    fits = len(whole) <= WIDTH
    choices = "" if fits or not part.values else f"One of: {', '.join(part.values)}."
    words = f"{meaning}. {choices}" if meaning and choices else meaning or choices
    if words:
        yield from _comment(words[0].upper() + words[1:], prefix)
    yield whole if fits or not part.values else line(f"[{part.values[0]}]" if part.type == "set" else part.values[0])


_MEDICATIONS = (
    "# Drugs taken now: ingredient, dose and times a day.",
    "# 'medications: []' means none are taken.",
    "#medications:",
    "#- {drug: gabapentin, dose_mg: 300, per_day: 3, start: 2025-01-31}",
    "#- {drug: fentanyl, mcg_per_hour: 25, route: transdermal}",
)


def _documents(finding: Finding) -> Iterator[str]:
    yield from _comment(f"Documents in the record: {', '.join(finding.values)}.", "# ")
    yield "#documents: []"


def _comment(words: str, prefix: str) -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=prefix, subsequent_indent=prefix)
