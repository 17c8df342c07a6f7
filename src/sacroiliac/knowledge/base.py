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


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What all parts of the knowledge have in common: immutable, and closed to names nobody defined."""
