"""The form renderer of another project (LHC-Forms of the National Library of Medicine), in a browser.

What it needs is served from the folder it is installed in; every other request is refused and noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

from tests.browser import Browser

BUILT = Path(__file__).parent / "node" / "node_modules" / "lforms" / "dist" / "lforms"
SITE = "http://form.test/"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A form</title>
<link rel="stylesheet" href="webcomponent/styles.css">
<style>body { margin: 0; font-family: sans-serif } #form { padding: 16px; box-sizing: border-box }</style></head><body><div id="form"></div>
<script src="webcomponent/assets/lib/zone.min.js"></script>
<script src="webcomponent/lhc-forms.js"></script>
<script src="fhir/R4/lformsFHIR.min.js"></script></body></html>"""
TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png", ".html": "text/html"}
WIDTH = 1000
SHOW = """([questionnaire, response]) => {
  const fhir = LForms.Util;
  const options = { hideFormControls: true, showCodingInstruction: false, displayScoreWithAnswerText: false,
                    allowMultipleEmptyRepeatingItems: true };
  let form = fhir.convertFHIRQuestionnaireToLForms(questionnaire, 'R4');
  if (response) form = fhir.mergeFHIRDataIntoLForms('QuestionnaireResponse', response, form, 'R4');
  return fhir.addFormToPage(form, 'form', options);
}"""
# What the reader sees: words on the page and what stands in its fields.
SEEN = """() => {
  const form = document.getElementById('form');
  const fields = [...form.querySelectorAll('input, textarea')];
  const chosen = fields.filter((one) => one.checked).map((one) => one.closest('label')?.innerText.trim() ?? '');
  return { text: form.innerText, values: fields.map((one) => one.value), chosen };
}"""
BACK = "() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', '#form')"


@contextmanager
def forms(browser: Browser, refused: list[str], width: int = WIDTH) -> Iterator[Page]:
    """A page with the renderer. Requests it makes outside of its folder are added to ``refused``."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(SITE).split("?")[0]
        if route.request.url == SITE:
            route.fulfill(body=PAGE, content_type="text/html")
        elif route.request.url.startswith(SITE) and (BUILT / name).is_file():
            route.fulfill(body=(BUILT / name).read_bytes(), content_type=TYPES.get(Path(name).suffix, "text/plain"))
        else:
            refused.append(route.request.url)
            route.abort()

    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="light")
    page.route("**/*", serve)
    page.goto(SITE)
    page.wait_for_function("() => window.LForms?.Util?.convertFHIRQuestionnaireToLForms !== undefined")
    yield page
    page.close()


def show(page: Page, questionnaire: dict[str, Any], response: dict[str, Any] | None = None) -> dict[str, Any]:
    """Show a form, filled in where there is a response; what a reader then sees."""
    page.evaluate("() => { document.getElementById('form').replaceChildren() }")
    page.evaluate(SHOW, [questionnaire, response])
    page.wait_for_selector("#form .lhc-form-title, #form wc-lhc-form", state="attached")
    page.wait_for_timeout(300)
    found: dict[str, Any] = page.evaluate(SEEN)
    return found


def given_back(page: Page) -> dict[str, Any]:
    """The form that is shown as the renderer itself writes it: a QuestionnaireResponse."""
    found: dict[str, Any] = page.evaluate(BACK)
    return dict(json.loads(json.dumps(found)))
