"""Every policy on one kind of service, side by side, for each painful side of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from sacroiliac import __version__
from sacroiliac.cases import Builder, Case, review_date
from sacroiliac.chart.facts import Chart, Side
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.policy import Policy
from sacroiliac.review import coverage, flags, labels
from sacroiliac.review import model as review_model
from sacroiliac.review.assemble import who
from sacroiliac.review.context import Context
from sacroiliac.review.policies import model
from sacroiliac.review.policies.advice import Advisor
from sacroiliac.review.policies.disagree import conflicts
from sacroiliac.review.policies.force import groups, in_force, of_group, on_service
from sacroiliac.review.policies.judge import ALWAYS, asked, judge
from sacroiliac.review.policies.unlock import unlocks
from sacroiliac.rules import Table
from sacroiliac.rules.explain import OUTCOMES


@dataclass(frozen=True)
class Posed:
    """A chart as planned, its review date and where that comes from; the policies asked, and those not yet in force."""

    chart: Chart
    day: int
    origin: str
    policies: Sequence[Policy]
    later: Sequence[Policy]


@dataclass(frozen=True)
class Held:
    """One case (a row of the table) held against the policies on one kind of service."""

    case: Case
    table: Table
    row: int
    group: str
    who: review_model.Who
    urgent: tuple[review_model.Said, ...]
    findings: tuple[review_model.FindingShown, ...]
    stages: tuple[model.Stage, ...]
    later: Sequence[Policy]


@dataclass
class Coverer:
    """Applies the policies to charts. Make it once: rules are parsed when first needed."""

    knowledge: Knowledge
    builder: Builder = field(init=False)
    context: Context = field(init=False)
    versions: review_model.Versions = field(init=False)

    def __post_init__(self) -> None:
        self.builder = Builder(self.knowledge)
        self.context = Context(self.knowledge)
        self.versions = review_model.Versions(
            program=__version__, knowledge=self.knowledge.version, review_schema=model.SCHEMA
        )

    def cover(
        self,
        chart: Chart,
        group: str,
        *,
        as_of: int | None = None,
        side: Side | None = None,
        policies: Sequence[str] = (),
        plan: Chart | None = None,
    ) -> list[model.Coverage]:
        """What every policy asks for one kind of service, for each painful side, with what follows from all of it.

        Takes and raises what :meth:`hold` does.
        """
        held = self.hold(chart, group, as_of=as_of, side=side, policies=policies, plan=plan)
        return [self._cover(one, None if plan is None else plan.file) for one in held]

    def hold(
        self,
        chart: Chart,
        group: str,
        *,
        as_of: int | None = None,
        side: Side | None = None,
        policies: Sequence[str] = (),
        plan: Chart | None = None,
    ) -> list[Held]:
        """Each painful side held against every policy on one kind of service, without advice: that takes longest.

        :param group: injection, nerve-block, radiofrequency, fusion, imaging or rheumatology
        :param as_of: the review date as a day number; without it the date the chart names, or its last entry
        :param policies: only these (ids or short names); a policy named here is applied whether in force or not
        :param plan: how the service will be done; takes the place of the plan in the chart
        :raises InputError: for an unknown group or policy, and when the chart has no date at all
        """
        if group not in groups(self.knowledge):
            raise InputError(group, "no such service", f"Choose from {', '.join(groups(self.knowledge))}.")
        posed = self.pose(chart, policies, as_of, plan)
        batch = self.builder.build([(posed.chart, posed.day, side)])
        return [self._hold(posed, group, case, batch.table, row) for row, case in enumerate(batch.cases)]

    def pose(self, chart: Chart, policies: Sequence[str], as_of: int | None, plan: Chart | None) -> Posed:
        """What stands before any case is made: the chart with the plan, the day, and the policies of the day.

        :raises InputError: for an unknown policy, a plan that is none, and when the chart has no date at all
        """
        chart = chart if plan is None else _planned(chart, plan)
        day, origin = review_date(chart, as_of)
        current, later = in_force(self.knowledge, day)
        chosen = [self.named(name, (*current, *later)) for name in policies]
        return Posed(chart, day, origin, chosen or current, [] if chosen else later)

    def named(self, name: str, of_the_day: Sequence[Policy]) -> Policy:
        """The policy with this id, or the version of the day of the one with this short name."""
        by_id = {one.id: one for one in self.knowledge.policies.values()}
        by_short = {one.short.lower(): one for one in of_the_day}
        found = by_id.get(name.lower()) or by_short.get(name.lower())
        if found is not None:
            return found
        every = [one.id for one in self.knowledge.policies.values()]
        close = get_close_matches(name.lower(), every, 3, 0.4)
        cure = f"Did you mean {' or '.join(close)}?" if close else "'sacroiliac knowledge list policies' names them."
        raise InputError(name, "no policy has this id", cure)

    def _hold(self, posed: Posed, group: str, case: Case, table: Table, row: int) -> Held:
        services = of_group(self.knowledge, group)
        stages = tuple(
            self._stage(service, on_service(posed.policies, service), table, row)
            for service in services
            if on_service(posed.policies, service)
        )
        if not stages:
            names = ", ".join(one.id for one in posed.policies)
            speaking = sorted(
                {one.id for service in services for one in on_service(self.knowledge.policies.values(), service)}
            )
            raise InputError(names, f"says nothing about {group}", f"Choose from {', '.join(speaking)}.")
        found = coverage.findings(self.context, case)
        shown, urgent = who(case, posed.origin, found), self.urgent(case, table, row)
        return Held(case, table, row, group, shown, urgent, found, stages, posed.later)

    def _cover(self, held: Held, plan: str | None) -> model.Coverage:
        services = of_group(self.knowledge, held.group)
        judged = [one for stage in held.stages for one in stage.judged]
        advisor = Advisor(self.context, self.builder, held.case, judged)
        return model.Coverage(
            who=held.who,
            urgent=held.urgent,
            group=held.group,
            plan=plan,
            stages=held.stages,
            unlocks=unlocks(judged),
            dated=advisor.dated(),
            costs=advisor.costs(),
            conflicts=conflicts(self.knowledge, judged),
            not_in_force=tuple(
                model.NotInForce(policy=one.id, short=one.short, since=one.effective.since or "")
                for one in held.later
                if any(other.service in services for other in one.services)
            ),
            findings=held.findings,
            labels=labels.labels(self.knowledge),
            coverage=coverage.coverage(self.context, held.case),
            versions=self.versions,
        )

    def urgent(self, case: Case, table: Table, row: int) -> tuple[review_model.Said, ...]:
        """What must be done the same day: no authorisation may delay it."""
        found = flags.flags(self.context, case, table, row)
        return tuple(
            review_model.Said(text=f"{one.label}: {one.action}", cite=one.cite) for one in found if flags.urgent((one,))
        )

    def _stage(self, service: str, policies: Sequence[Policy], table: Table, row: int) -> model.Stage:
        known = self.knowledge.coverage.service(service)
        judged = tuple(judge(self.context, asked(self.knowledge, one.id, service), table, row) for one in policies)
        fits = None if known.when is None else OUTCOMES[self.context.outcome(known.when, table, row)]
        return model.Stage(
            service=service,
            label=known.label,
            fits=fits,  # type: ignore[arg-type]
            judged=judged,
            rows=self._rows(judged),
        )

    def _rows(self, judged: Sequence[review_model.Judged]) -> tuple[model.Row, ...]:
        topics = [(one.id, one.label) for one in self.knowledge.coverage.topics] + [(ALWAYS, "Whatever the chart says")]
        rows = []
        for topic, label in topics:
            cells = []
            for one in judged:
                items = [item for item in one.items if item.topic == topic]
                if items:
                    cells.append(_cell(one.verdict.policy, items))
            if cells:
                rows.append(model.Row(topic=topic, label=label, cells=tuple(cells)))
        return tuple(rows)


# What the items of one cell give together: the worst of them.
_WORST: tuple[review_model.PolicyAnswer, ...] = ("excluded", "not met", "not documented", "met")


def _cell(policy: str, items: Sequence[review_model.ItemShown]) -> model.Cell:
    """Items that could be confirmed speak for the cell; where there is none, the others do, marked as such."""
    firm = [one for one in items if one.confirmed]
    # Of alternatives the one that is met speaks, and the others do not.
    firm = [one for one in firm if one.arm and one.answer == "met"] or firm
    answers = {one.answer for one in firm or items}
    return model.Cell(
        policy=policy,
        answer=next(one for one in _WORST if one in answers),
        confirmed=bool(firm),
        items=tuple(one.id for one in items),
    )


def _planned(chart: Chart, plan: Chart) -> Chart:
    """The chart with another plan.

    :raises InputError: when the plan holds more than a plan
    """
    of_plan = ("planned", "requested_cpt", "requested_side")
    odd = [one for one in plan.facts if one.concept not in of_plan]
    if odd:
        raise InputError(str(odd[0].origin), f"'{odd[0].concept}' is no part of a plan", "Write it into the chart.")
    if not plan.facts:
        raise InputError(plan.file, "holds no plan", "Write what is planned below 'planned:'.")
    replaced = {one.concept for one in plan.facts}
    return replace(chart, facts=[one for one in chart.facts if one.concept not in replaced] + plan.facts)
