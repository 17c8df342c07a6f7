"""The policies as FHIR resources."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from sacroiliac.cli import main
from sacroiliac.export import cql, plandefinition
from sacroiliac.knowledge import Knowledge
from sacroiliac.review.policies.judge import asked
from tests.fhir_validator import issues


@pytest.fixture(scope="module")
def resources(knowledge: Knowledge) -> dict[str, plandefinition.Resource]:
    return plandefinition.resources(knowledge)


def of(resources: dict[str, plandefinition.Resource], kind: str) -> list[plandefinition.Resource]:
    return [one for one in resources.values() if one["resourceType"] == kind]


def test_another_projects_validator_finds_nothing_wrong(resources: dict[str, plandefinition.Resource]) -> None:
    assert issues(list(resources.values())) == []


def test_there_is_one_plan_for_each_service_of_each_policy(
    knowledge: Knowledge, resources: dict[str, plandefinition.Resource]
) -> None:
    services = sum(len(policy.services) for policy in knowledge.policies.values())
    assert len(of(resources, "PlanDefinition")) == len(of(resources, "ActivityDefinition")) == services
    assert len({one["url"] for one in resources.values()}) == len(resources)


def test_what_a_plan_names_is_there(knowledge: Knowledge, resources: dict[str, plandefinition.Resource]) -> None:
    """Every expression is a definition of its library, every canonical one of the resources."""
    urls = {f"{one['url']}|{one['version']}" for one in resources.values()}
    texts = {one["url"]: base64.b64decode(one["content"][0]["data"]).decode() for one in of(resources, "Library")}
    assert {url.rsplit(":", 1)[1]: text for url, text in texts.items()} == cql.libraries(knowledge)
    for plan in of(resources, "PlanDefinition"):
        (action,) = plan["action"]
        assert set(plan["library"]) <= urls
        assert {one["resource"] for one in plan["relatedArtifact"] if "resource" in one} <= urls
        assert action.get("definitionCanonical", next(iter(urls))) in urls
        for one in [action, *action.get("action", [])]:
            for condition in one.get("condition", []):
                stated = condition["expression"]
                name = stated["expression"].removeprefix("not ").strip('"')
                assert f'define "{name}":' in texts[stated["reference"]]


def test_nothing_is_proposed_where_nothing_decides_for_it(
    knowledge: Knowledge, resources: dict[str, plandefinition.Resource]
) -> None:
    plans = {one["id"]: one for one in of(resources, "PlanDefinition")}
    proposed = 0
    for policy in knowledge.policies.values():
        for service in policy.services:
            name = f"{policy.id}-{service.service}".replace("_", "-")
            (action,) = plans[name]["action"]
            if "definitionCanonical" in action:
                proposed += 1
                assert service.position in plandefinition.PROPOSING
                assert asked(knowledge, policy.id, service.service).confirmed.asked != "(True)"
                named = [one["expression"]["expression"] for one in action["condition"]]
                assert cql.decides(service.service) in named
    assert 20 <= proposed < len(plans)


def test_billing_codes_are_numbers_only(resources: dict[str, plandefinition.Resource]) -> None:
    codings = [one for activity in of(resources, "ActivityDefinition") for one in activity["code"].get("coding", [])]
    assert codings
    assert all(one.keys() == {"system", "code"} for one in codings)
    assert {one["system"].rsplit("/", 1)[1] for one in codings} == {"cpt", "HCPCSReleaseCodeSets"}


# ------------------------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(("what", "least"), [("cql", 41), ("plandefinition", 100)])
def test_export_writes_every_file(tmp_path: Path, what: str, least: int) -> None:
    folder = tmp_path / "new" / "folder"
    assert main(["knowledge", "export", what, "-o", str(folder)]) == 0
    assert len(list(folder.iterdir())) >= least
    first = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert main(["knowledge", "export", what, "-o", str(folder)]) == 0
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == first


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["knowledge", "export", "cql", "-o", str(tmp_path / "file" / "folder")]) == 2
    assert "cannot be made a folder" in capsys.readouterr().err
