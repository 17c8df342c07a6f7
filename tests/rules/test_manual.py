"""``docs/criterion-language.md``: every example in it, run as written, against the findings it names."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from sacroiliac.chart import dates
from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.rules import FactType, RuleError, parse
from sacroiliac.rules.columns import from_rows
from sacroiliac.rules.explain import OUTCOMES
from sacroiliac.rules.parse import MAXIMUM_DEPTH, MAXIMUM_LENGTH, _Reader
from tests.rules.world import VOCABULARY

MANUAL = (Path(__file__).parent.parent.parent / "docs" / "criterion-language.md").read_text(encoding="utf-8")


def tables(*head: str) -> list[list[str]]:
    """The rows of all tables of the manual with this head, without the code marks."""
    found, inside = [], False
    for line in MANUAL.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        inside = bool(cells) and (inside or tuple(cells) == head)
        if inside and tuple(cells) != head and not re.fullmatch(r"[|-]+", line):
            found.append(cells)
    return found


ANSWERS, REFUSALS = tables("rule", "facts", "answer"), tables("rule", "message")


class Words(yaml.SafeLoader):
    """YAML in which a date stays the text it is written as."""


Words.yaml_implicit_resolvers = {
    letter: [one for one in listed if one[0] != "tag:yaml.org,2002:timestamp"]
    for letter, listed in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def value(kind: FactType, written: Any) -> Any:
    """A fact as the manual writes it, in the form the tables take."""
    match kind.kind:
        case "date":
            return dates.span(str(written))
        case "number" if isinstance(written, list):
            return tuple(written)
        case "record":
            return {name: value(kind.fields[name], part) for name, part in written.items()}
        case "records":
            return [{name: value(kind.fields[name], part) for name, part in entry.items()} for entry in written]
    return written


@pytest.mark.parametrize(("rule", "facts", "answer"), ANSWERS)
def test_every_example_has_the_answer_it_shows(rule: str, facts: str, answer: str, knowledge: Knowledge) -> None:
    words = vocabulary.of_case(knowledge)
    row = {name: value(words[name], written) for name, written in yaml.load(facts, Words).items()}
    assert OUTCOMES[int(parse(rule, words).evaluate(from_rows(words, [row]))[0])] == answer


@pytest.mark.parametrize(("rule", "message"), REFUSALS)
def test_every_refusal_reads_as_shown(rule: str, message: str, knowledge: Knowledge) -> None:
    with pytest.raises(RuleError, match=re.escape(message)):
        parse(rule, vocabulary.of_case(knowledge))


@pytest.mark.parametrize("word", ["and", "or"])
def test_the_tables_of_three_answers_are_those_of_the_evaluator(word: str) -> None:
    names = {"met": True, "not met": False, "not documented": None}
    head = ["met", "not documented", "not met"]
    shown = {
        (row[0].strip("*"), column): cell
        for row in tables(word, *head)
        for column, cell in zip(head, row[1:], strict=True)
    }
    assert set(shown) == set(product(head, head))
    for (first, second), answer in shown.items():
        row = {"crps": names[first], "pregnant": names[second]}
        found = parse(f"crps {word} pregnant", VOCABULARY).evaluate(from_rows(VOCABULARY, [row]))
        assert OUTCOMES[int(found[0])] == answer, (first, word, second)


def test_the_manual_leaves_nothing_out() -> None:
    """Every function, comparison, suffix, type and limit of the language stands in the manual, with an example."""
    rules = " ".join(rule for rule, *_ in ANSWERS)
    for name in (*_Reader.functions, "has"):
        assert f"**`{name}(" in MANUAL
        assert f"{name}(" in rules
    for sign in (
        "==",
        "<",
        ">=",
        ">",
        " in [",
        "not in [",
        "' in ",
        " & {",
        " - {",
        " + ",
        "__gte=",
        "__in=",
        "months=",
    ):
        assert sign in rules
    for kind in ("bool", "number", "date", "text", "set", "record", "records"):
        assert f"\n| {kind} | " in MANUAL
    for limit in (f"{MAXIMUM_LENGTH:,}", str(MAXIMUM_DEPTH)):
        assert limit in MANUAL
    assert {answer for _, _, answer in ANSWERS} == {"met", "not met", "not documented"}
    assert (len(ANSWERS) >= 30, len(REFUSALS) >= 10) == (True, True)


def test_what_rules_of_other_files_may_name_is_said(knowledge: Knowledge) -> None:
    """The names that rules about injections and first steps have besides the findings."""
    others = set(vocabulary.of_review(knowledge)) - set(vocabulary.of_case(knowledge))
    assert others == {"injection", "probability", "pattern", "flags", "open_options", "urgent_flag"}
    for name in others:
        assert f"`{name}" in MANUAL
