"""What a criterion may say, once read: one frozen tree, typed when built, and the one table of operators.

Numbers are exact decimals. Each numeric type carries `bound` (the largest magnitude it can take) and `places`
(decimal places), so that a reading can pick a machine number that never overflows; an expression whose numbers
could outgrow `LARGEST` does not build.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from workbench.facts import INPUTS, inputs
from workbench.language.units import Unit

LARGEST = 10**36  # magnitude × 10^places; a 128-bit integer holds it with room for one addition
PLACES = 8  # of `/`, of Round at most, and of every derived fact
# What CQL's integers and decimals hold; a result beyond them is unknown (nothing wraps, nothing is cut off).
INTEGERS = (Decimal(-(2**31)), Decimal(2**31 - 1))
DECIMALS = (Decimal("-99999999999999999999.99999999"), Decimal("99999999999999999999.99999999"))

NUMERIC = ("integer", "decimal")
FLIPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}  # the same of the two sides changed over


@dataclass(frozen=True)
class Type:
    """`kind` is boolean, integer, decimal, string, date, codes or null."""

    kind: str
    unit: Unit | None = None
    choices: tuple[str, ...] = ()
    bound: Decimal = Decimal(0)
    places: int = 0

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """The least and the largest number of this kind."""
        return INTEGERS if self.kind == "integer" else DECIMALS

    @property
    def may_overflow(self) -> bool:
        """Whether a result of this type can lie beyond what its kind holds: then it is unknown."""
        return self.numeric and self.bound > self.span[1]


BOOLEAN, STRING, DATE = Type("boolean"), Type("string"), Type("date")
CODES, NULL = Type("codes"), Type("null")

Value = bool | Decimal | str | date | None
Place = tuple[int, int]  # line and column within the expression's text, from 1


@dataclass(frozen=True)
class Node:
    type: Type
    at: Place = field(default=(1, 1), compare=False, kw_only=True)

    @cached_property
    def _facts(self) -> frozenset[str]:
        """Names of the facts at and below, found once: a plan asks for them of every node again and again."""
        return frozenset(n.name for n in walk(self) if isinstance(n, Fact))

    @cached_property
    def _parameters(self) -> frozenset[str]:
        return frozenset(n.name for n in walk(self) if isinstance(n, Parameter))


@dataclass(frozen=True)
class Literal(Node):
    value: Value = None


@dataclass(frozen=True)
class Fact(Node):
    name: str = ""


@dataclass(frozen=True)
class Parameter(Node):
    name: str = ""


@dataclass(frozen=True)
class Call(Node):
    """An operator over operands. The operators and what they do with an unknown stand in OPERATORS."""

    op: str = ""
    args: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Operator:
    """`takes` names the rule by which `build` checks operands and types the result; `unknown` says what an
    unknown operand does: `strict` makes the result unknown; `kleene` follows the three-valued tables; `known`
    turns it into a known answer; `first` takes the first known operand; `branch` is unknown where the deciding
    condition is; `bounds` is unknown unless a known end already settles it; `null` is always unknown."""

    name: str
    symbol: str
    level: int  # binding strength when shown; higher binds tighter; 0 is a function or a keyword form
    takes: str
    unknown: str


def _table(*rows: tuple[str, str, int, str, str]) -> dict[str, Operator]:
    return {row[0]: Operator(*row) for row in rows}


# Levels follow the grammar of CQL: implies < or, xor < and < in < = < order < between < not < is < sums < products.
OPERATORS: dict[str, Operator] = _table(
    ("implies", "implies", 1, "logic", "kleene"),
    ("or", "or", 2, "logic", "kleene"),
    ("xor", "xor", 2, "logic", "kleene"),
    ("and", "and", 3, "logic", "kleene"),
    ("in_list", "in", 4, "list", "strict"),
    ("in_codes", "in", 4, "codes", "strict"),
    ("in_cc", "in Interval[]", 4, "range", "bounds"),
    ("in_co", "in Interval[)", 4, "range", "bounds"),
    ("in_oc", "in Interval(]", 4, "range", "bounds"),
    ("in_oo", "in Interval()", 4, "range", "bounds"),
    ("=", "=", 5, "equal", "strict"),
    ("!=", "!=", 5, "equal", "strict"),
    ("<", "<", 6, "order", "strict"),
    ("<=", "<=", 6, "order", "strict"),
    (">", ">", 6, "order", "strict"),
    (">=", ">=", 6, "order", "strict"),
    ("between", "between", 7, "range", "bounds"),
    ("days_between", "days", 8, "days", "strict"),
    ("weeks_between", "weeks", 8, "weeks", "strict"),
    ("not", "not", 9, "logic", "strict"),
    ("is_null", "is null", 10, "any", "known"),
    ("is_true", "is true", 10, "logic", "known"),
    ("is_false", "is false", 10, "logic", "known"),
    ("+", "+", 11, "sum", "strict"),
    ("-", "-", 11, "sum", "strict"),
    ("*", "*", 12, "product", "strict"),
    ("/", "/", 12, "quotient", "strict"),  # ties toward +infinity; unknown on division by zero
    ("div", "div", 12, "whole", "strict"),  # truncates toward zero; unknown on division by zero
    ("mod", "mod", 12, "remainder", "strict"),  # sign of the dividend; unknown on division by zero
    ("negate", "-", 13, "same", "strict"),
    ("if", "if", 0, "choose", "branch"),  # (condition, then, else)
    ("case", "case", 0, "choose", "branch"),  # (when, then, when, then, …, else)
    ("case_of", "case", 0, "match", "branch"),  # (comparand, value, then, value, then, …, else)
    ("Coalesce", "Coalesce", 0, "alike", "first"),
    ("Min", "Min", 0, "least", "strict"),
    ("Max", "Max", 0, "least", "strict"),
    ("Abs", "Abs", 0, "same", "strict"),
    ("Round", "Round", 0, "round", "strict"),  # ties away from zero; second argument: a literal 0 to 8
    ("Floor", "Floor", 0, "to_whole", "strict"),
    ("Ceiling", "Ceiling", 0, "to_whole", "strict"),
    ("Truncate", "Truncate", 0, "to_whole", "strict"),
)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, depth first, left to right."""
    yield node
    if isinstance(node, Call):
        for arg in node.args:
            yield from walk(arg)


def fact_names(*nodes: Node | None) -> tuple[str, ...]:
    """The facts used, sorted, each once."""
    return tuple(sorted({name for top in nodes if top is not None for name in top._facts}))


def parameter_names(*nodes: Node | None) -> tuple[str, ...]:
    """The parameters used, sorted, each once."""
    return tuple(sorted({name for top in nodes if top is not None for name in top._parameters}))


def asked_names(*nodes: Node | None) -> tuple[str, ...]:
    """The facts that can be asked for, sorted, each once: those used, a derived one by its inputs."""
    return tuple(sorted({i.name for name in fact_names(*nodes) for i in inputs(name)}))


def looked_at(*nodes: Node | None) -> tuple[str, ...]:
    """The facts used and those on which hangs what is asked for, sorted, each once."""
    found = {n for name in fact_names(*nodes) for i in inputs(name) for n in (name, i.name, *i.instead)}
    return tuple(sorted(found))


def operands(node: Call) -> list[Node]:
    """The operands, and those of the same `and` or `or` beneath: where the whole is unknown, what lies between is
    unknown too or settled without it."""
    out: list[Node] = []
    for arg in node.args:
        if node.op in ("and", "or") and isinstance(arg, Call) and arg.op == node.op:
            out += operands(arg)
        else:
            out.append(arg)
    return out


def may_be_undefined(node: Node | None) -> bool:
    """Whether the expression can be unknown though no fact is missing in it."""
    return node is not None and any(
        isinstance(n, Call)
        and (n.op in ("/", "div", "mod") or n.type.may_overflow)
        or n.type.kind == "null"
        or isinstance(n, Fact)
        and n.name in INPUTS
        for n in walk(node)
    )


def number(value: Decimal | int, unit: Unit | None = None) -> Literal:
    """A literal number. Raises ValueError beyond 8 places or 28 digits, as CQL has it."""
    value = Decimal(value)
    places = max(0, -int(value.as_tuple().exponent))
    if places > PLACES or len(value.as_tuple().digits) > 28 or abs(value) >= Decimal(10) ** 20:
        raise ValueError(f"{value} has more than {PLACES} decimal places or 28 digits")
    kind = "decimal" if places else "integer"
    return Literal(Type(kind, unit, bound=abs(value), places=places), value=value)


def with_bound(type_: Type, bound: Decimal, places: int) -> Type:
    return replace(type_, bound=bound, places=places)
