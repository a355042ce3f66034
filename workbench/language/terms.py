"""The terms that the symbolic reading is made of, and the facts of a request as variables of a solver (Z3).

A truth is two formulas, that it is true and that it is false; where neither holds it is unknown. A number is a whole
number of units of 10^-places, as in the columnar reading, but without bounds: a solver's integers never overflow.
Days are counted, texts stand for numbers in the order of the texts, and a list of codes is one formula for each code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import z3

from workbench.language.tree import PLACES, Node

Formula: TypeAlias = Any  # z3.BoolRef: the library carries no types
Whole: TypeAlias = Any  # z3.ArithRef

OTHER = "other"  # stands for every procedure code that no rule names
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


def both(*parts: Formula) -> Formula:
    """All of these; constants are folded, since most of what is built falls away by them."""
    kept = [p for p in parts if not z3.is_true(p)]
    if any(z3.is_false(p) for p in kept):
        return FALSE
    return TRUE if not kept else kept[0] if len(kept) == 1 else z3.And(*kept)


def either(*parts: Formula) -> Formula:
    kept = [p for p in parts if not z3.is_false(p)]
    if any(z3.is_true(p) for p in kept):
        return TRUE
    return FALSE if not kept else kept[0] if len(kept) == 1 else z3.Or(*kept)


def opposite(part: Formula) -> Formula:
    return FALSE if z3.is_true(part) else TRUE if z3.is_false(part) else z3.Not(part)


def choose(condition: Formula, then: Any, otherwise: Any) -> Any:
    if z3.is_true(condition) or z3.is_false(condition):
        return then if z3.is_true(condition) else otherwise
    return then if then.eq(otherwise) else z3.If(condition, then, otherwise)


@dataclass(frozen=True)
class Truth:
    yes: Formula
    no: Formula

    @property
    def unknown(self) -> Formula:
        return opposite(either(self.yes, self.no))


@dataclass(frozen=True)
class Number:
    """A number, a day or a text. The value means nothing where it is unknown."""

    value: Whole
    unknown: Formula


@dataclass(frozen=True)
class Codes:
    """A list of codes: for each code that matters whether it is there, and whether any other is."""

    has: Mapping[str, Formula]
    other: Formula
    unknown: Formula


Term = Truth | Number | Codes
UNKNOWN_TRUTH = Truth(FALSE, FALSE)
UNKNOWN_NUMBER = Number(z3.IntVal(0), TRUE)


def known(value: bool) -> Truth:
    return Truth(z3.BoolVal(value), z3.BoolVal(not value))


def settled(formula: Formula) -> Truth:
    """A truth that is never unknown."""
    return Truth(formula, opposite(formula))


def whole(value: int) -> Number:
    return Number(z3.IntVal(value), FALSE)


def ordered(op: str, x: Number, y: Number) -> Truth:
    """Two numbers compared; unknown where either is."""
    u, v = x.value, y.value
    holds = {"=": u == v, "!=": u != v, "<": u < v, "<=": u <= v, ">": u > v, ">=": u >= v}[op]
    clear = both(opposite(x.unknown), opposite(y.unknown))
    return Truth(both(clear, holds), both(clear, opposite(holds)))


def all_of(parts: Sequence[Truth]) -> Truth:
    return Truth(both(*(p.yes for p in parts)), either(*(p.no for p in parts)))


def any_of(parts: Sequence[Truth]) -> Truth:
    return Truth(either(*(p.yes for p in parts)), both(*(p.no for p in parts)))


def negated(part: Truth) -> Truth:
    return Truth(part.no, part.yes)


@dataclass(frozen=True)
class Variable:
    """What stands for one fact: whether it is missing, and its value (of a list of codes one for each code)."""

    kind: str  # of the fact table
    missing: Formula
    value: Any
    codes: Mapping[str, Formula]


class Symbols:
    """The facts of one request as variables, each with another that says whether it is missing.

    `texts` are all texts that may be compared, `codes` all procedure codes that may be looked for; any other text or
    code is like any other. `mark` tells the variables of two requests apart; `shared` is the request whose variables
    stand for every fact that is not among `own`. Parameters that are in `free` are variables too.
    """

    def __init__(
        self,
        texts: Iterable[str] = (),
        codes: Iterable[str] = (),
        *,
        mark: str = "",
        shared: Symbols | None = None,
        own: Iterable[str] = (),
        free: Iterable[str] = (),
    ):
        self.codes: tuple[str, ...] = tuple(sorted(set(codes))) if shared is None else shared.codes
        self.texts: tuple[str, ...] = tuple(sorted({*texts, *self.codes})) if shared is None else shared.texts
        self.code_of = {text: 2 * i + 1 for i, text in enumerate(self.texts)}  # an even number is another text between
        self.mark, self.shared, self.own = mark, shared, frozenset(own)
        self.free: frozenset[str] = frozenset(free) if shared is None else shared.free
        self.variables: dict[str, Variable] = {}
        self.terms: dict[str, Term] = {}
        self.parameters: dict[str, tuple[Whole, int]] = {}  # free ones: the variable and its places
        self.kept: dict[tuple[object, ...], tuple[Node, Any]] = {}
        self.other: Symbols | None = None  # the request that an expression over two calls `other`

    def fact(self, name: str, kind: str) -> Term:
        """The term of a fact (or of a column that is no fact), of this kind of the fact table."""
        who, _, bare = name.rpartition(".")
        if who:
            whose = self if who == "request" else self.other
            assert whose is not None, name
            return whose.fact(bare, kind)
        if self.shared is not None and name not in self.own:
            return self.shared.fact(name, kind)
        if name not in self.terms:
            self.variables[name] = found = self._made(f"{name}{self.mark}", kind)
            self.terms[name] = _term_of(found)
        return self.terms[name]

    def _made(self, label: str, kind: str) -> Variable:
        codes = [*self.codes, OTHER] if kind == "code list" else []
        value = z3.Bool(label) if kind == "boolean" else z3.Int(label)
        return Variable(kind, z3.Bool(f"{label}?"), value, {c: z3.Bool(f"{label} {c}") for c in codes})

    def text(self, text: str) -> Number:
        if text not in self.code_of:
            raise ValueError(f"{text!r} is not among the texts of these symbols")
        return whole(self.code_of[text])

    def parameter(self, name: str, value: Decimal, places: int) -> Number:
        if name not in self.free:
            return whole(scaled(value, places))
        if self.shared is not None:
            return self.shared.parameter(name, value, places)
        self.parameters.setdefault(name, (z3.Int(f"parameter {name}"), places))
        return Number(self.parameters[name][0], FALSE)

    def fixed(self, facts: Mapping[str, object]) -> list[tuple[Any, Any]]:
        """The variables made so far, each with what it is in this request."""
        out: list[tuple[Any, Any]] = []
        for name, made in self.variables.items():
            value = facts.get(name)
            out.append((made.missing, z3.BoolVal(value is None)))
            if made.kind == "code list":
                has = value if isinstance(value, tuple) else ()
                out += [(v, z3.BoolVal(c in has)) for c, v in made.codes.items() if c != OTHER]
                out.append((made.codes[OTHER], z3.BoolVal(any(c not in self.codes for c in has))))
            elif value is not None:
                out.append((made.value, self.value(made.kind, value)))
        return out

    def value(self, kind: str, value: object) -> Any:
        """A known value of a fact of this kind, as its variable holds it."""
        if isinstance(value, bool):
            return z3.BoolVal(value)
        if isinstance(value, str):
            return z3.IntVal(self.texts.index(value)) if kind == "choice" else self.text(value).value
        if isinstance(value, date):
            return z3.IntVal(value.toordinal())
        assert isinstance(value, Decimal | int), value
        return z3.IntVal(scaled(Decimal(value), PLACES if kind == "decimal" else 0))


def _term_of(made: Variable) -> Term:
    here = opposite(made.missing)
    if made.kind == "boolean":
        return Truth(both(here, made.value), both(here, opposite(made.value)))
    if made.kind == "code list":
        has = {c: both(here, v) for c, v in made.codes.items()}
        return Codes({c: v for c, v in has.items() if c != OTHER}, has[OTHER], made.missing)
    # A choice is one of the known texts, counted; whatever else is a text may also lie between two of them.
    return Number(made.value * 2 + 1 if made.kind == "choice" else made.value, made.missing)


def scaled(value: Decimal, places: int) -> int:
    """A number in units of 10^-places."""
    return int(value * Decimal(10) ** places)
