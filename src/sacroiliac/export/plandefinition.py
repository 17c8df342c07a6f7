"""The policies as FHIR resources in the manner of CPG-on-FHIR (clinical practice guidelines).

A PlanDefinition for each service of a policy names the definition of the policy's CQL library that decides, and an
ActivityDefinition with the billing codes: numbers only, their descriptors are under licence. A Library carries each CQL
library.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from sacroiliac import __version__
from sacroiliac.chart.fhir.codes import local_code
from sacroiliac.export import cql, findings
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import Policy, PolicyItem, PolicyService
from sacroiliac.review.policies.judge import asked

Resource = dict[str, Any]
BASE = "urn:sacroiliac:"
CPG = "http://hl7.org/fhir/uv/cpg/StructureDefinition/cpg-"
LIBRARY_TYPE = "http://terminology.hl7.org/CodeSystem/library-type"
PLAN_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
USAGE_CONTEXT = "http://terminology.hl7.org/CodeSystem/usage-context-type"
PROPOSING = ("covered_if_criteria", "recommended_if_criteria", "conditional")
NOT_A_DECISION = "Read from stored pages, paraphrased; not a determination of coverage."


def resources(knowledge: Knowledge) -> dict[str, Resource]:
    """Every resource, by the name of its file."""
    made = [*_libraries(knowledge)]
    for policy in knowledge.policies.values():
        for service in policy.services:
            made += [_activity(knowledge, policy, service), _plan(knowledge, policy, service)]
    return {f"{one['resourceType']}-{one['id']}.json": one for one in made}


def files(knowledge: Knowledge) -> dict[str, str]:
    """Every resource as its file holds it."""
    return {name: json.dumps(one, indent=1, ensure_ascii=False) + "\n" for name, one in resources(knowledge).items()}


def _resource(kind: str, name: str, title: str, /, **content: Any) -> Resource:
    """A draft of a kind of definition; what is empty is left out."""
    filled = {key: value for key, value in content.items() if value not in (None, [], "")}
    return {
        "resourceType": kind,
        "id": name,
        "url": f"{BASE}{kind}:{name}",
        "version": __version__,
        "name": "".join(part.capitalize() for part in name.split("-")) if "-" in name else name,
        "title": title,
        "status": "draft",
        "experimental": False,
        **filled,
    }


def _capability(level: str) -> list[Resource]:
    return [
        {"url": f"{CPG}knowledgeCapability", "valueCode": "computable"},
        {"url": f"{CPG}knowledgeRepresentationLevel", "valueCode": level},
    ]


# ------------------------------------------------------------------------------------------------- libraries


def _libraries(knowledge: Knowledge) -> Iterator[Resource]:
    policies = {cql.name_of(one): one for one in knowledge.policies.values()}
    for name, text in cql.libraries(knowledge).items():
        policy = policies.get(name)
        yield _resource(
            "Library",
            name,
            _title(policy) if policy else "Findings of a sacroiliac review",
            extension=_capability("structured"),
            type={"coding": [{"system": LIBRARY_TYPE, "code": "logic-library"}]},
            description=NOT_A_DECISION if policy else "What policies ask about, taken from the resources of a chart.",
            relatedArtifact=[*_sources(policy), _depends(findings.NAME)] if policy else None,
            parameter=_parameters(knowledge, policy),
            dataRequirement=None if policy else [{"type": kind} for kind in ("Observation", "QuestionnaireResponse")],
            content=[{"contentType": "text/cql", "data": base64.b64encode(text.encode()).decode()}],
        )


def _parameters(knowledge: Knowledge, policy: Policy | None) -> list[Resource]:
    if policy is None:
        # R4 has no type for a tuple: how the service will be done stands in the library alone.
        given = (("ReviewDate", "date"), ("Side", "string"))
        return [{"name": name, "use": "in", "min": 1, "max": "1", "type": kind} for name, kind in given]
    defined = list(cql.items(policy))
    for service in policy.services:
        defined += cql.gates(knowledge, policy, service.service)
    left_out = cql.not_expressed(knowledge)
    return [
        {"name": name, "use": "out", "min": 0, "max": "1", "type": "boolean"}
        for name in defined
        if f"{policy.id}.{name}" not in left_out
    ]


def _title(policy: Policy) -> str:
    return f"{policy.payer}: {policy.title}"


def _depends(library: str) -> Resource:
    return {"type": "depends-on", "resource": f"{BASE}Library:{library}|{__version__}"}


def _sources(policy: Policy) -> list[Resource]:
    """The pages on which a policy was seen."""
    named = ", ".join(policy.document_ids)
    return [{"type": "derived-from", "label": named, "display": _title(policy), "url": page} for page in policy.seen_at]


# ---------------------------------------------------------------------------------------- what is asked for


def _identity(policy: Policy, service: PolicyService) -> str:
    return f"{local_code(policy.id)}-{local_code(service.service)}"


def _label(knowledge: Knowledge, policy: Policy, service: PolicyService) -> str:
    return asked(knowledge, policy.id, service.service).label


def _activity(knowledge: Knowledge, policy: Policy, service: PolicyService) -> Resource:
    """The service as something to be ordered."""
    label = _label(knowledge, policy, service)
    codes = [{"system": _system(knowledge, code), "code": code} for code in service.codes]
    return _resource(
        "ActivityDefinition",
        _identity(policy, service),
        label,
        extension=_capability("structured"),
        description=f"{label}, as {policy.short} understands it.",
        kind="ServiceRequest",
        code={"coding": codes, "text": label} if codes else {"text": label},
        intent="proposal",
        doNotPerform=False,
    )


def _system(knowledge: Knowledge, code: str) -> str:
    """CPT codes begin with a digit, those of HCPCS level II with a letter."""
    return knowledge.systems["cpt" if code[0].isdigit() else "hcpcs"].uri


def _plan(knowledge: Knowledge, policy: Policy, service: PolicyService) -> Resource:
    """What a policy asks for one service, and the definitions that say whether it is met."""
    label = _label(knowledge, policy, service)
    name = _identity(policy, service)
    said = [service.statement, service.note, service.logic, service.prior_authorization, policy.note]
    return _resource(
        "PlanDefinition",
        name,
        f"{policy.short}: {label}",
        extension=_capability("structured"),
        type={"coding": [{"system": PLAN_TYPE, "code": "eca-rule"}]},
        description=" ".join([f"{_title(policy)}. {label}: {service.position.replace('_', ' ')}.", *(f"{one}." for one in said if one), NOT_A_DECISION]),
        useContext=[
            {"code": {"system": USAGE_CONTEXT, "code": "task"}, "valueCodeableConcept": {"text": label}},
            {"code": {"system": USAGE_CONTEXT, "code": "program"}, "valueCodeableConcept": {"text": policy.payer}},
        ],
        relatedArtifact=[*_sources(policy), _depends(cql.name_of(policy))],
        library=[f"{BASE}Library:{cql.name_of(policy)}|{__version__}"],
        action=[_action(knowledge, policy, service, label)],
    )  # fmt: skip


def _action(knowledge: Knowledge, policy: Policy, service: PolicyService, label: str) -> Resource:
    """The service under the definitions that decide, with one action below for each item asked."""
    defined = cql.gates(knowledge, policy, service.service)
    conditions = []
    if cql.out_of_scope(service.service) in defined:
        # Whether the policy speaks about the case must be known: null leaves the condition unmet.
        conditions.append(_condition("cql-expression", f'not "{cql.out_of_scope(service.service)}"', policy))
    if cql.decides(service.service) in defined:
        conditions.append(_condition("cql-identifier", cql.decides(service.service), policy))
    action: Resource = {"title": label}
    if conditions:
        action["condition"] = conditions
    # Nothing is proposed by a policy that refuses or only states something, nor where nothing confirmed decides.
    if service.position in PROPOSING and cql.decides(service.service) in defined:
        action["definitionCanonical"] = f"{BASE}ActivityDefinition:{_identity(policy, service)}|{__version__}"
    left_out = cql.not_expressed(knowledge)
    below = [
        _item(policy, kind, item, expressed=f"{policy.id}.{item.id}" not in left_out)
        for kind, item in policy.items(service)
    ]
    return {**action, "action": below} if below else action


def _condition(language: str, expression: str, policy: Policy) -> Resource:
    stated = {
        "language": f"text/{language}",
        "expression": expression,
        "reference": f"{BASE}Library:{cql.name_of(policy)}",
    }
    return {"kind": "applicability", "expression": stated}


def _item(policy: Policy, kind: str, item: PolicyItem, expressed: bool) -> Resource:
    """One item: its text, where it was seen, and the definition that answers it. It changes nothing by itself."""
    seen = [one for one in (item.status, item.via, item.confidence) if one]
    undecided = [] if item.decides else ["decides nothing"]
    found: Resource = {
        "prefix": item.id,
        "title": f"{kind.capitalize()} {item.id}",
        "description": item.text,
        "textEquivalent": f"{item.text} ({', '.join([*seen, *undecided])})",
    }
    if item.seen_at is not None:
        found["documentation"] = [{"type": "citation", "display": item.text, "url": item.seen_at}]
    if expressed:
        found["condition"] = [_condition("cql-identifier", item.id, policy)]
    return found
