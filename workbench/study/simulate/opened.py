"""Expressions read as they are while facts can still be filled in: what a rule can do without is not yet known either.

`is null`, `is true`, `is false` and `Coalesce` turn an unknown into a known, so that an answer may change once the fact
is there. `opened` takes that away; every other operator only ever becomes known, and stays as it is then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as changed

import polars as pl

from workbench.engine import decision as d
from workbench.facts import INPUTS, facts
from workbench.guideline.model import Rules
from workbench.language.build import call
from workbench.language.columnar import compile_
from workbench.language.names import names
from workbench.language.syntax import parse
from workbench.language.tree import OPERATORS, Call, Fact, Literal, Node, fact_names

_CLOSES = ("known", "first")  # operators that make an unknown known


def opened(node: Node) -> Node:
    """The same expression, unknown wherever filling in a fact could change it."""
    if not isinstance(node, Call):
        return node
    args = tuple(opened(a) for a in node.args)
    if node.op == "is_null":  # false once it is there; whether it ever will be is not known
        return Literal(node.type, value=None)
    if node.op == "is_false":
        return call("not", args[0])
    if node.op in ("is_true", "Coalesce"):
        return args[0]
    return changed(node, args=args)


def every_expression(rules: Rules) -> list[Node]:
    """All conditions by which these rules decide."""
    benefit = d.benefit_criterion(rules)
    criteria = [*([benefit] if benefit else []), *rules.criteria]
    found = [*(e.when for e in rules.exemptions), *(w.when for w in rules.waivers)]
    found += [n for c in criteria for n in (c.applies, c.requires)]
    found += [c.node for row in rules.limits for c in row.cells]
    return [n for n in found if n is not None]


def optional(rules: Iterable[Rules]) -> frozenset[str]:
    """Facts that these rules only ever look at where they can do without (a second measure): nobody waits for them,
    and no completion adds them."""
    firm: set[str] = set()
    seen: set[str] = set()
    for one in rules:
        for node in every_expression(one):
            seen.update(fact_names(node))
            firm.update(_firm(node))
    loose = seen - firm
    spared = loose | {i.name for name in loose for i in INPUTS.get(name, ())}
    return frozenset(spared - firm - {i.name for name in firm for i in INPUTS.get(name, ())})


def _firm(node: Node) -> set[str]:
    if isinstance(node, Fact):
        return {node.name}
    if not isinstance(node, Call) or OPERATORS[node.op].unknown in _CLOSES:
        return set()
    return {name for a in node.args for name in _firm(a)}


@dataclass(frozen=True)
class Fillable:
    """Which facts of a row can still be filled in: those that are missing, make sense (`only_where`), and are not
    `spared`; a derived one where an input can."""

    spared: frozenset[str] = frozenset()

    def __call__(self, name: str) -> pl.Expr:
        if name in self.spared or name not in facts():
            return pl.lit(False)
        missing = pl.col(name).is_null() & self._sensible(name)
        if name not in INPUTS:
            return missing
        return missing & pl.any_horizontal([self(i.name) for i in INPUTS[name]])

    def any_of(self, *nodes: Node | None) -> pl.Expr:
        """Whether anything that these expressions look at can."""
        return pl.any_horizontal([pl.lit(False), *(self(n) for n in fact_names(*nodes))])

    def _sensible(self, name: str) -> pl.Expr:
        where = facts()[name].only_where
        node = parse(where, names({})).node if where else None
        return pl.lit(True) if node is None else compile_(node, {}).fill_null(True)


def may_and_must(node: Node | None, rules: Rules, fillable: Fillable) -> tuple[pl.Expr, pl.Expr]:
    """Whether a condition may be true in some completion, and must be in each."""
    if node is None:
        return pl.lit(True), pl.lit(True)
    now = compile_(node, rules.values).cast(pl.Boolean).fill_null(False)
    open_ = compile_(opened(node), rules.values).cast(pl.Boolean)
    touched = fillable.any_of(node)
    may = pl.when(touched).then(open_.fill_null(True)).otherwise(now)
    return may, pl.when(touched).then(open_.fill_null(False)).otherwise(now)
