"""How much work a piece of Python does, counted in calls: the same on every machine, however slow or busy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuchWork(AssertionError):
    """More calls than the bound allows; raised where the bound is passed, so that nothing runs for ever."""


@contextmanager
def calls_at_most(most: int) -> Iterator[None]:
    """Count the calls and returns of Python and of built-in functions within; more than `most` fail the test there."""
    seen = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal seen
        seen += 1
        if seen > most:
            sys.setprofile(None)
            raise TooMuchWork(f"more than {most:,} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
