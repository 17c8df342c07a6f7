"""Speed only counts where the answers are the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e-9


class DisagreementError(Exception):
    """Two programs give different posteriors for the same case."""


def check(peer: str, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """The largest difference between posteriors of the same cases (arrays of the same shape).

    :raises DisagreementError: when it is larger than :data:`LARGEST`, or when anything is not a number
    """
    difference = float(np.abs(ours - theirs).max())
    if not difference <= LARGEST:
        raise DisagreementError(
            f"our posteriors and those of {peer} differ by {difference:.3g}: no time is worth telling"
        )
    return difference
