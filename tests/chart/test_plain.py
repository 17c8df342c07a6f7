"""Plain charts: what is understood, and what each mistake is told. Never a traceback, never a silent drop.

The first half is plain data: a chart with one mistake, and what the reader of the message is told. The second half
breaks the examples at random.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.chart import plain, template, yaml_lines
from sacroiliac.chart.facts import Chart, Fact
from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, EXIT_OK, InputError
from sacroiliac.knowledge import Knowledge, load
from sacroiliac.knowledge.model import Field, Finding
from sacroiliac.report import check

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.yaml"))
HEAD = "patient: {id: test, birth_date: 1970-06-15, sex: female}\nside: right\nreview_date: 2025-06-01\n"


def read(text: str) -> Chart:
    """A plain chart that has no mistake."""
    return plain.read(text, "chart.yaml", load())


def mistakes(text: str) -> list[InputError]:
    """Every mistake of a chart."""
    found: list[InputError] = []
    plain.read(text, "chart.yaml", load(), found.append)
    return found


def values(chart: Chart) -> dict[str, Any]:
    """The facts by concept, but the side of the pain, which the side of the chart gives."""
    return {fact.concept: fact.value for fact in chart.facts if fact.concept != "pain_side"}


def said(chart: Chart) -> list[Fact]:
    """The facts of a chart but the side of the pain, which the side of the chart gives."""
    return [fact for fact in chart.facts if fact.concept != "pain_side"]


# ------------------------------------------------------------------------------------------------------- mistakes

# After the head (three lines): the lines with the mistake, the line it stands on, the problem, and the cure.
WRONG: dict[str, tuple[str, int, str, str]] = {
    # ---- names
    "part": ("finding: {fever: yes}\n", 4, "'finding' is not a part of a chart", "Did you mean 'findings'?"),
    "part like none": ("zzz: 1\n", 4, "'zzz' is not a part of a chart", "'sacroiliac template' lists every name."),
    "finding in the wrong place": ("fever: yes\n", 4, "'fever' is not a part of a chart (a finding goes under 'findings:')", "'sacroiliac template'"),
    "finding": ("findings:\n  groin_pian: yes\n", 5, "there is no finding 'groin_pian'", "Did you mean 'groin_pain'?"),  # misspelt on purpose
    "finding like none": ("findings:\n  zzz: yes\n", 5, "there is no finding 'zzz'", "'sacroiliac template' lists every name."),
    "records as a finding": ("findings:\n  sij_injections: []\n", 5, "'sij_injections' is worked out or has its own place", "Use 'injections:' at the top level."),
    "treatments as a finding": ("findings:\n  treatments: []\n", 5, "'treatments' is worked out or has its own place", "Use 'treatments:' at the top level."),
    "ablations as a finding": ("findings:\n  rfa_history: []\n", 5, "'rfa_history' is worked out or has its own place", "Use 'radiofrequency:' at the top"),
    "a list that is worked out": ("findings:\n  dx_blocks: []\n", 5, "'dx_blocks' is worked out or has its own place", "Use 'injections:' at the top level."),
    "review date as a finding": ("findings:\n  request_date: 2025-01-01\n", 5, "'request_date' is worked out or has its own place", "Use 'review_date:'"),
    "worked out from the record": ("findings:\n  sij_exam_recorded: yes\n", 5, "'sij_exam_recorded' is worked out from the rest of the chart", "Leave it out."),
    "part of a finding": ("findings:\n  faber: {valeu: yes, value: no, side: right}\n", 5, "'valeu' is not a part of a finding", "Did you mean 'value'?"),  # misspelt on purpose
    "part of a record": ("injections:\n- date: 2025-03-03\n  sied: right\n", 6, "'sied' is not a part of 'injections'", "Did you mean 'side'?"),  # misspelt on purpose
    "part of a medication": ("medications:\n- {drug: ibuprofen, dose: 400}\n", 5, "'dose' is not a part of a medication", "Did you mean 'dose_mg'?"),
    "part of a plan": ("planned:\n  guidence: ct\n", 5, "'guidence' is not a part of 'planned'", "Did you mean 'guidance'?"),  # misspelt on purpose
    "part of a set": ("findings:\n  spa_features: {presnt: [uveitis]}\n", 5, "'presnt' is neither 'present' nor 'absent'", "List what is there under 'present:'."),  # misspelt on purpose
    # ---- shapes
    "findings as a list": ("findings:\n- fever\n", 5, "expected 'name: value' lines", "Write 'name: value' below 'findings:'."),
    "plan as a word": ("planned: injection\n", 4, "expected 'name: value' lines", "Write 'name: value' below 'planned:'."),
    "injections as lines": ("injections:\n  date: 2025-03-03\n", 5, "expected a list", "Under 'injections:' begin each entry with '- '; write [] when there were none."),
    "injection as a word": ("injections:\n- yes\n", 5, "expected 'name: value' lines", "Each entry of 'injections:' has 'date:' and more."),
    "an empty entry": ("treatments:\n-\n", 5, "an entry of 'treatments' says nothing", "Leave it out, or write what is known."),
    "medications as lines": ("medications:\n  drug: ibuprofen\n", 5, "expected a list", "Under 'medications:' begin each entry with '- drug:'; write [] when none are taken."),
    "medication without a drug": ("medications:\n- {dose_mg: 400}\n", 5, "a medication has no 'drug'", "Write the name of the ingredient."),
    "medication that nobody knows": ("medications:\n- drug: unknown\n", 5, "a medication has no 'drug'", "Write the name of the ingredient."),
    "drug as a list": ("medications:\n- drug: [ibuprofen]\n", 5, "expected one value", "Write it on the line of its name."),
    "finding without a value": ("findings:\n  fever: {date: 2025-05-01}\n", 5, "'fever' has no value", "Write 'value:' beside its date and side."),
    "finding with no values": ("findings:\n  fever: []\n", 5, "'fever' has no value", "Write a value, or leave the line out."),
    "a value that is a list": ("findings:\n  fever: {value: [yes]}\n", 5, "expected one value", "Write it on the line of its name."),
    "a word of a set that is a list": ("findings:\n  spa_features: [[uveitis]]\n", 5, "expected one value", "Write it on the line of its name."),
    "side of what has none": ("findings:\n  fever: {value: yes, side: left}\n", 5, "'fever' has no side", "Leave 'side:' out"),
    # ---- values
    "yes or no": ("findings:\n  fever: maybe\n", 5, "'maybe' is neither yes nor no", "Write yes, no, or unknown."),
    "number in words": ("findings:\n  pain_nrs: seven\n", 5, "'seven' is not a number", "Write a number (0-10)."),
    "decimal comma": ("findings:\n  pain_nrs: 5,5\n", 5, "'5,5' is not a number", "Write a number (0-10)."),
    "two numbers": ("findings:\n  pain_nrs: 5-6\n", 5, "'5-6' is not a number", "Write a number (0-10)."),
    "not a number": ("findings:\n  pain_nrs: .nan\n", 5, "'.nan' is not a number", "Write a number"),
    "infinite": ("findings:\n  pain_nrs: inf\n", 5, "'inf' is not a number", "Write a number"),
    "overflow": ("findings:\n  weight_kg: 1e999\n", 5, "1e999 is outside 1 to 500 (kg)", "Check the number and its unit."),
    "too much": ("findings:\n  pain_nrs: 70\n", 5, "70 is outside 0 to 10 (0-10)", "Check the number and its unit."),
    "too little": ("findings:\n  pain_nrs: -1\n", 5, "-1 is outside 0 to 10 (0-10)", "Check the number and its unit."),
    "a number in another script": ("findings:\n  pain_nrs: \N{ARABIC-INDIC DIGIT SEVEN}\n", 5, "is not a number", "Write a number"),
    "dose": ("medications:\n- {drug: ibuprofen, dose_mg: lots}\n", 5, "'lots' is not a number", "Write a number."),
    "word": ("findings:\n  pain_severity: sever\n", 5, "'sever' is not a value here", "Choose from mild, moderate, severe. Did you mean 'severe'?"),  # misspelt on purpose
    "word of many": ("findings:\n  medications: [ibuprofn]\n", 5, "'ibuprofn' is not a value here", "Did you mean 'ibuprofen'?"),  # misspelt on purpose
    "word of many, like none": ("findings:\n  medications: [zzz]\n", 5, "'zzz' is not a value here", "'sacroiliac knowledge show' lists the values."),
    "word of a set": ("findings:\n  spa_features: [uveitus]\n", 5, "'uveitus' is not a value here", "Did you mean 'uveitis'?"),  # misspelt on purpose
    "word twice": ("findings:\n  spa_features: [uveitis, uveitis]\n", 5, "'uveitis' is listed twice", "Keep one of them."),
    "word present and absent": ("findings:\n  spa_features: {present: [uveitis], absent: [uveitis]}\n", 5, "'uveitis' is listed as present and as absent", "Keep one of them."),
    "word of a record": ("injections:\n- {side: right, guidance: xray}\n", 5, "'xray' is not a value here", "Choose from fluoroscopy, ct, ultrasound"),
    "side of a finding": ("findings:\n  faber: {value: yes, side: rihgt}\n", 5, "'rihgt' is not a side", "Choose from left, right, bilateral. Did you mean 'right'?"),  # misspelt on purpose
    "document": ("documents: [imaging_reprot]\n", 4, "'imaging_reprot' is not a value here", "Did you mean 'imaging_report'?"),  # misspelt on purpose
    # ---- dates
    "date in words": ("injections:\n- date: in March\n", 5, "'in March' is not a date; write it as 2024-03-05, 2024-03 or 2024", "Write the date as year-month-day."),
    "date the other way round": ("injections:\n- date: 03/05/2024\n", 5, "'03/05/2024' is not a date", "Write the date as year-month-day."),
    "date with more": ("injections:\n- date: 2024-03-05 or so\n", 5, "'2024-03-05 or so' is not a date", "Write the date as year-month-day."),
    "no such day": ("injections:\n- date: 2025-02-30\n", 5, "there is no day 2025-02-30", "Write the date as year-month-day."),
    "no such month": ("injections:\n- date: 2025-13\n", 5, "there is no day 2025-13", "Write the date as year-month-day."),
    "year 0": ("injections:\n- date: 0000-01-01\n", 5, "the year 0000 is not between 1900 and 2200", "Write the date as year-month-day."),
    "year 9999": ("injections:\n- date: 9999-12-31\n", 5, "the year 9999 is not between 1900 and 2200", "Write the date as year-month-day."),
    "date of a finding": ("findings:\n  fever: {value: yes, date: soon}\n", 5, "'soon' is not a date", "Write the date as year-month-day."),
    "written": ("written: yesterday\n", 4, "'yesterday' is not a date", "Write the date as year-month-day."),
    "care that ends before it starts": ("treatments:\n- {kind: pt, start: 2025-03-01, end: 2025-01-01}\n", 5, "it ends before it starts", "Check both dates."),
    "drug that ends before it starts": ("medications:\n- {drug: ibuprofen, start: 2025-03-01, stop: 2025-01-01}\n", 5, "it ends before it starts", "Check both dates."),
    # ---- twice
    "key twice": ("findings:\n  fever: yes\n  fever: no\n", 6, "'fever' is there twice", "Keep one of them, or write a list of values."),
    "key that is a list": ("findings:\n  ? [a, b]\n  : yes\n", 5, "a key must be a word", "Write 'name: value'."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_with_file_line_and_cure(name: str) -> None:
    """One mistake, one message; the rest of the chart is read."""
    lines, line, problem, cure = WRONG[name]
    (found,) = mistakes(HEAD + lines)
    assert found.place == f"chart.yaml:{line}"
    assert problem in found.problem
    assert cure in found.cure
    assert str(found) == f"{found.place}: {found.problem}. {found.cure}"


@pytest.mark.parametrize("name", WRONG)
def test_without_a_list_of_mistakes_the_first_stops_the_reading(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read(HEAD + WRONG[name][0])
    assert WRONG[name][2] in caught.value.problem


# Whole charts: what is at fault is the head, or the text itself.
WHOLE: dict[str, tuple[str, int, str, str]] = {
    "empty": ("", 1, "the file is empty", "Start from 'sacroiliac template'."),
    "only comments": ("# nothing\n\n# more of it\n", 1, "the file is empty", "Start from 'sacroiliac template'."),
    "a list": ("- a\n", 1, "expected 'name: value' lines", "A chart begins with 'patient:'."),
    "a word": ("patient\n", 1, "expected 'name: value' lines", "A chart begins with 'patient:'."),
    "no patient": ("side: right\n", 1, "there is no patient", "Begin with 'patient:' and an 'id:'."),
    "nothing in it": ("{}\n", 1, "there is no patient", "Begin with 'patient:' and an 'id:'."),
    "patient as a word": ("patient: Ann\n", 1, "expected 'name: value' lines", "Write 'id:', 'birth_date:' and 'sex:' below 'patient:'."),
    "part of a patient": ("patient:\n  name: Ann\n", 2, "'name' is not a part of a patient", "'sacroiliac template' lists every name."),
    "sex": ("patient: {id: a, sex: f}\n", 1, "'f' is not a sex", "Choose from female, male."),
    "birth": ("patient: {id: a, birth_date: 1970-02-31}\n", 1, "there is no day 1970-02-31", "Write the date"),
    "born too early": ("patient: {id: a, birth_date: 1870-01-01}\n", 1, "the year 1870 is not between 1900 and 2200", "Write the date"),
    "born later": ("patient: {id: a, birth_date: 2030}\nreview_date: 2025-06-01\n", 1, "the birth date is after the review date", "Check both dates."),
    "age": ("patient: {id: a, age: 200}\n", 1, "200 is outside 0 to", "Check the number and its unit."),
    "side": ("patient: {id: a}\nside: rigth\n", 2, "'rigth' is not a side", "Choose from left, right, bilateral. Did you mean 'right'?"),  # misspelt on purpose
    "side as a list": ("patient: {id: a}\nside: [left, right]\n", 2, "expected one value", "Write it on the line of its name."),
    "review date": ("patient: {id: a}\nreview_date: today\n", 2, "'today' is not a date", "Write the date"),
    "review month": ("patient: {id: a}\nreview_date: 2025-06\n", 2, "the review date is not one day", "Write it as 2025-06-30."),
    # ---- the text
    "indentation": ("patient:\n  id: a\n side: right\n", 3, "not readable as YAML or JSON: did not find expected key", "Check indentation, colons and quotes."),
    "tab": ("patient:\n\tid: a\n", 2, "not readable as YAML or JSON: found character that cannot start any token", "Check indentation"),
    "bracket": ("patient: {id: a\n", 1, "not readable as YAML or JSON", "Check indentation, colons and quotes."),
    "quotation mark": ("patient: {id: 'a}\n", 1, "not readable as YAML or JSON", "Check indentation, colons and quotes."),
    "half JSON": ('{"patient": {"id": "a"', 1, "not readable as YAML or JSON", "Check indentation, colons and quotes."),
    "two documents": ("patient: {id: a}\n---\npatient: {id: b}\n", 2, "not readable as YAML or JSON: but found another document", "Check"),
    "control character": ("patient: {id: a}\nside: ri\x07ght\n", 2, "not readable as YAML or JSON: control characters are not allowed", "Check"),
    "half a character": ("patient: {id: a}\nside: \ud83d\n", 2, "half of a character", "Save the file as UTF-8."),
    "half a pair": ('{"patient":\n{"id": "\\ud83d"}}', 2, "not readable as YAML or JSON: found invalid Unicode", "Check"),
    # ---- what could exhaust the machine
    "alias": ("patient: &a {id: a}\nfindings: *a\n", 1, "anchors and aliases are not read", "Write the value out."),
    "bomb": ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", 1, "anchors and aliases are not read", "Write the value out."),
    "an alias of nothing": ("patient: *nobody\n", 1, "anchors and aliases are not read", "Write the value out."),
    "merge": ("x: &x {id: a}\npatient: {<<: *x}\n", 1, "anchors and aliases are not read", "Write the value out."),
    "tag": ("patient: !!python/object/apply:os.system ['true']\n", 1, "tags are not read", "Leave the word that begins with '!' out, or put it in quotes."),
    "plain tag": ("patient: {id: !secret a}\n", 1, "tags are not read", "Leave the word that begins with '!' out"),
    "nesting": ("patient: " + "[" * 50_000, 1, "nested too deeply", "A chart nests at most 20 levels."),
    "nesting of lists": ("- " * 5_000 + "a\n", 1, "nested too deeply", "A chart nests at most 20 levels."),
    "nesting of brackets": ('{"a":' * 3_000 + "1" + "}" * 3_000, 1, "nested too deeply", "A chart nests at most 20 levels."),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_chart_that_cannot_be_used(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same from the command: exit code 2, and one message on the error output."""
    text, line, problem, cure = WHOLE[name]
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.place == f"chart.yaml:{line}"
    assert problem in caught.value.problem
    assert cure in caught.value.cure
    if "\ud83d" in text:
        return  # a file cannot hold it
    file = tmp_path / "chart.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["review", str(file)]) == EXIT_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert shown.err.startswith(f"sacroiliac: {file}:{line}: ")


def test_many_mistakes_are_all_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``check`` names each with its line and cure, beside all that was understood and all that was not used."""
    file = tmp_path / "chart.yaml"
    file.write_text(
        HEAD
        + "findings:\n  fevr: yes\n  faber: positive\n  pain_nrs: 70\n  note: came late\n  slump: {value: yes, side: right}\n"
        "medications: [ibuprofn, paracetamol]\ninjections:\n- {date: 2025-13, side: right}\n"  # misspelt on purpose
    )
    assert main(["check", str(file)]) == EXIT_INPUT
    # Long lines are broken; two spaces begin a new entry.
    unbroken = re.sub(r"\n {4,}", " ", capsys.readouterr().out)
    understood, _, rest = unbroken.partition("Read, but not used:\n")
    not_used, _, wrong = rest.partition("Not understood (3):\n")
    assert "Slump test: yes (2025-06-01, right; line 9)" in understood
    assert "Acetaminophen: paracetamol (no date; line 10)" in understood
    for line in (
        "note: came late: text is not read (line 8)",
        "ibuprofn: no drug of the vocabulary; did you mean 'ibuprofen'? (line 10)",  # misspelt on purpose
        "the chart does not say which side; write 'side:' beside it (line 6)",
    ):
        assert line in " ".join(not_used.split())
    # Long lines may be broken; the messages are the same.
    told = [
        f"{file}:12: there is no day 2025-13. Write the date as year-month-day.",
        f"{file}:5: there is no finding 'fevr'. Did you mean 'fever'?",
        f"{file}:7: Pain score (0-10): 70 is outside 0 to 10 (0-10). Check the number and its unit.",
    ]
    assert wrong.split() == " ".join(told).split()


def test_a_chart_of_which_nothing_was_understood() -> None:
    shown = check.render(read("patient: {id: a}\n"), [], load())
    assert "Understood:\n  nothing\n" in shown
    assert shown.endswith("Nothing was left that could not be understood.\n")


# ---------------------------------------------------------------------------------------- what is understood

YES_AND_NO: dict[str, Any] = {
    **dict.fromkeys(("yes", "Yes", "TRUE", "true", "on", "positive", "pos", "present", "+", "'y'", "' yes '"), True),
    **dict.fromkeys(("no", "No", "FALSE", "off", "negative", "neg", "absent", "'-'", "n"), False),
    **dict.fromkeys(("", "unknown", "'?'", "~", "null", "not done", "Not Documented", "'not recorded'", "''"), None),
}  # fmt: skip


@pytest.mark.parametrize("written", YES_AND_NO)
def test_yes_no_and_not_known(written: str) -> None:
    """"Not done" and "unknown" are not "no"."""  # fmt: skip
    assert values(read(f"{HEAD}findings:\n  fever: {written}\n")).get("fever") is YES_AND_NO[written]


@pytest.mark.parametrize(
    ("written", "number"),
    [("7", 7), ("7.5", 7.5), ("'7'", 7), ("70 %", 70), ("70%", 70), ("+3", 3), ("1e1", 10), (".5", 0.5), ("0123", 123), ("1:30", None)],
)  # fmt: skip
def test_numbers_are_what_they_look_like(written: str, number: float | None) -> None:
    """YAML would read 0123 as 83 and 1:30 as 90."""
    text = f"{HEAD}findings:\n  function_score: {written}\n"
    if number is None or number > 100:
        assert mistakes(text)
    else:
        assert values(read(text))["function_score"] == number


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2025-03-05", "2025-03-05", "2025-03-05"),
        ("2025-03", "2025-03-01", "2025-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-03-05T10:30:00Z", "2025-03-05", "2025-03-05"),
        ("2025-03-05 10:30", "2025-03-05", "2025-03-05"),
        ("2025-03-05T10:30:00.250+02:00", "2025-03-05", "2025-03-05"),
        ("' 2025-03-05 '", "2025-03-05", "2025-03-05"),
    ],
)
def test_a_date_is_a_day_a_month_or_a_year(written: str, first: str, last: str) -> None:
    (fact,) = said(read(f"{HEAD}injections:\n- {{date: {written}, side: right}}\n"))
    assert fact.when is not None
    assert [plain.dates.written(day) for day in fact.when] == [first, last]


def test_a_word_may_be_written_with_spaces_and_capitals() -> None:
    assert values(read(f"{HEAD}findings:\n  pain_severity: ' Moderate '\n"))["pain_severity"] == "moderate"
    assert values(read(f"{HEAD}findings:\n  hip_internal_rotation: Reduced familiar-pain\n"))
    found = values(read(f"{HEAD}documents: [Imaging Report]\n"))["docs"]
    assert found == {"present": ["imaging_report"], "absent": []}


def test_sets_say_what_is_there_and_what_is_not() -> None:
    """A list says what is there and leaves the rest open; an empty list says that there is nothing."""
    legal = list(load().findings["spa_features"].values)

    def found(written: str) -> Any:
        return values(read(f"{HEAD}findings:\n  spa_features: {written}\n")).get("spa_features")

    assert found("[uveitis]") == found("uveitis") == {"present": ["uveitis"], "absent": []}
    assert found("{present: [uveitis], absent: [psoriasis]}") == {"present": ["uveitis"], "absent": ["psoriasis"]}
    assert found("{absent: psoriasis}") == {"present": [], "absent": ["psoriasis"]}
    assert found("[]") == {"present": [], "absent": legal}
    assert found("unknown") is None
    assert found("{value: [uveitis], date: 2025-05-01}") == {"present": ["uveitis"], "absent": []}


def test_a_plan_says_all_that_will_be_done() -> None:
    facts = values(read(f"{HEAD}planned:\n  guidance: fluoroscopy\n  injectate: [steroid]\n  requested_cpt: 27096\n"))
    assert facts["planned"]["guidance"] == "fluoroscopy"
    legal = load().findings["planned"].fields["injectate"].values
    assert facts["planned"]["injectate"]["absent"] == [word for word in legal if word != "steroid"]
    assert facts["requested_cpt"] == "27096"


def test_a_finding_may_have_its_own_date_and_side_and_several_values() -> None:
    text = f"{HEAD}written: 2025-05-20\nfindings:\n  faber: [{{value: yes, side: left, date: 2025-04}}, {{value: no, side: right}}]\n"
    first, second = said(read(text))
    assert (first.value, first.side, second.value, second.side) == (True, "left", False, "right")
    assert plain.dates.written_span(first.when) == "2025-04"
    assert plain.dates.written_span(second.when) == "2025-05-20"


def test_a_review_date_that_is_no_day_is_left_out_when_all_mistakes_are_asked_for() -> None:
    found: list[InputError] = []
    chart = plain.read("patient: {id: a}\nreview_date: 2025-06\nside: left\n", "chart.yaml", load(), found.append)
    assert (chart.review_date, chart.side, len(found)) == (None, "left", 1)


def test_without_a_date_a_finding_is_of_the_day_the_chart_was_written_or_the_review() -> None:
    (fact,) = said(read(f"{HEAD}findings: {{fever: yes}}\n"))
    assert plain.dates.written_span(fact.when) == "2025-06-01"
    (fact,) = said(read("patient: {id: a}\nfindings: {fever: yes}\n"))
    assert fact.when is None


def test_every_fact_says_which_line_it_was_read_from() -> None:
    text = f"{HEAD}findings:\n  fever: no\n\n  # more\n  pain_nrs: 7\ninjections:\n- date: 2025-03-03\n  side: right\n"
    fever, pain, injection = sorted(said(read(text)), key=lambda one: int(one.origin.place.split()[1]))
    assert (fever.origin.place, pain.origin.place) == ("line 5", "line 8")
    assert (injection.origin.place, injection.parts["side"].place) == ("line 10", "line 11")
    assert pain.origin.words == "pain_nrs: 7"


@pytest.mark.parametrize(
    ("written", "concepts"),
    [
        ("ibuprofen", ["ibuprofen"]),
        ("Ibuprofen 400 mg tablets", ["ibuprofen"]),
        ("oxycodone/naloxone", ["oxycodone"]),
        ("tramadol-acetaminophen", ["acetaminophen", "tramadol"]),
    ],
)
def test_drugs_are_found_in_what_is_written(written: str, concepts: list[str]) -> None:
    chart = read(f"{HEAD}medications: ['{written}']\n")
    assert sorted(set(values(chart)) & set(concepts)) == concepts


def test_a_list_of_drugs_is_complete_when_all_were_understood() -> None:
    """One drug that is not known may be of any class."""
    assert values(read(f"{HEAD}medications: []\n")) == {"medication_list_complete": True}
    assert values(read(f"{HEAD}medications: [ibuprofen]\n"))["medication_list_complete"] is True
    assert "medication_list_complete" not in values(read(f"{HEAD}medications: [ibuprofen, xyzzy]\n"))
    assert said(read(f"{HEAD}medications: unknown\n")) == []


def test_the_side_of_a_chart_is_the_side_of_the_pain() -> None:
    (fact,) = read(HEAD).facts
    assert (fact.concept, fact.value, fact.origin.place) == ("pain_side", "right", "line 2")
    stated = read(f"{HEAD}findings: {{pain_side: bilateral}}\n").facts
    assert [(one.concept, one.value) for one in stated] == [("pain_side", "bilateral")]


def test_nothing_said_of_a_list_is_not_an_empty_list() -> None:
    for key, concept in plain.RECORDS.items():
        assert said(read(f"{HEAD}{key}:\n")) == []
        assert said(read(f"{HEAD}{key}: unknown\n")) == []
        (fact,) = said(read(f"{HEAD}{key}: []\n"))
        assert (fact.concept, fact.value) == (concept, None)


def test_notes_are_kept_in_view_wherever_they_stand() -> None:
    text = (
        "patient: {id: a, note: one}\ncomment: two\nfindings: {note: three, fever: {value: yes, comment: four}}\n"
        "injections: [{date: 2025-01-01, note: five}]\nmedications: [{drug: ibuprofen, note: six}]\nplanned: {guidance: ct, note: seven}\n"
    )
    words = {one.what for one in read(text).coverage.texts}
    assert words == {
        "note: one",
        "comment: two",
        "note: three",
        "comment: four",
        "note: five",
        "note: six",
        "note: seven",
    }


# ----------------------------------------------------------------------------------------------------- JSON


def plainly(value: yaml_lines.Value) -> Any:
    """A chart without its lines."""
    if isinstance(value.content, dict):
        return {key: plainly(part) for key, part in value.content.items()}
    return [plainly(part) for part in value.content] if isinstance(value.content, list) else value.content


def without_lines(chart: Chart) -> list[tuple[Any, ...]]:
    """What a chart says, wherever it says it."""
    return [(fact.concept, fact.value, fact.side, fact.when, fact.until, fact.label) for fact in chart.facts]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda one: one.stem)
@pytest.mark.parametrize("style", [{}, {"indent": 2}, {"indent": "\t"}, {"ensure_ascii": False}], ids=str)
def test_a_chart_in_json_says_the_same(file: Path, style: dict[str, Any]) -> None:
    text = file.read_text()
    content = plainly(yaml_lines.parse(text, "chart.yaml"))
    in_json = read(json.dumps(content, **style))
    assert without_lines(in_json) == without_lines(read(text))
    assert (in_json.side, in_json.review_date, in_json.patient.birth) == (
        read(text).side,
        read(text).review_date,
        read(text).patient.birth,
    )


def test_json_types_mean_what_they_say() -> None:
    body = {"patient": {"id": 7}, "side": None, "findings": {"fever": True, "faber": None, "pain_nrs": 3.5, "docs": []}}
    found = read(json.dumps(body))
    assert found.patient.id == "7"
    assert {name: values(found)[name] for name in ("fever", "pain_nrs")} == {"fever": True, "pain_nrs": 3.5}
    assert found.side is None


@pytest.mark.parametrize(
    "name",
    [
        "\N{GRINNING FACE}",
        "a\\\N{GRINNING FACE}",
        "\\ud83d",
        "M\N{LATIN SMALL LETTER U WITH DIAERESIS}ller/x",
        'a"b\n\t',
    ],
)
def test_json_escapes_are_read(name: str) -> None:
    """Also those that YAML alone would not put together, and a backslash that only looks like one."""
    for ascii_ in (True, False):
        text = json.dumps({"patient": {"id": name}}, ensure_ascii=ascii_)
        assert read(text).patient.id == name.strip()
        assert read(text.replace("/", "\\/")).patient.id == name.strip()


# ------------------------------------------------------------------------------------------------- the template


def questions() -> Iterator[tuple[str, str]]:
    """Every line of the template that can be answered: the part it stands in, and its name."""
    part = ""
    for line in template.template(load()).splitlines():
        found = re.match(r"^#?(\w+):", line)
        part = found[1] if found else part
        asked = re.match(r"^  #(\w+): ", line) or re.match(r"^#[ -]+(\w+): \S", line)
        if asked and part not in ("", "medications"):
            yield part, asked[1]


QUESTIONS = list(questions())


def legal(part: Finding | Field) -> list[tuple[Any, Callable[[Any], bool]]]:
    """Answers to a question, each with what the value read must be."""
    match part.type:
        case "bool":
            return [(True, lambda read_: read_ is True), (False, lambda read_: read_ is False)]
        case "number":
            low = part.minimum if part.minimum is not None else 0
            high = part.maximum if part.maximum is not None else low + 10
            return [(number, lambda read_, number=number: read_ == number) for number in (low, high)]  # type: ignore[misc]
        case "date":
            return [("2025-01-31", lambda read_: read_[0] == read_[1])]
        case "set":
            return [(list(part.values), lambda read_: read_["present"] == list(part.values))]
    words = list(part.values) or ["words"]
    return [(word, lambda read_, word=word: read_ == word) for word in words]  # type: ignore[misc]


def test_the_template_asks_every_question(knowledge: Knowledge) -> None:
    """Each finding with a question has its line, each field of each record too."""
    asked = {name for part, name in QUESTIONS if part == "findings"}
    left_out = {
        one.id
        for one in knowledge.findings.values()
        if one.question and one.area not in ("record", "injections") and one.id not in asked
    }
    assert left_out <= {
        "medications",
        "treatments",
        "docs",
        "planned",
        "sij_injections",
        "rfa_history",
        "medication_list_complete",
        "sex",
        "age_years",
    }
    for part, finding in (*plain.RECORDS.items(), ("planned", "planned")):
        assert [name for inside, name in QUESTIONS if inside == part] == list(knowledge.findings[finding].fields), part


@pytest.mark.parametrize(("part", "name"), QUESTIONS, ids=[f"{part}.{name}" for part, name in QUESTIONS])
def test_every_answer_to_a_question_of_the_template_is_understood(part: str, name: str, knowledge: Knowledge) -> None:
    if part == "findings":
        asked: Finding | Field = knowledge.findings[name]
    else:
        asked = knowledge.findings[plain.RECORDS.get(part, part)].fields[name]
    for answer, means in legal(asked):
        body: Any = {name: answer}
        if part == "findings" and knowledge.findings[name].side == "sided":
            body = {name: {"value": answer, "side": "right"}}
        chart = read(json.dumps({"patient": {"id": "a"}, part: body if part in ("findings", "planned") else [body]}))
        (fact,) = chart.facts
        assert means(fact.value if part == "findings" else fact.value[name]), (answer, fact.value)
        assert not chart.coverage.unread


def test_the_template_answered_as_its_examples_show_is_a_chart() -> None:
    """Each example line with its comment mark taken away, the first word where it offers several."""
    text = template.template(load())
    answered = re.sub(r"^(  )?#(?=(\w+:|- |  \w+:))", r"\1", text, flags=re.MULTILINE)
    answered = re.sub(r": ([a-z0-9_]+) \|[^#\n},]*", r": \1  ", answered)
    answered = re.sub(r"^(  )?# .*$", "", answered, flags=re.MULTILINE)
    chart = read(answered)
    assert len({fact.concept for fact in chart.facts}) > 150


def test_the_blank_template_says_nothing_and_has_no_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mistakes(template.template(load())) == []
    file = tmp_path / "blank.yaml"
    assert main(["template", "-o", str(file)]) == EXIT_OK
    assert main(["check", str(file)]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "Understood:\n  nothing" in shown
    assert "not used" not in shown


# ------------------------------------------------------------------------------------------ charts broken at random

ODD = st.sampled_from(
    [
        "", "yes", "no", "unknown", "7", "-1", "1e999", ".nan", ".inf", "0000-00-00", "0001-01-01", "9999-12-31", "2025-02-30",
        "left", "\N{RIGHT-TO-LEFT OVERRIDE}right", "\N{ZERO WIDTH SPACE}", "\N{FULLWIDTH DIGIT SEVEN}", "\N{GRINNING FACE}", "a" * 3_000,
        "*a", "&a x", "!!int 3", "<<", "- ", "{", "[", "'", '"', "#", "|", ">", "%", "@", "`", ": ", "? ", "...", "---", "\t", "\r", "\x00", "\x85",
        "null", "~", "0x10", "0o17", "1_000", "1:30", "2025-06-01T00:00:00Z", "present", "absent", "value", "side", "date", "note",
    ]
) | st.text(max_size=8)  # fmt: skip
DOCUMENTS = [plainly(yaml_lines.parse(file.read_text(), file.name)) for file in EXAMPLES]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*path, key))


def changed(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> None:
    """Change a document at one place, within what holds it."""
    for key in path[:-1]:
        value = value[key]
    change(value, path[-1])


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """An example with up to three parts deleted, renamed, given another value or type, or moved elsewhere."""
    document = json.loads(json.dumps(draw(st.sampled_from(DOCUMENTS))))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([one for one in places(document) if one] or [()]))
        if not path:
            break
        odd = draw(ODD)
        action = draw(st.sampled_from(["delete", "value", "list", "wrap", "rename", "move", "empty"]))
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        key = path[-1]
        match action:
            case "delete":
                del holder[key]
            case "value":
                holder[key] = odd
            case "list":
                holder[key] = [holder[key], holder[key]]
            case "wrap":
                holder[key] = {odd: holder[key]}
            case "rename" if isinstance(holder, dict):
                holder[odd] = holder.pop(key)
            case "move":
                document[odd] = holder[key]
            case "empty":
                holder[key] = draw(st.sampled_from([[], {}, None]))
    return document


def outcome(text: str) -> tuple[Chart | None, list[InputError]]:
    """The chart and its mistakes; a text that is not YAML has one mistake and no chart. Any other error comes through."""
    found: list[InputError] = []
    try:
        return plain.read(text, "chart.yaml", load(), found.append), found
    except InputError as error:
        return None, [error]


def accounted(chart: Chart, wrong: list[InputError]) -> set[int]:
    """The lines that were read, listed as not used, or refused."""
    listed = [one.origin for one in (*chart.coverage.unread, *chart.coverage.texts)]
    listed += [fact.origin for fact in chart.facts] + [origin for fact in chart.facts for origin in fact.parts.values()]
    lines = {int(one.place.split()[1]) for one in listed}
    return lines | {int(one.place.split(":")[1]) for one in wrong}


HEAD_PARTS = {"patient", "id", "birth_date", "sex", "age", "side", "review_date", "written"}


@given(broken())
def test_a_broken_chart_is_read_or_refused_and_nothing_is_dropped(document: Any) -> None:
    """Every value of it is a fact, listed as not used, refused, or says "not documented"."""
    text = json.dumps(document, indent=1)
    chart, wrong = outcome(text)
    for error in wrong:
        assert re.match(r"chart\.yaml:\d+$", error.place)
        assert error.problem
        assert error.cure.endswith((".", "?"))
    if chart is None or wrong:
        return
    lines = accounted(chart, wrong)
    for name, part in document.items():
        if name in ("findings", "documents", "injections", "treatments", "radiofrequency", "planned", "medications"):
            for entry in part.items() if isinstance(part, dict) else enumerate(part or ()):
                if says_something(entry[1]):
                    assert lines & lines_of(text, name, entry[0]), (name, entry)


def says_something(value: Any) -> bool:
    """Whether a value is more than "not documented"."""
    if isinstance(value, dict):
        return any(says_something(part) for part in value.values())
    if isinstance(value, list):
        return any(says_something(part) for part in value)
    return value is not None and str(value).strip().lower() not in plain.UNKNOWN


def lines_of(text: str, *path: Any) -> set[int]:
    """The lines on which a part of a document stands."""
    value = yaml_lines.parse(text, "chart.yaml")
    for key in path:
        value = value.content[key]

    def below(one: yaml_lines.Value) -> Iterator[int]:
        yield one.line
        for part in (
            one.content.values()
            if isinstance(one.content, dict)
            else one.content
            if isinstance(one.content, list)
            else ()
        ):
            yield from below(part)

    return set(below(value))


@given(st.sampled_from([file.read_text() for file in EXAMPLES]), st.data())
def test_a_damaged_text_is_read_or_refused(text: str, data: st.DataObject) -> None:
    """Cut off, spliced, with lines taken out or doubled: a chart or an input error, never anything else."""
    lines = text.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    odd = data.draw(ODD)
    place = data.draw(st.integers(0, len(lines[at])))
    match data.draw(st.sampled_from(["cut", "drop", "double", "splice", "indent"])):
        case "cut":
            text = "".join(lines[:at]) + lines[at][:place]
        case "drop":
            text = "".join(lines[:at] + lines[at + 1 :])
        case "double":
            text = "".join(lines[: at + 1] + lines[at:])
        case "splice":
            text = "".join([*lines[:at], lines[at][:place], odd, lines[at][place:], *lines[at + 1 :]])
        case "indent":
            text = "".join([*lines[:at], " " + lines[at], *lines[at + 1 :]])
    chart, wrong = outcome(text)
    assert chart is not None or wrong
    assert all(error.place.startswith("chart.yaml:") for error in wrong)


@given(st.binary(max_size=200))
def test_noise_is_one_message(noise: bytes) -> None:
    """Also what is valid UTF-8 by chance."""
    try:
        text = noise.decode()
    except UnicodeDecodeError:
        text = noise.decode("latin-1")
    chart, wrong = outcome(text)
    assert wrong
    assert chart is None or chart.facts == []


def test_a_very_long_chart_is_read() -> None:
    """Thousands of injections, and a text of a megabyte."""
    entries = [{"date": "2025-03-03", "side": "right"}] * 2_000
    chart = read(json.dumps({"patient": {"id": "a" * 1_000_000}, "injections": entries}))
    assert len(chart.facts) == 2_000
    assert len(chart.patient.id) == 1_000_000


def test_yaml_without_the_fast_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML came without its C part the same charts are read."""
    monkeypatch.setattr(yaml_lines, "_LOADER", yaml.SafeLoader)
    for file in EXAMPLES[:2]:
        assert without_lines(read(file.read_text()))
    for name in ("indentation", "alias", "nesting of brackets", "control character", "tag"):
        with pytest.raises(InputError):
            read(WHOLE[name][0])


def test_two_sexes_are_refused() -> None:
    with pytest.raises(InputError, match="the patient is female above, and male here"):
        read("patient: {id: a, sex: female}\nside: right\nreview_date: 2025-06-01\nfindings:\n  sex: male\n")


def test_a_man_is_not_pregnant() -> None:
    chart = "patient: {{id: a, sex: male}}\nside: right\nreview_date: 2025-06-01\nfindings: {{pregnant: {}}}\n"
    with pytest.raises(InputError, match="the patient is male above, and pregnant here"):
        read(chart.format("yes"))
    assert values(read(chart.format("no"))) == {"pregnant": False}
