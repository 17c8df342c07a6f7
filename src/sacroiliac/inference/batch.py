"""The posterior of many cases at once: the same tables and the same sums as for one case, with less work.

Most sources only matter by how many of them are present: no finding ties them to another source, and no
injection tells them apart. They are *free*. Some others are *tied* to single sources of a *core*, by a group of
findings they share, but not to each other. So only the sets of core sources are gone through (26 instead of 576 for
15 sources, 5 of them core), and for each of them the other sources are summed over in closed form: the summed
products of their odds, one, two and three at a time, where the odds of the tied ones depend on the set.

Groups that bear on the same sources are read as one, from a table of their products. Cases are taken in chunks,
large enough that the calls of numpy cost little beside their work. What is left is bound by moving numbers between
the caches: hundreds of sweeps over rows of a chunk, each with one operation for every number moved. Two threads are
no faster than one, because they wait for each other's turn in the interpreter; two processes are twice as fast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sacroiliac.inference.blocks import STEROID_SOURCES
from sacroiliac.inference.evidence import Batch
from sacroiliac.inference.network import Network, held_back
from sacroiliac.inference.prior import elementary
from sacroiliac.inference.speaking import Codes
from sacroiliac.inference.states import MOST_AT_ONCE, Floats, Ints, States, Subset

CHUNK = 25_000  # no power of two: rows that far apart would meet in the same places of the caches
# Tables of several groups together are kept this small, so that they stay in the nearest cache; and no larger than the
# number of cases that read them, as making them would cost more than they save.
LARGEST_TABLE = 4096


def posteriors(network: Network, batch: Batch) -> Floats:
    """The probability of each source in each case, with the numbers as they are (shape ``(sources, cases)``).

    :raises ArithmeticError: when the findings of a case cannot all be true under the model
    """
    many = Many(network, batch)
    found = np.empty((len(network.sources), len(batch)))
    space = np.empty((len(many.states.sets), min(CHUNK, len(batch))))
    for start in range(0, len(batch), CHUNK):
        rows = slice(start, min(start + CHUNK, len(batch)))
        many.chunk(rows, space, found[:, rows])
    return found


def in_variants(network: Network, batch: Batch, variants: int) -> Iterator[tuple[slice, Floats, Floats]]:
    """The posterior of every case with the numbers as they are and as they are drawn, some cases at a time.

    :param variants: how many of the network's variants to go through, from the first one on
    :return: the cases, the probability of each source (shape ``(sources, cases, variants)``), and of each class of
        sets that injections tell apart (``(classes, cases, variants)``)
    :raises ArithmeticError: as :func:`posteriors`
    """
    many = Many(network, batch, variants)
    most = max(1, CHUNK // variants)
    space = np.empty((len(many.states.sets), min(most, len(batch)) * variants))
    for start in range(0, len(batch), most):
        rows = slice(start, min(start + most, len(batch)))
        found = np.empty((len(network.sources), (rows.stop - start) * variants))
        classes = np.zeros((network.kinds.number, found.shape[1]))
        many.chunk(rows, space, found, classes)
        shape = (-1, rows.stop - start, variants)
        yield rows, found.reshape(shape), classes.reshape(shape)


@dataclass(frozen=True)
class Bundle:
    """Groups whose codes are read as one number.

    ``tables``: the factor for each such number, and the subsets of sources whose sets it multiplies.
    """

    rows: tuple[int, ...]
    tables: tuple[tuple[Floats, tuple[Subset, ...]], ...]
    capped: bool


@dataclass(frozen=True)
class CoreSet:
    """A set of core sources.

    ``size``: how many sources it has; ``kinds``: its class when none, one, ... of the other sources are present
    besides; ``ties``: for tied sources, by their place among these, what ties them to sources of the set.
    """

    size: int
    kinds: tuple[int, ...]
    ties: tuple[tuple[int, Subset], ...]


@dataclass(frozen=True)
class Many:
    """The tables of one network, laid out for many cases.

    Every case has a column for each of the first ``variants`` variants of the network's numbers; those of a case are
    neighbours, and so are the variants of a number in the tables.
    """

    network: Network
    batch: Batch
    variants: int = 1

    @cached_property
    def together(self) -> tuple[Subset, ...]:
        """The sets of sources that add something to each other's odds when they are together."""
        found = {subset for bundle in self.bundles for _, subsets in bundle.tables for subset in subsets}
        parts = self.network.complex
        found |= {one for size in range(2, MOST_AT_ONCE + 1) for one in combinations(parts, size)}
        return tuple(sorted(subset for subset in found if len(subset) > 1))

    @cached_property
    def core(self) -> Subset:
        """The sources whose sets are gone through: those that injections tell apart, and enough of the others that
        what is left is tied to them only."""
        # No source is of the kind "other": its row of the steroid table is that of all kinds which have none of their own.
        found = [
            row
            for row, one in enumerate(self.network.knowledge.sources.sources)
            if one.answers_like_joint or one.kind in STEROID_SOURCES
        ]
        while outside := [rest for one in self.together if len(rest := set(one).difference(found)) > 1]:
            often = Counter(row for rest in outside for row in rest)
            found.append(min(often, key=lambda row: (-often[row], row)))
        return tuple(sorted(found))

    @cached_property
    def tied(self) -> Subset:
        """The sources that something ties to core sources."""
        return tuple(sorted({row for one in self.together for row in one}.difference(self.core)))

    @cached_property
    def free(self) -> Subset:
        """All other sources."""
        return tuple(row for row in range(len(self.network.sources)) if row not in {*self.core, *self.tied})

    @cached_property
    def states(self) -> States:
        """The sets of core sources."""
        return States(len(self.core))

    @cached_property
    def bundles(self) -> tuple[Bundle, ...]:
        """The groups in bundles of those that bear on the same sources."""
        speaking, largest = self.batch.speaking, min(LARGEST_TABLE, len(self.batch))
        alike: dict[tuple[Subset, bool], list[list[int]]] = {}
        for row, group in enumerate(speaking.groups):
            listed = alike.setdefault((self.network.table(group.id).linked, group.capped), [[]])
            if listed[-1] and np.prod([speaking.numbers[one] for one in (*listed[-1], row)]) > largest:
                listed.append([])
            listed[-1].append(row)
        return tuple(self._bundle(rows, capped) for (_, capped), listed in alike.items() for rows in listed)

    def _bundle(self, rows: Sequence[int], capped: bool) -> Bundle:
        numbers = [self.batch.speaking.numbers[row] for row in rows]
        by_subset: dict[Subset, Floats] = {}
        for position, row in enumerate(rows):
            shape = [-1 if one == position else 1 for one in range(len(rows))]
            for subset, factors in self._by_code(row).items():
                before = by_subset.get(subset, np.ones([*numbers, self.variants]))
                by_subset[subset] = before * factors.reshape([*shape, self.variants])
        # Sources with the same numbers (the joint and its ligaments) share a table.
        shared: dict[bytes, tuple[Floats, list[Subset]]] = {}
        for subset, table in by_subset.items():
            shared.setdefault(table.tobytes(), (table.reshape(-1), []))[1].append(subset)
        return Bundle(tuple(rows), tuple((table, tuple(listed)) for table, listed in shared.values()), capped)

    def _by_code(self, row: int) -> dict[Subset, Floats]:
        """By which factor each code of a group multiplies the sets that contain a subset (``(codes, variants)``)."""
        speaking = self.batch.speaking
        found: dict[Subset, Floats] = {}
        for code in range(1, speaking.numbers[row]):
            for subset, factor in self.network.factors(*speaking.reading(row, code))[1].items():
                table = found.setdefault(subset, np.ones((speaking.numbers[row], self.variants)))
                table[code] = factor[: self.variants]
        return found

    @cached_property
    def core_sets(self) -> tuple[CoreSet, ...]:
        """The sets of core sources, in the order of :attr:`states`."""
        return tuple(self._core_set(tuple(self.core[one] for one in places)) for places in self.states.sets)

    def _core_set(self, present: Subset) -> CoreSet:
        others = (*self.free, *self.tied)[: MOST_AT_ONCE - len(present)]
        kinds = [self._kind[tuple(sorted((*present, *others[:more])))] for more in range(len(others) + 1)]
        ties = [
            (place, one)
            for place, source in enumerate(self.tied)
            for one in self.together
            if source in one and set(one) <= {source, *present}
        ]
        return CoreSet(len(present), tuple(kinds), tuple(ties))

    @cached_property
    def _kind(self) -> dict[Subset, int]:
        return dict(zip(self.network.states.sets, self.network.kinds.of_state.tolist(), strict=True))

    @cached_property
    def priors(self) -> tuple[Floats, Floats]:
        """Odds of each source (shape ``(sources, contexts and variants)``) and weight of each number of sources."""
        fitted, variants = [self.network.prior(context) for context in self.batch.contexts], self.variants
        return (
            np.hstack([one.odds[:, :variants] for one in fitted]),
            np.hstack([one.by_size[:, :variants] for one in fitted]),
        )

    @cached_property
    def injections(self) -> Floats:
        """What each choice of injections adds to each class of sets (shape ``(classes, injections and variants)``)."""
        return np.hstack([self._injected(one) for one in range(len(self.batch.injections))])

    def _injected(self, which: int) -> Floats:
        injected = self.batch.injections[which]
        if not injected:
            return np.ones((self.network.kinds.number, self.variants))
        return self.network.class_factor(injected)[:, : self.variants]

    def _factor(self, which: Ints) -> Floats:
        """What the injections of some cases add to each class of sets (shape ``(classes, columns)``)."""
        if self.variants == 1:
            return self.injections.take(which, axis=1)
        # In all variants a table of all would be large, and most choices are those of one case.
        return np.hstack([self._injected(one) for one in which.tolist()])

    def _columns(self, which: Ints) -> Ints:
        """The columns of a table that some cases read: those of all variants of what each has."""
        if self.variants == 1:
            return which
        return (which[:, None] * self.variants + np.arange(self.variants)).reshape(-1)

    def chunk(self, rows: slice, space: Floats, out: Floats, classes: Floats | None = None) -> None:
        """Work out the posterior of some cases.

        :param space: room for the weights (shape ``(sets of core sources, columns or more)``)
        :param out: where to put the posterior (shape ``(sources, columns)``)
        :param classes: where to add the probability of each class of sets (shape ``(classes, columns)``)
        """
        odds, by_size = (table.take(self._columns(self.batch.context[rows]), axis=1) for table in self.priors)
        together = self._findings(odds, self.batch.codes(rows))
        factor = self._factor(self.batch.injected[rows])
        weights = self._weights(odds, together, space[:, : odds.shape[1]])
        free, tied = self._others(odds, together, weights, factor, by_size, classes)
        found, total = self.states.sums(weights)
        if not (total > 0).all():
            impossible = rows.start + int(np.argmin(total > 0)) // self.variants
            # The full network says which findings are in conflict.
            self.network.weights(self.batch.case(impossible))
            raise ArithmeticError(f"the findings of case {impossible} cannot all be true under the model")
        for sources, weight in ((self.core, found), (self.free, free), (self.tied, tied)):
            out[list(sources)] = weight / total
        if classes is not None:
            classes /= total

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
        cap = self.network.parameters["likelihoods.limits.examination_cap"][: self.variants]
        if self.variants > 1:
            cap = np.resize(cap, odds.shape[1])
        for subset, factor in held_back([capped], self.network.complex, cap).items():
            _multiply(odds, together, subset, factor)
        return together

    def _indices(self, codes: Codes) -> NDArray[np.intp]:
        """Where to look in the tables of each bundle (shape ``(bundles, columns)``)."""
        found = np.empty((len(self.bundles), codes.shape[1]), np.int16)
        codes = codes * self.steps
        for bundle, index in zip(self.bundles, found, strict=True):
            index[:] = codes[bundle.rows[0]]
            for row in bundle.rows[1:]:
                index += codes[row]
        if self.variants == 1:
            return found.astype(np.intp)
        columns = found.astype(np.intp)[:, :, None] * self.variants + np.arange(self.variants)
        return columns.reshape(len(found), -1)

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
        """The weight of each set of core sources by its findings alone."""
        place = {source: row for row, source in enumerate(self.core)}
        inside = {
            tuple(place[one] for one in subset): factor
            for subset, factor in together.items()
            if place.keys() >= set(subset)
        }
        ones = np.ones((MOST_AT_ONCE + 1, 1))
        return self.states.weights(odds[list(self.core)], ones, inside, out)

    def _others(
        self,
        odds: Floats,
        together: dict[Subset, Floats],
        weights: Floats,
        factor: Floats,
        by_size: Floats,
        classes: Floats | None,
    ) -> tuple[Floats, Floats]:
        """Multiply each weight by what injections, the prior and any number of other sources add to it.

        :param classes: where to add the weight of each class of sets, if that is wanted
        :return: the summed weight of all sets with each of the free and of the tied sources
        """
        free, usual = odds[list(self.free)], odds[list(self.tied)]
        of_free = elementary(free)
        pairs = {(kind, one.size + more) for one in self.core_sets for more, kind in enumerate(one.kinds)}
        shares = {(kind, size): factor[kind] * by_size[size] for kind, size in pairs}
        totals = [np.zeros(odds.shape[1]) for _ in range(MOST_AT_ONCE)]
        found = np.zeros_like(usual)
        for one, weight in zip(self.core_sets, weights, strict=True):
            share = [shares[kind, one.size + more] for more, kind in enumerate(one.kinds)]
            if classes is not None:
                classes[one.kinds[0]] += weight * share[0]
            if len(share) == 1:  # no room for others
                weight *= share[0]
                continue
            tied = usual.copy() if one.ties else usual
            for place, subset in one.ties:
                tied[place] *= together[subset]
            products = _with(of_free, tied, len(share) - 1)
            besides = [weight * part for part in share[1:]]
            if classes is not None:
                for kind, beside, product in zip(one.kinds[1:], besides, products, strict=True):
                    classes[kind] += beside * product
            coefficients = [_joined(besides[power:], products) for power in range(len(besides))]
            for total, coefficient in zip(totals, coefficients, strict=False):
                total += coefficient
            found += tied * _polynomial(coefficients, tied)
            weight *= _joined(share, products)
        return free * _polynomial(totals, free), found


def _with(sums: Sequence[Floats], rows: Floats, most: int) -> list[Floats]:
    """Summed products of odds, one to ``most`` at a time, when more sources join those of ``sums``."""
    found = list(sums[:most])
    for row in rows:
        for size in range(most - 1, 0, -1):
            found[size] = found[size] + row * found[size - 1]
        found[0] = found[0] + row
    return found


def _joined(shares: Sequence[Floats], products: Sequence[Floats]) -> Floats:
    """The summed weight of none, one, ... other sources, by the share of each number and their summed products."""
    found = shares[0]
    for share, product in zip(shares[1:], products, strict=False):
        found = found + share * product
    return found


def _polynomial(coefficients: Sequence[Floats], odds: Floats) -> Floats:
    """The weight of a source per unit of its ``odds``, from what all others give with it among them.

    It is there alone, with one of the others (``e1 - x``), or with two (``e2 - x * (e1 - x)``): a polynomial of its
    odds ``x`` whose signs take turns.
    """
    found = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        found = coefficient - odds * found
    return found


def _multiply(odds: Floats, together: dict[Subset, Floats], subset: Subset, factor: Floats) -> None:
    """Bring a factor in where it belongs: into the odds of one source, or into what several add together."""
    if len(subset) == 1:
        odds[subset[0]] *= factor
    elif subset in together:
        together[subset] = together[subset] * factor
    else:
        together[subset] = factor
