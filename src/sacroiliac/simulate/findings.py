"""What was found, asked, measured and scanned, as Observations and reports."""

from __future__ import annotations

from typing import Any

from sacroiliac.knowledge.model import Finding
from sacroiliac.simulate import background, forms
from sacroiliac.simulate.chart import Chart
from sacroiliac.simulate.forms import CATEGORY, DAY, ID, NUMBER, PATIENT, Resource, concept
from sacroiliac.simulate.shares import days
from sacroiliac.simulate.story import Side, Story

INFLAMMATION = "crp_or_esr_raised"


def write(chart: Chart, story: Story) -> None:
    """The findings of every painful side; of the second one only those that have a side."""
    windows, looked = chart.forms.knowledge.windows, story.last
    if chart.happens("stale"):
        age, most = windows["examination"].days.value, chart.forms.knowledge.simulation.recorded.stale_windows.value
        looked -= int(age) + 1 + chart.chance.randrange(int((most - 1) * age))
    scanned = story.last - chart.chance.randrange(int(windows["imaging"].days.value))
    _images(chart, scanned)
    for place, side in enumerate(story.sides):
        for name, value in side.findings.items():
            finding = chart.forms.knowledge.findings[name]
            if not place or finding.side == "sided":
                _finding(chart, side, finding, value, story.last, looked, scanned)


def _finding(chart: Chart, side: Side, finding: Finding, value: Any, last: int, looked: int, scanned: int) -> None:
    if finding.id == INFLAMMATION:
        _inflammation(chart, bool(value), last)
    elif finding.area == "imaging":
        recent = finding.window in (None, "imaging")
        say(chart, finding.id, value, scanned if recent else last, side.side)
    elif value is True and finding.area not in ("examination", "laboratory") and _diagnosed(chart, finding, last):
        pass
    else:
        say(chart, finding.id, value, looked if finding.area == "examination" else last, side.side)


def _diagnosed(chart: Chart, finding: Finding, last: int) -> bool:
    """Write a finding without a side as the diagnosis it is, where it is one."""
    if finding.side == "sided":
        return False
    for one in finding.codes:
        known = chart.forms.knowledge.concepts[one.concept].kind == "condition"
        if known and chart.forms.may_write(one.concept):
            ago = days(chart.chance, chart.forms.knowledge.simulation.recorded.diagnosed_days)
            background.diagnosis(chart, one.concept, last - ago)
            return True
    return False


def say(chart: Chart, name: str, value: Any, day: int, side: str | None) -> None:
    """One finding as an Observation."""
    finding = chart.forms.knowledge.findings[name]
    if finding.side != "sided" or chart.happens("unsided"):
        side = None
    words = finding.area == "examination" and chart.happens("words_for_code")
    if finding.type == "number":
        made = chart.forms.get((name, side, words), lambda: _observation(chart, finding, NUMBER, side, words))
        chart.observe(made, day, b"%g" % value)
    else:
        made = chart.forms.get((name, side, words, value), lambda: _observation(chart, finding, value, side, words))
        chart.observe(made, day)


def _observation(chart: Chart, finding: Finding, value: Any, side: str | None, words: bool) -> Resource:
    known = chart.forms
    examined = finding.area in ("examination", "laboratory")
    site = None
    if side is not None:
        site = known.joint[side] if finding.id in known.of_joint else concept(known.coding(forms.SIDES[side]))
    code = concept(text=finding.label) if words else concept(known.code(finding))
    return forms.observation(code, CATEGORY.get(finding.area, "survey"), known.value(finding, value, examined), site)


def _inflammation(chart: Chart, raised: bool, day: int) -> None:
    """CRP with the limit of the laboratory, which says whether it is raised."""
    known = chart.forms.knowledge.simulation.recorded
    limit, margin = known.crp_normal.value, known.crp_margin.value

    def make() -> Resource:
        value = {
            "valueQuantity": {"value": NUMBER, "unit": "mg/L"},
            "interpretation": [
                concept({"system": f"{forms.TERMINOLOGY}/v3-ObservationInterpretation", "code": "H" if raised else "N"})
            ],
            "referenceRange": [{"high": {"value": limit, "unit": "mg/L"}}],
        }
        return forms.observation(concept(chart.forms.coding("crp")), "laboratory", value)

    low, high = (limit + margin, known.crp_raised.value) if raised else (0.0, limit - margin)
    chart.observe(chart.forms.get(("crp", raised), make), day, b"%.1f" % chart.chance.uniform(low, high))


def _images(chart: Chart, day: int) -> None:
    """Scans that were done; what they show stands in their text."""
    for one in chart.forms.knowledge.simulation.recorded.images:
        if chart.chance.random() < one.share.value:
            name = one.concept

            def make(name: str = name) -> Resource:
                return {
                    "resourceType": "DiagnosticReport",
                    "id": ID,
                    "status": "final",
                    "code": concept(chart.forms.coding(name), chart.forms.knowledge.concepts[name].label),
                    "subject": forms.about(PATIENT),
                    "effectiveDateTime": DAY,
                    "conclusion": "See the report.",
                }

            chart.fill("DiagnosticReport", chart.forms.get(("image", name), make), chart.days[day])
