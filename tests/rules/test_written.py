"""Parts of rules are written as Python writes them."""

from __future__ import annotations

import ast

import pytest

from sacroiliac.knowledge import Knowledge, walk
from sacroiliac.rules.parse import _written


def parts(rule: str) -> list[ast.expr]:
    return [node for node in ast.walk(ast.parse(rule.strip(), mode="eval")) if isinstance(node, ast.expr)]


def test_every_part_of_every_rule_of_the_knowledge(knowledge: Knowledge) -> None:
    for _, rule, _ in walk.rules(knowledge):
        for node in parts(rule):
            assert _written(node) == ast.unparse(node)


@pytest.mark.parametrize(
    "rule",
    [
        "a == 'it\\'s'", 'a == "two words"', "a in ['x', \"y\"]", "a not in ['x']", "not a == 1", "(a == 1) == True",
        "a + 1 >= -2", "1e3 <= a", "a.b.c == 1", "(1).real == 2", "a < b < c", "a is None", "u'x' in a", "(a if b else c) == 1",
        "count(a, b__gte = 50)>=1", "True", "(a and b) == c", "a == 1_000",
    ],
)  # fmt: skip
def test_what_no_rule_says_yet(rule: str) -> None:
    for node in parts(rule):
        assert _written(node) == ast.unparse(node)
