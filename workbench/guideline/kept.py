"""What was worked out from a library, kept for as long as the library lives and no longer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from workbench.guideline.model import Library

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Results of one kind, by library and by what they were made of; none of them may hold the library itself. The
    oldest goes where there are more than `most`: each tick of a slider is a draft of its own."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by: WeakKeyDictionary[Library, dict[Hashable, Made]] = WeakKeyDictionary()

    def get(self, library: Library, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key, else made now; what raises is not kept."""
        found = self._by.setdefault(library, {})
        made = found.pop(key) if key in found else make()
        found[key] = made
        while len(found) > self._most:
            del found[next(iter(found))]
        return made
