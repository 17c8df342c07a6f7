"""The report: its numbers equal a plain count, it names nobody, and it can be read by everybody."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.cli import main
from sacroiliac.cohort.report import as_fhir, as_html
from sacroiliac.cohort.report.measured import REACHED, measured
from sacroiliac.cohort.report.model import Bar, Report
from sacroiliac.cohort.results import opened
from sacroiliac.knowledge import load
from tests.browser import RULES, judged
from tests.cohort.exports import bulk, charts
from tests.cohort.made import REVIEW, Row, ago, case, injection, of, written
from tests.cohort.results import tables
from tests.fhir_validator import issues, with_entries

KNOWN = load().population
DUE = int(KNOWN.re_evaluation.due_weeks.value * 7)
SETTLED = int(KNOWN.re_evaluation.settled_days.value)
LEAST = int(KNOWN.smallest_cell.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a population of random charts."""
    place = tmp_path_factory.mktemp("population")
    export = bulk(place / "export", charts(250, seed=11))
    assert main(["cohort", "run", str(export), "-o", str(place / "results"), "--workers", "1"]) == 0
    return place / "results"


@cache
def report(folder: Path, by: str | None = None) -> Report:
    """The report of some results."""
    with opened(folder, load()) as results:
        found = measured(results, by)
        assert found.sizes["cases"].ledger.hidden is not None
        return found


def text(folder: Path, form: Any = as_html, by: str | None = None) -> str:
    """The report in one format."""
    with opened(folder, load()) as results:
        return "".join(form.written(results, by))


def real(bar: Bar) -> tuple[int, int | None]:
    """What a bar stands for, suppressed or not."""
    ledger = bar.count.ledger
    return ledger.counts[bar.count.number], None if bar.of is None else ledger.counts[bar.of.number]


def picture(found: Report, name: str) -> Any:
    """One picture."""
    (one,) = [one for one in found.pictures if one.id == name]
    return one


# --------------------------------------------------------------------------------------- an independent count


def test_patterns_delivery_and_notes_are_those_of_the_injections(folder: Path) -> None:
    rows, found = tables(folder)["injections"], report(folder)
    patterns = {one.id: one.label for one in load().injections.patterns}
    counted = Counter(patterns.get(row["pattern"], "no pattern: what would tell is not documented") for row in rows)
    shown = {bar.label: real(bar) for bar in picture(found, "patterns").bars}
    assert shown == {label: (counted[label], len(rows)) for label in shown}
    assert sum(counted.values()) == len(rows) > 200
    reached = Counter(REACHED[row["reached"]] for row in rows)
    assert {bar.label: real(bar)[0] for bar in picture(found, "delivery").bars if real(bar)[0]} == reached
    may = [row for row in rows if row["steroid"] != "none given"]
    for item, bar in zip(load().injections.note_checklist, picture(found, "checklist").bars, strict=True):
        whole = may if item.field in ("sustained_percent", "sustained_weeks") else rows
        assert real(bar) == (sum(item.field not in row["not_recorded"] for row in whole), len(whole)), item.field


@pytest.mark.parametrize(("phase", "column"), [("relief-anaesthetic", "anaesthetic"), ("relief-steroid", "steroid")])
def test_relief_by_year_is_that_of_the_injections(folder: Path, phase: str, column: str) -> None:
    rows = tables(folder)["injections"]
    years = [str(row["last_day"].year) if row["last_day"] else "no date" for row in rows]
    counted = Counter(
        (year, str(row[column]).replace("_", " ").replace("none given", "no steroid given"))
        for year, row in zip(years, rows, strict=True)
    )
    stacks = picture(report(folder), phase).stacks
    assert {(one.label, bar.label): real(bar)[0] for one in stacks for bar in one.parts if real(bar)[0]} == counted
    assert [one.label for one in stacks] == sorted(set(years))


def concerned(folder: Path) -> dict[str, list[Row]]:
    """The rows of all tables, of cases of this joint."""
    found = tables(folder)
    named = {row["case"] for row in found["cases"] if row["concerned"]}
    return {name: [row for row in rows if row["case"] in named] for name, rows in found.items()}


def is_true(folder: Path, by: str | None) -> dict[str, dict[str, list[bool]]]:
    """For each measure and group what is true of each it speaks of, counted another way."""
    read = concerned(folder)
    group = {row["case"]: (row[by] or "not stated") if by else "" for row in read["cases"]}
    asked = {row["case"] for row in read["red_flags"] if row["tier"] == "A" and row["status"] == "not asked"}
    areas = {name for name, one in load().findings.items() if one.area in KNOWN.re_evaluation.areas}
    looks: dict[str, list[Any]] = {}
    for row in read["events"]:
        if row["finding"] == "pain_nrs" or row["kind"] == "look":
            looks.setdefault(row["case"], []).append(row["first_day"])
    # Whatever a review uses was looked at; what it does not use may have been looked at sooner.
    for row in read["findings"]:
        if row["finding"] in areas and not row["derived"] and re.match(r"\d{4}", row["date"] or ""):
            year, month, day = (int(one) for one in f"{row['date']}-01-01".split("-")[:3])
            looks.setdefault(row["case"], []).append(REVIEW.replace(year=year, month=month, day=day))
    found: dict[str, dict[str, list[bool]]] = {one.id: {} for one in KNOWN.measures}

    def tell(measure: str, case_: str, answer: bool) -> None:
        found[measure].setdefault(group[case_], []).append(answer)

    turns_on = {(row["case"], row["turns_on"]): row["review_date"] for row in read["cases"]}
    for row in read["cases"]:
        tell("flags_answered", row["case"], row["case"] not in asked)
        tell("no_contradiction", row["case"], not row["contradictions"])
    for row in read["injections"]:
        tell("anaesthetic_recorded", row["case"], row["anaesthetic"] != "not_recorded")
        if row["target"] not in ("lateral_branch", "periarticular") or row["reached"] == "elsewhere":
            tell("delivery_shown", row["case"], row["reached"] != "unproven")
        if row["steroid"] != "none given":
            tell("steroid_recorded", row["case"], row["steroid"] != "not recorded")
        review, given = turns_on.get((row["case"], row["number"])), row["last_day"]
        treats = row["steroid_given"] if row["intent"] is None else row["intent"] != "diagnostic"
        failed = row["steroid"] in ("not recorded", "did not hold")
        if review and given and treats and failed and review - given > timedelta(DUE):
            days = [(one - given).days for one in looks.get(row["case"], [])]
            tell("re_evaluated", row["case"], any(SETTLED < one <= DUE for one in days))
    return found


@pytest.mark.parametrize("by", [None, "site", "clinician", "payer"])
def test_measures_are_what_is_true_of_each(folder: Path, by: str | None) -> None:
    expected = is_true(folder, by)
    for one in report(folder, by).measures:
        groups = expected[one.measure.id]
        whole = [answer for answers in groups.values() for answer in answers]
        assert real(one.overall) == (sum(whole), len(whole)), one.measure.id
        shown = {bar.label: real(bar) for bar in one.parts}
        assert shown == ({} if by is None else {name: (sum(a), len(a)) for name, a in groups.items()})
    assert expected["re_evaluated"] != {}


def test_what_was_aimed_behind_the_joint_does_not_count_as_shown(tmp_path: Path) -> None:
    def given(name: str, reached: str) -> Row:
        return injection(name, 30, reached=reached)

    names = {f"{reached}-{one}": reached for reached in ("joint", "unproven", "posterior") for one in range(20)}
    folder = written(
        tmp_path / "r", cases=[case(one) for one in names], injections=[given(*one) for one in names.items()]
    )
    found = report(folder)
    (shown,) = [one for one in found.measures if one.measure.id == "delivery_shown"]
    assert real(shown.overall) == (20, 40)


def test_coverage_and_facts_are_those_of_the_policies(folder: Path) -> None:
    read, found = concerned(folder), report(folder)
    knowledge = load()
    # The stage of a fusion is the device that is planned: where none is, nothing is decided.
    open_ = {"met": True, "not met": False}
    past = {
        (row["case"], row["service"])
        for row in read["stages"]
        if not open_.get(row["reached"], row["service"].startswith("sij_fusion"))
    }
    barred = {
        (row["case"], service.id)
        for service in knowledge.coverage.services
        for row in read["cases"]
        if row["urgent"] and service.options
    }
    status = {(row["case"], row["option"]): row["status"] for row in read["options"]}
    for service in knowledge.coverage.services:
        for row in read["cases"] if service.options else ():
            if {status[row["case"], option] for option in service.options} == {"not now"}:
                barred.add((row["case"], service.id))
    none_met = {(row["case"], row["policy"], row["service"]) for row in read["policies"] if not row["met"]}
    payers = {one.id for one in knowledge.policies.values() if one.kind in KNOWN.payers}
    plan = {name for name, one in knowledge.findings.items() if one.area == "plan"}
    asked = [row for row in read["policies"] if row["policy"] in payers and (row["case"], row["service"]) not in past]
    one_fact = {
        (row["case"], row["policy"], row["service"])
        for row in read["missing"]
        if row["policy"] in payers and (row["case"], row["service"]) not in past | barred and row["finding"] not in plan
    } - none_met
    met = Counter((row["policy"], row["service"]) for row in asked if row["verdict"] == "met")
    facts = Counter(key[1:] for key in one_fact)
    services = {one.label: one.id for one in knowledge.coverage.services}
    shorts = {one.short: one.id for one in knowledge.policies.values()}
    assert len(picture(found, "coverage").stacks) > 10
    for group in picture(found, "coverage").groups:
        for stack in group.stacks:
            parts = {bar.label: real(bar)[0] for bar in stack.parts}
            key = shorts[stack.label], services[group.label]
            assert parts["criteria met"] == met[key]
            assert parts["one fact missing"] == facts[key]
    labels = Counter(
        (row["finding"], row["case"])
        for row in read["missing"]
        if (row["case"], row["policy"], row["service"]) in one_fact and not row["detail"]
    )
    whole = Counter(finding for finding, _ in labels)
    shown = {bar.label: real(bar)[0] for bar in picture(found, "facts").bars}
    told = {name: number for name, number in whole.items() if number >= KNOWN.smallest_cell.value}
    assert {name: shown.get(knowledge.findings[name].label) for name in told} == told
    assert sum(facts.values()) > 20


def course(days: dict[str, int | None], name: str) -> list[Row]:
    """A procedure so many days after an injection of a year ago."""
    return [
        of(who, kind="procedure", label=name, first_day=ago(365 - after), finding=name)
        for who, after in days.items()
        if after is not None
    ]


def test_conversion_and_the_next_look_are_told_by_periods(tmp_path: Path) -> None:
    burnt = {"a": 10, "b": 14, "c": 15, "d": 400, "e": -5, "f": 0, "g": None}
    folder = written(
        tmp_path / "results",
        cases=[case(name) for name in burnt],
        injections=[injection(name, 365, steroid="not recorded") for name in burnt],
        events=[
            *course(burnt, "rfa_history"),
            *course({"a": 20, "b": 90}, "sij_fusion"),
            of("a", kind="pain", label="pain", first_day=ago(365 - 20), value=3.0, finding="pain_nrs"),
            of("b", kind="pain", label="pain", first_day=ago(365 - 2), value=3.0, finding="pain_nrs"),
            of("c", kind="pain", label="pain", first_day=ago(365 - 100), value=3.0, finding="pain_nrs"),
        ],
    )
    found = report(folder)
    burning, fusing = ({bar.label: real(bar)[0] for bar in one.bars} for one in picture(found, "conversion").groups)
    assert burning == {
        "within 2 weeks": 2, "2 to 4 weeks": 1, "4 to 13 weeks": 0, "13 to 26 weeks": 0, "26 to 52 weeks": 0,
        "after 52 weeks": 1, "not so far": 3,
    }  # fmt: skip
    assert (fusing["2 to 4 weeks"], fusing["4 to 13 weeks"], fusing["not so far"]) == (1, 1, 5)
    looked = {bar.label: real(bar)[0] for bar in picture(found, "re-evaluation").bars if real(bar)[0]}
    assert looked == {"2 to 4 weeks": 1, "13 to 26 weeks": 1, "not looked at again": 5}
    (again,) = [one for one in found.measures if one.measure.id == "re_evaluated"]
    assert real(again.overall) == (1, 7)
    assert "All counts are too small to be shown." in text(folder)
    assert not re.search(r"<td class=\"n\">[1-9]", text(folder))


# --------------------------------------------------------------------------------------- names, days, small counts


@pytest.mark.parametrize("form", [as_html, as_fhir])
def test_nobody_is_named(folder: Path, form: Any) -> None:
    found = text(folder, form, "site")
    patients = {row["patient"] for row in tables(folder)["cases"]}
    assert len(patients) > 200
    assert not patients & set(re.findall(r"[\w-]+", found))
    days = {row["last_day"].isoformat() for row in tables(folder)["injections"] if row["last_day"]}
    assert not days & set(re.findall(r"\d{4}-\d{2}-\d{2}", found))


@pytest.mark.parametrize("by", [None, "site", "clinician"])
def test_no_small_count_is_shown(folder: Path, by: str | None) -> None:
    found = report(folder, by)
    (ledger,) = {id(one.ledger): one.ledger for one in found.sizes.values()}.values()
    told = set(range(len(ledger.counts))) - ledger.untold
    assert 20 < len(ledger.hidden & told) < len(told) / 2
    small = {number for number, one in enumerate(ledger.counts) if 0 < one < LEAST}
    assert small < ledger.hidden
    page = text(folder, by=by)
    said = re.findall(r"(?:class=\"n\">|class=\"range\">|[oO]f )([\d,]+)(?![\d%])", page) + re.findall(
        r"([\d,]+) of ", page
    )
    assert len(said) > 300
    assert [one for one in said if 0 < int(one.replace(",", "")) < LEAST] == []


def test_a_bar_whose_share_would_tell_has_none(folder: Path) -> None:
    for one in report(folder).pictures:
        for bar in one.bars:
            if bar.count.shown is None or (bar.of is not None and bar.of.shown is None):
                assert bar.share is None


def test_a_fact_is_told_without_the_day_it_names(tmp_path: Path) -> None:
    service, policy = "sij_ia_therapeutic_repeat", "highmark_z62"
    names = [f"p{row}" for row in range(20)]
    details = [f"relief in the anaesthetic hours, 2024-04-{row + 1:02}" for row in range(17)] + ["function"] * 3
    folder = written(
        tmp_path / "results",
        cases=[case(name) for name in names],
        policies=[of(name, policy=policy, service=service, verdict="not documented") for name in names],
        missing=[
            of(name, policy=policy, service=service, finding="dx_blocks", detail=detail)
            for name, detail in zip(names, details, strict=True)
        ],
    )
    (bar,) = picture(report(folder), "facts").bars
    assert (bar.label, real(bar)) == (load().findings["dx_blocks"].label, (17, None))
    assert "2024-04" not in text(folder)


def test_groups_stand_in_the_order_of_their_numbers_and_who_has_no_name_last(tmp_path: Path) -> None:
    sites = ["Site 10", None, "Site 2", "Annex"]
    cases = [case(f"p{row:02}", site=sites[row % 4]) for row in range(60)]
    for one in report(written(tmp_path / "results", cases=cases), "site").measures:
        assert [bar.label for bar in one.parts] in ([], ["Annex", "Site 2", "Site 10", "not stated"])


def test_the_same_results_give_the_same_bytes(folder: Path) -> None:
    for form in (as_html, as_fhir):
        assert text(folder, form, "site") == text(folder, form, "site")


def test_results_without_a_case_make_a_report(tmp_path: Path) -> None:
    folder = written(tmp_path / "results")
    assert "There is nothing to count." in text(folder)
    assert issues(with_entries(json.loads(text(folder, as_fhir)))) == []


# ------------------------------------------------------------------------------------------------------ the page


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 400)])
def test_the_page_is_accessible_and_asks_for_nothing(folder: Path, show: Any, scheme: str, width: int) -> None:
    page = show(text(folder, by="site"), scheme, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.asked == [page.url]
    assert page.locator("script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert judged(page, type="tag", values=RULES) == []


def test_each_picture_has_a_reading_and_a_table_with_its_numbers(folder: Path, show: Any) -> None:
    page = show(text(folder))
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    for one in report(folder).pictures:
        part = page.locator(f"section:has(> #{one.id})")
        assert part.locator("figcaption b").inner_text() == one.reading
        rows = len(one.bars) + len(one.stacks)
        assert part.locator("tbody tr").count() == part.locator("figure svg.bars").count() == rows


def test_a_measure_says_of_how_many(tmp_path: Path, show: Any) -> None:
    """Of 56 injections 45 may have held a steroid, and of 30 the relief over weeks is recorded; three contradictions."""
    relief = ["held"] * 30 + ["not recorded"] * 15 + ["none given"] * 11
    folder = written(
        tmp_path / "results",
        cases=[case(f"p{row:02}", contradictions=int(row < 3)) for row in range(len(relief))],
        injections=[injection(f"p{row:02}", 100, steroid=one) for row, one in enumerate(relief)],
    )
    page = show(text(folder))
    values = page.locator(".measure .value").all_inner_texts()
    assert (values[2], values[5]) == ("67% 30 of 45", "– of 56")
    assert "Of 45 injections that may have held a steroid" in page.locator(".measure").nth(2).inner_text()
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    rows = page.locator("section:has(> #measures) tbody tr").all_inner_texts()
    assert [row.split("\t") for row in (rows[2], rows[5])] == [
        ["Relief over weeks recorded", "30", "45", "67%"],
        ["Chart without contradiction", "–", "56", "–"],
    ]
    assert len(rows) == len(KNOWN.measures)
    by_site = show(text(folder, by="site"))
    assert by_site.locator("section:has(> #measures) > details tbody tr").count() == 2 * len(KNOWN.measures)


def test_what_is_suppressed_is_no_bar(tmp_path: Path, show: Any) -> None:
    """Three of 40 are suppressed, and what is left of the 40: no bar may be read as a number."""
    names = [f"p{row:02}" for row in range(40)]
    few = [name < "p03" for name in names]
    folder = written(
        tmp_path / "results",
        cases=[case(name, contradictions=int(one)) for name, one in zip(names, few, strict=True)],
        injections=[
            injection(name, 100, anaesthetic="low" if one else "high") for name, one in zip(names, few, strict=True)
        ],
    )
    page = show(text(folder))
    lengths = page.evaluate(
        """() => [...document.querySelectorAll("svg.bars:has(.unknown)")].map((one) =>
          [one.getBoundingClientRect().width, one.querySelector(".unknown").getBoundingClientRect().width, one.childElementCount])"""
    )
    assert len(lengths) >= 2  # a measure, and a year of the relief
    for whole, drawn, shapes in lengths:
        assert drawn < whole / 10
        assert shapes == 1  # nothing beside it that it could be measured by
    assert len({drawn for _, drawn, _ in lengths}) == 1
    assert "suppressed; where nothing else is shown, a short piece" in page.locator(".legend").first.inner_text()
    assert page.locator(".measure svg.bars").first.locator(".unknown, .track").count() == 1


def test_names_of_sites_are_never_markup(tmp_path: Path, show: Any) -> None:
    site = "<script>alert('x')</script>"
    folder = written(tmp_path / "results", cases=[case(f"p{row}", site=site) for row in range(30)])
    page = show(text(folder, by="site"))
    assert page.locator("script").count() == 0
    assert site in page.content().replace("&lt;", "<").replace("&gt;", ">")


# ------------------------------------------------------------------------------------------------------ FHIR


@cache
def bundle(folder: Path) -> dict[str, Any]:
    """The Bundle, by site."""
    found: dict[str, Any] = json.loads(text(folder, as_fhir, "site"))
    return found


def of_type(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of one type."""
    return [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == kind]


def test_every_resource_is_valid_and_every_measure_is_defined(folder: Path) -> None:
    found = bundle(folder)
    assert issues(with_entries(found)) == []
    defined = {f"{one['url']}|{one['version']}": one for one in of_type(found, "Measure")}
    assert [one["measure"] for one in of_type(found, "MeasureReport")] == list(defined)
    for measure, one in zip(KNOWN.measures, defined.values(), strict=True):
        kinds = {artifact["type"] for artifact in one["relatedArtifact"]}
        assert kinds == ({"citation"} if measure.cite else {"documentation"})
        assert (as_fhir.OWN in one["rationale"]) is not bool(measure.cite)


def test_the_measure_report_says_what_the_report_says(folder: Path) -> None:
    for one, resource in zip(report(folder, "site").measures, of_type(bundle(folder), "MeasureReport"), strict=True):
        assert (resource["type"], resource["status"]) == ("summary", "complete")
        (group,) = resource["group"]
        said(group, one.overall)
        (stratifier,) = group["stratifier"]
        for stratum, bar in zip(stratifier["stratum"], one.parts, strict=True):
            assert stratum["value"]["text"] == bar.label
            said(stratum, bar)


def said(told: dict[str, Any], bar: Bar) -> None:
    """A group of a measure report says what a bar shows, and why it does not say the rest."""
    assert bar.of is not None
    counts = {one["code"]["coding"][0]["code"]: one for one in told["population"]}
    for name, count in (("initial-population", bar.of), ("denominator", bar.of), ("numerator", bar.count)):
        assert counts[name].get("count") == count.shown
        assert ("_count" in counts[name]) is (count.shown is None)
    if bar.share is None:
        reason = "not-applicable" if bar.of.shown == 0 else "masked"
        assert told["measureScore"] == {"extension": [{"url": as_fhir.ABSENT, "valueCode": reason}]}
    else:
        assert told["measureScore"]["value"] == pytest.approx(bar.share * 100, abs=0.01)


def test_of_nobody_there_is_no_share_and_nothing_is_masked(tmp_path: Path) -> None:
    """Forty cases without an injection, at two sites: a measure of injections does not apply to them."""
    cases = [case(f"p{row:02}", turns_on=None, site="AB"[row % 2]) for row in range(40)]
    folder = written(tmp_path / "results", cases=cases)
    found = json.loads(text(folder, as_fhir, "site"))
    reports = of_type(found, "MeasureReport")
    for one, resource in zip(report(folder, "site").measures, reports, strict=True):
        said(resource["group"][0], one.overall)
        assert ("there is nobody to count" in json.dumps(resource["text"])) is (one.of.shown == 0)
    assert "masked" not in json.dumps(reports)
    assert [one["group"][0]["population"][0]["count"] for one in reports] == [40, 0, 0, 0, 0, 40]
    assert issues(with_entries(found)) == []


def no_period(found: dict[str, Any]) -> None:
    del of_type(found, "MeasureReport")[0]["period"]


def no_type(found: dict[str, Any]) -> None:
    of_type(found, "MeasureReport")[0]["type"] = "total"


def no_number(found: dict[str, Any]) -> None:
    of_type(found, "MeasureReport")[0]["group"][0]["population"][0]["count"] = "many"


def no_criteria(found: dict[str, Any]) -> None:
    del of_type(found, "Measure")[0]["group"][0]["population"][0]["criteria"]


def no_such_element(found: dict[str, Any]) -> None:
    of_type(found, "Measure")[0]["numerator"] = "there is no such element"


@pytest.mark.parametrize("spoil", [no_period, no_type, no_number, no_criteria, no_such_element])
def test_the_validator_refuses_what_is_broken(folder: Path, spoil: Callable[[dict[str, Any]], None]) -> None:
    found = json.loads(text(folder, as_fhir, "site"))
    spoil(found)
    assert issues(with_entries(found)) != []


def test_both_formats_are_written_for_their_owner_alone(folder: Path, tmp_path: Path) -> None:
    for form in ("html", "fhir"):
        file = tmp_path / f"report.{form}"
        command = ["cohort", "report", str(folder), "--by", "payer", "--format", form, "-o", str(file)]
        assert main(command) == 0
        assert file.stat().st_mode & 0o777 == 0o600


def test_what_two_counts_leave_of_each_other_is_not_small(tmp_path: Path) -> None:
    """Three cases without an injection, three injections without a steroid, three cases without an urgent flag: none is told."""
    names = [f"p{row:02}" for row in range(40)]
    folder = written(
        tmp_path / "results",
        cases=[case(name, urgent=name < "p37", site="A" if name < "p20" else "B") for name in names],
        injections=[injection(name, 100, steroid="none given" if name < "p03" else "held") for name in names[:37]],
    )
    found = report(folder, "site")
    sizes = {name: count.shown for name, count in found.sizes.items()}
    assert sizes["cases"] is None or (sizes["injected"], sizes["urgent"]) == (None, None)
    assert sizes["injections"] is None or all(
        one.of.shown is None for one in found.measures if one.measure.id == "steroid_recorded"
    )
