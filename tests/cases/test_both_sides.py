"""Lists that count the sessions of a patient: injections of either joint, beside the lists of the joint that hurts."""

from __future__ import annotations

from sacroiliac.rules import OpenList
from tests.cases.make import builder, case, chart, value

RIGHT = "- {date: 2025-03-03, side: right, target: joint, intent: diagnostic, anesthetic: lidocaine}\n"
LEFT = "- {date: 2025-03-10, side: left, target: joint, intent: therapeutic, steroid: yes}\n"
NEITHER = "- {date: 2025-03-17, target: lateral_branch, intent: diagnostic, anesthetic: lidocaine}\n"
LISTS = ("dx_blocks", "tx_injections", "lbb_blocks")


def lengths(body: str, suffix: str) -> tuple[int | None, ...]:
    """How many entries the lists of a chart have; None for one that is not documented."""
    found = (value(f"{name}{suffix}", body) for name in LISTS)
    return tuple(None if one is None else len(one) for one in found)


def test_the_lists_of_the_joint_hold_its_own_and_those_of_the_patient_all() -> None:
    assert lengths(f"injections:\n{RIGHT}{LEFT}", "") == (1, 0, 0)
    assert lengths(f"injections:\n{RIGHT}{LEFT}", "_both_sides") == (1, 1, 0)


def test_an_injection_that_names_no_side_is_a_session_of_the_patient() -> None:
    """Of which joint is not known, so the lists of the joint stay open."""
    body = f"injections:\n{RIGHT}{NEITHER}"
    assert value("lbb_blocks", body) is None
    assert isinstance(value("dx_blocks", body), OpenList)
    assert lengths(body, "_both_sides") == (1, 0, 1)
    assert not isinstance(value("dx_blocks_both_sides", body), OpenList)


def test_none_and_nothing_said_are_told_apart() -> None:
    assert lengths("injections: []", "_both_sides") == (0, 0, 0)
    assert lengths("", "_both_sides") == (None, None, None)


def test_what_is_dated_after_the_review_is_in_neither() -> None:
    assert lengths(
        "injections:\n- {date: 2025-07-01, side: left, target: joint, intent: therapeutic}\n", "_both_sides"
    ) == (0, 0, 0)


def test_what_is_left_out_is_noted_once() -> None:
    """The second reading of the injections for both sides repeats no note."""
    noted = case(f"injections:\n{RIGHT}{NEITHER}").coverage.unread
    assert len({(one.what, one.why) for one in noted}) == len(noted) == 1


def test_the_painful_sides() -> None:
    """One where one hurts, whatever else was injected; both where both do."""
    known = chart(f"injections:\n{RIGHT}{LEFT}")
    assert builder().sides(known, 20_240) == ["right"]
    both = chart("", head="patient: {id: test}\nside: bilateral\nreview_date: 2025-06-01\n")
    assert builder().sides(both, 20_240) == ["left", "right"]
