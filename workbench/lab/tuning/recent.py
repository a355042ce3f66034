"""What is slow to make and was asked for lately: a session of hours holds no more than one of minutes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """At most `most` things by key, the one asked for last at the end; the one not asked for longest goes first."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most

    def keep(self, key: K, value: V) -> V:
        """Hold it as the newest."""
        self[key] = value
        self.move_to_end(key)
        while len(self) > self.most:
            self.popitem(last=False)
        return value

    def of(self, key: K, make: Callable[[], V]) -> V:
        """What is held under the key, or made now."""
        return self.keep(key, self[key] if key in self else make())
