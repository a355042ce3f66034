"""Examples that only restate a row of the limits: generated, so that nobody has to write them, and counted apart. They
hold the engine and the order of the rows to the table; what the table should say, they can not tell, since they change
with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal
from itertools import product

from workbench.cases.values import of_mapping
from workbench.engine.decision import APPROVED, IN_PART
from workbench.engine.fact_values import exact
from workbench.engine.reference import decide
from workbench.engine.setting import Setting
from workbench.facts import facts
from workbench.guideline.model import Cell, Guideline, Library, LimitRow
from workbench.language.interpret import Facts, evaluate
from workbench.review.example_facts import facts_of_examples
from workbench.review.example_file import RESTATED, Example

# What a fact that a row leaves open is tried as, so that the rows above it do not catch the request.
_OPEN: Mapping[str, tuple[object, ...]] = {
    "complexity": ("moderate", "low", "high"),
    "post_surgical": (True, False),
    "weeks_since_surgery": (2, 20),
    "weeks_since_onset": (4, 60),
    "age_years": (30, 6, 15),
    "age_months": (4, 40),
}
_ASKED = {"visits_used": 0, "weeks_used": 0, "requested_visits": 1, "requested_weeks": 1}


def restated(chosen: Setting, guideline: Guideline, written: Iterable[Example]) -> tuple[Example, ...]:
    """Two examples for each row of the limits, made of a written request that is approved: one visit and one week more
    than the row has, and one visit more in a single week. A row that no such request can be made to take has none."""
    limits = chosen.rules(guideline, None).limits
    templates, known = _templates(written, chosen), _Known()
    return tuple(e for row in limits for e in _of_row(row, limits, templates, chosen, known))


class _Known:
    """How cells come out, each worked out once for a value of its fact: the rows of a table share most of them, and
    every request is held against all rows above."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, object], object] = {}

    def __call__(self, cell: Cell, facts: Facts) -> object:
        value = facts.get(cell.fact)
        key = (cell.fact, cell.text, value)
        if key not in self._found:
            self._found[key] = evaluate(cell.node, {cell.fact: value}, {}).value
        return self._found[key]


def _templates(written: Iterable[Example], chosen: Setting) -> list[Facts]:
    """Requests that come out approved, with their derived facts; one for each kind of care and procedures."""
    able = [e for e in written if e.expect.get("determination") in (APPROVED, IN_PART) and e.program is None]
    able = [e for e in able if "plan" not in e.request and "state" not in e.request]
    kinds: dict[tuple[object, ...], Example] = {}
    for e in able:
        kinds.setdefault(tuple(e.request.get(n) for n in ("intent", "review_type", "condition", "diagnosis")), e)
    return facts_of_examples(kinds.values(), chosen)


def _of_row(
    row: LimitRow, limits: tuple[LimitRow, ...], templates: list[Facts], chosen: Setting, known: _Known
) -> Iterator[Example]:
    taker = next(_takers(row, limits, templates, chosen, known), None)
    if taker is None:
        return
    rest = ((row.at[1], row.at[0]), chosen.library)
    most = f"{row.visits} visits in {row.weeks} weeks"
    asked = {**taker, "requested_visits": row.visits + 1, "requested_weeks": row.weeks + 1}
    dense = row.visits if row.per_week is None else int((row.per_week * row.weeks).to_integral_value(ROUND_FLOOR))
    yield from _example(f"{row.id} supports {most}", asked, min(row.visits, dense), row.weeks, *rest)
    a_week = None if row.per_week is None else int(row.per_week.to_integral_value(ROUND_FLOOR))
    if a_week is not None and 0 < a_week < row.visits:
        asked = {**taker, "requested_visits": a_week + 1}
        yield from _example(f"{row.id} supports {a_week} visits a week", asked, a_week, 1, *rest)


def _example(
    name: str, request: Mapping[str, object], visits: int, weeks: int, at: tuple[int, str], library: Library
) -> Iterator[Example]:
    given = {n: v for n, v in request.items() if v is not None and n not in ("request_id", "assumed")}
    facts_, misfits = of_mapping(given, facts(), library)
    if misfits:  # more than a request may ask for
        return
    expect = {
        "determination": IN_PART,
        "reasons": ("limit_exceeded",),
        "granted_visits": visits,
        "granted_weeks": weeks,
    }
    yield Example(name, facts_, expect, *at, kind=RESTATED, entry=name)


def _takers(
    row: LimitRow, limits: tuple[LimitRow, ...], templates: list[Facts], chosen: Setting, known: _Known
) -> Iterator[Facts]:
    """Requests that take the row, with nothing against them."""
    above = limits[: limits.index(row)]
    fixed = {c.fact: _values(c) for c in row.cells}
    open_ = {c.fact for r in above for c in r.cells} & set(_OPEN) - set(fixed)
    near = sorted(templates, key=lambda t: sum(t.get(n) not in v for n, v in fixed.items()))
    for template in near:
        if any(template.get(n) not in v for n, v in fixed.items() if n in ("intent", "review_type")):
            continue
        tried = {n: v for n, v in fixed.items()} | {n: (template.get(n), *_OPEN[n]) for n in sorted(open_)}
        for values in product(*tried.values()):
            named = {"diagnosis": None} if "condition" in fixed else {}
            tried_ = exact({**template, **dict(zip(tried, values, strict=True)), **named, **_ASKED})
            if not all(known(c, tried_) is True for c in row.cells):
                continue
            if any(all(known(c, tried_) is not False for c in r.cells) for r in above):
                continue
            if decide(tried_, chosen).decision.determination == APPROVED:
                yield tried_
            break


def _values(cell: Cell) -> tuple[object, ...]:
    """Values for which a cell holds: the word itself, true or false, or the ends of a range."""
    low, dots, high = cell.text.partition("..")
    if dots:
        return Decimal(low), Decimal(high)
    return ({"true": True, "false": False}.get(cell.text, cell.text),)
