"""The tuning screen as a widget: thin. What it shows comes from the `*_view` modules, what it knows from the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import monotonic

import anywidget
import traitlets as t

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import Draft
from workbench.lab import controls_view, drafting, numbers_view, parts
from workbench.lab.controls import Control, Refusal, read
from workbench.lab.curve import Curve, show, waiting
from workbench.lab.desk import Desk, Result
from workbench.lab.markup import tag, text
from workbench.lab.state import State, View
from workbench.study.compare import Comparison
from workbench.study.listing import as_csv
from workbench.study.sweep import Stop

HERE = Path(__file__).parent
CURVES = 8          # how many curves are kept
DRAW_SECONDS = 1    # how often a curve that is being made is drawn


class Panel(anywidget.AnyWidget):
    """Choose, move, look, save. `state` can be printed, and set: the screen is rebuilt from it."""

    _esm, _css = HERE / "panel.js", HERE / "panel.css"
    bar, column, summary, dialog = (t.Unicode().tag(sync=True) for _ in range(4))
    assumed, verdict, rates, matrix, curve = (t.Unicode().tag(sync=True) for _ in range(5))
    groups, split, listing, foot, python = (t.Unicode().tag(sync=True) for _ in range(5))
    values = t.Dict().tag(sync=True)
    hand = t.Unicode().tag(sync=True)
    done = t.Int().tag(sync=True)

    def __init__(self, open_desk: Callable[[], Desk], state: State | None = None, view: View | None = None):
        """The screen shows itself at once and fills itself while the kernel has nothing else to do. Without a
        running event loop it is filled before it is shown."""
        super().__init__()
        self._open_desk, self._desk, self._state = open_desk, None, state
        self._view, self._result = view or View(), None
        self._past: list[State] = []
        self._grip = ""                                     # the control whose moves count as one for Undo
        self._author = ""
        self._figure, self._stops, self._drawing = Curve(), {}, None
        self._opening, self._failed = self._open(), None
        self._wait("Starting …")
        self.on_msg(lambda _, content, __: self.hear(content))
        try:
            self._starting = asyncio.get_running_loop().create_task(self._start())
        except RuntimeError:
            self.ready()

    # what a notebook may ask

    @property
    def state(self) -> State:
        return self.ready()._state

    @state.setter
    def state(self, state: State) -> None:
        self.ready()
        self._move_to(state)
        self._show_choices()

    @property
    def opened(self) -> bool:
        """Whether everything is there."""
        return self._result is not None

    @property
    def view(self) -> View:
        return self._view

    @property
    def desk(self) -> Desk:
        return self.ready()._desk

    @property
    def result(self) -> Result:
        return self.ready()._result

    @property
    def comparison(self) -> Comparison:
        """The comparison that the screen shows."""
        return self.result.comparison

    @property
    def draft(self) -> Draft:
        """The draft on the screen, not saved."""
        return self.desk.draft(self._state)

    def ready(self) -> Panel:
        """Wait until everything is there. Raises ProblemsFound where the screen could not open."""
        for _ in self._opening:
            pass
        if self._failed is not None:
            raise self._failed
        return self

    # opening

    async def _start(self) -> None:
        await asyncio.sleep(0.05)
        for _ in self._opening:
            await asyncio.sleep(0.01)                       # lets what was said reach the page

    def _open(self) -> Iterator[None]:
        """Step by step from nothing to a full screen; each step says what it does before it does it."""
        try:
            yield self._wait("Reading the guidelines …")
            self._desk = self._open_desk()
            self._state = self._state or self._desk.first()
            self._show_choices()
            yield self._wait(f"Making the cases: {self._desk.sets[self._state.cases].title} …")
            found = self._desk.cases(self._state.cases)
            yield self._wait(f"Deciding {found.frame.height:,} requests …")
            self._move_to(self._state)
            self.hand = self._view.hand
        except ProblemsFound as found:
            self._failed = found
            self._wait("The screen can not open.")
            self._complain("What is wrong", found.problems)

    def _wait(self, words: str) -> None:
        self.verdict = tag("p", text(words), class_="sentence")

    # listening

    def hear(self, content: dict) -> None:
        """Do what the page asks. Whatever happens, the page learns that it is done."""
        try:
            self.ready()
            with self.hold_sync():
                getattr(self, f"_on_{content['act']}")(content)
        except ProblemsFound as found:
            self._complain("That did not work", found.problems)
        finally:
            self.done = max(self.done, int(content.get("seq", 0)))

    def _on_moves(self, content: dict) -> None:
        state = self._state
        for key, typed in content["moves"].items():
            control = self._result.controls.get(key)
            if control is None:
                continue
            try:
                value = read(control, str(typed))
                published = value == control.published and state.kept is None
                state = state.moved(key, None if published else value)
            except Refusal:
                state = state.refusing(key, str(typed))
        self._move_to(state, grip=",".join(content["moves"]))

    def _on_hand(self, content: dict) -> None:
        self._view = replace(self._view, hand=content["key"])
        self.hand = content["key"]
        self._grip = ""
        self._show_curve()

    def _on_undo(self, content: dict) -> None:
        if self._past:
            self._move_to(self._past.pop(), undoing=True)
            self._show_choices()

    def _on_reset(self, content: dict) -> None:
        self._move_to(self._state.reset())
        self._show_choices()

    def _on_guideline(self, content: dict) -> None:
        id_, _, version = content["value"].partition("/")
        state = replace(self._state.reset(), guideline=id_, version=version)
        known = [c for c, _ in self._desk.conditions(state)]
        self._choose(replace(state, condition=state.condition if state.condition in known else next(iter(known), "")))

    def _on_condition(self, content: dict) -> None:
        self._choose(replace(self._state, condition=content["value"]))

    def _on_plan(self, content: dict) -> None:
        self._choose(replace(self._state, plan=content["value"]))

    def _on_cases(self, content: dict) -> None:
        self._choose(replace(self._state, cases=content["value"]))

    def _choose(self, state: State) -> None:
        self._wait("Deciding …")
        self.send_state("verdict")
        self._view = replace(self._view, cell=None, opened="", search="", hand="")
        self.hand = ""
        self._move_to(state)
        self._show_choices()

    def _on_load(self, content: dict, carry: bool = False) -> None:
        name = content.get("value") or content.get("name", "")
        if not name:
            return
        try:
            state = drafting.load(self._desk.drafts, name, self._state, self._desk.library, carry=carry)
        except ProblemsFound as found:
            if carry or any(p.code != "stale-digest" for p in found.problems):
                raise
            why = "; ".join(p.message for p in found.problems)
            self.dialog = controls_view.stale(name, why, drafting.carried_words(self._desk.drafts, name,
                                                                                self._desk.library))
            return
        if not state.condition:
            state = replace(state, condition=next((c for c, _ in self._desk.conditions(state)), ""))
        self.dialog = ""
        self._choose(state)

    def _on_carry(self, content: dict) -> None:
        self._on_load(content, carry=True)

    def _on_saving(self, content: dict) -> None:
        self.dialog = controls_view.saving(self._state, author=self._author)

    def _on_save(self, content: dict) -> None:
        name, self._author, reason = (str(content.get(k, "")) for k in ("name", "author", "reason"))
        try:
            path = drafting.save(self._state, self._desk.library, self._desk.drafts, name=name, author=self._author,
                                 reason=reason, today=date.today(), replace_existing=bool(content.get("replace")))
        except ProblemsFound as found:
            said = [p.message + (f": {p.hint}" if p.hint else "") for p in found.problems]
            self.dialog = controls_view.saving(self._state, said, name=name, author=self._author, reason=reason,
                                               exists=any(p.code == "draft-exists" for p in found.problems))
            return
        self._state = replace(self._state, draft=path.stem)
        self.dialog = controls_view.saved_as(path.parent.name + "/" + path.name)
        self._show_choices()
        self._show_result()

    def _on_cancel(self, content: dict) -> None:
        self.dialog = ""

    def _on_cell(self, content: dict) -> None:
        cell = (content["a"], content["b"])
        self._look(cell=None if cell == self._view.cell else cell)

    def _on_all(self, content: dict) -> None:
        self._look(cell=None)

    def _on_sort(self, content: dict) -> None:
        again = self._view.sort == content["key"]
        self._look(sort=content["key"], descending=again and not self._view.descending)

    def _on_search(self, content: dict) -> None:
        self._look(search=str(content["value"]))

    def _on_open(self, content: dict) -> None:
        self._look(opened="" if self._view.opened == content["id"] else content["id"])

    def _on_by(self, content: dict) -> None:
        self._view = replace(self._view, by=content["value"])
        self._put(parts.groups(self._desk, self._result, self._view))

    def _on_export(self, content: dict) -> None:
        which = "changes" if self._view.cell is None else "-".join(self._view.cell)
        self.send({"download": {"name": f"{self._state.draft or 'draft'}-{which}.csv",
                                "text": as_csv(self._result.comparison, **self._view.how)}})

    # moving

    def _move_to(self, state: State, *, grip: str = "", undoing: bool = False) -> None:
        """Another state: decide, then show. A state that can not be decided is not moved to."""
        result = self._desk.result(state)
        if self._result is not None and not undoing and state != self._state and (not grip or grip != self._grip):
            self._past.append(self._state)
        self._grip, self._state, self._result = grip, state, result
        self._show_result()

    def _look(self, **what: object) -> None:
        self._view = replace(self._view, **what)
        self.matrix = numbers_view.matrix(self._result.comparison, self._view.cell)
        self._put(parts.listing(self._desk, self._result, self._view))

    # showing

    def _put(self, parts: dict[str, str]) -> None:
        for name, html in parts.items():
            setattr(self, name, html)

    def _show_choices(self) -> None:
        self._put(parts.bar(self._desk, self._state, bool(self._past)))
        self._put(parts.column(self._desk, self._state, self._result))

    def _show_result(self) -> None:
        self._put(parts.bar(self._desk, self._state, bool(self._past)))
        self._put(parts.numbers(self._desk, self._result, self._view))
        self.values = parts.values(self._result)
        self._show_curve()

    def _complain(self, title: str, problems: tuple[Problem, ...]) -> None:
        self.dialog = controls_view.notice(title, [str(p) if p.file else p.message for p in problems])

    # the curve

    def _show_curve(self) -> None:
        control = self._result.controls.get(self._view.hand)
        if control is None or control.key not in self._result.values:
            self.curve = waiting(None)
            return
        # The curve of a control does not depend on where the control itself stands.
        key = (control.key, replace(self._state.moved(control.key, None), refused=()))
        found = self._stops.get(key, [])
        self.curve = self._draw(control, found) if len(found) > 2 else waiting(control)
        if key in self._stops:
            return
        if self._drawing is not None and not self._drawing[1].done():
            self._drawing[1].cancel()
            self._stops.pop(self._drawing[0], None)         # a curve left half made is begun anew
        while len(self._stops) >= CURVES:
            del self._stops[next(iter(self._stops))]
        found = self._stops.setdefault(key, [])
        sweep = self._desk.curve(self._state, control)
        try:
            self._drawing = key, asyncio.get_running_loop().create_task(self._sweep(sweep, key))
        except RuntimeError:
            found.extend(sweep)
            self.curve = self._draw(control, found)

    async def _sweep(self, sweep: Iterator[Stop], key: tuple[str, State]) -> None:
        """Sweep a control bit by bit, so that a hand that moves is answered in between; show what there is so far."""
        found, drawn = self._stops[key], monotonic()
        for stop in sweep:
            found.append(stop)
            await asyncio.sleep(0.01)
            if monotonic() - drawn > DRAW_SECONDS:
                self._show_curve()
                drawn = monotonic()
        self._show_curve()

    def _draw(self, control: Control, stops: list[Stop]) -> str:
        found = self._result.comparison
        here: Decimal = self._result.values[control.key]
        share = next(r.draft for r in found.rates if r.name == "approval_rate")
        stops = [*(s for s in stops if s.value != here), Stop(here, share)]
        return show(stops, control, here, self._figure.png(stops, control, here), numbers_view.caption(found))

    def snapshot(self) -> str:
        """What the screen says now, as HTML that needs no kernel."""
        return parts.snapshot(self.result)
