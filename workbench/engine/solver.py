"""Looking for a request: one that makes formulas over the columns of a plan true, or the proof that there is none.

A formula is a node of a plan (engine/nodes.py), so that whoever asks needs no solver. A second request that shares all
facts with the first but some is read by the same columns, named with a `'`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import z3

from workbench.engine import decision as d
from workbench.engine import nodes as n
from workbench.engine.columns import VARIANT, Plan
from workbench.engine.fact_bounds import Bounds, texts
from workbench.engine.symbolic import Compiled, Few, Flags, Reading, codes_of, kind_of, texts_of
from workbench.facts import DECIMAL_PLACES, PROCEDURE_CODE, facts
from workbench.guideline.model import Library, Measure, Parameter
from workbench.language.terms import OTHER, Formula, Number, Symbols, Truth, Variable, both, either, opposite, scaled
from workbench.language.tree import Literal, Node, walk

FREE_CODE = "99199"  # stands for every procedure code that no rule names


@dataclass(frozen=True)
class Found:
    """A request (the facts that are there, exactly), the second one where two were looked for, and the parameters that
    were left free. `others` are the second request's own columns that are no facts."""

    facts: Mapping[str, object]
    second: Mapping[str, object]
    parameters: Mapping[str, Decimal]
    record: Mapping[str, object]  # the fields of the decision record that a plan gives
    second_record: Mapping[str, object]
    others: Mapping[str, int]


class Undecided(Exception):
    """The solver gave up within its time."""


class Search:
    """Requests that one plan decides."""

    def __init__(
        self,
        plan: Plan,
        library: Library,
        measures: Iterable[Measure],
        *,
        seconds: float,
        sensible: bool = True,
        free: Iterable[Parameter] = (),
        also: Sequence[Node | None] = (),
        beside: Sequence[Plan] = (),
    ):
        """`free` parameters take any value in their range; `also` are expressions that will be asked about beside those
        of the plan, and `beside` plans that will decide a second request."""
        self.plan, self.library = plan, library
        self.free = {p.id: p for p in free}
        every: list[Node | None] = [*also]
        texts_, codes = texts(library) | {o.plan for o in library.overlays}, set()
        for one in (plan, *beside):
            parts = (p for _, column in one.columns for p in n.walk(column))
            every += [p.node for p in parts if isinstance(p, n.Expression | n.Asked)]
            texts_ |= texts_of(one)
            codes |= codes_of(one)
        literals = (x.value for node in every if node is not None for x in walk(node) if isinstance(x, Literal))
        texts_ |= {text for text in literals if isinstance(text, str)}
        codes |= {text for text in texts_ if re.fullmatch(PROCEDURE_CODE, text)}
        self.symbols = Symbols(texts_, codes, free=self.free)
        self.reading = Reading(plan, self.symbols)
        self.bounds = Bounds(library, measures, sensible=sensible)
        self.solver = z3.Solver()
        self.solver.set("timeout", int(seconds * 1000))
        self.second: Reading | None = None
        self.pairs = 0

    def holds(self, node: n.PlanNode) -> Formula:
        return self.reading.holds(node)

    def assume(self, *nodes: n.PlanNode) -> None:
        """Requests are looked for among those of which this is true."""
        self.solver.add(*(self.holds(x) for x in nodes))

    def pair(self, own: Iterable[str], plan: Plan | None = None) -> None:
        """A second request that differs from the first in these facts alone, decided by the same or another plan; its
        columns and own facts are named with a `'`."""
        own, plan = tuple(own), plan or self.plan
        self.pairs += 1
        symbols = Symbols(mark="'" * self.pairs, shared=self.symbols, own=own)
        second = Reading(plan, symbols, self._untouched(own, plan))
        for name in own:
            self.reading.columns[f"{name}'"] = symbols.fact(name, kind_of(name))
        self.reading.columns.update({f"{name}'": found for name, found in second.columns.items()})
        self.symbols.other = symbols
        self.reading.kept.clear()  # what was asked of an earlier pair
        two = {k for k, (node, _) in self.symbols.kept.items() if any("." in name for name in node._facts)}
        self.symbols.kept = {k: v for k, v in self.symbols.kept.items() if k not in two}
        self.second = second

    def _untouched(self, own: Iterable[str], plan: Plan) -> dict[str, Compiled]:
        """The columns that say the same of both requests."""
        own, first = set(own), dict(self.plan.columns)
        touched: set[str] = set()
        for name, node in plan.columns:
            columns, given, _ = n.hangs_on(node)
            if own & set(given) or touched & set(columns) or node != first.get(name):
                touched.add(name)
        return {name: found for name, found in self.reading.columns.items() if name in first and name not in touched}

    def _told(self) -> None:
        for symbols in (self.symbols, *([self.second.symbols] if self.second else [])):
            self.solver.add(*self.bounds.new(symbols))
        for name, (variable, places) in self.symbols.parameters.items():
            p = self.free[name]
            self.solver.add(variable >= scaled(p.low, places), variable <= scaled(p.high, places))

    def find(self, *nodes: n.PlanNode, first: n.PlanNode | None = None) -> Found | None:
        """A request of which all of these are true, as small as can be, and `first` too where there is such a one; None
        where there is none at all. Raises Undecided."""
        formulas = [self.holds(x) for x in nodes]
        self._told()
        self.solver.push()
        try:
            self.solver.add(*formulas)
            model = self._check()
            if model is None:
                return None
            if first is not None:
                model = self._wish(self.holds(first), model)
            return self._found(self._smaller(model))
        finally:
            self.solver.pop()

    def reach(self, nodes: Mapping[str, n.PlanNode]) -> dict[str, bool]:
        """For each of these formulas whether there is a request of which it is true; one request often answers for
        several. Raises Undecided."""
        marks = {name: z3.Bool(f"reach {name}") for name in nodes}
        formulas = {name: self.holds(node) for name, node in nodes.items()}
        self._told()
        left = dict(marks)
        self.solver.push()
        try:
            # A name for each: looking one up in a model is quick, working a formula out again is not.
            self.solver.add(*(marks[name] == f for name, f in formulas.items()))
            while left:
                self.solver.add(either(*left.values()))
                model = self._check()
                if model is None:
                    break
                left = {name: mark for name, mark in left.items() if not z3.is_true(model[mark])}
        finally:
            self.solver.pop()
        return {name: name not in left for name in nodes}

    def every(
        self, groups: Sequence[Mapping[str, n.PlanNode]], *given: n.PlanNode, most: int
    ) -> tuple[list[tuple[str, ...]], bool]:
        """All combinations that requests reach of which `given` are true: of each group the name of one formula, and
        whether these are all. Of a group exactly one formula is true of a request; at most `most` are told. Raises
        Undecided."""
        marks = [{name: z3.Bool(f"every {i} {name}") for name in group} for i, group in enumerate(groups)]
        formulas = [self.holds(x) for x in given]
        for mark, group in zip(marks, groups, strict=True):
            formulas += [mark[name] == self.holds(node) for name, node in group.items()]
        self._told()
        out: list[tuple[str, ...]] = []
        self.solver.push()
        try:
            self.solver.add(*formulas)
            while (model := self._check()) is not None:
                if len(out) == most:
                    return out, False
                true = tuple(next(n for n, m in mark.items() if z3.is_true(model[m])) for mark in marks)
                out.append(true)
                here = (mark[name] for mark, name in zip(marks, true, strict=True))
                self.solver.add(opposite(both(*here)))
        finally:
            self.solver.pop()
        return out, True

    def _check(self, *assumed: Formula) -> Any:
        said = self.solver.check(*assumed)
        if said == z3.unknown:
            raise Undecided(self.solver.reason_unknown())
        return self.solver.model() if said == z3.sat else None

    # ------------------------------------------------------------------------------------------ the smallest request

    def _smaller(self, model: Any) -> Any:
        """The same request with as few facts, and as plain ones, as still make the formulas true; free parameters keep
        their value where they can."""
        for name, (variable, places) in self.symbols.parameters.items():
            model = self._wish(variable == scaled(self.free[name].value, places), model)
        for symbols in (self.symbols, *([self.second.symbols] if self.second else [])):
            for name in sorted(symbols.variables, key=_rank):
                model = self._plainer(symbols, name, symbols.variables[name], model)
        return model

    def _wish(self, wish: Formula, model: Any) -> Any:
        """A model in which the wish is true, and that stays so; the same one where there is none."""
        if self.solver.check(wish) != z3.sat:
            return model
        found = self.solver.model()
        self.solver.add(wish)
        return found

    def _plainer(self, symbols: Symbols, name: str, made: Variable, model: Any) -> Any:
        for wish in self._wishes(symbols, name, made):
            better = self._wish(wish, model)
            if better is not model:
                return better
        if z3.is_true(model.eval(made.missing, model_completion=True)):
            self.solver.add(made.missing)
            return model
        self.solver.add(opposite(made.missing))
        for part in made.codes.values() or [made.value]:
            self.solver.add(part == model.eval(part, model_completion=True))
        return model

    def _wishes(self, symbols: Symbols, name: str, made: Variable) -> list[Formula]:
        if name in (VARIANT, "_requests_from"):
            return [made.missing] if name != VARIANT else []
        here = opposite(made.missing)
        wishes = [made.missing]
        if made.kind == "code list":
            return [*wishes, both(here, opposite(made.codes[OTHER]))]
        for value in PLAIN.get(name, (Decimal(0), Decimal(1)) if made.kind == "integer" else ()):
            if not isinstance(value, str) or value in symbols.code_of:
                wishes.append(both(here, made.value == symbols.value(made.kind, value)))
        if name in ASKED:  # a plain request says these
            wishes = [*wishes[1:], wishes[0]]
        return wishes

    # ---------------------------------------------------------------------------------------------- what was found

    def _found(self, model: Any) -> Found:
        first = _facts(self.symbols, model)
        second = dict(first)
        if self.second is not None:
            for name in self.second.symbols.variables:
                second.pop(name, None)
            second |= _facts(self.second.symbols, model)
        parameters = {
            name: Decimal(model.eval(v, model_completion=True).as_long()).scaleb(-places)
            for name, (v, places) in self.symbols.parameters.items()
        }
        record = _record(self.reading.columns, model, first)
        other = {} if self.second is None else _record(self.second.columns, model, second)
        return Found(first, second if self.second else {}, parameters, record, other, self._others(model))

    def _others(self, model: Any) -> dict[str, int]:
        made = {} if self.second is None else self.second.symbols.variables
        return {
            name: model.eval(v.value, model_completion=True).as_long()
            for name, v in made.items()
            if name not in facts()
        }


# What a plain request is; facts not named here are left out where they can be.
PLAIN: dict[str, tuple[object, ...]] = {
    "intent": ("rehabilitative",),
    "review_type": ("initial", "continuing"),
    "requested_visits": (Decimal(6), Decimal(1)),
    "requested_weeks": (Decimal(4), Decimal(1)),
    "visits_used": (Decimal(0),),
    "weeks_used": (Decimal(0),),
    "visits_used_this_year": (Decimal(0),),
    "age_years": (Decimal(40), Decimal(4)),
    "plan_of_care": (True,),
    "goals_measurable": (True,),
    "improvement_expected": (True,),
    "skilled_care": (True,),
    "home_program": (True,),
    "member_eligible": (True,),
    "provider_valid": (True,),
    "in_network": (True,),
    "evaluation_only": (False,),
    "duplicate_therapy": (False,),
    "received_on": (date(2026, 1, 1),),
    "goals_met_percent": (Decimal(100), Decimal(0)),
    "attendance_percent": (Decimal(100), Decimal(0)),
    "improvement_mcid": (Decimal(1), Decimal(0)),
    **{
        f"{n}score_{when}": (Decimal(40), Decimal(20))
        for n in ("", "second_")
        for when in ("baseline", "current", "previous")
    },
}
ASKED = ("discipline", "intent", "review_type", "requested_visits", "requested_weeks", "visits_used", "weeks_used")


def _rank(name: str) -> tuple[bool, str]:
    return name in ASKED, name


def _facts(symbols: Symbols, model: Any) -> dict[str, object]:
    """The facts that are there in a model, as the language has them."""
    out: dict[str, object] = {}
    for name, made in symbols.variables.items():
        if name not in facts() or z3.is_true(model.eval(made.missing, model_completion=True)):
            continue
        if made.kind == "code list":
            has = [c for c, v in made.codes.items() if z3.is_true(model.eval(v, model_completion=True))]
            out[name] = tuple(FREE_CODE if c == OTHER else c for c in has)
            continue
        value = model.eval(made.value, model_completion=True)
        if made.kind == "boolean":
            out[name] = z3.is_true(value)
        elif made.kind == "choice":
            out[name] = symbols.texts[value.as_long()]
        elif made.kind == "text":
            number = value.as_long()
            out[name] = symbols.texts[(number - 1) // 2] if number % 2 else f"another {number // 2}"
        elif made.kind == "date":
            out[name] = date.fromordinal(value.as_long())
        else:
            out[name] = Decimal(value.as_long()).scaleb(-DECIMAL_PLACES if made.kind == "decimal" else 0)
    return out


RECORDED = (
    "determination", "granted_visits", "granted_weeks", "referred_visits", "referred_weeks", "waived_visits",
    "benefit_excess_visits", "reasons", "missing", "undefined", "urgent",
)  # fmt: skip


def _record(columns: Mapping[str, object], model: Any, given: Mapping[str, object]) -> dict[str, object]:
    def true(formula: Formula) -> bool:
        return bool(z3.is_true(model.eval(formula, model_completion=True)))

    out: dict[str, object] = {}
    for name in RECORDED:
        found = columns.get(name)
        if isinstance(found, Flags):
            out[name] = tuple(i for i, f in found.ids if true(f))
        elif isinstance(found, Truth):
            out[name] = true(found.yes)
        elif isinstance(found, Number | Few):
            number = found.number() if isinstance(found, Few) else found
            value = None if true(number.unknown) else model.eval(number.value, model_completion=True).as_long()
            out[name] = d.DETERMINATIONS[value] if name == "determination" and value is not None else value
    return out
