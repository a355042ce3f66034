"""The tables that say what an expression means: one file a topic, read here for the tests and for docs/language.md.

A row is an expression, the facts and parameters it is asked about (`name = value; …`; all others are missing), its
answer as the language writes it (or `error CODE`) and the missing facts that it asks for.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from workbench.language.names import names, parameter_type
from workbench.language.syntax import parse
from workbench.language.tree import Literal

FOLDER = Path(__file__).parent
# The parameters of the tables: unit, least, most.
PARAMETERS = {"adult": ("years", 0, 120), "pace": ("visits/week", 0, 7), "gain": ("MCID", -5, 5)}
NAMES = names({n: parameter_type(unit, Decimal(low), Decimal(high)) for n, (unit, low, high) in PARAMETERS.items()})


@dataclass(frozen=True)
class Row:
    topic: str
    line: int
    expression: str
    facts: str
    answer: str
    asked: str
    note: str

    @property
    def known(self) -> dict[str, object]:
        """Name → value: numbers as Decimal, lists of codes as tuples."""
        pairs = (part.split(" = ", 1) for part in self.facts.split("; ") if part)
        return {name: literal(text) for name, text in pairs}


@dataclass(frozen=True)
class Refused:
    """An expression that is not read: where the problem is, its code, message and hint."""

    line: int
    expression: str
    place: str
    code: str
    message: str
    hint: str


def literal(text: str) -> object:
    """A value as the language writes it; `{ 'a', 'b' }` is a tuple."""
    if text.startswith("{"):
        return tuple(literal(part) for part in text.strip("{ }").split(", "))
    if re.fullmatch(r"-?[0-9.]+", text):
        return Decimal(text)
    node = parse(text, NAMES).node
    assert isinstance(node, Literal), text
    return node.value


def rows(topic: str) -> list[Row]:
    return [
        Row(topic, i, r["expression"], r["facts"], r["answer"], r["asked"], r["note"])
        for i, r in enumerate(_read(topic), start=2)
    ]


def refused() -> list[Refused]:
    return [
        Refused(i, r["expression"], r["place"], r["code"], r["message"], r["hint"])
        for i, r in enumerate(_read("errors"), start=2)
    ]


def topics() -> list[str]:
    """Every table but the one of errors."""
    return sorted(p.stem for p in FOLDER.glob("*.csv") if p.stem != "errors")


def _read(topic: str) -> list[dict[str, str]]:
    with (FOLDER / f"{topic}.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for i, row in enumerate(found, start=2):
        assert None not in row and None not in row.values(), f"{topic}.csv:{i}: wrong number of fields"
    return found
