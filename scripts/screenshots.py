"""Takes the pictures of the README from the reports and the packet of an example (``make screenshots``)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2
from playwright.sync_api import Page, sync_playwright

from sacroiliac.chart.read import read
from sacroiliac.knowledge import load
from sacroiliac.packet import make
from sacroiliac.packet.page import render
from sacroiliac.packet.pdf import pdf
from sacroiliac.report import html
from sacroiliac.report.coverage import html as coverage
from sacroiliac.review import Reviewer
from sacroiliac.review.policies.cover import Coverer

ROOT = Path(__file__).parent.parent
EXAMPLE = "examples/hip-behind-it.yaml"
WIDTH = 1000
COVERED, SERVICE = "examples/responder-wore-off.yaml", "injection"
# The picture's name, and the first and the last thing in it.
PICTURES = {
    "review-top": (".masthead, header", "section.at-short"),
    "review-injections": ("section.at-injections", "section.at-why"),
    "review-sources": ("section.at-sources", "section.at-sources .moved"),
}
REQUEST = ("examples/dual-blocks-rf-wore-off.yaml", "fusion", "bcbs_al_mp555")
PATIENTS = 2000
OF_POPULATION = {"population-patterns": ("section[aria-labelledby=patterns]", "section[aria-labelledby=patterns]")}
OF_COVERAGE = {"coverage-matrix": ("header", "details.policy:nth-of-type(6)")}


def main() -> None:
    """Write the pictures to ``docs/images``."""
    knowledge = load()
    review = html.render_all(Reviewer(knowledge).review([read(str(ROOT / EXAMPLE), knowledge)]))
    covered = coverage.render_all(Coverer(knowledge).cover(read(str(ROOT / COVERED), knowledge), SERVICE))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for source, pictures in ((review, PICTURES), (covered, OF_COVERAGE), (_population(), OF_POPULATION)):
            page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
            page.set_content(source.replace(f"{ROOT}/", ""))
            for name, (first, last) in pictures.items():
                _take(page, name, first, last)
        browser.close()
    chart, service, policy = REQUEST
    packet = make(Coverer(knowledge), read(str(ROOT / chart), knowledge), service, policy)
    cover = pypdfium2.PdfDocument(pdf(render(packet)))[0].render(scale=1.6).to_pil()
    cover.quantize(64).save(ROOT / "docs" / "images" / "packet-cover.png", optimize=True)


def _population() -> str:
    """The report of a simulated population."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = (
            f"simulate charts -n {PATIENTS} -o {folder / 'export'}",
            f"cohort run {folder / 'export'} -o {folder / 'results'}",
            f"cohort report {folder / 'results'} -o {folder / 'report.html'}",
        )
        for step in steps:
            subprocess.run([sys.executable, "-m", "sacroiliac", *step.split()], check=True, stdout=subprocess.DEVNULL)
        return (folder / "report.html").read_text(encoding="utf-8")


def _take(page: Page, name: str, first: str, last: str) -> None:
    top = page.locator(first).first.bounding_box()
    bottom = page.locator(last).first.bounding_box()
    assert top is not None, f"{first} is not on the page"
    assert bottom is not None, f"{last} is not on the page"
    page.screenshot(
        path=ROOT / "docs" / "images" / f"{name}.png",
        full_page=True,
        clip={"x": 0, "y": top["y"], "width": WIDTH, "height": bottom["y"] + bottom["height"] - top["y"]},
    )


if __name__ == "__main__":
    main()
