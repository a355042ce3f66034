"""What an author will have meant where an expression can not be read."""

from __future__ import annotations

from lark import UnexpectedInput

from workbench.errors import Problem

HINTS = {
    '"': "texts stand in single quotes: 'PT'",
    "'": "the text has no closing quote",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`, or != between two values",
    "%": "write `mod`",
    ".": "facts have no parts; a decimal needs a digit before the point",
    "^": "powers are not part of the language",
    "=": "put what stands before it in round brackets",
    "[": "an interval is written Interval[1, 2]",
    "~": "write =",
    "end": "`case` needs an `else`",
}


def unreadable(error: UnexpectedInput, text: str) -> Problem:
    """The problem of a text that is no expression, at the place where it ceases to be one."""
    line, column = max(error.line, 1), max(error.column, 1)
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END" or not text.strip():
        lines = text.split("\n")
        return Problem(
            "syntax", "the expression ends where more was expected", line=len(lines), column=len(lines[-1]) + 1
        )
    at = error.pos_in_stream or 0
    what = str(token) if token is not None else text[at : at + 1]
    return Problem(
        "syntax", f"`{what}` can not stand here", line=line, column=column, hint=_hint(what, text[:at].rstrip())
    )


def _hint(what: str, before: str) -> str:
    """What the author will have meant, by what can not stand there and what stands before it."""
    pairs = {"==": "write = for equality", "<>": "write !="}
    after = {"in": "a list is written { 'a', 'b' }", "is": "`is` asks for null, true or false; otherwise write ="}
    last = before.split()[-1] if before else ""
    return pairs.get(before[-1:] + what) or HINTS.get(what) or after.get(last, "")
