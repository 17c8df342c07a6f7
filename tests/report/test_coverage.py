"""What policies ask, as text, page and JSON: complete, honest about what was not confirmed, and readable."""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sacroiliac import cli
from sacroiliac.chart.read import read
from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, EXIT_OK, EXIT_URGENT
from sacroiliac.report.coverage import html as page
from sacroiliac.report.coverage import json as data
from sacroiliac.report.coverage import text
from sacroiliac.review.policies.cover import Coverer
from sacroiliac.review.policies.force import groups
from sacroiliac.review.policies.model import Coverage
from sacroiliac.terminal import WIDTH
from tests.browser import RULES, Browser, judged
from tests.cases.make import chart
from tests.charts import reviewer

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "examples" / "expected_coverage"
# Each with its expected text.
SHOWN = {
    "dual-blocks-rf-wore-off.yaml": "fusion",
    "responder-wore-off.yaml": "injection",
    "relief-lost-in-days-fhir.json": "nerve-block",
    "inflammatory-young-woman.json": "rheumatology",
}
HOSTILE = "<script>alert('x')</script>"


@lru_cache(maxsize=1)
def coverer() -> Coverer:
    """One for all tests of a process."""
    return Coverer(reviewer().knowledge)


@lru_cache(maxsize=8)
def covered(name: str, group: str) -> tuple[Coverage, ...]:
    """The coverage of an example."""
    return tuple(coverer().cover(read(str(ROOT / "examples" / name), reviewer().knowledge), group))


@pytest.mark.parametrize("name", SHOWN)
def test_expected_coverage(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = coverer().cover(read(f"examples/{name}", reviewer().knowledge), SHOWN[name])
    shown = re.sub(r"^sacroiliac \S+, knowledge \S+, schema \S+$", "(versions)", text.render_all(found), flags=re.M)
    kept = KEPT / f"{Path(name).stem}.txt"
    if request.config.getoption("--accept"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8"), "See whether the new coverage is right; then accept it."


def test_the_services_of_the_command_are_those_of_the_knowledge() -> None:
    assert groups(reviewer().knowledge) == cli.SERVICES


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("group", cli.SERVICES)
def test_it_fits_the_terminal(name: str, group: str) -> None:
    found = covered(name, group)
    for shown in (text.render_all(found), text.explain_all(found, found[0].stages[0].judged[0].verdict.policy)):
        wide = [line for line in shown.splitlines() if len(line) > WIDTH and "http" not in line]
        assert wide == []


def test_each_cell_opens_to_the_value_its_date_and_its_place() -> None:
    shown = " ".join(text.explain_all(covered("dual-blocks-rf-wore-off.yaml", "fusion"), "ev611-3").split())
    assert "– not met: At least one therapeutic SIJ injection" in shown
    assert "Sessions, therapeutic injections: 0 (needs at least 1)" in shown
    of_fhir = " ".join(text.explain_all(covered("relief-lost-in-days-fhir.json", "nerve-block"), "cms-dx-2").split())
    assert re.search(r"Duration of the pain: \S+.* months", of_fhir)
    assert re.search(r"relief-lost-in-days-fhir\.json, (Condition|Observation)/\S+, \d{4}-\d\d-\d\d\)", of_fhir)


def test_unconfirmed_items_are_marked_and_decide_nothing() -> None:
    (found,) = covered("dual-blocks-rf-wore-off.yaml", "fusion")
    for stage in found.stages:
        for one in stage.judged:
            unsure = [item for item in one.items if not item.confirmed]
            assert not any(item.decides for item in unsure)
            if not any(item.confirmed and item.kind == "criterion" for item in one.items) and not any(
                item.kind in ("exclusion", "document") for item in one.items
            ):
                assert one.verdict.verdict in ("unconfirmed", "not covered", "statement only")
    shown = text.render_all([found])
    assert re.search(r"Aetna +UNCONFIRMED", shown)
    assert "(+)" in shown


def test_an_urgent_red_flag_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    fever = str(ROOT / "examples" / "fever-after-injection.yaml")
    assert main(["coverage", fever, "--service", "injection"]) == EXIT_URGENT
    shown = capsys.readouterr().out
    assert shown.index("STOP. Possible infection") < shown.index("FIRST THERAPEUTIC")
    assert main(["coverage", fever, "--service", "injection", "--format", "html"]) == EXIT_URGENT
    assert "STOP. Possible infection" in capsys.readouterr().out


@pytest.mark.parametrize("head", ["", "side: left\n", "patient: {id: plan}\n"])
def test_a_plan_takes_the_place_of_the_plan_in_the_chart(
    head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is about the patient and the side of the chart, whether it says so or not."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"{head}planned: {{implant_class: intraarticular, approach: posterior}}\n")
    name = str(ROOT / "examples" / "dual-blocks-rf-wore-off.yaml")
    assert main(["coverage", name, "--service", "fusion", "--plan", str(plan)]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "DEVICE ACROSS THE JOINT: NOT THIS STAGE" in shown
    assert re.search(r"CMS-fus +NOT COVERED", shown)
    assert "right side" in shown
    plan.write_text(f"{head}findings: {{fever: yes}}\n")
    assert main(["coverage", name, "--service", "fusion", "--plan", str(plan)]) == EXIT_INPUT
    assert "no part of a plan" in capsys.readouterr().err
    plan.write_text(f"{head}planned:\n")
    assert main(["coverage", name, "--service", "fusion", "--plan", str(plan)]) == EXIT_INPUT
    assert "holds no plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- transfixing\n", "plan.yaml:1: expected 'name: value' lines. A plan begins with 'planned:'."),
        ("planned: {implant: x}\n", "plan.yaml:1: 'implant' is not a part of 'planned'"),
        ("side: rigth\n", "plan.yaml:1: 'rigth' is not a side"),  # misspelt on purpose
    ],
)
def test_a_mistake_in_a_plan_names_its_line_and_its_cure(
    content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(content)
    name = str(ROOT / "examples" / "dual-blocks-rf-wore-off.yaml")
    assert main(["coverage", name, "--service", "fusion", "--plan", str(plan)]) == EXIT_INPUT
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--policy", "cms_sij_lcd"], "Did you mean cms_siji_lcd"),
        (["--policy", "nice_mtg39"], "says nothing about injection"),
        (["--explain", "cms-dx-55"], "Did you mean cms-dx-5"),
        (["--as-of", "yesterday"], "Write it as 2025-06-30"),
        (["--side", "left"], "names the right side only"),
        (["--plan", ""], "--plan: is empty"),
    ],
)
def test_what_cannot_be_used_gets_one_message(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(ROOT / "examples" / "hip-behind-it.yaml")
    assert main(["coverage", name, "--service", "injection", *arguments]) == EXIT_INPUT
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1


def test_the_chart_and_the_plan_are_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "chart.yaml"
    mine.write_bytes((ROOT / "examples" / "hip-behind-it.yaml").read_bytes())
    before = mine.read_bytes()
    assert main(["coverage", str(mine), "--service", "fusion", "-o", str(mine)]) == EXIT_INPUT
    assert mine.read_bytes() == before
    assert "is the chart itself" in capsys.readouterr().err


def test_json_is_whole_and_fits_its_schema() -> None:
    schema = json.loads(data.schema())
    assert schema == json.loads((ROOT / "schemas" / "coverage.schema.json").read_text(encoding="utf-8"))
    document = json.loads(data.render_all(covered("responder-wore-off.yaml", "injection")))
    jsonschema.validate(document, schema)
    (coverage,) = document["coverages"]
    items = [item for stage in coverage["stages"] for one in stage["judged"] for item in one["items"]]
    assert {"cms-dx-5", "ev-rep-1", "hm-6", "auc-4"} <= {item["id"] for item in items}
    assert all(item["result"]["rule"] and item["result"]["explained"] for item in items)


def test_the_review_as_json_holds_the_policies_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(ROOT / "examples" / "hip-behind-it.yaml"), "--format", "json"]) == EXIT_OK
    (review,) = json.loads(capsys.readouterr().out)["reviews"]
    assert [one["verdict"] for one in review["policies_in_full"]] == review["policies"]
    assert len(review["policies"]) > 60


# ---------------------------------------------------------------------------------------------------- the page


def test_the_page_says_what_the_text_says() -> None:
    (found,) = covered("dual-blocks-rf-wore-off.yaml", "fusion")
    shown = page.render_all([found])
    for stage in found.stages:
        for one in stage.judged:
            assert html.escape(one.payer) in shown or one.payer[1:] in html.unescape(shown)
            for item in one.items:
                assert item.text in html.unescape(shown)
    assert "src=" not in re.sub(r"<script>.*?</script>", "", shown, flags=re.S)


def test_every_cell_leads_to_its_item() -> None:
    shown = page.render_all(covered("responder-wore-off.yaml", "injection"))
    anchors = set(re.findall(r'id="([^"]+)"', shown))
    links = re.findall(r'href="#([^"]+)"', shown)
    assert len(links) > 100
    assert [one for one in links if one not in anchors] == []
    assert len(re.findall(r'id="([^"]+)"', shown)) == len(anchors)


def test_a_chart_cannot_put_markup_into_the_page() -> None:
    hostile = chart(
        f'findings: {{pain_onset_date: {{value: "2024-01-05", note: "{HOSTILE}"}}, requested_cpt: "{HOSTILE}"}}\n'
    )
    shown = page.render_all(coverer().cover(hostile, "injection"))
    assert HOSTILE not in shown


@pytest.mark.parametrize("name", ["responder-wore-off.yaml", "inflammatory-young-woman.json"])
def test_axe_finds_nothing(name: str, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page.render_all(covered(name, SHOWN[name])), encoding="utf-8")
    shown = browser.new_page(viewport={"width": 1100, "height": 900})
    requests: list[str] = []
    shown.on("request", lambda request: requests.append(request.url))
    shown.goto(file.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert judged(shown, type="tag", values=RULES) == []
    assert [one for one in requests if not one.startswith("file:")] == []
    shown.close()


@pytest.mark.parametrize("service", ["injection", "fusion", "radiofrequency"])
def test_a_small_screen_needs_no_sideways_scrolling(service: str, show: Any) -> None:
    """The matrix scrolls by itself; the page around it does not, nor do the words for a screen reader in its cells."""
    shown = show(page.render_all(covered("after-fusion.yaml", service)), width=390)
    shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("form", ["html", "json"])
def test_one_policy_or_item_can_be_opened_in_every_format(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = str(ROOT / "examples" / "responder-wore-off.yaml")
    for asked, says in (
        ("hm-6", "Previous therapeutic injection gave at least 75% relief"),
        ("highmark_z62", "Z-62-010"),
    ):
        assert main(["coverage", name, "--service", "injection", "--format", form, "--explain", asked]) == EXIT_OK
        shown = capsys.readouterr().out
        assert says in shown
        assert "Spinal Injections" not in shown
