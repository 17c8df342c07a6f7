"""The review: injections, sources, red flags, options, drugs and the first step, assembled for one case."""

from sacroiliac.review.assemble import Reviewer
from sacroiliac.review.model import Review

__all__ = ["Review", "Reviewer"]
