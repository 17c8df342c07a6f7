"""What the criterion language refuses, and what it says then.

Every refusal is a row of a table: the rule, the character the message points at, and words of the message. A rule
comes from a file and is never executed as code, so whatever else Python can do is refused as well.
"""

from __future__ import annotations

import ast
import builtins
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.rules import MET, FactType, RuleError, parse, tree
from sacroiliac.rules.columns import from_rows
from tests.rules.world import VOCABULARY

SAID = tuple[str, int, str]


def refused(rule: str) -> RuleError:
    """The refusal of a rule."""
    with pytest.raises(RuleError) as caught:
        parse(rule, VOCABULARY)
    return caught.value


def attempt(rule: str) -> tree.Truthful | RuleError:
    """The parts of a rule, or its refusal; any other error comes through."""
    try:
        return parse(rule, VOCABULARY)
    except RuleError as error:
        return error


NOT_AN_EXPRESSION: list[SAID] = [
    ("", 1, "the rule is empty; write True for one that always holds"),
    (" \n\t ", 1, "the rule is empty"),
    ("crps and", 8, "not an expression"),
    ("  crps and  ", 10, "not an expression"),
    ("not", 3, "not an expression"),
    ("nrs >", 5, "not an expression"),
    ("n(causes > 1", 2, "'(' was never closed"),
    ("nrs > 3)", 8, "unmatched ')'"),
    ("crps; pregnant", 5, "not an expression"),
    ("crps pregnant", 6, "not an expression"),
    ("import os", 1, "not an expression"),
    ("nrs > 007", 7, "leading zeros"),
    ("crps = True", 6, "write '==' to compare"),
    ("severity = 'mild'", 10, "write '==' to compare"),
    ("crps AND pregnant", 6, "write 'and' for 'AND'"),
    ("crps OR pregnant", 6, "write 'or' for 'OR'"),
    ("NOT crps", 5, "write 'not' for 'NOT'"),
    ("crps && pregnant", 7, "write 'and' for '&&'"),
    ("crps || pregnant", 7, "write 'or' for '||'"),
    ("nrs <> 3", 5, "write '!=' for '<>'"),
    ("nrs => 3", 5, "write '>=' for '=>'"),
    ("nrs =< 3", 5, "write '<=' for '=<'"),
    ("crps\nand pregnant", 6, "put a rule of several lines in brackets"),
]
FOREIGN: list[SAID] = [
    ("severity == \N{LEFT SINGLE QUOTATION MARK}mild\N{RIGHT SINGLE QUOTATION MARK}", 13, "'\\u2018' may not stand"),
    ("nrs \N{GREATER-THAN OR EQUAL TO} 3", 5, "'\\u2265' may not stand in a rule"),
    # This letter looks like "c", and Python would read some like it as the same name.
    ("\N{CYRILLIC SMALL LETTER ES}rps", 1, "'\\u0441' may not stand in a rule"),
    ("\N{MATHEMATICAL BOLD SMALL C}rps", 1, "'\\U0001d41c' may not stand in a rule"),
    ("crps\N{NO-BREAK SPACE}and pregnant", 5, "'\\xa0' may not stand in a rule"),
    ("crps and\\\npregnant", 9, "'\\\\' may not stand in a rule"),
    ("crps\0", 5, "'\\x00' may not stand in a rule"),
    ("crps\N{RIGHT-TO-LEFT OVERRIDE}", 5, "'\\u202e' may not stand in a rule"),
]
NEITHER_TRUE_NOR_FALSE: list[SAID] = [
    ("nrs", 1, "'nrs' is a number, not a yes-or-no fact: compare it with something"),
    ("not nrs", 5, "'nrs' is a number, not a yes-or-no fact"),
    ("crps and onset", 10, "'onset' is a date, not a yes-or-no fact"),
    ("severity", 1, "'severity' is a word, not a yes-or-no fact: compare it with == or in"),
    ("causes", 1, "'causes' is a set of words, not a yes-or-no fact: use n(causes) or 'word' in causes"),
    ("planned", 1, "'planned' is a record, not a yes-or-no fact: name one of its fields, as in planned.field"),
    ("blocks", 1, "'blocks' is a list of records, not a yes-or-no fact: use count(blocks, ...)"),
    ("planned.volume", 1, "'planned.volume' is a number, not a yes-or-no fact"),
    ("1", 1, "'1' is neither true nor false"),
    ("None", 1, "'None' is neither true nor false"),
    ("'crps'", 1, "is neither true nor false"),
    ("nrs + 1", 1, "'nrs + 1' is neither true nor false"),
    ("n(causes)", 1, "'n(causes)' is neither true nor false"),
    ("crps and -pregnant", 10, "'-pregnant' is neither true nor false"),
    ("crps & pregnant", 1, "'crps & pregnant' is neither true nor false"),
    ("crps | pregnant", 1, "'crps | pregnant' is neither true nor false"),
    ("crps, pregnant", 1, "is neither true nor false"),
    ("nrs > 3,5", 1, "is neither true nor false"),
]
FACTS: list[SAID] = [
    ("nsr > 3", 1, "there is no fact 'nsr'; did you mean 'nrs'?"),  # misspelt on purpose
    ("crps and pregnent", 10, "there is no fact 'pregnent'; did you mean 'pregnant'?"),  # misspelt on purpose
    ("zzz", 1, "there is no fact 'zzz'"),
    ("Crps", 1, "there is no fact 'Crps'; did you mean 'crps'?"),
    ("crps.date", 1, "'crps' has no field 'date'"),
    (
        "planned.dose > 2",
        1,
        "'planned' has no field 'dose'; choose from contrast, day, drugs",
    ),  # misspelt on purpose
    ("planned.drugs.prp", 1, "'planned.drugs' has no field 'prp'"),
    ("blocks.relief > 50", 1, "'blocks' is a list of records: use count(blocks, ...)"),
    ("count(5) > 1", 7, "expected the name of a fact, found '5'"),
    ("('mild').upper == 'x'", 2, "expected the name of a fact, found ''mild''"),
]
COMPARISONS: list[SAID] = [
    ("1 < nrs < 3", 1, "write a chain of comparisons as two, joined with 'and'"),
    ("nrs is None", 1, "'nrs is None' uses a comparison the language does not have"),
    ("crps is True", 1, "'crps is True' uses a comparison the language does not have"),
    ("crps is not pregnant", 1, "uses a comparison the language does not have"),
    ("crps == 1", 9, "'crps' is a yes-or-no fact: compare it with True or False"),
    ("crps != pregnant", 9, "'crps' is a yes-or-no fact: compare it with True or False"),
    ("crps < True", 1, "'crps' is a yes-or-no fact, not a number"),
    ("True == crps", 1, "write the fact first, then what it is compared with"),
    ("'mild' == severity", 1, "write the fact first, then what it is compared with"),
    ("nrs == '3'", 8, "''3'' is not a number"),
    ("nrs == True", 8, "'True' is not a number"),
    ("nrs > None", 7, "'None' is not a number"),
    ("severity > 'mild'", 1, "'severity' is a word, not a number: compare it with == or in"),
    ("severity == mild", 13, "expected a word in quotation marks, found 'mild'"),
    ("severity == planned.guidance", 13, "expected a word in quotation marks, found 'planned.guidance'"),
    ("severity == b'mild'", 13, "expected a word in quotation marks, found 'b'mild''"),
    (
        "severity == 'midl'",
        13,
        "'midl' is not a legal value; choose from mild, moderate, severe",
    ),  # misspelt on purpose
    ("severity == 'Mild'", 13, "'Mild' is not a legal value; choose from mild, moderate, severe"),
    ("severity in ['mild', 'bad']", 22, "'bad' is not a legal value"),
    ("severity in []", 13, "the list of words is empty"),
    ("severity in ('mild', 'mild')", 13, "a word is listed twice"),
    ("severity in 'mild'", 13, "expected a list of words, found ''mild''"),
    ("severity in causes", 13, "expected a list of words, found 'causes'"),
    ("nrs in [1, 2]", 1, "'nrs' is a number: only a word can be 'in' a list of words"),
    ("crps not in [True]", 1, "'crps' is a yes-or-no fact: only a word can be 'in' a list of words"),
    ("causes in ['disc']", 1, "'causes' is a set of words: only a word can be 'in' a list of words"),
    ("positive == {'faber'}", 1, "'positive' is a set of words, not a number: use n(positive) or 'word' in positive"),
    ("blocks > 2", 1, "'blocks' is a list of records, not a number: use count(blocks, ...)"),
    ("'disk' in causes", 1, "'disk' is not a legal value; choose from disc, facet, hip"),
    ("'disc' in nrs", 11, "'nrs' is a number, not a set"),
    ("'disc' in ['disc']", 11, "is not a set"),
    ("'disc' in causes | docs", 11, "'causes | docs' is not a set"),
    ("3 in causes", 1, "expected a word in quotation marks, found '3'"),
]
NUMBERS: list[SAID] = [
    ("nrs * 2 > 4", 1, "'nrs * 2' is not a number"),
    ("nrs / 2 > 4", 1, "'nrs / 2' is not a number"),
    ("nrs // 2 > 4", 1, "'nrs // 2' is not a number"),
    ("nrs % 2 > 4", 1, "'nrs % 2' is not a number"),
    ("nrs ** 9999 > 4", 1, "'nrs ** 9999' is not a number"),
    ("nrs > 10 ** 10 ** 10", 7, "is not a number"),
    ("nrs > 1 << 60", 7, "'1 << 60' is not a number"),
    ("nrs > -months", 7, "'-months' is not a number"),
    ("nrs > --3", 7, "'--3' is not a number"),
    ("nrs > +3", 7, "'+3' is not a number"),
    ("nrs > ~3", 7, "'~3' is not a number"),
    ("nrs > -True", 7, "'-True' is not a number"),
    ("nrs > 1j", 7, "'1j' is not a number"),
    ("nrs > 2e12", 7, "a number may not be larger than 1e+12"),
    ("nrs > -2e12", 8, "a number may not be larger than 1e+12"),
    ("nrs > 1e999", 7, "a number may not be larger than 1e+12"),
    ("nrs > 0xffffffffffffffffffff", 7, "a number may not be larger than 1e+12"),
    ("nrs > nan", 7, "there is no fact 'nan'"),
    ("crps + 1 > 2", 1, "'crps' is a yes-or-no fact, not a number"),
    ("onset + 1 > 3", 1, "'onset' is a date, not a number: use months_since() or weeks_between()"),
    ("onset > 3", 1, "a date is compared with a date; otherwise use months_since() or weeks_between()"),
    ("nrs > onset", 1, "a date is compared with a date"),
    ("onset > '2025-01-01'", 1, "a date is compared with a date"),
]
FUNCTIONS: list[SAID] = [
    ("len(causes) > 1", 1, "there is no function 'len'; choose from any_of, count, has, months_since, n, sessions"),
    ("upper(severity)", 1, "there is no function 'upper'; choose from"),
    ("crps()", 1, "there is no function 'crps'"),
    ("n(nrs) > 1", 3, "'nrs' is a number, not a set"),
    ("n() > 1", 1, "n() takes 1 argument"),
    ("n(causes, docs) > 1", 1, "n() takes 1 argument"),
    ("n(of=causes) > 1", 1, "n() takes 1 argument"),
    ("n(*causes) > 1", 3, "is not a set"),
    ("n(causes & docs) > 1", 12, "expected a list of words, found 'docs'"),
    ("n(causes & {}) > 1", 12, "expected a list of words, found '{}'"),
    ("n(causes & {'disk'}) > 1", 13, "'disk' is not a legal value"),
    ("n(causes + {'disc'}) > 1", 3, "is not a set"),
    ("any_of(causes) > 0", 1, "any_of() takes 2 arguments"),
    ("any_of(causes, 'disc') > 0", 16, "expected a list of words, found ''disc''"),
    ("has()", 1, "has() takes one document code"),
    ("has('report', 'diary')", 1, "has() takes one document code"),
    ("has(word='report')", 1, "has() takes one document code"),
    ("has(report)", 5, "expected a word in quotation marks, found 'report'"),
    ("has('x-ray')", 5, "'x-ray' is not a legal value; choose from diary, report"),
    ("months_since() > 3", 1, "months_since() takes 1 argument"),
    ("months_since(nrs) > 3", 14, "'nrs' is a number, not a date"),
    ("months_since(blocks.date) > 3", 14, "'blocks' is a list of records: use count(blocks, ...)"),
    ("weeks_between(onset) > 3", 1, "weeks_between() takes 2 arguments"),
    ("weeks_between(onset, crps) > 3", 22, "'crps' is a yes-or-no fact, not a date"),
]
RECORDS: list[SAID] = [
    ("count() > 1", 1, "count() takes one list of records, then its conditions"),
    ("count(blocks, shots) > 1", 1, "count() takes one list of records, then its conditions"),
    ("count(causes) > 1", 7, "'causes' is a set of words, not a list of records"),
    ("count(planned) > 1", 7, "'planned' is a record, not a list of records"),
    ("count(blocks, **causes) > 1", 15, "a condition needs a name"),
    ("count(blocks, reliev=3) > 1", 15, "these records have no field 'reliev'; choose from contrast, date"),  # misspelt on purpose
    ("count(blocks, relief__min=3) > 1", 15, "write relief=, relief__gte=, relief__lte=, relief__gt=, relief__lt="),
    ("count(blocks, relief__=3) > 1", 15, "'relief__': a number cannot be compared this way"),
    ("count(blocks, relief__in=[3]) > 1", 15, "'relief__in': a number cannot be compared this way"),
    ("count(blocks, guidance__gte='ct') > 1", 15, "a word cannot be compared this way; write guidance=, guidance__in="),
    ("count(blocks, contrast__gte=True) > 1", 15, "a yes-or-no fact cannot be compared this way; write contrast="),
    ("count(blocks, date=3) > 1", 15, "'date': a date cannot be compared this way"),
    ("count(blocks, relief='half') > 1", 15, "'relief' needs a number"),
    ("count(blocks, relief=True) > 1", 15, "'relief' needs a number"),
    ("count(blocks, relief__gte=nrs) > 1", 15, "'relief__gte' needs a number"),
    ("count(blocks, contrast=1) > 1", 15, "'contrast' needs True or False"),
    ("count(blocks, contrast=crps) > 1", 15, "'contrast' needs True or False"),
    ("count(blocks, guidance='mri') > 1", 24, "'mri' is not a legal value; choose from ct, fluoroscopy, none, ultrasound"),
    ("count(blocks, guidance__in='ct') > 1", 28, "expected a list of words, found ''ct''"),
    ("count(blocks, relief__gte=75, relief__lte=50) > 1", 1, "the conditions on 'relief' do not go together"),
    ("count(blocks, relief__gte=50, relief__gt=75) > 1", 1, "the conditions on 'relief' do not go together"),
    ("count(blocks, contrast=True, contrast=False) > 1", 1, "the conditions on 'contrast' do not go together"),
    ("sessions() > 1", 1, "sessions() needs at least one list of records"),
    ("sessions(causes) > 1", 10, "'causes' is a set of words, not a list of records"),
    ("sessions(blocks, nrs) > 1", 18, "'nrs' is a number, not a list of records"),
    ("sessions(blocks, months=0) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, months=-12) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, months=1.5) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, months=True) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, months=nrs) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, months=1201) > 1", 18, "months may be 1200 at most"),
    ("sessions(blocks, months=12, months=6) > 1", 29, "'months' is there twice"),
    ("sessions(blocks, side='both') > 1", 23, "'both' is not a legal value; choose from bilateral, left, right"),
    ("sessions(blocks, side=severity) > 1", 18, "'severity' is not a side"),
    ("sessions(blocks, side=planned.side) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, weeks=2) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
    ("sessions(blocks, **planned) > 1", 18, "sessions() takes months=<whole number> and side=<side>"),
]  # fmt: skip
CODE: list[SAID] = [
    ("__import__('os').system('true')", 1, "there is no function '__import__('os').system'"),
    ("__import__('os')", 1, "there is no function '__import__'"),
    ("eval('crps')", 1, "there is no function 'eval'"),
    ("exec('crps')", 1, "there is no function 'exec'"),
    ("open('/etc/passwd')", 1, "there is no function 'open'"),
    ("crps.__class__", 1, "'crps' has no field '__class__'"),
    ("crps.__class__.__mro__", 1, "'crps' has no field '__class__'"),
    ("planned.__dict__", 1, "'planned' has no field '__dict__'"),
    ("().__class__.__bases__ == crps", 1, "expected the name of a fact, found '()'"),
    ("[].append(1)", 1, "there is no function '[].append'"),
    ("n.__globals__", 1, "there is no fact 'n'"),
    ("lambda: crps", 1, "is neither true nor false"),
    ("(lambda: crps)()", 1, "there is no function 'lambda: crps'"),
    ("[crps for crps in causes]", 1, "is neither true nor false"),
    ("{crps for crps in causes}", 1, "is neither true nor false"),
    ("{crps: 1 for crps in causes}", 1, "is neither true nor false"),
    ("any(crps for crps in causes)", 1, "there is no function 'any'"),
    ("n([word for word in causes]) > 1", 3, "is not a set"),
    ("severity in [word for word in causes]", 13, "expected a list of words"),
    ("(crps := True)", 2, "is neither true nor false"),
    ("f'{crps}'", 1, "is neither true nor false"),
    ("severity == f'{crps}'", 13, "expected a word in quotation marks"),
    ("severity in [*causes]", 14, "expected a word in quotation marks, found '*causes'"),
    ("crps if pregnant else crps", 1, "is neither true nor false"),
    ("blocks[0]", 1, "is neither true nor false"),
    ("blocks[0].contrast", 1, "expected the name of a fact, found 'blocks[0]'"),
    ("await crps", 1, "is neither true nor false"),
    ("(yield crps)", 2, "is neither true nor false"),
    ("{**planned}", 1, "is neither true nor false"),
    ("...", 1, "is neither true nor false"),
]
REFUSED = [
    pytest.param(*row, id=ascii(row[0]))
    for table in (NOT_AN_EXPRESSION, FOREIGN, NEITHER_TRUE_NOR_FALSE, FACTS, COMPARISONS, NUMBERS, FUNCTIONS, RECORDS, CODE)
    for row in table
]  # fmt: skip


@pytest.mark.parametrize(("rule", "character", "says"), REFUSED)
def test_refused(rule: str, character: int, says: str) -> None:
    """The message says what is wrong, and points at it."""
    error = refused(rule)
    assert says in error.problem
    assert error.column + 1 == character
    # What a reader sees: the problem, the place, and the rule itself.
    assert str(error) == f"{error.problem} (at character {character} of: {error.rule})"


def test_the_place_is_counted_through_lines_and_leading_space() -> None:
    rule = "  (crps\n  and pregnent)"  # misspelt on purpose
    error = refused(rule)
    assert rule[error.column :].startswith("pregnent")  # misspelt on purpose


HUGE = {
    "long": "crps" + " and crps" * 1_000,
    "not": "not " * 1_000 + "crps",
    "brackets": "(" * 190 + "crps" + ")" * 190,
    "more brackets": "(" * 2_400 + "crps" + ")" * 2_400,
    "curly brackets": "severity in " + "{" * 150 + "}" * 150,
    "signs": "nrs > " + "-" * 4_900 + "1",
    "sum": "+".join(["nrs"] * 1_200) + " > 1",
    "set": "n(causes" + " & {'disc'}" * 400 + ") > 1",
    "path": "planned" + ".x" * 2_400,
    "calls": "n(" * 190 + "causes" + ")" * 190 + " > 1",
    "lambda": "lambda: " * 600 + "crps",
    "choice": "crps if crps else " * 250 + "crps",
    "comprehension": "[x for x in " * 190 + "causes" + "]" * 190,
    "digits": "nrs > " + "9" * 4_900,
    "hexadecimal": "nrs > 0x" + "f" * 4_900,
    "chain": "nrs" + " < nrs" * 800,
    "line ends": "(" + "\n" * 4_900,
    "word": "severity == '" + "x" * 4_900 + "'",
    "megabytes": "crps or " * 1_000_000 + "crps",
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_too_much_is_refused_or_read_and_never_breaks(name: str) -> None:
    """Python's own parser gives up on some of these with errors of its own; none of them may come through."""
    # Brackets around a fact are the fact: nothing is deep in what is read.
    assert isinstance(attempt(HUGE[name]), RuleError) or name == "brackets"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("long", "a rule may have 5000 characters"),
        ("megabytes", "a rule may have 5000 characters"),
        ("not", "nested more than 50 deep"),
        ("sum", "nested more than 50 deep"),
        ("set", "nested more than 50 deep"),
        ("path", "nested more than 50 deep"),
        ("more brackets", "too many nested parentheses"),
        ("hexadecimal", "a number may not be larger than 1e+12"),
    ],
)
def test_what_is_too_much_is_said(name: str, says: str) -> None:
    error = refused(HUGE[name])
    assert says in error.problem
    assert len(error.problem) < 200


def test_a_rule_far_too_long_is_not_repeated_in_the_message() -> None:
    assert len(str(refused(HUGE["megabytes"]))) < 200


def test_fifty_deep_is_read_and_one_more_is_not() -> None:
    """Each ``not`` is one step of syntax; the name is one, and that it is read is one more."""
    assert parse("not " * 48 + "crps", VOCABULARY).names == {"crps"}
    assert "nested more than 50 deep" in refused("not " * 49 + "crps").problem


PIECES = (
    *("crps", "nrs", "severity", "causes", "blocks", "planned", "onset", "docs", "'disc'", "'mild'", "'left'", "3", "-1"),
    *("n(", "any_of(", "count(", "sessions(", "months_since(", "weeks_between(", "has(", "(", ")", "{", "}", "[", "]", ","),
    *(" and ", " or ", "not ", " in ", " is ", " == ", " = ", " < ", " & ", " - ", " + ", " ** ", ".", ":=", "lambda x: "),
    *(" for x in ", " if ", " else ", "f'", "'", '"', "#", ";", "\n", "await ", "*", "**", "relief__gte=", "__class__"),
    *("\N{GREEK SMALL LETTER ALPHA}", "\\", "0x", "1e", "1_0", ":", "@", "!", "...", "None", "True", "import "),
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_is_a_rule_or_a_refusal(text: str) -> None:
    """Whatever stands there: a rule that reads its own canonical text alike, or one refusal that points into it."""
    found = attempt(text)
    if isinstance(found, RuleError):
        assert found.problem
        assert 0 <= found.column <= max(len(found.rule) - 1, 0)
    else:
        assert parse(found.text, VOCABULARY).text == found.text


def test_nothing_of_a_rule_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither parsing nor evaluating compiles or runs anything but the syntax."""
    compiled = builtins.compile

    def watched(source: object, *arguments: object, **options: object) -> object:
        flags = options.get("flags", arguments[2] if len(arguments) > 2 else 0)
        assert int(flags) & ast.PyCF_ONLY_AST, "a rule was compiled"  # type: ignore[call-overload]
        return compiled(source, *arguments, **options)  # type: ignore[call-overload]

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a rule was run")

    with monkeypatch.context() as patched:
        for name, function in {"compile": watched, "eval": never, "exec": never}.items():
            patched.setattr(builtins, name, function)
        assert all(isinstance(attempt(rule), RuleError) for rule, _, _ in CODE)
        parsed = parse("crps and nrs > 3", VOCABULARY)
        assert parsed.evaluate(from_rows(VOCABULARY, [{"crps": True, "nrs": 4}])).tolist() == [MET]


# ------------------------------------------------------------------------------------------------- vocabularies

DATE, SIDE = FactType("date"), FactType("text", ("left", "right"))


@pytest.mark.parametrize(
    ("rule", "vocabulary", "says"),
    [
        ("has('report')", {}, "there is no fact 'docs'"),
        ("months_since(onset) > 3", {"onset": DATE}, "the vocabulary has no 'request_date'"),
        (
            "sessions(shots) > 1",
            {"shots": FactType("records", fields={"date": DATE, "side": SIDE})},
            "the vocabulary has no 'request_date'",
        ),
        ("sessions(shots) > 1", {"shots": FactType("records", fields={"date": DATE})}, "has no date and side"),
        (
            "sessions(shots) > 1",
            {"shots": FactType("records", fields={"date": FactType("number"), "side": SIDE})},
            "'shots' has no date and side, so its sessions cannot be counted",
        ),
        (
            "sessions(shots, side=sides) > 1",
            {
                "shots": FactType("records", fields={"date": DATE, "side": SIDE}),
                "sides": FactType("set", ("left", "right")),
                "request_date": DATE,
            },
            "'sides' is not a side",
        ),
    ],
)
def test_what_a_vocabulary_lacks(rule: str, vocabulary: dict[str, FactType], says: str) -> None:
    """A function that needs a fact which the vocabulary does not have is refused with its name."""
    with pytest.raises(RuleError, match=re.escape(says)):
        parse(rule, vocabulary)


# ------------------------------------------------------------------------------------------------- canonical text


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("  crps  and\tpregnant ", "crps and pregnant"),
        ("(crps\n and pregnant)", "crps and pregnant"),
        ('severity=="mild"', "severity == 'mild'"),
        ("not(crps)", "not crps"),
        ("nrs>0x10", "nrs > 16"),
        ("nrs > 1_000", "nrs > 1000"),
        ("crps  # why", "crps"),
        ("(nrs) >= ((4))", "nrs >= 4"),
        ("count(blocks,relief__gte = 50)>=2", "count(blocks, relief__gte=50) >= 2"),
        ("crps and (pregnant or crps)", "crps and (pregnant or crps)"),
    ],
)
def test_the_same_rule_written_differently_has_one_text(rule: str, text: str) -> None:
    """White space, quotation marks and needless brackets make no difference."""
    assert parse(rule, VOCABULARY).text == text
    assert parse(text, VOCABULARY) == parse(rule, VOCABULARY)


def test_a_rule_may_be_simply_true() -> None:
    assert parse("True", VOCABULARY) == tree.Always("True", True)
