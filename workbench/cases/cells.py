"""The key cells of `conditions.csv` as three-valued Polars expressions.

A cell compares one fact with choices, a range or true/false; nothing more than that is read here. The criteria
language as a whole is read by the engine, above this room.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from workbench.cases.frame import SCALE, SCHEMA, scaled
from workbench.guideline.model import Cell
from workbench.language.tree import Call, Fact, Literal, Node

_COMPARE = {"=": pl.Expr.eq, "!=": pl.Expr.ne, "<": pl.Expr.lt, "<=": pl.Expr.le, ">": pl.Expr.gt, ">=": pl.Expr.ge}
_RANGES = {"between": ("<=", "<="), "in_cc": ("<=", "<="), "in_co": ("<=", "<"), "in_oc": ("<", "<="),
           "in_oo": ("<", "<")}


def cells_hold(cells: tuple[Cell, ...]) -> pl.Expr:
    """True, false or null: whether all cells hold. Polars' `and` is Kleene's, so one false cell settles it."""
    result = pl.lit(True)
    for cell in cells:
        result = result & expression(cell.node)
    return result


def expression(node: Node) -> pl.Expr:
    if isinstance(node, Fact):
        if SCHEMA[node.name] == pl.Float64:
            return scaled(pl.col(node.name))
        return pl.col(node.name)
    if isinstance(node, Literal):
        return _literal(node.value)
    if not isinstance(node, Call):
        raise TypeError(f"a key cell can not hold {node}")
    if node.op == "in_list":
        subject, *items = node.args
        result = pl.lit(False)
        for item in items:
            result = result | _compare("=", subject, item)
        return result
    if node.op in _RANGES:
        low, high = _RANGES[node.op]
        return _compare(low, node.args[1], node.args[0]) & _compare(high, node.args[0], node.args[2])
    if node.op in _COMPARE:
        return _compare(node.op, *node.args)
    args = [expression(a) for a in node.args]
    if node.op == "and":
        return args[0] & args[1]
    if node.op == "or":
        return args[0] | args[1]
    if node.op == "not":
        return ~args[0]
    raise TypeError(f"a key cell can not hold `{node.op}`")


def _compare(op: str, left: Node, right: Node) -> pl.Expr:
    decimal = any(isinstance(n, Fact) and SCHEMA[n.name] == pl.Float64 for n in (left, right))
    sides = [_literal(n.value, decimal) if isinstance(n, Literal) else expression(n) for n in (left, right)]
    return _COMPARE[op](*sides)


def _literal(value: object, decimal: bool = False) -> pl.Expr:
    if isinstance(value, Decimal):
        return pl.lit(int(value * SCALE), pl.Int128) if decimal else _number(value)
    if isinstance(value, bool | str | date):
        return pl.lit(value)
    return pl.lit(None)


def _number(value: Decimal) -> pl.Expr:
    """A bound beside an integer fact; one with places (never equal to an integer) stays a float, which is exact
    enough to order it among integers."""
    return pl.lit(int(value), pl.Int64) if value == int(value) else pl.lit(float(value), pl.Float64)
