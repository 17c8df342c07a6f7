"""The FHIR R4 reader: a bundle, an NDJSON file or a folder of them becomes the facts of one patient.

The files follow the way in: ``files`` and ``bundle`` load and resolve, ``patient`` makes sure that there is only
one, ``read`` hands each resource to the reader of its type, ``injections``, ``treatments``, ``drugs`` and ``labs`` put together what several
resources say about one thing. ``codes`` is the only place that looks codes up.
"""

from sacroiliac.chart.fhir.read import chart, document, folder, looks_like_fhir

__all__ = ["chart", "document", "folder", "looks_like_fhir"]
