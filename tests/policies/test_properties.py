"""What holds for every policy and every chart: silence is no answer, more facts never turn one round, sides and dates
count, and what could not be confirmed decides nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.knowledge.policy import Policy, PolicyItem, PolicyService
from sacroiliac.review.context import Context
from sacroiliac.review.policies.judge import asked, short
from sacroiliac.rules import MET, NOT_DOCUMENTED, NOT_MET, FactType, Table, parse
from sacroiliac.rules.columns import OpenList, from_rows
from tests.policies.make import HEAD, chart, coverer, merged
from tests.policies.test_charts import FILES

REVIEW, LATER, OTHER = "2025-06-01", "2025-06-20", "left"
CHARTS = [
    (name, merged(HEAD, merged(file["base"], one.get("change", {}))))
    for name, file in FILES.items()
    for one in file["charts"]
]
OWNERS, DOCUMENTS = [name for name, _ in CHARTS], [document for _, document in CHARTS]

# Limits that count the sessions of a patient, and not of a joint.
OF_BOTH_SIDES = {"cms-dx-lim-1", "cms-tx-lim-1", "al558-lim"}


def items(knowledge: Knowledge) -> dict[str, PolicyItem]:
    """Every item of every policy."""
    return {
        item.id: item
        for policy in knowledge.policies.values()
        for item in (*policy.scope_excluded, *(one for service in policy.services for _, one in service.own))
    }


def table(documents: Sequence[Mapping[str, Any]]) -> Table:
    """One row for each chart."""
    known = [chart(one) for one in documents]
    batch = coverer().builder.build([(one, one.review_date or 0, None) for one in known])
    assert len(batch.cases) == len(documents)
    return batch.table


def outcomes(knowledge: Knowledge, known: Table) -> dict[str, np.ndarray]:
    """What each item's rule gives in every row."""
    return {name: parse(item.rule, known.vocabulary).evaluate(known) for name, item in items(knowledge).items()}


@lru_cache(maxsize=1)
def as_written() -> dict[str, np.ndarray]:
    """What each item's rule gives for each of the charts."""
    return outcomes(coverer().knowledge, table(DOCUMENTS))


def differences(found: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> list[tuple[str, int]]:
    """The items with another answer, and the first chart in which they have it."""
    return [
        (name, int(np.flatnonzero(found[name] != wanted[name])[0]))
        for name in wanted
        if (found[name] != wanted[name]).any()
    ]


# ------------------------------------------------------------------------------------------------------- silence


def test_an_empty_chart_answers_nothing(knowledge: Knowledge) -> None:
    """Except rules that hold whatever the chart says."""
    empty = {"patient": {"id": "test"}, "side": "right", "review_date": REVIEW}
    found = outcomes(knowledge, table([empty]))
    for name, item in items(knowledge).items():
        assert found[name][0] == (MET if item.rule == "True" else NOT_DOCUMENTED), name


def test_an_empty_chart_passes_no_policy(knowledge: Knowledge) -> None:
    """Neither by what was confirmed nor with the rest."""
    empty = {"patient": {"id": "test"}, "side": "right", "review_date": REVIEW}
    known, context = table([empty]), Context(knowledge)
    for policy in knowledge.policies.values():
        for service in policy.services:
            found = short(context, asked(knowledge, policy.id, service.service), known, 0)
            assert "met" not in (found.verdict, found.with_unconfirmed), found
            assert "not met" not in (found.verdict, found.with_unconfirmed), found


# ----------------------------------------------------------------------------------------------------- more facts


class Draw:
    """A case about which everything is known, and what a chart that says less would hold of it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.today = chart(HEAD).review_date or 0

    def fact(self, name: str, kind: FactType) -> Any:
        """Any legal value."""
        match kind.kind:
            case "bool":
                return self.rng.random() < 0.6
            case "number":
                return float(self.rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 26, 30, 50, 51, 70, 75, 90]))
            case "date":
                return self.today if name == "request_date" else self.today - self.rng.randrange(1, 500)
            case "text":
                return self.rng.choice(kind.values or ("27096",))
            case "set":
                inside = [word for word in kind.values if self.rng.random() < 0.5]
                return {"present": inside, "absent": [word for word in kind.values if word not in inside]}
            case "record":
                return {field: self.fact(field, part) for field, part in kind.fields.items()}
        return [
            {field: self.fact(field, part) for field, part in kind.fields.items()} for _ in range(self.rng.randrange(5))
        ]

    def less(self, value: Any, keep: float) -> Any:
        """What a chart that leaves things out says of a fact: nothing, or a part of it."""
        if isinstance(value, list):
            known = [self.fields(one, keep) for one in value if self.rng.random() < keep]
            return (
                known
                if len(known) == len(value) and not isinstance(value, OpenList) and self.rng.random() < keep
                else OpenList(known)
            )
        if isinstance(value, dict) and set(value) <= {"present", "absent"}:
            return {inside: [word for word in words if self.rng.random() < keep] for inside, words in value.items()}
        if isinstance(value, dict):
            return self.fields(value, keep)
        if isinstance(value, float) and self.rng.random() < 0.3:
            return (value - self.rng.choice([0, 0.5, 3]), value + self.rng.choice([0, 0.5, 3]))
        return value

    def fields(self, record: Mapping[str, Any], keep: float) -> dict[str, Any]:
        """A record with some fields left out."""
        return {name: self.less(value, keep) for name, value in record.items() if self.rng.random() < keep}


@pytest.mark.parametrize("seed", range(8))
def test_more_facts_never_turn_an_answer_round(seed: int, knowledge: Knowledge) -> None:
    """What is met or not met with some facts known stays so when any that were unknown become known."""
    words = vocabulary.of_case(knowledge)
    named = set().union(*(parse(item.rule, words).names for item in items(knowledge).values())) | {"request_date"}
    draw = Draw(seed)
    full = [{name: draw.fact(name, words[name]) for name in sorted(named)} for _ in range(150)]
    fuller = [draw.fields(row, 0.95) for row in full]
    poorer = [draw.fields(row, 0.85) for row in fuller]
    by_richness = [outcomes(knowledge, from_rows(words, rows)) for rows in (poorer, fuller, full)]
    settled = 0
    for less, more in pairwise(by_richness):
        for name in less:
            known = less[name] != NOT_DOCUMENTED
            settled += int(known.sum())
            assert (more[name][known] == less[name][known]).all(), name
    assert settled > 10_000


def left_out(document: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The chart with one thing it says left out, each in turn."""
    for part in ("findings", "planned"):
        for name in document.get(part) or ():
            yield merged(document, {part: {name: None}})
    for part in ("injections", "treatments", "documents"):
        if part in document:
            yield merged(document, {part: None})


def test_writing_down_one_more_thing_never_turns_an_answer_round(knowledge: Knowledge) -> None:
    """The same through the whole reading of a chart: each chart against itself with one thing left out."""
    # Every third is enough to try each policy with most of what it asks.
    pairs = [(number, one) for number, whole in enumerate(DOCUMENTS) for one in left_out(whole)][::3]
    assert len(pairs) > 400
    less, more = outcomes(knowledge, table([one for _, one in pairs])), as_written()
    at = np.array([number for number, _ in pairs])
    for name in less:
        known = less[name] != NOT_DOCUMENTED
        odd = np.flatnonzero(known & (more[name][at] != less[name]))
        assert odd.size == 0, (name, pairs[odd[0]][1])


def test_writing_down_one_more_thing_never_turns_a_verdict_round(knowledge: Knowledge) -> None:
    """For each policy its own charts."""
    pairs = [(number, one) for number, whole in enumerate(DOCUMENTS) for one in left_out(whole)]
    less, more, context = table([one for _, one in pairs[::2]]), table(DOCUMENTS), Context(knowledge)
    settled = 0
    for row, (number, _) in enumerate(pairs[::2]):
        policy = knowledge.policies[OWNERS[number]]
        for service in policy.services:
            what = asked(knowledge, policy.id, service.service)
            before, after = (short(context, what, *at).verdict for at in ((less, row), (more, number)))
            settled += before != "not documented"
            assert before in ("not documented", after), (policy.id, before, after)
    assert settled > 200


# --------------------------------------------------------------------------------------------------- side and time


def mirrored(value: Any) -> Any:
    """Left is right and right is left."""
    if isinstance(value, dict):
        return {name: mirrored(part) for name, part in value.items()}
    if isinstance(value, list):
        return [mirrored(one) for one in value]
    return {"left": "right", "right": "left"}.get(value, value) if isinstance(value, str) else value


def test_a_mirrored_chart_has_the_same_answers(knowledge: Knowledge) -> None:
    known = table([mirrored(one) for one in DOCUMENTS])
    assert differences(outcomes(knowledge, known), as_written()) == []


def adding(findings: Mapping[str, Any], injections: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The charts with more findings, and with more injections where they list any."""
    found = []
    for one in DOCUMENTS:
        fuller = deepcopy(dict(one))
        fuller["findings"] = {**findings, **fuller.get("findings", {})}
        if fuller.get("injections") is not None:
            fuller["injections"] = [*fuller["injections"], *injections]
        found.append(fuller)
    return found


INJECTION = {"target": "joint", "intent": "both", "steroid": True, "anesthetic": "lidocaine", "relief_percent": 90, "sustained_percent": 90,
             "sustained_weeks": 2, "concordant_duration": True, "same_scale": True, "function_gain_percent": 50}  # fmt: skip


def sided(knowledge: Knowledge) -> list[str]:
    """The findings of one side that are answered yes or no."""
    return [
        one.id for one in knowledge.findings.values() if one.side == "sided" and one.type == "bool" and not one.derived
    ]


@pytest.mark.parametrize("answer", [True, False])
def test_the_other_side_changes_nothing(answer: bool, knowledge: Knowledge) -> None:
    """But the limits that count the sessions of a patient."""
    of_other = {name: {"value": answer, "side": OTHER} for name in sided(knowledge)}
    injections = [
        {**INJECTION, "date": "2025-01-20", "side": OTHER},
        {**INJECTION, "date": "2025-02-20", "side": OTHER, "target": "lateral_branch"},
    ]
    # Where the chart speaks of a finding itself, it is of the right side already.
    changed = outcomes(knowledge, table(adding(of_other, injections)))
    assert {name for name, _ in differences(changed, as_written())} == OF_BOTH_SIDES


def test_what_is_dated_after_the_review_changes_nothing(knowledge: Knowledge) -> None:
    """Findings, injections, and care that has not begun."""
    legal = [
        one for one in knowledge.findings.values() if one.type == "bool" and not one.derived and one.used_by_policies
    ]
    later = {
        one.id: {"value": True, "side": "right", "date": LATER}
        if one.side == "sided"
        else {"value": True, "date": LATER}
        for one in legal
    }
    charts = adding(later, [{**INJECTION, "date": LATER, "side": "right"}])
    for one in charts:
        if one.get("treatments") is not None:
            one["treatments"] = [*one["treatments"], {"kind": "bracing", "start": LATER, "response": "good"}]
    assert differences(outcomes(knowledge, table(charts)), as_written()) == []


# ------------------------------------------------------------------------------------------ what was not confirmed


def reversed_where_unconfirmed(knowledge: Knowledge) -> Knowledge:
    """The knowledge in which every item nobody could confirm asks the opposite."""

    def item(one: PolicyItem) -> PolicyItem:
        return one if one.confirmed else structs.replace(one, rule=f"not ({one.rule})")

    def service(one: PolicyService) -> PolicyService:
        lists = ("criteria", "limits", "exclusions", "documentation", "scope_excluded")
        return structs.replace(one, **{name: tuple(map(item, getattr(one, name))) for name in lists})

    def policy(one: Policy) -> Policy:
        return structs.replace(
            one, services=tuple(map(service, one.services)), scope_excluded=tuple(map(item, one.scope_excluded))
        )

    return structs.replace(knowledge, policies={name: policy(one) for name, one in knowledge.policies.items()})


def unconfirmed(policy: Policy) -> bool:
    """Whether anything of a policy could not be confirmed."""
    return any(not item.confirmed for service in policy.services for _, item in service.own)


def test_what_could_not_be_confirmed_never_changes_a_verdict(knowledge: Knowledge) -> None:
    """Only what is shown beside it. For each policy its own charts, and some of the others."""
    known, other = table(DOCUMENTS), reversed_where_unconfirmed(knowledge)
    here, there = Context(knowledge), Context(other)
    moved = set()
    concerned = {name: one for name, one in knowledge.policies.items() if unconfirmed(one)}
    assert len(concerned) == 17
    for name, policy in concerned.items():
        rows = [row for row, owner in enumerate(OWNERS) if owner == name or row % 12 == 0]
        for service, row in product(policy.services, rows):
            found = short(here, asked(knowledge, name, service.service), known, row)
            turned = short(there, asked(other, name, service.service), known, row)
            assert (turned.verdict, turned.met, turned.asked) == (found.verdict, found.met, found.asked)
            if turned.with_unconfirmed != found.with_unconfirmed:
                moved.add(name)
    # Every policy that has such items shows what they would say.
    assert moved == set(concerned)


def test_a_case_that_fails_still_says_which_rules_are_met(knowledge: Knowledge) -> None:
    """The three answers all occur among the charts: the properties above speak of something."""
    every = np.concatenate(list(as_written().values()))
    assert {MET, NOT_MET, NOT_DOCUMENTED} == set(every.tolist())
