"""Opening the tuning screen: where the guidelines, cases and drafts are found."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.lab.desk import Desk
from workbench.lab.panel import Panel
from workbench.lab.sets import generated, hearing_orders, own
from workbench.lab.state import State

_last: tuple[object, Panel] | None = None


def tune(guidelines: Library | str | Path | None = None, cases: Any = None, *, requests: int = 50_000, seed: int = 7,
         as_of: date | None = None, program: str | None = None, state: State | None = None,
         drafts: str | Path | None = None) -> Panel:
    """The tuning screen on a guideline folder. `cases` is a case frame or a file; without it the screen offers
    generated requests and the real ones of the project.

    Opened again in the same kernel with the same arguments, it goes on where it stood, without deciding anew: a
    notebook page that is loaded again runs its cells again.
    """
    global _last
    folder = Path(guidelines.root if isinstance(guidelines, Library) else guidelines or find_guidelines())
    project = folder.resolve().parent
    real = hearing_orders(project)
    sets = (*((own(cases),) if cases is not None else ()), generated(requests, seed), *((real,) if real else ()))
    asked = (folder.resolve(), id(guidelines) if isinstance(guidelines, Library) else _written(folder),
             cases if isinstance(cases, str) else id(cases), requests, seed, as_of, program, drafts)

    def open_desk() -> Desk:
        library = guidelines if isinstance(guidelines, Library) else load_guidelines(folder)
        return Desk(library, sets, as_of=as_of, program=program, drafts=Path(drafts) if drafts else project / "drafts")

    if _last is not None and _last[0] == asked and _last[1].opened:
        before = _last[1]
        panel = Panel(lambda: before.desk, state or before.state, before.view)
    else:
        panel = Panel(open_desk, state)
    _last = (asked, panel)
    return panel


def _written(folder: Path) -> tuple:
    """When each file of a folder was written last: what tells whether it is still the same."""
    return tuple(sorted((str(p), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()))


def find_guidelines(start: Path | None = None) -> Path:
    """The folder `guidelines` here or in a folder above. Raises ProblemsFound."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "guidelines" / "sources.yaml").exists():
            return folder / "guidelines"
    raise ProblemsFound([Problem("bad-call", "there is no folder `guidelines` here or above", str(here),
                                 hint="say where it is: wb.tune(\"path/to/guidelines\")")])
