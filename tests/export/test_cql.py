"""The policies in CQL: written by this project, translated and run by the tools of others."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.cases import Builder
from sacroiliac.cases.derive import DERIVED
from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Fact, Origin
from sacroiliac.chart.fhir import document
from sacroiliac.chart.fhir.codes import local_code
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.export import cql, findings
from sacroiliac.export.limits import LIMITS
from sacroiliac.export.writer import NotExpressibleError
from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.rules import MET, NOT_MET, parse
from sacroiliac.rules.tree import Truthful
from tests.chart.fhir import make
from tests.export.charts import Charts
from tests.export.engine import Engine

CHARTS = 500
REVIEW = {"ReviewDate": "2025-06-30", "Side": "right", "Planned": {}}
Answer = bool | None


@pytest.fixture(scope="module")
def rules(knowledge: Knowledge) -> dict[str, Truthful]:
    """Every rule that is exported, by ``library.definition``: of the items, and of what decides for a service."""
    words = vocabulary.of_case(knowledge)
    found: dict[str, str] = {}
    for policy in knowledge.policies.values():
        named = {item.id: item.rule for item in cql.items(policy).values()}
        for service in policy.services:
            named |= cql.gates(knowledge, policy, service.service)
        found |= {f"{cql.name_of(policy)}.{name}": rule for name, rule in named.items()}
    return {name: parse(rule, words) for name, rule in found.items()}


def ours(
    knowledge: Knowledge, bundle: dict[str, Any], given: dict[str, Any], rules: dict[str, Truthful]
) -> dict[str, Answer]:
    """What this program answers."""
    chart = document(json.dumps(bundle).encode(), "chart.json", knowledge)
    chart.facts.append(Fact("planned", _plan(knowledge, given["Planned"]), Origin("plan.yaml", "")))
    table = Builder(knowledge).build([(chart, span(given["ReviewDate"])[0], given["Side"])]).table
    return {name: {MET: True, NOT_MET: False}.get(int(rule.evaluate(table)[0])) for name, rule in rules.items()}


def _plan(knowledge: Knowledge, given: dict[str, Any]) -> dict[str, Any]:
    """The parameter as the program has it: words in place of codes."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            found[name] = {
                "present": [word for word, one in value.items() if one],
                "absent": [word for word, one in value.items() if not one],
            }
        else:
            found[name] = value.replace("-", "_") if isinstance(value, str) else value
    return found


# ---------------------------------------------------------------------------------------------------- the proof


def test_every_item_of_every_policy_answers_as_the_program_does(
    knowledge: Knowledge, rules: dict[str, Truthful], tmp_path: Path
) -> None:
    """On random charts, with another project's translator and engine: met, not met and null alike."""
    charts = Charts(knowledge, seed=1)
    seen: dict[str, Counter[Answer]] = defaultdict(Counter)
    with Engine() as engine:
        engine.translate(cql.libraries(knowledge))
        assert {f"{library}.{name}" for library, names in engine.definitions.items() for name in names} == rules.keys()
        for number in range(CHARTS):
            bundle, given = charts.chart()
            wanted, found = ours(knowledge, bundle, given, rules), engine.run(bundle, given)
            odd = {name: (wanted[name], found[name]) for name in rules if wanted[name] is not found[name]}
            (tmp_path / "chart.json").write_text(json.dumps({"bundle": bundle, "parameters": given}), encoding="utf-8")
            assert not odd, f"chart {number}, {tmp_path / 'chart.json'}: {odd}"
            for name, answer in wanted.items():
                seen[name][answer] += 1
            if number < 3:
                assert engine.run(bundle, given, plain=True) == found
    # A test about this test: the charts bring forth every answer of nearly every item.
    items = {cql.name_of(policy) + "." + name for policy in knowledge.policies.values() for name in cql.items(policy)}
    moved = {name: seen[name] for name in items if rules[name].names}
    assert {name: answers for name, answers in moved.items() if len(answers) < 2} == {}
    assert sum(len(answers) == 3 for answers in moved.values()) > 0.6 * len(moved)


# ------------------------------------------------------------------------------------------------- small charts


def written(knowledge: Knowledge, *rules: str) -> dict[str, str]:
    """A library of some rules, and the findings library they need."""
    words = vocabulary.of_case(knowledge)
    parsed = [parse(rule, words) for rule in rules]
    names = {name for rule in parsed for name in rule.names} - {cql.REQUEST_DATE}
    writer = findings.writer(knowledge, f"{cql.ALIAS}.")
    version = re.search(r"version '(.+)'", (shared := findings.library(knowledge, names)).splitlines()[0])
    assert version is not None
    lines = [
        "library Rules",
        "using FHIR version '4.0.1'",
        f"include {findings.NAME} version '{version[1]}' called {cql.ALIAS}",
        "context Patient",
        *(f'define "{number}":\n  {writer.truth(rule)}' for number, rule in enumerate(parsed)),
    ]
    return {findings.NAME: shared, "Rules": "\n".join(lines)}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for the small charts."""
    with Engine() as one:
        yield one


@pytest.fixture
def answers(knowledge: Knowledge, engine: Engine) -> Any:
    """Answers of both to some rules on some charts: ``answers(rules, charts)`` gives two lists for each chart."""

    def both(rules: list[str], bundles: list[dict[str, Any]]) -> list[tuple[list[Answer], list[Answer]]]:
        engine.translate(written(knowledge, *rules))
        words = vocabulary.of_case(knowledge)
        parsed = {f"Rules.{number}": parse(rule, words) for number, rule in enumerate(rules)}
        return [
            (list(ours(knowledge, one, REVIEW, parsed).values()), list(engine.run(one, REVIEW).values()))
            for one in bundles
        ]

    return both


def said(name: str, **content: Any) -> dict[str, Any]:
    """An Observation of a finding."""
    return make.observation(name, make.coded(make.LOCAL, local_code(name)), **content)


def recorded(identity: str = "q", **answered: Any) -> dict[str, Any]:
    """A response to the injection record."""
    given = {
        "date": {"valueDate": "2025-03-04"},
        "side": {"valueCoding": {"system": make.ANSWERS, "code": "right"}},
        **answered,
    }
    items = [{"linkId": name, "answer": [one]} for name, one in given.items()]
    return make.resource("QuestionnaireResponse", identity, status="completed", questionnaire=URL, item=items)


def relief(percent: float) -> dict[str, Any]:
    return {"relief_percent": {"valueDecimal": percent}, "intent": {"valueCoding": {"code": "diagnostic"}}}


def test_two_equal_blocks_are_two(answers: Any) -> None:
    """A query without ``return all`` drops equal entries: two blocks alike in all that is asked would be one."""
    blocks = [recorded("q1", **relief(80)), recorded("q2", **relief(80), date={"valueDate": "2025-04-01"})]
    rules = ["count(dx_blocks, relief_percent__gte=75) >= 2", "count(dx_blocks) >= 3", "sessions(dx_blocks) >= 2"]
    ((wanted, found),) = answers(rules, [make.bundle(*blocks)])
    assert wanted == found == [True, None, True]


def test_one_injection_recorded_twice_is_one(answers: Any) -> None:
    twice = [recorded("q1", **relief(80)), recorded("q2", **relief(90))]
    ((wanted, found),) = answers(
        ["count(dx_blocks) >= 2", "count(dx_blocks, relief_percent__gte=85) >= 1"], [make.bundle(*twice)]
    )
    assert wanted == found == [None, None]


def test_the_last_of_two_treatments_of_one_day_is_the_same(answers: Any) -> None:
    """An engine that takes equal dates for different ones sorts by nothing else."""
    treated = {"intent": {"valueCoding": {"code": "therapeutic"}}}
    both = {"side": {"valueCoding": {"code": "bilateral"}}}
    for first, second in (("q1", "q2"), ("q2", "q1")):
        day = [
            recorded(first, **treated, same_scale={"valueBoolean": True}),
            recorded(second, **treated, **both, same_scale={"valueBoolean": False}),
        ]
        ((wanted, found),) = answers(["last_tx.same_scale"], [make.bundle(*day)])
        assert wanted == found == [first == "q2"]


def test_at_least_k_of_leaves_the_unknown_unknown(answers: Any) -> None:
    tests = ("faber", "gaenslen", "thigh_thrust", "compression")
    rule = "n(provocation_positive & {'faber', 'gaenslen', 'thigh_thrust', 'compression'}) >= 3"
    charts = [
        make.bundle(*(make.exam(local_code(test), result) for test, result in zip(tests, results, strict=False)))
        for results in ([make.POSITIVE] * 3, [make.POSITIVE] * 2, [make.NEGATIVE] * 2, [make.NEGATIVE])
    ]
    assert answers([rule], charts) == [([one], [one]) for one in (True, None, False, None)]


def test_relief_from_scores_is_the_same_number(answers: Any) -> None:
    """Decimals: 3.3 of 4.4 is 75 percent, and both sides must say so of the same scores."""
    scores = [(whole / 10, part / 40) for whole in range(4, 101, 8) for part in (whole, whole + 1)]
    charts = [
        make.bundle(
            recorded(
                pre_pain={"valueDecimal": before},
                post_pain={"valueDecimal": after},
                intent={"valueCoding": {"code": "diagnostic"}},
            )
        )
        for before, after in scores
    ]
    found = answers(["count(dx_blocks, relief_percent__gte=75) >= 1"], charts)
    assert all(ours == theirs for ours, theirs in found)
    assert {one for ours, _ in found for one in ours} == {True, None}


def test_months_run_to_the_end_of_the_month(answers: Any) -> None:
    onsets = ("2025-03-30", "2025-03-31", "2025-04-01", "2025", "2025-05-30", "2024", "2026-01-01")
    charts = [make.bundle(said("pain_onset_date", valueDateTime=one)) for one in onsets]
    found = answers(["pain_duration_months >= 3", "pain_duration_months > 1", "age_at_onset_years >= 54"], charts)
    assert [ours for ours, _ in found] == [theirs for _, theirs in found]
    assert [ours[0] for ours, _ in found] == [True, True, False, None, False, True, None]


# ----------------------------------------------------------------------------------------- what is not written


def test_every_item_is_written(knowledge: Knowledge) -> None:
    assert cql.not_expressed(knowledge) == {}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("count(rfa_history) >= 1", "no questionnaire"),
        ("pain_onset_date < request_date", "dates are not compared"),
        ("weeks_between(pain_onset_date, last_tx.date) >= 6", "no policy asks for it"),
    ],
)
def test_what_no_policy_asks_for_is_refused_with_a_reason(knowledge: Knowledge, rule: str, why: str) -> None:
    with pytest.raises(NotExpressibleError, match=why):
        findings.writer(knowledge).truth(parse(rule, vocabulary.of_case(knowledge)))


def test_a_rule_that_is_not_of_a_case_is_refused(knowledge: Knowledge) -> None:
    rule = parse("injection.reached == 'joint' and injection.relief_percent >= 50", vocabulary.of_injection(knowledge))
    with pytest.raises(NotExpressibleError, match="not a finding of a case"):
        findings.writer(knowledge).truth(rule)


# A chart for each limit, and a rule that the program answers on it.
LEFT_OUT: dict[str, tuple[str, dict[str, Any]]] = {
    "treatments": (
        "conservative_weeks >= 4",
        make.procedure("pt", make.coded(make.CPT, "97110"), performedPeriod={"start": "2025-03-04", "end": "2025-05-20"}, performedDateTime=None),
    ),
    "procedures": ("sessions(tx_injections) >= 1", make.injection(usedCode=[{"text": "triamcinolone acetonide 40 mg"}])),
    "codes": ("inflammatory_arthropathy", make.condition("as", make.coded(make.ICD, "M45.9"))),
    "words": ("sij_tenderness", said("sij_tenderness", valueString="positive", bodySite=make.site(make.RIGHT))),
    "units": ("pt_weeks >= 4", said("pt_weeks", valueQuantity=make.quantity(2, "mo"))),
    "interpretation": (
        "pain_axial",
        said("pain_axial", interpretation=[make.coded("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "POS")]),
    ),
    "components": (
        "pain_axial",
        make.observation("panel", {"text": "history"}, component=[{"code": make.coded(make.LOCAL, "pain-axial"), "valueBoolean": True}]),
    ),
    "site_words": ("sij_tenderness", said("sij_tenderness", valueBoolean=True, bodySite={"text": "right SI joint"})),
}  # fmt: skip


def test_what_is_left_out_is_still_left_out(answers: Any) -> None:
    """Each limit is tried again: the program answers, the libraries say null. What they learn leaves the list."""
    assert LEFT_OUT.keys() == {one.id for one in LIMITS}
    without = {
        name: {key: value for key, value in one.items() if value is not None} for name, (_, one) in LEFT_OUT.items()
    }
    names = list(LEFT_OUT)
    found = answers([LEFT_OUT[name][0] for name in names], [make.bundle(without[name]) for name in names])
    answered = {
        name: (ours[at], theirs[at]) for at, (name, (ours, theirs)) in enumerate(zip(names, found, strict=True))
    }
    assert answered == dict.fromkeys(names, (True, None))


def test_every_finding_that_is_worked_out_is_so_in_cql_or_listed(
    knowledge: Knowledge, rules: dict[str, Truthful]
) -> None:
    names = {name for rule in rules.values() for name in rule.names} - {cql.REQUEST_DATE}
    needed = set(findings.needed(knowledge, names))
    assert needed & DERIVED.keys() == needed & (findings.DERIVED.keys() | findings.STATED_ONLY.keys())
    assert findings.DERIVED.keys() <= DERIVED.keys()
    assert not findings.DERIVED.keys() & findings.STATED_ONLY.keys()


# ----------------------------------------------------------------------------------------------- the libraries


def test_every_item_carries_its_text_and_citation(knowledge: Knowledge) -> None:
    libraries = cql.libraries(knowledge)
    for policy in knowledge.policies.values():
        text = libraries[cql.name_of(policy)]
        for item in cql.items(policy).values():
            tags, _ = text.split(f'define "{item.id}":')
            tags = tags.rsplit("/*", 1)[1]
            assert f"@text: {item.text}" in tags
            assert f"@status: {item.status}" in tags
            assert (f"@citation: {item.seen_at}" in tags) == (item.seen_at is not None)
            assert ("@decides: no" in tags) == (not item.confirmed or item.applies_when is not None)


def test_no_query_drops_equal_entries_unless_it_is_meant_to(knowledge: Knowledge) -> None:
    """Every query says ``return all``; the others return the different values of the newest statements."""
    cql_only = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
    libraries = [cql_only.sub("", text) for text in cql.libraries(knowledge).values()]
    returned = [one for text in libraries for one in re.findall(r"\breturn (all\b|\S+)", text)]
    assert {one.rstrip(")") for one in returned} == {"all", "S.yes", "S.amount", "S.word", "S.named"}
    # A query has a letter for its entries, then what it keeps, and always a return or an aggregate.
    kept = [text.count(" where ") + text.count("\n    where ") for text in libraries]
    assert sum(kept) <= len(returned)


def test_the_document_lists_what_is_left_out() -> None:
    text = (Path(__file__).parents[2] / "docs" / "cql.md").read_text(encoding="utf-8")
    assert [one for one in LIMITS if f"| {one.what} | {one.why} |" not in text] == []
