"""Parts of rules are written so that they read as what they are."""

from __future__ import annotations

import ast

import pytest

from sacroiliac.knowledge import Knowledge, walk
from sacroiliac.rules.parse import _written


def parts(rule: str) -> list[ast.expr]:
    return [node for node in ast.walk(ast.parse(rule.strip(), mode="eval")) if isinstance(node, ast.expr)]


def same(written: str, node: ast.expr) -> bool:
    """Whether a text says what a part says: Python's own writing of both is the same."""
    return ast.unparse(ast.parse(written, mode="eval").body) == ast.unparse(node)


def test_brackets_stand_only_where_they_are_needed() -> None:
    (rule,) = (one for one in parts("(a and b) or not (c or d) and (e or f)")[:1])
    assert _written(rule) == "a and b or not (c or d) and (e or f)"
    assert not same("a and b or not c or d and (e or f)", rule)


def test_every_part_of_every_rule_of_the_knowledge(knowledge: Knowledge) -> None:
    for _, rule, _ in walk.rules(knowledge):
        for node in parts(rule):
            assert same(_written(node), node)


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
        assert same(_written(node), node)
