"""Counts and sets from single tests of the examination and from imaging."""

from __future__ import annotations

from collections.abc import Mapping

from sacroiliac.cases.derive.known import Known, derives, months_between, number
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


@derives("provocation_done")
def _done(known: Known) -> Found | None:
    done = [name for name in PROVOCATION if known.value(name) is not None]
    # A test nobody mentions may have been done: it is not documented, not absent.
    return Found({"present": done}, known.rests_on(done)) if done else None


@derives("provocation_count_done")
def _count_done(known: Known) -> Found | None:
    done = [group for group in MANOEUVRES if any(known.value(name) is not None for name in group)]
    return Found(float(len(done)), known.rests_on(PROVOCATION), "from the single tests") if done else None


@derives("provocation_count")
def _count(known: Known) -> Found | None:
    """Positive manoeuvres: at least those positive, at most those not negative among the six usual ones."""
    positive = [group for group in MANOEUVRES if any(known.value(name) is True for name in group)]
    negative = [
        group for group in MANOEUVRES if group not in positive and any(known.value(name) is False for name in group)
    ]
    if not positive and not negative:
        return None
    open_ones = [
        group for group in MANOEUVRES if group not in positive and group not in negative and group != ("yeoman",)
    ]
    bounds = (float(len(positive)), float(len(positive) + len(open_ones)))
    return Found(number(bounds), known.rests_on(PROVOCATION), "from the single tests")


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
    values = [known.value(name) for name in names]
    if True in values:
        return Found(True, known.rests_on(names))
    seen = known.value("mri_sacroiliitis") is False or known.value("radiographic_sacroiliitis") is False
    return Found(False, known.rests_on(names)) if seen else None


@derives("pain_scale_named")
def _scale_named(known: Known) -> Found | None:
    names = [name for name in ("pain_nrs", "function_score") if known.value(name) is not None]
    return Found(True, known.rests_on(names), "a named score is on the chart") if names else None


@derives("img_age_months")
def _imaging_age(known: Known) -> Found | None:
    dated = [fact for name in IMAGING if known.value(name) is True for fact in known.findings[name].facts if fact.when]
    if not dated:
        return None
    newest = max(dated, key=lambda fact: fact.when[1] if fact.when else 0)
    assert newest.when is not None
    return Found(
        number(months_between(newest.when, (known.review, known.review))), (newest,), "newest imaging on the chart"
    )
