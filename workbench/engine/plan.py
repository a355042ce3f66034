"""The six steps of given rules as named columns: what every reading but the reference runs.

One plan serves all overlays of a guideline whose ids can stand in one order: what they share is one column, and what
they do not is chosen by `_variant`, the number (from 1) of the rules that decide a request. A plan knows no engine, and
the reference never sees one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from workbench.engine import decision as d
from workbench.engine.columns import FREE, Plan, by_variant, criterion, exemption, fit, in_one_order, value, waiver
from workbench.engine.lookups import limit_number, stops, told
from workbench.engine.nodes import (
    AllOf,
    Among,
    AnyOf,
    Asked,
    Column,
    Compare,
    Constant,
    Difference,
    Every,
    Expression,
    FirstMatch,
    Given,
    Holds,
    Ids,
    Least,
    Listed,
    Missing,
    Most,
    Not,
    PlanNode,
    Share,
    When,
)
from workbench.facts import inputs
from workbench.guideline.model import Criterion, Exemption, Rules, Waiver
from workbench.language.tree import Fact, Node, asked_names, may_be_undefined, parameter_names, walk

MET, UNMET, UNKNOWN, UNDEFINED = 0, 1, 2, 3  # how a criterion comes out
NO_LIMIT, LIMIT_UNKNOWN, LIMIT_REACHED, SUPPORTED, LIMIT_EXCEEDED = range(5)  # how step 5 comes out
OUTCOMES = {
    NO_LIMIT: "no_limit",
    LIMIT_UNKNOWN: "limit_unknown",
    LIMIT_REACHED: "limit_reached",
    LIMIT_EXCEEDED: "limit_exceeded",
}
Item = TypeVar("Item", Exemption, Waiver, Criterion)


def plans(rules: Sequence[Rules], *, named: bool) -> list[tuple[Plan, tuple[int, ...]]]:
    """As few plans as serve all these rules of one guideline, each with the places of those that it serves. `named`: a
    program is named."""
    groups: list[list[int]] = []
    for i, one in enumerate(rules):
        for group in groups:
            if fit([*(rules[j] for j in group), one]):
                group.append(i)
                break
        else:
            groups.append([i])
    return [(_Builder(tuple(rules[i] for i in g), named).plan(), tuple(g)) for g in groups]


def _truth(value: bool) -> Constant:
    return Constant(value, "truth")


def _whole(value: int) -> Constant:
    return Constant(value, "whole")


def _is(of: PlanNode, value: int) -> PlanNode:
    return Among(of, (value,))


class _Builder:
    """Adds column after column, step by step."""

    def __init__(self, variants: tuple[Rules, ...], named: bool):
        self.variants, self.named = variants, named
        self.columns: list[tuple[str, PlanNode]] = []
        self.lacks: dict[str, Column] = {}
        self.visits, self.weeks, self.used, self.weeks_used = (Given(n) for n in d.LIMIT_FACTS)
        self.exemptions = in_one_order([x.id for x in r.exemptions] for r in variants)
        self.waivers = in_one_order([x.id for x in r.waivers] for r in variants)
        self.criteria = in_one_order([c.id for c in self.criteria_of(r)] for r in variants)

    def add(self, name: str, node: PlanNode) -> Column:
        self.columns.append((name, node))
        return Column(name)

    def each(self, make: Callable[[Rules], PlanNode]) -> PlanNode:
        """What each variant has there: one node where all say the same, else chosen by the variant."""
        return by_variant([make(rules) for rules in self.variants])

    def asks(self, rules: Rules, node: Node, fact: str | None) -> PlanNode:
        return Asked(node, tuple((n, rules.values[n]) for n in parameter_names(node)), fact)

    def criteria_of(self, rules: Rules) -> list[Criterion]:
        benefit = d.benefit_criterion(rules)
        return [*([benefit] if benefit else []), *rules.criteria]

    def plan(self) -> Plan:
        asked = self.ask()
        free = self.exempt(asked)
        states = self.decide_criteria()
        row = self.find_row()
        outcome, visits, weeks = self.limit(row, asked)
        self.determine(free, states, outcome, row)
        self.grant(asked, visits, weeks)
        self.tell()
        first = self.variants[0]
        names = tuple(f"{r.plan}/{r.overlay_version}" if r.plan else "" for r in self.variants)
        ids = map(tuple, ([r.id for r in first.limits], self.criteria, self.exemptions, self.waivers))
        return Plan(f"{first.guideline}/{first.version}", names, tuple(self.columns), *ids)

    # visits asked, cut to what the benefit still covers

    def ask(self) -> Column:
        def left(rules: Rules) -> PlanNode:
            limit = rules.benefit_limit
            return Constant(None, "whole") if limit is None else value(rules, d.benefit_left(limit.visits))

        def cut(rules: Rules) -> PlanNode:
            benefit = d.benefit_criterion(rules)
            if benefit is None:
                return _truth(False)
            above = Compare(">", Column("benefit left"), _whole(0))
            smaller = Compare("<", Column("benefit left"), self.visits)
            return Holds(AllOf((value(rules, benefit.applies), above, smaller)))

        rest = self.add("benefit left", self.each(left))
        cuts = self.add("benefit cuts", self.each(cut))
        asked = self.add("visits asked", When(((cuts, rest),), self.visits))
        excess = When(((cuts, Difference(self.visits, rest)),), _whole(0))
        self.add("benefit_excess_visits", self.unless_free(_whole(0), excess))
        return asked

    def unless_free(self, free: PlanNode, node: PlanNode) -> PlanNode:
        """What stands of a request that the program frees before anything else is looked at, else the node."""
        return When(((Given(FREE), free),), node) if self.named else node

    # 3. exemptions and waivers

    def exempt(self, asked: Column) -> Column:
        def when(id_: str, rules: Rules) -> PlanNode:
            mine = next((e for e in rules.exemptions if e.id == id_), None)
            return _truth(False) if mine is None else Holds(value(rules, mine.when))

        def frees(id_: str, rules: Rules) -> PlanNode:
            mine = next((w for w in rules.waivers if w.id == id_), None)
            if mine is None:
                return _whole(0)
            conditions: list[PlanNode] = [value(rules, mine.when), Not(Missing(asked)), Not(Missing(self.used))]
            if mine.weeks is not None:
                conditions.append(Compare("<", self.weeks_used, _whole(mine.weeks)))
            left = Most((Difference(_whole(mine.visits), self.used), _whole(0)))
            return When(((Holds(AllOf(tuple(conditions))), Least((asked, left))),), _whole(0))

        exempt = [self.add(exemption(i), self.each(partial(when, i))) for i in self.exemptions]
        freed = [self.add(waiver(i), self.each(partial(frees, i))) for i in self.waivers]
        waived = self.add("waived_visits", self.unless_free(_whole(0), Most((*freed, _whole(0)))))
        every = self.add("all waived", Holds(AllOf((Compare(">", waived, _whole(0)), Compare("=", waived, asked)))))
        best = (
            When(tuple((Compare("=", w, waived), _whole(i)) for i, w in enumerate(freed)), _whole(-1))
            if freed
            else None
        )
        self.best = self.add("waiver", best or _whole(-1))
        return self.add("free", AnyOf((*((Given(FREE),) if self.named else ()), *exempt, every)))

    # 4. criteria

    def decide_criteria(self) -> dict[str, Column]:
        first, received, codes = Given("_requests_from"), Given("received_on"), Given("procedures")
        early = (
            (Missing(first), _whole(MET)),
            (Missing(received), _whole(UNKNOWN)),
            (Compare("<", received, first), _whole(UNMET)),
        )
        states = {"too_early": self.add(criterion("too_early"), When(early, _whole(MET)))}

        def excluded(rules: Rules) -> PlanNode:
            out = rules.excluded_procedures
            if not out:
                return _whole(MET)
            return When(((Missing(codes), _whole(UNKNOWN)), (Every(codes, out), _whole(UNMET))), _whole(MET))

        states["excluded_procedure"] = self.add(criterion("excluded_procedure"), self.each(excluded))
        self.add("not covered", self.each(lambda r: Listed(codes, r.excluded_procedures)))
        for id_ in self.criteria:
            met = self.add(f"met {id_}", self.each(partial(self.met, id_)))
            unknown = self.each(partial(self.unknown, id_))
            state = When(((Missing(met), unknown), (met, _whole(MET))), _whole(UNMET))
            states[id_] = self.add(criterion(id_), state)
        return states

    def criterion(self, rules: Rules, id_: str) -> Criterion | None:
        return next((c for c in self.criteria_of(rules) if c.id == id_), None)

    def parts(self, rules: Rules, id_: str) -> list[Node]:
        mine = self.criterion(rules, id_)
        return [n for n in (mine.applies, mine.requires) if n is not None] if mine else []

    def met(self, id_: str, rules: Rules) -> PlanNode:
        mine = self.criterion(rules, id_)
        if mine is None:
            return _truth(True)
        requires = value(rules, mine.requires)
        return requires if mine.applies is None else AnyOf((Not(value(rules, mine.applies)), requires))

    def unknown(self, id_: str, rules: Rules) -> PlanNode:
        """Unknown where it asks for something; where nothing is missing it is undefined."""
        nodes = self.parts(rules, id_)
        if not any(may_be_undefined(n) for n in nodes):
            return _whole(UNKNOWN)
        asks = AnyOf(tuple(self.asks(rules, n, None) for n in nodes))
        return When(((asks, _whole(UNKNOWN)),), _whole(UNDEFINED))

    # 5. limits

    def find_row(self) -> Column:
        def found(rules: Rules) -> PlanNode:
            return FirstMatch(tuple(AllOf(tuple(value(rules, c.node) for c in row.cells)) for row in rules.limits))

        return self.add("row", self.each(found))

    def alone(self, rules: Rules, row: Column) -> PlanNode:
        """Whether the row found, be it matched or stopped at, counts the request alone."""
        rows = [i for i, r in enumerate(rules.limits, start=1) if r.counts == "request"]
        return Among(row, tuple(n for i in rows for n in (i, -i))) if rows else _truth(False)

    def limit(self, row: Column, asked: Column) -> tuple[Column, Column, Column]:
        one = (Given("evaluation_only"), Compare("=", asked, _whole(1)), Not(Missing(self.weeks)))
        evaluation = self.add("evaluation", Holds(AllOf(one)))  # no row counts it
        alone = self.add("counts request", AnyOf((evaluation, self.each(lambda r: self.alone(r, row)))))
        used, weeks_used = (When(((alone, _whole(0)),), n) for n in (self.used, self.weeks_used))
        left = self.add("visits left", Difference(limit_number(self.variants, "visits"), used))
        weeks_left = self.add("weeks left", Difference(limit_number(self.variants, "weeks"), weeks_used))
        self.lacks = {
            n: self.add(
                f"lacks {n}", AllOf((Missing(Given(n)), Not(alone))) if n in d.HISTORY_FACTS else Missing(Given(n))
            )
            for n in d.LIMIT_FACTS
        }
        weeks = self.add("weeks supported", When(((evaluation, self.weeks),), Least((self.weeks, weeks_left))))
        visits: PlanNode = Least((asked, left))
        if any(x.per_week is not None for r in self.variants for x in r.limits):
            rate = self.add("rate", limit_number(self.variants, "per_week"))
            visits = When(((Missing(rate), visits),), Least((asked, left, Share(rate, weeks))))
        visits = self.add("visits supported", When(((evaluation, asked),), visits))
        reached = AnyOf((Compare("<=", left, _whole(0)), Compare("<=", weeks_left, _whole(0))))
        all_of_it = AllOf((Compare("=", visits, asked), Compare("=", weeks, self.weeks)))
        cases = (
            (evaluation, _whole(SUPPORTED)),
            (_is(row, 0), _whole(NO_LIMIT)),
            (Compare("<", row, _whole(0)), _whole(LIMIT_UNKNOWN)),
            (reached, _whole(LIMIT_REACHED)),
            (AnyOf(tuple(self.lacks.values())), _whole(LIMIT_UNKNOWN)),
            (Compare("<=", visits, _whole(0)), _whole(LIMIT_REACHED)),
            (all_of_it, _whole(SUPPORTED)),
        )
        return self.add("outcome", When(cases, _whole(LIMIT_EXCEEDED))), visits, weeks

    # 6. the determination

    def determine(self, free: Column, states: dict[str, Column], outcome: Column, row: Column) -> None:
        kinds = {c.id: c.unmet for r in self.variants for c in self.criteria_of(r)}
        administrative = {i for i in states if kinds.get(i, d.ADMINISTRATIVE) == d.ADMINISTRATIVE}
        unmet = {i: Among(s, (UNMET, UNDEFINED)) for i, s in states.items()}
        unknown = {i: _is(s, UNKNOWN) for i, s in states.items()}
        # What is urgent never goes back to the provider for a late paper, and is told where no review is required too.
        pressing = self.marked("urgent", unmet)
        urgent = self.add("urgent", AnyOf(tuple(pressing.values())))
        first = self.add("papers wait", AnyOf((urgent, *self.marked("papers_wait", unmet).values())))
        papers = AnyOf(tuple(unmet[i] for i in states if i in administrative))
        office = self.add("unmet administrative", AllOf((Not(first), papers)))
        clinical = tuple(unmet[i] for i in states if i not in administrative)
        clinic = self.add("unmet clinical", AnyOf((first, *clinical)))
        open_ = self.add("unknown", AnyOf(tuple(unknown.values())))

        def say(word: str) -> Constant:
            return Constant(word, "determination")

        cases = (
            (free, say(d.NOT_REQUIRED)),
            (office, say(d.ADMINISTRATIVE)),
            (AnyOf((clinic, Among(outcome, (NO_LIMIT, LIMIT_REACHED)))), say(d.CLINICIAN)),
            (AnyOf((open_, _is(outcome, LIMIT_UNKNOWN))), say(d.INFORMATION)),
            (_is(outcome, LIMIT_EXCEEDED), say(d.IN_PART)),
        )
        self.add("determination", When(cases, say(d.APPROVED)))
        past = self.add("past step 3", Not(free))
        settled = AnyOf((office, clinic))
        informed = self.add("informed", AllOf((past, Not(settled), AnyOf((open_, _is(outcome, LIMIT_UNKNOWN))),
                                               Not(Among(outcome, (NO_LIMIT, LIMIT_REACHED))))))  # fmt: skip
        exceeded = AllOf((_is(outcome, LIMIT_EXCEEDED), Not(open_)))
        speaks = {c: exceeded if c == LIMIT_EXCEEDED else _is(outcome, c) for c in OUTCOMES}
        every, flags = Column("all waived"), list[tuple[str, PlanNode]]()
        if self.named:
            flags.append((d.BY_PROGRAM, Given(FREE)))
        flags += [(i, self.unless_free(_truth(False), Column(exemption(i)))) for i in self.exemptions]
        flags += [(i, AllOf((every, _is(self.best, n)))) for n, i in enumerate(self.waivers)]
        for i in states:
            bears = AllOf((past, AnyOf((unmet[i], AllOf((informed, unknown[i]))))))
            flags.append((i, AnyOf((pressing[i], bears)) if i in pressing else bears))
        flags += [(OUTCOMES[c], AllOf((past, Not(settled), s))) for c, s in speaks.items()]
        beyond = AnyOf(tuple(speaks[c] for c in (NO_LIMIT, LIMIT_REACHED, LIMIT_EXCEEDED)))
        flags.append(("epsdt", AllOf((past, Not(settled), beyond, Expression(d.epsdt(), ())))))
        self.add("reasons", Ids(tuple(flags), _truth(True)))
        told = {i: AnyOf((past, pressing[i])) if i in pressing else past for i in states}
        undefined = tuple((i, AllOf((told[i], _is(s, UNDEFINED)))) for i, s in states.items())
        self.add("undefined", Ids(undefined, AnyOf((past, urgent))))
        self.add("procedures_not_covered", When(((free, Listed(Given("procedures"), ())),), Column("not covered")))
        listing = self.listing(settled, outcome, open_, past)
        self.add("missing", Ids(tuple(self.lacking(states, unknown, row)), listing))

    def marked(self, mark: str, unmet: Mapping[str, PlanNode]) -> dict[str, Column]:
        """Of the criteria that bear a mark (`urgent`, `papers_wait`): whether they do in these rules, and are unmet."""

        def presses(id_: str, rules: Rules) -> PlanNode:
            mine = self.criterion(rules, id_)
            return unmet[id_] if mine is not None and getattr(mine, mark) else _truth(False)

        ids = [
            i for i in self.criteria if any(c.id == i and getattr(c, mark) for r in self.variants for c in r.criteria)
        ]
        return {i: self.add(f"{mark} {i}", self.each(partial(presses, i))) for i in ids}

    def listing(self, settled: PlanNode, outcome: Column, open_: Column, past: Column) -> Column:
        stops = Among(outcome, (NO_LIMIT, LIMIT_REACHED, LIMIT_UNKNOWN))
        return self.add("lists missing", AllOf((past, AnyOf((settled, stops, open_)))))

    def lacking(
        self, states: dict[str, Column], unknown: dict[str, PlanNode], row: Column
    ) -> list[tuple[str, PlanNode]]:
        """For each fact that can be asked for, whether it is listed as missing."""
        asked: dict[str, list[PlanNode]] = {}

        def ask(fact: str, node: PlanNode) -> None:
            asked.setdefault(fact, []).append(node)

        ask("received_on", unknown["too_early"])
        ask("procedures", unknown["excluded_procedure"])
        for id_ in self.criteria:
            found = [n for r in self.variants for n in self.parts(r, id_)]
            for fact in asked_names(*found):

                def asking(rules: Rules, fact: str = fact, id_: str = id_) -> PlanNode:
                    return AnyOf(
                        tuple(self.asks(rules, n, fact) for n in self.parts(rules, id_) if fact in asked_names(n))
                    )

                ask(fact, AllOf((unknown[id_], self.each(asking))))
        for fact, lacks in self.lacks.items():
            ask(fact, AllOf((lacks, Not(_is(row, 0)))))
        cells = {c.fact: c.node for r in self.variants for x in r.limits for c in x.cells}
        for cell, node in sorted(cells.items(), key=lambda pair: pair[0]):
            leaf = next(n for n in walk(node) if isinstance(n, Fact) and n.name == cell)
            stopped = AllOf((self.each(partial(stops, row, cell)), Not(Column("evaluation"))))
            for need in inputs(cell):
                ask(need.name, AllOf((Asked(leaf, (), need.name), stopped)))
        if self.named:
            for fact in ("line_of_business", "state"):
                ask(fact, Missing(Given(fact)))
        return [(fact, AnyOf(tuple(parts))) for fact, parts in sorted(asked.items())]

    # what the record takes

    def grant(self, asked: Column, visits: Column, weeks: Column) -> None:
        free, outcome = Column("free"), Column("outcome")
        settled = AnyOf((Column("unmet administrative"), Column("unmet clinical"), Column("unknown")))
        supports = self.add("supports", AllOf((Not(free), Not(settled), Among(outcome, (SUPPORTED, LIMIT_EXCEEDED)))))
        office = Column("unmet administrative")
        clinician = AnyOf((Column("unmet clinical"), Among(outcome, (NO_LIMIT, LIMIT_REACHED))))
        part = AllOf((supports, _is(outcome, LIMIT_EXCEEDED)))
        refers = self.add("refers", AnyOf((part, AllOf((Not(free), Not(office), clinician)))))
        nothing = Constant(None, "whole")
        for name, amount, ask in (("visits", visits, asked), ("weeks", weeks, self.weeks)):
            granted = self.add(f"granted_{name}", When(((free, nothing), (supports, amount)), _whole(0)))
            covered: PlanNode = When(((supports, granted),), _whole(0))
            if name == "visits":
                covered = Most((covered, Column("waived_visits")))
            self.add(f"referred_{name}", When(((refers, Difference(ask, covered)),), _whole(0)))

    def tell(self) -> None:
        for name, node in told(self.variants, self.named):
            self.add(name, node)
