"""What the CQL libraries do not read or work out, though the program does, and why.

A test has a chart for each entry on which the program answers and the libraries say null. When the libraries learn to
answer it, the test fails, and the entry goes.
"""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """One thing that is left out."""

    id: str
    what: str
    why: str


LIMITS = (
    Limit(
        "treatments",
        "care worked out from Procedures, drugs and claims (weeks, visits, kinds, whether it failed or goes on)",
        "spans of several sources are put together, and what is left open of each is carried along; stated findings are read",
    ),
    Limit(
        "procedures",
        "injections that a Procedure holds with the Observations, drugs and images linked to it",
        "which drug, guidance and score belongs to which injection is told by words, names and links both ways; the "
        "injection record is read",
    ),
    Limit(
        "codes",
        "diagnoses, tests and images in SNOMED CT, LOINC, ICD-10-CM or CPT",
        "what a code means is a table of the knowledge with ancestors and sides; the project's own codes are read",
    ),
    Limit(
        "words",
        "answers in words, such as a text 'positive'",
        "whether words affirm or deny is told by a list of words",
    ),
    Limit(
        "units", "numbers in another unit than that of the finding", "CQL converts by UCUM, and engines differ in how"
    ),
    Limit(
        "interpretation",
        "results given by their interpretation alone",
        "value and interpretation have to be compared, and laboratories use them differently",
    ),
    Limit(
        "components",
        "components of an Observation",
        "one definition reads one Observation; each has its own status and day",
    ),
    Limit("site_words", "a side that only words name", "CQL has no words, only strings"),
)
