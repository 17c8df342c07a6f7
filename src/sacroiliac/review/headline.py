"""The review in a few sentences: what a reader must know who reads nothing else."""

from __future__ import annotations

from sacroiliac.cases import Case
from sacroiliac.review import model

QUESTIONS_NAMED, SOURCES_NAMED = 2, 3


def headline(
    case: Case,
    flags: tuple[model.Flag, ...],
    injections: tuple[model.Injection, ...],
    why: model.Why | None,
    sources: tuple[model.Source, ...],
    questions: tuple[model.Question, ...],
    step: model.FirstStep | None,
) -> tuple[model.Said, ...]:
    """The sentences, in the order of the review."""
    said = [*_flags(flags), *_injection(injections, why), _sources(sources), *_questions(questions)]
    if step is not None:
        said.append(
            model.Said(
                text=f"Do first: {_lower(step.proposed.label)}, because {step.proposed.because}.",
                cite=step.proposed.cite,
            )
        )
    return tuple(said)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _flags(flags: tuple[model.Flag, ...]) -> list[model.Said]:
    urgent = [flag for flag in flags if flag.status == "present" and flag.tier == "A"]
    others = [flag for flag in flags if flag.status == "present" and flag.tier != "A"]
    said = [model.Said(text=f"STOP. {flag.label}: {flag.action}.", cite=flag.cite) for flag in urgent]
    if others:
        said.append(
            model.Said(
                text="Red flags to follow up: " + "; ".join(_lower(flag.label) for flag in others) + ".",
                cite=others[0].cite,
            )
        )
    unasked = [flag for flag in flags if flag.status == "not asked" and flag.tier == "A"]
    if unasked and not urgent:
        said.append(
            model.Said(
                text=f"No urgent red flag is documented, but {len(unasked)} of them {'was' if len(unasked) == 1 else 'were'} not asked in full: this is not an all-clear."
            )
        )
    return said


def _injection(injections: tuple[model.Injection, ...], why: model.Why | None) -> list[model.Said]:
    if not injections or why is None:
        return [model.Said(text="No sacroiliac injection of this side is on the chart.")]
    last = injections[-1]
    said = []
    if last.pattern is not None:
        text = f"The injection of {last.date}: {last.pattern.label} (row {last.pattern.row} of the table). It means: {last.pattern.meaning}."
        said.append(model.Said(text=text, cite=last.pattern.cite))
    else:
        said.append(model.Said(text=f"The injection of {last.date} fits no row of the decision table as documented."))
    explanations = [
        ("the joint complex is not the source", why.not_the_source),
        ("it is, but the drug did not reach the part that hurts", why.missed),
        ("it is and was reached, and the relief did not hold", why.did_not_hold),
    ]
    best = max(explanations, key=lambda one: one[1].value)
    text = f"Why it did not last: most likely {best[0]} ({percent(best[1])})"
    if not last.anaesthetic.recorded:
        text += "; but the relief of the first hours is not written down, so nobody can tell with confidence"
    said.append(model.Said(text=text + "."))
    return said


def _plain(source: model.Source) -> str:
    return source.label if source.kind == "inflammatory" else _lower(source.label)


def _sources(sources: tuple[model.Source, ...]) -> model.Said:
    named = [f"{_plain(source)} ({percent(source.probability)})" for source in sources[:SOURCES_NAMED]]
    return model.Said(text=f"Likeliest sources: {', '.join(named)}.", cite=())


def _questions(questions: tuple[model.Question, ...]) -> list[model.Said]:
    cheap = [question for question in questions if question.burden <= 1][:QUESTIONS_NAMED]
    dear = [question for question in questions if question.burden > 1][:1]
    if not questions:
        return []
    text = "Would tell most: " + "; ".join(_lower(question.label) for question in cheap + dear) + "."
    return [model.Said(text=text, cite=(cheap + dear)[0].cite)]


def percent(probability: model.Probability) -> str:
    """A probability with its interval, in percent."""
    return f"{probability.value * 100:.0f}%, {probability.low * 100:.0f} to {probability.high * 100:.0f}"
