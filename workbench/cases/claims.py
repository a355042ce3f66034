"""Which version of the condition and measure tables a request goes by: that of the guideline that decides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from workbench.guideline.kept import Kept
from workbench.guideline.layers import published_parts
from workbench.guideline.model import DECIDES, ConditionRow, Guideline, Library, Measure, Parameter, Tables
from workbench.guideline.version_order import newest
from workbench.guideline.versions import find_guideline, period, versions_on
from workbench.language.columnar import compile_


@dataclass(frozen=True)
class Read:
    """One version of each table."""

    conditions: tuple[ConditionRow, ...]
    measures: Mapping[str, Measure]

    @property
    def sets(self) -> Sequence[tuple[ConditionRow, ...]]:
        """The sets of condition rows that share a discipline and a prefix."""
        return self._grouped[0]

    @property
    def numbers(self) -> Mapping[int, Mapping[str, int]]:
        """By the length of the prefix, from "discipline prefix" to the number of its set."""
        return self._grouped[1]

    @cached_property
    def _grouped(self) -> tuple[Sequence[tuple[ConditionRow, ...]], Mapping[int, Mapping[str, int]]]:
        by_key: dict[tuple[int, str], list[ConditionRow]] = defaultdict(list)
        for row in self.conditions:
            for discipline in row.disciplines:
                for prefix in dict.fromkeys(row.prefixes):
                    by_key[len(prefix), f"{discipline} {prefix}"].append(row)
        # By the rows themselves, not by what they say: thousands of keys share some hundred sets, and comparing rows
        # field by field took most of the time in which one request is derived.
        sets: dict[tuple[int, ...], tuple[ConditionRow, ...]] = {}
        numbers: dict[tuple[int, ...], int] = {}
        of_key: dict[int, dict[str, int]] = defaultdict(dict)
        for (length, key), found in by_key.items():
            rows = tuple(map(id, found))
            sets.setdefault(rows, tuple(found))
            of_key[length][key] = numbers.setdefault(rows, len(numbers))
        return tuple(sets.values()), of_key


_READ: Kept[Read] = Kept(64)


@dataclass(frozen=True)
class Claims:
    """`by`: tables and the rows that go by them (a boolean expression), the first one true counts; `rest`: the tables
    of all other rows. `by` is empty where all rows go by the same tables, which is the usual case."""

    rest: Read
    by: tuple[tuple[Read, pl.Expr], ...] = ()


def claims(library: Library, as_of: date | None, pins: Mapping[str, str] | None = None) -> Claims:
    """By which tables the rows go as of a day, or each by the day on which it was received (None)."""
    last = Tables(*(newest(t) if t else "" for t in (library.condition_tables, library.measure_tables)))
    by: dict[Tables, pl.Expr] = {}
    deciding = _deciding(library, as_of, pins or {})
    for guideline, claimed in deciding:
        tables = library.tables(guideline)
        by[tables] = by[tables] | claimed if tables in by else claimed
    if len(by) == 1:  # whatever no guideline claims can then go by the same tables
        return Claims(_read(library, next(iter(by))))
    return Claims(_read(library, last), tuple((_read(library, t), e) for t, e in by.items()))


def _deciding(library: Library, as_of: date | None, pins: Mapping[str, str]) -> list[tuple[Guideline, pl.Expr]]:
    """The guideline versions that may decide, each with the rows that it claims."""
    pinned = [find_guideline(library, id_, version) for id_, version in pins.items()]
    found = [(g, _scope(library, g)) for g in pinned if not g.base]
    if as_of is not None:
        chosen = [g for g in versions_on(library, as_of).values() if g.id not in pins]
        return [*found, *((g, _scope(library, g)) for g in chosen)]
    received = pl.col("received_on")
    for guideline in library.guidelines:
        if guideline.base or guideline.id in pins or guideline.status not in DECIDES:
            continue
        start, end = period(guideline, library)
        # No version decides a request without a day; it goes by the newest tables.
        within = ((received >= start) & (received < end)).fill_null(False)
        found.append((guideline, within & _scope(library, guideline)))
    return found


def _scope(library: Library, guideline: Guideline) -> pl.Expr:
    parameters = published_parts(library, guideline)["parameters"]
    values = {p.id: p.value for p in parameters if isinstance(p, Parameter)}
    return compile_(guideline.scope, values).fill_null(False)


def _read(library: Library, tables: Tables) -> Read:
    def make() -> Read:
        rows, measures = library.condition_tables, library.measure_tables
        return Read(rows.get(tables.conditions, ()), measures.get(tables.measures, {}))

    return _READ.get(library, tables, make)
