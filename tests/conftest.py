"""What all tests share: the knowledge, one reviewer, and how hard Hypothesis tries.

``HYPOTHESIS_PROFILE=deep`` tries new random cases, many more of them; the usual profile tries the same ones every
time, so that a change that fails is the change that broke it.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from sacroiliac.knowledge import Knowledge, load
from sacroiliac.review import Reviewer
from tests import charts

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept`` writes the expected reviews of the examples anew."""
    parser.addoption("--accept", action="store_true", help="write the expected reviews of the examples anew")
