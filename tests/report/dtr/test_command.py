"""The commands as a user meets them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, EXIT_OK, EXIT_URGENT

ROOT = Path(__file__).parent.parent.parent.parent
HIP = str(ROOT / "examples" / "hip-behind-it.yaml")
FEVER = str(ROOT / "examples" / "fever-after-injection.yaml")
ASKED = ["--service", "sij_ia_diagnostic", "--policy", "CMS-inj"]


def test_a_form_is_printed_or_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["questionnaire", *ASKED]) == EXIT_OK
    printed = capsys.readouterr().out
    assert main(["questionnaire", *ASKED, "-o", str(tmp_path / "form.json")]) == EXIT_OK
    assert (tmp_path / "form.json").read_text(encoding="utf-8") == printed
    assert json.loads(printed)["resourceType"] == "Questionnaire"


def test_three_documents_are_written_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert main(["dtr", HIP, *ASKED, "-o", str(folder)]) == EXIT_OK
    kinds = {one.name: json.loads(one.read_text(encoding="utf-8"))["resourceType"] for one in folder.iterdir()}
    assert kinds == {
        "questionnaire.json": "Questionnaire",
        "response.json": "QuestionnaireResponse",
        "bundle.json": "Bundle",
    }
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}


def test_an_urgent_red_flag_ends_with_1(tmp_path: Path) -> None:
    assert main(["dtr", FEVER, *ASKED, "-o", str(tmp_path)]) == EXIT_URGENT


def test_side_date_and_plan_are_taken(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("side: right\nplanned: {guidance: ct}\n", encoding="utf-8")
    more = ["--side", "right", "--as-of", "2025-07-01", "--plan", str(plan)]
    assert main(["dtr", HIP, *ASKED, *more, "-o", str(tmp_path)]) == EXIT_OK
    response = (tmp_path / "response.json").read_text(encoding="utf-8")
    assert json.loads(response)["authored"] == "2025-07-01"
    assert '"code": "ct"' in response


@pytest.mark.parametrize(
    "arguments",
    [
        ["dtr", HIP, "--service", "fusion", "--policy", "nobody"],
        ["dtr", HIP, "--service", "fusoin", "--policy", "CMS-inj"],
        ["dtr", HIP, "--service", "fusion", "--policy", "CMS-inj"],
        ["dtr", HIP, *ASKED, "--side", "left"],
        ["dtr", HIP, *ASKED, "--as-of", "yesterday"],
        ["dtr", "no-such-chart.yaml", *ASKED],
        ["questionnaire", "--service", "fusion", "--policy", "nobody"],
    ],
)
def test_bad_input_gets_one_message_and_writes_nothing(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert main([*arguments, "-o", str(output)]) == EXIT_INPUT
    shown = capsys.readouterr()
    assert shown.err.startswith("sacroiliac: ")
    assert shown.err.count("\n") == 1
    assert shown.out == ""
    assert not output.exists()


def test_the_chart_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "bundle.json"
    chart.write_bytes((ROOT / "examples" / "claim-only.json").read_bytes())
    before = chart.read_bytes()
    assert main(["dtr", str(chart), *ASKED, "-o", str(tmp_path)]) == EXIT_INPUT
    assert "is the chart itself" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.json"]
    assert chart.read_bytes() == before


def test_a_folder_that_cannot_be_made_gets_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["dtr", HIP, *ASKED, "-o", str(tmp_path / "file" / "folder")]) == EXIT_INPUT
    assert "cannot be made" in capsys.readouterr().err
