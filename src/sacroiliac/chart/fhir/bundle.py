"""Take a chart apart into resources, and find the resource that a reference means.

A resource stays undecoded until its reader asks for it, so a file of some hundred megabytes needs little more memory than
its own size.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from sacroiliac.chart.facts import Origin, Unread
from sacroiliac.chart.fhir.shapes import Object, UnreadableError, parts, text
from sacroiliac.errors import InputError

Bytes: TypeAlias = bytes | memoryview | msgspec.Raw
Version: TypeAlias = tuple[str, int]
"""When a version was made, as it is written, and its number."""
DEEPEST_BUNDLE = 4
NO_RESOURCE = "entry without a resource"
NO_TYPE = "resource without a type"


class _Head(msgspec.Struct):
    resourceType: Any = None  # noqa: N815
    id: Any = None
    subject: Any = None
    patient: Any = None
    beneficiary: Any = None
    meta: Any = None


class _Entry(msgspec.Struct):
    fullUrl: Any = None  # noqa: N815
    resource: msgspec.Raw = msgspec.Raw()
    request: Any = None


class _Bundle(msgspec.Struct):
    entry: list[_Entry] | None = None
    link: Any = None


class _LooseBundle(msgspec.Struct):
    entry: msgspec.Raw = msgspec.Raw()
    link: Any = None


_HEAD = msgspec.json.Decoder(_Head)
_ENTRY = msgspec.json.Decoder(_Entry)
_BUNDLE = msgspec.json.Decoder(_Bundle)
_LOOSE = msgspec.json.Decoder(_LooseBundle)
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder()


@dataclass(slots=True)
class Held:
    """A resource that is known by its head only.

    :param key: what makes it one resource: its URL on a server, else type and id, else its content
    :param about: its references to a patient, as they stand
    """

    raw: Bytes
    type: str
    id: str | None
    url: str | None
    place: str
    file: str
    key: str
    about: list[Any]
    version: Version


@dataclass(slots=True)
class Item:
    """A resource in full, with its place in the chart."""

    content: Object
    type: str
    place: str
    file: str
    key: str
    url: str | None = None
    parent: Item | None = None

    def origin(self, words: str = "", where: str = "") -> Origin:
        """Where this resource, or ``where`` in it, stands."""
        place = f"{self.place}, {where}" if where else self.place
        return Origin(self.file, place, tidy(words))


def tidy(words: str, longest: int = 200) -> str:
    """Words of a chart on one line and of bounded length, so that no chart can spoil a report."""
    if len(words) <= longest and words.isprintable() and "  " not in words and words.strip() == words:
        return words  # nearly always
    line = " ".join(words.split())
    if not line.isprintable():
        line = "".join(one if one.isprintable() else "?" for one in line)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


# ------------------------------------------------------------------------------------------------- loading


@dataclass(slots=True)
class Loader:
    """Collects the resources of one or more files."""

    held: list[Held] = field(default_factory=list)
    notes: list[Unread] = field(default_factory=list)
    not_read: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def document(self, data: bytes, file: str) -> None:
        """All resources of a file: one JSON document, or one per line.

        :raises InputError: when it is not JSON from beginning to end
        """
        view = memoryview(data)
        lines = _lines(data)
        first, second = next(lines, None), None
        if first is not None and is_json(view[first[1] : first[2]]):
            second = next(lines, None)
        if first is None or second is None:
            self.resource(view, file, "", None, 0)
            return
        for number, start, end in chain((first, second), lines):
            self.resource(view[start:end], file, f"line {number}", None, 0)

    def resource(self, raw: Bytes, file: str, place: str, url: str | None, depth: int) -> None:
        """One resource; those of a bundle one by one.

        :param place: where it stands, for resources without an id
        """
        try:
            head = _HEAD.decode(raw)
        except msgspec.ValidationError:
            self._count(NO_TYPE)
            self.note("resource", "not readable: it is not a JSON object", file, place)
            return
        except RecursionError:
            raise nested(file, place) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _broken(error, raw, file, place) from None
        kind = head.resourceType if type(head.resourceType) is str else None
        if kind == "Bundle":
            self._bundle(raw, file, place, depth)
        elif not kind:
            self._count(NO_TYPE)
            self.note("resource", "not readable: it has no resourceType", file, place)
        else:
            self.held.append(_held(raw, head, kind, file, place, url))

    def note(self, what: str, why: str, file: str, place: str) -> None:
        """Something about the chart as a whole that a reader of the review should know."""
        self.notes.append(Unread(what, why, Origin(file, place)))

    def delete(self, name: str) -> None:
        """Leave out a resource wherever it stands, in all its versions.

        :param name: type and id, as a request names it
        """
        self.deleted.add("/".join(name.split("/_history/")[0].rsplit("/", 2)[-2:]))
        self._count(NO_RESOURCE)

    def _count(self, kind: str) -> None:
        self.not_read[kind] = self.not_read.get(kind, 0) + 1

    def _bundle(self, raw: Bytes, file: str, place: str, depth: int) -> None:
        if depth > DEEPEST_BUNDLE:
            raise nested(file, place)
        prefix = f"{place}, " if place else ""
        entries, links = self._entries(raw, file, prefix)
        if any(isinstance(one, dict) and one.get("relation") == "next" for one in links):
            self.note("Bundle", "the search result has further pages that are not in this file", file, place)
        for number, entry in entries:
            where = f"{prefix}entry {number}"
            method, target = _request(entry.request)
            if bytes(memoryview(entry.resource)[:5]) in (b"", b"null"):
                if method == "DELETE" and target:
                    self.delete(target)
                else:
                    self._count(NO_RESOURCE)
            elif method == "DELETE":
                self._count(NO_RESOURCE)
                self.note(where, "deleted", file, where)
            else:
                url = entry.fullUrl if type(entry.fullUrl) is str and entry.fullUrl else None
                self.resource(entry.resource, file, where, url, depth + 1)

    def _entries(self, raw: Bytes, file: str, prefix: str) -> tuple[list[tuple[int, _Entry]], list[Any]]:
        """The entries with their numbers, and the links of a bundle; entries of a wrong shape are noted."""
        try:
            bundle = _BUNDLE.decode(raw)
            return list(enumerate(bundle.entry or (), 1)), _listed(bundle.link)
        except msgspec.ValidationError:
            loose = _LOOSE.decode(raw)
        try:
            raws = _RAWS.decode(loose.entry)
        except msgspec.ValidationError:
            self.note("Bundle", "not readable: 'entry' is not a list", file, prefix.removesuffix(", "))
            return [], _listed(loose.link)
        entries = []
        for number, one in enumerate(raws, 1):
            try:
                entries.append((number, _ENTRY.decode(one)))
            except msgspec.ValidationError:
                self._count(NO_RESOURCE)
                self.note(f"entry {number}", "not readable: it is not an entry", file, f"{prefix}entry {number}")
        return entries, _listed(loose.link)


def _lines(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each line that is not blank."""
    start, number = 0, 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        # A line of JSON is told by its first characters; only a line that begins with many blanks is looked at whole.
        if data[start : min(end, start + 64)].strip() or data[start:end].strip():
            yield number, start, end
        start = end + 1


def is_json(line: Bytes) -> bool:
    """Whether a line is JSON by itself."""
    try:
        _HEAD.decode(line)
    except msgspec.ValidationError:
        return _is_whole(line)  # what opens a list over many lines is refused as no object before its end is missed
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


def _is_whole(line: Bytes) -> bool:
    try:
        _ANY.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _request(value: Any) -> tuple[str | None, str | None]:
    if not isinstance(value, dict):
        return None, None
    method, url = value.get("method"), value.get("url")
    return (method.upper() if isinstance(method, str) else None), (url if isinstance(url, str) else None)


def _held(raw: Bytes, head: _Head, kind: str, file: str, place: str, url: str | None) -> Held:
    identity = head.id if type(head.id) is str and head.id and head.id.isprintable() and len(head.id) <= 200 else None
    if url is not None and url.startswith("http"):
        key = url
    elif identity is not None:
        key = f"{kind}/{identity}"
    else:
        key = url or hashlib.blake2b(bytes(raw), digest_size=16).hexdigest()
    kind = tidy(kind, 60)
    where = f"{kind}/{identity}" if identity else f"{place or 'the whole file'}, {kind}"
    about = [one for one in (head.subject, head.patient, head.beneficiary) if one is not None]
    return Held(raw, kind, identity, url, where, file, key, about, version(head.meta))


def version(meta: Any) -> Version:
    """How new a resource is, by its ``meta``: of two versions the newer one is greater."""
    if not isinstance(meta, dict):
        return "", 0
    updated, written = meta.get("lastUpdated"), meta.get("versionId")
    number = int(written) if isinstance(written, str) and written.isascii() and written.isdigit() else 0
    return (updated if isinstance(updated, str) else ""), number


def nested(file: str, place: str) -> InputError:
    """The error for a file made to exhaust the reader."""
    return InputError(f"{file}: {place}" if place else file, "nested too deeply", "A FHIR resource nests a few levels.")


_BYTE = re.compile(r"\(byte (\d+)\)")
_NOT_JSON = (b"NaN", b"Infinity")


def _broken(error: Exception, raw: Bytes, file: str, place: str) -> InputError:
    where, reason = f"{file}: {place}" if place else file, str(error)
    data = bytes(raw)
    match = _BYTE.search(reason)
    if match is not None:
        byte = int(match[1])
        if not place:
            line = data.count(b"\n", 0, byte) + 1
            where = f"{file}:{line}" if b"\n" in data.rstrip() else f"{file}: byte {byte}"
        found = [name.decode() for name in _NOT_JSON if name in data[max(0, byte - 9) : byte + 9]]
        reason = f"{found[0]} is not a number of JSON" if found else _BYTE.sub("", reason).strip()
    elif "truncated" in reason and not data.rstrip().endswith(b"}"):
        return InputError(where, "the file ends in the middle", "Export or copy it again.")
    else:
        reason = "JSON is malformed"
    return InputError(where, f"not readable as FHIR: {reason}", "Export the chart again, or correct the file.")


# -------------------------------------------------------------------------------------------- references


@dataclass(slots=True)
class Store:
    """The resources of a chart, each once, and what each reference means.

    ``others`` are of types that nobody reads: they are counted, and no reference leads to them.
    """

    held: list[Held] = field(default_factory=list)
    others: list[Held] = field(default_factory=list)
    by_url: dict[str, Held] = field(default_factory=dict)
    by_name: dict[str, list[Held]] = field(default_factory=dict)

    def resolve(self, reference: Object | None, item: Item) -> Item | None:
        """The resource that a Reference in ``item`` means, if it is in the chart.

        :raises UnreadableError: when the reference or the resource has a wrong shape
        """
        written = None if reference is None else text(reference, "reference")
        if written is None:
            return None
        if written.startswith("#"):
            return contained(item, written[1:])
        found = self.find(written, item.url)
        return None if found is None else open_(found)

    def key(self, reference: Object, item: Item) -> str | None:
        """The key of the resource that a Reference in ``item`` means, if it is in the chart."""
        written = text(reference, "reference")
        if written is None:
            return None
        if written.startswith("#"):
            owner = item.parent or item
            return f"{owner.key}{written}"
        found = self.find(written, item.url)
        return None if found is None else found.key

    def keys(self, parent: Object, name: str, item: Item) -> list[str]:
        """The keys of a list of references (or of one reference); those that lead nowhere are left out."""
        value = parent.get(name)
        references = [value] if type(value) is dict else parts(parent, name)
        found = [self.key(one, item) for one in references]
        return [key for key in found if key is not None]

    def find(self, written: str, base: str | None) -> Held | None:
        """The resource that a written reference means; ``base`` is the URL of the resource it stands in."""
        written = written.split("|")[0].split("/_history/")[0]
        if written in self.by_url:
            return self.by_url[written]
        name = "/".join(written.rsplit("/", 2)[-2:])
        named = self.by_name.get(name, [])
        if written.startswith("http"):
            named = [one for one in named if one.url is None or not one.url.startswith("http")]
        elif base is not None and base.startswith("http"):
            server = base.rsplit("/", 2)[0]
            named = [one for one in named if one.url == f"{server}/{name}"] or named
        return named[0] if len(named) == 1 else None


def store(loader: Loader, types: frozenset[str] | None = None) -> Store:
    """The resources of a loader, each once: of several versions the newest is kept, the others are noted.

    :param types: the types that are read (None: all)
    """
    groups: dict[str, list[Held]] = {}
    found = Store()
    for one in loader.held:
        if types is None or one.type in types:
            groups.setdefault(one.key, []).append(one)
        else:
            found.others.append(one)
    for group in groups.values():
        kept = group[0] if len(group) == 1 else _newest(group, loader)
        if f"{kept.type}/{kept.id}" in loader.deleted:
            _leave_out(loader, kept, "deleted in this history")
            continue
        found.held.append(kept)
        if kept.url is not None:
            found.by_url[kept.url] = kept
        if kept.id is not None:
            found.by_name.setdefault(f"{kept.type}/{kept.id}", []).append(kept)
    return found


def _newest(group: list[Held], loader: Loader) -> Held:
    """The newest version, whatever the order in the file."""
    ordered = sorted(group, key=lambda one: (*one.version, bytes(one.raw)))
    kept = ordered[-1]
    for one in ordered[:-1]:
        same = bytes(one.raw) == bytes(kept.raw)
        _leave_out(loader, one, "the same resource again" if same else "another version of the same resource is used")
    return kept


def _leave_out(loader: Loader, one: Held, why: str) -> None:
    loader.not_read[one.type] = loader.not_read.get(one.type, 0) + 1
    loader.note(one.type, why, one.file, one.place)


def open_(held: Held) -> Item:
    """The resource in full.

    :raises UnreadableError: when a number in it is out of range
    :raises InputError: when it is nested too deeply
    """
    try:
        content = _ANY.decode(held.raw)
    except RecursionError:
        raise nested(held.file, held.place) from None
    except msgspec.MsgspecError:  # all else was found when its head was read
        raise UnreadableError("a number in it is too large (out of range)") from None
    return Item(content, held.type, held.place, held.file, held.key, held.url)


def contained(item: Item, name: str) -> Item | None:
    """The contained resource ``name`` of ``item``, or of the resource that ``item`` is contained in."""
    owner = item.parent or item
    for one in contained_in(owner):
        if one.content.get("id") == name:
            return one
    return None


def contained_in(owner: Item) -> Iterable[Item]:
    """The resources contained in ``owner``."""
    for number, one in enumerate(parts(owner.content, "contained"), 1):
        kind, identity = text(one, "resourceType"), text(one, "id")
        name = f"#{identity}" if identity else f", contained {number}"
        yield Item(one, kind or "", f"{owner.place}{name}", owner.file, f"{owner.key}{name}", owner.url, owner)
