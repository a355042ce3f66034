"""What must hold of every request, whatever a guideline says: each law one formula that no request may make true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from workbench.engine import decision as d
from workbench.engine.columns import Plan
from workbench.engine.nodes import AllOf, AnyOf, Column, Compare, Difference, Given, Least, Missing, Most, Not, PlanNode
from workbench.facts import DERIVED, facts
from workbench.review.proof.formulas import above, flags, implies, known, less_supported, number, says, worse

Law = Callable[[Plan], PlanNode]  # of a plan, what would break the law


def one_determination(_: Plan) -> PlanNode:
    """Every request gets exactly one of the six determinations; there is no denial among them."""
    six = [says(x) for x in d.DETERMINATIONS]
    two = (AllOf((a, b)) for i, a in enumerate(six) for b in six[i + 1 :])
    return AnyOf((Not(AnyOf(tuple(six))), Missing(Column("determination")), *two))


def within_the_ask(_: Plan) -> PlanNode:
    """What is approved is above 0 and at most what was asked for (that the benefit still covers); else it is 0."""
    visits, weeks = Column("granted_visits"), Column("granted_weeks")
    most = Difference(Given("requested_visits"), Column("benefit_excess_visits"))
    good = AllOf(
        (
            known(visits, weeks, most, Given("requested_weeks")),
            *(above(x, 0) for x in (visits, weeks)),
            Compare("<=", visits, most),
            Compare("<=", weeks, Given("requested_weeks")),
        )
    )
    nothing = AllOf(tuple(Compare("=", x, number(0)) for x in (visits, weeks)))
    free = AllOf((Missing(visits), Missing(weeks)))
    supported, open_ = says(d.APPROVED, d.IN_PART), says(d.NOT_REQUIRED)
    rest = implies(Not(AnyOf((supported, open_))), nothing)
    return Not(AllOf((implies(supported, good), implies(open_, free), rest)))


def within_the_limit(plan: Plan) -> PlanNode:
    """What is approved lies within what the limit row leaves, also of visits a week; an evaluation counts in no row."""
    visits, weeks = Column("granted_visits"), Column("granted_weeks")
    over = [
        Not(AllOf((Compare("<=", visits, Column("visits left")), Compare("<=", weeks, Column("weeks left"))))),
        above(visits, Column("visits supported")),
    ]
    return AllOf((says(d.APPROVED, d.IN_PART), Not(Column("evaluation")), AnyOf(tuple(over))))


def referred_in_part(_: Plan) -> PlanNode:
    """Of a request that is approved in part a clinician decides some visits or weeks; of an approved one none."""
    visits, weeks = Column("referred_visits"), Column("referred_weeks")
    some = AllOf(
        (
            *(Compare(">", Difference(x, number(-1)), number(0)) for x in (visits, weeks)),
            AnyOf((above(visits, 0), above(weeks, 0))),
        )
    )
    none = AllOf((Compare("=", visits, number(0)), Compare("=", weeks, number(0))))
    whole = says(d.APPROVED, d.NOT_REQUIRED, d.INFORMATION, d.ADMINISTRATIVE)
    return Not(AllOf((implies(says(d.IN_PART), some), implies(whole, none))))


def nothing_is_lost(_: Plan) -> PlanNode:
    """Where a clinician decides, what is granted or free and what is referred add up to what was asked for."""
    granted = Most((Column("granted_visits"), Column("waived_visits")))
    asked = Column("visits asked")
    weeks = Difference(Given("requested_weeks"), Column("granted_weeks"))
    adds_up = AllOf(
        (
            implies(Not(Missing(asked)), Compare("=", Column("referred_visits"), Difference(asked, granted))),
            implies(Not(Missing(Given("requested_weeks"))), Compare("=", Column("referred_weeks"), weeks)),
        )
    )
    return AllOf((says(d.IN_PART, d.CLINICIAN), Not(adds_up)))


def every_reason_is_given(plan: Plan) -> PlanNode:
    """Whatever is not approved has a reason, and what is approved has none."""
    reasons = AnyOf(tuple(flags(plan, "reasons").values()))
    approved = says(d.APPROVED)
    return AnyOf((AllOf((approved, reasons)), AllOf((Not(approved), Not(reasons)))))


def can_be_supplied(plan: Plan) -> PlanNode:
    """A request that waits for information names a fact that is missing and that somebody can look up: no derived
    one and none that is known only afterwards."""
    listed = flags(plan, "missing")
    able = {n: f for n, f in listed.items() if facts()[n].in_expressions and (n not in DERIVED or n == "condition")}
    asks = AnyOf(tuple(able.values()))
    wrong = [f for n, f in listed.items() if n not in able]
    wrong += [AllOf((f, Not(Missing(Given(n))))) for n, f in able.items()]
    return AnyOf((AllOf((says(d.INFORMATION), Not(asks))), *wrong))


LAWS: dict[str, Law] = {
    "one-determination": one_determination,
    "within-the-ask": within_the_ask,
    "within-the-limit": within_the_limit,
    "referred-in-part": referred_in_part,
    "nothing-is-lost": nothing_is_lost,
    "every-reason": every_reason_is_given,
    "can-be-supplied": can_be_supplied,
}


# ------------------------------------------------------------------------------------------------- of two requests


@dataclass(frozen=True)
class Better:
    """Two requests that differ in `own` facts alone; `better` says that the second asks for less or shows more, and
    `breaks` that it fares worse all the same. `plan` decides the second where it is another: then `limit` is the
    number of its limit rows that is."""

    about: str
    own: tuple[str, ...]
    better: PlanNode
    breaks: PlanNode
    plan: Plan | None = None
    limit: str = ""


Pairs = Callable[[Plan, frozenset[str]], Iterator[Better]]  # of a plan and the facts that it looks at

PROGRESS = {"improvement_mcid": 1, "improvement_since_last_mcid": 1, "goals_met_percent": 1,
            "remaining_deficit_percent": -1, "second_remaining_deficit_percent": -1}  # fmt: skip
DOCUMENTS = ("plan_of_care", "goals_measurable", "home_program")


def more_progress(_: Plan, looked_at: frozenset[str]) -> Iterator[Better]:
    """More progress never makes an outcome worse."""
    for fact, sign in PROGRESS.items():
        if fact in looked_at:
            less, more = Given(fact), Column(f"{fact}'")
            yield Better(fact, (fact,), above(more, less) if sign > 0 else above(less, more), worse())


def a_document(_: Plan, looked_at: frozenset[str]) -> Iterator[Better]:
    """A document that is supplied (its fact becomes true) never makes an outcome worse."""
    for fact in DOCUMENTS:
        if fact in looked_at:
            before = AnyOf((Missing(Given(fact)), Not(Given(fact))))
            yield Better(fact, (fact,), AllOf((before, Column(f"{fact}'"))), worse())


def less_asked(_: Plan, looked_at: frozenset[str]) -> Iterator[Better]:
    """Who asks for fewer visits, or fewer weeks, is never supported less far. (Where a row limits the visits a week,
    the same visits in fewer weeks are more a week: those are left out.)"""
    fewer = {x: above(Given(x), Column(f"{x}'")) for x in ("requested_visits", "requested_weeks")}
    yield Better("requested_visits", ("requested_visits",), fewer["requested_visits"], less_supported())
    rate_binds = Compare("<", Column("visits supported'"), Least((Column("visits asked'"), Column("visits left'"))))
    weeks = AllOf((fewer["requested_weeks"], AnyOf((Missing(rate_binds), Not(rate_binds)))))
    yield Better("requested_weeks", ("requested_weeks",), weeks, less_supported())


RAISED = {"visits": "visits left", "weeks": "weeks left", "per_week": "rate"}


def a_higher_limit(plan: Plan, _: frozenset[str]) -> Iterator[Better]:
    """A higher limit never makes an outcome worse."""
    for what, column in RAISED.items():
        if column in dict(plan.columns):
            lower = Given("_lower")  # the second request's limit is that much lower; below 0 it is higher
            columns = tuple((n, Difference(x, lower) if n == column else x) for n, x in plan.columns)
            higher = above(number(0), Column("_lower'"))
            yield Better(f"limit of {what}", ("_lower",), higher, worse(), replace(plan, columns=columns), what)


PAIRS: dict[str, Pairs] = {
    "more-progress": more_progress,
    "a-document": a_document,
    "less-asked": less_asked,
    "a-higher-limit": a_higher_limit,
}
