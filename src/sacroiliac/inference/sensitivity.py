"""What the answer depends on: the assumptions that would put another source first."""

from __future__ import annotations

import msgspec
import numpy as np

from sacroiliac.inference.network import Evidence, Model, Network
from sacroiliac.inference.prior import Prior
from sacroiliac.inference.states import MOST_AT_ONCE, Floats


class Turn(msgspec.Struct, frozen=True):
    """An assumption at one end of its range, and the source that would then come first."""

    place: str
    value: float
    first: str
    probability: float
    second: str
    second_probability: float


class Sensitivity(msgspec.Struct, frozen=True):
    """How firm the order is.

    ``first_in_draws``: in what share of all draws each source comes first. ``turns``: assumptions that alone
    would change which source comes first. ``independent``: the probabilities if the presence of one source said
    nothing about the others. ``unconfirmed``: the probabilities if figures that were not seen counted too.
    """

    first_in_draws: tuple[tuple[str, float], ...]
    turns: tuple[Turn, ...]
    independent: tuple[tuple[str, float], ...]
    unconfirmed: tuple[tuple[str, float], ...] | None


def sensitivity(model: Model, evidence: Evidence, with_unconfirmed: Evidence) -> Sensitivity:
    """How firm the order of the sources is in one case.

    :param with_unconfirmed: the evidence when findings whose figures were not seen are counted too
    """
    network = model.swept
    posterior = _posterior(network, evidence)
    first = posterior.argmax(axis=0)
    share = np.bincount(first[network.parameters.draws], minlength=len(network.sources)) / len(
        first[network.parameters.draws]
    )
    turns = []
    for place, ends in network.parameters.swept.items():
        for variant in ends:
            if first[variant] != first[0]:
                order = np.argsort(-posterior[:, variant], kind="stable")[:2]
                turns.append(
                    Turn(
                        place,
                        float(network.parameters[place][variant]),
                        network.sources[order[0]],
                        float(posterior[order[0], variant]),
                        network.sources[order[1]],
                        float(posterior[order[1], variant]),
                    )
                )
    unconfirmed = None
    if with_unconfirmed != evidence:
        unconfirmed = _named(network, _posterior(model.with_unconfirmed, with_unconfirmed)[:, 0])
    return Sensitivity(
        tuple(
            sorted(
                ((name, float(one)) for name, one in zip(network.sources, share, strict=True) if one > 0),
                key=lambda one: -one[1],
            )
        ),
        tuple(turns),
        _named(network, _independent(model.point, evidence)),
        unconfirmed,
    )


def _posterior(network: Network, evidence: Evidence) -> Floats:
    with_source, total = network.states.sums(network.weights(evidence))
    return with_source / total


def _named(network: Network, posterior: Floats) -> tuple[tuple[str, float], ...]:
    return tuple((name, float(one)) for name, one in zip(network.sources, posterior, strict=True))


def _independent(network: Network, evidence: Evidence) -> Floats:
    """The posterior with the same shares, when sources are present or absent independently of each other."""
    shares = network.prior(evidence.context).shares
    unrelated = Prior(shares / (1 - shares), np.ones((MOST_AT_ONCE + 1, network.variants)), shares)
    with_source, total = network.states.sums(network.weights(evidence, unrelated))
    return (with_source / total)[:, 0]
