"""Expressions of the language as texts of Spark SQL: exact, three-valued, and alike with and without ANSI mode.

A text is one call to the machine that runs it, where a tree of Columns is a call a node. A number is a whole number of
units of 10^-places, `places` being fixed by the tree's type: BIGINT where the type's bound allows and DECIMAL(38, 0)
where it does not, so that nothing overflows, which would end a job. AND, OR, NOT and IN of SQL follow Kleene's tables;
what skips nulls there (least, greatest) is written out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from workbench.facts import inputs
from workbench.language.build import call, round_places
from workbench.language.told import Told, told_of
from workbench.language.tree import PLACES, Call, Fact, Literal, Node, Parameter, Type, operands

WIDE = 2**61  # beyond this magnitude a number is a DECIMAL(38, 0)
Values = Mapping[str, Decimal]
Leaf = Callable[[Fact], str | None]
NOTHING = "CAST(NULL AS BOOLEAN)"
_KINDS = {"boolean": "BOOLEAN", "string": "STRING", "date": "DATE", "null": "BOOLEAN"}


def column(name: str) -> str:
    """A column by its name."""
    return "`" + name.replace("`", "``") + "`"


def text(value: str) -> str:
    """A text in quotes. `$` is spelled, since `${…}` would be replaced by a setting of the session."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"


def day(value: date) -> str:
    return f"DATE '{value.isoformat()}'"


def whole(value: int, wide: bool = False) -> str:
    return f"CAST('{value}' AS DECIMAL(38, 0))" if wide else f"{value}L" if value >= 0 else f"({value}L)"


def among(of: str, values: Sequence[str]) -> str:
    """Whether a value is one of these, all of them known; unknown where it is."""
    if not values:
        return f"({of} IS NULL AND {NOTHING})"
    return f"({of} IN ({', '.join(values)}))" if len(values) > 1 else f"({of} = {values[0]})"


def let(parts: Sequence[str], make: Callable[..., str]) -> str:
    """What is made of these parts, which are worked out once however often they stand in it."""
    if all(len(p) <= 40 for p in parts):
        return make(*parts)
    # One more than any variable in the parts, which may be bound further out.
    number = 1 + max((int(n) for p in parts for n in re.findall(r"\bv(\d+)\b", p)), default=0)
    bound = ", ".join(f"'p{i}', {p}" for i, p in enumerate(parts))
    body = make(*(f"v{number}.p{i}" for i in range(len(parts))))
    return f"transform(array(named_struct({bound})), v{number} -> {body})[0]"


def compile_(node: Node | None, values: Values) -> str:
    """The value of an expression over the columns of a case frame. No expression at all is true."""
    if node is None:
        return "true"
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Parameter):
        return whole(_units(values[node.name], node.type.places), _wide(node.type))
    if isinstance(node, Fact):
        if (
            node.type.kind == "decimal"
        ):  # below ten million, so that its hundred-millionths are within reach of a double
            return f"CAST(rint({column(node.name)} * {10**PLACES}D) AS BIGINT)"
        return column(node.name)
    assert isinstance(node, Call)
    if node.type.kind == "null":  # arithmetic on null alone
        return NOTHING
    found = _apply(node, list(node.args), [compile_(a, values) for a in node.args])
    if not node.type.may_overflow:
        return found
    # A number beyond what its kind holds is unknown.
    low, high = (whole(_units(end, node.type.places), _wide(node.type)) for end in node.type.span)
    return let([found], lambda x: f"(CASE WHEN {x} BETWEEN {low} AND {high} THEN {x} END)")


def _literal(node: Literal) -> str:
    value = node.value
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return whole(_units(value, node.type.places), _wide(node.type))
    return day(value) if isinstance(value, date) else text(value)


def _units(value: Decimal, places: int) -> int:
    return int(value * Decimal(10) ** places)


def _wide(type_: Type, places: int | None = None) -> bool:
    """Whether numbers of this type, at so many places, need more than 64 bits."""
    return type_.bound * Decimal(10) ** (type_.places if places is None else places) * 4 >= WIDE


def _as(found: str, have: bool, want: bool) -> str:
    """A number, wide or not, as one that is wide or not."""
    if have == want:
        return found
    return f"CAST({found} AS {'DECIMAL(38, 0)' if want else 'BIGINT'})"


def _null(type_: Type) -> str:
    number = "DECIMAL(38, 0)" if _wide(type_) else "BIGINT"
    return f"CAST(NULL AS {_KINDS.get(type_.kind, number)})"


def _scale(found: str, type_: Type, places: int, wide: bool) -> str:
    """A compiled number of this type at more places, wide enough for them."""
    if type_.kind == "null":
        return f"CAST(NULL AS {'DECIMAL(38, 0)' if wide else 'BIGINT'})"
    found = _as(found, _wide(type_), wide)
    return found if places == type_.places else f"({found} * {whole(10 ** (places - type_.places), wide)})"


def _together(args: Sequence[Node], e: Sequence[str]) -> tuple[list[str], bool]:
    """Operands on one scale, and whether it is wide; other kinds than numbers stay as they are."""
    numbers = [a.type for a in args if a.type.numeric]
    if not numbers:
        return list(e), False
    places = max(t.places for t in numbers)
    wide = any(_wide(t, places) for t in numbers)
    return [_scale(x, a.type, places, wide) for a, x in zip(args, e, strict=True)], wide


def _fit(node: Node, type_: Type, found: str) -> str:
    """A branch on the scale of the whole."""
    if node.type.kind == "null":
        return _null(type_)
    return _scale(found, node.type, type_.places, _wide(type_)) if type_.numeric else found


def _apply(node: Call, args: list[Node], e: list[str]) -> str:
    op = node.op
    if op in ("if", "case", "case_of"):
        return _branches(node, args, e)
    if op in ("and", "or", "implies", "xor", "not", "is_true", "is_false"):
        return _logic(op, e)
    if op == "is_null":
        return f"({e[0]} IS NULL)"
    if op == "in_codes":
        return _null(node.type) if args[0].type.kind == "null" else f"array_contains({e[1]}, {e[0]})"
    if op in ("=", "!=", "<", "<=", ">", ">="):
        return _compare(op, args, e)
    if op == "in_list":
        if args[0].type.kind == "null":
            return NOTHING
        known = [(a, x) for a, x in zip(args, e, strict=True) if a.type.kind != "null"]
        of, *others = _together([a for a, _ in known], [x for _, x in known])[0]
        return f"({of} IN ({', '.join([*others, 'NULL'] if len(known) < len(args) else others)}))"
    if op in ("between", "in_cc", "in_co", "in_oc", "in_oo"):
        low = ">" if op in ("in_oc", "in_oo") else ">="
        high = "<" if op in ("in_co", "in_oo") else "<="
        return f"({_compare(low, args[:2], e[:2])} AND {_compare(high, [args[0], args[2]], [e[0], e[2]])})"
    if op in ("days_between", "weeks_between"):
        if any(a.type.kind == "null" for a in args):
            return _null(node.type)
        days = f"datediff({e[1]}, {e[0]})"
        return f"CAST({days} AS BIGINT)" if op == "days_between" else f"({days} div 7)"
    if op in ("Coalesce", "Min", "Max"):
        return _several(node, args, e)
    return _arithmetic(node, args, e)


def _logic(op: str, e: list[str]) -> str:
    if op in ("and", "or"):
        return f"({e[0]} {op.upper()} {e[1]})"
    if op == "implies":
        return f"(NOT {e[0]} OR {e[1]})"
    if op == "xor":
        return f"({e[0]} != {e[1]})"
    if op == "not":
        return f"(NOT {e[0]})"
    return f"({e[0]} <=> {'true' if op == 'is_true' else 'false'})"


def _compare(op: str, args: Sequence[Node], e: Sequence[str]) -> str:
    if any(a.type.kind == "null" for a in args):
        return NOTHING
    (a, b), _ = _together(args, e)
    return f"({a} {op} {b})"


def _branches(node: Call, args: list[Node], e: list[str]) -> str:
    """The first true condition chooses; an unknown one before it makes all unknown."""
    if node.op == "case_of":
        whens = [_compare("=", [args[0], w], [e[0], x]) for w, x in zip(args[1:-1:2], e[1:-1:2], strict=True)]
        thens = list(zip(args[2:-1:2], e[2:-1:2], strict=True))
    else:
        whens, thens = e[:-1:2], list(zip(args[1:-1:2], e[1:-1:2], strict=True))
    cases = [(w, _fit(then, node.type, x)) for w, (then, x) in zip(whens, thens, strict=True)]
    return _first(cases, _null(node.type), _fit(args[-1], node.type, e[-1]))


def _first(cases: Sequence[tuple[str, str]], unknown: str, otherwise: str) -> str:
    said = " ".join(f"WHEN {when} IS NULL THEN {unknown} WHEN {when} THEN {then}" for when, then in cases)
    return f"(CASE {said} ELSE {otherwise} END)"


def _several(node: Call, args: list[Node], e: list[str]) -> str:
    known = [_fit(a, node.type, x) for a, x in zip(args, e, strict=True) if a.type.kind != "null"]
    if node.op == "Coalesce":
        return f"coalesce({', '.join(known)})"
    if len(known) < len(args):
        return _null(node.type)
    if len(known) == 1:
        return known[0]

    def best(*parts: str) -> str:
        there = " AND ".join(f"{p} IS NOT NULL" for p in parts)
        return f"(CASE WHEN {there} THEN {'least' if node.op == 'Min' else 'greatest'}({', '.join(parts)}) END)"

    return let(known, best)


def _arithmetic(node: Call, args: list[Node], e: list[str]) -> str:
    op, type_ = node.op, node.type
    wide = _wide(type_)
    if op in ("+", "-"):
        a, b = (_scale(x, arg.type, type_.places, wide) for arg, x in zip(args, e, strict=True))
        return f"({a} {op} {b})"
    if op == "*":
        a, b = (_as(x, _wide(arg.type), wide) for arg, x in zip(args, e, strict=True))
        return f"({a} * {b})"
    if op == "negate":
        return f"({whole(0, wide)} - {e[0]})"
    if op == "Abs":
        return f"abs({e[0]})"
    if op in ("div", "mod"):
        (a, b), large = _together(args, e)
        if op == "mod":
            return _as(f"({a} % nullif({b}, {whole(0, large)}))", large, wide)
        return _as(let([a, b], lambda x, y: _truncated(x, f"nullif({y}, {whole(0, large)})", large)), large, wide)
    return _quotient(args, e, wide) if op == "/" else _as(_rounded(node, e[0]), _wide(args[0].type), wide)


def _truncated(a: str, b: str, wide: bool) -> str:
    """a / b without its fraction. A decimal quotient keeps six places and rounds, so that it is asked for no fraction;
    what has more than 32 digits is unknown, as is what lies beyond a decimal of the language."""
    return f"CAST(try_divide({a} - {a} % {b}, {b}) AS DECIMAL(38, 0))" if wide else f"({a} div {b})"


def floored(a: str, b: str, wide: bool = False) -> str:
    """The greatest whole number not above a / b; unknown where b is 0."""

    def made(x: str, y: str) -> str:
        rest = f"(({x} % {y} + {y}) % {y})"  # SQL's remainder has the sign of the dividend
        return _truncated(f"({x} - {rest})", y, wide)

    return let([a, f"nullif({b}, {whole(0, wide)})"], made)


def _quotient(args: list[Node], e: list[str], wide: bool) -> str:
    """To 8 places, ties toward +infinity: floor(a/b + 1/2) in whole numbers."""
    a, b = args[0].type, args[1].type
    shift = PLACES + b.places - a.places
    over_bound = a.bound * Decimal(10) ** (a.places + max(shift, 0))
    under_bound = b.bound * Decimal(10) ** (b.places + max(-shift, 0))
    large = 4 * (over_bound + under_bound) >= WIDE
    over = f"({_as(e[0], _wide(a), large)} * {whole(10 ** max(shift, 0), large)})"
    under = f"({_as(e[1], _wide(b), large)} * {whole(10 ** max(-shift, 0), large)})"
    two = whole(2, large)
    found = let([over, under], lambda x, y: floored(f"({x} * {two} + {y})", f"({y} * {two})", large))
    return _as(found, large, wide)


def _rounded(node: Call, x: str) -> str:
    type_ = node.args[0].type
    keep = min(round_places(node.args), type_.places) if node.op == "Round" else 0
    wide, size = _wide(type_), 10 ** (type_.places - keep)
    zero, unit = whole(0, wide), whole(size, wide)
    if size == 1:
        return x
    if node.op == "Floor":
        return floored(x, unit, wide)
    if node.op == "Ceiling":
        return f"({zero} - {floored(f'({zero} - {x})', unit, wide)})"
    if node.op == "Truncate":
        return let([x], lambda v: _truncated(v, unit, wide))

    def away(v: str) -> str:
        half = _truncated(f"(abs({v}) * {whole(2, wide)} + {unit})", whole(2 * size, wide), wide)
        return f"(CASE WHEN {v} < {zero} THEN {zero} - {half} ELSE {half} END)"

    return let([x], away)


# ---------------------------------------------------------------------------------------------- what is asked for


def asks(node: Node | None, fact: str | None, values: Values, told: Told[str] | None = None) -> str | None:
    """Whether the expression asks for this fact (None: for any), row by row; None where it never does. What it hangs on
    is looked up in `told`, where there is one."""
    return _asks(node, values, lambda f: asks_for(f.name, fact), told)


def asks_for(name: str, wanted: str | None) -> str | None:
    """Whether a fact is missing and, of what it asks for, this one (or any) is."""
    needs = [i for i in inputs(name) if wanted in (None, i.name)]
    if not needs:
        return None
    if name == needs[0].name:
        return f"({column(name)} IS NULL)"
    lacks = [" AND ".join(f"{column(n)} IS NULL" for n in (i.name, *i.instead)) for i in needs]
    return f"({column(name)} IS NULL AND ({' OR '.join(f'({x})' for x in lacks)}))"


def _asks(node: Node | None, values: Values, leaf: Leaf, told: Told[str] | None) -> str | None:
    if isinstance(node, Fact):
        return leaf(node)
    if not isinstance(node, Call) or node.op in ("is_null", "is_true", "is_false"):
        return None
    if node.op in ("if", "case", "case_of"):
        return _asks_branches(node, values, leaf, told)
    found = [p for p in (_asks(a, values, leaf, told) for a in operands(node)) if p is not None]
    if not found:
        return None
    unknown = told_of(told, "unknown", node, values, lambda: f"({compile_(node, values)} IS NULL)")
    return f"({unknown} AND ({' OR '.join(found)}))"


def _asks_branches(node: Call, values: Values, leaf: Leaf, told: Told[str] | None) -> str | None:
    args = node.args
    whens: list[Node]
    if node.op == "case_of":
        whens, thens = [call("=", args[0], w) for w in args[1:-1:2]], args[2:-1:2]
    else:
        whens, thens = list(args[:-1:2]), args[1:-1:2]
    parts = [_asks(n, values, leaf, told) for n in (*whens, *thens, args[-1])]
    if all(p is None for p in parts):
        return None
    said = [p or "false" for p in parts]
    truths = (told_of(told, "truth", w, values, partial(compile_, w, values)) for w in whens)
    cases = zip(truths, said, said[len(whens) : -1], strict=False)
    chosen = " ".join(f"WHEN {w} IS NULL THEN {unknown} WHEN {w} THEN {then}" for w, unknown, then in cases)
    return f"(CASE {chosen} ELSE {said[-1]} END)"
