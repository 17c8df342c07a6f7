"""What is true of a patient, for the file of the ground truth (docs/simulation.md describes it)."""

from __future__ import annotations

from sacroiliac.inference.blocks import LEVELS, PLACES
from sacroiliac.inference.network import Network
from sacroiliac.simulate.chart import Chart
from sacroiliac.simulate.forms import Days, Resource
from sacroiliac.simulate.injections import Injected
from sacroiliac.simulate.story import Side, Story


def of(story: Story, chart: Chart, network: Network, resources: int) -> Resource:
    """Everything that was drawn of one patient, and what was made of the chart."""
    return {
        "patient": chart.patient,
        "review_date": chart.on(story.last),
        "site": f"site-{chart.site + 1}",
        "clinician": f"clinician-{chart.clinician + 1}",
        "payer": f"payer-{chart.payer + 1}",
        "states": sorted(story.true),
        "sides": [_side(one, network, chart.days) for one in story.sides],
        "mess": dict(sorted(chart.used.items())),
        "resources": resources,
    }


def _side(one: Side, network: Network, days: Days) -> Resource:
    course = one.course
    return {
        "side": one.side,
        "sources": [network.sources[place] for place in network.states.sets[one.state]],
        "injections": [_injection(each, days) for each in course.injections],
        "radiofrequency": [{"day": _day(on, days), "months": held} for on, held in course.ablations],
        "fusion": _day(course.fusion, days),
        "followed": _day(course.followed, days),
        "arm": course.arm,
        "scores": [
            {"day": _day(each.day, days), "pain": each.pain, "disability": each.disability, "utility": each.utility}
            for each in course.scores
        ],
    }


def _injection(one: Injected, days: Days) -> Resource:
    return {
        "day": _day(one.day, days),
        "target": one.target,
        "note": one.note.id,
        "delivery": one.delivery,
        "place": PLACES[one.place],
        "anaesthetic": LEVELS[one.level],
        "relief_percent": one.percent,
        "lasted": one.lasted,
    }


def _day(day: int | None, days: Days) -> str | None:
    return None if day is None else days[day].decode()
