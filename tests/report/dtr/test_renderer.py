"""The form in another project's renderer: every question is on the page, filled in, and comes back as it was."""

from __future__ import annotations

import re
from typing import Any

from sacroiliac.report import dtr
from sacroiliac.report.dtr.documents import Documents
from sacroiliac.report.dtr.form import form, questionnaire
from tests.browser import Browser
from tests.form_renderer import forms, given_back, show
from tests.report.dtr.forms import KNOWLEDGE, PAIRS, Resource, answers, coverer, example, items, plain

FILLED = [
    ("dual-blocks-rf-wore-off", "sij_fusion_mi_transfixing", "evicore_cmm611"),
    ("relief-lost-in-days-fhir", "sij_ia_diagnostic", "cms_siji_lcd"),
    ("inflammatory-young-woman", "classification", "asas_axspa"),
]


def spaced(text: str) -> str:
    """A text with its white space made regular, as a page shows it."""
    return re.sub(r"\s+", " ", text)


def missing(found: Resource, seen: dict[str, Any]) -> list[str]:
    """Texts of a Questionnaire that are not on the page."""
    page = spaced(seen["text"])
    return [one["text"] for one in items(found["item"]) if spaced(one["text"]).strip() not in page]


def said(response: Resource) -> list[tuple[str, str]]:
    """The answers of a response, without what makes two programs write them differently."""
    return [(link, str(plain(answer))) for link, answer in answers(response)]


def shown(made: Documents) -> list[str]:
    """Numbers and dates as the renderer writes them into its fields."""
    found = []
    for _, answer in answers(made.response):
        if "valueDate" in answer and len(answer["valueDate"]) == 10:
            year, month, day = answer["valueDate"].split("-")
            found.append(f"{month}/{day}/{year}")
        found += [str(answer[name]) for name in ("valueDecimal", "valueInteger", "valueString") if name in answer]
    return found


def test_every_form_is_shown_whole_without_a_request_to_anybody(browser: Browser) -> None:
    refused: list[str] = []
    with forms(browser, refused) as page:
        for policy, service in PAIRS:
            made = questionnaire(form(KNOWLEDGE, policy, service))
            assert missing(made, show(page, made)) == [], made["id"]
        for chart, service, policy in FILLED:
            made = dtr.packet(coverer(), example(chart), service, policy)
            seen = show(page, made.questionnaire, made.response)
            assert missing(made.questionnaire, seen) == []
            values = shown(made)
            assert values
            for value in values:
                assert value in seen["values"]
            yes = sum(answer.get("valueBoolean") is True for _, answer in answers(made.response))
            assert seen["chosen"].count("Yes") == yes
            assert seen["chosen"].count("No") == sum(answer.get("valueBoolean") is False for _, answer in answers(made.response))  # fmt: skip
            assert said(given_back(page)) == said(made.response)
    assert refused == []


def test_a_text_that_is_not_shown_is_found() -> None:
    made = questionnaire(form(KNOWLEDGE, *PAIRS[0]))
    assert missing(made, {"text": made["title"]}) != []
