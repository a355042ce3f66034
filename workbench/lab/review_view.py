"""Parts of a dossier as a notebook shows them: the same blocks as its page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.lab.notebook_html import Shown, block
from workbench.review.dossier.as_html import block_html
from workbench.review.dossier.as_markdown import as_markdown
from workbench.review.dossier.blocks import Block, Heading
from workbench.review.dossier.page import PARTS, part
from workbench.review.dossier.read import read_dossier
from workbench.words.html import Html, joined, style, tag

_CSS = """.wb-cases.wb-cases pre{font:12px/1.5 "DejaVu Sans Mono",monospace;background:var(--wash);color:var(--ink);
padding:6px 10px;margin:2px 0 12px;white-space:pre-wrap;word-break:normal;overflow-wrap:break-word}
.wb-cases .say.no{border-color:var(--warn);background:var(--warn-wash)}"""


def show_dossier(folder: str | Path, *parts: str, groups: Collection[str] = (), headings: bool = True) -> Shown:
    """Parts of a dossier (default: the verdict), in the order named; `groups` are the facts by which fairness is told
    (none: all). Raises ProblemsFound for what is no dossier, and for a part that is none."""
    held, digest = read_dossier(Path(folder))
    odd = [p for p in parts if p not in PARTS]
    if odd:
        raise ProblemsFound([Problem("bad-call", f"there is no part {p}", hint=nearest(p, PARTS)) for p in odd])
    if groups:
        people = held["people"]
        held = held | {"people": people | {"groups": [g for g in people["groups"] if g["fact"] in groups]}}
    found: list[Block] = [b for p in parts or PARTS[:1] for b in part(p, held, digest)]
    if not headings:
        found = [b for b in found if not (isinstance(b, Heading) and b.level < 3)]
    return Shown(_html(found), as_markdown(found).strip(), pd.DataFrame())


def _html(blocks: Iterable[Block]) -> str:
    return block(style(_CSS), joined((block_html(b) for b in blocks), "\n"))


def calls_shown(said: Iterable[tuple[str, str, int]]) -> Shown:
    """Calls of the terminal: the words, what was said, the exit code; told where it is not 0."""
    told = [(f"$ workbench {words}", out, f"exit code {code}" if code else "") for words, out, code in said]
    text = "\n".join(part for one in told for part in one if part)
    return Shown(block(style(_CSS), *(_call(*one) for one in told)), text, pd.DataFrame())


def _call(words: str, out: str, code: str) -> Html:
    ended = tag("p", tag("b", code, class_="no"), class_="note") if code else ""
    return joined((tag("pre", tag("b", words), "\n", out), ended))
