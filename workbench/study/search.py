"""Goal seek: the smallest change of a guideline's numbers that brings a rate to a goal and keeps bounds, or why there
is none.

A request takes one limit row, so what rows come to adds up: the options of each row are tabulated by look-up
(controls.py) and chosen among by CP-SAT, which proves that nothing smaller does. Controls that all requests may feel
(`also`) are tried one at a time beneath them. Every proposal is decided anew by the full engine, and must come out as
predicted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import polars as pl

from workbench.cases.prepared import PreparedCases
from workbench.engine.setting import Setting
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.draft_yaml import as_mapping
from workbench.guideline.model import Draft, DraftBase
from workbench.guideline.moves import STEPS, Movable
from workbench.guideline.resolve import base_digest
from workbench.study.compare import Groups
from workbench.study.controls import Move, Zones, controls_of, fits, with_moves, zones
from workbench.study.ledger import Ledger, Numbers
from workbench.study.listing import group_key
from workbench.study.outcomes import Outcome, Outcomes, decided
from workbench.study.rates import NEWLY_REFERRED, RATES, weights
from workbench.study.replay import About, replay
from workbench.study.search_model import Bound, Model, Obstacle, best_of, obstacles_to, smallest
from workbench.study.sweep import rules_of

AMONG = ("all", "complete")
FRONTIER = (
    *("goal", "steps", "controls", "share", "newly_referred", "changed_requests"),
    *("worst_group", "worst_points", "moves"),
)
SWITCH = 10  # steps that a switch counts as
PROPOSALS, POINTS = 3, 8  # told at most: proposals, and points of the frontier
_BETTER_UP = {"approval_rate", "any_approval_rate", "immediate_rate", "visit_approval_rate"}


@dataclass(frozen=True)
class Wish:
    """`metric` (a rate) at least, or at most, `share` of 1, among all requests that the guideline decides, or those
    that are `complete` (of which published asks for no missing fact). At most so many newly referred; no group of the
    fact `by` worse by more than `points` (of 100) in the same rate. None: no bound."""

    metric: str
    share: Fraction
    most: bool = False
    among: str = "all"
    newly_referred: int | None = None
    by: str = ""
    points: Fraction | None = None


@dataclass(frozen=True)
class Proposal:
    """`moves`: control, from and to; `steps` is the size of the change. All else is as the full engine has it."""

    draft: Draft = field(repr=False)
    moves: tuple[tuple[Movable, Decimal, Decimal], ...]
    steps: int
    share: Fraction
    newly_referred: int
    worst_group: str | None
    worst_points: float | None
    changed_requests: int
    changed_people: int


@dataclass(frozen=True)
class Sought:
    """`proposals`, the smallest change first; none where the goal can not be had: then `obstacles` say why, and `best`
    is as far as it goes. `frontier`: a row for each goal on the way: FRONTIER."""

    wish: Wish
    now: Fraction | None
    proposals: tuple[Proposal, ...]
    frontier: pl.DataFrame = field(repr=False)
    best: Fraction | None
    obstacles: tuple[Obstacle, ...]
    requests: int  # among which the rate is told
    about: About

    def as_dict(self) -> dict[str, object]:
        """As plain JSON matter."""

        def plain(share: Fraction | None) -> float | None:
            return None if share is None else float(share)

        return {
            "about": self.about.as_dict(),
            "requests": self.requests,
            "now": plain(self.now),
            "best": plain(self.best),
            "proposals": [
                {
                    "draft": as_mapping(p.draft),
                    "steps": p.steps,
                    "share": plain(p.share),
                    "newly_referred": p.newly_referred,
                    "worst_group": p.worst_group,
                    "worst_points": p.worst_points,
                    "changed_requests": p.changed_requests,
                    "changed_people": p.changed_people,
                }
                for p in self.proposals
            ],
            "frontier": self.frontier.to_dicts(),
            "obstacles": [
                {"bound": o.bound, "best_with": plain(o.best_with), "best_without": plain(o.best_without)}
                for o in self.obstacles
            ],
        }


def seek(
    cases: PreparedCases,
    published: Setting,
    guideline: str,
    wish: Wish,
    *,
    steps: int = 8,
    also: Sequence[str] = (),
    seed: int = 1,
) -> Sought:
    """Seek among the numbers of all limit rows, each up to `steps` steps from where it is towards the goal, and one of
    `also` (keys of parameters and switches). The setting's draft is held below. Raises ProblemsFound for a guideline or
    key that is none, ValueError for a wish that can not be read."""
    _sound(wish)
    ledger = Ledger(cases, published, replay(cases, published))
    board = _Board(ledger, guideline, wish, steps)
    models = [_Under(board, beneath) for beneath in board.beneath(also)]
    bounds = board.bounds(models[0].model.base)
    goal = Bound(
        f"{wish.metric} {'at most' if wish.most else 'at least'} {float(wish.share):g}", 0, 1, wish.share, wish.most
    )
    choices = [u.model for u in models]
    found = smallest(choices, [goal, *bounds], seed, PROPOSALS)
    proposals = [board.shown(i, models[k], c) for i, (k, c) in enumerate(found, start=1)]
    best = best_of(choices, goal, bounds, seed)
    obstacles = () if proposals else tuple(obstacles_to(choices, goal, bounds, best, seed))
    frontier = board.frontier(models, goal, bounds, best, seed)
    base = models[0].model.base
    now = Fraction(int(base[0]), int(base[1])) if base[1] else None
    return Sought(wish, now, tuple(proposals), frontier, best, obstacles, int(board.among.sum()), ledger.replay.about)


def _sound(wish: Wish) -> None:
    if wish.metric not in weights():
        raise ValueError(f"{wish.metric!r} is none of {', '.join(k.name for k in RATES)}")
    if wish.among not in AMONG:
        raise ValueError(f"{wish.among!r} is none of {', '.join(AMONG)}")
    if not 0 <= wish.share <= 1:
        raise ValueError("a goal is a share from 0 to 1")
    if (wish.points is None) != (not wish.by):
        raise ValueError("points are of the groups of a fact: name both or none")


class _Board:
    """The cases as sums: of the goal above and below the line, of the newly referred, and of each group."""

    def __init__(self, ledger: Ledger, guideline: str, wish: Wish, steps: int):
        self.ledger, self.guideline, self.wish = ledger, guideline, wish
        self.controls = {c.key: c for c in controls_of(ledger.setting, guideline)}
        self.zones: Zones = zones(ledger.ready, ledger.setting, guideline)
        self.rows = [r for r in self.zones.rows if any(f"limits.{r}.{a}" in self.controls for a in STEPS)]
        code = np.full(len(self.zones.rows) + 1, len(self.rows), dtype=np.int64)
        code[[self.zones.rows[r] for r in self.rows]] = np.arange(len(self.rows))
        self.block = code[self.zones.row]  # NONE is the last, which is no row
        cases = ledger.replay.cases
        self.groups = Groups.of(group_key(cases, wish.by)) if wish.by else None
        # A guideline moves nothing of what another decides.
        mine = ledger.replay.decisions["guideline"].eq_missing(guideline)
        if wish.among == "complete":
            mine &= ledger.replay.decisions["missing"].list.len() == 0
        self.among = mine.to_numpy()
        # More visits and weeks help what wants support, fewer the contrary.
        self.way = 1 if (wish.metric in _BETTER_UP) != wish.most else -1
        self.offsets = self._offsets(steps)

    def _offsets(self, steps: int) -> list[tuple[int, ...]]:
        """Steps of visits, weeks and visits a week, the smallest change first."""
        few = range(min(steps, 2) + 1)
        every = product(range(steps + 1), range(steps + 1), few)
        return sorted((o for o in every if sum(o) <= steps), key=lambda o: (sum(o), o))

    def moves(self, row: str, offset: Sequence[int]) -> list[Move] | None:
        """What sets a row so; None where it can not be."""
        out = []
        for amount, count in zip(STEPS, offset, strict=True):
            control = self.controls.get(f"limits.{row}.{amount}")
            if count:
                if control is None:
                    return None
                value = control.published + self.way * count * control.step
                if not control.low <= value <= control.high:
                    return None
                out.append((control, value))
        return out

    def beneath(self, also: Sequence[str]) -> Iterator[list[Move]]:
        """Nothing, then each value of each control that all requests may feel."""
        yield []
        for key in also:
            control = self.controls.get(key)
            if control is None or control.row:
                what = f"{self.guideline} has no parameter or switch {key}"
                raise ProblemsFound([Problem("unknown-key", what, hint=nearest(key, self.controls))])
            if control.kind == "switch":
                yield [(control, Decimal(0))]
                continue
            for count in (1, -1, 2, -2, 3, -3):
                value = control.published + count * control.step
                if control.low <= value <= control.high:
                    yield [(control, value)]

    def sums(self, outcome: Outcome | None) -> Numbers:
        """Blocks × sums: what an outcome adds to the goal above and below the line, to the newly referred and to each
        group, by block, the last being what takes no row; None: all of it as it stands, in one block."""
        over, under = weights()[self.wish.metric]
        if outcome is None:
            found = self.ledger.features() * self.among[:, None]
            rows, at, size = np.arange(len(self.among)), np.zeros(len(self.among), dtype=np.int64), 1
            new = np.zeros(len(rows))
        else:
            side, rows = outcome.side, outcome.rows
            found = self.ledger.features_moved(rows, side.determination, side.visits) * self.among[rows][:, None]
            at, size = self.block[rows], len(self.rows) + 1
            new = self.ledger.newly_referred(rows, side.determination).astype(np.float64)
        columns = [found @ over, found @ under, new]
        out = [np.bincount(at, weights=c, minlength=size) for c in columns]
        if self.groups is not None:
            many = len(self.groups.names)
            for column in columns[:2]:
                place = at * many + self.groups.place[rows]
                out += list(np.bincount(place, weights=column, minlength=size * many).reshape(size, many).T)
        return np.rint(np.column_stack(out)).astype(np.int64)

    def bounds(self, base: Numbers) -> list[Bound]:
        wish, out = self.wish, []
        if wish.newly_referred is not None:
            out.append(Bound(NEWLY_REFERRED, 2, None, Fraction(wish.newly_referred), most=True))
        if self.groups is not None and wish.points is not None:
            many, worse = len(self.groups.names), -1 if wish.metric in _BETTER_UP else 1
            for g, name in enumerate(self.groups.names):
                over, under = 3 + g, 3 + many + g
                if base[under]:
                    share = Fraction(int(base[over]), int(base[under])) + worse * wish.points / 100
                    out.append(Bound(f"{wish.by} {name}", over, under, share, most=worse > 0))
        return out

    # what is shown

    def shown(self, number: int, under: _Under, chosen: Sequence[int]) -> Proposal:
        """A proposal as the full engine decides it."""
        moves = under.moves(chosen)
        outcome = decided(self.ledger, with_moves(self.ledger.setting, moves))
        sums = self.sums(None)[0] + self.sums(outcome).sum(axis=0)
        assert (sums == under.model.sums(chosen)).all(), "the full engine says what the tables said"
        worst = self._worst(sums)
        share = Fraction(int(sums[0]), int(sums[1]))
        told = ", ".join(f"{m.key} {m.published:f} → {v:f}" for m, v in moves)
        draft = with_moves(self.ledger.setting, moves).draft
        assert draft is not None, "moves are a draft"
        rules = rules_of(replace(self.ledger.setting, draft=None), self.guideline)
        library = self.ledger.setting.library
        base = DraftBase(rules.version, base_digest(library, rules.guideline, rules.version))
        goal = f"{self.wish.metric.replace('_', ' ')} {float(share):.2%}"
        draft = replace(
            draft,
            draft=f"goal-{number}",
            author="goal seek",
            reason=f"{goal} (goal {float(self.wish.share):.2%}): {told}" if moves else goal,
            created=self.ledger.setting.as_of,
            base=((rules.guideline, base),),
        )
        steps = under.model.cost(chosen) // (len(self.controls) + 1)
        who = self.ledger.people_of(outcome.rows)
        made = tuple((m, m.published, v) for m, v in moves)
        return Proposal(draft, made, steps, share, int(sums[2]), *worst, len(outcome.rows), who)

    def _worst(self, sums: Numbers) -> tuple[str | None, float | None]:
        if self.groups is None:
            return None, None
        base, many = self.sums(None)[0], len(self.groups.names)
        sign = 1 if self.wish.metric in _BETTER_UP else -1
        found = [
            (sign * 100 * (sums[3 + g] / sums[3 + many + g] - base[3 + g] / base[3 + many + g]), name)
            for g, name in enumerate(self.groups.names)
            if base[3 + many + g] and sums[3 + many + g]
        ]
        least, name = min(found, default=(0.0, ""))
        return (name, sign * float(least)) if least < 0 else (None, None)

    def frontier(
        self, models: Sequence[_Under], goal: Bound, bounds: Sequence[Bound], best: Fraction | None, seed: int
    ) -> pl.DataFrame:
        """The smallest change for each of some goals from where the rate is to as far as it goes."""
        base, rows = models[0].model.base, []
        if best is not None and base[1]:
            now, choices = Fraction(int(base[0]), int(base[1])), [u.model for u in models]
            # Rounded towards where the rate is, so that each can be had and sums stay small whole numbers.
            way = (now + (best - now) * k / POINTS for k in range(1, POINTS + 1))
            goals = {Fraction((math.ceil if goal.most else math.floor)(g * 10_000), 10_000) for g in way}
            within = goal.share >= best if goal.most else goal.share <= best
            for share in sorted(goals | ({goal.share} if within else set()), reverse=goal.most):
                ((place, chosen),) = smallest(choices, [replace(goal, share=share), *bounds], seed, 1)
                one = self.shown(0, models[place], chosen)
                worst = one.worst_group, one.worst_points
                told = "; ".join(f"{m.key} {a:f} → {b:f}" for m, a, b in one.moves)
                size = one.steps, len(one.moves), float(one.share), one.newly_referred, one.changed_requests
                rows.append((float(share), *size, *worst, told))
        kinds = (pl.Float64, pl.Int64, pl.Int64, pl.Float64, pl.Int64, pl.Int64, pl.String, pl.Float64, pl.String)
        return pl.DataFrame(rows, schema=dict(zip(FRONTIER, kinds, strict=True)), orient="row")


class _Under:
    """The options of all rows with something moved beneath them."""

    def __init__(self, board: _Board, beneath: list[Move]):
        self.board, self.beneath = board, beneath
        self.unfit: set[tuple[str, tuple[int, ...]]] = set()
        found = self._outcomes()
        table = np.stack([board.sums(found[i]) for i in range(len(board.offsets))])  # options × blocks × sums
        rest, kept = table[0, -1], []
        options, costs, weight = [], [], len(board.controls) + 1
        for k, row in enumerate(board.rows):
            able = [i for i, o in enumerate(board.offsets) if not any(o) or self._able(row, o)]
            # What does the same at a greater cost is no choice; offsets come by their size.
            seen: dict[bytes, int] = {}
            for i in able:
                seen.setdefault(table[i, k].tobytes(), i)
            kept.append(mine := list(seen.values()))
            options.append(table[mine, k])
            costs.append(np.array([weight * sum(board.offsets[i]) + sum(map(bool, board.offsets[i])) for i in mine]))
        self.kept = kept
        options = [o - o[0] for o in options] if options else []
        base = board.sums(None)[0] + rest + sum((table[0, k] for k in range(len(board.rows))), np.zeros_like(rest))
        self.steps = sum(_steps(m, v) for m, v in beneath)
        # What lies beneath is a block of one option, so that its cost counts.
        fixed = np.array([weight * self.steps + len(beneath)])
        self.model = Model((*options, np.zeros((1, len(base)), dtype=np.int64)), (*costs, fixed), base)

    def _outcomes(self) -> list[Outcome]:
        """What comes of each offset, all rows moved by it that can be."""
        board, setting = self.board, self.board.ledger.setting

        def at(offset: Sequence[int]) -> Setting:
            return with_moves(setting, [*self.beneath, *(m for r in board.rows for m in self._able(r, offset) or ())])

        try:
            return list(Outcomes(board.ledger, [at(o) for o in board.offsets]))
        except ProblemsFound:
            for row, offset in product(board.rows, board.offsets):
                mine = board.moves(row, offset)
                if mine and not fits(setting, board.guideline, [*self.beneath, *mine]):
                    self.unfit.add((row, tuple(offset)))
            return list(Outcomes(board.ledger, [at(o) for o in board.offsets]))

    def _able(self, row: str, offset: Sequence[int]) -> list[Move] | None:
        return None if (row, tuple(offset)) in self.unfit else self.board.moves(row, offset)

    def moves(self, chosen: Sequence[int]) -> list[Move]:
        """The moves of some options."""
        out = list(self.beneath)
        for row, kept, i in zip(self.board.rows, self.kept, chosen[:-1], strict=True):
            out += self.board.moves(row, self.board.offsets[kept[i]]) or []
        return out


def _steps(control: Movable, value: Decimal) -> int:
    return SWITCH if control.kind == "switch" else int(abs(value - control.published) / control.step)
