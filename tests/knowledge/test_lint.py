"""Every check of the knowledge, proven able to fail.

Each row of the table is the knowledge that comes with the program with one thing changed, and the fault that this
one thing must bring: its place, and what is wrong there. A check without a row fails the last test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sacroiliac.knowledge import Knowledge, lint, model
from sacroiliac.knowledge.policy import Effective
from tests.knowledge.change import changed, entry, fields, put, without

Change = Callable[[Any], Any]
G, S, J, F, P = "likelihoods.groups", "sources.sources", "injections", "findings", "policies"
SURE = model.Number(value=0.5, assumption="for a test", range=(0.1, 0.9))


def number(value: float, low: float = -1000.0, high: float = 1000.0) -> model.Number:
    """A number that has nothing wrong but, perhaps, its value."""
    return model.Number(value=value, assumption="for a test", range=(low, high))


def again(item: Any) -> Any:
    """The last of a list once more."""
    return (*item, item[-1])


def again_as(name: str) -> Change:
    """One more name in a list."""
    return lambda listed: (*listed, name)


def first(**values: Any) -> Change:
    """Give some fields of the first entry of a list other values."""
    return lambda listed: (fields(**values)(listed[0]), *listed[1:])


def last(**values: Any) -> Change:
    """Give some fields of the last entry of a list other values."""
    return lambda listed: (*listed[:-1], fields(**values)(listed[-1]))


def coded(value: Any) -> Change:
    """Let the first concept of a finding mean another value."""
    return lambda one: fields(codes=(model.CodedAs(concept="fever", value=value),))(one)


def version(policy: str, since: str) -> Change:
    """Put a newer version of a policy beside it."""
    newer = f"{policy}_b"
    return lambda all_: entry(
        newer, fields(id=newer, family=policy, effective=Effective(since=since, as_seen=since))(all_[policy])
    )(all_)


# The check, what is changed, how, the place of the fault, and what it says.
FAULTS: list[tuple[str, str, Change, str, str]] = [
    # ---- where things come from
    ("citations", f"{G}.groin", fields(cite=("nobody1999",)), f"{G}.groin", "cites 'nobody1999', which is neither a reference nor"),
    ("citations", "windows.acute", fields(cite=("nobody1999",)), "windows.acute", "cites 'nobody1999'"),
    ("citations", f"{G}.groin.sources.labral_tear.sensitivity", fields(cite=("nobody1999",)),
     f"{G}.groin.sources.labral_tear.sensitivity", "cites 'nobody1999'"),
    ("citations", "evidence.coexist_sembrano2009", fields(reference="nobody1999"), "evidence.coexist_sembrano2009", "cites 'nobody1999'"),
    ("citations", "evidence.coexist_sembrano2009", fields(seen_at=None), "evidence.coexist_sembrano2009",
     "is verified without saying where it was seen"),
    ("citations", "references", lambda all_: entry("coexist_sembrano2009", all_["sembrano2009"])(all_),
     "evidence.coexist_sembrano2009", "is also the key of a reference; give it an id of its own"),
    # ---- numbers and their origin
    ("numbers", f"{G}.groin.weight", fields(assumption=None), f"{G}.groin.weight", "exactly one of published, derived or assumption"),
    ("numbers", f"{G}.midline.sources.discogenic.sensitivity", fields(assumption="and a guess"),
     f"{G}.midline.sources.discogenic.sensitivity", "exactly one of published, derived or assumption"),
    ("numbers", "windows.acute.days", fields(range=None), "windows.acute.days", "an assumption needs the range over which it is swept"),
    ("numbers", "windows.acute.days", fields(range=(50.0, 90.0)), "windows.acute.days", "the range (50.0, 90.0) does not contain 42"),
    ("numbers", "windows.acute.days", fields(value=7.0), "windows.acute.days", "the range (14.0, 92.0) does not contain 7"),
    ("numbers", "windows.acute.days", fields(value=float("inf"), range=(0.0, float("inf"))), "windows.acute.days", "a number is finite"),
    ("numbers", f"{G}.midline.specificity", fields(how=None), f"{G}.midline.specificity", "a derived number says how"),
    ("numbers", f"{G}.midline.specificity", fields(derived=("depalma2011_midline.nothing",)), f"{G}.midline.specificity",
     "there is no figure 'depalma2011_midline.nothing'"),
    ("numbers", f"{S}.discogenic.shares", last(value=model.Number(value=0.3, derived=("priors_discogenic_manchikanti2009.prevalence_range.7",), how="x")),
     f"{S}.discogenic.shares.2.value", "there is no figure 'priors_discogenic_manchikanti2009.prevalence_range.7'"),
    ("numbers", f"{S}.discogenic.shares", last(value=model.Number(value=0.3, derived=("priors_depalma2011.disc.x",), how="x")),
     f"{S}.discogenic.shares.2.value", "there is no figure 'priors_depalma2011.disc.x'"),
    ("numbers", f"{G}.midline.sources.discogenic.sensitivity", fields(value=0.9), f"{G}.midline.sources.discogenic.sensitivity",
     "is 0.9, but 'depalma2011_midline.midline_in_disc' is 0.958"),
    ("numbers", "evidence.depalma2011_midline.figures", entry("midline_in_disc", "most"),
     f"{G}.midline.sources.discogenic.sensitivity", "is 0.958, but 'depalma2011_midline.midline_in_disc' is 'most'"),
    ("numbers", "evidence.depalma2011_midline.figures", entry("midline_in_disc", "11/14"),
     f"{G}.midline.sources.discogenic.sensitivity", "is 0.958, but 'depalma2011_midline.midline_in_disc' is '11/14'"),
    # ---- rules
    ("rules", "red_flags.cancer_soft_signs", fields(when="wieght_loss"), "red_flags.cancer_soft_signs.when",  # misspelt on purpose
     "there is no fact 'wieght_loss'; did you mean 'weight_loss'?"),  # misspelt on purpose
    ("rules", "red_flags.cancer_soft_signs", fields(when="pain_severity == 'bad'"), "red_flags.cancer_soft_signs.when",
     "'bad' is not a legal value; choose from mild, moderate, severe (at character 18 of: pain_severity == 'bad')"),
    ("rules", "red_flags.cancer_soft_signs", fields(when="weight_loss and"), "red_flags.cancer_soft_signs.when", "not an expression"),
    ("rules", "red_flags.cancer_soft_signs", fields(when="injection.steroid"), "red_flags.cancer_soft_signs.when", "there is no fact 'injection'"),
    ("rules", f"{J}.delivery.proven", fields(when="probability.facet > 0.5"), f"{J}.delivery.proven.when", "there is no fact 'probability'"),
    ("rules", "steps.repeat", fields(when="pattern == 'nothing'"), "steps.repeat.when", "'nothing' is not a legal value"),
    ("rules", f"{F}.spa_features.members", entry("uveitis", "uveitis > 1"), f"{F}.spa_features.members.uveitis", "is a yes-or-no fact, not a number"),
    ("rules", "options.exercise.criteria", first(rule="n(faber) > 1"), "options.exercise.criteria", "'faber' is a yes-or-no fact, not a set"),
    # ---- findings
    ("findings", f"{F}.spa_features.members", without("uveitis"), f"{F}.spa_features", "needs a rule for each of its values"),
    ("findings", f"{F}.hip_adduction.words", entry("stuck", "does not move"), f"{F}.hip_adduction", "has words for stuck, not among its values"),
    ("findings", f"{F}.fever", fields(fields={"x": model.Field(type="bool", meaning="nothing")}), f"{F}.fever", "has fields if, and only if,"),
    ("findings", f"{F}.rfa_history", fields(fields={}), f"{F}.rfa_history", "has fields if, and only if,"),
    ("findings", f"{F}.docs", fields(values=()), f"{F}.docs", "a set lists the words that may be in it"),
    ("findings", f"{F}.pain_severity", fields(values=("mild", "mild", "moderate", "severe")), f"{F}.pain_severity", "a value is there twice"),
    ("findings", f"{F}.pain_nrs", fields(minimum=11.0), f"{F}.pain_nrs", "the minimum 11 is above the maximum 10"),
    ("findings", f"{F}.sij_injections.fields.volume_ml", fields(minimum=99.0), f"{F}.sij_injections.fields.volume_ml", "is above the maximum"),
    ("findings", f"{F}.fever", coded("yes"), f"{F}.fever", "'fever' means 'yes', which is no bool value of it"),
    ("findings", f"{F}.pain_nrs", coded(True), f"{F}.pain_nrs", "'fever' means True, which is no number value of it"),
    ("findings", f"{F}.pain_severity", coded("bad"), f"{F}.pain_severity", "'fever' means 'bad', which is no text value of it"),
    ("findings", f"{F}.docs", coded("letter"), f"{F}.docs", "'fever' means 'letter', which is no set value of it"),
    ("findings", f"{F}.pain_onset_date", coded(1.0), f"{F}.pain_onset_date", "'fever' means 1.0, which is no date value of it"),
    # ---- ids that are there twice
    ("twice", "steps", again, "steps", "'start' is there twice"),
    ("twice", G, again, "likelihoods.groups", "'weight_loss' is there twice"),
    ("twice", S, again, "sources.sources", "'malignancy' is there twice"),
    ("twice", "medications.rules", again, "medications.rules", "is there twice"),
    ("twice", "options.exercise.criteria", again, "options.exercise.criteria", "is there twice"),
    # ---- names of other parts
    ("names", f"{F}.fever", fields(codes=(model.CodedAs(concept="hot"),)), f"{F}.fever.codes.0", "there is no concept 'hot'"),
    ("names", f"{F}.fever", fields(window="lately"), f"{F}.fever", "there is no window 'lately'"),
    ("names", f"{F}.creatinine_clearance", fields(made_from=("hot",)), f"{F}.creatinine_clearance", "there is no finding 'hot'"),
    ("names", f"{G}.groin", fields(asks=("hot",)), f"{G}.groin", "there is no finding 'hot'"),
    ("names", f"{G}.midline.sources", entry("liver", model.Likelihood(sensitivity=number(0.9))), f"{G}.midline", "there is no source 'liver'"),
    ("names", f"{G}.konno", fields(replaces=("hot",)), f"{G}.konno", "there is no group 'hot'"),
    ("names", f"{G}.root_deficit.damped_by", first(group="hot"), f"{G}.root_deficit", "there is no group 'hot'"),
    ("names", f"{S}.sij_joint", fields(part_of="knee"), f"{S}.sij_joint", "there is no complex 'knee'"),
    ("names", "red_flags.cancer_soft_signs", fields(asks=("hot",)), "red_flags.cancer_soft_signs", "there is no finding 'hot'"),
    ("names", "medications.classes.nsaids", fields(members=("hot",)), "medications.classes.nsaids", "there is no concept 'hot'"),
    ("names", "medications.rules", last(drugs=("hot",)), "medications.rules", "there is no concept 'hot'"),
    ("names", "medications.opioids", first(ingredient="hot"), "medications.opioids.0", "there is no concept 'hot'"),
    ("names", "medications.daily_doses", first(ingredient="hot"), "medications.daily_doses.0", "there is no concept 'hot'"),
    ("names", "medications.daily_doses", first(finding="hot"), "medications.daily_doses.0", "there is no finding 'hot'"),
    ("names", "steps.repeat", fields(option="hot"), "steps.repeat", "there is no option 'hot'"),
    ("names", "schedules.postoperative", fields(option="hot"), "schedules.postoperative", "there is no option 'hot'"),
    ("names", f"{J}.note_checklist", first(field="hot"), f"{J}.note_checklist.0", "there is no field 'hot'"),
    ("names", f"{J}.shortest_relief_hours", entry("cocaine", number(1)), f"{J}.shortest_relief_hours", "there is no anaesthetic 'cocaine'"),
    ("names", "population.unreadable", put(("hot",)), "population.unreadable", "there is no pattern 'hot'"),
    # ---- populations
    ("population", "population.steps_weeks", first(value=9.0), "population.steps_weeks", "each period must end after the one before"),
    ("population", "population.smallest_cell", put(number(1)), "population.smallest_cell", "is a count of people"),
    ("population", "population.smallest_cell", put(number(10.5)), "population.smallest_cell", "not 10.5"),
    ("rules", "population.repeat_radiofrequency", fields(when="hot"), "population.repeat_radiofrequency.when", "there is no fact 'hot'"),
    # ---- probabilities
    ("probabilities", f"{G}.midline.sources.discogenic.sensitivity", put(number(1.2)), f"{G}.midline.sources.discogenic.sensitivity",
     "is a probability and cannot be 1.2"),
    ("probabilities", f"{G}.midline.specificity", put(number(-0.1)), f"{G}.midline.specificity", "is a probability and cannot be -0.1"),
    ("probabilities", f"{G}.provocation.background.none", put(number(1.5)), f"{G}.provocation.background.none", "is a probability"),
    ("probabilities", f"{J}.delivery.proven.joint", put(number(1.1)), f"{J}.delivery.proven.joint", "is a probability"),
    ("probabilities", f"{J}.anaesthetic.repeat_high.joint", put(number(2)), f"{J}.anaesthetic.repeat_high.joint", "is a probability"),
    ("probabilities", f"{J}.steroid.rows.joint.high.0", put(number(1.5)), f"{J}.steroid.rows.joint.high.0", "is a probability"),
    ("probabilities", "sources.counts.one", put(number(-0.5)), "sources.counts.one", "is a probability"),
    ("probabilities", f"{S}.sij_joint.part", put(number(1.5)), f"{S}.sij_joint.part", "is a probability"),
    ("probabilities", f"{G}.provocation.sources.sij_joint.ratios.none", put(number(0)), f"{G}.provocation.sources.sij_joint.ratios.none",
     "must be above zero"),
    ("probabilities", f"{G}.groin.weight", put(number(0)), f"{G}.groin.weight", "must be above zero"),
    ("probabilities", f"{J}.modifiers.sedation.number", put(number(0)), f"{J}.modifiers.sedation.number", "must be above zero"),
    ("probabilities", f"{J}.modifiers.recalled.number", put(number(-0.5)), f"{J}.modifiers.recalled.number", "must be above zero"),
    ("probabilities", f"{J}.steroid.modifiers.poor_spread.factor", put(number(-1)), f"{J}.steroid.modifiers.poor_spread.factor", "must be above zero"),
    ("probabilities", "likelihoods.limits.examination_cap", put(number(0)), "likelihoods.limits.examination_cap", "must be above zero"),
    ("probabilities", f"{J}.delivery.proven.around", put(number(0.3)), f"{J}.delivery.proven", "joint and around add up to more than 1"),
    ("probabilities", f"{J}.anaesthetic.joint.joint.partial", put(number(0.25)), f"{J}.anaesthetic.joint.joint", "leave nothing for low"),
    ("probabilities", f"{J}.steroid.rows.joint.high", lambda row: row[:-1], f"{J}.steroid.rows.joint.high", "needs one number for each time"),
    ("probabilities", f"{J}.steroid.rows.joint.high.2", put(number(0.5)), f"{J}.steroid.rows.joint.high", "cannot become more frequent with time"),
    ("probabilities", "sources.counts.none", put(number(0.5)), "sources.counts", "none, one and two add up to more than 1"),
    # ---- groups of findings
    ("groups", f"{G}.groin", fields(levels=("present",)), f"{G}.groin", "needs two or more levels, each with a label"),
    ("groups", f"{G}.groin.level_labels", without("absent"), f"{G}.groin", "needs two or more levels, each with a label"),
    ("groups", f"{G}.groin.readings", first(levels=("perhaps",)), f"{G}.groin", "names a level that is not one of absent, present"),
    ("groups", f"{G}.provocation.readings", first(levels=("none", "three_or_more")), f"{G}.provocation", "must be next to each other"),
    ("groups", f"{G}.groin", fields(sources={}), f"{G}.groin", "has no source; mark it 'use: ignored' and say why"),
    ("groups", f"{G}.midline.specificity", put(number(1)), f"{G}.midline", "a specificity of 1 would make other findings impossible"),
    ("groups", f"{G}.midline", fields(specificity=None), f"{G}.midline.sources.discogenic", "goes with the group's specificity"),
    ("groups", f"{G}.midline.sources.discogenic", fields(ratios={"present": SURE}), f"{G}.midline.sources.discogenic", "and no ratios"),
    ("groups", f"{G}.midline.sources.discogenic.sensitivity", put(number(0.1)), f"{G}.midline.sources.discogenic", "reverse the finding"),
    ("groups", f"{G}.provocation.sources.sij_joint.ratios", entry("four", SURE), f"{G}.provocation.sources.sij_joint", "levels other than none, one_or_two"),
    ("groups", f"{G}.psis_localisation.sources.sij_joint.ratios", without("absent"), f"{G}.psis_localisation.sources.sij_joint",
     "two levels need the ratio of each"),
    ("groups", f"{G}.psis_localisation.sources.sij_joint.ratios.absent", put(number(1.2)), f"{G}.psis_localisation.sources.sij_joint",
     "the lower level must be below 1 and that of the upper above 1"),
    ("groups", f"{G}.provocation.sources.sij_joint.ratios", without("none"), f"{G}.provocation.sources.sij_joint",
     "need the background and the ratio of all but one"),
    ("groups", f"{G}.provocation.sources.sij_joint.ratios", lambda all_: {"one_or_two": SURE, "none": all_["none"]},
     f"{G}.provocation.sources.sij_joint", "background and ratios must leave out the same level"),
    # ---- sources
    ("sources", f"{S}.facet", fields(shares=()), f"{S}.facet", "has either shares of its own or a part of a complex"),
    ("sources", f"{S}.facet", fields(part=SURE), f"{S}.facet", "has either shares of its own or a part of a complex"),
    ("sources", f"{S}.sij_joint.part", put(number(0.9)), "sources.complexes.sij", "the parts of its sources do not add up to 1"),
    ("sources", f"{S}.discogenic.shares", first(when=None), f"{S}.discogenic", "every share but the last needs a rule, and the last has none"),
    ("sources", f"{S}.discogenic.shares", last(when="fever"), f"{S}.discogenic", "every share but the last needs a rule"),
    ("sources", f"{S}.discogenic.shares", last(value=number(0)), f"{S}.discogenic", "a share of 0 is not between 0 and 1"),
    ("sources", "sources.complexes.sij.shares", last(value=number(1)), "sources.complexes.sij", "a share of 1 is not between 0 and 1"),
    # ---- what was not seen decides nothing
    ("confirmed", "evidence.depalma2011_midline", fields(status="recalled"), f"{G}.midline", "would decide something"),
    ("confirmed", f"{G}.trochanter_tenderness", fields(use="model"), f"{G}.trochanter_tenderness.specificity",
     "rests on evidence that was not seen (recalled) and would decide something"),
    ("confirmed", "red_flags.cancer_soft_signs", fields(cite=("redflag_cancer_lrs_deyo1988_recalled",)), "red_flags.cancer_soft_signs",
     "cites only evidence that was not seen (recalled) and would decide something"),
    ("confirmed", "steps.repeat", fields(cite=("borowsky2008_combined_recalled",)), "steps.repeat", "cites only evidence that was not seen"),
    ("confirmed", f"{J}.delivery.proven", fields(cite=("borowsky2008_combined_recalled",)), f"{J}.delivery.proven", "cites only evidence"),
    ("thresholds", "steps.spine_first", fields(assumption=None), "steps.spine_first", "no assumption that says why"),
    # ---- codes
    ("codes", "concepts.fever.codes", lambda all_: (model.Code(system="snomed", code="386661007", display="x", status="unverified"),),
     "concepts.fever", "SNOMED CT id 386661007 fails its check digit"),
    ("codes", "concepts.fever.codes", lambda all_: (model.Code(system="snomed", code="12-4", display="x", status="unverified"),),
     "concepts.fever", "fails its check digit"),
    ("codes", "concepts.fever.codes", lambda all_: (model.Code(system="loinc", code="72514-4", display="x", status="unverified"),),
     "concepts.fever", "LOINC code 72514-4 fails its check digit"),
    ("codes", "concepts.fever.codes", lambda all_: (model.Code(system="loinc", code="abc", display="x", status="unverified"),),
     "concepts.fever", "LOINC code abc fails its check digit"),
    ("codes", "concepts.fever.codes", lambda all_: (model.Code(system="cpt", code="27096", display="x", status="verified", match="prefix"),),
     "concepts.fever", "only ICD-10-CM codes have descendants by prefix"),
    ("codes", f"{S}.facet", fields(snomed="138875005"), f"{S}.facet", "is no verified code of a concept"),
    # ---- policies
    ("policies", f"{P}.premera_601527", fields(short="Aetna"), f"{P}.premera_601527", "the short name 'Aetna' is that of another policy"),
    ("policies", P, version("premera_601527", "2022-02-01"), f"{P}.premera_601527_b", "another version of this policy begins on the same date"),
    ("policies", f"{P}.premera_601527.services", first(service="surgery"), f"{P}.premera_601527", "there is no service 'surgery'"),
    ("policies", f"{P}.premera_601527.services", first(inherits=("al-1",)), f"{P}.premera_601527.sij_fusion_mi_transfixing",
     "inherits 'al-1', which is no item of the policy"),
    ("policies", f"{P}.premera_601527.services.0.criteria", first(id="al-1"), f"{P}.premera_601527.al-1", "is also an item of bcbs_al_mp555"),
    ("policies", f"{P}.bmj_2025.scope_excluded", first(id="al-1"), f"{P}.bmj_2025.al-1", "is also an item of bcbs_al_mp555"),
    ("policies", f"{P}.premera_601527.services.0.criteria", first(via=None), f"{P}.premera_601527.pr-1",
     "is verified without saying where and on whose page"),
    ("policies", f"{P}.premera_601527.services.0.criteria", first(seen_at=None), f"{P}.premera_601527.pr-1",
     "is verified without saying where and on whose page"),
    ("policies", f"{P}.carelon_sij_fusion.services.0.criteria", first(confidence=None), f"{P}.carelon_sij_fusion.ca-1",
     "is recalled without saying how surely"),
    ("policies", "coverage.conflicts.x3", fields(items=("none-1",)), "coverage.conflicts.x3", "there is no item 'none-1'"),
    ("policies", "coverage.acts.steroid_with_block", fields(services=("surgery",)), "coverage.acts.steroid_with_block", "there is no service 'surgery'"),
    ("policies", "coverage.acts.steroid_with_block.done", first(fields={"needle": "long"}), "coverage.acts.steroid_with_block",
     "'needle: long' is no part of an injection"),
    ("policies", "coverage.acts.steroid_with_block.instead", first(fields={"intent": "perhaps"}), "coverage.acts.steroid_with_block",
     "'intent: perhaps' is no part of an injection"),
    ("policies", "coverage.topics.planned", fields(findings=("planned", "hot")), "coverage.topics", "there is no finding 'hot'"),
    ("policies", f"{P}.premera_601527.services.0.criteria", first(rule="fever"), f"{P}.premera_601527", "is about no topic, so it would be in no row"),
    # ---- simulated populations
    ("simulation", "simulation.mess.unsided", fields(value=1.5), "simulation.mess.unsided", "is a share and cannot be 1.5"),
    ("simulation", "simulation.practice.notes.vessel.share", fields(value=-0.1), "simulation.practice.notes.vessel.share", "cannot be -0.1"),
    ("simulation", "simulation.people.states", first(finding="bmi"), "simulation.people.states.bmi", "is no finding that is answered with yes or no"),
    ("simulation", "simulation.people.ancestry", first(value="martian"), "simulation.people", "'martian' is no value of ancestry"),
    ("simulation", "simulation.practice.notes.vessel", fields(fields={"needle": "long"}), "simulation.practice.notes.vessel",
     "'needle: long' is no part of an injection"),
    ("simulation", "simulation.practice.sedation", first(value="whisky"), "simulation.practice.sedation", "'whisky' is no value of that field"),
    ("simulation", "simulation.course.drugs", first(drug="whisky"), "simulation", "there is no concept 'whisky'"),
    ("simulation", "simulation.not_counting.refuted", again_as("hiccups"), "simulation", "there is no concept 'hiccups'"),
    ("simulation", "simulation.trials.effects", entry("sham", ("sham_fusion", "nothing")), "simulation.trials.effects.sham", "there is no arm 'nothing'"),
    ("simulation", "simulation.course.radiofrequency_relief", lambda listed: listed[::-1], "simulation.course.radiofrequency_relief",
     "relief cannot become more frequent with time"),
    ("simulation", "simulation.course.radiofrequency_months", lambda listed: listed[1:], "simulation.course.radiofrequency_relief",
     "needs one number for each month"),
    ("simulation", "simulation.everyday", first(code="8867-5"), "simulation.everyday", "the code 8867-5 fails its check digit"),
    ("simulation", "simulation.course.drug_days.below", fields(value=30), "simulation.course.drug_days", "the first number below the second"),
    ("simulation", "simulation.recorded.diagnosed_days.least", fields(value=-1), "simulation.recorded.diagnosed_days", "is a span of whole days"),
    ("simulation", "simulation.not_counting.refuted_days.below", fields(value=300.5), "simulation.not_counting.refuted_days", "is a span of whole days"),
    ("simulation", "simulation.not_counting.resolved_after.below", fields(value=201), "simulation.not_counting.resolved_after",
     "may not be over before the pain begins"),
    ("simulation", "simulation.practice.percent_step", fields(value=0.4), "simulation.practice", "relief is rounded to steps"),
    ("simulation", "simulation.practice.hours_step", fields(value=0), "simulation.practice", "relief is rounded to steps"),
    ("simulation", "simulation.recorded.stale_windows", fields(value=1), "simulation.recorded.stale_windows", "is not too old"),
    ("simulation", "simulation.practice.least_pain", fields(value=1), "simulation.practice.least_pain", "from a pain of 1 no whole score"),
    ("simulation", "simulation.everyday", first(unit=None), "simulation.everyday", "has bounds and a unit if, and only if, it is measured"),
    # ---- what nothing uses
    ("unused", "references", lambda all_: entry("spare1999", model.Reference(id="spare1999"))(all_), "references.spare1999", "is cited by nothing"),
    ("unused", "evidence.visser2013_three_arm", fields(unused=None), "evidence.visser2013_three_arm",
     "is cited by nothing; cite it, or say why under 'unused'"),
    ("unused", "evidence.coexist_sembrano2009", fields(unused="for a test"), "evidence.coexist_sembrano2009",
     "is cited and says why it is unused"),
    ("unused", "windows.acute", fields(cite=("visser2013_three_arm",)), "evidence.visser2013_three_arm",
     "is cited and says why it is unused"),
    ("unused", "windows", lambda all_: entry("spare", all_["acute"])(all_), "windows.spare", "is used by no finding"),
    ("unused", "findings", lambda all_: entry("spare", model.Finding(id="spare", label="Spare", area="pain", type="bool", meaning="nothing"))(all_),
     "findings.spare", "is used by no rule, group or policy"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "at", "change", "place", "says"), FAULTS, ids=[f"{one[0]}: {one[1]}: {one[4][:40]}" for one in FAULTS]
)
def test_a_fault_is_found(name: str, at: str, change: Change, place: str, says: str, knowledge: Knowledge) -> None:
    """The knowledge has no fault, and one change brings this one."""
    (check,) = [one for one in lint.CHECKS if one.__name__ == f"_{name}"]
    found = list(check(changed(knowledge, at, change)))
    assert any(one.place.startswith(place) and says in one.problem for one in found), found
    # What is not used may stand there; everything else keeps the knowledge from loading.
    assert {one.fatal for one in found} == {name != "unused"}


def spare_service(listed: Any) -> Any:
    """One more service."""
    return (*listed, fields(id="massage", label="Massage")(listed[0]))


def test_a_service_no_policy_speaks_of_is_named_and_may_stay(knowledge: Knowledge) -> None:
    """It is of no use, and does no harm."""
    (check,) = [one for one in lint.CHECKS if one.__name__ == "_policies"]
    found = [
        (one.place, one.problem, one.fatal) for one in check(changed(knowledge, "coverage.services", spare_service))
    ]
    assert found == [("coverage.services.massage", "is spoken of by no policy", False)]


def test_a_newer_version_may_stand_beside_the_older(knowledge: Knowledge) -> None:
    """With the same short name and the same items."""
    newer = changed(knowledge, P, version("premera_601527", "2025-01-01"))
    assert lint.check(newer) == []


def test_the_knowledge_that_comes_with_the_program_has_no_fault(knowledge: Knowledge) -> None:
    assert lint.check(knowledge) == []


def test_every_check_is_proven_able_to_fail() -> None:
    """A check without a row could be one that never finds anything."""
    assert {f"_{row[0]}" for row in FAULTS} == {one.__name__ for one in lint.CHECKS}


def test_a_finding_that_rules_cannot_do_without(knowledge: Knowledge) -> None:
    (fault,) = lint.check(changed(knowledge, "findings", without("sij_injections")))
    assert (fault.place, fault.fatal) == ("findings.sij_injections", True)


def test_check_goes_through_all_checks(knowledge: Knowledge) -> None:
    """Two faults of different kinds are both found, in one go."""
    broken = changed(knowledge, "windows.acute", fields(cite=("nobody1999",)))
    broken = changed(broken, "red_flags.cancer_soft_signs", fields(when="nothing"))
    assert [one.place for one in lint.check(broken)] == ["windows.acute", "red_flags.cancer_soft_signs.when"]


def test_a_code_with_its_check_digit() -> None:
    """Identifiers as the terminologies print them in their own manuals."""
    for code in ("22298006", "73211009", "999000041000000102"):
        assert lint.well_formed_snomed(code)
    for code in ("2345-7", "72514-3", "8302-2"):
        assert lint.well_formed_loinc(code)
    for code in ("22298007", "37211009", "", "x", "123"):
        assert not lint.well_formed_snomed(code)
    for code in ("2345-6", "2345", "2345-77", "-7", ""):
        assert not lint.well_formed_loinc(code)
