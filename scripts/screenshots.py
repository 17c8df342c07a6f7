"""Takes the pictures of the README from the HTML report of an example (``make screenshots``)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from sacroiliac.chart.read import read
from sacroiliac.knowledge import load
from sacroiliac.report import html
from sacroiliac.review import Reviewer

ROOT = Path(__file__).parent.parent
EXAMPLE = "examples/hip-behind-it.yaml"
WIDTH = 1000
# The picture's name, and the first and the last thing in it.
PICTURES = {
    "review-top": (".masthead, header", "section.at-short"),
    "review-injections": ("section.at-injections", "section.at-why"),
    "review-sources": ("section.at-sources", "section.at-sources .moved"),
}


def main() -> None:
    """Write the pictures to ``docs/images``."""
    knowledge = load()
    page_source = html.render_all(Reviewer(knowledge).review([read(str(ROOT / EXAMPLE), knowledge)]))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.set_content(page_source.replace(f"{ROOT}/", ""))
        for name, (first, last) in PICTURES.items():
            top = page.locator(first).first.bounding_box()
            bottom = page.locator(last).first.bounding_box()
            assert top is not None, f"{first} is not on the page"
            assert bottom is not None, f"{last} is not on the page"
            page.screenshot(
                path=ROOT / "docs" / "images" / f"{name}.png",
                full_page=True,
                clip={"x": 0, "y": top["y"], "width": WIDTH, "height": bottom["y"] + bottom["height"] - top["y"]},
            )
        browser.close()


if __name__ == "__main__":
    main()
