"""Chromium without a window, and what axe-core says of a page in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

Browser = Any
Page = Any


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. Playwright allows one at a time in a process: tests share theirs (the fixture ``browser``)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


def judged(page: Page, **only: Any) -> list[str]:
    """The violations axe-core finds; the test is skipped where it is not installed."""
    if not AXE.exists():
        pytest.skip(f"axe-core is not installed at {AXE}")
    # Hundreds of references are made by the same few lines: the first stand for all, and save half of the time.
    page.evaluate("document.querySelectorAll('.references li:nth-child(n+20)').forEach(one => one.remove())")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations'], selectors: false})", only
    )
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]
