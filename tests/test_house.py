"""The structure holds: imports run downward, no circles, heavy libraries in their rooms, small modules."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Lower rooms first: a room may import itself and what stands before it.
ROOMS = [
    "errors",
    "shipped",
    "facts",
    "documents",
    "language",
    "guideline",
    "cases",
    "reading",
    "generator",
    "engine",
    "study",
    "privacy",
    "words",
    "review",
    "intake",
    "lab",
    "api",
    "terminal",
]
TOP = {"__init__": "api", "__main__": "terminal", "log": "errors", "results": "api", "screens": "api"} | {
    "simulated": "api",
    "simulations": "api",
    "studied": "api",
    "studies": "api",
    "studied_claims": "api",
}
# Heavy library → the rooms it may live in.
HEAVY = {
    "polars": {"language", "cases", "reading", "generator", "engine", "study", "privacy", "api"},
    "pyarrow": {"cases", "reading", "generator", "study", "privacy", "api"},
    "pandas": {"api", "lab"},
    "numpy": {"generator", "engine", "study", "privacy", "lab"},
    "scipy": {"generator", "study", "privacy"},
    "ipywidgets": {"lab"},
    "anywidget": {"lab"},
    "matplotlib": {"lab", "words", "review", "api"},
    "papermill": {"review"},
    "nbformat": {"review"},
    "nbconvert": {"review"},
    "ruamel": {"documents", "guideline"},
    "lark": {"language"},
    "openpyxl": {"reading"},
    "IPython": {"lab", "words", "api"},
    "ortools": {"study"},
    "pyspark": {"language", "engine"},
    "z3": {"language", "engine"},
    "reportlab": {"review"},
    "cryptography": {"review"},
    "sqlalchemy": {"intake"},
    "alembic": {"intake"},
    "statsmodels": {"study"},
    "lifelines": {"study"},
    "simpy": {"study"},
    "SALib": {"study"},
    "fairlearn": {"study"},
}


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
    front = ("api", "results", "screens", "simulated", "simulations", "studied", "studied_claims", "studies")
    allowed = {f"workbench.{m}" for m in front} if module == "workbench" else set()
    assert set(above) <= allowed


def test_there_is_no_circle() -> None:
    graph = {m: {i for i in found if i in GRAPH and i != m and i != "workbench"} for m, found in GRAPH.items()}
    assert list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_heavy_libraries_stay_in_their_rooms(library: str) -> None:
    users = {room(m) for m, found in GRAPH.items() if any(i.split(".")[0] == library for i in found)}
    assert users <= HEAVY[library]


def test_readings_never_import_one_another() -> None:
    readings = {
        "reference": ("engine.reference", "language.interpret"),
        "columnar": ("engine.columnar", "engine.columnar_nodes", "language.columnar"),
        "symbolic": ("engine.symbolic", "language.symbolic"),
        "spark": ("engine.spark", "engine.spark_nodes", "language.spark"),
    }
    for name, mine in readings.items():
        others = {f"workbench.{m}" for other, found in readings.items() if other != name for m in found}
        for module in mine:
            assert not GRAPH[f"workbench.{module}"] & others, module
    plan = {f"workbench.engine.{m}" for m in ("plan", "columns", "nodes")}
    assert not GRAPH["workbench.engine.reference"] & plan, "the reference defines the meaning and sees no plan"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


HIDDEN = (
    "pandas",
    "matplotlib",
    "jupyterlab",
    "IPython",
    "ipywidgets",
    "anywidget",
    "papermill",
    "nbconvert",
    "z3",
    "ortools",
    "pyspark",
    "reportlab",
    "cryptography",
    "sqlalchemy",
    "alembic",
    "statsmodels",
    "lifelines",
    "simpy",
    "SALib",
    "fairlearn",
)
BARE = """
import sys

sys.modules.update(dict.fromkeys({hidden!r}))  # None there: importing it fails
from workbench.terminal.parser import main
code = main({call!r})
print(*sorted({{n.split(".")[0] for n, m in sys.modules.items() if m}}), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "call",
    [["check"], ["decide", "request.yaml", "--json"], ["diff", "physical-therapy/2026.1", "physical-therapy/2026.2"]],
)
def test_the_terminal_runs_without_extras(call: list[str], tmp_path: Path) -> None:
    """As `pip install therapy-workbench` leaves it: no pandas, Jupyter, matplotlib, solver or Spark to be imported."""
    (tmp_path / "request.yaml").write_text(
        "request_id: one\nreceived_on: 2026-02-01\ndiscipline: PT\nevaluation_only: true\n", encoding="utf-8"
    )
    # A small folder for `check`: which libraries it needs does not hang on how many examples there are. One of them fails.
    folder = ROOT / "tests" / "errors" / "_base" / "guidelines" if call == ["check"] else ROOT / "guidelines"
    code = BARE.format(hidden=HIDDEN, call=[*call, "--guidelines", str(folder)])
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == (1 if call == ["check"] else 0), ran.stderr
    assert call != ["check"] or "5 of 6 examples as expected" in ran.stdout
    assert not set(ran.stderr.split()) & set(HIDDEN)
    assert call[0] != "decide" or '"not_required"' in ran.stdout


def test_the_parser_and_the_package_load_nothing_heavy() -> None:
    """Help and version come without pandas, Polars, Jupyter, matplotlib or a solver."""
    code = "import sys, workbench, workbench.terminal.parser as p; p.parser(); print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & set(HEAVY)


def test_libraries_of_extras_are_declared() -> None:
    """Each heavy library is in the package's own requirements or in an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    names = {re.split(r"[\[>=<]", line)[0].lower() for line in lines}
    # nbformat comes with nbconvert, IPython with ipykernel
    other = {
        "ruamel": "ruamel.yaml",
        "z3": "z3-solver",
        "nbformat": "nbconvert",
        "IPython": "ipykernel",
        "SALib": "salib",
    }
    assert {other.get(library, library) for library in HEAVY} <= names


@pytest.mark.parametrize("room", ["workbench", "notebooks", "docs"])
def test_no_folder_beside_the_project_is_named(room: str) -> None:
    """A clone stands alone: public data is named by whoever has it."""
    texts = [p for p in (ROOT / room).rglob("*") if p.suffix in (".py", ".js", ".ipynb", ".md", ".json", ".csv")]
    told = [
        str(p) for p in texts if re.search(r"\.\./shared|\bshared/(data|design|found)", p.read_text(encoding="utf-8"))
    ]
    assert texts and not told
