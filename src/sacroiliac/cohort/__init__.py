"""Populations: a health system's charts through the same review as one chart.

Nothing here knows a clinical meaning: these modules bring batches of charts to
:class:`~sacroiliac.review.survey.Surveyor` and its rows to disk.
"""
