"""What one expression means: the three-valued interpreter that defines the language. Where is *missing* decided? Here.

`evaluate` gives the value of an expression for one request and, where that is unknown, the missing facts it asks
for. Every other reading of an expression must agree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import NamedTuple

from workbench.facts import inputs
from workbench.language.build import round_places
from workbench.language.tree import PLACES, Call, Fact, Literal, Node, Parameter, Type

Facts = Mapping[str, object]  # fact → value; a missing fact is absent or None; numbers are Decimal
Values = Mapping[str, Decimal]  # parameter → value
_EXACT = Context(prec=120)
_SETTLES = {"and": False, "or": True}  # operator → the value of one operand that decides, whatever the others are
NOTHING: frozenset[str] = frozenset()


class Answer(NamedTuple):
    """The value of an expression (None is unknown) and the missing facts that it asks for."""

    value: object
    asked: frozenset[str] = NOTHING


def asked_for(name: str, facts: Facts) -> frozenset[str]:
    """What a missing fact asks for: itself; a derived one the missing ones among its inputs. Where none of them is
    missing it asks for nothing: it is undefined, and nobody is asked for what can not exist."""
    return frozenset(
        i.name for i in inputs(name) if facts.get(i.name) is None and all(facts.get(n) is None for n in i.instead)
    )


def evaluate(node: Node | None, facts: Facts, values: Values) -> Answer:
    """The value of an expression for one request. No expression at all is true."""
    if node is None:
        return Answer(True)
    if isinstance(node, Literal):
        return Answer(node.value)
    if isinstance(node, Parameter):
        return Answer(values[node.name])
    if isinstance(node, Fact):
        value = facts.get(node.name)
        return Answer(value, asked_for(node.name, facts) if value is None else NOTHING)
    assert isinstance(node, Call)
    if node.op == "if":
        return _branch([(evaluate(node.args[0], facts, values), node.args[1])], node.args[2], facts, values)
    if node.op == "case":
        return _case(None, node.args, facts, values)
    if node.op == "case_of":
        return _case(node.args[0], node.args[1:], facts, values)
    answers, settles = [], _SETTLES.get(node.op)
    for arg in node.args:
        answers.append(evaluate(arg, facts, values))
        if settles is not None and answers[-1].value is settles:  # whatever the others are
            return Answer(settles)
    value = _apply(node, [a.value for a in answers])
    if value is not None:
        return Answer(value)
    return Answer(None, frozenset().union(*(a.asked for a in answers if a.value is None)))


def _case(comparand: Node | None, args: tuple[Node, ...], facts: Facts, values: Values) -> Answer:
    pairs = zip(args[:-1:2], args[1:-1:2], strict=True)
    if comparand is None:
        conditions = [(evaluate(when, facts, values), then) for when, then in pairs]
    else:
        left = evaluate(comparand, facts, values)
        conditions = []
        for when, then in pairs:
            right = evaluate(when, facts, values)
            known = left.value is not None and right.value is not None
            conditions.append(
                (
                    Answer(left.value == right.value)
                    if known
                    else Answer(None, frozenset().union(*(a.asked for a in (left, right) if a.value is None))),
                    then,
                )
            )
    return _branch(conditions, args[-1], facts, values)


def _branch(conditions: list[tuple[Answer, Node]], otherwise: Node, facts: Facts, values: Values) -> Answer:
    """The first condition that is true chooses; one that is unknown before it makes all unknown."""
    for condition, then in conditions:
        if condition.value is None:
            return condition
        if condition.value:
            return evaluate(then, facts, values)
    return evaluate(otherwise, facts, values)


def kleene_and(values: Sequence[object]) -> bool | None:
    return False if any(v is False for v in values) else None if any(v is None for v in values) else True


def kleene_or(values: Sequence[object]) -> bool | None:
    return True if any(v is True for v in values) else None if any(v is None for v in values) else False


def _compare(op: str, a: object, b: object) -> bool | None:
    """Two numbers, days or texts in order; unknown where either is."""
    if a is None or b is None:
        return None
    if isinstance(a, date) and isinstance(b, date):
        return _ordered(op, a < b, a == b)
    if isinstance(a, str) and isinstance(b, str):
        return _ordered(op, a < b, a == b)
    x, y = _number(a), _number(b)
    return _ordered(op, x < y, x == y)


def _ordered(op: str, less: bool, same: bool) -> bool:
    return {"<": less, "<=": less or same, ">": not (less or same), ">=": not less}[op]


def _number(value: object) -> Decimal:
    assert isinstance(value, Decimal), value
    return value


def _apply(node: Call, v: list[object]) -> object:
    """One operator over values; None is unknown."""
    op = node.op
    if op == "and":
        return kleene_and(v)
    if op == "or":
        return kleene_or(v)
    if op == "implies":
        return kleene_or([None if v[0] is None else not v[0], v[1]])
    if op == "is_null":
        return v[0] is None
    if op == "is_true":
        return v[0] is True
    if op == "is_false":
        return v[0] is False
    if op == "Coalesce":
        return next((x for x in v if x is not None), None)
    if op in ("between", "in_cc", "in_co", "in_oc", "in_oo"):
        low = ">" if op in ("in_oc", "in_oo") else ">="
        high = "<" if op in ("in_co", "in_oo") else "<="
        return kleene_and([_compare(low, v[0], v[1]), _compare(high, v[0], v[2])])
    if op == "in_list":
        return kleene_or([None if v[0] is None or x is None else v[0] == x for x in v[1:]])
    if any(x is None for x in v):
        return None
    return _fits(node.type, _strict(node, v))


def _fits(type_: Type, value: object) -> object:
    """A number beyond what its kind holds is unknown."""
    if not isinstance(value, Decimal):
        return value
    least, largest = type_.span
    return value if least <= value <= largest else None


def _strict(node: Call, v: list[object]) -> object:
    op = node.op
    if op in ("<", "<=", ">", ">="):
        return _compare(op, v[0], v[1])
    if op in ("=", "!="):
        return (v[0] == v[1]) is (op == "=")
    if op == "not":
        return not v[0]
    if op == "xor":
        return v[0] is not v[1]
    if op == "in_codes":
        assert isinstance(v[1], tuple)
        return v[0] in v[1]
    if op in ("days_between", "weeks_between"):
        start, end = v
        assert isinstance(start, date) and isinstance(end, date)
        days = (end - start).days
        weeks = abs(days) // 7
        return Decimal(days if op == "days_between" else weeks if days >= 0 else -weeks)
    if op in ("Min", "Max"):
        best = v[0]
        for x in v[1:]:
            best = x if _compare("<" if op == "Min" else ">", x, best) else best
        return best
    with localcontext(_EXACT):
        return _arithmetic(node, [_number(x) for x in v])


def _arithmetic(node: Call, v: list[Decimal]) -> Decimal | None:
    op = node.op
    if op in ("/", "div", "mod"):
        if v[1] == 0:
            return None
        if op == "/":
            return _quotient(v[0], v[1])
        whole = Decimal(int(v[0] / v[1]))
        return whole if op == "div" else v[0] - whole * v[1]
    if op == "Round":
        return _round(v[0], round_places(node.args))
    return _ARITHMETIC[op](v)


_ARITHMETIC: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "+": lambda v: v[0] + v[1],
    "-": lambda v: v[0] - v[1],
    "*": lambda v: v[0] * v[1],
    "negate": lambda v: -v[0],
    "Abs": lambda v: abs(v[0]),
    "Floor": lambda v: v[0].to_integral_value(ROUND_FLOOR),
    "Ceiling": lambda v: -((-v[0]).to_integral_value(ROUND_FLOOR)),
    "Truncate": lambda v: Decimal(int(v[0])),
}


def _round(x: Decimal, places: int) -> Decimal:
    """To so many places, ties away from zero."""
    unit = Decimal(10) ** -places
    return (x / unit).to_integral_value(ROUND_HALF_UP) * unit


def _quotient(a: Decimal, b: Decimal) -> Decimal:
    """a / b to 8 places, ties toward +infinity, by whole numbers so that no digit is lost before rounding."""
    (an, ad), (bn, bd) = a.as_integer_ratio(), b.as_integer_ratio()
    over, under = an * bd * 10**PLACES, ad * bn
    if under < 0:
        over, under = -over, -under
    return Decimal((2 * over + under) // (2 * under)).scaleb(-PLACES)
