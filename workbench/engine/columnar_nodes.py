"""Nodes of a plan as Polars expressions, and a plan run over a frame. It knows nodes and no step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import and_, or_

import polars as pl

from workbench.engine import decision as d
from workbench.engine import nodes as n
from workbench.engine.columns import Plan
from workbench.engine.id_bits import bits, spell
from workbench.engine.lookups import RATE
from workbench.language.columnar import asks, compile_
from workbench.language.told import Told

_DTYPES: Mapping[str, pl.DataType] = {
    "truth": pl.Boolean(),
    "whole": pl.Int64(),
    "text": pl.String(),
    "day": pl.Date(),
    "determination": pl.Enum(d.DETERMINATIONS),
}
Make = Callable[[n.PlanNode], pl.Expr]
_MANY = 4  # beyond so many parts one horizontal fold is planned sooner than a chain, whose planning grows with depth


@dataclass(frozen=True)
class Listing:
    """A column of ids: those whose bit is set, on the rows where `only` holds. The words look at columns of the plan
    and at `told`, which are worked out before them."""

    name: str
    ids: tuple[str, ...]
    told: tuple[pl.Expr, ...]
    words: tuple[pl.Expr, ...]
    only: pl.Expr | None


@dataclass(frozen=True)
class Compiled:
    """A plan as expressions: levels, each looking only at columns of those before it, and the lists of ids."""

    levels: tuple[tuple[pl.Expr, ...], ...]
    listings: tuple[Listing, ...]


def compile_plan(plan: Plan, there: Collection[str] = ()) -> Compiled:
    """The expressions of a plan, but for columns that are there already. Columns that look at none of each other are
    worked out side by side."""
    level: dict[str, int] = {}
    levels: list[list[pl.Expr]] = []
    listings = []
    for name, node in plan.columns:
        if name in there:
            continue
        if isinstance(node, n.Ids):
            told = Told(f"{name}@", pl.col)
            words = bits([compile_node(flag, told) for _, flag in node.flags], f"{name}#")
            only = None if node.only == n.Constant(True, "truth") else compile_node(node.only)
            ids = tuple(i for i, _ in node.flags)
            listings.append(
                Listing(name, ids, tuple(found.alias(part) for part, found in told.columns), tuple(words), only)
            )
            continue
        level[name] = 1 + max((level.get(used, -1) for used in n.hangs_on(node)[0]), default=-1)
        if level[name] == len(levels):
            levels.append([])
        levels[level[name]].append(compile_node(node).alias(name))
    return Compiled(tuple(tuple(found) for found in levels), tuple(listings))


def run(frame: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    """The frame with every column of the plan, in the order of its rows."""
    lazy = frame.lazy()
    for level in compiled.levels:
        lazy = lazy.with_columns(level)
    frame = lazy.collect(optimizations=_options(frame.height))
    return frame.with_columns(_listed(frame, listing) for listing in compiled.listings)


def _options(rows: int) -> pl.QueryOptFlags:
    """Looking for common subexpressions takes longer than deciding a small group twice over."""
    return pl.QueryOptFlags() if rows > 20_000 else pl.QueryOptFlags.none()


def _listed(frame: pl.DataFrame, listing: Listing) -> pl.Series:
    how = _options(frame.height)
    if listing.only is None:
        rows = frame.lazy().with_columns(listing.told).select(listing.words).collect(optimizations=how)
        return spell(rows, f"{listing.name}#", listing.ids).alias(listing.name)
    lazy = frame.lazy().with_row_index("_at").filter(listing.only).with_columns(listing.told)
    rows = lazy.select("_at", *listing.words).collect(optimizations=how)
    found = rows.select("_at", spell(rows, f"{listing.name}#", listing.ids).alias(listing.name))
    at = frame.select(pl.int_range(pl.len(), dtype=pl.get_index_type()).alias("_at"))
    joined = at.join(found, on="_at", how="left", maintain_order="left")[listing.name]
    return joined.fill_null(pl.Series([[]], dtype=pl.List(pl.String)))


def compile_node(node: n.PlanNode, told: Told[pl.Expr] | None = None) -> pl.Expr:
    """One node as an expression over the columns of a frame, and over those that `told` makes of it."""
    made = partial(compile_node, told=told)
    if isinstance(node, n.Given | n.Column):
        return pl.col(node.name)
    if isinstance(node, n.Constant):
        return pl.lit(node.value, dtype=_DTYPES[node.kind])
    if isinstance(node, n.Expression):
        return compile_(node.node, dict(node.values)).cast(pl.Boolean if node.truth else pl.Int64)
    if isinstance(node, n.Asked):
        values = dict(node.values)
        found = asks(node.node, node.fact, values, told)
        return pl.lit(False) if found is None else found.fill_null(False)
    if isinstance(node, n.AllOf | n.AnyOf):
        return _logic(node, made)
    if isinstance(node, n.Missing):
        return made(node.of).is_null()
    if isinstance(node, n.Holds):
        return made(node.of).fill_null(False)
    if isinstance(node, n.Not):
        return ~made(node.of)
    if isinstance(node, n.When):
        return _when(node, made)
    if isinstance(node, n.FirstMatch):
        return _first_match(node, made)
    if isinstance(node, n.Listed):
        return made(node.of).list.filter(pl.element().is_in(list(node.codes))).fill_null([])
    if isinstance(node, n.Every):
        return _every(made(node.of), node.codes)
    return _number(node, made)


def _logic(node: n.AllOf | n.AnyOf, made: Make) -> pl.Expr:
    parts = [made(p) for p in node.parts]
    every = isinstance(node, n.AllOf)
    if not parts:
        return pl.lit(every)
    if len(parts) > _MANY:
        return pl.all_horizontal(parts) if every else pl.any_horizontal(parts)
    return reduce(and_ if every else or_, parts)


def _when(node: n.When, made: Make) -> pl.Expr:
    out = made(node.otherwise)
    for condition, then in reversed(node.cases):
        out = pl.when(made(condition)).then(made(then)).otherwise(out)
    return out


def _first_match(node: n.FirstMatch, made: Make) -> pl.Expr:
    found: list[pl.Expr] = []
    for i, condition in enumerate(node.conditions, start=1):
        truth = made(condition)
        found.append(pl.when(truth.is_null()).then(-i).when(truth).then(i))
    return pl.coalesce([*found, pl.lit(0)]).cast(pl.Int64)


def _every(codes: pl.Expr, among: Sequence[str]) -> pl.Expr:
    kept = codes.list.filter(pl.element().is_in(list(among)))
    return (codes.list.len() > 0) & (kept.list.len() == codes.list.len())


def _number(node: n.PlanNode, made: Make) -> pl.Expr:
    if isinstance(node, n.Compare):
        a, b = made(node.left), made(node.right)
        return {"=": a.eq, "<": a.lt, "<=": a.le, ">": a.gt}[node.op](b)
    if isinstance(node, n.Difference):
        return made(node.left) - made(node.right)
    if isinstance(node, n.Least | n.Most):
        parts = [made(p) for p in node.parts]
        found = pl.min_horizontal(parts) if isinstance(node, n.Least) else pl.max_horizontal(parts)
        # These skip nulls; the least of what is not all known is unknown.
        return found if len(parts) == 1 else pl.when(pl.all_horizontal(p.is_not_null() for p in parts)).then(found)
    if isinstance(node, n.Share):
        return made(node.rate) * made(node.times) // RATE
    if isinstance(node, n.Table):
        text = any(isinstance(v, str) for v in node.values)
        values = pl.Series([None, *node.values], dtype=pl.String() if text else pl.Int64())
        # Every branch of a `when` is worked out on every row: the row of another variant may lie beyond this table.
        return pl.lit(values).gather(made(node.index).clip(0, len(node.values)))
    if isinstance(node, n.Among):
        of = made(node.of)
        return of == node.numbers[0] if len(node.numbers) == 1 else of.is_in(list(node.numbers))
    raise TypeError(f"no reading of {node}")
