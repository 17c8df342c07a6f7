"""Whatever a bundle looks like: an error the user can read or an account of every resource, and never anything else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sacroiliac.cases import Builder
from sacroiliac.chart.dates import span
from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir import document
from sacroiliac.errors import InputError
from sacroiliac.knowledge import load
from tests.chart.fhir.make import (
    ANSWERS,
    CPT,
    ICD,
    LOCAL,
    LOINC,
    SNOMED,
    bundle,
    coded,
    condition,
    drug,
    exam,
    injection,
    observation,
    pain,
    procedure,
    quantity,
    read_json,
    resource,
    site,
)
from tests.chart.fhir.make import given as administered
from tests.chart.fhir.test_files import everything, said
from tests.chart.fhir.test_injections import RECORD, answered, arthrogram, panel, response
from tests.chart.fhir.test_procedures import allergy, claim

CHARTS = Path(__file__).parent / "charts"
GRAPH: dict[str, Any] = json.loads((CHARTS / "injection-graph.json").read_text())
USUAL: dict[str, Any] = json.loads((CHARTS / "usual-record.json").read_text())
EVERYTHING: dict[str, Any] = bundle(
    injection(note=[{"text": "x"}], usedCode=[{"text": "Iohexol"}]),
    injection("inj2", None, performedPeriod={"start": "2025-04-04"}),
    panel("b", "a"),
    pain("b", 8, "2025-03-04T08:45:00-05:00", bodySite=site("24028007")),
    pain("a", 3, "2025-03-04T10:00:00-05:00", (LOCAL, "injection-post-pain")),
    response("injection-percent-relief", valueQuantity=quantity(80, "%")),
    administered("g", "triamcinolone 40 MG/ML", dosage={"dose": quantity(1, "mL"), "route": {"text": "Intra-articular"}}),
    arthrogram(),
    claim(),
    answered(*RECORD),
    allergy({"text": "iv contrast"}, reaction=[{"substance": {"text": "lidocaine"}}]),
    condition("c", coded(ICD, "M16.11"), bodySite=[site()], abatementPeriod={"end": "2025-01-01"}),
    drug("m", "Oxycodone 10 MG Oral Tablet", dosageInstruction=[{"timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": quantity(1, "tablet")}], "route": {"text": "oral"}}], dispenseRequest={"expectedSupplyDuration": quantity(30, "d")}),
    exam("faber", interpretation=[coded("x", "POS")], component=[{"code": coded(LOINC, "20228-3"), "valueCodeableConcept": coded(SNOMED, "7771000")}]),
    observation("crp", coded(LOINC, "1988-5"), valueQuantity=quantity(12, "mg/L"), referenceRange=[{"low": {"value": 0}, "high": {"value": 5}, "text": "0-5"}]),
    procedure("pt", coded(CPT, "97110"), performedPeriod={"start": "2025-01-01", "end": "2025-02-01"}, performedDateTime=None),
    resource("ImagingStudy", "is", status="available", started="2025-01-01", series=[{"modality": {"code": "MR"}, "bodySite": {"system": SNOMED, "code": "39723000"}}]),
    resource("ServiceRequest", "sr", status="active", code=coded(CPT, "27096"), contained=[{"resourceType": "Condition", "id": "x", "code": coded(ICD, "E11.9")}]),
    resource("DocumentReference", "dr", status="current", type={"text": "note"}, date="2025-01-01"),
    resource("Composition", "co", status="final", title="note"),
    resource("QuestionnaireResponse", "qr", status="completed", item=[{"linkId": "97909-6", "answer": [{"valueCoding": {"system": LOINC, "code": "97909-6", "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": 36}]}}]}]),
    resource("MedicationStatement", "ms", status="active", medicationReference={"reference": "Medication/x"}, effectivePeriod={"start": "2024"}),
    {"resourceType": "Medication", "id": "x", "ingredient": [{"itemCodeableConcept": {"text": "tramadol"}, "strength": {"numerator": quantity(50, "mg"), "denominator": quantity(1)}}]},
    {"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/p"}},
    observation("set", coded(LOCAL, "other-causes"), valueCodeableConcept=coded(ANSWERS, "infection")),
)  # fmt: skip
BUNDLES = [GRAPH, USUAL, EVERYTHING]

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", " ", "0000-00-00", "2025-13-45", "Patient/p", "#x", "left", "positive", "10/0", "T", "é\u2028", "9" * 40]
    ),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([None]),
    st.just({"coding": [{}]}),
    st.just({"reference": "Procedure/inj"}),
    st.just({"value": 1e308}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, part in value.items():
            found += places(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            found += places(part, (*path, index))
    return found


PLACES = {id(one): [path for path in places(one["entry"]) if len(path) > 2] for one in BUNDLES}


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A real-shaped bundle with parts dropped, replaced by something odd, repeated and shuffled."""
    original = draw(st.sampled_from(BUNDLES))
    found = copy.deepcopy(original)
    for path in draw(st.lists(st.sampled_from(PLACES[id(original)]), max_size=6)):
        owner = found["entry"]
        try:
            for key in path[:-1]:
                owner = owner[key]
            if draw(st.booleans()):
                owner[path[-1]] = draw(ODD)
            else:
                del owner[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    again = draw(st.lists(st.integers(0, len(found["entry"]) - 1), max_size=3))
    found["entry"] += [copy.deepcopy(found["entry"][one]) for one in again]
    found["entry"] = draw(st.permutations(found["entry"]))
    return found


def read_or_refused(data: bytes) -> Chart | None:
    """The chart, or None where it was refused with one clear error."""
    refused = None
    try:
        return document(data, "chart.json", load())
    except InputError as error:
        refused = error
    assert refused.problem
    assert refused.cure
    return None


@given(mutated())
def test_any_bundle_is_read_or_refused_with_a_reason(whole: dict[str, Any]) -> None:
    chart = read_or_refused(msgspec.json.encode(whole))
    if chart is None:
        return
    assert everything(chart) == len(whole["entry"])
    for fact in chart.facts:
        assert fact.origin.place
        assert fact.concept in load().concepts or fact.concept in load().findings


@given(mutated())
def test_whatever_is_read_can_be_made_a_case(whole: dict[str, Any]) -> None:
    """Values have the type that their findings have in the criterion language."""
    chart = read_or_refused(msgspec.json.encode(whole))
    if chart is None:
        return
    Builder(load()).build([(chart, span("2025-06-30")[1], None)])


@given(st.sampled_from(BUNDLES), st.randoms(use_true_random=False))
def test_the_order_of_the_entries_changes_nothing(original: dict[str, Any], random: Any) -> None:
    """Resources without an id are named by their entry: they get one first."""
    whole = copy.deepcopy(original)
    for number, entry in enumerate(whole["entry"]):
        entry["resource"].setdefault("id", f"n{number}")
    shuffled = copy.deepcopy(whole)
    random.shuffle(shuffled["entry"])
    first, second = read_json(whole), read_json(shuffled)
    assert said(first) == said(second)
    assert [one.parts for one in first.facts] == [one.parts for one in second.facts]
    assert listed(first) == listed(second)


def listed(chart: Chart) -> tuple[object, ...]:
    """The coverage of a chart."""
    coverage = chart.coverage
    return (coverage.read, coverage.not_read, coverage.unknown_codes, coverage.unread, coverage.texts)


@given(
    st.recursive(
        ODD,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "resourceType",
                        "id",
                        "entry",
                        "resource",
                        "code",
                        "coding",
                        "subject",
                        "fullUrl",
                        "meta",
                        "item",
                        "text",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=25,
    )
)
def test_any_json_is_read_or_refused(value: Any) -> None:
    read_or_refused(msgspec.json.encode(value))


@given(st.binary(max_size=200), st.integers(0, 2000))
def test_any_bytes_are_read_or_refused(noise: bytes, cut: int) -> None:
    """Noise, and a chart that is cut off or overwritten somewhere."""
    data = msgspec.json.encode(EVERYTHING)
    for broken in (noise, data[:cut], data[:cut] + noise + data[cut:]):
        read_or_refused(broken)
