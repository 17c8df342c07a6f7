"""Which policies hold for the patients of a payer: the list of a service, as it knows and the charts do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from sacroiliac.chart import files, yaml_lines
from sacroiliac.chart.yaml_lines import Value
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge

Payers = Mapping[str, tuple[str, ...]]
"""The policies of each payer, by its name on the charts."""
FORM = "Write the name of a payer as the results name it, a colon, and its policies in brackets: 'Premera: [premera_601527]'."
NEAREST = 3


def read(path: Path, knowledge: Knowledge) -> Payers:
    """The payers in a file: under the name of each a list of policies, by their ids or short names.

    :raises InputError: when it cannot be read, or names a policy that is not a payer's
    """
    text = files.content(path).decode()
    if not text.strip():
        raise InputError(f"{path}:1", "the file is empty", FORM)
    found = yaml_lines.parse(text, str(path))
    if not isinstance(found.content, dict):
        raise InputError(f"{path}:{found.line}", "is no list of payers", FORM)
    listed: dict[str, tuple[str, ...]] = {}
    for name, policies in found.content.items():
        if plain(name) in map(plain, listed):
            raise InputError(f"{path}:{policies.line}", f"'{name}' is there twice", "Keep one of them.")
        if not isinstance(policies.content, list):
            raise InputError(f"{path}:{policies.line}", f"'{name}' has no list of policies", FORM)
        listed[name] = tuple(_policy(one, path, knowledge) for one in policies.content)
    return listed


def of_payers(knowledge: Knowledge) -> list[str]:
    """The policies that decide on a request: those of payers and of whoever decides for them."""
    return [one.id for one in knowledge.policies.values() if one.kind in knowledge.population.payers]


def not_theirs(payers: Payers, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Each payer of a list with every policy that is another payer's."""
    for name, policies in payers.items():
        for one in of_payers(knowledge):
            if one not in policies:
                yield plain(name), one


def plain(name: str) -> str:
    """The name of a payer, however it is spaced and whether or not it has capital letters."""
    return " ".join(name.split()).lower()


def _policy(value: Value, path: Path, knowledge: Knowledge) -> str:
    """The policy that is meant.

    :raises InputError: when there is none, or when it decides on no request
    """
    name, place = value.content, f"{path}:{value.line}"
    if not isinstance(name, str):
        raise InputError(place, "a policy must be a word", FORM)
    known = of_payers(knowledge)
    named = {key.lower(): one.id for one in knowledge.policies.values() for key in (one.short, one.id)}
    found = named.get(name.lower())
    if found in known:
        return found
    if found is not None:
        raise InputError(place, f"'{name}' is not the policy of a payer", f"Known are: {', '.join(known)}.")
    close = get_close_matches(name.lower(), [key for key, one in named.items() if one in known], NEAREST, cutoff=0.4)
    cure = f"Nearest: {', '.join(close)}." if close else "'sacroiliac knowledge list policies' names all."
    raise InputError(place, f"there is no policy '{name}'", cure)
