"""What the documents say is so: commands, excerpts, links, folders, dependencies, words."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from sacroiliac.chart import plain
from sacroiliac.cli import parser
from tests.charts import reviewer

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("fhir/*.md")], key=lambda one: one.relative_to(ROOT)
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def blocks(document: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, flags=re.DOTALL | re.MULTILINE)


def section(document: str, title: str) -> str:
    """The text under a heading."""
    return document.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


# ------------------------------------------------------------------------------------------------- README


def excerpts() -> tuple[str, str]:
    """What the README shows of the review of one example: the top, and the sources with the reasons for the first."""
    real = (ROOT / "examples" / "expected" / "hip-behind-it.txt").read_text(encoding="utf-8")
    top = real.split("\nRED FLAGS\n")[0]
    sources = re.findall(r"^PAIN SOURCES\n.*?\n\n.*?\n\n.*?\n(?=\n)", real, flags=re.DOTALL | re.MULTILINE)
    return top, sources[0]


def test_the_terminal_output_in_the_readme_is_real(request: pytest.FixtureRequest) -> None:
    shown, real = blocks(README, "console"), excerpts()
    if request.config.getoption("--accept"):
        new = README
        for old, lines in zip(shown, real, strict=True):
            command = old.splitlines(keepends=True)[0] if old.startswith("$ ") else ""
            new = new.replace(old, command + lines)
        (ROOT / "README.md").write_text(new, encoding="utf-8")
        shown = blocks(new, "console")
    assert [re.sub(r"^\$ .*\n", "", block) for block in shown] == list(real), "Accept it with --accept."


def test_every_command_in_the_documents_can_be_given() -> None:
    given = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        lines = [line for block in [*blocks(text, "sh"), *blocks(text, "console")] for line in block.splitlines()]
        given += [line.removeprefix("$ ").removeprefix(".venv/bin/") for line in lines if "sacroiliac " in line]
    commands = [line for line in given if line.startswith("sacroiliac ")]
    assert len(commands) >= 7
    for line in commands:
        words = shlex.split(line, comments=True)
        try:
            parser().parse_args(words[1:])
        except SystemExit:
            pytest.fail(f"the documents name a command that does not exist: {line}")


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE)
    named = re.findall(r"make ([a-z]+)", README)
    assert {"demo", "test"} <= set(named) <= set(targets)
    head = makefile.split("VENV", 1)[0]
    assert set(targets) - {"clean"} <= set(re.findall(r"^# make ([a-z]+)", head, flags=re.MULTILINE))


def test_the_ten_line_chart_of_the_readme_is_understood_whole() -> None:
    (chart,) = blocks(README, "yaml")
    assert len(chart.splitlines()) <= 10
    mistakes: list[Exception] = []
    read = plain.read(chart, "README.md", reviewer().knowledge, mistakes.append)
    assert mistakes == []
    (review,) = reviewer().review([read])
    assert review.injections[0].pattern is not None
    assert review.injections[0].pattern.row == "8"


# ---------------------------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (document.parent / link.split("#")[0]).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_every_file_named_in_a_document_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|docs|tests|schemas|scripts|requirements|examples|fhir|bench)/[\w./-]+)`", text)
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_all_commands_and_options_are_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    documented = text.replace("`sacroiliac ", "`")

    def check(one: argparse.ArgumentParser, name: str) -> int:
        found = 0
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                found += sum(check(below, f"{name} {word}".strip()) for word, below in action.choices.items())
            elif action.dest != "help":
                missing = [option for option in action.option_strings if f"`{option}" not in documented]
                assert not missing, f"{name}: {missing}"
                found += 1
        assert not name or f"`{name}" in documented, name
        return found

    assert check(parser(), "") >= 12


# --------------------------------------------------------------------------------------------- ARCHITECTURE


def test_the_folders_of_the_architecture_are_those_of_the_package() -> None:
    table = section(ARCHITECTURE, "Folders")
    named = set(re.findall(r"^\| `(\w+)/`", table, flags=re.MULTILINE))
    there = {one.parent.name for one in (ROOT / "src" / "sacroiliac").glob("*/__init__.py")}
    assert named == there


def test_the_layers_of_the_architecture_are_those_that_are_checked() -> None:
    (contract,) = PROJECT["tool"]["importlinter"]["contracts"]
    layers = [name for layer in contract["layers"] for name in re.findall(r"\w+", layer.replace("sacroiliac.", ""))]
    order = re.findall(r"^\| `(\w+)/`", section(ARCHITECTURE, "Folders"), flags=re.MULTILINE)
    assert [one for one in layers if one in order] == order


def test_every_dependency_has_its_reason() -> None:
    said = section(ARCHITECTURE, "Dependencies").lower()
    needed = [re.split(r"[<>=\[]", one)[0].lower() for one in PROJECT["project"]["dependencies"]]
    for name in needed:
        assert re.search(rf"^\| {re.escape(name)} \| .+ \|$", said, flags=re.MULTILINE), name
    wanted = (ROOT / "requirements" / "test.in").read_text(encoding="utf-8").splitlines()
    for line in wanted:
        name = re.split(r"[<>=\[]", line)[0].strip().lower()
        if name and not name.startswith("#"):
            assert name in said, name


# ------------------------------------------------------------------------------------------------- GLOSSARY


def test_the_glossary_is_in_order_and_each_word_once() -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    words = re.findall(r"^\*\*([^*]+)\.\*\*", text, flags=re.MULTILINE)
    assert len(words) >= 30
    assert words == sorted(set(words), key=str.lower)


def test_every_word_of_the_glossary_is_used() -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    words = re.findall(r"^\*\*([^*]+)\.\*\*", text, flags=re.MULTILINE)
    code = " ".join(one.read_text(encoding="utf-8") for one in (ROOT / "src").rglob("*.py")).lower()
    assert [word for word in words if word.lower() not in code.replace("_", " ")] == []
