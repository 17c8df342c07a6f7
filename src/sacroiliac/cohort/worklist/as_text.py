"""The worklist as text of 80 columns: a heading for each kind, under it who, why and what next."""

from __future__ import annotations

from collections.abc import Iterator

from sacroiliac.cohort.worklist.entries import Entry, Worklist
from sacroiliac.review.words import many
from sacroiliac.terminal import fitted

NO_ALL_CLEAR = "Who is not listed is not cleared by that: what was not asked is not documented."


def written(worklist: Worklist) -> Iterator[str]:
    """The parts of the text."""
    summary = worklist.results.summary
    date = summary.as_of or "the last entry of each chart"
    yield fitted(f"Worklist, review date {date}. It names patients: keep it where only those see it who treat them.", 2)
    if worklist.asked:
        yield fitted(f"Only {'; '.join(f'{name} {value}' for name, value in worklist.asked.items())}.", 2)
    if summary.dated:
        yield fitted(summary.dated, 2)
    counts = dict.fromkeys((one.label for one in worklist.listed), 0)
    last = ""
    for one in worklist.entries():
        if one.kind.label != last:
            last = one.kind.label
            yield fitted(f"\n{last.upper()}: {one.kind.meaning}", 2)
        counts[last] += 1
        yield _entry(one)
    total = sum(counts.values())
    counted = "; ".join(f"{label.lower()} {number:,}" for label, number in counts.items() if number)
    nobody = f"Nobody{' of these' if worklist.asked else ''} is on the worklist."
    yield fitted(f"\n{many(total, 'entry', 'entries')}: {counted}." if total else f"\n{nobody}", 2)
    if worklist.by_payer:
        yield fitted(f"Policies: those {worklist.by_payer}.", 2)
    if left_out := worklist.results.left_out():
        yield fitted(left_out, 2)
    yield fitted(NO_ALL_CLEAR, 2)


def _entry(one: Entry) -> str:
    side = f", {one.side}" if one.side else ""
    waiting = "" if one.days is None else f", {one.days:,} days"
    lines = [f"\n  {one.patient}{side}{waiting}{', urgent' if one.urgent else ''}", f"    {one.why}"]
    if one.policies:
        lines.append(f"    Policies: {one.policies}")
    lines.append(f"    Next: {one.next}")
    around = [
        f"{name} {value}" for name, value in (("site", one.site), ("by", one.clinician), ("payer", one.payer)) if value
    ]
    place = ", ".join(part for part in (one.file, one.place) if part)
    lines += [f"    {'; '.join(part for part in ('; '.join(around), place) if part)}"] if around or place else []
    return fitted("\n".join(lines), 2)
