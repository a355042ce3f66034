"""Nodes of a plan as terms of a solver (Z3): a plan that says what it decides of every request at once. It knows nodes
and no step.

A number that can take few values only (a state, a row, an outcome) is held as one formula for each value, so that the
solver reasons about truths where it can.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import z3

from workbench.engine import decision as d
from workbench.engine import nodes as n
from workbench.engine.columns import FREE, Plan
from workbench.engine.lookups import RATE
from workbench.facts import facts
from workbench.language.symbolic import asks, term
from workbench.language.terms import (
    FALSE,
    TRUE,
    UNKNOWN_TRUTH,
    Codes,
    Formula,
    Number,
    Symbols,
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
    settled,
    whole,
)
from workbench.language.tree import FLIPPED


def kind_of(name: str) -> str:
    """The kind of a fact; of a column that is none, the kind that it is like."""
    fact = facts().get(name)
    return fact.kind if fact else {"_requests_from": "date", FREE: "boolean"}.get(name, "integer")


@dataclass(frozen=True)
class Few:
    """A number of few values: for each the formula under which it is that one; none holds where it is unknown."""

    values: Mapping[int, Formula]

    @property
    def unknown(self) -> Formula:
        return opposite(either(*self.values.values()))

    def number(self) -> Number:
        found: Whole = z3.IntVal(0)
        for value, formula in self.values.items():
            found = choose(formula, z3.IntVal(value), found)
        return Number(found, self.unknown)

    def among(self, keep: Callable[[int], bool]) -> Truth:
        return Truth(
            either(*(f for v, f in self.values.items() if keep(v))),
            either(*(f for v, f in self.values.items() if not keep(v))),
        )


@dataclass(frozen=True)
class Flags:
    """For each id the formula under which it is listed."""

    ids: tuple[tuple[str, Formula], ...]


Compiled = Truth | Number | Few | Codes | Flags
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def texts_of(plan: Plan) -> set[str]:
    """All texts that a plan says of its own: what its symbols have to know beside those of its expressions."""
    found: set[str] = set()
    for _, node in plan.columns:
        for part in n.walk(node):
            if isinstance(part, n.Constant) and isinstance(part.value, str) and part.kind == "text":
                found.add(part.value)
            elif isinstance(part, n.Table):
                found.update(v for v in part.values if isinstance(v, str))
    return found


def codes_of(plan: Plan) -> set[str]:
    """The procedure codes that a plan itself looks for."""
    parts = (part for _, node in plan.columns for part in n.walk(node))
    return {c for part in parts if isinstance(part, n.Listed | n.Every) for c in part.codes}


class Reading:
    """The columns of a plan as terms over the facts of the request that `symbols` stand for."""

    def __init__(self, plan: Plan, symbols: Symbols, known: Mapping[str, Compiled] | None = None):
        """`known` are columns that are worked out already."""
        self.symbols = symbols
        self.columns: dict[str, Compiled] = {}
        self.kept: dict[int, tuple[n.PlanNode, Compiled]] = {}
        for name, node in plan.columns:
            self.columns[name] = (known or {}).get(name) or self.term(node)

    def term(self, node: n.PlanNode) -> Compiled:
        """Any node over the columns of the plan, compiled once."""
        if id(node) not in self.kept:
            self.kept[id(node)] = node, self._made(node)
        return self.kept[id(node)][1]

    def holds(self, node: n.PlanNode) -> Formula:
        """That a node is true."""
        return self.truth(node).yes

    def truth(self, node: n.PlanNode) -> Truth:
        found = self.term(node)
        if isinstance(found, Number | Few):  # an unknown of no kind
            assert z3.is_true(found.unknown), node
            return UNKNOWN_TRUTH
        assert isinstance(found, Truth), node
        return found

    def number(self, node: n.PlanNode) -> Number:
        found = self.term(node)
        if isinstance(found, Few):
            return found.number()
        assert isinstance(found, Number), node
        return found

    def _made(self, node: n.PlanNode) -> Compiled:
        if isinstance(node, n.Column):
            return self.columns[node.name]
        if isinstance(node, n.Given):
            return self.symbols.fact(node.name, kind_of(node.name))
        if isinstance(node, n.Constant):
            return self._constant(node)
        if isinstance(node, n.Expression):
            return term(node.node, self.symbols, dict(node.values))
        if isinstance(node, n.Asked):
            return settled(asks(node.node, self.symbols, dict(node.values), node.fact))
        if isinstance(node, n.AllOf | n.AnyOf):
            parts = [self.truth(p) for p in node.parts]
            return all_of(parts) if isinstance(node, n.AllOf) else any_of(parts)
        if isinstance(node, n.Missing):
            found = self.term(node.of)
            assert not isinstance(found, Flags)
            return settled(found.unknown)
        if isinstance(node, n.Holds):
            return settled(self.holds(node.of))
        if isinstance(node, n.Not):
            return negated(self.truth(node.of))
        if isinstance(node, n.When):
            return self._when(node)
        if isinstance(node, n.FirstMatch):
            return self._first_match(node)
        if isinstance(node, n.Ids):
            only = self.holds(node.only)
            return Flags(tuple((i, both(only, self.holds(flag))) for i, flag in node.flags))
        if isinstance(node, n.Listed | n.Every):
            return self._codes(node)
        return self._number(node)

    def _constant(self, node: n.Constant) -> Compiled:
        if node.value is None:
            return UNKNOWN_TRUTH if node.kind == "truth" else Few({})
        if isinstance(node.value, bool):
            return known(node.value)
        if isinstance(node.value, str):
            if node.kind == "determination":
                return Few({d.DETERMINATIONS.index(node.value): TRUE})
            return self.symbols.text(node.value)
        return whole(node.value.toordinal()) if isinstance(node.value, date) else Few({node.value: TRUE})

    def _when(self, node: n.When) -> Compiled:
        found = self.term(node.otherwise)
        for condition, then in reversed(node.cases):
            found = _pick(self.holds(condition), self.term(then), found)
        return found

    def _first_match(self, node: n.FirstMatch) -> Few:
        out: dict[int, Formula] = {}
        before = TRUE  # none of those above is true or unknown
        for i, condition in enumerate(node.conditions, start=1):
            found = self.truth(condition)
            out[i] = both(before, found.yes)
            out[-i] = both(before, found.unknown)
            before = both(before, found.no)
        return Few({value: f for value, f in (*out.items(), (0, before)) if not z3.is_false(f)})

    def _codes(self, node: n.Listed | n.Every) -> Compiled:
        of = self.term(node.of)
        assert isinstance(of, Codes)
        if isinstance(node, n.Listed):
            return Codes({c: f for c, f in of.has.items() if c in node.codes}, FALSE, FALSE)
        some = either(of.other, *of.has.values())
        beyond = either(of.other, *(f for c, f in of.has.items() if c not in node.codes))
        here = opposite(of.unknown)
        return Truth(both(here, some, opposite(beyond)), both(here, either(opposite(some), beyond)))

    def _number(self, node: n.PlanNode) -> Compiled:
        if isinstance(node, n.Compare):
            return self._compare(node)
        if isinstance(node, n.Difference):
            a, b = self.number(node.left), self.number(node.right)
            return Number(a.value - b.value, either(a.unknown, b.unknown))
        if isinstance(node, n.Least | n.Most):
            parts = [self.number(p) for p in node.parts]
            value = parts[0].value
            for p in parts[1:]:
                value = choose(p.value < value if isinstance(node, n.Least) else p.value > value, p.value, value)
            return Number(value, either(*(p.unknown for p in parts)))
        if isinstance(node, n.Share):
            return self._share(node)
        if isinstance(node, n.Table):
            return self._table(node)
        if isinstance(node, n.Among):
            of = self.term(node.of)
            if isinstance(of, Few):
                return of.among(lambda v: v in node.numbers)
            number = self.number(node.of)
            found = either(*(number.value == v for v in node.numbers))
            here = opposite(number.unknown)
            return Truth(both(here, found), both(here, opposite(found)))
        raise TypeError(f"no reading of {node}")

    def _compare(self, node: n.Compare) -> Truth:
        a, b = self.term(node.left), self.term(node.right)
        for few, other, op in ((a, b, node.op), (b, a, FLIPPED[node.op])):
            if isinstance(few, Few) and isinstance(other, Few) and len(other.values) == 1:
                ((value, always),) = other.values.items()
                if z3.is_true(always):
                    holds = _COMPARED[op]
                    return few.among(lambda v, value=value, holds=holds: holds(v, value))  # type: ignore[misc]
        return ordered(node.op, self.number(node.left), self.number(node.right))

    def _share(self, node: n.Share) -> Number:
        rate, times = self.term(node.rate), self.number(node.times)
        if isinstance(rate, Few):  # so that numbers are multiplied by constants alone
            value: Whole = z3.IntVal(0)
            for r, formula in rate.values.items():
                value = choose(formula, (times.value * r) / RATE, value)
            return Number(value, either(rate.unknown, times.unknown))
        found = self.number(node.rate)
        return Number((found.value * times.value) / RATE, either(found.unknown, times.unknown))

    def _table(self, node: n.Table) -> Number | Few:
        index = self.term(node.index)
        if isinstance(index, Number):
            index = Few({i: both(opposite(index.unknown), index.value == i) for i in range(1, len(node.values) + 1)})
        assert isinstance(index, Few)
        found: dict[int, list[Formula]] = {}
        for i, value in enumerate(node.values, start=1):
            if value is not None and i in index.values:
                number = self.symbols.code_of[value] if isinstance(value, str) else value
                found.setdefault(number, []).append(index.values[i])
        return Few({value: either(*formulas) for value, formulas in found.items()})


def _pick(condition: Formula, then: Compiled, otherwise: Compiled) -> Compiled:
    if z3.is_true(condition) or z3.is_false(condition):
        return then if z3.is_true(condition) else otherwise
    if isinstance(then, Codes) and isinstance(otherwise, Codes):
        names = (*then.has, *(c for c in otherwise.has if c not in then.has))
        has = {c: choose(condition, then.has.get(c, FALSE), otherwise.has.get(c, FALSE)) for c in names}
        other = choose(condition, then.other, otherwise.other)
        return Codes(has, other, choose(condition, then.unknown, otherwise.unknown))
    if isinstance(then, Truth) and isinstance(otherwise, Truth):
        return Truth(choose(condition, then.yes, otherwise.yes), choose(condition, then.no, otherwise.no))
    if isinstance(then, Few) and isinstance(otherwise, Few):
        left, against = otherwise.values, opposite(condition)
        values = dict.fromkeys((*then.values, *left))
        return Few(
            {v: either(both(condition, then.values.get(v, FALSE)), both(against, left.get(v, FALSE))) for v in values}
        )
    a, b = (x.number() if isinstance(x, Few) else x for x in (then, otherwise))
    assert isinstance(a, Number) and isinstance(b, Number)
    return Number(choose(condition, a.value, b.value), choose(condition, a.unknown, b.unknown))
