"""From facts to findings: one case per painful side, one row per case."""

from sacroiliac.cases.build import Builder, Case, Cases, review_date
from sacroiliac.cases.found import Contradiction, Entry, Found

__all__ = ["Builder", "Case", "Cases", "Contradiction", "Entry", "Found", "review_date"]
