"""The clinical content: typed, frozen, and the only place that knows a clinical number."""

from sacroiliac.knowledge.loading import load
from sacroiliac.knowledge.model import Knowledge

__all__ = ["Knowledge", "load"]
