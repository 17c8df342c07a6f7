"""Which missing facts to document to move a number, and a truth made of such numbers (see :mod:`.settle`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec


class Missing(msgspec.Struct, frozen=True, order=True):
    """Something not documented that a rule asks for: a fact, and which part of it."""

    fact: str
    detail: str = ""


class Plan(msgspec.Struct, frozen=True):
    """Facts to document, each with the answer wanted of it ("in", "up", ...; equal answers agree).

    When ``sure``, these answers do what is asked for, whatever all other facts are.
    """

    answers: frozenset[tuple[Missing, str]] = frozenset()
    sure: bool = True

    @classmethod
    def of(cls, answer: str, *facts: Missing) -> Plan:
        """The same answer to some facts."""
        return cls(frozenset((fact, answer) for fact in facts))

    @classmethod
    def open(cls, facts: Iterable[Missing]) -> Plan:
        """Facts of which it is left open which answers are wanted."""
        return cls(frozenset((fact, "any") for fact in facts), sure=False)

    def joined(self, other: Plan) -> Plan:
        """Both plans together."""
        return Plan(self.answers | other.answers, self.sure and other.sure)

    @property
    def facts(self) -> frozenset[Missing]:
        """What is to be documented."""
        return frozenset(fact for fact, _ in self.answers)

    @property
    def agrees(self) -> bool:
        """Whether no fact is wanted with two different answers."""
        return len(self.facts) == len(self.answers)


NOTHING = Plan()


class Unknown(msgspec.Struct, frozen=True):
    """One unknown term of a sum.

    ``raised`` and ``lowered`` are what can be chosen to move it up or down, with what it then is at least, or at
    most; the first choice costs nothing. ``fixed`` is what can be chosen to know it exactly, with the lowest and
    highest value it can then have.
    """

    raised: tuple[tuple[float, Plan], ...]
    lowered: tuple[tuple[float, Plan], ...]
    fixed: tuple[tuple[float, float, Plan], ...]
    facts: frozenset[Missing]

    @classmethod
    def yes_or_no(cls, yes: Sequence[Plan], no: Sequence[Plan]) -> Unknown:
        """A term that is 1 after any plan of ``yes`` and 0 after any plan of ``no``."""
        return cls(
            ((0, NOTHING), *((1, plan) for plan in yes)),
            ((1, NOTHING), *((0, plan) for plan in no)),
            (*((1, 1, plan) for plan in yes), *((0, 0, plan) for plan in no)),
            frozenset(fact for plan in (*yes, *no) for fact in plan.facts),
        )

    @classmethod
    def number(cls, lo: float, hi: float, up: Plan, down: Plan, text: str) -> Unknown:
        """A number between ``lo`` and ``hi`` that the same facts move up or down."""
        exact = Plan.of(f"exactly in {text}", *up.facts)
        return cls(((lo, NOTHING), (hi, up)), ((hi, NOTHING), (lo, down)), ((lo, hi, exact),), up.facts)

    @classmethod
    def open_list(cls, name: str, text: str) -> Unknown:
        """The entries of a list that nobody wrote down."""
        missing = Missing(name)
        return cls.number(0, float("inf"), Plan.of("more", missing), Plan.of("no more", missing), text)

    def negative(self) -> Unknown:
        """The term with the opposite sign."""
        return Unknown(
            tuple((-value, plan) for value, plan in self.lowered),
            tuple((-value, plan) for value, plan in self.raised),
            tuple((-high, -low, plan) for low, high, plan in self.fixed),
            self.facts,
        )


class Sum(msgspec.Struct, frozen=True):
    """A number as what is known of it plus its unknown terms."""

    known: float = 0.0
    unknown: tuple[Unknown, ...] = ()

    def plus(self, other: Sum) -> Sum:
        """The sum of both."""
        return Sum(self.known + other.known, self.unknown + other.unknown)

    def negative(self) -> Sum:
        """The number with the opposite sign."""
        return Sum(-self.known, tuple(one.negative() for one in self.unknown))
