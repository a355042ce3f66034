"""Where the tour walks: a guideline folder that is read and never written, and a folder of its own that is."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from workbench.engine.setting import Setting, setting
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library


class NotSeen(AssertionError):
    """A step did not find what it looks for."""


@dataclass
class Ground:
    """What the steps share. `folder` is made anew for each tour; `kept` holds what one step hands to the next."""

    guidelines: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="tour-")))
    kept: dict[str, object] = field(default_factory=dict)

    @cached_property
    def library(self) -> Library:
        return load_guidelines(self.guidelines)

    @cached_property
    def published(self) -> Setting:
        return setting(self.library)


@dataclass(frozen=True)
class Seen:
    """What a step found: a sentence, and lines below it."""

    said: str
    lines: tuple[str, ...] = ()


def need(holds: bool, otherwise: str) -> None:
    """Raises NotSeen where something does not hold."""
    if not holds:
        raise NotSeen(otherwise)
