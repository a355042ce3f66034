"""Numbers of a guideline moved through their ranges, and what every rate and count comes to: as a tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from itertools import product
from pathlib import Path

import polars as pl

from workbench.cases.prepared import PreparedCases
from workbench.cases.spreadsheet import csv_safe
from workbench.documents.outputs import writing
from workbench.engine.setting import Setting
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.addresses import plan_in
from workbench.guideline.model import Draft, Overlay, Rules
from workbench.guideline.moves import Movable, movable, movables, moved
from workbench.guideline.versions import overlay_on
from workbench.study.ledger import Ledger
from workbench.study.metrics import METRICS, Breakdown, Measured, measured
from workbench.study.outcomes import Outcomes
from workbench.study.rates import shares
from workbench.study.replay import About, replay


@dataclass(frozen=True)
class Axis:
    """One control and the values that it goes through."""

    control: Movable
    values: tuple[Decimal, ...]


@dataclass(frozen=True)
class Stop:
    """`share` from 0 to 1; None where the rate has no denominator."""

    value: Decimal
    share: float | None


@dataclass(frozen=True)
class Swept:
    """`table` has a row for each combination of values, metric and group: the values under the controls' names,
    `metric`, `unit`, `published`, `draft`, `difference` (draft − published), and for rates and the newly referred the
    95 % interval of the difference, `low` and `high`. `about` is what published rests on; `looked_up` says that groups
    were decided in place of requests, which comes to the same."""

    table: pl.DataFrame = field(repr=False)
    axes: tuple[Axis, ...]
    by: str
    about: About
    looked_up: bool


def stops(low: Decimal, high: Decimal, step: Decimal, among: Iterable[Decimal], most: int = 13) -> list[Decimal]:
    """About `most` values from `low` to `high` that lie on the steps, and those of `among` that lie between."""
    steps = int((high - low) // step)
    stride = max(1, -(-steps // (most - 1)))
    values = {low + step * i for i in range(0, steps + 1, stride)} | {high}
    return sorted(values | {v for v in among if low <= v <= high})


def share(ledger: Ledger, setting: Setting, rate: str = "approval_rate") -> float | None:
    """A rate of the cases of a ledger under a setting, from 0 to 1; None where it has no denominator."""
    decisions = ledger.replayed(setting).decisions
    return shares(decisions.select("determination", "granted_visits", ledger.replay.cases["requested_visits"]))[rate]


def sweep(
    cases: PreparedCases,
    published: Setting,
    axes: Sequence[Axis],
    *,
    draft: Draft | None = None,
    by: str = "",
    metrics: Sequence[str] = (),
) -> Swept:
    """Everything that moving one control, or several together, does to these cases; `draft` is held below the moves.
    `by` is a fact of `listing.GROUPED`, or none; `metrics` are of METRICS, all of them where none is named. Raises
    ValueError for another, ProblemsFound where a draft does not fit."""
    wanted = tuple(metrics) or METRICS
    for name in wanted:
        if name not in METRICS:
            raise ValueError(f"{name!r} is none of {', '.join(METRICS)}")
    ledger = Ledger(cases, published, replay(cases, published))
    groups = Breakdown(ledger, by) if by else None
    at = list(product(*(axis.values for axis in axes)))
    settings = [replace(published, draft=moved(draft, zip((a.control for a in axes), v, strict=True))) for v in at]
    found = Outcomes(ledger, settings)
    columns: dict[str, list[object]] = {a.control.key: [] for a in axes}
    columns |= {name: [] for name in ((by,) if by else ())} | {f.name: [] for f in fields(Measured)}
    told: list[tuple[str, Measured]] = []
    for place, values in enumerate(at):
        if not found.as_before(place):
            outcome = found[place]
            parts = groups.parts(outcome) if groups else [("", ledger, outcome)]
            told = [(name, m) for name, part, some in parts for m in measured(part, some) if m.metric in wanted]
        for name, one in told:
            row = dict(zip((a.control.key for a in axes), map(float, values), strict=True))
            for key, value in (row | ({by: name} if by else {}) | one.__dict__).items():
                columns[key].append(value)
    numbers = [*(a.control.key for a in axes), "published", "draft", "difference", "low", "high"]
    return Swept(_table(columns, numbers), tuple(axes), by, ledger.replay.about, found.looked_up)


def _table(columns: dict[str, list[object]], numbers: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema_overrides={n: pl.Float64 for n in numbers}, strict=False)


def axis_of(published: Setting, guideline: str, key: str, values: Iterable[object] | None = None) -> Axis:
    """A control by the name of its guideline and its own (guideline/moves.py), with these values or its usual range.
    Raises ProblemsFound for what is not there, or may not be set."""
    control = control_of(published, guideline, key)
    if values is None:
        return Axis(control, control.values())
    try:
        return Axis(control, control.checked([Decimal(str(v)) for v in values]))
    except InvalidOperation:
        raise ProblemsFound([Problem("bad-call", f"{key}: not all values are numbers")]) from None


def write(swept: Swept, out: Path) -> None:
    """The table as CSV or Parquet, by the ending of the name; whole or not at all. Raises ProblemsFound."""
    write_table(swept.table, out)


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Any table so."""
    with writing(out) as (part,):
        if out.suffix == ".parquet":
            table.write_parquet(part)
        else:
            part.write_text(csv_safe(table).write_csv(), encoding="utf-8")


def control_of(published: Setting, guideline: str, key: str) -> Movable:
    """A number of a guideline as it decides, or of the overlay of the plan that its name begins with. Raises
    ProblemsFound where no guideline, plan or number of that name decides, with the nearest that does."""
    overlay = _overlay(published, plan) if (plan := plan_in(key)) else None
    return movable(movables(rules_of(published, guideline, overlay), overlay), key)


def rules_of(published: Setting, guideline: str, overlay: Overlay | None = None) -> Rules:
    """The rules of a guideline as they decide, without an overlay or under one. Raises ProblemsFound where none of that
    name does."""
    known = {g.id: g for day in published.days for g in published.guidelines(day)}
    if guideline not in known:
        raise ProblemsFound([Problem("unknown-guideline", f"no {guideline} decides", hint=nearest(guideline, known))])
    return published.rules(known[guideline], overlay)


def _overlay(published: Setting, plan: str) -> Overlay:
    library = published.library
    every = {o.plan for o in library.overlays}
    known = {o.plan: o for day in published.days for p in every if (o := overlay_on(library, p, day)) is not None}
    if plan not in known:
        raise ProblemsFound([Problem("unknown-plan", f"no overlay of {plan} decides", hint=nearest(plan, known))])
    return known[plan]
