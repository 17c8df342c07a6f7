"""Put a packet together from a chart held against one policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from sacroiliac.chart.facts import Chart, Side
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.packet import model
from sacroiliac.packet.appeal import appeal
from sacroiliac.packet.criteria import requested
from sacroiliac.packet.documents import documents
from sacroiliac.packet.letter import Writer
from sacroiliac.packet.tell import Teller
from sacroiliac.packet.timeline import timeline
from sacroiliac.report.coverage.words import stages_shown
from sacroiliac.review.model import Judged
from sacroiliac.review.policies.cover import Coverer, Held
from sacroiliac.review.policies.force import groups, of_group
from sacroiliac.review.policies.model import Stage


@dataclass(frozen=True)
class Asked:
    """What is requested: a group of services, or one of them; with the billing code by which it was asked for."""

    group: str
    services: tuple[str, ...]
    one: bool
    code: str | None = None


def make(
    coverer: Coverer,
    chart: Chart,
    service: str,
    policy: str,
    *,
    as_of: int | None = None,
    side: Side | None = None,
    plan: Chart | None = None,
    with_appeal: bool = False,
) -> model.Packet:
    """The packet of one request.

    :param service: a group of services (``fusion``), a service (``sij_fusion_mi_transfixing``) or a billing code
    :param policy: id or short name of the policy it is made for
    :param plan: how the service will be done; takes the place of the plan in the chart
    :param with_appeal: with what can be cited in an appeal
    :raises InputError: for an unknown service or policy, a policy that says nothing about the service, and a chart with
        two painful sides when none is named
    """
    asked = _asked(coverer.knowledge, service, policy)
    found = coverer.hold(chart, asked.group, as_of=as_of, side=side, policies=[policy], plan=plan)
    if len(found) > 1:
        raise InputError(chart.file, "has pain on both sides", "Name one with --side: a packet is for one side.")
    (held,) = found
    stages, aside = _chosen(held, asked, service)
    judged = [stage.judged[0] for stage in stages]
    packet = _packet(coverer, held, judged, aside, asked.code or _coded(held))
    if not with_appeal:
        return packet
    return replace(packet, appeal=appeal(coverer.context, judged, held.table, held.row, held.case.review))


def _asked(knowledge: Knowledge, service: str, policy: str) -> Asked:
    """What is meant by a word for the service; a code means what this policy means by it."""
    if service in groups(knowledge):
        return Asked(service, of_group(knowledge, service), False)
    known = {one.id: one.group for one in knowledge.coverage.services}
    if service in known:
        return Asked(known[service], (service,), True)
    coded = {
        one.id: [each.service for each in one.services if service in each.codes] for one in knowledge.policies.values()
    }
    speaking = {name: services for name, services in coded.items() if services}
    if not speaking:
        cure = f"Choose from {', '.join(groups(knowledge))}, or give the number of a billing code."
        raise InputError(f"--service {service}", "no such service", cure)
    own = next((one.id for one in knowledge.policies.values() if policy.lower() in (one.id, one.short.lower())), None)
    if own is not None and own not in speaking:
        raise InputError(policy, f"says nothing about {service}", f"Choose from {', '.join(sorted(speaking))}.")
    services = speaking[own] if own is not None else next(iter(speaking.values()))
    group = known[services[0]]
    return Asked(group, tuple(one for one in services if known[one] == group), False, service)


def _chosen(held: Held, asked: Asked, service: str) -> tuple[list[Stage], tuple[str, ...]]:
    """The services of the packet, and why others of the policy are left out."""
    stages = [one for one in held.stages if one.service in asked.services]
    if not stages:
        others = ", ".join(one.service for one in held.stages)
        policy = held.stages[0].judged[0].verdict.policy
        raise InputError(policy, f"says nothing about {service}", f"It speaks about {others}.")
    if asked.one:
        return stages, ()
    requested_code = _coded(held)
    coded = [one for one in stages if requested_code in one.judged[0].codes]
    if coded:
        return coded, _left_out(stages, coded, f"the chart requests {requested_code}")
    fitting = [one for one in stages_shown(held.stages)[0] if one in stages] or stages
    return fitting, _left_out(stages, fitting, "the chart shows another stage of treatment")


def _coded(held: Held) -> str | None:
    """The billing code that the chart requests."""
    found = held.case.findings.get("requested_cpt")
    return None if found is None else found.value


def _left_out(stages: Sequence[Stage], kept: Sequence[Stage], why: str) -> tuple[str, ...]:
    return tuple(f"{one.label}: {why}" for one in stages if one not in kept)


def _packet(
    coverer: Coverer, held: Held, judged: Sequence[Judged], aside: tuple[str, ...], code: str | None
) -> model.Packet:
    teller = Teller(coverer.knowledge, held.case, {one.id: one for one in held.findings})
    first = judged[0]
    services = tuple(requested(teller, one, code) for one in judged)
    listed = documents(teller, judged)
    events = timeline(teller)
    plan = "; or ".join(f"{one.label} ({_code(one)})" for one in services)
    letter = Writer(teller, judged).letter(first.payer, _about(held, plan), plan)
    contrary = tuple(
        model.Sentence(
            text=f"{coverer.knowledge.findings[one.finding].label}: entries of the chart contradict each other. Used: {one.used}.",
            sources=teller.sources.cite(one.facts),
        )
        for one in held.case.contradictions
    )
    return model.Packet(
        schema_version=model.SCHEMA,
        who=held.who,
        service_group=held.group,
        policy=model.PolicyShown(
            id=first.verdict.policy,
            payer=first.payer,
            title=first.title,
            documents=first.documents,
            region=first.region,
            since=first.since,
            as_seen=first.as_seen,
            version_seen=first.version_seen,
            seen_at=first.seen_at,
        ),
        requested=services,
        set_aside=aside,
        urgent=held.urgent,
        documents=listed,
        timeline=events,
        review_day=held.case.review,
        letter=letter,
        disagreements=contrary,
        sources=teller.sources.listed(),
        versions=coverer.versions,
    )


def _code(one: model.Requested) -> str:
    """The code of a request: a policy has several for one service, and asks for none of them by itself."""
    if one.codes and one.code is None:
        return f"one of {', '.join(one.codes)}, {model.TO_FILL_IN}"
    return f"code {one.code}" if one.code else "code not stated by the policy"


def _about(held: Held, plan: str) -> str:
    who = held.who
    side = who.side or "[not documented: side]"
    return f"{plan}, side: {side}, patient {who.patient}"
