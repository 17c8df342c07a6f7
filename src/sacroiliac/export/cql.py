"""The policies as CQL libraries: one for each policy, and one for the findings that they all use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sacroiliac import __version__
from sacroiliac.export import findings
from sacroiliac.export.writer import NotExpressibleError, Writer
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import Policy, PolicyItem
from sacroiliac.review.policies.judge import asked
from sacroiliac.rules import parse

ALIAS = "Findings"
REQUEST_DATE = "request_date"


def libraries(knowledge: Knowledge) -> dict[str, str]:
    """Every library by its name: that of the findings first."""
    names = {
        name
        for policy in knowledge.policies.values()
        for item in items(policy).values()
        for name in parse(item.rule, vocabulary.of_case(knowledge)).names
    }
    made = {findings.NAME: findings.library(knowledge, names - {REQUEST_DATE})}
    for policy in knowledge.policies.values():
        made[name_of(policy)] = library(knowledge, policy)
    return made


def name_of(policy: Policy) -> str:
    """The name of a policy's library."""
    return "Sacroiliac" + "".join(part.capitalize() for part in policy.id.split("_"))


def items(policy: Policy) -> dict[str, PolicyItem]:
    """The items of a policy, each once."""
    return {one.id: one for service in policy.services for _, one in policy.items(service)}


@lru_cache(maxsize=4)
def not_expressed(knowledge: Knowledge) -> dict[str, str]:
    """The items whose rule is not written in CQL, and why."""
    written, words = findings.writer(knowledge), vocabulary.of_case(knowledge)
    found = {}
    for policy in knowledge.policies.values():
        for item in items(policy).values():
            try:
                written.truth(parse(item.rule, words))
            except NotExpressibleError as error:
                found[f"{policy.id}.{item.id}"] = str(error)
    return found


def library(knowledge: Knowledge, policy: Policy) -> str:
    """The library of one policy: a definition for each item, and for each service what decides."""
    written = findings.writer(knowledge, f"{ALIAS}.")
    head = [
        _tags(
            title=f"{policy.payer}: {policy.title}",
            documents=", ".join(policy.document_ids),
            region=policy.region,
            effective=policy.effective.as_seen,
            version=policy.version_seen,
            citation=", ".join(policy.seen_at),
            note="read from stored pages, paraphrased; not a determination of coverage",
        ),
        f"library {name_of(policy)} version '{__version__}'",
        "",
        "using FHIR version '4.0.1'",
        "",
        f"include {findings.NAME} version '{__version__}' called {ALIAS}",
        "",
        "context Patient",
    ]
    body = [one for item in items(policy).values() for one in _item(knowledge, written, item)]
    return "\n".join([*head, *body, *_services(knowledge, written, policy)]) + "\n"


def _item(knowledge: Knowledge, written: Writer, item: PolicyItem) -> Iterator[str]:
    tags = _tags(
        text=item.text,
        status=item.status if item.confidence is None else f"{item.status}, confidence {item.confidence}",
        via=item.via,
        citation=item.seen_at,
        attribution=item.attribution,
        decides=None if item.decides else "no",
        appliesWhen=item.applies_when,
        note=item.note,
        rule=item.rule,
    )
    yield ""
    try:
        cql = written.truth(parse(item.rule, vocabulary.of_case(knowledge)))
    except NotExpressibleError as error:
        yield f"// {item.id} is not written in CQL: {error}"
        return
    yield tags
    yield f'define "{item.id}":\n  {cql}'


def decides(service: str) -> str:
    """The definition of what decides for one service."""
    return f"{service} asked"


def out_of_scope(service: str) -> str:
    """The definition that says whether the policy does not speak about this case."""
    return f"{service} out of scope"


def gates(knowledge: Knowledge, policy: Policy, service: str) -> dict[str, str]:
    """The rules that decide for one service, by the names of their definitions."""
    gate = asked(knowledge, policy.id, service).confirmed
    # Criteria that hold whatever the chart says decide nothing: the policy only states something.
    decided = gate.decides and not gate.states
    found = {out_of_scope(service): gate.scope, decides(service): gate.asked if decided else None}
    return {name: rule for name, rule in found.items() if rule is not None}


def _services(knowledge: Knowledge, written: Writer, policy: Policy) -> Iterator[str]:
    words = vocabulary.of_case(knowledge)
    for service in policy.services:
        for name, rule in gates(knowledge, policy, service.service).items():
            yield ""
            yield _tags(
                service=service.service, position=service.position, text=_GATE[name == decides(service.service)]
            )
            yield f'define "{name}":\n  {written.truth(parse(rule, words))}'


_GATE = {
    True: "everything that was confirmed and decides: criteria and limits met, no exclusion",
    False: "the policy does not speak about this case",
}


def _tags(**tags: str | None) -> str:
    lines = [f"@{name}: {' '.join(value.split())}" for name, value in tags.items() if value]
    return "/*\n" + "\n".join(lines).replace("*/", "* /") + "\n*/"
