"""The tuning screen as a widget: thin. What it shows comes from the `*_view` modules, what it knows from the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import anywidget
import traitlets as t

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import Draft
from workbench.lab import controls_view, drafting, numbers_view, requests_view
from workbench.lab.controls import Control, Refusal, read
from workbench.lab.curve import Curve, show, waiting
from workbench.lab.desk import Desk, Result
from workbench.lab.markup import plain, tag, text
from workbench.lab.state import State, View
from workbench.review.sentences import labels
from workbench.study.compare import Comparison
from workbench.study.listing import as_csv, lands, listed
from workbench.study.sweep import Stop

HERE = Path(__file__).parent
SHOWN = 50          # rows of the list of requests
CURVES = 8          # how many curves are kept


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
        self._opening = self._open()
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
        """Wait until everything is there."""
        for _ in self._opening:
            pass
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
            self._complain("The screen can not open", found.problems)
            raise

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
            self.dialog = controls_view.stale(name, "; ".join(p.message for p in found.problems), drafting.carried_words(
                self._desk.drafts, name, self._desk.library))
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
        self._show_groups()

    def _on_export(self, content: dict) -> None:
        name = f"{self._state.draft or 'draft'}-{'changes' if self._view.cell is None else '-'.join(self._view.cell)}.csv"
        self.send({"download": {"name": name, "text": as_csv(self._result.comparison, **self._how())}})

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
        self._show_listing()

    # showing

    def _show_choices(self) -> None:
        desk, state = self._desk, self._state
        self._show_bar()
        shown = self._result.groups if self._result and self._result.state == state else desk.controls(state)
        values = self._result.values if self._result and self._result.state == state else {
            c.key: c.published for g in shown for c in g.controls}
        self.column = controls_view.column(shown, state, values)

    def _show_bar(self) -> None:
        desk = self._desk
        self.bar = controls_view.bar(self._state, desk.guidelines, desk.conditions(self._state), desk.plans,
                                     [(s.name, s.title) for s in desk.sets.values()], drafting.saved(desk.drafts),
                                     bool(self._past))
        self.summary = controls_view.summary(self._state)

    def _show_result(self) -> None:
        found, result = self._result.comparison, self._result
        self._show_bar()
        self.verdict = numbers_view.verdict(found)
        self.rates = numbers_view.rates(found)
        self.matrix = numbers_view.matrix(found, self._view.cell)
        self.split = numbers_view.split(found)
        self.assumed = numbers_view.assumptions(result.cases.assumptions, found.draft.requests_on_assumptions, self._names)
        self.foot = numbers_view.rests_on(found, result.cases)
        self.python = numbers_view.reproduce(self._desk.python(self._state))
        self._show_groups()
        self._show_listing()
        self._show_values()
        self._show_curve()

    def _show_values(self) -> None:
        changed, refused = dict(self._state.changes), dict(self._state.refused)
        self.values = {key: {"value": plain(v), "said": f"{plain(v)} {c.unit}", "changed": key in changed,
                             "typed": refused.get(key), "why": controls_view.refusal(c, refused[key]) if key in refused
                             else ""}
                       for key, c in self._result.controls.items() if (v := self._result.values.get(key)) is not None}

    def _show_groups(self) -> None:
        cases = self._desk.bench(self._state).published.cases
        self.groups = numbers_view.groups(lands(self._result.comparison, cases, self._view.by), self._view.by, self._names)

    def _how(self) -> dict:
        v = self._view
        return {"cell": v.cell, "search": v.search, "sort": v.sort, "descending": v.descending}

    def _show_listing(self) -> None:
        found = listed(self._result.comparison, limit=SHOWN, **self._how())
        opened = self._desk.traces(self._state, self._view.opened) if self._view.opened else None
        traces = "" if opened is None else requests_view.traces(
            *opened, self._desk.parameters(self._state), self._names)
        self.listing = requests_view.listing(found, self._view, self._names, traces)

    @property
    def _names(self) -> dict[str, str]:
        return labels(self._desk.library)

    def _complain(self, title: str, problems: tuple[Problem, ...]) -> None:
        self.dialog = controls_view.notice(title, [str(p) if p.file else p.message for p in problems])

    # the curve

    def _show_curve(self) -> None:
        control = self._result.controls.get(self._view.hand)
        if control is None or control.key not in self._result.values:
            self.curve = waiting(None)
            return
        key = replace(self._state.moved(control.key, None), draft=control.key)
        if key in self._stops:
            self.curve = self._draw(control, self._stops[key])
            return
        self.curve = waiting(control)
        if self._drawing is not None:
            self._drawing.cancel()
        try:
            self._drawing = asyncio.get_running_loop().create_task(self._trace(control, key))
        except RuntimeError:
            self._keep(key, list(self._desk.curve(self._state, control)))
            self.curve = self._draw(control, self._stops[key])

    async def _trace(self, control: Control, key: State) -> None:
        """Sweep the control bit by bit, so that a hand that moves on is answered in between."""
        found = []
        for stop in self._desk.curve(self._state, control):
            found.append(stop)
            await asyncio.sleep(0.01)
        self._keep(key, found)
        if self._view.hand == control.key:
            self._show_curve()

    def _keep(self, key: State, stops: list[Stop]) -> None:
        self._stops[key] = stops
        while len(self._stops) > CURVES:
            del self._stops[next(iter(self._stops))]

    def _draw(self, control: Control, stops: list[Stop]) -> str:
        found = self._result.comparison
        here: Decimal = self._result.values[control.key]
        share = next(r.draft for r in found.rates if r.name == "approval_rate")
        stops = [*(s for s in stops if s.value != here), Stop(here, share)]
        return show(stops, control, here, self._figure.png(stops, control, here), numbers_view.caption(found))

    # as a picture of itself

    def snapshot(self) -> str:
        """What the screen says now, as HTML that needs no kernel: for the stored notebook, which shows it until the
        living screen is there."""
        self.ready()
        parts = "".join(tag("div", getattr(self, name), class_="say" if name == "verdict" else None)
                        for name in ("verdict", "rates", "matrix"))
        note = tag("p", "The last stored result. The screen starts by itself in a moment; if it does not, run this "
                   "notebook (Run → Run All Cells).", class_="cap")
        css = (HERE / "panel.css").read_text(encoding="utf-8")
        return tag("style", css) + tag("div", tag("div", note + parts, style="padding: 0 18px 16px"), class_="wb-tune")
