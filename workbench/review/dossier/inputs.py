"""What a dossier rests on: the files that were read, by their digests, and the software that computed."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from workbench.engine.decision import SCHEMA
from workbench.guideline.model import Guideline, Library
from workbench.guideline.versions import Version, lineage
from workbench.review.scenario_file import Scenario

# What a number can hang on; the PDF and the signatures are no numbers.
_LIBRARIES = ("therapy-workbench", "lark", "numpy", "polars", "pyarrow", "ruamel.yaml", "scipy", "z3-solver")
_TEXTS = (".yaml", ".csv", ".md")
SEALS = "seals"  # of a guideline folder; what is sealed is not sealed again


def file_digest(path: Path) -> str:
    """SHA-256 of a text with the line ends of Unix, so that a checkout on Windows is the same text."""
    return bytes_digest(path.read_bytes())


def bytes_digest(data: bytes) -> str:
    """The same of what a file holds."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def version_files(root: Path, file: str) -> set[str]:
    """A version's file with those beside it that bear its version (`2026.1.limits.csv`), by their paths within the
    folder; `file` is the name that the library has."""
    path = root / Path(file).relative_to(root)
    return {p.relative_to(root).as_posix() for p in path.parent.glob(f"{path.stem}.*") if p.is_file()}


def table_files(library: Library, guideline: Guideline) -> set[str]:
    """The tables that a version decides with."""
    tables = library.tables(guideline)
    named = (("conditions", tables.conditions), ("measures", tables.measures))
    return {f"{kind}/{version}.csv" for kind, version in named if version}


def bases(library: Library, item: Version) -> tuple[Guideline, ...]:
    """What a guideline extends, from the furthest base on; nothing for a plan or a program."""
    return lineage(library, item)[:0:-1] if isinstance(item, Guideline) else ()


def deciding(library: Library, root: Path, item: Version) -> set[str]:
    """The files by which a version decides: its own, those of its bases, the tables that it names."""
    found = set().union(*(version_files(root, x.file) for x in (*bases(library, item), item)))
    return found | (table_files(library, item) if isinstance(item, Guideline) else set())


def guideline_files(root: Path | str) -> dict[str, str]:
    """Path within the guideline folder → digest, of every file that is read there, by name; seals are left out."""
    root = Path(root)
    found = (p for p in root.rglob("*") if p.is_file() and p.suffix in _TEXTS)
    inside = sorted((p.relative_to(root) for p in found), key=lambda p: p.as_posix())
    return {
        p.as_posix(): file_digest(root / p)
        for p in inside
        if p.parts[0] != SEALS and not any(part.startswith(".") for part in p.parts)
    }


def digests(library: Library, scenario: Scenario) -> dict[str, dict[str, str]]:
    """Of the guideline folder, and of the files that a scenario names, by their paths beside it."""
    named = {
        "scenario": scenario.file,
        "cases": scenario.cases.file,
        "mapping": scenario.cases.mapping,
        "assumptions": scenario.assumptions.file if scenario.assumptions else "",
    }
    read: dict[str, str] = {}
    for what, name in named.items():
        path = Path(name) if what == "scenario" else scenario.root / name
        if name and path.is_file():
            read[beside(path, scenario.root)] = file_digest(path)
    return {"guidelines": guideline_files(library.root), "read": read}


def beside(path: Path, root: Path) -> str:
    """A path as it is written in files: from the folder that holds the guidelines, where it lies in there."""
    whole, beside = path.resolve(), root.resolve()
    return whole.relative_to(beside).as_posix() if whole.is_relative_to(beside) else path.name


def software() -> dict[str, str]:
    """Name → version, of what the numbers can hang on."""
    found = {"record schema": str(SCHEMA), "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
