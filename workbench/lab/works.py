"""What happens behind the screen: each thing that the hand can do, and what the page then shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from time import monotonic

from workbench.errors import ProblemsFound
from workbench.lab import controls_view, drafting, numbers_view, parts
from workbench.lab.controls import Control, Refusal, read
from workbench.lab.curve import Curve, show, waiting
from workbench.lab.desk import Desk, Result
from workbench.lab.panel import Panel
from workbench.lab.state import State, View
from workbench.study.listing import as_csv
from workbench.study.sweep import Stop

CURVES = 8          # how many curves are kept
DRAW_SECONDS = 1    # how often a curve that is being made is drawn


class Works:
    """A desk, the state and view that its page stands at, and the result that it shows. Methods `on_…` do what the
    page asks; those that need to decide leave everything as it was where that raises ProblemsFound."""

    desk: Desk
    state: State
    result: Result | None = None

    def __init__(self, page: Panel, view: View | None = None):
        self.page, self.view = page, view or View()
        self._past: list[State] = []
        self._grip = ""                                     # the control whose moves count as one for Undo
        self._author = ""
        self._figure, self._stops, self._drawing = Curve(), {}, None
        self._swept: set[tuple[str, State]] = set()         # curves that are whole

    def open(self, open_desk: Callable[[], Desk], state: State | None) -> Iterator[str]:
        """Step by step from nothing to a full screen; each step says what it does before it does it."""
        yield "Reading the guidelines …"
        self.desk = open_desk()
        self.state = state or self.desk.first()
        self._show_choices()
        yield f"Making the cases: {self.desk.sets[self.state.cases].title} …"
        found = self.desk.cases(self.state.cases)
        yield f"Deciding {found.frame.height:,} requests …"
        self.move_to(self.state)
        self.page.hand = self.view.hand

    # what the hand can do

    def on_moves(self, content: dict) -> None:
        state = self.state
        for key, typed in content["moves"].items():
            control = self.result.controls.get(key)
            if control is None:
                continue
            try:
                value = read(control, str(typed))
                published = value == control.published and state.kept is None
                state = state.moved(key, None if published else value)
            except Refusal:
                state = state.refusing(key, str(typed))
        self.move_to(state, grip=",".join(content["moves"]))

    def on_hand(self, content: dict) -> None:
        self.view = replace(self.view, hand=content["key"])
        self.page.hand = content["key"]
        self._grip = ""
        self._show_curve()

    def stand_at(self, state: State) -> None:
        """Another state, from outside."""
        self.move_to(state)
        self._show_choices()

    def on_undo(self, content: dict) -> None:
        if self._past:
            self.move_to(self._past.pop(), undoing=True)
            self._show_choices()

    def on_reset(self, content: dict) -> None:
        self.move_to(self.state.reset())
        self._show_choices()

    def on_guideline(self, content: dict) -> None:
        id_, _, version = content["value"].partition("/")
        state = replace(self.state.reset(), guideline=id_, version=version)
        known = [c for c, _ in self.desk.conditions(state)]
        self._choose(replace(state, condition=state.condition if state.condition in known else next(iter(known), "")))

    def on_condition(self, content: dict) -> None:
        self._choose(replace(self.state, condition=content["value"]))

    def on_plan(self, content: dict) -> None:
        self._choose(replace(self.state, plan=content["value"]))

    def on_cases(self, content: dict) -> None:
        self._choose(replace(self.state, cases=content["value"]))

    def _choose(self, state: State) -> None:
        self.page.wait("Deciding …")
        self.page.send_state("verdict")
        self.view = replace(self.view, cell=None, opened="", search="", hand="")
        self.page.hand = ""
        self.move_to(state)
        self._show_choices()

    def on_load(self, content: dict, carry: bool = False) -> None:
        name = content.get("value") or content.get("name", "")
        if not name:
            return
        try:
            state = drafting.load(self.desk.drafts, name, self.state, self.desk.library, carry=carry)
        except ProblemsFound as found:
            if carry or any(p.code != "stale-digest" for p in found.problems):
                raise
            why = "; ".join(p.message for p in found.problems)
            self.page.dialog = controls_view.stale(name, why, drafting.carried_words(self.desk.drafts, name,
                                                                                self.desk.library))
            return
        if not state.condition:
            state = replace(state, condition=next((c for c, _ in self.desk.conditions(state)), ""))
        self.page.dialog = ""
        self._choose(state)

    def on_carry(self, content: dict) -> None:
        self.on_load(content, carry=True)

    def on_saving(self, content: dict) -> None:
        self.page.dialog = controls_view.saving(self.state, author=self._author)

    def on_save(self, content: dict) -> None:
        name, self._author, reason = (str(content.get(k, "")) for k in ("name", "author", "reason"))
        try:
            path = drafting.save(self.state, self.desk.library, self.desk.drafts, name=name, author=self._author,
                                 reason=reason, today=date.today(), replace_existing=bool(content.get("replace")))
        except ProblemsFound as found:
            said = [p.message + (f": {p.hint}" if p.hint else "") for p in found.problems]
            self.page.dialog = controls_view.saving(self.state, said, name=name, author=self._author, reason=reason,
                                               exists=any(p.code == "draft-exists" for p in found.problems))
            return
        self.state = replace(self.state, draft=path.stem)
        self.page.dialog = controls_view.saved_as(path.parent.name + "/" + path.name)
        self._show_choices()
        self._show_result()

    def on_cancel(self, content: dict) -> None:
        self.page.dialog = ""

    def on_cell(self, content: dict) -> None:
        cell = (content["a"], content["b"])
        self._look(cell=None if cell == self.view.cell else cell)

    def on_all(self, content: dict) -> None:
        self._look(cell=None)

    def on_sort(self, content: dict) -> None:
        again = self.view.sort == content["key"]
        self._look(sort=content["key"], descending=again and not self.view.descending)

    def on_search(self, content: dict) -> None:
        self._look(search=str(content["value"]))

    def on_open(self, content: dict) -> None:
        self._look(opened="" if self.view.opened == content["id"] else content["id"])

    def on_by(self, content: dict) -> None:
        self.view = replace(self.view, by=content["value"])
        self._put(parts.groups(self.desk, self.result, self.view))

    def on_export(self, content: dict) -> None:
        which = "changes" if self.view.cell is None else "-".join(self.view.cell)
        self.page.send({"download": {"name": f"{self.state.draft or 'draft'}-{which}.csv",
                                "text": as_csv(self.result.comparison, **self.view.how)}})

    # moving

    def move_to(self, state: State, *, grip: str = "", undoing: bool = False) -> None:
        """Another state: decide, then show. A state that can not be decided is not moved to."""
        result = self.desk.result(state)
        if self.result is not None and not undoing and state != self.state and (not grip or grip != self._grip):
            self._past.append(self.state)
        self._grip, self.state, self.result = grip, state, result
        self._show_result()

    def _look(self, **what: object) -> None:
        self.view = replace(self.view, **what)
        self.page.matrix = numbers_view.matrix(self.result.comparison, self.view.cell)
        self._put(parts.listing(self.desk, self.result, self.view))

    # showing

    def _put(self, parts: dict[str, str]) -> None:
        for name, html in parts.items():
            setattr(self.page, name, html)

    def _show_choices(self) -> None:
        self._put(parts.bar(self.desk, self.state, bool(self._past)))
        self._put(parts.column(self.desk, self.state, self.result))

    def _show_result(self) -> None:
        self._put(parts.bar(self.desk, self.state, bool(self._past)))
        self._put(parts.numbers(self.desk, self.result, self.view))
        self.page.values = parts.values(self.result)
        self._show_curve()

    # the curve

    def _show_curve(self) -> None:
        control = self.result.controls.get(self.view.hand)
        if control is None or control.key not in self.result.values:
            self.page.curve = waiting(None)
            return
        # The curve of a control does not depend on where the control itself stands.
        key = (control.key, replace(self.state.moved(control.key, None), refused=()))
        found = self._stops.get(key, [])
        self.page.curve = self._draw(control, found, key in self._swept) if len(found) > 2 else waiting(control)
        if key in self._stops:
            return
        if self._drawing is not None and not self._drawing[1].done():
            self._drawing[1].cancel()
            self._stops.pop(self._drawing[0], None)         # a curve left half made is begun anew
        while len(self._stops) >= CURVES:
            oldest = next(iter(self._stops))
            del self._stops[oldest]
            self._swept.discard(oldest)
        found = self._stops.setdefault(key, [])
        sweep = self.desk.curve(self.state, control)
        try:
            self._drawing = key, asyncio.get_running_loop().create_task(self._sweep(sweep, key))
        except RuntimeError:
            found.extend(sweep)
            self._swept.add(key)
            self.page.curve = self._draw(control, found, True)

    async def _sweep(self, sweep: Iterator[Stop], key: tuple[str, State]) -> None:
        """Sweep a control bit by bit, so that a hand that moves is answered in between; show what there is so far."""
        found, drawn = self._stops[key], monotonic()
        for stop in sweep:
            found.append(stop)
            await asyncio.sleep(0.01)
            if monotonic() - drawn > DRAW_SECONDS:
                self._show_curve()
                drawn = monotonic()
        self._swept.add(key)
        self._show_curve()

    def _draw(self, control: Control, stops: list[Stop], whole: bool) -> str:
        found, here = self.result.comparison, self.result.values[control.key]
        share = next(r.draft for r in found.rates if r.name == "approval_rate")
        said = [*(s for s in stops if s.value != here), Stop(here, share)]
        words = numbers_view.caption(found) + ("" if whole else "; still being drawn")
        return show(said, control, here, self._figure.png(stops, control, here), words)

    def snapshot(self) -> str:
        return parts.snapshot(self.result)
