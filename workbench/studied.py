"""What the verbs of `workbench.studies` give: pandas tables whose `.attrs` say what they rest on, and their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from workbench.results import to_pandas
from workbench.study import attribute as _attribute
from workbench.study import impact as _impact
from workbench.study import rank as _rank
from workbench.study import search as _search
from workbench.study.replay import About

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.guideline.model import Draft


@dataclass(frozen=True)
class Ranked:
    """The controls of a guideline by how much they matter to a goal, each moved alone (one-at-a-time sensitivity).

    Shape: `table`: a row a control: `rank`, `control`, `label`, `kind`, `plan`, `unit`, `at` (where it is), `step`;
    `direction` (of the step by which the goal gets better, or less worse), its `effect`, `low`, `high`; `effect_down`,
    `effect_up`; `swing`, `range_low`, `range_high`, `goal_at_range_low`, `goal_at_range_high`; `reach_requests`,
    `reach_people`; `loses_requests`, `loses_people`, `worst_group`, `worst_effect` (of the step of `effect`).
    Units: `at`, `step` and range in `unit`; effects and swing in `.attrs["unit"]`: share of 1, or requests; effects are
    moved − as it is.
    Errors: none of its own.

    >>> ranked = wb.rank_controls(cases, guidelines, "physical-therapy", controls=["limits.lbp.visits"])
    >>> ranked.table.attrs["goal"], ranked.table.attrs["unit"]
    ('approval_rate', 'share')
    """

    result: _rank.Ranked = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a control, those that matter most first; `.attrs`: guideline, goal, unit, more_is_better, now (the goal
        as it is), by, order, about."""
        found = to_pandas(self.result.table)
        names = ("guideline", "goal", "unit", "more_is_better", "now", "by", "order")
        found.attrs = {**{n: getattr(self.result, n) for n in names}, "about": self.about.as_dict()}
        return found

    @property
    def about(self) -> About:
        """What it rests on."""
        return self.result.about

    @property
    def text(self) -> str:
        """The first controls in words, a line each."""
        from workbench.words.rank_figures import lines

        return "\n".join(lines(self.result))

    def figure(self) -> Figure:
        """The first controls as a tornado diagram: one step (thick), the whole range (thin)."""
        from workbench.words.rank_figures import figure

        return figure(self.result)


@dataclass(frozen=True)
class Attributed:
    """What of a draft's effect is due to each of its edits (Shapley values), and what to their meeting.

    Shape: `table`: a row for each edit and measure: `edit`, `measure`, `unit`, `alone`, `meeting`, `due` = alone +
    meeting, `last` (what would be lost without it), and, beyond twelve edits, `low` and `high`, the 95 % bound of
    `due`; `pairs`: edit, other, measure, unit, meeting; `total`: measure → draft − published, to which `due` adds up.
    Units: requests, episodes, people, visits or weeks, as `unit` says.
    Errors: none of its own.

    >>> two = wb.load_draft({"changes": {"physical-therapy": {"limits": {"change": [
    ...     {"where": {}, "visits": {"add": 4}, "weeks": {"add": 2}}]}}}}, guidelines)
    >>> found = wb.attribute(wb.replay(cases, guidelines), wb.replay(cases, guidelines, draft=two))
    >>> visits = found.table.query("measure == 'granted_visits'")
    >>> round(visits["due"].sum()) == found.total["granted_visits"]
    True
    """

    result: _attribute.Attributed = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each edit and measure; `.attrs`: total, sampled (orders drawn; 0: exact), about."""
        found = to_pandas(self.result.table)
        found.attrs = {"total": self.total, "sampled": self.result.sampled, "about": self.about.as_dict()}
        return found

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """What each two edits do together beyond what they do alone, where that is anything; up to twelve edits."""
        return to_pandas(self.result.pairs)

    @property
    def total(self) -> dict[str, int]:
        """Measure → what the whole draft changes."""
        return dict(self.result.total)

    @property
    def about(self) -> About:
        """What the published side rests on."""
        return self.result.about

    @property
    def text(self) -> str:
        """The table in words, a line for each edit."""
        from workbench.words.attribution import lines

        return "\n".join(lines(self.result))


@dataclass(frozen=True)
class Impacted:
    """What a change does to the people of a history: who loses, in which groups, whose care may stop.

    Shape: `fares`: a row for each way to fare (loses, mixed, gains, otherwise), all that change, and all:
    requests, episodes, people; `requests`: a row a request decided otherwise, losers first, then urgent: request_id,
    episode_id, member_id, how, discipline, condition, intent, plan, requested_visits, requested_weeks, of both sides
    determination, granted_visits, granted_weeks (`_draft` for the draft's), stops (continuing care that is no longer
    supported), appeal; `numbers`: a row a rate or amount: name, unit, published, draft, difference, low, high;
    `groups`: a row a group: fact, value, requests, episodes, people, loses, gains, stops, and the approval rate of both
    sides, difference, low, high; `appeals`: a row an outcome of a denial in history: outcome, requests, published,
    draft, newly, no_longer; `edits`: a row an edit and measure: edit, measure, unit, alone, meeting, due, low, high
    (empty where it was not asked).
    Units: `difference` is draft − published, `low` to `high` its 95 % interval (paired, clustered by member); shares of
    1, requests, visits, weeks or hours, as `unit` says.
    Errors: none of its own.

    >>> later = wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})
    >>> found = wb.impact(wb.replay(cases, guidelines), later)
    >>> list(found.fares["how"])
    ['loses', 'mixed', 'gains', 'otherwise', 'all that change', 'all']
    """

    result: _impact.Impact = field(repr=False)

    @cached_property
    def fares(self) -> pd.DataFrame:
        """How many requests, episodes and people fare how; `.attrs`: about (of the draft's side), remarks."""
        named = [(f.how, f.counts) for f in self.result.fares]
        named += [("all that change", self.result.changed), ("all", self.result.total)]
        found = _table([{"how": how, **counts.as_dict()} for how, counts in named])
        found.attrs = {"about": self.about.as_dict(), "remarks": list(self.result.remarks)}
        return found

    @cached_property
    def requests(self) -> pd.DataFrame:
        """The requests that are decided otherwise, as far as they were asked for."""
        from workbench.study.impact_table import changed_table

        return to_pandas(changed_table(self.result))

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """Rates, visits and weeks, and what clinicians review; `.attrs["rests_on"]`: what is assumed of a review."""
        r = self.result.review
        rates = [
            {"name": x.name, "unit": "requests" if x.name == "newly_referred" else "share", "published": x.published,
             "draft": x.draft, "difference": x.difference, "low": x.low, "high": x.high}
            for x in self.result.rates
        ]  # fmt: skip
        amounts = [
            {"name": x.name, "unit": x.unit, "published": x.published, "draft": x.draft, "difference": x.difference,
             "low": x.low, "high": x.high}
            for x in (*self.result.amounts, r.requests, r.visits, r.hours, r.hours_per_thousand)
        ]  # fmt: skip
        found = _table([*rates, *amounts])
        found.attrs = {"rests_on": vars(r.rests_on)}
        return found

    @cached_property
    def groups(self) -> pd.DataFrame:
        """A row a group, in each fact those first of which most lose."""
        rows = []
        for g in self.result.groups:
            rate = next(r for r in g.rates if r.name == "approval_rate")
            rows.append(
                {"fact": g.fact, "value": g.value, **g.total.as_dict()}
                | {how: g.counts(how).requests for how in ("loses", "gains")}
                | {"stops": g.stops.requests}
                | {n: getattr(rate, n) for n in ("published", "draft", "difference", "low", "high")}
            )
        return _table(rows)

    @cached_property
    def appeals(self) -> pd.DataFrame:
        """What became of denials in history, and how many of them each side approves."""
        return _table(
            [
                {"outcome": a.outcome, "requests": a.denials.requests, "published": a.published, "draft": a.draft,
                 "newly": a.newly, "no_longer": a.no_longer}
                for a in self.result.appeals
            ]
        )  # fmt: skip

    @cached_property
    def edits(self) -> pd.DataFrame:
        """What is due to each edit."""
        names = ("edit", "measure", "unit", "alone", "meeting", "due", "low", "high")
        return pd.DataFrame([[getattr(c, n) for n in names] for c in self.result.causes], columns=list(names))

    @property
    def nobody_loses(self) -> bool:
        """Whether no request fares worse, wholly or in part."""
        return self.result.nobody_loses

    @property
    def about(self) -> About:
        """What the draft's side rests on."""
        return self.result.draft

    @property
    def text(self) -> str:
        """All of it in words, groups only where more lose than gain."""
        from workbench.words.impact import lines

        return "\n".join(lines(self.result))


def _table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    return to_pandas(pl.DataFrame(list(rows), infer_schema_length=None))


@dataclass(frozen=True)
class Sought:
    """The smallest changes that bring a rate to a goal within bounds, or why there are none.

    Shape: `table`: a row a proposal: `proposal`, `steps` (the size of the change), `controls` (how many), `share`,
    `newly_referred`, `changed_requests`, `changed_people`, `worst_group`, `worst_points`; `moves`: proposal, control,
    at, to, unit, steps' worth `step`; `drafts`: the proposals as drafts to open; `frontier`: a row for each goal on the
    way; `obstacles`: bound, best_with, best_without, empty where there are proposals.
    Units: `share`, `goal` and `best…` of 1; `worst_points` of 100 (draft − published); `at`, `to`, `step` in `unit`.
    Errors: none of its own.

    >>> sought = wb.seek(cases, guidelines, "physical-therapy", "immediate_rate", at_least=1, steps=1)
    >>> len(sought.drafts), "the range of the controls" in list(sought.obstacles["bound"])
    (0, True)
    """

    result: _search.Sought = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a proposal, as the full engine decides it, the smallest change first; `.attrs`: metric, goal, most,
        among, requests, now, best, about."""
        found = pd.DataFrame(
            [
                [i, p.steps, len(p.moves), float(p.share), p.newly_referred, p.changed_requests, p.changed_people,
                 p.worst_group, p.worst_points]
                for i, p in enumerate(self.result.proposals, start=1)
            ],
            columns=["proposal", "steps", "controls", "share", "newly_referred", "changed_requests", "changed_people",
                     "worst_group", "worst_points"],
        )  # fmt: skip
        wish, best, now = self.result.wish, self.result.best, self.result.now
        found.attrs = {
            **{"metric": wish.metric, "goal": float(wish.share), "most": wish.most, "among": wish.among},
            **{"requests": self.result.requests, "now": now and float(now), "best": best and float(best)},
            "about": self.about.as_dict(),
        }
        return found

    @cached_property
    def moves(self) -> pd.DataFrame:
        """What each proposal moves, a row a control."""
        rows = [
            [i, m.key, float(at), float(to), m.unit, float(m.step)]
            for i, p in enumerate(self.result.proposals, start=1)
            for m, at, to in p.moves
        ]
        return pd.DataFrame(rows, columns=["proposal", "control", "at", "to", "unit", "step"])

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """The proposals as drafts."""
        return tuple(p.draft for p in self.result.proposals)

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """The smallest change for each of some goals from where the rate is to as far as it goes within the bounds."""
        return to_pandas(self.result.frontier)

    @cached_property
    def obstacles(self) -> pd.DataFrame:
        """What stands against the goal: how far the rate goes with each bound, and without it."""
        rows = [
            [o.bound, *(None if s is None else float(s) for s in (o.best_with, o.best_without))]
            for o in self.result.obstacles
        ]
        return pd.DataFrame(rows, columns=["bound", "best_with", "best_without"])

    @property
    def about(self) -> About:
        """What the published side rests on."""
        return self.result.about

    @property
    def text(self) -> str:
        """The proposals, or the obstacles, in words."""
        from workbench.words.goal_seek import lines

        return "\n".join(lines(self.result))

    def figure(self) -> Figure:
        """The frontier: the size of the change against the rate that it brings."""
        from workbench.words.goal_seek import figure

        return figure(self.result)
