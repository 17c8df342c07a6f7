"""Parse a rule and check it against a vocabulary.

The language is a small part of Python's expression syntax. A rule is read with :mod:`ast` and turned
into the parts of :mod:`sacroiliac.rules.tree`; it is never executed as code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from sacroiliac.rules import tree
from sacroiliac.rules.types import FactType, Vocabulary

MAXIMUM_LENGTH = 5_000
MAXIMUM_DEPTH = 50
LARGEST_NUMBER = 1e12
MOST_MONTHS = 1_200

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
_FOREIGN = re.compile(r"[^\t\n\r -\[\]-~]")
_LINE_END = re.compile(r"\r\n|\r|\n")


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
    if not rule.strip():
        raise RuleError(rule, "the rule is empty; write True for one that always holds")
    foreign = _FOREIGN.search(rule)
    if foreign is not None:
        # Python takes some letters that only look like ours for the same name; here every letter is what it seems.
        raise RuleError(ascii(rule)[1:-1], f"{foreign[0]!a} may not stand in a rule", foreign.start())
    reader = _Reader(rule, vocabulary)
    try:
        body = ast.parse(rule.strip(), mode="eval").body
    except SyntaxError as error:
        # Offset 0 is how the parser says that it came to the end and wanted more.
        column = reader.column(error.lineno or 1, error.offset - 1) if error.offset else len(rule.rstrip()) - 1
        raise RuleError(rule, f"not an expression: {error.msg}{_cure(rule)}", column) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise RuleError(rule, f"not an expression: {error}") from None
    # Going through every part costs more than all the rest of a start, so it is done only where it could find something.
    if _could_be_deep(rule) and _depth(body) > MAXIMUM_DEPTH:
        raise RuleError(rule, f"nested more than {MAXIMUM_DEPTH} deep")
    if _LARGE.search(rule):
        reader.refuse_large(body)
    return reader.truth(body)


_LARGE = re.compile(r"\d{12}|\d[eExXbBoO_]")
_OPENERS = re.compile(r"[^\w\s,'\"<>=!)\]}]|\b(?:not|if|lambda|await|yield)\b")


def _could_be_deep(rule: str) -> bool:
    """Whether a rule has enough signs that open a level; each opens at most three (or, and, comparison)."""
    return 3 * len(_OPENERS.findall(rule)) + 6 > MAXIMUM_DEPTH


def _depth(node: ast.AST) -> int:
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
    return deepest


_SYMBOLS: dict[type[ast.cmpop], str] = {**_COMPARE, ast.In: "in", ast.NotIn: "not in"}


def _written(node: ast.expr) -> str:
    """A part of a rule as text, with brackets where they are needed; what is rare, as :func:`ast.unparse` writes it."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=of), attr=name):
            return f"{of}.{name}"
        case ast.Constant(value=str() | int() as value, kind=None):
            return repr(value)
        case ast.Compare(left=left, ops=[relation], comparators=[right]) if type(relation) in _SYMBOLS:
            if isinstance(left, _SHORT) and isinstance(right, _SHORT):
                return f"{_written(left)} {_SYMBOLS[type(relation)]} {_written(right)}"
        case ast.BoolOp(op=op, values=values):
            return _joined(op, values, [_written(value) for value in values])
    return ast.unparse(node)


def _joined(op: ast.boolop, values: Sequence[ast.expr], written: Sequence[str]) -> str:
    """Parts joined by 'and' or 'or', in brackets where they would else be read another way."""
    around = (ast.And, ast.Or) if isinstance(op, ast.And) else (ast.Or,)
    within = [
        f"({text})" if isinstance(value, ast.BoolOp) and isinstance(value.op, around) else text
        for value, text in zip(values, written, strict=True)
    ]
    return (" and " if isinstance(op, ast.And) else " or ").join(within)


_SHORT = (ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.List)


class _Reader:
    """Turns syntax into parts. One method per family: what may stand where is what the methods accept."""

    def __init__(self, rule: str, vocabulary: Vocabulary) -> None:
        self.rule = rule
        self.vocabulary = vocabulary

    def wrong(self, node: ast.expr | ast.keyword, problem: str) -> RuleError:
        return RuleError(self.rule, problem, self.column(node.lineno, node.col_offset))

    def column(self, line: int, offset: int) -> int:
        """The place in the whole rule of a place in one of its lines (counted without the leading white space)."""
        body = self.rule.strip()
        ends = [0, *(found.end() for found in _LINE_END.finditer(body))]
        before = len(self.rule) - len(self.rule.lstrip())
        return min(before + ends[min(line, len(ends)) - 1] + max(offset, 0), max(len(self.rule) - 1, 0))

    def refuse_large(self, body: ast.expr) -> None:
        """Keep out numbers that arithmetic could not hold."""
        for node in ast.walk(body):
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
                if abs(node.value) > LARGEST_NUMBER:
                    raise self.wrong(node, f"a number may not be larger than {LARGEST_NUMBER:.0e}")

    # -------------------------------------------------------------------------------------- truths

    def truth(self, node: ast.expr) -> tree.Truthful:
        if isinstance(node, ast.BoolOp):
            parts = tuple(self.truth(value) for value in node.values)
            joined = _joined(node.op, node.values, [part.text for part in parts])
            return (tree.All if isinstance(node.op, ast.And) else tree.Any_)(joined, parts)
        text = _written(node)
        match node:
            case ast.Constant(value=bool(holds)):
                return tree.Always(text, holds)
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
                    cure = _TO_COMPARE.get(kind.kind, "compare it with something")
                    raise self.wrong(node, f"'{path}' is {_a(kind)}, not a yes-or-no fact: {cure.format(path)}")
                return tree.BoolFact(text, path)
            case ast.Call():
                self.known_function(node)
        raise self.wrong(node, f"'{text}' is neither true nor false")

    def has(self, node: ast.Call) -> tree.Truthful:
        if len(node.args) != 1 or node.keywords:
            raise self.wrong(node, "has() takes one document code")
        docs = ast.copy_location(ast.Name("docs", ast.Load()), node)
        return self.contains(node, node.args[0], docs, negated=False)

    def comparison(self, node: ast.expr, left: ast.expr, relation: ast.cmpop, right: ast.expr) -> tree.Truthful:
        text = _written(node)
        if isinstance(relation, ast.In | ast.NotIn):
            negated = isinstance(relation, ast.NotIn)
            if isinstance(left, ast.Constant):
                return self.contains(node, left, right, negated)
            path, kind = self.fact(left)
            if kind.kind != "text":
                raise self.wrong(left, f"'{path}' is {_a(kind)}: only a word can be 'in' a list of words")
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
        if isinstance(left, ast.Constant) and isinstance(left.value, bool | str):
            raise self.wrong(left, f"write the fact first, then what it is compared with: '{text}'")
        if self.is_date(left) or self.is_date(right):
            return self.compared_dates(node, left, operator, right)
        return tree.Compare(text, self.number(left), operator, self.number(right))

    def compared_dates(self, node: ast.expr, left: ast.expr, operator: tree.Operator, right: ast.expr) -> tree.Truthful:
        if not (self.is_date(left) and self.is_date(right)):
            raise self.wrong(node, f"a date is compared with a date; otherwise use {_DATE_FUNCTIONS}")
        return tree.Compare(_written(node), self.date(left), operator, self.date(right))

    def compared_with_yes_or_no(self, node: ast.expr, path: tree.Path, operator: str, right: ast.expr) -> tree.Truthful:
        if not (isinstance(right, ast.Constant) and isinstance(right.value, bool)):
            raise self.wrong(right, f"'{path}' is a yes-or-no fact: compare it with True or False")
        fact = tree.BoolFact(str(path), path)
        return fact if right.value == (operator == "==") else tree.Not(_written(node), fact)

    def contains(self, node: ast.expr, word: ast.expr, of: ast.expr, negated: bool) -> tree.Truthful:
        found, kind = self.set(of)
        return tree.Contains(_written(node), self.word(word, kind), found, negated)

    # ------------------------------------------------------------------------------------- numbers

    def number(self, node: ast.expr) -> tree.Numeric:
        text = _written(node)
        match node:
            case ast.Constant(value=int(value) | float(value)) if not isinstance(value, bool):
                return tree.Constant(text, float(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value) | float(value))) if not isinstance(
                value, bool
            ):
                return tree.Constant(text, -float(value))
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return tree.Plus(text, self.number(left), self.number(right))
            case ast.BinOp(op=ast.Sub(), left=left, right=right):
                return tree.Minus(text, self.number(left), self.number(right))
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return self.functions[name](self, node)
            case ast.Name() | ast.Attribute():
                path, kind = self.fact(node)
                if kind.kind == "date":
                    raise self.wrong(node, f"'{path}' is a date, not a number: use {_DATE_FUNCTIONS}")
                if kind.kind != "number":
                    cure = _TO_COMPARE.get(kind.kind, "")
                    raise self.wrong(node, f"'{path}' is {_a(kind)}, not a number{cure and ': '}{cure.format(path)}")
                return tree.NumberFact(text, path)
            case ast.Call():
                self.known_function(node)
        raise self.wrong(node, f"'{text}' is not a number")

    def known_function(self, node: ast.Call) -> None:
        """Name the functions there are when something else is called."""
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name != "has" and name not in self.functions:
            words = ", ".join(sorted({*self.functions, "has"}))
            raise self.wrong(node, f"there is no function '{_written(node.func)}'; choose from {words}")

    def size(self, node: ast.Call) -> tree.Numeric:
        (of,) = self.arguments(node, 1)
        return tree.Size(_written(node), self.set(of)[0])

    def any_of(self, node: ast.Call) -> tree.Numeric:
        of, options = self.arguments(node, 2)
        found, kind = self.set(of)
        return tree.AnyOf(_written(node), found, self.words(options, kind))

    def count(self, node: ast.Call) -> tree.Numeric:
        if len(node.args) != 1:
            raise self.wrong(node, "count() takes one list of records, then its conditions")
        name, kind = self.records(node.args[0])
        conditions = tuple(self.condition(keyword, kind) for keyword in node.keywords)
        self.refuse_at_odds(node, conditions)
        return tree.Count(_written(node), name, conditions)

    def refuse_at_odds(self, node: ast.Call, conditions: Sequence[tree.Condition]) -> None:
        """Keep out conditions on one field that are not a lower and an upper bound."""
        for name in dict.fromkeys(one.field for one in conditions):
            lower = [one.value for one in conditions if one.field == name and one.operator in (">=", ">")]
            upper = [one.value for one in conditions if one.field == name and one.operator in ("<=", "<")]
            number = sum(one.field == name for one in conditions)
            if number > 1 and not (number == 2 and lower and upper and cast(float, lower[0]) < cast(float, upper[0])):
                raise self.wrong(node, f"the conditions on '{name}' do not go together")

    def condition(self, keyword: ast.keyword, kind: FactType) -> tree.Condition:
        if keyword.arg is None:
            raise self.wrong(keyword, "a condition needs a name")
        name, suffixed, suffix = keyword.arg.partition("__")
        if name not in kind.fields:
            raise self.wrong(keyword, f"these records have no field '{name}'{_choices(kind.fields)}")
        part = kind.fields[name]
        operator = _CONDITIONS.get(suffix) if suffix or not suffixed else None
        if operator is None or operator not in _TRAILING_COMPARISONS.get(part.kind, ()):
            can = ", ".join(_suffixed(name, one) for one in _TRAILING_COMPARISONS.get(part.kind, ()))
            cure = f"; write {can}" if can else ""
            raise self.wrong(keyword, f"'{keyword.arg}': {_a(part)} cannot be compared this way{cure}")
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
                needs = "True or False" if part.kind == "bool" else _a(part)
                raise self.wrong(keyword, f"'{keyword.arg}' needs {needs}")
        return tree.Condition(name, operator, value)

    def sessions(self, node: ast.Call) -> tree.Numeric:
        if not node.args:
            raise self.wrong(node, "sessions() needs at least one list of records")
        records = [self.records(argument) for argument in node.args]
        for name, kind in records:
            parts = [kind.fields[part].kind if part in kind.fields else None for part in ("date", "side")]
            if parts != ["date", "text"]:
                raise self.wrong(node, f"'{name}' has no date and side, so its sessions cannot be counted")
        months: int | None = None
        side: str | None = None
        side_fact: str | None = None
        for position, keyword in enumerate(node.keywords):
            if keyword.arg in [other.arg for other in node.keywords[:position]]:
                raise self.wrong(keyword, f"'{keyword.arg}' is there twice")
            match keyword.arg, keyword.value:
                case "months", ast.Constant(value=int(figure)) if not isinstance(figure, bool) and figure > 0:
                    if figure > MOST_MONTHS:
                        raise self.wrong(keyword, f"months may be {MOST_MONTHS} at most")
                    months = figure
                case "side", ast.Constant():
                    side = self.word(keyword.value, records[0][1].fields["side"])
                case "side", ast.Name():
                    path, kind = self.fact(keyword.value)
                    if kind.kind != "text" or not {"left", "right"} <= set(kind.values):
                        raise self.wrong(keyword, f"'{path}' is not a side")
                    side_fact = path.steps[0]
                case _:
                    raise self.wrong(keyword, "sessions() takes months=<whole number> and side=<side>")
        if tree.Sessions.REQUEST not in self.vocabulary:
            raise self.wrong(node, f"the vocabulary has no '{tree.Sessions.REQUEST}'")
        return tree.Sessions(_written(node), tuple(name for name, _ in records), months, side, side_fact)

    def months_since(self, node: ast.Call) -> tree.Numeric:
        (date,) = self.arguments(node, 1)
        if tree.Sessions.REQUEST not in self.vocabulary:
            raise self.wrong(node, f"the vocabulary has no '{tree.Sessions.REQUEST}'")
        return tree.MonthsSince(_written(node), self.date(date))

    def weeks_between(self, node: ast.Call) -> tree.Numeric:
        start, end = self.arguments(node, 2)
        return tree.WeeksBetween(_written(node), self.date(start), self.date(end))

    functions: Mapping[str, Callable[[_Reader, ast.Call], tree.Numeric]] = {
        "n": size,
        "any_of": any_of,
        "count": count,
        "sessions": sessions,
        "months_since": months_since,
        "weeks_between": weeks_between,
    }

    def is_date(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and self.fact(node)[1].kind == "date"

    def date(self, node: ast.expr) -> tree.Numeric:
        path, kind = self.fact(node)
        if kind.kind != "date":
            raise self.wrong(node, f"'{path}' is {_a(kind)}, not a date")
        return tree.NumberFact(_written(node), path)

    def arguments(self, node: ast.Call, number: int) -> list[ast.expr]:
        name = cast(ast.Name, node.func).id
        if len(node.args) != number or node.keywords:
            raise self.wrong(node, f"{name}() takes {number} argument{'s' if number > 1 else ''}")
        return node.args

    # ---------------------------------------------------------------------------------------- sets

    def set(self, node: ast.expr) -> tuple[tree.Setlike, FactType]:
        text = _written(node)
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
                    raise self.wrong(node, f"'{path}' is {_a(kind)}, not a set")
                return tree.SetFact(text, path), kind
        raise self.wrong(node, f"'{text}' is not a set")

    # --------------------------------------------------------------------------------------- words

    def words(self, node: ast.expr, kind: FactType) -> tuple[str, ...]:
        if not isinstance(node, ast.Set | ast.List | ast.Tuple):
            raise self.wrong(node, f"expected a list of words, found '{_written(node)}'")
        if not node.elts:
            raise self.wrong(node, "the list of words is empty")
        found = tuple(self.word(item, kind) for item in node.elts)
        if len(set(found)) != len(found):
            raise self.wrong(node, "a word is listed twice")
        return found

    def word(self, node: ast.expr, kind: FactType) -> str:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self.wrong(node, f"expected a word in quotation marks, found '{_written(node)}'")
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
            raise self.wrong(node, f"expected the name of a fact, found '{_written(node)}'")
        steps.append(node.id)
        steps.reverse()
        if steps[0] not in self.vocabulary:
            raise self.wrong(node, f"there is no fact '{steps[0]}'{_similar(steps[0], self.vocabulary)}")
        kind = self.vocabulary[steps[0]]
        for depth, step in enumerate(steps[1:], 1):
            if kind.kind == "records":
                raise self.wrong(node, f"'{steps[0]}' is a list of records: use count({steps[0]}, ...)")
            if kind.kind != "record" or step not in kind.fields:
                raise self.wrong(node, f"'{'.'.join(steps[:depth])}' has no field '{step}'{_choices(kind.fields)}")
            kind = kind.fields[step]
        return tree.Path(tuple(steps)), kind

    def records(self, node: ast.expr) -> tuple[str, FactType]:
        path, kind = self.fact(node)
        if kind.kind != "records":
            raise self.wrong(node, f"'{path}' is {_a(kind)}, not a list of records")
        return path.steps[0], kind


_DATE_FUNCTIONS = "months_since() or weeks_between()"
_KINDS = {
    "bool": "yes-or-no fact",
    "number": "number",
    "date": "date",
    "text": "word",
    "set": "set of words",
    "record": "record",
    "records": "list of records",
}
_TO_COMPARE = {
    "set": "use n({0}) or 'word' in {0}",
    "record": "name one of its fields, as in {0}.field",
    "records": "use count({0}, ...)",
    "text": "compare it with == or in",
}
# What other languages write, and what this one writes for it.
_FOREIGN_SIGNS = {"AND": "and", "OR": "or", "NOT": "not", "&&": "and", "||": "or", "<>": "!=", "=>": ">=", "=<": "<="}


def _a(kind: FactType) -> str:
    return f"a {_KINDS[kind.kind]}"


def _suffixed(name: str, operator: str) -> str:
    suffix = next(written for written, means in _CONDITIONS.items() if means == operator)
    return f"{name}__{suffix}=" if suffix else f"{name}="


def _cure(rule: str) -> str:
    """A hint when something was written as another language writes it."""
    for sign, ours in _FOREIGN_SIGNS.items():
        if re.search(rf"(?<!\w){re.escape(sign)}(?!\w)" if sign.isalpha() else re.escape(sign), rule):
            return f"; write '{ours}' for '{sign}'"
    if re.search(r"[^=!<>]=[^=]", re.sub(r"\([^()]*\)", "", rule)):
        return "; write '==' to compare"
    return "; put a rule of several lines in brackets" if _LINE_END.search(rule.strip()) else ""


def _choices(values: object) -> str:
    words = sorted(cast("Mapping[str, object]", values))
    return f"; choose from {', '.join(words)}" if words else ""


def _similar(name: str, vocabulary: Vocabulary) -> str:
    from difflib import get_close_matches  # only for a message: not worth its time at every start

    close = get_close_matches(name, vocabulary, 1)
    return f"; did you mean '{close[0]}'?" if close else ""
