"""The network's answers for many cases: each distinct pattern of evidence is worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sacroiliac.inference.answer import intervals, place_given_class, why_weights
from sacroiliac.inference.batch import in_variants
from sacroiliac.inference.blocks import PLACES
from sacroiliac.inference.evidence import Batch
from sacroiliac.inference.network import Model, Network
from sacroiliac.inference.states import Floats, Ints

NONE = -1
ESTIMATE = 3  # value, lower and upper end
EXPLANATIONS = 3


@dataclass(frozen=True)
class Answers:
    """The answers by pattern of evidence; case ``i`` has pattern ``pattern[i]``.

    Numbers are value, lower and upper end along the last axis: ``sources`` has shape ``(patterns, sources, 3)``,
    ``complex`` and ``none`` ``(patterns, 3)``, ``why`` ``(patterns, 3, 3)`` in the order of
    :class:`~sacroiliac.inference.answer.Why` (not a number where there is no injection), and ``delivery[p]`` for each
    injection of pattern ``p`` ``(injections, places, 3)``. ``before`` are the shares of the prior
    (``(patterns, sources)``), ``evidence`` has one row for each pattern.
    """

    pattern: Ints
    evidence: Batch
    before: Floats
    sources: Floats
    complex: Floats
    none: Floats
    why: Floats
    delivery: tuple[Floats, ...]


def answers(model: Model, batch: Batch, index: Sequence[int | None]) -> Answers:
    """The answers for many cases, as :func:`~sacroiliac.inference.answer.answer` gives them for one.

    :param index: for each case the injection that ``why`` is about (None: the last one)
    :raises ArithmeticError: when the findings of a case cannot all be true under the model
    """
    network, width = model.drawn, model.knowledge.ranking.interval.value
    turns_on = np.array(
        [
            len(batch.injections[injected]) - 1 if chosen is None else chosen
            for injected, chosen in zip(batch.injected, index, strict=True)
        ],
        np.int64,
    )
    rows, pattern = patterns(batch, turns_on)
    distinct, turns_on = batch.take(rows), turns_on[rows]
    number = len(rows)
    shares = np.stack([network.prior(context).shares[:, 0] for context in distinct.contexts])
    found = Answers(
        pattern,
        distinct,
        shares[distinct.context],
        sources=np.empty((number, len(network.sources), ESTIMATE)),
        complex=np.empty((number, ESTIMATE)),
        none=np.empty((number, ESTIMATE)),
        why=np.full((number, EXPLANATIONS, ESTIMATE), np.nan),
        delivery=tuple(np.empty((len(distinct.injections[one]), len(PLACES), ESTIMATE)) for one in distinct.injected),
    )
    kinds = network.kinds
    of_complex = (kinds.joint > 0) | (kinds.ligament > 0)
    empty = int(kinds.of_state[0])  # only the empty set has none of anything
    for cases, sources, classes in in_variants(network, distinct, network.variants):
        found.sources[cases] = intervals(sources, width).transpose(1, 0, 2)
        found.complex[cases] = intervals(classes[of_complex].sum(axis=0), width)
        found.none[cases] = intervals(classes[empty], width)
        for row in range(cases.start, cases.stop):
            if turns_on[row] != NONE:
                weight = classes[:, row - cases.start]
                found.delivery[row][:], found.why[row] = _injected(network, distinct, row, turns_on[row], weight, width)
    return found


def _injected(
    network: Network, batch: Batch, row: int, turns_on: int, weight: Floats, width: float
) -> tuple[Floats, Floats]:
    """Where each injection of a case went, and why relief did not last after the one it turns on.

    :param weight: the probability of each class of sets (shape ``(classes, variants)``)
    """
    injected = batch.injections[batch.injected[row]]
    places = [place_given_class(network, injected, number) * weight for number in range(len(injected))]
    why = why_weights(network, places[turns_on], injected[turns_on].spread)
    values = np.stack([*(place for split in places for place in split.sum(axis=1)), *why])
    found = intervals(values, width)
    return found[:-EXPLANATIONS].reshape(len(injected), len(PLACES), ESTIMATE), found[-EXPLANATIONS:]


def patterns(batch: Batch, turns_on: Ints) -> tuple[Ints, Ints]:
    """The first case with each distinct pattern of evidence, and the pattern of each case.

    Cases are alike when every group says the same, and the prior, the injections and the one they turn on are the
    same.
    """
    codes = batch.codes(slice(0, len(batch)))
    keys = np.vstack([codes, batch.context, batch.injected, turns_on]).T.astype(np.int64, order="C")
    _, first, pattern = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first, pattern.reshape(-1)
