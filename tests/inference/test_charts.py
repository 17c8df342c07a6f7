"""From charts to evidence and answers: sides, dates, what is not documented, every pattern of provocation tests."""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import product
from typing import Any

import msgspec
import numpy as np
import pytest

from sacroiliac.cases import Builder, review_date
from sacroiliac.chart import plain
from sacroiliac.chart.facts import Chart
from sacroiliac.inference import Evidence, Rules, answer, evidence, questions, sensitivity
from sacroiliac.inference.batch import posteriors
from sacroiliac.inference.evidence import collect
from sacroiliac.knowledge import load
from sacroiliac.review import Reviewer

from .test_enumeration import model
from .test_properties import probabilities

PROVOCATION = ("thigh_thrust", "distraction", "compression", "sacral_thrust", "gaenslen", "faber")
REVIEW = "2025-06-01"


@lru_cache(maxsize=1)
def builder() -> Builder:
    return Builder(load())


@lru_cache(maxsize=1)
def rules() -> Rules:
    return Rules(load())


def chart(side: str = "right", **parts: Any) -> Chart:
    document = {
        "patient": {"id": "test", "birth_date": "1970-06-15", "sex": "female"},
        "side": side,
        "review_date": REVIEW,
    }
    return plain.read(msgspec.json.encode(document | parts).decode(), "chart.yaml", load())


def read(*charts: Chart) -> list[Evidence]:
    made = builder().build([(one, review_date(one, None)[0], None) for one in charts])
    return evidence(rules(), made.table, made.injections, made.offsets)


def random_parts(rng: random.Random, side: str) -> dict[str, Any]:
    """Findings and injections of one side, as a chart states them."""
    known = load()
    findings: dict[str, Any] = {}
    for name in sorted({one for group in known.likelihoods.groups for one in group.asks}):
        finding = known.findings[name]
        if rng.random() < 0.3 and finding.type in ("bool", "number", "text"):
            value: Any = rng.random() < 0.5
            if finding.type == "number":
                value = rng.choice([0, 2, 4, 60])
                value = min(value, finding.maximum if finding.maximum is not None else value)
            if finding.type == "text":
                value = rng.choice(finding.values)
            findings[name] = (
                {"value": value, "date": "2025-05-20", "side": side}
                if finding.side == "sided"
                else {"value": value, "date": "2025-05-20"}
            )
    injections = [
        {
            "date": f"2025-0{month}-03",
            "side": side,
            "target": rng.choice(["joint", "lateral_branch", "periarticular"]),
            "guidance": rng.choice(["fluoroscopy", "ultrasound", "none"]),
            "steroid": True,
            "relief_percent": rng.choice([10, 60, 90]),
            "sustained_percent": rng.choice([20, 70]),
            "sustained_weeks": rng.choice([2, 6]),
            "volume_ml": rng.choice([2, 4]),
            "sedation": rng.choice(["none", "moderate"]),
        }
        for month in range(1, 1 + rng.randint(0, 3))
    ]
    return {"findings": findings, "injections": injections}


def mirrored(parts: Any) -> Any:
    """The same with left and right exchanged."""
    other = {"left": "right", "right": "left"}
    if isinstance(parts, dict):
        return {key: mirrored(one) for key, one in parts.items()}
    if isinstance(parts, list | tuple):
        return [mirrored(one) for one in parts]
    return other.get(parts, parts) if isinstance(parts, str) else parts


# ------------------------------------------------------------------------------------------------------- sides


def test_left_and_right_are_mirror_images() -> None:
    seeds = range(40)
    right = read(*(chart("right", **random_parts(random.Random(seed), "right")) for seed in seeds))
    left = read(*(chart("left", **mirrored(random_parts(random.Random(seed), "right"))) for seed in seeds))
    assert right == left
    assert len(set(right)) == len(right)
    assert sum(bool(one.blocks) for one in right) > 20


def test_reviews_of_left_and_right_are_mirror_images() -> None:
    reviewer = Reviewer(load())
    for seed in (1, 2):
        parts = random_parts(random.Random(seed), "right")
        (right,) = reviewer.review([chart("right", **parts)])
        (left,) = reviewer.review([chart("left", **mirrored(parts))])
        assert [(one.id, one.probability, one.before) for one in right.sources] == [
            (one.id, one.probability, one.before) for one in left.sources
        ]
        assert [(one.kind, one.name, one.bits) for one in right.questions] == [
            (one.kind, one.name, one.bits) for one in left.questions
        ]
        assert right.complex == left.complex
        assert right.why == left.why


def test_findings_of_the_other_side_change_nothing() -> None:
    for seed in range(25):
        mine = random_parts(random.Random(seed), "right")
        theirs = mirrored(random_parts(random.Random(seed + 1000), "right"))
        sided = {
            name: one for name, one in theirs["findings"].items() if "side" in one and name not in mine["findings"]
        }
        both = {
            "findings": mine["findings"] | sided,
            "injections": mine["injections"] + theirs["injections"],
        }
        assert read(chart(**both)) == read(chart(**mine))


def test_both_sides_in_one_chart_are_two_cases_as_if_alone() -> None:
    right, left = random_parts(random.Random(3), "right"), mirrored(random_parts(random.Random(4), "right"))
    shared = {name: one for name, one in right["findings"].items() if "side" not in one}
    left["findings"] = {name: one for name, one in left["findings"].items() if "side" in one} | shared
    listed = {name: [one] for name, one in right["findings"].items()}
    for name, one in left["findings"].items():
        if "side" in one:
            listed.setdefault(name, []).append(one)
    everything = {"findings": listed, "injections": right["injections"] + left["injections"]}
    alone = read(chart("left", **left)) + read(chart("right", **right))
    assert read(chart("bilateral", **everything)) == alone


# ------------------------------------------------------------------------------------------------------- dates


def test_what_is_dated_after_the_review_changes_nothing() -> None:
    for seed in range(25):
        mine = random_parts(random.Random(seed), "right")
        later = random_parts(random.Random(seed + 2000), "right")
        new = {
            name: one | {"date": "2025-06-02"}
            for name, one in later["findings"].items()
            if name not in mine["findings"]
        }
        injections = [one | {"date": "2025-06-02"} for one in later["injections"]]
        more = {"findings": mine["findings"] | new, "injections": mine["injections"] + injections}
        assert read(chart(**more)) == read(chart(**mine))


# ---------------------------------------------------------------------------------------- what is not documented


def test_documenting_nothing_changes_nothing() -> None:
    for seed in range(25):
        mine = random_parts(random.Random(seed), "right")
        silent = {
            name: {"value": "unknown"}
            for group in load().likelihoods.groups
            for name in group.asks
            if name not in mine["findings"] and load().findings[name].type in ("bool", "number", "text")
        }
        more = mine | {"findings": mine["findings"] | silent}
        assert read(chart(**more)) == read(chart(**mine))


def test_a_reading_that_leaves_every_level_open_is_silence() -> None:
    """Alternating pain is part of one definition of inflammatory pain, and says nothing where that was scored."""
    berlin = {"inflammatory_back_pain": True, "ibp_definition": "berlin", "alternating_buttock_pain": True}
    (found,) = read(chart(findings=berlin))
    assert "alternating_pain" not in {name for name, *_ in found.levels}
    asas = berlin | {"ibp_definition": "asas"}
    (found,) = read(chart(findings=asas))
    assert "alternating_pain" in {name for name, *_ in found.levels}


# ------------------------------------------------------------------------------------- all patterns of six tests

PATTERNS = list(product(("negative", None, "positive"), repeat=len(PROVOCATION)))
INJECTION = {"date": "2025-03-03", "side": "right", "target": "joint", "guidance": "fluoroscopy", "relief_percent": 20}


def with_tests(pattern: tuple[str | None, ...], **parts: Any) -> Chart:
    done = {
        name: {"value": value, "side": "right", "date": "2025-05-20"}
        for name, value in zip(PROVOCATION, pattern, strict=True)
        if value is not None
    }
    return chart(findings=done, **parts)


@lru_cache(maxsize=4)
def complex_by_pattern(injected: bool) -> dict[tuple[str | None, ...], float]:
    parts = {"injections": [INJECTION]} if injected else {}
    found = read(*(with_tests(pattern, **parts) for pattern in PATTERNS))
    known = {one: probabilities(one)["complex"] for one in set(found)}
    return {pattern: known[one] for pattern, one in zip(PATTERNS, found, strict=True)}


def raised(pattern: tuple[str | None, ...]) -> list[tuple[str | None, ...]]:
    """The pattern with one more positive test."""
    return [
        (*pattern[:place], "positive", *pattern[place + 1 :])
        for place, value in enumerate(pattern)
        if value != "positive"
    ]


@pytest.mark.parametrize(
    ("birth", "sex", "months", "group"),
    [
        ("1980-06-15", "male", None, "mri_sij"),
        ("1950-06-15", "female", None, "mri_sij"),
        ("1980-06-15", "female", None, "mri_sij"),
        ("1990-06-15", "female", 36, "mri_sij_late_after_birth"),
        ("1990-06-15", "female", 6, "mri_sij_year_after_birth"),
    ],
)
def test_whose_mri_is_read_with_the_figures_for_women_after_childbirth(
    birth: str, sex: str, months: int | None, group: str
) -> None:
    findings = {"mri_sacroiliitis": True} | ({} if months is None else {"months_postpartum": months})
    (known,) = read(chart(patient={"id": "test", "birth_date": birth, "sex": sex}, findings=findings))
    assert [name for name, *_ in known.levels if name.startswith("mri_sij")] == [group]


def test_a_positive_test_never_lowers_the_complex() -> None:
    """All patterns of six tests, each negative, not done or positive; no injection."""
    found = complex_by_pattern(injected=False)
    assert len(found) == 3**6
    for pattern in PATTERNS:
        for more in raised(pattern):
            assert found[more] >= found[pattern] - 1e-12


def test_nor_after_an_injection_once_a_test_is_on_record() -> None:
    found = complex_by_pattern(injected=True)
    for pattern in PATTERNS:
        if any(pattern):
            for more in raised(pattern):
                assert found[more] >= found[pattern] - 1e-12


def test_nor_by_the_first_test_on_record_after_an_injection() -> None:
    found = complex_by_pattern(injected=True)
    nothing = (None,) * len(PROVOCATION)
    for more in raised(nothing):
        assert found[more] >= found[nothing] - 1e-12


# --------------------------------------------------------------------------------------------- many charts at once


def test_a_batch_of_charts_is_read_like_each_chart_alone() -> None:
    charts = [chart(**random_parts(random.Random(seed), "right")) for seed in range(30)]
    made = builder().build([(one, review_date(one, None)[0], None) for one in charts])
    batch = collect(rules(), made.table, made.injections, made.offsets)
    assert len(batch) == len(charts)
    found = posteriors(model().point, batch)
    for row, one in enumerate(charts):
        (alone,) = read(one)
        assert batch.case(row) == alone
        expected = probabilities(alone)
        assert found[:, row] == pytest.approx([expected[name] for name in model().point.sources], abs=1e-12)


# ---------------------------------------------------------------------------------- what leans on, and what is read


@pytest.mark.parametrize(
    ("group", "leans_on", "replaced_by"),
    [
        ("uveitis", {"uveitis": True, "hla_b27": True}, {"psoriasis": True}),
        ("family_history", {"family_history_spa": True, "hla_b27": True}, {"ancestry": "african_american"}),
        ("xray_sacroiliitis", {"radiographic_sacroiliitis": True, "mri_sacroiliitis": True}, {"months_postpartum": 6}),
        ("xray_sacroiliitis", {"radiographic_sacroiliitis": True, "mri_sacroiliitis": True}, {"runner": True}),
        (
            "xray_sacroiliitis",
            {"radiographic_sacroiliitis": True, "mri_sacroiliitis": True},
            {"mri_deep_oedema": False},
        ),
    ],
)
def test_what_replaces_a_finding_damps_as_that_finding_would(
    group: str, leans_on: dict[str, Any], replaced_by: dict[str, Any]
) -> None:
    """The second finding of one cause or one disease adds little, whichever group reads the first."""
    young = {"id": "test", "birth_date": "1990-06-15", "sex": "female"}
    for findings in (leans_on, leans_on | replaced_by):
        (known,) = read(chart(patient=young, findings=findings))
        assert [said[3] for said in known.levels if said[0] == group] == [(0,)]


def said_of(group: str, **findings: Any) -> list[tuple[int, int]]:
    young = {"id": "test", "birth_date": "1990-06-15", "sex": "female"}
    (known,) = read(chart(patient=young, findings=findings))
    return [(lowest, highest) for name, lowest, highest, _ in known.levels if name == group]


def test_deep_oedema_is_read_once_it_is_known_that_no_birth_was_recent() -> None:
    assert said_of("mri_deep_oedema", mri_deep_oedema=True) == []
    assert said_of("mri_deep_oedema", mri_deep_oedema=True, months_postpartum=6) == []
    assert said_of("mri_deep_oedema", mri_deep_oedema=True, ever_given_birth=True) == []
    assert said_of("mri_deep_oedema", mri_deep_oedema=True, ever_given_birth=False) == [(1, 1)]
    _, found = asked(
        {"patient": {"id": "a", "sex": "female", "birth_date": "1990-06-15"}, "findings": {"mri_deep_oedema": True}}
    )
    assert any("ever_given_birth" in one.asks for one in found if one.name == "mri_deep_oedema")


def test_mri_of_a_woman_who_has_not_given_birth_is_that_of_anybody_else() -> None:
    assert said_of("mri_sij", mri_sacroiliitis=True, ever_given_birth=False) == [(1, 1)]
    for months, group in ((0.5, "month"), (6, "year"), (13, "late"), (40, "late")):
        name = f"mri_sij_{group}_after_birth"
        assert said_of(name, mri_sacroiliitis=True, months_postpartum=months) == [(1, 1)], name


def test_a_full_adduction_speaks_against_the_hip() -> None:
    full = {"value": "full", "side": "right"}
    assert said_of("hip_signs", hip_adduction=full) == said_of("hip_signs", hip_internal_rotation=full) == [(0, 0)]
    reduced = {"value": "reduced_familiar_pain", "side": "right"}
    assert said_of("hip_signs", hip_adduction=full, hip_internal_rotation=reduced) == [(2, 2)]


# ------------------------------------------------------------------------------------------------------ questions


def asked(parts: dict[str, Any]) -> tuple[Evidence, Any]:
    one = chart(**parts)
    made = builder().build([(one, review_date(one, None)[0], None)])
    (known,) = evidence(rules(), made.table, made.injections, made.offsets)
    return known, questions(model().point, rules(), known, made.table, 0)


@pytest.mark.parametrize("seed", range(12))
def test_questions_tell_something_and_not_more_than_there_is(seed: int) -> None:
    known, found = asked(random_parts(random.Random(seed), "right"))
    weights = model().point.weights(known)[:, 0]
    now = weights / weights.sum()
    entropy = float(-(now * np.log2(now)).sum())
    expected = probabilities(known)
    assert found
    for one in found:
        assert load().ranking.smallest_information.value <= one.bits <= entropy + 1e-12
        assert one.worth == pytest.approx(one.bits * load().ranking.burden_discount.value ** one.burden)
        assert sum(result.probability for result in one.results) == pytest.approx(1, abs=1e-9)
        for result in one.results:
            assert len(result.sources) == 3
        # On average nothing changes: what is expected of each source is what is believed of it now.
        for name in model().point.sources:
            after = [dict(result.sources).get(name) for result in one.results]
            if None not in after:
                mean = sum(result.probability * p for result, p in zip(one.results, after, strict=True))
                assert mean == pytest.approx(expected[name], abs=1e-9)
    assert list(found) == sorted(found, key=lambda one: (-one.worth, one.kind, one.name))


def test_answering_a_question_does_what_it_said() -> None:
    """Where no cap, damping or replacement comes in: the posterior after the answer is that of the question's result."""
    known, found = asked({"findings": {"midline_lumbar_pain": False}})
    checked = 0
    for one in found:
        if one.kind != "group":
            continue
        group = model().point.group[one.name]
        if group.capped or group.replaces or group.damped_by or group.stage == "imaging":
            continue
        for level, result in enumerate(one.results):
            after = probabilities(with_reading(known, (one.name, level, level, ())))
            for name, p in result.sources:
                assert after[name] == pytest.approx(p, abs=1e-9)
            checked += 1
    assert checked >= 10


def with_reading(known: Evidence, reading: tuple[str, int, int, tuple[int, ...]]) -> Evidence:
    """The evidence with one reading more."""
    return Evidence(known.context, (*known.levels, reading), known.blocks)


INSIDE = {"contrast_pattern": "intra_articular", "cephalad_spread": True, "two_views": True}


def test_relief_that_was_not_recorded_is_asked_for_where_the_joint_was_reached() -> None:
    silent = {key: one for key, one in INJECTION.items() if key != "relief_percent"}
    _, found = asked({"injections": [silent | INSIDE]})
    kinds = [one.kind for one in found]
    assert {"relief", "joint_block", "posterior_block"} <= set(kinds)
    assert "images" not in kinds


def test_images_are_asked_for_where_delivery_is_open() -> None:
    _, found = asked({"injections": [INJECTION]})
    assert any(one.kind == "images" for one in found)


# ------------------------------------------------------------------------------------------------------ sensitivity


def test_sensitivity_is_that_of_the_answer() -> None:
    for seed in range(6):
        (known,) = read(chart(**random_parts(random.Random(seed), "right")))
        found = sensitivity(model(), known, known)
        assert sum(share for _, share in found.first_in_draws) == pytest.approx(1)
        first = max(answer(model(), known).sources, key=lambda one: one.probability.value).source
        for turn in found.turns:
            assert turn.first != first
            assert turn.probability >= turn.second_probability
        assert found.unconfirmed is None
        assert {name for name, _ in found.independent} == set(model().point.sources)


def test_independence_as_the_alternative_uses_the_same_shares() -> None:
    """With no evidence and sources apart from each other, each keeps its odds (up to the sets of more than three)."""
    (known,) = read(chart())
    found = dict(sensitivity(model(), known, known).independent)
    network = model().point
    shares = dict(zip(network.sources, network.prior(known.context).shares[:, 0].tolist(), strict=True))
    for name, p in found.items():
        assert p == pytest.approx(shares[name], rel=0.08)
    assert sum(found.values()) < sum(shares.values())


def test_groups_that_were_not_seen_count_only_for_comparison() -> None:
    one = chart(findings={"psoriasis": True, "inflammatory_back_pain": True})
    made = builder().build([(one, review_date(one, None)[0], None)])
    (known,) = evidence(rules(), made.table, made.injections, made.offsets)
    uses = frozenset({"model", "unconfirmed"})
    (wider,) = evidence(rules(), made.table, made.injections, made.offsets, uses)
    assert {reading[0] for reading in wider.levels} - {reading[0] for reading in known.levels} == {"psoriasis"}
    found = sensitivity(model(), known, wider)
    assert found.unconfirmed is not None
    after = dict(found.unconfirmed)["axial_spondyloarthritis"]
    assert after > probabilities(known)["axial_spondyloarthritis"]
