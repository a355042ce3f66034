"""Opening the tuning screen: where the guidelines, cases and drafts are found. The rest is loaded when the screen is
on the page already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import Problem, ProblemsFound
from workbench.lab.tuning.panel import Panel

if TYPE_CHECKING:
    from workbench.guideline.model import Library
    from workbench.lab.tuning.session import Desk
    from workbench.lab.tuning.state import State, View


class _Same:
    """An object that equals itself alone. It is held: the number of one that is gone may soon be another's, and frames
    compare cell by cell."""

    def __init__(self, held: object):
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.held is other.held

    def __hash__(self) -> int:
        return id(self.held)


_last: tuple[tuple[object, ...], Panel] | None = None


def tune(
    guidelines: Library | str | Path | None = None,
    cases: Any = None,
    *,
    requests: int = 50_000,
    seed: int = 7,
    as_of: date | None = None,
    program: str | None = None,
    state: State | None = None,
    drafts: str | Path | None = None,
) -> Panel:
    """The tuning screen on a guideline folder. `cases` is a case frame or a file; without it the screen offers
    generated requests and the real ones of the project.

    Opened again in the same kernel with the same arguments, it goes on where it stood, without deciding anew: a
    notebook page that is loaded again runs its cells again.
    """
    global _last
    guidelines = find_guidelines() if guidelines is None else guidelines
    given = not isinstance(guidelines, str | Path)
    folder = Path(guidelines if isinstance(guidelines, str | Path) else guidelines.root)
    project = folder.resolve().parent
    asked = (
        folder.resolve(),
        _Same(guidelines) if given else _written(folder),
        cases if isinstance(cases, str | Path) else _Same(cases),
        requests,
        seed,
        as_of,
        program,
        drafts,
    )

    def open_desk() -> Desk:
        from workbench.guideline.load import load_guidelines
        from workbench.lab.tuning.case_sets import generated, hearing_orders, own
        from workbench.lab.tuning.session import Desk

        library = load_guidelines(guidelines) if isinstance(guidelines, str | Path) else guidelines
        mine = (own(cases),) if cases is not None else ()
        sets = (*mine, generated(requests, seed), *filter(None, [hearing_orders(project)]))
        return Desk(library, sets, as_of=as_of, program=program, drafts=Path(drafts) if drafts else project / "drafts")

    before = _last[1] if _last is not None and _last[1].opened else None
    if before is not None and _last is not None and _last[0] == asked:
        panel = open_panel(lambda: before.desk, state or before.state, before.view)
    elif before is not None and _last is not None and _last[0][:1] == asked[:1] and _last[0][2:] == asked[2:]:
        # A file of the folder was touched: everything is read anew, and the draft is laid over what is there now.
        touched = (
            "The guideline files were written to meanwhile. What was on the screen is laid over what they say now."
        )
        said = touched if before.state.changed and state is None else ""
        panel = open_panel(open_desk, state or before.state, before.view, said)
    else:
        panel = open_panel(open_desk, state)
    _last = (asked, panel)
    return panel


def open_panel(
    open_desk: Callable[[], Desk], state: State | None = None, view: View | None = None, said: str = ""
) -> Panel:
    """A screen on a desk, at a state."""

    def opening(page: Panel) -> Iterator[str]:
        yield "Loading the workbench …"
        from workbench.lab.tuning.controller import Works

        page.works = Works(page, view, said)
        yield from page.works.start(open_desk, state)

    return Panel(opening)


def _written(folder: Path) -> tuple[tuple[str, int], ...]:
    """When each file of a folder was written last: what tells whether it is still the same."""
    return tuple(sorted((str(p), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()))


def find_guidelines(start: Path | None = None) -> Path:
    """The folder `guidelines` here or in a folder above. Raises ProblemsFound."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "guidelines" / "sources.yaml").exists():
            return folder / "guidelines"
    raise ProblemsFound(
        [
            Problem(
                "bad-call",
                "there is no folder `guidelines` here or above",
                str(here),
                hint='say where it is: wb.tune("path/to/guidelines")',
            )
        ]
    )
