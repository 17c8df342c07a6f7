"""A service may say which policies hold for the patients of which payer: then no other payer's are told of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sacroiliac.cli import main
from sacroiliac.cohort import payers
from sacroiliac.cohort.results import opened
from sacroiliac.cohort.worklist.entries import Worklist
from sacroiliac.knowledge import load
from tests.cohort.made import Row, case, injection, of, written

FUSION = "sij_fusion_mi_transfixing"
TWO = ("premera_601527", "highmark_s230")
KINDS = ("repeat_radiofrequency", "not_requested", "one_fact")
WHO = {"premera": "Premera Blue Cross", "highmark": "highmark  INC", "else": "Somebody Else", "nobody": None}


def town() -> dict[str, list[Row]]:
    """Patients of some payers, of each of whom two payers' and a society's policies say the same."""
    return {
        "cases": [case(name, payer=payer, repeat_radiofrequency="met") for name, payer in WHO.items()],
        "injections": [injection(name, 100) for name in WHO],
        "policies": [
            row
            for name in WHO
            for row in (
                *(of(name, policy=one, service=FUSION, verdict="met") for one in TWO),
                *(of(name, policy=one, service="sij_rfa", verdict="met") for one in TWO),
            )
        ],
        "missing": [
            of(name, policy=one, service="sij_rfa", finding="nicotine_status", detail="") for name in WHO for one in TWO
        ],
        "options": [of(name, option="radiofrequency", status="open") for name in WHO],
    }


def listed(folder: Path, theirs: payers.Payers | None) -> dict[tuple[str, str], str]:
    """By whose policies each patient is on the worklist, for each kind."""
    with opened(folder, load(), payers=theirs) as results:
        found = Worklist(results, KINDS, {})
        return {(one.kind.id, one.patient): one.policies for one in found.entries()}


def test_only_the_policies_of_the_patients_own_payer_are_told_where_it_is_known(tmp_path: Path) -> None:
    folder = written(tmp_path / "results", **town())
    file = tmp_path / "payers.yaml"
    file.write_text("PREMERA blue cross: [Premera]\nHighmark Inc: [highmark_s230]\n")
    both = listed(folder, None)
    own = listed(folder, payers.read(file, load()))
    assert both.keys() == own.keys() == {(kind, name) for kind in KINDS for name in WHO}
    assert set(both.values()) == {"HM-fus, Premera"}
    for kind in KINDS:
        assert (own[kind, "premera"], own[kind, "highmark"]) == ("Premera", "HM-fus")
        # Of whom no payer is known, or another one, nothing is left out: it may be theirs.
        assert own[kind, "else"] == own[kind, "nobody"] == "HM-fus, Premera"


@pytest.mark.parametrize(
    "spelt",
    [
        "  Premera Blue Cross ",
        "PREMERA  BLUE   CROSS",
        "\tPremera\tBlue Cross\n",
        "Premera\N{NO-BREAK SPACE}Blue Cross",
    ],
)
def test_a_payer_is_known_however_it_is_spaced(spelt: str, tmp_path: Path) -> None:
    """Else the list would seem to hold for patients of whom it is not used."""
    tables = town()
    tables["cases"] = [row | {"payer": spelt} for row in tables["cases"]]
    folder = written(tmp_path / "results", **tables)
    with opened(folder, load(), payers={"Premera Blue Cross": TWO[:1]}) as results:
        found = Worklist(results, KINDS, {})
        assert found.unnamed == []
        assert {one.policies for one in found.entries()} == {"Premera"}


def test_the_list_in_the_manual_can_be_read(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "cohort.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", manual, re.DOTALL)
    file = tmp_path / "payers.yaml"
    file.write_text(example)
    assert payers.read(file, load()) == {
        "Premera Blue Cross": ("premera_601527",),
        "Highmark": ("highmark_s230", "highmark_z62"),
        "County plan": (),
    }


def test_a_payer_without_a_policy_has_no_entry_by_one(tmp_path: Path) -> None:
    folder = written(tmp_path / "results", **town())
    own = listed(folder, {"Somebody Else": ()})
    assert ("not_requested", "else") not in own
    assert ("not_requested", "premera") in own


def test_societies_are_nobodys_payer_and_stay(tmp_path: Path) -> None:
    tables = town()
    tables["policies"] += [of("else", policy="ipsis_auc", service="sij_rfa", verdict="met")]
    folder = written(tmp_path / "results", **tables)
    assert listed(folder, {"Somebody Else": ()})["repeat_radiofrequency", "else"] == load().policies["ipsis_auc"].short


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", ":1", "empty"),
        ("[a]", ":1", "is no list of payers"),
        ("Premera: premera_601527", ":1", "has no list of policies"),
        ("Premera:\n  - premera_60152", ":2", "there is no policy 'premera_60152'"),
        ("Premera: [{a: b}]", ":1", "a policy must be a word"),
        ("Premera: [ipsis_auc]", ":1", "is not the policy of a payer"),
        ("Premera: [premera_601527]\n'premera ': []", ":2", "is there twice"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(
    text: str, place: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "results", **town())
    file = tmp_path / "payers.yaml"
    file.write_text(text)
    assert main(["cohort", "worklist", str(folder), "--payers", str(file)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"payers.yaml{place}" in said.err
    assert problem in said.err
    assert "template" not in said.err  # that is how a chart begins


def test_the_command_says_whose_policies_and_which_payers_nobody_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "results", **town())
    file = tmp_path / "payers.yaml"
    file.write_text("Premera Blue Cross: [Premera]\nPremera Blue Crss: [Premera]\n")
    assert main(["cohort", "worklist", str(folder), "--payers", str(file)]) == 0
    said = capsys.readouterr()
    assert "Policies: those of the patient's own payer (2 known)." in said.out
    assert "that no case names: Premera Blue Crss." in said.err
    assert main(["cohort", "worklist", str(folder), "--payers", str(file), "--format", "html"]) == 0
    assert "own payer (2 known)" in capsys.readouterr().out.replace("&#39;", "'")
