"""The page of a packet as a PDF: tagged, searchable, with the review date as its date, so that nothing reads the clock."""

from __future__ import annotations

import logging
from functools import cache
from hashlib import sha256
from typing import Any

from sacroiliac.errors import InputError


def pdf(page: str) -> bytes:
    """A page of HTML as PDF/UA.

    :raises InputError: when the renderer, or a library of the system that it needs, is not installed
    """
    HTML = _renderer()  # noqa: N806
    # The identifier of a PDF is random unless it is given; the same packet gives the same bytes.
    identifier = sha256(page.encode()).hexdigest()[:32].encode()
    written = HTML(string=page, url_fetcher=_only_what_is_inside).write_pdf(
        pdf_variant="pdf/ua-1", pdf_identifier=identifier
    )
    assert isinstance(written, bytes)
    return written


def available() -> None:
    """Say at once when no PDF can be written.

    :raises InputError: as :func:`pdf`
    """
    _renderer()


@cache
def _renderer() -> Any:
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        # OSError: Pango is not there.
        what = "Pango" if isinstance(error, OSError) else "WeasyPrint"
        cure = "Install it with 'scripts/bootstrap.sh pdf', or write .html and print it from a browser."
        raise InputError("PDF", f"cannot be written, because {what} is not installed", cure) from None
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return HTML


def _only_what_is_inside(address: str, *_: Any, **__: Any) -> Any:
    """Pictures that stand in the page itself; nothing is ever fetched."""
    if not address.startswith("data:"):
        raise ValueError("a packet holds no outside address")
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",)).fetch(address)
