"""The three documents of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sacroiliac.chart.facts import Chart, Side
from sacroiliac.report.dtr.bundle import Packet
from sacroiliac.report.dtr.form import questionnaire as as_questionnaire
from sacroiliac.report.dtr.request import blank, request
from sacroiliac.review.policies.cover import Coverer

Resource = dict[str, Any]


@dataclass(frozen=True)
class Documents:
    """The form, the response to it, and the bundle that holds the response with all it rests on.

    ``urgent``: a red flag of the first tier is present, which comes before any request.
    """

    questionnaire: Resource
    response: Resource
    bundle: Resource
    urgent: bool

    @property
    def named(self) -> dict[str, Resource]:
        """Each document by the name of its file."""
        return {
            "questionnaire.json": self.questionnaire,
            "response.json": self.response,
            "bundle.json": self.bundle,
        }


def questionnaire(coverer: Coverer, service: str, policy: str) -> Resource:
    """The Questionnaire of a policy on a service.

    :raises InputError: for a policy or service that does not exist, and for a kind of service that means several
    """
    return as_questionnaire(blank(coverer, service, policy))


def packet(
    coverer: Coverer,
    chart: Chart,
    service: str,
    policy: str,
    *,
    as_of: int | None = None,
    side: Side | None = None,
    plan: Chart | None = None,
) -> Documents:
    """What a chart answers to a policy on a service.

    :param service: a service, or a kind of service of which the chart and the policy leave one
    :raises InputError: as :func:`sacroiliac.report.dtr.request.request`
    """
    found = request(coverer, chart, service, policy, as_of=as_of, side=side, plan=plan)
    made = Packet(found)
    return Documents(as_questionnaire(found.form), made.response["resource"], made.bundle, found.urgent)
