"""Real sources, by the name that `read` knows them by. Each has a page in docs/sources on what it can
and can not tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Library
from workbench.reading.account import Reading
from workbench.reading.sources.claims import read_claims
from workbench.reading.sources.hearing_orders import read_hearing_orders
from workbench.reading.sources.imr import read_imr
from workbench.reading.sources.renamed import Source

SOURCES: dict[str, Callable[[str | Path, Library, Source], Reading]] = {
    "narratives": read_hearing_orders,
    "imr": read_imr,
    "claims": read_claims,
}


def read_source(name: str, path: str | Path, library: Library, mapping: Source = None) -> Reading:
    """`mapping` says how an export spells the columns and values of the source. Raises ProblemsFound for an unknown
    name, or a file or mapping that can not be read at all."""
    if name not in SOURCES:
        hint = nearest(name, ["cases", *SOURCES])
        raise ProblemsFound([Problem("bad-call", f"there is no source {name}", hint=hint)])
    return SOURCES[name](path, library, mapping)
