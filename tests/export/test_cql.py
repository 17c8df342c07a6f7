"""The policies in CQL: written by this project, translated and run by the tools of others."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from sacroiliac.cases import Builder
from sacroiliac.cases.derive import DERIVED
from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.chart.fhir import document
from sacroiliac.chart.fhir.codes import local_code
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.export import cql, findings
from sacroiliac.export.limits import LIMITS
from sacroiliac.export.writer import NotExpressibleError
from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.rules import MET, NOT_MET, parse
from sacroiliac.rules.tree import Always, Truthful
from tests.chart.fhir import make
from tests.export.charts import Charts
from tests.export.engine import Engine

CHARTS = 500
REVIEW = {"ReviewDate": "2025-06-30", "Side": "right", "Planned": {}}
Answer = bool | None


@pytest.fixture(scope="module")
def rules(knowledge: Knowledge) -> dict[str, Truthful]:
    """Every rule that is exported, by ``library.definition``: of the items, and of what decides for a service."""
    words = vocabulary.of_case(knowledge)
    found: dict[str, str] = {}
    for policy in knowledge.policies.values():
        named = {item.id: item.rule for item in cql.items(policy).values()}
        for service in policy.services:
            named |= cql.gates(knowledge, policy, service.service)
        found |= {f"{cql.name_of(policy)}.{name}": rule for name, rule in named.items()}
    return {name: parse(rule, words) for name, rule in found.items()}


def ours(
    knowledge: Knowledge, bundle: dict[str, Any], given: dict[str, Any], rules: dict[str, Truthful]
) -> dict[str, Answer]:
    """What this program answers."""
    chart = document(json.dumps(bundle).encode(), "chart.json", knowledge)
    chart.facts.append(Fact("planned", _plan(knowledge, given["Planned"]), Origin("plan.yaml", "")))
    table = Builder(knowledge).build([(chart, span(given["ReviewDate"])[0], given["Side"])]).table
    return {name: {MET: True, NOT_MET: False}.get(int(rule.evaluate(table)[0])) for name, rule in rules.items()}


def _plan(knowledge: Knowledge, given: dict[str, Any]) -> dict[str, Any]:
    """The parameter as the program has it: words in place of codes."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            found[name] = {
                "present": [word for word, one in value.items() if one],
                "absent": [word for word, one in value.items() if not one],
            }
        else:
            found[name] = value.replace("-", "_") if isinstance(value, str) else value
    return found


# ---------------------------------------------------------------------------------------------------- the proof


def test_every_item_of_every_policy_answers_as_the_program_does(
    knowledge: Knowledge, rules: dict[str, Truthful]
) -> None:
    """On random charts, with another project's translator and engine: met, not met and null alike."""
    charts = Charts(knowledge, seed=1)
    seen: dict[str, Counter[Answer]] = defaultdict(Counter)
    with Engine(cql.libraries(knowledge)) as engine:
        assert {f"{library}.{name}" for library, names in engine.definitions.items() for name in names} == rules.keys()
        for number in range(CHARTS):
            bundle, given = charts.chart()
            wanted, found = ours(knowledge, bundle, given, rules), engine.run(bundle, given)
            odd = {name: (wanted[name], found[name]) for name in rules if wanted[name] is not found[name]}
            assert not odd, f"chart {number}: {odd}\n{json.dumps(given)}\n{json.dumps(bundle)}"
            for name, answer in wanted.items():
                seen[name][answer] += 1
            if number < 3:
                assert engine.run(bundle, given, plain=True) == found
    # A test about this test: the charts bring forth every answer of nearly every rule.
    asked = {name: answers for name, answers in seen.items() if not isinstance(rules[name], Always)}
    dull = {name: dict(answers) for name, answers in asked.items() if len(answers) < 2}
    assert set(dull) <= UNMOVED, dull
    assert sum(len(answers) == 3 for answers in asked.values()) > 0.6 * len(asked)


UNMOVED = frozenset[str]()
