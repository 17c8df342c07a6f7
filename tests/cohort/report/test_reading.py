"""Each picture in its sentence, word by word; courses and periods from results written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.cohort import plan
from sacroiliac.cohort.report import as_fhir, reading
from sacroiliac.cohort.report.counted import QUERIES
from sacroiliac.cohort.report.ledger import Ledger
from sacroiliac.cohort.report.measured import measured
from sacroiliac.cohort.report.model import Bar, Count, Group, Picture, Stack
from sacroiliac.cohort.results import opened
from sacroiliac.knowledge import load
from tests.cohort.made import REVIEW, Row, ago, case, injection, of, written

SERVICE = "sij_ia_therapeutic_repeat"
NAMES = [f"p{row:02}" for row in range(60)]
IN_2023, IN_2024 = 600, 300


def note(row: int) -> Row:
    """An injection: the first twenty-four of 2023, the others of 2024."""
    early = row < 24
    return {
        "days": IN_2023 if early else IN_2024,
        "anaesthetic": "high" if row < 12 or 24 <= row < 39 else "not_recorded",
        "steroid": "held" if row < 12 or 24 <= row < 48 else "not recorded",
        "pattern": "responder_wore_off" if row % 4 else None,
        "reached": "joint" if row % 3 else "unproven",
        "not_recorded": ["guidance"] if row % 4 else ["volume_ml"],
    }


def procedure(patient: str, name: str, days: int, kind: str = "procedure") -> Row:
    """A procedure so many days before the review."""
    return of(patient, kind=kind, label=name, first_day=ago(days), finding=name)


def score(patient: str, days: int) -> Row:
    """A pain score so many days before the review."""
    return of(patient, kind="pain", label="pain", first_day=ago(days), finding="pain_nrs")


def lacks(patient: str, policy: str, fact: str) -> Row:
    """The one fact a policy misses."""
    return of(patient, policy=policy, service=SERVICE, finding=fact, detail="")


def town() -> dict[str, list[Row]]:
    """Sixty cases of which no count is small."""
    return {
        "cases": [case(name) for name in NAMES],
        "injections": [injection(name, **note(row)) for row, name in enumerate(NAMES)],
        "events": [
            *(procedure(name, "rfa_history", 50) for name in NAMES[:15]),
            *(procedure(name, "sij_fusion", 40) for name in NAMES[:30]),
            *(score(name, 100) for name in NAMES[12:24]),
        ],
        "policies": [
            of(name, policy=policy, service=SERVICE, verdict="not documented" if row < 48 else "met")
            for row, name in enumerate(NAMES)
            for policy in ("highmark_z62", "evolent_cam770")
        ],
        "missing": [
            *(lacks(name, "highmark_z62", "dx_blocks") for name in NAMES[:15]),
            *(lacks(name, "evolent_cam770", "pain_region_sij") for name in NAMES[:35]),
        ],
    }


# ------------------------------------------------------------------------------------------------- sentences


def sentences(folder: Path) -> dict[str, str]:
    """What is said of each picture."""
    with opened(folder, load()) as results:
        return {one.id: one.reading for one in measured(results, None).pictures}


def test_each_picture_in_one_sentence(tmp_path: Path) -> None:
    assert sentences(written(tmp_path / "results", **town())) == {
        "patterns": "Most often: true responder that wore off (45 of 60, 75%).",
        "checklist": "Most rarely stated: image guidance (15 of 60, 25%).",
        "delivery": "Most often: in the joint (40 of 60, 67%).",
        "relief-anaesthetic": "In 2024: high in 42%, not recorded in 58%.",
        "relief-steroid": "In 2024: held in 67%, not recorded in 33%.",
        "conversion": "So far: radiofrequency in 25%, fusion in 50%.",
        "re-evaluation": "Not looked at again: 12 of 24, 50%.",
        "coverage": "One fact is missing most often for Evolent, repeat therapeutic injection of the joint: in 35 cases.",
        "facts": "Pain over the sacroiliac region: in 35 cases.",
    }


def test_of_nobody_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert set(sentences(written(tmp_path / "results")).values()) == {"There is nothing to count."}


Tell = Callable[[Picture], str]


def bars(ledger: Ledger, of_: int, *counts: int) -> tuple[Bar, ...]:
    """Bars A, B, ... of one whole."""
    whole = Count(ledger, ledger.add(of_))
    return tuple(Bar(label, Count(ledger, ledger.add(one)), whole) for label, one in zip("ABCDE", counts, strict=False))


def told(tell: Tell, of_: int, *counts: int) -> str:
    """What is said of bars of one whole."""
    return Picture("p", "Picture", "cases", tell, (Group("", bars(Ledger(11), of_, *counts)),)).reading


@pytest.mark.parametrize(
    ("tell", "counts", "says"),
    [
        (reading.most, (20, 40), "Most often: b (40 of 60, 67%)."),
        (reading.most, (40, 20), "Most often: a (40 of 60, 67%)."),
        (reading.most, (30, 10, 10, 10), "Most often: a (30 of 60, 50%)."),
        (reading.most, (0, 8, 52), "Most often: c (52 of 60, 87%)."),
        # What is not shown may be more than what is.
        (reading.most, (20, 10, 10, 8, 12), "Of what is shown, most often: a (20 of 60, 33%)."),
        (reading.most, (0, 4), "All counts are too small to be shown."),
        (reading.least, (30, 50), "Most rarely stated: a (30 of 60, 50%)."),
        (reading.least, (50, 0), "Most rarely stated: b (0 of 60, 0%)."),
        (reading.least, (50, 3, 30), "Of what is shown, most rarely stated: c (30 of 60, 50%)."),
        (reading.least, (3,), "All counts are too small to be shown."),
        (reading.last_one, (40, 20), "B: 20 of 60, 33%."),
        (reading.last_one, (50, 3), "Most often: a (50 of 60, 83%)."),
        (reading.facts, (30, 20), "A: in 30 cases."),
        (reading.facts, (3, 20), "B: in 20 cases."),
        (reading.facts, (3,), "All counts are too small to be shown."),
    ],
)
def test_a_sentence_holds_though_something_is_not_shown(tell: Tell, counts: tuple[int, ...], says: str) -> None:
    assert told(tell, 60, *counts) == says


@pytest.mark.parametrize("tell", [reading.most, reading.least, reading.last_one, reading.facts])
def test_where_the_whole_is_nobody_there_is_nothing_to_count(tell: Tell) -> None:
    assert told(tell, 0, 0, 0) == "There is nothing to count."


def stacked(tell: Tell, *years: tuple[str, tuple[int, ...]]) -> str:
    """What is said of stacks of sixty."""
    ledger = Ledger(11)
    parts = [(label, bars(ledger, 60, *counts)) for label, counts in years]
    stacks = tuple(Stack(label, listed, listed[0].of or listed[0].count) for label, listed in parts)
    return Picture("p", "Picture", "cases", tell, (Group("", stacks=stacks),)).reading


@pytest.mark.parametrize(
    ("years", "says"),
    [
        ([("2023", (20, 40)), ("2024", (30, 30))], "In 2024: A in 50%, B in 50%."),
        ([("2023", (20, 10, 30)), ("2024", (6, 54))], "In 2023: A in 33%, C in 50%."),
        ([("2023", (20, 40)), ("2024", (54, 6))], "In 2023: A in 33%, B in 67%."),
        ([("2023", (20, 40)), ("no date", (30, 30))], "In 2023: A in 33%, B in 67%."),
        ([("no date", (30, 6))], "All counts are too small to be shown."),
    ],
)
def test_of_years_the_last_that_is_shown_is_told(years: list[tuple[str, tuple[int, ...]]], says: str) -> None:
    assert stacked(reading.over_time, *years) == says


def went_on(**groups: tuple[int, ...]) -> str:
    """What is said of who of sixty went on."""
    ledger = Ledger(11)
    made = tuple(Group(label, bars(ledger, 60, *counts)) for label, counts in groups.items())
    return Picture("p", "Picture", "cases", reading.conversion, made).reading


def test_who_went_on_is_told_by_who_did_not() -> None:
    assert went_on(Radiofrequency=(15, 45), Fusion=(30, 30)) == "So far: radiofrequency in 25%, fusion in 50%."
    assert went_on(Radiofrequency=(4, 56), Fusion=(56, 4)) == "So far: radiofrequency in 7%."
    assert went_on(Fusion=(56, 4)) == "All counts are too small to be shown."


def missing(*numbers: int) -> str:
    """What is said of policies, of which so many cases lack one fact and the others meet the criteria."""
    ledger = Ledger(11)
    stacks = []
    for row, number in enumerate(numbers):
        met, lack = bars(ledger, 60, 60 - number, number)
        parts = (Bar("criteria met", met.count, met.of), Bar("one fact missing", lack.count, lack.of))
        stacks.append(Stack(f"Policy {row}", parts, lack.of or lack.count))
    return Picture("p", "Picture", "cases", reading.coverage, (Group("Fusion", stacks=tuple(stacks)),)).reading


def test_the_policy_that_most_lack_a_fact_of_is_told() -> None:
    first = "ne fact is missing most often for Policy 1, fusion: in 30 cases."
    assert missing(20, 30, 0) == f"O{first}"
    assert missing(20, 30, 4) == f"Of what is shown, o{first}"
    assert missing(4) == "All counts are too small to be shown."
    assert missing() == "There is nothing to count."


# ------------------------------------------------------------------------------------------ courses and periods


def rows(folder: Path, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query of the report."""
    with opened(folder, load()) as results:
        return list(results.query(QUERIES, name, parameters))


@pytest.mark.parametrize(
    ("events", "after"),
    [
        ([procedure("a", "sij_fusion", 40)], 60),
        # The first of several, of those after the first injection.
        ([procedure("a", "sij_fusion", 40), procedure("a", "sij_fusion", 80)], 20),
        ([procedure("a", "sij_fusion", 40), procedure("a", "sij_fusion", 101)], 60),
        ([procedure("a", "sij_fusion", 99)], 1),
        ([procedure("a", "sij_fusion", 100)], None),
        ([procedure("a", "sij_fusion", 30, kind="request")], None),
        ([procedure("a", "lumbar_fusion", 30)], None),
        ([procedure("b", "sij_fusion", 30)], None),
    ],
)
def test_a_course_begins_with_the_first_injection(tmp_path: Path, events: list[Row], after: int | None) -> None:
    folder = written(
        tmp_path / "results",
        cases=[case("a", turns_on=1), case("b")],
        injections=[injection("a", 50, number=1), injection("a", 100), injection("a", None, number=2)],
        events=events,
    )
    # With a period for each day, the period is the day.
    found = rows(folder, "conversion", ends=list(range(1, 200)))
    assert found == ([] if after is None else [{"name": "sij_fusion", "step": after - 1, "n": 1}])


def test_the_end_of_a_period_is_in_it(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "results",
        cases=[case(name) for name in "ab"],
        injections=[injection(name, 100) for name in "ab"],
        events=[procedure("a", "rfa_history", 86), procedure("b", "rfa_history", 85)],
    )
    found = rows(folder, "conversion", ends=[14, 28])
    assert sorted((row["step"], row["n"]) for row in found) == [(0, 1), (1, 1)]


def of_each_chart(folder: Path) -> Path:
    """As a run without a review date for all leaves it."""
    summary = json.loads((folder / plan.DONE).read_text())
    (folder / plan.DONE).write_text(json.dumps({**summary, "as_of": None}))
    return folder


DAYS = (date(2021, 3, 1), date(2018, 12, 31), date(2019, 1, 1))
REVIEWED = (date(2022, 5, 1), date(2024, 1, 1), date(2023, 12, 31))


def years(tmp_path: Path, injected: bool) -> Path:
    """Cases of several years."""
    return written(
        tmp_path / "results",
        cases=[case(name, review_date=day) for name, day in zip("abc", REVIEWED, strict=True)],
        injections=[injection(name, None, last_day=day) for name, day in zip("abc", DAYS, strict=True) if injected],
    )


def periods(folder: Path) -> list[dict[str, str]]:
    """The period of each measure report."""
    with opened(folder, load()) as results:
        bundle = json.loads("".join(as_fhir.written(results, None)))
    resources = (one["resource"] for one in bundle["entry"])
    return [one["period"] for one in resources if one["resourceType"] == "MeasureReport"]


@pytest.mark.parametrize(
    ("injected", "as_of", "start", "end"),
    [
        (True, True, "2018", REVIEW.isoformat()),
        (True, False, "2018", "2024"),
        (False, False, "2024", "2024"),
    ],
)
def test_the_period_is_from_the_first_injection_to_the_review(
    tmp_path: Path, injected: bool, as_of: bool, start: str, end: str
) -> None:
    folder = years(tmp_path, injected)
    told = periods(folder if as_of else of_each_chart(folder))
    assert told == [{"start": start, "end": end}] * len(load().population.measures)


def test_of_nobody_there_is_no_period(tmp_path: Path) -> None:
    told = periods(written(tmp_path / "results"))
    assert told == [as_fhir.NOT_APPLICABLE] * len(load().population.measures)


# ------------------------------------------------------------------------------------------------- measures


def test_what_is_counted_for_measures_is_what_the_knowledge_defines(tmp_path: Path) -> None:
    """And the two wholes that they are parts of; here each of them speaks of somebody."""
    found = rows(written(tmp_path / "results", **town()), "measures", by=None)
    assert {row["measure"] for row in found} == {"cases", "injections"} | {one.id for one in load().population.measures}
