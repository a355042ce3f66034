"""Runs the shipped notebooks anew and stores what they show, so that the stored outputs can be compared by the tests.

    .venv/bin/python scripts/notebooks.py [NOTEBOOK …]

A notebook that fails is left as it was. What differs from run to run is not stored: times, and the ids of living
widgets. A cell with metadata {"workbench": {"snapshot": EXPRESSION}} gets the HTML of that expression instead of its
widget: the last known picture, which a page shows until the kernel is there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
# Where 50_sources finds what the project does not ship; it shows how its sections look when they are not empty.
os.environ.setdefault("WORKBENCH_PUBLIC_DATA", str(ROOT.parent / "shared" / "data"))
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


def run(path: Path) -> None:
    """Run a notebook in its own folder and store its outputs."""
    notebook = nbformat.read(path, as_version=4)
    pictured = [c for c in notebook.cells if snapshot(c)]
    # The pictures are asked for at the end, when everything is there.
    asked = [nbformat.v4.new_code_cell(f"from IPython.display import HTML\nHTML({snapshot(c)})") for c in pictured]
    notebook.cells += asked
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell, picture in zip(pictured, asked, strict=True):
        html = next(o.data["text/html"] for o in picture.outputs if "data" in o)
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    notebook.cells = notebook.cells[: len(notebook.cells) - len(asked)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            tidy(cell)
    notebook.metadata.kernelspec = KERNEL
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("execution", None)
    nbformat.write(notebook, path)


def snapshot(cell: nbformat.NotebookNode) -> str:
    return cell.metadata.get("workbench", {}).get("snapshot", "") if cell.cell_type == "code" else ""


def tidy(cell: nbformat.NotebookNode) -> None:
    """Leave out what is another in every run, and what lives only as long as the kernel."""
    cell.metadata.pop("execution", None)
    for output in cell.outputs:
        if "data" in output:
            output.data.pop(WIDGET, None)


def main(arguments: list[str]) -> None:
    for path in [Path(a).resolve() for a in arguments] or sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(f"running {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}", flush=True)
        run(path)


if __name__ == "__main__":
    main(sys.argv[1:])
