"""The entries of a worklist: found by the queries (``rank``: most urgent first), told in the words of the knowledge."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pyarrow as pa

from sacroiliac.cohort.payers import plain
from sacroiliac.cohort.results import Results, Row
from sacroiliac.errors import InputError
from sacroiliac.knowledge.model import Knowledge
from sacroiliac.knowledge.population import Kind
from sacroiliac.review.words import lower

QUERIES = "sacroiliac.cohort.worklist"
FILTERS = ("site", "clinician", "payer")
NEAREST = 3


@dataclass(frozen=True)
class Entry:
    """Somebody who needs something: who, why, what next, and where in the chart it rests.

    ``days`` since the injection or radiofrequency it is about, to the review date; ``policies`` by their short names.
    """

    kind: Kind
    patient: str
    side: str | None
    why: str
    policies: str
    next: str
    days: int | None
    site: str | None
    clinician: str | None
    payer: str | None
    review_date: date
    file: str | None
    place: str | None
    urgent: bool = False


@dataclass
class Worklist:
    """The worklist of some results, as far as it is asked for.

    :param kinds: only these kinds; all where none is named
    :param chosen: only cases of this site, clinician or payer
    """

    results: Results
    kinds: Sequence[str]
    chosen: dict[str, str | None]

    def __post_init__(self) -> None:
        known = self.knowledge.population
        self.listed = [one for one in known.worklist if not self.kinds or one.id in self.kinds]
        for column in FILTERS:
            self._check(column)
        codes = [
            {"service": service.service, "code": code}
            for policy in self.knowledge.policies.values()
            for service in policy.services
            for code in service.codes
        ]
        self.results.table("service_codes", codes, pa.schema([("service", pa.string()), ("code", pa.string())]))
        for _ in self.results.slices():
            self.results.define(QUERIES, "chosen", {one: self.chosen.get(one) for one in FILTERS})
            for kind in self.listed:
                self.results.add(QUERIES, kind.id, self._parameters[kind.id])

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge of the results."""
        return self.results.knowledge

    def entries(self) -> Iterator[Entry]:
        """All entries, most urgent first.

        :raises InputError: when the tables cannot be read
        """
        for kind in self.listed:
            for row in self.results.kept(kind.id):
                yield self._entry(kind, row)

    def _check(self, column: str) -> None:
        """Refuse a name that nobody has."""
        asked = self.chosen.get(column)
        if asked is None:
            return
        known = self._known(column)
        if asked not in known:
            lower = {one.lower(): one for one in known}
            close = difflib.get_close_matches(asked.lower(), lower, NEAREST, cutoff=0.0)
            cure = f"Nearest: {', '.join(lower[one] for one in close)}." if close else f"No case names a {column}."
            raise InputError(f"--{column}", f"no case has '{asked}'", cure)

    def _known(self, column: str) -> list[str]:
        """Every name that a case has there."""
        return [row["name"] for row in self.results.query(QUERIES, f"known_{column}")]

    @cached_property
    def unnamed(self) -> list[str]:
        """The payers of the list of the service that no case names."""
        if not self.results.payers:
            return []
        known = {plain(one) for one in self._known("payer")}
        return [one for one in self.results.payers if plain(one) not in known]

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for where that is not all, by what it is a name of."""
        found = {name: value for name, value in self.chosen.items() if value}
        return found | ({"kind": " or ".join(one.label.lower() for one in self.listed)} if self.kinds else {})

    @property
    def by_payer(self) -> str:
        """By whose policies the worklist is made, in words; empty where nothing is known of that."""
        number = len(self.results.payers)
        return f"of the patient's own payer ({number} known)" if number else ""

    @cached_property
    def _parameters(self) -> dict[str, Row]:
        """What each query is told of the knowledge."""
        known, knowledge = self.knowledge.population, self.knowledge
        services = knowledge.coverage.services
        requests = {"policies": list(knowledge.policies), "services": [one.id for one in services]}
        repeat = [one for one in services if one.group == "radiofrequency"]
        return {
            "red_flag": {"flags": list(knowledge.red_flags)},
            "re_evaluation": {},
            "unreadable": {"unreadable": list(known.unreadable)},
            "repeat_radiofrequency": {
                "policies": list(knowledge.policies),
                "services": [one.id for one in repeat],
                "options": [name for one in repeat for name in one.options],
                "ask_months": int(known.repeat_radiofrequency.ask_after_months.value),
            },
            "not_requested": requests,
            "one_fact": requests,
        }

    # ------------------------------------------------------------------------------------------- in words

    def _entry(self, kind: Kind, row: Row) -> Entry:
        why, after = getattr(self, f"_{kind.id}")(kind, row)
        since = row["since"]
        return Entry(
            kind=kind,
            patient=row["patient"],
            side=row["side"],
            why=why,
            policies=self._policies(row.get("policies") or ()),
            next=after,
            days=None if since is None else (row["review_date"] - since).days,
            site=row["site"],
            clinician=row["clinician"],
            payer=row["payer"],
            review_date=row["review_date"],
            file=row["file"],
            place=row["place"],
            urgent=row.get("tier") == "A",
        )

    def _policies(self, listed: Sequence[Sequence[str]]) -> str:
        """Short names of pairs of a policy and what it stands under; where that differs, under each."""
        under: dict[str, list[str]] = {}
        for policy, what in listed:
            under.setdefault(what, []).append(self.knowledge.policies[policy].short)
        if len(under) < 2:
            return ", ".join(name for names in under.values() for name in names)
        return "; ".join(f"{self._services.get(what, what)}: {', '.join(names)}" for what, names in under.items())

    @cached_property
    def _services(self) -> dict[str, str]:
        return {one.id: lower(one.label) for one in self.knowledge.coverage.services}

    def _red_flag(self, kind: Kind, row: Row) -> tuple[str, str]:
        flag = self.knowledge.red_flags[row["flag"]]
        named = ((self.knowledge.findings[name].label, value) for name, value in row["rests_on"] or ())
        said = [label if value in (None, "yes") else f"{label} {value}" for label, value in named]
        return f"{flag.label}: {'; '.join(dict.fromkeys(said))}" if said else flag.label, flag.action

    def _re_evaluation(self, kind: Kind, row: Row) -> tuple[str, str]:
        percent, weeks = row["sustained_percent"], row["sustained_weeks"]
        relief = [] if percent is None else [f"{percent:g}% relief"]
        relief += [] if weeks is None else [f"for {weeks:g} weeks"]
        held = f"did not hold ({' '.join(relief)})" if relief else "is not recorded"
        return f"Injection of {row['since']}: relief over weeks {held}", kind.next

    def _unreadable(self, kind: Kind, row: Row) -> tuple[str, str]:
        patterns = {one.id: one for one in self.knowledge.injections.patterns}
        pattern = patterns.get(row["pattern"] or "")
        dated = f"Injection of {row['since'] or 'an unknown day'}"
        if pattern is not None and pattern.id in self.knowledge.population.unreadable:
            return f"{dated}: {pattern.label}", pattern.next_step
        return f"{dated}: relief in the first hours not recorded", kind.next

    def _repeat_radiofrequency(self, kind: Kind, row: Row) -> tuple[str, str]:
        dated = f"Radiofrequency of {row['since'] or 'an unknown day'}"
        if row["answer"] == "met":
            return f"{dated} helped and has worn off", kind.next
        question = self.knowledge.findings["rfa_history"].question
        return f"{dated}: whether it helped and has worn off is not documented", question or kind.next

    def _not_requested(self, kind: Kind, row: Row) -> tuple[str, str]:
        return self.knowledge.coverage.service(row["service"]).label, kind.next

    def _one_fact(self, kind: Kind, row: Row) -> tuple[str, str]:
        finding = self.knowledge.findings[row["finding"]]
        detail = f" ({row['detail']})" if row["detail"] else ""
        services = dict.fromkeys(self._services[service] for _, service in row["policies"])
        question = f"{finding.question}{detail}" if finding.question else f"document: {lower(finding.label)}{detail}"
        return f"{finding.label}{detail} not documented; for {' and '.join(services)}", question
