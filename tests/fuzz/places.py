"""What must hold of every problem: it can be printed on one line, and the place that it names is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from workbench.errors import LONGEST, Problem

# Of these codes the messages name the word that is wrong.
_NAMES = {
    "unknown-key": (r".*has no key `([\w-]+)`$", r"([\w-]+) is not a fact"),
    "duplicate-key": (r"([\w-]+) stands twice",),
    "unknown-name": (r"(\w+) is neither a fact nor a parameter", r"(\w+) is no fact"),
    "outcome-fact": (r"(\w+) is known only",),
    "syntax": (r"`(\w+)` can not stand here",),
    "unknown-column": (r"(\w+) is neither a fact", r".*has no column (\w+)"),
    "unknown-function": (r"there is no function (\w+)",),
    "duplicate-id": (r"(\w+) stands twice in the list",),
}


def placed_in_text(problems: Iterable[Problem], text: str) -> None:
    """Every problem lies within the text (its end counts), and has something to say."""
    lines = text.split("\n")
    for p in problems:
        said(p)
        assert 1 <= p.line <= len(lines) and 1 <= p.column <= len(lines[p.line - 1]) + 1, f"outside the text: {p}"
        named(p, lines[p.line - 1][p.column - 1 :])


def placed_in_files(problems: Iterable[Problem]) -> None:
    """Every problem names a file that is there, unless just that is wrong, and a place within it; 0 is the whole."""
    lines = cache(lambda file: Path(file).read_bytes().decode("utf-8-sig", "replace").split("\n"))
    for p in problems:
        said(p)
        if p.code == "missing-file" and not p.line:
            continue
        assert os.path.exists(p.file), f"no such file: {p}"
        if not p.line:
            assert not p.column, f"a column without a line: {p}"
            continue
        there = lines(p.file)
        assert 1 <= p.line <= len(there) and 0 <= p.column <= len(there[p.line - 1]) + 1, f"outside the file: {p}"
        named(p, there[p.line - 1][p.column - 1 :])


def named(p: Problem, text: str) -> None:
    """What the message names stands at the place, where it is a plain word and the file does not escape it."""
    word = next((m[1] for pattern in _NAMES.get(p.code, ()) if (m := re.match(pattern, p.message, re.ASCII))), None)
    if p.column and word and "\\" not in text:
        # A cell of a table begins with its blanks, which are no part of what it says.
        said_there = text.lstrip(" \t\"'") if p.file.endswith(".csv") else text.lstrip("\"'")
        assert said_there.startswith(word), f"{word} does not stand at {p}, but {text[:30]}"


def said(p: Problem) -> None:
    assert p.message.strip() and len(p.message) <= LONGEST, p
    assert str(p).isprintable() and str(p).encode() and all(str(v).isprintable() for v in p.as_dict().values()), (
        f"not to be printed: {p!r}"
    )
