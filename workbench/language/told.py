"""Truths about parts of expressions, each worked out once under a name of its own, for whoever looks at it.

What an expression asks for hangs, part by part, on which of its parts are unknown. Written out for each fact that can
be asked for, these would stand there dozens of times, and reading and planning them takes longer than deciding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Generic, TypeVar

from workbench.language.tree import Node, parameter_names

X = TypeVar("X")  # what a reading makes of an expression
Key = tuple[str, Node, tuple[tuple[str, Decimal], ...]]


class Told(Generic[X]):
    """Columns `prefix0`, `prefix1`, … as they are asked for; `look` gives the expression that looks at one."""

    def __init__(self, prefix: str, look: Callable[[str], X]) -> None:
        self.prefix, self.look = prefix, look
        self._named: dict[Key, tuple[str, X]] = {}

    @property
    def columns(self) -> list[tuple[str, X]]:
        """Name and expression of those that were looked at."""
        return list(self._named.values())

    def of(self, what: str, node: Node, values: Mapping[str, Decimal], make: Callable[[], X]) -> X:
        """`what` is said of a part of an expression under these parameters, made when it is first asked for."""
        key = what, node, tuple((n, values[n]) for n in parameter_names(node))
        if key not in self._named:
            self._named[key] = f"{self.prefix}{len(self._named)}", make()
        return self.look(self._named[key][0])


def told_of(told: Told[X] | None, what: str, node: Node, values: Mapping[str, Decimal], make: Callable[[], X]) -> X:
    """The same, written out where nobody keeps columns."""
    return make() if told is None else told.of(what, node, values, make)
