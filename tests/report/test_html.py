"""The page: complete, in order, safe, alone on the network, printable, and accessible as axe-core judges it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sacroiliac.chart import plain
from sacroiliac.errors import InputError
from sacroiliac.report import wording
from sacroiliac.report.html import explain_all, pictures, render, render_all
from sacroiliac.report.html.cases import SECTIONS
from sacroiliac.report.html.marks import linked
from sacroiliac.review.model import Contribution, ExpectedResult, Figure, Phase, Probability, Review
from tests.browser import RULES, judged
from tests.charts import reviewer, with_findings, with_injections
from tests.test_examples import EXAMPLES, reviews

ROOT = Path(__file__).parent.parent.parent
HOSTILE = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)></style>"
NAMES = [file.stem for file in EXAMPLES]

BOTH = """\
patient: {id: both, birth_date: 1959-01-08, sex: female}
side: bilateral
review_date: 2025-06-01
findings:
  pain_below_l5: yes
  thigh_thrust: [{value: positive, side: left}, {value: negative, side: right}]
injections:
- {date: 2025-02-01, side: left, target: joint, guidance: fluoroscopy, steroid: yes, relief_percent: 50}
- {date: 2025-02-15, side: right, target: joint, guidance: none, steroid: yes, relief_percent: 0}
"""


@cache
def page_of(name: str) -> str:
    """The page of an example, or of one of :data:`OTHERS`."""
    return render_all(OTHERS[name]() if name in OTHERS else reviews()[name])


def _both() -> list[Review]:
    return reviewer().review([plain.read(BOTH, "both.yaml", reviewer().knowledge)])


def _no_side() -> Review:
    chart = "patient: {id: nobody}\nreview_date: 2025-06-01\nfindings: {pain_below_l5: yes}\n"
    (found,) = reviewer().review([plain.read(chart, "no-side.yaml", reviewer().knowledge)])
    assert found.who.side is None
    return found


def _hostile() -> Review:
    return with_findings(
        {"pain_onset_date": {"value": "2024-01-05", "note": HOSTILE}, "requested_cpt": HOSTILE},
        patient={"id": HOSTILE, "birth_date": "1970-06-15"},
        medications=[{"drug": f"tramadol {HOSTILE}"}, {"drug": HOSTILE}],
        injections=[{"date": "2025-03-03", "side": "right", "complication": HOSTILE, "steroid_drug": HOSTILE}],
    )


def _many_injections() -> Review:
    return with_injections(
        {"date": "2024-05", "relief_percent": 30, "relief_hours": 2, "steroid": False},
        {"date": "2024-11-20", "steroid": True, "sustained_weeks": 2},
        {"date": "2024-11-27", "steroid": True, "relief_percent": 0, "sustained_percent": 20},
        findings={"pain_onset_date": "2024-03-01"},
        treatments=[{"kind": "pt", "start": "2010-02-01", "end": "2010-06-01", "visits": 9}],
    )


OTHERS: dict[str, Callable[[], list[Review]]] = {
    "both sides": _both,
    "no injection, no side": lambda: [_no_side()],
    "only a claim": lambda: [with_findings({}, injections=[{"date": "2025-01-15", "side": "right"}])],
    "hostile": lambda: [_hostile()],
    "many injections": lambda: [_many_injections()],
}


def visible(page: str) -> str:
    """What a reader sees, without quotations of the chart."""
    bare = re.sub(r"<(style|script|q)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", bare))


# --------------------------------------------------------------------------------------------- what it holds


@pytest.mark.parametrize("name", NAMES)
def test_every_section_is_there_and_in_order(name: str) -> None:
    page = page_of(name)
    headings = [html.unescape(one) for one in re.findall(r"<h3[^>]*>(.*?)</h3>", page)]
    titles = [title for _, title in SECTIONS]
    assert headings == titles * len(reviews()[name])
    assert page.count("<h1>") == 1
    ends = [re.sub(r"<.*", "", one) for one in re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)][-2:]
    assert ends == ["References", "Versions and legend"]


@pytest.mark.parametrize("name", NAMES)
def test_headings_go_down_one_step_at_a_time(name: str) -> None:
    levels = [int(one) for one in re.findall(r"<h([1-6])", page_of(name))]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", NAMES)
def test_everything_the_review_says_is_on_the_page(name: str) -> None:
    shown = " ".join(visible(page_of(name)).split())
    for review in reviews()[name]:
        said = [one.label for one in (*review.options, *review.red_flags, *review.questions, *review.findings)]
        said += [one.text for option in review.options for one in (*option.supports, *option.opposes, *option.protocol)]
        said += [one.measure for option in review.options for one in option.expected]
        for words in said:
            assert " ".join(words.split())[1:] in shown or wording.tidy(words)[1:] in shown, words


def test_a_red_flag_of_the_first_tier_stands_before_everything_else() -> None:
    page = visible(page_of("fever-after-injection").split("<article")[1])
    assert page.index("Red flag: act today") < page.index("STOP.") < page.index("What the injections showed")
    assert "Likeliest source" not in page


def test_what_is_not_known_is_said() -> None:
    page = visible(page_of("no injection, no side"))
    assert "Side not documented" in page
    assert "No sacroiliac injection of this side is on the chart." in page
    assert "Not answered: there is no injection of this side to explain." in page
    assert "No current medication is documented." in page
    assert "That is not the same as none." in page
    assert "No flag is not an all-clear" in page
    claim = visible(page_of("only a claim"))
    assert claim.count("not recorded") >= 3


def test_both_sides_stand_on_one_page_and_share_the_references() -> None:
    page = page_of("both sides")
    assert page.count('<article class="case"') == 2
    assert page.count('<h2 id="references">') == 1
    assert visible(page).index("Left side") < visible(page).rindex("Right side")
    assert "as for the left side" in visible(page)


@pytest.mark.parametrize("name", [*NAMES, "both sides", "no injection, no side", "only a claim", "many injections"])
def test_no_name_of_ours_and_no_broken_number_is_shown(name: str) -> None:
    shown = visible(page_of(name))
    assert not re.findall(r"\b\w+_\w+\b", shown.split("Numbered in the order in which")[0])
    assert not re.findall(r"\b(?:nan|inf|Undefined|True|False)\b", shown)
    assert not re.findall(r"[>( ]None[,)<]", page_of(name).replace(">None<", "", page_of(name).count("<b>None</b>")))
    assert not re.findall(r"aria-label=\"[^\"]*_", page_of(name))


@pytest.mark.parametrize("name", [*NAMES, "both sides"])
def test_the_page_is_of_a_reasonable_size(name: str) -> None:
    assert len(page_of(name).encode()) < 1_500_000


def test_the_same_review_gives_the_same_bytes() -> None:
    first = reviews()["hip-behind-it"]
    file = ROOT / "examples" / "hip-behind-it.yaml"
    again = reviewer().review([plain.read(file.read_text(), first[0].who.chart, reviewer().knowledge)])
    assert render(first[0]) == render_all(again) == page_of("hip-behind-it")


# ------------------------------------------------------------------------------------------ links, escaping


@pytest.mark.parametrize("name", [*NAMES, "both sides", "no injection, no side", "many injections"])
def test_every_link_within_the_page_leads_somewhere(name: str) -> None:
    page = page_of(name)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert {one for listed in re.findall(r'aria-labelledby="([^"]+)"', page) for one in listed.split()} <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


@pytest.mark.parametrize("name", [*NAMES, "both sides"])
def test_every_citation_is_in_the_list_and_every_reference_is_cited(name: str) -> None:
    page = page_of(name)
    cited = {int(one) for one in re.findall(r'href="#ref-(\d+)"', page)}
    listed = [int(one) for one in re.findall(r'<li id="ref-(\d+)"', page)]
    assert listed == list(range(1, len(listed) + 1))
    assert cited == set(listed)
    assert len(re.findall(r'class="up" href="#c\d+-1"', page)) == len(listed)


def test_unconfirmed_evidence_is_marked() -> None:
    review = reviews()["hip-behind-it"][0]
    recalled = [one for one in review.references.values() if one.status == "recalled"]
    assert recalled
    page = page_of("hip-behind-it")
    assert page.count("read from memory, not confirmed") > 1
    assert ", not confirmed" in page
    assert '<span class="unsure">unconfirmed</span>' in page


def test_hostile_text_is_only_text() -> None:
    page = page_of("hostile")
    outside = page.replace("<script>\n// Nothing", "")
    assert "<script" not in outside
    assert "<img" not in page
    assert page.count("</style>") == 1
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page


def test_a_reference_is_linked_without_trusting_it() -> None:
    found = str(linked('<b>A</b> & "B". doi 10.1000/x"y. PMID 123.'))
    assert "<b>" not in found
    assert 'href="https://doi.org/10.1000/x&#34;y"' in found
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/123/"' in found


def test_nothing_but_links_names_another_place() -> None:
    """No font, picture, style or script from elsewhere: addresses stand only in links a reader may follow."""
    for page in map(page_of, (*NAMES[:2], *OTHERS)):
        assert not re.findall(r'\b(?:src|srcset|data|poster|action)="', page)
        assert "@import" not in page
        assert not re.findall(r"url\((?!#)", page)
        assert "<link" not in page
        assert set(re.findall(r'<(\w+)[^>]*href="https?:', page)) <= {"a"}


# ------------------------------------------------------------------------------------------------- explain


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hip_osteoarthritis", "What moved it"),
        ("radiofrequency", "Evidence for and against"),
        ("groin_pain", "What rests on it"),
        ("fever", "What rests on it"),
        ("cauda_equina", "Same-day emergency MRI"),
    ],
)
def test_one_thing_can_be_opened(name: str, says: str) -> None:
    page = explain_all(reviews()["hip-behind-it"], name)
    assert says in visible(page)
    assert page.count("<h3") == 1
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'\bid="([^"]+)"', page))
    assert '<h2 id="references">' in page
    levels = [int(one) for one in re.findall(r"<h([1-6])", page)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_red_flag_opens_before_the_source_of_the_same_name() -> None:
    page = explain_all(reviews()["fever-after-injection"], "infection")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<h3") == 2
    assert visible(page).index("tier A") < visible(page).index("What moved it")


def test_a_medication_rule_can_be_opened() -> None:
    review = with_findings({}, medications=[{"drug": "diazepam"}, {"drug": "oxycodone"}, {"drug": "gabapentin"}])
    notice = (*review.medication.applies, *review.medication.could_apply)[0]
    assert notice.label[1:] in visible(explain_all([review], notice.id))


def test_what_is_missing_can_be_opened() -> None:
    review = _no_side()
    missing = next(one for flag in review.red_flags for one in flag.ask)
    assert "Not documented." in visible(explain_all([review], missing.finding))


def test_what_is_not_there_cannot_be_opened() -> None:
    with pytest.raises(InputError, match="nothing in this review is called"):
        explain_all([_no_side()], "nonsense")


# -------------------------------------------------------------------------------------------------- pictures


def test_marks_stay_inside_their_pictures() -> None:
    scale = pictures.scale([0.62])
    assert scale.top == 0.75
    assert [tick.words for tick in scale.ticks] == ["0%", "25%", "50%", "75%"]
    strip = pictures.strip(Probability(value=0.9, low=float("nan"), high=1.2), scale.top, 0.375)
    assert (strip.value, strip.low, strip.high, strip.before) == (100, 100, 100, 50)
    axis = pictures.odds(reviews()["hip-behind-it"][0].sources)
    one = Contribution(kind="group", name="x", label="x", level="x", log_odds=-99.0, ratio=0.0)
    assert (pictures.push(one, axis).start, pictures.push(one, axis).width, pictures.push(one, axis).towards) == (
        0,
        50,
        False,
    )
    assert sum(part.width for part in pictures.stacked([0.5, 0.45, 0.05])) == pytest.approx(100)
    assert pictures.stacked([0.95, 0.05])[1].words == ""
    assert [pictures.amount(*one) for one in ((0.0354, True), (0.05, True), (0.786, True), (-49.23, False))] == [
        "3.5%", "5%", "79%", "−49.2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "at_least", "lasted", "width"),
    [(85, False, 3, 50), (20, False, None, None), (50, True, 1, 16.67), (None, False, None, None)],
)
def test_a_phase_is_drawn_as_it_was_recorded(
    percent: float | None, at_least: bool, lasted: float | None, width: float | None
) -> None:
    plot = pictures.phase(
        Phase(
            recorded=percent is not None, category="low", words="", percent=percent, at_least=at_least, lasted=lasted,
            unit="hours",
        )
    )  # fmt: skip
    assert (plot.relief, plot.or_more, plot.width) == (percent, at_least, width)
    assert plot.instead == ("not recorded" if percent is None else "")


def test_the_calendar_shows_what_has_a_date() -> None:
    found = pictures.calendar(_many_injections())
    assert found is not None
    assert [one.number for one in found.injections] == [0, 1, 2]
    first, second, third = found.injections
    assert first.at < second.at < third.at < 100
    assert (second.lane, third.lane) == (0, 1)
    assert first.weeks_after.instead == "no steroid given"
    assert second.first_hours.instead == "not recorded"
    assert second.width is not None
    assert third.width is None
    assert {(one.words, bool(one.letter)) for one in found.marked} == {
        ("Onset of the pain", True),
        ("physical therapy", False),
    }
    assert [one.words for one in found.looks] == ["2025-06-01 (2 findings)"]
    assert pictures.calendar(_no_side()) is None


def test_pain_scores_treatments_and_drugs_stand_on_the_calendar() -> None:
    found = pictures.calendar(
        with_findings(
            {"pain_nrs": [{"value": 8, "date": "2025-02-01"}, {"value": 4, "date": "2025-04-01"}]},
            treatments=[{"kind": "pt", "start": "2025-03-01", "end": "2025-04-15"}],
            medications=[{"drug": "gabapentin", "start": "2025-05-01"}],
        )
    )
    assert found is not None
    assert [one.up for one in found.scores] == [80, 40]
    assert found.scores[0].at < found.scores[1].at
    spells = {one.words: one for one in found.spells}
    assert set(spells) == {"physical therapy", "gabapentin"}
    assert spells["physical therapy"].at > found.scores[0].at
    assert spells["gabapentin"].when == "2025-05-01 to 2025-06-01"


def test_expected_results_are_never_joined_across_definitions_or_patients() -> None:
    def result(months: float, value: float, measure: str, arm: str = "a", population: str = "p") -> ExpectedResult:
        figure = Figure(value=value, origin="published", cite=("x",), low=value - 0.1, high=value + 0.1)
        return ExpectedResult(
            months=months, unit="share" if "share" in measure else "points", figure=figure, measure=measure, arm=arm,
            population=population,
        )  # fmt: skip

    found = pictures.expected([
        result(3, 0.5, "share better"), result(1, 0.7, "share better"), result(1, 0.2, "share better", "sham"),
        result(1, 0.4, "share better", population="q"), result(6, -30, "mean change in pain"),
    ])  # fmt: skip
    assert [(one.measure, one.over_time, one.share) for one in found] == [
        ("share better", True, True), ("mean change in pain", False, False),
    ]  # fmt: skip
    first, other = found[0].panels
    assert [(arm.name, arm.marker, len(arm.lines)) for arm in first.arms] == [("a", 0, 1), ("sham", 1, 0)]
    assert first.arms[0].lines[0].from_.up == 70
    assert first.months == [1, 3]
    assert first.arms[1].at(3) is None
    assert len(other.arms[0].points) == 1
    assert [tick.words for tick in found[1].up] == ["−40", "−20", "0"]


def test_a_note_and_an_origin_say_which_results_they_are_about() -> None:
    def result(months: float, arm: str, cite: str, note: str | None = None) -> ExpectedResult:
        figure = Figure(value=0.5, origin="published", cite=(cite,))
        return ExpectedResult(
            months=months, unit="share", figure=figure, measure="share", arm=arm, population="p", note=note
        )

    def about(*results: ExpectedResult) -> tuple[list[tuple[str, str]], list[str]]:
        (panel,) = pictures.expected(results)[0].panels
        return panel.notes, [words for words, _ in panel.figures]

    assert about(result(1, "a", "x", "n"), result(3, "a", "x", "n")) == ([("", "n")], [""])
    assert about(result(1, "a", "x", "n"), result(3, "a", "y")) == ([("month 1", "n")], ["month 1", "month 3"])
    assert about(result(1, "a", "x"), result(1, "sham", "x", "n")) == ([("sham", "n")], [""])
    mixed = (result(1, "a", "x"), result(3, "a", "x", "n"), result(3, "sham", "x"))
    assert about(*mixed) == ([("a, month 3", "n")], [""])


# ------------------------------------------------------------------------------------------- in a real browser


@pytest.mark.parametrize("name", ["hip-behind-it", "fever-after-injection", "both sides"])
def test_axe_finds_nothing(name: str, show: Any) -> None:
    assert judged(show(page_of(name)), type="tag", values=RULES) == []


@pytest.mark.parametrize("name", ["hip-behind-it", "fever-after-injection", "many injections"])
def test_axe_finds_nothing_in_the_dark(name: str, show: Any) -> None:
    """Of all rules these are the ones that colours decide."""
    page = show(page_of(name), scheme="dark", width=360)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 27)"
    assert judged(page, type="rule", values=["color-contrast", "link-in-text-block"]) == []


def test_axe_finds_nothing_when_everything_is_open(show: Any) -> None:
    page = show(page_of("relief-lost-in-days"))
    page.get_by_role("button", name="Open everything").click()
    assert page.locator("details:not([open])").count() == 0
    assert judged(page, type="tag", values=RULES) == []


@pytest.mark.parametrize("name", ["hip-behind-it", "both sides", "hostile"])
def test_the_page_asks_for_nothing_and_runs_nothing_strange(name: str, show: Any) -> None:
    page = show(page_of(name))
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.wait_for_load_state("networkidle")
    assert len(page.asked) == 1
    assert page.asked[0].startswith("file:")
    assert dialogs == []
    assert page.locator("script").count() == 1


@pytest.mark.parametrize("name", ["dual-blocks-rf-wore-off", "both sides", "many injections"])
def test_a_small_screen_needs_no_sideways_scrolling(name: str, show: Any) -> None:
    page = show(page_of(name), width=360)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_link_opens_what_it_leads_to(show: Any) -> None:
    page = show(page_of("hip-behind-it"))
    target = page.locator("li.rung:has(details:not([open]))").first
    anchor = target.get_attribute("id")
    page.evaluate("anchor => { location.hash = anchor }", anchor)
    page.wait_for_function("anchor => document.getElementById(anchor).querySelector('details').open", arg=anchor)


def test_the_keyboard_reaches_the_review_first(show: Any) -> None:
    page = show(page_of("hip-behind-it"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("name", ["hip-behind-it", "dual-blocks-rf-wore-off"])
def test_the_print_holds_the_ladder_with_every_criterion(name: str, show: Any) -> None:
    page = show(page_of(name), scheme="dark", width=720, media="print")
    printed = " ".join(page.locator("body").inner_text().split())
    for option in reviews()[name][0].options:
        assert option.label in printed
        for one in option.criteria:
            assert one.text[1:] in printed, one.text
    for title in (title for _, title in SECTIONS):
        assert title in printed
    assert "Open everything" not in printed
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    made = page.pdf(format="A4")
    assert made.startswith(b"%PDF")
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", made)) <= 30
