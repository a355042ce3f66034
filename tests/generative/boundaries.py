"""The values at which decisions turn: equal to a limit and one to either side, the very day and its neighbours, none
left. Drawn at random they hardly ever come up together, and most faults of comparing show nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

from workbench.engine.setting import Setting
from workbench.facts import facts as fact_table
from workbench.guideline.model import LimitRow
from workbench.language.tree import Call, Fact, Literal, Node, walk

Near = Mapping[str, tuple[object, ...]]


def near(setting: Setting) -> dict[str, tuple[object, ...]]:
    """For each fact that a number or a day of this setting is held against, the values at which something turns."""
    library = setting.library
    found: dict[str, set[object]] = {}

    def add(fact: str, values: Iterable[object]) -> None:
        found.setdefault(fact, set()).update(values)

    nodes: list[Node | None] = []
    for guideline in (g for g in library.guidelines if not g.base):
        for overlay in (None, *library.overlays):
            rules = setting.rules(guideline, overlay)
            for row in rules.limits:
                _limit(add, row)
                nodes += [c.node for c in row.cells]
            for waiver in rules.waivers:
                add("requested_visits", _beside(waiver.visits))
                add("visits_used", (waiver.visits - 1, waiver.visits))
                if waiver.weeks is not None:
                    add("weeks_used", (waiver.weeks - 1, waiver.weeks))
            if (benefit := rules.benefit_limit) is not None:
                add("visits_used_this_year", [*_beside(benefit.visits), benefit.visits - 2])
            nodes += [n for c in rules.criteria for n in (c.applies, c.requires)]
            nodes += [rules.scope, *(e.when for e in rules.exemptions), *(w.when for w in rules.waivers)]
    for row in (r for p in library.programs for r in p.rows):
        if row.requests_from is not None:
            add("received_on", _days(row.requests_from))
        if row.review_from is not None:
            add("received_on", _days(row.review_from))
            add("requested_start", _days(row.review_from))
    for day in setting.cut_days:
        add("received_on", _days(day))
    for node in nodes:
        _compared(add, node)
    return {name: kept for name, values in sorted(found.items()) if (kept := _within(name, values))}


def _beside(n: int | Decimal) -> list[int | Decimal]:
    return [n - 1, n, n + 1]


def _days(day: date) -> list[date]:
    return [day + timedelta(days=n) for n in (-1, 0, 1) if date(1, 1, 1) < day < date(9999, 12, 31)]


def _limit(add, row: LimitRow) -> None:
    add("requested_visits", [1, *_beside(row.visits)])
    add("visits_used", [0, row.visits - 2, *_beside(row.visits)])
    add("requested_weeks", [1, *_beside(row.weeks)])
    add("weeks_used", [0, row.weeks - 2, *_beside(row.weeks)])
    if row.per_week is not None:
        for weeks in (1, row.weeks):
            add("requested_visits", _beside((row.per_week * weeks).to_integral_value(ROUND_FLOOR)))


def _compared(add, node: Node | None) -> None:
    """A fact that stands beside a number or a day in a comparison."""
    for call in (n for n in walk(node) if isinstance(n, Call)) if node is not None else ():
        facts = [a.name for a in call.args if isinstance(a, Fact)]
        for literal in (n for a in call.args for n in walk(a) if isinstance(n, Literal)):
            if isinstance(literal.value, date):
                values: list[object] = [*_days(literal.value)]
            elif isinstance(literal.value, Decimal) and not isinstance(literal.value, bool):
                step = Decimal("0.00000001")
                values = [*_beside(literal.value), literal.value - step, literal.value + step]
            else:
                continue
            for fact in facts:
                add(fact, values)


def _within(name: str, values: Iterable[object]) -> tuple[object, ...]:
    """Those that the fact can have, sorted."""
    fact = fact_table()[name]
    if fact.kind == "date":
        return tuple(sorted(v for v in values if isinstance(v, date)))
    if fact.kind not in ("integer", "decimal"):
        return ()
    numbers = {Decimal(v) for v in values if isinstance(v, int | Decimal) and fact.low <= v <= fact.high}
    return tuple(sorted(n for n in numbers if fact.kind == "decimal" or n == int(n)))
