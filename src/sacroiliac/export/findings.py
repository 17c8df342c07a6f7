"""The findings library in CQL: every finding that policies ask about, taken from the resources of a chart.

A finding that the chart states itself is left as it is stated; the others are worked out as ``cases/derive`` does. What
the library does not work out is listed in :data:`STATED_ONLY`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sacroiliac import __version__
from sacroiliac.chart.fhir.codes import local_code
from sacroiliac.chart.fhir.values import UNITS
from sacroiliac.export.prelude import prelude
from sacroiliac.export.writer import RECORDS, NotExpressibleError, Writer, listed, text
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Finding, Knowledge
from sacroiliac.rules import FactType, parse

NAME = "SacroiliacFindings"
PLANNED = "planned"
FROM_RECORDS = RECORDS | {"last_tx"}
"""What the prelude makes from the injection record."""
WITHOUT_UNIT = ("", "1", "{score}", "score", "{points}", "points")
IMAGING = ("img_sij_xray", "img_sij_ct_or_mri", "img_pelvis_ap", "img_lumbar_ct_or_mri")
PROVOCATION = (
    "faber", "gaenslen", "thigh_thrust", "compression", "distraction", "sacral_thrust", "yeoman", "posterior_shear",
)  # fmt: skip

TREATMENTS = (
    "it is worked out from records of treatment (Procedures, MedicationStatements and claims with their spans), which the "
    "library does not put together"
)
STATED_ONLY: dict[str, str] = {
    "active_rehab_now": TREATMENTS,
    "activity_modification_weeks": TREATMENTS,
    "conservative_failed": TREATMENTS,
    "conservative_modalities": TREATMENTS,
    "conservative_recency_months": TREATMENTS,
    "conservative_weeks": TREATMENTS,
    "nsaid_weeks": TREATMENTS,
    "pt_visits": TREATMENTS,
    "pt_weeks": TREATMENTS,
}
"""Findings that the program also works out and the library only takes as they are stated, and why."""


def library(knowledge: Knowledge, names: Iterable[str]) -> str:
    """The library with the definitions of ``names`` and of everything they rest on."""
    head = [
        f"library {NAME} version '{__version__}'",
        "",
        "using FHIR version '4.0.1'",
        "",
        "// The day of the review, the painful side ('left' or 'right'), and how the requested service will be done.",
        'parameter "ReviewDate" Date',
        'parameter "Side" String',
        f'parameter "Planned" {_type(knowledge.findings[PLANNED].fact_type)}',
        "",
        "context Patient",
        "",
        prelude(knowledge),
        "// -------------------------------------------------------------------------------------- findings",
    ]
    return "\n".join([*head, *_definitions(knowledge, names)])


def writer(knowledge: Knowledge, prefix: str = "") -> Writer:
    """What writes rules over the findings of the library."""
    return Writer(vocabulary.of_case(knowledge), BOUNDED, prefix)


def needed(knowledge: Knowledge, names: Iterable[str]) -> list[str]:
    """The findings and everything they rest on, what others rest on first."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in found:
            for other in _rests_on(knowledge, name):
                add(other)
            found.setdefault(name)

    for name in sorted(names):
        add(name)
    return list(found)


def _rests_on(knowledge: Knowledge, name: str) -> list[str]:
    members = knowledge.findings[name].members
    words = vocabulary.of_case(knowledge)
    below = {one for rule in members.values() for one in parse(rule, words).names}
    return sorted(below) + list(DERIVED[name][0] if name in DERIVED else ())


def _definitions(knowledge: Knowledge, names: Iterable[str]) -> Iterator[str]:
    for name in needed(knowledge, names):
        if name in FROM_RECORDS:
            continue
        finding = knowledge.findings[name]
        yield f"\n// {finding.meaning}"
        if name in STATED_ONLY:
            yield "// As it is stated only: the program also works it out from records of treatment."
        yield _definition(knowledge, finding)


def _definition(knowledge: Knowledge, finding: Finding) -> str:
    """One finding: as stated, else as worked out."""
    name = finding.id
    if name == PLANNED:
        return 'define "planned":\n  "Planned"'
    if finding.type in ("record", "records"):
        raise NotExpressibleError(f"{name}: no questionnaire of this project records it")
    if finding.type == "set":
        return _set(knowledge, finding)
    stated = _stated(knowledge, finding)
    if name not in DERIVED:
        return f'define "{name}":\n  {stated}'
    worked_out = DERIVED[name][1](knowledge)
    if name in BOUNDED:
        return (
            f'define "{name} as stated":\n  {stated}\n\n'
            f'define "{name}":\n  if "{name} as stated" is not null then "Known"("{name} as stated")\n    else {worked_out}'
        )
    return f'define "{name}":\n  Coalesce({stated},\n    {worked_out})'


# ------------------------------------------------------------------------------------------------- as stated


def about(knowledge: Knowledge, finding: Finding) -> str:
    """The statements of a finding that count."""
    since = "null"
    if finding.window is not None:
        since = f'"ReviewDate" - {knowledge.windows[finding.window].days.value:g} days'
    return f'"About"({text(local_code(finding.id))}, {str(finding.side == "sided").lower()}, {since})'


def _stated(knowledge: Knowledge, finding: Finding) -> str:
    said = about(knowledge, finding)
    match finding.type:
        case "bool":
            return f'"{"RedFlag" if finding.area == "red_flag" else "YesNo"}"({said})'
        case "number":
            amounts = f'"Amounts"({said}, {listed(map(text, units(finding)))}, {_limit(finding.minimum)}, {_limit(finding.maximum)})'
            # Several scores of one day are scores of different moments: the highest describes the pain.
            return f"Max({amounts})" if finding.id == "pain_nrs" else f'"Amount"({amounts})'
        case "date":
            return f'"Day"({said})'
    return f'"Word"({said}, {_words(finding)})'


def _words(finding: Finding) -> str:
    return listed(text(local_code(word)) for word in finding.values)


def _limit(value: float | None) -> str:
    return "null" if value is None else f"{value:g}"


def units(finding: Finding) -> list[str]:
    """The spellings of the finding's own unit. Values in other units are not read: the library converts nothing."""
    known = UNITS.get(finding.unit or "")
    if known is not None:
        return [spelling for spelling, factor in known.items() if factor == 1]
    counted = [finding.unit, f"{{{finding.unit}}}"] if finding.unit and finding.unit.isalpha() else []
    return [*WITHOUT_UNIT, *counted]


def _set(knowledge: Knowledge, finding: Finding) -> str:
    """A set as a tuple with a yes-or-no for each word."""
    name = finding.id
    said = f'define "{name} as stated":\n  {about(knowledge, finding)}\n\n'
    stated = {word: f'"Says"("{name} as stated", {text(local_code(word))})' for word in finding.values}
    worked_out = _members(knowledge, finding)
    if not worked_out:
        return said + _tuple(name, stated)
    said += f'define "{name} is stated":\n  "SaysAny"("{name} as stated", {_words(finding)})\n\n'
    return said + _tuple(
        name, {word: f'if "{name} is stated" then {one} else {worked_out[word]}' for word, one in stated.items()}
    )


def _members(knowledge: Knowledge, finding: Finding) -> dict[str, str]:
    """For each word of a set that is worked out, whether it is in it."""
    if finding.members:
        words, written = vocabulary.of_case(knowledge), writer(knowledge)
        return {word: f"({written.truth(parse(rule, words))})" for word, rule in finding.members.items()}
    if finding.id == "provocation_positive":
        return {word: f'"{word}"' for word in PROVOCATION}
    if finding.id == "provocation_done":
        # A test nobody mentions may have been done: it is not documented, not absent.
        return {
            word: f'(if "provocation_positive"."{word}" is true or "{word}" is not null then true else null)'
            for word in PROVOCATION
        }
    return {}


def _tuple(name: str, members: dict[str, str]) -> str:
    lines = ",\n".join(f'    "{word}": {found}' for word, found in members.items())
    return f'define "{name}":\n  Tuple {{\n{lines}\n  }}'


def _type(kind: FactType) -> str:
    """The type of a fact in CQL: a set is a tuple with a Boolean for each word."""
    match kind.kind:
        case "bool":
            return "Boolean"
        case "number":
            return "Decimal"
        case "text":
            return "String"
        case "set":
            return f"Tuple {listed(_element(word, 'Boolean') for word in kind.values)}"
        case "record":
            return f"Tuple {listed(_element(name, _type(part)) for name, part in kind.fields.items())}"
    raise NotExpressibleError(f"a {kind.kind} is not written as a parameter")


def _element(name: str, kind: str) -> str:
    return f'"{name}" {kind}'


# ------------------------------------------------------------------------------------------------ worked out


def _age(_: Knowledge) -> str:
    return (
        '"WholeYears"("MonthsPassed"(Tuple { first: "FirstDay"(Patient.birthDate.value), '
        'last: "LastDay"(Patient.birthDate.value) }))'
    )


def _pregnant(knowledge: Knowledge) -> str:
    asked = knowledge.findings["pregnant"].asked_of
    assert asked is not None
    return (
        f'(case when "sex" != {text(asked.sex)} or "age_years".low > {asked.oldest.value:g} then false else null end)'
    )


def _at_onset(_: Knowledge) -> str:
    # Both name the present episode: back pain began then, or at any age before.
    return (
        "case\n"
        '      when "MonthsSince"("pain_onset_date").high < 0 then null\n'
        '      when "pain_onset_date" is not null and Patient.birthDate.value is not null then\n'
        '        "NotNegative"("WholeYears"(Tuple {\n'
        "          low: 0.0,\n"
        '          high: "MonthsBetween"("FirstDay"(Patient.birthDate.value), "pain_onset_date".last)\n'
        "        }))\n"
        # The age is in whole years: the birthday may be a day or a year ago.
        '      when "age_years".low = "age_years".high and "pain_duration_months".low = "pain_duration_months".high then\n'
        "        Tuple {\n"
        "          low: 0.0,\n"
        '          high: Max({ 0.0, "age_years".low - ToDecimal(Floor("pain_duration_months".low / 12.0)) })\n'
        "        }\n"
        "      else null\n"
        "    end"
    )


def _imaging_age(knowledge: Knowledge) -> str:
    taken = ", ".join(
        f'if "{name}" then "TakenOn"({about(knowledge, knowledge.findings[name])}) else null' for name in IMAGING
    )
    return f'"MonthsPassed"("LastTaken"({{ {taken} }}))'


def _raised(knowledge: Knowledge) -> str:
    limits = knowledge.findings["crp_or_esr_raised"].raised_above
    above = " or ".join(f'"{name}" > {limit.value:g}' for name, limit in limits.items())
    return f"(if {above} then true else null)"


SACROILIITIS = ("mri_sacroiliitis", "mri_deep_oedema", "radiographic_sacroiliitis")
DERIVED: dict[str, tuple[tuple[str, ...], Callable[[Knowledge], str]]] = {
    "requested_side": ((), lambda _: '"Side"'),
    "sex": ((), lambda _: "(if Patient.gender.value in { 'female', 'male' } then Patient.gender.value else null)"),
    "age_years": ((), _age),
    "pregnant": (("sex", "age_years"), _pregnant),
    "pain_duration_months": (("pain_onset_date",), lambda _: '"MonthsPassed"("pain_onset_date")'),
    "age_at_onset_years": (("pain_onset_date", "pain_duration_months", "age_years"), _at_onset),
    "provocation_positive": (PROVOCATION, lambda _: ""),
    "provocation_done": (("provocation_positive", *PROVOCATION), lambda _: ""),
    "sacroiliitis_on_imaging": (
        SACROILIITIS,
        # A negative radiograph says nothing of the marrow: both kinds of imaging must be negative.
        lambda _: (
            '(case when "mri_sacroiliitis" or "mri_deep_oedema" or "radiographic_sacroiliitis" then true\n'
            '      when not "mri_sacroiliitis" and not "radiographic_sacroiliitis" then false else null end)'
        ),
    ),
    "pain_scale_named": (
        ("pain_nrs", "function_score"),
        lambda _: '(if "pain_nrs" is not null or "function_score" is not null then true else null)',
    ),
    "img_age_months": (IMAGING, _imaging_age),
    "crp_or_esr_raised": (("crp_mg_l", "esr_mm_h"), _raised),
}
"""Findings that are worked out: what they rest on, and how."""
BOUNDED = frozenset({"age_years", "pain_duration_months", "age_at_onset_years", "img_age_months"})
"""Of these, the numbers that may be known only within bounds."""
