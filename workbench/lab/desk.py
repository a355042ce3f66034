"""The work behind the screen, without a screen: from a state to what a draft changes. What is slow is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from workbench.engine import reference
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import Draft, Guideline, Library, Overlay, Rules
from workbench.guideline.versions import default_day, find_guideline, overlay_on, versions_on
from workbench.lab import drafting
from workbench.lab.controls import Control, Group, conditions, groups, value_in
from workbench.lab.sets import Cases, CaseSet
from workbench.lab.state import NO_PLAN, OWN_PLAN, State
from workbench.study.compare import Comparison, compare
from workbench.study.redecide import Bench
from workbench.study.replay import facts_of, prepare, replay
from workbench.study.sweep import Stop, stops, sweep

MOST_TURNS = 60     # steps that are tried to find where a request turns


@dataclass(frozen=True)
class Result:
    """Everything that the screen shows of a state. `values`: control → its value in the draft."""

    state: State
    comparison: Comparison = field(repr=False)
    groups: tuple[Group, ...] = field(repr=False)
    values: dict[str, Decimal] = field(repr=False)
    cases: Cases = field(repr=False)

    @cached_property
    def controls(self) -> dict[str, Control]:
        return {c.key: c for g in self.groups for c in g.controls}


class Desk:
    """A guideline folder and the cases to try it on. Every method is a function of the state it is given."""

    def __init__(self, library: Library, sets: tuple[CaseSet, ...], *, as_of: date | None = None,
                 program: str | None = None, drafts: Path = Path("drafts")):
        self.library, self.sets, self.program, self.drafts = library, {s.name: s for s in sets}, program, drafts
        self.as_of = as_of or default_day(library)
        self._cases: dict[str, Cases] = {}
        self._benches: dict[tuple, Bench] = {}
        self._prepared: dict[tuple, object] = {}

    # what can be chosen

    @property
    def guidelines(self) -> list[Guideline]:
        """Every version that decides, or could: bases lend only."""
        return [g for g in self.library.guidelines if not g.base]

    @property
    def plans(self) -> list[str]:
        return sorted({o.plan for o in self.library.overlays if overlay_on(self.library, o.plan, self.as_of)})

    def first(self) -> State:
        """Where the screen opens: the physical therapy that decides on the day, or the first guideline there is."""
        on_day = versions_on(self.library, self.as_of)
        guideline = on_day.get("physical-therapy") or next(iter(on_day.values()), self.guidelines[0])
        state = State(guideline.id, guideline.version, cases=next(iter(self.sets)))
        return replace(state, condition=next((c for c, _ in self.conditions(state)), ""))

    def conditions(self, state: State) -> list[tuple[str, str]]:
        return conditions(self.published_rules(state), self.library)

    # rules

    def setting(self, state: State, draft: Draft | None = None) -> Setting:
        return setting(self.library, as_of=self.as_of, program=self.program, draft=draft,
                       pins={state.guideline: state.version})

    def draft(self, state: State) -> Draft:
        return drafting.draft_of(state)

    def overlay(self, state: State) -> Overlay | None:
        return None if state.plan in (OWN_PLAN, NO_PLAN) else overlay_on(self.library, state.plan, self.as_of)

    def rules(self, state: State, chosen: Setting) -> Rules:
        """The rules whose numbers the controls show: of the guideline, under the overlay of a chosen plan."""
        return chosen.rules(find_guideline(self.library, state.guideline, state.version), self.overlay(state))

    def published_rules(self, state: State) -> Rules:
        return self.rules(state, self.setting(state))

    def parameters(self, state: State) -> dict[str, tuple]:
        """Parameter → (published, draft), for the words of a trace."""
        sides = (self.published_rules(state), self.rules(state, self.setting(state, self.draft(state))))
        published, drafted = ({p.id: p for p in r.parameters} for r in sides)
        return {id_: (p, drafted.get(id_, p)) for id_, p in published.items()}

    def python(self, state: State) -> list[str]:
        """A notebook cell that gives the numbers of the screen."""
        cases = self.cases(state.cases)
        options = f', versions={{"{state.guideline}": "{state.version}"}}, as_of=date({self.as_of:%Y, %-m, %-d})'
        options += f', program="{self.program}"' if self.program else ""
        options += f", assume={cases.assume}" if cases.assumptions else ""
        plan = {OWN_PLAN: [], NO_PLAN: ["cases = cases.assign(plan=None)"]}.get(
            state.plan, [f'cases = cases[cases["plan"] == "{state.plan}"]'])
        return ["from datetime import date", "import workbench as wb",
                'guidelines = wb.load_guidelines("../guidelines")', *cases.python, *plan,
                *drafting.python_lines(state),
                f"published = wb.replay(cases, guidelines{options})",
                f"drafted = wb.replay(cases, guidelines, draft=draft{options})",
                "wb.compare(published, drafted).sentence"]

    def controls(self, state: State) -> tuple[Group, ...]:
        return groups(self.published_rules(state), self.library, state.condition)

    # numbers

    def cases(self, name: str) -> Cases:
        if name not in self._cases:
            if name not in self.sets:
                raise ProblemsFound([Problem("bad-call", f"there are no cases {name}")])
            self._cases[name] = self.sets[name].load(self.library)
        return self._cases[name]

    def bench(self, state: State) -> Bench:
        """The published side, decided once for each guideline version, plan and set of cases."""
        key = (state.guideline, state.version, state.plan, state.cases)
        if key not in self._benches:
            cases, chosen = self.cases(state.cases), self.setting(state)
            frame = self._frame(state, cases, chosen)
            self._benches[key] = Bench(replay(frame, chosen, assumptions=cases.assumptions, prepared=True), chosen,
                                       cases.assumptions)
        return self._benches[key]

    def _frame(self, state: State, cases: Cases, chosen: Setting):
        """The cases with derived and assumed facts; those of a chosen plan, or all as if none named a plan."""
        if state.cases not in self._prepared:
            self._prepared[state.cases] = prepare(cases.frame, chosen, cases.assumptions)
        frame = self._prepared[state.cases]
        if state.plan == NO_PLAN:
            return frame.with_columns(plan=None).cast({"plan": frame.schema["plan"]})
        return frame if state.plan == OWN_PLAN else frame.filter(frame["plan"] == state.plan)

    def result(self, state: State) -> Result:
        """What the draft of a state changes. Raises ProblemsFound where its changes do not go together."""
        bench, drafted = self.bench(state), self.setting(state, self.draft(state))
        rules, shown = self.rules(state, drafted), self.controls(state)
        comparison = compare(bench.published, bench.under(drafted))
        values = {c.key: v for g in shown for c in g.controls if (v := value_in(rules, c.key)) is not None}
        return Result(state, comparison, shown, values, self.cases(state.cases))

    def traces(self, state: State, request_id: str) -> tuple[reference.Traced, reference.Traced, dict] | None:
        """How a request was decided on both sides, by the reference, and its facts; None where it is not there."""
        frame = self.bench(state).published.cases
        rows = frame.filter(frame["request_id"] == request_id)
        if rows.is_empty():
            return None
        facts = facts_of(rows.row(0, named=True))
        sides = (reference.decide(facts, s) for s in (self.setting(state), self.setting(state, self.draft(state))))
        return (*sides, facts)

    def turns(self, result: Result, request_id: str) -> list[tuple[Control, Decimal]]:
        """The moved controls that make a request come out as in the draft, with the value from which on they do."""
        state, found = result.state, []
        frame = self.bench(state).published.cases
        facts = facts_of(frame.filter(frame["request_id"] == request_id).row(0, named=True))

        def outcome(at: State) -> tuple:
            made = reference.decide(facts, self.setting(at, self.draft(at))).decision
            return made.determination, made.granted_visits, made.granted_weeks

        drafted = outcome(state)
        for key, value in state.changes:
            control = result.controls.get(key)
            if control is None or outcome(state.moved(key, control.published)) == drafted:
                continue
            step = control.step if value > control.published else -control.step
            # From the published value towards the draft: the first from which the outcome is the draft's.
            ways = int((value - control.published) / step)
            at = next((control.published + step * i for i in range(1, min(ways, MOST_TURNS) + 1)
                       if outcome(state.moved(key, control.published + step * i)) == drafted), value)
            found.append((control, at))
        return found

    def curve(self, state: State, control: Control) -> Iterator[Stop]:
        """The approval rate as one control moves and all else stays as in the draft, from its draft value up, then
        from there down."""
        here = value_in(self.rules(state, self.setting(state, self.draft(state))), control.key)
        low, high = control.span
        at = stops(low, max(high, here), control.step, (control.published, here))
        bench = self.bench(state)
        for side in ([v for v in at if v >= here], [v for v in reversed(at) if v < here]):
            yield from sweep(bench, [(v, self.setting(state, self.draft(state.moved(control.key, v)))) for v in side])
