"""The commands as a user meets them: what is printed, which exit code, and what happens to bad input."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sacroiliac import __version__
from sacroiliac.cli import main, parser
from sacroiliac.errors import EXIT_FAULT, EXIT_INPUT, EXIT_OK, EXIT_URGENT

ROOT = Path(__file__).parent.parent
HIP = str(ROOT / "examples" / "hip-behind-it.yaml")
FEVER = str(ROOT / "examples" / "fever-after-injection.yaml")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in its own process, as a shell would start it."""
    return subprocess.run(
        [sys.executable, "-m", "sacroiliac.cli", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_review_is_printed_and_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", HIP]) == EXIT_OK
    shown = capsys.readouterr()
    assert "SACROILIAC REVIEW   right side, 2025-06-01" in shown.out
    assert shown.err == ""


def test_an_urgent_red_flag_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", FEVER]) == EXIT_URGENT
    shown = capsys.readouterr().out
    headline = shown[shown.index("IN SHORT") : shown.index("RED FLAGS")]
    assert "STOP." in headline
    assert "Would tell most" not in headline


@pytest.mark.parametrize("format_", ["text", "json", "html", "fhir"])
def test_the_same_chart_gives_the_same_bytes(format_: str, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "two")]
    for file in files:
        assert main(["review", HIP, "--format", format_, "-o", str(file)]) == EXIT_OK
    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(files[0].read_bytes()) > 1000


def test_two_processes_give_the_same_bytes() -> None:
    """Hashes of text differ from process to process; nothing that is shown may depend on them."""
    assert run("review", HIP, "--format", "json").stdout == run("review", HIP, "--format", "json").stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hip_osteoarthritis", "HIP OSTEOARTHRITIS"),
        ("Hip osteoarthritis", "HIP OSTEOARTHRITIS"),
        ("radiofrequency", "RADIOFREQUENCY OF THE LATERAL BRANCHES"),
        ("groin-pain", "GROIN PAIN"),
        ("cauda equina", "cauda equina syndrome (same day)"),
    ],
)
def test_explain_opens_one_thing(name: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", HIP, "--explain", name]) == EXIT_OK
    assert says in capsys.readouterr().out


def test_explain_says_what_a_name_may_have_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", HIP, "--explain", "radiofrequncy"]) == EXIT_INPUT
    assert "Did you mean radiofrequency" in capsys.readouterr().err


def test_a_side_without_a_case_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", HIP, "--side", "left"]) == EXIT_INPUT
    assert "names the right side only" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["2025-13-01", "soon", "2025", "0000-00-00", ""])
def test_a_review_date_that_is_no_day(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", HIP, "--as-of", day]) == EXIT_INPUT
    assert "Write it as 2025-06-30." in capsys.readouterr().err


def test_nothing_after_the_review_date_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the injection there was no injection."""
    assert main(["review", HIP, "--as-of", "2025-01-01"]) == EXIT_OK
    assert "No sacroiliac injection of this side is on the chart." in capsys.readouterr().out


BAD_FILES = {
    "missing.yaml": (None, "no such file"),
    "empty.yaml": (b"", "empty"),
    "latin.yaml": ("patient: {id: Müller}".encode("latin-1"), "UTF-8"),
    "tabs.yaml": (b"patient:\n\t- id: x\n", ":2:"),
    "list.yaml": (b"- 1\n- 2\n", "A chart begins with 'patient:'"),
    "binary.json": (bytes(range(256)) * 10, "UTF-8"),
    "half.json": (b'{"resourceType": "Bundle", "entry": [', ""),
    "misspelt.yaml": (b"patient: {id: a}\nside: right\nfindings: {groin_pian: yes}\n", "Did you mean 'groin_pain'"),
    "side.yaml": (b"patient: {id: a}\nside: rigth\n", "rigth"),  # misspelt on purpose
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_input_gets_one_clear_message(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, says = BAD_FILES[name]
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    assert main(["review", str(file)]) == EXIT_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"sacroiliac: {file}")
    assert says in shown.err
    assert "Traceback" not in shown.err


def test_output_is_written_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "review.json"
    kept.write_text("the old review")
    assert main(["review", str(tmp_path / "none.yaml"), "-o", str(kept)]) == EXIT_INPUT
    assert kept.read_text() == "the old review"
    assert main(["review", HIP, "-o", str(tmp_path / "no" / "folder" / "x.txt")]) == EXIT_INPUT
    assert main(["review", HIP, "-o", str(tmp_path)]) == EXIT_INPUT
    assert "cannot be written" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["review.json"]


def test_a_written_review_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "review.txt"
    assert main(["review", HIP, "-o", str(file)]) == EXIT_OK
    assert file.stat().st_mode & 0o077 == 0


def test_a_reader_who_leaves_early_is_no_error() -> None:
    """``sacroiliac review CHART | head -1``."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        found = subprocess.run(
            [sys.executable, "-m", "sacroiliac.cli", "review", HIP], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (found.returncode, found.stderr) == (EXIT_OK, b"")


def test_a_terminal_that_cannot_show_lines_still_gets_the_review() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "sacroiliac.cli", "review", HIP],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (found.returncode, found.stderr) == (EXIT_OK, b"")
    assert b"SACROILIAC REVIEW" in found.stdout


def test_the_template_is_a_chart_that_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank = tmp_path / "blank.yaml"
    assert main(["template", "-o", str(blank)]) == EXIT_OK
    assert main(["check", str(blank)]) == EXIT_OK
    assert "Nothing was left that could not be understood." in capsys.readouterr().out


def test_check_tells_what_was_inferred_apart_from_what_was_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(ROOT / "examples" / "claim-only.json")]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "known from a settled claim only" in shown.partition("Understood, but inferred:")[2]
    assert "not used" not in shown


def test_check_lists_every_mistake_and_what_was_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "chart.yaml"
    file.write_text(
        "patient: {id: a, birth_date: 1970-01-01}\nside: right\n"
        "findings:\n  groin_pian: yes\n  thigh_thrust: positive\n  pain_nrs: 14\n"
    )
    assert main(["check", str(file)]) == EXIT_INPUT
    shown = capsys.readouterr().out
    assert "Thigh thrust" in shown
    assert "Not understood (2):" in shown
    assert f"{file}:4:" in shown
    assert f"{file}:6:" in shown


def test_knowledge_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["knowledge", "check"]) == EXIT_OK
    assert "no faults" in capsys.readouterr().out
    assert main(["knowledge", "list", "sources"]) == EXIT_OK
    head, *listed = capsys.readouterr().out.splitlines()
    assert head == "sources:"
    assert len(listed) == 15
    assert main(["knowledge", "show", "hip_osteoarthritis"]) == EXIT_OK
    assert "Hip osteoarthritis" in capsys.readouterr().out
    assert main(["knowledge", "why", "sembrano2009"]) == EXIT_OK
    assert "hip_osteoarthritis" in capsys.readouterr().out
    assert main(["knowledge", "show", "nothing_like_it"]) == EXIT_INPUT
    assert "nothing_like_it" in capsys.readouterr().err
    assert main(["knowledge", "schema", "-o", str(tmp_path)]) == EXIT_OK
    for file in tmp_path.iterdir():
        assert "$schema" in msgspec.json.decode(file.read_bytes())


def test_the_knowledge_list_says_when_there_is_no_such_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "list", "sorces"]) == EXIT_INPUT  # misspelt on purpose
    assert "sources" in capsys.readouterr().err


def test_version_and_help() -> None:
    assert run("--version").stdout == f"sacroiliac {__version__}\n"
    shown = run("--help").stdout
    for command in ("review", "check", "template", "knowledge", "schema"):
        assert re.search(rf"^    {command}\b", shown, re.MULTILINE)
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_help_comes_without_loading_anything_heavy() -> None:
    """Help is for people who wait."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from sacroiliac.cli import parser; parser(); print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"numpy", "msgspec", "yaml", "jinja2"} & set(loaded)


def test_every_option_says_what_it_is_for() -> None:
    (commands,) = [action for action in parser()._actions if action.dest == "command"]
    for command in commands.choices.values():  # type: ignore[union-attr]
        for action in command._actions:
            assert action.help, (command.prog, action.dest)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", HIP],
        ["check", str(ROOT / "examples" / "relief-lost-in-days-fhir.json")],
        ["template"],
        ["knowledge", "list"],
        ["knowledge", "list", "options"],
        ["knowledge", "show", "mis_fusion"],
        ["knowledge", "why", "laslett2005"],
    ],
    ids=" ".join,
)
def test_what_is_printed_fits_a_terminal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == EXIT_OK
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 10
    # A path or an address has no place to break.
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [("<?xml version='1.0'?><Bundle/>", "XML"), ("%PDF-1.4", "a PDF"), ("MSH|^~\\&|", "HL7 version 2")],
)
def test_other_kinds_of_files_are_named(
    content: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "chart"
    file.write_text(content)
    assert main(["review", str(file)]) == EXIT_INPUT
    said = capsys.readouterr().err
    assert kind in said
    assert "Export the chart as FHIR JSON" in said


def test_a_chart_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "chart.yaml"
    chart.write_bytes(Path(HIP).read_bytes())
    link = tmp_path / "link.yaml"
    link.symlink_to(chart)
    for output in (chart, link):
        assert main(["review", str(chart), "-o", str(output)]) == EXIT_INPUT
        assert main(["template", "-o", str(output)]) == EXIT_INPUT
    assert chart.read_bytes() == Path(HIP).read_bytes()
    assert "is the chart itself" in capsys.readouterr().err
    assert link.is_symlink()


def test_nothing_is_written_into_the_folder_of_a_chart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would be read with the chart the next time."""
    (tmp_path / "bundle.json").write_bytes((ROOT / "examples" / "claim-only.json").read_bytes())
    asked = ["--service", "sij_ia_diagnostic", "--policy", "CMS-inj"]
    for arguments in (
        ["review", str(tmp_path), "-o", str(tmp_path / "review.json")],
        ["coverage", str(tmp_path), "--service", "injection", "-o", str(tmp_path / "new" / "coverage.txt")],
        ["packet", str(tmp_path), *asked, "-o", str(tmp_path / "packet.html")],
        ["dtr", str(tmp_path), *asked, "-o", str(tmp_path / "new")],
    ):
        assert main(arguments) == EXIT_INPUT
        assert "is inside the folder of the chart. Name one outside it." in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.json"]


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    target, link = tmp_path / "review.txt", tmp_path / "link"
    link.symlink_to(target)
    assert main(["review", HIP, "-o", str(link)]) == EXIT_OK
    assert link.is_symlink()
    assert "SACROILIAC REVIEW" in target.read_text()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    assert main(["review", HIP, "-o", str(pipe)]) == EXIT_OK
    assert "SACROILIAC REVIEW" in reader.communicate(timeout=60)[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_full_or_closed_screen_is_one_message_and_never_a_red_flag() -> None:
    for redirection in ("> /dev/full", ">&-"):
        command = f"{shlex.quote(sys.executable)} -m sacroiliac review {shlex.quote(HIP)} {redirection}"
        ended = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == EXIT_INPUT
        assert "Traceback" not in ended.stderr
        assert "the screen: cannot be written" in ended.stderr


def test_a_fault_of_the_program_is_not_taken_for_a_red_flag(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("as if")

    monkeypatch.setattr("sacroiliac.review.Reviewer.review", broken)
    assert main(["review", HIP]) == EXIT_FAULT
    assert "a fault of the program" in capsys.readouterr().err


def test_a_chart_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "chart.yaml"
    chart.write_text('patient: {id: "\\x1b[31mred\\u202eturned"}\nside: left\nreview_date: 2025-06-01\n')
    assert main(["review", str(chart)]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "red" in shown
    assert not {"\x1b", "\u202e"} & set(shown)
