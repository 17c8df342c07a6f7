"""Words for people: numbers as they are read aloud, and rules without their syntax."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sacroiliac.review.model import Explained, Missing, PolicyVerdict, Probability
from sacroiliac.review.words import lower, percent, upper

ANSWERS = {"met": "yes", "not met": "no", "not documented": "not documented"}
OPPOSITE = {"met": "no", "not met": "yes", "not documented": "not documented"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.GtE: "at least",
    ast.LtE: "at most",
    ast.Gt: "more than",
    ast.Lt: "less than",
    ast.Eq: "exactly",
    ast.NotEq: "other than",
}
CONDITIONS = {"gte": "at least", "lte": "at most", "gt": "more than", "lt": "less than", "in": "of", "": ""}
NAMES = {
    "b27": "B27", "axspa": "axial SpA", "crp": "CRP", "ct": "CT", "dx": "diagnostic", "egfr": "eGFR", "esr": "ESR",
    "hla": "HLA", "ibp": "inflammatory back pain", "img": "imaging", "l5": "L5", "lbb": "lateral branch",
    "mri": "MRI", "nsaid": "NSAID", "nsaids": "NSAIDs", "pt": "physical therapy", "rfa": "radiofrequency", "sij": "sacroiliac", "tx": "therapeutic",
    "xray": "radiograph", "cns": "CNS", "hep": "home exercise", "cbt": "CBT", "mme": "MME", "med": "medication", "spa": "SpA", "tumor": "tumour",
}  # fmt: skip
OF_REVIEW = {
    "flags": "red flags present",
    "injection": "this injection",
    "open_options": "options that are open",
    "pattern": "how the last injection reads",
    "urgent_flag": "red flag of the first tier",
}
_DECIMALS = re.compile(r"-?\d+\.\d+")


# ------------------------------------------------------------------------------------------------ numbers


def known(probability: Probability) -> bool:
    """Whether the interval could be worked out."""
    return math.isfinite(probability.low) and math.isfinite(probability.high)


def interval(probability: Probability) -> str:
    """The interval of a probability, as ``15–43``."""
    if not known(probability):
        return "no interval"
    return f"{probability.low * 100:.0f}–{probability.high * 100:.0f}"


def factor(ratio: float) -> str:
    """A factor on the odds, as ``×2.2``."""
    return f"×{ratio:.2g}" if ratio < 100 else f"×{ratio:.0f}"


def signed(value: float) -> str:
    """A number with a true minus sign."""
    return f"{value:g}".replace("-", "−")


def tidy(words: str) -> str:
    """Numbers in a sentence without decimals that mean nothing."""
    return _DECIMALS.sub(lambda found: f"{float(found[0]):.3g}", words)


# --------------------------------------------------------------------------------------------- plain words


def missing(listed: Iterable[Missing]) -> list[str]:
    """What is to be documented in words, each finding once with all its parts."""
    details: dict[str, list[str]] = {}
    for one in listed:
        parts = details.setdefault(lower(one.label), [])
        if one.detail and one.detail not in parts:
            parts.append(one.detail)
    return [label + (f" ({', '.join(parts)})" if parts else "") for label, parts in details.items()]


def spaced(name: str) -> str:
    """A name of the vocabulary in plain words, where no label of it is known."""
    return " ".join(NAMES.get(word, word) for word in name.split("_"))


# How each verdict is said in short, in the order in which they are listed.
VERDICTS = {
    "met": "met", "not documented": "open", "not met": "not met", "not covered": "against it",
    "out of scope": "does not apply", "statement only": "statement only", "unconfirmed": "no verdict",
}  # fmt: skip


def by_verdict(listed: Iterable[PolicyVerdict]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """For each service the policies by their verdicts: the label, then verdict and short names."""
    services: dict[str, dict[str, list[str]]] = {}
    for one in listed:
        services.setdefault(one.service_label, {}).setdefault(one.verdict, []).append(one.short)
    return [
        (service, [(words, found[verdict]) for verdict, words in VERDICTS.items() if verdict in found])
        for service, found in services.items()
    ]


# -------------------------------------------------------------------------------------------- rules in words


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a rule in words: what is asked, what was found, and the parts below it."""

    outcome: str | None
    asked: str
    found: str = ""
    needs: str = ""
    finding: str = ""
    parts: tuple[Reason, ...] = ()


def reason(explained: Explained, named: Mapping[str, str]) -> Reason:
    """A rule with its explanation, in words."""
    return _Words(named).reason(explained)


def deciding(one: Reason) -> list[Reason]:
    """The parts that made a rule come out as it did."""
    agreeing = [part for part in one.parts if part.outcome == one.outcome]
    return [leaf for part in agreeing for leaf in deciding(part)] if agreeing else [one]


def leaf(one: Reason, *, with_needs: bool = True) -> str:
    """A part of a rule in one line: what is asked, what was found, and what is needed where it is not there."""
    found = f": {one.found}" if one.found else ""
    needs = f" (needs {one.needs})" if with_needs and one.needs and one.outcome != "met" else ""
    return one.asked + found + needs


class _Words:
    """Puts a rule into words, with the labels of one review."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self.named = named

    def reason(self, one: Explained) -> Reason:
        try:
            node = ast.parse(one.text.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return Reason(one.outcome, spaced(one.text), tidy(one.value or ""))
        match node:
            case ast.BoolOp(op=ast.And()):
                return Reason(one.outcome, "All of these", parts=self.below(one))
            case ast.BoolOp():
                return Reason(one.outcome, "Any of these", parts=self.below(one))
            case ast.UnaryOp(op=ast.Not()) if one.parts:
                return self.negated(one)
            case ast.Constant(value=True):
                return Reason(one.outcome, "For every patient")
            case ast.Compare(left=left, ops=[relation], comparators=[right]):
                return self.comparison(one, left, relation, right)
        found = ANSWERS.get(one.outcome or "", tidy(one.value or ""))
        return Reason(one.outcome, upper(self.words(node)), found, finding=_first_name(node))

    def below(self, one: Explained) -> tuple[Reason, ...]:
        return tuple(self.reason(part) for part in one.parts)

    def negated(self, one: Explained) -> Reason:
        inner = self.reason(one.parts[0])
        if inner.parts:
            return Reason(one.outcome, "This must not be so", parts=(inner,))
        return Reason(
            one.outcome, inner.asked, inner.found, f"not {inner.needs}" if inner.needs else "no", inner.finding
        )

    def comparison(self, one: Explained, left: ast.expr, relation: ast.cmpop, right: ast.expr) -> Reason:
        if isinstance(left, ast.Constant):
            asked = f"{self.word(right, str(left.value))} ({lower(self.words(right))})"
            answers = OPPOSITE if isinstance(relation, ast.NotIn) else ANSWERS
            needs = "no" if isinstance(relation, ast.NotIn) else ""
            return Reason(one.outcome, upper(asked), answers.get(one.outcome or "", ""), needs, _first_name(right))
        values = [part.value for part in one.parts if part.value is not None]
        found = self.word(left, one.value) if one.value is not None else values[0] if values else ""
        as_share = _is_probability(left)
        if isinstance(relation, ast.In | ast.NotIn):
            needs = ("not " if isinstance(relation, ast.NotIn) else "") + " or ".join(
                self.word(left, str(ast.literal_eval(item))) for item in _items(right)
            )
        else:
            exactly = isinstance(relation, ast.Eq) and isinstance(right, ast.Constant) and isinstance(right.value, str)
            needs = ("" if exactly else f"{COMPARISONS[type(relation)]} ") + self.limit(left, right, values, as_share)
        shown = self.share(found) if as_share else tidy(found)
        return Reason(one.outcome, upper(self.words(left)), shown, needs, _first_name(left))

    def limit(self, left: ast.expr, right: ast.expr, values: list[str], as_share: bool) -> str:
        if isinstance(right, ast.Constant):
            return self.share(str(right.value)) if as_share else self.word(left, str(right.value))
        beside = f" ({self.share(values[1]) if as_share else tidy(values[1])})" if len(values) > 1 else ""
        return self.words(right) + beside

    def word(self, of: ast.expr, value: str) -> str:
        """A value in words: patterns, flags and options have labels."""
        labelled = isinstance(of, ast.Name) and of.id in OF_REVIEW
        return self.named.get(value, spaced(value)) if labelled else spaced(value)

    @staticmethod
    def share(found: str) -> str:
        try:
            return percent(float(found))
        except ValueError:
            return found

    def words(self, node: ast.expr) -> str:
        """A number, set or fact in words."""
        match node:
            case ast.Name(id=name):
                return OF_REVIEW.get(name) or self.named.get(name, spaced(name))
            case ast.Attribute(value=ast.Name(id="injection"), attr=field):
                return f"this injection: {spaced(field)}"
            case ast.Attribute(value=ast.Name(id="probability"), attr=field):
                return f"probability of {self.named.get(field, spaced(field))}"
            case ast.Attribute(value=of, attr=field):
                return f"{self.words(of)}: {spaced(field)}"
            case ast.Constant(value=value):
                return spaced(str(value))
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=keywords):
                return self.call(function, arguments, keywords)
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return f"{self.words(left)} ({', '.join(self.listed(right))})"
            case ast.BinOp(left=left, op=ast.Sub(), right=ast.Set() | ast.List() | ast.Tuple() as right):
                return f"{self.words(left)} (without {', '.join(self.listed(right))})"
            case ast.BinOp(left=left, op=op, right=right):
                return f"{self.words(left)} {'plus' if isinstance(op, ast.Add) else 'minus'} {self.words(right)}"
        return spaced(ast.unparse(node))

    def call(self, function: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> str:
        of = " and ".join(lower(self.words(argument)) for argument in arguments[:2])
        match function:
            case "count":
                conditions = ", ".join(self.condition(keyword) for keyword in keywords)
                return f"number of {of}" + (f" ({conditions})" if conditions else "")
            case "n":
                return f"how many of the {of}"
            case "any_of":
                return (
                    f"how many of {', '.join(self.listed(arguments[1]))}, among the {lower(self.words(arguments[0]))}"
                )
            case "months_since":
                return f"months since {of}"
            case "weeks_between":
                return f"weeks between {of}"
            case "sessions":
                months = [ast.unparse(keyword.value) for keyword in keywords if keyword.arg == "months"]
                return f"sessions, {of}" + (f" (in {months[0]} months)" if months else "")
        return f"{spaced(function)}: {of}"

    def condition(self, keyword: ast.keyword) -> str:
        name, _, suffix = (keyword.arg or "").partition("__")
        value = " or ".join(self.listed(keyword.value)) if suffix == "in" else self.words(keyword.value)
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool):
            return spaced(name) if keyword.value.value else f"not {spaced(name)}"
        return " ".join(word for word in (spaced(name), CONDITIONS[suffix], value) if word)

    def listed(self, node: ast.expr) -> list[str]:
        return [self.words(item) for item in _items(node)]


def _items(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Set | ast.List | ast.Tuple) else [node]


def _is_probability(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "probability"


def _first_name(node: ast.expr) -> str:
    """The finding a part of a rule is about: the first name in it that is not a function."""
    functions = {id(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
    names = [name.id for name in ast.walk(node) if isinstance(name, ast.Name) and id(name) not in functions]
    return names[0] if names else ""
