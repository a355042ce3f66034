"""Every determination that a request can still come to, over all completions of its missing facts.

A completion fills in each missing fact that makes sense (`only_where`) with a value in its range; what the rules can do
without stays out (`optional`), and no plan stays none. The answer is read off the three-valued columns of the plan: an
outcome is left out only where no completion reaches it, so that what is told is never too narrow. It can be too wide
where two unknown conditions hang on the same fact; facts with few values that many rules read are therefore filled in
one after another (`BRANCHED`), and `completions.py` shows by real completions what is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl

from workbench.engine import decision as d
from workbench.engine.columnar import ROW, settle
from workbench.engine.columnar_nodes import compile_plan, run
from workbench.engine.columns import FREE, VARIANT, criterion, needed
from workbench.engine.plan import UNDEFINED, UNKNOWN, UNMET, plans
from workbench.engine.setting import Setting
from workbench.facts import facts
from workbench.guideline.model import Criterion, Rules
from workbench.language.columnar import compile_
from workbench.language.tree import fact_names
from workbench.study.ledger import CODE
from workbench.study.simulate.opened import Fillable, every_expression, may_and_must, opened, optional

BIT = {name: 1 << code for name, code in CODE.items()}
EVERY = sum(BIT.values()) - BIT[d.INFORMATION]
BRANCHED = ("line_of_business", "review_type", "evaluation_only", "intent")
CHUNK = 100_000  # rows at once, so that memory stays flat
# What tells requests apart but never their decisions.
_ASIDE = ("request_id", "episode_id", "member_id", "language", "rural", "assumed")
_BUILT_IN = ("too_early", "excluded_procedure")
Flags = np.ndarray


@dataclass(frozen=True)
class Possible:
    """`table` has a row a request, in order: `now` (code of the determination as things are), `mask` (a bit for each
    determination that some completion may reach), `least` and `most` (visits granted, not counting `not_required`).
    `spared` are facts that no completion fills in."""

    table: pl.DataFrame
    spared: frozenset[str]

    @property
    def settled(self) -> np.ndarray:
        """Requests whose determination no completion can change."""
        mask = self.table["mask"].to_numpy()
        return np.asarray((mask & (mask - 1)) == 0)


def spared_by(setting: Setting) -> frozenset[str]:
    """Facts that no completion fills in under a setting."""
    days = {g.name: g for day in setting.days for g in setting.guidelines(day)}
    overlays = [None, *setting.library.overlays]
    return optional([setting.rules(g, o) for g in days.values() for o in overlays])


def alike(frame: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """Requests that no rule can tell apart, once each, and the place of each row among them."""
    outcome = [n for n, f in facts().items() if f.group == "outcome"]
    said = frame.drop([*_ASIDE, *outcome], strict=False)
    key = said.with_columns(pl.col(pl.List(pl.String)).list.join(";"))  # lists do not sort
    number = key.select(pl.struct(pl.all()).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    first = np.full(int(number.max()) + 1 if len(number) else 0, -1)
    first[number[::-1]] = np.arange(len(number))[::-1]
    return frame[first], number


def possible(frame: pl.DataFrame, decisions: pl.DataFrame, setting: Setting, spared: frozenset[str]) -> Possible:
    """What prepared cases can come to, but for `spared` facts; `decisions` are those of the same frame under the same
    setting."""
    now = decisions["determination"].cast(pl.Enum(d.DETERMINATIONS)).to_physical()
    parts = [_of(frame[i : i + CHUNK], setting, spared) for i in range(0, frame.height, CHUNK)]
    shape = {"mask": pl.Int64, "least": pl.Int64, "most": pl.Int64}
    found = pl.concat([pl.DataFrame(schema=shape), *parts])
    return Possible(pl.DataFrame({"now": now}).hstack(found), spared)


def _of(frame: pl.DataFrame, setting: Setting, spared: frozenset[str]) -> pl.DataFrame:
    rows = branches(frame.with_row_index("_from"), spared)
    found = pl.concat(list(_outcomes(rows.drop("_from"), setting, spared))).sort(ROW)
    with_from = found.with_columns(rows["_from"][found[ROW].to_numpy()])
    return (
        with_from.group_by("_from")
        .agg(pl.col("mask").bitwise_or(), pl.col("least").min(), pl.col("most").max())
        .sort("_from")
        .select("mask", "least", "most")
    )


def branches(frame: pl.DataFrame, spared: frozenset[str]) -> pl.DataFrame:
    """The frame with each row once for every value of the few-valued facts that it lacks."""
    fillable = Fillable(spared)
    for name in BRANCHED:
        fact = facts()[name]
        values = [True, False] if fact.kind == "boolean" else list(fact.choices)
        lacks = frame.select(fillable(name)).to_series()
        if lacks.any():
            open_ = frame.filter(lacks)
            frame = pl.concat(
                [frame.filter(~lacks)]
                + [open_.with_columns(pl.lit(v, dtype=frame.schema[name]).alias(name)) for v in values]
            )
    return frame


def _outcomes(frame: pl.DataFrame, setting: Setting, spared: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Row, mask, least and most of each row."""
    fillable = Fillable(spared)
    apart, groups = settle(frame, setting)
    asked = {*scope_facts(setting), *program_facts(setting)}
    for part in apart:
        if part.height:
            codes = part["determination"].replace_strict(BIT, return_dtype=pl.Int64)
            if asked:  # another guideline may claim it, or the program free it
                lacks = frame[part[ROW]].select(pl.any_horizontal([fillable(n) for n in sorted(asked)])).to_series()
                codes = pl.select(pl.when(lacks).then(EVERY).otherwise(codes)).to_series().cast(pl.Int64)
            zero = pl.lit(0, dtype=pl.Int64)
            yield part.select(ROW, codes.alias("mask"), zero.alias("least"), zero.alias("most"))
    for group, rules in groups:
        for plan, places in plans(rules, named=setting.program is not None):
            for number, at in enumerate(places, start=1):
                rows = group.filter(pl.col(VARIANT) == at + 1).with_columns(
                    pl.lit(number).cast(pl.Int64).alias(VARIANT)
                )
                if rows.height:
                    names = [criterion(i) for i in (*_BUILT_IN, *plan.criteria)]
                    told = run(rows, compile_plan(needed(plan, ["visits asked", *names])))
                    yield _Read(told, rules[at], setting, fillable).outcomes()


def scope_facts(setting: Setting) -> list[str]:
    """What says which guideline decides, beside the discipline, which every request names."""
    read = {n for g in setting.library.guidelines if not g.base for n in fact_names(g.scope)}
    return sorted(read - {"discipline"})


def program_facts(setting: Setting) -> list[str]:
    """What the program that is named looks at; none where none is."""
    rows = [r for p in setting.library.programs if p.program == setting.program for r in p.rows]
    read = set(fact_names(*(r.exempt_when for r in rows)))
    return sorted(read | {"line_of_business", "state", "requested_start", "received_on"}) if setting.program else []


class _Read:
    """The rows of one guideline under one overlay, with the columns of its plan."""

    def __init__(self, rows: pl.DataFrame, rules: Rules, setting: Setting, fillable: Fillable):
        self.rows, self.rules, self.setting, self.fillable = rows, rules, setting, fillable
        benefit = d.benefit_criterion(rules)
        self.criteria: list[Criterion] = [*([benefit] if benefit else []), *rules.criteria]
        self.none = np.zeros(rows.height, dtype=bool)

    def flags(self, exprs: Sequence[pl.Expr]) -> list[Flags]:
        """Truths of every row, worked out together."""
        return [c.to_numpy() for c in self.each([e.fill_null(False) for e in exprs])]

    def each(self, exprs: Sequence[pl.Expr]) -> list[pl.Series]:
        """A value for every row, also of what is the same for all."""
        names = [f"_{i}" for i in range(len(exprs))]
        return self.rows.with_columns(e.alias(n) for n, e in zip(names, exprs, strict=True)).select(names).get_columns()

    def whole(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that a number can be."""
        low, high = (int(x) for x in facts()[name].span)
        column = self.rows[name].cast(pl.Int64)
        return column.fill_null(low).to_numpy(), column.fill_null(high).to_numpy()

    def outcomes(self) -> pl.DataFrame:
        self.amounts()
        free_may, free_must = self.freed()
        office_may, office_must, clinic_may, fit, stuck = self.judged()
        supported, exceeded, reached, dead, least, most = self.limits()
        go_on = ~free_must
        clinic = go_on & ~office_must & (clinic_may | reached)
        approved, in_part = go_on & fit & supported, go_on & fit & exceeded
        unknown = go_on & ~office_must & (stuck | dead)
        mask = np.zeros(self.rows.height, dtype=np.int64)
        for name, flag in (
            (d.NOT_REQUIRED, free_may | free_must), (d.ADMINISTRATIVE, go_on & office_may), (d.CLINICIAN, clinic),
            (d.APPROVED, approved), (d.IN_PART, in_part), (d.INFORMATION, unknown),
        ):  # fmt: skip
            mask |= np.where(flag, BIT[name], 0)
        (elsewhere,) = self.flags([pl.any_horizontal([pl.lit(False), *map(self.fillable, scope_facts(self.setting))])])
        mask |= np.where(elsewhere, EVERY, 0)  # another guideline may claim it, or none
        nothing = (go_on & office_may) | clinic | unknown | elsewhere
        low = np.where(nothing, 0, np.where(in_part, least, np.where(approved, self.asked[0], 0)))
        high = np.where(approved | elsewhere, self.asked[1], np.where(in_part, most, 0))
        return pl.DataFrame({ROW: self.rows[ROW], "mask": mask, "least": low, "most": high})

    def amounts(self) -> None:
        """Visits asked as far as the benefit covers them, weeks asked, and what was used, each least and most."""
        low, high = self.whole("requested_visits")
        if self.rules.benefit_limit is not None:
            cut = self.rows["visits asked"].cast(pl.Int64)
            firm = (self.rows[criterion("benefit_limit")] != UNKNOWN).to_numpy() & cut.is_not_null().to_numpy()
            known = cut.fill_null(0).to_numpy()
            low, high = np.where(firm, known, 1), np.where(firm, known, high)
        self.asked, self.weeks = (low, high), self.whole("requested_weeks")
        self.used, self.weeks_used = self.whole("visits_used"), self.whole("weeks_used")

    def freed(self) -> tuple[Flags, Flags]:
        """Whether nothing need be authorized: may, must."""
        rules = self.rules
        conditions = [*(e.when for e in rules.exemptions), *(w.when for w in rules.waivers)]
        pairs = [may_and_must(when, rules, self.fillable) for when in conditions]
        found = self.flags([e for pair in pairs for e in pair])
        may, must = self.none.copy(), self.none.copy()
        for i in range(len(rules.exemptions)):
            may |= found[2 * i]
            must |= found[2 * i + 1]
        for i, w in enumerate(rules.waivers, start=len(rules.exemptions)):
            weeks = w.weeks if w.weeks is not None else 10**6
            may |= found[2 * i] & (self.asked[0] <= w.visits - self.used[0]) & (self.weeks_used[0] < weeks)
            must |= found[2 * i + 1] & (self.asked[1] <= w.visits - self.used[1]) & (self.weeks_used[1] < weeks)
        if self.setting.program is not None:
            lacks = [self.fillable(n) for n in program_facts(self.setting)]
            unsure, free = self.flags([pl.any_horizontal(lacks), pl.col(FREE)])
            may |= unsure | free
            must |= free & ~unsure
        return may, must

    def judged(self) -> tuple[Flags, Flags, Flags, Flags, Flags]:
        """Of the criteria: office may and must, clinician may, whether all can be met, whether one stays unknown."""
        states = [self.state(i) for i in (*_BUILT_IN, *(c.id for c in self.criteria))]
        kinds = ["administrative"] * len(_BUILT_IN) + [c.unmet for c in self.criteria]
        marks = [False] * len(_BUILT_IN) + [c.urgent or c.papers_wait for c in self.criteria]
        office_may, office_must, clinic, first_may, first_must, bad, stuck = (self.none.copy() for _ in range(7))
        for (may, must, never), kind, mark in zip(states, kinds, marks, strict=True):
            bad |= must
            stuck |= never
            if mark:
                first_may |= may
                first_must |= must
            elif kind == d.ADMINISTRATIVE:
                office_may |= may
                office_must |= must
            else:
                clinic |= may
        return office_may & ~first_must, office_must & ~first_may, first_may | clinic, ~bad & ~stuck, stuck

    def state(self, id_: str) -> tuple[Flags, Flags, Flags]:
        """Whether a criterion may be unmet, must be, or is unknown for good."""
        mine = next((c for c in self.criteria if c.id == id_), None)
        now = pl.col(criterion(id_))
        unmet = now.is_in([UNMET, UNDEFINED])
        if mine is None:
            open_ = now == UNKNOWN
            if id_ == "too_early" and self.setting.program is not None:
                open_ = open_ | pl.any_horizontal([self.fillable(n) for n in program_facts(self.setting)])
            may, must = self.flags([unmet | open_, unmet & ~open_])
            return may, must, self.none
        touched = self.fillable.any_of(mine.applies, mine.requires)
        requires = compile_(opened(mine.requires), self.rules.values)
        if mine.applies is not None:
            requires = ~compile_(opened(mine.applies), self.rules.values).cast(pl.Boolean) | requires.cast(pl.Boolean)
        open_ = touched & requires.cast(pl.Boolean).is_null()
        may, must, never = self.flags([unmet | open_, unmet & ~open_, (now == UNKNOWN) & ~open_])
        return may, must, never

    def limits(self) -> tuple[Flags, Flags, Flags, Flags, np.ndarray, np.ndarray]:
        """Whether all that is asked may be supported, part of it, or nothing; whether a row stays unknown for good; and
        the least and the most visits where it is a part."""
        asked, weeks = self.asked, self.weeks
        supported, exceeded, reached, dead, blocked = (self.none.copy() for _ in range(5))
        least, most = np.full(len(self.none), 10**6), np.zeros(len(self.none), dtype=np.int64)
        exprs = []
        for row in self.rules.limits:
            holds = reduce(lambda a, b: a & b, (compile_(c.node, self.rules.values) for c in row.cells), pl.lit(True))
            open_ = holds.is_null()
            # One scan instead of three: which of false, unknown for good, open, true.
            fills = self.fillable.any_of(*(c.node for c in row.cells))
            exprs.append(pl.when(open_ & fills).then(2).when(open_).then(1).when(holds).then(3).otherwise(0))
        states = self.each([e.cast(pl.Int8) for e in exprs])
        for row, found in zip(self.rules.limits, states, strict=True):
            state = found.to_numpy()
            here = ~blocked & (state > 1)
            dead |= ~blocked & (state == 1)
            blocked |= (state == 3) | (state == 1)
            if not here.any():
                continue
            own = row.counts == "episode"
            left = [row.visits - (u if own else 0) for u in (self.used[1], self.used[0])]
            weeks_left = [row.weeks - (u if own else 0) for u in (self.weeks_used[1], self.weeks_used[0])]
            some = [np.minimum(w, x) for w, x in zip(weeks, weeks_left, strict=True)]
            pace = [np.full(len(self.none), 10**6) for _ in some]
            if row.per_week is not None:
                rate = int(row.per_week * 10**8)
                pace = [np.maximum(x, 0) * rate // 10**8 for x in some]
            there = (left[1] > 0) & (weeks_left[1] > 0) & (pace[1] > 0)
            fits = there & (left[1] >= asked[0]) & (weeks_left[1] >= weeks[0]) & (pace[1] >= asked[0])
            always = (left[0] >= asked[1]) & (weeks_left[0] >= weeks[1]) & (pace[0] >= asked[1])
            part = here & there & ~always
            supported |= here & fits
            exceeded |= part
            reached |= here & ((left[0] <= 0) | (weeks_left[0] <= 0) | (pace[0] <= 0))
            low, high = (np.minimum(np.minimum(a, b), c) for a, b, c in zip(asked, left, pace, strict=True))
            least = np.where(part, np.minimum(least, np.maximum(low, 1)), least)
            most = np.where(part, np.maximum(most, high), most)
        # An evaluation alone counts in no row; whether it is one was filled in where it is missing (`BRANCHED`).
        alone, weeks_told = self.flags([pl.col("evaluation_only"), pl.col("requested_weeks").is_not_null()])
        may = alone & (asked[0] <= 1) & (asked[1] >= 1)
        must = alone & weeks_told & (asked[0] == 1) & (asked[1] == 1)
        return supported | may, exceeded & ~must, (reached | ~blocked) & ~must, dead & ~must, least, most


def read_by(setting: Setting, spared: frozenset[str]) -> list[str]:
    """The facts that rules look at and a completion may fill in, in the order of the fact table."""
    guidelines = {g.name: g for day in setting.days for g in setting.guidelines(day)}
    read = {n for g in guidelines.values() for e in every_expression(setting.rules(g, None)) for n in fact_names(e)}
    return [n for n in facts() if n in (read | set(d.LIMIT_FACTS)) - spared]
