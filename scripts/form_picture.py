"""Takes the picture of a filled form in another project's renderer (``make screenshots``)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from sacroiliac.chart.read import read  # noqa: E402
from sacroiliac.knowledge import load  # noqa: E402
from sacroiliac.report import dtr  # noqa: E402
from sacroiliac.review.policies.cover import Coverer  # noqa: E402
from tests.browser import chromium  # noqa: E402
from tests.form_renderer import WIDTH, forms, show  # noqa: E402

EXAMPLE = "examples/dual-blocks-rf-wore-off.yaml"
SERVICE, POLICY = "sij_fusion_mi_transfixing", "evicore_cmm611"
MARGIN = 16
# The picture ends above this text: what comes after it looks the same.
LAST = "Imaging from the last six months"


def main() -> None:
    """Write the picture to ``docs/images``."""
    knowledge = load()
    made = dtr.packet(Coverer(knowledge), read(str(ROOT / EXAMPLE), knowledge), SERVICE, POLICY)
    refused: list[str] = []
    with chromium() as browser, forms(browser, refused) as page:
        show(page, made.questionnaire, made.response)
        end = page.get_by_text(LAST).first.bounding_box()
        assert end is not None, f"'{LAST}' is not on the page"
        page.screenshot(
            path=ROOT / "docs" / "images" / "questionnaire.png",
            full_page=True,
            clip={"x": 0, "y": 0, "width": WIDTH, "height": end["y"] - MARGIN / 2},
        )
    assert refused == [], refused


if __name__ == "__main__":
    main()
