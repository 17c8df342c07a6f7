"""A patient's story as a FHIR chart: what is written down, in which form, and with the mess of real charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from sacroiliac.chart.fhir.codes import RESPONSE
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.knowledge import Knowledge
from sacroiliac.knowledge.model import Finding
from sacroiliac.knowledge.simulation import Mess, Product
from sacroiliac.simulate import forms
from sacroiliac.simulate.course import Course, Scored
from sacroiliac.simulate.forms import DAY, ID, NUMBER, PATIENT, VISIT, Codings, Days, Resource, concept, quantity
from sacroiliac.simulate.injections import Injected
from sacroiliac.simulate.story import Side, Story

NDC = "http://hl7.org/fhir/sid/ndc"
ENCOUNTER_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CODED = ("condition", "procedure")
DRUG_OF = {"ibuprofen": "ibuprofen 600 MG Oral Tablet", "naproxen": "naproxen 500 MG Oral Tablet", "gabapentin": "gabapentin 300 MG Oral Capsule", "duloxetine": "duloxetine 60 MG Delayed Release Oral Capsule", "tramadol": "tramadol hydrochloride 50 MG Oral Tablet", "cyclobenzaprine": "cyclobenzaprine hydrochloride 5 MG Oral Tablet"}  # fmt: skip
_ENCODE = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Chart:
    """The resources of one patient while they are written, as lines by type, and the mess that was made."""

    patient: bytes
    chance: Random
    mess: Mess
    lines: dict[str, list[bytes]]
    site: int
    clinician: int
    used: Counter[str] = field(default_factory=Counter)
    number: int = 0
    visits: dict[int, bytes] = field(default_factory=dict)

    def happens(self, name: str) -> bool:
        """Whether a kind of mess befalls this entry; it is counted."""
        found = self.chance.random() < getattr(self.mess, name).value
        if found:
            self.used[name] += 1
        return found

    def id(self) -> bytes:
        """The id of the next resource."""
        self.number += 1
        return b"%b-%d" % (self.patient, self.number)

    def add(self, kind: str, line: bytes, name: bytes) -> None:
        """One resource; now and then it comes again under another id."""
        self.lines[kind].append(line)
        if self.chance.random() < self.mess.duplicate.value:
            self.used["duplicate"] += 1
            self.lines[kind].append(line.replace(b'"id":"%b"' % name, b'"id":"%b-again"' % name, 1))
            self.number += 1

    def put(self, resource: Resource) -> str:
        """One resource that is not made from a form; its id is given to it and returned."""
        name = self.id()
        resource["id"] = name.decode()
        self.add(resource["resourceType"], _ENCODE(resource), name)
        return f"{resource['resourceType']}/{resource['id']}"


@dataclass
class Writer:
    """Writes stories as charts, with the codes of one knowledge."""

    knowledge: Knowledge
    days: Days = field(default_factory=Days)
    _forms: dict[Any, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = self.knowledge.simulation
        self.codes = Codings(self.knowledge)
        self.joint_tests = {
            name for group in self.knowledge.likelihoods.groups if group.capped for name in group.asks
        }  # the groups held back by the cap are those of the joint

    # ------------------------------------------------------------------------------------------- whole charts

    def chart(self, story: Story, patient: str, chance: Random, lines: dict[str, list[bytes]]) -> Chart:
        """Write one patient to ``lines``; what has nothing to do with the joint is left to others."""
        scene = self.known.scene
        chart = Chart(
            patient.encode(), chance, self.known.mess, lines, story.site,
            story.site * scene.clinicians + chance.randrange(scene.clinicians),
        )  # fmt: skip
        self._patient(chart, story)
        self._visit(chart, story.last)
        # An examination of long ago, or the one of the last visit.
        looked = story.last - chance.randrange(200, 700) if chart.happens("stale") else story.last
        self._visit(chart, looked)
        self._background(chart, story)
        for place, side in enumerate(story.sides):
            self._findings(chart, side, looked, self._findings_of_side if place else None)
            self._course(chart, story, side)
        self._therapy(chart, story)
        self._drugs(chart, story)
        return chart

    def _patient(self, chart: Chart, story: Story) -> None:
        patient = chart.patient.decode()
        person = {
            "resourceType": "Patient",
            "id": patient,
            "active": True,
            "name": [{"family": f"Simulated {story.number}", "given": ["Patient"]}],
            "gender": "female" if story.woman else "male",
            "birthDate": self.days[story.birth].decode(),
        }
        chart.lines["Patient"].append(_ENCODE(person))
        payers = self.known.scene.payers
        payer = chart.chance.randrange(len(payers))
        chart.put(
            {
                "resourceType": "Coverage",
                "id": "",
                "status": "active",
                "beneficiary": {"reference": f"Patient/{patient}"},
                "payor": [{"reference": f"Organization/payer-{payer + 1}", "display": payers[payer]}],
            }
        )

    def _visit(self, chart: Chart, day: int) -> bytes:
        """The encounter of a day."""
        found = chart.visits.get(day)
        if found is None:
            name = chart.visits[day] = chart.id()
            chart.lines["Encounter"].append(
                self._form("visit", self._encounter)
                % (
                    name,
                    chart.patient,
                    b"%d" % (chart.clinician + 1),
                    self.days[day],
                    self.days[day],
                    b"%d" % (chart.site + 1),
                )
            )
            return name
        return found

    def _encounter(self) -> Resource:
        return {
            "resourceType": "Encounter",
            "id": ID,
            "status": "finished",
            "class": {"system": ENCOUNTER_CLASS, "code": "AMB"},
            "subject": {"reference": f"Patient/{PATIENT}"},
            "participant": [{"individual": {"reference": f"Practitioner/clinician-{forms.VALUE}"}}],
            "period": {"start": DAY, "end": DAY},
            "serviceProvider": {"reference": f"Organization/site-{forms.VALUE}"},
        }

    def _form(self, key: Any, make: Callable[[], Resource]) -> bytes:
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = forms.form(make())
        return found

    # ----------------------------------------------------------------------------------------------- findings

    def _background(self, chart: Chart, story: Story) -> None:
        """What was true before: diagnoses, operations, answers to questions; and a resolved or refuted diagnosis."""
        chance, day = chart.chance, story.last
        self._pain_diagnosis(chart, story)
        if not chart.happens("no_side"):
            word = story.sides[0].side if len(story.sides) == 1 else "bilateral"
            self._say(chart, "pain_side", word, day, None)
        asked = self.known.people.asked.value
        if chance.random() < self.known.recorded.history.value:
            self._line(chart, "Observation", self._form("onset", self._onset), day, self.days[story.onset])
        for one in self.known.people.states:
            if one.finding in story.true:
                self._state(chart, story, self.knowledge.findings[one.finding])
            elif chance.random() < asked and one.sex in (None, "female" if story.woman else "male"):
                self._say(chart, one.finding, False, day, None)
        if story.childbirth >= 0:
            months = round((story.last - story.childbirth) / 30.44, 1)
            self._say(chart, "months_postpartum", months, day, None)
        if chance.random() < max(asked, self.known.recorded.history.value):
            self._say(chart, "ancestry", story.ancestry, day, None)
            self._say(chart, "nicotine_status", story.nicotine, day, None)
        if chart.happens("resolved"):
            name = chance.choice(("pregnancy", "lumbar_radiculopathy", "pelvic_fracture"))
            self._diagnosis(chart, name, story.onset - 400, "resolved", ended=story.onset - 200)
        if chart.happens("refuted"):
            self._diagnosis(chart, "ankylosing_spondylitis", story.onset + 30, None, verification="refuted")
        if chart.happens("entered_in_error"):
            self._diagnosis(chart, "septic_arthritis", story.last - 40, None, verification="entered-in-error")

    def _pain_diagnosis(self, chart: Chart, story: Story) -> None:
        sided = "" if chart.happens("unsided") else f"{story.sides[0].side} "
        code = self.codes.of("sij_pain")

        def make() -> Resource:
            return forms.condition(concept(code, f"{sided}sacroiliac joint pain".capitalize()))

        day = self.days[story.onset]
        name = chart.id()
        chart.add("Condition", self._form(("pain", sided), make) % (name, chart.patient, day, day), name)

    def _onset(self) -> Resource:
        return forms.observation(concept(self.codes.local("pain_onset_date")), "survey", {"valueDateTime": forms.VALUE})

    def _state(self, chart: Chart, story: Story, finding: Finding) -> None:
        """Something true: as the diagnosis or operation it is, or as an answer."""
        kinds = [(one.concept, self.knowledge.concepts[one.concept].kind) for one in finding.codes]
        coded = [(name, kind) for name, kind in kinds if kind in CODED and self.codes.may_write(name)]
        if not coded:
            self._say(chart, finding.id, True, story.last, None)
            return
        name, kind = coded[0]
        window = self.knowledge.windows[finding.window].days.value if finding.window else 2000
        day = story.last - chart.chance.randrange(1, round(window))
        if kind == "procedure":
            self._act(chart, concept(self.codes.of(name)), day, None)
        else:
            self._diagnosis(chart, name, day)

    def _diagnosis(
        self,
        chart: Chart,
        name: str,
        day: int,
        clinical: str | None = "active",
        verification: str = "confirmed",
        ended: int | None = None,
    ) -> None:
        def make() -> Resource:
            code = concept(self.codes.of(name), self.knowledge.concepts[name].label)
            return forms.condition(code, clinical, verification, ended is not None)

        made = self._form(("diagnosis", name, clinical, verification, ended is None), make)
        written = self.days[day]
        line = (written, self.days[ended] if ended is not None else written)
        one = chart.id()
        chart.add("Condition", made % (one, chart.patient, *line), one)

    def _findings_of_side(self, finding: Finding) -> bool:
        return finding.side == "sided"

    def _findings(self, chart: Chart, side: Side, day: int, only: Callable[[Finding], bool] | None) -> None:
        scanned = day - chart.chance.randrange(10, 500)
        for name, value in side.findings.items():
            finding = self.knowledge.findings[name]
            if only is None or only(finding):
                if finding.id == "crp_or_esr_raised":
                    self._inflammation(chart, bool(value), day)
                elif finding.area == "imaging":
                    self._say(chart, name, value, scanned, side.side)
                elif (
                    value is True
                    and any(self.knowledge.concepts[one.concept].kind == "condition" for one in finding.codes)
                    and finding.side == "unsided"
                ):
                    self._diagnosis(chart, finding.codes[0].concept, day - 20)
                else:
                    self._say(chart, name, value, day, side.side)

    def _say(self, chart: Chart, name: str, value: Any, day: int, side: str | None) -> None:
        """One finding as an Observation."""
        finding = self.knowledge.findings[name]
        if finding.side != "sided" or chart.happens("unsided"):
            side = None
        words = finding.area == "examination" and chart.happens("words_for_code")
        if finding.type == "number":
            made = self._form((name, side, words, None), lambda: self._observation(finding, NUMBER, side, words))
            self._line(chart, "Observation", made, day, b"%g" % value)
        else:
            made = self._form((name, side, words, value), lambda: self._observation(finding, value, side, words))
            self._line(chart, "Observation", made, day)

    def _line(self, chart: Chart, kind: str, made: bytes, day: int, *values: bytes) -> None:
        name = chart.id()
        chart.add(kind, made % (name, chart.patient, self._visit(chart, day), self.days[day], *values), name)

    def _observation(self, finding: Finding, value: Any, side: str | None, words: bool) -> Resource:
        kind = {"examination": "exam", "laboratory": "laboratory", "imaging": "imaging"}.get(finding.area, "survey")
        coded = [one.concept for one in finding.codes if self.knowledge.concepts[one.concept].kind == "observation"]
        code = concept(self.codes.of(coded[0]) if coded else self.codes.local(finding.id))
        if words:
            code = concept(text=finding.label)
        site = None
        if side is not None:
            site = (
                self.codes.joint[side] if finding.id in self.joint_tests else concept(self.codes.of(forms.SIDES[side]))
            )
        return forms.observation(code, kind, self.codes.value(finding, value), site)

    def _inflammation(self, chart: Chart, raised: bool, day: int) -> None:
        def make() -> Resource:
            value = {"valueQuantity": {"value": NUMBER, "unit": "mg/L"}}
            found = forms.observation(concept(self.codes.of("crp")), "laboratory", value)
            flag = {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                "code": "H" if raised else "N",
            }
            return found | {"interpretation": [concept(flag)]}

        amount = chart.chance.uniform(8, 40) if raised else chart.chance.uniform(0.3, 4.5)
        self._line(chart, "Observation", self._form(("crp", raised), make), day, b"%.1f" % amount)

    # -------------------------------------------------------------------------------------------- what was done

    def _act(self, chart: Chart, code: Resource, day: int, side: str | None, **more: Any) -> str:
        """A Procedure that was done."""
        found: Resource = {
            "resourceType": "Procedure",
            "id": "",
            "status": "completed",
            "code": code,
            "subject": {"reference": f"Patient/{chart.patient.decode()}"},
            **({} if "performedPeriod" in more else {"performedDateTime": self.days[day].decode()}),
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
            found["bodySite"] = [self.codes.joint[side]]
        if day in chart.visits:
            found["encounter"] = {"reference": f"Encounter/{chart.visits[day].decode()}"}
        return chart.put(found)

    def _course(self, chart: Chart, story: Story, side: Side) -> None:
        course, chance = side.course, chart.chance
        for place, one in enumerate(course.injections):
            only = place == 0 and len(course.injections) == 1
            if only and chart.happens("only_planned"):
                self._planned(chart, side, one.day)
            elif chart.happens("claim_only"):
                self._claim(chart, one, None)
            else:
                self._injection(chart, one)
        if chart.happens("planned"):
            self._planned(chart, side, story.last)
        if chart.happens("entered_in_error"):
            code = concept(self.codes.of("sij_injection"))
            self._act(chart, code, story.last - chance.randrange(5, 60), side.side, status="entered-in-error")
        for day, _ in course.ablations:
            self._act(
                chart,
                concept(self.codes.of("sij_rfa"), "Radiofrequency of the sacral lateral branches"),
                day,
                side.side,
            )
        if course.fusion is not None:
            self._act(chart, concept(self.codes.of("sij_fusion_mis_transarticular")), course.fusion, side.side)
        for scored in course.scores:
            self._scores(chart, scored, side.side)

    def _planned(self, chart: Chart, side: Side, day: int) -> None:
        """An order, and sometimes an appointment that was called off."""
        order = {
            "resourceType": "ServiceRequest",
            "id": "",
            "status": "active",
            "intent": "order",
            "code": concept(self.codes.of("sij_injection"), f"{side.side} sacroiliac joint injection".capitalize()),
            "subject": {"reference": f"Patient/{chart.patient.decode()}"},
            "authoredOn": self.days[day].decode(),
        }
        chart.put(order)
        if chart.chance.random() < 1 / 2:
            self._act(chart, concept(self.codes.of("sij_injection")), day, side.side, status="not-done")

    def _injection(self, chart: Chart, one: Injected) -> None:
        """An injection: the procedure, what went in, what came of it, the note, the claim."""
        name = "sij_lateral_branch_block" if one.target == "lateral_branch" else "sij_injection"
        bare = chart.happens("technique_missing")
        self._visit(chart, one.day)
        guidance = None if bare else one.note.fields.get("guidance")
        words = {"sij_injection": "Sacroiliac joint injection", "sij_lateral_branch_block": "Lateral branch block"}[
            name
        ]
        if guidance not in (None, "none"):
            words += f", {guidance} guidance"
        side = None if chart.happens("unsided") else one.side
        note = self._note(chart, one)
        told = chart.happens("note_only")
        text = f"Relief {one.percent} percent in the first hours"
        more: Resource = {"report": [{"reference": note}]}
        # Scores of that day are told apart by their times.
        more["performedPeriod"] = {
            "start": f"{self.days[one.day].decode()}T09:10:00Z",
            "end": f"{self.days[one.day].decode()}T09:25:00Z",
        }
        if told:
            more["note"] = [{"text": text}]
        procedure = self._act(chart, concept(self.codes.of(name), words), one.day, side, **more)
        self._given(chart, one, procedure, bare)
        if not told:
            self._response(chart, one, procedure, bare)
        self._claim(chart, one, procedure)

    def _note(self, chart: Chart, one: Injected) -> str:
        return chart.put(
            {
                "resourceType": "DocumentReference",
                "id": "",
                "status": "current",
                "type": concept(self.codes.of("note_procedure")),
                "subject": {"reference": f"Patient/{chart.patient.decode()}"},
                "date": f"{self.days[one.day].decode()}T16:00:00Z",
                "content": [{"attachment": {"contentType": "text/plain", "title": "Procedure note"}}],
            }
        )

    def _given(self, chart: Chart, one: Injected, procedure: str, bare: bool) -> None:
        contrast = one.note.fields.get("contrast") is True and not bare
        extra = one.volume - one.anaesthetic.millilitres.value - (one.steroid.millilitres.value if one.steroid else 0)
        listed = [(one.anaesthetic, one.anaesthetic.millilitres.value + max(extra, 0.0))]
        if one.steroid is not None:
            listed.append((one.steroid, one.steroid.millilitres.value))
        if contrast:
            listed.append((self.known.practice.contrast, self.known.practice.contrast.millilitres.value))
        for product, volume in listed:
            chart.put(
                {
                    "resourceType": "MedicationAdministration",
                    "id": "",
                    "status": "completed",
                    "medicationCodeableConcept": self._product(chart, product),
                    "subject": {"reference": f"Patient/{chart.patient.decode()}"},
                    "effectiveDateTime": self.days[one.day].decode(),
                    "partOf": [{"reference": procedure}],
                    "dosage": {"dose": {"value": volume, "unit": "mL"}, "route": {"text": "Intra-articular"}},
                }
            )

    def _product(self, chart: Chart, product: Product) -> Resource:
        """A product by its words, with the code of the product where charts give one."""
        if product.ndc is not None and chart.happens("ndc_code"):
            return concept({"system": NDC, "code": product.ndc}, product.text)
        if product.rxnorm is not None and chart.happens("product_code"):
            return concept({"system": self.knowledge.systems["rxnorm"].uri, "code": product.rxnorm}, product.text)
        return concept(text=product.text)

    def _response(self, chart: Chart, one: Injected, procedure: str, bare: bool) -> None:
        """What an injection did: as a record, as one panel, or as scores before and after only."""
        said = self._said(chart, one, bare)
        link = {} if chart.happens("unlinked") else {"partOf": [{"reference": procedure}]}
        if link and chart.happens("record_form"):
            self._record(chart, one, said, link)
        elif chart.happens("scores_only"):
            # Two pain scores of that day, told apart by their times.
            for pain, time in ((one.before, "08:40:00"), (one.after, "10:15:00")):
                self._pain(chart, pain, one.day, one.side, time, link)
        elif said:
            fields = self.codes
            parts = [{"code": concept(fields.field(name)), **self._field(name, value)} for name, value in said.items()]
            panel = {
                "resourceType": "Observation",
                "id": "",
                "status": "final",
                "code": concept(self.codes_panel),
                "subject": {"reference": f"Patient/{chart.patient.decode()}"},
                "effectiveDateTime": self.days[one.day].decode(),
                "bodySite": self.codes.joint[one.side],
                "component": parts,
                **link,
            }
            chart.put(panel)

    @property
    def codes_panel(self) -> Resource:
        """The coding of the panel that holds what an injection did."""
        return {"system": self.knowledge.systems["local"].uri, "code": RESPONSE}

    def _said(self, chart: Chart, one: Injected, bare: bool) -> dict[str, Any]:
        """The fields of the injection record that somebody wrote down."""
        found: dict[str, Any] = {}
        if not bare:
            found |= {name: value for name, value in one.note.fields.items() if name not in ("target", "guidance")}
            found |= {"guidance": one.note.fields["guidance"]} if "guidance" in one.note.fields else {}
            found |= {"sedation": one.sedation, "intent": one.intent}
            found |= {"leg_numbness": True} if one.numb else {}
        if not chart.happens("anaesthetic_phase_missing"):
            found |= {"pre_pain": one.before, "post_pain": one.after, "relief_percent": one.percent, "diary": one.diary}
            found |= {"relief_hours": one.hours} if one.hours is not None else {}
        if one.sustained is not None and not chart.happens("steroid_phase_missing"):
            found |= {"sustained_percent": one.sustained, "sustained_weeks": one.weeks}
        return found

    def _field(self, name: str, value: Any) -> Resource:
        field_ = self.knowledge.findings["sij_injections"].fields[name]
        if field_.type == "bool":
            return {"valueBoolean": value}
        if field_.type == "number":
            if name in ("pre_pain", "post_pain"):
                return {"valueInteger": value}
            return {"valueQuantity": quantity(value, field_.unit)}
        return {"valueCodeableConcept": self.codes.answer(value)}

    def _record(self, chart: Chart, one: Injected, said: dict[str, Any], link: Resource) -> None:
        """The project's own form of the injection record."""
        whole = {"date": self.days[one.day].decode(), "side": one.side, "target": one.target, **said}
        chart.put(
            {
                "resourceType": "QuestionnaireResponse",
                "id": "",
                "questionnaire": URL,
                "status": "completed",
                "subject": {"reference": f"Patient/{chart.patient.decode()}"},
                "authored": self.days[one.day].decode(),
                "item": [{"linkId": name, "answer": [self._answer(name, value)]} for name, value in whole.items()],
                **link,
            }
        )

    def _answer(self, name: str, value: Any) -> Resource:
        field_ = self.knowledge.findings["sij_injections"].fields[name]
        match field_.type:
            case "bool":
                return {"valueBoolean": value}
            case "number":
                return {"valueDecimal": value}
            case "date":
                return {"valueDate": value}
        return {"valueCoding": self.codes.answer(value)["coding"][0]}

    # -------------------------------------------------------------------------------------------------- scores

    def _scores(self, chart: Chart, scored: Scored, side: str) -> None:
        if scored.pain is not None:
            self._pain(chart, scored.pain, scored.day, side)
        if scored.disability is not None:

            def make() -> Resource:
                value = {"valueQuantity": {"value": NUMBER, "unit": "%"}}
                return forms.observation(concept(self.codes.of("odi_score")), "survey", value)

            self._line(chart, "Observation", self._form("odi", make), scored.day, b"%d" % scored.disability)
        if scored.utility is not None:

            def index() -> Resource:
                return forms.observation(
                    concept(self.codes.of("eq5d_index")), "survey", {"valueQuantity": {"value": NUMBER}}
                )

            self._line(chart, "Observation", self._form("eq5d", index), scored.day, b"%.2f" % scored.utility)

    def _pain(self, chart: Chart, pain: int, day: int, side: str, time: str = "", link: Resource | None = None) -> None:
        """A pain score of the joint: a number, words, or millimetres of a line."""
        form = "string" if chart.happens("score_as_string") else "vas" if chart.happens("score_as_vas") else "number"
        where = None if chart.happens("unsided") else side
        key = ("pain", form, where, time, bool(link))

        def make() -> Resource:
            code = concept(self.codes.of("pain_vas" if form == "vas" else "pain_nrs"))
            value: Resource = {"valueQuantity": {"value": NUMBER, "unit": "{score}"}}
            if form == "string":
                value = {"valueString": f"{forms.VALUE}/10"}
            elif form == "vas":
                value = {"valueQuantity": {"value": NUMBER, "unit": "mm"}}
            stamp = f"{DAY}T{time}Z" if time else DAY
            part = {"partOf": [{"reference": forms.VALUE}]} if link else {}
            return forms.observation(code, "survey", value, self.codes.joint[where], stamp) | part

        amount = b"%d" % (pain * 10 if form == "vas" else pain)
        linked = (link["partOf"][0]["reference"].encode(),) if link else ()
        self._line(chart, "Observation", self._form(key, make), day, amount, *linked)

    # --------------------------------------------------------------------------------- claims, therapy and drugs

    def _claim(self, chart: Chart, one: Injected, procedure: str | None) -> None:
        """What was billed, and settled."""
        day = self.days[one.day].decode()
        name = "sij_lateral_branch_block" if one.target == "lateral_branch" else "sij_injection"
        line: Resource = {
            "sequence": 1,
            "productOrService": concept(self.codes.of(name, "cpt")),
            "servicedDate": day,
            "modifier": [concept({"code": "RT" if one.side == "right" else "LT"})],
        }
        found: Resource = {
            "resourceType": "ExplanationOfBenefit",
            "id": "",
            "status": "active",
            "type": concept(text="professional"),
            "use": "claim",
            "patient": {"reference": f"Patient/{chart.patient.decode()}"},
            "created": day,
            "insurer": {"reference": "Organization/payer-1"},
            "provider": {"reference": f"Organization/site-{chart.site + 1}"},
            "outcome": "complete",
            "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/{chart.patient.decode()}-1"}}],
            "item": [line],
        }
        if procedure is not None:
            found["procedure"] = [{"sequence": 1, "procedureReference": {"reference": procedure}}]
            line["procedureSequence"] = [1]
        chart.put(found)

    def _therapy(self, chart: Chart, story: Story) -> None:
        """Sessions of physical therapy before the first injection."""
        course = self.known.course
        if chart.chance.random() >= course.therapy.value:
            return
        first = min(one.day for side in story.sides for one in side.course.injections)
        sessions = 1 + round(chart.chance.expovariate(1 / max(course.therapy_sessions.value - 1, 0.1)))
        code = self.codes.of("physical_therapy")
        for number in range(min(sessions, 20)):
            self._act(chart, concept(code), first - 150 + 7 * number, None)

    def _drugs(self, chart: Chart, story: Story) -> None:
        for one in self.known.course.medication:
            if chart.chance.random() < one.share.value:
                day = self.days[story.last - chart.chance.randrange(30, 300)]
                made = self._form(("drug", one.value), lambda name=str(one.value): self._request(name))
                name = chart.id()
                chart.add("MedicationRequest", made % (name, chart.patient, day), name)

    def _request(self, drug: str) -> Resource:
        return {
            "resourceType": "MedicationRequest",
            "id": ID,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept(text=DRUG_OF[drug]),
            "subject": {"reference": f"Patient/{PATIENT}"},
            "authoredOn": DAY,
        }


def truth(
    story: Story,
    patient: str,
    chart: Chart,
    sources: Sequence[str],
    sets: Sequence[tuple[int, ...]],
    days: Days,
    total: int,
) -> Resource:
    """What is true of one patient, for the file of the ground truth."""

    def day(number: int | None) -> str | None:
        return None if number is None else days[number].decode()

    def side(one: Side) -> Resource:
        course: Course = one.course
        return {
            "side": one.side,
            "sources": [sources[place] for place in sets[one.state]],
            "injections": [{**each.truth, "day": day(each.day)} for each in course.injections],
            "radiofrequency": [{"day": day(on), "months": held} for on, held in course.ablations],
            "fusion": day(course.fusion),
            "followed": day(course.followed),
            "arm": course.arm,
            "scores": [
                {"day": day(each.day), "pain": each.pain, "disability": each.disability, "utility": each.utility}
                for each in course.scores
            ],
        }

    return {
        "patient": patient,
        "review_date": day(story.last),
        "site": f"site-{story.site + 1}",
        "clinician": f"clinician-{chart.clinician + 1}",
        "states": sorted(story.true),
        "sides": [side(one) for one in story.sides],
        "mess": dict(sorted(chart.used.items())),
        "resources": total,
    }


__all__ = ["VISIT", "Chart", "Writer", "truth"]
