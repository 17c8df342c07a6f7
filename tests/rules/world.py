"""A small vocabulary for tests of the criterion language, and a second, naive reading of the language.

The naive reading goes through the syntax of a rule for one row of plain values, with ``True``, ``False`` and
``None`` (not documented) for truths, pairs for numbers and a truth for each word of a set. It shares nothing
with the evaluator but the syntax, so that the two can be held against each other.
"""

from __future__ import annotations

import ast
import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from math import inf
from typing import Any

from sacroiliac.rules import MET, NOT_DOCUMENTED, NOT_MET, FactType, OpenList

SIDES = ("left", "right", "bilateral")
GUIDANCE = ("fluoroscopy", "ct", "ultrasound", "none")
_BLOCK = {
    "date": FactType("date"),
    "side": FactType("text", SIDES),
    "guidance": FactType("text", GUIDANCE),
    "contrast": FactType("bool"),
    "relief": FactType("number"),
}
VOCABULARY: dict[str, FactType] = {
    "crps": FactType("bool"),
    "pregnant": FactType("bool"),
    "nrs": FactType("number"),
    "months": FactType("number"),
    "severity": FactType("text", ("mild", "moderate", "severe")),
    "requested_side": FactType("text", SIDES),
    "billing": FactType("text"),
    "request_date": FactType("date"),
    "onset": FactType("date"),
    "positive": FactType("set", ("faber", "gaenslen", "thrust", "shear")),
    "causes": FactType("set", ("disc", "facet", "hip")),
    "docs": FactType("set", ("report", "diary")),
    "planned": FactType(
        "record",
        fields={
            "guidance": FactType("text", GUIDANCE),
            "contrast": FactType("bool"),
            "volume": FactType("number"),
            "day": FactType("date"),
            "drugs": FactType("set", ("steroid", "prp")),
        },
    ),
    "blocks": FactType("records", fields=_BLOCK),
    "shots": FactType("records", fields=_BLOCK),
}
OUTCOMES = {True: MET, False: NOT_MET, None: NOT_DOCUMENTED}
Truth = bool | None
Bounds = tuple[float, float]
EVERYTHING: Bounds = (-inf, inf)


def naive(rule: str, row: Mapping[str, Any], vocabulary: Mapping[str, FactType] = VOCABULARY) -> Truth:
    """What a rule says of one row."""
    return _Naive(row, vocabulary).truth(ast.parse(rule, mode="eval").body)


def naive_number(text: str, row: Mapping[str, Any], vocabulary: Mapping[str, FactType] = VOCABULARY) -> Bounds:
    """The bounds of a number of one row."""
    return _Naive(row, vocabulary).number(ast.parse(text, mode="eval").body)


def both(first: Truth, second: Truth) -> Truth:
    """Three-valued "and"."""
    if first is False or second is False:
        return False
    return True if first is True and second is True else None


def opposite(truth: Truth) -> Truth:
    """Three-valued "not"."""
    return None if truth is None else not truth


def compared(left: Bounds, operator: str, right: Bounds) -> Truth:
    """Whether one number is greater than (equal to, ...) another, when both are known within bounds."""
    (a, b), (c, d) = left, right
    match operator:
        case "<":
            return True if b < c else False if a >= d else None
        case ">":
            return compared(right, "<", left)
        case "<=":
            return opposite(compared(right, "<", left))
        case ">=":
            return opposite(compared(left, "<", right))
        case "==":
            if b < c or d < a:
                return False
            return True if a == b == c == d else None
    return opposite(compared(left, "==", right))


class _Naive:
    def __init__(self, row: Mapping[str, Any], vocabulary: Mapping[str, FactType]) -> None:
        self.row = row
        self.vocabulary = vocabulary

    # ------------------------------------------------------------------------------------------- truths

    def truth(self, node: ast.expr) -> Truth:
        match node:
            case ast.Constant(value=bool(value)):
                return value
            case ast.BoolOp(op=ast.And(), values=values):
                found = [self.truth(value) for value in values]
                return False if False in found else None if None in found else True
            case ast.BoolOp(values=values):
                found = [self.truth(value) for value in values]
                return True if True in found else None if None in found else False
            case ast.UnaryOp(operand=operand):
                return opposite(self.truth(operand))
            case ast.Call(args=[word]):
                return self.members(ast.Name("docs"))[ast.literal_eval(word)]
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self.comparison(left, operator, right)
        value, _ = self.fact(node)
        assert value is None or isinstance(value, bool)
        return value

    def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Truth:
        if isinstance(operator, ast.In | ast.NotIn):
            if isinstance(left, ast.Constant):
                found = self.members(right)[left.value]
            else:
                value, _ = self.fact(left)
                found = None if value is None else value in ast.literal_eval(right)
            return found if isinstance(operator, ast.In) else opposite(found)
        signs = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
        sign = signs[type(operator)]
        if isinstance(left, ast.Name | ast.Attribute) and self.fact(left)[1].kind in ("text", "bool"):
            value = self.fact(left)[0]
            same = None if value is None else value == ast.literal_eval(right)
            return same if sign == "==" else opposite(same)
        return compared(self.number(left), sign, self.number(right))

    # ------------------------------------------------------------------------------------------ numbers

    def number(self, node: ast.expr) -> Bounds:
        match node:
            case ast.Constant() | ast.UnaryOp():
                value = float(ast.literal_eval(node))
                return (value, value)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                (a, b), (c, d) = self.number(left), self.number(right)
                return (a + c, b + d)
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                (a, b), (c, d) = self.number(left), self.number(right)
                return (a - d, b - c)
            case ast.Call(func=ast.Name(id=name)):
                return getattr(self, name)(node)
        value, _ = self.fact(node)
        return bounds(value)

    def n(self, node: ast.Call) -> Bounds:
        found = list(self.members(node.args[0]).values())
        return (found.count(True), found.count(True) + found.count(None))

    def any_of(self, node: ast.Call) -> Bounds:
        inside = self.members(node.args[0])
        found = [inside[word] for word in ast.literal_eval(node.args[1])]
        return (float(True in found), float(True in found or None in found))

    def count(self, node: ast.Call) -> Bounds:
        entries, complete = self.records(node.args[0])
        found = [self.meets(entry, node.keywords) for entry in entries]
        return (found.count(True), found.count(True) + found.count(None) if complete else inf)

    def meets(self, entry: Mapping[str, Any], conditions: list[ast.keyword]) -> Truth:
        """Whether one record meets every condition."""
        result: Truth = True
        for condition in conditions:
            name, _, suffix = str(condition.arg).partition("__")
            have, want = entry.get(name), ast.literal_eval(condition.value)
            if have is None:
                holds = None
            elif suffix == "in":
                holds = have in want
            elif suffix:
                sign = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<"}[suffix]
                holds = compared(bounds(have), sign, bounds(want))
            else:
                holds = compared(bounds(have), "==", bounds(want)) if isinstance(have, tuple) else have == want
            result = both(result, holds)
        return result

    def sessions(self, node: ast.Call) -> Bounds:
        """Every way in which the entries can have fallen on days, tried one after the other."""
        lists = [self.records(argument) for argument in node.args]
        entries = [entry for listed, _ in lists for entry in listed]
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        request = bounds(self.row.get("request_date"))
        months = ast.literal_eval(options["months"]) if "months" in options else None
        start = -inf if months is None or request == EVERYTHING else number_of(moved(day_of(request[0]), -months))
        unlimited = request == EVERYTHING
        known = {day for entry in entries for day in days_of(entry) if start <= day and (unlimited or day < request[0])}
        choices = []
        for number, entry in enumerate(entries):
            on_side = self.on_side(entry, options.get("side"))
            span = bounds(entry.get("date"))
            fresh = 10_000_000 + number if unlimited else request[0] - 20 - number
            days = set(days_of(entry)) | ({*known, fresh, inf} if span == EVERYTHING else set())
            inside = (
                {day for day in days if start <= day and (unlimited or day < request[0])}
                if on_side is not False
                else set()
            )
            may_be_out = inside < days or on_side is None or (unlimited and months is not None)
            choices.append([*inside, *([None] if may_be_out or not inside else [])])
        counts = [len({day for day in chosen if day is not None}) for chosen in product(*choices)]
        return (min(counts), max(counts) if all(complete for _, complete in lists) else inf)

    def on_side(self, entry: Mapping[str, Any], wanted: ast.expr | None) -> Truth:
        if wanted is None:
            return True
        side = wanted.value if isinstance(wanted, ast.Constant) else self.fact(wanted)[0]
        have = entry.get("side")
        if isinstance(wanted, ast.Constant):
            return None if have is None else have in (side, "bilateral")
        if "bilateral" in (side, have):
            return True
        return None if side is None or have is None else side == have

    def months_since(self, node: ast.Call) -> Bounds:
        (a, b), (c, d) = bounds(self.fact(node.args[0])[0]), bounds(self.row.get("request_date"))
        return (months_between(b, c, -inf), months_between(a, d, inf))

    def weeks_between(self, node: ast.Call) -> Bounds:
        (a, b), (c, d) = (bounds(self.fact(argument)[0]) for argument in node.args)
        return ((c - b) / 7, (d - a) / 7)

    # --------------------------------------------------------------------------------------------- facts

    def members(self, node: ast.expr) -> dict[str, Truth]:
        """For each word whether it is in the set."""
        match node:
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                words = ast.literal_eval(right)
                return {word: inside if word in words else False for word, inside in self.members(left).items()}
            case ast.BinOp(left=left, right=right):
                words = ast.literal_eval(right)
                return {word: False if word in words else inside for word, inside in self.members(left).items()}
        value, kind = self.fact(node)
        if value is None:
            return dict.fromkeys(kind.values)
        if isinstance(value, Mapping):
            present, absent = value.get("present", ()), value.get("absent", ())
            return {word: True if word in present else False if word in absent else None for word in kind.values}
        return {word: word in value for word in kind.values}

    def records(self, node: ast.expr) -> tuple[list[Mapping[str, Any]], bool]:
        """The entries of a list, and whether they are all there are."""
        value, _ = self.fact(node)
        return list(value or ()), value is not None and not isinstance(value, OpenList)

    def fact(self, node: ast.expr) -> tuple[Any, FactType]:
        if isinstance(node, ast.Attribute):
            inside, kind = self.fact(node.value)
            return None if inside is None else inside.get(node.attr), kind.fields[node.attr]
        assert isinstance(node, ast.Name)
        return self.row.get(node.id), self.vocabulary[node.id]


# ---------------------------------------------------------------------------------------------------------- dates


def bounds(value: Any) -> Bounds:
    """A number or date as its lowest and highest possible value."""
    if value is None:
        return EVERYTHING
    return value if isinstance(value, tuple) else (float(value), float(value))


def days_of(entry: Mapping[str, Any]) -> list[float]:
    """The days on which an entry with a date can have been."""
    first, last = bounds(entry.get("date"))
    return [] if first == -inf else [float(day) for day in range(int(first), int(last) + 1)]


def day_of(number: float) -> date:
    """The calendar day of a day number."""
    return date(1970, 1, 1) + timedelta(days=int(number))


def number_of(day: date) -> int:
    """The day number of a calendar day."""
    return (day - date(1970, 1, 1)).days


def moved(day: date, months: int) -> date:
    """The same day of another month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(start: float, end: float, otherwise: float) -> float:
    """Months from one day to another: count whole months until the next would be too far, then the part begun."""
    if inf in (abs(start), abs(end)):
        return otherwise
    first, last, whole = day_of(start), day_of(end), -2_000
    whole = (last.year - first.year) * 12 + last.month - first.month + 1
    while moved(first, whole) > last:
        whole -= 1
    begun, ended = moved(first, whole), moved(first, whole + 1)
    return whole + (last - begun).days / (ended - begun).days
