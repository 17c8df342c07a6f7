"""Files as they come: NDJSON, folders, broken, strange, huge. Never a traceback, nothing dropped in silence."""

from __future__ import annotations

import gzip
import json
import resource as limits
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sacroiliac.chart.facts import Chart
from sacroiliac.chart.fhir import document, folder
from sacroiliac.chart.fhir.bundle import tidy
from sacroiliac.chart.read import read as read_path
from sacroiliac.errors import InputError
from sacroiliac.knowledge import load
from tests.chart.fhir.make import (
    ICD,
    LOCAL,
    PATIENT,
    RIGHT,
    bundle,
    coded,
    condition,
    exam,
    facts,
    observation,
    only,
    read,
    read_json,
    site,
    unread,
    why,
)

DIABETES = coded(ICD, "E11.9")
PLAIN = "patient: {id: a}\nside: right\nreview_date: 2025-06-01\nfindings: {fever: no}\n"


def content(value: Any) -> bytes:
    """JSON."""
    return msgspec.json.encode(value)


def lines(*values: Any) -> bytes:
    """NDJSON."""
    return b"\n".join(content(value) for value in values) + b"\n"


def said(chart: Chart) -> list[tuple[object, ...]]:
    """The facts of a chart without the file they come from."""
    return [
        (one.concept, str(one.value), one.side, one.when, one.until, one.origin.place, one.origin.words, one.inferred)
        for one in chart.facts
    ]


def everything(chart: Chart) -> int:
    """How many resources the chart accounts for."""
    return sum(chart.coverage.read.values()) + sum(chart.coverage.not_read.values())


# --------------------------------------------------------------------------------------- the same in any form


def test_a_bundle_a_file_of_lines_and_a_folder_give_the_same_facts(tmp_path: Path) -> None:
    every = [PATIENT, condition("d", DIABETES), exam("faber"), exam("gaenslen")]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "Patient.ndjson").write_bytes(lines(PATIENT))
    (tmp_path / "folder" / "Condition.json").write_bytes(content(every[1]))
    (tmp_path / "folder" / "Observation.ndjson").write_bytes(lines(*every[2:]))
    (tmp_path / "folder" / "README.txt").write_text("exported on Monday")
    (tmp_path / "folder" / "empty.ndjson").write_text("")
    (tmp_path / "lines.txt").write_bytes(b"\n" + lines(*every))
    (tmp_path / "bundle.dat").write_bytes(content(bundle(*every[1:])))
    charts = [read_path(str(tmp_path / name), load()) for name in ("bundle.dat", "lines.txt", "folder")]
    assert said(charts[0]) == said(charts[1]) == said(charts[2])
    assert len(charts[0].facts) == 3
    assert any(one.what == "README.txt" for one in charts[2].coverage.unread)


def test_what_kind_of_chart_it_is_is_decided_by_content(tmp_path: Path) -> None:
    (tmp_path / "chart.json").write_text(PLAIN)
    (tmp_path / "chart.yaml").write_bytes(b"\xef\xbb\xbf" + content(bundle(condition("d", DIABETES))))
    (tmp_path / "plain.json").write_text('{"patient": {"id": "a"}, "side": "left", "findings": {"fever": true}}')
    assert read_path(str(tmp_path / "chart.json"), load()).kind == "plain"
    assert read_path(str(tmp_path / "chart.yaml"), load()).kind == "FHIR"
    assert read_path(str(tmp_path / "plain.json"), load()).kind == "plain"


def test_a_single_resource_is_a_chart() -> None:
    assert only(read_json(condition("d", DIABETES)), "diabetes").origin.place == "Condition/d"


def test_a_pretty_printed_bundle_on_many_lines() -> None:
    pretty = msgspec.json.format(content(bundle(condition("d", DIABETES))), indent=2)
    assert only(document(pretty, "chart.json", load()), "diabetes")


@pytest.mark.parametrize("kind", ["collection", "searchset", "document", "transaction", "batch-response", "odd"])
def test_a_bundle_of_any_type(kind: str) -> None:
    assert only(read(condition("d", DIABETES), kind=kind), "diabetes")


@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_of_resources_is_no_chart(indent: int | None) -> None:
    """On one line or on many: it is whole, and not said to end in the middle."""
    listed = json.dumps([PATIENT, exam("faber")], indent=indent).encode()
    with pytest.raises(InputError, match="holds no FHIR resource"):
        document(listed, "chart.json", load())


def test_a_packed_file_says_so() -> None:
    with pytest.raises(InputError, match=r"is packed \(gzip\)\. Unpack it"):
        document(gzip.compress(b"{}"), "chart.ndjson", load())


def test_a_bundle_inside_a_bundle() -> None:
    chart = read(bundle(condition("d", DIABETES), patient=None))
    assert only(chart, "diabetes")


def test_places_of_resources_without_id_are_their_entries() -> None:
    nameless = condition("d", DIABETES)
    del nameless["id"]
    assert only(read(nameless), "diabetes").origin.place == "entry 2, Condition"
    by_line = document(lines(PATIENT, nameless), "chart.ndjson", load())
    assert only(by_line, "diabetes").origin.place == "line 2, Condition"
    assert only(document(content(nameless), "c.json", load()), "diabetes").origin.place == "the whole file, Condition"


# -------------------------------------------------------------------------------- versions, duplicates, deletions


def test_a_resource_that_is_there_twice_counts_once() -> None:
    chart = read(exam("faber"), exam("faber"))
    assert len(facts(chart, "exam_faber")) == 1
    assert why(chart, "faber") == "the same resource again"
    assert everything(chart) == 3


def test_duplicates_without_id_are_told_by_their_content() -> None:
    nameless = condition("d", DIABETES)
    del nameless["id"]
    chart = read(nameless, nameless, {**nameless, "recordedDate": "2024-01-01"})
    assert len(facts(chart, "diabetes")) == 2


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_versions_the_newest_counts_whatever_their_order(turned: bool) -> None:
    old = exam("faber", meta={"versionId": "9", "lastUpdated": "2025-05-01T00:00:00Z"})
    new = exam("faber", "260385009", meta={"versionId": "10", "lastUpdated": "2025-05-02T00:00:00Z"})
    chart = read(*((new, old) if turned else (old, new)))
    assert only(chart, "exam_faber").value is False
    assert "another version" in why(chart, "faber")


def test_two_servers_may_use_the_same_id() -> None:
    entries = bundle(exam("faber"), {**exam("faber"), "bodySite": site("7771000")})
    for server, entry in zip("ab", entries["entry"][1:], strict=True):
        entry["fullUrl"] = f"https://{server}.example.org/Observation/faber"
    assert {fact.side for fact in read_json(entries).facts} == {"left", "right"}


def test_what_was_deleted_does_not_count() -> None:
    entries = bundle(exam("faber"), kind="history")
    entries["entry"].append({"request": {"method": "DELETE", "url": "Observation/faber"}})
    entries["entry"].append({"request": {"method": "DELETE", "url": "x"}, "resource": exam("gaenslen")})
    chart = read_json(entries)
    assert chart.facts == []
    assert "deleted" in why(chart, "faber")
    assert everything(chart) == 4


def test_a_search_result_with_further_pages_says_so() -> None:
    entries = {**bundle(exam("faber"), kind="searchset"), "link": [{"relation": "next", "url": "https://x"}]}
    assert any("further pages" in one.why for one in read_json(entries).coverage.unread)


# -------------------------------------------------------------------------------------------- references


def linked(written: str, **urls: str) -> Chart:
    """An injection and a field of it, linked by a written reference; ``urls`` are the full URLs of both."""
    procedure = {
        "resourceType": "Procedure", "id": "inj", "status": "completed", "performedDateTime": "2025-03-04",
        "code": coded("http://www.ama-assn.org/go/cpt", "27096"), "bodySite": [site(RIGHT)],
    }  # fmt: skip
    field = observation(
        "f", coded(LOCAL, "injection-two-views"), valueBoolean=True, effectiveDateTime="2024-01-01", partOf=[{"reference": written}]
    )  # fmt: skip
    entries = bundle(procedure, field)
    for entry, url in zip(entries["entry"][1:], urls.values(), strict=False):
        entry["fullUrl"] = url
    return read_json(entries)


@pytest.mark.parametrize(
    ("written", "urls"),
    [
        ("Procedure/inj", {}),
        ("Procedure/inj/_history/2", {}),
        ("urn:uuid:1-2-3", {"procedure": "urn:uuid:1-2-3"}),
        ("https://a.example.org/Procedure/inj", {"procedure": "https://a.example.org/Procedure/inj"}),
        ("https://a.example.org/Procedure/inj", {}),
        ("Procedure/inj", {"procedure": "https://a.example.org/Procedure/inj", "field": "https://a.example.org/Observation/f"}),
    ],
)  # fmt: skip
def test_references_by_name_uuid_and_url(written: str, urls: dict[str, str]) -> None:
    assert only(linked(written, **urls), "sij_injections").value["two_views"] is True


@pytest.mark.parametrize("written", ["Procedure/other", "urn:uuid:none", "#inj", "inj", ""])
def test_references_that_lead_nowhere(written: str) -> None:
    assert "two_views" not in only(linked(written), "sij_injections").value


# ------------------------------------------------------------------------------------------ wrong shapes


@pytest.mark.parametrize(
    "broken",
    [
        {"code": "E11.9"},
        {"code": [DIABETES]},
        {"code": {"coding": "E11.9"}},
        {"code": {"coding": ["E11.9"]}},
        {"code": {"coding": [{"system": ICD, "code": 11}]}},
        {"code": {"text": {"value": "x"}}},
        {"onsetDateTime": 2020},
        {"onsetPeriod": "2020"},
        {"clinicalStatus": ["active"]},
        {"clinicalStatus": {"coding": [{"code": 1}]}},
        {"contained": {"resourceType": "Condition"}},
    ],
)
def test_a_resource_of_a_wrong_shape_is_listed_and_reading_goes_on(broken: dict[str, Any]) -> None:
    chart = read({**condition("bad", DIABETES), **broken}, condition("good", DIABETES))
    assert [fact.origin.place for fact in chart.facts] == ["Condition/good"]
    assert "not readable: '" in why(chart, "bad")
    assert chart.coverage.not_read == {"Condition": 1}
    assert everything(chart) == 3


def test_a_resource_that_is_half_read_leaves_nothing_behind() -> None:
    half = exam("faber", component=[{"code": coded(LOCAL, "gaenslen"), "valueQuantity": "7"}])
    chart = read(half)
    assert chart.facts == []
    assert "not readable" in why(chart, "faber")


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        ("text", 0),
        ({}, 0),
        ([1, "x", None], 3),
        ([{"resource": 1}], 1),
        ([{"resource": None}], 1),
        ([{"resource": {}}], 1),
        ([{"resource": {"resourceType": 7}}], 1),
        ([{"resource": []}], 1),
        ([{"fullUrl": 7, "resource": {"resourceType": "Basic", "id": 7}}], 1),
        ([{"request": "DELETE"}], 1),
    ],
)
def test_entries_of_a_wrong_shape_are_counted(entry: Any, counted: int) -> None:
    """Beside one good resource, so that the chart can be read."""
    whole = {"resourceType": "Bundle", "entry": entry}
    chart = read(condition("d", DIABETES), whole)
    assert only(chart, "diabetes")
    assert everything(chart) == 2 + counted


def test_a_number_out_of_range_makes_its_resource_unreadable() -> None:
    text = content(bundle(condition("d", DIABETES, note=[{"x": 12345}]))).replace(b"12345", b"1e999")
    chart = document(text, "c.json", load())
    assert why(chart, "d") == "not readable: a number in it is too large (out of range)"
    huge = content(bundle(observation("w", coded("http://loinc.org", "29463-7"), valueQuantity={"value": 1})))
    chart = document(huge.replace(b'"value":1', b'"value":1' + b"0" * 400), "c.json", load())
    assert chart.facts == []
    assert why(chart, "w") == "not readable: the number under 'value' is too large"


@pytest.mark.parametrize(("held", "called"), [("x", "text"), (7, "a number"), (None, "null"), ([], "a list")])
def test_what_a_list_holds_in_place_of_objects_is_said(held: Any, called: str) -> None:
    chart = read(observation("w", {"coding": [held]}, valueQuantity={"value": 1}))
    assert why(chart, "w") == f"not readable: 'coding' should hold objects, not {called}"


def test_words_of_a_chart_cannot_spoil_a_report() -> None:
    assert tidy("a\n\x1b[31mb\t c") == "a ?[31mb c"
    assert len(tidy("x" * 10_000)) == 200
    nasty = {**condition("d", {**DIABETES, "text": "sugar\n\x1b]0;x\x07" + "y" * 5000})}
    fact = only(read(nasty), "diabetes")
    assert "\x1b" not in fact.origin.words
    assert len(fact.origin.words) <= 200


# ----------------------------------------------------------------------------------- files that cannot be used


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Basic", "x": NaN}}]}', "NaN"),
        (b'{"resourceType": "Bundle", "x": -Infinity}', "Infinity"),
        (b'{"resourceType": "Bundle",\n "entry": [,]}', "not readable as FHIR"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Pa', "ends in the middle"),
        (b'{"resourceType": "Bundle", "x": "\\ud800"}', "malformed"),
        (b'{"resourceType": "Bundle", "x": "cal\xe9"}', "not UTF-8"),
        ('{"resourceType": "Bundle"}'.encode("utf-16"), "UTF-16"),
        ('{"resourceType": "Bundle"}'.encode("utf-16-le"), "not UTF-8"),
        ('{"resourceType": "Bundle"}'.encode("utf-32"), "UTF-32"),
        (b'{"resourceType": "Bundle"}', "holds no FHIR resource"),
        (b'{"resourceType": "Bundle", "entry": []}', "holds no FHIR resource"),
        (b'[{"resourceType": "Patient"}]', "holds no FHIR resource"),
        (b'{"resourceType": "Patient", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"resourceType": "Bundle", "entry": ' + b'[{"resource": {"a": ' * 50_000, "nested too deeply"),
        (b'{"resourceType": "Patient"}\n{"resourceType": "Cond', "line 2"),
        (b'{"resourceType": "Patient", "id": "a"}\n{"resourceType": "Patient", "x": nan}\n', "line 2"),
    ],
)
def test_one_clear_error_and_never_a_traceback(data: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "chart.json"
    file.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_path(str(file), load())
    assert problem in str(error.value)
    assert str(file) in error.value.place
    assert error.value.cure


def test_bundles_in_bundles_without_end_are_refused() -> None:
    whole: dict[str, Any] = bundle(condition("d", DIABETES))
    for _ in range(30):
        whole = bundle(whole, patient=None)
    with pytest.raises(InputError, match="nested too deeply"):
        read_json(whole)


def test_a_missing_file_a_folder_of_nothing_and_a_device(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_path(str(tmp_path / "none.json"), load())
    with pytest.raises(InputError, match="holds no FHIR file"):
        read_path(str(tmp_path), load())
    with pytest.raises(InputError, match="not a file"):
        read_path("/dev/null", load())
    with pytest.raises(InputError, match="cannot be read"):
        read_path("a\x00b", load())
    with pytest.raises(InputError, match="cannot be read"):
        folder(tmp_path / "none", load())


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as out:
        out.truncate((1 << 30) + 1)  # sparse: takes no room on the disk
    with pytest.raises(InputError, match="larger than 1 GiB"):
        read_path(str(file), load())


def test_a_folder_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sacroiliac.chart import files

    for name in "ab":
        (tmp_path / f"{name}.json").write_bytes(content(condition(name, DIABETES)))
    monkeypatch.setattr(files, "LARGEST", 400)
    with pytest.raises(InputError, match="larger than 1 GiB"):
        read_path(str(tmp_path), load())


@pytest.mark.parametrize("form", ["bundle", "lines"])
def test_a_file_of_200_megabytes_is_read_in_bounded_memory(tmp_path: Path, form: str) -> None:
    """Half scanned documents, half observations: a patient's whole record with everything in it."""
    scan = content(
        {
            "resourceType": "DocumentReference",
            "id": "N",
            "status": "current",
            "content": [{"attachment": {"data": "A" * 1_000_000}}],
        }
    )
    seen = content({**exam("faber"), "id": "N"})
    file = tmp_path / "large.json"
    many = 40_000
    with file.open("wb") as out:
        between = b"\n" if form == "lines" else b'},\n{"resource":'
        out.write(b"" if form == "lines" else b'{"resourceType":"Bundle","entry":[{"resource":')
        out.write(content(PATIENT))
        for number in range(170):
            out.write(between + scan.replace(b'"N"', b'"s%d"' % number))
        for number in range(many):
            out.write(between + seen.replace(b'"N"', b'"o%d"' % number))
        out.write(b"" if form == "lines" else b"}]}")
    assert file.stat().st_size > 180e6
    before, started = limits.getrusage(limits.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    chart = read_path(str(file), load())
    assert time.perf_counter() - started < 60
    assert len(facts(chart, "exam_faber")) == many
    assert limits.getrusage(limits.RUSAGE_SELF).ru_maxrss - before < 1_500_000  # kB: facts, and the file itself


def test_many_equal_entries_are_listed_as_one() -> None:
    """A score at every visit would bury what matters."""
    scores = [
        observation(f"n{number}", coded("http://loinc.org", "72514-3"), valueInteger=number) for number in range(9)
    ]
    chart = read(*scores)
    (listed,) = chart.coverage.unread
    assert listed.what.endswith("(9 entries)")
    assert listed.origin.place == "Observation/n0 and 8 more"
    assert unread(read(*scores[:2]), "n1")
