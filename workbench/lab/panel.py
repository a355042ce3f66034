"""The tuning screen as a widget: thin, and quick to show itself. What it does and says comes from `works`, which is
loaded when the page stands already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from workbench.errors import Problem, ProblemsFound
from workbench.lab.markup import notice, tag, text

if TYPE_CHECKING:
    from workbench.guideline.model import Draft
    from workbench.lab.desk import Desk, Result
    from workbench.lab.state import State, View
    from workbench.study.compare import Comparison

HERE = Path(__file__).parent


class Panel(anywidget.AnyWidget):
    """Choose, move, look, save. `state` can be printed, and set: the screen is rebuilt from it."""

    _esm, _css = HERE / "panel.js", HERE / "panel.css"
    bar, column, summary, dialog = (t.Unicode().tag(sync=True) for _ in range(4))
    assumed, verdict, rates, matrix, curve = (t.Unicode().tag(sync=True) for _ in range(5))
    groups, split, listing, foot, python = (t.Unicode().tag(sync=True) for _ in range(5))
    values = t.Dict().tag(sync=True)
    hand = t.Unicode().tag(sync=True)
    done = t.Int().tag(sync=True)

    def __init__(self, opening: Callable[[Panel], Iterator[str]]):
        """`opening` fills the screen step by step, saying before each what it will do, and sets `works`. It goes on
        while the kernel has nothing else to do; without a running event loop, before the screen is shown."""
        super().__init__()
        self.works: Any = None              # a workbench.lab.works.Works, once it is open
        self._failed: ProblemsFound | None = None
        self._steps = self._open(opening)
        self.wait("Starting …")
        self.on_msg(lambda _, content, __: self.hear(content))
        try:
            self._starting = asyncio.get_running_loop().create_task(self._start())
        except RuntimeError:
            self.ready()

    # what a notebook may ask

    @property
    def state(self) -> State:
        return self.ready().state

    @state.setter
    def state(self, state: State) -> None:
        self.ready().stand_at(state)

    @property
    def view(self) -> View:
        return self.ready().view

    @property
    def desk(self) -> Desk:
        return self.ready().desk

    @property
    def result(self) -> Result:
        return self.ready().result

    @property
    def comparison(self) -> Comparison:
        """The comparison that the screen shows."""
        return self.result.comparison

    @property
    def draft(self) -> Draft:
        """The draft on the screen, not saved."""
        return self.desk.draft(self.state)

    @property
    def opened(self) -> bool:
        """Whether everything is there."""
        return self.works is not None and self.works.result is not None

    def ready(self) -> Any:
        """Wait until everything is there. Raises ProblemsFound where the screen could not open."""
        for _ in self._steps:
            pass
        if self._failed is not None:
            raise self._failed
        return self.works

    def snapshot(self) -> str:
        """What the screen says now, as HTML that needs no kernel."""
        return self.ready().snapshot()

    # opening and listening

    async def _start(self) -> None:
        await asyncio.sleep(0.05)
        for _ in self._steps:
            await asyncio.sleep(0.01)                       # lets what was said reach the page

    def _open(self, opening: Callable[[Panel], Iterator[str]]) -> Iterator[None]:
        try:
            for words in opening(self):
                yield self.wait(words)
        except ProblemsFound as found:
            self._failed = found
            self.wait("The screen can not open.")
            self.complain("What is wrong", found.problems)

    def hear(self, content: dict) -> None:
        """Do what the page asks. Whatever happens, the page learns that it is done."""
        try:
            works = self.ready()
            with self.hold_sync():
                getattr(works, f"on_{content['act']}")(content)
        except ProblemsFound as found:
            self.complain("That did not work", found.problems)
        finally:
            self.done = max(self.done, int(content.get("seq", 0)))

    def wait(self, words: str) -> None:
        """Say what is being done, in the place of the sentence."""
        self.verdict = tag("p", text(words), class_="sentence")

    def complain(self, title: str, problems: tuple[Problem, ...]) -> None:
        """Show everything that is wrong."""
        self.dialog = notice(title, [str(p) if p.file else p.message for p in problems])
