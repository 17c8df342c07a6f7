"""A policy as a form that payers' systems understand (Da Vinci CRD, DTR and PAS): the questions, the answers that the
chart gives with their origin, and what is sent with them.

:func:`questionnaire` makes the form alone; :func:`packet` the form, the response and the bundle for a chart.
"""

from sacroiliac.report.dtr.documents import packet, questionnaire
from sacroiliac.report.resources import written

__all__ = ["packet", "questionnaire", "written"]
