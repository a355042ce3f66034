"""Key cells of limits and conditions: what a cell's text means, and whether one cell covers or excludes another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from workbench.errors import Problem, nearest
from workbench.facts import DECIMAL_PLACES, facts, places
from workbench.guideline.model import Cell
from workbench.language.build import call
from workbench.language.names import fact_types
from workbench.language.tree import BOOLEAN, STRING, Fact, Literal, Type, number

KEY_KINDS = ("choice", "boolean", "integer", "decimal")
_RANGE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\.\.(-?[0-9]+(?:\.[0-9]+)?)", re.ASCII)

Span = tuple[Decimal, Decimal]


class CellReader:
    """Reads cells against the fact table, closed by the library's conditions and measures."""

    def __init__(self, choices: Mapping[str, tuple[str, ...]]):
        self.types: dict[str, Type] = fact_types(choices)
        self._known: dict[tuple[str, str], Cell | Problem] = {}

    def column(self, name: str, known: tuple[str, ...]) -> Problem | None:
        """What is wrong with a key column of this name; `known` are the columns that are no facts."""
        if name not in self.types:
            if name in facts():
                return Problem(
                    "unknown-column",
                    f"{name} is known only afterwards or only compares groups; it can not be a column here",
                )
            return Problem(
                "unknown-column",
                f"{name} is neither a fact nor one of the table's columns",
                hint=nearest(name, [*self.types, *known]),
            )
        if facts()[name].kind not in KEY_KINDS:
            return Problem(
                "unknown-column",
                f"{name} is a {facts()[name].kind}; a key column holds choices, numbers or true and false",
            )
        return None

    def read(self, fact: str, text: str) -> Cell | Problem:
        """The cell that the text means under this fact (which `column` has let pass)."""
        key = (fact, text)
        if key not in self._known:
            self._known[key] = self._read(fact, text)
        return self._known[key]

    def _read(self, name: str, text: str) -> Cell | Problem:
        type_ = self.types[name]
        subject = Fact(type_, name=name)
        if type_ == BOOLEAN:
            if text not in ("true", "false"):
                return Problem("bad-cell", f"{name} is true, false or blank, not {text!r}")
            return Cell(name, text, call("=", subject, Literal(BOOLEAN, value=text == "true")))
        if type_.kind == "string":
            if type_.choices and text not in type_.choices:
                code = "unknown-condition" if name == "condition" else "bad-cell"
                return Problem(code, f"{name} is never {text!r}", hint=nearest(text, type_.choices))
            return Cell(name, text, call("=", subject, Literal(STRING, value=text)))
        span = read_span(text)
        if span is None:
            single = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
            return Problem(
                "bad-cell",
                f"{name} is a closed range, not {text!r}",
                hint=f"write {text}..{text}" if single else "write it as 0..12",
            )
        low, high = span
        whole = type_.kind == "integer"
        if whole and "." in text.replace("..", "") or max(places(low), places(high)) > DECIMAL_PLACES:
            return Problem(
                "bad-cell",
                f"{name} has " + ("whole numbers" if whole else f"{DECIMAL_PLACES} places") + f", not {text!r}",
            )
        if low > high:
            return Problem("bad-cell", f"the range {text} is empty", hint=f"write {high}..{low}")
        least, most = facts()[name].span
        if low < least or high > most:
            return Problem("out-of-range", f"{name} lies in {least}..{most}, so {text} goes too far")
        return Cell(name, text, call("in_cc", subject, number(low), number(high)))


@lru_cache(maxsize=1024)  # each row is held against each before it
def read_span(text: str) -> Span | None:
    """`0..12` as its two ends."""
    match = _RANGE.fullmatch(text)
    return (Decimal(match[1]), Decimal(match[2])) if match else None


def covers(earlier: tuple[Cell, ...], mine: Mapping[str, str]) -> bool:
    """Whether `earlier` can not be false where a later row's cells (`mine`: fact → text) are true, so that a row with
    it catches, or stops, every request of the later one."""
    for cell in earlier:
        # A blank later cell is any value: `true` before it covers a part, 0..120 of an age all of it. That the request
        # may be unknown there does not matter: an unknown cell stops the search at the earlier row as well.
        wide = read_span(cell.text)
        if wide is None:
            if mine.get(cell.fact) != cell.text:
                return False
            continue
        narrow = read_span(mine[cell.fact]) if cell.fact in mine else facts()[cell.fact].span
        if narrow is None or not (wide[0] <= narrow[0] and narrow[1] <= wide[1]):
            return False
    return True


def exclude(one: tuple[Cell, ...], other: tuple[Cell, ...]) -> bool:
    """Whether no request can make both true."""
    texts = {c.fact: c.text for c in other}
    for cell in one:
        if cell.fact not in texts:  # blank there: `post_surgical` true and any meet
            continue
        a, b = read_span(cell.text), read_span(texts[cell.fact])
        if (a is None and cell.text != texts[cell.fact]) or (a and b and (a[1] < b[0] or b[1] < a[0])):
            return True
    return False
