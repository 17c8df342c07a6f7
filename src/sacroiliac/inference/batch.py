"""The posterior of many cases at once: the same tables and the same sums as for one case, with less work.

Most sources only matter by how many of them are present: no finding ties them to another source, and no
injection tells them apart. They are *free*. The others are *entangled*: they share a group of findings with
another source, or an injection answers to them. So only the sets of entangled sources are gone through
(130 instead of 576 for 15 sources of which 9 are entangled), and for each of them the free ones are summed
over in closed form: the summed products of their odds, one, two and three at a time.

Groups that bear on the same sources are read as one, from a table of their products. Cases are taken in chunks,
large enough that the calls of numpy cost little beside their work, small enough that the weights of a chunk stay
in the processor's last cache; each core takes its share of the chunks. What is left is bound by moving numbers
between the caches: hundreds of sweeps over rows of a chunk, each with one operation for every number moved.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from sacroiliac.inference.evidence import Batch
from sacroiliac.inference.network import Network, held_back
from sacroiliac.inference.prior import elementary
from sacroiliac.inference.speaking import Codes
from sacroiliac.inference.states import MOST_AT_ONCE, Floats, States, Subset

CHUNK = 12_500  # no power of two: rows that far apart would meet in the same places of the caches
CORES = min(4, os.cpu_count() or 1)
# Tables of several groups together are kept this small, so that they stay in the nearest cache.
LARGEST_TABLE = 4096


def posteriors(network: Network, batch: Batch) -> Floats:
    """The probability of each source in each case, with the numbers as they are (shape ``(sources, cases)``).

    :raises ArithmeticError: when the findings of a case cannot all be true under the model
    """
    many = Many(network, batch)
    found = np.empty((len(network.sources), len(batch)))
    chunks = [slice(start, min(start + CHUNK, len(batch))) for start in range(0, len(batch), CHUNK)]

    def work(mine: Sequence[slice]) -> None:
        space = np.empty((len(many.states.sets), min(CHUNK, len(batch))))
        for rows in mine:
            many.chunk(rows, space, found[:, rows])

    # The first chunk makes the tables that all others read.
    work(chunks[:1])
    if len(chunks) > 1:
        from concurrent.futures import ThreadPoolExecutor  # slow to import, and a review does not need it

        with ThreadPoolExecutor(CORES) as pool:
            for done in [pool.submit(work, chunks[1 + core :: CORES]) for core in range(CORES)]:
                done.result()
    return found


@dataclass(frozen=True)
class Bundle:
    """Groups whose codes are read as one number.

    ``tables``: the factor for each such number, and the subsets of sources whose sets it multiplies.
    """

    rows: tuple[int, ...]
    tables: tuple[tuple[Floats, tuple[Subset, ...]], ...]
    capped: bool


@dataclass(frozen=True)
class Run:
    """Neighbouring sets of entangled sources that no injection tells apart.

    ``rows``: where they are; ``size``: how many sources they have; ``kinds``: their class when none, one, ... of
    the free sources are present besides.
    """

    rows: slice
    size: int
    kinds: tuple[int, ...]


@dataclass(frozen=True)
class Many:
    """The tables of one network, laid out for many cases."""

    network: Network
    batch: Batch

    @cached_property
    def entangled(self) -> Subset:
        """The sources that act together with others; first those that injections tell apart."""
        told_apart = [
            row
            for row, one in enumerate(self.network.knowledge.sources.sources)
            if one.answers_like_joint or one.kind in ("joint", "ligament", "inflammatory")
        ]
        tables = [self.network.table(group.id) for group in self.batch.speaking.groups]
        together = {*self.network.complex, *(one for table in tables if len(table.linked) > 1 for one in table.linked)}
        return (*told_apart, *sorted(together.difference(told_apart)))

    @cached_property
    def free(self) -> Subset:
        """All other sources."""
        return tuple(row for row in range(len(self.network.sources)) if row not in self.entangled)

    @cached_property
    def states(self) -> States:
        """The sets of entangled sources."""
        return States(len(self.entangled))

    @cached_property
    def bundles(self) -> tuple[Bundle, ...]:
        """The groups in bundles of those that bear on the same sources."""
        speaking = self.batch.speaking
        alike: dict[tuple[Subset, bool], list[list[int]]] = {}
        for row, group in enumerate(speaking.groups):
            listed = alike.setdefault((self.network.table(group.id).linked, group.capped), [[]])
            if np.prod([speaking.numbers[one] for one in (*listed[-1], row)]) > LARGEST_TABLE:
                listed.append([])
            listed[-1].append(row)
        return tuple(self._bundle(rows, capped) for (_, capped), listed in alike.items() for rows in listed)

    def _bundle(self, rows: Sequence[int], capped: bool) -> Bundle:
        numbers = [self.batch.speaking.numbers[row] for row in rows]
        by_subset: dict[Subset, Floats] = {}
        for position, row in enumerate(rows):
            shape = [-1 if one == position else 1 for one in range(len(rows))]
            for subset, factors in self._by_code(row).items():
                by_subset[subset] = by_subset.get(subset, np.ones(numbers)) * factors.reshape(shape)
        # Sources with the same numbers (the joint and its ligaments) share a table.
        shared: dict[bytes, tuple[Floats, list[Subset]]] = {}
        for subset, table in by_subset.items():
            shared.setdefault(table.tobytes(), (table.reshape(-1), []))[1].append(subset)
        return Bundle(tuple(rows), tuple((table, tuple(listed)) for table, listed in shared.values()), capped)

    def _by_code(self, row: int) -> dict[Subset, Floats]:
        """By which factor each code of a group multiplies the sets that contain a subset."""
        speaking = self.batch.speaking
        found: dict[Subset, Floats] = {}
        for code in range(1, speaking.numbers[row]):
            for subset, factor in self.network.factors(*speaking.reading(row, code))[1].items():
                found.setdefault(subset, np.ones(speaking.numbers[row]))[code] = factor[0]
        return found

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The sets of entangled sources, in runs that share a class."""
        alike = [(len(one), self._kinds(one)) for one in self.states.sets]
        found, start = [], 0
        for (size, kinds), run in groupby(alike):
            stop = start + len(list(run))
            found.append(Run(slice(start, stop), size, kinds))
            start = stop
        return tuple(found)

    def _kinds(self, subset: Subset) -> tuple[int, ...]:
        most = min(MOST_AT_ONCE - len(subset), len(self.free))
        present = [self.entangled[one] for one in subset]
        return tuple(self._kind[tuple(sorted((*present, *self.free[:more])))] for more in range(most + 1))

    @cached_property
    def _kind(self) -> dict[Subset, int]:
        return dict(zip(self.network.states.sets, self.network.kinds.of_state.tolist(), strict=True))

    @cached_property
    def priors(self) -> tuple[Floats, Floats]:
        """Odds of each source (shape ``(sources, contexts)``) and weight of each number of sources."""
        fitted = [self.network.prior(context) for context in self.batch.contexts]
        return np.hstack([one.odds[:, :1] for one in fitted]), np.hstack([one.by_size[:, :1] for one in fitted])

    @cached_property
    def injections(self) -> Floats:
        """What each choice of injections adds to each class of sets (shape ``(classes, injections)``)."""
        ones = np.ones(self.network.kinds.number)
        listed = [self.network.class_factor(one)[:, 0] if one else ones for one in self.batch.injections]
        return np.stack(listed, axis=1)

    def chunk(self, rows: slice, space: Floats, out: Floats) -> None:
        """Work out the posterior of some cases.

        :param space: room for the weights (shape ``(sets of entangled sources, cases or more)``)
        :param out: where to put the posterior (shape ``(sources, cases)``)
        """
        odds, by_size = (table.take(self.batch.context[rows], axis=1) for table in self.priors)
        together = self._findings(odds, self.batch.codes(rows))
        factor = self.injections.take(self.batch.injected[rows], axis=1)
        weights = self._weights(odds, together, space[:, : odds.shape[1]])
        free = odds[list(self.free)]
        one, two, three = elementary(free)
        by_free = self._by_number_free(weights, by_size, factor, (np.ones_like(one), one, two, three))
        found, total = self.states.sums(weights)
        if not (total > 0).all():
            impossible = rows.start + int(np.argmin(total > 0))
            # The full network says which findings are in conflict.
            self.network.weights(self.batch.case(impossible))
            raise ArithmeticError(f"the findings of case {impossible} cannot all be true under the model")
        out[list(self.entangled)] = found / total
        # A free source is present with none, one or two of the other free ones.
        without_one = one - free
        without_two = two - free * without_one
        out[list(self.free)] = free * (by_free[1] + by_free[2] * without_one + by_free[3] * without_two) / total

    def _findings(self, odds: Floats, codes: Codes) -> dict[Subset, Floats]:
        """Bring the findings into ``odds``; what sources add beyond them together is returned."""
        together: dict[Subset, Floats] = {}
        capped: dict[Subset, Floats] = {}
        for bundle, index in zip(self.bundles, self._indices(codes), strict=True):
            for table, subsets in bundle.tables:
                factor = table.take(index)
                for subset in subsets:
                    _multiply(odds, together, subset, factor)
                    if bundle.capped and set(subset) <= set(self.network.complex):
                        capped[subset] = capped[subset] * factor if subset in capped else factor
        cap = self.network.parameters["likelihoods.limits.examination_cap"][:1]
        for subset, factor in held_back([capped], self.network.complex, cap).items():
            _multiply(odds, together, subset, factor)
        return together

    def _indices(self, codes: Codes) -> NDArray[np.intp]:
        """Where to look in the tables of each bundle (shape ``(bundles, cases)``)."""
        found = np.empty((len(self.bundles), codes.shape[1]), np.int16)
        codes = codes * self.steps
        for bundle, index in zip(self.bundles, found, strict=True):
            index[:] = codes[bundle.rows[0]]
            for row in bundle.rows[1:]:
                index += codes[row]
        return found.astype(np.intp)

    @cached_property
    def steps(self) -> Codes:
        """By what the codes of each group are multiplied to find their place in the tables of its bundle."""
        found = np.ones((len(self.batch.speaking.groups), 1), np.int16)
        for bundle in self.bundles:
            numbers = [self.batch.speaking.numbers[row] for row in bundle.rows]
            for position, row in enumerate(bundle.rows):
                found[row] = np.prod(numbers[position + 1 :])
        return found

    def _weights(self, odds: Floats, together: dict[Subset, Floats], out: Floats) -> Floats:
        """The weight of each set of entangled sources by its findings alone."""
        place = {source: row for row, source in enumerate(self.entangled)}
        inside = {tuple(sorted(place[one] for one in subset)): factor for subset, factor in together.items()}
        ones = np.ones((MOST_AT_ONCE + 1, 1))
        return self.states.weights(odds[list(self.entangled)], ones, inside, out)

    def _by_number_free(
        self, weights: Floats, by_size: Floats, factor: Floats, products: tuple[Floats, ...]
    ) -> list[Floats | float]:
        """Multiply each weight by what injections, the prior and any number of free sources add to it.

        :param products: summed products of the odds of none, one, two and three free sources
        :return: the summed weight of all sets with none, one, two and three free sources, per unit of ``products``
        """
        found: list[Floats | float] = [0.0] * (MOST_AT_ONCE + 1)
        pairs = {(kind, run.size + more) for run in self.runs for more, kind in enumerate(run.kinds)}
        shares = {(kind, size): factor[kind] * by_size[size] for kind, size in pairs}
        for run in self.runs:
            block = weights[run.rows]
            tail = shares[run.kinds[0], run.size]
            if len(run.kinds) > 1:
                whole = block.sum(axis=0) if len(block) > 1 else block[0].copy()
                for more, kind in enumerate(run.kinds[1:], 1):
                    share = shares[kind, run.size + more]
                    found[more] = found[more] + whole * share
                    tail = tail + share * products[more]
            block *= tail
        return found


def _multiply(odds: Floats, together: dict[Subset, Floats], subset: Subset, factor: Floats) -> None:
    """Bring a factor in where it belongs: into the odds of one source, or into what several add together."""
    if len(subset) == 1:
        odds[subset[0]] *= factor
    elif subset in together:
        together[subset] = together[subset] * factor
    else:
        together[subset] = factor
