"""What happens behind the screen: each thing that the hand can do, and what the page then shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from time import monotonic

from workbench.errors import ProblemsFound
from workbench.guideline.addresses import Handle
from workbench.lab.tuning import numbers_html as numbers_view
from workbench.lab.tuning import screen as parts
from workbench.lab.tuning.controls import Control, Refusal, read
from workbench.lab.tuning.curve import Curve, show, waiting
from workbench.lab.tuning.drafts_hand import DraftsHand
from workbench.lab.tuning.journal import Journal
from workbench.lab.tuning.page import Act, Content, Page, said
from workbench.lab.tuning.requests_hand import RequestsHand
from workbench.lab.tuning.rules_hand import RulesHand
from workbench.lab.tuning.session import Desk, Result
from workbench.lab.tuning.state import State, View
from workbench.study.sweep import Stop
from workbench.words.html import Html, notice
from workbench.words.numbers import several

log = logging.getLogger("workbench.lab")
CURVES = 8  # how many curves are kept
SETTLED_SECONDS = 0.3  # how long the hand rests before rules are counted
DRAW_SECONDS = 1  # how often a curve that is being made is drawn


class Works:
    """A desk, the state and view that its page stands at, and the result that it shows. Its acts do what the
    page asks; those that need to decide leave everything as it was where that raises ProblemsFound."""

    desk: Desk
    state: State
    result: Result | None = None

    def __init__(self, page: Page, view: View | None = None, told: str = ""):
        """`told`: what to tell of the state that the screen opens at."""
        self.page, self.view, self._told = page, view or View(), told
        self._parked: dict[str, State] = {}  # guideline → where its draft stood when another was chosen
        self._past: list[State] = []
        self._grip = ""  # the control whose moves count as one for Undo
        self._future: list[State] = []  # what Undo took back, for Redo
        self._figure = Curve()
        self._stops: dict[tuple[str, State], list[Stop]] = {}
        self._drawing: tuple[tuple[str, State], asyncio.Task[None]] | None = None
        self._counting: asyncio.Task[None] | None = None
        self._swept: set[tuple[str, State]] = set()  # curves that are whole
        mine = (
            self.moves,
            self.back,
            self.hand,
            self.undo,
            self.redo,
            self.reset,
            self.guideline,
            self.condition,
            self.plan,
        )
        own: dict[str, Act] = {act.__name__: act for act in (*mine, self.whose, self.cases, self.cancel, self.by)}
        self._requests = RequestsHand(self)
        hands = (self._requests, RulesHand(self), DraftsHand(self))
        self.acts: Mapping[str, Act] = own | {name: act for hand in hands for name, act in hand.acts.items()}

    def hear(self, content: Content) -> None:
        """Do what the page asks. Raises ProblemsFound with everything as it was, KeyError for what nobody does."""
        self.acts[said(content, "act")](content)

    def start(self, open_desk: Callable[[], Desk], state: State | None) -> Iterator[str]:
        """Step by step from nothing to a full screen; each step says what it does before it does it."""
        yield "Reading the guidelines …"
        self.desk = open_desk()
        self._journal = Journal(self.desk.drafts, self.desk.library)
        self.state, told = self._begin(state)
        self.show_choices()
        yield f"Making the cases: {self.desk.sets[self.state.cases].title} …"
        found = self.desk.cases(self.state.cases)
        yield f"Deciding {found.frame.height:,} requests …"
        try:
            self.move_to(self.state)
        except ProblemsFound as wrong:
            if not self.state.changed:
                raise
            # What was on the screen does not fit the files of today: it is told, and the screen opens without it.
            told = [*told, *(str(p) for p in wrong.problems), f"The draft is kept in {self._journal.folder}."]
            self._journal = Journal(self.desk.drafts, self.desk.library)
            self.move_to(self.desk.first())
        self.show_choices()
        self.page.put(hand=self.view.hand)
        if told:
            self.page.put(dialog=notice("What was on the screen before", told))

    def _begin(self, state: State | None) -> tuple[State, list[str]]:
        """Where to stand, and what to say of it: the state that was asked for, else what a lost kernel left behind."""
        first = self.desk.first()
        if state is not None:
            return state, [self._told] if self._told else []
        try:
            found = self._journal.left_behind(first)
        except (ProblemsFound, OSError) as error:
            log.warning("what was left behind can not be read", exc_info=error)
            return first, [f"There are changes in {self._journal.folder} that can not be read."]
        if found is None:
            return first, []
        if not found.condition:
            found = replace(found, condition=next((c for c, _ in self.desk.conditions(found)), ""))
        return found, [
            f"{several(found.changed, 'change')} that no draft holds came back from before the kernel stopped."
        ]

    # what the hand can do

    def moves(self, content: Content) -> None:
        state, moves = self.state, content.get("moves")
        known = self._result().controls
        for key, typed in moves.items() if isinstance(moves, Mapping) else ():
            control = known.get(str(key))
            if control is None:
                continue
            try:
                value = read(control, str(typed))
                published = value == control.published and state.kept is None
                state = state.moved(control.handle, None if published else value)
            except Refusal:
                state = state.refusing(control.handle, str(typed))
        self.move_to(state, grip=",".join(map(str, moves)) if isinstance(moves, Mapping) else "")

    def back(self, content: Content) -> None:
        """One number as published; what was typed and refused goes too."""
        self.move_to(self.state.moved(Handle.of(said(content, "key")), None))

    def hand(self, content: Content) -> None:
        self.view = replace(self.view, hand=said(content, "key"))
        self.page.put(hand=self.view.hand)
        self._grip = ""
        self._show_curve()

    def stand_at(self, state: State) -> None:
        """Another state, from outside."""
        self.move_to(state)
        self.show_choices()

    def undo(self, content: Content) -> None:
        if self._past:
            here, there = self.state, self._past.pop()
            self.move_to(there, undoing=True)
            self._future.append(here)
            self.show_choices()

    def redo(self, content: Content) -> None:
        if self._future:
            here, there = self.state, self._future.pop()
            self.move_to(there, undoing=True)
            self._past.append(here)
            self.show_choices()

    def reset(self, content: Content) -> None:
        self.move_to(self.state.reset())
        self.show_choices()

    def guideline(self, content: Content) -> None:
        id_, _, version = said(content, "value").partition("/")
        self._parked[self.state.guideline] = self.state
        # A draft is not dropped because its author looks at another guideline, or at another version of it.
        before = self._parked.get(id_)
        base = (
            self.state.reset()
            if before is None
            else replace(self.state.reset(), changes=before.changes, edits=before.edits)
        )
        state = replace(base, guideline=id_, version=version)
        if before is not None and before.version == version:
            state = replace(before, plan=self.state.plan, cases=self.state.cases, condition=self.state.condition)
        gone = self._gone(state)
        state = replace(state, changes=tuple(c for c in state.changes if c[0] not in gone))
        known = [c for c, _ in self.desk.conditions(state)]
        self.choose(replace(state, condition=state.condition if state.condition in known else next(iter(known), "")))
        if gone:
            lines = [f"{handle}: {version} has no such number" for handle in gone]
            self.page.put(dialog=notice("Not all of the draft fits this version", lines))

    def _gone(self, state: State) -> list[Handle]:
        """Moved controls that this version of the guideline does not have."""
        rules = self.desk.published_rules(state)
        return [handle for handle, _ in state.changes if handle.value_in(rules) is None]

    def condition(self, content: Content) -> None:
        self.choose(replace(self.state, condition=said(content, "value")))

    def plan(self, content: Content) -> None:
        # An overlay is changed only where somebody says so: another plan begins with the guideline for everybody.
        self.choose(replace(self.state, plan=said(content, "value"), whose=""))

    def whose(self, content: Content) -> None:
        """Whether the hand changes the guideline, for everybody, or the overlay of the chosen plan."""
        self.choose(replace(self.state, whose=said(content, "value")))

    def cases(self, content: Content) -> None:
        self.choose(replace(self.state, cases=said(content, "value")))

    def choose(self, state: State) -> None:
        self.page.wait("Deciding …")
        self.page.show_now("verdict")
        self.view = replace(self.view, cell=None, opened="", search="", page=0, hand="", editing="")
        self.page.put(hand="", editor="")
        self.move_to(state)
        self.show_choices()

    def cancel(self, content: Content) -> None:
        self.page.put(dialog="")

    def by(self, content: Content) -> None:
        self.view = replace(self.view, by=said(content, "value"))
        self._put(parts.groups(self.desk, self._result(), self.view))

    # moving

    def move_to(self, state: State, *, grip: str = "", undoing: bool = False) -> None:
        """Another state: decide, then show. A state that can not be decided is not moved to."""
        result = self.desk.result(state)
        if self.result is not None and not undoing and state != self.state and (not grip or grip != self._grip):
            self._past.append(self.state)
            self._future.clear()
        self._grip, self.state, self.result = grip, state, result
        self._journal.keep(state)
        self._show_result()

    def settle(self, state: State) -> None:
        """The same numbers under another name: nothing is decided."""
        self.state = state
        self._journal.keep(state)
        self.show_choices()
        self._show_result()

    def _result(self) -> Result:
        assert self.result is not None, "the screen is open"
        return self.result

    # showing

    def _put(self, parts: Mapping[str, object]) -> None:
        self.page.put(**parts)

    def show_choices(self) -> None:
        self._put(parts.bar(self.desk, self.state, bool(self._past), bool(self._future)))
        self._put(parts.column(self.desk, self.state, self.result))

    def _show_result(self) -> None:
        result = self._result()
        self._put(parts.bar(self.desk, self.state, bool(self._past), bool(self._future)))
        self._put(parts.numbers(self.desk, result, self.view))
        self.page.put(values=parts.values(result))
        self._requests.show_turning()
        self._show_curve()
        self._show_standings()

    # how rules come out

    def _show_standings(self) -> None:
        """Counted when the answer stands already: the hand does not wait for it."""
        if self._counting is not None:
            self._counting.cancel()
        try:
            self._counting = asyncio.get_running_loop().create_task(self._count(self.state))
        except RuntimeError:
            self.page.put(standings=parts.standings(self.desk, self.state))

    async def _count(self, state: State) -> None:
        await asyncio.sleep(SETTLED_SECONDS)
        try:
            self.page.put(standings=parts.standings(self.desk, state))
        except Exception as error:  # nobody waits for this task, so it has to say itself that it failed
            self.page.broke("count how the rules come out", error)

    # the curve

    def _show_curve(self) -> None:
        control = self._result().controls.get(self.view.hand)
        if control is None or control.key not in self._result().values:
            self.page.put(curve=waiting(None))
            return
        # The curve of a control does not depend on where the control itself stands.
        key = (control.key, replace(self.state.moved(control.handle, None), refused=()))
        found = self._stops.get(key, [])
        self.page.put(curve=self._draw(control, found, key in self._swept) if len(found) > 2 else waiting(control))
        if key in self._stops:
            return
        if self._drawing is not None and not self._drawing[1].done():
            self._drawing[1].cancel()
            self._stops.pop(self._drawing[0], None)  # a curve left half made is begun anew
        while len(self._stops) >= CURVES:
            oldest = next(iter(self._stops))
            del self._stops[oldest]
            self._swept.discard(oldest)
        found = self._stops.setdefault(key, [])
        sweep = self.desk.curve(self.state, control)
        try:
            self._drawing = key, asyncio.get_running_loop().create_task(self._sweep(sweep, key))
        except RuntimeError:
            found.extend(s for s in sweep if s is not None)
            self._swept.add(key)
            self.page.put(curve=self._draw(control, found, True))

    async def _sweep(self, sweep: Iterator[Stop | None], key: tuple[str, State]) -> None:
        """Sweep a control bit by bit, so that a hand that moves is answered in between; show what there is so far."""
        found, drawn = self._stops[key], monotonic()
        try:
            for stop in sweep:
                if stop is not None:
                    found.append(stop)
                await asyncio.sleep(0 if stop is None else 0.01)
                if monotonic() - drawn > DRAW_SECONDS:
                    self._show_curve()
                    drawn = monotonic()
        except Exception as error:  # nobody waits for this task, so it has to say itself that it failed
            self.page.broke("draw the curve", error)
            return
        self._swept.add(key)
        self._show_curve()

    def _draw(self, control: Control, stops: list[Stop], whole: bool) -> Html:
        found, here = self._result().comparison, self._result().values[control.key]
        share = next(r.draft for r in found.rates if r.name == "approval_rate")
        known = [*(s for s in stops if s.value != here), Stop(here, share)]
        words = numbers_view.caption(found) + ("" if whole else "; still being drawn")
        return show(known, control, here, self._figure.png(stops, control, here), words)

    def snapshot(self) -> str:
        return parts.snapshot(self._result())
