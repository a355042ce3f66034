"""The verbs of `import workbench as wb` that say what would happen: between which bounds missing facts leave a rate,
how sure a difference is, whom it falls on. As in `workbench.api`, each loads its rooms when it is first called, and its
example runs as a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from workbench.cases.assume import Assumptions
    from workbench.guideline.model import Draft, Library
    from workbench.simulated import Bounded

__all__ = ["bounds"]


def bounds(
    cases: pd.DataFrame,
    guidelines: Library,
    *,
    by: str = "",
    assume: Assumptions | None = None,
    draft: Draft | None = None,
    as_of: date | None = None,
    program: str | None = None,
    versions: Mapping[str, str] | None = None,
    everything: bool = False,
    tries: int = 60,
    facts: bool = True,
    seed: int = 1,
) -> Bounded:
    """Between which bounds missing facts leave every rate: its lowest and highest value over all their completions.

    A completion fills in every missing fact that makes sense, each request by itself, with any value in its range. What
    the rules say that they can do without (a second measure, say) stays out unless `everything`; a plan that is not
    named is none. `assume` says how far assumptions move the bounds inside. The bounds are never too narrow; they are
    `exact` where `tries` completions, decided one by one, reach all that is possible. `facts` asks which fact narrows
    most, of what the assumptions leave open. `by` is a fact of groups, as in `wb.sweep`. Histories as recorded.

    Shape: a `Bounded`: `.table` (a row for each group and rate), `.facts`, `.requests`, `.text`, `.plot()`.
    Units: shares of 1; visits in `visits_least` and `visits_most`.
    Errors: ProblemsFound for rows that can not be decided; ValueError for a `by` that groups are not made by.

    >>> orders = wb.read_cases("scenarios/cases/hearing_orders.csv", guidelines, source="narratives").accepted
    >>> found = wb.bounds(orders, guidelines, tries=0, facts=False)
    >>> row = found.table.query("rate == 'any_approval_rate'").iloc[0]
    >>> bool(row["low"] <= row["high"])
    True
    """
    from workbench.engine.setting import setting
    from workbench.results import to_polars
    from workbench.simulated import Bounded
    from workbench.study.case_source import sound
    from workbench.study.simulate.bound import bound

    held = setting(guidelines, as_of=as_of, program=program, draft=draft, pins=versions)
    frame = sound(to_polars(cases), guidelines)
    return Bounded(
        bound(frame, held, by=by, assumptions=assume, spare=not everything, tries=tries, facts=facts, seed=seed)
    )
