"""YAML (and JSON) with the line each value stands on, and without what a chart never needs.

Charts come from outside, so the reader refuses what could be used to exhaust the machine (aliases, deep
nesting) and what is almost certainly a slip (the same key twice).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from sacroiliac.errors import InputError

DEEPEST = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its line: a scalar, a list of values, or a dict from key to value."""

    content: Any
    line: int


def parse(text: str, file: str) -> Value:
    """The document in ``text``.

    :raises InputError: when it is not one YAML document, nests too deeply, repeats a key or uses an alias.
    """
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise InputError(
                    f"{file}:{token.start_mark.line + 1}", "anchors and aliases are not read", "Write the value out."
                )
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise InputError(file, "the file is empty", "Start from 'sacroiliac template'.")
            return _value(node, loader, file, 0)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else file
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise InputError(
            place, f"not readable as YAML or JSON: {problem}", "Check indentation, colons and quotes."
        ) from None
    except RecursionError:
        raise InputError(file, "nested too deeply", f"A chart nests at most {DEEPEST} levels.") from None


def _value(node: Any, loader: Any, file: str, depth: int) -> Value:
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        raise InputError(f"{file}:{line}", "nested too deeply", f"A chart nests at most {DEEPEST} levels.")
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                raise InputError(f"{file}:{line}", "a key must be a word", "Write 'name: value'.")
            if key in content:
                place = f"{file}:{key_node.start_mark.line + 1}"
                raise InputError(place, f"'{key}' is there twice", "Keep one of them, or write a list of values.")
            content[key] = _value(value_node, loader, file, depth + 1)
        return Value(content, line)
    if isinstance(node, yaml.SequenceNode):
        return Value([_value(item, loader, file, depth + 1) for item in node.value], line)
    if node.tag == "tag:yaml.org,2002:timestamp":
        return Value(str(node.value), line)
    try:
        return Value(loader.construct_object(node), line)
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{file}:{line}", f"cannot read '{node.value}': {error}", "Put it in quotes.") from None
