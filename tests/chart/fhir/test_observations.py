"""Pain scores, examination, smoking, kidney and blood tests (section 4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.fhir.make import (
    ANSWERS,
    LEFT,
    LOCAL,
    LOINC,
    NEGATIVE,
    RIGHT,
    SNOMED,
    UCUM,
    coded,
    day,
    exam,
    facts,
    observation,
    only,
    quantity,
    read,
    site,
    why,
)
from tests.chart.fhir.test_traps import findings

NRS = coded(LOINC, "72514-3")
V3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def flag(code: str) -> list[dict[str, Any]]:
    """An interpretation."""
    return [coded(V3, code)]


# ------------------------------------------------------------------------------------------------ pain scores


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ({"valueQuantity": {"value": 7, "unit": "{score}"}}, 7),
        ({"valueQuantity": {"value": 0.2314, "unit": "{score}", "code": "{score}", "system": UCUM}}, 0.2314),
        ({"valueQuantity": {"value": 6}}, 6),
        ({"valueInteger": 4}, 4),
        ({"valueString": "8"}, 8),
        ({"valueString": "7/10"}, 7),
        ({"valueString": " 7 of 10 "}, 7),
        ({"valueQuantity": {"value": 3, "unit": "/10"}}, 3),
    ],
)
def test_quantity_integer_and_string_are_accepted_as_scores(value: dict[str, Any], score: float) -> None:
    """Decimals are kept as they are; any category is fine."""
    chart = read(observation("n", NRS, bodySite=site(), **value))
    assert only(chart, "pain_nrs").value == score


@pytest.mark.parametrize(
    "value",
    [
        {"valueQuantity": {"value": 11}},
        {"valueQuantity": {"value": -1}},
        {"valueQuantity": {"value": 70, "unit": "mm"}},
        {"valueString": "70/100"},
        {"valueString": "5-6"},
        {"valueString": "moderate"},
        {"valueQuantity": {"value": 7, "comparator": "<"}},
        {"valueBoolean": True},
        {"valueQuantity": {"unit": "{score}"}},
        {"valueRange": {"low": {"value": 3}}},
        {"valueInteger": 3, "valueString": "4"},
        {},
    ],
)
def test_values_outside_the_scale_are_rejected_and_listed(value: dict[str, Any]) -> None:
    chart = read(observation("n", NRS, bodySite=site(), **value))
    assert chart.facts == []
    assert why(chart, "n")


@pytest.mark.parametrize(
    ("code", "value", "said"),
    [
        (NRS, {"value": 11}, "11 is outside 0 to 10"),  # its unit is the scale itself
        (coded("http://loinc.org", "29463-7"), {"value": 900, "unit": "kg"}, "900 kg is outside 1 to 500 kg"),
    ],
)
def test_limits_are_said_once(code: dict[str, Any], value: dict[str, Any], said: str) -> None:
    assert why(read(observation("n", code, bodySite=site(), valueQuantity=value)), "n") == said


def test_a_score_without_a_site_is_not_the_pain_of_the_joint() -> None:
    """None of the usual codes says which pain it is."""
    chart = read(observation("n", NRS, valueInteger=7))
    assert chart.facts == []
    assert why(chart, "n") == "it does not say that it is the pain of the sacroiliac joint"


@pytest.mark.parametrize(
    "content",
    [
        {"bodySite": site()},
        {"bodySite": {"text": "left SI joint"}},
        {"code": {**NRS, "text": "Pain, sacroiliac region"}},
        {"code": coded(LOCAL, "pain-nrs")},
    ],
)
def test_body_site_text_or_the_local_code_say_that_it_is_the_joint(content: dict[str, Any]) -> None:
    chart = read(observation("n", **{"code": NRS, "valueInteger": 7, **content}))
    assert findings(chart)["pain_nrs"] == 7


def test_the_score_of_another_joint_is_not_the_pain_of_this_one() -> None:
    assert read(observation("n", NRS, valueInteger=7, bodySite={"text": "left knee"})).facts == []


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ({"valueQuantity": quantity(62, "mm")}, 6.2),
        ({"valueQuantity": quantity(6.2, "cm")}, 6.2),
        ({"valueQuantity": quantity(45)}, 4.5),
        ({"valueString": "62/100"}, 6.2),
        ({"valueQuantity": quantity(7), "referenceRange": [{"low": {"value": 0}, "high": {"value": 10}}]}, 7),
    ],
)
def test_a_visual_analogue_score_is_read_by_unit_or_range(value: dict[str, Any], score: float) -> None:
    chart = read(observation("v", coded(LOINC, "38214-3"), bodySite=site(), **value))
    assert only(chart, "pain_vas").value == pytest.approx(score)


def test_a_small_visual_analogue_score_without_unit_may_be_either() -> None:
    """7 may be 7 of 10 or 7 of 100."""
    chart = read(observation("v", coded(LOINC, "38214-3"), bodySite=site(), valueQuantity=quantity(7)))
    assert chart.facts == []
    assert "centimetres or millimetres" in why(chart, "v")


def test_a_severity_without_a_scale_needs_one() -> None:
    code = coded(LOINC, "38208-5")
    bare = read(observation("s", code, bodySite=site(), valueQuantity=quantity(7)))
    scaled = read(observation("s", code, bodySite=site(), valueString="7/10"))
    assert bare.facts == []
    assert only(scaled, "pain_severity_scale_not_stated").value == 7


def test_a_faces_scale_is_not_a_numeric_score() -> None:
    chart = read(observation("f", coded(LOINC, "38221-8"), bodySite=site(), valueQuantity=quantity(6)))
    assert chart.facts == []
    assert "faces scale" in why(chart, "f")


def test_a_score_inside_a_panel_is_read() -> None:
    """A component has its own code and value, and the body site of the whole."""
    part = {"code": NRS, "valueInteger": 6}
    chart = read(observation("p", coded(LOINC, "91148-7"), component=[part], bodySite=site()))
    fact = only(chart, "pain_nrs")
    assert fact.value == 6
    assert fact.origin.place == "Observation/p, component 1"


# ------------------------------------------------------------------------------------------------ examination


@pytest.mark.parametrize(
    ("content", "positive"),
    [
        ({"valueCodeableConcept": coded(SNOMED, "10828004")}, True),
        ({"valueCodeableConcept": coded(SNOMED, "52101004")}, True),
        ({"valueCodeableConcept": coded(SNOMED, "260385009")}, False),
        ({"valueCodeableConcept": coded(SNOMED, "2667000")}, False),
        ({"interpretation": flag("POS")}, True),
        ({"interpretation": flag("NEG")}, False),
        ({"interpretation": flag("A")}, True),
        ({"interpretation": flag("N")}, False),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        ({"valueString": "Positive, reproduces familiar pain"}, True),
        ({"valueString": "neg."}, False),
        ({"valueString": "no"}, False),
        ({"valueCodeableConcept": {"text": "present"}}, True),
        ({"valueCodeableConcept": {"coding": [{"system": "http://x", "code": "1", "display": "Not detected"}]}}, False),
        ({"valueBoolean": True, "interpretation": flag("POS")}, True),
    ],
)
def test_positive_and_negative_in_every_form(content: dict[str, Any], positive: bool) -> None:
    chart = read(observation("t", coded(LOCAL, "thigh-thrust"), bodySite=site(RIGHT), **content))
    assert findings(chart)["thigh_thrust"] is positive


@pytest.mark.parametrize(
    "content",
    [
        {"valueCodeableConcept": coded(SNOMED, "82334004")},
        {"valueCodeableConcept": coded(SNOMED, "261665006")},
        {"valueString": "equivocal"},
        {"valueString": "not positive"},
        {"valueString": "positive?"},
        {"valueString": "positive left, negative right"},
        {"valueString": "deferred"},
        {"valueBoolean": True, "interpretation": flag("NEG")},
        {"interpretation": [*flag("POS"), *flag("NEG")]},
        {},
    ],
)
def test_a_result_in_doubt_is_not_documented(content: dict[str, Any]) -> None:
    chart = read(observation("t", coded(LOCAL, "thigh-thrust"), bodySite=site(RIGHT), **content))
    assert chart.facts == []
    assert why(chart, "t")


def test_not_done_is_never_negative() -> None:
    chart = read(
        observation(
            "t", coded(LOCAL, "thigh-thrust"), bodySite=site(RIGHT), dataAbsentReason={"text": "patient refused"}
        )
    )
    assert "thigh_thrust" not in findings(chart)
    assert "not done" in why(chart, "t")


def test_one_observation_per_test_and_side() -> None:
    chart = read(exam("faber"), {**exam("faber", NEGATIVE, LEFT), "id": "faber-left"})
    assert findings(chart, "right")["faber"] is True
    assert findings(chart, "left")["faber"] is False


def test_a_test_without_a_side_is_not_used() -> None:
    """The reader keeps it; the case lists it, because a side must be named."""
    chart = read(exam("faber", side=None))
    assert only(chart, "exam_faber").side is None
    assert "faber" not in findings(chart)


@pytest.mark.parametrize("words", ["FABER", "FABER test (right)", "Patrick test right", "Right FABER"])
def test_a_test_is_known_by_its_name(words: str) -> None:
    chart = read(observation("t", {"text": words}, valueString="positive", bodySite=site(RIGHT)))
    assert findings(chart)["faber"] is True


def test_the_side_may_stand_in_a_component() -> None:
    side = {"code": coded(LOINC, "20228-3"), "valueCodeableConcept": coded(SNOMED, LEFT)}
    chart = read(observation("t", coded(LOCAL, "faber"), valueBoolean=True, component=[side]))
    assert only(chart, "exam_faber").side == "left"


def test_the_number_of_positive_tests_is_read() -> None:
    chart = read(observation("n", coded(LOCAL, "sij-provocation-positive-count"), valueInteger=3, bodySite=site(RIGHT)))
    assert findings(chart)["provocation_count"] == 3


def test_a_worded_finding_is_read_by_code_or_word() -> None:
    code = coded(LOCAL, "hip-internal-rotation")
    by_code = observation("a", code, valueCodeableConcept=coded(ANSWERS, "reduced-familiar-pain"), bodySite=site(RIGHT))
    by_word = observation("a", code, valueString="Reduced familiar pain", bodySite=site(RIGHT))
    other = observation("a", code, valueString="stiff", bodySite=site(RIGHT))
    assert findings(read(by_code))["hip_internal_rotation"] == "reduced_familiar_pain"
    assert findings(read(by_word))["hip_internal_rotation"] == "reduced_familiar_pain"
    assert "none of full" in why(read(other), "a")


def test_a_set_takes_one_word_from_each_observation() -> None:
    code = coded(LOCAL, "other-causes")
    both = [
        observation("a", code, valueCodeableConcept=coded(ANSWERS, "infection")),
        observation("b", code, valueCodeableConcept=coded(ANSWERS, "disc-pain")),
    ]
    found = findings(read(*both))["other_causes"]
    assert isinstance(found, dict)
    assert set(found["present"]) == {"infection", "disc_pain"}


def test_a_date_is_read_as_precisely_as_it_is_written() -> None:
    chart = read(observation("o", coded(LOCAL, "pain-onset-date"), valueDateTime="2023-09"))
    assert findings(chart)["pain_onset_date"] == day("2023-09")
    assert read(observation("o", coded(LOCAL, "pain-onset-date"), valueString="last summer")).facts == []


def test_free_text_is_kept_where_any_text_is_legal() -> None:
    chart = read(observation("o", coded(LOCAL, "requested-cpt"), valueString="27279"))
    assert findings(chart)["requested_cpt"] == "27279"
    assert read(observation("o", coded(LOCAL, "requested-cpt"), valueString=" ")).facts == []


def test_hip_rotation_range_needs_a_side_and_degrees() -> None:
    chart = read(
        observation("h", coded(LOINC, "100297-1"), valueQuantity=quantity(15, "deg"), bodySite=site(RIGHT, "24136001"))
    )
    assert findings(chart)["hip_rotation_range"] == 15


# ------------------------------------------------------------------------------------ status, dates and people


@pytest.mark.parametrize("state", ["entered-in-error", "cancelled", "registered"])
def test_observations_that_do_not_count(state: str) -> None:
    chart = read(exam("faber", status=state))
    assert chart.facts == []
    assert why(chart, "faber")


@pytest.mark.parametrize(
    ("content", "when"),
    [
        ({"effectiveDateTime": "2025-05-02T23:30:00-05:00"}, "2025-05-02"),
        ({"effectiveDateTime": "2025-05"}, "2025-05"),
        ({"effectiveDateTime": None, "effectiveInstant": "2025-05-02T10:00:00Z"}, "2025-05-02"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2025-05-01", "end": "2025-05-03"}}, "2025-05-01"),
        ({"effectiveDateTime": None, "effectivePeriod": {"end": "2025-05-03"}}, "2025-05-03"),
    ],
)
def test_dates_keep_their_precision(content: dict[str, Any], when: str) -> None:
    """A time of day is the day as written, whatever the zone of the reader."""
    assert only(read(exam("faber", **content)), "exam_faber").when == day(when)


@pytest.mark.parametrize("written", ["0000-01-01", "0001-01-01", "2025-02-30", "yesterday", "9999-12-31"])
def test_impossible_dates_are_listed(written: str) -> None:
    chart = read(exam("faber", effectiveDateTime=written))
    assert only(chart, "exam_faber").when is None
    assert "its date is not used" in why(chart, "faber")


def test_a_period_that_ends_before_it_begins_is_listed() -> None:
    period = {"start": "2025-05-02", "end": "2025-04-01"}
    chart = read(exam("faber", effectiveDateTime=None, effectivePeriod=period))
    assert "ends before it begins" in why(chart, "faber")


# ------------------------------------------------------------------------------------------------ laboratory


@pytest.mark.parametrize(
    ("content", "raised"),
    [
        ({"interpretation": flag("H")}, True),
        ({"interpretation": flag("N")}, False),
        ({"referenceRange": [{"high": {"value": 5, "unit": "mg/L"}}]}, True),
        ({"referenceRange": [{"high": {"value": 20, "unit": "mg/L"}}]}, False),
        ({"referenceRange": [{"text": "<5.0"}]}, True),
        ({"referenceRange": [{"text": "0.0-4.9 mg/L"}]}, True),
        ({"referenceRange": [{"text": "0 - 20"}]}, False),
    ],
)
def test_inflammation_is_raised_by_flag_or_range_of_the_laboratory(content: dict[str, Any], raised: bool) -> None:
    chart = read(observation("crp", coded(LOINC, "1988-5"), valueQuantity=quantity(12, "mg/L"), **content))
    found = findings(chart)
    assert found["crp_or_esr_raised"] is raised
    assert found["crp_mg_l"] == 12


@pytest.mark.parametrize(
    "content",
    [{}, {"referenceRange": [{"high": {"value": 5, "unit": "mg/dL"}}]}, {"referenceRange": [{"text": "see note"}]}],
)
def test_a_bare_number_does_not_say_that_inflammation_is_raised(content: dict[str, Any]) -> None:
    chart = read(observation("crp", coded(LOINC, "1988-5"), valueQuantity=quantity(12, "mg/L"), **content))
    assert "crp_or_esr_raised" not in findings(chart)
    assert findings(chart)["crp_mg_l"] == 12
    assert "without a flag or reference range" in why(chart, "crp")


def test_a_bound_below_the_limit_is_not_raised() -> None:
    low = quantity(0.6, "mg/L", comparator="<")
    chart = read(observation("crp", coded(LOINC, "1988-5"), valueQuantity=low, referenceRange=[{"high": {"value": 5}}]))
    assert findings(chart)["crp_or_esr_raised"] is False
    assert facts(chart, "crp") == []
    high = quantity(100, "mm/h", comparator=">")
    esr = observation("esr", coded(LOINC, "4537-7"), valueQuantity=high, referenceRange=[{"high": {"value": 20}}])
    assert findings(read(esr))["crp_or_esr_raised"] is True


def test_one_raised_marker_of_a_day_is_enough() -> None:
    crp = observation("crp", coded(LOINC, "1988-5"), valueQuantity=quantity(30, "mg/L"), interpretation=flag("H"))
    esr = observation("esr", coded(LOINC, "4537-7"), valueQuantity=quantity(9, "mm/h"), interpretation=flag("N"))
    assert findings(read(crp, esr))["crp_or_esr_raised"] is True


@pytest.mark.parametrize(
    ("value", "mg_dl"),
    [
        (quantity(0.9, "mg/dL"), 0.9),
        (quantity(88.4, "umol/L"), 1.0),
        (quantity(88.4, "µmol/L"), 1.0),
        (quantity(0.0884, "mmol/L"), 1.0),
    ],
)
@pytest.mark.parametrize("code", ["2160-0", "38483-4"])
def test_creatinine_is_converted(code: str, value: dict[str, Any], mg_dl: float) -> None:
    """Serum and, as some charts write it, whole blood."""
    chart = read(observation("c", coded(LOINC, code), valueQuantity=value))
    assert only(chart, "creatinine").value == pytest.approx(mg_dl, rel=1e-3)


def test_creatinine_without_a_unit_may_be_either() -> None:
    chart = read(observation("c", coded(LOINC, "2160-0"), valueQuantity=quantity(1.1)))
    assert chart.facts == []
    assert "no unit" in why(chart, "c")


@pytest.mark.parametrize("code", ["98979-8", "33914-3"])
def test_estimated_filtration_also_in_its_deprecated_code(code: str) -> None:
    chart = read(observation("e", coded(LOINC, code), valueQuantity=quantity(58, "mL/min/{1.73_m2}")))
    assert findings(chart)["egfr"] == 58


@pytest.mark.parametrize(
    ("value", "kg"),
    [(quantity(75, "kg"), 75), (quantity(165, "lb", code="[lb_av]"), 74.84), (quantity(75_000, "g"), 75)],
)
def test_weight_is_converted(value: dict[str, Any], kg: float) -> None:
    chart = read(observation("w", coded(LOINC, "29463-7"), valueQuantity=value))
    assert only(chart, "body_weight").value == pytest.approx(kg, abs=0.01)


def test_weight_in_stones_or_without_unit_is_listed() -> None:
    for value in (quantity(12, "st"), quantity(75)):
        chart = read(observation("w", coded(LOINC, "29463-7"), valueQuantity=value))
        assert chart.facts == []
        assert why(chart, "w")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"valueCodeableConcept": coded(SNOMED, "10828004")}, True),
        ({"valueString": "HLA-B27 not detected"}, False),
        ({"valueString": "DETECTED"}, True),
    ],
)
def test_hla_b27_as_code_or_words(content: dict[str, Any], found: bool) -> None:
    by_code = read(observation("h", coded(LOINC, "26028-1"), **content))
    by_name = read(observation("h", {"text": "HLA-B27"}, **content))
    assert findings(by_code)["hla_b27"] is findings(by_name)["hla_b27"] is found


# ---------------------------------------------------------------------------------------------------- habits


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (coded(SNOMED, "449868002"), "current"),
        (coded(SNOMED, "428041000124106"), "current"),
        (coded(SNOMED, "8517006"), "former"),
        (coded(SNOMED, "266919005"), "never"),
        ({"text": "Former smoker"}, "former"),
        ({"text": "Never smoked tobacco"}, "never"),
        ({"text": "Current every day smoker"}, "current"),
    ],
)
def test_smoking_status_by_code_without_display_or_by_words(value: dict[str, Any], status: str) -> None:
    chart = read(observation("s", coded(LOINC, "72166-2"), valueCodeableConcept=value))
    assert findings(chart)["nicotine_status"] == status


@pytest.mark.parametrize("value", [coded(SNOMED, "266927001", "Unknown if ever smoked"), {"text": "Non-smoker"}])
def test_an_unknown_smoking_status_stays_unknown(value: dict[str, Any]) -> None:
    chart = read(observation("s", coded(LOINC, "72166-2"), valueCodeableConcept=value))
    assert chart.facts == []
    assert why(chart, "s")


@pytest.mark.parametrize(
    ("value", "pregnant"),
    [
        (coded(SNOMED, "77386006"), True),
        (coded(SNOMED, "60001007", "Not pregnant"), False),
        ({"text": "Not pregnant"}, False),
        ({"text": "Possible pregnancy"}, None),
    ],
)
def test_pregnancy_status(value: dict[str, Any], pregnant: bool | None) -> None:
    chart = read(observation("s", coded(LOINC, "82810-3"), valueCodeableConcept=value))
    assert findings(chart).get("pregnant") is pregnant


def test_a_diagnosis_as_observation_says_yes_or_no() -> None:
    yes = read(observation("f", coded(SNOMED, "386661006"), valueBoolean=True))
    no = read(observation("f", coded(LOCAL, "fever"), valueBoolean=False))
    assert findings(yes)["fever"] is True
    assert findings(no)["fever"] is False


def test_a_panel_without_a_value_is_no_finding_and_no_doubt() -> None:
    member = exam("faber")
    panel = observation("panel", coded(LOINC, "100340-9"), hasMember=[{"reference": "Observation/faber"}])
    chart = read(panel, member)
    assert [fact.concept for fact in chart.facts] == ["exam_faber"]
    assert chart.coverage.unread == []


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"valueCodeableConcept": coded(SNOMED, "2667000")}, False),
        ({"valueCodeableConcept": coded(SNOMED, "52101004")}, True),
    ],
)
def test_an_operation_that_is_asked_about_may_be_answered_with_no(value: dict[str, Any], answer: bool) -> None:
    """A code that is there shows that an image was taken; an answer of no does not show that a spine was fused."""
    chart = read(observation("f", coded(LOCAL, "lumbar-fusion"), **value))
    assert findings(chart)["lumbar_fusion"] is answer
