"""That the knowledge is whole: the tables it was made from have no row left out, and nothing is promised that no code
keeps. Counts and names come from the knowledge's own evidence where it holds them."""

from __future__ import annotations

from collections import Counter

from sacroiliac.cases.derive import DERIVED
from sacroiliac.knowledge import Knowledge, walk

# Findings that a reader of charts or the lists of injections make, not a derivation.
MADE_ELSEWHERE = {
    "crp_or_esr_raised", "medication_list_complete", "dx_blocks", "lbb_blocks", "tx_injections", "last_tx",
    "dx_blocks_both_sides", "lbb_blocks_both_sides", "tx_injections_both_sides",
}  # fmt: skip
# Derivations that only answer what was not asked, or repeat the patient's own entry.
NOT_SAID = {"pregnant", "months_postpartum", "sex", "conservative_failed"}

# Of each policy its short name and how many items were seen in the text of the payer or society (or a reprint of it),
# in a summary by others, on a machine-written page only, and how many are from memory.
ITEMS = {
    "cms_siji_lcd": ("CMS-inj", 15, 12, 0, 1),
    "cms_mi_arthrodesis_lcd": ("CMS-fus", 2, 2, 0, 3),
    "cms_mis_fusion_lcd_older": ("CMS-fus-old", 4, 0, 0, 4),
    "evicore_cmm203": ("eviC203", 0, 19, 0, 0),
    "evicore_cmm611": ("eviC611", 0, 20, 0, 0),
    "aetna_cpb0016": ("Aetna", 0, 3, 19, 1),
    "anthem_cg_surg_111": ("Anthem", 2, 0, 0, 0),
    "carelon_sij_fusion": ("Carelon", 0, 0, 0, 8),
    "uhc_placeholder": ("UHC", 0, 0, 0, 0),
    "bcbs_al_mp555": ("AL555", 9, 0, 0, 3),
    "bcbs_al_mp558": ("AL558", 7, 0, 0, 0),
    "bcbst_sij": ("TN", 3, 0, 0, 0),
    "healthpartners_sij": ("HealthP", 9, 0, 0, 0),
    "evolent_cam770": ("Evolent", 7, 0, 0, 1),
    "centene_cpmp166": ("Cent-inj", 11, 0, 0, 0),
    "centene_fusion": ("Cent-fus", 0, 4, 0, 0),
    "highmark_z62": ("HM-inj", 6, 0, 0, 1),
    "highmark_s230": ("HM-fus", 3, 0, 0, 0),
    "premera_601527": ("Premera", 1, 0, 0, 0),
    "wellsense_oca": ("WellS", 3, 0, 0, 0),
    "wa_htcc_fusion": ("WA-fus", 2, 0, 0, 0),
    "wa_lni_injections": ("WA-inj", 1, 0, 0, 2),
    "nass_2015_fusion": ("NASS", 6, 4, 0, 1),
    "isass_policy": ("ISASS", 1, 0, 0, 4),
    "aspn_2024": ("ASPN", 8, 0, 0, 1),
    "consensus_2025": ("Cons25", 0, 7, 0, 0),
    "ipsis_auc": ("AUC", 2, 0, 3, 0),
    "bmj_2025": ("BMJ", 2, 1, 0, 0),
    "nice_ng59": ("NG59", 2, 0, 1, 0),
    "nice_ipg578": ("IPG578", 0, 3, 0, 0),
    "nice_mtg39": ("MTG39", 1, 0, 0, 1),
    "vleeming_2008": ("Vleem", 3, 0, 0, 0),
    "vadod_2022": ("VA", 0, 0, 0, 2),
    "acr_appropriateness": ("ACR-img", 1, 1, 0, 0),
    "eular_imaging": ("EULAR", 2, 0, 0, 0),
    "asas_axspa": ("ASAS", 3, 0, 0, 0),
    "axspa_referral": ("axSpA-ref", 4, 0, 0, 0),
    "acr_axspa_local_steroid": ("ACR-rh", 0, 0, 1, 1),
    "cohere_packet": ("Cohere", 7, 0, 0, 0),
    "fusion_packet": ("FusPack", 0, 6, 0, 0),
}


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


def test_the_medication_rules_run_from_1_to_21(knowledge: Knowledge) -> None:
    numbers = {one.number.rstrip("ab") for one in knowledge.medications.rules}
    assert numbers == {f"M{number}" for number in range(1, 22)}


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


def test_the_policies_have_all_their_items(knowledge: Knowledge) -> None:
    """Each with the weight of the page it was seen on."""
    found = {}
    for name, policy in knowledge.policies.items():
        items = [*policy.scope_excluded, *(item for service in policy.services for _, item in service.own)]
        seen = Counter("recalled" if item.status == "recalled" else item.via for item in items)
        text = seen["primary"] + seen["reprint"]
        found[name] = (policy.short, text, seen["secondary"], seen["ai"], seen["recalled"])
    assert found == ITEMS
    assert (len(found), sum(sum(counts[1:]) for counts in found.values())) == (40, 267)


def test_the_policies_speak_of_all_services_and_contradict_each_other_where_they_did(knowledge: Knowledge) -> None:
    assert sum(len(policy.services) for policy in knowledge.policies.values()) == 78
    assert [one.id for one in knowledge.coverage.conflicts] == [f"x{number}" for number in range(1, 17)]


def test_every_item_that_was_seen_says_where(knowledge: Knowledge) -> None:
    """And those from memory name no page they were never seen on."""
    for policy in knowledge.policies.values():
        for service in policy.services:
            for _, item in service.own:
                assert (item.seen_at is None) == (item.status == "recalled"), item.id
                assert item.confirmed == (
                    item.status == "verified" and item.via in ("primary", "reprint", "secondary")
                ), item.id
