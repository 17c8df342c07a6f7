"""Which policy, which service, which case: one request for one side of one patient."""

from __future__ import annotations

from dataclasses import dataclass

from sacroiliac.cases import Case
from sacroiliac.chart.dates import span, written
from sacroiliac.chart.facts import Chart, Side
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import Policy, PolicyService
from sacroiliac.report.dtr.answers import Answers
from sacroiliac.report.dtr.form import Form, form
from sacroiliac.review.policies.cover import Coverer
from sacroiliac.review.policies.force import groups, in_force, of_group
from sacroiliac.rules import MET, Table

# A day after every version: without a chart a short name means the newest.
LATEST = span("2199")[1]


@dataclass(frozen=True)
class Request:
    """A service asked of a payer for one side of one patient; ``urgent``: a red flag of the first tier is present."""

    form: Form
    case: Case
    answers: Answers
    urgent: bool

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge that the policy is part of."""
        return self.form.knowledge

    @property
    def date(self) -> str:
        """The review date, as FHIR writes it."""
        return written(self.case.review)


def request(
    coverer: Coverer,
    chart: Chart,
    service: str,
    policy: str,
    *,
    as_of: int | None = None,
    side: Side | None = None,
    plan: Chart | None = None,
) -> Request:
    """What a chart has to say to a policy on a service.

    :param service: a service (``sij_rfa``), or a kind of service (``fusion``) of which the chart and the policy leave one
    :param policy: its id or short name
    :raises InputError: for a policy or service that does not exist, and where the side or the service is not settled
    """
    knowledge = coverer.knowledge
    posed = coverer.pose(chart, [policy], as_of, plan)
    (found,) = posed.policies
    candidates = services(knowledge, found, service)
    batch = coverer.builder.build([(posed.chart, posed.day, side)])
    if len(batch.cases) > 1:
        raise InputError(chart.file, "names two painful sides, and a request is for one", "Choose with --side.")
    (case,) = batch.cases
    chosen = _chosen(coverer, candidates, case, batch.table)
    if len(chosen) > 1:
        names = " or ".join(one.service for one in chosen)
        raise InputError(service, f"means several services of {found.id}", f"Name one of them: {names}.")
    made = form(knowledge, found, chosen[0])
    urgent = bool(coverer.urgent(case, batch.table, 0))
    return Request(made, case, Answers(made, case, batch.table, 0), urgent)


def blank(coverer: Coverer, service: str, policy: str) -> Form:
    """The form of a policy on a service, without a chart.

    :raises InputError: for a policy or service that does not exist, and for a kind of service that means several
    """
    knowledge = coverer.knowledge
    found = coverer.named(policy, in_force(knowledge, LATEST)[0])
    listed = services(knowledge, found, service)
    if len(listed) > 1:
        names = " or ".join(one.service for one in listed)
        raise InputError(service, f"means several services of {found.id}", f"Name one of them: {names}.")
    return form(knowledge, found, listed[0])


def services(knowledge: Knowledge, policy: Policy, service: str) -> list[PolicyService]:
    """What a policy says about a service or a kind of service.

    :raises InputError: when it says nothing, or when there is no such service
    """
    known = [one.id for one in knowledge.coverage.services]
    wanted = of_group(knowledge, service) if service in groups(knowledge) else (service.replace("-", "_"),)
    if not set(wanted) <= set(known):
        names = ", ".join(dict.fromkeys((*groups(knowledge), *known)))
        raise InputError(service, "no such service", f"Choose from {names}.")
    found = [one for one in policy.services if one.service in wanted]
    if not found:
        says = ", ".join(one.service for one in policy.services)
        raise InputError(policy.id, f"says nothing about {service}", f"It speaks about {says}.")
    return found


def _chosen(coverer: Coverer, listed: list[PolicyService], case: Case, table: Table) -> list[PolicyService]:
    """Of several services those with the billing code that is requested, then those whose stage the chart has come to."""
    code = case.findings.get("requested_cpt")
    requested = [one for one in listed if code is not None and code.value in one.codes] or listed
    fitting = [
        one
        for one in requested
        if (when := coverer.knowledge.coverage.service(one.service).when) is not None
        and coverer.context.outcome(when, table, 0) == MET
    ]
    return (fitting or requested) if len(requested) > 1 else requested
