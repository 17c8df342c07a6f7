"""The criterion language: parse a rule, check it against a vocabulary, evaluate it on a table, explain the answer.

This package knows nothing clinical and imports nothing else of the project.
The language is described in ``docs/criterion-language.md``.
"""

from sacroiliac.rules.columns import (
    MET,
    NOT_DOCUMENTED,
    NOT_MET,
    Interval,
    OpenList,
    Record,
    Records,
    Sets,
    Table,
    Words,
)
from sacroiliac.rules.explain import Explanation, explain
from sacroiliac.rules.parse import RuleError, parse
from sacroiliac.rules.plans import Missing
from sacroiliac.rules.settle import smallest_settling
from sacroiliac.rules.types import FactType, Vocabulary

__all__ = [
    "MET",
    "NOT_DOCUMENTED",
    "NOT_MET",
    "Explanation",
    "FactType",
    "Interval",
    "Missing",
    "OpenList",
    "Record",
    "Records",
    "RuleError",
    "Sets",
    "Table",
    "Vocabulary",
    "Words",
    "explain",
    "parse",
    "smallest_settling",
]
