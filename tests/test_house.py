"""The structure holds: imports run downward, no circles, heavy libraries in their rooms, small modules."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Lower rooms first: a room may import itself and what stands before it.
ROOMS = ["errors", "facts", "language", "guideline", "cases", "engine", "study", "review", "lab", "api", "calls",
         "cli"]
TOP = {"calls": "calls", "cli": "cli", "verbs": "cli", "checking": "cli", "__init__": "api", "__main__": "cli"}
# Heavy library → the rooms it may live in.
HEAVY = {
    "polars": {"cases", "engine", "study", "api"}, "pyarrow": {"cases", "study", "api"}, "pandas": {"api", "lab"},
    "numpy": {"cases", "study", "lab"}, "scipy": {"cases", "study"}, "ipywidgets": {"lab"}, "anywidget": {"lab"},
    "matplotlib": {"lab", "review"}, "papermill": {"review"}, "nbformat": {"review"}, "nbconvert": {"review"},
    "ruamel": {"guideline"}, "lark": {"language"}, "openpyxl": {"cases"}, "IPython": {"lab", "api"},
    "pyspark": {"engine"}, "z3": {"engine"}}


def room(module: str) -> str:
    part = module.split(".")[1] if "." in module else "__init__"
    return TOP.get(part, part)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every module imported anywhere in the file, inside functions too; `from a import b` may name module a.b."""
    found: set[str] = set()
    names = {name_of(m) for m in MODULES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of what is imported"
            whole = {f"{node.module}.{a.name}" for a in node.names}
            found |= {w if w in names else str(node.module) for w in whole}
    return found


GRAPH = {name_of(path): imports(path) for path in MODULES}


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_imports_run_downward(module: str) -> None:
    here = ROOMS.index(room(module))
    above = [i for i in GRAPH[module] if i.startswith("workbench") and ROOMS.index(room(i)) > here]
    # The package's front door opens the api when it is first asked for a verb.
    allowed = {"workbench.api"} if module == "workbench" else set()
    assert set(above) <= allowed


def test_there_is_no_circle() -> None:
    graph = {m: {i for i in found if i in GRAPH and i != m and i != "workbench"} for m, found in GRAPH.items()}
    assert list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_heavy_libraries_stay_in_their_rooms(library: str) -> None:
    users = {room(m) for m, found in GRAPH.items() if any(i.split(".")[0] == library for i in found)}
    assert users <= HEAVY[library]


def test_readings_never_import_one_another() -> None:
    readings = {"workbench.engine.reference": "workbench.engine.interpret", "workbench.engine.columnar":
                "workbench.engine.ruled"}
    for one, helper in readings.items():
        others = {m for pair in readings.items() for m in pair} - {one, helper}
        assert not GRAPH[one] & others and not GRAPH[helper] & others


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


def test_checking_a_guideline_loads_nothing_heavy() -> None:
    """The terminal's parser starts without pandas, Polars, Jupyter, matplotlib or a solver."""
    import subprocess
    import sys
    code = "import sys, workbench.cli; workbench.cli.parser(); print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & set(HEAVY)
