"""Counts and sets from single tests of the examination and from imaging."""

from __future__ import annotations

from collections.abc import Mapping

from sacroiliac.cases.derive.known import Known, derives, latest, months_since, number
from sacroiliac.cases.found import Found

PROVOCATION = (
    "faber",
    "gaenslen",
    "thigh_thrust",
    "compression",
    "distraction",
    "sacral_thrust",
    "yeoman",
    "posterior_shear",
)
# Thigh thrust and posterior shear are one manoeuvre under two names.
MANOEUVRES: tuple[tuple[str, ...], ...] = (
    ("thigh_thrust", "posterior_shear"), ("faber",), ("gaenslen",), ("compression",), ("distraction",), ("sacral_thrust",), ("yeoman",),
)  # fmt: skip
IMAGING = ("img_sij_xray", "img_sij_ct_or_mri", "img_pelvis_ap", "img_lumbar_ct_or_mri")


@derives("provocation_positive")
def _positive(known: Known) -> Found | None:
    return _set_of(known, {name: name for name in PROVOCATION})


def _results(known: Known) -> dict[str, bool | None]:
    """The result of each test: of the test itself, or of a list of the positive ones."""
    listed = known.value("provocation_positive") or {}
    stated = dict.fromkeys(listed.get("absent", ()), False) | dict.fromkeys(listed.get("present", ()), True)
    return {name: stated.get(name) if known.value(name) is None else known.value(name) for name in PROVOCATION}


@derives("provocation_done")
def _done(known: Known) -> Found | None:
    done = [name for name, result in _results(known).items() if result or known.value(name) is not None]
    # A test nobody mentions may have been done: it is not documented, not absent.
    return Found({"present": done}, known.rests_on([*done, "provocation_positive"])) if done else None


@derives("provocation_count_done")
def _count_done(known: Known) -> Found | None:
    named = known.value("provocation_done") or {"present": ()}
    done = [group for group in MANOEUVRES if set(group) & set(named["present"])]
    return Found(float(len(done)), known.rests_on(["provocation_done"]), "from the single tests") if done else None


@derives("provocation_count")
def _count(known: Known) -> Found | None:
    """Positive manoeuvres: at least those positive, at most those not negative among the six usual ones."""
    results = _results(known)
    positive = [group for group in MANOEUVRES if any(results[name] is True for name in group)]
    negative = [
        group for group in MANOEUVRES if group not in positive and any(results[name] is False for name in group)
    ]
    if not positive and not negative:
        return None
    open_ones = [
        group for group in MANOEUVRES if group not in positive and group not in negative and group != ("yeoman",)
    ]
    bounds = (float(len(positive)), float(len(positive) + len(open_ones)))
    return Found(number(bounds), known.rests_on([*PROVOCATION, "provocation_positive"]), "from the single tests")


@derives("sij_exam_recorded")
def _exam_recorded(known: Known) -> Found:
    recorded = any(known.value(name) is not None for name in ("provocation_positive", "provocation_count"))
    return Found(recorded, known.rests_on(PROVOCATION), "about the record itself")


def _set_of(known: Known, words: Mapping[str, str]) -> Found | None:
    """A set from yes-or-no findings: ``words`` gives the finding behind each word."""
    values = {word: known.value(name) for word, name in words.items()}
    if all(value is None for value in values.values()):
        return None
    present = [word for word, value in values.items() if value is True]
    absent = [word for word, value in values.items() if value is False]
    return Found({"present": present, "absent": absent}, known.rests_on(words.values()), "from the single findings")


@derives("sacroiliitis_on_imaging")
def _sacroiliitis(known: Known) -> Found | None:
    names = ("mri_sacroiliitis", "mri_deep_oedema", "radiographic_sacroiliitis")
    if any(known.value(name) is True for name in names):
        return Found(True, known.rests_on(names))
    # A negative radiograph says nothing of the marrow: both kinds of imaging must be negative.
    negative = known.value("mri_sacroiliitis") is False and known.value("radiographic_sacroiliitis") is False
    return Found(False, known.rests_on(names)) if negative else None


@derives("pain_scale_named")
def _scale_named(known: Known) -> Found | None:
    names = [name for name in ("pain_nrs", "function_score") if known.value(name) is not None]
    return Found(True, known.rests_on(names), "a named score is on the chart") if names else None


@derives("img_age_months")
def _imaging_age(known: Known) -> Found | None:
    taken = [fact for name in IMAGING if known.value(name) is True for fact in known.findings[name].facts]
    # A note speaks of the day it was written; when the images in it were taken, it does not say.
    newest = latest((None if fact.noted else fact.when for fact in taken), known.review)
    months = None if newest is None else months_since(newest, known.review)
    if newest is None or months is None:
        return None
    facts = tuple(fact for fact in taken if fact.when is None or fact.when[1] >= newest[0])
    return Found(number(months), facts, "newest imaging on the chart")
