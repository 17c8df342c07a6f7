"""What time changes by itself, and what an act of today would cost.

Both are asked of the same rules over the same chart: seen from later days, or with an injection added that has not
been given. Nothing is worked out a second way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sacroiliac.cases import Builder, Case
from sacroiliac.chart.dates import written
from sacroiliac.chart.facts import Chart, Fact, Origin, Side
from sacroiliac.knowledge.policy import Injected, ItemKind, PolicyItem
from sacroiliac.review.context import Context
from sacroiliac.review.model import Judged, PolicyAnswer
from sacroiliac.review.policies.judge import answer, asked
from sacroiliac.review.policies.model import Cost, Dated

FAR = 731  # days looked ahead: two years, so that every window of twelve months has closed
STEP = 28
Named = tuple[str, str, ItemKind, PolicyItem]
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
        today = self._answers(self._chart(), [self.case.review])[0]
        waiting = [one for one in self._items() if today[one[3].id] == "not met"]
        if not waiting:
            return ()
        coarse = list(range(self.case.review + STEP, self.case.review + FAR, STEP))
        later = self._answers(self._chart(), coarse)
        found = []
        for short, service, _, item in waiting:
            first = next((at for at, answers in enumerate(later) if answers[item.id] == "met"), None)
            if first is not None:
                days = list(range(coarse[first] - STEP + 1, coarse[first] + 1))
                exact = self._answers(self._chart(), days)
                day = next(day for day, answers in zip(days, exact, strict=True) if answers[item.id] == "met")
                found.append(Dated(item=item.id, policy=short, service=service, text=item.text, date=written(day)))
        return tuple(sorted(found, key=lambda one: (one.date, one.policy, one.item)))

    def costs(self) -> tuple[Cost, ...]:
        """What each act of the knowledge's list would cost if it were done now."""
        found = []
        side = self.case.side
        for one in self.context.knowledge.coverage.acts:
            services = {item[1] for item in self._items()}
            if side not in ("left", "right") or not services & set(one.services):
                continue
            after = self.case.review + max(each.days for each in (*one.done, *one.instead)) + 1
            with_it = self._answers(self._chart(one.done), [after])[0]
            without = self._answers(self._chart(one.instead), [after])[0]
            lost = [
                item
                for item in self._items()
                if item[1] in one.services and without[item[3].id] == "met" and with_it[item[3].id] == "not met"
            ]
            if lost:
                items = tuple(dict.fromkeys(item.id for _, _, _, item in lost))
                shorts = tuple(dict.fromkeys(short for short, _, _, _ in lost))
                found.append(Cost(id=one.id, text=one.text, items=items, policies=shorts))
        return tuple(found)

    def _items(self) -> Iterable[Named]:
        """The deciding criteria and limits of every policy: its short name, the service, the kind and the item."""
        for one in self.judged:
            for kind, item in asked(self.context.knowledge, one.verdict.policy, one.verdict.service).items:
                if kind in ("criterion", "limit") and item.confirmed and not item.applies_when:
                    yield one.verdict.short, one.verdict.service, kind, item

    def _chart(self, given: Sequence[Injected] = ()) -> Chart:
        """The chart as known on the review date, with some injections added: what is dated later does not count."""
        known = [one for one in self.case.chart.facts if one.when is None or one.when[0] <= self.case.review]
        return replace(self.case.chart, facts=known + [self._given(one) for one in given])

    def _given(self, one: Injected) -> Fact:
        day = self.case.review + one.days
        side: Side = self.case.side or "left"
        side = side if one.side == "same" else "right" if side == "left" else "left"
        record = {**one.fields, "date": (day, day), "side": side}
        return Fact("sij_injections", record, UNDONE, side, (day, day))

    def _answers(self, chart: Chart, days: Sequence[int]) -> list[dict[str, PolicyAnswer]]:
        """The answer of every item on each day."""
        batch = self.builder.build([(chart, day, self.case.side) for day in days])
        items = {item.id: (kind, item) for _, _, kind, item in self._items()}
        return [
            {name: answer(self.context, kind, item, batch.table, row) for name, (kind, item) in items.items()}
            for row in range(len(days))
        ]
