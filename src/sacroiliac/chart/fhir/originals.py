"""The resources of a FHIR chart as they stand in it, for whoever has to hand them on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sacroiliac.chart import files
from sacroiliac.chart.facts import Chart, Origin
from sacroiliac.chart.fhir.bundle import Held, Loader, Store, nested, open_, store
from sacroiliac.chart.fhir.read import NDJSON
from sacroiliac.chart.fhir.shapes import Object, UnreadableError


@dataclass(frozen=True, slots=True)
class Original:
    """A resource of a chart. ``url``: where it is to be found, if the chart gives an address on the web."""

    key: str
    content: Object
    url: str | None


class Originals:
    """Finds the resource that a fact was read from. Reads the chart again: facts do not keep their resources."""

    def __init__(self, chart: Chart) -> None:
        self._store = Store()
        if chart.kind == "FHIR":
            loader = Loader()
            path = Path(chart.file)
            named = [one for one in sorted(path.iterdir()) if _is_fhir(one)] if path.is_dir() else [path]
            for one in named:
                data = files.content(one)
                try:
                    if data.strip():
                        loader.document(data, str(one))
                except RecursionError:
                    raise nested(str(one), "") from None
            self._store = store(loader)
        self._places = {(one.file, one.place): one for one in self._store.held}

    def at(self, origin: Origin) -> Original | None:
        """The resource at a place; of a contained resource the one that holds it."""
        place = origin.place
        held = self._places.get((origin.file, place))
        while held is None and ("," in place or "#" in place):
            place = place[: max(place.rfind(","), place.rfind("#"))]
            held = self._places.get((origin.file, place))
        return None if held is None else _opened(held)

    def meant(self, reference: str, base: str | None) -> Original | None:
        """The resource that a written reference means."""
        held = self._store.find(reference, base)
        return None if held is None else _opened(held)


def _is_fhir(path: Path) -> bool:
    return path.suffix.lower() in NDJSON and not path.is_dir()


def _opened(held: Held) -> Original | None:
    try:
        item = open_(held)
    except UnreadableError:
        return None
    url = item.url if item.url is not None and item.url.startswith("http") else None
    return Original(item.key, item.content, url)
