"""Broken JSON: what is wrong, and in which field."""

from __future__ import annotations

import json
import re

# Strings, brackets, commas and colons: what tells where in an object a place is.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]')


def json_fault(error: json.JSONDecodeError) -> str:
    """What is wrong with a text, in which field (`services[1].code`), and at which of its characters."""
    inside: list[str | int] = []  # the name or the place of what is open at each depth
    key = last = ""
    for token in _TOKENS.findall(error.doc[: error.pos]):
        if token in "{[":
            inside.append("" if token == "{" else 0)
        elif token in "}]":
            inside = inside[:-1]
        elif token == "," and inside:
            inside[-1] = inside[-1] + 1 if isinstance(inside[-1], int) else ""
        elif token == ":" and inside and isinstance(inside[-1], str):
            inside[-1] = last = key
        elif token.startswith('"'):
            key = token[1:-1]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inside if part != "").lstrip(".")
    after = f" after {last}" if last else ""
    what = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
    place = f" in {where}" if where else after
    shown = " ".join(error.doc[error.pos : error.pos + 12].split())
    return f"{what}{place}, " + (f"at '{shown}' (character {error.colno})" if shown else "where the text ends")


def broken_json(text: str) -> json.JSONDecodeError | None:
    """What is wrong with a text that is to be JSON; None where it is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    except RecursionError:
        pass
    return None
