"""The tuning screen as a widget: thin, and quick to show itself. What it does and says comes from
controller.py, which is loaded when the page stands already."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import traitlets as t

from workbench.errors import Problem, ProblemsFound
from workbench.lab.tuning.failures import failure
from workbench.words.colours import variables
from workbench.words.html import notice, tag

if TYPE_CHECKING:
    from workbench.guideline.model import Draft
    from workbench.lab.tuning.controller import Works
    from workbench.lab.tuning.page import Content
    from workbench.lab.tuning.session import Desk, Result
    from workbench.lab.tuning.state import State, View
    from workbench.study.compare import Comparison

HERE = Path(__file__).parent
log = logging.getLogger("workbench.lab")


class Panel(anywidget.AnyWidget):
    """Choose, move, look, save. `state` can be printed, and set: the screen is rebuilt from it."""

    _esm = HERE / "panel.js"
    _css = variables(".wb-tune") + (HERE / "panel.css").read_text(encoding="utf-8")
    bar, column, summary, dialog = (t.Unicode().tag(sync=True) for _ in range(4))
    assumed, verdict, rates, matrix, curve = (t.Unicode().tag(sync=True) for _ in range(5))
    groups, split, listing, foot, python, editor, rules, turned = (t.Unicode().tag(sync=True) for _ in range(8))
    values, standings, checked = (t.Dict().tag(sync=True) for _ in range(3))
    vocabulary: t.List[dict[str, object]] = t.List().tag(sync=True)
    hand = t.Unicode().tag(sync=True)
    done = t.Int().tag(sync=True)

    def __init__(self, opening: Callable[[Panel], Iterator[str]]):
        """`opening` fills the screen step by step, saying before each what it will do, and sets `works`. It goes on
        while the kernel has nothing else to do; without a running event loop, before the screen is shown."""
        super().__init__()
        self.works: Works | None = None  # once it is open
        self._failed: Exception | None = None
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
        result = self.ready().result
        assert result is not None, "opening decides"
        return result

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

    def ready(self) -> Works:
        """Wait until everything is there. Raises ProblemsFound where the screen could not open."""
        for _ in self._steps:
            pass
        if self._failed is not None:
            raise self._failed
        assert self.works is not None, "opening sets it"
        return self.works

    def snapshot(self) -> str:
        """What the screen says now, as HTML that needs no kernel."""
        return self.ready().snapshot()

    # opening and listening

    async def _start(self) -> None:
        await asyncio.sleep(0.05)
        for _ in self._steps:
            await asyncio.sleep(0.01)  # lets what was said reach the page

    def _open(self, opening: Callable[[Panel], Iterator[str]]) -> Iterator[None]:
        try:
            for words in opening(self):
                self.wait(words)
                yield
        except ProblemsFound as found:
            self._failed = found
            self.wait("The screen can not open.")
            self.complain("What is wrong", found.problems)
        except Exception as error:
            self._failed = error
            self.wait("The screen can not open.")
            self.broke("open the screen", error)

    def hear(self, content: Content) -> None:
        """Do what the page asks. Whatever happens, the page learns that it is done."""
        try:
            works = self.ready()
            with self.hold_sync():
                works.hear(content)
        except ProblemsFound as found:
            self.complain("That did not work", found.problems)
        except Exception as error:  # whatever it is, the hand must learn that nothing was done
            self.broke(f"do “{content.get('act')}”", error)
        finally:
            self.done = max(self.done, int(str(content.get("seq", 0))))

    # what the hands behind the screen ask

    def put(self, **parts: object) -> None:
        for name, part in parts.items():
            setattr(self, name, str(part) if isinstance(part, str) else part)

    def show_now(self, part: str) -> None:
        self.send_state(part)

    def download(self, name: str, text: str) -> None:
        self.send({"download": {"name": name, "text": text}})

    def wait(self, words: str) -> None:
        """Say what is being done, in the place of the sentence."""
        self.verdict = tag("p", words, class_="sentence")

    def broke(self, what: str, error: Exception) -> None:
        """Something failed that nobody foresaw: a sentence for the page, the details for the log."""
        log.error("could not %s", what, exc_info=error)
        said = [failure(error), "What was on the screen before still counts. The details are in the log of the kernel."]
        self.dialog = notice("That did not work", said)

    def complain(self, title: str, problems: tuple[Problem, ...]) -> None:
        """Show everything that is wrong."""
        self.dialog = notice(title, [str(p) if p.file else p.message for p in problems])
