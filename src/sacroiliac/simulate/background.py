"""Who the patient is and what was true before: person, cover, the diagnosis of the pain, other diagnoses, answers."""

from __future__ import annotations

from sacroiliac.knowledge.model import Finding
from sacroiliac.simulate import findings, forms, treatment
from sacroiliac.simulate.chart import ENCODE, Chart
from sacroiliac.simulate.forms import Resource, concept
from sacroiliac.simulate.people import DAYS_PER_MONTH, DAYS_PER_YEAR
from sacroiliac.simulate.shares import days
from sacroiliac.simulate.story import Story


def write(chart: Chart, story: Story) -> None:
    """Everything that was true before the examination, and diagnoses that are in the chart and do not count."""
    known = chart.forms.knowledge.simulation.people
    _person(chart, story)
    _pain(chart, story)
    _answers(chart, story)
    for one in known.states:
        if one.finding in story.true:
            _true(chart, story, chart.forms.knowledge.findings[one.finding])
        elif one.sex in (None, story.sex) and chart.chance.random() < known.asked.value:
            findings.say(chart, one.finding, False, story.last, None)
    _not_counting(chart, story)


def _person(chart: Chart, story: Story) -> None:
    person = {
        "resourceType": "Patient",
        "id": chart.patient,
        "active": True,
        "name": [{"family": f"Simulated {story.number + 1}", "given": ["Patient"]}],
        "gender": story.sex,
        "birthDate": chart.on(story.birth),
    }
    chart.lines["Patient"].append(ENCODE(person))
    chart.put(
        {
            "resourceType": "Coverage",
            "id": "",
            "status": "active",
            "beneficiary": chart.about,
            "payor": [
                {
                    "reference": f"Organization/payer-{chart.payer + 1}",
                    "display": chart.forms.knowledge.simulation.scene.payers[chart.payer],
                }
            ],
        }
    )


def _pain(chart: Chart, story: Story) -> None:
    """The diagnosis under which the pain is billed, which shows no source."""
    sided = "" if chart.happens("unsided") else f"{story.pain_side} "

    def make() -> Resource:
        return forms.condition(concept(chart.forms.coding("sij_pain"), f"{sided}sacroiliac joint pain".capitalize()))

    began = chart.days[story.onset]
    chart.fill("Condition", chart.forms.get(("pain", sided), make), began, began)


def _answers(chart: Chart, story: Story) -> None:
    """Side and onset of the pain, childbirth, habits and weight, as far as they were written down."""
    known, chance = chart.forms.knowledge.simulation.people, chart.chance
    if not chart.happens("no_side"):
        findings.say(chart, "pain_side", story.pain_side, story.last, None)
    if chance.random() < known.told.value:
        month = chart.happens("month_only")

        def make() -> Resource:
            code = concept(chart.forms.code(chart.forms.knowledge.findings["pain_onset_date"]))
            return forms.observation(code, "survey", {"valueDateTime": forms.VALUE})

        began = chart.days[story.onset]
        chart.observe(chart.forms.get("onset", make), story.last, began[:7] if month else began)
    if chance.random() < known.told.value:
        # The first back pain of a synthetic patient is that of the present episode, which a chart must say.
        age = (story.onset - story.birth) // DAYS_PER_YEAR
        findings.say(chart, "age_at_onset_years", age, story.last, None)
    if story.childbirth >= 0 and chance.random() < known.told.value:
        months = round((story.last - story.childbirth) / DAYS_PER_MONTH, 1)
        findings.say(chart, "months_postpartum", months, story.last, None)
    if chance.random() < known.told.value:
        findings.say(chart, "ancestry", story.ancestry, story.last, None)
    if chance.random() < known.told.value:
        findings.say(chart, "nicotine_status", story.nicotine, story.last, None)
        bmi = max(round(chance.gauss(known.bmi.value, known.bmi_sd.value), 1), known.bmi_lowest.value)
        findings.say(chart, "bmi", bmi, story.last, None)


def _true(chart: Chart, story: Story, finding: Finding) -> None:
    """Something true: as the diagnosis or operation it is, or as an answer."""
    knowledge = chart.forms.knowledge
    known = knowledge.simulation.people
    for one in finding.codes:
        kind = knowledge.concepts[one.concept].kind
        if kind in ("condition", "procedure") and chart.forms.may_write(one.concept):
            lasting = known.diagnosed_years.value * DAYS_PER_YEAR
            window = knowledge.windows[finding.window].days.value if finding.window else lasting
            day = story.last - 1 - int(chart.chance.random() * (window - 1))
            if kind == "procedure":
                treatment.act(chart, concept(chart.forms.coding(one.concept)), day)
            else:
                diagnosis(chart, one.concept, day)
            return
    if chart.chance.random() < known.told.value:
        findings.say(chart, finding.id, True, story.last, None)


def _not_counting(chart: Chart, story: Story) -> None:
    """Diagnoses that are over, were ruled out, or were written down by mistake."""
    known, chance = chart.forms.knowledge.simulation.not_counting, chart.chance
    if chart.happens("resolved"):
        day = story.onset - days(chance, known.resolved_days)
        name = chance.choice(known.resolved)
        diagnosis(chart, name, day, "resolved", ended=day + days(chance, known.resolved_after))
    if chart.happens("refuted"):
        name = chance.choice(known.refuted)
        diagnosis(chart, name, story.last - days(chance, known.refuted_days), None, "refuted")
    if chart.happens("entered_in_error"):
        day = story.last - days(chance, known.entered_in_error_days)
        diagnosis(chart, chance.choice(known.entered_in_error), day, None, "entered-in-error")


def diagnosis(
    chart: Chart,
    name: str,
    day: int,
    clinical: str | None = "active",
    verification: str = "confirmed",
    ended: int | None = None,
) -> None:
    """A Condition of one concept."""

    def make() -> Resource:
        code = concept(chart.forms.coding(name), chart.forms.knowledge.concepts[name].label)
        return forms.condition(code, clinical, verification)

    made = chart.forms.get(("diagnosis", name, clinical, verification), make)
    chart.fill("Condition", made, chart.days[day], chart.days[day if ended is None else ended])
