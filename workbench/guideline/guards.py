"""Whether a fact that makes sense only sometimes (`only_where` in the fact table) is guarded where it is used.

Guarded means: where the fact does not apply, one false operand settles the condition, so that nobody is asked for
something that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from workbench.facts import facts
from workbench.guideline.model import Cell, Criterion
from workbench.language.names import names
from workbench.language.syntax import parse
from workbench.language.tree import Call, Fact, Literal, Node, Value

Guards = frozenset[str]  # facts that are known to apply here


@lru_cache(maxsize=1)
def _wheres() -> dict[str, Node]:
    """Fact → the condition under which it makes sense."""
    known = names({})
    found = {f.name: parse(f.only_where, known, condition=True).node for f in facts().values() if f.only_where}
    return {name: node for name, node in found.items() if node is not None}


def unguarded(criterion: Criterion) -> Iterator[Fact]:
    """The uses in a criterion that nothing guards."""
    if criterion.applies is not None:
        yield from _loose(criterion.applies, frozenset())
    yield from _loose(criterion.requires, _holding(criterion.applies, True) if criterion.applies else frozenset())


def unguarded_cells(cells: tuple[Cell, ...]) -> Iterator[Cell]:
    """The cells of a row that no other cell of it guards."""
    guards = frozenset().union(*(_holding(c.node, True) for c in cells))
    return (c for c in cells if c.fact in _wheres() and c.fact not in guards)


def _loose(node: Node, guards: Guards) -> Iterator[Fact]:
    if isinstance(node, Fact):
        if node.name in _wheres() and node.name not in guards:
            yield node
        return
    if not isinstance(node, Call) or node.op == "is_null":
        return
    if node.op in ("and", "or", "implies"):
        left, right = node.args
        yield from _loose(left, guards | _holding(right, node.op == "and"))
        yield from _loose(right, guards | _holding(left, node.op != "or"))
    elif node.op in ("if", "case"):
        yield from _loose_branches(node.args, guards)
    elif node.op == "Coalesce" and isinstance(node.args[-1], Literal):
        return  # a known answer follows
    else:
        for arg in node.args:
            yield from _loose(arg, guards)


def _loose_branches(args: tuple[Node, ...], guards: Guards) -> Iterator[Fact]:
    for condition, result in zip(args[:-1:2], args[1:-1:2], strict=True):
        yield from _loose(condition, guards)
        yield from _loose(result, guards | _holding(condition, True))
        guards = guards | _holding(condition, False)
    yield from _loose(args[-1], guards)


def _holding(node: Node | None, truth: bool) -> Guards:
    """The facts that must apply where the condition is true (or false)."""
    if isinstance(node, Call):
        if node.op == "not" or node.op == "is_false":
            return _holding(node.args[0], not truth)
        if node.op == "is_true":
            return _holding(node.args[0], truth)
        if node.op == ("and" if truth else "or"):
            return _holding(node.args[0], truth) | _holding(node.args[1], truth)
        if node.op == "implies" and not truth:
            return _holding(node.args[0], True) | _holding(node.args[1], False)
    fact, value, positive = _meaning(node)
    if fact is None or positive != truth:
        return frozenset()
    return frozenset(name for name, where in _wheres().items() if _meaning(where) == (fact, value, True))


def _meaning(node: Node | None) -> tuple[str | None, Value, bool | None]:
    """(fact, value, truth) of a plain test on one fact; two spellings of one test are one."""
    if isinstance(node, Fact):
        return node.name, True, True
    if isinstance(node, Call) and len(node.args) == 2 and node.op in ("=", "!=", "in_list"):
        subject, literal = sorted(node.args, key=lambda a: isinstance(a, Literal))
        if isinstance(subject, Fact) and isinstance(literal, Literal):
            truth, value = node.op != "!=", literal.value
            if isinstance(value, bool):
                return subject.name, True, truth == value
            others = [c for c in subject.type.choices if c != value]
            if not truth and len(others) == 1:  # `review_type != 'initial'` of two choices
                return subject.name, others[0], True
            return subject.name, value, truth
    return None, None, None
