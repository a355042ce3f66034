"""The plan of rules that differ from others in numbers alone, from the plan of those: what a full build would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from workbench.engine import nodes as n
from workbench.engine.columns import Plan
from workbench.engine.lookups import limit_number, told
from workbench.engine.moved_numbers import moved_numbers
from workbench.guideline.model import Rules

Swaps = dict[tuple[str, Decimal], Decimal]


def replanned(plan: Plan, before: Sequence[Rules], after: Sequence[Rules], *, named: bool) -> Plan | None:
    """The plan of `after`, variant by variant, where `plan` is that of `before`, or what is needed of it. None where
    more differs than values of parameters and numbers of limit rows. `named`: a program is named."""
    swaps: Swaps = {}
    for one, two in zip(before, after, strict=True):
        if not _alike(one, two):
            return None
        for old, new in zip(one.parameters, two.parameters, strict=True):
            # Variants that had one value and part now were one node before, and would have to be two.
            if swaps.setdefault((old.id, old.value), new.value) != new.value:
                return None
    swaps = {key: value for key, value in swaps.items() if key[1] != value}
    names = frozenset(name for name, _ in swaps)
    rows = [k for k in range(len(before)) if before[k].limits is not after[k].limits]
    other = dict(told(after, named))
    columns = []
    for name, node in plan.columns:
        if name in other:
            node = other[name]
        elif rows and name == "rate":
            node = limit_number(after, "per_week")
        elif rows and name in _LEFT:
            assert isinstance(node, n.Difference)
            node = replace(node, left=limit_number(after, _LEFT[name]))
        columns.append((name, _swapped(node, swaps, names)))
    return replace(plan, columns=tuple(columns))


# The columns that a number of a limit row goes into, and the number's name.
_LEFT = {"visits left": "visits", "weeks left": "weeks"}


def _alike(one: Rules, two: Rules) -> bool:
    """Whether the same plan serves both but for numbers: rows that have a rate have one still."""
    if moved_numbers(one, two) is None:
        return False
    rows = () if one.limits is two.limits else zip(one.limits, two.limits, strict=True)
    return all((row.per_week is None) == (now.per_week is None) for row, now in rows)


def _swapped(node: n.PlanNode, swaps: Swaps, names: frozenset[str]) -> n.PlanNode:
    if not names or names.isdisjoint(n.hangs_on(node)[2]):
        return node
    if isinstance(node, n.Expression | n.Asked):
        return replace(node, values=tuple((name, swaps.get((name, v), v)) for name, v in node.values))
    return n.mapped(node, lambda part: _swapped(part, swaps, names))
