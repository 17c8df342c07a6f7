"""The files of ``sacroiliac packet``: a tagged PDF, a page, data by the published schema; and input that cannot be used."""

from __future__ import annotations

import json
import re
import stat
import sys
from io import BytesIO
from pathlib import Path

import jsonschema
import pypdfium2
import pytest
from pypdf import PdfReader

from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, EXIT_OK, EXIT_URGENT
from sacroiliac.packet import pdf as printer
from sacroiliac.packet.json import schema
from sacroiliac.packet.page import PAPER, Paper, render
from sacroiliac.packet.pdf import pdf
from tests.browser import RULES, Browser, judged
from tests.packet.packets import BLOCKS, LOST, ROOT, packet

SIZES = {"a4": (595, 842), "letter": (612, 792)}
MARGIN = 40  # points that must stay white at each edge: less than the margin of the page


@pytest.fixture(scope="module", params=["a4", "letter"])
def printed(request: pytest.FixtureRequest) -> tuple[Paper, bytes]:
    """The packet of a fusion, on both kinds of paper."""
    return request.param, pdf(render(packet(BLOCKS, "fusion", "evicore_cmm611", True), request.param))


def test_the_pdf_is_tagged_and_says_its_language_and_title(printed: tuple[Paper, bytes]) -> None:
    reader = PdfReader(BytesIO(printed[1]))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (an object of the PDF)
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert str(reader.metadata.title).startswith("Prior authorization packet: ")
    kinds, alternatives = _structure(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/L", "/P", "/Figure", "/Link"} <= kinds
    (picture,) = alternatives
    assert "Physical therapy 2019-09-01 to 2020-03-01" in picture


def _structure(root: object) -> tuple[set[str], list[str]]:
    """The kinds of elements in the structure of a PDF, and the alternative texts of its pictures."""
    kinds: set[str] = set()
    alternatives: list[str] = []
    left = [root]
    while left:
        one = left.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            kinds.add(str(one.get("/S", "")))
            alternatives += [str(one["/Alt"])] if "/Alt" in one else []
            left.append(one.get("/K", []))
    return kinds, alternatives


def test_the_text_of_the_pdf_can_be_searched(printed: tuple[Paper, bytes]) -> None:
    pages = [page.extract_text() for page in PdfReader(BytesIO(printed[1])).pages]
    whole = re.sub(r"\s+", " ", " ".join(pages))
    for words in ("Draft letter of medical necessity", "[not documented: cotinine]", "85 percent relief", "Not met"):
        assert words in whole, words
    for number, text in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in re.sub(r"\s+", " ", text)
        assert "Review date 2025-10-01" in text
        assert "Patient dual-blocks-rf-wore-off, right" in text


def test_the_pages_have_the_size_of_the_paper_and_nothing_runs_over_the_edge(printed: tuple[Paper, bytes]) -> None:
    paper, content = printed
    document = pypdfium2.PdfDocument(content)
    for page in document:
        assert page.get_size() == pytest.approx(SIZES[paper], abs=1)
        drawn = page.render(scale=1).to_pil().convert("L")
        wide, high = drawn.size
        for edge in (
            (0, 0, MARGIN, high),
            (wide - MARGIN, 0, wide, high),
            (0, 0, wide, MARGIN),
            (0, high - 20, wide, high),
        ):
            assert drawn.crop(edge).getextrema() == (255, 255), (page, edge)


def test_the_date_of_the_pdf_is_the_review_date_and_its_bytes_are_the_same_again() -> None:
    page = render(packet(LOST, "injection", "cms_siji_lcd"))
    one, two = pdf(page), pdf(page)
    assert one == two
    reader = PdfReader(BytesIO(one))
    assert str(reader.metadata.get("/CreationDate")).startswith("D:20250510")


def test_the_page_asks_nothing_of_the_outside() -> None:
    page = render(packet(BLOCKS, "fusion", "evicore_cmm611", True))
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//(?!doi\.org|pubmed)""", page)
    with pytest.raises(ValueError, match="outside"):
        printer._only_what_is_inside("https://example.org/x.png")


@pytest.mark.parametrize("chart", ["dual-blocks-rf-wore-off.yaml", "fever-after-injection.yaml"])
def test_the_page_is_accessible_as_axe_core_judges_it(chart: str, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "packet.html"
    file.write_text(
        render(packet(str(ROOT / "examples" / chart), "injection", "evicore_cmm203", True)), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(file.as_uri())
    assert judged(page, type="tag", values=RULES) == []
    page.close()


def test_words_of_a_chart_cannot_become_markup() -> None:
    one = packet(BLOCKS, "fusion", "evicore_cmm611")
    from msgspec.structs import replace

    evil = replace(one, who=replace(one.who, patient='<b>x</b>"; } body { display: none'))
    page = render(evil)
    assert "<b>x</b>" not in page
    assert '"; } body' not in page


# ------------------------------------------------------------------------------------------------ the command


def run(*arguments: str) -> int:
    return main(["packet", *arguments])


def asked(chart: str, output: Path, *more: str) -> int:
    return run(chart, "--service", "fusion", "--policy", "evicore_cmm611", "-o", str(output), *more)


@pytest.mark.parametrize("suffix", ["pdf", "html", "json"])
def test_the_same_chart_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for file in files:
        assert asked(BLOCKS, file, "--appeal", "--paper", "letter") == EXIT_OK
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert files[0].read_bytes() == files[1].read_bytes()
    assert PAPER["letter"] == "letter"


def test_the_data_is_valid_by_the_published_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = (ROOT / "schemas" / "packet.schema.json").read_text(encoding="utf-8")
    assert published == schema()
    assert main(["schema", "packet"]) == EXIT_OK
    assert capsys.readouterr().out == published
    file = tmp_path / "packet.json"
    assert asked(BLOCKS, file, "--appeal") == EXIT_OK
    jsonschema.Draft202012Validator(json.loads(published)).validate(json.loads(file.read_text()))


def test_a_plan_takes_the_place_of_that_in_the_chart(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("side: right\nplanned: {implant_class: transfixing, approach: lateral}\n")
    file = tmp_path / "packet.json"
    assert asked(BLOCKS, file, "--plan", str(plan)) == EXIT_OK
    made = json.loads(file.read_text())
    assert [one["codes"] for one in made["requested"]] == [["27279"]]
    assert any("plan.yaml" in source["file"] for source in made["sources"])


def test_an_urgent_red_flag_ends_with_1(tmp_path: Path) -> None:
    fever = str(ROOT / "examples" / "fever-after-injection.yaml")
    arguments = ("--service", "injection", "--policy", "cms_siji_lcd", "-o", str(tmp_path / "x.html"))
    assert run(fever, *arguments) == EXIT_URGENT


def test_input_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "chart.html"
    chart.write_bytes(Path(BLOCKS).read_bytes())
    folder = tmp_path / "folder"
    folder.mkdir()
    before = chart.read_bytes()
    for given, says in (
        ((BLOCKS, tmp_path / "packet.docx"), "End its name in .pdf, .html, .json"),
        ((BLOCKS, tmp_path / "packet"), "is no kind of packet"),
        ((BLOCKS, tmp_path / "nowhere" / "packet.html"), "cannot be written"),
        ((str(chart), chart), "is the chart itself"),
        ((str(folder), folder / "packet.json"), "is inside the folder of the chart"),
        ((str(tmp_path / "none.yaml"), tmp_path / "packet.html"), "no such file"),
    ):
        assert asked(*given) == EXIT_INPUT, says
        shown = capsys.readouterr()
        assert shown.out == ""
        assert says in shown.err
        assert shown.err.count("\n") == 1
    assert run(BLOCKS, "--service", "fusion", "--policy", "none", "-o", str(tmp_path / "x.html")) == EXIT_INPUT
    assert asked(BLOCKS, tmp_path / "x.html", "--as-of", "soon") == EXIT_INPUT
    assert chart.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["chart.html", "folder"]


@pytest.mark.parametrize(("error", "what"), [(ImportError, "WeasyPrint"), (OSError, "Pango")])
def test_without_a_renderer_there_is_one_message(
    error: type[Exception],
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Missing:
        """A finder for which the renderer is not there."""

        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "weasyprint":
                raise error("not there")

    printer._renderer.cache_clear()
    for name in [one for one in sys.modules if one.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing, *sys.meta_path])
    assert asked(BLOCKS, tmp_path / "packet.pdf") == EXIT_INPUT
    assert f"because {what} is not installed" in capsys.readouterr().err
    printer._renderer.cache_clear()
    assert list(tmp_path.iterdir()) == []
