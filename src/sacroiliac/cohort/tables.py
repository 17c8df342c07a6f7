"""The tables of a population's results: their columns and what each means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sacroiliac.review.survey import Coded, Columns

WORD = pa.string()
TEXT = pa.string()
INT = pa.int32()
REAL = pa.float64()
YES = pa.bool_()
DAY = pa.date32()
WORDS = pa.list_(pa.string())


@dataclass(frozen=True)
class Table:
    """A table: what a row is, and its columns with type and meaning."""

    row: str
    columns: Mapping[str, tuple[pa.DataType, str]]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema."""
        return pa.schema([(name, kind) for name, (kind, _) in self.columns.items()])


CASE = ("case", (WORD, "the case: patient and side, as in every table"))


def _interval(name: str, meaning: str) -> dict[str, tuple[pa.DataType, str]]:
    return {
        name: (REAL, meaning),
        f"{name}_low": (REAL, "lower end of its 90 % interval"),
        f"{name}_high": (REAL, "upper end of its 90 % interval"),
    }


TABLES: dict[str, Table] = {
    "cases": Table(
        "one painful side of one patient at its review date",
        {
            CASE[0]: CASE[1],
            "patient": (WORD, "the patient's id in the export"),
            "side": (WORD, "left or right; empty where the chart names no side"),
            "site": (WORD, "the organisation of the injection the case turns on, else of the last encounter"),
            "clinician": (WORD, "who gave that injection, else the practitioner of the last encounter"),
            "payer": (WORD, "who pays, by the patient's coverage on the review date"),
            "review_date": (DAY, "the date for which the case is reviewed"),
            "review_date_origin": (TEXT, "where that date comes from"),
            "age_years": (REAL, "age in whole years, where the date of birth is known"),
            "sex": (WORD, "sex as recorded"),
            "concerned": (
                YES,
                "whether the chart says anything of this joint: an injection or examination of it, pain or a disease there",
            ),
            "deceased": (YES, "whether the chart says that the patient died before the review date"),
            "resources_read": (INT, "resources that were understood"),
            "resources_not_read": (INT, "resources that were counted only, or not used"),
            "contradictions": (INT, "findings on which the chart contradicts itself"),
            "urgent": (YES, "whether a red flag of the first tier is present"),
            "flags_present": (INT, "red flags that are present"),
            "flags_not_asked": (INT, "red flags that the chart does not answer"),
            "injections": (INT, "injections of this side"),
            "turns_on": (INT, "number of the injection the case turns on (see injections)"),
            "pattern": (WORD, "its pattern in the injection decision table"),
            "why_not": (TEXT, "why it is not asked, or cannot be told, why relief did not last; empty where it is"),
            **_interval("why_not_the_source", "probability that the sacroiliac complex was not the source"),
            **_interval("why_missed", "probability that it is, and the drug did not reach it"),
            **_interval("why_did_not_hold", "probability that it is and was reached, and the steroid did not hold"),
            **_interval("complex", "probability of the sacroiliac complex: joint or ligaments"),
            **_interval("none_of_these", "probability that none of the listed sources is present"),
            "first_source": (WORD, "the likeliest source"),
            "first_step": (WORD, "the proposed first step; empty where no rule proposes one"),
            "first_step_option": (WORD, "the option that step takes"),
            "alternative_step": (WORD, "the strongest alternative"),
            "requested_code": (WORD, "the billing code a request on the chart names"),
            "repeat_radiofrequency": (
                WORD,
                "whether a radiofrequency that helped has worn off: met, not met, not documented",
            ),
            "evidence": (WORD, "the pattern of evidence: cases that share it have the same probabilities"),
        },
    ),
    "injections": Table(
        "one injection of a case",
        {
            CASE[0]: CASE[1],
            "number": (INT, "its number, 0 for the oldest"),
            "first_day": (DAY, "the first day it may have been given"),
            "last_day": (DAY, "the last such day"),
            "target": (WORD, "what it was aimed at; empty where not stated (read as the joint)"),
            "intent": (WORD, "diagnostic, therapeutic or both"),
            "guidance": (WORD, "imaging guidance"),
            "steroid_given": (YES, "whether it held a steroid"),
            "delivery": (WORD, "the row of the delivery table its note fits"),
            "reached": (WORD, "what that row says was reached; posterior by the target alone, whatever the note shows"),
            "went_joint": (REAL, "probability, given the whole chart, that the drug went into the joint"),
            "went_around": (REAL, "probability that it went around the joint"),
            "went_elsewhere": (REAL, "probability that it went elsewhere"),
            "anaesthetic": (WORD, "the category of relief in the first hours"),
            "relief_percent": (REAL, "relief in the first hours, in percent"),
            "relief_hours": (REAL, "for how many hours"),
            "steroid": (WORD, "the category of relief over weeks"),
            "sustained_percent": (REAL, "relief over weeks, in percent"),
            "sustained_weeks": (REAL, "for how many weeks"),
            "pattern": (WORD, "its pattern in the injection decision table"),
            "not_recorded": (WORDS, "items of the checklist that the note does not state"),
            "file": (TEXT, "the file it was read from"),
            "place": (TEXT, "the resource or line in it"),
        },
    ),
    "sources": Table(
        "one possible source of pain of a case",
        {
            CASE[0]: CASE[1],
            "source": (WORD, "the source"),
            "rank": (INT, "its place by probability, 1 for the likeliest"),
            "before": (REAL, "its probability before any finding"),
            "probability": (REAL, "its probability after all findings"),
            "low": (REAL, "lower end of its 90 % interval"),
            "high": (REAL, "upper end of its 90 % interval"),
        },
    ),
    "red_flags": Table(
        "one red flag of a case",
        {
            CASE[0]: CASE[1],
            "flag": (WORD, "the flag"),
            "tier": (WORD, "A: same day; B: to follow up; C: only adds weight"),
            "status": (WORD, "present, not asked, or answered no"),
            "met_by": (
                WORDS,
                "the findings by which it is present, in the order of its rule; of alternatives all that hold",
            ),
        },
    ),
    "options": Table(
        "one test or treatment for a case",
        {
            CASE[0]: CASE[1],
            "option": (WORD, "the option"),
            "status": (WORD, "open, undecided (something is not documented) or not now"),
        },
    ),
    "policies": Table(
        "one policy in force on the review date, on one service",
        {
            CASE[0]: CASE[1],
            "policy": (WORD, "the policy"),
            "service": (WORD, "the service"),
            "verdict": (WORD, "what its confirmed criteria say of the chart"),
            "with_unconfirmed": (WORD, "the verdict if what could not be confirmed counted; empty where the same"),
            "met": (INT, "deciding items that are met"),
            "asked": (INT, "deciding items"),
            "unconfirmed": (INT, "items that could not be confirmed and decide nothing"),
        },
    ),
    "criteria": Table(
        "one thing that a policy in force or an option asks of a case",
        {
            CASE[0]: CASE[1],
            "policy": (WORD, "the policy; empty for an option"),
            "service": (WORD, "the service of the policy; empty for an option"),
            "option": (WORD, "the option; empty for a policy"),
            "item": (WORD, "the criterion"),
            "kind": (WORD, "criterion, limit, exclusion, document or scope; stop for what bars an option"),
            "answer": (WORD, "met, not met, not documented; excluded where an exclusion holds"),
            "decides": (YES, "whether it decides: it was confirmed, and applies at this stage"),
        },
    ),
    "missing": Table(
        "a policy on a service that one fact, not documented, would make met",
        {
            CASE[0]: CASE[1],
            "policy": (WORD, "the policy"),
            "service": (WORD, "the service"),
            "finding": (WORD, "the finding to document"),
            "detail": (TEXT, "which part of it"),
        },
    ),
    "stages": Table(
        "one service that has a stage of treatment",
        {
            CASE[0]: CASE[1],
            "service": (WORD, "the service"),
            "reached": (WORD, "whether the chart has come to its stage: met, not met, not documented"),
        },
    ),
    "findings": Table(
        "one finding of a case and one place it was read in",
        {
            CASE[0]: CASE[1],
            "finding": (WORD, "the finding"),
            "value": (TEXT, "its value in words"),
            "unit": (WORD, "its unit"),
            "note": (TEXT, "what was done to get there"),
            "derived": (YES, "whether it was worked out from others"),
            "file": (TEXT, "the file it was read from"),
            "place": (TEXT, "the resource or line in it"),
            "words": (TEXT, "the words there"),
            "date": (TEXT, "the date there"),
        },
    ),
    "events": Table(
        "one dated event of a case: onset, a pain score, a look at pain or examination, a treatment, a drug, a procedure",
        {
            CASE[0]: CASE[1],
            "kind": (WORD, "what kind of event"),
            "label": (TEXT, "what it was"),
            "first_day": (DAY, "its first possible day"),
            "last_day": (DAY, "its last day, where known"),
            "value": (REAL, "the score"),
            "finding": (WORD, "the finding it belongs to"),
        },
    ),
    "unread": Table(
        "something in a case's chart that was not used",
        {
            CASE[0]: CASE[1],
            "kind": (WORD, "not used, text, unknown code or contradiction"),
            "what": (TEXT, "what it was"),
            "why": (TEXT, "why it was not used; which was used of what contradicts"),
            "file": (TEXT, "the file it is in"),
            "place": (TEXT, "the resource or line in it"),
        },
    ),
}


def arrow(name: str, columns: Columns) -> pa.Table:
    """A table of a survey as Arrow, in the order of its dictionary; short words stay dictionary-encoded.

    :raises KeyError: when a column is missing
    """
    known = TABLES[name].columns
    assert columns.keys() == known.keys(), columns.keys() ^ known.keys()
    return pa.table({column: _array(columns[column], kind) for column, (kind, _) in known.items()})


def _array(values: object, kind: pa.DataType) -> pa.Array:
    if isinstance(values, Coded):
        # The type of the codes is that of the column, whatever is in it: pieces of a table are written one by one.
        codes = pa.array(values.codes, mask=values.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(values.words, pa.string()))
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, kind, from_pandas=True)  # what is not a number is not documented
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[D]"), pa.date32())
    if kind == DAY:
        return pa.array(np.array(["NaT" if one is None else one for one in values], "datetime64[D]"), pa.date32())  # type: ignore[attr-defined]
    return pa.array(values, kind)
