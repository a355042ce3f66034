"""Building a tree: every operator's operands are checked here, and its result typed, once and for all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from workbench.errors import nearest
from workbench.language.tree import (
    BOOLEAN,
    CODES,
    LARGEST,
    NULL,
    OPERATORS,
    PLACES,
    Call,
    Fact,
    Literal,
    Node,
    Parameter,
    Place,
    Type,
    walk,
    with_bound,
)
from workbench.language.units import Unit, combine, parse_unit, show_unit


class NotTyped(Exception):
    """An operator does not take these operands. Carries code, message, place and hint."""

    def __init__(self, code: str, message: str, at: Place, hint: str = ""):
        super().__init__(message)
        self.code, self.message, self.at, self.hint = code, message, at, hint


def call(op: str, *args: Node, at: Place = (1, 1)) -> Call:
    """The operator over the operands, typed. Raises NotTyped."""
    type_ = _RULES[OPERATORS[op].takes](op, args, at)
    if type_.numeric and _scaled(type_.bound, type_.places) > LARGEST:
        raise NotTyped(
            "number-too-large",
            f"the result of `{OPERATORS[op].symbol}` can have more digits than are computed exactly",
            at,
            "split the expression, or narrow the ranges of its parameters",
        )
    return Call(type_, op=op, args=args, at=at)


def describe(type_: Type) -> str:
    """A type in words: `visits`, `a date`, `true or false`."""
    if type_.numeric:
        return show_unit(type_.unit)
    return {
        "boolean": "true or false",
        "string": "a choice" if type_.choices else "a text",
        "date": "a date",
        "codes": "a list of codes",
        "null": "null",
    }[type_.kind]


def _scaled(bound: Decimal, places: int) -> Decimal:
    return bound * Decimal(10) ** places


def _unify(op: str, types: list[Type], at: Place) -> Type:
    """The one type that all operands share; null fits anything, a bare number takes the unit of what it meets."""
    known = [t for t in types if t.kind != "null"]
    if not known:
        return NULL
    if all(t.numeric for t in known):
        units: list[Unit] = [t.unit for t in known if t.unit is not None]
        for unit in units[1:]:
            if unit != units[0]:
                raise NotTyped(
                    "wrong-unit",
                    f"`{OPERATORS[op].symbol}` brings {show_unit(units[0])} together with {show_unit(unit)}",
                    at,
                    "both sides need the same unit",
                )
        kind = "integer" if all(t.kind == "integer" for t in known) else "decimal"
        type_ = Type(
            kind, units[0] if units else None, bound=max(t.bound for t in known), places=max(t.places for t in known)
        )
        if max(_scaled(t.bound, type_.places) for t in known) > LARGEST:
            raise NotTyped(
                "number-too-large",
                f"`{OPERATORS[op].symbol}` can meet more digits than are computed exactly",
                at,
                "narrow the ranges of its parameters",
            )
        return type_
    if other := next((t for t in known if t.kind != known[0].kind), None):
        both = f"{describe(known[0])} together with {describe(other)}"
        raise NotTyped("wrong-type", f"`{OPERATORS[op].symbol}` brings {both}", at)
    choices = next((t.choices for t in known if t.choices), ())
    return Type(known[0].kind, choices=choices)


def _check_choices(args: tuple[Node, ...]) -> None:
    """Texts set beside a choice must be among its choices."""
    subject = next((a for a in args if isinstance(a, Fact) and a.type.choices), None)
    if subject is None:
        return
    for arg in args:
        if isinstance(arg, Literal) and isinstance(arg.value, str) and arg.value not in subject.type.choices:
            raise NotTyped(
                "unknown-choice",
                f"{subject.name} is never '{arg.value}'",
                arg.at,
                nearest(arg.value, subject.type.choices),
            )


def _expect(ok: bool, op: str, wanted: str, arg: Node) -> None:
    if not ok:
        raise NotTyped("wrong-type", f"`{OPERATORS[op].symbol}` takes {wanted}, not {describe(arg.type)}", arg.at)


def _logic(op: str, args: tuple[Node, ...], at: Place) -> Type:
    for arg in args:
        _expect(arg.type.kind in ("boolean", "null"), op, "true or false", arg)
    return BOOLEAN


def _any(op: str, args: tuple[Node, ...], at: Place) -> Type:
    return BOOLEAN


def _equal(op: str, args: tuple[Node, ...], at: Place) -> Type:
    for arg in args:
        _expect(arg.type.kind != "codes", op, "single values", arg)
    _unify(op, [a.type for a in args], at)
    _check_choices(args)
    return BOOLEAN


def _ordered(op: str, args: tuple[Node, ...]) -> None:
    """Choices are texts without an order of their own: `complexity > 'low'` would go by the alphabet."""
    for arg in args:
        plain = arg.type.kind == "string" and not arg.type.choices
        fits = arg.type.numeric or arg.type.kind in ("date", "null") or plain
        _expect(fits, op, "numbers, dates or texts", arg)


def _order(op: str, args: tuple[Node, ...], at: Place) -> Type:
    _ordered(op, args)
    _unify(op, [a.type for a in args], at)
    return BOOLEAN


def constant(node: Node) -> bool:
    """Whether the node is a literal, a parameter or arithmetic of these."""
    return all(
        isinstance(n, Literal | Parameter)
        or isinstance(n, Call)
        and n.op in ("+", "-", "*", "/", "div", "mod", "negate", "Abs", "Round")
        for n in walk(node)
    )


def _constants(op: str, args: tuple[Node, ...]) -> None:
    for arg in args:
        if not constant(arg):
            raise NotTyped(
                "not-constant",
                "a list element or interval end must be a literal, a parameter or arithmetic of these",
                arg.at,
                "compare with >= and <= instead",
            )


def _list(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if len(args) < 2:
        raise NotTyped("wrong-type", "a list holds at least one element", at)
    _constants(op, args[1:])
    for arg in args[1:]:
        if arg.type.kind == "null":
            raise NotTyped("wrong-type", "a list holds no null", arg.at, "ask `is null` beside it")
    _equal(op, args, at)
    return BOOLEAN


def _codes(op: str, args: tuple[Node, ...], at: Place) -> Type:
    _expect(args[0].type.kind in ("string", "null"), op, "a code in quotes", args[0])
    _expect(args[1].type == CODES, op, "a list of codes", args[1])
    return BOOLEAN


def _range(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if op != "between":
        _constants(op, args[1:])
    return _order(op, args, at)


def _dates(op: str, args: tuple[Node, ...], at: Place) -> Type:
    for arg in args:
        _expect(arg.type.kind in ("date", "null"), op, "dates", arg)
    days = Decimal(4_000_000)  # year 1 to year 9999
    unit = parse_unit("days" if op == "days_between" else "weeks")
    return Type("integer", unit, bound=days, places=0)


def _numbers(op: str, args: tuple[Node, ...]) -> None:
    for arg in args:
        _expect(arg.type.numeric or arg.type.kind == "null", op, "numbers", arg)


def _sum(op: str, args: tuple[Node, ...], at: Place) -> Type:
    _numbers(op, args)
    type_ = _unify(op, [a.type for a in args], at)
    return type_ if type_ == NULL else with_bound(type_, sum((a.type.bound for a in args), Decimal(0)), type_.places)


def _known_numbers(op: str, args: tuple[Node, ...]) -> bool:
    _numbers(op, args)
    return all(a.type.numeric for a in args)


def _product(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if not _known_numbers(op, args):
        return NULL
    a, b = (arg.type for arg in args)
    kind = "integer" if a.kind == b.kind == "integer" else "decimal"
    return Type(kind, combine(a.unit, b.unit, 1), bound=a.bound * b.bound, places=a.places + b.places)


def _quotient(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if not _known_numbers(op, args):
        return NULL
    a, b = (arg.type for arg in args)
    # The reading scales the dividend to the places of the result before it divides, and doubles it to round.
    places = a.places + b.places
    if 2 * max(_scaled(a.bound, places + PLACES), _scaled(b.bound, places)) > LARGEST:
        raise NotTyped(
            "number-too-large",
            "`/` can meet more digits than are computed exactly",
            at,
            "narrow the ranges of its parameters",
        )
    return Type("decimal", combine(a.unit, b.unit, -1), bound=_scaled(a.bound, b.places) + 1, places=PLACES)


def _whole(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if not _known_numbers(op, args):
        return NULL
    a, b = (arg.type for arg in args)
    places = max(a.places, b.places)
    if max(_scaled(a.bound, places), _scaled(b.bound, places)) > LARGEST:
        raise NotTyped("number-too-large", f"`{op}` can meet more digits than are computed exactly", at)
    kind = "integer" if a.kind == b.kind == "integer" else "decimal"
    return Type(kind, combine(a.unit, b.unit, -1), bound=_scaled(a.bound, b.places), places=0)


def _remainder(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if not _known_numbers(op, args):
        return NULL
    type_ = _unify(op, [a.type for a in args], at)
    return with_bound(type_, min(a.type.bound for a in args), type_.places)


def _same(op: str, args: tuple[Node, ...], at: Place) -> Type:
    _numbers(op, args)
    return args[0].type


def _branches(op: str, results: tuple[Node, ...], at: Place) -> Type:
    type_ = _unify(op, [r.type for r in results], at)
    if type_.kind == "codes":
        raise NotTyped("wrong-type", f"`{op}` does not choose between lists of codes", at)
    _check_choices(results)
    if type_.numeric:
        type_ = with_bound(type_, max(r.type.bound for r in results), type_.places)
    return type_


def _choose(op: str, args: tuple[Node, ...], at: Place) -> Type:
    for condition in args[:-1:2]:
        _expect(condition.type.kind in ("boolean", "null"), op, "a condition that is true or false", condition)
    return _branches(op, args[1:-1:2] + args[-1:], at)


def _match(op: str, args: tuple[Node, ...], at: Place) -> Type:
    for value in args[1:-1:2]:
        _equal("=", (args[0], value), value.at)
    return _branches(op, args[2:-1:2] + args[-1:], at)


def _alike(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if not args:
        raise NotTyped("wrong-type", f"`{op}` needs at least one operand", at)
    return _branches(op, args, at)


def _least(op: str, args: tuple[Node, ...], at: Place) -> Type:
    _ordered(op, args)
    return _alike(op, args, at)


def round_places(args: tuple[Node, ...]) -> int:
    """The places that Round keeps: its second operand, a literal from 0 to 8; 0 without one."""
    if len(args) == 1:
        return 0
    places = args[1]
    if not (
        isinstance(places, Literal)
        and isinstance(places.value, Decimal)
        and places.type.kind == "integer"
        and 0 <= places.value <= PLACES
    ):
        raise NotTyped("wrong-type", f"`Round` keeps a literal number of places from 0 to {PLACES}", places.at)
    return int(places.value)


def _round(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if len(args) not in (1, 2):
        raise NotTyped("wrong-type", "`Round` takes a number and the places to keep", at)
    places = round_places(args)
    if not _known_numbers(op, args[:1]):
        return NULL
    type_ = args[0].type
    return Type("decimal", type_.unit, bound=type_.bound + 1, places=min(places, type_.places))


def _to_whole(op: str, args: tuple[Node, ...], at: Place) -> Type:
    if not _known_numbers(op, args):
        return NULL
    return Type("integer", args[0].type.unit, bound=args[0].type.bound + 1, places=0)


_RULES: dict[str, Callable[[str, tuple[Node, ...], Place], Type]] = {
    "logic": _logic,
    "any": _any,
    "equal": _equal,
    "order": _order,
    "list": _list,
    "codes": _codes,
    "range": _range,
    "days": _dates,
    "weeks": _dates,
    "sum": _sum,
    "product": _product,
    "quotient": _quotient,
    "whole": _whole,
    "remainder": _remainder,
    "same": _same,
    "choose": _choose,
    "match": _match,
    "alike": _alike,
    "least": _least,
    "round": _round,
    "to_whole": _to_whole,
}
