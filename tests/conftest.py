"""What all tests share: the knowledge, one reviewer, and how hard Hypothesis tries.

``HYPOTHESIS_PROFILE=deep`` tries new random cases, many more of them; the usual profile tries the same ones every
time, so that a change that fails is the change that broke it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sacroiliac.knowledge import Knowledge, load
from sacroiliac.review import Reviewer
from tests import charts
from tests.browser import CHROMIUM, Browser, Page, chromium

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("usual", deadline=None, derandomize=True, max_examples=100, suppress_health_check=_SLOW)
settings.register_profile("deep", deadline=None, max_examples=2_000, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The knowledge that comes with the program."""
    return load()


@pytest.fixture(scope="session")
def reviewer() -> Reviewer:
    """One reviewer for all tests of a process."""
    return charts.reviewer()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; the tests that need it are skipped where it is missing."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not installed at {CHROMIUM}")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with chromium() as started:
        yield started


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens the text of a page; every request it makes is collected in ``page.asked``."""
    pages: list[Page] = []

    def open_it(
        text: str, scheme: str = "light", width: int = 1200, media: str = "screen", script: bool = True
    ) -> Page:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        page = browser.new_page(
            color_scheme=scheme, viewport={"width": width, "height": 900}, java_script_enabled=script
        )
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.emulate_media(media=media, color_scheme=scheme)
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield open_it
    for page in pages:
        page.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept`` writes the expected reviews of the examples anew."""
    parser.addoption("--accept", action="store_true", help="write the expected reviews of the examples anew")
