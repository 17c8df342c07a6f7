"""The data dictionary of a population's results: what each column means, and which values it can have.

Values come from the knowledge and from the types of a review, so that nothing can be listed that does not occur, or occur
that is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from sacroiliac.cohort.tables import TABLES
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import DeliveryRow, Knowledge, RedFlag
from sacroiliac.knowledge.policy import ItemKind
from sacroiliac.review import model
from sacroiliac.review.flags import TIERS
from sacroiliac.review.injection_reading import STEROID
from sacroiliac.review.survey import STOP, UNREAD

Values = Mapping[str, str]
"""What each value is called; a word that says all is called by itself."""


def dictionary(knowledge: Knowledge) -> dict[str, object]:
    """For each table what a row is, and of each column type, meaning and, where these are not without end, values."""
    known = values(knowledge)
    return {
        name: {
            "row": table.row,
            "columns": {
                column: {"type": str(kind), "meaning": meaning}
                | ({"values": known[name, column]} if (name, column) in known else {})
                for column, (kind, meaning) in table.columns.items()
            },
        }
        for name, table in TABLES.items()
    }


def values(knowledge: Knowledge) -> dict[tuple[str, str], Values]:
    """The values of each column, by its table and name, that has a closed set of them."""
    injection = vocabulary.of_injection(knowledge)["injection"].fields
    injections = knowledge.injections
    patterns = _labels(injections.patterns)
    steps = _labels(knowledge.steps)
    options = _labels(knowledge.options.values())
    services = _labels(knowledge.coverage.services)
    policies = {one.id: one.short for one in knowledge.policies.values()}
    outcome = _words(get_args(model.Outcome))
    verdict = _words(get_args(model.Verdict))
    return {
        ("cases", "side"): _of(model.Who, "side"),
        ("cases", "sex"): _words(knowledge.findings["sex"].fact_type.values),
        ("cases", "pattern"): patterns,
        ("cases", "first_source"): _labels(knowledge.sources.sources),
        ("cases", "first_step"): steps,
        ("cases", "first_step_option"): options,
        ("cases", "alternative_step"): steps,
        ("cases", "repeat_radiofrequency"): outcome,
        ("injections", "target"): _words(injection["target"].values),
        ("injections", "intent"): _words(injection["intent"].values),
        ("injections", "guidance"): _words(injection["guidance"].values),
        ("injections", "delivery"): _labels(injections.delivery),
        ("injections", "reached"): _of(DeliveryRow, "reached"),
        ("injections", "anaesthetic"): _words(injection["anaesthetic"].values),
        ("injections", "steroid"): _words(STEROID),
        ("injections", "pattern"): patterns,
        ("injections", "not_recorded"): {one.field: one.label for one in injections.note_checklist},
        ("sources", "source"): _labels(knowledge.sources.sources),
        ("red_flags", "flag"): _labels(knowledge.red_flags.values()),
        ("red_flags", "tier"): {one: TIERS[one] for one in _of(RedFlag, "tier")},
        ("red_flags", "status"): _of(model.Flag, "status"),
        ("options", "option"): options,
        ("options", "status"): _of(model.Option, "status"),
        ("policies", "policy"): policies,
        ("policies", "service"): services,
        ("policies", "verdict"): verdict,
        ("policies", "with_unconfirmed"): verdict,
        ("criteria", "policy"): policies,
        ("criteria", "service"): services,
        ("criteria", "option"): options,
        ("criteria", "kind"): _words((*get_args(ItemKind), STOP)),
        ("criteria", "answer"): _words(get_args(model.PolicyAnswer)),
        ("missing", "policy"): policies,
        ("missing", "service"): services,
        ("stages", "service"): {one.id: one.label for one in knowledge.coverage.services if one.when is not None},
        ("stages", "reached"): outcome,
        ("findings", "finding"): _labels(knowledge.findings.values()),
        ("events", "kind"): _of(model.Event, "kind"),
        ("unread", "kind"): _words(UNREAD),
    }


def _labels(items: Iterable[Any]) -> Values:
    return {one.id: one.label for one in items}


def _words(words: Iterable[str]) -> Values:
    return {one: one for one in words}


def _of(kind: type, name: str) -> Values:
    """The words that a field may have by its type; that it may also be empty is no word."""
    hint = get_type_hints(kind)[name]
    return _words(one for part in (hint, *get_args(hint)) for one in get_args(part) if isinstance(one, str))
