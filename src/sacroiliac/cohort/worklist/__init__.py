"""The worklist of a population: who needs what next, most urgent first.

One file in ``queries`` finds each kind; :mod:`~sacroiliac.cohort.worklist.entries` says it in words.
"""
