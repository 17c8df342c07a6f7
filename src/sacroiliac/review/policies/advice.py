"""What time changes by itself, and what an act of today would cost.

Both are asked of the same rules over the same chart: seen from later days, or with an injection added that has not
been given. Nothing is worked out a second way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sacroiliac.cases import Builder, Case
from sacroiliac.chart.dates import written
from sacroiliac.chart.facts import Chart, Fact, Origin, Side
from sacroiliac.knowledge.policy import Act, Injected, ItemKind, PolicyItem
from sacroiliac.review.context import Context
from sacroiliac.review.model import Judged, PolicyAnswer
from sacroiliac.review.policies.judge import answer, asked
from sacroiliac.review.policies.model import Cost, Dated

FAR = 731  # days looked ahead: two years, so that every window of twelve months has closed
STEP = 28
Named = tuple[str, str, ItemKind, PolicyItem]
INJECTIONS = "sij_injections"
UNDONE = Origin("not given", "an injection that was not given")


@dataclass
class Advisor:
    """Advice about one case."""

    context: Context
    builder: Builder
    case: Case
    judged: Sequence[Judged]

    def dated(self) -> tuple[Dated, ...]:
        """The items that are not met today and will be within two years if nothing changes but the date."""
        today = self._seen_from([self.case.review])[self.case.review]
        waiting = [one for one in self._items() if today[one[3].id] == "not met"]
        if not waiting:
            return ()
        later = self._seen_from(range(self.case.review + STEP, self.case.review + FAR, STEP))
        # Several items often wait for days of the same four weeks.
        daily = cache(lambda last: self._seen_from(range(last - STEP + 1, last + 1)))
        found = []
        for short, service, _, item in waiting:
            last = next((day for day, answers in later.items() if answers[item.id] == "met"), None)
            if last is not None:
                day = next(day for day, answers in daily(last).items() if answers[item.id] == "met")
                found.append(Dated(item=item.id, policy=short, service=service, text=item.text, date=written(day)))
        return tuple(sorted(found, key=lambda one: (one.date, one.policy, one.item)))

    def costs(self) -> tuple[Cost, ...]:
        """What each act of the knowledge's list would cost if it were done now.

        An item is lost where the act breaks it, on the day of one of its injections or after the last, and the other
        way of doing it does not. Where that way breaks a limit of the same policy too, there is nothing to lose.
        """
        if self.case.side not in ("left", "right"):
            return ()
        found = []
        both_painful = len(self.builder.sides(self.case.chart, self.case.review)) > 1
        for one in self.context.knowledge.coverage.acts:
            if not both_painful and any(each.side == "other" for each in (*one.done, *one.instead)):
                continue
            lost = self._lost(one)
            if lost:
                items = tuple(dict.fromkeys(item for _, item in lost))
                found.append(
                    Cost(
                        id=one.id, text=one.text, items=items, policies=tuple(dict.fromkeys(short for short, _ in lost))
                    )
                )
        return tuple(found)

    def _lost(self, act: Act) -> list[tuple[str, str]]:
        """The items that an act costs, each with the short name of its policy."""
        items = [
            (short, service, kind, item.id) for short, service, kind, item in self._items() if service in act.services
        ]
        after = max(one.days for one in (*act.done, *act.instead)) + 1
        moments = [(one.days, other.days, one.side) for one, other in zip(act.done, act.instead, strict=False)]
        done, instead = self._chart(act.done), self._chart(act.instead)
        lost: dict[tuple[str, str], None] = {}
        for there, here, side in (*moments, (after, after, "same")) if items else ():
            (with_it,) = self._answers(done, [self.case.review + there], self._side(side))
            (without,) = self._answers(instead, [self.case.review + here], self._side(side))
            closed = {
                (short, service)
                for short, service, kind, name in items
                if kind == "limit" and without[name] == "not met"
            }
            for short, service, kind, name in items:
                # A chart rarely lists all injections there were: what may be left of a limit can be lost too.
                left = without[name] == "met" or (kind == "limit" and without[name] == "not documented")
                if (short, service) not in closed and left and with_it[name] == "not met":
                    lost[short, name] = None
        return list(lost)

    def _items(self) -> Iterable[Named]:
        """The deciding criteria and limits of every policy: its short name, the service, the kind and the item."""
        for one in self.judged:
            for kind, item in asked(self.context.knowledge, one.verdict.policy, one.verdict.service).items:
                if kind in ("criterion", "limit") and item.decides:
                    yield one.verdict.short, one.verdict.service, kind, item

    def _chart(self, given: Sequence[Injected] = ()) -> Chart:
        """The chart as known on the review date, with some injections added: what is dated later does not count."""
        known = [one for one in self.case.chart.facts if one.when is None or one.when[0] <= self.case.review]
        # Where the chart says nothing of injections, those added are not all there were.
        said = any(one.concept == INJECTIONS for one in known)
        kind = self.case.chart.kind if said or not given else "FHIR"
        return replace(self.case.chart, kind=kind, facts=known + [self._given(one) for one in given])

    def _given(self, one: Injected) -> Fact:
        day = self.case.review + one.days
        side = self._side(one.side)
        record = {**one.fields, "date": (day, day), "side": side}
        return Fact(INJECTIONS, record, UNDONE, side, (day, day))

    def _side(self, which: str) -> Side | None:
        """The side of the case, or the other one."""
        other: dict[str | None, Side] = {"left": "right", "right": "left"}
        return self.case.side if which == "same" else other[self.case.side]

    def _seen_from(self, days: Sequence[int]) -> dict[int, dict[str, PolicyAnswer]]:
        """The answer of every item to the chart as it is known now, by the day it is asked."""
        return dict(zip(days, self._answers(self._chart(), days), strict=True))

    def _answers(self, chart: Chart, days: Sequence[int], side: Side | None = None) -> list[dict[str, PolicyAnswer]]:
        """The answer of every item on each day, for the side of the case unless another is named."""
        batch = self.builder.build([(chart, day, side or self.case.side) for day in days])
        items = {item.id: (kind, item) for _, _, kind, item in self._items()}
        return [
            {name: answer(self.context, kind, item, batch.table, row) for name, (kind, item) in items.items()}
            for row in range(len(days))
        ]
