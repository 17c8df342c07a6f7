"""The review of many cases as columns: what :mod:`~sacroiliac.review.assemble` says of one case, without the telling.

Rules are evaluated on whole columns, the network answers each pattern of evidence once. Every row equals what the
review of that chart says; explanations are left to the review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sacroiliac.cases import Case, Cases, review_date
from sacroiliac.chart.dates import written
from sacroiliac.chart.facts import Chart
from sacroiliac.inference.evidence import collect
from sacroiliac.inference.many import Answers, answers
from sacroiliac.knowledge import vocabulary
from sacroiliac.knowledge.model import Criterion, Knowledge
from sacroiliac.review import coverage, injection_reading, model, options, timeline
from sacroiliac.review.assemble import Reviewer, index, why_not
from sacroiliac.review.context import Context
from sacroiliac.review.flags import STATUS
from sacroiliac.review.one_fact import OneFact
from sacroiliac.review.policies.force import in_force
from sacroiliac.review.policies.judge import AGAINST_IT, ANSWERS, Asked, asked, decided
from sacroiliac.review.sources import DECIMALS
from sacroiliac.review.steps import choice
from sacroiliac.rules import MET, NOT_DOCUMENTED, NOT_MET, Table
from sacroiliac.rules.columns import Interval, Ints, Record, Truth, Words, column, sets_of, undocumented
from sacroiliac.rules.explain import OUTCOMES, met_by


@dataclass(frozen=True)
class Coded:
    """Words of a short list: ``codes`` (integers, one for each row; -1 is none) index ``words``."""

    codes: NDArray[Any]
    words: tuple[str, ...]

    def tolist(self) -> list[str | None]:
        """The word of each row."""
        return [None if code < 0 else self.words[code] for code in self.codes.tolist()]


Column: TypeAlias = NDArray[Any] | list[Any] | Coded
Columns: TypeAlias = dict[str, Column]
"""A table: columns of one length by name."""

STATUSES = tuple(STATUS[one] for one in (OUTCOMES[NOT_MET], OUTCOMES[NOT_DOCUMENTED], OUTCOMES[MET]))
OPTION = ("not now", "undecided", "open")
VERDICTS = ("met", "not documented", "not met", "not covered", "out of scope", "statement only", "unconfirmed")
ITEM = ("met", "not met", "not documented", "excluded")
REACHED = tuple(OUTCOMES[one] for one in (NOT_MET, NOT_DOCUMENTED, MET))
STOP = "stop"
"""The kind of what bars an option."""
UNREAD = NOT_USED, TEXT, UNKNOWN_CODE, CONTRADICTION = "not used", "text", "unknown code", "contradiction"
WHY = ("not_the_source", "missed", "did_not_hold")
ENDS = ("", "_low", "_high")


def name(case: Case) -> str:
    """What a case is called in every table: its patient and side."""
    return f"{case.chart.patient.id}/{case.side or 'side not stated'}"


@dataclass
class Surveyor:
    """Reviews many charts by one knowledge. Make it once."""

    reviewer: Reviewer
    one_fact: OneFact = field(init=False)

    def __post_init__(self) -> None:
        self.one_fact = OneFact(self.reviewer.context)

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge the charts are reviewed by."""
        return self.reviewer.knowledge

    def survey(self, charts: Sequence[Chart], as_of: int | None = None) -> Survey:
        """The review of some charts, a row for each painful side.

        :param as_of: the review date as a day number; without it the date each chart names, or its last entry
        :raises InputError: when a chart has no date at all
        :raises ArithmeticError: when the findings of a case cannot all be true under the model
        """
        dated = [(chart, *review_date(chart, as_of)) for chart in charts]
        reviewer = self.reviewer
        batch = reviewer.builder.build([(chart, day, None) for chart, day, _ in dated])
        collected = collect(reviewer.rules, batch.table, batch.injections, batch.offsets)
        turns_on = [index(case) for case in batch.cases]
        origins = {id(chart): origin for chart, _, origin in dated}
        return Survey(
            reviewer,
            batch,
            [origins[id(case.chart)] for case in batch.cases],
            turns_on,
            answers(reviewer.network, collected, turns_on),
            self.one_fact,
        )


@dataclass
class Survey:
    """The review of a batch of cases; ``turns_on`` is the injection each case turns on, ``answers`` the network's."""

    reviewer: Reviewer
    batch: Cases
    origins: list[str]
    turns_on: list[int | None]
    answers: Answers
    one_fact: OneFact

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge the cases were reviewed by."""
        return self.reviewer.knowledge

    @property
    def context(self) -> Context:
        """Parsed rules, labels and citations."""
        return self.reviewer.context

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each case is called."""
        return tuple(name(case) for case in self.batch.cases)

    def _case(self, rows: Ints) -> Coded:
        """The names of some cases, as a column."""
        return Coded(rows.astype(np.int32), self.names)

    def tables(self) -> dict[str, Columns]:
        """All tables by name."""
        return {
            "cases": self.cases(),
            "injections": self.injections(),
            "sources": self.sources(),
            "red_flags": self.red_flags(),
            "options": self.options(),
            "policies": self.policies(),
            "criteria": self.criteria(),
            "missing": self.missing(),
            "stages": self.stages(),
            "findings": self.findings(),
            "events": self.events(),
            "unread": self.unread(),
        }

    # ------------------------------------------------------------------------------------------------ cases

    def cases(self) -> Columns:
        """One row for each case."""
        cases, found = self.batch.cases, self.answers
        flags = self._flags
        pattern = found.pattern
        first = found.sources[:, :, 0].round(DECIMALS).argmax(axis=1)[pattern] if len(cases) else np.zeros(0, np.int64)
        proposed, alternative = self._steps
        steps = {one.id: one for one in self.knowledge.steps}
        why = found.why[pattern].copy()
        why[[not asked for asked in self._why_asked]] = np.nan
        rows: Columns = {
            "case": self._case(np.arange(self._length)),
            "patient": [case.chart.patient.id for case in cases],
            "side": [case.side for case in cases],
            "review_date": self._review_days,
            "review_date_origin": self.origins,
            "age_years": self._bound("age_years"),
            "sex": [_value(case, "sex") for case in cases],
            "resources_read": [sum(case.chart.coverage.read.values()) for case in cases],
            "resources_not_read": [sum(case.chart.coverage.not_read.values()) for case in cases],
            "contradictions": [len(case.contradictions) for case in cases],
            "deceased": np.array([case.died is not None for case in cases], bool),
            "urgent": self._urgent == MET,
            "flags_present": sum((outcome == MET for outcome in flags.values()), np.zeros(len(cases), np.int64)),
            "flags_not_asked": sum((out == NOT_DOCUMENTED for out in flags.values()), np.zeros(len(cases), np.int64)),
            "injections": np.diff(self.batch.offsets),
            "turns_on": self.turns_on,
            "pattern": self._take_index(self._pattern_ids),
            "why_not": self._why_not,
            "first_source": Coded(first.astype(np.int16), self._sources),
            "first_step": proposed,
            "first_step_option": [None if one is None else steps[one].option for one in proposed],
            "alternative_step": alternative,
            "requested_code": [_value(case, "requested_cpt") for case in cases],
            "concerned": self._outcome(self.knowledge.population.concerned.when) == MET,
            "repeat_radiofrequency": Coded(
                self._outcome(self.knowledge.population.repeat_radiofrequency.when), REACHED
            ),
            "evidence": self._evidence_keys,
        }
        for end, words in enumerate(ENDS):
            rows[f"complex{words}"] = found.complex[pattern, end]
            rows[f"none_of_these{words}"] = found.none[pattern, end]
            for row, explanation in enumerate(WHY):
                rows[f"why_{explanation}{words}"] = why[:, row, end]
        return rows

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        return tuple(source.id for source in self.knowledge.sources.sources)

    @cached_property
    def _review_days(self) -> NDArray[Any]:
        return np.array([case.review for case in self.batch.cases], "datetime64[D]")

    def _bound(self, finding: str) -> NDArray[np.float64]:
        """The lower bound of a number finding; not a number where it is not documented."""
        found = self.batch.table.column(finding)
        assert isinstance(found, Interval)
        return np.where(np.isfinite(found.lo), found.lo, np.nan)

    def _take_index(self, by_injection: Sequence[Any]) -> list[Any]:
        """For each case what is said of the injection it turns on."""
        return [
            None if number is None else by_injection[start + number]
            for number, start in zip(self.turns_on, self.batch.offsets.tolist(), strict=False)
        ]

    @cached_property
    def _evidence_keys(self) -> list[str]:
        """A name for what the network was told and asked of each case: cases of one name have the same answers."""
        evidence = self.answers.evidence
        turns_on = dict(zip(self.answers.pattern.tolist(), self.turns_on, strict=True))  # all of a pattern turn on one
        codes = evidence.codes(slice(0, len(evidence))).T.tobytes()
        width = len(codes) // max(1, len(evidence))
        contexts = [repr(one).encode() for one in evidence.contexts]
        injections = [repr(one).encode() for one in evidence.injections]
        named = [
            hashlib.blake2b(
                b"\0".join(
                    (
                        codes[row * width : (row + 1) * width],
                        contexts[context],
                        injections[injected],
                        repr(turns_on[row]).encode(),
                    )
                ),
                digest_size=8,
            ).hexdigest()
            for row, (context, injected) in enumerate(zip(evidence.context, evidence.injected, strict=True))
        ]
        return [named[one] for one in self.answers.pattern.tolist()]

    # ------------------------------------------------------------------------------------------- injections

    def injections(self) -> Columns:
        """One row for each injection of a case."""
        batch, found = self.batch, self.answers
        owner = np.repeat(np.arange(len(batch.cases)), np.diff(batch.offsets))
        entries = [entry for case in batch.cases for entry in case.injections]
        when = [entry.fact.when for entry in entries]
        phases = self._phases
        places = (
            np.concatenate([found.delivery[one] for one in found.pattern.tolist() if len(found.delivery[one])])
            if entries
            else np.zeros((0, 3, 3))
        )
        tables = self.knowledge.injections
        reached = {one.id: one.reached for one in tables.delivery}
        delivery = self._injection_words("delivery")
        rows: Columns = {
            "case": self._case(owner),
            "number": [number for case in batch.cases for number in range(len(case.injections))],
            "first_day": _days([None if one is None else one[0] for one in when]),
            "last_day": _days([None if one is None else one[1] for one in when]),
            "target": [entry.values.get("target") for entry in entries],
            "intent": [entry.values.get("intent") for entry in entries],
            "guidance": [entry.values.get("guidance") for entry in entries],
            "steroid_given": [entry.values.get("steroid") for entry in entries],
            "delivery": delivery,
            "reached": [reached[one] for one in delivery],
            "anaesthetic": [phase.category for phase, _ in phases],
            "relief_percent": _numbers([phase.percent for phase, _ in phases]),
            "relief_hours": _numbers([phase.lasted for phase, _ in phases]),
            "steroid": [phase.category for _, phase in phases],
            "sustained_percent": _numbers([phase.percent for _, phase in phases]),
            "sustained_weeks": _numbers([phase.lasted for _, phase in phases]),
            "pattern": self._pattern_ids,
            "not_recorded": [
                [one.field for one in injection_reading.not_recorded(self.context, entry)] for entry in entries
            ],
            "file": [entry.fact.origin.file for entry in entries],
            "place": [entry.fact.origin.place for entry in entries],
        }
        for row, place in enumerate(("joint", "around", "elsewhere")):
            rows[f"went_{place}"] = places[:, row, 0]
        return rows

    def _injection_words(self, name: str) -> list[str]:
        found = self.batch.injections.column("injection")
        assert isinstance(found, Record)
        words = found.fields[name]
        assert isinstance(words, Words)
        return [words.values[code] for code in words.codes.tolist()]

    @cached_property
    def _phases(self) -> list[tuple[model.Phase, model.Phase]]:
        """The anaesthetic and the steroid phase of each injection."""
        entries = (entry for case in self.batch.cases for entry in case.injections)
        return [
            injection_reading.phases(self.context, entry, category)
            for entry, category in zip(entries, self._injection_words("anaesthetic"), strict=True)
        ]

    @cached_property
    def _pattern_ids(self) -> list[str | None]:
        """The pattern of each injection."""
        known, table = self.knowledge.injections.patterns, self.batch.injections
        chosen = np.full(table.length, -1)
        for row in reversed(range(len(known))):
            chosen[self._outcome(known[row].when, table) == MET] = row
        return [None if one < 0 else known[one].id for one in chosen.tolist()]

    @cached_property
    def _why_not(self) -> list[str]:
        """For each case why the question why relief did not last cannot be answered, or is not asked."""
        refused = {one.id: one.why_not for one in self.knowledge.injections.patterns}
        found = []
        for case, number, start in zip(self.batch.cases, self.turns_on, self.batch.offsets.tolist(), strict=False):
            if number is None:
                found.append(why_not(None))
                continue
            pattern = self._pattern_ids[start + number]
            given = case.injections[number].values
            anaesthetic, steroid = self._phases[start + number]
            found.append(why_not(given, anaesthetic, steroid, None if pattern is None else refused[pattern]))
        return found

    @property
    def _why_asked(self) -> list[bool]:
        return [not reason for reason in self._why_not]

    # ---------------------------------------------------------------------------- sources, flags and options

    def sources(self) -> Columns:
        """One row for each source of a case."""
        found, number = self.answers, len(self._sources)
        values = found.sources[found.pattern]
        rank = (-values[:, :, 0].round(DECIMALS)).argsort(axis=1, kind="stable").argsort(axis=1) + 1
        return {
            "case": self._case(np.repeat(np.arange(self._length), number)),
            "source": Coded(np.tile(np.arange(number, dtype=np.int16), len(values)), self._sources),
            "rank": rank.reshape(-1).astype(np.int16),
            "before": found.before[found.pattern].reshape(-1),
            "probability": values[:, :, 0].reshape(-1),
            "low": values[:, :, 1].reshape(-1),
            "high": values[:, :, 2].reshape(-1),
        }

    @cached_property
    def _flags(self) -> dict[str, Truth]:
        return {one.id: self._outcome(one.when) for one in self.knowledge.red_flags.values()}

    @cached_property
    def _urgent(self) -> Truth:
        """Whether a flag of the first tier is present; not documented while one of them was not asked."""
        first = [self._flags[one.id] for one in self.knowledge.red_flags.values() if one.tier == "A"]
        return np.max(np.stack(first), axis=0)

    def red_flags(self) -> Columns:
        """One row for each red flag of a case."""
        known, table = tuple(self.knowledge.red_flags.values()), self.batch.table
        rules = [self.context.rule(one.when, table.vocabulary) for one in known]
        return {
            **self._each([one.id for one in known], "flag"),
            "tier": Coded(np.repeat([("A", "B", "C").index(one.tier) for one in known], self._length), ("A", "B", "C")),
            "status": Coded(np.concatenate([self._flags[one.id] for one in known]), STATUSES),
            "met_by": [list(met_by(rule, table, row)) for rule in rules for row in range(self._length)],
        }

    @cached_property
    def _statuses(self) -> dict[str, NDArray[np.int8]]:
        """The status of each option in each case (an index of :data:`OPTION`)."""
        found = {}
        for known in self.knowledge.options.values():
            needed = [self._outcome(one.rule) for one in known.criteria if self._confirmed(one)]
            barred = [self._outcome(one.rule) for one in known.stop if self._confirmed(one)]
            worst = np.full(self._length, MET, np.int8)
            for outcome in needed:
                worst = np.minimum(worst, outcome)
            for outcome in barred:
                # What is not known to bar does not keep an option from being open.
                worst = np.where(outcome == MET, NOT_MET, worst)
            found[known.id] = worst.astype(np.int8)
        return found

    def _confirmed(self, one: Criterion) -> bool:
        return self.context.confirmed(one.cite)

    def options(self) -> Columns:
        """One row for each option of a case."""
        known = options.ladder(self.knowledge)
        return {
            **self._each([one.id for one in known], "option"),
            "status": Coded(np.concatenate([self._statuses[one.id] for one in known]), OPTION),
        }

    # ------------------------------------------------------------------------------------------- first step

    @cached_property
    def _steps(self) -> tuple[list[str | None], list[str | None]]:
        """The proposed first step of each case, and the strongest alternative."""
        proposed: list[str | None] = [None] * self._length
        alternative = proposed.copy()
        injected = np.array([number is not None for number in self.turns_on], bool)
        for rows in (np.flatnonzero(injected), np.flatnonzero(~injected)):
            if not len(rows):
                continue
            table = self._of_review(rows)
            fits = {
                step.id: (self._outcome(step.when, table) == MET)
                & (True if step.option is None else self._statuses[step.option][rows] != OPTION.index("not now"))
                for step in self.knowledge.steps
            }
            for place, row in enumerate(rows.tolist()):
                first, other = choice([step for step in self.knowledge.steps if fits[step.id][place]])
                proposed[row] = None if first is None else first.id
                alternative[row] = None if other is None else other.id
        return proposed, alternative

    def _of_review(self, rows: Ints) -> Table:
        """Everything a step may name, for some cases that all have an injection, or all have none."""
        words = self.reviewer.words_of_review
        found, pattern = self.answers, self.answers.pattern[rows]
        values = {source: found.sources[pattern, place, 0] for place, source in enumerate(self._sources)}
        values["complex"] = found.complex[pattern, 0]
        ids = self._take_index(self._pattern_ids)
        columns = {
            vocabulary.PROBABILITY: Record({one: Interval(value, value) for one, value in values.items()}),
            "pattern": column(words["pattern"], [ids[row] for row in rows.tolist()]),
            "urgent_flag": self._urgent[rows],
            "flags": sets_of({one: truth[rows] for one, truth in self._flags.items()}, words["flags"].values),
            "open_options": sets_of(
                # What is not open is surely not among the open ones.
                {one: np.where(status[rows] == MET, MET, NOT_MET) for one, status in self._statuses.items()},
                words["open_options"].values,
            ),
        }
        first = self.turns_on[int(rows[0])]
        if first is None:
            columns["injection"] = undocumented(words["injection"], len(rows))
            return self.batch.table.below(rows, words, columns)
        numbers = np.array([self.turns_on[row] for row in rows.tolist()], np.int64)
        return self.batch.injections.below(self.batch.offsets[rows] + numbers, words, columns)

    # --------------------------------------------------------------------------------------------- policies

    @cached_property
    def _asked(self) -> list[tuple[Asked, Ints]]:
        """Every policy on every service, with the cases on whose review date it was in force."""
        days = np.array([case.review for case in self.batch.cases])
        current: dict[str, list[Ints]] = {}
        for day in np.unique(days).tolist():
            rows = np.flatnonzero(days == day)
            for policy in _in_force(self.knowledge, day):
                current.setdefault(policy, []).append(rows)
        order = {one.id: place for place, one in enumerate(self.knowledge.coverage.services)}
        pairs = sorted(
            (order[service.service], name, service.service)
            for name in current
            for service in self.knowledge.policies[name].services
        )
        rows_of = {name: np.sort(np.concatenate(listed)) for name, listed in current.items()}
        return [(asked(self.knowledge, policy, service), rows_of[policy]) for _, policy, service in pairs]

    def _verdicts(self, what: Asked, every: bool = False) -> NDArray[np.int16]:
        """The verdict of one policy on one service in every case (an index of :data:`VERDICTS`)."""
        gate = what.every if every else what.confirmed
        table = np.array(
            [
                [
                    VERDICTS.index(decided(what.service, gate, scope, outcome))
                    for outcome in (NOT_MET, NOT_DOCUMENTED, MET)
                ]
                for scope in (NOT_MET, NOT_DOCUMENTED, MET)
            ],
            np.int16,
        )
        scope = self._outcome(gate.scope) if gate.scope else np.full(self._length, NOT_MET, np.int8)
        outcome = self._outcome(gate.asked) if gate.asked else np.full(self._length, NOT_DOCUMENTED, np.int8)
        return table[scope, outcome]

    def _answers(self, kind: str, rule: str) -> NDArray[np.int16]:
        """What every chart answers to one item (an index of :data:`ITEM`)."""
        table = np.array([ITEM.index(one) for one in ANSWERS[kind in AGAINST_IT]], np.int16)
        return table[self._outcome(rule)]

    def policies(self) -> Columns:
        """One row for each policy on each service in force."""
        parts: list[dict[str, Any]] = []
        for what, rows in self._asked:
            verdicts, every = self._verdicts(what)[rows], self._verdicts(what, every=True)[rows]
            met = sum(
                (self._answers(kind, one.rule)[rows] == ITEM.index("met") for kind, one in what.gating),
                np.zeros(len(rows), np.int16),
            )
            parts.append(
                {
                    "rows": rows,
                    "policy": what.policy.id,
                    "service": what.service.service,
                    "verdict": verdicts,
                    "with_unconfirmed": np.where(every == verdicts, -1, every).astype(np.int16),
                    "met": met.astype(np.int16),
                    "asked": np.full(len(rows), len(what.gating), np.int16),
                    "unconfirmed": np.full(len(rows), sum(not one.confirmed for _, one in what.items), np.int16),
                }
            )
        return self._stacked(parts, ("policy", "service"), {"verdict": VERDICTS, "with_unconfirmed": VERDICTS})

    def criteria(self) -> Columns:
        """One row for each thing that a policy in force or an option asks for."""
        parts: list[dict[str, Any]] = []
        for what, rows in self._asked:
            for kind, item in what.items:
                parts.append(
                    {
                        "rows": rows,
                        "policy": what.policy.id,
                        "service": what.service.service,
                        "option": None,
                        "item": item.id,
                        "kind": kind,
                        "answer": self._answers(kind, item.rule)[rows],
                        "decides": np.full(len(rows), item.decides),
                    }
                )
        every = np.arange(self._length)
        for known in options.ladder(self.knowledge):
            for kind, listed in (("criterion", known.criteria), (STOP, known.stop)):
                for one in listed:
                    table = np.array([ITEM.index(word) for word in ("not met", "not documented", "met")], np.int16)
                    parts.append(
                        {
                            "rows": every,
                            "policy": None,
                            "service": None,
                            "option": known.id,
                            "item": one.id,
                            "kind": kind,
                            "answer": table[self._outcome(one.rule)],
                            "decides": np.full(self._length, self._confirmed(one)),
                        }
                    )
        return self._stacked(parts, ("policy", "service", "option", "item", "kind"), {"answer": ITEM})

    def missing(self) -> Columns:
        """Where a single fact that is not documented would make a policy's verdict ``met``: which one."""
        found: list[tuple[int, str, str, str, str]] = []
        waiting = VERDICTS.index("not documented")
        for what, rows in self._asked:
            open_ = rows[self._verdicts(what)[rows] == waiting]
            found += [
                (row, what.policy.id, what.service.service, *fact)
                for row, fact in self.one_fact.find(what, open_, self.batch.table)
            ]
        return {
            "case": self._case(np.array([row for row, *_ in found], np.int64)),
            **{
                column_: [one[place] for one in found]
                for place, column_ in enumerate(("policy", "service", "finding", "detail"), 1)
            },
        }

    def stages(self) -> Columns:
        """One row for each service with a stage: whether the chart has come to it."""
        known = [one for one in self.knowledge.coverage.services if one.when is not None]
        return {
            **self._each([one.id for one in known], "service"),
            "reached": Coded(
                np.concatenate([self._outcome(one.when or "") for one in known]),
                REACHED,
            ),
        }

    # ------------------------------------------------------------------------- findings, events and the rest

    def findings(self) -> Columns:
        """One row for each finding and each place it was read in."""
        rows: list[tuple[Any, ...]] = []
        for case, called in zip(self.batch.cases, self.names, strict=True):
            for one in coverage.findings(self.context, case):
                head = (called, one.id, one.value, one.unit, one.note, one.derived)
                rows += [(*head, *_placed(place)) for place in one.places] or [(*head, None, None, None, None)]
        return _turned(rows, ("case", "finding", "value", "unit", "note", "derived", "file", "place", "words", "date"))

    def events(self) -> Columns:
        """One row for each dated event of the timeline."""
        rows = [
            (called, one.kind, one.label, one.first_day, one.last_day, one.value, one.finding)
            for case, called in zip(self.batch.cases, self.names, strict=True)
            for one in timeline.timeline(self.context, self.reviewer.builder.index, case)
        ]
        return _turned(rows, ("case", "kind", "label", "first_day", "last_day", "value", "finding"))

    def unread(self) -> Columns:
        """One row for each thing in a chart that was not used, and why."""
        rows = []
        for case, called in zip(self.batch.cases, self.names, strict=True):
            shown = coverage.coverage(self.context, case)
            for kind, listed in ((NOT_USED, shown.not_used), (TEXT, shown.texts)):
                rows += [(called, kind, one.what, one.why, *_placed(one.place)[:2]) for one in listed]
            rows += [
                (called, UNKNOWN_CODE, code, f"in {number} {'entry' if number == 1 else 'entries'}", None, None)
                for code, number in shown.unknown_codes.items()
            ]
            rows += [
                (called, CONTRADICTION, one.label, one.used, one.places[0].file, one.places[0].place)
                for one in shown.disagreements
            ]
        return _turned(rows, ("case", "kind", "what", "why", "file", "place"))

    # ---------------------------------------------------------------------------------------------- helpers

    @property
    def _length(self) -> int:
        return len(self.batch.cases)

    def _outcome(self, rule: str, table: Table | None = None) -> Truth:
        """Whether a rule is met in every case (truth codes)."""
        table = self.batch.table if table is None else table
        return self.context.rule(rule, table.vocabulary).evaluate(table)

    def _each(self, ids: Sequence[str], what: str) -> Columns:
        """The first columns of a table with a row for each case and each of some ids: all cases of the first id first."""
        return {
            "case": self._case(np.tile(np.arange(self._length), len(ids))),
            what: Coded(np.repeat(np.arange(len(ids), dtype=np.int16), self._length), tuple(ids)),
        }

    def _stacked(
        self, parts: Sequence[Mapping[str, Any]], constant: Sequence[str], coded: Mapping[str, tuple[str, ...]]
    ) -> Columns:
        """Parts one below the other; ``constant`` columns have one word for a whole part."""
        lengths = [len(part["rows"]) for part in parts]
        rows = np.concatenate([part["rows"] for part in parts]) if parts else np.zeros(0, np.int64)
        found: Columns = {"case": self._case(rows)}
        for key in parts[0] if parts else ():
            if key in constant:
                words = tuple(dict.fromkeys(part[key] for part in parts if part[key] is not None))
                place = {word: number for number, word in enumerate(words)} | {None: -1}
                found[key] = Coded(np.repeat(np.array([place[part[key]] for part in parts], np.int16), lengths), words)
            elif key != "rows":
                values = np.concatenate([part[key] for part in parts])
                found[key] = Coded(values, coded[key]) if key in coded else values
        return found


@lru_cache(maxsize=4096)
def _in_force(knowledge: Knowledge, day: int) -> tuple[str, ...]:
    return tuple(one.id for one in in_force(knowledge, day)[0])


def _value(case: Case, finding: str) -> Any:
    found = case.findings.get(finding)
    return None if found is None else found.value


def _days(days: Sequence[int | None]) -> NDArray[Any]:
    return np.array(["NaT" if day is None else written(day) for day in days], "datetime64[D]")


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], float)


def _placed(place: model.Place) -> tuple[str | None, ...]:
    return place.file, place.place, place.words, place.date


def _turned(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> Columns:
    """Rows as columns."""
    turned = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {key: list(values) for key, values in zip(names, turned, strict=True)}
