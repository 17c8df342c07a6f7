"""Reads the chart of a patient whose sacroiliac joint injection did not last and says what may explain it."""

__version__ = "0.1.0"
