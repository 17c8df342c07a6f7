"""One policy on one service: the answer of every item, and the verdict.

Only what was confirmed decides. A verdict is ``met`` when every deciding criterion that was seen is met; a policy of
which no criterion could be confirmed gets no verdict, so that silence is never a yes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import ItemKind, Policy, PolicyItem, PolicyService
from sacroiliac.review.context import Context
from sacroiliac.review.model import ItemShown, Judged, PolicyAnswer, PolicyVerdict, Verdict
from sacroiliac.rules import MET, NOT_DOCUMENTED, NOT_MET, Table, smallest_settling

# Positions that say no whatever the criteria; those that only state something; those that ask for criteria.
AGAINST = frozenset({"not_covered", "investigational", "strongly_against", "suggested_against"})
STATING = frozenset({"informational", "insufficient_evidence", "no_text_seen"})
GATES: frozenset[ItemKind] = frozenset({"criterion", "limit", "exclusion"})
ALWAYS = "always"
# Kinds of items whose rule speaks against the request, and what each outcome of a rule (a truth code) answers: for
# other items, and for these.
AGAINST_IT: frozenset[ItemKind] = frozenset({"exclusion", "scope"})
ANSWERS: tuple[tuple[PolicyAnswer, ...], ...] = (
    ("not met", "not documented", "met"),
    ("met", "not documented", "excluded"),
)


class Gate(Struct, frozen=True):
    """The rules of a verdict: out of scope when ``scope`` is met, otherwise met when ``asked`` is; whether there is
    anything to decide by; and whether it only ``states``: every criterion holds whatever the chart says."""

    scope: str | None
    asked: str | None
    decides: bool
    states: bool = False

    @property
    def met_when(self) -> str | None:
        """The rule by which all that is asked is met, in scope."""
        if self.asked is None or self.scope is None:
            return self.asked
        return f"not ({self.scope}) and ({self.asked})"

    @property
    def refuses_not(self) -> str | None:
        """The rule by which the policy does not refuse: out of scope, it refuses nothing."""
        if self.asked is None or self.scope is None:
            return self.asked
        return f"({self.scope}) or ({self.asked})"


class Asked(Struct, frozen=True):
    """What a policy asks for one service, with the rules of the verdict from what was confirmed and from all."""

    policy: Policy
    service: PolicyService
    items: tuple[tuple[ItemKind, PolicyItem], ...]
    label: str
    confirmed: Gate
    every: Gate

    @property
    def met_when(self) -> str | None:
        """The rule by which the verdict is ``met``; None where it never is, whatever the chart says."""
        return self.confirmed.met_when if decided(self.service, self.confirmed, NOT_MET, MET) == "met" else None

    @property
    def gating(self) -> list[tuple[ItemKind, PolicyItem]]:
        """The items the verdict is made from."""
        return [(kind, one) for kind, one in self.items if kind in GATES and one.decides]


@lru_cache(maxsize=1024)
def asked(knowledge: Knowledge, policy_id: str, service_id: str) -> Asked:
    """What one policy asks for one service."""
    policy = knowledge.policies[policy_id]
    service = next(one for one in policy.services if one.service == service_id)
    items = policy.items(service)
    return Asked(
        policy,
        service,
        items,
        knowledge.coverage.service(service_id).label,
        _gate(service, [(kind, one) for kind, one in items if one.confirmed], service.confirmed),
        _gate(service, items, True),
    )


def _gate(service: PolicyService, items: Iterable[tuple[ItemKind, PolicyItem]], position_counts: bool) -> Gate:
    gating = [(kind, one) for kind, one in items if not one.applies_when]
    scope = [f"({one.rule})" for kind, one in gating if kind == "scope"]
    excluded = [f"not ({one.rule})" for kind, one in gating if kind == "exclusion"]
    needed = [f"({one.rule})" for kind, one in gating if kind in ("criterion", "limit") and one.arm is None]
    arms = [f"({one.rule})" for kind, one in gating if kind == "criterion" and one.arm is not None]
    either = [f"({' or '.join(arms)})"] if arms else []
    documents = [f"({one.rule})" for kind, one in gating if kind == "document"]
    out = " or ".join(scope) or None
    if service.position == "packet_requirements":
        return Gate(out, " and ".join(documents) or None, bool(documents))
    if service.position in AGAINST:
        # Its reasons to refuse, or, where it gives none, the refusal itself.
        return Gate(out, " and ".join(excluded) or "False", position_counts and (bool(excluded) or not either + needed))
    criteria = [one for kind, one in gating if kind == "criterion"]
    asked = " and ".join(excluded + needed + either) or None
    states = {one.rule for one in criteria} == {"True"} and asked == " and ".join(needed + either)
    return Gate(out, asked, bool(criteria) and position_counts, states)


def decided(service: PolicyService, gate: Gate, scope: int, outcome: int) -> Verdict:
    """The verdict of one policy on one service by the outcomes of the rules of ``gate`` (truth codes)."""
    if scope == MET:
        return "out of scope"
    if service.position in STATING and service.logic is None:
        return "unconfirmed" if service.position == "no_text_seen" else "statement only"
    if not gate.decides or gate.asked is None:
        return "unconfirmed"
    if gate.states:
        return "statement only"
    if scope == NOT_DOCUMENTED:
        return "not documented"
    if service.position in AGAINST:
        # Where its reasons to refuse do not hold, it says nothing for the service either.
        return {NOT_MET: "not covered", NOT_DOCUMENTED: "not documented", MET: "statement only"}[outcome]  # type: ignore[return-value]
    return {MET: "met", NOT_DOCUMENTED: "not documented", NOT_MET: "not met"}[outcome]  # type: ignore[return-value]


def verdict(context: Context, service: PolicyService, gate: Gate, table: Table, row: int) -> Verdict:
    """The verdict of one policy on one service in one case."""
    scope = NOT_MET if gate.scope is None else context.outcome(gate.scope, table, row)
    outcome = NOT_DOCUMENTED if gate.asked is None else context.outcome(gate.asked, table, row)
    return decided(service, gate, scope, outcome)


def short(context: Context, what: Asked, table: Table, row: int) -> PolicyVerdict:
    """The verdict with the number of deciding items that are met."""
    decided = verdict(context, what.service, what.confirmed, table, row)
    same = what.every == what.confirmed
    otherwise = decided if same else verdict(context, what.service, what.every, table, row)
    met = sum(answer(context, kind, one, table, row) == "met" for kind, one in what.gating)
    return PolicyVerdict(
        policy=what.policy.id,
        short=what.policy.short,
        kind=what.policy.kind,
        service=what.service.service,
        service_label=what.label,
        position=what.service.position,
        verdict=decided,
        with_unconfirmed=None if otherwise == decided else otherwise,
        met=met,
        asked=len(what.gating),
        unconfirmed=sum(not one.confirmed for _, one in what.items),
    )


def answer(context: Context, kind: ItemKind, item: PolicyItem, table: Table, row: int) -> PolicyAnswer:
    """What the chart answers to one item: ``met`` is what the request needs."""
    return ANSWERS[kind in AGAINST_IT][context.outcome(item.rule, table, row)]


def judge(context: Context, what: Asked, table: Table, row: int) -> Judged:
    """One policy on one service in full."""
    policy, service, gate = what.policy, what.service, what.confirmed
    shown = short(context, what, table, row)
    meet, fail = None, None
    if shown.verdict == "not documented":
        if what.met_when is not None:
            meet, _ = smallest_settling(context.rule(what.met_when, table.vocabulary), table, row)
        if gate.refuses_not is not None:
            _, fail = smallest_settling(context.rule(gate.refuses_not, table.vocabulary), table, row)
    return Judged(
        verdict=shown,
        payer=policy.payer,
        title=policy.title,
        documents=policy.document_ids,
        region=policy.region,
        lines_of_business=policy.lines_of_business,
        since=policy.effective.since,
        as_seen=policy.effective.as_seen,
        version_seen=policy.version_seen,
        codes=service.codes,
        position_confirmed=service.confirmed,
        statement=service.statement,
        prior_authorization=service.prior_authorization,
        notes=tuple(one for one in (policy.note, service.note, service.attribution_note, service.logic) if one),
        definitions=tuple(f"{one.term}: {one.meaning}" for one in (*policy.definitions, *service.definitions)),
        items=tuple(_item(context, kind, one, table, row) for kind, one in what.items),
        would_meet=context.missing(meet or (), table, row),
        would_fail=context.missing(fail or (), table, row),
        seen_at=policy.seen_at,
    )


def _item(context: Context, kind: ItemKind, item: PolicyItem, table: Table, row: int) -> ItemShown:
    return ItemShown(
        id=item.id,
        kind=kind,
        topic=topic(context.knowledge, item.rule),
        text=item.text,
        answer=answer(context, kind, item, table, row),
        result=context.result(item.rule, table, row),
        confirmed=item.confirmed,
        decides=item.decides,
        status=item.status,
        via=item.via,
        confidence=item.confidence,
        attribution=item.attribution,
        seen_at=item.seen_at,
        applies_when=item.applies_when,
        arm=item.arm,
        note=item.note,
    )


@lru_cache(maxsize=2048)
def topic(knowledge: Knowledge, rule: str) -> str:
    """The row of the matrix a rule belongs to: the first topic with a finding of it; ``always`` when it has none."""
    names = Context(knowledge).rule(rule, vocabulary.of_case(knowledge)).names
    found = (one.id for one in knowledge.coverage.topics if names & set(one.findings))
    return next(found, ALWAYS)
