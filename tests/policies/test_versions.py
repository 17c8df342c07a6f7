"""Which version of a policy applies: a newer one is a file beside the older, and the review date picks."""

from __future__ import annotations

from typing import Any

import pytest

from sacroiliac.errors import InputError
from sacroiliac.knowledge import Knowledge, lint
from sacroiliac.knowledge.policy import Effective, Policy
from sacroiliac.review.context import Context
from sacroiliac.review.policies.brief import brief
from sacroiliac.review.policies.cover import Coverer
from sacroiliac.review.policies.model import Coverage
from tests.knowledge.change import changed, fields
from tests.policies.make import chart, covered, day

# Another implant than the triangular one: what Premera of 2022 does not cover, and its thought-of successor does.
OTHER_IMPLANT: dict[str, Any] = {"written": "2021-12-01", "planned": {"implant_brand": "other", "fda_cleared": True}}


def newer(knowledge: Knowledge, of: str, since: str | None, name: str = "") -> Knowledge:
    """The knowledge with a newer version of a policy on fusion, which asks for any cleared implant."""
    old = knowledge.policies[of]
    service = next(one for one in old.services if one.service == "sij_fusion_mi_transfixing")
    asks = fields(text="Any cleared implant", rule="planned.fda_cleared")(service.criteria[0])
    new: Policy = fields(
        id=name or f"{of}_newer",
        family=of,
        effective=Effective(since=since, as_seen=since or "not visible"),
        services=(fields(criteria=(asks,))(service),),
    )(old)
    return changed(knowledge, "policies", lambda all_: {new.id: new, **all_})


def on(knowledge: Knowledge, when: str, of: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The versions of a policy that apply on a day with their verdict on another implant, and those not in force."""
    found: Coverage = covered(OTHER_IMPLANT, "fusion", Coverer(knowledge), as_of=day(when))
    ids = {one.id for one in knowledge.policies.values() if of in (one.id, one.family)}
    applied = [
        (one.verdict.policy, one.verdict.verdict)
        for stage in found.stages
        for one in stage.judged
        if one.verdict.policy in ids and stage.service == "sij_fusion_mi_transfixing"
    ]
    return applied, [(one.policy, one.since) for one in found.not_in_force if one.policy in ids]


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ("2025-02-28", ("premera_601527", "not met")),  # the day before
        ("2025-03-01", ("premera_601527_newer", "met")),  # the day itself
        ("2025-03-02", ("premera_601527_newer", "met")),  # the day after
        ("2022-02-01", ("premera_601527", "not met")),  # the first day of the older
    ],
)
def test_the_review_date_picks_the_version(when: str, applies: tuple[str, str], knowledge: Knowledge) -> None:
    both = newer(knowledge, "premera_601527", "2025-03-01")
    assert lint.check(both) == []
    assert on(both, when, "premera_601527") == ([applies], [])


def test_before_the_first_version_none_applies_and_the_first_is_named(knowledge: Knowledge) -> None:
    both = newer(knowledge, "premera_601527", "2025-03-01")
    assert on(both, "2022-01-31", "premera_601527") == ([], [("premera_601527", "2022-02-01")])


@pytest.mark.parametrize(("when", "applies"), [("2025-02-28", "bcbst_sij"), ("2025-03-01", "bcbst_sij_newer")])
def test_a_version_whose_date_was_not_seen_counts_as_the_oldest(when: str, applies: str, knowledge: Knowledge) -> None:
    """However early the review."""
    both = newer(knowledge, "bcbst_sij", "2025-03-01")
    assert [name for name, _ in on(both, when, "bcbst_sij")[0]] == [applies]
    assert [name for name, _ in on(both, "1999-01-01", "bcbst_sij")[0]] == ["bcbst_sij"]


def test_three_versions(knowledge: Knowledge) -> None:
    """In whatever order their files are read."""
    three = newer(newer(knowledge, "premera_601527", "2025-03-01"), "premera_601527", "2024-01", name="a_middle_one")
    days = ("2023-12-31", "2024-01-01", "2025-02-28", "2025-03-01")
    found = [on(three, when, "premera_601527")[0][0][0] for when in days]
    assert found == ["premera_601527", "a_middle_one", "a_middle_one", "premera_601527_newer"]


@pytest.mark.parametrize(("when", "applies"), [("2025-10-31", False), ("2025-11-01", True)])
def test_a_policy_that_is_not_yet_in_force_is_listed_and_does_not_apply(when: str, applies: bool) -> None:
    """The consensus is of November 2025: a month counts from its first day."""
    found = covered({}, "radiofrequency", as_of=day(when))
    judged = {one.verdict.short for stage in found.stages for one in stage.judged}
    waiting = [(one.policy, one.short, one.since) for one in found.not_in_force]
    assert ("Cons25" in judged) == applies
    assert waiting == ([] if applies else [("consensus_2025", "Cons25", "2025-11")])


def test_a_policy_that_does_not_speak_of_the_service_is_not_listed() -> None:
    found = covered({}, "imaging", as_of=day("2010-01-01"))
    assert {one.short for one in found.not_in_force} == {"ACR-img", "EULAR", "NG59"}


def test_a_policy_that_is_asked_for_by_name_applies_on_any_day() -> None:
    """And nothing else is listed beside it."""
    found = covered({}, "radiofrequency", policies=["consensus_2025", "bmj"])
    assert [one.verdict.policy for one in found.stages[0].judged] == ["consensus_2025", "bmj_2025"]
    assert found.not_in_force == ()


@pytest.mark.parametrize(
    ("when", "name", "applies"),
    [
        ("2025-02-28", "Premera", "premera_601527"),
        ("2025-03-01", "premera", "premera_601527_newer"),
        ("2025-03-01", "premera_601527", "premera_601527"),
        ("2025-02-28", "premera_601527_newer", "premera_601527_newer"),
    ],
)
def test_a_short_name_means_the_version_of_the_day_and_an_id_itself(
    when: str, name: str, applies: str, knowledge: Knowledge
) -> None:
    both = newer(knowledge, "premera_601527", "2025-03-01")
    found = covered(OTHER_IMPLANT, "fusion", Coverer(both), as_of=day(when), policies=[name])
    assert [one.verdict.policy for one in found.stages[0].judged] == [applies]


def test_a_name_that_no_policy_has() -> None:
    with pytest.raises(InputError, match="no policy has this id"):
        covered({}, "fusion", policies=["premerra"])


def test_a_review_holds_the_versions_of_its_day(knowledge: Knowledge) -> None:
    """As the coverage does, for every service, and each policy in one version only."""
    both = newer(knowledge, "premera_601527", "2025-03-01")
    known = Coverer(both)
    for when, applies in (("2025-02-28", "premera_601527"), ("2025-03-01", "premera_601527_newer")):
        batch = known.builder.build([(chart(OTHER_IMPLANT), day(when), None)])
        found = brief(Context(both), batch.cases[0], batch.table, 0)
        assert [one.policy for one in found if one.short == "Premera"] == [applies]
        assert not {"consensus_2025"} & {one.policy for one in found}
        pairs = [(one.short, one.service) for one in found]
        assert len(set(pairs)) == len(pairs)
