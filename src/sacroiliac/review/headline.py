"""The review in a few sentences: what a reader must know who reads nothing else."""

from __future__ import annotations

from sacroiliac.review import model
from sacroiliac.review.words import lower, percent

QUESTIONS_NAMED, SOURCES_NAMED = 2, 3
HELPED = ("high", "partial")
UNPROVEN = "unproven"
# What an injection speaks for that helped for the first hours, by what it is shown to have reached.
SPOKEN_FOR = {"joint": "the joint", "posterior": "the ligaments behind the joint"}
# Medication rules of these severities stand in the headline.
GRAVE = ("do not give", "avoid")


def headline(
    flags: tuple[model.Flag, ...],
    index: model.Injection | None,
    why: model.Why | None,
    why_not: str,
    sources: tuple[model.Source, ...],
    questions: tuple[model.Question, ...],
    step: model.FirstStep | None,
    medication: model.Medication,
    left_out: str,
    child: bool,
    died: str | None,
) -> tuple[model.Said, ...]:
    """The sentences, in the order of the review.

    Where a red flag calls for action the same day, nothing is said that could delay it.

    :param index: the index injection, on which the review turns
    :param left_out: which injections were left out and why, where there are any
    :param child: the patient is younger than those for whom the figures were measured
    :param died: when the patient died; nothing is to be done then
    """
    if died is not None:
        gone = model.Said(text=f"The chart says that the patient died ({died}). What follows looks back.")
        return (gone, *_injection(index, why, why_not, left_out), _sources(sources))
    urgent = [flag for flag in flags if flag.status == "present" and flag.tier == "A"]
    if urgent:
        stop = [
            *_child(child),
            *(model.Said(text=f"STOP. {flag.label}: {flag.action}.", cite=flag.cite) for flag in urgent),
        ]
        return (*stop, model.Said(text="Nothing below may delay this; the probabilities were not made for it."))
    said = [
        *_child(child),
        *_flags(flags),
        *_injection(index, why, why_not, left_out),
        _sources(sources),
        *_questions(questions),
        *_medication(medication),
    ]
    if step is not None:
        text = f"Do first: {lower(step.proposed.label)}, because {step.proposed.because}."
        said.append(model.Said(text=text, cite=step.proposed.cite))
    return tuple(said)


def _child(child: bool) -> list[model.Said]:
    words = "The patient is a child: no figure here was measured in children, and this program is not made for them."
    return [model.Said(text=words)] if child else []


def _flags(flags: tuple[model.Flag, ...]) -> list[model.Said]:
    said = []
    present = [flag for flag in flags if flag.status == "present"]
    if present:
        named = "; ".join(lower(flag.label) for flag in present)
        cite = tuple(key for flag in present for key in flag.cite)
        said.append(model.Said(text=f"Red flags to follow up: {named}.", cite=cite))
    unasked = [flag for flag in flags if flag.status == "not asked" and flag.tier == "A"]
    if unasked:
        number = f"{len(unasked)} of them {'was' if len(unasked) == 1 else 'were'}"
        said.append(
            model.Said(
                text=f"No urgent red flag is documented, but {number} not asked in full: this is not an all-clear."
            )
        )
    return said


def _injection(index: model.Injection | None, why: model.Why | None, why_not: str, left_out: str) -> list[model.Said]:
    if index is None and left_out:
        return [model.Said(text=left_out)]
    if index is None:
        return [model.Said(text="No sacroiliac injection of this side is on the chart.")]
    if index.pattern is None:
        return [model.Said(text=f"The injection of {index.date} fits no row of the decision table as documented.")]
    text = f"Injection of {index.date}: {index.pattern.label} (row {index.pattern.row} of the table); {index.pattern.meaning}."
    said = [model.Said(text=text, cite=index.pattern.cite)]
    if why is not None:
        said.append(_why(index, why))
    elif not index.anaesthetic.recorded and not index.steroid.recorded and not index.pattern.why_not:
        said.append(model.Said(text=f"Why it did not last cannot be told: {why_not}."))
    return said


def _why(index: model.Injection, why: model.Why) -> model.Said:
    """The likeliest explanation: first whether the region is the source at all, then what went wrong there."""
    source = model.Probability(
        value=1 - why.not_the_source.value, low=1 - why.not_the_source.high, high=1 - why.not_the_source.low
    )
    held = "did not come" if not why.relief_came else "wore off" if why.question == "wore off" else "did not hold"
    reached = f"what hurts was reached, but relief {held}"
    inside = [("the drug did not reach what hurts", why.missed), (reached, why.did_not_hold)]
    words, best = max(inside, key=lambda one: one[1].value)
    spoken_for = SPOKEN_FOR.get(index.delivery.reached) if index.anaesthetic.category == "high" else None
    if source.value < why.not_the_source.value and spoken_for:
        # The sentence before this one calls it supported; without this, the two would contradict each other.
        found = f"this injection speaks for {spoken_for}, but other sources together stay likelier "
        found += f"({with_interval(why.not_the_source)})"
    elif source.value < why.not_the_source.value:
        found = "most likely the joint and its ligaments are not the source "
        found += f"({with_interval(why.not_the_source)} for all else together)"
    else:
        found = f"the joint or its ligaments are the source ({with_interval(source)}); "
        found += f"if they are, most likely {words} ({percent(best.value / source.value)} of that)"
    if not index.anaesthetic.recorded:
        found += "; but the relief of the first hours is not written down, so nobody can tell with confidence"
    elif index.delivery.reached == UNPROVEN:
        found += "; but where the drug went is not shown, so this injection tells little of it"
    return model.Said(text=f"Why it {why.question}: {found}.")


def _sources(sources: tuple[model.Source, ...]) -> model.Said:
    named = [f"{lower(source.label)} ({with_interval(source.probability)})" for source in sources[:SOURCES_NAMED]]
    told = any(source.contributions for source in sources)
    how = (
        "Likeliest sources" if told else "Nothing on the chart tells the sources apart; most frequent in such patients"
    )
    return model.Said(text=f"{how}: {', '.join(named)}.")


def _questions(questions: tuple[model.Question, ...]) -> list[model.Said]:
    cheap = [question for question in questions if question.burden <= 1][:QUESTIONS_NAMED]
    dear = [question for question in questions if question.burden > 1][:1]
    if not questions:
        return []
    cite = tuple(key for question in cheap + dear for key in question.cite)
    return [model.Said(text="Would tell most: " + "; ".join(lower(one.label) for one in cheap + dear) + ".", cite=cite)]


def _medication(medication: model.Medication) -> list[model.Said]:
    grave = [one for one in medication.applies if one.severity in GRAVE and not one.planned and one.confirmed]
    if not grave:
        return []
    named = "; ".join(f"{lower(one.label)} ({one.number}, {one.severity})" for one in grave)
    cite = tuple(key for one in grave for key in one.cite)
    return [model.Said(text=f"Unsafe medication: {named}.", cite=cite)]


def with_interval(probability: model.Probability) -> str:
    """A probability with its interval, in percent."""
    return f"{percent(probability.value)}, {probability.low * 100:.0f} to {probability.high * 100:.0f}"
