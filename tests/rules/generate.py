"""Random rules and random rows, for Hypothesis.

A rule is built backwards from the type wanted: to get a truth, choose something that gives a truth, then whatever
it needs, until only facts and constants are left. So every rule is well typed, and every construct of the
language turns up (``test_random_rules.py`` checks that it does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from sacroiliac.rules import FactType, OpenList, parse
from tests.rules.world import GUIDANCE, VOCABULARY

TODAY = 20_240  # 2025-06-01
OFTEN = settings(max_examples=4 * settings().max_examples)
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
Text = st.SearchStrategy[str]


# ---------------------------------------------------------------------------------------------------------- rules


def some_words(words: Sequence[str], brackets: str = "{}") -> Text:
    """A written list of some words."""
    chosen = st.lists(st.sampled_from(words), min_size=1, max_size=max(1, len(words) - 1), unique=True)
    return chosen.map(lambda listed: brackets[0] + ", ".join(map(repr, listed)) + brackets[1])


def truths(depth: int = 3) -> Text:
    """Rules."""
    leaves: list[Text] = [
        st.sampled_from(["True", "False", "crps", "pregnant", "planned.contrast"]),
        st.sampled_from(["crps == True", "pregnant != True", "planned.contrast == False"]),
        st.sampled_from(VOCABULARY["docs"].values).map(lambda word: f"has('{word}')"),
        st.sampled_from([("severity", VOCABULARY["severity"].values), ("planned.guidance", GUIDANCE)]).flatmap(_word),
        sets(1).flatmap(_member),
        comparisons(),
        comparisons(),
        st.tuples(dates(), st.sampled_from(OPERATORS), dates()).map(" ".join),
    ]
    if depth == 0:
        return st.one_of(leaves)
    below = truths(depth - 1)
    parts = st.lists(below, min_size=2, max_size=3)
    return st.one_of(
        *leaves,
        below.map(lambda part: f"not ({part})"),
        parts.map(lambda chosen: " and ".join(f"({part})" for part in chosen)),
        parts.map(lambda chosen: " or ".join(f"({part})" for part in chosen)),
    )


def _word(fact: tuple[str, tuple[str, ...]]) -> Text:
    name, words = fact
    return st.one_of(
        st.tuples(st.sampled_from(["==", "!="]), st.sampled_from(words)).map(lambda one: f"{name} {one[0]} '{one[1]}'"),
        st.tuples(st.sampled_from(["in", "not in"]), some_words(words, "[]")).map(
            lambda one: f"{name} {one[0]} {one[1]}"
        ),
    )


def _member(made: tuple[str, tuple[str, ...]]) -> Text:
    text, words = made
    relation = st.sampled_from(["in", "not in"])
    return st.tuples(st.sampled_from(words), relation).map(lambda one: f"'{one[0]}' {one[1]} {text}")


def comparisons() -> Text:
    """Two numbers compared."""
    return st.tuples(numbers(1), st.sampled_from(OPERATORS), numbers(1)).map(" ".join)


def numbers(depth: int = 1) -> Text:
    """Numbers."""
    leaves: list[Text] = [
        st.integers(-2, 9).map(str),
        st.sampled_from(["0.5", "2.5", "50", "75"]),
        st.sampled_from(["nrs", "months", "planned.volume"]),
        sets(1).map(lambda made: f"n({made[0]})"),
        sets(1).flatmap(lambda made: some_words(made[1]).map(lambda words: f"any_of({made[0]}, {words})")),
        counts(),
        counts(),
        sessions(),
        dates().map(lambda day: f"months_since({day})"),
        st.tuples(dates(), dates()).map(lambda days: f"weeks_between({days[0]}, {days[1]})"),
    ]
    if depth == 0:
        return st.one_of(leaves)
    below = numbers(depth - 1)
    sums = st.tuples(below, st.sampled_from(["+", "-"]), below).map(lambda one: f"{one[0]} {one[1]} ({one[2]})")
    return st.one_of(*leaves, sums)


def sets(depth: int = 1) -> st.SearchStrategy[tuple[str, tuple[str, ...]]]:
    """Sets, each with the words it may hold."""
    names = {name: kind.values for name, kind in VOCABULARY.items() if kind.kind == "set"}
    names["planned.drugs"] = VOCABULARY["planned"].fields["drugs"].values
    plain = st.sampled_from(sorted(names)).map(lambda name: (name, names[name]))
    if depth == 0:
        return plain
    below = sets(depth - 1)
    cut = below.flatmap(
        lambda made: st.tuples(st.sampled_from("&-"), some_words(made[1])).map(
            lambda one: (f"({made[0]} {one[0]} {one[1]})", made[1])
        )
    )
    return st.one_of(plain, cut)


def counts() -> Text:
    """Counts of records with up to three conditions."""
    conditions = st.lists(
        st.one_of(*_CONDITIONS.values()), max_size=3, unique_by=lambda text: text.split("=")[0].split("__")[0]
    )
    return st.tuples(st.sampled_from(["blocks", "shots"]), conditions).map(
        lambda one: f"count({', '.join([one[0], *one[1]])})"
    )


_CONDITIONS: dict[str, Text] = {
    "contrast": st.sampled_from(["contrast=True", "contrast=False"]),
    "guidance": st.one_of(
        st.sampled_from(GUIDANCE).map(lambda word: f"guidance='{word}'"),
        some_words(GUIDANCE, "[]").map(lambda words: f"guidance__in={words}"),
    ),
    "relief": st.tuples(st.sampled_from(["", "__gte", "__lte", "__gt", "__lt"]), st.sampled_from(["0", "50", "75"])).map(
        lambda one: f"relief{one[0]}={one[1]}"
    ),
    "band": st.just("relief__gte=50, relief__lt=75"),
}  # fmt: skip


def sessions() -> Text:
    """Numbers of sessions."""
    lists = st.sampled_from([["blocks"], ["shots"], ["blocks", "shots"]])
    months = st.sampled_from([[], ["months=1"], ["months=12"]])
    side = st.sampled_from([[], ["side='left'"], ["side=requested_side"]])
    return st.tuples(lists, months, side).map(
        lambda one: f"sessions({', '.join(part for parts in one for part in parts)})"
    )


def dates() -> Text:
    """Dates."""
    return st.sampled_from(["onset", "request_date", "planned.day"])


# ----------------------------------------------------------------------------------------------------------- rows

Values = st.SearchStrategy[Any]
_NUMBERS = st.sampled_from([0, 1, 2, 3, 5, 8, 50, 60, 75, 80])
_DAYS = st.integers(TODAY - 45, TODAY + 3)


def rows(names: Iterable[str] = VOCABULARY) -> st.SearchStrategy[dict[str, Any]]:
    """One row of facts, any of them missing; the request date is known or wholly missing."""
    facts = {name: _FACTS[name] for name in sorted({*names, "request_date"})}
    return st.fixed_dictionaries(facts).map(_without_none)


def with_rows(rules: Text, most: int = 1) -> st.SearchStrategy[tuple[str, list[dict[str, Any]]]]:
    """A rule with some rows of the facts that it names."""
    return rules.flatmap(lambda rule: st.tuples(st.just(rule), st.lists(rows(_names(rule)), min_size=1, max_size=most)))


def _names(rule: str) -> frozenset[str]:
    return parse(rule, VOCABULARY).names


def _without_none(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def values(kind: FactType, most: int = 2) -> Values:
    """A value of some type, whole, in part or missing."""
    return st.one_of(st.none(), partly(kind, most))


def partly(kind: FactType, most: int = 2) -> Values:
    """A value of some type, whole or in part."""
    match kind.kind:
        case "bool":
            return st.booleans()
        case "number":
            return st.one_of(_NUMBERS, st.tuples(_NUMBERS, _NUMBERS).map(lambda pair: (min(pair), max(pair))))
        case "date":
            return st.one_of(_DAYS, st.tuples(_DAYS, st.integers(0, 2)).map(lambda one: (one[0], one[0] + one[1])))
        case "text":
            return st.sampled_from(kind.values or ("27096", "64451"))
        case "set":
            marks = st.tuples(*[st.sampled_from(["present", "absent", "open"]) for _ in kind.values])
            return marks.map(lambda marked: _set(kind.values, marked))
        case "record":
            return entries(kind)
    listed = st.lists(entries(kind), max_size=most)
    return st.one_of(listed, listed.map(OpenList))


def entries(kind: FactType) -> st.SearchStrategy[dict[str, Any]]:
    """One record, any of its fields missing."""
    fields = {name: values(part) for name, part in kind.fields.items()}
    return st.fixed_dictionaries(fields).map(_without_none)


def _set(words: Sequence[str], marks: Sequence[str]) -> dict[str, list[str]]:
    marked = {
        mark: [word for word, have in zip(words, marks, strict=True) if have == mark] for mark in ("present", "absent")
    }
    return {mark: listed for mark, listed in marked.items() if listed}


_FACTS = {name: values(kind) for name, kind in VOCABULARY.items()} | {
    "request_date": st.sampled_from([TODAY, TODAY, TODAY, None])
}


# ----------------------------------------------------------------------------------------- documenting more of a row


def completed(row: Mapping[str, Any], names: Iterable[str], wholly: bool) -> st.SearchStrategy[dict[str, Any]]:
    """The row with more of some facts documented; ``wholly``: with nothing of them left open.

    The request date stays as it is: without one nothing says that an entry came later (see the manual).
    """
    facts = sorted({*names} - {"request_date"})
    filled = st.fixed_dictionaries({name: more(VOCABULARY[name], row.get(name), wholly) for name in facts})
    return filled.map(lambda found: _without_none({**row, **found}))


def more(kind: FactType, value: Any, wholly: bool) -> Values:
    """A value with more of it documented, as it may be any way that does not contradict what is known."""
    kept = [] if wholly else [st.just(value)]
    match kind.kind:
        case "bool":
            return st.just(value) if value is not None else st.one_of(*kept, st.booleans())
        case "text":
            return st.just(value) if value is not None else st.one_of(*kept, partly(kind))
        case "number":
            return st.one_of(*kept, _within(value, st.integers(-3, 90)))
        case "date":
            return st.one_of(*kept, _within(value, _DAYS))
        case "set":
            return _more_of_a_set(kind, value, wholly)
        case "record":
            return _more_of_a_record(kind, value or {}, wholly)
    return _more_of_a_list(kind, value, wholly)


def _within(value: Any, anything: st.SearchStrategy[int]) -> Values:
    if value is None:
        return anything
    return st.integers(*value) if isinstance(value, tuple) else st.just(value)


def _more_of_a_set(kind: FactType, value: Any, wholly: bool) -> Values:
    known = value or {}
    marks = {word: mark for mark in ("present", "absent") for word in known.get(mark, ())}
    options = ["present", "absent"] if wholly else ["present", "absent", "open"]
    chosen = st.tuples(*[st.just(marks[word]) if word in marks else st.sampled_from(options) for word in kind.values])
    return chosen.map(lambda marked: _set(kind.values, marked))


def _more_of_a_record(kind: FactType, value: Mapping[str, Any], wholly: bool) -> Values:
    filled = {name: more(part, value.get(name), wholly) for name, part in kind.fields.items()}
    return st.fixed_dictionaries(filled).map(_without_none)


def _more_of_a_list(kind: FactType, value: Any, wholly: bool) -> Values:
    known = [_more_of_a_record(kind, entry, wholly) for entry in value or ()]
    if value is not None and not isinstance(value, OpenList):
        return st.tuples(*known).map(list)
    whole = st.just({}).flatmap(lambda entry: _more_of_a_record(kind, entry, wholly))
    closings: list[Callable[[list[Any]], Any]] = [list] if wholly else [list, OpenList]
    return st.tuples(st.tuples(*known), st.lists(whole, max_size=2), st.sampled_from(closings)).map(
        lambda one: one[2]([*one[0], *one[1]])
    )
