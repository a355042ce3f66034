"""Expressions of the language as terms of a solver (Z3): what holds of every request, not of given ones.

Three-valued and exact, like the reference; only multiplying and dividing facts with one another is more than the
solver can always settle, and then it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import z3

from workbench.facts import facts, inputs
from workbench.language.build import round_places
from workbench.language.terms import (
    FALSE,
    UNKNOWN_NUMBER,
    UNKNOWN_TRUTH,
    Codes,
    Formula,
    Number,
    Symbols,
    Term,
    Truth,
    Whole,
    all_of,
    any_of,
    both,
    choose,
    either,
    known,
    negated,
    opposite,
    ordered,
    scaled,
    settled,
    whole,
)
from workbench.language.tree import PLACES, Call, Fact, Literal, Node, Parameter, Type, walk

Values = Mapping[str, Decimal]


def _keeping(work: Callable[[Node, Symbols, Values, str | None], Any], mark: str) -> Any:
    """Worked out once for a node, its parameter values and a fact: plans share their expressions."""

    def kept(node: Node, symbols: Symbols, values: Values, fact: str | None = None) -> Any:
        key = (mark, fact, id(node), tuple(sorted((n, values[n]) for n in node._parameters)))
        if key not in symbols.kept:
            symbols.kept[key] = node, work(node, symbols, values, fact)  # held, so that its id stays its own
        return symbols.kept[key][1]

    return kept


def term(node: Node | None, symbols: Symbols, values: Values) -> Term:
    """The value of an expression of the request that the symbols stand for. No expression at all is true."""
    if node is None:
        return known(True)
    found: Term = _term(node, symbols, values)
    return found


def constant(node: Node) -> object:
    """The value of an expression that names no fact and no parameter; None is unknown."""
    texts = {n.value for n in walk(node) if isinstance(n, Literal) and isinstance(n.value, str)}
    symbols = Symbols(texts)
    found = term(node, symbols, {})
    if isinstance(found, Truth):
        yes, no = (z3.is_true(z3.simplify(x)) for x in (found.yes, found.no))
        return None if yes == no else bool(yes)
    assert isinstance(found, Number)
    if z3.is_true(z3.simplify(found.unknown)):
        return None
    value = z3.simplify(found.value).as_long()
    if node.type.kind == "string":
        return symbols.texts[(value - 1) // 2]
    return date.fromordinal(value) if node.type.kind == "date" else Decimal(value).scaleb(-node.type.places)


def _build(node: Node, symbols: Symbols, values: Values, _: str | None) -> Term:
    if isinstance(node, Literal):
        return _literal(node, symbols)
    if isinstance(node, Parameter):
        return symbols.parameter(node.name, values[node.name], node.type.places)
    if isinstance(node, Fact):
        return symbols.fact(node.name, facts()[node.name.rpartition(".")[2]].kind)
    assert isinstance(node, Call)
    if node.op in ("if", "case", "case_of"):
        branches, otherwise = _branches(node, symbols, values)
        found = _as(otherwise, node.type, term(otherwise, symbols, values))
        for condition, _asking, then in reversed(branches):
            value = _as(then, node.type, term(then, symbols, values))
            found = _pick(condition.unknown, _nothing(node.type), _pick(condition.yes, value, found))
        return found
    return _apply(node, [term(a, symbols, values) for a in node.args], symbols)


_term = _keeping(_build, "term")


def _literal(node: Literal, symbols: Symbols) -> Term:
    value = node.value
    if value is None:
        return UNKNOWN_NUMBER
    if isinstance(value, bool):
        return known(value)
    if isinstance(value, str):
        return symbols.text(value)
    return whole(value.toordinal()) if isinstance(value, date) else whole(scaled(value, node.type.places))


def _nothing(type_: Type) -> Term:
    return UNKNOWN_TRUTH if type_.kind == "boolean" else UNKNOWN_NUMBER


def _pick(condition: Formula, then: Term, otherwise: Term) -> Term:
    if isinstance(then, Truth) and isinstance(otherwise, Truth):
        return Truth(choose(condition, then.yes, otherwise.yes), choose(condition, then.no, otherwise.no))
    assert isinstance(then, Number) and isinstance(otherwise, Number)
    return Number(choose(condition, then.value, otherwise.value), choose(condition, then.unknown, otherwise.unknown))


def _truth(found: Term) -> Truth:
    """A truth; a bare null is an unknown one."""
    return found if isinstance(found, Truth) else UNKNOWN_TRUTH


def _as(node: Node, type_: Type, found: Term) -> Term:
    """A value on the scale of the whole that it is part of."""
    if node.type.kind == "null":
        return _nothing(type_)
    if isinstance(found, Number) and type_.numeric and type_.places != node.type.places:
        return Number(found.value * 10 ** (type_.places - node.type.places), found.unknown)
    return found


def _together(a: Node, b: Node, x: Term, y: Term) -> tuple[Number, Number]:
    places = max(a.type.places, b.type.places)
    one, two = (_as(n, Type("decimal", places=places), t) if n.type.numeric else t for n, t in ((a, x), (b, y)))
    assert isinstance(one, Number) and isinstance(two, Number)
    return one, two


def _compare(op: str, a: Node, b: Node, x: Term, y: Term) -> Truth:
    if "null" in (a.type.kind, b.type.kind):
        return UNKNOWN_TRUTH
    if isinstance(x, Truth) and isinstance(y, Truth):
        same = either(both(x.yes, y.yes), both(x.no, y.no))
        other = either(both(x.yes, y.no), both(x.no, y.yes))
        return Truth(same, other) if op == "=" else Truth(other, same)
    one, two = _together(a, b, x, y)
    return ordered(op, one, two)


def _apply(node: Call, found: list[Term], symbols: Symbols) -> Term:
    op, args = node.op, node.args
    if op in ("and", "or", "implies", "xor", "not", "is_true", "is_false"):
        return _logic(op, [_truth(f) for f in found])
    if op == "is_null":
        return settled(found[0].unknown)
    if op == "in_codes":
        return _in_codes(found[0], found[1], symbols)
    if op in ("=", "!=", "<", "<=", ">", ">="):
        return _compare(op, args[0], args[1], found[0], found[1])
    if op == "in_list":
        pairs = zip(args[1:], found[1:], strict=True)
        return any_of([_compare("=", args[0], a, found[0], f) for a, f in pairs])
    if op in ("between", "in_cc", "in_co", "in_oc", "in_oo"):
        low = ">" if op in ("in_oc", "in_oo") else ">="
        high = "<" if op in ("in_co", "in_oo") else "<="
        return all_of([_compare(o, args[0], args[i], found[0], found[i]) for i, o in ((1, low), (2, high))])
    if op == "Coalesce":
        best = _as(args[-1], node.type, found[-1])
        for arg, one in zip(reversed(args[:-1]), reversed(found[:-1]), strict=True):
            best = _pick(one.unknown, best, _as(arg, node.type, one))
        return best
    if node.type.kind == "null" or any(a.type.kind == "null" for a in args):
        return _nothing(node.type)
    unknown = either(*(f.unknown for f in found))
    if op in ("+", "-", "Min", "Max"):
        found = [_as(a, node.type, f) for a, f in zip(args, found, strict=True)]
    value, undefined = _arithmetic(node, [f.value for f in found if isinstance(f, Number)])
    if node.type.may_overflow:
        least, largest = (scaled(end, node.type.places) for end in node.type.span)
        undefined = either(undefined, value < least, value > largest)
    return Number(value, either(unknown, undefined))


def _logic(op: str, v: list[Truth]) -> Truth:
    if op == "and":
        return all_of(v)
    if op == "or":
        return any_of(v)
    if op == "implies":
        return any_of([negated(v[0]), v[1]])
    if op == "not":
        return negated(v[0])
    if op == "xor":
        a, b = v
        return Truth(either(both(a.yes, b.no), both(a.no, b.yes)), either(both(a.yes, b.yes), both(a.no, b.no)))
    return settled(v[0].yes if op == "is_true" else v[0].no)


def _in_codes(text: Term, codes: Term, symbols: Symbols) -> Truth:
    """Whether a text is among the codes. A text that no rule names is taken for none of them."""
    if not isinstance(text, Number) or not isinstance(codes, Codes):
        return UNKNOWN_TRUTH
    has = either(*(both(h, text.value == symbols.code_of[c]) for c, h in codes.has.items()))
    clear = both(opposite(text.unknown), opposite(codes.unknown))
    return Truth(both(clear, has), both(clear, opposite(has)))


def _sign(x: Whole) -> Whole:
    return z3.If(x < 0, z3.IntVal(-1), z3.IntVal(1))


def _size(x: Whole) -> Whole:
    return z3.If(x < 0, -x, x)


def _arithmetic(node: Call, raw: list[Whole]) -> tuple[Whole, Formula]:
    """The number, and where it is undefined. Of a sum, and of the least and greatest, all stand on one scale."""
    op, args = node.op, node.args
    if op in ("Min", "Max"):
        best = raw[0]
        for x in raw[1:]:
            best = choose(x < best if op == "Min" else x > best, x, best)
        return best, FALSE
    if op in ("+", "-"):
        return raw[0] + raw[1] if op == "+" else raw[0] - raw[1], FALSE
    if op == "*":
        return raw[0] * raw[1], FALSE
    if op == "negate":
        return -raw[0], FALSE
    if op == "Abs":
        return _size(raw[0]), FALSE
    if op in ("days_between", "weeks_between"):
        days = raw[1] - raw[0]
        return days if op == "days_between" else _sign(days) * (_size(days) / 7), FALSE
    if op in ("div", "mod"):
        places = max(args[0].type.places, args[1].type.places)
        a, b = (x * 10 ** (places - n.type.places) for n, x in zip(args, raw, strict=True))
        if op == "div":
            return _sign(a) * _sign(b) * (_size(a) / _size(b)), b == 0
        return _sign(a) * (_size(a) % _size(b)), b == 0
    if op == "/":
        shift = PLACES + args[1].type.places - args[0].type.places
        over, under = raw[0] * 10 ** max(shift, 0), raw[1] * 10 ** max(-shift, 0)
        over, under = z3.If(under < 0, -over, over), _size(under)
        return (over * 2 + under) / (under * 2), under == 0
    return _rounded(node, raw[0]), FALSE


def _rounded(node: Call, x: Whole) -> Whole:
    type_ = node.args[0].type
    keep = min(round_places(node.args), type_.places) if node.op == "Round" else 0
    unit = 10 ** (type_.places - keep)
    if node.op == "Round":
        return x if unit == 1 else _sign(x) * ((_size(x) * 2 + unit) / (unit * 2))
    if node.op == "Floor":
        return x / unit
    return -(-x / unit) if node.op == "Ceiling" else _sign(x) * (_size(x) / unit)


# ---------------------------------------------------------------------------------------------- what is asked for


def asks(node: Node, symbols: Symbols, values: Values, fact: str | None) -> Formula:
    """Whether the expression asks for this fact (None: for any)."""
    return _asks(node, symbols, values, fact)


def _asking(node: Node, symbols: Symbols, values: Values, fact: str | None) -> Formula:
    if isinstance(node, Fact):
        return _lacks(node.name, symbols, fact)
    if not isinstance(node, Call):
        return FALSE
    if node.op in ("if", "case", "case_of"):
        branches, otherwise = _branches(node, symbols, values)
        found = asks(otherwise, symbols, values, fact)
        for condition, asking, then in reversed(branches):
            rest = choose(condition.yes, asks(then, symbols, values, fact), found)
            found = choose(condition.unknown, asking(fact), rest)
        return found
    parts = either(*(asks(a, symbols, values, fact) for a in node.args))
    return both(term(node, symbols, values).unknown, parts)


_asks = _keeping(_asking, "asks")


def _lacks(name: str, symbols: Symbols, fact: str | None) -> Formula:
    """Whether a fact is missing and, of what it asks for, this one (or any) is."""

    def missing(one: str) -> Formula:
        return symbols.fact(one, facts()[one].kind).unknown

    needs = [i for i in inputs(name) if fact in (None, i.name)]
    if not needs or name == needs[0].name:
        return missing(name) if needs else FALSE
    return both(missing(name), either(*(both(*map(missing, (i.name, *i.instead))) for i in needs)))


Branch = tuple[Truth, Callable[[str | None], Formula], Node]


def _branches(node: Call, symbols: Symbols, values: Values) -> tuple[list[Branch], Node]:
    """The conditions in order, each with what it asks for and what it leads to; and what is left."""
    args = node.args
    if node.op != "case_of":
        pairs = list(zip(args[:-1:2], args[1:-1:2], strict=True))
        return [(_truth(term(w, symbols, values)), _asker((w,), symbols, values), t) for w, t in pairs], args[-1]
    left, found = term(args[0], symbols, values), []
    for when, then in zip(args[1:-1:2], args[2:-1:2], strict=True):
        same = _compare("=", args[0], when, left, term(when, symbols, values))
        found.append((same, _asker((args[0], when), symbols, values), then))
    return found, args[-1]


def _asker(nodes: tuple[Node, ...], symbols: Symbols, values: Values) -> Callable[[str | None], Formula]:
    return lambda fact: either(*(asks(n, symbols, values, fact) for n in nodes))
