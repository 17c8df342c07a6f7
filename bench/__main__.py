"""Run all comparisons and print the table; the exit code is 1 only where answers disagree."""

from __future__ import annotations

import sys

from bench import cohort, cohort_spark, criteria, posterior, review, start
from bench.agreement import DisagreementError
from bench.table import render
from sacroiliac.knowledge import load


def main() -> int:
    """Measure everything, one after the other."""
    knowledge = load()
    sections = []
    try:
        for name, measure in (
            ("cold start", start.measure),
            ("warm review", lambda: review.measure(knowledge)),
            ("throughput", lambda: posterior.measure(knowledge)),
            ("criteria", lambda: criteria.measure(knowledge)),
            ("populations", cohort.measure),
            ("populations on Spark", lambda: cohort_spark.measure(knowledge)),
        ):
            print(f"measuring: {name} ...", file=sys.stderr, flush=True)
            sections.append(measure())
    except DisagreementError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(render(sections), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
