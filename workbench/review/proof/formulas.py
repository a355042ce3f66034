"""What is asked of a plan, as formulas over its columns. A column of the second of two requests ends in `'`."""

from __future__ import annotations

from workbench.engine import decision as d
from workbench.engine.columns import Plan
from workbench.engine.nodes import AllOf, AnyOf, Column, Compare, Constant, Ids, Missing, Not, PlanNode, When


def number(value: int) -> Constant:
    return Constant(value, "whole")


def says(*determinations: str, mark: str = "") -> PlanNode:
    """The determination is one of these."""
    said = Column(f"determination{mark}")
    return AnyOf(tuple(Compare("=", said, Constant(w, "determination")) for w in determinations))


def flags(plan: Plan, column: str) -> dict[str, PlanNode]:
    """id → whether it stands in this list of the record (`reasons`, `missing`)."""
    node = dict(plan.columns)[column]
    assert isinstance(node, Ids)
    return {i: AllOf((node.only, flag)) for i, flag in node.flags}


def known(*of: PlanNode) -> PlanNode:
    return AllOf(tuple(Not(Missing(x)) for x in of))


def implies(one: PlanNode, other: PlanNode) -> PlanNode:
    return AnyOf((Not(one), other))


def alike(one: PlanNode, other: PlanNode) -> PlanNode:
    return AllOf((implies(one, other), implies(other, one)))


def above(one: PlanNode, other: PlanNode | int) -> PlanNode:
    return Compare(">", one, number(other) if isinstance(other, int) else other)


def support(mark: str = "") -> PlanNode:
    """How far a request is supported: 3 free of review or approved, 2 in part, 1 information needed, 0 an obstacle or
    a clinician. Of an obstacle and a clinician neither is worse."""
    return When(
        (
            (says(d.APPROVED, d.NOT_REQUIRED, mark=mark), number(3)),
            (says(d.IN_PART, mark=mark), number(2)),
            (says(d.INFORMATION, mark=mark), number(1)),
        ),
        number(0),
    )


def less_supported(one: str = "", other: str = "'") -> PlanNode:
    """The second request is supported less far than the first."""
    return Compare("<", support(other), support(one))


def worse(one: str = "", other: str = "'") -> PlanNode:
    """The second request is supported less far, or both in part and the second with fewer visits or weeks."""
    both = AllOf((says(d.IN_PART, mark=one), says(d.IN_PART, mark=other)))
    fewer = (Compare("<", Column(f"granted_{u}{other}"), Column(f"granted_{u}{one}")) for u in ("visits", "weeks"))
    return AnyOf((less_supported(one, other), AllOf((both, AnyOf(tuple(fewer))))))


def better() -> PlanNode:
    """The second request is supported further: the first is worse beside it."""
    return worse("'", "")


def plainly_worse() -> PlanNode:
    """The first request is approved, and the second goes to a clinician: what a person sees at once."""
    return AllOf((says(d.APPROVED), says(d.CLINICIAN, mark="'")))
