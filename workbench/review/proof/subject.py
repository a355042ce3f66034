"""What is asked about: one guideline version, alone and under the overlays of plans, and a request found, run again on
the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from workbench.cases.request import read_request
from workbench.engine.columns import VARIANT, Plan, by_variant, needed, value
from workbench.engine.nodes import AllOf, Compare, Expression, Given, Holds, Not, PlanNode
from workbench.engine.plan import plans
from workbench.engine.reference import Traced, decide
from workbench.engine.setting import Setting, setting
from workbench.engine.solver import RECORDED, Found, Search
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import facts
from workbench.guideline.declared import Excepted, Property
from workbench.guideline.model import Draft, Guideline, Library, Measure, Overlay, Parameter, Rules
from workbench.guideline.versions import default_day, lineage, overlay_on, period
from workbench.language.interpret import evaluate
from workbench.language.names import names
from workbench.language.syntax import parse
from workbench.language.tree import Node
from workbench.review.proof.formulas import alike, number
from workbench.study.replay import facts_of, prepare

SECONDS = 10.0  # the solver's time for one formula


@dataclass(frozen=True)
class Witness:
    """A request that shows something, with what the reference decides of it. `second` is the same request with other
    facts; `parameters` are those that had to be moved; `confirmed` says that the reference decides as was found."""

    facts: Mapping[str, object]
    second: Mapping[str, object]
    parameters: Mapping[str, Decimal]
    traced: Traced
    second_traced: Traced | None
    confirmed: bool


@dataclass(frozen=True)
class Variant:
    """The rules under one overlay, or under none."""

    rules: Rules
    overlay: Overlay | None

    @property
    def plan(self) -> str:
        """The health plan; "" for requests that no overlay applies to."""
        return self.overlay.plan if self.overlay else ""


class Subject:
    """One guideline version under some overlays, as it decides on a day of its own."""

    def __init__(
        self,
        library: Library,
        guideline: Guideline,
        *,
        plan: str | None = None,
        draft: Draft | None = None,
        seconds: float = SECONDS,
    ):
        """`plan` None: alone and under every overlay; "" alone; else under that plan's overlay. Raises ProblemsFound
        for a plan that has no overlay on the day."""
        self.library, self.guideline, self.seconds = library, guideline, seconds
        start, end = period(guideline, library)
        day = default_day(library)
        self.day = day if start <= day < end else start
        self.setting = setting(library, as_of=self.day, pins={guideline.id: guideline.version}, draft=draft)
        known = sorted({o.plan for o in library.overlays})
        overlays = {p: o for p in known if (o := overlay_on(library, p, self.day)) is not None}
        if plan and plan not in overlays:
            text = f"the plan {plan} has no overlay on {self.day}"
            raise ProblemsFound([Problem("unknown-plan", text, hint=nearest(plan, known))])
        self.overlays = tuple(overlays.values())
        chosen: list[Overlay | None] = [None, *self.overlays] if plan is None else [overlays[plan] if plan else None]
        self._one: dict[str, Search] = {}
        self._whole: list[tuple[Plan, bool, Search]] = []
        self.variants = tuple(Variant(self.setting.rules(guideline, o), o) for o in chosen)

    @property
    def name(self) -> str:
        return self.guideline.name

    def under(self, overlay: Overlay | None) -> Rules:
        """The rules under an overlay, or under none."""
        return self.setting.rules(self.guideline, overlay)

    @cached_property
    def exceptions(self) -> tuple[Excepted, ...]:
        """Those of the guideline and of what it extends."""
        return tuple(e for g in lineage(self.library, self.guideline) for e in g.exceptions)

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """Those of the guideline and of what it extends; the same id takes the place of the base's."""
        bases = reversed(lineage(self.library, self.guideline))
        return tuple({p.id: p for g in bases for p in g.properties}.values())

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        table = self.library.tables(self.guideline).measures
        return tuple(self.library.measure_tables.get(table, {}).values())

    @cached_property
    def groups(self) -> list[tuple[Plan, tuple[Variant, ...]]]:
        """As few plans as serve all variants."""
        found = plans([v.rules for v in self.variants], named=False)
        return [(plan, tuple(self.variants[i] for i in places)) for plan, places in found]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters of all variants, each once, with the widest range."""
        found: dict[str, Parameter] = {}
        for p in (p for v in self.variants for p in v.rules.parameters):
            have = found.get(p.id, p)
            found[p.id] = replace(have, low=min(have.low, p.low), high=max(have.high, p.high))
        return tuple(found.values())

    def whole(self, plan: Plan, variants: Sequence[Variant], *, sensible: bool = True) -> Search:
        """The search over all columns of a plan and under every value of every parameter, made once."""
        for known, how, search in self._whole:
            if known is plan and how == sensible:
                return search
        also = [p.when for p in self.properties]
        found = self.search(plan, variants, sensible=sensible, free=self.parameters, also=also)
        self._whole.append((plan, sensible, found))
        return self._whole[-1][2]

    def one(self, variant: Variant) -> Search:
        """The search over all columns of one variant's plan, its parameters as they are, made once."""
        if variant.plan not in self._one:
            every = [self.setting.rules(g, variant.overlay).scope for g in self.setting.guidelines(self.day)]
            self._one[variant.plan] = self.search(self.alone(variant), (variant,), also=every)
        return self._one[variant.plan]

    def alone(self, variant: Variant) -> Plan:
        """The plan of one variant."""
        return plans([variant.rules], named=False)[0][0]

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that a diagnosis of the guideline's disciplines can come to."""
        table = self.library.condition_tables.get(self.library.tables(self.guideline).conditions, ())
        scope = self.guideline.scope
        fits = {c for c in facts()["discipline"].choices if evaluate(scope, {"discipline": c}, {}).value is not False}
        return tuple(sorted({row.condition for row in table if fits & set(row.disciplines)}))

    def search(
        self,
        plan: Plan,
        variants: Sequence[Variant],
        *,
        only: Iterable[str] = (),
        sensible: bool = True,
        free: Iterable[Parameter] = (),
        also: Sequence[Node | None] = (),
        beside: Sequence[Plan] = (),
    ) -> Search:
        """Requests in scope of these variants of a plan, `only` with what these columns hang on."""
        plan = needed(plan, only) if only else plan
        covers = [(v, self._covers(v, variants)) for v in variants]
        extra = [*also, *(v.rules.scope for v in variants), *(c.node for _, c in covers if isinstance(c, Expression))]
        found = Search(
            plan,
            self.library,
            self.measures,
            seconds=self.seconds,
            sensible=sensible,
            free=free,
            also=extra,
            beside=beside,
        )
        found.assume(by_variant([value(v.rules, v.rules.scope) for v in variants]))
        if len(variants) > 1:
            found.assume(*(alike(self.of(i), c) for i, (_, c) in enumerate(covers, start=1)))
        else:
            found.assume(covers[0][1])
        return found

    def of(self, place: int) -> PlanNode:
        """That the variant at this place, from 1, decides."""
        return Compare("=", Given(VARIANT), number(place))

    def _covers(self, variant: Variant, variants: Sequence[Variant]) -> PlanNode:
        """That a request is one of this variant: of the plan and a line of business of its overlay, or of none."""
        if variant.overlay is not None:
            return Holds(_applies(variant.overlay))
        return AllOf(tuple(Not(Holds(_applies(o))) for o in self.overlays))

    def witness(self, found: Found, variant: Variant, second_rules: Rules | None = None) -> Witness:
        """A request that was found, decided by the reference. `second_rules` decide the second request, where they are
        others."""
        moved = {p.id: v for p in variant.rules.parameters if (v := found.parameters.get(p.id, p.value)) != p.value}
        first = self._decided(found.facts, _moved(variant.rules, moved), variant)
        same = _agrees(first, found.record)
        second = None
        if found.second_record:
            second = self._decided(found.second, _moved(second_rules or variant.rules, moved), variant)
            same = same and _agrees(second, found.second_record)
        return Witness(found.facts, found.second if found.second != found.facts else {}, moved, first, second, same)

    def _decided(self, facts: Mapping[str, object], rules: Rules, variant: Variant) -> Traced:
        chosen: Setting = self.setting.ruled_by(
            {(self.guideline.name, variant.overlay.name if variant.overlay else ""): rules}
        )
        frame = prepare(read_request(dict(facts), self.library), chosen).frame
        return decide(facts_of(frame.row(0, named=True)), chosen)

    def variant_of(self, facts: Mapping[str, object]) -> Variant:
        """The variant that decides a request."""
        for v in self.variants:
            if (
                v.overlay
                and facts.get("plan") == v.plan
                and facts.get("line_of_business") in v.overlay.lines_of_business
            ):
                return v
        return next((v for v in self.variants if v.overlay is None), self.variants[0])


def _applies(overlay: Overlay) -> Expression:
    lines = ", ".join(f"'{x}'" for x in overlay.lines_of_business)
    node = parse(f"plan = '{overlay.plan}' and line_of_business in {{ {lines} }}", names({})).node
    assert node is not None
    return Expression(node)


def _moved(rules: Rules, values: Mapping[str, Decimal]) -> Rules:
    parameters = tuple(replace(p, value=values.get(p.id, p.value)) for p in rules.parameters)
    return replace(rules, parameters=parameters) if values else rules


def _agrees(traced: Traced, record: Mapping[str, object]) -> bool:
    return all(getattr(traced.decision, name) == record[name] for name in RECORDED if name in record)
