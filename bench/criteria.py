"""Criteria of policies on FHIR charts, against cql-execution running the exported CQL on the same charts."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.agreement import DisagreementError
from bench.table import Row, Section, rate
from sacroiliac.cases import Builder
from sacroiliac.chart.dates import span
from sacroiliac.chart.fhir import document
from sacroiliac.export import cql
from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.rules import MET, NOT_MET, parse
from tests.export.charts import Charts
from tests.export.engine import Engine

CHARTS = 20
ROUNDS = 2
WANTED = 200
SIGNS = {MET: "1", NOT_MET: "0"}


def measure(knowledge: Knowledge, charts: int = CHARTS, rounds: int = ROUNDS) -> Section:
    """Every item of every policy on every chart, from the bytes of the charts to the answers."""
    made = Charts(knowledge, seed=7)
    listed = [(bundle, given | {"Planned": {}}) for bundle, given in (made.chart() for _ in range(charts))]
    ours = Ours(knowledge)
    data = [(json.dumps(bundle).encode(), given["ReviewDate"], given["Side"]) for bundle, given in listed]
    with tempfile.TemporaryDirectory() as folder, Engine() as engine:
        engine.translate(ours.libraries)
        file = Path(folder, "charts.ndjson")
        lines = [json.dumps({"bundle": bundle, "parameters": given}) for bundle, given in listed]
        file.write_text("\n".join(lines), encoding="utf-8")
        _agree(ours, engine, listed, data)
        rows = []
        for what, plain, least in (
            ("criteria, cql-execution", True, WANTED),
            ("the same, its findings shared", False, None),
        ):
            pairs = []
            for _ in range(rounds):
                theirs = engine.ask(file=str(file), plain=plain)
                start = time.perf_counter()
                answers = sum(len(one) for one in ours.answers(data))
                seconds = time.perf_counter() - start
                pairs.append((answers / seconds, theirs["answers"] / theirs["seconds"]))
            mine, other = (statistics.median(one) for one in zip(*pairs, strict=True))
            ratio = statistics.median(one / peer for one, peer in pairs)
            rows.append(Row(what, rate(mine), rate(other), ratio, least=least))
    number = len(ours.items)
    size = statistics.mean(len(one) for one, _, _ in data) / 1000
    notes = (
        f"{number} criteria of {len(knowledge.policies)} policies on {charts} random FHIR charts of {size:,.0f} kB on "
        "average: criteria a second, from the bytes of the charts to the answers, which are the same.",
        "cql-execution with cql-exec-fhir runs one library for each policy, as its Executor does, and works out the "
        "findings anew for each. Shared: they are worked out once for a chart, as if all policies stood in one library.",
        "Translating the libraries and loading the knowledge are not timed.",
    )
    return Section("Criteria of policies", tuple(rows), notes)


class Ours:
    """This program's evaluator, with the items of all policies."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.builder = Builder(knowledge)
        words = vocabulary.of_case(knowledge)
        self.items = {
            f"{cql.name_of(policy)}.{item.id}": parse(item.rule, words)
            for policy in knowledge.policies.values()
            for item in cql.items(policy).values()
        }
        self.libraries = cql.libraries(knowledge)

    def answers(self, data: list[tuple[bytes, str, str]]) -> list[str]:
        """The answers of all items on each chart, a sign for each."""
        read = [(document(one, "chart.json", self.knowledge), span(review)[0], side) for one, review, side in data]
        table = self.builder.build(read).table  # type: ignore[arg-type]
        columns = [rule.evaluate(table).tolist() for rule in self.items.values()]
        return ["".join(SIGNS.get(one, "?") for one in row) for row in zip(*columns, strict=True)]


def _agree(ours: Ours, engine: Engine, listed: list[tuple[Any, Any]], data: list[tuple[bytes, str, str]]) -> None:
    """What is compared must be the same.

    :raises DisagreementError: when it is not
    """
    signs = {True: "1", False: "0", None: "?"}
    for number, (mine, (bundle, given)) in enumerate(zip(ours.answers(data), listed, strict=True)):
        theirs = engine.run(bundle, given)
        if mine != "".join(signs[theirs[name]] for name in ours.items):
            raise DisagreementError(f"cql-execution answers otherwise on chart {number}")
