"""What the hands behind the screen ask of the page, and of one another: so that none of them knows the widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from workbench.lab.tuning.session import Desk, Result
from workbench.lab.tuning.state import State, View

Content = Mapping[str, object]  # a message of the page: texts, and one mapping of moves
Act = Callable[[Content], None]


class Page(Protocol):
    """Where what is to be seen is put, part by part (see panel.js)."""

    def put(self, **parts: object) -> None:
        """Show these parts."""

    def show_now(self, part: str) -> None:
        """Let the page see a part before the rest of the work is done."""

    def wait(self, words: str) -> None:
        """Say what is being done, in the place of the sentence."""

    def broke(self, what: str, error: Exception) -> None:
        """Say that something failed that nobody foresaw."""

    def download(self, name: str, text: str) -> None:
        """Hand a file to the browser."""


class Host(Protocol):
    """The hand that holds the state; the others ask it to move."""

    desk: Desk
    page: Page
    state: State
    view: View
    result: Result | None

    def move_to(self, state: State, *, grip: str = "", undoing: bool = False) -> None:
        """Decide under another state, then show it."""

    def choose(self, state: State) -> None:
        """The same where other things than numbers change."""

    def settle(self, state: State) -> None:
        """The same numbers under another name: show it, decide nothing."""

    def show_choices(self) -> None:
        """Show bar and columns anew."""


def said(content: Content, key: str) -> str:
    """A text of a message; "" where there is none."""
    value = content.get(key)
    return "" if value is None else str(value)
