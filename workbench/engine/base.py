"""Cases decided under one setting, with the columns of its plans kept, so that one control after another can be held
against them without deciding anew what does not hang on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

import polars as pl

from workbench.engine import nodes as n
from workbench.engine.columnar import RECORD, ROW, overlays_of, settle
from workbench.engine.columnar_nodes import compile_plan, run
from workbench.engine.columns import VARIANT, Plan, needed, value
from workbench.engine.plan import plans
from workbench.engine.setting import Setting
from workbench.guideline.model import Overlay, Rules

KEPT = 2_000_000  # rows; with more of them columns are worked out anew each time, so that memory stays flat
Part = tuple[int, int | None]  # the place of a group of `found`, and of its variant where each has a plan of its own


class Base:
    """`frame` decided under `setting`, as far as anybody asks. `wanted` are columns of the decision record."""

    def __init__(self, frame: pl.DataFrame, setting: Setting, wanted: Sequence[str]):
        self.frame, self.setting, self.wanted = frame, setting, tuple(wanted)
        self.named = setting.program is not None
        self.apart, self.found = settle(frame, setting)
        self._plans: dict[Part, list[Plan]] = {}
        self._rows: dict[Part, pl.DataFrame] = {}
        self._there: dict[Part, frozenset[str]] = {}

    @cached_property
    def met(self) -> list[tuple[date, Overlay | None]]:
        """The overlays that requests meet, by the days on which anything begins to count."""
        return [(day, overlay) for day in self.setting.days for overlay in overlays_of(self.frame, self.setting, day)]

    @cached_property
    def scopes(self) -> list[n.PlanNode]:
        return self.scopes_under(self.setting)

    def scopes_under(self, setting: Setting) -> list[n.PlanNode]:
        """What decides which guideline claims a request, under each overlay that a request meets on a day."""
        return [
            value(rules, rules.scope)
            for day, overlay in self.met
            for guideline in setting.guidelines(day)
            for rules in (setting.rules(guideline, overlay),)
        ]

    def rules(self, part: Part) -> list[Rules]:
        """The rules of a part, by variant."""
        rules, only = self.found[part[0]][1], part[1]
        return rules if only is None else [rules[only]]

    def plan(self, part: Part) -> Plan | None:
        """What is needed of the plan of a part; None where one plan does not serve its variants."""
        if part not in self._plans:
            self._plans[part] = [needed(made, self.wanted) for made, _ in plans(self.rules(part), named=self.named)]
        found = self._plans[part]
        return found[0] if len(found) == 1 else None

    def rows(self, part: Part) -> pl.DataFrame:
        """The rows of a part, numbered anew where it has one variant."""
        if part not in self._rows:
            rows, only = self.found[part[0]][0], part[1]
            if only is not None:
                rows = rows.filter(pl.col(VARIANT) == only + 1).with_columns(pl.lit(1, dtype=pl.Int64).alias(VARIANT))
            self._rows[part] = rows
        return self._rows[part]

    def decided(self, part: Part, names: Sequence[str]) -> pl.DataFrame:
        """The rows of a part with these columns of its plan, at least."""
        plan, rows, there = self.plan(part), self.rows(part), self._there.get(part, frozenset())
        assert plan is not None, "one plan serves a part"
        if there.issuperset(names):
            return rows
        more = needed(plan, names)
        found = run(rows, compile_plan(more, there))
        if self.frame.height <= KEPT:
            self._rows[part], self._there[part] = found, there | {name for name, _ in more.columns}
        return found

    @cached_property
    def records(self) -> pl.DataFrame:
        """The wanted columns of every row, in order."""
        known = [p.select(ROW, *self.wanted) for p in self.apart]
        for part in self.parts:
            known.append(self.decided(part, self.wanted).select(ROW, *self.wanted))
        shape = pl.Schema({name: RECORD[name] for name in self.wanted})
        return pl.concat([k.cast(shape) for k in known]).sort(ROW).drop(ROW)

    @property
    def parts(self) -> list[Part]:
        """Every part that one plan serves; they have all rows of `found`."""
        out: list[Part] = []
        for i, (_, rules) in enumerate(self.found):
            out += [(i, None)] if self.plan((i, None)) is not None else [(i, k) for k in range(len(rules))]
        return out
