"""Exports to try populations on: random charts written as a FHIR Bulk Data export."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

from sacroiliac.knowledge import load
from tests.export.charts import Charts

Resource = dict[str, Any]


def charts(number: int, seed: int = 5) -> list[list[Resource]]:
    """The resources of some patients, each with an id of its own; some types nobody reads."""
    made, chance = Charts(load(), seed=seed), random.Random(seed)
    found = []
    for row in range(number):
        bundle, _ = made.chart()
        text = json.dumps([entry["resource"] for entry in bundle["entry"]])
        resources: list[Resource] = json.loads(text.replace('"Patient/p"', f'"Patient/p{row}"'))
        for one in resources:
            one["id"] = f"p{row}" if one["resourceType"] == "Patient" else f"{one['id']}-{row}"
        about = {"reference": f"Patient/p{row}"}
        resources += [
            {"resourceType": "Immunization", "id": f"imm-{row}-{one}", "status": "completed", "patient": about}
            for one in range(chance.randrange(4))
        ]
        resources += [
            {
                "resourceType": "Encounter",
                "id": f"visit-{row}",
                "status": "finished",
                "subject": about,
                "period": {"start": "2024-03-05T10:00:00Z"},
                "serviceProvider": {"reference": f"Organization/site-{row % 3}"},
                "participant": [{"individual": {"reference": f"Practitioner/doctor-{row % 5}"}}],
            },
            {
                "resourceType": "Coverage",
                "id": f"cover-{row}",
                "status": "active",
                "beneficiary": about,
                "payor": [{"display": f"Payer {row % 2}"}],
            },
        ]
        found.append(resources)
    return found


SHARED: list[Resource] = [
    *({"resourceType": "Organization", "id": f"site-{one}", "name": f"Site {one}"} for one in range(3)),
    *(
        {"resourceType": "Practitioner", "id": f"doctor-{one}", "name": [{"given": ["Dr"], "family": f"No. {one}"}]}
        for one in range(5)
    ),
]


def bulk(folder: Path, patients: list[list[Resource]], *, seed: int = 1, parts: int = 3, packed: bool = False) -> Path:
    """Write patients as an export: files by type, ``parts`` of each, lines in any order."""
    chance = random.Random(seed)
    files: dict[str, list[str]] = {}
    for resource in [*SHARED, *(one for resources in patients for one in resources)]:
        name = f"{resource['resourceType']}.{chance.randrange(parts):03d}.ndjson"
        files.setdefault(name, []).append(json.dumps(resource))
    folder.mkdir(parents=True)
    for name, lines in files.items():
        chance.shuffle(lines)
        data = "".join(f"{line}\n" for line in lines).encode()
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / name).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps({"transactionTime": "2025-01-01", "output": []}))
    return folder


def bundles(folder: Path, patients: list[list[Resource]]) -> Path:
    """Write patients as one Bundle each."""
    folder.mkdir(parents=True)
    for row, resources in enumerate(patients):
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
        (folder / f"{row:04d}.json").write_text(json.dumps(bundle))
    return folder
