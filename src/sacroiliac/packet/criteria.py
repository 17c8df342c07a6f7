"""The policy criterion by criterion: its answer, and what the chart says that bears on it."""

from __future__ import annotations

from collections.abc import Iterable

from sacroiliac.packet.model import Criterion, Gap, Requested, Standing
from sacroiliac.packet.tell import Teller
from sacroiliac.report.coverage.words import failing, waiting
from sacroiliac.review.model import ItemShown, Judged, Missing
from sacroiliac.review.policies.judge import AGAINST

IN_WORDS = {
    "met": "The chart documents everything that was seen of this policy's criteria.",
    "not met": "At least one criterion is not met by what the chart documents.",
    "not documented": "Open: the chart does not document everything this policy asks for.",
    "not covered": "This policy does not cover this service.",
    "out of scope": "This policy says that it does not apply to such a case.",
    "unconfirmed": "No answer: nothing this policy says about this service could be confirmed.",
    "statement only": "This policy makes a statement about this service and sets no criteria.",
}
AGAINST_IN_WORDS = {
    "not documented": "This policy refuses this service for the reasons listed; the chart does not document whether they apply.",
    "statement only": "The reasons this policy lists for refusing this service do not apply; it sets no criteria for covering it.",
}
PACKET_IN_WORDS = {
    "met": "The chart lists every document that is asked for.",
    "not met": "At least one document that is asked for is not there.",
    "not documented": "Open: the chart does not list every document that is asked for.",
}


def requested(teller: Teller, one: Judged, named: str | None) -> Requested:
    """One service as the policy sees it.

    :param named: the billing code that is requested, as far as it is known
    """
    verdict = one.verdict
    words = dict(IN_WORDS)
    words |= AGAINST_IN_WORDS if verdict.position in AGAINST else {}
    words |= PACKET_IN_WORDS if verdict.position == "packet_requirements" else {}
    return Requested(
        service=verdict.service,
        label=verdict.service_label,
        codes=one.codes,
        code=named if named in one.codes else one.codes[0] if len(one.codes) == 1 else None,
        verdict=verdict.verdict,
        in_words=words[verdict.verdict],
        with_unconfirmed=verdict.with_unconfirmed,
        met=verdict.met,
        asked=verdict.asked,
        would_meet=_gaps(teller, one.would_meet),
        not_met=tuple(item.id for item in failing(one)),
        open=_gaps(teller, [missing for item in waiting(one) for missing in _missing(item)]),
        position_confirmed=one.position_confirmed,
        statement=one.statement,
        prior_authorization=one.prior_authorization,
        notes=one.notes,
        criteria=tuple(_criterion(teller, item, verdict.position) for item in one.items),
    )


def _criterion(teller: Teller, item: ItemShown, position: str) -> Criterion:
    standing, because = _standing(item, position)
    return Criterion(
        id=item.id,
        kind=item.kind,
        text=item.text,
        answer=item.answer,
        standing=standing,
        because=because,
        alternative=item.arm,
        said=teller.of_rule(item.result.findings, item.result.rule),
        gaps=_gaps(teller, _missing(item)) if item.answer == "not documented" else (),
        note=item.note,
        seen_at=item.seen_at,
    )


def _missing(item: ItemShown) -> tuple[Missing, ...]:
    return item.result.would_meet or item.result.would_fail


def _gaps(teller: Teller, missing: Iterable[Missing]) -> tuple[Gap, ...]:
    """Missing facts in plain words, each once."""
    return tuple({gap.what: gap for gap in map(teller.gap, missing)}.values())


def _standing(item: ItemShown, position: str) -> tuple[Standing, str]:
    """Whether the item can turn the verdict, and if not, why."""
    if not item.confirmed:
        seen = "read from memory and not seen" if item.status == "recalled" else "seen only on a machine-written page"
        return "not confirmed", seen
    if item.applies_when:
        return "another stage", item.applies_when
    if item.kind == "document" and position != "packet_requirements":
        return "for the file", ""
    return "decides", "who is speaking was inferred" if item.attribution else ""
