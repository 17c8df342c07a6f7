"""The geometry of the pictures. Drawing is left to ``templates/pictures.jinja``, colours to the style sheet.

Nothing here knows a clinical number: scales come from the figures that are drawn.
"""

from sacroiliac.report.html.pictures.calendar import calendar, phase
from sacroiliac.report.html.pictures.expected import amount, expected
from sacroiliac.report.html.pictures.scale import spot, ticks
from sacroiliac.report.html.pictures.sources import odds, push, scale, sources_scale, stacked, strip, why, worth

__all__ = [
    "amount", "calendar", "expected", "odds", "phase", "push", "scale", "sources_scale", "spot", "stacked", "strip",
    "ticks", "why", "worth",
]  # fmt: skip
