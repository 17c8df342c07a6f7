"""The CQL engine of another project: translates libraries and runs them on charts, in one process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sacroiliac.export.findings import NAME
from tests.fhir_validator import NODE

RUNNER = Path(__file__).parent.parent / "node" / "cql.mjs"
SIGNS = {"1": True, "0": False, "?": None}


class Engine:
    """Runs libraries. The definitions of the shared one are worked out once for a chart."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [str(NODE), str(RUNNER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.definitions: dict[str, list[str]] = {}

    def translate(self, libraries: Mapping[str, str], shared: str = NAME) -> None:
        """Take these libraries in place of those before.

        :raises AssertionError: when the translator finds a mistake in them
        """
        self.definitions = self.ask(libraries=libraries, shared=shared)["definitions"]

    def ask(self, **request: Any) -> dict[str, Any]:
        """One request and its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        found: dict[str, Any] = json.loads(line)
        return found

    def run(self, bundle: dict[str, Any], parameters: dict[str, Any], plain: bool = False) -> dict[str, Any]:
        """The answers of every definition on one chart, by ``library.definition``."""
        found = self.ask(bundle=bundle, parameters=parameters, plain=plain)
        return {
            f"{library}.{name}": SIGNS[sign]
            for library, names in self.definitions.items()
            for name, sign in zip(names, found[library], strict=True)
        }

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
