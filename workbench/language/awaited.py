"""What of an expression is settled while some facts are still to be told.

The interpreter reads a missing fact as one that stays missing: `Coalesce(post_surgical, false)` is false without it. A
form that still asks must not: the answer may come. `Awaited.read` gives the expression with each part that turns a
missing fact into a known answer, and looks at one that may come, put as unknown, asking for what it waits for. Every
other operator only goes from unknown to known as facts come, so that what the interpreter then finds known stays so.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from workbench.facts import inputs
from workbench.language.interpret import NOTHING, Answer, Facts, Values, evaluate
from workbench.language.tree import BOOLEAN, OPERATORS, Call, Fact, Node, fact_names, walk

_OF_AN_EVALUATION = ("requested_visits", "requested_weeks")  # an evaluation alone gives them where they are missing
_KNOWING = ("known", "first")  # what these operators do with an unknown: it gives a known answer


def _turns(node: Node) -> bool:
    """Whether anything in the expression turns a missing fact into a known answer."""
    return any(isinstance(n, Call) and OPERATORS[n.op].unknown in _KNOWING for n in walk(node))


@dataclass(frozen=True)
class Awaited:
    """The facts known by now, derived ones included, and those that may still be told. `classes` are those by which
    the condition table tells conditions of one code apart."""

    facts: Facts
    names: Set[str]
    classes: Set[str] = NOTHING

    def may_come(self, name: str) -> frozenset[str]:
        """The awaited facts by which this missing one can still become known; none where it is known, or where an input
        that it needs is missing for good."""
        if self.facts.get(name) is not None:
            return NOTHING
        if name == "condition" and "diagnosis" in self.names:
            return frozenset({"diagnosis"})
        if name in self.names:
            return frozenset({name})
        if name == "condition":
            return frozenset(self.classes & self.names)
        if name in _OF_AN_EVALUATION:
            return frozenset({"evaluation_only"} & self.names)
        needed = [i.name for i in inputs(name) if all(self.facts.get(n) is None for n in (i.name, *i.instead))]
        comes = [self.may_come(n) for n in needed if n != name]
        return NOTHING.union(*comes) if comes and all(comes) else NOTHING

    def within(self, *nodes: Node | None) -> frozenset[str]:
        """The awaited facts that expressions look at, a derived one by its inputs."""
        return NOTHING.union(*(self.may_come(n) for n in fact_names(*nodes)))

    def read(self, node: Node, values: Values) -> Node:
        """The expression as it reads while these facts may still come."""
        if not isinstance(node, Call) or not _turns(node) or not self.within(node):
            return node
        node = replace(node, args=tuple(self.read(a, values) for a in node.args))
        if OPERATORS[node.op].unknown not in _KNOWING:
            return node
        for arg in node.args:
            if evaluate(arg, self.facts, values).value is not None:
                return node
            if waits := self.within(arg):
                return Call(BOOLEAN, op="and", args=tuple(Fact(BOOLEAN, name=n) for n in sorted(waits)))
        return node

    def answer(self, node: Node | None, values: Values) -> Answer:
        """The value of an expression, unknown while an answer can still change it, and the awaited facts that it then
        looks at (none: it stays unknown)."""
        if node is None:
            return Answer(True)
        found = evaluate(self.read(node, values), self.facts, values)
        if found.value is not None:
            return found
        waits = self.within(node)
        return Answer(None, found.asked & waits or waits)
