"""Read the knowledge files into the model.

Reading the YAML takes seconds, so the result is kept, compiled, in the user's cache folder under the
hash of everything it was made of. A changed file gives another hash and is read anew; the cache can be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sacroiliac.errors import InputError
from sacroiliac.knowledge import model, policy, population, simulation

DATA = Path(__file__).parent / "data"

# Where each part of the knowledge stands: file or folder, the type of its entries, and whether it is a list of
# entries with an id (kept by id), a plain list, or one item.
LISTED: dict[str, tuple[str, type[Any]]] = {
    "systems": ("systems.yaml", model.TerminologySystem),
    "references": ("references.yaml", model.Reference),
    "evidence": ("evidence", model.Evidence),
    "concepts": ("concepts", model.Concept),
    "windows": ("windows.yaml", model.Window),
    "findings": ("findings", model.Finding),
    "red_flags": ("red_flags.yaml", model.RedFlag),
    "options": ("options", model.Option),
    "schedules": ("schedules.yaml", model.Schedule),
    "policies": ("policies", policy.Policy),
}
PLAIN: dict[str, tuple[str, Any]] = {
    "sources": ("sources.yaml", model.Sources),
    "likelihoods": ("likelihoods.yaml", model.Likelihoods),
    "injections": ("injections.yaml", model.Injections),
    "medications": ("medications.yaml", model.Medications),
    "steps": ("steps.yaml", tuple[model.Step, ...]),
    "ranking": ("ranking.yaml", model.Ranking),
    "coverage": ("coverage.yaml", policy.Coverage),
    "population": ("population.yaml", population.Population),
    "simulation": ("simulation.yaml", simulation.Simulation),
}

T = TypeVar("T")


class _Version(model.Item, frozen=True, kw_only=True):
    """What stands in ``version.yaml``."""

    version: str


@lru_cache(maxsize=1)
def load() -> model.Knowledge:
    """The knowledge that comes with the program.

    :raises InputError: when a file does not fit the model or contradicts another.
    """
    name = fingerprint(DATA)
    cached = _cache_folder() / f"knowledge-{name}.msgpack"
    try:
        return msgspec.msgpack.decode(cached.read_bytes(), type=model.Knowledge)
    except (OSError, msgspec.MsgspecError):
        # No cache, or one that was cut off or made by other hands: read the files themselves.
        pass
    knowledge = read(DATA)
    _keep(cached, msgspec.msgpack.encode(knowledge))
    return knowledge


def fingerprint(folder: Path) -> str:
    """Hash of the knowledge files and of the code that reads them (16 hexadecimal digits)."""
    return _hash([*_files(folder), *sorted(Path(__file__).parent.glob("*.py"))])[:16]


def _hash(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            raise InputError(str(path), f"cannot be read: {error.strerror}", "Put the file back.") from None
    return digest.hexdigest()


def read(folder: Path) -> model.Knowledge:
    """The knowledge in ``folder``, read from its YAML files and checked.

    :raises InputError: naming the file, the place in it and what to change.
    """
    from sacroiliac.knowledge import lint  # checks need the rule language, which a start from cache does not

    knowledge = read_unchecked(folder)
    faults = [fault for fault in lint.check(knowledge) if fault.fatal]
    if faults:
        raise InputError(
            f"knowledge: {faults[0].place}",
            faults[0].problem + (f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""),
            "Correct the file; 'sacroiliac knowledge check' lists every fault.",
        )
    return knowledge


def read_unchecked(folder: Path) -> model.Knowledge:
    """The knowledge in ``folder`` as its types allow it, without the checks between the files.

    :raises InputError: when a file does not fit the model
    """
    parts: dict[str, Any] = {name: _entries(folder / path, kind) for name, (path, kind) in LISTED.items()}
    parts |= {name: _item(folder / path, kind) for name, (path, kind) in PLAIN.items()}
    parts["findings"] = _with_medication_values(parts["findings"], parts["concepts"], parts["medications"])
    released = _item(folder / "version.yaml", _Version).version
    return model.Knowledge(version=f"{released}-{_hash(_files(folder))[:8]}", **parts)


def _entries(path: Path, kind: type[model.Item]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in _files(path) if path.is_dir() else [path]:
        entries: list[Any] = _convert(file, _yaml(file), list[kind])  # type: ignore[valid-type]
        for entry in entries:
            if entry.id in found:
                raise InputError(str(file), f"'{entry.id}' is there twice", "Give one of them another id.")
            found[entry.id] = entry
    return found


def _item(path: Path, kind: type[T]) -> T:
    return _convert(path, _yaml(path), kind)


def _convert(file: Path, data: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        where = _entry_name(data, str(error))
        raise InputError(
            str(file), f"{where}{error}", "See the JSON Schema of the file for what may stand there."
        ) from None


def _entry_name(data: Any, message: str) -> str:
    """The id of the list entry that ``message`` points at with ``$[3]``."""
    _, found, rest = message.partition("$[")
    if not found or not isinstance(data, list) or not rest.split("]")[0].isdigit():
        return ""
    entry = data[int(rest.split("]")[0])]
    return f"'{entry['id']}': " if isinstance(entry, dict) and "id" in entry else ""


def _yaml(file: Path) -> Any:
    import yaml  # slow to import, and not needed when the compiled knowledge is at hand

    repeated: set[Any] = set()

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Refuses the second of two equal keys, which would silently take the place of the first, and aliases of
        what holds aliases, a few lines of which can stand for more than the machine holds.
        """

        def construct_object(self, node: Any, deep: bool = False) -> Any:
            if isinstance(node, yaml.CollectionNode) and node in self.constructed_objects:
                if any(below in repeated for below in _below(node)):
                    raise yaml.constructor.ConstructorError(
                        problem="an alias may not stand for what holds an alias", problem_mark=node.start_mark
                    )
                repeated.add(node)
            return super().construct_object(node, deep)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            names: set[Any] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.constructor.ConstructorError(problem="a key must be a word", problem_mark=key.start_mark)
                if key.value in names:
                    raise yaml.constructor.ConstructorError(
                        problem=f"'{key.value}' is there twice", problem_mark=key.start_mark
                    )
                names.add(key.value)
            return dict(super().construct_mapping(node, deep))

    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise InputError(where, f"not YAML: {getattr(error, 'problem', error)}", "Correct the line.") from None
    except OSError as error:
        raise InputError(str(file), f"cannot be read: {error.strerror}", "Put the file back.") from None
    except UnicodeDecodeError:
        raise InputError(str(file), "not UTF-8 text", "Save the file as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        # A date such as 2024-13-45, or brackets without end.
        raise InputError(str(file), f"not YAML: {error}", "Correct the line.") from None


def _below(node: Any) -> Iterator[Any]:
    """Every part of a YAML node."""
    for part in node.value if isinstance(node.value, list) else ():
        for one in part if isinstance(part, tuple) else (part,):
            yield one
            yield from _below(one)


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.rglob("*.yaml")))


def _with_medication_values(
    findings: dict[str, model.Finding], concepts: dict[str, model.Concept], medications: model.Medications
) -> dict[str, model.Finding]:
    values = {
        "medications": tuple(concept.id for concept in concepts.values() if concept.kind == "medication"),
        "drug_classes": tuple(group.id for group in medications.classes),
    }
    return {
        name: msgspec.structs.replace(finding, values=values[finding.values_from]) if finding.values_from else finding
        for name, finding in findings.items()
    }


def _cache_folder() -> Path:
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:
        base = os.devnull  # an account without a home: there is nowhere to keep it
    return Path(base) / "sacroiliac"


def _keep(path: Path, content: bytes) -> None:
    """Write ``content`` whole or not at all; a folder that cannot be written to only costs time."""
    try:
        import tempfile  # not needed when the compiled knowledge is at hand

        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
        for old in path.parent.glob("knowledge-*.msgpack"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        pass
