"""Expressions of the language as Polars expressions: exact, three-valued, vectorised.

A number is a whole number of units of 10^-places, `places` being fixed by the tree's type, in 64 bits where the
type's bound allows and in 128 where it does not; so sums, products and comparisons are exact and nothing overflows.
Polars' `&` and `|` follow Kleene's tables; everything that skips nulls there (min_horizontal, is_in) is avoided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from operator import and_, or_

import polars as pl

from workbench.facts import inputs
from workbench.language.build import call, round_places
from workbench.language.told import Told, told_of
from workbench.language.tree import FLIPPED, PLACES, Call, Fact, Literal, Node, Parameter, Type, fact_names, operands

WIDE = 2**61  # beyond this magnitude a number is held in 128 bits
Values = Mapping[str, Decimal]


Leaf = Callable[[Fact], pl.Expr | None]


def _dtype(bound: Decimal, places: int) -> pl.DataType:
    return pl.Int64() if bound * Decimal(10) ** places * 4 < WIDE else pl.Int128()


def _whole(value: Decimal, places: int) -> int:
    return int(value * Decimal(10) ** places)


def _constant(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int64 if abs(value) < WIDE else pl.Int128)


def _scale(expr: pl.Expr, type_: Type, places: int, dtype: pl.DataType) -> pl.Expr:
    """A compiled number of this type, rescaled to more places in a dtype that holds it."""
    if type_.kind == "null":
        return pl.lit(None, dtype=dtype)
    if dtype == pl.Int128 and _dtype(type_.bound, type_.places) == pl.Int64:
        expr = expr.cast(pl.Int128)
    return expr if places == type_.places else expr * pl.lit(10 ** (places - type_.places), dtype=dtype)


def _together(args: list[Node], exprs: list[pl.Expr]) -> list[pl.Expr]:
    """Operands on one scale; other kinds than numbers stay as they are."""
    if not any(a.type.numeric for a in args):
        return exprs
    places = max(a.type.places for a in args)
    dtype = _dtype(max(a.type.bound for a in args), places)
    return [_scale(e, a.type, places, dtype) for a, e in zip(args, exprs, strict=True)]


def _fit(node: Node, type_: Type, expr: pl.Expr) -> pl.Expr:
    """A branch on the scale of the whole."""
    if node.type.kind == "null":
        return _null(type_)
    if not type_.numeric:
        return expr
    return _scale(expr, node.type, type_.places, _dtype(type_.bound, type_.places))


def _sign(expr: pl.Expr) -> pl.Expr:
    return pl.when(expr < 0).then(-1).otherwise(1)


def compile_(node: Node | None, values: Values) -> pl.Expr:
    """The value of an expression over a case frame. No expression at all is true."""
    if node is None:
        return pl.lit(True)
    if isinstance(node, Literal):
        if isinstance(node.value, Decimal):
            return _constant(_whole(node.value, node.type.places))
        return pl.lit(None, dtype=pl.Boolean) if node.value is None else pl.lit(node.value)
    if isinstance(node, Parameter):
        return _constant(_whole(values[node.name], node.type.places))
    if isinstance(node, Fact):
        if node.type.kind == "decimal":
            scaled: pl.Expr = (pl.col(node.name) * 10**PLACES).round(0).cast(pl.Int64)
            return scaled
        return pl.col(node.name)
    assert isinstance(node, Call)
    exprs = [compile_(a, values) for a in node.args]
    if node.type.kind == "null":  # arithmetic on null alone
        return pl.lit(None, dtype=pl.Boolean)
    value = _apply(node, list(node.args), exprs)
    return _fits(node, value) if node.type.may_overflow else value


def _fits(node: Call, value: pl.Expr) -> pl.Expr:
    """A number beyond what its kind holds is unknown."""
    least, largest = (_constant(_whole(end, node.type.places)) for end in node.type.span)
    return pl.when(value.is_between(least, largest)).then(value)


def _apply(node: Call, args: list[Node], e: list[pl.Expr]) -> pl.Expr:
    op = node.op
    if op in ("if", "case", "case_of"):
        return _branches(node, args, e)
    if op in ("and", "or", "implies", "xor", "not", "is_true", "is_false"):
        return _logic(op, [x.cast(pl.Boolean) if a.type.kind == "null" else x for a, x in zip(args, e, strict=True)])
    if op == "is_null":
        return e[0].is_null()
    if op == "in_codes":
        if args[0].type.kind == "null":
            return _null(node.type)
        return pl.when(e[0].is_not_null()).then(e[1].list.contains(e[0]))
    if op in ("=", "!=", "<", "<=", ">", ">="):
        return _compare(op, args, e)
    if op == "in_list":
        found = _compare("=", [args[0], args[1]], [e[0], e[1]])
        for a, x in zip(args[2:], e[2:], strict=True):
            found = found | _compare("=", [args[0], a], [e[0], x])
        return found
    if op in ("between", "in_cc", "in_co", "in_oc", "in_oo"):
        low = ">" if op in ("in_oc", "in_oo") else ">="
        high = "<" if op in ("in_co", "in_oo") else "<="
        return _compare(low, [args[0], args[1]], [e[0], e[1]]) & _compare(high, [args[0], args[2]], [e[0], e[2]])
    if op == "days_between":
        return _days(args, e)
    if op == "weeks_between":
        days = _days(args, e)
        return _sign(days) * (days.abs() // 7)
    if op in ("Coalesce", "Min", "Max"):
        return _several(node, args, e)
    return _arithmetic(node, args, e)


def _logic(op: str, e: list[pl.Expr]) -> pl.Expr:
    if op == "and":
        return e[0] & e[1]
    if op == "or":
        return e[0] | e[1]
    if op == "implies":
        return ~e[0] | e[1]
    if op == "xor":
        return e[0] ^ e[1]
    if op == "not":
        return ~e[0]
    return (e[0] if op == "is_true" else ~e[0]).fill_null(False)


def _compare(op: str, args: list[Node], e: list[pl.Expr]) -> pl.Expr:
    if any(a.type.kind == "null" for a in args):
        return pl.lit(None, dtype=pl.Boolean)
    a, b = _together(args, e)
    if not fact_names(args[0]):  # Polars (2.1) loses the length where a lone text meets a column of nulls
        a, b, op = b, a, FLIPPED[op]
    return {"=": a.eq, "!=": a.ne, "<": a.lt, "<=": a.le, ">": a.gt, ">=": a.ge}[op](b)


def _days(args: list[Node], e: list[pl.Expr]) -> pl.Expr:
    if any(a.type.kind == "null" for a in args):
        return pl.lit(None, dtype=pl.Int64)
    return (e[1] - e[0]).dt.total_days()


def _null(type_: Type) -> pl.Expr:
    dtype = {"boolean": pl.Boolean, "string": pl.String, "date": pl.Date}.get(type_.kind)
    return pl.lit(None, dtype=dtype or _dtype(type_.bound, type_.places))


def _branches(node: Call, args: list[Node], e: list[pl.Expr]) -> pl.Expr:
    """The first true condition chooses; an unknown one before it makes all unknown."""
    if node.op == "case_of":
        whens = [_compare("=", [args[0], w], [e[0], x]) for w, x in zip(args[1:-1:2], e[1:-1:2], strict=True)]
        thens = list(zip(args[2:-1:2], e[2:-1:2], strict=True))
    else:
        whens = [w.cast(pl.Boolean) for w in e[:-1:2]]
        thens = list(zip(args[1:-1:2], e[1:-1:2], strict=True))
    result = _fit(args[-1], node.type, e[-1])
    for when, (then, expr) in zip(reversed(whens), reversed(thens), strict=True):
        result = (
            pl.when(when.is_null())
            .then(_null(node.type))
            .when(when)
            .then(_fit(then, node.type, expr))
            .otherwise(result)
        )
    return result


def _several(node: Call, args: list[Node], e: list[pl.Expr]) -> pl.Expr:
    e = [_fit(a, node.type, x) for a, x in zip(args, e, strict=True) if a.type.kind != "null"]
    if node.op == "Coalesce":
        return pl.coalesce(e)
    if len(e) < len(args):
        return _null(node.type)
    known = reduce(and_, (x.is_not_null() for x in e))
    return pl.when(known).then(pl.min_horizontal(*e) if node.op == "Min" else pl.max_horizontal(*e))


def _arithmetic(node: Call, args: list[Node], e: list[pl.Expr]) -> pl.Expr:
    op, type_ = node.op, node.type
    dtype = _dtype(type_.bound, type_.places)
    if op in ("+", "-"):
        a, b = (_scale(x, arg.type, type_.places, dtype) for arg, x in zip(args, e, strict=True))
        return a + b if op == "+" else a - b
    if op == "*":
        a, b = (x.cast(dtype) for x in e)
        return a * b
    if op == "negate":
        return pl.lit(0, dtype=dtype) - e[0]  # Polars has no unary minus for 128 bits
    if op == "Abs":
        return e[0].abs()
    if op in ("div", "mod"):
        a, b = _together(args, e)
        whole = _sign(a) * _sign(b) * (a.abs() // b.abs())
        rest = _sign(a) * (a.abs() % b.abs())
        return (whole if op == "div" else rest).cast(dtype)
    if op == "/":
        return _quotient(args, e, dtype)
    return _rounded(node, e[0])


def _quotient(args: list[Node], e: list[pl.Expr], dtype: pl.DataType) -> pl.Expr:
    """To 8 places, ties toward +infinity: floor(a/b + 1/2) in whole numbers."""
    a, b = args[0].type, args[1].type
    shift = PLACES + b.places - a.places
    over_bound = a.bound * Decimal(10) ** (a.places + max(shift, 0))
    under_bound = b.bound * Decimal(10) ** (b.places + max(-shift, 0))
    wide = pl.Int64 if 4 * (over_bound + under_bound) < WIDE else pl.Int128
    over = e[0].cast(wide) * pl.lit(10 ** max(shift, 0), dtype=wide)
    under = e[1].cast(wide) * pl.lit(10 ** max(-shift, 0), dtype=wide)
    return ((over * 2 + under) // (under * 2)).cast(dtype)


def _rounded(node: Call, x: pl.Expr) -> pl.Expr:
    type_ = node.args[0].type
    keep = min(round_places(node.args), type_.places) if node.op == "Round" else 0
    dtype = _dtype(type_.bound, type_.places)
    zero, unit = pl.lit(0, dtype=dtype), pl.lit(10 ** (type_.places - keep), dtype=dtype)
    if node.op == "Round":
        return x if keep == type_.places else _sign(x) * ((x.abs() * 2 + unit) // (unit * 2))
    if node.op == "Floor":
        return x // unit
    if node.op == "Ceiling":
        return zero - (zero - x) // unit
    return _sign(x) * (x.abs() // unit)


# ---------------------------------------------------------------------------------------------- what is asked for


def asks(node: Node | None, fact: str | None, values: Values, told: Told[pl.Expr] | None = None) -> pl.Expr | None:
    """Whether the expression asks for this fact (None: for any), row by row; None where it never does. What it hangs on
    is looked up in `told`, where there is one."""
    return _asks(node, values, lambda f: asks_for(f.name, fact), told)


def asks_for(name: str, wanted: str | None) -> pl.Expr | None:
    """Whether a fact is missing and, of what it asks for, this one (or any) is."""
    needs = [i for i in inputs(name) if wanted in (None, i.name)]
    if not needs:
        return None
    if name == needs[0].name:
        return pl.col(name).is_null()
    lacks = (reduce(and_, (pl.col(n).is_null() for n in (i.name, *i.instead))) for i in needs)
    return pl.col(name).is_null() & reduce(or_, lacks)


def _asks(node: Node | None, values: Values, leaf: Leaf, told: Told[pl.Expr] | None) -> pl.Expr | None:
    if isinstance(node, Fact):
        return leaf(node)
    if not isinstance(node, Call) or node.op in ("is_null", "is_true", "is_false"):
        return None
    if node.op in ("if", "case", "case_of"):
        return _asks_branches(node, values, leaf, told)
    found = _either([_asks(a, values, leaf, told) for a in operands(node)])
    return (
        None
        if found is None
        else told_of(told, "unknown", node, values, lambda: compile_(node, values).is_null()) & found
    )


def _either(parts: list[pl.Expr | None]) -> pl.Expr | None:
    known = [p for p in parts if p is not None]
    if not known:
        return None
    found = known[0]
    for part in known[1:]:
        found = found | part
    return found


def _asks_branches(node: Call, values: Values, leaf: Leaf, told: Told[pl.Expr] | None) -> pl.Expr | None:
    args = node.args
    whens: list[Node]
    if node.op == "case_of":
        whens = [call("=", args[0], w) for w in args[1:-1:2]]
        thens = args[2:-1:2]
    else:
        whens, thens = list(args[:-1:2]), args[1:-1:2]
    parts = [_asks(n, values, leaf, told) for n in (*whens, *thens, args[-1])]
    if all(p is None for p in parts):
        return None
    nothing = pl.lit(False)
    result = _or_nothing(parts[-1], nothing)
    for i in range(len(whens) - 1, -1, -1):
        when = _truth(whens[i], values, told)
        result = (
            pl.when(when.is_null())
            .then(_or_nothing(parts[i], nothing))
            .when(when)
            .then(_or_nothing(parts[len(whens) + i], nothing))
            .otherwise(result)
        )
    return result


def _truth(node: Node, values: Values, told: Told[pl.Expr] | None) -> pl.Expr:
    return told_of(told, "truth", node, values, lambda: compile_(node, values).cast(pl.Boolean))


def _or_nothing(part: pl.Expr | None, nothing: pl.Expr) -> pl.Expr:
    return nothing if part is None else part
