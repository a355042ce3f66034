"""What the verbs of `workbench.simulations` give: pandas tables whose `.attrs` say units, period and assumptions, their
figures, and their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from workbench.results import to_pandas
from workbench.study.replay import About
from workbench.study.simulate import bounds as _bounds

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Bounded:
    """Every rate between the bounds that missing facts leave.

    Shape: `table`: a row for each group and rate: `group`, `rate`, `requests`, `settled` (whose determination no
    completion changes), `now`, `low`, `high`, `exact`, `assumed_low`, `assumed_high`; `facts`: a row a fact, the one
    that narrows most first: `fact`, `missing`, `width`, `expected`, `narrows`, `settles`; `requests`: a row a request:
    `request_id`, `now`, each determination (whether it is possible), `visits_least`, `visits_most`, `settled`, `shown`.
    Units: shares of 1; `requests`, `settled`, `missing`, `settles` in requests; visits.
    Errors: ValueError for a rate that is none (`plot`).

    >>> found = wb.bounds(cases, guidelines, by="discipline", tries=0, facts=False)
    >>> sorted(found.table["group"].unique())
    ['OT', 'PT', 'ST', 'all']
    """

    result: _bounds.Bounded = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each group and rate; `.attrs`: unit, spared (facts that no completion fills in), tries, seed, by,
        about."""
        found = to_pandas(self.result.table)
        found.attrs = {"unit": "share of 1", "by": self.result.by, "spared": list(self.result.spared)}
        found.attrs |= {"tries": self.result.tries, "seed": self.result.seed, "about": self.about.as_dict()}
        return found

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Which fact, known alone, narrows the bounds of the approval rate of the open requests most, its values as
        often as invented requests have them."""
        found = to_pandas(self.result.facts)
        found.attrs = {"rate": "approval_rate", "unit": "share of 1", "seed": self.result.seed}
        return found

    @cached_property
    def requests(self) -> pd.DataFrame:
        """What each request can come to."""
        return to_pandas(self.result.requests)

    @property
    def about(self) -> About:
        """What the rates as things are rest on."""
        return self.result.about

    @property
    def text(self) -> str:
        """The bounds in words, a line each."""
        from workbench.words.bound_figures import lines

        return "\n".join(lines(self.result))

    def plot(self, rate: str = "approval_rate") -> Axes:
        """The bounds of one rate, a line a group. Raises ValueError for a rate that is none."""
        from workbench.words.bound_figures import plot

        return plot(self.result, rate)
