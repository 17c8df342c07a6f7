"""The FHIR R4 validator of another project, for what the program writes and for the charts it reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NODE = Path(sys.executable).parent / "node"
VALIDATOR = Path(__file__).parent / "node" / "validate.mjs"


def issues(resources: Sequence[dict[str, Any]]) -> list[str]:
    """What a FHIR R4 validator finds wrong with some resources."""
    lines = "\n".join(json.dumps(one) for one in resources)
    done = subprocess.run(
        [str(NODE), str(VALIDATOR)], input=lines, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    checked = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(checked) == len(resources)
    return [f"{one['resourceType']}/{one.get('id')}: {issue}" for one in checked for issue in one["issues"]]


def with_entries(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """A Bundle and each of its resources."""
    return [bundle, *(entry["resource"] for entry in bundle["entry"])]
