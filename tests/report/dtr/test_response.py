"""The responses: they fit their form, say what the chart says and no more, and name where it says so."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from sacroiliac.chart.dates import span
from sacroiliac.report import dtr
from sacroiliac.report.dtr.answers import partial_date
from sacroiliac.report.dtr.documents import Documents
from sacroiliac.report.dtr.request import request
from sacroiliac.report.dtr.response import ORIGIN
from sacroiliac.rules import parse
from sacroiliac.rules.columns import from_rows
from tests.charts import chart
from tests.fhir_validator import issues, with_entries
from tests.report.dtr.forms import (
    KNOWLEDGE,
    NAMES,
    PAIRS,
    Resource,
    answers,
    coverer,
    example,
    filled,
    findings,
    items,
    plain,
    shared,
)

VALUES = {"boolean": bool, "integer": int, "decimal": (int, float), "date": str, "string": str, "choice": dict}


def faults(form: Resource, response: Resource) -> list[str]:
    """What a response has that its Questionnaire does not allow: links, types, options, repeats, what is required."""
    found: list[str] = []

    def check(asked: list[Resource], given: list[Resource]) -> None:
        known = {one["linkId"]: one for one in asked}
        found.extend(f"no such link: {one['linkId']}" for one in given if one["linkId"] not in known)
        for link, one in known.items():
            mine = [each for each in given if each["linkId"] == link]
            if len(mine) > 1 and not one.get("repeats"):
                found.append(f"given twice: {link}")
            for each in mine:
                found.extend(f"{link}: {fault}" for fault in wrong(one, each))
                check(one.get("item", []), each.get("item", []))
            done = any("answer" in below for below in items(mine))
            if response["status"] == "completed" and one.get("required") and not done:
                found.append(f"required: {link}")

    check(form["item"], response.get("item", []))
    return found


def wrong(asked: Resource, given: Resource) -> list[str]:
    """What is wrong with the answers to one question."""
    found = []
    for answer in given.get("answer", ()):
        kind = asked["type"]
        name = f"value{'Coding' if kind == 'choice' else kind.capitalize()}"
        if name not in answer or not isinstance(answer[name], VALUES[kind]):
            found.append(f"not {kind}")
        elif kind == "choice" and {"valueCoding": answer[name]} not in asked["answerOption"]:
            found.append("not an option")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_response_fits_its_form(name: str) -> None:
    for policy, service in PAIRS:
        made = filled(name, policy, service)
        assert faults(made.questionnaire, made.response) == []
        version = f"{made.questionnaire['url']}|{made.questionnaire['version']}"
        assert made.response["questionnaire"] == version


def test_a_response_that_does_not_fit_is_found() -> None:
    made = deepcopy(one_example())
    first = next(one for one in items(made.response["item"]) if "answer" in one)
    first["linkId"], kept = "elsewhere", first["linkId"]
    assert any("no such link" in one for one in faults(made.questionnaire, made.response))
    first["linkId"], first["answer"] = kept, [{"valueTime": "12:00:00"}]
    assert any("not " in one for one in faults(made.questionnaire, made.response))
    made.response["status"] = "completed"
    assert any("required" in one for one in faults(made.questionnaire, made.response))


def one_example() -> Documents:
    """A response with answers of every kind."""
    return dtr.packet(coverer(), example("dual-blocks-rf-wore-off"), "sij_fusion_mi_transfixing", "evicore_cmm611")


@pytest.mark.parametrize("name", NAMES)
def test_a_response_says_what_the_chart_says_and_no_more(name: str) -> None:
    """Read back from its links alone, it gives every item of the policy the answer that the chart gives."""
    for policy, service in PAIRS:
        asked = request(coverer(), example(name), service.service, policy.id)
        said = findings(dtr.packet(coverer(), example(name), service.service, policy.id).response)
        words = asked.answers.table.vocabulary
        table = from_rows(words, [said])
        for section in asked.form.sections:
            rule = parse(section.item.rule, words)
            here, there = int(rule.evaluate(asked.answers.table)[0]), int(rule.evaluate(table)[0])
            assert there == here, (policy.id, section.item.id, section.item.rule)


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_automatic_and_says_where_it_came_from(name: str) -> None:
    for policy, service in PAIRS:
        made = filled(name, policy, service)
        urls = {entry["fullUrl"] for entry in made.bundle["entry"]}
        blank = 0
        for one in items(made.response.get("item")):
            blank += "answer" not in one and "item" not in one
            for answer in one.get("answer", ()):
                origin, *places = answer["extension"]
                assert origin == {"url": ORIGIN, "extension": [{"url": "source", "valueCode": "auto"}]}
                assert places
                for place in places:
                    parts = {each["url"]: each for each in place["extension"]}
                    assert parts["place"]["valueString"]
                    if "resource" in parts:
                        assert parts["resource"]["valueReference"]["reference"] in urls
        assert made.response["status"] == ("in-progress" if blank else "completed")


def test_an_answer_from_a_fhir_chart_names_the_resource_itself() -> None:
    made = dtr.packet(coverer(), example("relief-lost-in-days-fhir"), "sij_ia_diagnostic", "cms_siji_lcd")
    entries = {entry["fullUrl"]: entry["resource"] for entry in made.bundle["entry"]}
    (answer,) = [answer for link, answer in answers(made.response) if link == "faber"]
    (place,) = answer["extension"][1:]
    reference = next(one["valueReference"]["reference"] for one in place["extension"] if one["url"] == "resource")
    assert entries[reference]["id"] == "faber"
    assert plain(answer) is False


# --------------------------------------------------------------------------------- documented, absent, unknown


def given(body: str, service: str, policy: str) -> dict[str, Any]:
    """The answers of a small chart, by link."""
    made = dtr.packet(coverer(), chart(body), service, policy)
    return {link: plain(answer) for link, answer in answers(made.response)}


def test_no_is_answered_only_where_the_chart_says_no() -> None:
    asked = ("sij_fusion_mi_transfixing", "evicore_cmm611")
    assert given("findings: {sij_tumor: no}", *asked)["sij-tumor"] is False
    assert "sij-tumor" not in given("findings: {fever: no}", *asked)


def test_a_list_that_is_empty_is_answered_only_where_the_chart_says_so() -> None:
    asked = ("sij_fusion_mi_transfixing", "evicore_cmm611")
    assert given("injections: []", *asked)["dx-blocks.complete"] is True
    assert "dx-blocks.complete" not in given("findings: {fever: no}", *asked)


def test_the_onset_known_to_the_month_gives_the_months_that_have_surely_passed() -> None:
    asked = ("sij_ia_diagnostic", "cms_siji_lcd")
    assert given("findings: {pain_onset_date: 2025-01}", *asked)["pain-duration-months"] == pytest.approx(4.03, abs=0.1)


def test_a_number_between_bounds_is_left_blank_where_it_would_settle_what_is_open() -> None:
    """Since some day of February or March: three months on the first of June, or not."""
    asked = ("sij_ia_diagnostic", "cms_siji_lcd")
    assert "pain-duration-months" not in given("findings: {pain_onset_date: 2025}", *asked)


def test_the_plan_in_a_file_takes_the_place_of_the_plan_in_the_chart() -> None:
    plan = chart("planned: {guidance: ct, contrast: yes}", head="patient: {id: test}\n")
    whole = chart("planned: {guidance: ultrasound}")
    made = dtr.packet(coverer(), whole, "sij_ia_diagnostic", "cms_siji_lcd", plan=plan)
    said = {link: plain(answer) for link, answer in answers(made.response)}
    assert said["planned.guidance"] == "ct"
    assert said["planned.contrast"] is True


def test_words_of_any_kind_are_given_as_they_stand() -> None:
    asked = ("sij_fusion_mi_transfixing", "evicore_cmm611")
    said = given("planned: {implant_brand: ifuse, bilateral_same_day: no}", *asked)
    assert said["planned.implant-brand"] == "ifuse"
    assert said["planned.bilateral-same-day"] is False


def test_a_plain_list_of_words_is_the_whole_set() -> None:
    said = given("planned: {injectate: [anesthetic, steroid]}", "sij_ia_diagnostic", "cms_siji_lcd")
    assert said["planned.injectate.prp"] is False


@pytest.mark.parametrize(
    ("days", "written"),
    [
        (span("2025-03-04"), "2025-03-04"),
        (span("2025-03"), "2025-03"),
        (span("2025"), "2025"),
        (20000, "2024-10-04"),
        ((20000, 20003), None),
        ((float("-inf"), 20003), None),
    ],
)
def test_a_date_is_given_as_far_as_it_is_known(days: Any, written: str | None) -> None:
    assert partial_date(days) == written


# --------------------------------------------------------------------------------------------- valid FHIR


def test_every_response_and_bundle_is_valid() -> None:
    """Every form once, every example with several; all in one run of the validator."""
    made = [filled(*one) for one in shared()]
    assert {name for name, _, _ in shared()} == set(NAMES)
    assert issues([each for one in made for each in (one.response, *with_entries(one.bundle))]) == []


def broken_answer(made: Documents) -> None:
    next(one for one in items(made.response["item"]) if "answer" in one)["answer"][0]["valueYesNo"] = True


def broken_status(made: Documents) -> None:
    made.response["status"] = "half-done"


def broken_link(made: Documents) -> None:
    del made.response["item"][0]["linkId"]


@pytest.mark.parametrize("harm", [broken_answer, broken_status, broken_link], ids=lambda one: one.__name__)
def test_a_broken_response_is_refused(harm: Any) -> None:
    made = deepcopy(one_example())
    assert issues([made.response]) == []
    harm(made)
    assert issues([made.response])


def test_the_same_chart_gives_the_same_bytes() -> None:
    first, second = (json.dumps(one_example().named) for _ in range(2))
    assert first == second
    assert KNOWLEDGE.version in first
