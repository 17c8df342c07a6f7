"""Reading the knowledge files: every fault a file can have gets one message, and the cache never matters."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, EXIT_OK, InputError
from sacroiliac.knowledge import Knowledge, loading, schemas

PUBLISHED = Path(__file__).parent.parent.parent / "schemas" / "knowledge"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge files, to be broken."""
    return Path(shutil.copytree(loading.DATA, tmp_path / "data"))


def bomb(levels: int) -> str:
    """A few lines that stand for ten to the power of ``levels`` words."""
    lines = [
        f"    l{level}: &l{level} [{', '.join(['x' if level == 0 else f'*l{level - 1}'] * 10)}]"
        for level in range(levels)
    ]
    return "\n".join(
        ["- id: bomb", "  reference: x", "  topic: x", "  claim: a bomb", "  status: recalled", "  figures:", *lines]
    )


# File, what is added at its end (as bytes: what it holds instead; None: it is taken away), place and problem.
WINDOW = "- id: spare\n  label: spare\n  days: {value: 1, assumption: none, range: [0, 2]}\n"
BROKEN: dict[str, tuple[str, str | bytes | None, str, str]] = {
    "id twice in a file": ("windows.yaml", WINDOW + WINDOW, "windows.yaml", "'spare' is there twice"),
    "id twice in two files": (
        "findings/pain.yaml", "- {id: fever, label: Fever, area: pain, type: bool, meaning: twice}\n",
        "findings/red_flags.yaml", "'fever' is there twice"),
    "wrong type": ("windows.yaml", WINDOW.replace("1,", "one,"), "windows.yaml", "'spare': Expected `float`, got `str`"),
    "a field nobody defined": ("windows.yaml", WINDOW + "  colour: red\n", "windows.yaml", "'spare': Object contains unknown field `colour`"),
    "a field is missing": ("windows.yaml", "- id: spare\n  label: spare\n", "windows.yaml", "'spare': Object missing required field `days`"),
    "an id with capitals": ("windows.yaml", WINDOW.replace("spare", "Spare", 1), "windows.yaml", "'Spare': Expected `str` matching regex"),
    "a word that is not a status": ("evidence/mimics.yaml", "- {id: spare, reference: x, topic: x, claim: long enough, status: maybe}\n",
                                    "evidence/mimics.yaml", "'spare': Invalid enum value 'maybe'"),
    "no number": ("windows.yaml", WINDOW.replace("{value: 1,", "{"), "windows.yaml", "Object missing required field `value`"),
    "an entry that is a word": ("windows.yaml", "- spare\n", "windows.yaml", "Expected `object`, got `str`"),
    "no list": ("windows.yaml", b"id: acute\n", "windows.yaml", "Expected `array`, got `object`"),
    "nothing in the file": ("windows.yaml", b"", "windows.yaml", "Expected `array`, got `null`"),
    "brackets left open": ("windows.yaml", b"- id: a\n- {id: b\n  label: c\n- d", "windows.yaml:3", "not YAML: did not find expected ',' or '}'"),
    "a tab": ("windows.yaml", b"- id: a\n\t- b\n", "windows.yaml:2", "not YAML: "),
    "a key twice": ("windows.yaml", WINDOW + "  label: other\n", "windows.yaml:", "not YAML: 'label' is there twice"),
    "a key that is a list": ("windows.yaml", b"? [a, b]\n: c\n", "windows.yaml:1", "not YAML: a key must be a word"),
    "no such day": ("windows.yaml", b"- id: a\n  label: 2024-13-45\n", "windows.yaml", "not YAML: month must be in 1..12"),
    "a tag": ("windows.yaml", b"!!python/object/apply:os.system ['true']\n", "windows.yaml:1", "not YAML: could not determine a constructor"),
    "two documents": ("windows.yaml", b"- a\n---\n- b\n", "windows.yaml:2", "not YAML: "),
    "a control character": ("windows.yaml", b"- a\x07\n", "windows.yaml", "not YAML: "),
    "not UTF-8": ("windows.yaml", b"- id: a\xe9\n", "windows.yaml", "not UTF-8 text"),
    "nested without end": ("windows.yaml", b"[" * 5_000, "windows.yaml", "not YAML: "),
    "a bomb": ("evidence/diagnosis.yaml", bomb(10), "evidence/diagnosis.yaml:", "an alias may not stand for what holds an alias"),
    "an anchor nobody set": ("windows.yaml", b"- *nothing\n", "windows.yaml:1", "not YAML: found undefined alias"),
    "not there": ("windows.yaml", None, "windows.yaml", "cannot be read: No such file or directory"),
    "one item, not there": ("sources.yaml", None, "sources.yaml", "cannot be read: No such file or directory"),
    "no version": ("version.yaml", b"release: '1'\n", "version.yaml", "Object contains unknown field `release`"),
    "a fault between files": ("windows.yaml", WINDOW + "  cite: [nobody1999]\n", "knowledge: windows.spare", "cites 'nobody1999'"),
    "several faults between files": ("windows.yaml", WINDOW.replace("range: [0, 2]", "cite: [nobody1999]"), "knowledge: windows.spare", "(and 1 more faults)"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gets_one_message(name: str, folder: Path) -> None:
    """It names the file, and the entry or line in it, and says what to do."""
    file, content, place, says = BROKEN[name]
    if content is None:
        (folder / file).unlink()
    else:
        old = (folder / file).read_bytes()
        (folder / file).write_bytes(content if isinstance(content, bytes) else old + b"\n" + content.encode())
    with pytest.raises(InputError) as caught:
        loading.read(folder)
    assert place in caught.value.place
    assert says in caught.value.problem
    assert caught.value.cure.endswith(".")


def test_a_folder_in_the_place_of_a_file(folder: Path) -> None:
    (folder / "options" / "new.yaml").mkdir()
    for reading in (loading.read, loading.fingerprint):
        with pytest.raises(InputError, match="cannot be read: Is a directory"):
            reading(folder)


def test_an_alias_of_a_plain_list_is_read(folder: Path) -> None:
    """The files use them for citations that stand many times."""
    with (folder / "windows.yaml").open("a") as file:
        file.write(
            WINDOW
            + "  cite: &same [septic_sacroiliitis_hermet2012]\n"
            + WINDOW.replace("spare", "other")
            + "  cite: *same\n"
        )
    windows = loading.read_unchecked(folder).windows
    assert windows["spare"].cite == windows["other"].cite == ("septic_sacroiliitis_hermet2012",)


# ---------------------------------------------------------------------------------------------------- the cache


@pytest.fixture
def reads(folder: Path, tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """How often the files are read, each time standing in for the seconds that takes."""
    seen: list[Path] = []

    def read(place: Path) -> Knowledge:
        seen.append(place)
        return knowledge

    monkeypatch.setattr(loading, "DATA", folder)
    monkeypatch.setattr(loading, "read", read)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    loading.load.cache_clear()
    yield seen
    loading.load.cache_clear()


def load_anew() -> Knowledge:
    """The knowledge as another process would load it."""
    loading.load.cache_clear()
    return loading.load()


def kept(tmp_path: Path) -> list[Path]:
    """The files in the cache."""
    return sorted((tmp_path / "cache" / "sacroiliac").iterdir())


def same(one: Knowledge, other: Knowledge) -> bool:
    """Whether two knowledges hold the same."""
    return msgspec.json.encode(one) == msgspec.json.encode(other)


def test_the_files_are_read_once(reads: list[Path], tmp_path: Path, knowledge: Knowledge) -> None:
    """What comes out of the cache is what was put into it, whole."""
    assert same(load_anew(), knowledge)
    assert same(load_anew(), knowledge)
    assert len(reads) == 1
    (file,) = kept(tmp_path)
    assert file.name == f"knowledge-{loading.fingerprint(reads[0])}.msgpack"


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 100, b"\x80", "cut"], ids=["empty", "noise", "no fields", "cut off"]
)
def test_a_cache_that_is_not_whole_is_read_anew_and_replaced(
    content: bytes | str, reads: list[Path], tmp_path: Path, knowledge: Knowledge
) -> None:
    load_anew()
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:-100] if isinstance(content, str) else content)
    assert same(load_anew(), knowledge)
    assert len(reads) == 2
    assert file.read_bytes() == whole


@pytest.mark.parametrize("file", ["windows.yaml", "options/exercise.yaml", "version.yaml"])
def test_an_edited_file_is_read_anew_and_the_old_cache_goes(file: str, reads: list[Path], tmp_path: Path) -> None:
    load_anew()
    (old,) = kept(tmp_path)
    with (reads[0] / file).open("a") as edited:
        edited.write("\n# edited\n")
    load_anew()
    assert len(reads) == 2
    assert kept(tmp_path) != [old]
    assert len(kept(tmp_path)) == 1


def test_a_new_file_and_a_renamed_one_are_other_knowledge(folder: Path) -> None:
    found = {loading.fingerprint(folder)}
    (folder / "options" / "new.yaml").write_text("[]\n")
    found.add(loading.fingerprint(folder))
    (folder / "options" / "new.yaml").rename(folder / "options" / "newer.yaml")
    found.add(loading.fingerprint(folder))
    assert len(found) == 3


def test_another_version_of_the_program_does_not_use_the_cache(
    reads: list[Path], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code that reads the files is part of the fingerprint."""
    before = loading.fingerprint(folder)
    code = Path(
        shutil.copytree(Path(loading.__file__).parent, tmp_path / "code", ignore=shutil.ignore_patterns("data"))
    )
    (code / "model.py").write_text((code / "model.py").read_text() + "\n# newer\n")
    monkeypatch.setattr(loading, "__file__", str(code / "loading.py"))
    assert loading.fingerprint(folder) != before


def test_nowhere_to_keep_it_only_costs_time(
    reads: list[Path], tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file where the folder should be, and an account without a home."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert same(load_anew(), knowledge)
    assert same(load_anew(), knowledge)

    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(loading.Path, "home", no_home)
    assert same(load_anew(), knowledge)
    assert len(reads) == 3


def test_a_full_disk_leaves_nothing_half_written(
    reads: list[Path], tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loading.os, "replace", full)
    assert same(load_anew(), knowledge)
    assert not [one for one in kept(tmp_path) if one.suffix == ".msgpack"]


def test_the_version_changes_with_any_file(folder: Path, knowledge: Knowledge) -> None:
    """What a review shows as its knowledge is this very knowledge."""
    assert loading.read_unchecked(folder).version == knowledge.version
    (folder / "windows.yaml").write_text((folder / "windows.yaml").read_text() + "\n# edited\n")
    released, _, digits = loading.read_unchecked(folder).version.partition("-")
    assert released == knowledge.version.partition("-")[0]
    assert digits != knowledge.version.partition("-")[2]


def test_knowledge_check_lists_every_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loading, "DATA", folder)
    with (folder / "windows.yaml").open("a") as file:
        file.write(WINDOW.replace("range: [0, 2]", "cite: [nobody1999]"))
    assert main(["knowledge", "check"]) == EXIT_INPUT
    shown = capsys.readouterr().out
    assert "windows.spare.days: cites 'nobody1999'" in shown
    assert "windows.spare.days: an assumption needs the range over which it is swept" in shown
    assert "windows.spare: is used by no finding" in shown
    assert shown.splitlines()[-1].startswith("3 faults in ")


# ------------------------------------------------------------------------------------------- schemas for editors


def files_of(name: str) -> list[Path]:
    """The files that a schema is for."""
    place = loading.DATA / (loading.LISTED | loading.PLAIN)[name][0]
    return sorted(place.rglob("*.yaml")) if place.is_dir() else [place]


KINDS = [*loading.LISTED, *loading.PLAIN]
CYAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def validator(name: str) -> Any:
    """A validator by the published schema of one kind of file."""
    schema = json.loads((PUBLISHED / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schemas_are_those_in_use(tmp_path: Path) -> None:
    """``sacroiliac knowledge schema -o schemas/knowledge`` renews them."""
    assert main(["knowledge", "schema", "-o", str(tmp_path)]) == EXIT_OK
    made = {one.name: one.read_text() for one in tmp_path.iterdir()}
    assert made == {one.name: one.read_text() for one in PUBLISHED.iterdir()}
    assert set(made) == {f"{name}.schema.json" for name in KINDS} == set(schemas.schemas())


@pytest.mark.parametrize("name", [one for one in KINDS if one not in ("concepts", "evidence", "references")])
def test_a_shipped_file_is_valid_by_its_schema(name: str) -> None:
    for file in files_of(name):
        validator(name).validate(yaml.load(file.read_text(), CYAML))


@pytest.mark.parametrize("name", ["concepts", "evidence", "references"])
def test_the_long_lists_are_valid_entry_by_entry(name: str) -> None:
    """Some of each: the whole lists take long, and loading validates them anyway."""
    for file in files_of(name):
        validator(name).validate(yaml.load(file.read_text(), CYAML)[::20])


@pytest.mark.parametrize("name", KINDS)
def test_a_broken_file_is_refused_by_its_schema(name: str) -> None:
    """A misspelt field, which an editor should underline."""
    content = yaml.load(files_of(name)[0].read_text(), CYAML)
    entry = content[0] if isinstance(content, list) else content
    field = "label" if "label" in entry else next(iter(entry))
    entry[f"{field}x"] = entry.pop(field)
    with pytest.raises(jsonschema.ValidationError):
        validator(name).validate(content[:1] if isinstance(content, list) else content)
