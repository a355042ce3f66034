"""What a plan is: named columns, in the order in which they can be worked out, for the rules of one guideline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from workbench.engine.nodes import Among, Expression, Given, PlanNode, When, hangs_on, show_node
from workbench.guideline.model import Rules
from workbench.language.tree import Node, parameter_names

VARIANT = "_variant"  # the number (from 1) of the rules that decide a request, among those that share a plan
FREE = "_free"  # whether the program that is named requires no review of a request


def criterion(id_: str) -> str:
    """The name of the column that says how a criterion comes out."""
    return f"criterion {id_}"


def exemption(id_: str) -> str:
    """The name of the column that says whether an exemption holds."""
    return f"exemption {id_}"


def waiver(id_: str) -> str:
    """The name of the column that says how many visits a waiver frees."""
    return f"waiver {id_}"


@dataclass(frozen=True)
class Described:
    """One column of a plan as a person reads it; `uses` are the other columns."""

    name: str
    expression: str
    uses: tuple[str, ...]
    facts: tuple[str, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Columns by name, each looking only at those before it; `record` are those that the decision record takes."""

    guideline: str
    variants: tuple[str, ...]  # plan/version of the overlay, "" without, in the order of their numbers
    columns: tuple[tuple[str, PlanNode], ...]
    rows: tuple[str, ...]  # ids of limit rows of the first variant, in order
    criteria: tuple[str, ...] = ()  # ids of all variants, in one order; so are the two that follow
    exemptions: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known: set[str] = set()
        for name, node in self.columns:
            assert name not in known, f"{name} stands twice"
            assert set(hangs_on(node)[0]) <= known, f"{name} looks at a column that is not there yet"
            known.add(name)

    def describe(self) -> tuple[Described, ...]:
        """The plan as a list that can be printed: name, expression, what it hangs on."""
        return tuple(Described(name, show_node(node), *hangs_on(node)) for name, node in self.columns)


def needed(plan: Plan, wanted: Iterable[str]) -> Plan:
    """The plan without the columns on which none of the wanted hangs."""
    keep = set(wanted)
    for name, node in reversed(plan.columns):
        if name in keep:
            keep.update(hangs_on(node)[0])
    return replace(plan, columns=tuple(c for c in plan.columns if c[0] in keep))


def by_variant(nodes: Sequence[PlanNode]) -> PlanNode:
    """What each variant has: one node where all say the same, else chosen by the number of the variant."""
    made: list[tuple[PlanNode, list[int]]] = []
    for i, node in enumerate(nodes, start=1):
        # Compared, not hashed: equal nodes of two variants mostly share their parts, which ends a comparison at once.
        for known, at in made:
            if known == node:
                at.append(i)
                break
        else:
            made.append((node, [i]))
    (first, _), *others = made
    if not others:
        return first
    return When(tuple((Among(Given(VARIANT), tuple(at)), node) for node, at in others), first)


def value(rules: Rules, node: Node | None) -> Expression:
    """An expression under the parameter values of these rules."""
    return Expression(node, tuple((n, rules.values[n]) for n in parameter_names(node)))


def fit(variants: list[Rules]) -> bool:
    """Whether their ids can stand in one order and mean the same kind of thing."""
    exemptions = [[x.id for x in r.exemptions] for r in variants]
    waivers = [[x.id for x in r.waivers] for r in variants]
    for ids in (exemptions, waivers, [[x.id for x in r.criteria] for r in variants]):
        order = in_one_order(ids)
        if any([i for i in order if i in some] != some for some in ids):
            return False
    kinds = {(c.id, c.unmet) for r in variants for c in r.criteria}
    return len(kinds) == len({i for i, _ in kinds})


def in_one_order(lists: Iterable[list[str]]) -> list[str]:
    """All ids, each after the one that it follows where it first appears."""
    out: list[str] = []
    for ids in lists:
        at = 0
        for id_ in ids:
            if id_ in out:
                at = out.index(id_) + 1
            else:
                out.insert(at, id_)
                at += 1
    return out
