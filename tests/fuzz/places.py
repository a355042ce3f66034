"""What must hold of every problem: it can be printed on one line, and the place that it names is there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.errors import LONGEST, Problem


def placed_in_text(problems: Iterable[Problem], text: str) -> None:
    """Every problem lies within the text (its end counts), and has something to say."""
    lines = text.split("\n")
    for p in problems:
        said(p)
        assert 1 <= p.line <= len(lines) and 1 <= p.column <= len(lines[p.line - 1]) + 1, f"outside the text: {p}"


def placed_in_files(problems: Iterable[Problem]) -> None:
    """Every problem names a file that is there, unless just that is wrong, and a place within it; 0 is the whole."""
    for p in problems:
        said(p)
        path = Path(p.file)
        if p.code == "missing-file" and not p.line:
            continue
        assert path.exists(), f"no such file: {p}"
        if not p.line:
            assert not p.column, f"a column without a line: {p}"
            continue
        lines = path.read_bytes().decode("utf-8-sig", "replace").split("\n")
        assert 1 <= p.line <= len(lines) and 0 <= p.column <= len(lines[p.line - 1]) + 1, f"outside the file: {p}"


def said(p: Problem) -> None:
    assert p.message.strip() and len(p.message) <= LONGEST, p
    assert str(p).isprintable() and str(p).encode() and all(str(v).isprintable() for v in p.as_dict().values()), \
        f"not to be printed: {p!r}"
