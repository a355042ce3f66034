"""Nodes of a plan as texts of Spark SQL, and a plan as levels of columns. It knows nodes and no step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workbench.engine import nodes as n
from workbench.engine.columns import Plan
from workbench.engine.lookups import RATE
from workbench.language.spark import among, asks, column, compile_, day, floored, let, text, whole
from workbench.language.told import Told

_TYPES = {"truth": "BOOLEAN", "whole": "BIGINT", "text": "STRING", "day": "DATE", "determination": "STRING"}
NO_IDS = "CAST(array() AS ARRAY<STRING>)"
Names = Mapping[str, str]  # column of the plan → column of the frame


@dataclass(frozen=True)
class Compiled:
    """A plan as (name, text) by level, each level looking only at columns of those before it; `names` are what the
    columns of the plan are called in the frame. Spark takes no notice of case, and dots in a name are fields to it."""

    levels: tuple[tuple[tuple[str, str], ...], ...]
    names: Names


def compile_plan(plan: Plan) -> Compiled:
    """The texts of a plan. Columns that look at none of each other stand side by side."""
    names = {name: f"_c{i}" for i, (name, _) in enumerate(plan.columns)}
    level: dict[str, int] = {}
    told = Told[str]("_t", str)
    levels: list[list[tuple[str, str]]] = [[]]
    for name, node in plan.columns:
        level[name] = 1 + max((level[used] for used in n.hangs_on(node)[0]), default=0)
        if level[name] == len(levels):
            levels.append([])
        levels[level[name]].append((names[name], compile_node(node, names, told)))
    levels[0] = told.columns  # they look at facts alone
    return Compiled(tuple(tuple(found) for found in levels if found), names)


def compile_node(node: n.PlanNode, names: Names | None = None, told: Told[str] | None = None) -> str:
    """One node as a text over the columns of a frame, and over those that `told` makes of it."""

    def made(part: n.PlanNode) -> str:
        return compile_node(part, names, told)

    if isinstance(node, n.Given):
        return column(node.name)
    if isinstance(node, n.Column):
        return (names or {}).get(node.name) or column(node.name)
    if isinstance(node, n.Constant):
        return _constant(node.value, node.kind)
    if isinstance(node, n.Expression):
        found = compile_(node.node, dict(node.values))
        return found if node.truth else f"CAST({found} AS BIGINT)"
    if isinstance(node, n.Asked):
        asked = asks(node.node, node.fact, dict(node.values), told)
        return "false" if asked is None else f"coalesce({asked}, false)"
    if isinstance(node, n.AllOf | n.AnyOf):
        every = isinstance(node, n.AllOf)
        parts = [made(p) for p in node.parts]
        return f"({(' AND ' if every else ' OR ').join(parts)})" if parts else ("true" if every else "false")
    if isinstance(node, n.Missing):
        return f"({made(node.of)} IS NULL)"
    if isinstance(node, n.Holds):
        return f"coalesce({made(node.of)}, false)"
    if isinstance(node, n.Not):
        return f"(NOT {made(node.of)})"
    if isinstance(node, n.When):
        cases = " ".join(f"WHEN {made(c)} THEN {made(t)}" for c, t in node.cases)
        return f"(CASE {cases} ELSE {made(node.otherwise)} END)"
    if isinstance(node, n.FirstMatch):
        return _first_match([made(c) for c in node.conditions])
    return _listing(node, made) or _number(node, made)


def _constant(value: bool | int | str | date | None, kind: str) -> str:
    if value is None:
        return f"CAST(NULL AS {_TYPES[kind]})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return whole(value)
    return day(value) if isinstance(value, date) else text(value)


def _first_match(conditions: Sequence[str]) -> str:
    cases = " ".join(
        f"WHEN {c} THEN {whole(i)} WHEN {c} IS NULL THEN {whole(-i)}" for i, c in enumerate(conditions, start=1)
    )
    return f"(CASE {cases} ELSE 0L END)" if cases else "0L"


def _listing(node: n.PlanNode, made: Callable[[n.PlanNode], str]) -> str | None:
    if isinstance(node, n.Ids):
        flags = [(id_, made(flag)) for id_, flag in node.flags]
        ids = ", ".join(f"CASE WHEN {flag} THEN {text(id_)} END" for id_, flag in flags if flag != "false")
        listed = f"array_compact(array({ids}))" if ids else NO_IDS
        only = made(node.only)
        return listed if only == "true" else f"(CASE WHEN {only} THEN {listed} ELSE {NO_IDS} END)"
    if isinstance(node, n.Listed):
        if not node.codes:
            return NO_IDS
        return f"coalesce(filter({made(node.of)}, x -> {among('x', [text(c) for c in node.codes])}), {NO_IDS})"
    if isinstance(node, n.Every):
        of, codes = made(node.of), [text(c) for c in node.codes]
        return f"(array_size({of}) > 0 AND forall({of}, x -> {among('x', codes) if codes else 'false'}))"
    return None


def _number(node: n.PlanNode, made: Callable[[n.PlanNode], str]) -> str:
    if isinstance(node, n.Compare):
        return f"({made(node.left)} {node.op} {made(node.right)})"
    if isinstance(node, n.Difference):
        return f"({made(node.left)} - {made(node.right)})"
    if isinstance(node, n.Least | n.Most):
        return _best("least" if isinstance(node, n.Least) else "greatest", [made(p) for p in node.parts])
    if isinstance(node, n.Share):
        return floored(f"({made(node.rate)} * {made(node.times)})", whole(RATE))
    if isinstance(node, n.Table):
        kind = "text" if any(isinstance(v, str) for v in node.values) else "whole"
        values = ", ".join(_constant(v, kind) for v in node.values)
        # Out of reach is null; an index of 0 or below would be an error of `element_at`, or count from the end.
        return f"get(array({values}), CAST({made(node.index)} - 1 AS INT))" if values else _constant(None, kind)
    if isinstance(node, n.Among):
        return among(made(node.of), [whole(number) for number in node.numbers])
    raise TypeError(f"no reading of {node}")


def _best(function: str, parts: list[str]) -> str:
    """`least` and `greatest` skip nulls; the least of what is not all known is unknown."""
    if len(parts) == 1:
        return parts[0]

    def known(*found: str) -> str:
        there = " AND ".join(f"{p} IS NOT NULL" for p in found)
        return f"(CASE WHEN {there} THEN {function}({', '.join(found)}) END)"

    return let(parts, known)
