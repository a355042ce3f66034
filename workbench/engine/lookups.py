"""Columns of a plan that are looked up: the numbers of the row found, and the names of what decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.engine.columns import FREE, VARIANT, by_variant
from workbench.engine.nodes import AllOf, Among, Column, Constant, Given, Not, PlanNode, Table, When
from workbench.guideline.model import Rules

RATE = 10**8  # a rate is held in hundred-millionths


def limit_number(variants: Sequence[Rules], amount: str) -> PlanNode:
    """A number of the row found: `visits`, `weeks`, or `per_week` in hundred-millionths."""
    times = RATE if amount == "per_week" else 1
    found = [[getattr(row, amount) for row in rules.limits] for rules in variants]
    return by_variant([Table(tuple(n if n is None else int(n * times) for n in of), Column("row")) for of in found])


def stops(row: PlanNode, cell: str, rules: Rules) -> PlanNode:
    """Whether the row found is one that stopped and has a cell of this fact."""
    at = [-i for i, x in enumerate(rules.limits, start=1) if any(c.fact == cell for c in x.cells)]
    return Among(row, tuple(at)) if at else Constant(False, "truth")


def told(variants: Sequence[Rules], named: bool) -> list[tuple[str, PlanNode]]:
    """The columns that name what decides: nothing where the program frees and no rule has anything to say."""
    quiet = AllOf((Given(FREE), Not(Column("urgent"))))
    out: list[tuple[str, PlanNode]] = []
    names: dict[str, Callable[[Rules], str | None]] = {
        "guideline": lambda r: r.guideline,
        "version": lambda r: r.version,
        "guideline_digest": lambda r: r.guideline_digest,
        "overlay": lambda r: f"{r.plan}/{r.overlay_version}" if r.plan else None,
        "overlay_digest": lambda r: r.overlay_digest or None,
    }
    for name, of in names.items():
        values = tuple(of(r) for r in variants)
        one = Constant(values[0], "text")
        node: PlanNode = one if len(set(values)) == 1 else Table(values, Given(VARIANT))
        out.append((name, When(((quiet, Constant(None, "text")),), node) if named else node))
    return out
