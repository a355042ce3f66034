"""Nodes of a plan as Polars expressions, and a plan run over a frame. It knows nodes and no step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars as pl

from workbench.engine import decision as d
from workbench.engine import nodes as n
from workbench.engine.columns import Plan
from workbench.engine.id_bits import bits, spell
from workbench.engine.lookups import RATE
from workbench.language.columnar import asks, asks_any, compile_

_DTYPES: Mapping[str, pl.DataType] = {
    "truth": pl.Boolean(),
    "whole": pl.Int64(),
    "text": pl.String(),
    "day": pl.Date(),
    "determination": pl.Enum(d.DETERMINATIONS),
}
_MANY = 4  # beyond so many parts one horizontal fold is planned sooner than a chain, whose planning grows with depth


@dataclass(frozen=True)
class Listing:
    """A column of ids: those whose bit is set, on the rows where `only` holds."""

    name: str
    ids: tuple[str, ...]
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
            words = bits([compile_node(flag) for _, flag in node.flags], f"{name}#")
            only = None if node.only == n.Constant(True, "truth") else compile_node(node.only)
            listings.append(Listing(name, tuple(i for i, _ in node.flags), tuple(words), only))
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
    if listing.only is None:
        return spell(frame.select(listing.words), f"{listing.name}#", listing.ids).alias(listing.name)
    lazy = frame.lazy().with_row_index("_at").filter(listing.only).select("_at", *listing.words)
    rows = lazy.collect(optimizations=_options(frame.height))
    found = rows.select("_at", spell(rows, f"{listing.name}#", listing.ids).alias(listing.name))
    at = frame.select(pl.int_range(pl.len(), dtype=pl.get_index_type()).alias("_at"))
    joined = at.join(found, on="_at", how="left", maintain_order="left")[listing.name]
    return joined.fill_null(pl.Series([[]], dtype=pl.List(pl.String)))


def compile_node(node: n.PlanNode) -> pl.Expr:
    """One node as an expression over the columns of a frame."""
    if isinstance(node, n.Given | n.Column):
        return pl.col(node.name)
    if isinstance(node, n.Constant):
        return pl.lit(node.value, dtype=_DTYPES[node.kind])
    if isinstance(node, n.Expression):
        return compile_(node.node, dict(node.values)).cast(pl.Boolean if node.truth else pl.Int64)
    if isinstance(node, n.Asked):
        values = dict(node.values)
        found = asks_any(node.node, values) if node.fact is None else asks(node.node, node.fact, values)
        return pl.lit(False) if found is None else found.fill_null(False)
    if isinstance(node, n.AllOf | n.AnyOf):
        return _logic(node)
    if isinstance(node, n.Missing):
        return compile_node(node.of).is_null()
    if isinstance(node, n.Holds):
        return compile_node(node.of).fill_null(False)
    if isinstance(node, n.Not):
        return ~compile_node(node.of)
    if isinstance(node, n.When):
        return _when(node)
    if isinstance(node, n.FirstMatch):
        return _first_match(node)
    if isinstance(node, n.Listed):
        return compile_node(node.of).list.filter(pl.element().is_in(list(node.codes))).fill_null([])
    if isinstance(node, n.Every):
        return _every(compile_node(node.of), node.codes)
    return _number(node)


def _logic(node: n.AllOf | n.AnyOf) -> pl.Expr:
    parts = [compile_node(p) for p in node.parts]
    every = isinstance(node, n.AllOf)
    if not parts:
        return pl.lit(every)
    if len(parts) > _MANY:
        return pl.all_horizontal(parts) if every else pl.any_horizontal(parts)
    return reduce(and_ if every else or_, parts)


def _when(node: n.When) -> pl.Expr:
    out = compile_node(node.otherwise)
    for condition, then in reversed(node.cases):
        out = pl.when(compile_node(condition)).then(compile_node(then)).otherwise(out)
    return out


def _first_match(node: n.FirstMatch) -> pl.Expr:
    found: list[pl.Expr] = []
    for i, condition in enumerate(node.conditions, start=1):
        truth = compile_node(condition)
        found.append(pl.when(truth.is_null()).then(-i).when(truth).then(i))
    return pl.coalesce([*found, pl.lit(0)]).cast(pl.Int64)


def _every(codes: pl.Expr, among: Sequence[str]) -> pl.Expr:
    kept = codes.list.filter(pl.element().is_in(list(among)))
    return (codes.list.len() > 0) & (kept.list.len() == codes.list.len())


def _number(node: n.PlanNode) -> pl.Expr:
    if isinstance(node, n.Compare):
        a, b = compile_node(node.left), compile_node(node.right)
        return {"=": a.eq, "<": a.lt, "<=": a.le, ">": a.gt}[node.op](b)
    if isinstance(node, n.Difference):
        return compile_node(node.left) - compile_node(node.right)
    if isinstance(node, n.Least | n.Most):
        # min_horizontal skips nulls; the least of what is not all known is unknown.
        parts = [compile_node(p) for p in node.parts]
        return reduce(lambda a, b: _either(a, b, least=isinstance(node, n.Least)), parts)
    if isinstance(node, n.Share):
        return compile_node(node.rate) * compile_node(node.times) // RATE
    if isinstance(node, n.Table):
        text = any(isinstance(v, str) for v in node.values)
        values = pl.Series([None, *node.values], dtype=pl.String() if text else pl.Int64())
        # Every branch of a `when` is worked out on every row: the row of another variant may lie beyond this table.
        return pl.lit(values).gather(compile_node(node.index).clip(0, len(node.values)))
    if isinstance(node, n.Among):
        of = compile_node(node.of)
        return of == node.numbers[0] if len(node.numbers) == 1 else of.is_in(list(node.numbers))
    raise TypeError(f"no reading of {node}")


def _either(a: pl.Expr, b: pl.Expr, *, least: bool) -> pl.Expr:
    return pl.when(a.is_null() | b.is_null()).then(None).when(b < a if least else b > a).then(b).otherwise(a)
