"""Which control of a guideline matters: each moved alone, one step up and down and to both ends of its range, and what
that does to a goal (one-at-a-time sensitivity analysis; the swing is what a tornado diagram shows).

Exact: each number is that of a whole replay with this one change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import polars as pl

from workbench.cases.prepared import PreparedCases
from workbench.engine.decision import APPROVED, DETERMINATIONS, NOT_REQUIRED
from workbench.engine.setting import Setting
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.moves import Movable
from workbench.study.compare import Groups
from workbench.study.controls import Zones, controls_of, each_alone, zones
from workbench.study.hand import Side
from workbench.study.ledger import Ledger, Numbers
from workbench.study.listing import group_key
from workbench.study.metrics import METRICS, measured
from workbench.study.outcomes import Outcome
from workbench.study.rates import NEWLY_REFERRED, RATES, rates_by, rates_of
from workbench.study.replay import About, replay

GOALS = (*(k.name for k in RATES), NEWLY_REFERRED, *DETERMINATIONS)
MORE_IS_BETTER = {"approval_rate", "any_approval_rate", "immediate_rate", "visit_approval_rate", APPROVED, NOT_REQUIRED}
ORDERS = ("effect", "swing", "reach", "loses")
_RATE = {k.name for k in RATES}
PLACES = ("down", "up", "low", "high")  # where each control is tried

COLUMNS: Mapping[str, type[pl.DataType]] = {
    "rank": pl.Int64,
    "control": pl.String,
    "label": pl.String,
    "kind": pl.String,
    "plan": pl.String,
    "unit": pl.String,
    "at": pl.Float64,
    "step": pl.Float64,
    "direction": pl.String,
    "effect": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "effect_down": pl.Float64,
    "effect_up": pl.Float64,
    "swing": pl.Float64,
    "range_low": pl.Float64,
    "range_high": pl.Float64,
    "goal_at_range_low": pl.Float64,
    "goal_at_range_high": pl.Float64,
    "reach_requests": pl.Int64,
    "reach_people": pl.Int64,
    "loses_requests": pl.Int64,
    "loses_people": pl.Int64,
    "worst_group": pl.String,
    "worst_effect": pl.Float64,
}


@dataclass(frozen=True)
class Ranked:
    """`table`: a row for each control, COLUMNS, those that matter most first. `goal` is told in `unit` (share of 1, or
    requests); `about` is what the held side rests on, which stands in the place of published."""

    table: pl.DataFrame = field(repr=False)
    guideline: str
    goal: str
    unit: str
    more_is_better: bool
    by: str
    order: str
    now: float | None
    about: About


def rank_controls(
    cases: PreparedCases,
    held: Setting,
    guideline: str,
    *,
    goal: str = "approval_rate",
    by: str = "condition",
    order: str = "effect",
    keys: Sequence[str] | None = None,
    seen: Callable[[int, int], None] | None = None,
) -> Ranked:
    """Rank the controls of a guideline (all, or those of `keys`) as the setting holds them, its draft included.

    `effect` is the goal after one step less the goal before, in the `direction` in which the goal gets better, with its
    95 % interval; where neither does, the step that makes it less worse. `swing` is the widest span of the goal over
    its values tried. `reach`: requests and people that come out otherwise at any of them. `loses`: those for whom the
    step of `effect` supports less; `worst_group` of the fact `by` fares worst by it. Raises ProblemsFound for a
    guideline that does not decide or a key that it does not have, ValueError for a goal, order or fact that is none.
    """
    for value, allowed in ((goal, GOALS), (order, ORDERS)):
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)} {nearest(value, allowed)}".strip())
    every = controls_of(held, guideline)
    if keys is not None:
        known = {c.key for c in every}
        wrong = [
            Problem("unknown-key", f"{guideline} has no {k} that could be moved", hint=nearest(k, known))
            for k in keys
            if k not in known
        ]
        if wrong:
            raise ProblemsFound(wrong)
        every = tuple(c for c in every if c.key in set(keys))
    ledger = Ledger(cases, held, replay(cases, held))
    zoned = zones(cases, held, guideline)
    at = _Goal(ledger, goal, by)
    rows, done = [], 0
    for control, outcomes in _tried(ledger, zoned, every):
        rows.append(_row(control, outcomes, at))
        done += 1
        if seen is not None:
            seen(done, len(every))
    table = pl.DataFrame(rows, schema={c: t for c, t in COLUMNS.items() if c != "rank"}, infer_schema_length=None)
    keyed = table.with_columns(
        _most=pl.max_horizontal(pl.col("effect_down").abs(), pl.col("effect_up").abs()).fill_null(-1.0),
        _swing=pl.col("swing").fill_null(-1.0),
    )
    first = {"effect": "_most", "swing": "_swing", "reach": "reach_requests", "loses": "loses_requests"}[order]
    by_ = [first, *(c for c in ("_most", "_swing", "reach_requests") if c != first), "control"]
    table = keyed.sort(by_, descending=[*(True for _ in by_[1:]), False], maintain_order=True)
    table = table.with_row_index("rank", 1).select(pl.col(n).cast(t) for n, t in COLUMNS.items())
    return Ranked(table, guideline, goal, at.unit, at.sign > 0, by, order, at.now, ledger.replay.about)


def places(control: Movable) -> dict[str, Decimal]:
    """Where a control is tried: a step down and up from where it is, and the ends of its usual range; what it can not
    be set to, or is already, is left out."""
    now, step = control.published, control.step
    low, high = control.usual
    tried = {"down": now - step, "up": now + step, "low": low, "high": high}
    return {p: v for p, v in tried.items() if control.low <= v <= control.high and v != now}


def _tried(
    ledger: Ledger, zoned: Zones, controls: Sequence[Movable]
) -> Iterator[tuple[Movable, dict[str, Outcome | None]]]:
    at = {c: places(c) for c in controls}
    moves = {c: sorted(set(found.values())) for c, found in at.items()}
    for control, outcomes in each_alone(ledger, zoned, {c: v for c, v in moves.items() if v}):
        by_value = dict(zip(moves[control], outcomes, strict=True))
        yield control, {p: by_value[v] for p, v in at[control].items()}
    for control in controls:
        if not moves[control]:
            yield control, {}


class _Goal:
    """A goal of the cases as they stand, and what an outcome makes of it."""

    def __init__(self, ledger: Ledger, goal: str, by: str):
        self.ledger, self.goal, self.place = ledger, goal, METRICS.index(goal)
        self.sign = 1 if goal in MORE_IS_BETTER else -1
        self.groups = Groups.of(group_key(ledger.replay.cases, by)) if by else None
        self.sums = self.groups.sums(ledger.features()) if self.groups else None
        nothing = Outcome(np.arange(0), _none(ledger))
        self.unit = next(m.unit for m in measured(ledger, nothing) if m.metric == goal)
        self.now = self.of(nothing)[0]

    def of(self, outcome: Outcome) -> tuple[float | None, float | None, float | None, float | None]:
        """The goal, its difference, and the interval of that."""
        if self.goal in DETERMINATIONS:
            found = next(m for m in measured(self.ledger, outcome) if m.metric == self.goal)
            return found.draft, found.difference, None, None
        sums, _ = self.ledger.sums(outcome.rows, outcome.side.determination, outcome.side.visits)
        rate = next(r for r in rates_of(sums) if r.name == self.goal)
        return rate.draft, rate.difference, rate.low, rate.high

    def worst(self, outcome: Outcome) -> tuple[str | None, float | None]:
        """The group that fares worst by an outcome, where any fares worse."""
        if self.groups is None or self.sums is None:
            return None, None
        side, rows = outcome.side, outcome.rows
        moved = self.groups.sums(self.ledger.features_moved(rows, side.determination, side.visits), rows)
        before, after = (self._by_group(s) for s in (self.sums, self.sums + moved))
        if self.goal == NEWLY_REFERRED:
            after = _newly(self.ledger, outcome, self.groups).tolist()
        both = zip(before, after, self.groups.names, strict=True)
        found = [(self.sign * (a - b), name) for b, a, name in both if b is not None and a is not None]
        least, name = min(found, default=(0.0, ""))
        return (name, self.sign * least) if least < 0 else (None, None)

    def _by_group(self, sums: Numbers) -> list[float | None]:
        if self.goal in _RATE:
            return rates_by(sums)[self.goal]
        if self.goal == NEWLY_REFERRED:
            return [0.0] * len(sums)
        return [float(v) for v in sums[:, DETERMINATIONS.index(self.goal)]]


def _newly(ledger: Ledger, outcome: Outcome, groups: Groups) -> Numbers:
    new = ledger.newly_referred(outcome.rows, outcome.side.determination)
    return np.bincount(groups.place[outcome.rows], weights=new, minlength=len(groups.names))


def _none(ledger: Ledger) -> Side:
    return Side(ledger.replay.decisions.head(0))


def _row(control: Movable, outcomes: Mapping[str, Outcome | None], at: _Goal) -> dict[str, object]:
    known = {p: o for p, o in outcomes.items() if o is not None}
    goal = {p: at.of(o) for p, o in known.items()}
    steps = [p for p in ("down", "up") if p in known and goal[p][1] is not None]
    best = max(steps, key=lambda p: (at.sign * (goal[p][1] or 0.0), p == "up"), default="")
    values = [v for v in (at.now, *(g[0] for g in goal.values())) if v is not None]
    reached = np.unique(np.concatenate([np.arange(0), *(o.rows for o in known.values())]))
    loses = _losing(at.ledger, known[best]) if best else np.arange(0)
    worst = at.worst(known[best]) if best else (None, None)
    away = {"down": "off" if control.kind == "switch" else "down", "up": "up", "": "none"}
    ends = dict(zip(("low", "high"), control.usual, strict=True))

    def end(place: str) -> float | None:
        return at.now if ends[place] == control.published else goal[place][0] if place in goal else None

    return {
        "control": control.key,
        "label": control.label,
        "kind": f"overlay {control.kind}" if control.plan else control.kind,
        "plan": control.plan or None,
        "unit": control.unit,
        "at": float(control.published),
        "step": float(control.step),
        "direction": away[best],
        "effect": goal[best][1] if best else None,
        "low": goal[best][2] if best else None,
        "high": goal[best][3] if best else None,
        "effect_down": goal["down"][1] if "down" in goal else None,
        "effect_up": goal["up"][1] if "up" in goal else None,
        "swing": max(values) - min(values) if values else None,
        "range_low": float(ends["low"]),
        "range_high": float(ends["high"]),
        "goal_at_range_low": end("low"),
        "goal_at_range_high": end("high"),
        "reach_requests": len(reached),
        "reach_people": at.ledger.people_of(reached),
        "loses_requests": len(loses),
        "loses_people": at.ledger.people_of(loses),
        "worst_group": worst[0],
        "worst_effect": worst[1],
    }


def _losing(ledger: Ledger, outcome: Outcome) -> Numbers:
    """The requests for which an outcome supports less: fewer visits at once, or as many in fewer weeks."""
    rows, side = outcome.rows, outcome.side
    after = ledger.supports(rows, side.determination, side.visits, side.weeks, side.waived)
    before = ledger.supports(
        rows, ledger.determination[rows], ledger.visits[rows], ledger.weeks[rows], ledger.waived[rows]
    )
    return np.asarray(rows[after < before])
