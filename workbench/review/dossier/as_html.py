"""A dossier as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.review.dossier.blocks import Block, Bullets, Heading, Table, Text
from workbench.review.page import STYLE
from workbench.words.html import Html, document, joined, table, tag

_CLASS = {"question": "question", "good": "say", "bad": "say no", "note": "note", "": None}
_MORE = "td{overflow-wrap:break-word}h3{margin-top:22px}tbody tr:hover{background:var(--wash)}"


def as_html(title: str, blocks: Iterable[Block]) -> Html:
    """The page; the first block is its title."""
    return document(title, tag("main", joined((block_html(b) for b in blocks), "\n")), STYLE + _MORE)


def block_html(block: Block) -> Html:
    """One block."""
    match block:
        case Heading(text, level):
            return tag(f"h{level}", text)
        case Text(text, kind):
            return tag("p", text, class_=_CLASS[kind])
        case Bullets(items):
            return tag("ul", *(tag("li", i) for i in items))
        case Table(head, rows, numbers, caption):
            return table(head, rows, caption=caption, numbers=numbers, named=not any(head))
