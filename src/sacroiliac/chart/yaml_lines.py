"""YAML (and JSON) with the line each value stands on, and without what a chart never needs.

Charts come from outside, so the reader refuses what could be used to exhaust the machine (aliases, deep
nesting) or to make objects (tags), and what is almost certainly a slip (the same key twice). A scalar stays
the text it is written as: ``0123`` is no octal number, ``1:30`` no number of minutes, ``no`` no truth.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from sacroiliac.errors import InputError

DEEPEST = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_REFUSED = {
    yaml.AliasToken: ("anchors and aliases are not read", "Write the value out."),
    yaml.AnchorToken: ("anchors and aliases are not read", "Write the value out."),
    yaml.TagToken: ("tags are not read", "Leave the word that begins with '!' out, or put it in quotes."),
}

# JSON writes a character beyond the first 65,536 as two escapes, which YAML does not put together.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)

Report = Callable[[InputError], None]


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its line: a scalar as text (None for an empty one), a list of values, or a dict of them."""

    content: Any
    line: int


def stop(error: InputError) -> None:
    """The report that stops at the first mistake."""
    raise error


def parse(text: str, file: str, report: Report = stop) -> Value:
    """The document in ``text``.

    :param report: called for a key that cannot be used (what was wrong is then left out)
    :raises InputError: when it is not one YAML document, nests too deeply, or uses an alias or a tag
    """
    if text.lstrip()[:1] in ("{", "["):
        text = _PAIR.sub(_one_character, text)
    try:
        _check(text, file)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise InputError(f"{file}:1", "the file is empty", "Start from 'sacroiliac template'.")
            return _value(node, file, report)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", None) or 0) + 1
        line = min(line, max(len(text.splitlines()), 1))  # the end of the text is marked behind its last line
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).split("\n")[0]
        raise InputError(
            f"{file}:{line}", f"not readable as YAML or JSON: {problem}", "Check indentation, colons and quotes."
        ) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}", "half of a character", "Save the file as UTF-8.") from None


def _one_character(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return pair[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _check(text: str, file: str) -> None:
    """Refuse what must not reach the parser: it would follow any nesting, however deep, until the stack is used up."""
    depth = 0
    for token in yaml.scan(text, Loader=_LOADER):
        place = f"{file}:{token.start_mark.line + 1}"
        if type(token) in _REFUSED:
            raise InputError(place, *_REFUSED[type(token)])
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > DEEPEST:
            raise InputError(place, "nested too deeply", f"A chart nests at most {DEEPEST} levels.")


def _value(node: Any, file: str, report: Report) -> Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Value] = {}
        for key_node, value_node in node.value:
            place = f"{file}:{key_node.start_mark.line + 1}"
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                report(InputError(place, "a key must be a word", "Write 'name: value'."))
            elif key in content:
                report(InputError(place, f"'{key}' is there twice", "Keep one of them, or write a list of values."))
            else:
                content[key] = _value(value_node, file, report)
        return Value(content, line)
    if isinstance(node, yaml.SequenceNode):
        return Value([_value(item, file, report) for item in node.value], line)
    return Value(None if node.tag == _NULL else str(node.value), line)
