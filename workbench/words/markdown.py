"""Markdown from plain values under one rule: a text is escaped unless its type says that it is Markdown (`Md`).

plain("a * b <img>")                     # a \\* b &lt;img>
md(f"**{plain(name)}** is new")          # what is marked stays marked
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from workbench.errors import printable
from workbench.words.html import web_address

# What Markdown reads as more than itself: anywhere, beside a word, before a name, at the beginning of a line.
_ANYWHERE = re.compile(r"[\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BEGIN = re.compile(r"^(#(?=#*( |$))|>|[+-](?= |$)|[=-](?=[=-]*$))|^([0-9]+)(?=[.)]( |$))")
_IN_PAIRS = re.compile(r"[^()]*(\([^()]*\)[^()]*)*")  # parentheses as a link may hold them
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")


class Md(str):
    """A text that is Markdown already."""


def md(text: str) -> Md:
    """Markdown of the project's own; whatever a file or a person wrote goes into it by way of `plain`."""
    return Md(text)


def plain(value: object) -> Md:
    """Anything as one line of Markdown that shows it as it stands; what is Markdown already stays."""
    if isinstance(value, Md):
        return value
    line = printable(" ".join(str(value).split()))
    line = _ANYWHERE.sub(r"\\\g<0>", _ENTITY.sub("&amp;", line))
    line = _BEGIN.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[3]}\\", line)
    return Md(line.replace("<", "&lt;"))


def code(text: str) -> Md:
    """A name as code; as plain text where it would end the code."""
    return Md(f"`{text}`") if re.fullmatch(r"[\w./ -]+", text) else plain(text)


def link(words: object, address: str) -> Md:
    """A link where the address is one of the web, else its words alone."""
    found = web_address(address)
    if not found:
        return plain(words)
    unsafe = "<>|\\ " if _IN_PAIRS.fullmatch(found) else "<>|\\ ()"
    found = "".join(f"%{ord(c):02X}" if c in unsafe else c for c in found)
    return Md(f"[{plain(words)}]({found})")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: tuple[int, ...] = ()) -> Md:
    """A table; `right` are the columns set to the right."""
    rule = "|".join("--:" if k in right else "---" for k in range(len(head)))
    lines = ["| " + " | ".join(head) + " |", f"|{rule}|"]
    return Md("\n".join(lines + ["| " + " | ".join(plain(c) for c in row) + " |" for row in rows]))
