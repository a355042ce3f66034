"""What is left of deciding when one control moves: partial evaluation of a plan over the values of the control.

The plans at all values are put side by side. A column that says the same in each of them, and looks at none that does
not, is decided once. What remains is taken apart: each greatest part that looks at no moving column is worked out on
the rows, the parts that differ between the values on the distinct values that they read; then rows that agree in all
parts fall into one group, and only groups are decided, at all values at once. It knows nodes and no step, and so any
control: a parameter, a number of a limit row or of an overlay, a switch. What it gives is what the columnar reading
gives, record for record.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import TypeVar

import numpy as np
import polars as pl

from workbench.engine.base import Base, Part
from workbench.engine.columnar import RECORD, ROW
from workbench.engine.columnar_nodes import compile_node, compile_plan, run
from workbench.engine.columns import Plan, needed
from workbench.engine.plan import plans
from workbench.engine.replan import replanned
from workbench.engine.residue import Differing, Residue, moving, residue
from workbench.engine.setting import Setting
from workbench.guideline.model import Rules
from workbench.guideline.versions import find_guideline, find_overlay

T = TypeVar("T")
MOST = 8_000_000  # groups × values that are decided; beyond, deciding the requests themselves is cheaper
_AT = "_at"
Numbers = np.ndarray


class DoesNotPay(Exception):
    """The full engine is quicker, or the control moves which guideline a request falls under."""


@dataclass(frozen=True)
class Retuned:
    """Cases under a control that moves over some settings, one for each of its values.

    `base` has the wanted columns of the decision record for every row, in order, under the first setting. `group` is
    the number of the group of each row, −1 where the row comes out alike at every value. `outcomes` has, for each
    value, the columns that move, by group.
    """

    base: pl.DataFrame = field(repr=False)
    group: Numbers = field(repr=False)
    outcomes: tuple[pl.DataFrame, ...] = field(repr=False)

    def records(self, at: int) -> pl.DataFrame:
        """The wanted columns of every row, in order, at the value of this place."""
        found, rows = self.outcomes[at], self.base.height
        if not found.width:
            return self.base
        places = pl.Series(np.where(self.group >= 0, self.group + rows, np.arange(rows)), dtype=pl.UInt32)
        columns = [pl.concat([self.base[c], found[c]])[places].alias(c) for c in found.columns]
        return self.base.with_columns(columns)


def at_once(steps: Generator[None, None, T]) -> T:
    """What small steps come to."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


def retuning(base: Base, settings: Sequence[Setting], beside: Sequence[str] = ()) -> Generator[None, None, Retuned]:
    """Prepared cases under all these settings, which differ in their draft alone, against a base that is kept; in small
    steps, so that others can be answered in between. Rows of one group agree in the columns `beside` of the frame too.
    Raises DoesNotPay."""
    wanted, own = base.wanted, settings[0] is not base.setting
    every = [base.setting, *settings] if own else list(settings)
    scopes = base.scopes
    for other in every[1:]:
        yield
        if base.scopes_under(other) != scopes:
            raise DoesNotPay("the control moves which guideline decides a request")
    split: list[tuple[Part, list[Plan]]] = []
    for i in range(len(base.found)):
        split += yield from _families(base, i, every)
    moved = [moving(_once(family)) for _, family in split]
    columns = [w for w in wanted if any(w in m for m in moved)]
    group = np.full(base.frame.height, -1, dtype=np.int32)
    outcomes: list[list[pl.DataFrame]] = [[] for _ in settings]
    count = 0
    for (part, family), moves in zip(split, moved, strict=True):
        yield
        if not moves.intersection(wanted):
            continue
        held = _hold(base, part, family, moves, columns, beside)
        if (count + held.keys.height) * len(settings) > MOST:
            raise DoesNotPay(f"more than {MOST:,} groups of {base.frame.height:,} requests at {len(settings):,} values")
        at = held.decide(columns, len(every))
        still = reduce(or_, (~held.alike(at[0], a) for a in at[1:]), np.zeros(held.keys.height, dtype=bool))
        number = np.where(still, np.cumsum(still) - 1 + count, -1).astype(np.int32)
        group[held.rows] = number[held.group]
        count += int(still.sum())
        for place, decided in zip(outcomes, at[1:] if own else at, strict=True):
            place.append(decided.filter(pl.Series(still)))
    empty = base.records.select(columns).clear()
    tables = (pl.concat([empty, *(o.cast(pl.Schema({c: RECORD[c] for c in columns})) for o in at)]) for at in outcomes)
    return Retuned(base.records, group, tuple(tables))


def _once(family: Sequence[Plan]) -> list[Plan]:
    return list({id(p): p for p in family}.values())


def _families(base: Base, at: int, settings: Sequence[Setting]) -> Generator[None, None, list[tuple[Part, list[Plan]]]]:
    """The parts of a group of the base with a plan for each setting; by overlay where one plan does not serve all."""
    rules = [[_rules(r, s) for r in base.found[at][1]] for s in settings]
    whole = yield from _plans(base, (at, None), rules)
    if whole is not None:
        return [((at, None), whole)]
    out: list[tuple[Part, list[Plan]]] = []
    for i in range(len(rules[0])):
        own = yield from _plans(base, (at, i), [[r[i]] for r in rules])
        assert own is not None, "one set of rules is one plan"
        out.append(((at, i), own))
    return out


def _plans(base: Base, part: Part, at: list[list[Rules]]) -> Generator[None, None, list[Plan] | None]:
    """What is needed of the plan at each place, the first being that of the base; None where one plan does not do."""
    first = base.plan(part)
    if first is None:
        return None
    known = {_said(at[0]): first}
    for rules in at[1:]:
        yield
        said = _said(rules)
        if said in known:
            continue
        made = replanned(first, at[0], rules, named=base.named)
        if made is None:
            full = plans(rules, named=base.named)
            if len(full) > 1:
                return None
            made = needed(full[0][0], base.wanted)
        known[said] = made
    return [known[_said(rules)] for rules in at]


def _said(rules: Sequence[Rules]) -> tuple[str, ...]:
    """What tells rules apart: digests cover everything that can change what they decide."""
    return tuple(d for r in rules for d in (r.guideline_digest, r.overlay_digest))


def _rules(rules: Rules, setting: Setting) -> Rules:
    library = setting.library
    overlay = find_overlay(library, rules.plan, rules.overlay_version) if rules.plan else None
    return setting.rules(find_guideline(library, rules.guideline, rules.version), overlay)


@dataclass(frozen=True)
class _Held:
    """The rows of a guideline that hang on the control, grouped: `keys` has a row for each group."""

    rows: Numbers  # places in the whole frame
    group: Numbers
    keys: pl.DataFrame
    left: Residue
    tables: tuple[pl.DataFrame, ...]  # for each family of differing parts, by class
    plan: Plan

    def decide(self, columns: Sequence[str], values: int) -> list[pl.DataFrame]:
        """The columns by group at each value; all values of one shape in one run."""
        found: dict[int, pl.DataFrame] = {}
        size = self.keys.height
        for shape, places in self.left.shapes:
            plan = needed(replace(self.plan, columns=shape), columns)
            whole = run(pl.concat([self._at(i) for i in places]), compile_plan(plan))
            for k, i in enumerate(places):
                found[i] = whole.slice(k * size, size).select(columns)
        return [found[i] for i in range(values)]

    def _at(self, place: int) -> pl.DataFrame:
        """The groups with the differing parts as they are at a value."""
        frame = self.keys
        for k, table in enumerate(self.tables):
            mine = [name for name, at in self.left.differing[k].parts if place in at]
            if mine:  # the shape at this value may look at none of them
                found = table.select(pl.col(_placed(place, name)).alias(name) for name in mine)
                frame = frame.hstack(found[frame[f"class {k}"]])
        absent = [name for name in self.left.names if name not in frame.columns]
        return frame.with_columns(pl.lit(None).alias(name) for name in absent)

    @staticmethod
    def alike(one: pl.DataFrame, two: pl.DataFrame) -> Numbers:
        """By group, whether nothing differs."""
        differs = [(one[c].ne_missing(two[c])).to_numpy() for c in one.columns]
        return ~reduce(or_, differs, np.zeros(one.height, dtype=bool))


def _hold(
    base: Base, part: Part, family: Sequence[Plan], moves: frozenset[str], columns: Sequence[str], beside: Sequence[str]
) -> _Held:
    """What of a part hangs on the control."""
    left = residue(family, moves)
    # A wanted column that moves for other guidelines alone is held for the groups of this one.
    stay = [c for c in columns if c not in moves]
    frame = base.decided(part, [*left.columns, *stay])
    classes, tables, moving_ = [], [], np.full(frame.height, len(left.shapes) > 1)
    for one in left.differing:
        number, table, moves_ = _classes(frame, one)
        classes.append(number)
        tables.append(table)
        moving_ |= moves_[number]
    some = pl.Series(moving_)
    keys = frame.filter(some).select(
        pl.col(ROW),
        *(pl.col(c) for c in (*stay, *beside)),
        *(compile_node(node).alias(name) for name, node in left.held),
    )
    keys = keys.with_columns(pl.Series(f"class {k}", c[moving_], dtype=pl.UInt32) for k, c in enumerate(classes))
    by = [c for c in keys.columns if c != ROW]
    grouped = keys.group_by(by, maintain_order=True).agg(ROW) if by else keys.select(pl.col(ROW).implode())
    places = grouped[ROW].explode().to_numpy().astype(np.int64)
    group = np.repeat(np.arange(grouped.height), grouped[ROW].list.len().to_numpy())
    return _Held(places, group, grouped.drop(ROW), left, tuple(tables), family[0])


def _placed(place: int, name: str) -> str:
    """The column of a part at the value of this place."""
    return f"{place}|{name}"


def _classes(frame: pl.DataFrame, parts: Differing) -> tuple[Numbers, pl.DataFrame, Numbers]:
    """The class of each row (rows of one class agree in these parts at every value), the parts by class, and whether a
    class comes out otherwise at any value."""
    reads = list(parts.reads)
    small = frame.select(*reads, pl.int_range(pl.len(), dtype=pl.UInt32).alias(_AT))
    distinct = small.group_by(reads, maintain_order=True).agg(_AT) if reads else small.select(pl.col(_AT).implode())
    exprs = [
        compile_node(node).alias(_placed(place, name)) for name, at in parts.parts for place, node in sorted(at.items())
    ]
    table = distinct.with_columns(exprs).select(_AT, *(e.meta.output_name() for e in exprs))
    by = [c for c in table.columns if c != _AT]
    table = table.group_by(by, maintain_order=True).agg(pl.col(_AT).explode())
    rows = table[_AT].explode().to_numpy()
    number = np.empty(frame.height, dtype=np.int64)
    number[rows] = np.repeat(np.arange(table.height), table[_AT].list.len().to_numpy())
    moves = np.zeros(table.height, dtype=bool)
    for name, at in parts.parts:
        first, *others = (table[_placed(place, name)] for place in sorted(at))
        for other in others:
            moves |= first.ne_missing(other).to_numpy()
    return number, table.drop(_AT), moves
