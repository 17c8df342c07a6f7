"""The picture of a population: outcomes, documentation, delivery, relief, conversion, coverage; small counts suppressed.

``queries`` count; :mod:`~sacroiliac.cohort.report.ledger` decides what may be shown; nothing here names a patient.
"""
