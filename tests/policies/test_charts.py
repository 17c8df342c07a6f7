"""For every policy charts that pass, that fail and that do not say enough, as its text asks and a clinic would write.

Each file of ``charts`` is one policy: a chart (``base``) and what is changed in it. ``expect`` is the verdict, and
``otherwise`` the one that items nobody could confirm would give, where it is another; ``fails`` are the beginnings of
the texts that fail, all of them and no others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sacroiliac.knowledge import Knowledge
from sacroiliac.review.policies.judge import AGAINST, STATING
from tests.policies.make import deciding, judged, merged, services

FILES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "charts").glob("*.yaml"))
}
CHARTS = [
    pytest.param(policy, content["base"], one, id=f"{policy}-{number}-{one['service']}-{one['expect']}")
    for policy, content in FILES.items()
    for number, one in enumerate(content["charts"], 1)
]

# Policies that cannot give all three of met, not met and not documented, with what their charts give instead.
BY_NATURE: dict[str, tuple[str, set[str]]] = {
    "acr_axspa_local_steroid": ("nothing of it could be confirmed", {"unconfirmed"}),
    "aetna_cpb0016": (
        "its criteria were seen on machine-written pages only; radiofrequency it refuses always",
        {"unconfirmed", "not covered"},
    ),
    "bmj_2025": (
        "recommends against, within its scope",
        {"not covered", "statement only", "not documented", "out of scope"},
    ),
    "carelon_sij_fusion": ("all of it is from memory", {"unconfirmed"}),
    "uhc_placeholder": ("no text was seen", {"unconfirmed"}),
    "vadod_2022": ("two statements from memory", {"unconfirmed", "statement only"}),
    "wa_htcc_fusion": (
        "refuses, within its scope",
        {"not covered", "statement only", "not documented", "out of scope"},
    ),
}
ALL_THREE = {"met", "not met", "not documented"}


@pytest.mark.parametrize(("policy", "base", "one"), CHARTS)
def test_a_chart_gets_its_verdict(policy: str, base: dict[str, Any], one: dict[str, Any]) -> None:
    found = judged(merged(base, one.get("change", {})), policy, one["service"])
    failing = [item.text for item in deciding(found, "not met", "excluded")]
    assert found.verdict.verdict == one["expect"], [(item.id, item.answer) for item in found.items]
    assert found.verdict.with_unconfirmed == one.get("otherwise"), [(item.id, item.answer) for item in found.items]
    if one["expect"] in ("not met", "not covered") or "fails" in one:
        wanted = one["fails"]
        assert len(failing) == len(wanted), failing
        assert all(any(text.startswith(beginning) for text in failing) for beginning in wanted), failing
    if one["expect"] == "not documented":
        assert deciding(found, "not documented")
        assert found.would_meet or found.would_fail


def test_the_one_fact_that_is_named_makes_the_verdict_met(knowledge: Knowledge) -> None:
    """In all charts that lack one yes or no; of a policy that refuses or only states, no fact is named."""
    tried: set[str] = set()
    for policy, content in FILES.items():
        for one in content["charts"]:
            document = merged(content["base"], one.get("change", {}))
            found = judged(document, policy, one["service"])
            if found.verdict.position in AGAINST | STATING:
                assert not found.would_meet or next(
                    each.logic for each in knowledge.policies[policy].services if each.service == one["service"]
                )
            names = [each.finding for each in found.would_meet if not each.detail]
            if len(found.would_meet) == 1 and names and knowledge.findings[names[0]].type == "bool":
                answers = (merged(document, {"findings": {names[0]: answer}}) for answer in (True, False))
                given = {judged(each, policy, one["service"]).verdict.verdict for each in answers}
                assert "met" in given, (policy, one["service"], names)
                tried.add(policy)
    assert len(tried) > 10


def test_every_policy_and_every_service_has_charts(knowledge: Knowledge) -> None:
    assert set(FILES) == set(knowledge.policies)
    for name, policy in knowledge.policies.items():
        assert {one["service"] for one in FILES[name]["charts"]} == set(services(policy)), name


@pytest.mark.parametrize("policy", FILES)
def test_every_policy_has_a_chart_that_passes_one_that_fails_and_one_that_does_not_say(policy: str) -> None:
    """Or what it gives by its nature, for the reason that stands beside it."""
    given = {one["expect"] for one in FILES[policy]["charts"]}
    if policy in BY_NATURE:
        assert given == BY_NATURE[policy][1]
    else:
        assert given >= ALL_THREE, given
