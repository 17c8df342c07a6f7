"""No small count follows from what a report shows: the relations between its counts, written out as a reader knows them.

Each population here holds exactly one small group, placed so that one relation alone would give it away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from sacroiliac.cohort.report.counted import QUERIES
from sacroiliac.cohort.report.measured import NO_STEROID, VERDICTS, measured
from sacroiliac.cohort.report.model import Bar, Count, Picture, Report
from sacroiliac.cohort.results import opened
from sacroiliac.knowledge import load
from tests.cohort.made import Row, ago, case, injection, of, written

KNOWN = load().population
LEAST = int(KNOWN.smallest_cell.value)
DUE = KNOWN.re_evaluation.due_weeks.value
SERVICE, POLICY = "sij_ia_therapeutic_repeat", "highmark_z62"
NUMBER, FEW = 60, 3
GROUPS = (None, "site", "clinician", "payer")


# ------------------------------------------------------------------------------------------ what a reader knows


@dataclass
class Reader:
    """Somebody who sees every count of a report that is shown, and knows how they hang together."""

    counts: list[int] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    least: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sums: list[tuple[int, list[int]]] = field(default_factory=list)
    entered: dict[int, int] = field(default_factory=dict)

    def sees(self, count: Count, name: str) -> int:
        """A count of the report; one that is suppressed is known not to be nought."""
        if count.number not in self.entered:
            self.entered[count.number] = self._add(count.ledger.counts[count.number], count.shown is not None, 1, name)
        return self.entered[count.number]

    def works_out(self, number: int, name: str) -> int:
        """A count that stands nowhere."""
        return self._add(number, False, 0, name)

    def _add(self, number: int, shown: bool, least: int, name: str) -> int:
        self.counts.append(number)
        self.shown.append(shown)
        self.least.append(least)
        self.names.append(name)
        return len(self.counts) - 1

    def same(self, total: int, parts: Iterable[int]) -> None:
        """A whole is its parts."""
        listed = list(parts)
        assert self.counts[total] == sum(self.counts[one] for one in listed), self.names[total]
        self.sums.append((total, listed))

    def left(self, total: int, part: int) -> int:
        """What a part leaves of a whole."""
        rest = self.counts[total] - self.counts[part]
        assert rest >= 0, self.names[part]
        found = self.works_out(rest, f"{self.names[total]} without {self.names[part]}")
        self.same(total, [part, found])
        return found

    def follows(self) -> list[str]:
        """The small counts that are known to be small."""
        sums = np.zeros((len(self.sums), len(self.counts)))
        for row, (total, parts) in enumerate(self.sums):
            sums[row, total] -= 1
            for part in parts:
                sums[row, part] += 1
        bounds = [
            (number, number) if shown else (least, None)
            for number, shown, least in zip(self.counts, self.shown, self.least, strict=True)
        ]
        found = []
        for one, number in enumerate(self.counts):
            if not 0 < number < LEAST:
                continue
            aim = np.zeros(len(self.counts))
            aim[one] = -1
            answer = linprog(aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds)
            assert answer.status in (0, 3), answer.message
            if answer.status == 0 and -answer.fun < LEAST - 0.001:
                found.append(f"{self.names[one]}: {number}")
        return found


def picture(report: Report, name: str) -> Picture:
    """One picture."""
    (one,) = [one for one in report.pictures if one.id == name]
    return one


def reader(report: Report, missing: Sequence[Row] = ()) -> Reader:
    """Everything that is shown, and how it hangs together.

    :param missing: the facts that are missing: whoever knows the policies may know which of them ask for the same
    """
    known = Reader()
    sizes = {name: known.sees(count, name) for name, count in report.sizes.items()}
    for name in ("patients", "urgent", "injected"):
        known.left(sizes["cases"], sizes[name])
    measures: dict[str, tuple[int, int, int]] = {}
    for one in report.measures:
        of_, true = known.sees(one.of, f"{one.measure.id} of"), known.sees(one.true, f"{one.measure.id} true")
        measures[one.measure.id] = of_, true, known.left(of_, true)
    whole = {"cases": measures["flags_answered"][0], "injections": measures["anaesthetic_recorded"][0]}
    for base, of_ in whole.items():
        known.same(sizes[base], [of_])
    known.same(sizes["cases"], [measures["no_contradiction"][0]])
    known.same(sizes["injections"], [measures["delivery_shown"][0]])
    no_steroid = known.left(sizes["injections"], measures["steroid_recorded"][0])
    known.left(sizes["cases"], measures["re_evaluated"][0])
    if report.by:
        groups(known, report, measures)
    pictures(known, report, sizes, measures, no_steroid)
    facts(known, report, missing)
    return known


def groups(known: Reader, report: Report, measures: dict[str, tuple[int, int, int]]) -> None:
    """The measures of each site, clinician or payer."""
    large: dict[str, dict[str, int]] = {}
    for one in report.measures:
        of_, true, _ = measures[one.measure.id]
        base = "injections" if "injections" in one.measure.of and "cases" not in one.measure.of else "cases"
        wholes, trues = {}, []
        for bar in one.parts:
            assert bar.of is not None
            wholes[bar.label] = known.sees(bar.of, f"{one.measure.id} of {bar.label}")
            trues.append(known.sees(bar.count, f"{one.measure.id} true of {bar.label}"))
            known.left(wholes[bar.label], trues[-1])
        known.same(of_, wholes.values())
        known.same(true, trues)
        for label, number in wholes.items():
            known.left(large.setdefault(base, wholes)[label], number)


def bars(known: Reader, listed: Sequence[Bar], name: str) -> list[int]:
    """The counts of some bars."""
    return [known.sees(bar.count, f"{name}: {bar.label}") for bar in listed]


def pictures(
    known: Reader, report: Report, sizes: dict[str, int], measures: dict[str, tuple[int, int, int]], no_steroid: int
) -> None:
    """The pictures, and what they say together with the measures."""
    known.same(sizes["injections"], bars(known, picture(report, "patterns").bars, "pattern"))
    for bar in picture(report, "checklist").bars:
        assert bar.of is not None
        known.left(known.sees(bar.of, bar.label), known.sees(bar.count, f"states {bar.label}"))
    *shown, unproven = bars(known, picture(report, "delivery").bars, "delivery")
    known.same(measures["delivery_shown"][1], shown)
    known.same(measures["delivery_shown"][2], [unproven])
    for phase in ("anaesthetic", "steroid"):
        stacks = picture(report, f"relief-{phase}").stacks
        years = [known.sees(stack.of, f"year {stack.label}") for stack in stacks]
        known.same(sizes["injections"], years)
        for year, stack in zip(years, stacks, strict=True):
            known.same(year, bars(known, stack.parts, f"{phase} {stack.label}"))
        known.same(measures[f"{phase}_recorded"][2], (bars(known, stack.parts[-1:], "")[0] for stack in stacks))
        none = [bar for stack in stacks for bar in stack.parts if bar.label == NO_STEROID]
        if phase == "steroid":
            known.same(no_steroid, bars(known, none, ""))
    for group in picture(report, "conversion").groups:
        known.same(sizes["injected"], bars(known, group.bars, group.label))
    again = bars(known, picture(report, "re-evaluation").bars, "looked")
    steps = [one.value for one in KNOWN.steps_weeks]
    known.same(measures["re_evaluated"][0], again)
    known.same(measures["re_evaluated"][1], again[: steps.index(DUE) + 1])
    for group in picture(report, "coverage").groups:
        for stack in group.stacks:
            asked = known.sees(stack.of, f"asked of {stack.label}")
            known.same(asked, bars(known, stack.parts, stack.label))
            known.left(sizes["cases"], asked)
    for bar in picture(report, "facts").bars:
        known.left(sizes["cases"], known.sees(bar.count, bar.label))


def facts(known: Reader, report: Report, missing: Sequence[Row]) -> None:
    """The single facts and what the policies lack: a fact may do for a case by several policies, and several facts may
    each do for a case by one."""
    does = defaultdict(set)
    for row in missing:
        does[row["case"], row["finding"]].add((row["service"], row["policy"]))
    counted = Counter((finding, frozenset(cells)) for (_, finding), cells in does.items())
    alike = {key: known.works_out(number, f"lack {key}") for key, number in counted.items()}
    for bar in picture(report, "facts").bars:
        of_one = [one for (finding, _), one in alike.items() if load().findings[finding].label == bar.label]
        known.same(known.sees(bar.count, bar.label), of_one)
    services = {one.label: one.id for one in load().coverage.services}
    policies = {one.short: one.id for one in load().policies.values()}
    for group in picture(report, "coverage").groups:
        for stack in group.stacks:
            cell = services[group.label], policies[stack.label]
            (lacking,) = [known.sees(bar.count, "") for bar in stack.parts if bar.label == VERDICTS["one fact"]]
            here = {key: one for key, one in alike.items() if cell in key[1]}
            every = known.works_out(sum(known.counts[one] for one in here.values()), f"facts missing for {cell}")
            known.same(every, here.values())
            if more := known.counts[every] - known.counts[lacking]:
                known.same(every, [lacking, known.works_out(more, f"lack several facts for {cell}")])
            else:
                known.same(every, [lacking])
            for finding in {finding for finding, _ in here}:
                of_one = [one for key, one in here.items() if key[0] == finding]
                others = known.counts[lacking] - sum(known.counts[one] for one in of_one)
                known.same(lacking, [*of_one, known.works_out(others, f"lack no {finding} for {cell}")])


def reported(folder: Path, by: str | None) -> Report:
    """The report of some results."""
    with opened(folder, load()) as results:
        return measured(results, by)


# ------------------------------------------------------------------------------------------------- populations


def people(number: int = NUMBER) -> list[str]:
    """Patients."""
    return [f"p{row:02}" for row in range(number)]


def town(change: Callable[[int], Row], **cases: Any) -> dict[str, list[Row]]:
    """Sixty cases with an injection each, the first half at one site, of one clinician and payer, the rest at another;
    of each injection something else by its number."""
    return {
        "cases": [case(name, **where(row), **cases) for row, name in enumerate(people())],
        "injections": [injection(name, **{"days": 100, **change(row)}) for row, name in enumerate(people())],
    }


def where(row: int) -> Row:
    """Around whom a case is."""
    first = row < NUMBER // 2
    return {
        "site": "North" if first else "South",
        "clinician": "Dr Ng" if first else "Dr Óg",
        "payer": "Aetna" if first else None,
    }


def plain() -> dict[str, list[Row]]:
    """All alike."""
    return town(lambda row: {})


def few_urgent() -> dict[str, list[Row]]:
    tables = plain()
    tables["cases"] = [row | {"urgent": number >= FEW} for number, row in enumerate(tables["cases"])]
    return tables


def few_with_two_sides() -> dict[str, list[Row]]:
    tables = plain()
    tables["cases"] += [case(name, "right", **where(row)) for row, name in enumerate(people(FEW))]
    return tables


def few_not_injected() -> dict[str, list[Row]]:
    tables = plain()
    tables["injections"] = tables["injections"][FEW:] + [row | {"number": 1} for row in tables["injections"][-FEW:]]
    return tables


def few_without_a_steroid() -> dict[str, list[Row]]:
    return town(lambda row: {"steroid": "none given" if row < FEW else "held"})


def few_without_a_steroid_in_one_year() -> dict[str, list[Row]]:
    return town(
        lambda row: {
            "days": 500 if row < 30 else 100,
            "steroid": "none given" if row < FEW or row >= 40 else ("held", "did not hold")[row % 2],
        }
    )


def few_contradictions() -> dict[str, list[Row]]:
    tables = plain()
    tables["cases"] = [row | {"contradictions": int(number < FEW)} for number, row in enumerate(tables["cases"])]
    return tables


def few_contradictions_at_one_site() -> dict[str, list[Row]]:
    tables = plain()
    tables["cases"] = [
        row | {"contradictions": int(number < FEW or number >= 45)} for number, row in enumerate(tables["cases"])
    ]
    return tables


def few_without_contradiction_at_one_site() -> dict[str, list[Row]]:
    tables = plain()
    tables["cases"] = [row | {"contradictions": int(FEW <= number < 45)} for number, row in enumerate(tables["cases"])]
    return tables


def few_at_one_site() -> dict[str, list[Row]]:
    tables = plain()
    names = {"site": "Third", "clinician": "Dr Third", "payer": "Third"}
    tables["cases"] = [row | names if number < FEW else row for number, row in enumerate(tables["cases"])]
    return tables


def due(row: int, is_due: bool) -> Row:
    """An injection after which somebody should have looked again, or not."""
    return {"days": 100 + row % 2, "steroid": "did not hold" if is_due else "held"}


def few_not_due() -> dict[str, list[Row]]:
    return town(lambda row: due(row, row >= FEW))


def few_due_at_one_site() -> dict[str, list[Row]]:
    return town(lambda row: due(row, row < FEW or row >= 40))


def few_not_due_at_one_site() -> dict[str, list[Row]]:
    return town(lambda row: due(row, FEW <= row < 45))


def looked(days: Callable[[int], int | None]) -> dict[str, list[Row]]:
    """All are due, and looked at again after so many days."""
    tables = town(lambda row: {"days": 300, "steroid": "did not hold"})
    tables["events"] = [
        of(name, kind="pain", label="pain", first_day=ago(300 - after), value=3.0, finding="pain_nrs")
        for row, name in enumerate(people())
        if (after := days(row)) is not None
    ]
    return tables


def few_looked_at_again_at_once() -> dict[str, list[Row]]:
    return looked(lambda row: 10 if row < FEW else 20 if row < 25 else 150 if row < 40 else None)


def few_looked_at_again() -> dict[str, list[Row]]:
    return looked(lambda row: 20 if row < FEW else None)


def few_of_a_pattern() -> dict[str, list[Row]]:
    other = load().injections.patterns[0].id
    return town(lambda row: {"pattern": other if row < FEW else "responder_wore_off"})


def few_notes_do_not_state_one_item() -> dict[str, list[Row]]:
    item = next(one.field for one in load().injections.note_checklist if one.field != "sustained_weeks")
    return town(lambda row: {"not_recorded": [item] if row < FEW else []})


def few_notes_do_not_state_the_weeks() -> dict[str, list[Row]]:
    return town(lambda row: {"not_recorded": ["sustained_weeks"] if row < FEW else []})


def few_elsewhere() -> dict[str, list[Row]]:
    return town(lambda row: {"reached": "elsewhere" if row < FEW else "unproven" if row < 23 else "joint"})


def few_in_one_year() -> dict[str, list[Row]]:
    return town(lambda row: {"days": 500 if row < FEW else 100})


def few_low_in_one_year() -> dict[str, list[Row]]:
    return town(lambda row: {"days": 500 if row < 30 else 100, "anaesthetic": "low" if row < FEW else "high"})


def few_not_recorded_in_one_year() -> dict[str, list[Row]]:
    return town(
        lambda row: {
            "days": 500 if row < 30 else 100,
            "anaesthetic": "not_recorded" if row < FEW or row >= 40 else "high",
        }
    )


def few_weeks_not_recorded_in_one_year() -> dict[str, list[Row]]:
    return town(
        lambda row: {
            "days": 500 if row < 30 else 100, "steroid": "not recorded" if row < FEW or row >= 40 else "held",
        }
    )  # fmt: skip


def few_went_on() -> dict[str, list[Row]]:
    tables = plain()
    tables["events"] = [
        of(name, kind="procedure", label="fusion", first_day=ago(50), finding="sij_fusion") for name in people(FEW)
    ]
    return tables


def coverage(verdict: Callable[[int], str], stage: Callable[[int], str], missing: int = 0) -> dict[str, list[Row]]:
    """What a policy says of each case, and whether it has come to the stage."""
    tables = plain()
    tables["policies"] = [
        of(name, policy=POLICY, service=SERVICE, verdict=verdict(row)) for row, name in enumerate(people())
    ]
    tables["stages"] = [of(name, service=SERVICE, reached=stage(row)) for row, name in enumerate(people())]
    tables["missing"] = [
        of(name, policy=POLICY, service=SERVICE, finding="dx_blocks", detail="") for name in people()[:missing]
    ]
    return tables


def few_past_the_stage() -> dict[str, list[Row]]:
    return coverage(lambda row: ("met", "not met")[row % 2], lambda row: "not met" if row < FEW else "met")


def few_of_a_verdict() -> dict[str, list[Row]]:
    return coverage(lambda row: "met" if row < FEW else "not met", lambda row: "met")


def few_of_whom_nothing_is_asked() -> dict[str, list[Row]]:
    tables = coverage(lambda row: ("met", "not met")[row % 2], lambda row: "met")
    tables["policies"] = tables["policies"][FEW:]
    return tables


def few_who_lack_no_fact() -> dict[str, list[Row]]:
    return coverage(lambda row: "not documented", lambda row: "met", missing=NUMBER - FEW)


Lacks = tuple[str, str, str]
"""A finding, and the policy and the service for which it would do."""
HERE: Lacks = ("dx_blocks", POLICY, SERVICE)
ELSEWHERE: Lacks = ("dx_blocks", "evolent_cam770", SERVICE)
FOR_FUSION: Lacks = ("dx_blocks", "wa_htcc_fusion", "sij_fusion_mi_transfixing")
OTHER: Lacks = ("active_rehab_now", POLICY, SERVICE)


def lacking(*facts: tuple[int, tuple[Lacks, ...]]) -> dict[str, list[Row]]:
    """So many cases that lack each of these facts, one after the other, and others that meet no criteria."""
    tables, names = plain(), iter(people())
    tables["missing"] = [
        of(name, finding=finding, policy=policy, service=service, detail="")
        for number, lacks in facts
        for _, name in zip(range(number), names, strict=False)
        for finding, policy, service in lacks
    ]
    lack = {(row["case"], row["policy"], row["service"]) for row in tables["missing"]}
    tables["policies"] = [
        of(name, policy=policy, service=service, verdict="not documented" if one in lack else "not met")
        for policy, service in sorted({lacks[1:] for _, listed in facts for lacks in listed})
        for name in people()
        for one in [(f"{name}/left", policy, service)]
    ]
    return tables


def few_lack_a_fact_for_another_policy() -> dict[str, list[Row]]:
    return lacking((40, (HERE,)), (FEW, (ELSEWHERE,)))


def few_lack_a_fact_for_one_policy_alone() -> dict[str, list[Row]]:
    return lacking((25, (HERE, ELSEWHERE)), (FEW, (ELSEWHERE,)))


def few_lack_a_fact_for_the_last_of_three_policies() -> dict[str, list[Row]]:
    return lacking((20, (HERE,)), (20, (ELSEWHERE,)), (FEW, (FOR_FUSION,)))


def few_lack_a_fact_that_is_not_named() -> dict[str, list[Row]]:
    return lacking((40, (HERE,)), (FEW, (OTHER,)))


def few_lack_one_of_two_facts_that_would_do() -> dict[str, list[Row]]:
    return lacking((20, (HERE, OTHER)), (15, (HERE,)), (FEW, (ELSEWHERE,)))


POPULATIONS = [
    few_urgent, few_with_two_sides, few_not_injected, few_without_a_steroid, few_without_a_steroid_in_one_year,
    few_contradictions, few_contradictions_at_one_site, few_without_contradiction_at_one_site, few_at_one_site,
    few_not_due, few_due_at_one_site, few_not_due_at_one_site, few_looked_at_again_at_once, few_looked_at_again,
    few_of_a_pattern, few_notes_do_not_state_one_item, few_notes_do_not_state_the_weeks, few_elsewhere,
    few_in_one_year, few_low_in_one_year, few_not_recorded_in_one_year, few_weeks_not_recorded_in_one_year,
    few_went_on, few_past_the_stage, few_of_a_verdict, few_of_whom_nothing_is_asked, few_who_lack_no_fact,
    few_lack_a_fact_for_another_policy, few_lack_a_fact_for_one_policy_alone,
    few_lack_a_fact_for_the_last_of_three_policies, few_lack_a_fact_that_is_not_named,
    few_lack_one_of_two_facts_that_would_do,
]  # fmt: skip


@pytest.mark.parametrize("made", POPULATIONS, ids=lambda made: made.__name__)
def test_what_few_have_does_not_follow(made: Callable[[], dict[str, list[Row]]], tmp_path: Path) -> None:
    tables = made()
    folder = written(tmp_path / "results", **tables)
    for by in GROUPS:
        known = reader(reported(folder, by), tables.get("missing", ()))
        assert known.follows() == [], by


def test_what_all_have_is_shown(tmp_path: Path) -> None:
    """Where there is no small group, nothing is suppressed: a report that shows nothing would pass the test above."""
    folder = written(tmp_path / "results", **coverage(lambda row: ("met", "not met")[row % 2], lambda row: "met"))
    for by in GROUPS:
        known = reader(reported(folder, by))
        assert [
            name
            for name, shown, least in zip(known.names, known.shown, known.least, strict=True)
            if least and not shown
        ] == []


def test_the_reader_finds_what_follows() -> None:
    known = Reader(counts=[40, 37, 3], shown=[True, True, False], least=[1, 1, 1], names=["all", "most", "few"])
    known.same(0, [1, 2])
    assert known.follows() == ["few: 3"]
    known.shown[1] = False
    assert known.follows() == []


# ------------------------------------------------------------------------------------------- stages and facts


def test_a_case_is_at_a_stage_where_the_chart_says_so(tmp_path: Path) -> None:
    reached = {"met": 5, "not documented": 7, "not met": 20}
    names = people(sum(reached.values()))
    words = [word for word, number in reached.items() for _ in range(number)]
    folder = written(
        tmp_path / "results",
        cases=[case(name) for name in names],
        stages=[of(name, service=SERVICE, reached=word) for name, word in zip(names, words, strict=True)],
    )
    with opened(folder, load()) as results:
        assert list(results.query(QUERIES, "stages")) == [{"name": SERVICE, "n": 5}]


@pytest.mark.parametrize(("number", "told"), [(LEAST - 1, []), (LEAST, [LEAST])])
def test_a_fact_is_named_from_the_smallest_count_on(number: int, told: list[int], tmp_path: Path) -> None:
    tables = coverage(lambda row: "not documented", lambda row: "met", missing=number)
    (_, *_, last) = reported(written(tmp_path / "results", **tables), None).pictures
    assert (last.id, [bar.count.shown for bar in last.bars]) == ("facts", told)


def test_the_place_of_a_suppressed_bar_does_not_tell_its_length(tmp_path: Path) -> None:
    """A fact that is missing in 43 cases stands behind one that is missing in 17."""
    tables = lacking((40, (HERE,)), (FEW, (ELSEWHERE,)), (17, (OTHER,)))
    bars = picture(reported(written(tmp_path / "results", **tables), None), "facts").bars
    assert [(bar.label, bar.count.shown) for bar in bars] == [
        (load().findings["active_rehab_now"].label, 17),
        (load().findings["dx_blocks"].label, None),
    ]
