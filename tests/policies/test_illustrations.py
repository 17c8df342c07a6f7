"""Patients on whom policies disagree: each answer that was given with the evidence, exactly as it was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sacroiliac.chart import dates
from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.rules import FactType, parse
from sacroiliac.rules.columns import from_rows
from sacroiliac.rules.explain import OUTCOMES

PATIENTS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "illustrations.yaml").read_text(encoding="utf-8")
)
ANSWERS = [
    pytest.param(patient["facts"], item, result, id=f"{number}-{patient['conflict']}-{item}")
    for number, patient in enumerate(PATIENTS, 1)
    for item, result in patient["results"].items()
]
LISTS = ("dx_blocks", "lbb_blocks", "tx_injections")


def value(kind: FactType, given: Any) -> Any:
    """A fact as it is given, in the form the tables take: dates as days, all else as it stands."""
    match kind.kind:
        case "date":
            return dates.span(str(given))
        case "record":
            return {name: value(kind.fields[name], part) for name, part in given.items()}
        case "records":
            return [{name: value(kind.fields[name], part) for name, part in entry.items()} for entry in given]
    return given


def row(knowledge: Knowledge, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a patient. The lists given hold the injections of both sides, so rules that count either joint
    read the same lists."""
    words = vocabulary.of_case(knowledge)
    given = {name: value(words[name], one) for name, one in facts.items()}
    return given | {f"{name}_both_sides": given[name] for name in LISTS if name in given}


@pytest.mark.parametrize(("facts", "item", "result"), ANSWERS)
def test_an_item_answers_as_given(facts: dict[str, Any], item: str, result: str, knowledge: Knowledge) -> None:
    words = vocabulary.of_case(knowledge)
    (rule,) = [
        one.rule
        for policy in knowledge.policies.values()
        for one in (*policy.scope_excluded, *(known for service in policy.services for _, known in service.own))
        if one.id == item
    ]
    found = parse(rule, words).evaluate(from_rows(words, [row(knowledge, facts)]))
    assert OUTCOMES[int(found[0])] == result.replace("_", " ")


def test_none_is_left_out(knowledge: Knowledge) -> None:
    """88 answers; every contradiction but the one between recommendations has a patient."""
    assert len(ANSWERS) == 88
    known = [one.id for one in knowledge.coverage.conflicts]
    assert [name for name in known if name not in {one["conflict"] for one in PATIENTS}] == ["x13"]


def test_the_items_of_a_contradiction_are_those_of_its_patients(knowledge: Knowledge) -> None:
    for conflict in knowledge.coverage.conflicts:
        shown = {item for one in PATIENTS if one["conflict"] == conflict.id for item in one["results"]}
        assert shown <= set(conflict.items), conflict.id


def test_a_contradiction_quotes_both_ways_that_a_body_offers(knowledge: Knowledge) -> None:
    """The criteria ask for a share of relief from a block, or for another that lasts: one alone would misquote them."""
    (criterion,) = [
        item for one in knowledge.policies["ipsis_auc"].services for _, item in one.own if item.id == "auc-4"
    ]
    (conflict,) = [one for one in knowledge.coverage.conflicts if one.id == "x1"]
    (quoted,) = [clause for clause in conflict.why.split("; ") if clause.startswith("AUC")]
    assert re.findall(r"\d+%", quoted) == re.findall(r"\d+%", criterion.text)
