"""The controls of a guideline over given cases: what may be moved, which requests each can act on, and what each value
comes to. Controls that can never act on one request are moved together: one replay tells all of them apart.

A request takes one limit row and lies under one overlay at most, and no number of a row decides which row is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

import numpy as np
import polars as pl

from workbench.cases.prepared import PreparedCases
from workbench.engine.columnar import ROW, settle
from workbench.engine.columnar_nodes import compile_plan, run
from workbench.engine.columns import VARIANT, needed
from workbench.engine.plan import plans
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.guideline.model import Overlay
from workbench.guideline.moves import Movable, movables, moved, overlay_movables
from workbench.guideline.versions import find_guideline, overlay_on
from workbench.study.ledger import Ledger, Numbers
from workbench.study.outcomes import Outcome, Outcomes, decided
from workbench.study.sweep import rules_of

NONE = -1
Move = tuple[Movable, Decimal]


@dataclass(frozen=True)
class Zones:
    """For each request the limit row that it takes (matched, not stopped at) and the plan whose overlay decides it, by
    their places in `rows` and `plans`; NONE where there is none. A row is one of the guideline asked about; a plan is
    told whichever guideline decides, since an overlay's waivers are felt under each of them."""

    rows: Mapping[str, int]
    plans: Mapping[str, int]
    row: Numbers
    plan: Numbers

    def mask(self, control: Movable) -> Numbers | None:
        """The requests on which a control can act; None: any."""
        found = None
        for code, known, name in ((self.row, self.rows, control.row), (self.plan, self.plans, control.plan)):
            if name:
                mine = code == known.get(name, NONE - 1)
                found = mine if found is None else found & mine
        return found


def controls_of(setting: Setting, guideline: str) -> tuple[Movable, ...]:
    """Everything of a guideline that may be moved, as the setting's draft has it, and what overlays set in it
    themselves. Raises ProblemsFound where no guideline of that name decides."""
    bare = rules_of(setting, guideline)
    found = list(movables(bare).values())
    for overlay in overlays(setting):
        own = find_guideline(setting.library, bare.guideline, bare.version)
        found += overlay_movables(bare, setting.rules(own, overlay), overlay).values()
    return tuple(found)


def overlays(setting: Setting) -> list[Overlay]:
    """The overlays that count, one of each plan (by date: the last)."""
    day = setting.as_of or setting.cut_days[-1]
    found = (overlay_on(setting.library, p, day) for p in sorted({o.plan for o in setting.library.overlays}))
    return [o for o in found if o is not None]


def zones(cases: PreparedCases, setting: Setting, guideline: str) -> Zones:
    """Which row and which overlay each request falls under."""
    rows, plans_ = dict[str, int](), dict[str, int]()
    row, plan = (np.full(cases.height, NONE, dtype=np.int32) for _ in range(2))
    for group, rules in settle(cases.frame, setting)[1]:
        of = np.array([plans_.setdefault(r.plan, len(plans_)) if r.plan else NONE for r in rules], dtype=np.int32)
        plan[group[ROW].to_numpy()] = of[group[VARIANT].to_numpy() - 1]
        if rules[0].guideline != guideline:
            continue
        for made, places in plans(rules, named=setting.program is not None):
            mine = {at + 1: i for i, at in enumerate(places, start=1)}
            some = group.filter(pl.col(VARIANT).is_in(list(mine)))
            some = some.with_columns(pl.col(VARIANT).replace_strict(mine, return_dtype=pl.Int64))
            found = run(some, compile_plan(needed(made, ["row"]))).select(ROW, VARIANT, "row")
            at, variant = found[ROW].to_numpy(), found[VARIANT].to_numpy() - 1
            taken = np.maximum(found["row"].to_numpy(), 0)
            for i, place in enumerate(places):
                code = [NONE, *(rows.setdefault(r.id, len(rows)) for r in rules[place].limits)]
                row[at[variant == i]] = np.array(code, dtype=np.int32)[taken[variant == i]]
    return Zones(rows, plans_, row, plan)


def apart(one: Movable, other: Movable) -> bool:
    """Whether no request can feel both."""
    rows, plans_ = (one.row, other.row), (one.plan, other.plan)
    return (all(rows) and rows[0] != rows[1]) or (all(plans_) and plans_[0] != plans_[1])


def pools(controls: Iterable[Movable]) -> list[list[Movable]]:
    """The controls in as few lots as come of themselves, no request feeling two of a lot."""
    lots: list[list[Movable]] = []
    for control in controls:
        for lot in lots:
            if all(apart(control, other) for other in lot):
                lot.append(control)
                break
        else:
            lots.append([control])
    return lots


def with_moves(setting: Setting, moves: Sequence[Move]) -> Setting:
    """A setting with these moves on top of its draft."""
    return replace(setting, draft=moved(setting.draft, moves))


def fits(setting: Setting, guideline: str, moves: Sequence[Move]) -> bool:
    """Whether these moves can be made on top of the setting's draft, in every version of the guideline that decides and
    under every overlay: what a draft adds it can not change as well, a version may not have what another has, and what
    an overlay makes of a number may be out of its range."""
    tried = with_moves(setting, moves)
    versions = {g.name: g for day in setting.days for g in setting.guidelines(day) if g.id == guideline}
    try:
        for version, overlay in product(versions.values(), (None, *overlays(setting))):
            tried.rules(version, overlay)
    except ProblemsFound:
        return False
    return True


def each_alone(
    ledger: Ledger, zones_: Zones, moves: Mapping[Movable, Sequence[Decimal]]
) -> Iterator[tuple[Movable, list[Outcome | None]]]:
    """For each control the outcome of each of its values when it moves alone, on top of the draft of the ledger's
    setting and against what the ledger holds; None for a value that does not fit what lies above it."""
    setting = ledger.setting
    for lot in pools(moves):
        longest = max(len(moves[c]) for c in lot)
        at = [[(c, moves[c][i]) for c in lot if i < len(moves[c])] for i in range(longest)]
        try:
            found = list(Outcomes(ledger, [with_moves(setting, m) for m in at]))
        except ProblemsFound:
            if len(lot) > 1:
                for control in lot:
                    yield from each_alone(ledger, zones_, {control: moves[control]})
                continue
            (control,) = lot
            yield control, [_or_none(ledger, with_moves(setting, m)) for m in at]
            continue
        for control in lot:
            mask = zones_.mask(control) if len(lot) > 1 else None
            yield control, [o if mask is None else o.some(mask) for o in found[: len(moves[control])]]


def _or_none(ledger: Ledger, setting: Setting) -> Outcome | None:
    try:
        return decided(ledger, setting)
    except ProblemsFound:
        return None
