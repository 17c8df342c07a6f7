"""What holds for a review as a whole."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sacroiliac.errors import InputError
from sacroiliac.review.model import Figure, Option, Review, RuleResult
from tests.charts import JOINT, chart, review, reviewer, with_findings, with_injections
from tests.parts import parts
from tests.review.test_patterns import CHARTS, NO_RELIEF, RELIEF, STEROID


@pytest.fixture(scope="module", params=["4", "8", "10", "14"])
def found(request: pytest.FixtureRequest) -> Review:
    return CHARTS[request.param]()


def test_every_citation_is_in_the_list_of_references(found: Review) -> None:
    cited = {key for one in parts(found, msgspec.Struct) for key in getattr(one, "cite", ())}
    assert cited
    assert cited <= found.references.keys()


def test_every_figure_has_an_origin_that_can_be_followed(found: Review) -> None:
    for figure in parts(found, Figure):
        assert figure.cite or figure.how, f"{figure.value:g} says neither where it is from nor why"


def test_probabilities_are_probabilities_inside_their_intervals(found: Review) -> None:
    for source in found.sources:
        assert 0 < source.probability.low <= source.probability.value <= source.probability.high < 1


def test_the_same_chart_gives_the_same_bytes(found: Review) -> None:
    body = "findings: {thigh_thrust: {value: yes, side: right}}"
    first, second = (msgspec.json.encode(reviewer().review([chart(body)])) for _ in range(2))
    assert first == second


def test_an_open_rule_says_what_would_settle_it(found: Review) -> None:
    for result in parts(found, RuleResult):
        if result.outcome == "not documented":
            assert result.would_meet or result.would_fail, result.rule


def test_a_batch_gives_what_each_chart_gives_alone() -> None:
    charts = [
        chart(f"findings: {{{name}: {{value: yes, side: right}}}}") for name in ("thigh_thrust", "slump", "groin_pain")
    ]
    together = reviewer().review(charts)
    alone = [one for each in charts for one in reviewer().review([each])]
    assert [one.sources[0].id for one in together] == [one.sources[0].id for one in alone]
    for left, right in zip(together, alone, strict=True):
        for a, b in zip(left.sources, right.sources, strict=True):
            assert a.probability.value == pytest.approx(b.probability.value, abs=1e-12)


def test_bilateral_pain_makes_two_reviews() -> None:
    found = reviewer().review([chart(head="patient: {id: both}\nside: bilateral\nreview_date: 2025-06-01\n")])
    assert [one.who.side for one in found] == ["left", "right"]


def test_a_chart_without_a_side_is_reviewed_and_says_so() -> None:
    (found,) = reviewer().review([chart(head="patient: {id: none}\nreview_date: 2025-06-01\n")])
    assert found.who.side is None


def test_a_chart_without_any_date_is_refused_with_a_cure() -> None:
    with pytest.raises(InputError, match="--as-of"):
        reviewer().review([chart(head="patient: {id: none}\nside: left\n")])


def option(found: Review, name: str) -> Option:
    return {one.id: one for one in found.options}[name]


def test_an_option_is_open_only_when_every_criterion_is_met() -> None:
    nothing = review()
    assert option(nothing, "mis_fusion").status == "undecided"
    failed = with_injections(NO_RELIEF)
    assert option(failed, "repeat_injection").status == "undecided"
    short = with_injections({**RELIEF, **STEROID, "sustained_percent": 60, "sustained_weeks": 5})
    assert option(short, "repeat_injection").status == "not now"


def test_a_reason_to_stop_closes_an_option() -> None:
    assert option(with_findings({"osteoporosis": True}), "manual_therapy").status == "not now"
    assert option(with_findings({"metal_allergy": True}), "mis_fusion").status == "not now"


def test_both_sides_of_contested_evidence_are_shown() -> None:
    for name in ("mis_fusion", "radiofrequency"):
        shown = option(review(), name)
        assert shown.contested
        assert len(shown.supports) >= 3
        assert len(shown.opposes) >= 3
    arms = {one.arm for one in option(review(), "mis_fusion").expected}
    assert any("sham" in arm for arm in arms)


def test_published_results_name_their_definition_and_arm() -> None:
    for shown in review().options:
        for result in shown.expected:
            assert result.measure
            assert result.arm
            assert result.population


def test_left_and_right_are_mirror_images() -> None:
    def of(side: str) -> list[tuple[str, float]]:
        head = f"patient: {{id: x, birth_date: 1970-01-01, sex: male}}\nside: {side}\nreview_date: 2025-06-01\n"
        body = f"findings: {{faber: {{value: yes, side: {side}}}, slump: {{value: no, side: {side}}}}}"
        return [(one.id, one.probability.value) for one in review(body, head).sources]

    assert of("left") == of("right")


def test_the_other_side_and_the_future_change_nothing() -> None:
    plain = review("findings: {faber: {value: yes, side: right}}")
    more = review(
        "findings: {faber: [{value: yes, side: right}, {value: no, side: left}], slump: {value: yes, side: right, date: 2025-07-01}}"
    )
    assert [one.probability for one in plain.sources] == [one.probability for one in more.sources]
    assert any("after the review date" in one.why for one in more.coverage.not_used)


def test_an_injection_without_a_side_is_named_in_the_headline() -> None:
    without = {name: value for name, value in JOINT.items() if name != "side"}
    found = with_findings({}, injections=[without])
    assert found.injections == ()
    assert any("1 injection has no side" in said.text for said in found.headline)
    assert not any("No sacroiliac injection" in said.text for said in found.headline)


def test_why_relief_did_not_last_is_not_told_where_no_relief_is_written_down() -> None:
    found = with_injections({"steroid": True})
    assert found.why is None
    assert "neither phase of relief is written down" in found.why_not
    assert any("cannot be told" in said.text for said in found.headline)
    told = with_injections({"steroid": True, "sustained_percent": 10, "sustained_weeks": 1})
    assert told.why is not None
    assert told.why_not == ""


@pytest.mark.parametrize(
    ("where", "supported"),
    [
        ({}, "the joint"),
        ({"target": "periarticular", "contrast_pattern": "periarticular"}, "the ligaments behind the joint"),
    ],
)
def test_an_injection_that_helped_speaks_for_its_place_though_all_else_together_is_likelier(
    where: dict[str, Any], supported: str
) -> None:
    """Without this the headline would call the place supported, and next say that it is most likely not the source."""
    lost = {"steroid": True, "sustained_percent": 10, "sustained_weeks": 1, **where}
    helped = with_injections({**lost, "relief_percent": 90, "relief_hours": 5})
    (index,) = helped.injections
    assert index.pattern is not None
    assert f"{supported} " in index.pattern.meaning
    assert "supported as the source" in index.pattern.meaning
    assert helped.why is not None
    assert helped.why.not_the_source.value > 1 - helped.why.not_the_source.value
    (why,) = (said.text for said in helped.headline if said.text.startswith("Why it"))
    assert f"speaks for {supported}, but other sources together stay likelier" in why
    assert "not the source" not in why


def test_an_injection_that_did_not_help_speaks_for_nothing() -> None:
    found = with_injections({"steroid": True, "relief_percent": 10, "sustained_percent": 10, "sustained_weeks": 1})
    (why,) = (said.text for said in found.headline if said.text.startswith("Why it"))
    assert "most likely the joint and its ligaments are not the source" in why


def test_why_is_not_asked_of_a_diagnostic_block_that_helped() -> None:
    found = with_injections({"steroid": False, "intent": "diagnostic", "relief_percent": 90, "relief_hours": 5})
    assert found.why is None
    assert "never meant to last" in found.why_not


def test_shares_before_any_finding_are_not_sold_as_an_answer() -> None:
    assert any("Nothing on the chart tells the sources apart" in said.text for said in with_findings({}).headline)
    told = with_findings({"thigh_thrust": {"value": "positive", "side": "right"}})
    assert not any("Nothing on the chart" in said.text for said in told.headline)


def test_relief_longer_than_the_time_since_is_not_used() -> None:
    found = with_injections({"date": "2025-05-01", "steroid": True, "sustained_percent": 60, "sustained_weeks": 30})
    assert found.injections[0].pattern is not None
    assert found.injections[0].pattern.id != "responder_wore_off"
    assert found.injections[0].steroid.lasted is None
    assert any("only 4 had passed" in note for note in found.injections[0].notes)


def test_an_injection_after_the_review_is_named_in_the_headline() -> None:
    found = with_injections({"date": "2026-03-03"})
    assert found.injections == ()
    assert any("1 injection is dated after the review date" in said.text for said in found.headline)


def test_a_child_is_said_to_be_one() -> None:
    young = with_findings({"age_years": 6}, patient={"id": "test", "sex": "female"})
    assert "is a child" in young.headline[0].text
    assert "is a child" not in with_findings({}).headline[0].text


def test_a_lone_last_date_is_pointed_out() -> None:
    head = "patient: {id: test, birth_date: 1970-06-15, sex: female}\nside: right\n"
    body = "findings:\n  fever: {value: no, date: 2025-05-01}\n  pain_nrs: {value: 6, date: DAY}\n"
    (slip,) = reviewer().review([chart(body.replace("DAY", "2035-05-01"), head)])
    assert "the only one since 2025-05-01" in slip.who.review_date_origin
    (usual,) = reviewer().review([chart(body.replace("DAY", "2025-06-01"), head)])
    assert usual.who.review_date_origin == "last dated entry of the chart"
