"""The order of versions."""

from __future__ import annotations

import re
from collections.abc import Iterable


def age(version: str) -> tuple[list[int], str]:
    """A key that sorts versions, numbers in them as numbers: 2026.10 comes after 2026.9."""
    return [int(number) for number in re.findall(r"[0-9]+", version)], version


def newest(versions: Iterable[str]) -> str:
    """The last of some versions."""
    return max(versions, key=age)
