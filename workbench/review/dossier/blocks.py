"""What a dossier's page is made of, as data: the HTML page, the PDF and the Markdown show the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | int | None


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph; `kind` is `question`, `good` or `bad` (the verdict line), `note`, or none."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Bullets:
    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """`numbers` are the columns set to the right; `wide` says how wide each column is against the others."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int] = ()
    caption: str = ""
    wide: Sequence[int] = ()


Block = Heading | Text | Bullets | Table
