"""What is still to be asked of a request that is being told, and what is decided of it by now.

    asking = ask(facts, told, setting)
    asking.open       # facts whose answer can still change the outcome, those that decide most first
    asking.needed     # those of them without which the engine does not decide
    asking.traced     # what the engine says of what is known by now

The outcome is the determination, what is granted, what is free, and whether it is urgent. A fact that can no longer
change any of them is not asked. The engine decides; this module says what its answer still hangs on, in the order in
which its sixth step goes through what was found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.engine import decision as d
from workbench.engine import reference
from workbench.engine.fact_values import day_of, text_of, texts_of, whole
from workbench.engine.judged import State, judge
from workbench.engine.reference import Traced
from workbench.engine.setting import Setting
from workbench.facts import DERIVED
from workbench.facts import facts as fact_table
from workbench.guideline.model import Criterion, Library, ProgramRow, Rules
from workbench.language.awaited import Awaited
from workbench.language.interpret import NOTHING, Facts
from workbench.language.tree import Node
from workbench.words.questions import OPENING

PLACE, URGENT, PROGRAM, EXEMPTION, WAIVER, CRITERION, LIMIT = KINDS = (
    "place",  # what names the rules
    "urgent",
    "program",
    "exemption",
    "waiver",
    "criterion",
    "limit",
)


@dataclass(frozen=True)
class Pending:
    """One thing that an answer can still turn: its kind and id, as in a trace, and the facts that it waits for."""

    kind: str
    id: str
    facts: frozenset[str]


@dataclass(frozen=True)
class Asking:
    """`open` in the order in which it is asked, `needed` likewise; `pending` is what hangs on them."""

    traced: Traced
    open: tuple[str, ...]
    needed: tuple[str, ...]
    pending: tuple[Pending, ...]

    @property
    def settled(self) -> bool:
        """Whether no answer can change the outcome any more."""
        return not self.open


def askable() -> tuple[str, ...]:
    """The facts that a person or a record can tell, in the order of the table; a condition can be chosen."""
    table = fact_table().items()
    return tuple(n for n, f in table if f.in_expressions and (n not in DERIVED or n == "condition"))


def ask(facts: Facts, told: Collection[str], setting: Setting) -> Asking:
    """What is still to be asked. `facts` are those known by now, derived ones included; `told` names those that were
    asked already: one that is not among the known ones stays missing."""
    names = frozenset(n for n in askable() if facts.get(n) is None and n not in told)
    traced = reference.decide(facts, setting)
    pending = _Settling(Awaited(facts, names, _classes(setting.library)), setting, traced).pending()
    missing = set(traced.decision.missing)
    if "condition" in missing and "diagnosis" in names:
        missing.add("diagnosis")
    order = _ordered(pending, missing)
    return Asking(traced, order, tuple(n for n in order if n in missing), tuple(pending))


def _classes(library: Library) -> frozenset[str]:
    """The facts by which condition tables tell conditions of one code apart."""
    return frozenset(c.fact for table in library.condition_tables.values() for row in table for c in row.cells)


def _ordered(pending: Sequence[Pending], missing: Collection[str]) -> tuple[str, ...]:
    """What names the rules first; then what the engine does not decide without, and warning signs; then what could
    only turn it. Among each: what says which others are needed, warning signs, what most hangs on."""
    hangs: dict[str, list[int]] = {}
    for one in pending:
        for name in one.facts:
            hangs.setdefault(name, []).append(KINDS.index(one.kind))
    opening = {n: i for i, n in enumerate(OPENING)}

    def rank(name: str) -> tuple[object, ...]:
        kinds = hangs[name]
        pressing = KINDS.index(URGENT) in kinds
        return (
            KINDS.index(PLACE) not in kinds,
            name not in missing and not pressing,
            opening.get(name, len(opening)),
            not pressing,
            -len(kinds),
            min(kinds),
            name,
        )

    return tuple(sorted(hangs, key=rank))


class _Settling:
    """What the outcome of one request still hangs on."""

    def __init__(self, awaited: Awaited, setting: Setting, traced: Traced):
        self.awaited, self.facts, self.setting, self.decision = awaited, awaited.facts, setting, traced.decision

    def pending(self) -> list[Pending]:
        place, rules = self.place(), self.rules()
        if rules is None:
            return place
        required, program, row = self.program()
        return [*place, *program, *self.steps(rules, row, required=required or bool(place))]

    def rules(self) -> Rules | None:
        """Those that decide, as they read while facts may come; None where there is not just one guideline. A program
        that requires no review names none, and warning signs are looked at all the same."""
        alone = reference.decide(self.facts, replace(self.setting, program=None)).decision
        if alone.guideline is None or alone.version is None:
            return None
        rules = self.setting.rules_named(alone.guideline, alone.version, alone.overlay)

        def read(node: Node) -> Node:
            return self.awaited.read(node, rules.values)

        def maybe(node: Node | None) -> Node | None:
            return None if node is None else read(node)

        return replace(
            rules,
            exemptions=tuple(replace(e, when=read(e.when)) for e in rules.exemptions),
            waivers=tuple(replace(w, when=maybe(w.when)) for w in rules.waivers),
            criteria=tuple(replace(c, applies=maybe(c.applies), requires=read(c.requires)) for c in rules.criteria),
            limits=tuple(replace(r, cells=tuple(replace(c, node=read(c.node)) for c in r.cells)) for r in rules.limits),
        )

    def waits(self, *names: str) -> frozenset[str]:
        return NOTHING.union(*(self.awaited.may_come(n) for n in names))

    # which rules

    def place(self) -> list[Pending]:
        """What names the row of the program and the overlay of the plan."""
        asked = self.waits("line_of_business", "state") if self.setting.program else NOTHING
        lines = {line for o in self.setting.library.overlays for line in o.lines_of_business}
        if lines and self.facts.get("line_of_business") in (None, *lines):
            asked |= self.waits("line_of_business", "plan")
        return [Pending(PLACE, PLACE, asked)] if asked else []

    def program(self) -> tuple[bool, list[Pending], ProgramRow | None]:
        """Whether review is required, for all that is known; what could still say otherwise; and the row."""
        program = self.setting.program_for(day_of(self.facts.get("received_on")))
        line, state, discipline = (text_of(self.facts.get(n)) for n in ("line_of_business", "state", "discipline"))
        if program is None or line is None or state is None:
            return True, [], None
        row = next((r for r in program.rows if program.meets(r, line, state, discipline)), None)
        if row is None or row.review_from is None:
            return False, [], None
        start = day_of(self.facts.get("requested_start")) or day_of(self.facts.get("received_on"))
        asked = self.waits("requested_start", "received_on")
        if not asked and start is not None and start < row.review_from:
            return False, [], row
        if row.exempt_when is not None:
            exempt = self.awaited.answer(row.exempt_when, {})
            if exempt.value is True:
                return False, [], row
            asked |= exempt.asked
        return True, [Pending(PROGRAM, program.name, asked)] if asked else [], row

    # steps 3 to 6

    def steps(self, rules: Rules, row: ProgramRow | None, *, required: bool) -> list[Pending]:
        own, benefit = list(rules.criteria), d.benefit_criterion(rules)
        criteria = [*([benefit] if benefit else []), *own]
        judged = {c.id: judge(c, self.facts, rules) for c in criteria}
        urgent = [c for c in own if c.urgent]
        warned = self.any_unmet(urgent, judged)
        pressing = [] if warned else self.still(URGENT, urgent, judged)
        exempt = [self.awaited.answer(e.when, rules.values) for e in rules.exemptions]
        if not required or any(e.value is True for e in exempt):
            return pressing
        free = [Pending(EXEMPTION, e.id, x.asked) for e, x in zip(rules.exemptions, exempt, strict=True) if x.asked]
        free += self.waivers(rules)
        waiting = [c for c in own if c.papers_wait and not c.urgent]
        if warned or self.any_unmet(waiting, judged):
            return [*pressing, *free]
        before = [*pressing, *free, *self.still(CRITERION, waiting, judged)]
        rest = [c for c in criteria if not c.urgent and not c.papers_wait]
        papers = [c for c in rest if c.unmet == d.ADMINISTRATIVE]
        unfit, excluded = self.built_in(rules, row)
        if unfit or self.any_unmet(papers, judged):
            return before
        before += [*excluded, *self.still(CRITERION, papers, judged)]
        clinical = [c for c in rest if c.unmet != d.ADMINISTRATIVE]
        beyond, limit = self.limit(rules)
        if beyond or self.any_unmet(clinical, judged):
            return before
        return [*before, *self.still(CRITERION, clinical, judged), *limit]

    def any_unmet(self, criteria: Iterable[Criterion], judged: Mapping[str, State]) -> bool:
        return any(judged[c.id].unmet for c in criteria)

    def still(self, kind: str, criteria: Iterable[Criterion], judged: Mapping[str, State]) -> list[Pending]:
        """Those of the criteria that an answer can still turn."""
        out = []
        for c in criteria:
            waits = self.awaited.within(c.applies, c.requires)
            if judged[c.id].state == "unknown" and waits:
                out.append(Pending(kind, c.id, judged[c.id].asked & waits or waits))
        return out

    def waivers(self, rules: Rules) -> list[Pending]:
        out = []
        for waiver in rules.waivers:
            holds = self.awaited.answer(waiver.when, rules.values)
            used, weeks = whole(self.facts.get("visits_used")), whole(self.facts.get("weeks_used"))
            late = waiver.weeks is not None and weeks is not None and weeks >= waiver.weeks
            if holds.value is False or late or used is not None and used >= waiver.visits:
                continue
            timed = ("weeks_used",) if waiver.weeks is not None else ()
            if asked := holds.asked | self.waits("requested_visits", "visits_used", *timed):
                out.append(Pending(WAIVER, waiver.id, asked))
        return out

    def built_in(self, rules: Rules, row: ProgramRow | None) -> tuple[bool, list[Pending]]:
        """Whether it was asked too early, or for excluded procedures alone; and what that waits for."""
        received, first = day_of(self.facts.get("received_on")), row.requests_from if row else None
        if first is not None and received is not None and received < first:
            return True, []
        out, codes = rules.excluded_procedures, texts_of(self.facts.get("procedures"))
        asked = self.waits("procedures") if out else NOTHING
        return bool(codes) and set(codes) <= set(out), [
            Pending(CRITERION, "excluded_procedure", asked)
        ] if asked else []

    def limit(self, rules: Rules) -> tuple[bool, list[Pending]]:
        """Whether nothing can be supported, whatever is still told; and what the limit waits for."""
        name, overlay = (
            f"{rules.guideline}/{rules.version}",
            f"{rules.plan}/{rules.overlay_version}" if rules.plan else "",
        )
        setting = replace(self.setting, program=None).ruled_by({(name, overlay): replace(rules, exemptions=())})
        step = next((s for s in reference.decide(self.facts, setting).steps if s.kind == "limit"), None)
        if step is None or step.state == "supported":
            return False, []
        asked = NOTHING if step.state != "limit_unknown" else NOTHING.union(*map(self.awaited.may_come, step.asked))
        if whole(self.facts.get("requested_visits")) in (None, 1):
            asked |= self.waits("evaluation_only")  # an evaluation alone counts in no row
        return step.state in ("no_limit", "limit_reached") and not asked, [
            Pending(LIMIT, step.id, asked)
        ] if asked else []
