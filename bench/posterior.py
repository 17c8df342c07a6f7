"""Posteriors of many distinct cases: against two Bayesian-network libraries, and against plain matrix products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench import agreement
from bench.table import Row, Section, rate
from bench.timing import side_by_side
from sacroiliac.inference import Batch, Model
from sacroiliac.inference.batch import posteriors
from sacroiliac.inference.states import Floats
from sacroiliac.knowledge import Knowledge
from tests.inference import libraries
from tests.inference.libraries import Net, Query
from tests.inference.oracle import Oracle
from tests.inference.random_cases import random_batch

CASES = 200_000
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


@dataclass(frozen=True)
class Rival:
    """Something to be compared with: what it runs, for how many cases, and the ratio wanted."""

    name: str
    run: Callable[[], object]
    cases: int
    least: float | None = None


def measure(knowledge: Knowledge) -> Section:
    """Cases per second.

    :raises agreement.DisagreementError: when a peer gives another posterior
    """
    network = Model(knowledge).point
    cases = distinct_cases(knowledge, CASES)
    rivals, agreed = _libraries(knowledge, cases, posteriors(network, cases))
    sets, codes = network.states.membership.shape[1], sum(number - 1 for number in cases.speaking.numbers)
    rivals += dense_products(network.states.membership, codes)
    times = side_by_side({"ours": lambda: posteriors(network, cases), **{one.name: one.run for one in rivals}}, ROUNDS)
    rows = tuple(
        Row(
            f"posteriors, {one.name}",
            rate(CASES / times.seconds("ours")),
            rate(one.cases / times.seconds(one.name)),
            times.ratio(one.name, "ours") * CASES / one.cases,
            least=one.least,
        )
        for one in rivals
    )
    notes = (
        f"{CASES:,} distinct cases ({INJECTIONS} choices of none to three injections, {CONTEXTS} contexts). All networks "
        "and their tables stand ready, also those of the peers, one for each case; timed is from the evidence to the "
        "posterior. Where it says 'made too', the peer also makes the network of each case from its tables.",
        *agreed,
        f"Dense products, by numpy's BLAS on all cores: {sets} sets of sources x {codes} codes of findings, then "
        f"{len(network.sources) + 1} sums x {sets} sets, for every case; 'last product alone' is the second of them.",
        "What bounds it: moving numbers between the caches. It takes hundreds of sweeps over rows of "
        "cases, with one multiplication or addition for every number moved; it beats the dense products by doing less "
        "work, not by doing it faster. One process, one core.",
    )
    return Section("Throughput", rows, notes)


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


def _libraries(knowledge: Knowledge, cases: Batch, ours: Floats) -> tuple[list[Rival], list[str]]:
    """The libraries that are installed, each with its own first cases, and how well they agree with us."""
    rivals, notes = [], []
    oracle = Oracle(knowledge)
    for peer in PEERS:
        try:
            libraries.imported(peer.module)
        except ImportError:
            notes.append(f"{peer.name} is not installed: not compared.")
            continue
        nets = [Net(oracle, cases.case(row)) for row in range(peer.cases)]
        queries = [peer.query(net) for net in nets]
        theirs = np.array([list(net.by_source(ask()).values()) for net, ask in zip(nets, queries, strict=True)]).T
        largest = agreement.check(peer.name, ours[:, : peer.cases], theirs)
        notes.append(f"{peer.name} and we agree to {largest:.0e} in all {peer.cases} cases it was timed on.")
        rivals += [
            Rival(peer.name, _asked(queries), peer.cases, peer.least),
            Rival(f"{peer.name}, made too", _made(peer, nets), peer.cases),
        ]
    return rivals, notes


def _asked(queries: list[Query]) -> Callable[[], object]:
    return lambda: [ask() for ask in queries]


def _made(peer: Peer, nets: list[Net]) -> Callable[[], object]:
    return lambda: [peer.query(net)() for net in nets]


def dense_products(membership: Floats, codes: int) -> list[Rival]:
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
    return [
        Rival("dense products", lambda: (logs @ said, sums @ weights), DENSE_CASES, 0.5),
        Rival("last product alone", lambda: sums @ weights, DENSE_CASES),
    ]
