"""What a family of plans, one for each value of a control, has in common, and what is left of it: nodes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.engine import nodes as n
from workbench.engine.columns import Plan

Columns = tuple[tuple[str, n.PlanNode], ...]


@dataclass(frozen=True)
class Differing:
    """Parts that differ between the values and read the same columns: name → place of the value → node."""

    reads: tuple[str, ...]
    parts: tuple[tuple[str, dict[int, n.PlanNode]], ...]


@dataclass(frozen=True)
class Residue:
    """`shapes`: what is left of the plans, and the places of the values at which it is that; it looks at `held` parts,
    which are the same at every value, and at `differing` ones, by name. `columns` are those of the plan that the parts
    look at: none of them moves."""

    shapes: tuple[tuple[Columns, tuple[int, ...]], ...]
    held: Columns
    differing: tuple[Differing, ...]
    columns: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the differing parts; one may be absent at some values."""
        return tuple(name for d in self.differing for name, _ in d.parts)


def moving(family: Sequence[Plan]) -> frozenset[str]:
    """The columns that do not say the same in every plan, and those that look at one of them."""
    columns = [dict(p.columns) for p in family]
    names = {name for c in columns for name in c}
    found = {name for name in names if any(_differ(c.get(name), columns[0].get(name)) for c in columns[1:])}
    size = -1
    while size < len(found):
        size = len(found)
        for plan in family:
            found.update(name for name, node in plan.columns if found.intersection(n.hangs_on(node)[0]))
    return frozenset(found)


def _differ(one: n.PlanNode | None, two: n.PlanNode | None) -> bool:
    return one is not two and one != two


def residue(family: Sequence[Plan], moves: frozenset[str]) -> Residue:
    """Take from the moving columns each greatest part that looks at none of them."""
    apart = [_Apart(plan, moves) for plan in family]
    by_shape: list[tuple[Columns, list[int]]] = []
    for i, one in enumerate(apart):
        for shape, places in by_shape:
            if shape == one.columns:
                places.append(i)
                break
        else:
            by_shape.append((one.columns, [i]))
    held: list[tuple[str, n.PlanNode]] = []
    differing: list[tuple[str, dict[int, n.PlanNode]]] = []
    shapes = []
    for shape, places in by_shape:
        said: dict[str, n.PlanNode] = {}
        for name in apart[places[0]].taken:
            at = {i: apart[i].taken[name] for i in places}
            first = at[places[0]]
            if any(node != first for node in at.values()):
                said[name] = n.Given(_named(differing, at, "part"))
            else:
                said[name] = first if isinstance(first, n.Constant) else n.Given(_named(held, first, "held"))
        shapes.append((tuple((c, _put(node, said)) for c, node in shape), tuple(places)))
    by_reads: dict[tuple[str, ...], list[tuple[str, dict[int, n.PlanNode]]]] = {}
    columns: set[str] = {c for _, node in held for c in n.hangs_on(node)[0]}
    for name, at in differing:
        reads: set[str] = set()
        for node in at.values():
            own, facts, _ = n.hangs_on(node)
            columns.update(own)
            reads.update(own, facts)
        by_reads.setdefault(tuple(sorted(reads)), []).append((name, at))
    families = tuple(Differing(reads, tuple(parts)) for reads, parts in by_reads.items())
    return Residue(tuple(shapes), tuple(held), families, tuple(sorted(columns)))


def _named(known: list[tuple[str, Any]], what: object, word: str) -> str:
    """The name under which an equal part stands already, else a new one."""
    for name, one in known:
        if one == what:
            return str(name)
    known.append((f"{word} {len(known)}", what))
    return f"{word} {len(known) - 1}"


def _put(node: n.PlanNode, said: dict[str, n.PlanNode]) -> n.PlanNode:
    if isinstance(node, n.Given) and node.name in said:
        return said[node.name]
    return n.mapped(node, lambda part: _put(part, said))


class _Apart:
    """A plan's moving columns without their greatest parts that look at no moving one; those stand under names that go
    by their place, so that plans of one shape have the same names."""

    def __init__(self, plan: Plan, moves: frozenset[str]):
        self.moves = moves
        self.taken: dict[str, n.PlanNode] = {}
        self.columns: Columns = tuple((c, self._rest(node)) for c, node in plan.columns if c in moves)

    def _take(self, node: n.PlanNode) -> n.PlanNode:
        name = f"~{len(self.taken)}"
        self.taken[name] = node
        return n.Given(name)

    def _stays(self, node: n.PlanNode) -> bool:
        return not self.moves.intersection(n.hangs_on(node)[0])

    def _rest(self, node: n.PlanNode) -> n.PlanNode:
        if isinstance(node, n.Ids):  # spelled out at the very end, so never a part itself
            flags = tuple((i, self._take(n.Holds(f)) if self._stays(f) else self._rest(f)) for i, f in node.flags)
            return n.Ids(flags, self._rest(node.only))
        if self._stays(node):
            return self._take(node)
        if isinstance(node, n.Column):
            return node
        if isinstance(node, n.AllOf | n.AnyOf):
            # Both join their parts in any order, so that all that stay are one part.
            stay = tuple(p for p in node.parts if self._stays(p))
            go = tuple(self._rest(p) for p in node.parts if not self._stays(p))
            return type(node)((*go, self._take(type(node)(stay)))) if stay else type(node)(go)
        return n.mapped(node, self._rest)
