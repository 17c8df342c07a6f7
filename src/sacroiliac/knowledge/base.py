"""What all types of the knowledge are made of."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", description="lower-case name with underscores")]
CiteKey = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="a reference key (saueressig2021) or an evidence id (saueressig2021_cluster)",
    ),
]
Rule = Annotated[str, msgspec.Meta(min_length=1, description="a rule of the criterion language over the findings")]
Prose = Annotated[str, msgspec.Meta(min_length=3)]
Status = Literal["verified", "recalled"]
FigurePath = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_<>+-]+)+$", description="evidence id, a dot, and the figure in it"
    ),
]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What all parts of the knowledge have in common: immutable, and closed to names nobody defined."""


class Number(Item, frozen=True, kw_only=True):
    """A clinical number with its origin: exactly one of ``published``, ``derived`` or ``assumption``.

    ``range`` is the span over which the number is swept: the published interval, or the span assumed.
    """

    value: float
    published: FigurePath | None = None
    derived: tuple[FigurePath, ...] = ()
    how: str | None = None
    assumption: Prose | None = None
    cite: tuple[CiteKey, ...] = ()
    range: tuple[float, float] | None = None

    @property
    def origin(self) -> Literal["published", "derived", "assumption"]:
        """Where the number comes from."""
        if self.published is not None:
            return "published"
        return "derived" if self.derived else "assumption"
