"""Readers: a chart in any form becomes facts, with an account of everything that was not understood."""

from sacroiliac.chart.facts import Chart, Coverage, Fact, Origin, Patient

__all__ = ["Chart", "Coverage", "Fact", "Origin", "Patient"]
