"""Blocks as Markdown, for the page of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.review.dossier.blocks import Block, Bullets, Heading, Table, Text
from workbench.words.markdown import plain, table


def as_markdown(blocks: Iterable[Block]) -> str:
    """The text, with a line's end."""
    return "\n\n".join(filter(None, map(_block, blocks))) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {plain(text)}"
        case Text(text, kind):
            return f"**{plain(text)}**" if kind in ("good", "bad") else plain(text)
        case Bullets(items):
            return "\n".join(f"- {plain(i)}" for i in items)
        case Table(head, rows, numbers, caption):
            shown = [["–" if c is None else f"{c:,}" if isinstance(c, int) else c for c in row] for row in rows]
            under = f"\n\n{plain(caption)}" if caption else ""
            return table(head, shown, tuple(numbers)) + under
