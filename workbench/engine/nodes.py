"""What a plan is made of: some twenty kinds of node beside the expressions of the language, each checked when it is
built. What a node does on a machine is the affair of the reading that compiles it; the meaning of each stands here.

`unknown` is a value that is missing. Truth values follow Kleene's tables; numbers are whole (a rate is held in
hundred-millionths).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from workbench.language.show import show
from workbench.language.tree import Node, fact_names, looked_at, parameter_names

KINDS = ("truth", "whole", "text", "day", "determination")
COMPARED = ("=", "<", "<=", ">")


@dataclass(frozen=True)
class PlanNode:
    """A node of a plan: equal where it says the same."""

    @cached_property
    def _hangs_on(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """See `hangs_on`; found once, since plans share their nodes."""
        columns: set[str] = set()
        facts: set[str] = set()
        parameters: set[str] = set()
        if isinstance(self, Column):
            columns.add(self.name)
        elif isinstance(self, Given):
            facts.add(self.name)
        elif isinstance(self, Expression | Asked):
            facts.update(looked_at(self.node) if isinstance(self, Asked) else fact_names(self.node))
            parameters.update(name for name, _ in self.values)
        for part in below(self):
            for mine, other in zip((columns, facts, parameters), part._hangs_on, strict=True):
                mine.update(other)
        return tuple(sorted(columns)), tuple(sorted(facts)), tuple(sorted(parameters))


@dataclass(frozen=True)
class Given(PlanNode):
    """A column of the cases: a fact, or what steps 1 and 2 found out (`_variant`, `_requests_from`, `_free`)."""

    name: str


@dataclass(frozen=True)
class Column(PlanNode):
    """Another column of the same plan."""

    name: str


@dataclass(frozen=True)
class Constant(PlanNode):
    value: bool | int | str | date | None
    kind: str

    def __post_init__(self) -> None:
        assert self.kind in KINDS, self.kind


@dataclass(frozen=True)
class Expression(PlanNode):
    """An expression of the language under these values of its parameters; None is true."""

    node: Node | None
    values: tuple[tuple[str, Decimal], ...] = ()

    def __post_init__(self) -> None:
        assert tuple(n for n, _ in self.values) == parameter_names(self.node), "each parameter used has its value"
        assert self.node is None or self.truth or self.node.type.kind == "integer", "a condition or a whole number"

    @property
    def truth(self) -> bool:
        return self.node is None or self.node.type.kind in ("boolean", "null")


@dataclass(frozen=True)
class Asked(PlanNode):
    """Whether an expression asks for this fact (None: for any): true or false, never unknown."""

    node: Node
    values: tuple[tuple[str, Decimal], ...]
    fact: str | None


@dataclass(frozen=True)
class Missing(PlanNode):
    """Whether a value is unknown: true or false."""

    of: PlanNode


@dataclass(frozen=True)
class Holds(PlanNode):
    """Whether a truth value is true: an unknown is false."""

    of: PlanNode


@dataclass(frozen=True)
class Not(PlanNode):
    of: PlanNode


@dataclass(frozen=True)
class AllOf(PlanNode):
    """False where one is false, else unknown where one is unknown, else true (of none: true)."""

    parts: tuple[PlanNode, ...]


@dataclass(frozen=True)
class AnyOf(PlanNode):
    """True where one is true, else unknown where one is unknown, else false (of none: false)."""

    parts: tuple[PlanNode, ...]


@dataclass(frozen=True)
class Compare(PlanNode):
    """Two numbers or days; unknown where either is."""

    op: str
    left: PlanNode
    right: PlanNode

    def __post_init__(self) -> None:
        assert self.op in COMPARED, self.op


@dataclass(frozen=True)
class Difference(PlanNode):
    """left − right; unknown where either is."""

    left: PlanNode
    right: PlanNode


@dataclass(frozen=True)
class Least(PlanNode):
    """The least of several numbers; unknown where one of them is."""

    parts: tuple[PlanNode, ...]

    def __post_init__(self) -> None:
        assert self.parts


@dataclass(frozen=True)
class Most(PlanNode):
    """The greatest of several numbers; unknown where one of them is."""

    parts: tuple[PlanNode, ...]

    def __post_init__(self) -> None:
        assert self.parts


@dataclass(frozen=True)
class Share(PlanNode):
    """A rate in hundred-millionths times a number, rounded down; unknown where either is."""

    rate: PlanNode
    times: PlanNode


@dataclass(frozen=True)
class FirstMatch(PlanNode):
    """The first condition that is not false: n where the nth is true, −n where it is unknown, 0 where there is none."""

    conditions: tuple[PlanNode, ...]


@dataclass(frozen=True)
class Table(PlanNode):
    """The nth value, counted from 1; unknown where n is not above 0. n never lies beyond the end where it counts."""

    values: tuple[int | str | None, ...]
    index: PlanNode


@dataclass(frozen=True)
class Among(PlanNode):
    """Whether a known number is one of these."""

    of: PlanNode
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class When(PlanNode):
    """What stands beside the first condition that is true (an unknown one is passed over), else `otherwise`."""

    cases: tuple[tuple[PlanNode, PlanNode], ...]
    otherwise: PlanNode

    def __post_init__(self) -> None:
        assert self.cases


@dataclass(frozen=True)
class Listed(PlanNode):
    """The codes of a list that are among these, in its order; none where the list is unknown."""

    of: PlanNode
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Every(PlanNode):
    """Whether a list has codes and all of them are among these; unknown where the list is."""

    of: PlanNode
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Ids(PlanNode):
    """The ids whose flag is true, in this order; none where `only` is not true."""

    flags: tuple[tuple[str, PlanNode], ...]
    only: PlanNode


_FIELDS: dict[type[PlanNode], tuple[str, ...]] = {}  # of each kind of node, looked up once


def below(node: PlanNode) -> Iterator[PlanNode]:
    """The nodes just below a node."""

    def found(value: object) -> Iterator[PlanNode]:
        if isinstance(value, PlanNode):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                yield from found(part)

    kind = type(node)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(f.name for f in fields(kind))
    for name in _FIELDS[kind]:
        yield from found(getattr(node, name))


def mapped(node: PlanNode, change: Callable[[PlanNode], PlanNode]) -> PlanNode:
    """The node with its parts changed."""

    def each(found: object) -> object:
        if isinstance(found, PlanNode):
            return change(found)
        return tuple(each(f) for f in found) if isinstance(found, tuple) else found

    return replace(node, **{f.name: each(getattr(node, f.name)) for f in fields(node)})


def walk(node: PlanNode) -> Iterator[PlanNode]:
    """The node and everything below it, depth first."""
    yield node
    for part in below(node):
        yield from walk(part)


def hangs_on(node: PlanNode) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The columns, facts and parameters that a node looks at itself, each sorted."""
    return node._hangs_on


def show_node(node: PlanNode) -> str:
    """A node as one line of text: expressions in the language, columns by name."""
    if isinstance(node, Column | Given):
        return node.name
    if isinstance(node, Constant):
        return "unknown" if node.value is None else str(node.value).lower() if node.kind == "truth" else str(node.value)
    if isinstance(node, Expression):
        return "true" if node.node is None else show(node.node)
    if isinstance(node, Asked):
        return f"asks({show(node.node)}, {node.fact or 'anything'})"
    if isinstance(node, Compare | Difference):
        op = node.op if isinstance(node, Compare) else "-"
        return f"({show_node(node.left)} {op} {show_node(node.right)})"
    if isinstance(node, When):
        cases = "; ".join(f"{show_node(c)}: {show_node(t)}" for c, t in node.cases)
        return f"first({cases}; else: {show_node(node.otherwise)})"
    if isinstance(node, Ids):
        return f"ids({', '.join(i for i, _ in node.flags)})"
    if isinstance(node, Table):
        return f"table({', '.join(map(str, node.values))})[{show_node(node.index)}]"
    more = "".join(
        f", {', '.join(map(str, v))}" for f in ("numbers", "codes") if isinstance(v := getattr(node, f, None), tuple)
    )
    return f"{type(node).__name__.lower()}({', '.join(show_node(n) for n in below(node))}{more})"
