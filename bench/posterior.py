"""Posteriors of many distinct cases: against two Bayesian-network libraries, and against plain matrix products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench import agreement
from bench.table import Row, Section, rate
from bench.timing import side_by_side
from sacroiliac.inference import Batch, Model, posteriors
from sacroiliac.inference.states import Floats
from sacroiliac.knowledge import Knowledge
from tests.inference import libraries
from tests.inference.libraries import Net, Query
from tests.inference.oracle import Oracle
from tests.inference.random_cases import random_batch

CASES = 100_000
# As many groups as the examples with a full examination have: about eleven.
SPEAKS = 0.2
CONTEXTS, INJECTIONS = 100, 400
ROUNDS = 9
# The dense products are so large that calling them costs nothing, and small enough to fit in memory.
DENSE_CASES = 8_192


@dataclass(frozen=True)
class Peer:
    """A library, and how many of the cases it is asked (it is slow)."""

    name: str
    module: str
    query: Callable[[Net], Query]
    cases: int
    least: float | None


PEERS = (
    Peer("pyAgrum", "pyagrum", libraries.pyagrum_query, 64, 1_000),
    Peer("pgmpy", "pgmpy", libraries.pgmpy_query, 8, None),
)


def measure(knowledge: Knowledge) -> Section:
    """Cases per second.

    :raises agreement.DisagreementError: when a peer gives another posterior
    """
    network = Model(knowledge).point
    cases = distinct_cases(knowledge, CASES)
    found = posteriors(network, cases)
    work: dict[str, Callable[[], object]] = {"ours": lambda: posteriors(network, cases)}
    notes = [
        f"{CASES:,} distinct cases ({INJECTIONS} choices of none to three injections, {CONTEXTS} contexts), one "
        "process. All networks and their tables stand ready; timed is from the evidence of a case to its posterior.",
    ]
    asked: list[Peer] = []
    nets = [Net(Oracle(knowledge), cases.case(row)) for row in range(max(peer.cases for peer in PEERS))]
    for peer in PEERS:
        try:
            libraries.imported(peer.module)
        except ImportError:
            notes.append(f"{peer.name} is not installed: not compared.")
            continue
        queries = [peer.query(net) for net in nets[: peer.cases]]
        theirs = np.array([list(net.by_source(ask()).values()) for net, ask in zip(nets, queries, strict=False)])
        largest = agreement.check(peer.name, found[:, : peer.cases], theirs.T)
        notes.append(f"{peer.name} and we agree to {largest:.0e} in all {peer.cases} cases it was timed on.")
        work[peer.name] = _all(queries)
        asked.append(peer)
    work |= dense_products(network.states.membership, sum(number - 1 for number in cases.speaking.numbers))
    times = side_by_side(work, ROUNDS)
    each = times.seconds("ours") / CASES
    rows = [
        Row(
            f"posteriors, {peer.name}",
            rate(1 / each),
            rate(peer.cases / times.seconds(peer.name)),
            times.ratio(peer.name, "ours") * CASES / peer.cases,
            least=peer.least,
        )
        for peer in asked
    ]
    for name, least in (("dense products", 0.5), ("last dense product alone", None)):
        rows.append(
            Row(
                f"posteriors, {name}",
                rate(1 / each),
                rate(DENSE_CASES / times.seconds(name)),
                times.ratio(name, "ours") * CASES / DENSE_CASES,
                least=least,
            )
        )
    return Section("Throughput", tuple(rows), tuple(notes))


def distinct_cases(knowledge: Knowledge, number: int) -> Batch:
    """Random cases no two of which say the same.

    :raises AssertionError: when two do
    """
    cases = random_batch(knowledge, 2025, number, SPEAKS, CONTEXTS, INJECTIONS)
    said = np.vstack([cases.codes(slice(0, number)), cases.context, cases.injected])
    distinct = np.unique(said, axis=1).shape[1]
    if distinct != number:
        raise AssertionError(f"{number - distinct} of {number} cases are not distinct")
    return cases


def _all(queries: Sequence[Query]) -> Callable[[], object]:
    return lambda: [ask() for ask in queries]


def dense_products(membership: Floats, codes: int) -> dict[str, Callable[[], object]]:
    """The same posteriors as two dense products, by the machine's own matrix multiplication on all its cores.

    The first gives every set of sources the log likelihood of what was said (sets x codes by codes x cases), the
    second sums the weights of the sets that hold a source (sources + 1 x sets by sets x cases). The exponential
    between them, the prior and the injections are left out: they would only make it slower.
    """
    rng = np.random.default_rng(0)
    sums = np.vstack([membership, np.ones(membership.shape[1])])
    logs = rng.normal(size=(membership.shape[1], codes))
    said = (rng.random((codes, DENSE_CASES)) < SPEAKS).astype(float)
    weights = rng.random((membership.shape[1], DENSE_CASES))
    return {
        "dense products": lambda: (logs @ said, sums @ weights),
        "last dense product alone": lambda: sums @ weights,
    }
