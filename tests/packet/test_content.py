"""What a packet says: only what the chart documents, of this side, up to the review date, each with its place."""

from __future__ import annotations

import re

import pytest

from sacroiliac.chart.dates import written_span
from sacroiliac.chart.read import read
from sacroiliac.errors import InputError
from sacroiliac.packet.model import Packet
from sacroiliac.packet.page import render
from tests.packet import packets
from tests.packet.packets import BLOCKS, LOST, MIXED, gaps, letter, of_text, packet, sentences

FUSION, INJECTION = "evicore_cmm611", "cms_siji_lcd"
CASES = [
    (BLOCKS, "fusion", FUSION), (BLOCKS, "fusion", "bcbs_al_mp555"), (BLOCKS, "27279", "fusion_packet"),
    (LOST, "injection", INJECTION), (LOST, "radiofrequency", "cms_siji_lcd"), (LOST, "injection", "evicore_cmm203"),
]  # fmt: skip


def made(case: tuple[str, str, str]) -> Packet:
    chart, service, policy = case
    return packet(chart, service, policy, True)


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one[1]}-{one[2]}")
def test_nothing_is_said_without_a_place(case: tuple[str, str, str]) -> None:
    one = made(case)
    places = {source.number: source for source in one.sources}
    assert list(places) == list(range(1, len(places) + 1))
    said = sentences(one)
    assert said
    for sentence in said:
        assert sentence.sources, sentence.text
        assert set(sentence.sources) <= set(places), sentence.text
    assert all(source.file for source in places.values())
    assert all(event.sources for event in one.timeline)


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one[1]}-{one[2]}")
def test_what_is_not_documented_is_never_met(case: tuple[str, str, str]) -> None:
    for service in made(case).requested:
        for item in service.criteria:
            assert (item.answer == "not documented") == bool(item.gaps), item.id
        decides = [item for item in service.criteria if item.standing == "decides"]
        if service.verdict == "met":
            assert all(item.answer == "met" for item in decides if not item.alternative)
        if any(item.answer in ("not met", "excluded") and not item.alternative for item in decides):
            assert service.verdict != "met"


def test_every_number_of_the_letter_is_one_of_the_chart() -> None:
    """No figure is worked out, rounded or recalled for the letter: each stands in the words of the places it names."""
    for case in CASES:
        one = made(case)
        born = written_span(read(case[0], packets.coverer().knowledge).patient.birth)
        words = {source.number: f"{source.words} {source.date}".replace("patient", born) for source in one.sources}
        for sentence in sentences(one.letter):
            assert not sentence.worked_out
            said = re.sub(r"\(0-10\)|of 10|P4|L5", "", sentence.text)
            chart = " ".join(words[number] for number in sentence.sources)
            for figure in re.findall(r"\d+(?:\.\d+)?", said):
                assert figure in chart, (figure, sentence.text, chart)


def test_the_other_side_is_left_out() -> None:
    one = of_text(MIXED, "fusion", FUSION)
    told = " ".join(said.text for said in sentences(one)) + " ".join(event.words for event in one.timeline)
    assert "40 percent" in told
    assert "left" not in told
    assert "37 percent" not in told
    assert "2024-11-11" not in told
    assert all(source.side != "left" for source in one.sources)
    assert {source.date for source in one.sources}.isdisjoint({"2024-11-11", "2025-05-21"})


def test_what_comes_after_the_review_is_left_out() -> None:
    one = of_text(MIXED, "fusion", FUSION)
    page = render(one)
    for later in ("2025-07-05", "2025-07-07", "2025-07-09", "91 percent"):
        assert later not in page, later
    assert "6 of 10" in letter(one)
    assert "9 of 10" not in letter(one)
    # Care that was to end later goes on at the review date; its planned end is not told.
    assert "Home exercise: from 2024-07-01, going on at the review date" in letter(one)


def test_a_count_over_both_joints_names_the_side_of_each() -> None:
    """Some payers count sessions of a patient: only in that row stands an injection of the other side, as what it is."""
    one = of_text(MIXED, "sij_ia_diagnostic", INJECTION)
    (row,) = [item for item in one.requested[0].criteria if item.id == "cms-dx-lim-1"]
    assert any("left sacroiliac joint" in said.text for said in row.said)
    assert "left" not in letter(one)
    assert not any("left" in event.words for event in one.timeline)


def test_contrary_facts_are_stated_as_they_are() -> None:
    one = of_text(MIXED, "fusion", FUSION)
    assert "First hours: 40 percent relief for 1 hour." in letter(one)
    assert "FABER (Patrick): negative (right, 2025-05-20)." in letter(one)
    assert "response: none" in letter(one)
    (row,) = [item for item in one.requested[0].criteria if item.id == "ev611-1"]
    assert row.answer == "not met"
    assert any("40 percent" in said.text for said in row.said)


def test_the_letter_names_what_is_missing() -> None:
    one = of_text(MIXED, "fusion", FUSION)
    named = gaps(one.letter)
    assert "site of the pain" in named
    assert "imaging" in named
    assert "plan: kind of implant" in named
    assert not any("relief after weeks" in gap for gap in named)  # no steroid was given
    page = render(one)
    for gap in named:
        assert f"[not documented: {gap}]" in page


def test_an_empty_chart_is_all_gaps() -> None:
    empty = "patient: {id: nobody}\nside: left\nreview_date: 2025-06-01\nfindings: {fever: no}\n"
    one = of_text(empty, "27279", FUSION)
    assert one.requested[0].verdict == "not documented"
    assert letter(one) == "Side of the pain: left (2025-06-01)."
    for gap in ("age", "sex", "site of the pain", "duration of the pain", "any injection of this joint"):
        assert gap in gaps(one.letter)
    assert one.timeline == ()
    assert "[not documented: conservative care and injections]" in render(one)


def test_an_injection_without_its_results_says_so() -> None:
    text = """\
patient: {id: test}
side: right
review_date: 2025-06-01
injections:
- {date: 2025-03-03, side: right, target: joint, intent: therapeutic, steroid: yes}
"""
    named = gaps(of_text(text, "injection", INJECTION).letter)
    for label in ("image guidance", "local anaesthetic", "relief in the anaesthetic hours", "relief after weeks"):
        assert f"injection of 2025-03-03: {label}" in named


def test_relief_that_was_worked_out_is_told_as_the_scores() -> None:
    text = """\
patient: {id: test}
side: right
review_date: 2025-06-01
injections:
- {date: 2025-03-03, side: right, target: joint, steroid: no, anesthetic: bupivacaine, pre_pain: 8, post_pain: 2, relief_hours: 5}
"""
    one = of_text(text, "fusion", FUSION)
    assert "Pain 8 of 10 just before, 2 of 10 at least in the hours after." in letter(one)
    assert "75 percent" not in letter(one)
    (row,) = [item for item in one.requested[0].criteria if item.id == "ev611-1"]
    assert any("75 percent" in said.text and "worked out" in said.worked_out for said in row.said)


@pytest.mark.parametrize(
    ("who", "told"), [("birth_date: 1970-06-15", "Date of birth: 1970-06-15."), ("age: 54", "Age: 54 years (")]
)
def test_the_letter_works_nothing_out(who: str, told: str) -> None:
    """An age is in the letter where it was written; where it was counted from the date of birth, that stands there."""
    one = of_text(MIXED.replace("birth_date: 1970-06-15", who), "fusion", FUSION)
    assert told in letter(one)
    assert ("Age:" in letter(one)) is who.startswith("age")
    assert not [said.text for said in sentences(one.letter) if said.worked_out]


def test_what_a_finding_was_worked_out_from_is_told() -> None:
    """A report that speaks against the request is in the letter, also where only its consequence is asked for."""
    inflamed = MIXED.replace(
        "  pain_onset_date", "  mri_sacroiliitis: {value: yes, date: 2025-04-04}\n  pain_onset_date"
    )
    assert "MRI positive for sacroiliitis: yes (2025-04-04)." in letter(of_text(inflamed, "fusion", FUSION))
    chart = str(packets.ROOT / "examples" / "inflammatory-young-woman.json")
    told = letter(packet(chart, "injection", "evicore_cmm203"))
    assert "CT or MRI of the lumbar spine on file: yes (2024-12-09)." in told
    assert "Age of the newest imaging" not in told


def test_contradictions_are_on_the_cover() -> None:
    text = """\
patient: {id: test}
side: right
review_date: 2025-06-01
findings:
  pain_below_l5:
  - {value: yes, date: 2025-05-20}
  - {value: no, date: 2025-05-20}
"""
    one = of_text(text, "fusion", FUSION)
    (said,) = one.disagreements
    assert "contradict each other" in said.text
    assert len(said.sources) == 2
    assert "The chart contradicts itself" in render(one)


def test_unconfirmed_points_are_shown_and_decide_nothing() -> None:
    one = packet(BLOCKS, "fusion", "bcbs_al_mp555")
    (service,) = one.requested
    unsure = [item for item in service.criteria if item.standing == "not confirmed"]
    assert [item.id for item in unsure] == ["al-10", "al-11", "al-12"]
    assert service.verdict == "not documented"
    assert service.with_unconfirmed == "not met"
    assert all(item not in service.not_met for item in (one.id for one in unsure))
    assert render(one).count("it decides nothing") == 3


def test_documents_are_listed_missing_or_named_as_absent() -> None:
    found = {one.code: (one.on_chart, one.named_absent) for one in of_text(MIXED, "27279", FUSION).documents}
    assert found["pt_notes"] == (True, False)
    assert found["imaging_report"] == (False, True)
    assert found["block_reports"] == (False, False)


def test_the_stage_the_chart_has_come_to() -> None:
    one = packet(LOST, "injection", INJECTION)
    assert [service.service for service in one.requested] == ["sij_ia_therapeutic_repeat"]
    assert len(one.set_aside) == 2
    planned = "planned: {implant_class: transfixing, approach: lateral}\n"
    assert [service.codes for service in of_text(MIXED + planned, "fusion", FUSION).requested] == [("27279",)]


@pytest.mark.parametrize(("policy", "seen"), [("bcbs_al_mp555", False), ("cms_siji_lcd", True)])
def test_a_policy_without_a_date_is_not_called_dated(policy: str, seen: bool) -> None:
    one = packet(BLOCKS, "fusion" if not seen else "injection", policy)
    assert (one.policy.since is not None) is seen
    notice = render(one).partition('<p class="notice">')[2].partition("</p>")[0]
    assert "dated" not in notice
    assert ("from what date it is in force was not seen" in notice) is not seen


def test_an_appeal_gives_both_sides() -> None:
    one = packet(LOST, "injection", INJECTION, True)
    assert one.appeal is not None
    (relief,) = [point for point in one.appeal.contested if point.id == "x1"]
    assert "cms-rep-2" in relief.items
    assert len({side.payer for side in relief.sides}) >= 4
    assert {side.own for side in relief.sides} == {True, False}
    fusion = packet(BLOCKS, "fusion", FUSION, True).appeal
    assert fusion is not None
    for evidence in fusion.evidence:
        assert evidence.supports
        assert evidence.opposes
    against = " ".join(said.text for one in fusion.evidence for said in one.opposes)
    assert "sponsored by the manufacturer" in against
    cited = {key for one in fusion.evidence for said in (*one.supports, *one.opposes) for key in said.cite}
    assert cited <= fusion.references.keys()


def test_no_appeal_unless_asked_for() -> None:
    assert packet(BLOCKS, "fusion", FUSION).appeal is None
    assert "For an appeal" not in render(packet(BLOCKS, "fusion", FUSION))


def test_an_urgent_red_flag_comes_first() -> None:
    fever = str(packets.ROOT / "examples" / "fever-after-injection.yaml")
    one = packet(fever, "injection", INJECTION)
    assert one.urgent
    page = render(one)
    assert page.index("First of all") < page.index("Policy</th>")


@pytest.mark.parametrize(
    ("service", "policy", "says"),
    [
        ("fusion", "evicore_cm611", "Did you mean evicore_cmm611"),
        ("radiofrequency", "bcbs_al_mp555", "says nothing about radiofrequency"),
        ("surgery", FUSION, "Choose from injection"),
        ("64625", FUSION, "says nothing about 64625"),
        ("99999", FUSION, "no such service"),
    ],
)
def test_what_cannot_be_asked(service: str, policy: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        packet(BLOCKS, service, policy)


def test_a_packet_is_for_one_side() -> None:
    both = MIXED.replace("side: right\nreview", "side: bilateral\nreview")
    with pytest.raises(InputError, match="Name one with --side"):
        of_text(both, "fusion", FUSION)


RICH = """\
patient: {id: rich, age: 61}
side: left
review_date: 2025-06-01
findings:
  sij_fusion: {value: yes, side: left, date: 2021-04-12}
  other_causes: [disc_herniation]
injections:
- {date: 2024-08, side: left, target: periarticular, intent: therapeutic, guidance: ultrasound, contrast: yes, anesthetic: other,
   steroid: yes, steroid_drug: triamcinolone, steroid_mg: 40, sustained_percent: 80, sustained_weeks: 200,
   complication: vasovagal reaction}
- {side: left, target: joint, anesthetic: none, steroid: no, contrast: no}
radiofrequency:
- {date: 2024-12-02, side: left}
treatments:
- {kind: cbt, weeks: 8, ongoing: no}
- {start: 2024-01-10}
planned: {implant_class: transfixing, approach: lateral, surgeon_trained: yes, same_day: {present: [], absent: [facet]}}
"""


def test_everything_a_record_may_hold_is_said_and_what_it_lacks_is_marked() -> None:
    one = of_text(RICH, "fusion", FUSION)
    told = letter(one)
    for said in (
        "2024-08: injection, left ligaments behind the sacroiliac joint (therapeutic), under ultrasound, with contrast, "
        "with a local anaesthetic, with triamcinolone 40 mg.",
        "Weeks after: 80 percent relief.",
        "Relief for 200 weeks is stated, but only",
        "Complication: vasovagal reaction.",
        "[not documented: date]: injection, left sacroiliac joint, without contrast, without local anaesthetic, without steroid.",
        "2024-12-02: radiofrequency of the sacral lateral branches, left side.",
        "Cognitive behavioural therapy: ended, 8 weeks.",
        "Planned surgeon trained in this operation: yes.",
        "Planned other procedures on the same day: not: facet.",
        "Sacroiliac fusion done on this side: yes (left, 2021-04-12).",
    ):
        assert said in told, said
    named = gaps(one.letter)
    for gap in (
        "relief after radiofrequency of 2024-12-02 and how long it lasted",
        "when cognitive behavioural therapy began",
        "response to cognitive behavioural therapy",
        "when treatment ended",
        "sex",
    ):
        assert gap in named, gap
    labels = [event.label for event in one.timeline]
    assert "Sacroiliac fusion done on this side" in labels
    page = render(one)
    assert '<span class="gap">[not documented: date]</span>' in page


def test_a_chart_without_a_side_says_so() -> None:
    one = of_text("patient: {id: test}\nreview_date: 2025-06-01\nfindings: {fever: no}\n", "fusion", FUSION)
    assert "side" in gaps(one.letter)
    assert one.letter.about.startswith("Minimally invasive fusion, device across the joint (code 27279)")
    assert "[not documented: side]" in render(one)


def test_the_code_that_the_chart_requests_chooses_the_service() -> None:
    one = of_text(MIXED + "planned: {requested_cpt: '27280'}\n", "fusion", FUSION)
    assert [service.codes for service in one.requested] == [("27280",)]
    assert all("the chart requests 27280" in left for left in one.set_aside)


@pytest.mark.parametrize(
    ("service", "planned", "asked"),
    [
        ("27096", "", "code 27096"),
        ("27096", "planned: {requested_cpt: '64451'}\n", "code 27096"),
        ("sij_ia_diagnostic", "planned: {requested_cpt: G0260}\n", "code G0260"),
        ("sij_lateral_branch_block", "", "code 64451"),
        ("sij_ia_diagnostic", "", "one of 27096, G0260, 64451, [to be filled in]"),
    ],
)
def test_no_code_is_requested_that_nobody_named(service: str, planned: str, asked: str) -> None:
    """The policy knows the service by several codes; the packet requests the one that was named, or leaves a gap."""
    one = of_text(MIXED + planned, service, INJECTION)
    assert f" ({asked}), side: right" in one.letter.about
    assert all(f" ({asked})" in part for part in one.letter.paragraphs[0].heading.split("; or "))
    cover = render(one).partition("Service</th>")[2].partition("</tr>")[0]
    codes = set(re.findall(r"27096|G0260|64451", cover))
    assert codes == set(re.findall(r"27096|G0260|64451", asked))


def test_a_code_to_be_filled_in_is_marked_as_a_gap() -> None:
    shown = render(of_text(MIXED, "sij_ia_diagnostic", INJECTION))
    assert (
        shown.count('64451, <span class="gap">[to be filled in]</span>') == 3
    )  # on the cover, and twice in the letter


def test_a_service_of_which_a_policy_does_not_speak() -> None:
    with pytest.raises(InputError, match="says nothing about sij_fusion_open"):
        packet(BLOCKS, "sij_fusion_open", "bcbs_al_mp555")
