"""The parts of the bench do what they say; how fast anything is, no test asserts."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bench import agreement, cohort, cohort_spark, criteria, posterior
from bench.bundle import bundle
from bench.table import WIDTH, Row, Section, duration, rate, render
from bench.timing import Times, side_by_side
from sacroiliac.chart.fhir import document
from sacroiliac.inference import Model
from sacroiliac.inference.batch import posteriors
from sacroiliac.knowledge import Knowledge
from sacroiliac.review import Reviewer
from tests.inference.libraries import Net, pyagrum_query
from tests.inference.oracle import Oracle


def test_the_bundle_has_as_many_resources_as_asked_for_and_is_read_without_complaint(knowledge: Knowledge) -> None:
    made = bundle(300)
    assert len(made["entry"]) == len({one["fullUrl"] for one in made["entry"]}) == 300
    assert made == bundle(300)
    chart = document(json.dumps(made).encode(), "bundle.json", knowledge)
    assert sum(chart.coverage.read.values()) + sum(chart.coverage.not_read.values()) == 300
    assert not [one for one in chart.coverage.unread if "not readable" in one.why]
    (injection,) = [fact for fact in chart.facts if fact.concept == "sij_injections"]
    assert injection.value["contrast_pattern"] == "intra_articular"


def test_the_bundle_makes_one_review_with_a_pattern(knowledge: Knowledge, reviewer: Reviewer) -> None:
    (review,) = reviewer.review([document(json.dumps(bundle(300)).encode(), "bundle.json", knowledge)])
    assert review.injections[0].pattern is not None


def test_the_cases_are_distinct(knowledge: Knowledge) -> None:
    cases = posterior.distinct_cases(knowledge, 500)
    assert len({str(cases.case(row)) for row in range(500)}) == 500


def test_a_repeated_case_is_noticed(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = posterior.distinct_cases(knowledge, 50)
    cases.readings[:, 1], cases.context[1], cases.injected[1] = (
        cases.readings[:, 0],
        cases.context[0],
        cases.injected[0],
    )
    monkeypatch.setattr(posterior, "random_batch", lambda *_: cases)
    with pytest.raises(AssertionError, match="1 of 50"):
        posterior.distinct_cases(knowledge, 50)


def test_a_wrong_posterior_is_noticed_and_a_right_one_is_not(knowledge: Knowledge) -> None:
    cases = posterior.distinct_cases(knowledge, 2)
    ours = posteriors(Model(knowledge).point, cases)
    nets = [Net(Oracle(knowledge), cases.case(row)) for row in range(2)]
    theirs = np.array([list(net.by_source(pyagrum_query(net)()).values()) for net in nets]).T
    assert agreement.check("pyAgrum", ours, theirs) <= agreement.LARGEST
    for wrong in (1e-8, np.nan):
        theirs[3, 1] += wrong
        with pytest.raises(agreement.DisagreementError, match="pyAgrum"):
            agreement.check("pyAgrum", ours, theirs)


def test_ratios_compare_what_ran_in_the_same_round() -> None:
    times = Times({"slow": [4.0, 40.0, 4.0], "fast": [1.0, 10.0, 2.0]})
    assert (times.seconds("slow"), times.ratio("slow", "fast")) == (4.0, 4.0)


def test_everything_takes_its_turn() -> None:
    ran: list[str] = []
    times = side_by_side({"a": lambda: ran.append("a"), "b": lambda: ran.append("b")}, rounds=2, least=0)
    assert ran == ["a", "a", "b", "b"] + ["a", "b"] * 2
    assert [len(one) for one in times.rounds.values()] == [2, 2]


def test_what_is_short_is_repeated() -> None:
    ran: list[str] = []
    side_by_side({"short": lambda: ran.append("short"), "long": lambda: time.sleep(0.01)}, rounds=1, least=0.01)
    assert len(ran) > 10


def test_the_table_fits_the_screen_and_says_what_is_reached() -> None:
    rows = (
        Row("posteriors, pyAgrum", rate(1_234_567), rate(812), 1_520.4, least=1_000),
        Row("read and review, json.loads", duration(1.2345), duration(0.0036), 342.9, most=25),
        Row("for comparison", rate(9_999), rate(1), 9_999),
    )
    shown = render([Section("A title", rows, ("word " * 40,))])
    assert all(len(line) <= WIDTH for line in shown.splitlines())
    assert [row.reached for row in rows] == [True, False, None]
    assert rows[0].line.endswith(">= 1,000     yes")
    assert rows[1].line.endswith("<= 25      NO")


def test_the_criteria_are_the_same_on_both_sides_and_a_difference_is_noticed(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = criteria.measure(knowledge, charts=2, rounds=1)
    assert [row.least for row in section.rows] == [criteria.WANTED, None]
    right = criteria.Ours.answers
    monkeypatch.setattr(criteria.Ours, "answers", lambda *given: [one.replace("?", "1", 1) for one in right(*given)])
    with pytest.raises(agreement.DisagreementError, match="chart 0"):
        criteria.measure(knowledge, charts=2, rounds=1)


def test_results_of_two_engines_that_differ_are_noticed(tmp_path: Path) -> None:
    for engine in ("local", "spark"):
        (tmp_path / engine / "cases").mkdir(parents=True)
        (tmp_path / engine / "cases" / "part-000000.parquet").write_bytes(b"the same")
    cohort_spark._same(tmp_path / "local", tmp_path / "spark")
    (tmp_path / "spark" / "cases" / "part-000000.parquet").write_bytes(b"another")
    with pytest.raises(agreement.DisagreementError, match=r"cases/part-000000\.parquet"):
        cohort_spark._same(tmp_path / "local", tmp_path / "spark")


def test_the_memory_of_a_run_is_its_own_and_not_that_of_the_bench() -> None:
    held = bytearray(b"x") * (400 << 20)
    small, large = (
        cohort._timed([sys.executable, "-S", "-c", f"found = bytearray(b'x') * ({size} << 20)"]) for size in (1, 200)
    )
    assert small.memory < 100 << 20 < 200 << 20 < large.memory < len(held)
