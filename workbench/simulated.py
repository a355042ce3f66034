"""What the verbs of `workbench.simulations` give: pandas tables whose `.attrs` say units, period and assumptions, their
figures, and their text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from workbench.results import Picture, to_pandas
from workbench.study.replay import About
from workbench.study.simulate import bounds as _bounds
from workbench.study.simulate import fairness as _fairness
from workbench.study.simulate import resample as _resample
from workbench.study.simulate import workload as _workload

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _picture(axes: Axes, alt: str) -> Picture:
    """Axes as a figure with a text that says the same."""
    from matplotlib.figure import Figure

    from workbench.words.figures import data_uri
    from workbench.words.html import figure

    drawn = axes.figure
    assert isinstance(drawn, Figure)
    return Picture(str(figure(data_uri(drawn), alt, "")), alt)


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

    def picture(self, rate: str = "approval_rate") -> Picture:
        """The same drawn with its text, as a notebook shows it. Raises ValueError for a rate that is none."""
        return _picture(self.plot(rate), f"Bounds of the {rate.replace('_', ' ')}. {self.text}")


@dataclass(frozen=True)
class Fair:
    """Whom a draft falls on, by group.

    Shape: `groups`: a row for each fact and group: `fact`, `group`, `requests`, `people`, `small`,
    `approval_published`, `approval_draft`, `gap_published`, `gap_low`, `gap_high`, `gap_draft`, `gap_draft_low`,
    `gap_draft_high`, `change`, `change_low`, `change_high`, `p`, `p_holm`, `gains`, `loses`; `parity`: a row a fact:
    `groups`, `difference_published`, `difference_draft`, `ratio_published`, `ratio_draft` (fairlearn's demographic
    parity).
    Units: shares of 1 of requests that need a decision; `change` is draft − published, 95 % intervals.
    Errors: none of its own.

    >>> same = wb.replay(cases, guidelines)
    >>> fair = wb.fairness(same, same, facts=["sex"])
    >>> fair.groups["change"].dropna().abs().max() == 0
    True
    """

    result: _fairness.Fair = field(repr=False)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """A row for each fact and group; `.attrs`: unit, sign, small (below how many), about."""
        found = to_pandas(self.result.groups)
        found.attrs = {"unit": "share of 1", "sign": "draft − published", "small": _fairness.SMALL}
        found.attrs["about"] = self.result.draft.as_dict()
        return found

    @cached_property
    def parity(self) -> pd.DataFrame:
        """Demographic parity of each fact, over the groups that are compared."""
        return to_pandas(self.result.parity)

    @property
    def text(self) -> str:
        """What changes for whom in words."""
        from workbench.words.fairness_figures import lines

        return "\n".join(lines(self.result))

    def plot(self) -> Axes:
        """How the gap of each group changes, with its interval."""
        from workbench.words.fairness_figures import plot

        return plot(self.result)

    def picture(self) -> Picture:
        """The same drawn with its text, as a notebook shows it."""
        return _picture(self.plot(), self.text)


@dataclass(frozen=True)
class Resampled:
    """The differences of a draft with two intervals each.

    Shape: `table`: a row a rate: `rate`, `published`, `draft`, `difference`, `low`, `high`, `boot_low`, `boot_high`,
    `error`, `boot_error`.
    Units: shares of 1; draft − published; 95 % intervals.
    Errors: none of its own.

    >>> same = wb.replay(cases, guidelines)
    >>> wb.bootstrap(same, same, replicates=100).table["difference"].abs().max() == 0
    True
    """

    result: _resample.Resampled = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a rate; `.attrs`: unit, sign, replicates, seed, members, about."""
        found = to_pandas(self.result.table)
        found.attrs = {"unit": "share of 1", "sign": "draft − published", "replicates": self.result.replicates}
        found.attrs |= {"seed": self.result.seed, "members": self.result.members, "about": self.result.draft.as_dict()}
        return found


@dataclass(frozen=True)
class Sidewise:
    """Several drafts, ranked by a rate.

    Shape: `table`: a row a draft, the best first: `draft`, `rate`, `difference`, `low`, `high`, `rank`, `rank_low`,
    `rank_high`, `best`.
    Units: shares of 1; draft − published; 95 % intervals.
    Errors: none of its own.

    >>> same = wb.replay(cases, guidelines)
    >>> wb.side_by_side(same, {"one": same, "two": same}, replicates=100).table["rank"].to_list()
    [1, 1]
    """

    result: _resample.Sidewise = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a draft; `.attrs`: rate, more_is_better, unit, sign, replicates, seed, about."""
        r = self.result
        found = to_pandas(r.table)
        found.attrs = {"rate": r.rate, "more_is_better": r.more_is_better, "unit": "share of 1", "seed": r.seed}
        found.attrs |= {"sign": "draft − published", "replicates": r.replicates, "about": r.published.as_dict()}
        return found

    def plot(self) -> Axes:
        """The difference of each draft with its interval, the best on top."""
        from workbench.words.fairness_figures import plot_drafts

        return plot_drafts(self.result)

    def picture(self) -> Picture:
        """The same drawn with its text, as a notebook shows it."""
        from workbench.words.fairness_figures import draft_lines

        return _picture(self.plot(), "; ".join(draft_lines(self.result)))


@dataclass(frozen=True)
class Sized:
    """How many people it takes to see a difference.

    Shape: `.members` (None above a hundred million), `.power` of the cases at hand, `.at_hand`, `.deviation`;
    `curve(members)`: a row a number of members: `members`, `power`.
    Units: members; shares of 1.
    Errors: none of its own.

    >>> later = wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})
    >>> sized = wb.sample_size(wb.replay(cases, guidelines), later, 0.02)
    >>> list(sized.curve([100, 1000])["members"])
    [100, 1000]
    """

    result: _resample.Sized = field(repr=False)

    @property
    def members(self) -> int | None:
        """The fewest members with the wanted power."""
        return self.result.members

    @property
    def power(self) -> float:
        """The power of the cases at hand."""
        return self.result.power

    @property
    def at_hand(self) -> int:
        """Members of the cases at hand."""
        return self.result.at_hand

    @property
    def deviation(self) -> float:
        """The deviation of a member's part in the difference."""
        return self.result.deviation

    def curve(self, members: Iterable[int]) -> pd.DataFrame:
        """The power with so many members; `.attrs`: rate, difference, deviation."""
        r = self.result
        size = abs(r.difference) / r.deviation if r.deviation else float("inf")
        found = pd.DataFrame([[n, _resample.power_of(size, n)] for n in members], columns=["members", "power"])
        found.attrs = {"rate": r.rate, "difference": r.difference, "deviation": r.deviation, "unit": "share of 1"}
        return found


@dataclass(frozen=True)
class Worked:
    """What goes to clinicians as work.

    Shape: `table`: a row for each number of reviewers: `reviewers`, `reviews`, `hours`, `busy`, `wait_mean`,
    `wait_median`, `wait_p95`, `in_time`, `late`; `public`: a row a yearly metric: `metric`, `review`, `value`, `unit`;
    `requests`: a row a referred request: `request_id`, `expedited`, `limit_hours`, `hours`, `outcome`, `in_time`;
    `assumptions`: name, value, unit, why.
    Units: `hours` in working hours; waits and `limit_hours` in hours on the calendar; `in_time`, `late` in requests.
    Errors: none of its own.

    >>> worked = wb.workload(wb.replay(cases, guidelines), 1)
    >>> bool((worked.table["in_time"] + worked.table["late"] <= worked.table["reviews"]).all())
    True
    """

    result: _workload.Worked = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each number of reviewers; `.attrs`: units, assumptions, undecided, seed, about."""
        return self._told(to_pandas(self.result.table))

    @cached_property
    def public(self) -> pd.DataFrame:
        """The yearly metrics, with the first number of reviewers; `.attrs` as those of `table`."""
        return self._told(to_pandas(self.result.public))

    @cached_property
    def requests(self) -> pd.DataFrame:
        """The referred requests, with the first number of reviewers."""
        return to_pandas(self.result.requests)

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """What was not measured, each with its source."""
        return pd.DataFrame([vars(a) for a in self.result.assumptions])

    @property
    def about(self) -> About:
        """What the decisions rest on."""
        return self.result.about

    @property
    def text(self) -> str:
        """Hours, waits and what they rest on in words."""
        from workbench.words.workload_figures import lines

        return "\n".join(lines(self.result))

    def plot(self) -> Axes:
        """The share of referred requests that are decided after so many hours, with the first number of reviewers."""
        from workbench.words.workload_figures import plot

        return plot(self.result)

    def picture(self) -> Picture:
        """The same drawn with its text, as a notebook shows it."""
        return _picture(self.plot(), self.text)

    def _told(self, found: pd.DataFrame) -> pd.DataFrame:
        found.attrs = {"waits": "hours on the calendar", "assumptions": [vars(a) for a in self.result.assumptions]}
        found.attrs |= {"undecided": self.result.undecided, "seed": self.result.seed, "about": self.about.as_dict()}
        return found
