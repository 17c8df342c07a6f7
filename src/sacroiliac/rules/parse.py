"""Parse a rule and check it against a vocabulary.

The language is a small part of Python's expression syntax. A rule is read with :mod:`ast` and turned
into the parts of :mod:`sacroiliac.rules.tree`; it is never executed as code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import cast

from sacroiliac.rules import tree
from sacroiliac.rules.types import FactType, Vocabulary

MAXIMUM_LENGTH = 5_000
MAXIMUM_DEPTH = 50

_COMPARE: dict[type[ast.cmpop], tree.Operator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_CONDITIONS: dict[str, tree.Relation] = {"": "==", "gte": ">=", "lte": "<=", "gt": ">", "lt": "<", "in": "in"}
_TRAILING_COMPARISONS = {"bool": ("==",), "number": ("==", ">=", "<=", ">", "<"), "text": ("==", "in")}


class RuleError(ValueError):
    """A rule that cannot be used: what is wrong, and where in the rule."""

    def __init__(self, rule: str, problem: str, column: int = 0) -> None:
        super().__init__(f"{problem} (at character {column + 1} of: {rule})")
        self.rule = rule
        self.problem = problem
        self.column = column


def parse(rule: str, vocabulary: Vocabulary) -> tree.Truthful:
    """The parts of ``rule``, checked: every name known, every value legal, every comparison sensible.

    :raises RuleError: when the rule is not of the language or says something the vocabulary does not allow.
    """
    if len(rule) > MAXIMUM_LENGTH:
        raise RuleError(rule[:60] + "...", f"a rule may have {MAXIMUM_LENGTH} characters")
    try:
        body = ast.parse(rule.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = (getattr(error, "offset", None) or 1) - 1
        raise RuleError(rule, f"not an expression: {getattr(error, 'msg', error)}", column) from None
    if _depth(body) > MAXIMUM_DEPTH:
        raise RuleError(rule, f"nested more than {MAXIMUM_DEPTH} deep")
    return _Reader(rule, vocabulary).truth(body)


def _depth(node: ast.AST) -> int:
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
    return deepest


class _Reader:
    """Turns syntax into parts. One method per family: what may stand where is what the methods accept."""

    def __init__(self, rule: str, vocabulary: Vocabulary) -> None:
        self.rule = rule
        self.vocabulary = vocabulary

    def wrong(self, node: ast.AST, problem: str) -> RuleError:
        return RuleError(self.rule, problem, getattr(node, "col_offset", 0))

    # -------------------------------------------------------------------------------------- truths

    def truth(self, node: ast.expr) -> tree.Truthful:
        text = ast.unparse(node)
        match node:
            case ast.Constant(value=bool(holds)):
                return tree.Always(text, holds)
            case ast.BoolOp(op=ast.And(), values=values):
                return tree.All(text, tuple(self.truth(value) for value in values))
            case ast.BoolOp(op=ast.Or(), values=values):
                return tree.Any_(text, tuple(self.truth(value) for value in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return tree.Not(text, self.truth(operand))
            case ast.Call(func=ast.Name(id="has")):
                return self.has(node)
            case ast.Compare(left=left, ops=[relation], comparators=[right]):
                return self.comparison(node, left, relation, right)
            case ast.Compare():
                raise self.wrong(node, "write a chain of comparisons as two, joined with 'and'")
            case ast.Name() | ast.Attribute():
                path, kind = self.fact(node)
                if kind.kind != "bool":
                    raise self.wrong(
                        node, f"'{path}' is a {kind.kind}, not a yes-or-no fact: compare it with something"
                    )
                return tree.BoolFact(text, path)
        raise self.wrong(node, f"'{text}' is neither true nor false")

    def has(self, node: ast.Call) -> tree.Truthful:
        if len(node.args) != 1 or node.keywords:
            raise self.wrong(node, "has() takes one document code")
        docs = ast.copy_location(ast.Name("docs", ast.Load()), node)
        return self.contains(node, node.args[0], docs, negated=False)

    def comparison(self, node: ast.expr, left: ast.expr, relation: ast.cmpop, right: ast.expr) -> tree.Truthful:
        text = ast.unparse(node)
        if isinstance(relation, ast.In | ast.NotIn):
            negated = isinstance(relation, ast.NotIn)
            if isinstance(left, ast.Constant):
                return self.contains(node, left, right, negated)
            path, kind = self.fact(left)
            if kind.kind != "text":
                raise self.wrong(left, f"'{path}' is a {kind.kind}: only a word can be 'in' a list of words")
            return tree.IsWord(text, path, self.words(right, kind), negated)
        operator = _COMPARE.get(type(relation))
        if operator is None:
            raise self.wrong(node, f"'{text}' uses a comparison the language does not have")
        if isinstance(left, ast.Name | ast.Attribute) and operator in ("==", "!="):
            path, kind = self.fact(left)
            if kind.kind == "text":
                return tree.IsWord(text, path, (self.word(right, kind),), operator == "!=")
            if kind.kind == "bool":
                return self.compared_with_yes_or_no(node, path, operator, right)
        return tree.Compare(text, self.number(left), operator, self.number(right))

    def compared_with_yes_or_no(self, node: ast.expr, path: tree.Path, operator: str, right: ast.expr) -> tree.Truthful:
        if not (isinstance(right, ast.Constant) and isinstance(right.value, bool)):
            raise self.wrong(right, f"'{path}' is a yes-or-no fact: compare it with True or False")
        fact = tree.BoolFact(str(path), path)
        return fact if right.value == (operator == "==") else tree.Not(ast.unparse(node), fact)

    def contains(self, node: ast.expr, word: ast.expr, of: ast.expr, negated: bool) -> tree.Truthful:
        found, kind = self.set(of)
        return tree.Contains(ast.unparse(node), self.word(word, kind), found, negated)

    # ------------------------------------------------------------------------------------- numbers

    def number(self, node: ast.expr) -> tree.Numeric:
        text = ast.unparse(node)
        match node:
            case ast.Constant(value=int(value) | float(value)) if not isinstance(value, bool):
                return tree.Constant(text, float(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value) | float(value))):
                return tree.Constant(text, -float(value))
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return tree.Plus(text, self.number(left), self.number(right))
            case ast.BinOp(op=ast.Sub(), left=left, right=right):
                return tree.Minus(text, self.number(left), self.number(right))
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return self.functions[name](self, node)
            case ast.Name() | ast.Attribute():
                path, kind = self.fact(node)
                if kind.kind not in ("number", "date"):
                    raise self.wrong(node, f"'{path}' is a {kind.kind}, not a number")
                return tree.NumberFact(text, path)
        raise self.wrong(node, f"'{text}' is not a number")

    def size(self, node: ast.Call) -> tree.Numeric:
        (of,) = self.arguments(node, 1)
        return tree.Size(ast.unparse(node), self.set(of)[0])

    def any_of(self, node: ast.Call) -> tree.Numeric:
        of, options = self.arguments(node, 2)
        found, kind = self.set(of)
        return tree.AnyOf(ast.unparse(node), found, self.words(options, kind))

    def count(self, node: ast.Call) -> tree.Numeric:
        if len(node.args) != 1:
            raise self.wrong(node, "count() takes one list of records, then its conditions")
        name, kind = self.records(node.args[0])
        conditions = tuple(self.condition(keyword, kind) for keyword in node.keywords)
        return tree.Count(ast.unparse(node), name, conditions)

    def condition(self, keyword: ast.keyword, kind: FactType) -> tree.Condition:
        if keyword.arg is None:
            raise self.wrong(keyword, "a condition needs a name")
        name, _, suffix = keyword.arg.partition("__")
        if name not in kind.fields:
            raise self.wrong(keyword, f"these records have no field '{name}'{_choices(kind.fields)}")
        part = kind.fields[name]
        operator = _CONDITIONS.get(suffix)
        if operator is None or operator not in _TRAILING_COMPARISONS.get(part.kind, ()):
            raise self.wrong(keyword, f"'{keyword.arg}': a {part.kind} field cannot be compared this way")
        value: bool | float | str | tuple[str, ...]
        match part.kind, keyword.value:
            case "bool", ast.Constant(value=bool(flag)):
                value = flag
            case "number", ast.Constant(value=int(figure) | float(figure)) if not isinstance(figure, bool):
                value = float(figure)
            case "text", _:
                words = self.words(keyword.value, part) if operator == "in" else (self.word(keyword.value, part),)
                value = words if operator == "in" else words[0]
            case _:
                raise self.wrong(keyword, f"'{keyword.arg}' needs a {part.kind}")
        return tree.Condition(name, operator, value)

    def sessions(self, node: ast.Call) -> tree.Numeric:
        if not node.args:
            raise self.wrong(node, "sessions() needs at least one list of records")
        records = [self.records(argument) for argument in node.args]
        months: int | None = None
        side: str | None = None
        side_fact: str | None = None
        for keyword in node.keywords:
            match keyword.arg, keyword.value:
                case "months", ast.Constant(value=int(figure)) if not isinstance(figure, bool) and figure > 0:
                    months = figure
                case "side", ast.Constant():
                    side = self.word(keyword.value, records[0][1].fields["side"])
                case "side", ast.Name():
                    path, kind = self.fact(keyword.value)
                    if kind.kind != "text":
                        raise self.wrong(keyword, f"'{path}' is a {kind.kind}, not a side")
                    side_fact = path.steps[0]
                case _:
                    raise self.wrong(keyword, "sessions() takes months=<whole number> and side=<side>")
        for name, kind in records:
            if "date" not in kind.fields or "side" not in kind.fields:
                raise self.wrong(node, f"'{name}' has no date and side, so its sessions cannot be counted")
        if tree.Sessions.REQUEST not in self.vocabulary:
            raise self.wrong(node, f"the vocabulary has no '{tree.Sessions.REQUEST}'")
        return tree.Sessions(ast.unparse(node), tuple(name for name, _ in records), months, side, side_fact)

    def months_since(self, node: ast.Call) -> tree.Numeric:
        (date,) = self.arguments(node, 1)
        if tree.Sessions.REQUEST not in self.vocabulary:
            raise self.wrong(node, f"the vocabulary has no '{tree.Sessions.REQUEST}'")
        return tree.MonthsSince(ast.unparse(node), self.date(date))

    def weeks_between(self, node: ast.Call) -> tree.Numeric:
        start, end = self.arguments(node, 2)
        return tree.WeeksBetween(ast.unparse(node), self.date(start), self.date(end))

    functions: Mapping[str, Callable[[_Reader, ast.Call], tree.Numeric]] = {
        "n": size,
        "any_of": any_of,
        "count": count,
        "sessions": sessions,
        "months_since": months_since,
        "weeks_between": weeks_between,
    }

    def date(self, node: ast.expr) -> tree.Numeric:
        path, kind = self.fact(node)
        if kind.kind != "date":
            raise self.wrong(node, f"'{path}' is a {kind.kind}, not a date")
        return tree.NumberFact(ast.unparse(node), path)

    def arguments(self, node: ast.Call, number: int) -> list[ast.expr]:
        name = cast(ast.Name, node.func).id
        if len(node.args) != number or node.keywords:
            raise self.wrong(node, f"{name}() takes {number} argument{'s' if number > 1 else ''}")
        return node.args

    # ---------------------------------------------------------------------------------------- sets

    def set(self, node: ast.expr) -> tuple[tree.Setlike, FactType]:
        text = ast.unparse(node)
        match node:
            case ast.BinOp(op=ast.BitAnd(), left=left, right=right):
                found, kind = self.set(left)
                return tree.Only(text, found, self.words(right, kind)), kind
            case ast.BinOp(op=ast.Sub(), left=left, right=right):
                found, kind = self.set(left)
                return tree.Without(text, found, self.words(right, kind)), kind
            case ast.Name() | ast.Attribute():
                path, kind = self.fact(node)
                if kind.kind != "set":
                    raise self.wrong(node, f"'{path}' is a {kind.kind}, not a set")
                return tree.SetFact(text, path), kind
        raise self.wrong(node, f"'{text}' is not a set")

    # --------------------------------------------------------------------------------------- words

    def words(self, node: ast.expr, kind: FactType) -> tuple[str, ...]:
        if not isinstance(node, ast.Set | ast.List | ast.Tuple):
            raise self.wrong(node, f"expected a list of words, found '{ast.unparse(node)}'")
        found = tuple(self.word(item, kind) for item in node.elts)
        if len(set(found)) != len(found):
            raise self.wrong(node, "a word is listed twice")
        return found

    def word(self, node: ast.expr, kind: FactType) -> str:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self.wrong(node, f"expected a word in quotation marks, found '{ast.unparse(node)}'")
        if kind.values and node.value not in kind.values:
            raise self.wrong(node, f"'{node.value}' is not a legal value{_choices(kind.values)}")
        return node.value

    # --------------------------------------------------------------------------------------- facts

    def fact(self, node: ast.expr) -> tuple[tree.Path, FactType]:
        steps: list[str] = []
        while isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise self.wrong(node, f"expected the name of a fact, found '{ast.unparse(node)}'")
        steps.append(node.id)
        steps.reverse()
        if steps[0] not in self.vocabulary:
            raise self.wrong(node, f"there is no fact '{steps[0]}'{_similar(steps[0], self.vocabulary)}")
        kind = self.vocabulary[steps[0]]
        for step in steps[1:]:
            if kind.kind != "record" or step not in kind.fields:
                raise self.wrong(node, f"'{steps[0]}' has no field '{step}'{_choices(kind.fields)}")
            kind = kind.fields[step]
        return tree.Path(tuple(steps)), kind

    def records(self, node: ast.expr) -> tuple[str, FactType]:
        path, kind = self.fact(node)
        if kind.kind != "records":
            raise self.wrong(node, f"'{path}' is a {kind.kind}, not a list of records")
        return path.steps[0], kind


def _choices(values: object) -> str:
    words = sorted(cast("Mapping[str, object]", values))
    return f"; choose from {', '.join(words)}" if words else ""


def _similar(name: str, vocabulary: Vocabulary) -> str:
    from difflib import get_close_matches  # only for a message: not worth its time at every start

    close = get_close_matches(name, vocabulary, 1)
    return f"; did you mean '{close[0]}'?" if close else ""
