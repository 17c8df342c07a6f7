"""Random FHIR charts in the project's own form, with everything that can be wrong with an entry."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from sacroiliac.chart.fhir.codes import ANSWERS, LOCAL, local_code
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.chart.fhir.sides import MCODE
from sacroiliac.export import cql, findings
from sacroiliac.export.prelude import NEEDED
from sacroiliac.knowledge import Knowledge, vocabulary
from sacroiliac.knowledge.model import Field, Finding
from sacroiliac.rules import parse, tree

SNOMED = "http://snomed.info/sct"
SIDES = {"left": "7771000", "right": "24028007", "bilateral": "51440002"}
YES, NO = ("10828004", "52101004"), ("260385009", "2667000")
USED = ("final", "amended", "corrected", "preliminary", "unknown")
Resource = dict[str, Any]


class Charts:
    """Makes charts about everything the policies ask, by one random generator."""

    def __init__(self, knowledge: Knowledge, seed: int) -> None:
        self.knowledge = knowledge
        self.random = random.Random(seed)
        rules = [
            parse(item.rule, vocabulary.of_case(knowledge))
            for policy in knowledge.policies.values()
            for item in cql.items(policy).values()
        ]
        names = {name for rule in rules for name in rule.names} - {cql.REQUEST_DATE}
        asked = [knowledge.findings[name] for name in findings.needed(knowledge, names)]
        self.findings = [one for one in asked if one.type not in ("record", "records")]
        self.limits: dict[str, list[float]] = {}
        for rule in rules:
            _limits(rule, self.limits)

    def chart(self) -> tuple[Resource, dict[str, Any]]:
        """One chart, and the parameters of its review."""
        chance = self.random
        review = date(2024, 1, 1) + timedelta(days=chance.randrange(900))
        self.review, self.side = review, chance.choice(("left", "right"))
        said, words = chance.choice((0.1, 0.3, 0.8)), chance.choice((0.5, 0.8, 0.95))
        resources: list[Resource] = [self.patient()]
        # Something of the side that is asked about, so that the chart names it.
        resources.append(self.observation(self.knowledge.findings["slump"], 0, self.side))
        for finding in self.findings:
            # Findings that others are worked out of are stated themselves less often than not.
            likely = said / 3 if finding.id in findings.DERIVED or finding.members else said
            while chance.random() < likely:
                resources.append(self.observation(finding, len(resources)))
                likely = 0.15 if finding.type != "set" else words
        self.treated = chance.random() < 0.3
        resources += [self.injection(number) for number in range(chance.choice((0, 0, 1, 2, 3, 5, 8)))]
        chance.shuffle(resources)
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
        return bundle, {"ReviewDate": review.isoformat(), "Side": self.side, "Planned": self.planned(said)}

    # -------------------------------------------------------------------------------------------- the parts

    def patient(self) -> Resource:
        chance = self.random
        found: Resource = {"resourceType": "Patient", "id": "p"}
        if chance.random() < 0.8:
            found["gender"] = chance.choice(("female", "male", "female", "other"))
        if chance.random() < 0.8:
            born = self.review - timedelta(days=chance.randrange(365 * 12, 365 * 90))
            born = chance.choice(
                (born, born, date(born.year - born.year % 4, 2, 29), self.review - timedelta(days=366 * 18))
            )
            found["birthDate"] = self.written(born)
        return found

    def written(self, day: date) -> str:
        """A date as precise as charts are."""
        return day.isoformat()[: self.random.choice((10, 10, 10, 10, 7, 4))]

    def day(self, window: float | None = None) -> date:
        """A day around the review and around the limits of what counts."""
        chance = self.random
        turning = [0, 1, -1, -20, 30, 60, 61, 91, 182, 365, 366, 700]
        turning += [round(window), round(window) + 1] if window else []
        near = chance.choice(turning) if chance.random() < 0.4 else chance.randrange(0, round(min(window or 800, 800)))
        return self.review - timedelta(days=near)

    def when(self, finding: Finding) -> Resource:
        """The time of an observation in one of its forms."""
        chance = self.random
        window = self.knowledge.windows[finding.window].days.value if finding.window else None
        written = self.written(self.day(window))
        precise = len(written) == 10
        forms: list[Resource] = [{"effectiveDateTime": written}] * 6
        forms += [{"effectivePeriod": {"start": written}}, {"effectivePeriod": {"end": written}}, {}]
        if precise:
            forms += [
                {"effectiveDateTime": f"{written}T23:40:00-08:00"},
                {"effectiveInstant": f"{written}T00:20:00+09:00"},
                {"issued": f"{written}T10:00:00Z"},
                {"effectivePeriod": {"start": f"{written}T08:00:00Z", "end": f"{written}T09:00:00Z"}},
            ]
        return dict(chance.choice(forms))

    def site(self, side: str | None) -> Resource:
        chance = self.random
        named = side or chance.choice((self.side, self.side, self.side, "left", "right", "bilateral", "both", None))
        if named is None:
            return chance.choice(({}, {"bodySite": {"text": "back"}}))
        codes = [SIDES["left"], SIDES["right"]] if named == "both" else [SIDES[named]]
        coding = [{"system": SNOMED, "code": code} for code in codes]
        if chance.random() < 0.5:
            return {"bodySite": {"coding": coding}}
        return {"bodySite": {"extension": [{"url": MCODE, "valueCodeableConcept": {"coding": coding}}]}}

    def observation(self, finding: Finding, number: int, side: str | None = None) -> Resource:
        chance = self.random
        status = (
            chance.choice(USED)
            if side or chance.random() < 0.9
            else chance.choice(("entered-in-error", "cancelled", "registered"))
        )
        value = {"valueBoolean": True} if side else self.value(finding)
        return {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": status,
            "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": self.knowledge.systems[LOCAL].uri, "code": local_code(finding.id)}]},
            **(self.when(finding) if side is None else {"effectiveDateTime": self.review.isoformat()}),
            **(self.site(side) if finding.side == "sided" else {}),
            **value,
        }

    def value(self, finding: Finding) -> Resource:
        chance = self.random
        if chance.random() < 0.04:
            return {"dataAbsentReason": {"text": "not asked"}}
        match finding.type:
            case "bool":
                yes = chance.random() < 0.6
                if chance.random() < 0.6:
                    return {"valueBoolean": yes}
                return {
                    "valueCodeableConcept": {"coding": [{"system": SNOMED, "code": chance.choice(YES if yes else NO)}]}
                }
            case "number":
                return self.amount(finding)
            case "date":
                return {"valueDateTime": self.written(self.day(900))}
        word = chance.choice(finding.values) if chance.random() < 0.95 else "moonlight"
        return {"valueCodeableConcept": {"coding": [{"system": ANSWERS, "code": local_code(word)}]}}

    def amount(self, finding: Finding) -> Resource:
        """A number at, near or far from the limits of the rules, and now and then outside those of the finding."""
        chance = self.random
        limits = self.limits.get(finding.id) or [finding.minimum or 0.0, min(finding.maximum or 100.0, 100.0)]
        found = max(chance.choice(limits) + chance.choice((-2, -0.5, 0, 0, 0.5, 1, 20)), -1)
        unit = chance.choice(findings.units(finding))
        quantity: Resource = {"value": found, "unit": unit} if unit else {"value": found}
        if chance.random() < 0.05:
            quantity["comparator"] = chance.choice(("<", ">="))
        if chance.random() < 0.05:
            quantity["unit"] = "furlongs"
        if "" in findings.units(finding) and found == int(found) and chance.random() < 0.3:
            return {"valueInteger": int(found)}
        return {"valueQuantity": quantity}

    # ------------------------------------------------------------------------------------------- injections

    def injection(self, number: int) -> Resource:
        """A response to the injection record; some repeat the day, side and target of another."""
        chance = self.random
        fields = self.knowledge.findings["sij_injections"].fields
        known = chance.choice((0.3, 0.7, 0.95))
        answers = {
            "side": {
                "valueCoding": {
                    "system": ANSWERS,
                    "code": chance.choice((self.side, self.side, self.side, "left", "right", "bilateral")),
                }
            }
        }
        when = chance.choice((self.review - timedelta(days=40), self.day(), self.day()))
        answers["date"] = {"valueDate": self.written(when)}
        for name in NEEDED:
            # Several targets would leave little of each list.
            if chance.random() < (known if name != "target" else 0.3):
                answers[name] = self.answer(fields[name], self.limits.get(name, []))
        if self.treated:
            # Treatments of this year, so that limits on their number are reached.
            answers["date"] = {"valueDate": (self.review - timedelta(days=chance.randrange(1, 360))).isoformat()}
            answers["intent"] = {"valueCoding": {"system": ANSWERS, "code": "therapeutic"}}
            answers.pop("target", None)
        if chance.random() < 0.05:
            # Of an unknown side, on a day of its own.
            del answers["side"]
            answers["date"] = {"valueDate": (self.review - timedelta(days=400 + number)).isoformat()}
        elif chance.random() < 0.05:
            del answers["date"]
        items = [{"linkId": name, "answer": [one]} for name, one in answers.items()]
        chance.shuffle(items)
        return {
            "resourceType": "QuestionnaireResponse",
            "id": f"q{number}",
            "status": chance.choice(("completed",) * 9 + ("amended", "in-progress", "entered-in-error")),
            "questionnaire": chance.choice((URL, URL, f"{URL}|1")),
            "subject": {"reference": "Patient/p"},
            "item": items,
        }

    def answer(self, field: Field, limits: list[float]) -> Resource:
        chance = self.random
        if field.type == "bool":
            return {"valueBoolean": chance.random() < 0.6}
        if field.type == "number":
            top = min(field.maximum or 100, 100)
            turning = [one for one in limits if one <= top] or [top]
            found = chance.choice(
                (
                    chance.choice(turning),
                    chance.choice(turning) - 1,
                    chance.choice(turning) + 5,
                    chance.randrange(0, round(top) + 1),
                    101,
                )
            )
            return chance.choice(({"valueDecimal": found}, {"valueInteger": int(found)}))
        return {"valueCoding": {"system": ANSWERS, "code": local_code(chance.choice(field.values))}}

    def planned(self, said: float) -> Resource:
        """How the service will be done: the parameter ``Planned``, words as codes and a set as a yes or no for each."""
        chance = self.random
        found: Resource = {}
        for name, field in self.knowledge.findings["planned"].fields.items():
            if chance.random() < said and field.type != "date":
                found[name] = self.plan(name, field)
        return found

    def plan(self, name: str, field: Field) -> Any:
        chance = self.random
        if field.type == "bool":
            return chance.random() < 0.5
        if field.type == "set":
            return {word: chance.random() < 0.3 for word in field.values if chance.random() < 0.9}
        if field.type == "number":
            return float(chance.randrange(10))
        return local_code(chance.choice(field.values or ("ifuse", "ifuse_3d", "other")))


def _limits(part: tree.Part, found: dict[str, list[float]]) -> None:
    """The numbers that rules compare each finding or field with."""
    match part:
        case tree.Compare(left=tree.NumberFact(path=path), right=tree.Constant(value=value)):
            found.setdefault(path.steps[-1], []).append(value)
            if path.steps == ("last_tx", "relief_percent"):
                found.setdefault("sustained_percent", []).append(value)
            if path.steps == ("last_tx", "relief_weeks"):
                found.setdefault("sustained_weeks", []).append(value)
        case tree.Count(conditions=conditions):
            for one in conditions:
                if isinstance(one.value, int | float) and not isinstance(one.value, bool):
                    found.setdefault(one.field, []).append(float(one.value))
    for below in part.parts:
        _limits(below, found)
