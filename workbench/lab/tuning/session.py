"""The work behind the screen, without a screen: from a state to what a draft changes. What is slow is kept."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from workbench.cases.prepared import PreparedCases
from workbench.engine import reference
from workbench.engine.reference import Traced
from workbench.engine.retune import DoesNotPay
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.addresses import Handle, Rule
from workbench.guideline.model import Draft, Guideline, Library, Overlay, Parameter, Rules
from workbench.guideline.versions import default_day, find_guideline, overlay_on, versions_on
from workbench.lab.tuning import drafts as drafting
from workbench.lab.tuning.case_sets import Cases, CaseSet
from workbench.lab.tuning.controls import Control, Group, conditions, groups
from workbench.lab.tuning.recent import Recent
from workbench.lab.tuning.state import NO_PLAN, OWN_PLAN, State
from workbench.lab.tuning.whose import kept_by
from workbench.language.interpret import Facts
from workbench.study.compare import Comparison, compare
from workbench.study.hand import Hand, take
from workbench.study.ledger import Ledger
from workbench.study.replay import facts_of, prepare, replay
from workbench.study.standing import Standings, standings
from workbench.study.sweep import Stop, share, stops
from workbench.study.turning import Turn, turning

log = logging.getLogger("workbench.lab")
HANDS = 8  # how many controls stay in hand
LEDGERS = 6  # how many published sides, each as large as its cases
KEEPS = 32  # how many answers to what overlays set themselves
GRID, STOPS = 200, 13  # at most so many values of a control in hand, and about so many on its curve


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

    def __init__(
        self,
        library: Library,
        sets: tuple[CaseSet, ...],
        *,
        as_of: date | None = None,
        program: str | None = None,
        drafts: Path = Path("drafts"),
    ):
        self.library, self.sets, self.program, self.drafts = library, {s.name: s for s in sets}, program, drafts
        self.as_of = as_of or default_day(library)
        self._cases: dict[str, Cases] = {}
        self._ledgers: Recent[tuple[str, ...], Ledger] = Recent(LEDGERS)
        self._hands: Recent[_Held, Hand | None] = Recent(HANDS)  # None: moving this control is decided anew each time
        self._prepared: dict[str, PreparedCases] = {}
        self._keeps: Recent[tuple[str, ...], dict[Rule, dict[str, str]]] = Recent(KEEPS)

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
        return setting(
            self.library, as_of=self.as_of, program=self.program, draft=draft, pins={state.guideline: state.version}
        )

    def draft(self, state: State) -> Draft:
        return drafting.draft_of(state)

    def overlay(self, state: State) -> Overlay | None:
        return None if state.plan in (OWN_PLAN, NO_PLAN) else overlay_on(self.library, state.plan, self.as_of)

    def guideline(self, state: State) -> Guideline:
        return find_guideline(self.library, state.guideline, state.version)

    def rules(self, state: State, chosen: Setting) -> Rules:
        """The rules that the hand changes: of the guideline, or as the overlay of a chosen plan has them."""
        return chosen.rules(self.guideline(state), self.overlay(state) if state.whose else None)

    def drafted_rules(self, state: State) -> Rules:
        return self.rules(state, self.setting(state, self.draft(state)))

    def keeps(self, state: State) -> dict[Rule, dict[str, str]]:
        """What overlays set themselves, so that a change of the guideline is not felt there: rule → key → in words.
        Of the chosen plan, or of all on the day."""
        key = (state.guideline, state.version, state.plan)

        def make() -> dict[Rule, dict[str, str]]:
            one = self.overlay(state)
            on_day = (overlay_on(self.library, p, self.as_of) for p in self.plans)
            overlays = [one] if one else [o for o in on_day if o is not None and state.plan == OWN_PLAN]
            bare = replace(state, whose="")
            return kept_by(overlays, self.guideline(state), self.published_rules(bare), self.setting(bare))

        return {} if state.whose else self._keeps.of(key, make)

    def standings(self, state: State) -> Standings:
        """How each rule of the draft comes out in the cases."""
        return standings(self.ledger(state).replay, self.setting(state, self.draft(state)), self.guideline(state))

    def published_rules(self, state: State) -> Rules:
        return self.rules(state, self.setting(state))

    def parameters(self, state: State) -> dict[str, tuple[Parameter, Parameter]]:
        """Parameter → (published, draft), for the words of a trace."""
        published, drafted = (
            {p.id: p for p in r.parameters} for r in (self.published_rules(state), self.drafted_rules(state))
        )
        return {id_: (p, drafted.get(id_, p)) for id_, p in published.items()}

    def python(self, state: State) -> list[str]:
        """A notebook cell that gives the numbers of the screen."""
        cases = self.cases(state.cases)
        options = f', versions={{"{state.guideline}": "{state.version}"}}, as_of=date({self.as_of:%Y, %-m, %-d})'
        options += f', program="{self.program}"' if self.program else ""
        options += f", assume={cases.assume}" if cases.assumptions else ""
        plan = {OWN_PLAN: [], NO_PLAN: ["cases = cases.assign(plan=None)"]}.get(
            state.plan, [f'cases = cases[cases["plan"] == "{state.plan}"]']
        )
        return [
            "from datetime import date",
            "import workbench as wb",
            'guidelines = wb.load_guidelines("../guidelines")',
            *cases.python,
            *plan,
            *drafting.python_lines(state),
            f"published = wb.replay(cases, guidelines{options})",
            f"drafted = wb.replay(cases, guidelines, draft=draft{options})",
            "wb.compare(published, drafted).sentence",
        ]

    def controls(self, state: State) -> tuple[Group, ...]:
        return groups(self.published_rules(state), self.library, state.condition, state.whose)

    # numbers

    def cases(self, name: str) -> Cases:
        if name not in self._cases:
            if name not in self.sets:
                raise ProblemsFound([Problem("bad-call", f"there are no cases {name}")])
            self._cases[name] = self.sets[name].load(self.library)
        return self._cases[name]

    def ledger(self, state: State) -> Ledger:
        """The published side, decided once for each guideline version, plan and set of cases."""
        key = (state.guideline, state.version, state.plan, state.cases)

        def make() -> Ledger:
            chosen = self.setting(state)
            ready = self._ready(state, self.cases(state.cases), chosen)
            return Ledger(ready, chosen, replay(ready, chosen))

        return self._ledgers.of(key, make)

    def _ready(self, state: State, cases: Cases, chosen: Setting) -> PreparedCases:
        """The cases with derived and assumed facts; those of a chosen plan, or all as if none named a plan."""
        if state.cases not in self._prepared:
            self._prepared[state.cases] = prepare(cases.frame, chosen, cases.assumptions)
        ready = self._prepared[state.cases]
        if state.plan == OWN_PLAN:
            return ready
        return ready.without_plans() if state.plan == NO_PLAN else ready.of_plan(state.plan)

    def result(self, state: State) -> Result:
        """What the draft of a state changes. Raises ProblemsFound where its changes do not go together."""
        drafted = self.setting(state, self.draft(state))
        rules, shown = self.rules(state, drafted), self.controls(state)
        comparison = self._in_hand(state)
        if comparison is None:
            ledger = self.ledger(state)
            comparison = compare(ledger.replay, ledger.replayed(drafted))
        values = {c.key: v for g in shown for c in g.controls if (v := c.handle.value_in(rules)) is not None}
        return Result(state, comparison, shown, values, self.cases(state.cases))

    def _in_hand(self, state: State) -> Comparison | None:
        """The comparison as a control that was taken in hand has it; a value off its grid is decided anew."""
        moved = dict(state.changes)
        for key, hand in reversed(self._hands.items()):
            control, published, _ = key
            if hand is not None and key == _held(state, control, published):
                value = moved.get(control, published)
                return hand.at(value) if value in hand.places else None
        return None

    def take(self, state: State, control: Control) -> Generator[None, None, Hand | None]:
        """Take a control in hand, in small steps: from then on it is looked up what moving it changes. None where
        that would not pay."""
        key = _held(state, control.handle, control.published)
        if key in self._hands:
            return self._hands.keep(key, self._hands[key])
        try:
            values = self._values(state, control, GRID)
            at = [None if v == control.published and state.kept is None else v for v in values]
            settings = [self.setting(state, self.draft(state.moved(control.handle, v))) for v in at]
            hand = yield from take(self.ledger(state), values, settings)
        except (DoesNotPay, ProblemsFound) as why:
            log.info("%s is decided anew at each move: %s", control.key, why)
            hand = None
        return self._hands.keep(key, hand)

    def _values(self, state: State, control: Control, most: int) -> list[Decimal]:
        """Values of a control from one end of its slider to the other, with the published and the draft's."""
        here = control.handle.value_in(self.drafted_rules(state)) or control.published
        low, high = control.moves.usual
        return stops(low, max(high, here), control.moves.step, (control.published, here), most)

    def traces(self, state: State, request_id: str) -> tuple[Traced, Traced, Facts] | None:
        """How a request was decided on both sides, by the reference, and its facts; None where it is not there."""
        frame = self.ledger(state).replay.cases
        rows = frame.filter(frame["request_id"] == request_id)
        if rows.is_empty():
            return None
        facts = facts_of(rows.row(0, named=True))
        published = reference.decide(facts, self.setting(state))
        return published, reference.decide(facts, self.setting(state, self.draft(state))), facts

    def turning(self, state: State, request_id: str) -> Generator[None, None, tuple[list[Turn], Rules | None]]:
        """What alone would make a request come out otherwise than in the draft, and the rules that decided it."""
        found = self.traces(state, request_id)
        if found is None:
            return [], None
        _, traced, facts = found
        drafted, decided = self.setting(state, self.draft(state)), traced.decision
        turns = yield from turning(facts, drafted)
        if not decided.guideline or not decided.version:
            return turns, None
        return turns, drafted.rules_named(decided.guideline, decided.version, decided.overlay)

    def turns(self, result: Result, request_id: str) -> list[tuple[Control, Decimal]]:
        """The moved controls that make a request come out as in the draft, with the value from which on they do."""
        state, found = result.state, []
        frame = self.ledger(state).replay.cases
        facts = facts_of(frame.filter(frame["request_id"] == request_id).row(0, named=True))

        def outcome(at: State) -> tuple[object, ...]:
            made = reference.decide(facts, self.setting(at, self.draft(at))).decision
            return made.determination, made.granted_visits, made.granted_weeks

        drafted = outcome(state)
        for handle, value in state.changes:
            control = result.controls.get(str(handle))
            if control is None or outcome(state.moved(handle, control.published)) == drafted:
                continue
            step = control.moves.step if value > control.published else -control.moves.step
            # Between the published value, where it comes out otherwise, and the draft's, where it comes out so: halved
            # until they are one step apart, so that a limit moved by 300 weeks takes nine decisions and is not cut off.
            low, high = 0, -int(-((value - control.published) / step) // 1)
            while high - low > 1:
                middle = (low + high) // 2
                if outcome(state.moved(handle, control.published + step * middle)) == drafted:
                    high = middle
                else:
                    low = middle
            at = control.published + step * high
            found.append((control, min(at, value) if step > 0 else max(at, value)))
        return found

    def curve(self, state: State, control: Control) -> Iterator[Stop | None]:
        """The approval rate as one control moves and all else stays as in the draft, from its draft value up, then
        from there down; None for each step of taking it in hand."""
        here = control.handle.value_in(self.drafted_rules(state))
        if here is None:
            return
        hand = yield from self.take(state, control)
        at = self._values(state, control, STOPS)
        ledger = self.ledger(state)
        for value in ([v for v in at if v >= here], [v for v in reversed(at) if v < here]):
            for v in value:
                if hand is not None and v in hand.places:
                    yield Stop(v, hand.at(v).rates[0].draft)
                else:
                    yield Stop(v, share(ledger, self.setting(state, self.draft(state.moved(control.handle, v)))))


_Held = tuple[Handle, Decimal, State]


def _held(state: State, control: Handle, published: Decimal) -> _Held:
    """What a control in hand stands for: everything but where it stands itself."""
    rest = replace(state.moved(control, None), condition="", refused=(), saved=(), author="", reason="", created="")
    return control, published, rest
