"""The worklist as it is asked for: order, filters, formats, and messages for what cannot be asked."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sacroiliac.cli import KINDS, main
from sacroiliac.cohort.results import opened
from sacroiliac.cohort.worklist import as_csv, as_html, as_text
from sacroiliac.cohort.worklist.entries import FILTERS, Worklist
from sacroiliac.knowledge import load
from tests.browser import RULES, judged
from tests.cohort.made import Row, ago, case, finding, injection, of, written

HOSTILE = "=HYPERLINK(\"http://x\")<script>alert('x')</script>"
SILENT: dict[str, Any] = {"anaesthetic": "not_recorded", "pattern": "phase_not_recorded", "steroid": "not recorded"}
FUSION = "sij_fusion_mi_transfixing"


def town() -> dict[str, list[Row]]:
    """Everybody on the worklist for another reason, and one for two."""
    around = {"site": "North", "clinician": "Dr Ng", "payer": "Premera"}
    return {
        "cases": [
            case("fact", **around),
            case("met", site="South", clinician="Dr Ng", payer="Aetna"),
            case("burnt", repeat_radiofrequency="met", **around),
            case("silent", site="South", clinician="Dr Óg", payer="Aetna"),
            case("flagged", **around),
            case("nobody", **around),
        ],
        "injections": [
            *(injection(name, 100) for name in ("fact", "met", "burnt", "flagged", "nobody")),
            injection("silent", 50, **SILENT),
        ],
        "red_flags": [of("flagged", flag="infection", tier="A", status="present", met_by=["fever"])],
        "findings": [finding("flagged", "fever", date=ago(3).isoformat())],
        "missing": [of("fact", policy="highmark_s230", service=FUSION, finding="nicotine_status", detail="")],
        "policies": [
            of("met", policy="premera_601527", service=FUSION, verdict="met"),
            of("fact", policy="highmark_s230", service=FUSION, verdict="not documented"),
            of("burnt", policy="ipsis_auc", service="sij_rfa", verdict="not documented"),
        ],
        "options": [of("burnt", option="radiofrequency", status="undecided")],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of the town."""
    return written(tmp_path / "results", **town())


def asked(folder: Path, form: Any = as_csv, kinds: tuple[str, ...] = (), **chosen: str) -> str:
    """The worklist in one format."""
    with opened(folder, load()) as results:
        return "".join(form.written(Worklist(results, kinds, dict(chosen))))


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def who(text: str) -> list[str]:
    """The patients of a CSV, in order."""
    return [row["patient"] for row in rows(text)]


# --------------------------------------------------------------------------------------------------- order


def test_the_most_urgent_stand_first_and_the_rest_in_the_order_of_the_knowledge(folder: Path) -> None:
    assert who(asked(folder)) == ["flagged", "silent", "silent", "burnt", "met", "fact"]
    labels = [one.label for one in load().population.worklist]
    listed = [row["kind"] for row in rows(asked(folder))]
    assert list(dict.fromkeys(listed)) == labels


def test_who_waits_longest_stands_first_and_nobody_by_chance(tmp_path: Path) -> None:
    days = {"c": 30, "b": 90, "a": 30, "d": None}
    folder = written(
        tmp_path / "results",
        cases=[case(name) for name in days],
        injections=[injection(name, number, **SILENT) for name, number in days.items()],
    )
    assert who(asked(folder, kinds=("unreadable",))) == ["b", "a", "c", "d"]


def test_the_same_results_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    turned = {name: list(reversed(listed)) for name, listed in town().items()}
    other = written(tmp_path / "turned", **turned)
    for form in (as_csv, as_text, as_html):
        assert asked(folder, form) == asked(folder, form) == asked(other, form)


def test_the_kinds_of_the_command_line_are_those_of_the_knowledge() -> None:
    assert tuple(one.id.replace("_", "-") for one in load().population.worklist) == KINDS


# ------------------------------------------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"site": "South"}, ["silent", "silent", "met"]),
        ({"clinician": "Dr Ng"}, ["flagged", "burnt", "met", "fact"]),
        ({"payer": "Aetna", "clinician": "Dr Ng"}, ["met"]),
        ({"payer": "Aetna", "site": "North"}, []),
    ],
)
def test_a_site_a_clinician_or_a_payer_can_be_asked_for(folder: Path, chosen: dict[str, str], found: list[str]) -> None:
    assert who(asked(folder, **chosen)) == found


@pytest.mark.parametrize(
    ("option", "given", "nearest"),
    [("--site", "Northern", "North"), ("--clinician", "dr og", "Dr Óg"), ("--payer", "PREMERA", "Premera")],
)
def test_a_name_that_nobody_has_gets_the_nearest(
    folder: Path, option: str, given: str, nearest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cohort", "worklist", str(folder), option, given]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{option}: no case has '{given}'. Nearest: {nearest}" in said


def test_where_no_case_names_any_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path / "results", cases=[case("a")])
    assert main(["cohort", "worklist", str(folder), "--site", "North"]) == 2
    assert "No case names a site." in capsys.readouterr().err


def test_the_text_says_what_was_asked_for(folder: Path) -> None:
    text = asked(folder, as_text, ("not_requested", "one_fact"), clinician="Dr Óg", site="South")
    told = "Only clinician Dr Óg; site South; kind criteria met, not requested or one fact from eligible."
    assert told in text.replace("\n  ", " ")
    assert "\nNobody of these is on the worklist.\n" in text
    assert "Only" not in asked(folder, as_text)
    assert "\n1 entry: red flag 1.\n" in asked(folder, as_text, ("red_flag",))
    page = asked(folder, as_html, ("one_fact",), site="South")
    assert "<dt>Site</dt><dd>South</dd>" in page
    assert "<dt>Kind</dt><dd>one fact from eligible</dd>" in page


def test_one_kind_can_be_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "worklist", str(folder), "--kind", "one-fact", "--kind", "red-flag", "--format", "csv"]) == 0
    assert who(capsys.readouterr().out) == ["flagged", "fact"]


# ------------------------------------------------------------------------------------------------ CSV and text


def hostile(tmp_path: Path) -> Path:
    """Results in which everything a chart can say begins like a formula."""
    names = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"]
    return written(
        tmp_path / "hostile",
        cases=[case(name, site=HOSTILE, clinician="@you", payer="-5") for name in names],
        injections=[injection(name, 9, **SILENT, file="+f", place=HOSTILE) for name in names],
    )


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    text = asked(hostile(tmp_path))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) > 90
    assert [cell for cell in cells if cell.strip()[:1] in ("=", "+", "-", "@")] == []
    assert len(text.splitlines()) == 8
    assert rows(text)[0]["site"] == f"'{HOSTILE}"


def test_the_csv_has_a_header_and_a_row_for_each_entry(folder: Path) -> None:
    text = asked(folder)
    assert tuple(text.splitlines()[0].split(",")) == as_csv.COLUMNS
    flagged, *_, fact = rows(text)
    assert (flagged["urgent"], flagged["days"], flagged["review_date"]) == ("yes", "3", "2025-06-01")
    assert (fact["site"], fact["clinician"], fact["payer"], fact["policies"]) == ("North", "Dr Ng", "Premera", "HM-fus")
    assert fact["place"] == "Procedure/fact"


def test_the_text_says_what_it_is_who_is_urgent_and_whose_policies(folder: Path) -> None:
    text = asked(folder, as_text)
    assert text.startswith("Worklist, review date 2025-06-01. It names patients: keep it where only those")
    assert re.findall(r"^  (\S+), .*, urgent$", text, flags=re.MULTILINE) == ["flagged"]
    assert "    Policies: HM-fus\n" in text
    assert not re.search(r"!|\bBy:", text)


def test_the_text_fits_a_terminal_and_says_how_many(folder: Path) -> None:
    text = asked(folder, as_text)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.rstrip().endswith("what was not asked is not documented.")
    assert "\n6 entries: red flag 1; " in text
    headings = re.findall(r"^([A-Z][A-Z ,-]+):", text, flags=re.MULTILINE)
    assert headings == [one.label.upper() for one in load().population.worklist]


NOBODY = (
    "Nobody is on the worklist.\n"
    "Who is not listed is not cleared by that: what was not asked is not documented.\n"
)  # fmt: skip


def test_nobody_is_said_to_be_nobody(tmp_path: Path) -> None:
    folder = written(tmp_path / "results", cases=[case("a")])
    assert NOBODY in asked(folder, as_text)
    assert "Nobody." in asked(folder, as_html)
    assert who(asked(folder)) == []


def test_results_without_a_single_case_are_results(tmp_path: Path) -> None:
    folder = written(tmp_path / "results")
    for table in folder.glob("*/*.parquet"):
        table.unlink()
    assert NOBODY in asked(folder, as_text)


def test_what_the_results_left_out_is_told(tmp_path: Path) -> None:
    folder = written(tmp_path / "results", **town())
    assert "Left out" not in asked(folder, as_text) + asked(folder, as_html)
    summary = json.loads((folder / "run.json").read_bytes())
    (folder / "run.json").write_text(json.dumps(summary | {"quarantined": 1204, "nobody": {"Basic": 3, "Group": 2}}))
    told = "Left out here: 1,204 lines or charts could not be used (see quarantine.ndjson); 5 resources are"
    assert told in asked(folder, as_text).replace("\n  ", " ")
    assert told in asked(folder, as_html)
    # The page that names nobody tells no small count, either.
    assert main(["cohort", "report", str(folder), "-o", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text()
    assert "1,204 lines or charts could not be used (see quarantine.ndjson); fewer than 11 resources are" in page


def test_that_each_chart_has_a_review_date_of_its_own_is_told(folder: Path, tmp_path: Path) -> None:
    """Else that nobody is overdue would be taken for a result."""
    told = "Each chart was reviewed on the day of its last entry, so hardly anything can be overdue"

    def pages() -> list[str]:
        found = [asked(folder, as_text).replace("\n  ", " "), asked(folder, as_html)]
        for form in ("html", "fhir"):
            output = tmp_path / f"report.{form}"
            assert main(["cohort", "report", str(folder), "--format", form, "-o", str(output)]) == 0
            found.append(output.read_text())
        return found

    assert [page.count(told) for page in pages()] == [0, 0, 0, 0]
    summary = json.loads((folder / "run.json").read_bytes())
    (folder / "run.json").write_text(json.dumps(summary | {"as_of": None}))
    # The report says it at the top and with the next look, FHIR with each measure.
    assert [page.count(told) for page in pages()] == [1, 1, 2, len(load().population.measures)]


# -------------------------------------------------------------------------------------------------- bad input


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one message of a command that cannot be carried out."""
    assert main(["cohort", *map(str, arguments)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("action", ["worklist", "report"])
def test_only_finished_results_are_asked(action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = ["-o", str(tmp_path / "out")]
    assert "holds no finished results" in refused(capsys, action, tmp_path / "nothing", *output)
    folder = written(tmp_path / "results")
    (folder / "run.json").write_text("{")
    assert "cannot be read" in refused(capsys, action, folder, *output)
    other = written(tmp_path / "other", knowledge="2020.1-abc")
    assert "was made by knowledge 2020.1-abc" in refused(capsys, action, other, *output)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("action", ["worklist", "report"])
def test_a_damaged_table_is_said_without_its_content(
    action: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in (folder / "cases").iterdir():
        part.write_bytes(b"silent flagged")
    said = refused(capsys, action, folder, "-o", tmp_path / "out")
    assert "its tables cannot be read" in said
    assert not {"silent", "flagged"} & set(re.findall(r"\w+", said))


def lose_cases(folder: Path) -> None:
    shutil.rmtree(folder / "cases")


def lose_a_part(folder: Path) -> None:
    next(one for one in (folder / "red_flags").iterdir() if pq.read_metadata(one).num_rows).unlink()


def lose_flags(folder: Path) -> None:
    shutil.rmtree(folder / "red_flags")


def empty_a_part(folder: Path) -> None:
    for part in (folder / "red_flags").iterdir():
        pq.write_table(pq.read_table(part).slice(0, 0), part)


def swap_parts(folder: Path) -> None:
    one, other = sorted((folder / "injections").iterdir())
    whole = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(whole)


@pytest.mark.parametrize("action", ["worklist", "report"])
@pytest.mark.parametrize(
    ("lose", "told"),
    [
        (lose_cases, "cases: has lost part-000000.parquet"),
        (lose_a_part, "red_flags: has lost part-00000"),
        (lose_flags, "red_flags: has lost part-000000.parquet"),
        (empty_a_part, "red_flags: holds 0 rows, and the run wrote 1"),
        (swap_parts, "does not hold the cases that it holds in 'cases'"),
    ],
)
def test_a_lost_table_is_not_told_as_nobody(
    action: str,
    lose: Callable[[Path], None],
    told: str,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lose(folder)
    assert told in refused(capsys, action, folder, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("action", ["worklist", "report"])
def test_a_folder_with_a_colon_in_its_name_is_a_folder(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "re:sults", **town())
    monkeypatch.chdir(tmp_path)
    assert main(["cohort", action, "re:sults", "-o", "out"]) == 0


@pytest.mark.parametrize("action", ["worklist", "report"])
def test_nothing_is_written_among_the_results(action: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(folder.rglob("*"))
    assert "is inside the folder of the results" in refused(capsys, action, folder, "-o", folder / "run.json")
    assert "is inside" in refused(capsys, action, folder, "-o", folder / "cases" / "x.parquet")
    assert sorted(folder.rglob("*")) == before


def test_a_worklist_is_its_owners_alone(folder: Path, tmp_path: Path) -> None:
    os.umask(0o022)
    for form in ("csv", "html", "text"):
        file = tmp_path / f"list.{form}"
        assert main(["cohort", "worklist", str(folder), "--format", form, "-o", str(file)]) == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


# ----------------------------------------------------------------------------------------------------- the page


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 400)])
def test_the_page_is_accessible_and_asks_for_nothing(folder: Path, show: Any, scheme: str, width: int) -> None:
    page = show(asked(folder, as_html), scheme, width)
    assert page.asked == [page.url]
    assert judged(page, type="tag", values=RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_a_chart_says_is_never_markup(tmp_path: Path, show: Any) -> None:
    page = show(asked(hostile(tmp_path), as_html))
    assert page.locator("script").count() == 1
    assert page.locator("select[name=site] option").nth(1).inner_text() == HOSTILE


def test_the_page_can_be_read_without_script(folder: Path, show: Any) -> None:
    page = show(asked(folder, as_html), script=False)
    assert page.locator(".entries tbody tr:visible").count() == 6
    assert page.locator(".filter:visible").count() == 0


def test_the_page_filters_searches_and_sorts(tmp_path: Path, show: Any) -> None:
    days = {"a": 5, "b": 1000, "c": 40, "d": None}
    folder = written(
        tmp_path / "results",
        cases=[case(name, site="North" if name < "c" else "South") for name in days],
        injections=[injection(name, number, **SILENT) for name, number in days.items()],
    )
    page = show(asked(folder, as_html, ("unreadable",)))

    def shown() -> list[str]:
        return [one.split()[0] for one in page.locator(".entries tbody tr:visible th").all_inner_texts()]

    assert shown() == ["b", "c", "a", "d"]
    page.get_by_role("button", name="Days").click()
    assert shown() == ["a", "c", "b", "d"]
    page.get_by_role("button", name="Days").click()
    assert shown() == ["b", "c", "a", "d"]
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Days")
    page.get_by_label("Site").select_option("South")
    assert shown() == ["c", "d"]
    assert page.locator("output").inner_text() == "2 of 4 entries"
    places = (page.locator("h2 .count").first, page.locator(".tiles .big").first)
    assert [one.inner_text() for one in places] == ["2 of 4", "2 of 4"]
    page.get_by_label("Site").select_option("")
    page.get_by_label("Search").fill("procedure/B")
    assert shown() == ["b"]
    page.get_by_label("Search").fill("")
    assert [one.inner_text() for one in places] == ["4", "4"]


def test_a_page_of_ten_thousand_entries_can_be_used_and_says_what_it_left_out(tmp_path: Path, show: Any) -> None:
    number = as_html.MOST + 12
    folder = written(
        tmp_path / "results",
        cases=[case(f"p{row:05}") for row in range(number)],
        injections=[injection(f"p{row:05}", 20, **SILENT) for row in range(number)],
    )
    text = asked(folder, as_html, ("unreadable", "one_fact"))
    page = show(text)
    assert page.locator(".entries tbody tr").count() == as_html.MOST
    assert "12 further entries" in page.locator(".left").inner_text()
    assert len(rows(asked(folder, kinds=("unreadable",)))) == number
    taken = page.evaluate(
        """() => {
          const begun = performance.now();
          document.querySelectorAll(".entries thead button")[2].click();
          const search = document.querySelector("input[type=search]");
          search.value = "p00042";
          search.dispatchEvent(new Event("input", {bubbles: true}));
          document.body.getBoundingClientRect();
          return performance.now() - begun;
        }"""
    )
    assert page.locator(".entries tbody tr:visible").count() == 1
    assert taken < 5000


def test_names_are_offered_in_the_order_of_their_numbers(tmp_path: Path, show: Any) -> None:
    sites = ["Site 10", "Site 2", "site 1", "Site 1b", "Annex", "²"]
    folder = written(
        tmp_path / "results",
        cases=[case(name, site=name) for name in sites],
        injections=[injection(name, 9, **SILENT) for name in sites],
    )
    page = show(asked(folder, as_html))
    listed = page.get_by_label("Site").locator("option").all_inner_texts()
    assert listed == ["all", "Annex", "site 1", "Site 1b", "Site 2", "Site 10", "²"]


def test_filters_are_offered_for_what_is_there(folder: Path, show: Any) -> None:
    page = show(asked(folder, as_html, site="South"))
    assert set(FILTERS) == {"site", "clinician", "payer"}
    assert page.get_by_label("Site").locator("option").all_inner_texts() == ["all", "South"]
    assert "South" in page.locator(".who").inner_text()
