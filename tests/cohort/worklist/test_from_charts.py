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


def patient(name: str) -> list[Resource]:
    """A patient with a visit at a site and a payer."""
    about = {"reference": f"Patient/{name}"}
    return [
        {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1979-07-21"},
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


def fever(name: str, answer: bool) -> Resource:
    """Whether there is a fever."""
    return {
        "resourceType": "Observation", "id": f"fever-{name}", "status": "final", "effectiveDateTime": "2025-05-30",
        "subject": {"reference": f"Patient/{name}"}, "valueBoolean": answer,
        "code": {"coding": [{"system": FINDINGS, "code": "fever"}]},
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
    *patient("hot"), *injection("hot", "2025-05-20", **LOST), fever("hot", True),
    *patient("cool"), *injection("cool", "2025-05-20", **LOST), fever("cool", False),
]  # fmt: skip


def test_hand_made_charts_make_the_worklist_that_was_written_by_hand(tmp_path: Path) -> None:
    export, results, file = tmp_path / "export", tmp_path / "results", tmp_path / "list.csv"
    export.mkdir()
    for kind in {one["resourceType"] for one in CHARTS}:
        lines = [json.dumps(one) for one in CHARTS if one["resourceType"] == kind]
        (export / f"{kind}.ndjson").write_text("\n".join(lines) + "\n")
    run = ["cohort", "run", str(export), "-o", str(results), "--as-of", "2025-06-01", "--workers", "1"]
    assert main(run) == 0
    kinds = [word for kind in ("red-flag", "re-evaluation", "unreadable") for word in ("--kind", kind)]
    assert main(["cohort", "worklist", str(results), *kinds, "--format", "csv", "-o", str(file)]) == 0
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    shown = ("kind", "patient", "side", "days", "site", "clinician", "payer", "place")
    around = ("Pain Clinic North", "Dr Ng", "Premera Blue Cross")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("Red flag", "hot", "right", "12", *around, "Observation/fever-hot"),
        ("Re-evaluation due", "forgotten", "right", "118", *around, "Procedure/given-forgotten-2025-02-03"),
        ("Injection cannot be read", "silent", "right", "118", *around, "Procedure/given-silent-2025-02-03"),
    ]
    assert rows[1]["why"] == "Injection of 2025-02-03: relief over weeks did not hold (20% relief for 2 weeks)"
