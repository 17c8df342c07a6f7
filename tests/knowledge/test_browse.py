"""Looking things up in the knowledge: whatever is listed can be opened, and shows where its numbers come from."""

from __future__ import annotations

import pytest

from sacroiliac.cli import main
from sacroiliac.errors import EXIT_INPUT, EXIT_OK, InputError
from sacroiliac.knowledge import Knowledge, browse, model, walk
from tests.knowledge.change import changed, fields


def of_kind(knowledge: Knowledge, kind: str) -> list[str]:
    """The ids listed of one kind."""
    return [name for _, name, _ in browse.listed(knowledge, kind)]


def test_everything_is_listed_with_a_label(knowledge: Knowledge) -> None:
    """Each kind has entries, each entry a label, and none is there twice."""
    rows = list(browse.listed(knowledge, None))
    assert {kind for kind, _, _ in rows} == set(browse.KINDS)
    assert len({(kind, name) for kind, name, _ in rows}) == len(rows)
    assert [(kind, name) for kind, name, label in rows if not label] == []


@pytest.mark.parametrize("kind", browse.KINDS)
def test_whatever_is_listed_can_be_shown(kind: str, knowledge: Knowledge) -> None:
    """Findings, concepts and the literature are many: every thirtieth of them."""
    names = of_kind(knowledge, kind)
    assert names
    for name in names[:: 30 if kind in ("findings", "concepts", "evidence", "references") else 1]:
        shown = browse.show(knowledge, name)
        assert f"{kind}: {name}\n" in shown
        assert "Struct" not in shown
        assert "Number(" not in shown


def numbers_below(knowledge: Knowledge, place: str) -> list[model.Number]:
    """The numbers of one item."""
    return [number for at, number in walk.numbers(knowledge) if at.startswith(f"{place}.")]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("discogenic", "sources.sources.discogenic"),
        ("provocation", "likelihoods.groups.provocation"),
        ("proven", "injections.delivery.proven"),
        ("sedation", "injections.modifiers.sedation"),
        ("mis_fusion", "options.mis_fusion"),
        ("acute", "windows.acute"),
    ],
)
def test_every_number_is_shown_with_origin_and_citation(name: str, place: str, knowledge: Knowledge) -> None:
    shown = browse.show(knowledge, name)
    numbers = numbers_below(knowledge, place)
    assert numbers
    for number in numbers:
        line = browse.number(number)
        assert line in shown
        assert f"[{number.origin}" in line
        for source in (number.published, *number.derived, number.how, number.assumption):
            assert not source or source in line, (source, line)
        assert not number.range or f"{number.range[0]:g} to {number.range[1]:g}" in line


def test_the_citations_of_an_assumption_are_shown(knowledge: Knowledge) -> None:
    number = knowledge.sources.sources[2].shares[0].value
    assert number.assumption
    assert number.cite
    assert all(key in browse.number(number) for key in number.cite)


def test_an_item_says_what_uses_it(knowledge: Knowledge) -> None:
    used = browse.show(knowledge, "groin_pain").partition("used by:")[2]
    assert "likelihoods.groups.groin.asks" in used
    assert "likelihoods.groups.groin.readings.0.when" in used
    used = browse.show(knowledge, "iohexol").partition("used by:")[2]
    assert used == "" or "findings." in used or "medications." in used
    used = browse.show(knowledge, "gabapentin").partition("used by:")[2]
    assert "medications.classes.gabapentinoids" in used
    used = browse.show(knowledge, "cms-dx-5").partition("used by:")[2]
    assert "policies.cms_siji_lcd: sij_ia_diagnostic" in used
    assert "policies.cms_siji_lcd: sij_lateral_branch_block" in used  # which inherits it
    assert "coverage.conflicts.x3" in used
    assert "policies.wa_htcc_fusion" in browse.show(knowledge, "wa-s1").partition("used by:")[2]
    used = browse.show(knowledge, "sij_lateral_branch_block").partition("used by:")[2]
    assert "policies.evicore_cmm203: sij_lateral_branch_block" in used
    assert "coverage.acts.steroid_with_block" in used
    used = browse.show(knowledge, "depalma2011_midline").partition("used by:")[2]
    assert "likelihoods.groups.midline.sources.discogenic.sensitivity" in used


def test_a_rule_that_cannot_be_read_does_not_hide_the_rest(knowledge: Knowledge) -> None:
    """The lint complains of it; looking things up goes on."""
    broken = changed(knowledge, "red_flags.cancer_soft_signs", fields(when="nothing"))
    assert "likelihoods.groups.groin" in browse.show(broken, "groin_pain")


def test_an_id_of_several_kinds_shows_each(knowledge: Knowledge) -> None:
    """Fever is a finding, a concept and a group."""
    shown = browse.show(knowledge, "fever")
    for kind in ("findings", "groups", "concepts"):
        assert f"{kind}: fever\n" in shown


@pytest.mark.parametrize("kind", ["references", "evidence"])
def test_why_finds_everything_that_rests_on_a_citation(kind: str, knowledge: Knowledge) -> None:
    """Against a search of its own through the whole knowledge, for every thirtieth citation."""
    cited: dict[str, set[str]] = {}
    for place, key in walk.citations(knowledge):
        cited.setdefault(key, set()).add(place)
    for name in of_kind(knowledge, kind)[::30]:
        keys = [name, *(one.id for one in knowledge.evidence.values() if one.reference == name)]
        wanted = {place for key in keys for place in cited.get(key, ()) if not place.startswith("evidence.")}
        lines = browse.why(knowledge, name).splitlines()
        found = {line.strip() for line in lines if line.startswith("  ")} - {browse.THROUGH_RECORDS}
        found = {line for line in found if not line.startswith(browse.NOTHING)}
        assert found == wanted, name
        for key in keys:
            assert any(line.startswith((f"{key}:", f"{key} [")) for line in lines)


def test_why_says_what_was_seen_and_what_not(knowledge: Knowledge) -> None:
    assert browse.why(knowledge, "depalma2011_midline").startswith("depalma2011_midline [verified]: ")
    assert browse.why(knowledge, "borowsky2008_combined_recalled").startswith(
        "borowsky2008_combined_recalled [recalled]: "
    )


def test_why_of_a_reference_on_whose_records_something_rests(knowledge: Knowledge) -> None:
    """Options rest on what was read in it: it must not be said that nothing does."""
    direct = {key for place, key in walk.citations(knowledge) if not place.startswith("evidence.")}
    through = {one.reference for one in knowledge.evidence.values() if one.id in direct} - direct
    name = next(one for one in knowledge.references if one in through)
    head, *records = browse.why(knowledge, name).strip().split("\n\n")
    assert head.endswith(browse.THROUGH_RECORDS)
    assert any(browse.NOTHING not in one for one in records)


def test_why_of_a_record_that_nothing_rests_on(knowledge: Knowledge) -> None:
    """With the reason that the record gives; one that gives none is a fault of the knowledge."""
    cited = {key for _, key in walk.citations(knowledge)}
    spare = next(name for name in knowledge.evidence if name not in cited)
    assert f"  nothing rests on it: {knowledge.evidence[spare].unused}\n" in browse.why(knowledge, spare)
    silent = changed(knowledge, f"evidence.{spare}", fields(unused=None))
    assert "  nothing rests on it\n" in browse.why(silent, spare)
    used = browse.why(knowledge, "depalma2011_midline")
    assert "nothing rests on it" not in used.partition("\n\n")[0]


@pytest.mark.parametrize(
    ("command", "name", "says"),
    [
        ("show", "hip_osteoarthrtis", "Did you mean hip_osteoarthritis"),  # misspelt on purpose
        ("show", "zzzzzz", "'sacroiliac knowledge list' names everything."),
        ("why", "sembrano2008", "Did you mean sembrano2009"),
        ("why", "hip_osteoarthritis", "no reference or evidence record has this id"),
        ("why", "zzzzzz", "'sacroiliac knowledge list references' names them."),
        ("list", "findigns", "Choose from findings, sources"),  # misspelt on purpose
    ],
)
def test_an_id_that_is_not_there(command: str, name: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One message with a suggestion, and exit code 2."""
    assert main(["knowledge", command, name]) == EXIT_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"sacroiliac: {name}: ")
    assert says in shown.err


def test_a_suggestion_is_made_once(knowledge: Knowledge) -> None:
    """The same id stands for things of several kinds."""
    with pytest.raises(InputError) as raised:
        browse.show(knowledge, "othercauses")
    suggested = str(raised.value).partition("Did you mean ")[2].rstrip("?").split(" or ")
    assert "other_causes" in suggested
    assert len(set(suggested)) == len(suggested)


@pytest.mark.parametrize("command", ["show", "why"])
def test_the_commands_print_what_browsing_finds(
    command: str, knowledge: Knowledge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["knowledge", command, "sembrano2009"]) == EXIT_OK
    assert capsys.readouterr().out.split() == getattr(browse, command)(knowledge, "sembrano2009").split()


def test_no_such_kind_is_an_input_error(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="no such kind"):
        list(browse.listed(knowledge, "nothing"))
