"""The verbs of `import workbench as wb` that put something on the screen of a notebook: pictures, tables, the tuning
screen. As in `workbench.api`, each loads its rooms when it is first called, and its example runs as a test."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from workbench.guideline.model import Library
    from workbench.lab.notebook_html import Shown
    from workbench.lab.touring.tour import Tour
    from workbench.lab.tuning.panel import Panel
    from workbench.lab.tuning.state import State
    from workbench.results import Cases, Replayed

__all__ = ["calibration", "show_account", "show_calibration", "show_distribution", "tour", "tune"]


def calibration(cases: pd.DataFrame) -> pd.DataFrame:
    """Generated cases held against the published figures of calibration.csv.

    Shape: a frame, a row a figure: id, figure, quantity, population, target, generated, difference_percent (generated −
    target, in percent of the target), n, counts (whether it counts), source, and `within` (10 %).
    Units: those of each figure, told in `quantity`.
    Errors: none; a figure that the cases can not give is missing.

    >>> "within" in wb.calibration(cases).columns
    True
    """
    from workbench.generator.calibrate import calibrate
    from workbench.lab.cases_view import calibration_table
    from workbench.results import to_pandas, to_polars

    return calibration_table(to_pandas(calibrate(to_polars(cases))))


def show_calibration(held: pd.DataFrame, *, counts: bool = True) -> Shown:
    """The rows of `calibration` as a table with its sentence: the published figures, or (`counts=False`) those that
    were assumed or remembered and do not count.

    Shape: a `Shown`, which a notebook shows as it is; `str()` of it is the same as text.
    Units: as in `calibration`.
    Errors: KeyError for a frame that `calibration` did not make.

    >>> page = wb.show_calibration(wb.calibration(cases))
    """
    from workbench.lab.cases_view import show_calibration as show

    return show(held, counts)


def show_distribution(cases: pd.DataFrame, name: str) -> Shown:
    """A picture of generated cases with its table beside it: visits, requests, age, improvement, missing or cover.

    Shape: a `Shown`, which a notebook shows as it is.
    Units: on the axes: visits an episode, requests an episode, years, MCID, shares of requests.
    Errors: KeyError for another name.

    >>> page = wb.show_distribution(cases, "visits")
    """
    from workbench.generator.calibrate import Data
    from workbench.lab.cases_view import show_distribution as show
    from workbench.results import to_polars

    return show(Data(to_polars(cases)), name)


def show_account(cases: Cases, replayed: Replayed) -> Shown:
    """What was read and what was decided of it, with counts that add up: rows, reasons, determinations, missing facts,
    and history beside the engine.

    Shape: a `Shown`, which a notebook shows as it is.
    Units: counts, always named: rows, requests, episodes, people.
    Errors: ValueError where the replay is of other cases.

    >>> read = wb.read_cases("scenarios/cases/hearing_orders.csv", guidelines, source="narratives")
    >>> page = wb.show_account(read, wb.replay(read.accepted, guidelines))
    """
    from workbench.lab.sources_view import show_account as show

    return show(
        cases.accepted, cases.set_aside, cases.notes, cases.read, cases.skipped, replayed.decisions, replayed.about
    )


def tune(
    guidelines: Library | str | Path | None = None,
    cases: pd.DataFrame | str | Path | None = None,
    *,
    requests: int = 50_000,
    seed: int = 7,
    as_of: date | None = None,
    program: str | None = None,
    state: State | None = None,
    drafts: str | Path | None = None,
) -> Panel:
    """The tuning screen of the notebook: move a number of a guideline and see which requests come out otherwise.

    `guidelines` is a folder (found by itself where it is `guidelines` here or above), `cases` a frame or a file;
    without it the screen offers generated requests (`requests`, `seed`) and the real ones of the project. `state` is
    what `panel.state` gave before, `drafts` where drafts are saved.

    Shape: a `Panel`, which a notebook shows as it is; `.state` is what stands on it, a value that can be printed.
    Units: beside each control.
    Errors: ProblemsFound for a folder, cases or a program that can not be read.

    >>> panel = wb.tune(guidelines, requests=200)
    """
    from workbench.lab.tuning.open import tune as open_panel

    return open_panel(
        guidelines, cases, requests=requests, seed=seed, as_of=as_of, program=program, state=state, drafts=drafts
    )


def tour(guidelines: str | Path = "guidelines") -> Tour:
    """The tour of the notebook: four paths through the workbench, of a policy author, a data scientist, a reviewer and
    a provider; every step has a button, and says what it saw.

    Shape: a `Tour`, which a notebook shows as it is; `.do(path, number)` makes a step in Python and gives what it saw.
    Units: told in each sentence.
    Errors: ProblemsFound for a folder that can not be read; `do` raises NotSeen where a step does not find what it
    looks for. `guidelines` is never written: the steps write in a temporary folder of their own.

    >>> walk = wb.tour("guidelines")
    >>> walk.do("provider", 2).said
    'approved: 8 visits over 6 weeks'
    """
    from workbench.lab.touring.tour import tour as open_tour

    return open_tour(guidelines)
