"""The shipped notebooks run, and show what they showed when they were stored (scripts/notebooks.py stores anew).

nbval passes over a cell whose output was not stored, so what has to be stored is looked at first.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHARED = ROOT.parent / "shared" / "data"
NEEDS_SHARED = ("50_sources",)
IGNORED = "nbval-ignore-output"
SHOWING = ("print", "display")
WIDGET = "application/vnd.jupyter.widget-view+json"
pytestmark = pytest.mark.notebooks


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def shows(source: str) -> bool:
    """Whether a cell shows anything: it ends in an expression, or prints or displays somewhere."""
    tree = ast.parse(source)
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    ends = tree.body[-1] if tree.body else None
    silent = not isinstance(ends, ast.Expr) or (isinstance(ends.value, ast.Constant))
    return bool(calls & set(SHOWING)) or not silent


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", False),
        ("x = 1\nx", True),
        ("print(1)\nx = 2", True),
        ("for i in y:\n    display(i)", True),
        ("# a comment alone", False),
        ("'''a text'''", False),
        ("f(x)", True),
        ("import workbench as wb", False),
    ],
)
def test_what_shows(source: str, expected: bool) -> None:
    assert shows(source) is expected


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_stored(path: Path) -> None:
    cells = code_cells(path)
    lacking = [c.id for c in cells if shows(c.source) and not c.outputs]
    assert not lacking, f"run scripts/notebooks.py {path.name}"
    compared = [c for c in cells if c.outputs and IGNORED not in c.metadata.get("tags", [])]
    assert any(o.output_type == "stream" or "text/plain" in o.get("data", {}) for c in compared for o in c.outputs)
    assert not any(o.output_type == "error" for c in cells for o in c.outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_files_are_as_they_should_be(path: Path) -> None:
    """Code hidden behind a readable first line, no widget that lives nowhere, no path of the machine it ran on."""
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    for number, cell in enumerate(code_cells(path), start=1):
        assert cell.metadata.get("jupyter", {}).get("source_hidden"), cell.id
        assert not any(WIDGET in o.get("data", {}) for o in cell.outputs), cell.id
        # Run from top to bottom in one go; nbval fails on a cell that seems not to have been run.
        assert cell.execution_count == number, cell.id
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text and str(Path.home()) not in text
    assert "0x7f" not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_shows_what_is_stored(path: Path) -> None:
    if path.stem in NEEDS_SHARED and not SHARED.exists() and "WORKBENCH_REQUIRE_SHARED" not in os.environ:
        pytest.skip(f"{path.stem} reads public files, which are not beside this checkout")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "--nbval-sanitize-with",
        str(ROOT / "tests" / "nbval.cfg"),
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-q",
        str(path),
    ]
    env = {**os.environ, "WORKBENCH_PUBLIC_DATA": os.environ.get("WORKBENCH_PUBLIC_DATA", str(SHARED))}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed and int(passed.group(1)) == len(code_cells(path)), run.stdout[-2000:]
