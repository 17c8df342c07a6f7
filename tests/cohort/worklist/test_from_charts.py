"""From a FHIR export to the worklist: charts written by hand, and the worklist they must make, written by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from sacroiliac.cli import main

Resource = dict[str, Any]
RIGHT = {"coding": [{"system": "http://snomed.info/sct", "code": "39723000"}], "text": "Right sacroiliac joint"}
FINDINGS = "urn:sacroiliac:CodeSystem:findings"


def patient(name: str, born: str = "1979-07-21") -> list[Resource]:
    """A patient with a visit at a site and a payer."""
    about = {"reference": f"Patient/{name}"}
    return [
        {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": born},
        {
            "resourceType": "Coverage", "id": f"cover-{name}", "status": "active", "beneficiary": about,
            "payor": [{"display": "Premera Blue Cross"}],
        },
    ]  # fmt: skip


def injection(name: str, day: str, **response: float) -> list[Resource]:
    """A therapeutic injection of the right joint at a site, with what came of it."""
    about, key = {"reference": f"Patient/{name}"}, f"{name}-{day}"
    numbers = [
        {
            "code": {"coding": [{"system": FINDINGS, "code": code.replace("_", "-")}]},
            "valueQuantity": {"value": value, "unit": "wk" if code.endswith("weeks") else "%"},
        }
        for code, value in response.items()
    ]
    intent = {
        "code": {"coding": [{"system": FINDINGS, "code": "injection-intent"}]},
        "valueCodeableConcept": {"text": "therapeutic"},
    }
    return [
        {
            "resourceType": "Procedure", "id": f"given-{key}", "status": "completed", "subject": about,
            "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "27096"}]},
            "performedDateTime": day,
            "bodySite": [RIGHT],
            "performer": [{"actor": {"display": "Dr Ng"}, "onBehalfOf": {"display": "Pain Clinic North"}}],
        },
        {
            "resourceType": "MedicationAdministration", "id": f"drug-{key}", "status": "completed", "subject": about,
            "medicationCodeableConcept": {"text": "methylprednisolone 40 mg"}, "effectiveDateTime": day,
            "partOf": [{"reference": f"Procedure/given-{key}"}],
        },
        {
            "resourceType": "Observation", "id": f"response-{key}", "status": "final", "subject": about,
            "code": {"coding": [{"system": FINDINGS, "code": "injection-response"}]},
            "partOf": [{"reference": f"Procedure/given-{key}"}], "effectiveDateTime": day,
            "component": [intent, *numbers],
        },
    ]  # fmt: skip


def pain(name: str, day: str, value: int) -> Resource:
    """A pain score."""
    return {
        "resourceType": "Observation", "id": f"pain-{name}", "status": "final",
        "subject": {"reference": f"Patient/{name}"}, "effectiveDateTime": day,
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "valueQuantity": {"value": value, "unit": "{score}"}, "bodySite": RIGHT,
    }  # fmt: skip


def finding(name: str, code: str, answer: bool) -> Resource:
    """A finding, present or not."""
    return {
        "resourceType": "Observation", "id": f"{code}-{name}", "status": "final", "effectiveDateTime": "2025-05-30",
        "subject": {"reference": f"Patient/{name}"}, "valueBoolean": answer,
        "code": {"coding": [{"system": FINDINGS, "code": code}]},
    }  # fmt: skip


LOST = {"injection_percent_relief": 90.0, "injection_sustained_percent": 20.0, "injection_sustained_weeks": 2.0}
CHARTS: list[Resource] = [
    # Half relief was gone in two weeks, and nobody has looked since.
    *patient("forgotten"), *injection("forgotten", "2025-02-03", **LOST),
    # The same, and somebody has.
    *patient("seen"), *injection("seen", "2025-02-03", **LOST), pain("seen", "2025-03-20", 7),
    # Nothing of the first hours.
    *patient("silent"), *injection("silent", "2025-02-03", injection_sustained_percent=80.0, injection_sustained_weeks=12.0),
    # A fever after it; and one who has none.
    *patient("hot"), *injection("hot", "2025-05-20", **LOST), finding("hot", "fever", True),
    *patient("cool"), *injection("cool", "2025-05-20", **LOST), finding("cool", "fever", False),
]  # fmt: skip


def worklist(charts: list[Resource], tmp_path: Path, *kinds: str) -> list[dict[str, str]]:
    """The rows of these kinds of the worklist of some charts."""
    export, results, file = tmp_path / "export", tmp_path / "results", tmp_path / "list.csv"
    export.mkdir()
    for kind in {one["resourceType"] for one in charts}:
        lines = [json.dumps(one) for one in charts if one["resourceType"] == kind]
        (export / f"{kind}.ndjson").write_text("\n".join(lines) + "\n")
    run = ["cohort", "run", str(export), "-o", str(results), "--as-of", "2025-06-01", "--workers", "1"]
    assert main(run) == 0
    asked = [word for kind in kinds for word in ("--kind", kind)]
    assert main(["cohort", "worklist", str(results), *asked, "--format", "csv", "-o", str(file)]) == 0
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_hand_made_charts_make_the_worklist_that_was_written_by_hand(tmp_path: Path) -> None:
    rows = worklist(CHARTS, tmp_path, "red-flag", "re-evaluation", "unreadable")
    shown = ("kind", "patient", "side", "days", "site", "clinician", "payer", "place")
    around = ("Pain Clinic North", "Dr Ng", "Premera Blue Cross")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("Red flag", "hot", "right", "2", *around, "Observation/fever-hot"),
        ("Re-evaluation due", "forgotten", "right", "118", *around, "Procedure/given-forgotten-2025-02-03"),
        ("Injection cannot be read", "silent", "right", "118", *around, "Procedure/given-silent-2025-02-03"),
    ]
    assert rows[1]["why"] == "Injection of 2025-02-03: relief over weeks did not hold (20% relief for 2 weeks)"


def test_a_red_flag_is_told_by_what_meets_its_rule_alone(tmp_path: Path) -> None:
    """Weak bone: by age, by injections of a steroid, or by what the chart affirms; a fracture: only with its symptom."""
    four = [one for day in ("2024-09-02", "2024-11-04", "2025-01-06", "2025-03-03") for one in injection("four", day)]
    charts = [
        *patient("aged", "1945-07-21"), *injection("aged", "2025-02-03"), finding("aged", "osteoporosis", False),
        *patient("four"), *four,
        *patient("both", "1945-07-21"), *injection("both", "2025-02-03"), finding("both", "osteoporosis", True),
        finding("both", "sudden-sacral-pain", True),
        *patient("young"), *injection("young", "2025-02-03"), finding("young", "long-term-steroids", False),
    ]  # fmt: skip
    rows = worklist(charts, tmp_path, "red-flag")
    assert {(row["patient"], row["why"], row["place"]) for row in rows} == {
        ("aged", "Weak bone: Age 79 years", ""),
        ("both", "Weak bone: Osteoporosis; Age 79 years", "Observation/osteoporosis-both"),
        (
            "both",
            "Sacral insufficiency fracture, possible or shown: Sudden sacral or buttock pain without trauma; Osteoporosis; "
            "Age 79 years",
            "Observation/sudden-sacral-pain-both",
        ),
        (
            "four",
            "Weak bone: Steroid injections in twelve months at least 4 injections",
            "Procedure/given-four-2024-09-02",
        ),
    }
