"""What was done: injections with what went in and what came of them, radiofrequency, fusion, therapy, drugs, bills."""

from __future__ import annotations

from typing import Any

from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.knowledge.simulation import Drug, Product
from sacroiliac.simulate import forms, scores
from sacroiliac.simulate.chart import Chart
from sacroiliac.simulate.course import Course
from sacroiliac.simulate.forms import NDC, Resource, concept
from sacroiliac.simulate.injections import BRANCHES, INJECTIONS, Injected
from sacroiliac.simulate.shares import days
from sacroiliac.simulate.story import Side, Story

CODES = {"joint": "sij_injection", BRANCHES: "sij_lateral_branch_block"}
WORDS = {"joint": "Sacroiliac joint injection", BRANCHES: "Sacral lateral branch block"}
MODIFIERS = {"left": "LT", "right": "RT"}
# Times of the day of an injection: a score before it, beginning, end, a score after it.
BEFORE, START, END, AFTER = "08:40:00", "09:10:00", "09:25:00", "10:15:00"


def write(chart: Chart, story: Story) -> None:
    """The course of every painful side, then what was not done to one side: therapy and drugs."""
    for side in story.sides:
        _course(chart, story, side)
    _therapy(chart, story)
    course = chart.forms.knowledge.simulation.course
    for one in course.drugs:
        if chart.chance.random() < one.share.value:
            made = chart.forms.get(("drug", one.drug), lambda one=one: _prescription(one))  # type: ignore[misc]
            chart.fill("MedicationRequest", made, chart.days[story.last - days(chart.chance, course.drug_days)])


def act(chart: Chart, code: Resource, day: int, side: str | None = None, **more: Any) -> str:
    """A Procedure, completed unless ``more`` says otherwise; returns a reference to it."""
    found: Resource = {
        "resourceType": "Procedure",
        "id": "",
        "status": "completed",
        "code": code,
        "subject": chart.about,
        **({} if "performedPeriod" in more else {"performedDateTime": chart.on(day)}),
        "performer": [
            {
                "actor": {"reference": f"Practitioner/clinician-{chart.clinician + 1}"},
                "onBehalfOf": {"reference": f"Organization/site-{chart.site + 1}"},
            }
        ],
        "location": {"reference": f"Location/room-{chart.site + 1}"},
        **more,
    }
    if side is not None:
        found["bodySite"] = [chart.forms.joint[side]]
    if day in chart.visits:
        found["encounter"] = {"reference": f"Encounter/{chart.visits[day].decode()}"}
    return chart.put(found)


def _course(chart: Chart, story: Story, side: Side) -> None:
    course: Course = side.course
    if len(course.injections) == 1 and chart.happens("only_planned"):
        _plan(chart, side.side, course.injections[0].day)
    else:
        for one in course.injections:
            _injection(chart, one)
    if chart.happens("planned"):
        _plan(chart, side.side, story.last)
    if chart.happens("entered_in_error"):
        day = story.last - days(chart.chance, chart.forms.knowledge.simulation.not_counting.procedure_in_error_days)
        act(chart, concept(chart.forms.coding(CODES["joint"])), day, side.side, status="entered-in-error")
    for day, _ in course.ablations:
        act(chart, concept(chart.forms.coding("sij_rfa"), "Sacroiliac radiofrequency ablation"), day, side.side)
    if course.fusion is not None:
        code = concept(chart.forms.coding("sij_fusion_mis_transarticular"), "Sacroiliac joint fusion")
        act(chart, code, course.fusion, side.side)
    for scored in course.scores:
        scores.write(chart, scored, side.side)


def _plan(chart: Chart, side: str, day: int) -> None:
    """An order, and sometimes an appointment that was called off."""
    chart.put(
        {
            "resourceType": "ServiceRequest",
            "id": "",
            "status": "active",
            "intent": "order",
            "code": concept(chart.forms.coding(CODES["joint"]), f"{side} sacroiliac joint injection".capitalize()),
            "subject": chart.about,
            "authoredOn": chart.on(day),
        }
    )
    if chart.chance.random() < chart.forms.knowledge.simulation.practice.called_off.value:
        act(chart, concept(chart.forms.coding(CODES["joint"])), day, side, status="not-done")


# ------------------------------------------------------------------------------------------------- injections


def _injection(chart: Chart, one: Injected) -> None:
    """An injection: the procedure, what went in, what came of it, the note, the bill; or one of these alone."""
    bare = chart.happens("technique_missing")
    if chart.happens("claim_only"):
        _bill(chart, one, None)
        return
    if chart.happens("administration_only"):
        for product, volume in _products(chart, one, bare):
            _give(chart, one, product, volume, None)
        return
    chart.visit(one.day)
    procedure = _procedure(chart, one, bare)
    _response(chart, one, procedure, bare)
    _bill(chart, one, procedure)


def _procedure(chart: Chart, one: Injected, bare: bool) -> str:
    day = chart.on(one.day)
    more: Resource = {"performedPeriod": {"start": f"{day}T{START}Z", "end": f"{day}T{END}Z"}}
    more["report"] = [{"reference": _note(chart, one)}]
    guidance = None if bare else one.note.fields.get("guidance")
    words = WORDS[one.target] if guidance in (None, "none") else f"{WORDS[one.target]}, {guidance} guidance"
    products = _products(chart, one, bare)
    inside = chart.happens("drugs_in_procedure")
    if inside:
        more["usedCode"] = [_coded(chart, product) for product, _ in products]
    side = None if chart.happens("unsided") else one.side
    procedure = act(chart, concept(chart.forms.coding(CODES[one.target]), words), one.day, side, **more)
    if not inside:
        for product, volume in products:
            _give(chart, one, product, volume, procedure)
    return procedure


def _note(chart: Chart, one: Injected) -> str:
    """The procedure note, whose text nobody reads."""
    return chart.put(
        {
            "resourceType": "DocumentReference",
            "id": "",
            "status": "current",
            "type": concept(chart.forms.coding("note_procedure")),
            "subject": chart.about,
            "date": f"{chart.on(one.day)}T16:00:00Z",
            "content": [{"attachment": {"contentType": "text/plain", "title": "Procedure note"}}],
        }
    )


def _products(chart: Chart, one: Injected, bare: bool) -> list[tuple[Product, float]]:
    """What went in, and how much of it; a larger volume is anaesthetic."""
    steroid = 0.0 if one.steroid is None else one.steroid.millilitres.value
    found = [(one.anaesthetic, one.volume - steroid)]
    if one.steroid is not None:
        found.append((one.steroid, steroid))
    contrast = chart.forms.knowledge.simulation.practice.contrast
    if one.note.fields.get("contrast") is True and not bare:
        found.append((contrast, contrast.millilitres.value))
    return found


def _coded(chart: Chart, product: Product) -> Resource:
    """A product by its words, and with the code of the product where charts give one."""
    if product.ndc is not None and chart.happens("ndc_code"):
        return concept({"system": NDC, "code": product.ndc}, product.text)
    if product.rxnorm is not None and chart.happens("product_code"):
        system = chart.forms.knowledge.systems["rxnorm"].uri
        return concept({"system": system, "code": product.rxnorm}, product.text)
    return concept(text=product.text)


def _give(chart: Chart, one: Injected, product: Product, volume: float, procedure: str | None) -> None:
    chart.put(
        {
            "resourceType": "MedicationAdministration",
            "id": "",
            "status": "completed",
            "medicationCodeableConcept": _coded(chart, product),
            "subject": chart.about,
            "effectiveDateTime": chart.on(one.day),
            **({"partOf": [{"reference": procedure}]} if procedure is not None else {}),
            "dosage": {"dose": {"value": volume, "unit": "mL"}, "route": {"text": "Intra-articular"}},
        }
    )


# ------------------------------------------------------------------------------------------ what came of them


def _response(chart: Chart, one: Injected, procedure: str, bare: bool) -> None:
    """What an injection did: in a note, as scores before and after, in the project's form, or as one panel."""
    if chart.happens("note_only"):
        _told(chart, one)
        return
    said = _said(chart, one, bare)
    link = None if chart.happens("unlinked") else procedure
    if chart.happens("scores_only"):
        for pain, time in ((one.before, BEFORE), (one.after, AFTER)):
            scores.pain(chart, pain, one.day, one.side, time, link)
    elif said and link is not None and chart.happens("record_form"):
        _record(chart, one, said, link)
    elif said:
        _panel(chart, one, said, link)


def _told(chart: Chart, one: Injected) -> None:
    """A progress note that says what the injection did, in words."""
    text = f"Relief of {one.percent} percent on the day of the injection"
    text += f", {one.sustained} percent after weeks." if one.sustained is not None else "."
    chart.put(
        {
            "resourceType": "DocumentReference",
            "id": "",
            "status": "current",
            "type": concept(chart.forms.coding("note_progress")),
            "subject": chart.about,
            "date": f"{chart.on(one.day)}T18:00:00Z",
            "description": text,
            "content": [{"attachment": {"contentType": "text/plain", "title": "Progress note"}}],
        }
    )


def _said(chart: Chart, one: Injected, bare: bool) -> dict[str, Any]:
    """The fields of the injection record that somebody wrote down."""
    found: dict[str, Any] = {}
    if not bare:
        found |= one.note.fields
        found |= {"sedation": one.sedation, "intent": one.intent}
        found |= {"leg_numbness": True} if one.numb else {}
    if not chart.happens("anaesthetic_phase_missing"):
        found |= {"pre_pain": one.before, "post_pain": one.after, "relief_percent": one.percent, "diary": one.diary}
        found |= {"relief_hours": one.hours} if one.hours is not None else {}
    if one.sustained is not None and not chart.happens("steroid_phase_missing"):
        found |= {"sustained_percent": one.sustained, "sustained_weeks": one.weeks}
    return found


def _panel(chart: Chart, one: Injected, said: dict[str, Any], procedure: str | None) -> None:
    fields = chart.forms.knowledge.findings[INJECTIONS].fields
    chart.put(
        {
            "resourceType": "Observation",
            "id": "",
            "status": "final",
            "code": chart.forms.response,
            "subject": chart.about,
            "effectiveDateTime": chart.on(one.day),
            "bodySite": chart.forms.joint[one.side],
            "component": [
                {"code": chart.forms.field(name), **chart.forms.value(fields[name], value)}
                for name, value in said.items()
                if name != "target"
            ],
            **({"partOf": [{"reference": procedure}]} if procedure is not None else {}),
        }
    )


def _record(chart: Chart, one: Injected, said: dict[str, Any], procedure: str) -> None:
    """The project's own form of the injection record."""
    whole = {"date": chart.on(one.day), "side": one.side, "target": one.target, **said}
    chart.put(
        {
            "resourceType": "QuestionnaireResponse",
            "id": "",
            "questionnaire": URL,
            "partOf": [{"reference": procedure}],
            "status": "completed",
            "subject": chart.about,
            "authored": chart.on(one.day),
            "item": [{"linkId": name, "answer": [_answer(chart, name, value)]} for name, value in whole.items()],
        }
    )


def _answer(chart: Chart, name: str, value: Any) -> Resource:
    match chart.forms.knowledge.findings[INJECTIONS].fields[name].type:
        case "bool":
            return {"valueBoolean": value}
        case "number":
            return {"valueDecimal": value}
        case "date":
            return {"valueDate": value}
    return {"valueCoding": chart.forms.answer(value)}


# ------------------------------------------------------------------------------------- bills, therapy and drugs


def _bill(chart: Chart, one: Injected, procedure: str | None) -> None:
    """What was billed and settled; the side stands in the modifier."""
    line: Resource = {
        "sequence": 1,
        "productOrService": concept(chart.forms.coding(CODES[one.target], "cpt")),
        "servicedDate": chart.on(one.day),
    }
    if not chart.happens("unsided"):
        line["modifier"] = [concept({"code": MODIFIERS[one.side]})]
    found: Resource = {
        "resourceType": "ExplanationOfBenefit",
        "id": "",
        "status": "active",
        "type": concept(text="professional"),
        "use": "claim",
        "patient": chart.about,
        "created": chart.on(one.day),
        "insurer": {"reference": f"Organization/payer-{chart.payer + 1}"},
        "provider": {"reference": f"Organization/site-{chart.site + 1}"},
        "outcome": "complete",
        "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/{chart.patient}-1"}}],
        "item": [line],
    }
    if procedure is not None:
        found["procedure"] = [{"sequence": 1, "procedureReference": {"reference": procedure}}]
        line["procedureSequence"] = [1]
    chart.put(found)


def _therapy(chart: Chart, story: Story) -> None:
    """Regular sessions of physical therapy, the first some time before the first injection."""
    course = chart.forms.knowledge.simulation.course
    if chart.chance.random() < course.therapy.value:
        first = min(side.course.injections[0].day for side in story.sides) - round(course.therapy_days.value)
        sessions = 1 + int(chart.chance.expovariate(1 / course.therapy_sessions.value))
        for number in range(min(sessions, round(course.therapy_sessions_most.value))):
            day = first + round(course.therapy_every_days.value) * number
            act(chart, concept(chart.forms.coding("physical_therapy")), day)


def _prescription(one: Drug) -> Resource:
    dosage = {
        "timing": {"repeat": {"frequency": round(one.per_day.value), "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
    }
    return forms.prescription(concept(text=one.text), dosage)
