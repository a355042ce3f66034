"""Where two sets of rules differ: the comparisons with a number that only one of them makes, and the limit rows whose
numbers are others. They cut the requests into cells, in each of which a difference is told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.engine.columns import value
from workbench.engine.nodes import AllOf, Among, AnyOf, Column, Expression, Holds, Missing, Not, PlanNode
from workbench.engine.reference import Traced
from workbench.guideline.model import Rules
from workbench.language.interpret import Facts, evaluate
from workbench.language.tree import Call, Fact, Node, fact_names, walk
from workbench.words.conditions import Sayer

ORDERED = ("<", "<=", ">", ">=", "between", "in_cc", "in_co", "in_oc", "in_oo")
YES, NO, UNKNOWN = "yes", "no", "unknown"
SAME_ROW = "a row that did not change"


@dataclass(frozen=True)
class Threshold:
    """A comparison, in words and as an expression with the values of its side."""

    text: str
    expression: Expression

    def group(self) -> dict[str, PlanNode]:
        """Of each request exactly one of these is true."""
        e = self.expression
        return {YES: Holds(e), NO: Holds(Not(e)), UNKNOWN: Missing(e)}

    def of(self, facts: Facts) -> str:
        """Which of them is, of a request at hand."""
        found = evaluate(self.expression.node, facts, dict(self.expression.values)).value
        return UNKNOWN if found is None else YES if found else NO

    def words(self, state: str) -> str:
        return self.text if state == YES else f"{'not' if state == NO else 'not known whether'}: {self.text}"


def thresholds(old: Rules, new: Rules, names: Mapping[str, str]) -> list[Threshold]:
    """The comparisons in criteria, exemptions and waivers that one side makes and the other does not, and in those that
    changed the others of the same facts: where 10 becomes 12, both cut."""
    sides = [_comparisons(r, Sayer({p.id: p for p in r.parameters}, names)) for r in (old, new)]
    one, two = ({text for found in side.values() for text in found} for side in sides)
    changed = {i for i in (*sides[0], *sides[1]) if sides[0].get(i) != sides[1].get(i)}
    found = {text: e for side in sides for i, mine in side.items() if i in changed for text, e in mine.items()}
    facts = {f for text, e in found.items() if (text in one) != (text in two) for f in fact_names(e.node)}
    return [Threshold(text, e) for text, e in found.items() if facts & set(fact_names(e.node))]


def _comparisons(rules: Rules, sayer: Sayer) -> dict[str, dict[str, Expression]]:
    """id of an item → its comparisons with a number, by their words."""
    items: dict[str, list[Node | None]] = {x.id: [x.when] for x in rules.exemptions}
    items |= {w.id: [w.when] for w in rules.waivers}
    items |= {c.id: [c.applies, c.requires] for c in rules.criteria}
    return {
        id_: {sayer.say(n): value(rules, n) for top in tops if top is not None for n in walk(top) if _orders(n)}
        for id_, tops in items.items()
    }


def _orders(node: Node) -> bool:
    return isinstance(node, Call) and node.op in ORDERED and any(isinstance(n, Fact) for n in walk(node))


@dataclass(frozen=True)
class Rows:
    """The limit rows that one side has and the other has not, or with other cells or numbers."""

    old: tuple[str, ...]  # all ids in order
    new: tuple[str, ...]
    changed: tuple[str, ...]

    def group(self) -> dict[str, PlanNode]:
        """Of each request exactly one: the changed row that either side comes to (the new side's first), or none."""
        out: dict[str, PlanNode] = {}
        before: list[PlanNode] = []
        for mark, ids in (("'", self.new), ("", self.old)):
            for id_ in (i for i in self.changed if i in ids):
                at = ids.index(id_) + 1
                here = Among(Column(f"row{mark}"), (at, -at))
                name = f"limit row {id_}" + ("" if mark else " before")
                out[name] = _first(here, before)
                before.append(here)
        out[SAME_ROW] = Not(AnyOf(tuple(before)))
        return out

    def of(self, old: Traced, new: Traced) -> str:
        one, two = (next((s.id for s in t.steps if s.kind == "limit"), "") for t in (old, new))
        if two in self.changed:
            return f"limit row {two}"
        return f"limit row {one} before" if one in self.changed else SAME_ROW


def _first(here: PlanNode, before: list[PlanNode]) -> PlanNode:
    return AllOf((here, *(Not(b) for b in before)))


def changed_rows(old: Rules, new: Rules) -> Rows:
    sides = [
        {x.id: (tuple(c.node for c in x.cells), x.visits, x.weeks, x.per_week, x.counts) for x in r.limits}
        for r in (old, new)
    ]
    ids = dict.fromkeys((*sides[0], *sides[1]))
    return Rows(tuple(sides[0]), tuple(sides[1]), tuple(i for i in ids if sides[0].get(i) != sides[1].get(i)))
