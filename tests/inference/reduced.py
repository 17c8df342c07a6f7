"""The loaded knowledge cut down to what a published table speaks of."""

from __future__ import annotations

from msgspec.structs import replace

from sacroiliac.inference import Block, Evidence, Model
from sacroiliac.knowledge import load
from sacroiliac.knowledge.model import Counts, Group, Knowledge, Number, Share

JOINT, LIGAMENT, NEITHER = "sij_joint", "sij_ligament", "facet"
CONTEXT = (0, 0)


def number(value: float) -> Number:
    """A number for a test."""
    return Number(value=value, assumption="for a test")


def exclusive(joint: float, ligament: float = 0.0) -> Knowledge:
    """Joint, ligaments or neither, exactly one of them; injections reach what their row of the table names.

    :param joint: share of the joint
    :param ligament: share of the ligaments behind it
    """
    known = load()
    whole = joint + ligament
    kept = {source.id: source for source in known.sources.sources}
    only = (Share(label="for a test", value=number(whole)),)
    rest = (Share(label="for a test", value=number(1 - whole)),)
    sources = replace(
        known.sources,
        counts=Counts(none=number(0.0), one=number(1.0), two=number(0.0)),
        complexes=tuple(replace(one, shares=only) for one in known.sources.complexes),
        sources=(
            replace(kept[JOINT], part=number(joint / whole)),
            replace(kept[LIGAMENT], part=number(ligament / whole)),
            replace(kept[NEITHER], shares=rest),
        ),
    )
    certain = {
        "proven": (1.0, 0.0),
        "around_shown": (0.0, 1.0),
        "not_entered": (0.0, 0.0),
        "lateral_branch": (0.0, 1.0),
    }
    delivery = tuple(
        replace(row, joint=number(certain[row.id][0]), around=number(certain[row.id][1])) if row.id in certain else row
        for row in known.injections.delivery
    )
    groups = tuple(
        replace(group, sources={name: one for name, one in group.sources.items() if name in (JOINT, LIGAMENT, NEITHER)})
        for group in known.likelihoods.groups
        if set(group.sources) & {JOINT, LIGAMENT, NEITHER}
    )
    return replace(
        known,
        sources=sources,
        injections=replace(known.injections, delivery=delivery),
        likelihoods=replace(known.likelihoods, groups=groups),
    )


def untempered(known: Knowledge) -> Knowledge:
    """The same, with every group counted fully."""
    groups = tuple(replace(group, weight=None) for group in known.likelihoods.groups)
    return replace(known, likelihoods=replace(known.likelihoods, groups=groups))


def with_group(known: Knowledge, changed: Group) -> Knowledge:
    """The same, with one group changed."""
    groups = tuple(changed if group.id == changed.id else group for group in known.likelihoods.groups)
    return replace(known, likelihoods=replace(known.likelihoods, groups=groups))


def probability(known: Knowledge, *blocks: Block) -> float:
    """P(these injections) under the knowledge of :func:`exclusive`."""
    return float(Model(known).point.weights(Evidence(CONTEXT, (), blocks)).sum())


def posterior(
    known: Knowledge, *blocks: Block, levels: tuple[tuple[str, int, int, tuple[int, ...]], ...] = ()
) -> list[float]:
    """P(joint), P(ligaments), P(neither) under the knowledge of :func:`exclusive`."""
    network = Model(known).point
    with_source, total = network.states.sums(network.weights(Evidence(CONTEXT, levels, blocks)))
    by_name = dict(zip(network.sources, (with_source / total)[:, 0].tolist(), strict=True))
    return [by_name[name] for name in (JOINT, LIGAMENT, NEITHER)]
