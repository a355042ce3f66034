"""What a guideline says of itself: properties of two requests, asked for like the shipped laws, and the exceptions that
it makes to these on purpose, held against what is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.engine.columns import Plan, by_variant, value
from workbench.engine.nodes import AllOf, Among, AnyOf, Column, Compare, Expression, Given, Holds, Not, PlanNode, walk
from workbench.engine.plan import MET
from workbench.guideline.declared import NEVER_BETTER, NEVER_WORSE, Excepted, Property
from workbench.language.interpret import Facts, Values, evaluate
from workbench.language.tree import Node
from workbench.review.proof.formulas import better, worse
from workbench.review.proof.subject import Variant


@dataclass(frozen=True)
class Asked:
    """A property over the columns of a plan: `when` the two requests are so, and what `breaks` the claim."""

    when: PlanNode
    breaks: PlanNode
    looked_at: bool  # whether any rule looks at a fact in which the two differ


def asked(property_: Property, plan: Plan, variants: Sequence[Variant]) -> Asked:
    when = Holds(by_variant([value(v.rules, property_.when) for v in variants]))
    parts = [part for _, node in plan.columns for part in walk(node)]
    facts = {f for part in parts if isinstance(part, Expression) for f in _named(part.node)}
    facts |= {part.name for part in parts if isinstance(part, Given)}  # whom to ask for it is no part of the claim
    changed = AnyOf((worse(), better(), _otherwise()))
    breaks = {NEVER_WORSE: worse(), NEVER_BETTER: better()}.get(property_.claim, changed)
    return Asked(when, breaks, bool(facts & set(property_.own)))


def _named(node: Node | None) -> frozenset[str]:
    return frozenset() if node is None else node._facts


def _otherwise() -> PlanNode:
    return Not(Compare("=", Column("determination"), Column("determination'")))


def supposes(property_: Property, one: Facts, other: Facts, values: Values) -> bool:
    """Whether the reference says of two requests at hand what the property supposes of them."""
    both = {f"request.{n}": v for n, v in one.items()} | {f"other.{n}": v for n, v in other.items()}
    return evaluate(property_.when, both, values).value is True


def fitting(exceptions: Iterable[Excepted], law: str, about: str) -> list[Excepted]:
    """The exceptions to a law that are about this, or about all of it."""
    return [e for e in exceptions if e.law == law and (not e.about or about in e.about)]


def through(exception: Excepted, plan: Plan) -> PlanNode | None:
    """That a criterion through which the exception comes about is met by the first request and not by the second; None:
    whatever the cause."""
    known = dict(plan.columns)
    mine = [f"criterion {id_}" for id_ in exception.through if f"criterion {id_}" in known]
    lost = (AllOf((_is(Column(c), MET), Not(_is(Column(f"{c}'"), MET)))) for c in mine)
    return AnyOf(tuple(lost)) if exception.through else None


def _is(state: PlanNode, what: int) -> PlanNode:
    return Among(state, (what,))
