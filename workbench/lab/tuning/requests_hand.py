"""What the hand does with the list of requests: choose a cell, order, search, turn pages, open one, export."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from dataclasses import replace

from workbench.engine.retune import at_once
from workbench.lab.tuning import numbers_html as numbers_view
from workbench.lab.tuning import screen as parts
from workbench.lab.tuning import turning_html
from workbench.lab.tuning.page import Act, Content, Host, said
from workbench.lab.tuning.recent import Recent
from workbench.lab.tuning.session import Result
from workbench.lab.tuning.state import State, View
from workbench.study.listing import as_csv
from workbench.words.conditions import labels
from workbench.words.html import Html

KEPT = 16  # answers to what would change a request
PAUSE = 0.3  # seconds for which the hand rests before they are looked for


class RequestsHand:
    """The acts of the list, and what would change the request that is open."""

    def __init__(self, host: Host):
        self.host = host
        self._turned: Recent[tuple[State, str], Html] = Recent(KEPT)
        self._looking: asyncio.Task[None] | None = None
        self.acts: Mapping[str, Act] = {
            "cell": self.cell,
            "all": self.all,
            "sort": self.sort,
            "search": self.search,
            "open": self.open,
            "page": self.page,
            "export": self.export,
        }

    def cell(self, content: Content) -> None:
        cell = (said(content, "a"), said(content, "b"))
        self._look(replace(self.host.view, cell=None if cell == self.host.view.cell else cell, page=0))

    def all(self, content: Content) -> None:
        self._look(replace(self.host.view, cell=None, page=0))

    def sort(self, content: Content) -> None:
        view, key = self.host.view, said(content, "key")
        self._look(replace(view, sort=key, descending=view.sort == key and not view.descending, page=0))

    def search(self, content: Content) -> None:
        self._look(replace(self.host.view, search=said(content, "value"), page=0))

    def open(self, content: Content) -> None:
        opened = said(content, "id")
        self._look(replace(self.host.view, opened="" if self.host.view.opened == opened else opened))
        self.show_turning()

    def page(self, content: Content) -> None:
        self._look(replace(self.host.view, page=int(said(content, "to"))))

    def export(self, content: Content) -> None:
        """The whole list as it is shown, in words: no ids where there are labels."""
        host, desk = self.host, self.host.desk
        which = "changes" if host.view.cell is None else "-".join(host.view.cell)
        how = host.view.how(parts.shown_words(desk.library))
        text = as_csv(self._result().comparison, said=parts.export_words(desk, host.state), **how)
        host.page.download(f"{host.state.draft or 'draft'}-{which}.csv", text)

    def show_turning(self) -> None:
        """What would change the open request, looked for when the answer stands already."""
        if self._looking is not None:
            self._looking.cancel()
        state, opened = self._result().state, self.host.view.opened
        key = (replace(state, refused=(), saved=(), condition=""), opened)
        if not opened or key in self._turned:
            self.host.page.put(turned=self._turned.get(key, ""))
            return
        self.host.page.put(turned=turning_html.looking())
        search = self._search(state, opened)
        try:
            self._looking = asyncio.get_running_loop().create_task(self._look_for(search, key))
        except RuntimeError:
            self.host.page.put(turned=self._turned.keep(key, at_once(search)))

    def _search(self, state: State, opened: str) -> Generator[None, None, Html]:
        turns, rules = yield from self.host.desk.turning(state, opened)
        return turning_html.turned(turns, rules, labels(self.host.desk.library))

    async def _look_for(self, search: Generator[None, None, Html], key: tuple[State, str]) -> None:
        await asyncio.sleep(PAUSE)
        try:
            while True:
                next(search)
                await asyncio.sleep(0)
        except StopIteration as done:
            self.host.page.put(turned=self._turned.keep(key, done.value))
        except Exception as error:  # nobody waits for this task, so it has to say itself that it failed
            self.host.page.broke("find what would change this request", error)

    def _result(self) -> Result:
        assert self.host.result is not None, "the screen is open"
        return self.host.result

    def _look(self, view: View) -> None:
        self.host.view = view
        self.host.page.put(matrix=numbers_view.matrix(self._result().comparison, view.cell))
        self.host.page.put(**parts.listing(self.host.desk, self._result(), view))
