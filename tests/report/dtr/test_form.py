"""The Questionnaires: valid, every criterion asked for once, and nothing asked that no rule needs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from sacroiliac.chart.fhir.definitions import definitions
from sacroiliac.errors import InputError
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.policy import Policy, PolicyService
from sacroiliac.report import dtr
from sacroiliac.report.dtr.form import form, questionnaire
from sacroiliac.report.dtr.needs import Need, needs
from sacroiliac.report.dtr.questions import ANSWERED, LISTED_IN
from sacroiliac.report.fhir import UNCONFIRMED
from sacroiliac.rules import parse
from tests.fhir_validator import issues
from tests.report.dtr.forms import IDS, KNOWLEDGE, PAIRS, Resource, coverer, items

WORDS = vocabulary.of_case(KNOWLEDGE)


def made(policy: Policy, service: PolicyService) -> Resource:
    """The Questionnaire of a policy on a service."""
    return questionnaire(form(KNOWLEDGE, policy, service))


def known() -> dict[str, set[str]]:
    """The codes of this project's code systems."""
    systems = [one for one in definitions(KNOWLEDGE).values() if one["resourceType"] == "CodeSystem"]
    return {one["url"]: {code["code"] for code in one["concept"]} for one in systems}


def test_every_questionnaire_is_valid() -> None:
    assert len(PAIRS) > 70
    assert issues([made(*pair) for pair in PAIRS]) == []


def broken_type(found: Resource) -> None:
    next(one for one in items(found["item"]) if one["type"] == "boolean")["type"] = "yes-no"


def broken_link(found: Resource) -> None:
    del next(items(found["item"]))["linkId"]


def broken_status(found: Resource) -> None:
    found["status"] = "sketch"


def broken_group(found: Resource) -> None:
    next(one for one in found["item"] if one["type"] == "group")["item"] = []


def broken_control(found: Resource) -> None:
    coded = next(one for one in items(found["item"]) if one["type"] == "choice")
    coded["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] = "wheel"


@pytest.mark.parametrize(
    "harm", [broken_type, broken_link, broken_status, broken_group, broken_control], ids=lambda one: one.__name__
)
def test_a_broken_questionnaire_is_refused(harm: Any) -> None:
    policy = KNOWLEDGE.policies["evicore_cmm611"]
    found = deepcopy(made(policy, policy.services[0]))
    assert issues([found]) == []
    harm(found)
    assert issues([found])


@pytest.mark.parametrize(("policy", "service"), PAIRS, ids=IDS)
def test_every_item_of_the_policy_is_a_group_and_every_question_is_asked_once(
    policy: Policy, service: PolicyService
) -> None:
    found = made(policy, service)
    links = [one["linkId"] for one in items(found["item"])]
    assert len(links) == len(set(links))
    groups = [one["linkId"] for one in found["item"] if one["type"] == "group"]
    listed = [item for _, item in policy.items(service)]
    assert groups == [one.id for one in listed]
    for group, item in zip([one for one in found["item"] if one["type"] == "group"], listed, strict=True):
        assert item.text in group["text"]
        assert (UNCONFIRMED in group["text"]) is not item.confirmed
        assert group["code"][0]["code"] in known()["urn:sacroiliac:CodeSystem:criteria"]


@pytest.mark.parametrize(("policy", "service"), PAIRS, ids=IDS)
def test_what_rules_need_is_asked_and_nothing_else(policy: Policy, service: PolicyService) -> None:
    """By the names in the rules, which the questions were not made from."""
    named = {name for _, item in policy.items(service) for name in parse(item.rule, WORDS).names}
    wanted = {LISTED_IN.get(name, ANSWERED.get(name, name)) for name in named}
    asked = {one.finding.id for one in form(KNOWLEDGE, policy, service).asked}
    members = {rule for name in wanted for rule in KNOWLEDGE.findings[name].members.values()}
    tests = set(KNOWLEDGE.findings["provocation_positive"].values)
    worked_out = {name for name in wanted if KNOWLEDGE.findings[name].members} | {"provocation_positive"}
    assert wanted - worked_out <= asked
    assert asked <= wanted | members | tests


@pytest.mark.parametrize(("policy", "service"), PAIRS, ids=IDS)
def test_nothing_unconfirmed_is_required(policy: Policy, service: PolicyService) -> None:
    deciding = [one for _, one in policy.items(service) if one.confirmed and not one.applies_when and one.arm is None]
    names = {name for one in deciding for name in parse(one.rule, WORDS).names}
    made_of = {rule for name in names for rule in KNOWLEDGE.findings[name].members.values()} | set(
        KNOWLEDGE.findings["provocation_positive"].values
    )
    names |= {LISTED_IN.get(name, name) for name in names} | made_of
    found = form(KNOWLEDGE, policy, service)
    for one in found.asked:
        assert one.link not in found.required or one.finding.id in names


def test_codes_of_this_project_are_in_its_code_systems() -> None:
    systems = known()
    checked = 0
    for pair in PAIRS:
        for one in items(made(*pair)["item"]):
            codings = [*one.get("code", ()), *(each["valueCoding"] for each in one.get("answerOption", ()))]
            for coding in codings:
                if coding["system"].startswith("urn:sacroiliac:"):
                    assert coding["code"] in systems[coding["system"]], coding
                    checked += 1
    assert checked > 1000


def test_billing_codes_carry_no_descriptor() -> None:
    for pair in PAIRS:
        for code in made(*pair).get("code", ()):
            assert set(code) == {"system", "code"}


# ------------------------------------------------------------------------------------------- what a rule needs


def needed(rule: str, *, refuted: bool = False) -> set[tuple[str, bool]]:
    """What a rule needs, as ``finding.field:word`` and whether it is required."""

    def named(one: Need) -> str:
        return ".".join(one.path) + (f":{one.word}" if one.word else "")

    return {(named(one), one.required) for one in needs(parse(rule, WORDS), WORDS, refuted=refuted)}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("fever and not pregnant", {("fever", True), ("pregnant", True)}),
        ("fever or pregnant", {("fever", False), ("pregnant", False)}),
        ("not (fever or pregnant)", {("fever", True), ("pregnant", True)}),
        ("fever and (pregnant or fever)", {("fever", True), ("pregnant", False)}),
        ("has('pt_notes')", {("docs:pt_notes", True)}),
        ("n(other_causes & {'tumor', 'infection'}) == 0", {("other_causes:tumor", False), ("other_causes:infection", False)}),
        ("planned.guidance == 'ct'", {("planned.guidance", True)}),
        ("count(dx_blocks, relief_percent__gte=75) >= 2", {("dx_blocks", True), ("dx_blocks.relief_percent", False)}),
        ("sessions(tx_injections, months=12) < 3", {("tx_injections", True), ("tx_injections.date", False), ("request_date", True)}),
    ],
)  # fmt: skip
def test_what_a_rule_needs(rule: str, expected: set[tuple[str, bool]]) -> None:
    assert needed(rule) == expected


def test_of_an_exclusion_every_reason_has_to_be_ruled_out() -> None:
    assert needed("fever or pregnant", refuted=True) == {("fever", True), ("pregnant", True)}


def test_words_taken_out_of_a_set_are_not_asked() -> None:
    asked = needed("n(spa_features - {'hla_b27'}) >= 2")
    assert ("spa_features:uveitis", False) in asked
    assert ("spa_features:hla_b27", False) not in asked


# ------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("service", "policy", "said"),
    [
        ("fusoin", "aetna_cpb0016", "no such service"),
        ("fusion", "nobody", "no policy has this id"),
        ("imaging", "aetna_cpb0016", "says nothing about imaging"),
        ("fusion", "aetna_cpb0016", "several services"),
    ],
)
def test_what_does_not_exist_gets_one_message(service: str, policy: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        dtr.questionnaire(coverer(), service, policy)


def test_a_kind_of_service_with_one_service_is_enough() -> None:
    assert dtr.questionnaire(coverer(), "radiofrequency", "Aetna")["code"] == [
        {"system": "http://www.ama-assn.org/go/cpt", "code": "64625"}
    ]
