"""Which question or test would tell most about the sources, and what its results would do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np

from sacroiliac.inference.blocks import LEVELS, PLACES, Block
from sacroiliac.inference.evidence import Rules
from sacroiliac.inference.network import Evidence, Network
from sacroiliac.inference.speaking import Reading, names
from sacroiliac.inference.states import Floats
from sacroiliac.knowledge.model import Group
from sacroiliac.rules import MET, NOT_DOCUMENTED, Table, smallest_settling

NEEDLE = 6
QUESTION = 0
CHANGES_SHOWN = 3


class Result(msgspec.Struct, frozen=True):
    """One possible result of a question or test: how likely it is now, and the sources it would change most."""

    name: str
    probability: float
    sources: tuple[tuple[str, float], ...]


class Question(msgspec.Struct, frozen=True):
    """Something not documented that would tell about the sources.

    ``kind`` is ``group`` (``name``: the group; ``asks``: its findings), ``relief`` (the anaesthetic phase of an
    injection, by number), ``images`` (proof of where an injection went), ``joint_block`` or ``posterior_block``.
    ``bits`` is the expected information about which sources are present; ``worth`` is what it counts for after
    the burden.
    """

    kind: str
    name: str
    asks: tuple[str, ...]
    burden: int
    bits: float
    worth: float
    results: tuple[Result, ...]


def questions(network: Network, rules: Rules, evidence: Evidence, cases: Table, row: int) -> tuple[Question, ...]:
    """Everything worth asking in one case, best first."""
    ranking = network.knowledge.ranking
    weights = network.weights(evidence)[:, 0]
    posterior = weights / weights.sum()
    found = []
    for kind, name, asks, burden, results, table in _candidates(network, rules, evidence, cases, row):
        bits = information(posterior, table)
        if bits >= ranking.smallest_information.value:
            worth = bits * ranking.burden_discount.value**burden
            found.append(Question(kind, name, asks, burden, bits, worth, _results(network, posterior, results, table)))
    return tuple(sorted(found, key=lambda one: (-one.worth, one.kind, one.name)))


def information(posterior: Floats, table: Floats) -> float:
    """Expected information in bits about the state.

    :param posterior: probability of each state (shape ``(states,)``)
    :param table: P(result | state) (shape ``(results, states)``, columns add up to one)
    """
    expected = table @ posterior
    ratio = np.divide(table, expected[:, None], out=np.ones_like(table), where=table > 0)
    return max(0.0, float(((table * np.log2(ratio)).sum(axis=0)) @ posterior))


def _results(network: Network, posterior: Floats, names: Iterable[str], table: Floats) -> tuple[Result, ...]:
    """Each result with its probability, and what it would do to the sources it changes most."""
    found = []
    now = network.states.membership @ posterior
    for name, probability, joint in zip(
        names, table @ posterior, (table * posterior) @ network.states.membership.T, strict=True
    ):
        # A result that cannot come changes nothing.
        after = joint / probability if probability > 0 else now
        order = np.lexsort((np.arange(len(now)), -np.abs(after - now)))[:CHANGES_SHOWN]
        changed = tuple((network.sources[one], float(after[one])) for one in order)
        found.append(Result(name, float(probability), changed))
    return tuple(found)


Candidate = tuple[str, str, tuple[str, ...], int, tuple[str, ...], Floats]


def _candidates(network: Network, rules: Rules, evidence: Evidence, cases: Table, row: int) -> Iterable[Candidate]:
    spoken = {reading[0]: reading for reading in evidence.levels}
    replaced = {name for spoke in spoken for name in network.group[spoke].replaces}
    for group in network.group.values():
        # A score that would take the place of findings already counted tells less than its table says.
        supersedes = any(name in spoken for name in group.replaces)
        known = spoken.get(group.id)
        if group.id not in replaced and not supersedes and (known is None or known[1] < known[2]):
            if _can_be_asked(group, rules, cases, row):
                heard = {name for spoke in spoken if spoke != group.id for name in names(network.group[spoke])}
                yield _group(network, group, known, heard)
    yield from _injections(network, evidence)


def _can_be_asked(group: Group, rules: Rules, cases: Table, row: int) -> bool:
    """Whether answering the group's own questions alone could make it speak (more clearly)."""
    for rule in rules.readings[group.id]:
        if rule.evaluate(cases)[row] == MET:
            return False
        if rule.evaluate(cases)[row] == NOT_DOCUMENTED:
            needed, _ = smallest_settling(rule, cases, row)
            if needed is not None and {one.fact for one in needed} <= {*group.asks, *_counted(group)}:
                return True
    return False


def _counted(group: Group) -> tuple[str, ...]:
    """Findings that are worked out from what the group asks."""
    return ("provocation_count", "provocation_count_done") if "thigh_thrust" in group.asks else ()


def _group(network: Network, group: Group, known: Reading | None, heard: set[str]) -> Candidate:
    damped = tuple(index for index, one in enumerate(group.damped_by) if one.group in heard)
    lowest, highest = (known[1], known[2]) if known else (0, len(group.levels) - 1)
    rows = network.by_state(group.id, damped)[lowest : highest + 1]
    levels = tuple(group.levels[level] for level in range(lowest, highest + 1))
    return ("group", group.id, group.asks, group.burden, levels, rows / rows.sum(axis=0))


def _injections(network: Network, evidence: Evidence) -> Iterable[Candidate]:
    of_state = network.kinds.of_state

    def after(changed: tuple[Block, ...]) -> Floats:
        read = network.injections(changed)
        return np.prod([phase[:, 0] for phase in (*read.anaesthetic, *read.steroid)], axis=0)

    def by_relief(block: Block, before: tuple[Block, ...], behind: tuple[Block, ...]) -> Floats:
        rows = np.stack([after((*before, replace(block, relief=level), *behind)) for level in range(len(LEVELS))])
        return (rows / rows.sum(axis=0))[:, of_state]

    now = evidence.blocks
    for number, block in enumerate(now):
        if block.relief is None:
            recalled = tuple(one for one in network.knowledge.injections.modifiers if one.id == "recalled")
            powers = (*block.powers, *(one.id for one in recalled))
            table = by_relief(replace(block, powers=powers), now[:number], now[number + 1 :])
            yield ("relief", str(number), ("sij_injections",), QUESTION, LEVELS, table)
        elif block.delivery not in ("proven", "lateral_branch", "periarticular", "blind"):
            split = network.injections(now).places[number][:, :, 0]
            yield (
                "images",
                str(number),
                ("sij_injections",),
                QUESTION,
                PLACES,
                (split / split.sum(axis=0))[:, of_state],
            )
    for kind, delivery in (("joint_block", "proven"), ("posterior_block", "lateral_branch")):
        yield (kind, delivery, ("sij_injections",), NEEDLE, LEVELS, by_relief(Block(delivery, None, None), now, ()))
