"""The report of some results: counted by the queries, tied together in one ledger, told as pictures and measures."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise

from sacroiliac.cohort.report import reading
from sacroiliac.cohort.report.counted import QUERIES, counted
from sacroiliac.cohort.report.ledger import Ledger
from sacroiliac.cohort.report.model import Bar, Count, Group, Measured, Picture, Report, Stack
from sacroiliac.cohort.results import Results, Row
from sacroiliac.knowledge.population import Measure
from sacroiliac.review.injection_reading import WEEKS
from sacroiliac.review.words import in_order, lower, upper
from sacroiliac.rules.calendar import DAYS_PER_WEEK

NOT_STATED, NO_STEROID = "not stated", "no steroid given"
OF_INJECTIONS = ("anaesthetic_recorded", "steroid_recorded", "delivery_shown")
REACHED = {
    "joint": "in the joint", "around": "around the joint", "posterior": "behind the joint, as aimed",
    "elsewhere": "elsewhere", "unproven": "not shown",
}  # fmt: skip
PHASES = {
    "anaesthetic": {"high": "high", "partial": "partial", "low": "low", "not_recorded": "not recorded"},
    "steroid": {
        "held": "held", "did not hold": "did not hold", "none given": NO_STEROID, "not recorded": "not recorded",
    },
}  # fmt: skip
VERDICTS = {
    "met": "criteria met", "one fact": "one fact missing", "not documented": "more, or the plan, missing", "not met": "not met",
    "not covered": "not covered", "other": "no verdict",
}  # fmt: skip
TITLES = {"anaesthetic": "Relief in the first hours, by year", "steroid": "Relief over weeks, by year"}
LATER = {"rfa_history": "Radiofrequency", "sij_fusion": "Fusion"}
ASKED = (
    "size", "measures", "patterns", "checklist", "delivery", "relief", "conversion", "re_evaluation", "coverage",
    "stages", "facts",
)  # fmt: skip
"""The queries that count."""
FACTS = 12
"""Missing facts that are shown: those in most cases."""


def measured(results: Results, by: str | None) -> Report:
    """The report.

    :param by: ``site``, ``clinician`` or ``payer`` to group the measures by, or None
    :raises InputError: when the tables cannot be read
    """
    return _Counting(results, by).report()


class _Counting:
    """Counts everything into one ledger before the first word is said."""

    def __init__(self, results: Results, by: str | None) -> None:
        self.results, self.by = results, by
        self.knowledge = results.knowledge
        self.known = self.knowledge.population
        self.ledger = Ledger(int(self.known.smallest_cell.value))
        (period,) = results.query(QUERIES, "period")
        first, last = period["first_year"], period["last_year"]
        self.period = (str(first or last), results.summary.as_of or str(last)) if last else None
        self.steps = [one.value for one in self.known.steps_weeks]
        ends = [int(weeks * DAYS_PER_WEEK) for weeks in self.steps]
        parameters: dict[str, Row] = {
            "conversion": {"ends": ends},
            "re_evaluation": {"ends": ends},
            "measures": {"by": by},
        }
        self.lacking: dict[str, Count] = {}
        self.rows = counted(results, {name: parameters.get(name, {}) for name in ASKED})
        self.sizes = {row["name"]: self._count(row["n"]) for row in self.rows["size"]}
        for name in ("patients", "urgent", "injected"):
            self._left(self.sizes["cases"], [self.sizes[name]])

    def report(self) -> Report:
        """All pictures and measures."""
        measures = [self._measure(one) for one in self.known.measures]
        overall: dict[str, Measured] = {one.measure.id: one for one in measures}
        pictures = [
            self._patterns(),
            self._checklist(overall),
            self._delivery(overall),
            *self._relief(overall),
            self._conversion(),
            self._re_evaluation(overall),
            self._coverage(),
            self._facts(),
        ]
        summary = self.results.summary
        return Report(
            pictures, measures, self.sizes, self.by, self.ledger.smallest, summary.program, summary.knowledge,
            summary.as_of, summary.dated, self.period,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------ the ledger

    def _count(self, number: int, told: bool = True) -> Count:
        return Count(self.ledger, self.ledger.add(number, told))

    def _tie(self, total: Count, parts: Iterable[Count]) -> None:
        self.ledger.tie(total.number, [one.number for one in parts])

    def _share(self, label: str, count: int, of: Count, note: str = "") -> tuple[Bar, Count]:
        """How many of how many, and how many not: they tell each other."""
        found, rest = self._count(count), self._count(self._sum([of]) - count, told=False)
        self._tie(of, (found, rest))
        return Bar(label, found, of, note), rest

    def _sum(self, parts: Iterable[Count]) -> int:
        return sum(self.ledger.counts[one.number] for one in parts)

    def _left(self, whole: Count, parts: list[Count]) -> None:
        """Enter what some parts leave of a whole: it is told by them, where they are."""
        self._tie(whole, (*parts, self._count(self._sum([whole]) - self._sum(parts), told=False)))

    def _parts(self, of: Count, counts: dict[str, int]) -> tuple[Bar, ...]:
        """A whole in parts, by their labels."""
        bars = tuple(Bar(label, self._count(number), of) for label, number in counts.items())
        self._tie(of, (bar.count for bar in bars))
        return bars

    # ------------------------------------------------------------------------------------------- measures

    def _measure(self, measure: Measure) -> Measured:
        base = "injections" if measure.id in OF_INJECTIONS else "cases"
        found = {row["part"]: row for row in self.rows["measures"] if row["measure"] == measure.id}
        of = self._count(sum(row["n"] for row in found.values()))
        self._left(self.sizes[base], [of])
        true, rest = self._share(measure.label, sum(row["true_"] for row in found.values()), of)
        if self.by is None:
            return Measured(measure, of, true.count, rest, ())
        parts, totals = [], []
        for name, whole in self._groups[base].items():
            row = found.get(name, {"n": 0, "true_": 0})
            totals.append(self._count(row["n"]))
            self._left(whole, totals[-1:])
            parts.append(self._share(name or NOT_STATED, row["true_"], totals[-1]))
        self._tie(of, totals)
        self._tie(true.count, (bar.count for bar, _ in parts))
        self._tie(rest, (not_ for _, not_ in parts))
        spoken_of = tuple(bar for (bar, _), name in zip(parts, self._groups[base], strict=True) if name in found)
        return Measured(measure, of, true.count, rest, spoken_of)

    @cached_property
    def _groups(self) -> dict[str, dict[str | None, Count]]:
        """How many cases and injections each site, clinician or payer has."""
        found = {}
        for base in ("cases", "injections"):
            parts = {row["part"]: row["n"] for row in self.rows["measures"] if row["measure"] == base}
            listed = sorted(parts, key=lambda name: (name is None, in_order(name or "")))
            found[base] = {name: self._count(parts[name]) for name in listed}
            self._tie(self.sizes[base], found[base].values())
        return found

    # ------------------------------------------------------------------------------------------- pictures

    def _patterns(self) -> Picture:
        found = {row["name"]: row["n"] for row in self.rows["patterns"]}
        named = {one.label: found.get(one.id, 0) for one in self.knowledge.injections.patterns}
        named["no pattern: what would tell is not documented"] = found.get(None, 0)
        bars = self._parts(self.sizes["injections"], named)
        return Picture("patterns", "What the injections showed", "injections", reading.most, (Group("", bars),))

    def _checklist(self, overall: dict[str, Measured]) -> Picture:
        missing = {row["name"]: row["n"] for row in self.rows["checklist"]}
        of_steroid = overall["steroid_recorded"].of
        bars = []
        for item in self.knowledge.injections.note_checklist:
            of = of_steroid if item.field in WEEKS else self.sizes["injections"]
            bar, _ = self._share(item.label, self.ledger.counts[of.number] - missing.get(item.field, 0), of)
            bars.append(bar)
        return Picture(
            "checklist", "What the notes of injections state", "injections (those that may have held a steroid, for "
            "relief over weeks)", reading.least, (Group("", tuple(bars)),),
        )  # fmt: skip

    def _delivery(self, overall: dict[str, Measured]) -> Picture:
        found: dict[str, int] = dict.fromkeys(REACHED, 0)
        for row in self.rows["delivery"]:
            found[row["reached"]] += row["n"]
        bars = self._parts(self.sizes["injections"], {REACHED[name]: number for name, number in found.items()})
        # Where an injection aimed behind the joint went is not shown: the table takes it from the target.
        aimed = [bar.count for bar in bars if bar.label != REACHED["posterior"]]
        self._tie(overall["delivery_shown"].of, aimed)
        self._tie(overall["delivery_shown"].true, aimed[:-1])
        return Picture(
            "delivery", "Where the note shows the drug to have gone", "injections", reading.most, (Group("", bars),)
        )

    def _relief(self, overall: dict[str, Measured]) -> list[Picture]:
        years = sorted({row["year"] for row in self.rows["relief"]}, key=lambda year: (year is None, year))
        of = {year: self._count(sum(row["n"] for row in self.rows["relief"] if row["year"] == year)) for year in years}
        self._tie(self.sizes["injections"], of.values())
        made = []
        for phase, words in PHASES.items():
            stacks = []
            for year in years:
                counts = {
                    label: sum(row["n"] for row in self.rows["relief"] if row["year"] == year and row[phase] == name)
                    for name, label in words.items()
                }
                stacks.append(Stack("no date" if year is None else str(year), self._parts(of[year], counts), of[year]))
            # What is said of all years together elsewhere ties the years to each other.
            self._tie(overall[f"{phase}_recorded"].rest, (stack.parts[-1].count for stack in stacks))
            if phase == "steroid":
                may_have_held = (bar.count for stack in stacks for bar in stack.parts if bar.label != NO_STEROID)
                self._tie(overall["steroid_recorded"].of, may_have_held)
            made.append(
                Picture(
                    f"relief-{phase}", TITLES[phase], "injections, by year", reading.over_time,
                    (Group("", stacks=tuple(stacks)),), tuple(words.values()),
                )
            )  # fmt: skip
        return made

    def _conversion(self) -> Picture:
        found = {(row["name"], row["step"]): row["n"] for row in self.rows["conversion"]}
        injected, groups = self.sizes["injected"], []
        for name, label in LATER.items():
            counts = {words: found.get((name, step), 0) for step, words in enumerate(self._spans)}
            counts["not so far"] = self.ledger.counts[injected.number] - sum(counts.values())
            groups.append(Group(label, self._parts(injected, counts)))
        return Picture(
            "conversion", "Radiofrequency and fusion after the first injection", "cases with an injection",
            reading.conversion, tuple(groups),
        )  # fmt: skip

    @property
    def _spans(self) -> list[str]:
        """The periods in words, with the one after the last."""
        between = [f"{begin:g} to {end:g} weeks" for begin, end in pairwise(self.steps)]
        return [f"within {self.steps[0]:g} weeks", *between, f"after {self.steps[-1]:g} weeks"]

    def _re_evaluation(self, overall: dict[str, Measured]) -> Picture:
        found = {row["step"]: row["n"] for row in self.rows["re_evaluation"]}
        of, in_time = overall["re_evaluated"].of, overall["re_evaluated"].true
        counts = {words: found.get(step, 0) for step, words in enumerate(self._spans)}
        counts["not looked at again"] = found.get(None, 0)
        bars = self._parts(of, counts)
        due = self.known.re_evaluation.due_weeks.value
        if due in self.steps:
            self._tie(in_time, (bar.count for bar in bars[: self.steps.index(due) + 1]))
        return Picture(
            "re-evaluation", "From the failed injection to the next look",
            "cases that turn on a treatment by injection whose relief over weeks is not recorded or did not hold, and is due",
            reading.last_one, (Group("", bars),), notes=tuple(filter(None, [self.results.summary.dated])),
        )  # fmt: skip

    def _coverage(self) -> Picture:
        found: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.rows["coverage"]:
            counts = found.setdefault((row["service"], row["policy"]), dict.fromkeys(VERDICTS, 0))
            counts[row["verdict"] if row["verdict"] in VERDICTS else "other"] += row["n"]
        come = {row["name"]: row["n"] for row in self.rows["stages"]}
        groups, same = [], dict[str, list[str]]()
        for service in self.knowledge.coverage.services:
            stacks = []
            at_stage = self._count(come.get(service.id, self.ledger.counts[self.sizes["cases"].number]))
            self._left(self.sizes["cases"], [at_stage])
            for policy in self.knowledge.policies.values():
                counts = found.get((service.id, policy.id), {})
                given = [name for name, number in counts.items() if number]
                if given in (["not covered"], ["other"]):
                    # The policy says so of every case: there is nothing to see.
                    same.setdefault(VERDICTS[given[0]], []).append(f"{policy.short} ({lower(service.label)})")
                elif given:
                    of = self._count(sum(counts.values()))
                    self._left(at_stage, [of])
                    parts = self._parts(of, {VERDICTS[name]: number for name, number in counts.items()})
                    self.lacking[f"{service.id} {policy.id}"] = parts[list(VERDICTS).index("one fact")].count
                    stacks.append(Stack(policy.short, parts, of))
            if stacks:
                groups.append(Group(service.label, stacks=tuple(stacks)))
        notes = tuple(f"{upper(words)} in any case: {', '.join(listed)}." for words, listed in same.items())
        return Picture(
            "coverage", "What the criteria of payers lack", "cases at the stage of the service, by policy",
            reading.coverage, tuple(groups), tuple(VERDICTS.values()), notes,
        )  # fmt: skip

    def _facts(self) -> Picture:
        # Each fact, apart by the services and policies it would do for.
        found: dict[tuple[str, str], dict[str, Count]] = {}
        for row in self.rows["facts"]:
            found.setdefault((row["finding"], row["detail"]), {})[row["asked"]] = self._count(row["n"], told=False)
        for one, lacking in self.lacking.items():
            self._lacking(
                lacking, [[n for asked, n in fact.items() if one in asked.split(",")] for fact in found.values()]
            )
        # A fact that is missing in few cases is not even named: its name may hold a day.
        often = sorted(found, key=lambda fact: -self._sum(found[fact].values()))
        named = [fact for fact in often if self._sum(found[fact].values()) >= self.ledger.smallest]
        bars = []
        for finding, detail in named[:FACTS]:
            label = f"{self.knowledge.findings[finding].label}{f' ({detail})' if detail else ''}"
            parts = found[finding, detail].values()
            count = self._count(self._sum(parts))
            self._tie(count, parts)
            self._left(self.sizes["cases"], [count])
            bars.append(Bar(label, count, None))
        # The place of a suppressed bar among the others would tell its length. Nothing may be entered after this.
        bars.sort(key=lambda bar: (-(bar.count.shown or 0), bar.label))
        return Picture(
            "facts", "The one fact that would do",
            "cases in which one missing fact, other than how it will be done, would meet a payer's criteria",
            reading.facts, (Group("", tuple(bars)),),
        )  # fmt: skip

    def _lacking(self, lacking: Count, facts: list[list[Count]]) -> None:
        """Tie the cases that lack one fact for a policy on a service to those that lack each of them.

        :param facts: the cases of each fact
        """
        for parts in filter(None, facts):
            self._left(lacking, parts)
        # Each of several facts may do for the same case, which is then among the cases of each.
        each = [part for parts in facts for part in parts]
        every = self._count(self._sum(each), told=False)
        self._tie(every, each)
        self._left(every, [lacking])
