"""Every form of the knowledge, filled in from every example; and what a response says, read back into findings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sacroiliac.chart.dates import span
from sacroiliac.chart.read import read
from sacroiliac.knowledge.policy import Policy, PolicyService
from sacroiliac.report import dtr
from sacroiliac.report.dtr.documents import Documents
from sacroiliac.review.policies.cover import Coverer
from sacroiliac.rules import OpenList
from tests.charts import reviewer
from tests.test_examples import EXAMPLES

Resource = dict[str, Any]
KNOWLEDGE = reviewer().knowledge
NAMES = [file.stem for file in EXAMPLES]
PAIRS = [(policy, service) for policy in KNOWLEDGE.policies.values() for service in policy.services]
IDS = [f"{policy.id}-{service.service}" for policy, service in PAIRS]


@cache
def coverer() -> Coverer:
    """One for all tests of a process."""
    return Coverer(KNOWLEDGE)


@cache
def example(name: str) -> Any:
    """The chart of an example."""
    (file,) = [one for one in EXAMPLES if one.stem == name]
    return read(str(file), KNOWLEDGE)


def filled(name: str, policy: Policy, service: PolicyService) -> Documents:
    """The documents of an example for a policy on a service."""
    return dtr.packet(coverer(), example(name), service.service, policy.id)


def shared() -> list[tuple[str, Policy, PolicyService]]:
    """Every form once, and every example with several of them."""
    return [(NAMES[at % len(NAMES)], policy, service) for at, (policy, service) in enumerate(PAIRS)]


def items(listed: Any) -> Iterator[Resource]:
    """Every item of a Questionnaire or of a response, those below others too."""
    for one in listed or ():
        yield one
        yield from items(one.get("item"))


def answers(response: Resource) -> Iterator[tuple[str, Resource]]:
    """Every answer of a response with its link."""
    for one in items(response.get("item")):
        yield from ((one["linkId"], answer) for answer in one.get("answer", ()))


def plain(answer: Resource) -> Any:
    """The value of an answer as rules take it."""
    ((name, value),) = [(name, value) for name, value in answer.items() if name.startswith("value")]
    if name == "valueCoding":
        return value["code"].replace("-", "_")
    return span(value) if name == "valueDate" else value


def findings(response: Resource) -> dict[str, Any]:
    """What a response says, as findings: read from its links alone, by another way than they were written."""
    said: dict[str, Any] = {}
    lists: dict[str, list[dict[str, Any]]] = {}
    for one in items(response.get("item")):
        if one["linkId"].endswith(".entry"):
            name = one["linkId"].removesuffix(".entry").replace("-", "_")
            entry = {each["linkId"].rsplit(".", 1)[1].replace("-", "_"): plain(each["answer"][0]) for each in one["item"] if "answer" in each}  # fmt: skip
            lists.setdefault(name, []).append(entry)
        elif "answer" in one and ".entry." not in one["linkId"]:
            said[one["linkId"]] = plain(one["answer"][0])
    found: dict[str, Any] = {}
    complete = {link.removesuffix(".complete").replace("-", "_") for link in said if link.endswith(".complete")}
    for name in complete | set(lists):
        rows = lists.get(name, [])
        found[name] = rows if name in complete else OpenList(rows)
    if lists.get("tx_injections"):
        found["last_tx"] = lists["tx_injections"][-1]
    for link, value in said.items():
        name, *steps = link.replace("-", "_").split(".")
        if steps == ["complete"]:
            continue
        _put(found, name, steps, value)
    _sets(found)
    return found


def _put(found: dict[str, Any], name: str, steps: list[str], value: Any) -> None:
    finding = KNOWLEDGE.findings[name]
    if finding.type == "record":
        record = found.setdefault(name, {})
        if finding.fields[steps[0]].type == "set":
            _word(record, steps[0], steps[1], value)
        else:
            record[steps[0]] = value
    elif steps:
        _word(found, name, steps[0], value)
    else:
        found[name] = value


def _word(where: dict[str, Any], name: str, word: str, inside: bool) -> None:
    where.setdefault(name, {"present": [], "absent": []})["present" if inside else "absent"].append(word)


def _sets(found: dict[str, Any]) -> None:
    """The sets whose words are questions of their own."""
    for name in ("provocation_positive", "provocation_done", "spa_features", "axspa_referral_items", "spine_red_flags"):
        finding = KNOWLEDGE.findings[name]
        for word in finding.values:
            value = found.get(finding.members.get(word, word))
            if isinstance(value, bool):
                _word(found, name, word, value or name == "provocation_done")
