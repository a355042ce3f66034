"""What an argument of a call may be: a day, a count."""

from __future__ import annotations

import argparse
from datetime import date


def day(text: str) -> date:
    """A day, as in 2026-01-31. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write 2026-01-31") from None


def count(text: str) -> int:
    """A whole number above 0, `50_000` too. Raises ArgumentTypeError."""
    try:
        n = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        n = 0
    if n < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count; write a whole number above 0")
    return n
