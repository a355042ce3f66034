"""Real sources, by the name that `read` knows them by. Each has a page in docs/sources on what it can
and can not tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.cases.reading import Reading
from workbench.cases.sources.claims import read_claims
from workbench.cases.sources.hearing_orders import read_hearing_orders
from workbench.cases.sources.imr import read_imr
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Library

SOURCES: dict[str, Callable[[str | Path, Library], Reading]] = {
    "narratives": read_hearing_orders,
    "imr": read_imr,
    "claims": read_claims,
}


def read_source(name: str, path: str | Path, library: Library) -> Reading:
    """Raises ProblemsFound for an unknown name, or a file that can not be read at all."""
    if name not in SOURCES:
        hint = nearest(name, ["cases", *SOURCES])
        raise ProblemsFound([Problem("bad-call", f"there is no source {name}", hint=hint)])
    return SOURCES[name](path, library)
