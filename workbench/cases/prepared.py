"""Cases that can be decided: typed, with their derived facts, and with what is still missing assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from workbench.cases.assume import ASSUMED, Assumptions, assume
from workbench.cases.derive import derive
from workbench.guideline.model import Library


@dataclass(frozen=True)
class PreparedCases:
    """What `prepared` gave: that conforming, deriving and assuming ran is what this type says. `frame` has every fact
    as a column, and `assumed`, the list of a row's assumed facts."""

    frame: pl.DataFrame = field(repr=False)
    assumptions: Assumptions | None = None

    @property
    def height(self) -> int:
        return self.frame.height

    def some(self, rows: pl.DataFrame) -> PreparedCases:
        """Rows of these cases in place of all of them."""
        return replace(self, frame=rows)

    def of_plan(self, plan: str) -> PreparedCases:
        """The requests that name this plan."""
        return self.some(self.frame.filter(pl.col("plan") == plan))

    def without_plans(self) -> PreparedCases:
        """All requests, as if none named a plan."""
        return self.some(self.frame.with_columns(pl.lit(None, dtype=pl.String).alias("plan")))


def prepared(
    frame: pl.DataFrame,
    library: Library,
    as_of: date | None = None,
    pins: Mapping[str, str] | None = None,
    assumptions: Assumptions | None = None,
) -> PreparedCases:
    """The cases by the tables of the guideline versions that decide them: as of a day, or each by its own; `pins`
    (guideline → version) replaces what the day would choose. Raises ProblemsFound for a column of another type."""
    if assumptions is not None:
        return PreparedCases(assume(frame, assumptions, library, as_of, pins), assumptions)
    nothing = pl.lit([], dtype=pl.List(pl.String)).alias(ASSUMED)
    return PreparedCases(derive(frame, library, as_of, pins).with_columns(nothing))
