"""That the knowledge is whole: the tables it was made from have no row left out, and nothing is promised that no code
keeps. Counts and names come from the knowledge's own evidence where it holds them."""

from __future__ import annotations

from sacroiliac.cases.derive import DERIVED
from sacroiliac.knowledge import Knowledge, walk

# Findings that a reader of charts or the lists of injections make, not a derivation.
MADE_ELSEWHERE = {
    "crp_or_esr_raised", "medication_list_complete", "dx_blocks", "lbb_blocks", "tx_injections", "last_tx",
}  # fmt: skip
# Derivations that only answer what was not asked, or repeat the patient's own entry.
NOT_SAID = {"pregnant", "months_postpartum", "sex", "conservative_failed"}


def test_every_finding_said_to_be_worked_out_is(knowledge: Knowledge) -> None:
    said = {one.id for one in knowledge.findings.values() if one.derived}
    made = {*DERIVED, *MADE_ELSEWHERE, *(one.id for one in knowledge.findings.values() if one.members)}
    assert said - made == set()
    assert set(DERIVED) - said == NOT_SAID
    assert set(DERIVED) <= set(knowledge.findings)


def test_whatever_a_review_may_ask_for_has_a_question(knowledge: Knowledge) -> None:
    asked = {name for group in knowledge.likelihoods.groups for name in group.asks}
    asked |= {name for flag in knowledge.red_flags.values() for name in flag.asks}
    assert [name for name in sorted(asked) if not knowledge.findings[name].question] == []


def test_every_source_is_weighed_by_findings_that_can_be_had_without_a_needle(knowledge: Knowledge) -> None:
    """Or only a procedure could tell it from the others."""
    weighed = {
        name
        for group in knowledge.likelihoods.groups
        if group.use == "model" and group.stage != "block"
        for name in group.sources
    }
    assert {one.id for one in knowledge.sources.sources} == weighed


def test_the_injection_table_has_all_its_rows(knowledge: Knowledge) -> None:
    assert {one.row for one in knowledge.injections.patterns} == {str(number) for number in range(15)}


def test_the_medication_rules_run_from_1_to_20(knowledge: Knowledge) -> None:
    numbers = {one.number.rstrip("ab") for one in knowledge.medications.rules}
    assert numbers == {f"M{number}" for number in range(1, 21)}


def test_every_published_opioid_factor_is_used_as_published(knowledge: Knowledge) -> None:
    figures = knowledge.evidence["cdc_2022_mme_factors"].figures
    published = {name.partition("_")[0]: value for name, value in figures.items() if isinstance(value, int | float)}
    assert {one.ingredient: one.factor.value for one in knowledge.medications.opioids} == published
    for opioid in knowledge.medications.opioids:
        assert (opioid.factor.published or "").startswith("cdc_2022_mme_factors.")
        assert (opioid.per == "mcg/h") == ("fentanyl" in opioid.ingredient)


def test_the_ladder_has_all_its_steps(knowledge: Knowledge) -> None:
    """From looking again to open fusion; each treatment of it says what to expect, and when to judge it."""
    steps = {one.step for one in knowledge.options.values()}
    assert {"0", "1", "1a", "1b", "2", "3", "4", "5", "6", "other"} <= steps
    for option in knowledge.options.values():
        if option.kind == "treatment":
            assert option.expected or option.supports or option.opposes, option.id
            assert option.follow_up or option.step == "other", option.id


def test_the_facts_that_policies_ask_for(knowledge: Knowledge) -> None:
    """Each stays in the vocabulary as long as a policy may name it."""
    assert sum(one.used_by_policies for one in knowledge.findings.values()) == 75


def test_every_tier_of_red_flags_has_flags_and_each_flag_an_action_and_a_question(knowledge: Knowledge) -> None:
    assert {one.tier for one in knowledge.red_flags.values()} == {"A", "B", "C"}
    for flag in knowledge.red_flags.values():
        assert flag.action
        assert flag.asks, flag.id


def test_every_number_says_where_it_comes_from(knowledge: Knowledge) -> None:
    """Published and derived ones lead to a reference; assumptions say why, and over which span they are swept."""
    for place, number in walk.numbers(knowledge):
        keys = [path.partition(".")[0] for path in ([number.published] if number.published else number.derived)]
        assert all(knowledge.evidence[key].reference in knowledge.references for key in keys), place
        assert keys or (number.assumption and number.range), place
