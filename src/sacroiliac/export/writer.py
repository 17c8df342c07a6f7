"""From a rule of the criterion language to an expression of CQL (Clinical Quality Language).

CQL has the same three answers: what is not documented is ``null``, and ``and``, ``or`` and ``not`` treat it alike.
Numbers that are known only within bounds are tuples ``{low, high}``, where a bound that is ``null`` is open, and are
compared by functions of the findings library: what the bounds leave open stays ``null``. So ``at least k of`` is met
when enough are surely there, not met when even all that may be there are too few, and otherwise not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sacroiliac.chart.fhir.codes import local_code
from sacroiliac.rules import Vocabulary, tree

COMPARED: dict[tree.Operator, str] = {
    ">=": "AtLeast",
    ">": "MoreThan",
    "<=": "AtMost",
    "<": "LessThan",
    "==": "Exactly",
    "!=": "NotExactly",
}
RELATION = {"==": "=", "!=": "!="}


class NotExpressibleError(Exception):
    """A part of a rule that is not written in CQL; the message says why."""


@dataclass(frozen=True)
class Number:
    """A number in CQL: a Decimal when ``exact``, else a tuple of its bounds."""

    cql: str
    exact: bool


@dataclass(frozen=True)
class Writer:
    """Writes rules over the findings of a case.

    :param vocabulary: what rules may name
    :param bounded: the number findings that are tuples of bounds
    :param library: what goes before the name of a finding or function: nothing inside the findings library itself
    """

    vocabulary: Vocabulary
    bounded: frozenset[str]
    library: str = ""

    def truth(self, part: tree.Truthful) -> str:
        """A part that is met, not met or not documented, as a Boolean.

        :raises NotExpressibleError: when it cannot be written
        """
        match part:
            case tree.Always(holds=holds):
                return "true" if holds else "false"
            case tree.Not(of=of):
                return f"not ({self.truth(of)})"
            case tree.All(of=parts):
                return " and ".join(self._within(one) for one in parts)
            case tree.Any_(of=parts):
                return " or ".join(self._within(one) for one in parts)
            case tree.BoolFact(path=path):
                return self.fact(path)
            case tree.Compare(left=left, operator=operator, right=right):
                return self._compared(self.number(left), operator, self.number(right))
            case tree.IsWord(path=path, words=words, negated=negated):
                found = either(f"{self.fact(path)} = {quoted(word)}" for word in words)
                return f"not ({found})" if negated else found
            case tree.Contains(word=word, of=of, negated=negated):
                found = self.members(of).get(word, "false")
                return f"not ({found})" if negated else found
        raise NotExpressibleError(f"{type(part).__name__} is not written in CQL")

    def _within(self, part: tree.Truthful) -> str:
        found = self.truth(part)
        return f"({found})" if isinstance(part, tree.All | tree.Any_ | tree.IsWord | tree.Compare) else found

    def fact(self, path: tree.Path) -> str:
        """A finding, or a field of a record."""
        name, *fields = path.steps
        if name not in self.vocabulary:
            raise NotExpressibleError(f"{name} is not a finding of a case")
        if self.vocabulary[name].kind == "records":
            raise NotExpressibleError(f"{name} is a list of records, not one value")
        return self.name(name) + "".join(f'."{field}"' for field in fields)

    def name(self, name: str) -> str:
        """A definition or function of the findings library."""
        return f'{self.library}"{name}"'

    # -------------------------------------------------------------------------------------------- numbers

    def number(self, part: tree.Numeric) -> Number:
        """A number."""
        match part:
            case tree.Constant(value=value):
                return Number(f"{value:g}", True)
            case tree.NumberFact(path=path):
                return self._number_fact(path)
            case tree.Plus(left=left, right=right):
                return self._sum("+", "Plus", self.number(left), self.number(right))
            case tree.Minus(left=left, right=right):
                return self._sum("-", "Minus", self.number(left), self.number(right))
            case tree.Size(of=of):
                return self._call("HowMany", listed(self.members(of).values()))
            case tree.AnyOf(of=of, words=words):
                chosen = [found for word, found in self.members(of).items() if word in words]
                return self._call("OneIfAny", listed(chosen))
            case tree.Count():
                return self._call("Listed", f"Count({self._chosen(part)})")
            case tree.Sessions():
                return self._sessions(part)
            case tree.MonthsSince(of=of):
                return self._call("MonthsSince", self._date(of))
        raise NotExpressibleError(f"{type(part).__name__} is not written in CQL: no policy asks for it")

    def _number_fact(self, path: tree.Path) -> Number:
        if self._kind(path) == "date":
            raise NotExpressibleError("dates are not compared with each other: no policy asks for it")
        return Number(self.fact(path), path.steps[0] not in self.bounded)

    def _kind(self, path: tree.Path) -> str:
        if path.steps[0] not in self.vocabulary:
            raise NotExpressibleError(f"{path.steps[0]} is not a finding of a case")
        found = self.vocabulary[path.steps[0]]
        for step in path.steps[1:]:
            found = found.fields[step]
        return found.kind

    def _date(self, part: tree.Numeric) -> str:
        if not isinstance(part, tree.NumberFact):
            raise NotExpressibleError("a date that is worked out is not written in CQL: no policy asks for it")
        return self.fact(part.path)

    def _call(self, function: str, *given: str) -> Number:
        return Number(f"{self.name(function)}({', '.join(given)})", False)

    def _sum(self, sign: str, function: str, left: Number, right: Number) -> Number:
        if left.exact and right.exact:
            return Number(f"({left.cql} {sign} {right.cql})", True)
        return self._call(function, self._bounds(left), self._bounds(right))

    def _bounds(self, number: Number) -> str:
        return f"{self.name('Known')}({number.cql})" if number.exact else number.cql

    def _compared(self, left: Number, operator: tree.Operator, right: Number) -> str:
        if left.exact and right.exact:
            return f"{left.cql} {RELATION.get(operator, operator)} {right.cql}"
        if right.exact:
            return f"{self.name(COMPARED[operator])}({left.cql}, {right.cql})"
        return f"{self.name(COMPARED[operator])}({self._sum('-', 'Minus', left, right).cql}, 0)"

    # -------------------------------------------------------------------------------------------- records

    def _chosen(self, part: tree.Count) -> str:
        """The entries that surely meet every condition; ``return all``, because CQL drops equal entries otherwise."""
        source = self._records(part.records)
        conditions = [self._condition(one) for one in part.conditions]
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return f"{source} R{where} return all R"

    def _records(self, name: str) -> str:
        if name not in RECORDS:
            raise NotExpressibleError(f"{name}: no questionnaire of this project records it")
        return self.name(name)

    def _condition(self, one: tree.Condition) -> str:
        field = f'R."{one.field}"'
        value = one.value
        if isinstance(value, bool):
            return field if value else f"not {field}"
        if isinstance(value, str):
            return f"{field} = {quoted(value)}"
        if isinstance(value, tuple):
            return f"({either(f'{field} = {quoted(word)}' for word in value)})"
        return f"{field} {RELATION.get(one.operator, one.operator)} {value:g}"

    def _sessions(self, part: tree.Sessions) -> Number:
        side = ""
        if part.side_fact is not None:
            side = f' where {self.name("SameSide")}(R."side", {self.fact(tree.Path((part.side_fact,)))})'
        elif part.side is not None:
            same = either(f'R."side" = {quoted(one)}' for one in dict.fromkeys((part.side, tree.BILATERAL)))
            side = f" where {same}"
        dates = [f'({self._records(name)} R{side} return all R."date")' for name in part.records]
        together = dates[0] if len(dates) == 1 else f"flatten {{ {', '.join(dates)} }}"
        since = "null" if part.months is None else f"{self.name('MonthsAgo')}({part.months})"
        return self._call("Listed", f"{self.name('DaysOf')}({together}, {since})")

    # ----------------------------------------------------------------------------------------------- sets

    def members(self, part: tree.Setlike) -> dict[str, str]:
        """For each word that the set may hold, the Boolean that says whether it does."""
        match part:
            case tree.SetFact(path=path):
                return {word: f'{self.fact(path)}."{word}"' for word in self._words(path)}
            case tree.Only(of=of, words=words):
                return {word: found for word, found in self.members(of).items() if word in words}
            case tree.Without(of=of, words=words):
                return {word: found for word, found in self.members(of).items() if word not in words}
        raise NotExpressibleError(f"{type(part).__name__} is not written in CQL")

    def _words(self, path: tree.Path) -> tuple[str, ...]:
        self._kind(path)
        found = self.vocabulary[path.steps[0]]
        for step in path.steps[1:]:
            found = found.fields[step]
        return found.values


_LISTS = ("dx_blocks", "tx_injections", "lbb_blocks")
RECORDS = frozenset(f"{name}{whose}" for name in _LISTS for whose in ("", "_both_sides"))
"""The lists of records that the findings library makes from the injection record."""


def quoted(word: str) -> str:
    """A word of the vocabulary as its code, in quotes of CQL."""
    return text(local_code(word))


def text(words: str) -> str:
    """Words as a string of CQL."""
    escaped = words.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def listed(parts: Iterable[str]) -> str:
    """A list of CQL."""
    return f"{{ {', '.join(parts)} }}"


def either(parts: Iterable[str]) -> str:
    """One of several."""
    return " or ".join(parts)
