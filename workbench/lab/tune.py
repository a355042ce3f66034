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


def tune(guidelines: Library | str | Path | None = None, cases: Any = None, *, requests: int = 50_000, seed: int = 7,
         as_of: date | None = None, program: str | None = None, state: State | None = None,
         drafts: str | Path | None = None) -> Panel:
    """The tuning screen on a guideline folder. `cases` is a case frame or a file; without it the screen offers
    generated requests and the real ones of the project."""
    folder = Path(guidelines.root if isinstance(guidelines, Library) else guidelines or find_guidelines())
    project = folder.resolve().parent
    real = hearing_orders(project)
    sets = (*((own(cases),) if cases is not None else ()), generated(requests, seed), *((real,) if real else ()))

    def open_desk() -> Desk:
        library = guidelines if isinstance(guidelines, Library) else load_guidelines(folder)
        return Desk(library, sets, as_of=as_of, program=program, drafts=Path(drafts) if drafts else project / "drafts")

    return Panel(open_desk, state)


def find_guidelines(start: Path | None = None) -> Path:
    """The folder `guidelines` here or in a folder above. Raises ProblemsFound."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "guidelines" / "sources.yaml").exists():
            return folder / "guidelines"
    raise ProblemsFound([Problem("bad-call", "there is no folder `guidelines` here or above", str(here),
                                 hint="say where it is: wb.tune(\"path/to/guidelines\")")])
