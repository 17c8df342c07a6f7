"""The FHIR R4 reader: a bundle, an NDJSON file or a folder of them becomes the facts of one patient.

The files follow the way in: ``bundle`` loads and resolves, ``patient`` makes sure that there is only one, ``read``
hands each resource to the reader of its type, ``injections``, ``treatments``, ``medications`` and ``labs`` put
together what several resources say about one thing. ``codes`` is the only place that looks codes up.
"""

from sacroiliac.chart.fhir.read import chart, document, folder

__all__ = ["chart", "document", "folder"]
